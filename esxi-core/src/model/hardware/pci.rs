//! PCI devices: `hardware pci list`, `lspci`, `vmkchdev -l`.

use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::{Machine, Output};
use crate::model::parse::Invocation;
use crate::model::storage::controllers;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use std::fmt::Write;

/// A device.
struct Device {
    /// `0000:00:17.0`.
    address: String,
    class: u16,
    vendor: u16,
    device: u16,
    maker: String,
    model: String,
    /// `vmnic0`, `vmhba0`.
    alias: String,
    module: String,
}

/// What every board has beside cards and disks.
const BOARD: [(&str, u16, u16, u16, &str, &str); 3] = [
    ("0000:00:00.0", 0x0600, 0x8086, 0x2020, "Intel Corporation", "Sky Lake-E DMI3 Registers"),
    ("0000:00:1f.0", 0x0601, 0x8086, 0xa1c3, "Intel Corporation", "C621 Series Chipset LPC/eSPI Controller"),
    ("0000:03:00.0", 0x0300, 0x1a03, 0x2000, "ASPEED Technology, Inc.", "ASPEED Graphics Family"),
];

/// Vendor and device number by the module of a card (public PCI ids).
const CARDS: [(&str, u16, u16); 14] = [
    ("ixgben", 0x8086, 0x10fb),
    ("ixgbe", 0x8086, 0x10fb),
    ("igbn", 0x8086, 0x1521),
    ("igb", 0x8086, 0x1521),
    ("ne1000", 0x8086, 0x10d3),
    ("e1000e", 0x8086, 0x10d3),
    ("e1000", 0x8086, 0x100f),
    ("i40en", 0x8086, 0x1572),
    ("icen", 0x8086, 0x1593),
    ("ntg3", 0x14e4, 0x1657),
    ("bnxtnet", 0x14e4, 0x16d8),
    ("nmlx5_core", 0x15b3, 0x1017),
    ("nvmxnet3", 0x15ad, 0x07b0),
    ("vmxnet3", 0x15ad, 0x07b0),
];

/// Class and what it is called, by its first byte and whole.
fn class_names(class: u16) -> (&'static str, &'static str) {
    match class {
        0x0106 => ("Mass storage controller", "SATA controller"),
        0x0104 => ("Mass storage controller", "RAID bus controller"),
        0x0100 => ("Mass storage controller", "SCSI storage controller"),
        0x0108 => ("Mass storage controller", "Non-Volatile memory controller"),
        0x0200 => ("Network controller", "Ethernet controller"),
        0x0300 => ("Display controller", "VGA compatible controller"),
        0x0600 => ("Bridge", "Host bridge"),
        0x0601 => ("Bridge", "ISA bridge"),
        _ => ("Unassigned class", "Unknown"),
    }
}

fn devices(machine: &Machine) -> Vec<Device> {
    let board = BOARD.iter().map(|(address, class, vendor, device, maker, model)| Device {
        address: (*address).to_owned(),
        class: *class,
        vendor: *vendor,
        device: *device,
        maker: (*maker).to_owned(),
        model: (*model).to_owned(),
        alias: String::new(),
        module: "None".to_owned(),
    });
    let cards = machine.state.nics.iter().map(|(name, nic)| {
        let known = CARDS.iter().find(|(module, ..)| *module == nic.driver);
        let (_, vendor, device) = known.copied().unwrap_or(("", 0x8086, 0x1521));
        let maker = match vendor {
            0x14e4 => "Broadcom Corporation",
            0x15b3 => "Mellanox Technologies",
            0x15ad => "VMware Inc.",
            _ => "Intel Corporation",
        };
        let model = nic.description.trim_start_matches(maker).trim().to_owned();
        Device {
            address: nic.pci.clone(),
            class: 0x0200,
            vendor,
            device,
            maker: maker.to_owned(),
            model,
            alias: name.to_string(),
            module: nic.driver.clone(),
        }
    });
    let adapters = controllers(&machine.storage, machine.state.version).into_iter().map(|found| {
        let (class, vendor, device) = match found.transport {
            "sata" => (0x0106, 0x8086, 0xa182),
            "pcie" => (0x0108, 0x8086, 0x0a54),
            "pscsi" => (0x0100, 0x15ad, 0x07c0),
            _ => (0x0104, 0x1000, 0x005d),
        };
        let (maker, model) = found.model.split_once(' ').unwrap_or(("", found.model));
        Device {
            address: found.address.to_owned(),
            class,
            vendor,
            device,
            maker: maker.to_owned(),
            model: model.to_owned(),
            alias: found.name,
            module: found.driver.to_owned(),
        }
    });
    let mut all: Vec<Device> = board.chain(cards).chain(adapters).collect();
    all.sort_by(|a, b| a.address.cmp(&b.address));
    all
}

