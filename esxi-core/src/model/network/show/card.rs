//! `network nic` but for the list and the card itself: rings, offloads, coalescing, pause frames, counters.

use crate::model::machine::Machine;
use crate::model::network::state::Card;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::model::wording;
use crate::value::VmnicName;

/// Rings by the option that sets them, with the label, the size they have and the largest one (believed: a common
/// card's).
pub(in crate::model::network) static RINGS: [(&str, &str, u32, u32); 4] = [
    ("rx", "RX", 1024, 4096),
    ("rx-mini", "RX Mini", 0, 0),
    ("rx-jumbo", "RX Jumbo", 0, 0),
    ("tx", "TX", 1024, 4096),
];

/// Coalescing by the option that sets it, with the heading (verified: a list of 6.5 or later) and what a common card
/// has (believed).
static COALESCING: [(&str, &str, &str); 7] = [
    ("rx-usecs", "RX microseconds", "16"),
    ("rx-max-frames", "RX maximum frames", "15"),
    ("tx-usecs", "TX microseconds", "16"),
    ("tx-max-frames", "TX Maximum frames", "1"),
    ("adaptive-rx", "Adaptive RX", "Off"),
    ("adaptive-tx", "Adaptive TX", "Off"),
    ("sample-interval", "Sample interval seconds", "0"),
];

/// What a card counts (verified: VMware's article on errors of cards).
static COUNTERS: [&str; 23] = [
    "Packets received",
    "Packets sent",
    "Bytes received",
    "Bytes sent",
    "Receive packets dropped",
    "Transmit packets dropped",
    "Multicast packets received",
    "Broadcast packets received",
    "Multicast packets sent",
    "Broadcast packets sent",
    "Total receive errors",
    "Receive length errors",
    "Receive over errors",
    "Receive CRC errors",
    "Receive frame errors",
    "Receive FIFO errors",
    "Receive missed errors",
    "Total transmit errors",
    "Transmit aborted errors",
    "Transmit carrier errors",
    "Transmit FIFO errors",
    "Transmit heartbeat errors",
    "Transmit window errors",
];

/// What may be done in software for a card (verified: a list of 6.0), and whether it is.
static SOFTWARE: [(&str, bool); 14] = [
    ("IPv4 CSO", false),
    ("IPv4 TSO", true),
    ("Scatter Gather", false),
    ("Offset Based Offload", false),
    ("VXLAN Encap", false),
    ("Geneve Offload", false),
    ("IPv6 TSO", false),
    ("IPv6 TSO Ext", false),
    ("IPv6 CSO", false),
    ("IPv6 CSO Ext", false),
    ("High DMA", false),
    ("Scatter Gather MP", false),
    ("VLAN Tagging", false),
    ("VLAN Untagging", false),
];

pub(super) fn show(machine: &Machine, path: &str, call: &Invocation) -> Option<Result<Value, String>> {
    let table = |row: &dyn Fn(&VmnicName, &Card) -> Structure| {
        chosen(machine, call)
            .map(|cards| Value::List(cards.iter().map(|(name, card)| row(name, card)).collect()))
    };
    let switch = |type_name: &'static str, off: fn(&Card) -> bool| {
        table(&|name, card| {
            let value = if off(card) { "off" } else { "on" };
            Structure::new(type_name).with("NIC", name.as_str()).with("Value", value)
        })
    };
    Some(match path {
        "cso get" => switch("NicCSO", |card| card.no_cso),
        "tso get" => switch("NicTSO", |card| card.no_tso),
        "sg get" => switch("NicSG", |card| card.no_sg),
        "coalesce get" => table(&coalescing),
        "pauseParams list" => table(&pause),
        "queue count get" => table(&|name, _| {
            Structure::new("NicQueueCount")
                .with("NIC", name.as_str())
                .with("Tx netqueue count", 1_u32)
                .with("Rx netqueue count", 1_u32)
        }),
        "software list" => table(&|name, _| {
            let word = |on| if on { "on" } else { "off" };
            let start = Structure::new("NicSoftware").with("NIC", name.as_str());
            SOFTWARE.iter().fold(start, |one, (label, on)| one.with(*label, word(*on)))
        }),
        "ring current get" => one(machine, call).map(|(_, card)| Value::Struct(rings(&card, false))),
        "ring preset get" => one(machine, call).map(|(_, card)| Value::Struct(rings(&card, true))),
        "stats get" => one(machine, call).map(|(name, _)| {
            let start = Structure::new("NicStats").under(format!("NIC statistics for {name}"));
            // The model carries no frames, so nothing was counted.
            Value::Struct(COUNTERS.iter().fold(start, |one, label| one.with(*label, 0_u32)))
        }),
        "vlan stats get" => one(machine, call).and_then(|(name, card)| vlans(machine, &name, &card)),
        _ => return None,
    })
}

