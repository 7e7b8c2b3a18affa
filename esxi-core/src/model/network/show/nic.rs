//! `network nic`.

use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::model::wording;
use crate::state::Nic;
use crate::version::EsxiVersion;

pub(super) fn show(machine: &Machine, path: &str, call: &Invocation) -> Option<Result<Value, String>> {
    Some(match path {
        "list" => Ok(Value::List(list(machine))),
        "get" => {
            let name = call.get("nic-name").unwrap_or_default();
            match machine.state.nics.get(name) {
                Some(nic) => Ok(Value::Struct(get(machine, name, nic))),
                None => Err(wording::not_found(&format!("find nic {name}"))),
            }
        }
        _ => return None,
    })
}

/// Rows by the bytes of the name: `vmnic10` before `vmnic2` (verified).
fn list(machine: &Machine) -> Vec<Structure> {
    let host = &machine.state;
    let split = host.version >= EsxiVersion::new(6, 0);
    let row = |(name, nic): (&crate::value::VmnicName, &Nic)| {
        let link = if nic.link_up { "Up" } else { "Down" };
        let admin = if machine.nics_down.contains_key(name) { "Down" } else { "Up" };
        // A card has the MTU of the vSwitch it is attached to.
        let switch = host.vswitch_of_uplink(name).and_then(|name| host.vswitches.get(name));
        let mtu = switch.map_or(1500, |switch| switch.mtu.get());
        let start = Structure::new("Nic")
            .with("Name", name.as_str())
            .with("PCI Device", nic.pci.as_str())
            .with("Driver", nic.driver.as_str());
        let start = if split {
            start.with("Admin Status", admin).with("Link Status", link).hidden("Link", link)
        } else {
            start.with("Link", link)
        };
        start
            .with("Speed", nic.speed_mbps)
            .with("Duplex", if nic.link_up { "Full" } else { "Half" })
            .with("MAC Address", nic.mac.to_string())
            .with("MTU", mtu)
            .with("Description", nic.description.as_str())
    };
    host.nics.iter().map(row).collect()
}

fn get(machine: &Machine, name: &str, nic: &Nic) -> Structure {
    let new = machine.state.version >= EsxiVersion::new(8, 0);
    let driver = Structure::new("NICDriverInfo")
        .with("Bus Info", nic.pci.as_str())
        .with("Driver", nic.driver.as_str())
        .with("Firmware Version", "")
        .with("Version", "");
    Structure::new("NICInfo")
        .with("Advertised Auto Negotiation", true)
        .with("Advertised Link Modes", vec!["Auto".to_owned()])
        .with("Auto Negotiation", true)
        .with_if(new, "Backing DPUId", "N/A")
        .with("Cable Type", "")
        .with("Current Message Level", 0_u32)
        .with("Driver Info", Value::Struct(driver))
        .with("Link Detected", nic.link_up)
        // The trailing blank after `Up` is real (verified).
        .with("Link Status", if nic.link_up { "Up " } else { "Down" })
        .with("Name", name)
        .with("PHY Address", 0_u32)
        .with("Pause Autonegotiate", false)
        .with("Pause RX", false)
        .with("Pause TX", false)
        .with("Supported Ports", Vec::new())
        .with("Supports Auto Negotiation", true)
        .with("Supports Pause", true)
        .with("Supports Wakeon", false)
        .with("Transceiver", "")
        .with_if(new, "Virtual Address", nic.mac.to_string())
        .with("Wakeon", vec!["None".to_owned()])
}
