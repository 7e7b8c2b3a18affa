//! `storage core device`.

use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::disk::{Disk, SECTOR};
use crate::model::storage::wording;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

const V5_5: EsxiVersion = EsxiVersion::new(5, 5);
const V6_0: EsxiVersion = EsxiVersion::new(6, 0);
const V7_0: EsxiVersion = EsxiVersion::new(7, 0);
const V8_0: EsxiVersion = EsxiVersion::new(8, 0);

/// The disks that a command is about: all, or the one its `--device` names.
pub(super) fn chosen<'a>(machine: &'a Machine, call: &Invocation) -> Result<Vec<&'a Disk>, String> {
    match call.get("device") {
        None => Ok(machine.storage.disks.iter().collect()),
        Some(name) => {
            machine.storage.disk(name).map(|disk| vec![disk]).ok_or_else(|| wording::no_device(name))
        }
    }
}

fn changed<'a>(machine: &'a mut Machine, call: &Invocation) -> Result<&'a mut Disk, String> {
    let name = call.get("device").unwrap_or_default();
    machine.storage.disk_mut(name).ok_or_else(|| wording::no_device(name))
}

/// Which plug-in claims a disk: NVMe ones HPP from 7.0 on, other local ones from 8.0 on, USB ones never (verified:
/// 8.0.3 and 9.0; that 7.0 differs is believed).
pub(in crate::model::storage) fn plugin(disk: &Disk, version: EsxiVersion) -> &'static str {
    let hpp = !disk.usb && (version >= V8_0 || (disk.nvme() && version >= V7_0));
    if hpp { "HPP" } else { "NMP" }
}

/// Text of a fixed width, as SCSI keeps it: blanks fill it, and what is longer is cut (verified).
fn padded(text: &str, width: usize) -> String {
    format!("{text:<width$}").chars().take(width).collect()
}

pub(super) fn list(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let version = machine.state.version;
    Ok(chosen(machine, call)?.into_iter().map(|disk| device(disk, version)).collect())
}

/// The fields of each release: verified for 5.0 (index), 5.1, 5.5 U3, 8.0.3 and 9.0; between them by VMware's
/// notes and one capture of 6.5.
fn device(disk: &Disk, version: EsxiVersion) -> Structure {
    // 5.5 got most of what 6.0 shows by an update; by which is believed.
    let update = version >= EsxiVersion { update: 2, ..V5_5 };
    let old = (V5_5..V7_0).contains(&version);
    let queue = if disk.usb {
        1
    } else if disk.nvme() {
        1023
    } else {
        31
    };
    let drive = if disk.usb { ["unknown"; 3] } else { ["physical", "NA", "1"] };
    let hide_or_show = |structure: Structure, label: &'static str, value: bool| {
        if old {
            structure.with(label, value)
        } else if version >= V7_0 {
            structure.hidden(label, value)
        } else {
            structure
        }
    };
    let structure = Structure::new("ScsiDevice")
        .under(disk.name.clone())
        .hidden("Device", disk.name.as_str())
        .with("Display Name", disk.shown_name())
        .with("Has Settable Display Name", !disk.name.starts_with("mpx."))
        .with("Size", Value::Int(disk.mib()))
        .with("Device Type", "Direct-Access ")
        .with("Multipath Plugin", plugin(disk, version))
        .with("Devfs Path", disk.devfs_path())
        .with("Vendor", padded(&disk.vendor, 8))
        .with("Model", padded(&disk.model, 16))
        .with("Revision", if disk.nvme() { disk.revision.clone() } else { padded(&disk.revision, 4) })
        .with("SCSI Level", Value::Int(if disk.nvme() { 0 } else { 5 }))
        .with("Is Pseudo", false)
        .with("Status", if disk.off { "off" } else { "on" })
        .with("Is RDM Capable", false)
        .with("Is Local", true)
        .with("Is Removable", disk.usb)
        .with("Is SSD", disk.ssd)
        .with_if(version >= V6_0, "Is VVOL PE", false)
        .with("Is Offline", disk.off)
        .with("Is Perennially Reserved", disk.perennially_reserved)
        .with_if(version >= V5_5, "Queue Full Sample Size", Value::Int(0))
        .with_if(version >= V5_5, "Queue Full Threshold", Value::Int(0))
        .with("Thin Provisioning Status", thin(disk))
        .with("Attached Filters", "")
        .with("VAAI Status", if version >= V7_0 || disk.usb { "unsupported" } else { "unknown" })
        .with("Other UIDs", disk.vml())
        .with_if(update, "Is Shared Clusterwide", false);
    let structure = hide_or_show(structure, "Is Local SAS Device", false);
    let structure = structure.with_if(update, "Is SAS", false).with_if(update, "Is USB", disk.usb);
    let structure = hide_or_show(structure, "Is Boot USB Device", disk.boot && disk.usb);
    structure
        .with_if(update, "Is Boot Device", disk.boot)
        .with_if(version >= V6_0, "Device Max Queue Depth", Value::Int(queue))
        .with_if(version >= V5_5, "No of outstanding IOs with competing worlds", Value::Int(queue.min(32)))
        .with_if(version >= V7_0, "Drive Type", drive[0])
        .with_if(version >= V7_0, "RAID Level", drive[1])
        .with_if(version >= V7_0, "Number of Physical Drives", drive[2])
        .with_if(version >= V7_0, "Protection Enabled", false)
        .with_if(version >= V7_0, "PI Activated", false)
        .with_if(version >= V7_0, "PI Type", Value::Int(0))
        .with_if(version >= V7_0, "PI Protection Mask", "NO PROTECTION")
        .with_if(version >= V7_0, "Supported Guard Types", "NO GUARD SUPPORT")
        .with_if(version >= V7_0, "DIX Enabled", false)
        .with_if(version >= V7_0, "DIX Guard Type", "NO GUARD SUPPORT")
        .with_if(version >= V7_0, "Emulated DIX/DIF Enabled", false)
}

