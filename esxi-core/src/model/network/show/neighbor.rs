//! `network ip neighbor`: the hosts on the links whose MAC addresses the host knows.
//!
//! The model keeps no table: it knows the routers and name servers on the host's links that answer, since with
//! those every host speaks. Their MAC addresses are made from their addresses.

use super::ip::outgoing;
use crate::model::family::Console;
use crate::model::grammar::V5_5;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::model::wording;
use crate::value::{MacAddr, NetstackName};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Columns verified: 6.5; of 5.0 all but `Type`. The seconds until a row is forgotten are believed.
pub(super) fn show(console: &Console<'_>, call: &Invocation) -> Result<Value, String> {
    let version = console.machine.state.version;
    let only = call.get("interface-name");
    if let Some(name) = only.filter(|name| !console.machine.state.vmkernel.contains_key(*name)) {
        return Err(wording::not_found(&format!("find interface {name}")));
    }
    let stack: NetstackName = call.get("netstack").and_then(|name| name.parse().ok()).unwrap_or_default();
    let rows = neighbors(console, &stack).into_iter().filter(|(address, _, vmk)| {
        let family = if address.is_ipv4() { "4" } else { "6" };
        call.get("version").is_none_or(|wanted| wanted == family || wanted == "all")
            && only.is_none_or(|only| only == vmk)
    });
    let row = |(address, mac, vmk): (IpAddr, MacAddr, String)| {
        Structure::new("NetworkNeighbor")
            .with("Neighbor", address.to_string())
            .with("Mac Address", mac.to_string())
            .with("Vmknic", vmk)
            .with("Expiry", Value::Measure(1200, "sec"))
            .with("State", if address.is_ipv4() { "" } else { "Reachable" })
            .with_if(version >= V5_5, "Type", "Unknown")
    };
    Ok(Value::List(rows.map(row).collect()))
}

/// Forgets a neighbour. With the next packet to it it is known again, and in the model that is at once.
pub(in crate::model::network) fn forget(console: &Console<'_>, call: &Invocation) -> Result<(), String> {
    let address = call.get("neighbor-addr").unwrap_or_default();
    let stack: NetstackName = call.get("netstack").and_then(|name| name.parse().ok()).unwrap_or_default();
    let known = neighbors(console, &stack).into_iter().any(|(one, _, vmk)| {
        one.to_string() == address && call.get("interface-name").is_none_or(|only| only == vmk)
    });
    if known { Ok(()) } else { Err(wording::not_found(&format!("remove neighbor {address}"))) }
}

/// Neighbours of a stack: address, MAC address, the adapter they are met on.
pub(in crate::model::network) fn neighbors(
    console: &Console<'_>,
    stack: &NetstackName,
) -> Vec<(IpAddr, MacAddr, String)> {
    let host = &console.machine.state;
    let routers = host.routes.iter().filter(|route| route.netstack == *stack).map(|route| route.gateway);
    let leased = host.vmkernel.values().filter(|vmk| vmk.netstack == *stack);
    let leased = leased.filter_map(|vmk| vmk.lease_gateway().map(IpAddr::V4));
    let servers = host.dns.servers.iter().copied();
    let own = |address: &IpAddr| host.vmk_with_address(*address).is_some();
    let known: BTreeSet<IpAddr> = routers.chain(leased).chain(servers).filter(|one| !own(one)).collect();
    known
        .into_iter()
        .filter_map(|address| {
            let vmk = outgoing(host, stack, address);
            let from = host.vmkernel.get(vmk.as_str())?.addresses();
            let from = from.map(|net| net.addr()).find(|from| from.is_ipv4() == address.is_ipv4());
            console.around.ping(from, address, 56).map(|_| (address, mac(address), vmk))
        })
        .collect()
}

/// A locally administered address of the model's own.
fn mac(address: IpAddr) -> MacAddr {
    let [a, b, c, d] = match address {
        IpAddr::V4(address) => address.octets(),
        IpAddr::V6(address) => {
            let [.., a, b, c, d] = address.octets();
            [a, b, c, d]
        }
    };
    MacAddr([0x02, 0x00, a, b, c, d])
}
