//! Counters and health of `storage core`. The simulated host does no input and output, so counters are figures of
//! a host that has just been installed, derived from the size of what lies on the disk.

use super::{adapter, device, path};
use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::disk::Disk;
use crate::model::storage::wording;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

fn int(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// What was read and written: `(operations, blocks)` of each, from what the volumes of a disk hold.
fn traffic(machine: &Machine, disk: &Disk) -> [u64; 4] {
    let on = |volume: &&crate::model::storage::Volume| {
        volume.extents.iter().any(|extent| extent.device == disk.name)
    };
    let used: u64 = machine.storage.volumes.iter().filter(on).map(|volume| volume.used).sum();
    let written = used / 512;
    let read = written / 3 + 4096;
    [read / 64, read, written / 64, written]
}

/// Verified labels and order (6.x).
fn counters(structure: Structure, [reads, blocks_read, writes, blocks_written]: [u64; 4]) -> Structure {
    let mut structure = structure
        .with("Successful Commands", int(reads + writes))
        .with("Blocks Read", int(blocks_read))
        .with("Blocks Written", int(blocks_written))
        .with("Read Operations", int(reads))
        .with("Write Operations", int(writes));
    for label in [
        "Reserve Operations",
        "Reservation Conflicts",
        "Failed Commands",
        "Failed Blocks Read",
        "Failed Blocks Written",
        "Failed Read Operations",
        "Failed Write Operations",
        "Failed Reserve Operations",
    ] {
        structure = structure.with(label, Value::Int(0));
    }
    structure
}

pub(super) fn devices(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let row = |disk: &Disk| {
        let head =
            Structure::new("ScsiDeviceStats").under(disk.name.clone()).with("Device", disk.name.as_str());
        counters(head, traffic(machine, disk))
    };
    Ok(device::chosen(machine, call)?.into_iter().map(row).collect())
}

/// Fields by the index of 5.0, their order by the device's capture.
pub(super) fn paths(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let row = |(disk, _, uid): (&Disk, adapter::Adapter, String)| {
        let head = Structure::new("ScsiPathStats")
            .under(uid.clone())
            .with("UID", uid)
            .with("Runtime Name", disk.runtime_name());
        counters(head, traffic(machine, disk))
            .with("Total Splits", Value::Int(0))
            .with("PAE Commands", Value::Int(0))
    };
    Ok(path::chosen(machine, call)?.into_iter().map(row).collect())
}

pub(super) fn adapters(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let row = |adapter: adapter::Adapter| {
        let disks = machine.storage.disks.iter().filter(|disk| disk.adapter == adapter.name);
        let mut sum = [0; 4];
        for figures in disks.map(|disk| traffic(machine, disk)) {
            for (total, figure) in sum.iter_mut().zip(figures) {
                *total += figure;
            }
        }
        let name = adapter.name;
        let head = Structure::new("ScsiAdapterStats").under(name.clone()).with("HBA Name", name);
        counters(head, sum).with("Total Splits", Value::Int(0)).with("PAE Commands", Value::Int(0))
    };
    Ok(adapter::chosen(machine, call)?.into_iter().map(row).collect())
}

/// Parameter and figures of a SATA disk: `(name, value, threshold, worst)`; verified names and order (6.x, 7.0).
const SMART: &[(&str, &str, &str, &str)] = &[
    ("Health Status", "OK", "N/A", "N/A"),
    ("Media Wearout Indicator", "N/A", "N/A", "N/A"),
    ("Write Error Count", "N/A", "N/A", "N/A"),
    ("Read Error Count", "100", "0", "100"),
    ("Power-on Hours", "99", "0", "99"),
    ("Power Cycle Count", "99", "0", "99"),
    ("Reallocated Sector Count", "100", "10", "100"),
    ("Raw Read Error Rate", "100", "0", "100"),
    ("Drive Temperature", "70", "0", "55"),
    ("Driver Rated Max Temperature", "N/A", "N/A", "N/A"),
    ("Write Sectors TOT Count", "N/A", "N/A", "N/A"),
    ("Read Sectors TOT Count", "N/A", "N/A", "N/A"),
    ("Initial Bad Block Count", "N/A", "N/A", "N/A"),
];

/// The same of an NVMe disk (verified: 7.0.3).
const SMART_NVME: &[(&str, &str, &str, &str)] = &[
    ("Health Status", "OK", "N/A", "N/A"),
    ("Power-on Hours", "15319", "N/A", "N/A"),
    ("Power Cycle Count", "126", "N/A", "N/A"),
    ("Reallocated Sector Count", "0", "90", "N/A"),
    ("Drive Temperature", "49", "82", "N/A"),
];

/// All columns are text (verified); raw values are of 7.0 and later, and of NVMe disks there are none.
pub(super) fn smart(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let name = call.get("device-name").unwrap_or_default();
    let disk = machine.storage.disk(name).ok_or_else(|| wording::no_device(name))?;
    let raw = machine.state.version >= EsxiVersion::new(7, 0);
    let rows = if disk.nvme() { SMART_NVME } else { SMART };
    let row =
        |(parameter, value, threshold, worst): &(&'static str, &'static str, &'static str, &'static str)| {
            Structure::new("SmartParameter")
                .with("Parameter", *parameter)
                .with("Value", *value)
                .with("Threshold", *threshold)
                .with("Worst", *worst)
                .with_if(raw, "Raw", if disk.nvme() || *value == "N/A" { "N/A" } else { "0" })
        };
    Ok(rows.iter().map(row).collect())
}

/// Verified form: `Physical location: enclosure 1, slot 7`; which one is ours.
pub(super) fn physical(machine: &Machine, call: &Invocation) -> Reply {
    let name = call.get("device").unwrap_or_default();
    let disk = machine.storage.disk(name).ok_or_else(|| wording::no_device(name))?;
    let place = format!("enclosure 1, slot {}", disk.target);
    Ok(Answer::Value(Value::Struct(Structure::new("PhysicalLocation").with("Physical Location", place))))
}

/// Columns are believed: plain disks belong to no array.
pub(super) fn raid(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    device::chosen(machine, call)?;
    Ok(Vec::new())
}
