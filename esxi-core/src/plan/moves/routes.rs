//! Routes, which live and die with the addresses that make their gateways reachable.

use super::vmkernel::{changes_address, must_go};
use crate::command::Command;
use crate::state::{HostState, Ipv4Config, Route, VmkAdapter};
use ipnet::IpNet;
use std::net::IpAddr;

pub(super) fn add(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for route in goal.routes.difference(&now.routes) {
        if on_lasting_link(now, goal, route) {
            list.push(Command::RouteAdd { route: route.clone() });
        }
    }
}

/// Whether an adapter that stays as it is reaches the gateway: a route over an address that is about to change
/// would go again.
fn on_lasting_link(now: &HostState, goal: &HostState, route: &Route) -> bool {
    if is_link_local(route.gateway) {
        return true;
    }
    now.vmkernel.iter().filter(|(_, adapter)| adapter.netstack == route.netstack).any(|(name, adapter)| {
        let Some(wanted) = goal.vmkernel.get(name).filter(|_| !must_go(now, goal, name)) else {
            return false;
        };
        // The address may change, as long as the gateway stays in its subnet.
        let stays = |address: IpAddr| match address {
            IpAddr::V4(_) if changes_address(adapter, wanted) => {
                certain_address(wanted).is_some_and(|net| net.contains(&address))
            }
            IpAddr::V4(_) => true,
            IpAddr::V6(_) => wanted.ipv6.addresses.iter().any(|net| IpNet::V6(*net).contains(&address)),
        };
        stays(route.gateway) && adapter.addresses().any(|net| net.contains(&route.gateway))
    })
}

/// The IPv4 address an adapter will have for certain. While a lease is waited for there is none.
fn certain_address(wanted: &VmkAdapter) -> Option<IpNet> {
    match wanted.ipv4.known() {
        Some(Ipv4Config::Static { address, .. }) => Some(IpNet::V4(*address)),
        _ => None,
    }
}

/// Routes of `now` whose gateway no adapter reaches once `vmk` has the wanted IPv4 configuration. They are taken
/// away first, so that a host that would keep them ends the same as one that drops them.
pub(super) fn lost_with_address(
    now: &HostState,
    goal: &HostState,
    vmk: &str,
    wanted: &VmkAdapter,
) -> Vec<Route> {
    let kept = certain_address(wanted);
    lost(now, goal, &wanted.netstack, |name, net| match net {
        IpNet::V4(_) if name == vmk => kept,
        other => Some(other),
    })
}

/// Routes of `now` whose gateway no adapter reaches once `vmk` is gone.
pub(super) fn lost_with_adapter(now: &HostState, goal: &HostState, vmk: &str) -> Vec<Route> {
    let Some(adapter) = now.vmkernel.get(vmk) else { return Vec::new() };
    lost(now, goal, &adapter.netstack, |name, net| (name != vmk).then_some(net))
}

/// Routes of `now` whose gateway no adapter reaches once an IPv6 address is gone.
pub(super) fn lost_with_ipv6(
    now: &HostState,
    goal: &HostState,
    vmk: &str,
    gone: ipnet::Ipv6Net,
) -> Vec<Route> {
    let Some(adapter) = now.vmkernel.get(vmk) else { return Vec::new() };
    lost(now, goal, &adapter.netstack, |name, net| (name != vmk || net != IpNet::V6(gone)).then_some(net))
}

fn lost(
    now: &HostState,
    goal: &HostState,
    netstack: &str,
    left: impl Fn(&str, IpNet) -> Option<IpNet>,
) -> Vec<Route> {
    let mut before: Vec<IpNet> = Vec::new();
    let mut after: Vec<IpNet> = Vec::new();
    for (name, adapter) in now.vmkernel.iter().filter(|(_, adapter)| adapter.netstack == *netstack) {
        before.extend(adapter.addresses());
        after.extend(adapter.addresses().filter_map(|net| left(name, net)));
    }
    let reached = |nets: &[IpNet], route: &Route| nets.iter().any(|net| net.contains(&route.gateway));
    let gone = |route: &&Route| {
        route.netstack == *netstack
            && !is_link_local(route.gateway)
            && reached(&before, route)
            && !reached(&after, route)
            && !is_replaced(goal, route)
    };
    now.routes.iter().filter(gone).cloned().collect()
}

/// Routes that are not wanted. A default route that another one replaces is not taken away: setting the new one
/// does it without a gap.
pub(super) fn unwanted<'a>(now: &'a HostState, goal: &'a HostState) -> impl Iterator<Item = &'a Route> + 'a {
    now.routes.difference(&goal.routes).filter(|route| !is_replaced(goal, route))
}

/// Whether it is a default route and another one takes its place. Setting that one ends the same on a host that has
/// dropped the old one by then and on a host that has kept it.
fn is_replaced(goal: &HostState, route: &Route) -> bool {
    let replaces = |other: &Route| other.netstack == route.netstack && other.network == route.network;
    route.is_default() && !goal.routes.contains(route) && goal.routes.iter().any(replaces)
}

fn is_link_local(gateway: IpAddr) -> bool {
    matches!(gateway, IpAddr::V6(address) if address.is_unicast_link_local())
}
