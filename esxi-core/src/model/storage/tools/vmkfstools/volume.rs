//! Creating, growing and describing volumes.

use super::{Asked, Done, size};
use crate::model::family::Console;
use crate::model::machine::Machine;
use crate::model::storage::disk::{Disk, Kind};
use crate::model::storage::factory::{uuid, vmfs_overhead, vmfs_size};
use crate::model::storage::{Extent, Volume, VolumeKind};
use crate::value::MacAddr;
use crate::version::EsxiVersion;
use std::fmt::Write;

const V6_0: EsxiVersion = EsxiVersion::new(6, 0);
const V6_5: EsxiVersion = EsxiVersion::new(6, 5);
const V8_0: EsxiVersion = EsxiVersion::new(8, 0);

/// The disk, the number of the partition, and its length in sectors.
fn partition<'a>(machine: &'a Machine, device: &str) -> Result<(&'a Disk, u8, u64), String> {
    let missing = || format!("Failed to open device {device}: No such file or directory");
    let (disk, number) = machine.storage.disk_and_partition(device).ok_or_else(missing)?;
    let partition = disk.partition(number).ok_or_else(missing)?;
    if partition.kind != Kind::Vmfs {
        return Err(format!("Partition {device} is not of type VMFS: set its type first"));
    }
    Ok((disk, number, partition.sectors()))
}

pub(super) fn create(console: &mut Console<'_>, asked: &Asked<'_>, device: &str) -> Done {
    let now = console.machine.now(console.around);
    let machine = &mut *console.machine;
    let version = machine.state.version;
    let system = asked.file_system.unwrap_or_default();
    let kind = match system {
        "vmfs6" if version >= V6_5 => VolumeKind::Vmfs6,
        "vmfs5" => VolumeKind::Vmfs5,
        _ => return Err(format!("Invalid file system type: {system}")),
    };
    // Both know one block size only.
    if asked.block_size.is_some_and(|text| size(text) != Ok(1 << 20)) {
        return Err(format!("Invalid block size {}: it must be 1m", asked.block_size.unwrap_or_default()));
    }
    let (disk, number, sectors) = partition(machine, device)?;
    let (name, bytes) = (disk.name.clone(), vmfs_size(sectors));
    if bytes < 1 << 30 {
        return Err(format!("Partition {device} is too small for a file system"));
    }
    if machine.storage.volume_on(&name, number).is_some_and(|volume| volume.mounted) {
        return Err(format!("Failed to create VMFS on device {name}:{number}: Device or resource busy"));
    }
    let mac = machine.state.nics.values().next().map_or(MacAddr([0; 6]), |nic| nic.mac);
    let label = asked.label.unwrap_or_default();
    let new = uuid(now, mac, machine.storage.volumes.len() as u64 + 1);
    machine.storage.volumes.retain(|volume| {
        !volume.extents.iter().any(|extent| extent.device == name && extent.partition == number)
    });
    // Datastores stand first.
    let place = machine.storage.volumes.iter().position(|volume| !volume.kind.datastore()).unwrap_or(0);
    let volume = Volume {
        label: label.to_owned(),
        uuid: new.clone(),
        kind,
        size: bytes,
        used: vmfs_overhead(kind),
        extents: vec![Extent { device: name.clone(), partition: number }],
        mounted: true,
        copy: false,
        reclaim: None,
    };
    machine.storage.volumes.insert(place, volume);
    let mut text = format!("create fs deviceName:'{device}', fsShortName:'{system}', fsName:'{label}'\n");
    let short = format!("{name}:{number}");
    let _ = writeln!(text, "deviceFullPath:/dev/disks/{short} deviceFile:{short}");
    // Up to 5.5 without a word about locking (believed).
    if version >= V6_0 {
        let _ = writeln!(text, "ATS on device /dev/disks/{short}: not supported\n.");
    }
    text.push_str(
        "Checking if remote hosts are using this device as a valid file system. This may take a few seconds...\n",
    );
    if version >= V8_0 && kind == VolumeKind::Vmfs6 {
        text.push_str("Scanning for VMFS-6 host activity (4096 bytes/HB, 1024 HBs).\n");
    }
    let unmap =
        if kind == VolumeKind::Vmfs6 { ", unmapGranularity 1048576, unmapPriority default" } else { "" };
    let _ = writeln!(
        text,
        "Creating {system} file system on \"{short}\" with blockSize 1048576{unmap} and volume label \
         \"{}\".\nSuccessfully created new volume: {new}",
        if label.is_empty() { "none" } else { label }
    );
    Ok(text)
}

/// The volume whose head lies on a partition.
fn head(machine: &Machine, device: &str) -> Result<usize, String> {
    let (disk, number, _) = partition(machine, device)?;
    let here = |volume: &Volume| {
        volume.mounted
            && volume.extents.iter().any(|extent| extent.device == disk.name && extent.partition == number)
    };
    let found = machine.storage.volumes.iter().position(here);
    found.ok_or_else(|| format!("Failed to open device {device}: there is no mounted VMFS volume on it"))
}

/// Sizes again, after a partition grew or one was added.
fn measure(machine: &mut Machine, index: usize) {
    let storage = &machine.storage;
    let size = storage.volumes.get(index).map(|volume| {
        let sectors = volume.extents.iter().map(|extent| {
            let disk = storage.disk(&extent.device);
            disk.and_then(|disk| disk.partition(extent.partition))
                .map_or(0, |partition| vmfs_size(partition.sectors()))
        });
        sectors.sum()
    });
    if let (Some(size), Some(volume)) = (size, machine.storage.volumes.get_mut(index)) {
        volume.size = size;
    }
}