/// Solid-state disks say whether they take space back; NVMe ones of the captures differ.
fn thin(disk: &Disk) -> &'static str {
    match (disk.ssd, disk.nvme()) {
        (_, true) => "no",
        (true, false) => "yes",
        (false, false) => "unknown",
    }
}

/// Verified (8.0.3): text and JSON of one host.
pub(super) fn capacity(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let row = |disk: &Disk| {
        let count = i64::try_from(disk.sectors).unwrap_or(i64::MAX);
        Structure::new("ScsiDeviceCapacity")
            .with("Device", disk.name.as_str())
            .with("Physical Blocksize", Value::Int(if disk.emulates_512 { 4096 } else { 512 }))
            .with("Logical Blocksize", Value::Int(512))
            .with("Logical Block Count", Value::Int(count))
            .with("Size", Value::Measure(disk.mib(), "MiB"))
            .with("Format Type", if disk.emulates_512 { "512e" } else { "512n" })
    };
    Ok(chosen(machine, call)?.into_iter().map(row).collect())
}

/// Fields by the index of 5.0; the whole disk comes first as partition 0 (believed).
pub(super) fn partitions(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let row = |disk: &Disk, number: u8, first: u64, end: u64, kind: i64, bytes: u64| {
        let int = |value: u64| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
        let suffix = if number == 0 { String::new() } else { format!(":{number}") };
        let path = format!("{}:T{}{suffix}", disk.runtime_name().trim_end_matches(":L0"), disk.target);
        Structure::new("ScsiDevicePartition")
            .with("Device", disk.name.as_str())
            .with("Partition", Value::Int(i64::from(number)))
            .with("Start Sector", int(first))
            .with("End Sector", int(end))
            .with("Type", Value::Int(kind))
            .with("Size", int(bytes))
            .hidden("Partition Name", format!("{}{suffix}", disk.name))
            .hidden("Path", path)
    };
    let mut rows = Vec::new();
    for disk in chosen(machine, call)? {
        rows.push(row(disk, 0, 0, disk.sectors, 0, disk.bytes()));
        for partition in &disk.table.partitions {
            let bytes = partition.sectors() * SECTOR;
            let kind = partition.kind.mbr_type();
            rows.push(row(disk, partition.number, partition.first, partition.last + 1, kind, bytes));
        }
    }
    Ok(rows)
}

/// Columns are believed.
pub(super) fn guids(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let mut rows = Vec::new();
    for disk in chosen(machine, call)? {
        let row = |number: u8, layout: &str, guid: String| {
            Structure::new("ScsiDevicePartitionGuid")
                .with("Device", disk.name.as_str())
                .with("Partition", Value::Int(i64::from(number)))
                .with("Layout", layout)
                .with("GUID", guid)
        };
        rows.push(row(0, disk.table.kind.text(), "0".repeat(32)));
        for partition in &disk.table.partitions {
            rows.push(row(partition.number, disk.table.kind.text(), partition.kind.guid().to_lowercase()));
        }
    }
    Ok(rows)
}

