//! `network nic`.

use crate::model::grammar::{V6_0, V6_5, V8_0};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::model::wording;
use crate::state::Nic;
use crate::value::{MacAddr, VmnicName};
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
    let split = host.version >= V6_0;
    let row = |(name, nic): (&VmnicName, &Nic)| {
        let link = if nic.link_up { "Up" } else { "Down" };
        let admin = if machine.nics_down.contains_key(name) { "Down" } else { "Up" };
        let (speed, duplex) = speed(machine, name, nic);
        let start = Structure::new("Nic")
            .with("Name", name.as_str())
            .with("PCI Device", pci(host.version, &nic.pci))
            .with("Driver", nic.driver.as_str());
        let start = if split {
            start.with("Admin Status", admin).with("Link Status", link).hidden("Link", link)
        } else {
            start.with("Link", link)
        };
        start
            .with("Speed", speed)
            .with("Duplex", duplex)
            .with("MAC Address", nic.mac.to_string())
            .with("MTU", mtu(machine, name))
            .with("Description", nic.description.as_str())
    };
    host.nics.iter().map(row).collect()
}

/// Speed in Mbit/s and duplex: what is fixed by hand, or what was negotiated; of a dead link 0 and half (verified).
pub(in crate::model::network) fn speed(machine: &Machine, name: &str, nic: &Nic) -> (u32, &'static str) {
    let (speed, full) = match machine.network.cards.get(name).and_then(|card| card.fixed) {
        Some(fixed) if nic.link_up => fixed,
        _ => (nic.speed_mbps, nic.link_up),
    };
    (speed, if full { "Full" } else { "Half" })
}

/// A card has the MTU of the vSwitch it is attached to.
pub(in crate::model::network) fn mtu(machine: &Machine, name: &str) -> u16 {
    let host = &machine.state;
    let switch = host.vswitch_of_uplink(name).and_then(|name| host.vswitches.get(name));
    switch.map_or(1500, |switch| switch.mtu.get())
}

/// A PCI address as `network nic list` writes it: 5.x has three digits of the bus (verified).
fn pci(version: EsxiVersion, address: &str) -> String {
    match address.split(':').collect::<Vec<_>>()[..] {
        [segment, bus, rest] if version < V6_0 && bus.len() == 2 => format!("{segment}:0{bus}:{rest}"),
        _ => address.to_owned(),
    }
}

/// A PCI address as `esxcfg-nics` writes it: 5.x has two digits of the function (verified).
pub(in crate::model::network) fn legacy_pci(version: EsxiVersion, address: &str) -> String {
    match address.rsplit_once('.') {
        Some((start, function)) if version < V6_0 && function.len() == 1 => format!("{start}.0{function}"),
        _ => address.to_owned(),
    }
}

/// An address of VMware's own, whatever the card's is (verified: 6.0 to 9.0). Which one is the host's choice.
fn virtual_address(nic: &Nic) -> MacAddr {
    let [.., a, b, c] = nic.mac.0;
    MacAddr([0x00, 0x50, 0x56, 0x50 | (a & 0x0f), b, c])
}

/// Drivers of the VMkernel's own write a colon before the function (verified: 6.0 to 9.0), those that were taken
/// from Linux a full stop; from 6.5 on the model has none of these (believed).
fn bus(version: EsxiVersion, address: &str) -> String {
    match address.rsplit_once('.') {
        Some((start, function)) if version >= V6_5 => format!("{start}:{function}"),
        _ => address.to_owned(),
    }
}

/// Labels and order verified: 6.0, 6.5, 6.7, 9.0; up to 5.5 only the fields (index of 5.0).
fn get(machine: &Machine, name: &str, nic: &Nic) -> Structure {
    let new = machine.state.version >= V8_0;
    let card = machine.network.card(name);
    let [pause_rx, pause_tx, pause_auto] = card.pause.unwrap_or_default();
    let modes = match card.fixed {
        Some((speed, full)) => format!("{speed}BaseT/{}", if full { "Full" } else { "Half" }),
        None => "Auto".to_owned(),
    };
    let driver = Structure::new("NICDriverInfo")
        .with("Bus Info", bus(machine.state.version, &nic.pci))
        .with("Driver", nic.driver.as_str())
        .with("Firmware Version", "")
        .with("Version", "");
    Structure::new("NICInfo")
        .with("Advertised Auto Negotiation", card.fixed.is_none())
        .with("Advertised Link Modes", vec![modes])
        .with("Auto Negotiation", card.fixed.is_none())
        .with_if(new, "Backing DPUId", "N/A")
        .with("Cable Type", "")
        .with("Current Message Level", card.messages)
        .with("Driver Info", Value::Struct(driver))
        .with("Link Detected", nic.link_up)
        // The trailing blank after `Up` is real (verified).
        .with("Link Status", if nic.link_up { "Up " } else { "Down" })
        .with("Name", name)
        .with("PHYAddress", 0_u32)
        .with("Pause Autonegotiate", pause_auto)
        .with("Pause RX", pause_rx)
        .with("Pause TX", pause_tx)
        .with("Supported Ports", Vec::new())
        .with("Supports Auto Negotiation", true)
        .with("Supports Pause", true)
        .with("Supports Wakeon", false)
        .with("Transceiver", "")
        .with_if(machine.state.version >= V6_0, "Virtual Address", virtual_address(nic).to_string())
        .with("Wakeon", vec![if card.wake { "MagicPacket(tm)" } else { "None" }.to_owned()])
}
