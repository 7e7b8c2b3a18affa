//! The way back, and the question whether the goal is reached.

use super::moves::{changes_address, moves};
use crate::command::{Command, apply};
use crate::state::{HostState, Ipv4Config, Security, VmkAdapter};

/// Nothing is left to do and nothing was left undone.
pub(super) fn settled(now: &HostState, goal: &HostState) -> bool {
    remaining(now, goal).is_empty()
}

/// What differs although no move is left: names of objects, for the refusal.
pub(super) fn remaining(now: &HostState, goal: &HostState) -> Vec<String> {
    let mut left = Vec::new();
    let mut compare = |what: &str, name: &str, same: bool| {
        if !same {
            left.push(format!("{what} {name}"));
        }
    };
    for (name, wanted) in &goal.vswitches {
        compare("vSwitch", name, now.vswitches.get(name) == Some(wanted));
    }
    for (name, wanted) in &goal.port_groups {
        compare("port group", name, now.port_groups.get(name) == Some(wanted));
    }
    for (name, wanted) in &goal.vmkernel {
        let same = now.vmkernel.get(name).is_some_and(|adapter| same_adapter(adapter, wanted));
        compare("vmkernel adapter", name, same);
    }
    for route in goal.routes.symmetric_difference(&now.routes) {
        compare("route to", &route.network.to_string(), false);
    }
    for (what, extra) in [
        (
            "vSwitch",
            now.vswitches.keys().find(|name| !goal.vswitches.contains_key(*name)).map(|name| name.as_str()),
        ),
        (
            "port group",
            now.port_groups
                .keys()
                .find(|name| !goal.port_groups.contains_key(*name))
                .map(|name| name.as_str()),
        ),
        (
            "vmkernel adapter",
            now.vmkernel.keys().find(|name| !goal.vmkernel.contains_key(*name)).map(|name| name.as_str()),
        ),
    ] {
        if let Some(name) = extra {
            compare(what, name, false);
        }
    }
    compare("name resolution", "", now.dns == goal.dns);
    left
}

/// Equal but for a lease and a MAC address that ESXi chooses.
fn same_adapter(now: &VmkAdapter, wanted: &VmkAdapter) -> bool {
    let mut now = now.clone();
    if now.mac.is_none() || wanted.mac.is_none() {
        now.mac = wanted.mac;
    }
    if !changes_address(&now, wanted) {
        now.ipv4 = wanted.ipv4.clone();
    }
    now == *wanted
}

/// The commands that lead from one state back to another, without regard to reach: for undo, where every moment
/// counts as dark already. `None` when no commands do.
pub(super) fn restore(from: &HostState, to: &HostState) -> Option<Vec<Command>> {
    let mut state = from.clone();
    let mut commands = Vec::new();
    for _ in 0..10_000 {
        let choices = moves(&state, to).into_iter().map(|command| with_former_lease(command, to));
        let next = choices.into_iter().find(|command| apply(&mut state, command).is_ok());
        let Some(command) = next else { break };
        let follow = explicit_defaults(&command, to);
        commands.push(command);
        if let Some(command) = follow {
            apply(&mut state, &command).ok()?;
            commands.push(command);
        }
    }
    settled(&state, to).then_some(commands)
}

/// An adapter that goes back to DHCP is expected to get its former lease again; the step says that it may not.
fn with_former_lease(command: Command, to: &HostState) -> Command {
    match command {
        Command::VmkIpv4 { vmk, ipv4: Ipv4Config::Dhcp { lease: None } } => {
            let former = to.vmkernel.get(&vmk).and_then(|adapter| adapter.ipv4.known()).cloned();
            Command::VmkIpv4 { vmk, ipv4: former.unwrap_or(Ipv4Config::Dhcp { lease: None }) }
        }
        other => other,
    }
}

/// The security defaults of a new vSwitch differ between releases; one that is made again gets its own back
/// explicitly.
fn explicit_defaults(command: &Command, to: &HostState) -> Option<Command> {
    let Command::VswitchAdd { vswitch, .. } = command else { return None };
    let Security { promiscuous, mac_changes, forged_transmits } =
        *to.vswitches.get(vswitch)?.security.known()?;
    let set = crate::command::SecuritySet {
        promiscuous: Some(promiscuous),
        mac_changes: Some(mac_changes),
        forged_transmits: Some(forged_transmits),
    };
    Some(Command::VswitchSecurity { vswitch: vswitch.clone(), set })
}
