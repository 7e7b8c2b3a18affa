//! Disks, volumes and the tools for them.
//!
//! A host has [`disks`](Storage::disks) with partition tables, and [volumes](Storage::volumes) on their partitions.
//! Whoever plays the host's file system reads from here what there is to see below `/vmfs`:
//! [`Storage::volumes`] and [`Storage::links`] say which folders and links belong there, and
//! [`Storage::device_files`] what lies in `/vmfs/devices/disks`.

mod core;
mod disk;
mod factory;
mod fs;
mod iscsi;
#[cfg(test)]
mod kickstarts;
mod nmp;
mod nvme;
#[cfg(test)]
mod tests;
mod tools;
mod volume;
mod wording;

pub use core::ClaimRule;
pub(super) use core::controllers;
pub use disk::{Disk, Kind, Partition, SECTOR, Table, TableKind};
pub use factory::installed;
pub use iscsi::{Chap, Iscsi};
pub use nmp::{Multipathing, Policy, SatpRule};
pub use volume::{Extent, NfsMount, Reclaim, Volume, VolumeKind};

use super::family::{Console, Family, Reply};
use super::grammar::{Kind as Type, Opt, opt};
use super::parse::Invocation;
use crate::value::MacAddr;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub(super) static FAMILY: Family = Family {
    rows: &[core::ROWS, fs::ROWS, nmp::ROWS, iscsi::ROWS, nvme::ROWS],
    parse_only: &[],
    run,
    tools: tools::TOOLS,
};

/// The part of a machine that this family is about: only what differs from the tables of its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Storage {
    /// Disks in the order of their targets.
    pub disks: Vec<Disk>,
    /// Volumes on them, in the order of lists.
    pub volumes: Vec<Volume>,
    /// Shares of NFS servers.
    pub nfs: Vec<NfsMount>,
    /// NFS servers that answer in the simulated network, by the names and addresses they are called by.
    pub nfs_servers: BTreeSet<String>,
    /// Rules for claiming paths that someone added.
    pub claim_rules: Vec<ClaimRule>,
    /// Multipathing, where it is not as the tables say.
    pub multipathing: Multipathing,
    /// The software initiator, where it is on.
    pub iscsi: Option<Iscsi>,
}

/// An option without a letter.
const fn long(name: &'static str, kind: Type, help: &'static str) -> Opt {
    Opt { short: None, ..opt(' ', name, kind, help) }
}

/// A file in `/vmfs/devices/disks`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceFile {
    /// A disk or a partition of one.
    Device {
        /// Name in the folder: that of the disk, and `:3` behind it for its third partition.
        name: String,
        /// Length in bytes.
        bytes: u64,
    },
    /// The other name of one.
    Link {
        /// Name in the folder: the `vml.` one.
        name: String,
        /// Name of the device in the same folder.
        target: String,
    },
}

/// When the simulated installer ran, in seconds since 1970.
pub(super) fn installed_at() -> u64 {
    factory::INSTALLED
}

