//! `esxcfg-vswitch` (layout verified: 7.0.3 and 7.x/8.x; options by many scripts; `-R` in a public kickstart).
//!
//! `-P`, `-Q` and `-V` are about distributed switches and not modelled.

use super::{Machine, Output, Read, change, not_modelled, read, words};
use crate::command::{Command, FailoverSet};
use crate::model::network::show::used_ports;
use crate::model::run::execute;
use crate::model::wording::not_found;
use crate::state::{Cdp, Fact};
use crate::value::{PortGroupName, SwitchName, VlanId, VmnicName};
use std::fmt::Write;

const VALUED: [(char, &str); 14] = [
    ('a', "add"),
    ('d', "delete"),
    ('A', "add-pg"),
    ('D', "del-pg"),
    ('v', "vlan"),
    ('p', "pg"),
    ('L', "link"),
    ('U', "unlink"),
    ('M', "add-pg-uplink"),
    ('N', "del-pg-uplink"),
    ('m', "mtu"),
    ('B', "set-cdp"),
    ('C', "check-pg"),
    ('c', "check"),
];
const FLAGS: [(char, &str); 4] = [('l', "list"), ('b', "get-cdp"), ('r', "restore"), ('R', "restore-all")];

pub(in crate::model) fn vswitch(machine: &mut Machine, argv: &[String]) -> Output {
    let words = words(argv);
    let Some(given) = Read::new(&words, &VALUED, &FLAGS) else {
        return not_modelled("esxcfg-vswitch", &words);
    };
    // `-p` only says which port group another option is about.
    let action = given.options.iter().find(|(letter, _)| *letter != 'p').copied();
    let answer = match (action, &given.rest[..]) {
        (Some(('l', _)), []) => Ok(Output::ok(list(machine))),
        // What is configured is in force anyway.
        (Some(('r' | 'R', _)), []) => Ok(Output::ok("")),
        (Some((letter @ ('a' | 'd' | 'c'), name)), []) => on_switch(machine, letter, name),
        (Some(('C', group)), [] | [_]) => Ok(check(machine.state.port_groups.contains_key(group))),
        (Some((letter, value)), [switch]) => inside(machine, letter, value, &given, switch),
        _ => Ok(not_modelled("esxcfg-vswitch", &words)),
    };
    answer.unwrap_or_else(|output| output)
}

/// Whether something is there (believed: a bare 1 or 0, status 0).
fn check(there: bool) -> Output {
    Output::ok(if there { "1\n" } else { "0\n" })
}

fn on_switch(machine: &mut Machine, action: char, name: &str) -> Result<Output, Output> {
    let command = match action {
        'a' => {
            let (name, ports) = match name.split_once(':') {
                Some((name, ports)) => (name, Some(read("number of ports", ports)?)),
                None => (name, None),
            };
            Command::VswitchAdd { vswitch: read("vSwitch", name)?, ports }
        }
        'd' => Command::VswitchRemove { vswitch: read("vSwitch", name)? },
        _ => return Ok(check(machine.state.vswitches.contains_key(name))),
    };
    Ok(change(machine, &command, ""))
}

