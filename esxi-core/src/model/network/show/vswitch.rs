//! `network vswitch standard`.

use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::model::wording;
use crate::state::{Fact, HostState, PortGroup, Shaping, Teaming, VSwitch};
use crate::value::{SwitchName, VmnicName};
use crate::version::EsxiVersion;

pub(super) fn show(machine: &Machine, path: &str, call: &Invocation) -> Option<Result<Value, String>> {
    let host = &machine.state;
    let switch = || {
        let name = call.get("vswitch-name").unwrap_or_default();
        host.vswitches.get(name).ok_or_else(|| wording::not_found(&format!("find vSwitch {name}")))
    };
    let group = || {
        let name = call.get("portgroup-name").unwrap_or_default();
        host.port_groups.get(name).ok_or_else(|| wording::not_found(&format!("find portgroup {name}")))
    };
    Some(match path {
        "list" => list(machine, call.get("vswitch-name")),
        "policy failover get" => switch()
            .map(|switch| Value::Struct(failover("VirtualSwitchFailoverPolicy", &switch.teaming, switch))),
        "policy security get" => switch().map(|switch| {
            let one = Structure::new("VirtualSwitchSecurityPolicy");
            Value::Struct(match &switch.security {
                Fact::Known(now) => security(one, now.promiscuous, now.mac_changes, now.forged_transmits),
                Fact::Unknown(text) => one.with("Allow Promiscuous", text.as_str()),
            })
        }),
        "policy shaping get" => switch().map(|switch| {
            Value::Struct(shaping(Structure::new("VirtualSwitchTrafficShapingPolicy"), &switch.shaping))
        }),
        "portgroup list" => Ok(Value::List(port_groups(host))),
        "portgroup policy failover get" => group().map(|group| group_failover(host, group)),
        "portgroup policy security get" => group().map(|group| group_security(host, group)),
        "portgroup policy shaping get" => group().map(|group| group_shaping(host, group)),
        _ => return None,
    })
}

/// Ports in use: each card takes two, each client one, the switch itself one. Derived from six captures of 6.7
/// to 8.x, all of which it fits.
pub(in crate::model) fn used_ports(host: &HostState, name: &SwitchName, switch: &VSwitch) -> u32 {
    let clients: u32 = host.port_groups_of(name).map(|(group, _)| clients(host, group)).sum();
    let cards = u32::try_from(switch.uplinks.len()).unwrap_or(u32::MAX);
    1 + cards.saturating_mul(2) + clients
}

/// Virtual machines' ports, and one for a vmkernel adapter.
fn clients(host: &HostState, group: &str) -> u32 {
    let machines = host.port_groups.get(group).map_or(0, |group| group.vm_ports);
    machines.saturating_add(u32::from(host.vmk_on(group).is_some()))
}

/// Real hosts list uplinks and port groups mostly newest first. The model does not remember ages; it lists them
/// from the last name to the first, which looks the same on a host built in order of names.
fn list(machine: &Machine, only: Option<&str>) -> Result<Value, String> {
    let host = &machine.state;
    if let Some(name) = only.filter(|name| !host.vswitches.contains_key(*name)) {
        return Err(wording::not_found(&format!("find vSwitch {name}")));
    }
    // Verified: `etherswitch` in captures up to 6.x, `cswitch` from 6.7 on; the exact release is between.
    let class = if host.version >= EsxiVersion::new(6, 7) { "cswitch" } else { "etherswitch" };
    let chosen = host.vswitches.iter().filter(|(name, _)| only.is_none_or(|only| **name == *only));
    let items = chosen.map(|(name, switch)| {
        let cdp = match &switch.cdp {
            Fact::Known(cdp) => cdp.word(),
            Fact::Unknown(text) => text,
        };
        let mut uplinks: Vec<&VmnicName> = switch.uplinks.iter().collect();
        uplinks.sort_by_key(|name| std::cmp::Reverse((name.len(), *name)));
        let groups: Vec<String> = host.port_groups_of(name).map(|(group, _)| group.to_string()).collect();
        Structure::new("VirtualSwitch")
            .with("Name", name.as_str())
            .with("Class", class)
            .with("Num Ports", machine.num_ports)
            .with("Used Ports", used_ports(host, name, switch))
            .with("Configured Ports", switch.ports)
            .with("MTU", switch.mtu.get())
            .with("CDP Status", cdp)
            .with("Beacon Enabled", false)
            .with("Beacon Interval", 1_u32)
            .with("Beacon Threshold", 3_u32)
            .with("Beacon Required By", Vec::new())
            .with("Uplinks", uplinks.into_iter().map(VmnicName::to_string).collect::<Vec<_>>())
            .with("Portgroups", groups.into_iter().rev().collect::<Vec<_>>())
    });
    Ok(Value::List(items.collect()))
}

fn port_groups(host: &HostState) -> Vec<Structure> {
    let row = |(name, group): (&crate::value::PortGroupName, &PortGroup)| {
        Structure::new("PortGroup")
            .with("Name", name.as_str())
            .with("Virtual Switch", group.vswitch.as_str())
            .with("Active Clients", clients(host, name))
            .with("VLAN ID", group.vlan.get())
    };
    host.port_groups.iter().map(row).collect()
}

