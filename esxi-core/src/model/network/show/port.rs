//! `network vm`, `network port` and the lists that are empty on a host without what they are about.

use crate::model::family::Console;
use crate::model::grammar::V6_0;
use crate::model::guests::Power;
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::model::wording;
use crate::value::VmnicName;
use crate::version::EsxiVersion;

pub(super) fn show(console: &Console<'_>, path: &str, call: &Invocation) -> Option<Result<Value, String>> {
    let port = || call.get("portid").and_then(|text| text.parse().ok()).unwrap_or(0);
    Some(match path {
        // Distributed switches, virtual functions and multicast listeners are not modelled: a host without any
        // shows nothing (believed).
        "vswitch dvs vmware list"
        | "vswitch dvs vmware lacp config get"
        | "vswitch dvs vmware lacp stats get"
        | "vswitch dvs vmware lacp status get" => match call.get("vds-name").or(call.get("dvs")) {
            Some(name) => Err(wording::not_found(&format!("find VDS {name}"))),
            None => Ok(Value::List(Vec::new())),
        },
        "sriovnic list" | "multicast group list" => Ok(Value::List(Vec::new())),
        "vm list" => Ok(Value::List(machines(console).iter().map(machine).collect())),
        "vm port list" => {
            let world = call.get("world-id").unwrap_or_default();
            match machines(console).into_iter().find(|guest| guest.world.to_string() == world) {
                Some(guest) => {
                    let version = console.machine.state.version;
                    Ok(Value::List(guest.ports.iter().map(|port| port_of(version, port)).collect()))
                }
                None => Err(wording::not_found(&format!("find world {world}"))),
            }
        }
        "port stats get" => known(console, port()).map(|port| Value::Struct(stats(port))),
        // Without filters there is nothing to count.
        "port filter stats get" => known(console, port()).map(|_| Value::List(Vec::new())),
        _ => return None,
    })
}

/// A running virtual machine and its ports.
struct Guest {
    world: u64,
    name: String,
    ports: Vec<Port>,
}

/// A port of a virtual machine.
struct Port {
    id: u32,
    vswitch: String,
    group: String,
    mac: String,
    uplink: Option<VmnicName>,
}

/// Port groups and addresses stand in a machine's configuration file.
fn machines(console: &Console<'_>) -> Vec<Guest> {
    let host = &console.machine.state;
    let mut next = 0_u32;
    let running = console.machine.guests.list().iter().filter_map(|guest| match guest.power {
        Power::On { world, .. } => Some((guest, world)),
        _ => None,
    });
    running
        .map(|(guest, world)| {
            let text = console.around.read(&guest.path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let value = |key: &str| {
                let line = text.lines().find_map(|line| {
                    let (name, value) = line.split_once('=')?;
                    name.trim().eq_ignore_ascii_case(key).then(|| value.trim().trim_matches('"').to_owned())
                });
                line.filter(|value| !value.is_empty())
            };
            let ports = (0..10)
                .filter_map(|number| {
                    let card = |key: &str| value(&format!("ethernet{number}.{key}"));
                    let group = card("networkName")?;
                    next += 1;
                    let vswitch = host.port_groups.get(group.as_str()).map(|group| group.vswitch.to_string());
                    let teaming = host.effective_teaming(&group);
                    Some(Port {
                        id: port_id(console.machine, vswitch.as_deref().unwrap_or_default(), 30 + next),
                        vswitch: vswitch.unwrap_or_default(),
                        mac: card("address").or_else(|| card("generatedAddress")).unwrap_or_default(),
                        uplink: teaming.and_then(|teaming| teaming.order.active.first().cloned()),
                        group,
                    })
                })
                .collect();
            Guest { world, name: guest.name.clone(), ports }
        })
        .collect()
}

/// A number of the shape of real ones: the switch in the high bits, the port in the low ones.
fn port_id(machine: &Machine, vswitch: &str, number: u32) -> u32 {
    let at = machine.state.vswitches.keys().position(|name| **name == *vswitch).unwrap_or(0);
    0x0200_0000_u32.saturating_mul(u32::try_from(at).unwrap_or(0) + 1).saturating_add(number)
}

fn machine(guest: &Guest) -> Structure {
    Structure::new("VM")
        .with("World ID", i64::try_from(guest.world).unwrap_or(i64::MAX))
        .with("Name", guest.name.as_str())
        .with("Num Ports", u32::try_from(guest.ports.len()).unwrap_or(u32::MAX))
        .with("Networks", guest.ports.iter().map(|port| port.group.clone()).collect::<Vec<_>>())
}

/// Without a heading, and with filters (verified: 7.0.3); 5.x has no line for filters (verified), 6.0 is believed to
/// have.
fn port_of(version: EsxiVersion, port: &Port) -> Structure {
    // The number of an uplink's port has its high bit set (verified by its shape).
    let uplink = 0x8400_0000_u32.saturating_add(port.id & 0xff00_0000).saturating_add(4);
    Structure::new("Port")
        .under("")
        .with("Port ID", port.id)
        .with("vSwitch", port.vswitch.as_str())
        .with("Portgroup", port.group.as_str())
        .with("DVPort ID", "")
        .with("MAC Address", port.mac.as_str())
        .with("IP Address", "0.0.0.0")
        .with("Team Uplink", port.uplink.as_ref().map_or("void", VmnicName::as_str))
        .with("Uplink Port ID", if port.uplink.is_some() { uplink } else { 0 })
        .with_if(version >= V6_0, "Active Filters", Vec::new())
}

/// A port of a machine or of a vmkernel adapter.
fn known(console: &Console<'_>, port: u32) -> Result<u32, String> {
    let host = &console.machine.state;
    let adapters = host.vmkernel.iter().any(|(name, vmk)| {
        let switch = host.port_groups.get(&vmk.port_group).map_or("", |group| group.vswitch.as_str());
        super::ip::port_id(host, switch, name) == port
    });
    let guests = machines(console).iter().flat_map(|guest| &guest.ports).any(|one| one.id == port);
    if adapters || guests { Ok(port) } else { Err(wording::not_found(&format!("find port {port}"))) }
}

/// The model carries no frames, so nothing was counted. Labels believed.
fn stats(port: u32) -> Structure {
    const COUNTED: [&str; 10] = [
        "Packets received",
        "Packets sent",
        "Bytes received",
        "Bytes sent",
        "Broadcast packets received",
        "Broadcast packets sent",
        "Multicast packets received",
        "Multicast packets sent",
        "Receive packets dropped",
        "Transmit packets dropped",
    ];
    let heading = format!("Packet statistics for port {port}");
    COUNTED.iter().fold(Structure::new("PortStats").under(heading), |one, label| one.with(*label, 0_u32))
}