/// Asks before it takes a partition: `0` on standard input is yes (known by the scripts that write it; the text is
/// believed).
pub(super) fn span(console: &mut Console<'_>, extent: &str, to: &str, stdin: &[u8]) -> Done {
    let machine = &mut *console.machine;
    let index = head(machine, to)?;
    let (disk, number, _) = partition(machine, extent)?;
    let name = disk.name.clone();
    if machine.storage.volume_on(&name, number).is_some_and(|volume| volume.mounted) {
        return Err(format!("Failed to extend: {name}:{number} is in use by a volume"));
    }
    let question = format!(
        "VMware ESX Question:\nAll data on /dev/disks/{name}:{number} will be lost. Continue and format?\n\n0) \
         _Yes\n1) _No\n\nSelect a number from 0-1: "
    );
    if !String::from_utf8_lossy(stdin).trim_start().starts_with('0') {
        return Err(question + "\nExtent was not added");
    }
    machine.storage.volumes.retain(|volume| {
        volume.mounted
            || !volume.extents.iter().any(|extent| extent.device == name && extent.partition == number)
    });
    let index = head(machine, to).unwrap_or(index);
    if let Some(volume) = machine.storage.volumes.get_mut(index) {
        volume.extents.push(Extent { device: name, partition: number });
    }
    measure(machine, index);
    Ok(question + "\n")
}

/// Silent. The partition must have grown before (verified: the two steps, and that both words are the same).
pub(super) fn grow(console: &mut Console<'_>, extent: &str, to: &str) -> Done {
    let machine = &mut *console.machine;
    let index = head(machine, to)?;
    if head(machine, extent)? != index {
        return Err(format!("{extent} is no extent of the volume on {to}"));
    }
    measure(machine, index);
    Ok(String::new())
}

/// Major and minor version of a file system, its raw major version, and the largest file in bytes. Verified for FAT;
/// for VMFS by VMware's articles.
fn versions(kind: VolumeKind, version: EsxiVersion) -> (&'static str, u32, u64) {
    match kind {
        VolumeKind::Vfat => ("vfat-0.04", 0, 0),
        VolumeKind::Vmfs5 if version >= V6_0 => ("VMFS-5.81", 14, 69_201_586_814_976),
        VolumeKind::Vmfs5 => ("VMFS-5.60", 14, 69_201_586_814_976),
        VolumeKind::Vmfs6 if version >= EsxiVersion::new(6, 7) => ("VMFS-6.82", 24, 70_368_744_177_664),
        VolumeKind::Vmfs6 => ("VMFS-6.81", 24, 70_368_744_177_664),
        VolumeKind::System => ("VMFSOS-1.00", 28, 70_368_744_177_664),
    }
}

/// `337.5 GB`: one digit behind the point, none where it is 0 (believed).
fn human(bytes: u64) -> String {
    let (mut size, mut rest) = (bytes, 0);
    for unit in ["bytes", "KB", "MB", "GB", "TB"] {
        if size < 1024 || unit == "TB" {
            let tenth = rest * 10 / 1024;
            return if tenth == 0 { format!("{size} {unit}") } else { format!("{size}.{tenth} {unit}") };
        }
        (size, rest) = (size / 1024, size % 1024);
    }
    bytes.to_string()
}

/// Forms of 5.x, 6.x and 7.0 verified.
pub(super) fn query(console: &mut Console<'_>, asked: &Asked<'_>, path: &str) -> Done {
    let machine = &*console.machine;
    let version = machine.state.version;
    let path = machine.storage.resolve(path);
    let name =
        path.strip_prefix("/vmfs/volumes/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let volume = machine.storage.volumes.iter().find(|volume| volume.mounted && volume.is_called(name));
    let Some(volume) = volume else {
        return Err(format!("Could not retrieve volume information for {path}: No such file or directory"));
    };
    let (head, raw, largest) = versions(volume.kind, version);
    let block: u64 = match volume.kind {
        VolumeKind::Vfat if volume.size > 4_000_000_000 => 65_536,
        VolumeKind::Vfat => 4096,
        _ => 1 << 20,
    };
    let raw = if version >= V6_0 { format!(" (Raw Major Version: {raw})") } else { String::new() };
    let count = volume.extents.len();
    let mut text = format!("{head}{raw} file system spanning {count} partitions.\n");
    let mode = if volume.kind == VolumeKind::Vfat { "private" } else { "public" };
    let _ = writeln!(text, "File system label (if any): {}\nMode: {mode}", volume.label);
    let limit = |text: String| {
        if version >= V6_0 { format!(", max supported file size {text}") } else { String::new() }
    };
    let _ = if asked.human {
        writeln!(
            text,
            "Capacity {}, {} available, file block size {}{}",
            human(volume.size),
            human(volume.free()),
            human(block),
            limit(human(largest))
        )
    } else {
        writeln!(
            text,
            "Capacity {} ({} file blocks * {block}), {} ({} blocks) avail{}",
            volume.size,
            volume.size / block,
            volume.free(),
            volume.free() / block,
            limit(largest.to_string())
        )
    };
    if version >= EsxiVersion::new(7, 0) {
        text.push_str("Disk Block Size: 512/0/0\n");
    }
    let on = if volume.kind == VolumeKind::Vfat { "disks" } else { "lvm" };
    let _ = writeln!(text, "UUID: {}\nPartitions spanned (on \"{on}\"):", volume.uuid);
    for extent in &volume.extents {
        let _ = writeln!(text, "\t{}:{}", extent.device, extent.partition);
    }
    text.push_str("Is Native Snapshot Capable: NO\n");
    Ok(text)
}
