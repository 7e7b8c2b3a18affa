//! The moves that lead from one state towards another.
//!
//! [`moves`] looks only at where the host is and where it shall be, never at how it got there, so the same code
//! plans a change, its undo from any point, and the second run that finds nothing to do. Moves come in order of
//! preference: what adds first, what takes away last (make before break). Each one that is offered can be
//! executed in the given state, and following them ends: none is ever offered that undoes another.

mod policies;
mod routes;
mod takes;

pub(super) use vmkernel::changes_address;
mod vmkernel;

use crate::command::Command;
use crate::state::{Fact, HostState, VSwitch, VmkAdapter};
use crate::value::{SwitchName, VmkName};

/// Every move that `now` allows towards `goal`, best first. Empty when nothing is left to do or nothing can be
/// done.
pub(super) fn moves(now: &HostState, goal: &HostState) -> Vec<Command> {
    let mut list = Vec::new();
    add_vswitches(now, goal, &mut list);
    add_port_groups(now, goal, &mut list);
    policies::of_vswitches(now, goal, &mut list);
    policies::of_port_groups(now, goal, &mut list);
    vmkernel::add_and_set(now, goal, &mut list);
    routes::add(now, goal, &mut list);
    name_resolution(now, goal, &mut list);
    takes::take_away(now, goal, &mut list);
    list
}

fn add_vswitches(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for (name, wanted) in &goal.vswitches {
        match now.vswitches.get(name) {
            None => {
                let ports = (wanted.ports != 128).then_some(wanted.ports);
                list.push(Command::VswitchAdd { vswitch: name.clone(), ports });
            }
            Some(switch) => {
                list.extend(set_vswitch(now, goal, name, switch, wanted));
                add_uplinks(now, name, switch, wanted, list);
            }
        }
    }
}

fn set_vswitch(
    now: &HostState,
    goal: &HostState,
    name: &SwitchName,
    switch: &VSwitch,
    wanted: &VSwitch,
) -> Option<Command> {
    // Adapters are lowered first, unless the goal itself has one that is too large.
    let waits_for = |(vmk, adapter): (&VmkName, &VmkAdapter)| {
        let here = now.port_groups.get(&adapter.port_group).is_some_and(|group| group.vswitch == *name);
        let lowered = goal.vmkernel.get(vmk).is_none_or(|goal| goal.mtu < adapter.mtu);
        here && lowered && adapter.mtu > wanted.mtu
    };
    let fits = wanted.mtu > switch.mtu || !now.vmkernel.iter().any(waits_for);
    let mtu = (switch.mtu != wanted.mtu && fits).then_some(wanted.mtu);
    let cdp = differing(&switch.cdp, &wanted.cdp).copied();
    (mtu.is_some() || cdp.is_some()).then(|| Command::VswitchSet { vswitch: name.clone(), mtu, cdp })
}

fn add_uplinks(
    now: &HostState,
    name: &SwitchName,
    switch: &VSwitch,
    wanted: &VSwitch,
    list: &mut Vec<Command>,
) {
    let missing = wanted.uplinks.difference(&switch.uplinks);
    let free = missing.filter(|nic| now.nics.contains_key(*nic) && now.vswitch_of_uplink(nic).is_none());
    list.extend(free.map(|nic| Command::UplinkAdd { vswitch: name.clone(), uplink: nic.clone() }));
}

fn add_port_groups(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for (name, wanted) in &goal.port_groups {
        match now.port_groups.get(name) {
            None if now.vswitches.contains_key(&wanted.vswitch) => {
                list.push(Command::PortGroupAdd { vswitch: wanted.vswitch.clone(), port_group: name.clone() })
            }
            Some(group) if group.vswitch == wanted.vswitch && group.vlan != wanted.vlan => {
                list.push(Command::PortGroupVlan { port_group: name.clone(), vlan: wanted.vlan });
            }
            _ => {}
        }
    }
}

/// The wanted value where it is known and not what there is.
fn differing<'a, T: PartialEq>(now: &Fact<T>, wanted: &'a Fact<T>) -> Option<&'a T> {
    wanted.known().filter(|wanted| now.known() != Some(wanted))
}

/// Lists are in order of preference and only grow at their end, so the first wrong entry goes first.
fn name_resolution(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    match next_edit(&now.dns.servers, &goal.dns.servers) {
        Some(Edit::Remove(server)) => list.push(Command::DnsServerRemove { server }),
        Some(Edit::Append(server)) => list.push(Command::DnsServerAdd { server }),
        None => {}
    }
    match next_edit(&now.dns.search, &goal.dns.search) {
        Some(Edit::Remove(domain)) => list.push(Command::DnsSearchRemove { domain }),
        Some(Edit::Append(domain)) => list.push(Command::DnsSearchAdd { domain }),
        None => {}
    }
}

enum Edit<T> {
    Remove(T),
    Append(T),
}

fn next_edit<T: PartialEq + Clone>(now: &[T], goal: &[T]) -> Option<Edit<T>> {
    let unwanted = now.iter().find(|item| !goal.contains(item));
    let misplaced =
        || now.iter().enumerate().find(|(at, item)| goal.get(*at) != Some(item)).map(|(_, item)| item);
    match unwanted.or_else(misplaced) {
        Some(item) => Some(Edit::Remove(item.clone())),
        None => goal.get(now.len()).cloned().map(Edit::Append),
    }
}
