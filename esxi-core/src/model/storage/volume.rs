//! Volumes: what can be mounted.

use serde::{Deserialize, Serialize};

/// A volume on one or more partitions of the host's disks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Volume {
    /// Its name; may be empty, and two volumes may share one.
    pub label: String,
    /// `xxxxxxxx-xxxxxxxx-xxxx-xxxxxxxxxxxx`.
    pub uuid: String,
    /// File system.
    pub kind: VolumeKind,
    /// Size in bytes.
    pub size: u64,
    /// Bytes that are taken.
    pub used: u64,
    /// Partitions it lies on, the head first.
    pub extents: Vec<Extent>,
    /// Whether it is there to be used.
    pub mounted: bool,
    /// It is a copy of another disk's volume: not mounted by itself, but offered by `vmfs snapshot list`.
    pub copy: bool,
    /// Settings of space reclamation, where they are not those of a fresh volume.
    pub reclaim: Option<Reclaim>,
}

/// How VMFS-6 gives space back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reclaim {
    /// Smallest piece, in bytes.
    pub granularity: u64,
    /// `none`, `low`, `medium` or `high`.
    pub priority: String,
}

/// A piece of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Extent {
    /// Name of the disk.
    pub device: String,
    /// Number of the partition.
    pub partition: u8,
}

/// File system of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum VolumeKind {
    /// VMFS-5.
    Vmfs5,
    /// VMFS-6.
    Vmfs6,
    /// The system volume of 7.0 and later, VMFS-L within.
    System,
    /// FAT: boot banks, scratch, locker.
    Vfat,
}

impl VolumeKind {
    /// Datastores take virtual machines.
    pub fn datastore(self) -> bool {
        matches!(self, VolumeKind::Vmfs5 | VolumeKind::Vmfs6)
    }
}

impl Volume {
    /// Free bytes.
    pub fn free(&self) -> u64 {
        self.size.saturating_sub(self.used)
    }
    /// Folder under which it is reached while it is mounted; [`label`](Self::label) is a link beside it.
    pub fn mount_path(&self) -> String {
        format!("/vmfs/volumes/{}", self.uuid)
    }
    /// Whether a text names it, by label or UUID.
    pub fn is_called(&self, name: &str) -> bool {
        self.uuid == name || (!self.label.is_empty() && self.label == name)
    }
}

/// A mounted share of an NFS server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NfsMount {
    /// Name of the datastore.
    pub label: String,
    /// Servers; NFS 3 has one.
    pub hosts: Vec<String>,
    /// Exported folder.
    pub share: String,
    /// Mounted read-only.
    pub read_only: bool,
    /// NFS 4.1 rather than 3.
    pub version_4: bool,
    /// `AUTH_SYS` and the like; of NFS 4.1 only.
    pub security: String,
    /// Whether the server answers; the simulated network has none that does unless a scenario says so.
    pub accessible: bool,
}

impl NfsMount {
    /// Identifier of the mount: two numbers that hang on server and share (verified form).
    pub fn uuid(&self) -> String {
        let number = super::hash(&format!("{}:{}", self.hosts.join(","), self.share), 0);
        format!("{:08x}-{:08x}", number >> 32, number & 0xffff_ffff)
    }
    /// Folder under which it is reached.
    pub fn mount_path(&self) -> String {
        format!("/vmfs/volumes/{}", self.uuid())
    }
}
