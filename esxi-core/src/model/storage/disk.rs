//! Disks and their partitions.

use serde::{Deserialize, Serialize};

/// Bytes of a sector; ESXi knows no other logical size (4Kn disks are refused up to 6.0 and emulated later).
pub const SECTOR: u64 = 512;

/// A disk, as ESXi names and describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Disk {
    /// Its identifier: `t10.…`, `naa.…`, `eui.…` or, where the disk offers none, `mpx.vmhba0:C0:T0:L0`.
    pub name: String,
    /// Vendor as the disk says it; `ATA` for SATA disks, `NVMe` for NVMe ones.
    pub vendor: String,
    /// Model in full length.
    pub model: String,
    /// Firmware revision.
    pub revision: String,
    /// Serial number.
    pub serial: String,
    /// Size in sectors of [`SECTOR`] bytes.
    pub sectors: u64,
    /// No moving parts.
    pub ssd: bool,
    /// The host was booted from it.
    pub boot: bool,
    /// It hangs on USB.
    pub usb: bool,
    /// Physical sectors of 4096 bytes behind logical ones of 512.
    pub emulates_512: bool,
    /// Adapter it hangs on.
    pub adapter: String,
    /// Target number on the adapter; channel and LUN are 0.
    pub target: u32,
    /// Partition table.
    pub table: Table,
    /// A name given by `storage core device set --name`.
    pub display_name: Option<String>,
    /// Taken off by `storage core device set --state=off`.
    pub off: bool,
    /// Never reserved by others (`setconfig --perennially-reserved`).
    pub perennially_reserved: bool,
}

/// What stands at the beginning of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Table {
    /// Kind of the table.
    pub kind: TableKind,
    /// Partitions in the order of their first sectors.
    pub partitions: Vec<Partition>,
    /// The disk grew after the table was written: the backup of the table does not stand at its end. The number
    /// is the size in sectors that the table believes in.
    pub written_for: Option<u64>,
}

/// Kind of a partition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TableKind {
    /// None at all.
    #[default]
    Unknown,
    /// Master boot record.
    Msdos,
    /// GUID partition table.
    Gpt,
}

impl TableKind {
    /// As partedUtil writes it.
    pub fn text(self) -> &'static str {
        match self {
            TableKind::Unknown => "unknown",
            TableKind::Msdos => "msdos",
            TableKind::Gpt => "gpt",
        }
    }
}

/// A partition; both sectors belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Partition {
    /// Its number.
    pub number: u8,
    /// First sector.
    pub first: u64,
    /// Last sector.
    pub last: u64,
    /// What it is for.
    pub kind: Kind,
    /// Attributes as partedUtil writes them: 128 marks a boot partition.
    pub attributes: u32,
}

impl Partition {
    pub(super) fn new(number: u8, first: u64, last: u64, kind: Kind) -> Self {
        let attributes = if kind == Kind::EfiSystem { 128 } else { 0 };
        Partition { number, first, last, kind, attributes }
    }
    /// Length in sectors.
    pub fn sectors(&self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }
}

/// What a partition is for: its type GUID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// Boot loader.
    EfiSystem,
    /// FAT: boot banks, scratch, locker.
    BasicData,
    /// Core dump.
    VmkDiagnostic,
    /// Datastore.
    Vmfs,
    /// System volume from 7.0 on.
    VmfsL,
    /// Any other GUID, 32 capital digits.
    Other(String),
}

/// Type GUID and the word that `partedUtil getptbl` writes behind it (verified: captures of 5.0 to 9.0).
const KINDS: [(Kind, &str, &str); 5] = [
    (Kind::Vmfs, "AA31E02A400F11DB9590000C2911D1B8", "vmfs"),
    (Kind::VmkDiagnostic, "9D27538040AD11DBBF97000C2911D1B8", "vmkDiagnostic"),
    (Kind::BasicData, "EBD0A0A2B9E5443387C068B6B72699C7", "linuxNative"),
    (Kind::EfiSystem, "C12A7328F81F11D2BA4B00A0C93EC93B", "systemPartition"),
    (Kind::VmfsL, "4EB2EA3978554790A79EFAE495E21F8D", "vmfsl"),
];

impl Kind {
    /// 32 capital hexadecimal digits.
    pub fn guid(&self) -> &str {
        match self {
            Kind::Other(guid) => guid,
            known => KINDS.iter().find(|(kind, ..)| kind == known).map_or("", |(_, guid, _)| guid),
        }
    }
    /// The word partedUtil writes for it.
    pub fn word(&self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| kind == self).map_or("unknown", |(.., word)| word)
    }
    /// By its GUID, in either case, with or without dashes. `None` when it is none.
    pub fn from_guid(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect();
        if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let known = KINDS.iter().find(|(_, guid, _)| *guid == digits).map(|(kind, ..)| kind.clone());
        Some(known.unwrap_or(Kind::Other(digits)))
    }
    /// Number of the same type in a master boot record, which `partition list` shows for any table.
    pub fn mbr_type(&self) -> i64 {
        match self {
            Kind::EfiSystem | Kind::Other(_) => 0,
            Kind::BasicData => 6,
            Kind::VmkDiagnostic => 0xfc,
            Kind::Vmfs => 0xfb,
            Kind::VmfsL => 0xf8,
        }
    }
}