/// A number that hangs on a text: for identifiers that must differ between hosts and stay the same on one (FNV-1a
/// with a finishing step; there is no randomness here).
pub(super) fn hash(text: &str, salt: u64) -> u64 {
    let seed = 0xcbf2_9ce4_8422_2325 ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = text.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

impl Storage {
    /// As the installer leaves a host whose first adapter has this address: a boot disk of 500 GB with
    /// `datastore1` on it, and an empty disk of 1 TB.
    ///
    /// ```
    /// use esxi_core::model::Storage;
    /// let storage = Storage::factory("8.0".parse()?, "0c:c4:7a:b5:80:02".parse()?);
    /// let labels: Vec<&str> = storage.volumes().map(|volume| volume.label.as_str()).collect();
    /// assert_eq!(labels[0], "datastore1");
    /// assert_eq!(labels[2..], ["BOOTBANK1", "BOOTBANK2"]);
    /// assert!(storage.disks[1].table.partitions.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn factory(version: EsxiVersion, mac: MacAddr) -> Self {
        let disks = factory::disks(version, hash(&mac.to_string(), 0));
        let volumes = disks.first().map(|boot| factory::volumes(version, boot, mac)).unwrap_or_default();
        Storage {
            disks,
            volumes,
            nfs: Vec::new(),
            nfs_servers: BTreeSet::new(),
            claim_rules: Vec::new(),
            multipathing: Multipathing::default(),
            iscsi: None,
        }
    }
    /// Every volume on a disk, mounted or not, in the order of lists. Shares are in [`nfs`](Self::nfs).
    pub fn volumes(&self) -> impl Iterator<Item = &Volume> {
        self.volumes.iter()
    }
    /// A volume by label or UUID.
    pub fn volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.is_called(name))
    }
    /// Links that lead to mounted volumes, `(link, target)`: the labels in `/vmfs/volumes`, the boot banks, scratch
    /// and locker. Of two volumes with one label the second has ` (1)` behind it, as a host shows it.
    ///
    /// `/bootbank` and `/altbootbank` are verified; where the other two lead from 7.0 on is believed.
    pub fn links(&self) -> Vec<(String, String)> {
        let mut links: Vec<(String, String)> = Vec::new();
        let labels = self.volumes.iter().filter(|volume| volume.mounted).map(|v| (&v.label, v.mount_path()));
        let shares = self.nfs.iter().map(|share| (&share.label, share.mount_path()));
        for (label, target) in labels.chain(shares).filter(|(label, _)| !label.is_empty()) {
            let taken = |name: &str, links: &[(String, String)]| links.iter().any(|(link, _)| link == name);
            let mut link = format!("/vmfs/volumes/{label}");
            let mut copy = 0;
            while taken(&link, &links) {
                copy += 1;
                link = format!("/vmfs/volumes/{label} ({copy})");
            }
            links.push((link, target));
        }
        let system = self.volumes.iter().find(|volume| volume.kind == VolumeKind::System);
        let on_boot_disk = |number: u8| {
            let boot = self.disks.iter().find(|disk| disk.boot)?;
            self.volume_on(&boot.name, number).map(Volume::mount_path)
        };
        let fixed = [
            ("/bootbank", on_boot_disk(5)),
            ("/altbootbank", on_boot_disk(6)),
            ("/scratch", system.map(Volume::mount_path).or_else(|| on_boot_disk(2))),
            ("/locker", system.map(|v| format!("{}/locker", v.mount_path())).or_else(|| on_boot_disk(8))),
        ];
        links.extend(fixed.into_iter().filter_map(|(link, target)| Some((link.to_owned(), target?))));
        links
    }
    /// What lies in `/vmfs/devices/disks`: disks, their partitions, and the `vml.` names of both.
    pub fn device_files(&self) -> Vec<DeviceFile> {
        let mut files = Vec::new();
        for disk in self.disks.iter().filter(|disk| !disk.off) {
            let mut add = |suffix: &str, bytes: u64| {
                let name = format!("{}{suffix}", disk.name);
                files
                    .push(DeviceFile::Link { name: format!("{}{suffix}", disk.vml()), target: name.clone() });
                files.push(DeviceFile::Device { name, bytes });
            };
            add("", disk.bytes());
            for partition in &disk.table.partitions {
                add(&format!(":{}", partition.number), partition.sectors() * SECTOR);
            }
        }
        files
    }
    /// Where a path leads once the links of [`links`](Self::links) outside `/vmfs` are followed.
    pub(super) fn resolve(&self, path: &str) -> String {
        let outside = self.links().into_iter().find(|(link, _)| {
            !link.starts_with("/vmfs/") && (path == link || path.starts_with(&format!("{link}/")))
        });
        match outside {
            Some((link, target)) => format!("{target}{}", path.get(link.len()..).unwrap_or_default()),
            None => path.to_owned(),
        }
    }
    /// A disk by its name, its `vml.` name, or the path of its device file.
    pub fn disk(&self, name: &str) -> Option<&Disk> {
        self.disk_index(name).and_then(|index| self.disks.get(index))
    }
    pub(super) fn disk_mut(&mut self, name: &str) -> Option<&mut Disk> {
        let index = self.disk_index(name)?;
        self.disks.get_mut(index)
    }
    fn disk_index(&self, name: &str) -> Option<usize> {
        let folders = ["/vmfs/devices/disks/", "/dev/disks/"];
        let name = folders.iter().find_map(|folder| name.strip_prefix(folder)).unwrap_or(name);
        self.disks.iter().position(|disk| disk.name == name || disk.vml() == name)
    }
    /// The disk and the number in `DEVICE:NUMBER`; the device may be a path.
    pub(super) fn disk_and_partition(&self, name: &str) -> Option<(&Disk, u8)> {
        let (device, number) = name.rsplit_once(':')?;
        Some((self.disk(device)?, number.parse().ok()?))
    }
    /// The volume that lies on a partition.
    pub(super) fn volume_on(&self, device: &str, partition: u8) -> Option<&Volume> {
        let here = |extent: &Extent| extent.device == device && extent.partition == partition;
        self.volumes.iter().find(|volume| volume.extents.iter().any(here))
    }
    /// Volumes whose partitions are gone are gone too; a disk without its head loses the whole volume.
    pub(super) fn rescan(&mut self) {
        let there: Vec<(String, u8)> = self
            .disks
            .iter()
            .flat_map(|disk| disk.table.partitions.iter().map(|part| (disk.name.clone(), part.number)))
            .collect();
        let has = |extent: &Extent| there.contains(&(extent.device.clone(), extent.partition));
        self.volumes.retain(|volume| volume.extents.iter().all(has));
    }
    /// Mounts a copy as it is, which its original forbids while it is there.
    pub(super) fn mount_copy(&mut self, name: &str) -> Result<(), String> {
        let copy = self.volumes.iter().position(|volume| volume.copy && volume.is_called(name));
        let Some(volume) = copy.and_then(|index| self.volumes.get(index)) else {
            return Err(wording::no_volume(name));
        };
        let uuid = volume.uuid.clone();
        if self.volumes.iter().any(|other| !other.copy && other.uuid == uuid) {
            return Err(format!(
                "Unable to mount this VMFS volume: the original volume {uuid} is still online"
            ));
        }
        if let Some(volume) = copy.and_then(|index| self.volumes.get_mut(index)) {
            (volume.copy, volume.mounted) = (false, true);
        }
        Ok(())
    }
}

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    [core::run, fs::run, nmp::run, iscsi::run, nvme::run].into_iter().find_map(|run| run(console, call))
}

