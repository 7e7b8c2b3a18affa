//! Does management answer this client, over which adapter, and does the reply find its way back?
//!
//! [`answer`] follows a packet from the client to an address of the host and the reply back, through
//! [`HostState`] and [`Fabric`], and says **yes, no or unknown** with the [`Finding`]s it rests on. It never
//! guesses: what nobody stated and nothing showed is unknown.
//!
//! Two proofs lead to a yes. Either the fabric is stated for the whole path; or a live session runs over the
//! same path, unchanged ([`ObservedPath`]).
//!
//! ```
//! use esxi_core::reach::{answer, Answer, Fabric, Session};
//! use esxi_core::state::{factory, FactoryNic, Fact, Ipv4Config};
//! let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
//! let mut host = factory("6.5".parse()?, &[nic]);
//! let address = Ipv4Config::Static { address: "192.0.2.10/24".parse()?, gateway: None };
//! host.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(address);
//!
//! let session = Session { client: "192.0.2.7".parse()?, server: "192.0.2.10".parse()? };
//! let (client, server) = (session.client, session.server);
//! let mut fabric = Fabric::default();
//! assert_eq!(answer(&host, &fabric, client, server).answer, Answer::Unknown);
//! fabric.observe(&host, session);
//! assert_eq!(answer(&host, &fabric, client, server).answer, Answer::Yes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod carriage;
mod fabric;
mod finding;
mod observed;
mod routing;

pub use fabric::{Evidence, Fabric, Lag, Network, Segment, Session, SwitchPort, TaggedVlans};
pub use finding::{Answer, Finding, Reach};
pub use observed::ObservedPath;
pub use routing::{NoReply, ReplyPath, reply_path};

use crate::state::HostState;
use crate::value::VmkName;
use carriage::carriage;
use std::net::IpAddr;

/// Whether `server`, an address of the host, answers `client`.
pub fn answer(host: &HostState, fabric: &Fabric, client: IpAddr, server: IpAddr) -> Reach {
    let mut reach = Reach::new(Some(server));
    let Some(vmk) = host.vmk_with_address(server) else {
        return reach.no(Finding::NoAdapterHolds { address: server });
    };
    if !host.vmkernel[vmk].enabled {
        return reach.no(Finding::AdapterDisabled { vmk: vmk.clone() });
    }
    let reply = match reply_path(host, vmk, client) {
        Ok(reply) => reply,
        Err(NoReply::NoRoute) => return reach.no(Finding::NoRoute { vmk: vmk.clone(), to: client }),
        Err(NoReply::Asymmetric { answers }) => {
            return reach.no(Finding::Asymmetric { receives: vmk.clone(), answers, client });
        }
        Err(NoReply::Ambiguous) => {
            // Whichever route it is, without a live uplink it leads nowhere.
            let lit = carriage::has_live_uplink(host, vmk);
            let finding = Finding::AmbiguousReply { vmk: vmk.clone(), to: client };
            return if lit == Answer::No { reach.no(finding) } else { reach.with(finding) };
        }
    };
    reach.note(Finding::Replies { vmk: vmk.clone(), to: client, next_hop: reply.gateway });
    if let Some(observed) = &fabric.observed
        && observed.proves(host, fabric, vmk, (client, server), &reply)
    {
        return reach.yes(Finding::SamePathAsSession { vmk: vmk.clone() });
    }
    stated(host, fabric, client, server, vmk, &reply, reach)
}

