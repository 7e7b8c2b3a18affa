//! `storage vmfs`.

use super::{int, list, named};
use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::factory::uuid;
use crate::model::storage::{Reclaim, Volume, VolumeKind, wording};
use crate::model::value::{Structure, Value};
use crate::value::MacAddr;

pub(super) fn run(machine: &mut Machine, call: &Invocation, now: u64) -> Option<Reply> {
    let path = call.row.path.strip_prefix("storage vmfs ")?;
    Some(match path {
        "extent list" => Ok(list(extents(machine))),
        "host list" => hosts(machine, call),
        "lockmode list" => lock_modes(machine, call),
        "snapshot list" => Ok(list(snapshots(machine, call))),
        "snapshot extent list" => Ok(list(snapshot_extents(machine, call))),
        "snapshot mount" => mount(machine, call),
        "snapshot resignature" => resignature(machine, call, now),
        "unmap" => unmap(machine, call),
        "upgrade" => upgrade(machine, call),
        "reclaim config get" => reclaim(machine, call),
        "reclaim config set" => set_reclaim(machine, call),
        _ => return None,
    })
}

/// Volumes of VMFS, the system volume among them (verified: 7.0.3, 9.0).
fn vmfs(volume: &&Volume) -> bool {
    volume.kind != VolumeKind::Vfat && !volume.copy
}

/// Verified (6.7, 7.0.3, 9.0).
fn extents(machine: &Machine) -> Vec<Structure> {
    let mut rows = Vec::new();
    for volume in machine.storage.volumes.iter().filter(vmfs).filter(|volume| volume.mounted) {
        for (number, extent) in volume.extents.iter().enumerate() {
            rows.push(
                Structure::new("FilesystemVMFSExtents")
                    .with("Volume Name", volume.label.as_str())
                    .with("VMFS UUID", volume.uuid.as_str())
                    .with("Extent Number", int(number as u64))
                    .with("Device Name", extent.device.as_str())
                    .with("Partition", Value::Int(i64::from(extent.partition)))
                    .hidden("LVM UUID", volume.uuid.as_str()),
            );
        }
    }
    rows
}

/// Volumes that `--volume-label` and `--volume-uuid` leave.
fn filtered<'a>(machine: &'a Machine, call: &Invocation) -> Result<Vec<&'a Volume>, String> {
    let wanted = call.get("volume-label").or(call.get("volume-uuid"));
    let fits = |volume: &&Volume| wanted.is_none_or(|name| volume.is_called(name));
    let found: Vec<&Volume> = machine.storage.volumes.iter().filter(vmfs).filter(fits).collect();
    match wanted {
        Some(name) if found.is_empty() => Err(wording::no_volume(name)),
        _ => Ok(found),
    }
}

/// Columns are believed: no other host shares a local disk.
fn hosts(machine: &Machine, call: &Invocation) -> Reply {
    let uuid = machine.uuid.clone();
    let row = |volume: &Volume| {
        Structure::new("FilesystemVMFSHost")
            .with("Volume Name", volume.label.as_str())
            .with("Host UUID", uuid.as_str())
            .with("Host Name", machine.fqdn())
    };
    Ok(list(filtered(machine, call)?.into_iter().filter(|volume| volume.mounted).map(row).collect()))
}

/// Columns are believed. Local disks know no atomic test and set.
fn lock_modes(machine: &Machine, call: &Invocation) -> Reply {
    let row = |volume: &Volume| {
        let kind = if volume.kind == VolumeKind::Vmfs5 { "VMFS-5" } else { "VMFS-6" };
        Structure::new("VMFSLockMode")
            .with("Volume Name", volume.label.as_str())
            .with("UUID", volume.uuid.as_str())
            .with("Type", kind)
            .with("Locking Mode", "ATS+SCSI")
            .with("ATS Compatible", false)
            .with("ATS Upgrade Modes", "No upgrade available")
            .with("ATS Incompatibility Reason", "Device does not support ATS")
    };
    let datastores = filtered(machine, call)?.into_iter().filter(|volume| volume.kind.datastore());
    Ok(list(datastores.map(row).collect()))
}

fn copies<'a>(machine: &'a Machine, call: &Invocation) -> impl Iterator<Item = &'a Volume> {
    let wanted = call.get("volume-label").or(call.get("volume-uuid")).map(str::to_owned);
    let copies = machine.storage.volumes.iter().filter(|volume| volume.copy);
    copies.filter(move |volume| wanted.as_ref().is_none_or(|name| volume.is_called(name)))
}

/// Fields by the index of 5.0.
fn snapshots(machine: &Machine, call: &Invocation) -> Vec<Structure> {
    let row = |volume: &Volume| {
        let original = machine.storage.volumes.iter().any(|other| !other.copy && other.uuid == volume.uuid);
        let reason = if original { "the original volume is still online" } else { "" };
        Structure::new("VMFSSnapshot")
            .under(volume.uuid.clone())
            .with("Volume Name", volume.label.as_str())
            .with("VMFS UUID", volume.uuid.as_str())
            .with("Can mount", !original)
            .with("Reason for un-mountability", reason)
            .with("Can resignature", true)
            .with("Reason for non-resignaturability", "")
            .with("Unresolved Extent Count", int(volume.extents.len() as u64))
    };
    copies(machine, call).map(row).collect()
}