impl Disk {
    /// Size in bytes.
    pub fn bytes(&self) -> u64 {
        self.sectors * SECTOR
    }
    /// Size in MiB, which most lists show.
    pub fn mib(&self) -> i64 {
        i64::try_from(self.bytes() >> 20).unwrap_or(i64::MAX)
    }
    /// Where its device file lies.
    pub fn devfs_path(&self) -> String {
        format!("/vmfs/devices/disks/{}", self.name)
    }
    /// `vmhba0:C0:T0:L0`.
    pub fn runtime_name(&self) -> String {
        format!("{}:C0:T{}:L0", self.adapter, self.target)
    }
    /// Is it an NVMe name space.
    pub fn nvme(&self) -> bool {
        self.vendor == "NVMe"
    }
    /// Last sector that a partition of a GPT may have; without one, of what would be.
    pub fn last_usable(&self) -> u64 {
        self.table.written_for.unwrap_or(self.sectors).saturating_sub(34)
    }
    /// Cylinders of the geometry that partedUtil shows, 255 heads and 63 sectors.
    pub fn cylinders(&self) -> u64 {
        self.sectors / (255 * 63)
    }
    /// A partition by its number.
    pub fn partition(&self, number: u8) -> Option<&Partition> {
        self.table.partitions.iter().find(|partition| partition.number == number)
    }
    /// What lists call it unless someone named it (verified: SATA, SCSI, USB and NVMe captures).
    pub fn shown_name(&self) -> String {
        let vendor = self.vendor.trim();
        self.display_name.clone().unwrap_or_else(|| match self.usb {
            true => format!("Local USB Direct-Access ({})", self.name),
            false => format!("Local {vendor} Disk ({})", self.name),
        })
    }
    /// The `vml.` identifier (verified for ATA, SCSI and `mpx.` names; of NVMe ones only the length is known).
    pub fn vml(&self) -> String {
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let model: String = format!("{:<6}", self.model).chars().take(6).collect();
        if let Some(number) = self.name.strip_prefix("naa.") {
            return format!("vml.0200000000{number}{}", hex(&model));
        }
        if self.name.starts_with("mpx.") {
            return format!("vml.0000000000{}", hex(&format!("{}:{}:0", self.adapter, self.target)));
        }
        if self.nvme() {
            let parts: String = (0..4_u64).map(|n| format!("{:016x}", super::hash(&self.name, n))).collect();
            return format!("vml.05{parts}");
        }
        format!("vml.0100000000{}{}", hex(&format!("{:>20}", self.serial)), hex(&model))
    }
}

/// The `t10.` name of a SATA disk: vendor, model and serial number in fixed widths, blanks as underscores, other
/// signs as their hexadecimal code (verified: captures of 5.1 to 8.0.3).
pub(super) fn t10(vendor: &str, model: &str, serial: &str) -> String {
    let mut name = String::from("t10.");
    for sign in format!("{vendor:<8}{model:<40}{serial:>20}").chars() {
        match sign {
            ' ' => name.push('_'),
            sign if sign.is_ascii_alphanumeric() => name.push(sign),
            sign => name.push_str(&format!("{:02X}", u32::from(sign))),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_captures() {
        // 8.0.3.
        assert_eq!(
            t10("ATA", "ST20000NM007D-3DJ103", "ZVTBXN1D"),
            "t10.ATA_____ST20000NM007D2D3DJ103________________________________ZVTBXN1D"
        );
        // 5.1.
        assert_eq!(
            t10("ATA", "WDC WD5002ABYS-18B1B0", "WD-WCASY4897543"),
            "t10.ATA_____WDC_WD5002ABYS2D18B1B0________________________WD2DWCASY4897543"
        );
        let disk = Disk {
            name: "naa.600508e000000000e51b24d0a7fad20e".into(),
            model: "Logical Volume".into(),
            ..super::super::factory::disks(crate::EsxiVersion::new(5, 0), 1)[0].clone()
        };
        assert_eq!(disk.vml(), "vml.0200000000600508e000000000e51b24d0a7fad20e4c6f67696361");
        let disk = Disk { name: "mpx.vmhba0:C0:T0:L0".into(), adapter: "vmhba0".into(), target: 0, ..disk };
        assert_eq!(disk.vml(), "vml.0000000000766d686261303a303a30");
        let disk = Disk {
            name: "t10.ATA_____x".into(),
            serial: "WD-WCASY4897543".into(),
            model: "WDC WD5002ABYS-18B1B0".into(),
            ..disk
        };
        assert_eq!(disk.vml(), "vml.0100000000202020202057442d574341535934383937353433574443205744");
    }

    #[test]
    fn guids_are_read_in_any_form() {
        assert_eq!(Kind::from_guid("aa31e02a-400f-11db-9590-000c2911d1b8"), Some(Kind::Vmfs));
        assert_eq!(Kind::from_guid("AA31E02A"), None);
        let linux = Kind::from_guid("A19D880F05FC4D3BA006743F0F84911E").unwrap();
        assert_eq!((linux.word(), linux.guid()), ("unknown", "A19D880F05FC4D3BA006743F0F84911E"));
    }
}