/// The proof from the stated fabric: the client's packets are delivered on a segment, the adapter's frames are
/// on that segment, and the next hop of the reply is on it too.
fn stated(
    host: &HostState,
    fabric: &Fabric,
    client: IpAddr,
    server: IpAddr,
    vmk: &VmkName,
    reply: &ReplyPath,
    mut reach: Reach,
) -> Reach {
    let network_of = |address: IpAddr| {
        let holds = |network: &&Network| network.subnet.contains(&address);
        fabric.networks.iter().filter(holds).max_by_key(|network| network.subnet.prefix_len())
    };
    let Some(home) = network_of(server) else {
        reach.note(Finding::SubnetNotStated { address: server });
        return reach;
    };
    reach.note(Finding::SubnetOnSegment {
        subnet: home.subnet,
        segment: home.segment,
        evidence: home.evidence,
    });
    let beside = home.subnet.contains(&client);
    // Both ends need a router where they are not neighbours.
    let isolated = [Some(home), network_of(client)].into_iter().flatten().find(|one| one.gateway.is_none());
    if let (false, Some(isolated)) = (beside, isolated) {
        return reach.no(Finding::Isolated { subnet: isolated.subnet, client, server });
    }
    let hop_segment = match reply.gateway {
        None => network_of(client).map(|network| network.segment),
        Some(gateway) => {
            let mut at = fabric.networks.iter().filter(|network| network.gateway == Some(gateway));
            // A router that several segments share is reached on the right one if it is on it at all.
            let found = at.clone().find(|network| network.segment == home.segment).or_else(|| at.next());
            found.map(|network| network.segment)
        }
    };
    let hop = reply.gateway.unwrap_or(client);
    match hop_segment {
        None => reach.note(Finding::NextHopNotStated { next_hop: hop }),
        Some(segment) if segment != home.segment => {
            return reach.no(Finding::NextHopElsewhere { next_hop: hop, segment, needed: home.segment });
        }
        Some(segment) => reach.note(Finding::NextHopOnSegment { next_hop: hop, segment }),
    }
    let carried = carriage(host, fabric, vmk, home.segment, &mut reach);
    match (carried, hop_segment) {
        (Answer::No, _) => reach.settle(Answer::No),
        (Answer::Yes, Some(_)) => reach.settle(Answer::Yes),
        _ => reach.settle(Answer::Unknown),
    }
}

/// Whether management answers at all: the best answer over the addresses of the adapters that carry it, asked
/// by the client that counts. Without a known client the answer is unknown.
pub fn management(host: &HostState, fabric: &Fabric) -> Reach {
    let Some(client) = fabric.client() else {
        let mut reach = Reach::new(None);
        reach.note(Finding::ClientNotStated);
        return reach;
    };
    let mut best: Option<Reach> = None;
    for server in management_addresses(host, fabric) {
        let reach = answer(host, fabric, client, server);
        if reach.answer == Answer::Yes {
            return reach;
        }
        if best.as_ref().is_none_or(|best| reach.answer > best.answer) {
            best = Some(reach);
        }
    }
    best.unwrap_or_else(|| management_without_address(host))
}

/// Addresses on which management is expected: the one the session uses first, then those of the adapters tagged
/// for it.
pub fn management_addresses(host: &HostState, fabric: &Fabric) -> Vec<IpAddr> {
    let mut list: Vec<IpAddr> = Vec::new();
    let in_session = fabric.session.as_ref().map(|session| session.server);
    list.extend(in_session.filter(|server| host.vmk_with_address(*server).is_some()));
    for vmk in host.management_vmks() {
        for net in host.vmkernel[vmk].addresses() {
            if !list.contains(&net.addr()) {
                list.push(net.addr());
            }
        }
    }
    list
}

fn management_without_address(host: &HostState) -> Reach {
    let mut reach = Reach::new(None);
    let waiting = host.management_vmks().into_iter().find(|vmk| awaits_address(host, vmk));
    match waiting {
        // A lease may come; nobody can say which address it will be.
        Some(vmk) => {
            reach.note(Finding::AwaitsLease { vmk: vmk.clone() });
            reach
        }
        None => reach.no(Finding::NoManagementAddress),
    }
}

fn awaits_address(host: &HostState, vmk: &str) -> bool {
    use crate::state::{Fact, Ipv4Config};
    let adapter = &host.vmkernel[vmk];
    let v4 = matches!(adapter.ipv4, Fact::Known(Ipv4Config::Dhcp { lease: None }) | Fact::Unknown(_));
    adapter.enabled
        && (v4 || adapter.ipv6.dhcp || adapter.ipv6.router_adv && adapter.ipv4_address().is_none())
}

#[cfg(test)]
mod tests;
