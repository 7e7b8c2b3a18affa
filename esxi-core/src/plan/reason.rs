//! Why a step is in the plan, in words.

use crate::command::Command;
use crate::state::{FailoverOrder, HostState};
use crate::value::{PortGroupName, SwitchName, VmkName, VmnicName};

/// Whether a command is no part of the difference between start and goal, but lends something or gives it back.
pub(super) fn is_helper(ends: [&HostState; 2], command: &Command) -> bool {
    lending(ends, command).is_some()
}

/// The reason for a command that a helper brought.
fn lending(ends: [&HostState; 2], command: &Command) -> Option<String> {
    let [start, goal] = ends;
    let attached = |host: &HostState, vswitch: &SwitchName, uplink: &VmnicName| {
        host.vswitches.get(vswitch).is_some_and(|switch| switch.uplinks.contains(uplink))
    };
    let no_group = |name: &PortGroupName| ends.iter().all(|host| !host.port_groups.contains_key(name));
    let no_vmk = |name: &VmkName| ends.iter().all(|host| !host.vmkernel.contains_key(name));
    let lent = |order: &FailoverOrder, vswitch: &SwitchName| {
        order.members().find(|nic| ends.iter().all(|host| !attached(host, vswitch, nic))).cloned()
    };
    match command {
        Command::UplinkAdd { vswitch, uplink } if !attached(goal, vswitch, uplink) => {
            Some(format!("{uplink} is lent to {vswitch} for the time of the change"))
        }
        Command::UplinkAdd { vswitch, uplink } if attached(start, vswitch, uplink) => {
            Some(format!("{uplink} is given back to {vswitch}"))
        }
        Command::UplinkRemove { vswitch, uplink } if attached(goal, vswitch, uplink) => {
            Some(format!("{uplink} is lent for the time of the change; {vswitch} keeps another live uplink"))
        }
        Command::UplinkRemove { vswitch, uplink } if !attached(start, vswitch, uplink) => {
            Some(format!("{uplink} was lent to {vswitch} and is not needed any more"))
        }
        Command::VswitchFailover { vswitch, set } => {
            let same = start.vswitches.get(vswitch)?.teaming == goal.vswitches.get(vswitch)?.teaming;
            match set.order.as_ref().and_then(|order| lent(order, vswitch)) {
                Some(card) => Some(format!("{vswitch} uses {card} for the time of the change")),
                None => same.then(|| format!("the NIC teaming of {vswitch} is as before again")),
            }
        }
        Command::PortGroupFailover { port_group, set, .. } => {
            let (start, goal) = (start.port_groups.get(port_group)?, goal.port_groups.get(port_group)?);
            match set.order.as_ref().and_then(|order| lent(order, &goal.vswitch)) {
                Some(card) => Some(format!("\"{port_group}\" uses {card} for the time of the change")),
                None => (start.teaming == goal.teaming && start.vswitch == goal.vswitch)
                    .then(|| format!("the NIC teaming of \"{port_group}\" is as before again")),
            }
        }
        Command::PortGroupAdd { port_group, .. } | Command::PortGroupVlan { port_group, .. }
            if no_group(port_group) =>
        {
            Some(format!("\"{port_group}\" carries the temporary adapter"))
        }
        Command::PortGroupRemove { port_group, .. } if no_group(port_group) => {
            Some(format!("\"{port_group}\" was there for the time of the change only"))
        }
        Command::VmkAdd { vmk, .. } if no_vmk(vmk) => {
            Some(format!("{vmk} keeps management answering on the spare address for the time of the change"))
        }
        Command::VmkIpv4 { vmk, .. } | Command::VmkIpv6Add { vmk, .. } if no_vmk(vmk) => {
            Some(format!("{vmk} has the spare address for the time of the change"))
        }
        Command::VmkTagAdd { vmk, .. } if no_vmk(vmk) => {
            Some(format!("{vmk} carries management for the time of the change"))
        }
        Command::VmkRemove { vmk } if no_vmk(vmk) => {
            Some(format!("{vmk} was there for the time of the change only"))
        }
        Command::RouteAdd { route } if ends.iter().all(|host| !host.routes.contains(route)) => {
            Some(format!("the client is reached from the spare address through {}", route.gateway))
        }
        Command::RouteRemove { route } if ends.iter().all(|host| !host.routes.contains(route)) => {
            Some("the way from the spare address to the client is not needed any more".to_owned())
        }
        _ => None,
    }
}