/// Columns by the index of 5.0.
pub(super) fn detached(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let off = chosen(machine, call)?.into_iter().filter(|disk| disk.off);
    let row = |disk: &Disk| {
        Structure::new("ScsiDetachedDeviceListMap")
            .with("Device UID", disk.name.as_str())
            .with("State", "off")
    };
    Ok(off.map(row).collect())
}

/// A detached disk that is still there comes back.
pub(super) fn forget(machine: &mut Machine, call: &Invocation) -> Reply {
    let name = call.get("device").unwrap_or_default().to_owned();
    let disk = changed(machine, call)?;
    if !disk.off {
        return Err(format!("Device {name} is not detached"));
    }
    disk.off = false;
    Ok(Answer::Done)
}

/// Columns are believed.
pub(super) fn uidmap(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let row = |disk: &Disk| {
        Structure::new("ScsiDeviceUidMap")
            .with("Primary UID", disk.name.as_str())
            .with("Other UIDs", disk.vml())
    };
    Ok(chosen(machine, call)?.into_iter().map(row).collect())
}

/// Verified (6.x): two captures.
pub(super) fn vaai(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let row = |disk: &Disk| {
        let discards = if disk.ssd { "supported" } else { "unsupported" };
        Structure::new("ScsiDevice")
            .under(disk.name.clone())
            .hidden("Device", disk.name.as_str())
            .with("VAAI Plugin Name", "")
            .with("ATS Status", "unsupported")
            .with("Clone Status", "unsupported")
            .with("Zero Status", if disk.nvme() { "unsupported" } else { "supported" })
            .with("Delete Status", discards)
    };
    Ok(chosen(machine, call)?.into_iter().map(row).collect())
}

/// Columns by the index of 5.0: who has a disk open.
pub(super) fn worlds(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let mut rows = Vec::new();
    for disk in chosen(machine, call)?.into_iter().filter(|disk| !disk.off) {
        let extents = machine.storage.volumes.iter().filter(|volume| volume.mounted);
        let open =
            extents.flat_map(|volume| &volume.extents).filter(|extent| extent.device == disk.name).count();
        if open > 0 {
            rows.push(
                Structure::new("ScsiDeviceWorld")
                    .with("Device", disk.name.as_str())
                    .with("World ID", Value::Int(2_097_185))
                    .with("Open Count", Value::Int(i64::try_from(open).unwrap_or(i64::MAX)))
                    .with("World Name", "idle0"),
            );
        }
    }
    Ok(rows)
}

pub(super) fn set(machine: &mut Machine, call: &Invocation) -> Reply {
    let name = call.get("device").unwrap_or_default().to_owned();
    let disk = machine.storage.disk(&name).ok_or_else(|| wording::no_device(&name))?;
    let depths = ["max-queue-depth", "sched-num-req-outstanding", "queue-full-threshold"];
    if let Some(option) = depths.iter().find(|option| call.get(option).is_some()) {
        let value: i64 = call.get(option).and_then(|value| value.parse().ok()).unwrap_or(-1);
        if !(0..=255).contains(&value) || (*option == "max-queue-depth" && value > 64) {
            // Verified (7.x): the sentence for a depth that the adapter does not give.
            let what = "Unable to set device's max-queue-depth or current-queue-depth. Error was";
            return Err(wording::sysinfo(what, "Bad parameter"));
        }
    }
    if call.get("state") == Some("off") {
        let disk_name = disk.name.clone();
        let used =
            machine.storage.volumes.iter().any(|volume| {
                volume.mounted && volume.extents.iter().any(|extent| extent.device == disk_name)
            });
        if used {
            return Err(wording::sysinfo("Unable to set device state", "Busy"));
        }
    }
    let Some(disk) = machine.storage.disk_mut(&name) else { return Err(wording::no_device(&name)) };
    if let Some(label) = call.get("name") {
        disk.display_name = Some(label.to_owned());
    }
    match call.get("state") {
        Some("off") => disk.off = true,
        Some("on") => disk.off = false,
        _ => {}
    }
    Ok(Answer::Done)
}

pub(super) fn setconfig(machine: &mut Machine, call: &Invocation) -> Reply {
    let disk = changed(machine, call)?;
    if let Some(reserved) = call.bool("perennially-reserved") {
        disk.perennially_reserved = reserved;
    }
    if let Some(off) = call.bool("detached") {
        disk.off = off;
    }
    Ok(Answer::Done)
}