/// Fields by the index of 5.0; start and end in MiB.
fn snapshot_extents(machine: &Machine, call: &Invocation) -> Vec<Structure> {
    let mut rows = Vec::new();
    for volume in copies(machine, call) {
        for (number, extent) in volume.extents.iter().enumerate() {
            rows.push(
                Structure::new("VMFSSnapshotExtent")
                    .with("Volume Name", volume.label.as_str())
                    .with("VMFS UUID", volume.uuid.as_str())
                    .with("Extent Number", int(number as u64))
                    .with("Device Name", extent.device.as_str())
                    .with("Partition", Value::Int(i64::from(extent.partition)))
                    .with("Start", Value::Int(0))
                    .with("End", int((volume.size >> 20).saturating_sub(1))),
            );
        }
    }
    rows
}

/// Mounts a copy under the UUID it has: only where its original is not there.
fn mount(machine: &mut Machine, call: &Invocation) -> Reply {
    let wanted = call.get("volume-label").or(call.get("volume-uuid")).unwrap_or_default();
    machine.storage.mount_copy(wanted).map(|()| Answer::Done)
}

fn resignature(machine: &mut Machine, call: &Invocation, now: u64) -> Reply {
    let wanted = call.get("volume-label").or(call.get("volume-uuid")).unwrap_or_default().to_owned();
    resign(machine, &wanted, now).map(|_| Answer::Done)
}

/// A copy gets a UUID of its own and a label that says where it comes from; gives the label (verified form:
/// `snap-69a82519-Storage1`).
pub(in crate::model::storage) fn resign(
    machine: &mut Machine,
    wanted: &str,
    now: u64,
) -> Result<String, String> {
    let mac = machine.state.nics.values().next().map_or(MacAddr([0; 6]), |nic| nic.mac);
    let volumes = &mut machine.storage.volumes;
    let copy = volumes.iter_mut().find(|volume| volume.copy && volume.is_called(wanted));
    let volume = copy.ok_or_else(|| wording::no_volume(wanted))?;
    volume.uuid = uuid(now, mac, 7);
    volume.label = format!("snap-{:08x}-{}", super::super::hash(&volume.uuid, 0) >> 32, volume.label);
    (volume.copy, volume.mounted) = (false, true);
    Ok(volume.label.clone())
}

/// Silent (verified). Only VMFS on disks that discard blocks.
fn unmap(machine: &mut Machine, call: &Invocation) -> Reply {
    let volume = named(&mut machine.storage, call)?;
    if !volume.kind.datastore() || !volume.mounted {
        return Err(wording::no_volume(&volume.label));
    }
    let heads: Vec<String> = volume.extents.iter().map(|extent| extent.device.clone()).collect();
    let discards = |name: &String| machine.storage.disk(name).is_some_and(|disk| disk.ssd);
    if heads.iter().all(discards) {
        Ok(Answer::Done)
    } else {
        let disk = heads.first().map_or("", String::as_str);
        Err(format!("Devices backing volume do not support UNMAP: {disk}"))
    }
}

/// There is nothing to upgrade: VMFS-5 cannot become VMFS-6 in place, and VMFS-3 is not modelled.
fn upgrade(machine: &mut Machine, call: &Invocation) -> Reply {
    let volume = named(&mut machine.storage, call)?;
    Err(format!("Volume '{}' cannot be upgraded", volume.label))
}

fn reclaimable<'a>(machine: &'a mut Machine, call: &Invocation) -> Result<&'a mut Volume, String> {
    let volume = named(&mut machine.storage, call)?;
    match volume.kind {
        VolumeKind::Vmfs6 => Ok(volume),
        _ => Err(format!("Volume '{}' is no VMFS-6 volume", volume.label)),
    }
}

/// What a fresh VMFS-6 volume has (verified: 6.5).
fn fresh() -> Reclaim {
    Reclaim { granularity: 1 << 20, priority: "low".to_owned() }
}

/// Verified (6.5). From 6.7 on there are a method and a bandwidth too (believed).
fn reclaim(machine: &mut Machine, call: &Invocation) -> Reply {
    let more = machine.state.version >= crate::EsxiVersion::new(6, 7);
    let volume = reclaimable(machine, call)?;
    let settings = volume.reclaim.clone().unwrap_or_else(fresh);
    let bytes = i64::try_from(settings.granularity).unwrap_or(i64::MAX);
    Ok(Answer::Value(Value::Struct(
        Structure::new("ReclaimConfig")
            .with("Reclaim Granularity", Value::Measure(bytes, "Bytes"))
            .with("Reclaim Priority", settings.priority)
            .with_if(more, "Reclaim Method", "priority")
            .with_if(more, "Reclaim Bandwidth", Value::Measure(26, "MB/s")),
    )))
}

fn set_reclaim(machine: &mut Machine, call: &Invocation) -> Reply {
    let volume = reclaimable(machine, call)?;
    let mut settings = volume.reclaim.clone().unwrap_or_else(fresh);
    if let Some(bytes) = call.get("reclaim-granularity") {
        settings.granularity = match bytes.parse() {
            Ok(bytes) if bytes >= 1 << 20 && u64::is_power_of_two(bytes) => bytes,
            _ => return Err(format!("Invalid reclaim granularity: {bytes}")),
        };
    }
    if let Some(priority) = call.get("reclaim-priority") {
        settings.priority = priority.to_owned();
    }
    volume.reclaim = Some(settings).filter(|settings| *settings != fresh());
    Ok(Answer::Done)
}
