//! What `hardware` shows.

use super::pci;
use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

pub(super) fn run(machine: &mut Machine, path: &str, call: &Invocation) -> Option<Reply> {
    Some(Ok(match path {
        "bootdevice list" => list(boot_devices(machine)),
        "cpu list" => list(processors(machine)),
        "cpu global get" => Answer::Value(Value::Struct(global(machine))),
        "cpu global set" => {
            let on = call.bool("hyperthreading").unwrap_or_default();
            machine.hardware.hyperthreading_next = on;
            Answer::Done
        }
        "memory get" => Answer::Value(Value::Struct(memory(machine))),
        "pci list" => return Some(pci::list(machine, call).map(list)),
        "platform get" => Answer::Value(Value::Struct(platform(machine))),
        "trustedboot get" => Answer::Value(Value::Struct(
            Structure::new("TrustedBoot").with("Drtm Enabled", false).with("Tpm Present", false),
        )),
        "usb passthrough device list" => list(Vec::new()),
        _ => return None,
    }))
}

fn list(items: Vec<Structure>) -> Answer {
    Answer::Value(Value::List(items))
}

fn int(value: impl Into<i64>) -> Value {
    Value::Int(value.into())
}

/// Columns by the index of 5.0: the boot disk, and the network.
fn boot_devices(machine: &Machine) -> Vec<Structure> {
    let disks = machine.storage.disks.iter().filter(|disk| disk.boot).map(|disk| disk.model.clone());
    let cards = machine.state.nics.values().take(1).map(|nic| format!("PXE {}", nic.description));
    let row = |(order, (kind, description)): (i64, (&'static str, String))| {
        Structure::new("BootDeviceList")
            .with("Boot Order", int(order))
            .with("Type", kind)
            .with("Description", description)
            .with("Enabled", true)
    };
    let all = disks.map(|name| ("HD", name)).chain(cards.map(|name| ("NIC", name)));
    (0_i64..).zip(all).map(row).collect()
}

/// Labels and order verified (9.0); two of them are of 9.0 only (believed). Caches in bytes, speeds in hertz.
fn processors(machine: &Machine) -> Vec<Structure> {
    let hardware = &machine.hardware;
    let newest = machine.state.version >= EsxiVersion::new(9, 0);
    let threads = if hardware.hyperthreading { 2 } else { 1 };
    let row = |id: u32| {
        let package = id / (hardware.cores * threads);
        Structure::new("Cpu")
            .under(format!("CPU:{id}"))
            .with("Id", id)
            .with("Package Id", package)
            .with("Family", int(6))
            .with("Model", int(85))
            .with("Type", int(0))
            .with("Stepping", int(7))
            .with("Brand", "GenuineIntel")
            .with("Core Speed", int(2_294_608_933_i64))
            .with("Bus Speed", int(24_999_990_i64))
            .with("APIC ID", format!("{id:#x}"))
            .with("Node", package)
            .with_if(newest, "Microcode Revision", "0x5003605")
            .with_if(newest, "Extended Servicing", false)
            .with("L2 Cache Size", int(1_048_576))
            .with("L2 Cache Associativity", int(16))
            .with("L2 Cache Line Size", int(64))
            .with("L2 Cache CPU Count", threads)
            .with("L3 Cache Size", int(23_068_672))
            .with("L3 Cache Associativity", int(11))
            .with("L3 Cache Line Size", int(64))
            .with("L3 Cache CPU Count", hardware.cores * threads)
    };
    (0..hardware.threads()).map(row).collect()
}

/// Verified (7.0.3); replay is of 5.x and 6.0 (index of 5.0).
fn global(machine: &Machine) -> Structure {
    let hardware = &machine.hardware;
    let old = machine.state.version < EsxiVersion::new(6, 5);
    let structure = Structure::new("Cpu")
        .with("CPU Packages", hardware.packages)
        .with("CPU Cores", hardware.packages * hardware.cores)
        .with("CPU Threads", hardware.threads())
        .with("Hyperthreading Active", hardware.hyperthreading)
        .with("Hyperthreading Supported", true)
        .with("Hyperthreading Enabled", hardware.hyperthreading_next)
        .with("HV Support", int(3));
    let reasons: Vec<String> = Vec::new();
    structure.with_if(old, "HV Replay Capable", true).with_if(old, "HV Replay Disabled Reasons", reasons)
}

/// Verified (5.5, 6.5, 9.0); the index of 5.0 lacks the reliable memory.
fn memory(machine: &Machine) -> Structure {
    let bytes = i64::try_from(machine.hardware.memory).unwrap_or(i64::MAX);
    Structure::new("Memory")
        .with("Physical Memory", Value::Measure(bytes, "Bytes"))
        .with_if(
            machine.state.version >= EsxiVersion::new(5, 1),
            "Reliable Memory",
            Value::Measure(0, "Bytes"),
        )
        .with("NUMA Node Count", machine.hardware.packages)
}

/// Verified (5.x, 7.0, 9.0); enclosure and asset tag are of 6.7 and later (believed).
fn platform(machine: &Machine) -> Structure {
    let hardware = &machine.hardware;
    let new = machine.state.version >= EsxiVersion::new(6, 7);
    let uuid: Vec<String> = hardware.uuid.iter().map(|byte| format!("{byte:#x}")).collect();
    Structure::new("PlatformGet")
        .under("Platform Information")
        .with("UUID", uuid.join(" "))
        .with("Product Name", hardware.product.as_str())
        .with("Vendor Name", hardware.vendor.as_str())
        .with("Serial Number", hardware.serial.as_str())
        .with_if(new, "Enclosure Serial Number", hardware.serial.as_str())
        .with_if(new, "BIOS Asset Tag", "")
        .with("IPMI Supported", false)
}
