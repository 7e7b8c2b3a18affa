//! What is taken away, after everything that can be added has been.

use super::routes;
use super::vmkernel::{changes_address, must_go};
use crate::command::Command;
use crate::state::HostState;

pub(super) fn take_away(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    list.extend(routes::unwanted(now, goal).map(|route| Command::RouteRemove { route: route.clone() }));
    from_adapters(now, goal, list);
    adapters(now, goal, list);
    port_groups(now, goal, list);
    uplinks(now, goal, list);
    vswitches(now, goal, list);
}

fn from_adapters(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for (name, adapter) in &now.vmkernel {
        let Some(wanted) = goal.vmkernel.get(name).filter(|_| !must_go(now, goal, name)) else { continue };
        for tag in adapter.tags.difference(&wanted.tags) {
            list.push(Command::VmkTagRemove { vmk: name.clone(), tag: tag.clone() });
        }
        for address in adapter.ipv6.addresses.difference(&wanted.ipv6.addresses) {
            let lost = routes::lost_with_ipv6(now, goal, name, *address);
            if lost.is_empty() {
                list.push(Command::VmkIpv6Remove { vmk: name.clone(), address: *address });
            }
            list.extend(lost.into_iter().map(|route| Command::RouteRemove { route }));
        }
        if changes_address(adapter, wanted) {
            let lost = routes::lost_with_address(now, goal, name, wanted);
            list.extend(lost.into_iter().map(|route| Command::RouteRemove { route }));
        }
    }
}

fn adapters(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for name in now.vmkernel.keys().filter(|name| must_go(now, goal, name)) {
        let lost = routes::lost_with_adapter(now, goal, name);
        if lost.is_empty() {
            list.push(Command::VmkRemove { vmk: name.clone() });
        }
        list.extend(lost.into_iter().map(|route| Command::RouteRemove { route }));
    }
}

fn port_groups(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for (name, group) in &now.port_groups {
        let stays = goal.port_groups.get(name).is_some_and(|wanted| wanted.vswitch == group.vswitch);
        if !stays && group.vm_ports == 0 && now.vmk_on(name).is_none() {
            let (vswitch, port_group) = (group.vswitch.clone(), name.clone());
            list.push(Command::PortGroupRemove { vswitch, port_group });
        }
    }
}

fn uplinks(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for (name, switch) in &now.vswitches {
        let Some(wanted) = goal.vswitches.get(name) else { continue };
        for uplink in switch.uplinks.difference(&wanted.uplinks) {
            list.push(Command::UplinkRemove { vswitch: name.clone(), uplink: uplink.clone() });
        }
    }
}

fn vswitches(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for name in now.vswitches.keys().filter(|name| !goal.vswitches.contains_key(*name)) {
        if now.port_groups_of(name).next().is_none() {
            list.push(Command::VswitchRemove { vswitch: name.clone() });
        }
    }
}