/// The card that must be named, with its settings.
fn one(machine: &Machine, call: &Invocation) -> Result<(VmnicName, Card), String> {
    let name = call.get("nic-name").or_else(|| call.get("vmnic")).unwrap_or_default();
    let known = machine.state.nics.get_key_value(name);
    let (name, _) = known.ok_or_else(|| wording::not_found(&format!("find nic {name}")))?;
    Ok((name.clone(), machine.network.card(name)))
}

/// The card that may be named, or all.
fn chosen(machine: &Machine, call: &Invocation) -> Result<Vec<(VmnicName, Card)>, String> {
    if call.get("nic-name").or_else(|| call.get("vmnic")).is_some() {
        return one(machine, call).map(|one| vec![one]);
    }
    Ok(machine.state.nics.keys().map(|name| (name.clone(), machine.network.card(name))).collect())
}

fn coalescing(name: &VmnicName, card: &Card) -> Structure {
    let start = Structure::new("NicCoalesce").with("NIC", name.as_str());
    COALESCING.iter().fold(start, |one, (option, label, usual)| {
        let set = card.coalesce.get(*option).map(String::as_str);
        one.with(*label, set.unwrap_or(usual))
    })
}

/// Columns verified: 8.0.
fn pause(name: &VmnicName, card: &Card) -> Structure {
    let [rx, tx, auto] = card.pause.unwrap_or_default();
    Structure::new("NicPauseParams")
        .with("NIC", name.as_str())
        .with("Pause Params Supported", true)
        .with("Pause RX", rx)
        .with("Pause TX", tx)
        .with("Auto Negotiation", auto)
        .with("Auto Negotiation Resolution Avail", false)
        .with("RX Auto Negotiation Resolution", false)
        .with("TX Auto Negotiation Resolution", false)
}

/// Fields verified: 8.0.1; the order is believed.
fn rings(card: &Card, preset: bool) -> Structure {
    let mut one = Structure::new("RingInfo");
    if preset {
        for (_, label, _, largest) in &RINGS {
            one = one.with(format!("Max {label}"), *largest);
        }
    }
    RINGS.iter().fold(one, |one, (option, label, usual, _)| {
        one.with(*label, card.rings.get(*option).copied().unwrap_or(*usual))
    })
}

/// One structure a VLAN of the card's switch; believed.
fn vlans(machine: &Machine, name: &VmnicName, card: &Card) -> Result<Value, String> {
    if !card.vlan_stats {
        return Err(format!("VLAN statistics are not enabled on {name}"));
    }
    let host = &machine.state;
    let groups = host.vswitch_of_uplink(name).map(|switch| host.port_groups_of(switch));
    let ids: std::collections::BTreeSet<u16> =
        groups.into_iter().flatten().map(|(_, group)| group.vlan.get()).collect();
    let one = |id: &u16| {
        Structure::new("VlanStats")
            .under(format!("VLAN {id}"))
            .with("Packets received", 0_u32)
            .with("Packets sent", 0_u32)
    };
    Ok(Value::List(ids.iter().map(one).collect()))
}