#[cfg(test)]
mod layout_tests {
    use super::*;

    fn storage(version: &str) -> Storage {
        Storage::factory(version.parse().unwrap(), "0c:c4:7a:b5:80:02".parse().unwrap())
    }

    #[test]
    fn links_lead_to_mounted_volumes() {
        for version in ["5.0", "5.5", "6.7", "7.0", "8.0", "9.0"] {
            let storage = storage(version);
            let links = storage.links();
            for wanted in ["/bootbank", "/altbootbank", "/scratch", "/locker", "/vmfs/volumes/datastore1"] {
                let (_, target) = links.iter().find(|(link, _)| link == wanted).unwrap();
                assert!(storage.volumes().any(|v| target.starts_with(&v.mount_path())), "{version} {wanted}");
            }
        }
        let mut storage = storage("8.0");
        let second = Volume { uuid: "1-2-3-4".into(), ..storage.volumes[0].clone() };
        storage.volumes.push(second);
        assert!(
            storage
                .links()
                .contains(&("/vmfs/volumes/datastore1 (1)".into(), "/vmfs/volumes/1-2-3-4".into()))
        );
        storage.volumes[0].mounted = false;
        assert!(!storage.links().iter().any(|(link, _)| link.ends_with("(1)")));
    }

    #[test]
    fn disks_are_found_by_every_name() {
        let storage = storage("7.0");
        let disk = storage.disks[0].clone();
        let paths = [disk.name.clone(), disk.vml(), disk.devfs_path(), format!("/dev/disks/{}", disk.name)];
        for name in &paths {
            assert_eq!(storage.disk(name).map(|found| &found.name), Some(&disk.name), "{name}");
            assert_eq!(storage.disk_and_partition(&format!("{name}:8")).unwrap().1, 8);
        }
        assert!(storage.disk("naa.1").is_none());
        let names: Vec<String> = storage
            .device_files()
            .into_iter()
            .filter_map(|file| match file {
                DeviceFile::Device { name, .. } => Some(name),
                DeviceFile::Link { .. } => None,
            })
            .collect();
        assert_eq!(names.len(), 2 + 5);
        assert!(names.contains(&format!("{}:8", disk.name)));
    }

    #[test]
    fn hosts_differ() {
        let other = Storage::factory("8.0".parse().unwrap(), "0c:c4:7a:b5:80:04".parse().unwrap());
        let one = storage("8.0");
        for (a, b) in one.volumes.iter().zip(&other.volumes) {
            assert_ne!(a.uuid, b.uuid);
            assert_eq!(a.uuid.len(), 35);
        }
        assert_ne!(one.disks[0].serial, other.disks[0].serial);
        assert_eq!(one, storage("8.0"));
    }
}