/// The reason for a command on the way from start to goal.
pub(super) fn reason(before: &HostState, ends: [&HostState; 2], command: &Command) -> String {
    if let Some(reason) = lending(ends, command) {
        return reason;
    }
    let [_, goal] = ends;
    match command {
        Command::VswitchAdd { vswitch, .. } => format!("{vswitch} is wanted and does not exist"),
        Command::VswitchRemove { vswitch } => format!("{vswitch} is not wanted any more"),
        Command::VswitchSet { vswitch, mtu, cdp } => {
            let now = before.vswitches.get(vswitch);
            let mtu = mtu.map(|mtu| change("MTU", now.map(|now| now.mtu), mtu));
            let cdp = cdp.map(|cdp| format!("CDP becomes {}", format!("{cdp:?}").to_lowercase()));
            join([mtu, cdp])
        }
        Command::UplinkAdd { vswitch, uplink } => format!("{uplink} shall be an uplink of {vswitch}"),
        Command::UplinkRemove { vswitch, uplink } => {
            match goal.vswitches.iter().find(|(_, switch)| switch.uplinks.contains(uplink)) {
                Some((other, _)) => format!("{uplink} moves from {vswitch} to {other}"),
                None => format!("{uplink} shall not be an uplink of {vswitch}"),
            }
        }
        Command::VswitchFailover { vswitch, set } => {
            format!("NIC teaming of {vswitch}: {}", failover(set))
        }
        Command::PortGroupFailover { port_group, reset, set } => {
            let own = failover(set);
            match (reset, own.is_empty()) {
                (true, true) => format!("\"{port_group}\" inherits the NIC teaming of its vSwitch"),
                (true, false) => format!("\"{port_group}\" overrides only {own}"),
                (false, _) => format!("NIC teaming of \"{port_group}\": {own}"),
            }
        }
        Command::VswitchSecurity { vswitch, .. } => format!("security policy of {vswitch} differs"),
        Command::PortGroupSecurity { port_group, .. } => {
            format!("security policy of \"{port_group}\" differs")
        }
        Command::VswitchShaping { vswitch, .. } => format!("traffic shaping of {vswitch} differs"),
        Command::PortGroupShaping { port_group, .. } => {
            format!("traffic shaping of \"{port_group}\" differs")
        }
        Command::PortGroupAdd { vswitch, port_group } => {
            format!("\"{port_group}\" is wanted on {vswitch} and does not exist there")
        }
        Command::PortGroupRemove { vswitch, port_group } => {
            format!("\"{port_group}\" shall not be on {vswitch}")
        }
        Command::PortGroupVlan { port_group, vlan } => change(
            &format!("VLAN of \"{port_group}\""),
            before.port_groups.get(port_group).map(|now| now.vlan),
            vlan,
        ),
        Command::VmkAdd { vmk, port_group, .. } => format!("{vmk} is wanted on \"{port_group}\""),
        Command::VmkRemove { vmk } => match goal.vmkernel.contains_key(vmk) {
            true => format!("{vmk} must be made anew: port group, MAC address and stack are fixed at birth"),
            false => format!("{vmk} is not wanted any more"),
        },
        Command::VmkSet { vmk, mtu, enabled } => {
            let now = before.vmkernel.get(vmk);
            let mtu = mtu.map(|mtu| change("MTU", now.map(|now| now.mtu), mtu));
            let enabled =
                enabled.map(|on| if on { "it shall be enabled" } else { "it shall be disabled" }.to_owned());
            format!("{vmk}: {}", join([mtu, enabled]))
        }
        Command::VmkIpv4 { vmk, .. } => {
            let old = before.vmkernel.get(vmk).and_then(|now| now.ipv4_address());
            match old {
                Some(old) => format!("IPv4 of {vmk} shall not be {old} any more"),
                None => format!("IPv4 of {vmk} is not set as wanted"),
            }
        }
        Command::VmkIpv6 { vmk, .. } => format!("IPv6 autoconfiguration of {vmk} differs"),
        Command::VmkIpv6Add { vmk, address } => format!("{vmk} shall have {address}"),
        Command::VmkIpv6Remove { vmk, address } => format!("{vmk} shall not have {address}"),
        Command::VmkTagAdd { vmk, tag } => format!("{vmk} shall carry {tag}"),
        Command::VmkTagRemove { vmk, tag } => format!("{vmk} shall not carry {tag}"),
        Command::RouteAdd { route } => match route.is_default() {
            true => format!("the default gateway shall be {}", route.gateway),
            false => format!("{} shall be reached through {}", route.network, route.gateway),
        },
        Command::RouteRemove { route } => match goal.routes.contains(route) {
            true => format!(
                "its gateway {} is about to be out of reach; it is set again afterwards",
                route.gateway
            ),
            false => format!("the route to {} through {} is not wanted", route.network, route.gateway),
        },
        Command::DnsServerAdd { server } => format!("{server} shall resolve names"),
        Command::DnsServerRemove { server } => {
            format!("{server} is not a wanted DNS server, or stands out of order")
        }
        Command::DnsSearchAdd { domain } => format!("{domain} shall be searched"),
        Command::DnsSearchRemove { domain } => {
            format!("{domain} shall not be searched, or stands out of order")
        }
    }
}

fn change<T: std::fmt::Display>(what: &str, now: Option<T>, goal: impl std::fmt::Display) -> String {
    match now {
        Some(now) => format!("{what} {now} becomes {goal}"),
        None => format!("{what} becomes {goal}"),
    }
}

fn join<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn failover(set: &crate::command::FailoverSet) -> String {
    let names = |list: &[crate::value::VmnicName]| match list {
        [] => "none".to_owned(),
        list => list.iter().map(|nic| nic.as_str()).collect::<Vec<_>>().join(", "),
    };
    let order = set.order.as_ref().map(|order| match order.standby.as_slice() {
        [] => format!("active {}", names(&order.active)),
        standby => format!("active {}, standby {}", names(&order.active), names(standby)),
    });
    join([
        order,
        set.load_balancing.map(|policy| format!("load balancing {}", policy.set_word())),
        set.failure_detection.map(|detection| format!("failure detection {}", detection.word())),
        set.notify_switches.map(|on| format!("notify switches {}", if on { "on" } else { "off" })),
        set.failback.map(|on| format!("failback {}", if on { "on" } else { "off" })),
    ])
}
