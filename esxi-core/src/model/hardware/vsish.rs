//! `vsish`: a few nodes of the kernel's tree.
//!
//! Verified: the node of the memory (7.0.3), and the paths of ports, which known scripts walk. What a port's status
//! says is believed but for the words `Physical NIC`.

use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::{Machine, Output};
use std::fmt::Write;

/// A virtual port of a vSwitch.
struct Port {
    number: u32,
    client: String,
    physical: bool,
}

/// Ports of a vSwitch: its uplinks, then the vmkernel adapters on it. The first switch begins at 33554433 (verified).
fn ports(machine: &Machine, switch: &str) -> Option<Vec<Port>> {
    let state = &machine.state;
    let index = state.vswitches.keys().position(|name| name.as_str() == switch)?;
    let base = 33_554_433 + 16_777_216 * u32::try_from(index).ok()?;
    let uplinks = state.vswitches.values().nth(index)?.uplinks.iter().map(|name| (name.to_string(), true));
    let adapters = state.vmkernel.iter().filter(|(_, vmk)| {
        state.port_groups.get(&vmk.port_group).is_some_and(|group| group.vswitch.as_str() == switch)
    });
    let clients = uplinks.chain(adapters.map(|(name, _)| (name.to_string(), false)));
    Some(
        (base..).zip(clients).map(|(number, (client, physical))| Port { number, client, physical }).collect(),
    )
}

/// Folders below a path, or `None` where it is no folder.
fn folders(machine: &Machine, path: &[&str]) -> Option<Vec<String>> {
    let fixed = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    match path {
        [] => fixed(&["memory/", "net/", "storage/", "system/"]),
        ["memory"] => fixed(&["comprehensive"]),
        ["system"] => fixed(&["bootCmdLine"]),
        ["storage"] => fixed(&["scsifw/"]),
        ["storage", "scsifw"] => fixed(&["devices/"]),
        ["storage", "scsifw", "devices"] => {
            Some(machine.storage.disks.iter().map(|disk| format!("{}/", disk.name)).collect())
        }
        ["net"] => fixed(&["pNics/", "portsets/"]),
        ["net", "pNics"] => Some(machine.state.nics.keys().map(|name| format!("{name}/")).collect()),
        ["net", "portsets"] => Some(machine.state.vswitches.keys().map(|name| format!("{name}/")).collect()),
        ["net", "portsets", switch] => ports(machine, switch).and_then(|_| fixed(&["ports/"])),
        ["net", "portsets", switch, "ports"] => {
            Some(ports(machine, switch)?.iter().map(|port| format!("{}/", port.number)).collect())
        }
        ["net", "portsets", switch, "ports", number] => {
            port(machine, switch, number).and_then(|_| fixed(&["lldp/", "status"]))
        }
        ["net", "portsets", switch, "ports", number, "lldp"] => {
            port(machine, switch, number).and_then(|_| fixed(&["enable"]))
        }
        _ => None,
    }
}

fn port(machine: &Machine, switch: &str, number: &str) -> Option<Port> {
    ports(machine, switch)?.into_iter().find(|port| port.number.to_string() == number)
}

fn node(machine: &Machine, path: &[&str]) -> Option<String> {
    Some(match path {
        ["memory", "comprehensive"] => memory(machine.hardware.memory >> 10),
        ["system", "bootCmdLine"] => {
            let links = machine.storage.links();
            let bank = links.iter().find(|(link, _)| link == "/bootbank");
            let uuid = bank.and_then(|(_, target)| target.rsplit('/').next()).unwrap_or_default();
            format!("vmbTrustedBoot=false no-auto-partition bootUUID={uuid}\n")
        }
        ["net", "portsets", switch, "ports", number, "status"] => {
            let port = port(machine, switch, number)?;
            let kind = if port.physical { "4 -> Physical NIC" } else { "3 -> VMkernel NIC" };
            let mut text = String::from("port {\n");
            let _ = writeln!(text, "   portID:{}\n   portset name:{switch}", port.number);
            let _ = writeln!(text, "   clientName:{}\n   clientType:{kind}\n   connected:1\n}}", port.client);
            text
        }
        ["net", "portsets", switch, "ports", number, "lldp", "enable"] => {
            let port = port(machine, switch, number)?;
            format!("{}\n", u8::from(machine.hardware.lldp_ports.contains(&port.number)))
        }
        _ => return None,
    })
}

fn memory(total: u64) -> String {
    let (code, heap, other, low, discarded) = (24_576, 16_384, total / 180, 393_212, 1596);
    let (kernel, free) = (total / 2, total.saturating_sub(total / 2 + total / 180 + 24_576 + 16_384));
    let mut text = String::from("Comprehensive {\n");
    for (label, kib) in [
        ("Physical memory estimate", total),
        ("Given to VMKernel", total),
        ("Reliable memory", 0),
        ("Discarded by VMKernel", discarded),
        ("Kernel code region", code),
        ("Kernel data and heap", heap),
        ("Other kernel", other),
        ("Non-kernel", kernel),
        ("Reserved memory at low addresses", low),
        ("Free", free),
    ] {
        let _ = writeln!(text, "   {label}:{kib} KB");
    }
    text + "}\n"
}

/// Believed.
fn missing(path: &str) -> Output {
    let stderr = format!("VSISHPath_Form():Extraneous '{path}' in path\n").into_bytes();
    Output { stderr, status: 255, ..Output::default() }
}

pub(super) fn run(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    let texts = call.texts();
    let Some(rest) = texts.strip_prefix(&["-e"]) else { return not_modelled("vsish", &texts) };
    let (verb, path, value) = match rest {
        ["ls"] => ("ls", "/", None),
        [verb, path] => (*verb, *path, None),
        ["set", path, value] => ("set", *path, Some(*value)),
        _ => return not_modelled("vsish", &texts),
    };
    let words: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).collect();
    // Real nodes of which the model knows nothing are told from mistakes as far as their first word goes.
    let real = [
        "config",
        "cpu",
        "devices",
        "hardware",
        "hypervisor",
        "perf",
        "power",
        "process",
        "reliability",
        "sched",
        "vm",
        "vmkModules",
        "world",
    ];
    if words.first().is_some_and(|first| real.contains(first)) {
        return not_modelled("vsish", &texts);
    }
    match verb {
        "ls" => match folders(machine, &words) {
            Some(names) => Output::ok(names.iter().map(|name| format!("{name}\n")).collect::<String>()),
            None => missing(path),
        },
        "get" | "cat" => node(machine, &words).map_or_else(|| missing(path), Output::ok),
        "set" => match (&words[..], value) {
            (["net", "portsets", switch, "ports", number, "lldp", "enable"], Some("0" | "1")) => {
                let Some(port) = port(machine, switch, number) else { return missing(path) };
                if value == Some("1") {
                    machine.hardware.lldp_ports.insert(port.number);
                } else {
                    machine.hardware.lldp_ports.remove(&port.number);
                }
                Output::default()
            }
            _ => not_modelled("vsish", &texts),
        },
        _ => not_modelled("vsish", &texts),
    }
}