fn failover(type_name: &'static str, teaming: &Fact<Teaming>, switch: &VSwitch) -> Structure {
    let one = Structure::new(type_name);
    let teaming = match teaming {
        Fact::Known(teaming) => teaming,
        Fact::Unknown(text) => return one.with("Load Balancing", text.as_str()),
    };
    let names = |list: &[VmnicName]| list.iter().map(VmnicName::to_string).collect::<Vec<_>>();
    let unused: Vec<String> = switch
        .uplinks
        .iter()
        .filter(|name| teaming.order.members().all(|member| member != *name))
        .map(VmnicName::to_string)
        .collect();
    one.with("Load Balancing", teaming.load_balancing.get_word())
        .with("Network Failure Detection", teaming.failure_detection.word())
        .with("Notify Switches", teaming.notify_switches)
        .with("Failback", teaming.failback)
        .with("Active Adapters", names(&teaming.order.active))
        .with("Standby Adapters", names(&teaming.order.standby))
        .with("Unused Adapters", unused)
}

fn security(one: Structure, promiscuous: bool, mac_changes: bool, forged: bool) -> Structure {
    one.with("Allow Promiscuous", promiscuous)
        .with("Allow MAC Address Change", mac_changes)
        .with("Allow Forged Transmits", forged)
}

fn shaping(one: Structure, shaping: &Fact<Shaping>) -> Structure {
    match shaping {
        Fact::Known(now) => {
            let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
            one.with("Enabled", now.enabled)
                .with("Average Bandwidth", number(now.average_kbps))
                .with("Peak Bandwidth", number(now.peak_kbps))
                .with("Burst Size", number(now.burst_kib))
        }
        Fact::Unknown(text) => one.with("Enabled", text.as_str()),
    }
}

/// Values in force, then which of them are the port group's own. Field names verified (5.0 index); the blanks in
/// the labels are believed.
fn group_failover(host: &HostState, group: &PortGroup) -> Value {
    const TYPE: &str = "PortGroupFailoverPolicy";
    let Some(switch) = host.vswitches.get(&group.vswitch) else { return Value::Struct(Structure::new(TYPE)) };
    let own = match &group.teaming {
        Fact::Known(own) => own,
        Fact::Unknown(text) => {
            return Value::Struct(Structure::new(TYPE).with("Load Balancing", text.as_str()));
        }
    };
    let teaming = match &switch.teaming {
        Fact::Known(teaming) => Fact::Known(teaming.overridden(own)),
        Fact::Unknown(text) => Fact::Unknown(text.clone()),
    };
    Value::Struct(
        failover(TYPE, &teaming, switch)
            .with("Override Vswitch Load Balancing", own.load_balancing.is_some())
            .with("Override Vswitch Network Failure Detection", own.failure_detection.is_some())
            .with("Override Vswitch Notify Switches", own.notify_switches.is_some())
            .with("Override Vswitch Failback", own.failback.is_some())
            .with("Override Vswitch Uplinks", own.order.is_some()),
    )
}

fn group_security(host: &HostState, group: &PortGroup) -> Value {
    let one = Structure::new("PortGroupSecurityPolicy");
    let switch = host.vswitches.get(&group.vswitch).map(|switch| &switch.security);
    let (own, now) = match (&group.security, switch) {
        (Fact::Known(own), Some(Fact::Known(now))) => (own, now),
        (Fact::Unknown(text), _) | (_, Some(Fact::Unknown(text))) => {
            return Value::Struct(one.with("Allow Promiscuous", text.as_str()));
        }
        (_, None) => return Value::Struct(one),
    };
    Value::Struct(
        security(
            one,
            own.promiscuous.unwrap_or(now.promiscuous),
            own.mac_changes.unwrap_or(now.mac_changes),
            own.forged_transmits.unwrap_or(now.forged_transmits),
        )
        .with("Override Vswitch Allow Promiscuous", own.promiscuous.is_some())
        .with("Override Vswitch Allow MAC Address Change", own.mac_changes.is_some())
        .with("Override Vswitch Allow Forged Transmits", own.forged_transmits.is_some()),
    )
}

fn group_shaping(host: &HostState, group: &PortGroup) -> Value {
    let one = Structure::new("PortGroupTrafficShapingPolicy");
    let (now, own) = match (&group.shaping, host.vswitches.get(&group.vswitch).map(|switch| &switch.shaping))
    {
        (Fact::Known(Some(own)), _) => (Fact::Known(*own), true),
        (Fact::Known(None), Some(inherited)) => (inherited.clone(), false),
        (Fact::Unknown(text), _) => (Fact::Unknown(text.clone()), false),
        (_, None) => return Value::Struct(one),
    };
    Value::Struct(
        shaping(one, &now)
            .with("Override Vswitch Enabled", own)
            .with("Override Vswitch Average Bandwidth", own)
            .with("Override Vswitch Peak Bandwidth", own)
            .with("Override Vswitch Burst Size", own),
    )
}
