//! `esxcfg-vswitch` (layout verified: 7.0.3 and 7.x/8.x; options by many scripts).

use super::{Machine, Output, change, not_modelled, read, words};
use crate::command::Command;
use crate::model::network::show::used_ports;
use crate::value::VmnicName;
use std::fmt::Write;

pub(in crate::model) fn vswitch(machine: &mut Machine, argv: &[String]) -> Output {
    let words = words(argv);
    if let ["-l" | "--list"] = words[..] {
        return Output::ok(list(machine));
    }
    match command(&words) {
        Ok(Some(command)) => change(machine, &command, ""),
        Ok(None) => not_modelled("esxcfg-vswitch", &words),
        Err(output) => output,
    }
}

fn command(words: &[&str]) -> Result<Option<Command>, Output> {
    Ok(Some(match *words {
        ["-a" | "--add", name] => {
            let (name, ports) = match name.split_once(':') {
                Some((name, ports)) => (name, Some(read("number of ports", ports)?)),
                None => (name, None),
            };
            Command::VswitchAdd { vswitch: read("vSwitch", name)?, ports }
        }
        ["-d" | "--delete", name] => Command::VswitchRemove { vswitch: read("vSwitch", name)? },
        ["-A" | "--add-pg", group, name] => {
            Command::PortGroupAdd { vswitch: read("vSwitch", name)?, port_group: read("portgroup", group)? }
        }
        ["-D" | "--del-pg", group, name] => Command::PortGroupRemove {
            vswitch: read("vSwitch", name)?,
            port_group: read("portgroup", group)?,
        },
        ["-v" | "--vlan", vlan, "-p" | "--pg", group, _name]
        | ["-p" | "--pg", group, "-v" | "--vlan", vlan, _name] => {
            Command::PortGroupVlan { port_group: read("portgroup", group)?, vlan: read("VLAN", vlan)? }
        }
        ["-L" | "--link", nic, name] => {
            Command::UplinkAdd { vswitch: read("vSwitch", name)?, uplink: read("pnic", nic)? }
        }
        ["-U" | "--unlink", nic, name] => {
            Command::UplinkRemove { vswitch: read("vSwitch", name)?, uplink: read("pnic", nic)? }
        }
        ["-m" | "--mtu", mtu, name] => {
            Command::VswitchSet { vswitch: read("vSwitch", name)?, mtu: Some(read("MTU", mtu)?), cdp: None }
        }
        _ => return Ok(None),
    }))
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
