//! `nvme device`: controllers of NVMe disks. A fresh host has none; a disk whose vendor is `NVMe` makes one.

use super::disk::Disk;
use super::wording;
use crate::model::family::{Answer, Console, Reply};
use crate::model::grammar::{Kind, Row, req, table};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};

pub(super) static ROWS: &[Row] = table! {
    "nvme device list" V6_5 Table Believed "List the NVMe controllers." [];
    "nvme device get" V6_5 Simple Verified "Show an NVMe controller."
        [req('A', "adapter", Kind::Str, "Adapter of the controller.")];
    "nvme device namespace list" V6_5 Table Believed "List the name spaces of a controller."
        [req('A', "adapter", Kind::Str, "Adapter of the controller.")];
};

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let machine = &*console.machine;
    Some(match call.row.path {
        "nvme device list" => Ok(list(machine)),
        "nvme device get" => get(machine, call),
        "nvme device namespace list" => namespaces(machine, call),
        _ => return None,
    })
}

fn controllers(machine: &Machine) -> impl Iterator<Item = &Disk> {
    machine.storage.disks.iter().filter(|disk| disk.nvme())
}

/// `HBA Name`, `Status` and `Signature` with `nvmeMgmt-nvmhba0` in it are read by known scripts; the widths are
/// believed.
fn list(machine: &Machine) -> Answer {
    let row = |(number, disk): (usize, &Disk)| {
        Structure::new("NvmeDevice")
            .with("HBA Name", disk.adapter.as_str())
            .with("Status", "Online")
            .with("Signature", format!("nvmeMgmt-nvmhba{number}"))
    };
    Answer::Value(Value::List(controllers(machine).enumerate().map(row).collect()))
}

fn chosen<'a>(machine: &'a Machine, call: &Invocation) -> Result<&'a Disk, String> {
    let name = call.get("adapter").unwrap_or_default();
    controllers(machine).find(|disk| disk.adapter == name).ok_or_else(|| wording::no_adapter(name))
}

/// First lines of a capture of 8.0.3, whose author shortened it; a real controller says more.
fn get(machine: &Machine, call: &Invocation) -> Reply {
    let disk = chosen(machine, call)?;
    Ok(Answer::Value(Value::Struct(
        Structure::new("NvmeController")
            .under("Controller Identify Info:")
            .with("PCIVID", "0x8086")
            .with("PCISSVID", "0x1590")
            .with("Serial Number", disk.serial.as_str())
            .with("Model Number", disk.model.as_str())
            .with("Firmware Revision", disk.revision.as_str())
            .with("Recommended Arbitration Burst", Value::Int(0))
            .with("IEEE OUI Identifier", "5cd2e4")
            .with("Controller Associated with an SR-IOV Virtual Function", false)
            .with("Controller Associated with a PCI Function", true)
            .with("NVM Subsystem Contains Only One Controller", true)
            .with("Max Data Transfer Size", Value::Int(5))
            .with("Controller ID", Value::Int(0))
            .with("Version", "0.0")
            .with("RTD3 Resume Latency", Value::Measure(0, "us"))
            .with("Max Submission Queue Entry Size", Value::Measure(64, "Bytes"))
            .with("Number of Namespaces", Value::Int(1))
            .with("Atomic Write Unit Normal", Value::Measure(0, "Logical Blocks")),
    )))
}

fn namespaces(machine: &Machine, call: &Invocation) -> Reply {
    let disk = chosen(machine, call)?;
    let row = Structure::new("NvmeNamespace")
        .with("Namespace ID", Value::Int(1))
        .with("Status", "Active")
        .with("Size", Value::Measure(disk.mib(), "MB"));
    Ok(Answer::Value(Value::List(vec![row])))
}
