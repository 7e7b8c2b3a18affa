//! Subnets and switch ports.

use super::tape::Tape;
use crate::scenario::read;
use esxi_core::reach::{Evidence, Fabric, Lag, Network, Segment, SwitchPort, TaggedVlans};
use esxi_core::value::{VlanId, VmnicName};

/// Segments in use; management of most hosts lives on the first.
const SEGMENTS: [Segment; 4] = [5, 6, 7, 8];

/// Subnets with the gateway each would have.
const SUBNETS: [(&str, &str); 5] = [
    ("192.0.2.0/24", "192.0.2.1"),
    ("10.1.0.0/24", "10.1.0.1"),
    ("10.2.0.0/24", "10.2.0.1"),
    ("172.16.0.0/20", "172.16.0.1"),
    ("2001:db8:5::/64", "fe80::1"),
];

/// A whole fabric for so many cards: the truth, with nothing hidden.
pub(super) fn fabric(tape: &mut Tape<'_>, cards: usize) -> Fabric {
    let mut fabric = Fabric::default();
    let count = 1 + tape.weighted(&[10, 30, 25, 20, 15]);
    for (number, (subnet, gateway)) in SUBNETS.iter().take(count).enumerate() {
        // Mostly a segment each; now and then two subnets share one, as at Packet.
        let shared = tape.chance(25);
        let segment = if shared { SEGMENTS[tape.below(2)] } else { SEGMENTS[number % SEGMENTS.len()] };
        let gateway = (!tape.chance(if number == 0 { 4 } else { 15 })).then(|| read(gateway));
        let evidence = Evidence::Asserted;
        fabric.networks.push(Network { subnet: read(subnet), gateway, segment, dhcp: None, evidence });
    }
    let usual = port(tape);
    let lag = match tape.weighted(&[60, 22, 18]) {
        0 => Lag::None,
        1 => Lag::Static { group: 1 },
        _ => Lag::Lacp { group: 1 },
    };
    for number in 0..cards {
        let mut port = if tape.chance(15) { port(tape) } else { usual.clone() };
        port.lag = if tape.chance(12) { Lag::None } else { lag.clone() };
        fabric.ports.insert(card(number), port);
    }
    fabric
}

/// The name of a card.
pub(super) fn card(number: usize) -> VmnicName {
    read(&format!("vmnic{number}"))
}

fn port(tape: &mut Tape<'_>) -> SwitchPort {
    let first = SEGMENTS[tape.weighted(&[80, 10, 5, 5])];
    let some = |tape: &mut Tape<'_>| -> TaggedVlans {
        let ids = SEGMENTS.iter().filter(|_| !tape.chance(20));
        TaggedVlans::Only(ids.filter_map(|id| VlanId::new(*id).ok()).collect())
    };
    let (untagged, tagged) = match tape.weighted(&[30, 20, 20, 20, 10]) {
        0 => (Some(first), TaggedVlans::None),
        1 => (Some(first), some(tape)),
        2 => (None, some(tape)),
        3 => (Some(first), TaggedVlans::All),
        _ => (None, TaggedVlans::All),
    };
    SwitchPort { untagged, tagged, lag: Lag::None, evidence: Evidence::Asserted }
}

/// The id a port group needs so that its frames are on a segment behind this switch port.
pub(super) fn vlan_for(port: Option<&SwitchPort>, segment: Segment) -> VlanId {
    match port {
        Some(port) if port.untagged == Some(segment) => VlanId::UNTAGGED,
        _ => VlanId::new(segment).unwrap_or_default(),
    }
}

/// The fabric as somebody knows it who was not told everything.
pub(super) fn partly_known(tape: &mut Tape<'_>, truth: &Fabric) -> Fabric {
    let mut known = truth.clone();
    let everything = !tape.chance(45);
    if everything {
        return known;
    }
    // A client that nobody placed is somewhere connected, so isolated subnets are told.
    known.networks.retain(|network| !tape.chance(30) || network.gateway.is_none());
    // At most two ports are open questions: the referee tries all answers to all of them.
    let nics: Vec<VmnicName> = known.ports.keys().cloned().collect();
    for _ in 0..tape.below(3) {
        let Some(nic) = tape.pick(&nics) else { break };
        match tape.weighted(&[50, 25, 25]) {
            0 => {
                known.ports.remove(nic);
            }
            1 => {
                if let Some(port) = known.ports.get_mut(nic) {
                    port.lag = Lag::Unknown;
                }
            }
            _ => {
                // Taken for granted, and as likely as not wrong.
                let wrong = SwitchPort { evidence: Evidence::Assumed, ..port(tape) };
                known.ports.insert(nic.clone(), wrong);
            }
        }
    }
    known
}
