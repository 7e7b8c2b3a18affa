//! vmkernel adapters: made, addressed, tagged; and the question whether one must be made anew.

use super::routes;
use crate::command::Command;
use crate::state::{Fact, HostState, Ipv4Config, VmkAdapter};
use crate::value::{Mtu, NetstackName, VmkName};

pub(super) fn add_and_set(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for (name, wanted) in &goal.vmkernel {
        match now.vmkernel.get(name) {
            None => list.extend(add(now, goal, name, wanted)),
            Some(adapter) if !must_go(now, goal, name) => set(now, goal, name, adapter, wanted, list),
            Some(_) => {}
        }
    }
}

fn add(now: &HostState, goal: &HostState, name: &VmkName, wanted: &VmkAdapter) -> Option<Command> {
    let group = now.port_groups.get(&wanted.port_group)?;
    let in_place = goal.port_groups.get(&wanted.port_group).is_some_and(|goal| goal.vswitch == group.vswitch);
    let free = group.vm_ports == 0 && now.vmk_on(&wanted.port_group).is_none();
    (in_place && free && has_room(now, goal, wanted)).then(|| Command::VmkAdd {
        vmk: name.clone(),
        port_group: wanted.port_group.clone(),
        mac: wanted.mac,
        mtu: (wanted.mtu != Mtu::default()).then_some(wanted.mtu),
        netstack: (wanted.netstack != NetstackName::default()).then(|| wanted.netstack.clone()),
    })
}

/// Whether the vSwitch carries frames as large as the adapter wants. It is waited for, unless it shall not grow.
fn has_room(now: &HostState, goal: &HostState, wanted: &VmkAdapter) -> bool {
    let carries = |host: &HostState| {
        let group = host.port_groups.get(&wanted.port_group)?;
        Some(host.vswitches.get(&group.vswitch)?.mtu)
    };
    match (carries(now), carries(goal)) {
        (Some(now), Some(goal)) => wanted.mtu <= now || goal <= now,
        _ => true,
    }
}

/// Whether an adapter has to be removed: it is not wanted, or what is fixed when it is made (port group, MAC
/// address, TCP/IP stack) shall differ, or its port group moves to another vSwitch.
pub(super) fn must_go(now: &HostState, goal: &HostState, name: &str) -> bool {
    let (Some(adapter), Some(wanted)) = (now.vmkernel.get(name), goal.vmkernel.get(name)) else {
        return !goal.vmkernel.contains_key(name);
    };
    let switch_of = |host: &HostState| Some(host.port_groups.get(&adapter.port_group)?.vswitch.clone());
    adapter.port_group != wanted.port_group
        || adapter.netstack != wanted.netstack
        || matches!((adapter.mac, wanted.mac), (Some(now), Some(goal)) if now != goal)
        || switch_of(now) != switch_of(goal)
}

fn set(
    now: &HostState,
    goal: &HostState,
    name: &VmkName,
    adapter: &VmkAdapter,
    wanted: &VmkAdapter,
    list: &mut Vec<Command>,
) {
    let room = wanted.mtu < adapter.mtu || has_room(now, goal, wanted);
    let mtu = (adapter.mtu != wanted.mtu && room).then_some(wanted.mtu);
    let enabled = (adapter.enabled != wanted.enabled).then_some(wanted.enabled);
    if mtu.is_some() || enabled.is_some() {
        list.push(Command::VmkSet { vmk: name.clone(), mtu, enabled });
    }
    if changes_address(adapter, wanted) && routes::lost_with_address(now, goal, name, wanted).is_empty() {
        // A lease is ESXi's to get; it is not asked for.
        let ipv4 = match wanted.ipv4.known() {
            Some(Ipv4Config::Dhcp { .. }) | None => Ipv4Config::Dhcp { lease: None },
            Some(other) => other.clone(),
        };
        list.push(Command::VmkIpv4 { vmk: name.clone(), ipv4 });
    }
    let router_adv = (adapter.ipv6.router_adv != wanted.ipv6.router_adv).then_some(wanted.ipv6.router_adv);
    let dhcp = (adapter.ipv6.dhcp != wanted.ipv6.dhcp).then_some(wanted.ipv6.dhcp);
    if router_adv.is_some() || dhcp.is_some() {
        list.push(Command::VmkIpv6 { vmk: name.clone(), router_adv, dhcp });
    }
    for address in wanted.ipv6.addresses.difference(&adapter.ipv6.addresses) {
        list.push(Command::VmkIpv6Add { vmk: name.clone(), address: *address });
    }
    for tag in wanted.tags.difference(&adapter.tags) {
        list.push(Command::VmkTagAdd { vmk: name.clone(), tag: tag.clone() });
    }
}

/// Whether the IPv4 configuration shall differ. A lease is no configuration.
pub(in crate::plan) fn changes_address(adapter: &VmkAdapter, wanted: &VmkAdapter) -> bool {
    match (&adapter.ipv4, &wanted.ipv4) {
        (_, Fact::Unknown(_)) => false,
        (Fact::Known(Ipv4Config::Dhcp { .. }), Fact::Known(Ipv4Config::Dhcp { .. })) => false,
        (now, goal) => now != goal,
    }
}