/// Labels and their order by VMware's articles, the fields by the index of 5.0.
pub(super) fn list(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let number = |option: &str| call.get(option).and_then(|text| text.parse::<u16>().ok());
    let mask = number("mask").unwrap_or(0xffff);
    let wanted = |device: &Device| number("class").is_none_or(|class| device.class & mask == class & mask);
    let row = |device: Device| {
        let part = |from: usize, to: usize| format!("0x{}", device.address.get(from..to).unwrap_or_default());
        let owner = if device.module == "None" { "Unknown" } else { "VMkernel" };
        let (_, class) = class_names(device.class);
        Structure::new("PciDevice")
            .under(device.address.clone())
            .with("Address", device.address.as_str())
            .with("Segment", part(0, 4))
            .with("Bus", part(5, 7))
            .with("Slot", part(8, 10))
            .with("Function", part(11, 12))
            .with("VMkernel Name", device.alias)
            .with("Vendor Name", device.maker)
            .with("Device Name", device.model)
            .with("Configured Owner", "VMkernel")
            .with("Current Owner", owner)
            .with("Vendor ID", format!("{:#06x}", device.vendor))
            .with("Device ID", format!("{:#06x}", device.device))
            .with("SubVendor ID", format!("{:#06x}", 0x15d9))
            .with("SubDevice ID", format!("{:#06x}", 0x0957))
            .with("Device Class", format!("{:#06x}", device.class))
            .with("Device Class Name", class)
            .with("Programming Interface", "0x00")
            .with("Revision ID", "0x09")
            .with("Interrupt Line", "0xff")
            .with("IRQ", Value::Int(255))
            .with("Interrupt Vector", "0x00")
            .with("PCI Pin", "0x00")
            .with("Spawned Bus", "0x00")
            .with("Flags", "0x0201")
            .with("Module ID", Value::Int(if device.module == "None" { -1 } else { 20 }))
            .with("Module Name", device.module)
            .with("Chassis", Value::Int(0))
            .with("Physical Slot", Value::Int(4_294_967_295))
            .with("Slot Description", "")
            .with("Passthru Capable", true)
            .with("Parent Device", "")
            .with("Dependent Device", format!("PCI {}", device.address))
            .with("Reset Method", "Function reset")
            .with("FPT Sharable", true)
    };
    Ok(devices(machine).into_iter().filter(wanted).map(row).collect())
}

/// Verified: `-n` (7.0), the long form (5.x and 7.0: class and kind change places), and the line that `-v` adds.
pub(super) fn lspci(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &*console.machine;
    let texts = call.texts();
    if !matches!(texts[..], [] | ["-n" | "-v"]) {
        return not_modelled("lspci", &texts);
    }
    let new = machine.state.version >= EsxiVersion::new(6, 5);
    let mut text = String::new();
    for found in devices(machine) {
        let alias = if found.alias.is_empty() { String::new() } else { format!(" [{}]", found.alias) };
        let Device { address, class, vendor, device, maker, model, .. } = found;
        if texts == ["-n"] {
            let _ = writeln!(text, "{address} Class {class:04x}: {vendor:04x}:{device:04x}{alias}");
            continue;
        }
        let (wide, narrow) = class_names(class);
        let (first, second) = if new { (wide, narrow) } else { (narrow, wide) };
        let _ = writeln!(text, "{address} {first} {second}: {maker} {model}{alias}");
        if texts == ["-v"] {
            let _ = writeln!(text, "\t Class {class:04x}: {vendor:04x}:{device:04x}\n");
        }
    }
    Output::ok(text)
}

/// Verified: address, numbers of the device and of its board, owner and name.
pub(super) fn vmkchdev(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let texts = call.texts();
    if texts != ["-l"] {
        return not_modelled("vmkchdev", &texts);
    }
    let mut text = String::new();
    for Device { address, vendor, device, alias, .. } in devices(console.machine) {
        let line = format!("{address} {vendor:04x}:{device:04x} 15d9:0957 vmkernel {alias}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    Output::ok(text)
}