/// What is done to something of a vSwitch.
fn inside(
    machine: &mut Machine,
    action: char,
    value: &str,
    given: &Read<'_>,
    name: &str,
) -> Result<Output, Output> {
    let vswitch = read::<SwitchName>("vSwitch", name)?;
    let command = match action {
        'A' => Command::PortGroupAdd { vswitch, port_group: read("portgroup", value)? },
        'D' => Command::PortGroupRemove { vswitch, port_group: read("portgroup", value)? },
        'L' => Command::UplinkAdd { vswitch, uplink: read("pnic", value)? },
        'U' => Command::UplinkRemove { vswitch, uplink: read("pnic", value)? },
        'm' => Command::VswitchSet { vswitch, mtu: Some(read("MTU", value)?), cdp: None },
        'B' => {
            let cdp = Cdp::from_word(value)
                .ok_or_else(|| Output::refused(format!("Invalid CDP status: {value}")))?;
            Command::VswitchSet { vswitch, mtu: None, cdp: Some(cdp) }
        }
        'b' => {
            let switch = machine.state.vswitches.get(&vswitch);
            let switch =
                switch.ok_or_else(|| Output::refused(not_found(&format!("find vSwitch {vswitch}"))))?;
            return Ok(Output::ok(match &switch.cdp {
                Fact::Known(cdp) => format!("{}\n", cdp.word()),
                Fact::Unknown(text) => format!("{text}\n"),
            }));
        }
        'v' => return vlan(machine, &vswitch, read("VLAN", value)?, given),
        'M' | 'N' => {
            let port_group = group(given)?;
            let uplink: VmnicName = read("pnic", value)?;
            let mut order =
                machine.state.effective_teaming(&port_group).map(|teaming| teaming.order).unwrap_or_default();
            order.remove(&uplink);
            if action == 'M' {
                order.active.push(uplink);
            }
            let set = FailoverSet { order: Some(order), ..FailoverSet::default() };
            Command::PortGroupFailover { port_group, reset: false, set }
        }
        _ => return Ok(not_modelled("esxcfg-vswitch", &[name])),
    };
    Ok(change(machine, &command, ""))
}

fn group(given: &Read<'_>) -> Result<PortGroupName, Output> {
    read("portgroup", given.get('p').ok_or_else(|| Output::refused("Must specify a portgroup"))?)
}

/// `ALL` is every port group of the vSwitch.
fn vlan(
    machine: &mut Machine,
    vswitch: &SwitchName,
    vlan: VlanId,
    given: &Read<'_>,
) -> Result<Output, Output> {
    let groups: Vec<PortGroupName> = match given.get('p') {
        Some("ALL") => machine.state.port_groups_of(vswitch).map(|(name, _)| name.clone()).collect(),
        _ => vec![group(given)?],
    };
    for port_group in groups {
        execute(machine, &Command::PortGroupVlan { port_group, vlan }).map_err(Output::refused)?;
    }
    Ok(Output::ok(""))
}

/// Port groups stand from the last name to the first, as in `vswitch standard list`.
fn list(machine: &Machine) -> String {
    let host = &machine.state;
    let mut out = String::new();
    for (index, (name, switch)) in host.vswitches.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let mut cards: Vec<&VmnicName> = switch.uplinks.iter().collect();
        cards.sort_by_key(|name| (name.len(), *name));
        let cards = cards.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(",");
        out.push_str("Switch Name      Num Ports   Used Ports  Configured Ports  MTU     Uplinks\n");
        let _ = writeln!(
            out,
            "{name:<16} {:<11} {:<11} {:<17} {:<7} {cards}\n",
            machine.num_ports,
            used_ports(host, name, switch),
            switch.ports,
            switch.mtu.to_string(),
        );
        out.push_str("  PortGroup Name                            VLAN ID  Used Ports  Uplinks\n");
        let mut groups: Vec<_> = host.port_groups_of(name).collect();
        groups.reverse();
        for (group_name, group) in groups {
            let clients = group.vm_ports.saturating_add(u32::from(host.vmk_on(group_name).is_some()));
            let _ = writeln!(
                out,
                "  {group_name:<41} {:<8} {clients:<11} {}",
                group.vlan.to_string(),
                effective_cards(machine, group_name, &cards)
            );
        }
    }
    out
}

/// Cards a port group may send by: active then standby; every attached one where the policy was not understood.
fn effective_cards(machine: &Machine, group: &str, all: &str) -> String {
    match machine.state.effective_teaming(group) {
        Some(teaming) => teaming.order.members().map(VmnicName::as_str).collect::<Vec<_>>().join(","),
        None => all.to_owned(),
    }
}
