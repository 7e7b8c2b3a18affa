//! `storage filesystem`, `vmfs`, `nfs` and `nfs41`.

mod nfs;
mod rows;
mod vmfs;

use crate::model::family::{Answer, Console, Reply};
use crate::model::grammar::Row;
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::{Storage, Volume, VolumeKind, wording};
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

pub(super) use nfs::{add as add_share, remove as remove_share};
pub(super) use vmfs::resign;

pub(super) static ROWS: &[Row] = rows::ROWS;

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let path = call.row.path.strip_prefix("storage ")?;
    let now = console.machine.now(console.around);
    let machine = &mut *console.machine;
    Some(match path {
        "filesystem list" => Ok(list(listed(machine))),
        "filesystem mount" => mount(machine, call),
        "filesystem unmount" => unmount(machine, call),
        "filesystem rescan" | "filesystem automount" => {
            machine.storage.rescan();
            Ok(Answer::Done)
        }
        path if path.starts_with("vmfs ") => return vmfs::run(machine, call, now),
        path if path.starts_with("nfs") => return nfs::run(machine, call),
        _ => return None,
    })
}

fn list(items: Vec<Structure>) -> Answer {
    Answer::Value(Value::List(items))
}

fn int(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// File system as lists write it. The system volume was `VMFS-L` in the first releases of 7.0 and is `VMFSOS` since
/// (verified: 8.0.2, 9.0; by which update is believed).
pub(in crate::model::storage) fn type_name(kind: VolumeKind, version: EsxiVersion) -> &'static str {
    match kind {
        VolumeKind::Vmfs5 => "VMFS-5",
        VolumeKind::Vmfs6 => "VMFS-6",
        VolumeKind::System if version >= (EsxiVersion { update: 2, ..EsxiVersion::new(7, 0) }) => "VMFSOS",
        VolumeKind::System => "VMFS-L",
        VolumeKind::Vfat => "vfat",
    }
}

/// Verified (5.x, 8.0.2, 9.0). An unmounted volume stays in the list, without a mount point and
/// with a type of its own (believed).
fn listed(machine: &Machine) -> Vec<Structure> {
    let version = machine.state.version;
    let row =
        |path: String, label: &str, uuid: String, mounted: bool, kind: String, [size, free]: [u64; 2]| {
            Structure::new("FilesystemVolume")
                .with("Mount Point", path)
                .with("Volume Name", label)
                .with("UUID", uuid)
                .with("Mounted", mounted)
                .with("Type", kind)
                .with("Size", int(size))
                .with("Free", int(free))
        };
    let shares = machine.storage.nfs.iter().map(|share| {
        let kind = if share.version_4 { "NFS41" } else { "NFS" };
        row(share.mount_path(), &share.label, share.uuid(), share.accessible, kind.to_owned(), [0, 0])
    });
    let volumes = machine.storage.volumes.iter().filter(|volume| !volume.copy).map(|volume| {
        let kind = type_name(volume.kind, version);
        let (label, uuid) = (&volume.label, volume.uuid.clone());
        if volume.mounted {
            row(volume.mount_path(), label, uuid, true, kind.to_owned(), [volume.size, volume.free()])
        } else {
            row(String::new(), label, uuid, false, format!("{kind}-unmounted"), [0, 0])
        }
    });
    shares.chain(volumes).collect()
}

/// The volume that `--volume-label` or `--volume-uuid` name.
fn named<'a>(storage: &'a mut Storage, call: &Invocation) -> Result<&'a mut Volume, String> {
    let (label, uuid) = (call.get("volume-label"), call.get("volume-uuid"));
    let wanted = label.or(uuid).ok_or_else(|| wording::one_of("-l|--volume-label, -u|--volume-uuid"))?;
    let fits = |volume: &&mut Volume| match (label, uuid) {
        (Some(label), _) => volume.label == label,
        (None, Some(uuid)) => volume.uuid == uuid,
        (None, None) => false,
    };
    storage.volumes.iter_mut().find(fits).ok_or_else(|| wording::no_volume(wanted))
}

fn mount(machine: &mut Machine, call: &Invocation) -> Reply {
    let volume = named(&mut machine.storage, call)?;
    if volume.mounted {
        return Err(format!("Volume '{}' is already mounted", volume.label));
    }
    volume.mounted = true;
    volume.copy = false;
    Ok(Answer::Done)
}

/// System volumes and boot banks are always in use, and so is a datastore on which a machine runs.
fn in_use(machine: &Machine, volume: &Volume) -> bool {
    let path = volume.mount_path() + "/";
    !volume.kind.datastore()
        || machine.guests.list().iter().any(|guest| guest.is_on() && guest.path.starts_with(&path))
}

fn unmount(machine: &mut Machine, call: &Invocation) -> Reply {
    if call.flag("all") {
        let free: Vec<String> = machine
            .storage
            .volumes
            .iter()
            .filter(|volume| !in_use(machine, volume))
            .map(|volume| volume.uuid.clone())
            .collect();
        for volume in machine.storage.volumes.iter_mut().filter(|volume| free.contains(&volume.uuid)) {
            volume.mounted = false;
        }
        return Ok(Answer::Done);
    }
    let wanted = match (call.get("volume-label"), call.get("volume-uuid"), call.get("volume-path")) {
        (Some(label), ..) => label,
        (_, Some(uuid), _) => uuid,
        (.., Some(path)) => path.trim_end_matches('/').rsplit('/').next().unwrap_or(path),
        _ => return Err(wording::one_of("-l|--volume-label, -u|--volume-uuid, -p|--volume-path")),
    };
    let found = machine.storage.volumes.iter().position(|volume| volume.is_called(wanted));
    let Some(index) = found else { return Err(wording::no_volume(wanted)) };
    let busy = machine.storage.volumes.get(index).is_some_and(|volume| in_use(machine, volume));
    match machine.storage.volumes.get_mut(index) {
        _ if busy => Err(wording::volume_busy(wanted)),
        Some(volume) if volume.mounted => {
            volume.mounted = false;
            Ok(Answer::Done)
        }
        _ => Err(format!("Volume '{wanted}' is not mounted")),
    }
}
