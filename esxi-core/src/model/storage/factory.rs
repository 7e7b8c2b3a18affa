//! What the installer leaves: disks, partitions and volumes of each release.

use super::disk::{Disk, Kind, Partition, SECTOR, Table, TableKind, t10};
use super::hash;
use super::volume::{Extent, Volume, VolumeKind};
use crate::value::MacAddr;
use crate::version::EsxiVersion;

const V6_5: EsxiVersion = EsxiVersion::new(6, 5);
const V7_0: EsxiVersion = EsxiVersion::new(7, 0);
const MIB: u64 = 1 << 20;

/// A 500 GB solid-state disk, from which the host boots, and an empty disk of 1 TB. `seed` makes their serial
/// numbers.
pub(super) fn disks(version: EsxiVersion, seed: u64) -> Vec<Disk> {
    let boot = disk("CT500MX500SSD1", format!("1842E{:08X}", hash("boot", seed) >> 32), 976_773_168);
    let blank = disk("ST1000NM0055-1V410C", format!("ZBS{:05X}", hash("blank", seed) >> 44), 1_953_525_168);
    let table =
        Table { kind: TableKind::Gpt, partitions: installed(version, boot.sectors), ..Table::default() };
    vec![
        Disk { ssd: true, boot: true, revision: "M3CR".into(), table, ..boot },
        Disk { target: 1, revision: "TN02".into(), ..blank },
    ]
}

impl super::Storage {
    /// Puts an empty disk of this many bytes into the host and gives its name.
    pub fn add_disk(&mut self, bytes: u64, ssd: bool) -> String {
        let number = self.disks.len() as u64;
        let seed = self.disks.first().map_or(0, |first| hash(&first.name, number));
        let model = if ssd { "MZ7LH960HAJR" } else { "ST1000NM0055-1V410C" };
        let target = u32::try_from(number).unwrap_or(u32::MAX);
        let serial = format!("SIM{:08X}", hash("added", seed) >> 32);
        let disk = Disk { ssd, target, revision: "0001".into(), ..disk(model, serial, bytes / SECTOR) };
        let name = disk.name.clone();
        self.disks.push(disk);
        name
    }
}

fn disk(model: &str, serial: String, sectors: u64) -> Disk {
    Disk {
        name: t10("ATA", model, &serial),
        vendor: "ATA".into(),
        model: model.into(),
        revision: String::new(),
        serial,
        sectors,
        ssd: false,
        boot: false,
        usb: false,
        emulates_512: true,
        adapter: "vmhba0".into(),
        target: 0,
        table: Table::default(),
        display_name: None,
        off: false,
        perennially_reserved: false,
    }
}

/// Partitions that the installer makes on a disk of this many sectors, in their order on the disk.
///
/// Verified by `partedUtil getptbl` of five hosts of 5.x and 6.x and three of 7.0 to 8.0; that 5.0 and 5.1 lack
/// the second core dump and that a datastore needs more than 142 GB from 7.0 on stands in VMware's manuals.
pub fn installed(version: EsxiVersion, sectors: u64) -> Vec<Partition> {
    let last = sectors.saturating_sub(34);
    if version >= V7_0 {
        return installed_7(last);
    }
    let mut list = vec![
        Partition::new(1, 64, 8191, Kind::EfiSystem),
        Partition::new(5, 8224, 520_191, Kind::BasicData),
        Partition::new(6, 520_224, 1_032_191, Kind::BasicData),
        Partition::new(7, 1_032_224, 1_257_471, Kind::VmkDiagnostic),
        Partition::new(8, 1_257_504, 1_843_199, Kind::BasicData),
    ];
    let mut next = 1_843_200;
    if version >= EsxiVersion::new(5, 5) {
        list.push(Partition::new(9, next, 7_086_079, Kind::VmkDiagnostic));
        next = 7_086_080;
    }
    // Scratch takes 4 GiB, the datastore the rest.
    let scratch = next + 8_386_559;
    list.push(Partition::new(2, next, scratch, Kind::BasicData));
    list.push(Partition::new(3, scratch + 1, last, Kind::Vmfs));
    list.retain(|partition| partition.last <= last && partition.first < partition.last);
    list
}

fn installed_7(last: u64) -> Vec<Partition> {
    // Below 32 GB the boot banks have 1 GiB instead of 4095 MiB.
    let bank: u64 = if last < 32_000_000_000 / SECTOR { 2_097_152 } else { 8_386_560 };
    let first_bank = 208_896;
    let second_bank = first_bank + bank + 2048;
    let system = second_bank + bank + 2048;
    let mut list = vec![
        Partition::new(1, 64, 204_863, Kind::EfiSystem),
        Partition::new(5, first_bank, first_bank + bank - 1, Kind::BasicData),
        Partition::new(6, second_bank, second_bank + bank - 1, Kind::BasicData),
    ];
    if last > 142_000_000_000 / SECTOR {
        list.push(Partition::new(7, system, 268_435_455, Kind::VmfsL));
        list.push(Partition::new(8, 268_437_504, last, Kind::Vmfs));
    } else {
        list.push(Partition::new(7, system, last, Kind::VmfsL));
    }
    list
}

/// Space of a VMFS volume in a partition of this many sectors: whole steps of 256 MiB behind the volume management, which takes
/// more than 16 and at most 154 MiB. Derived: it gives the sizes of six captures of VMFS-5, VMFS-6 and system volumes.
pub(super) fn vmfs_size(sectors: u64) -> u64 {
    let step = 256 * MIB;
    (sectors * SECTOR).saturating_sub(32 * MIB) / step * step
}

/// What a fresh volume of this kind keeps for itself, in bytes. Verified for VMFS-6 (8.0.2); believed for VMFS-5.
pub(super) fn vmfs_overhead(kind: VolumeKind) -> u64 {
    match kind {
        VolumeKind::Vmfs5 => 973 * MIB,
        VolumeKind::Vmfs6 => 1444 * MIB,
        _ => 0,
    }
}

/// Identifier of a volume: time, random, random, and the address of the host's first adapter (verified form).
pub(super) fn uuid(time: u64, mac: MacAddr, salt: u64) -> String {
    let random = hash(&mac.to_string(), time ^ (salt << 40));
    let tail: String = mac.0.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("{:08x}-{:08x}-{:04x}-{tail}", time & 0xffff_ffff, random & 0xffff_ffff, random >> 48)
}

/// The same for a FAT volume: nothing in it has a meaning.
fn fat_uuid(mac: MacAddr, salt: u64) -> String {
    let (a, b) = (hash(&mac.to_string(), salt), hash(&mac.to_string(), salt + 100));
    let tail = b & 0xffff_ffff_ffff;
    format!("{:08x}-{:08x}-{:04x}-{tail:012x}", a >> 32, a & 0xffff_ffff, b >> 48)
}

/// Seconds since 1970 at which the simulated installer ran: 2024-01-02, long enough ago for every release but the
/// newest.
pub(super) const INSTALLED: u64 = 1_704_205_234;

/// Volumes on the boot disk of a fresh host. Sizes of FAT volumes and what is used in them are of captures (5.x,
/// 7.0, 8.0.2, 9.0), that of the locker is believed.
pub(super) fn volumes(version: EsxiVersion, boot: &Disk, mac: MacAddr) -> Vec<Volume> {
    let mut found = Vec::new();
    for partition in &boot.table.partitions {
        let number = partition.number;
        let fat = |label: &str, size: u64, free: u64| Volume {
            label: label.to_owned(),
            uuid: fat_uuid(mac, u64::from(number)),
            kind: VolumeKind::Vfat,
            size,
            used: size - free,
            extents: vec![Extent { device: boot.name.clone(), partition: number }],
            mounted: true,
            copy: false,
            reclaim: None,
        };
        let vmfs = |kind: VolumeKind, used: u64| Volume {
            label: String::new(),
            uuid: uuid(INSTALLED + u64::from(number), mac, 0),
            kind,
            size: vmfs_size(partition.sectors()),
            used,
            extents: vec![Extent { device: boot.name.clone(), partition: number }],
            mounted: true,
            copy: false,
            reclaim: None,
        };
        let volume = match (number, &partition.kind) {
            (5 | 6, _) if version >= V7_0 => {
                let size = if partition.sectors() > 4_194_304 { 4_293_591_040 } else { 1_073_577_984 };
                let free = if number == 5 { size - 296_812_544 } else { size - 65_536 };
                fat(if number == 5 { "BOOTBANK1" } else { "BOOTBANK2" }, size, free)
            }
            (5, _) => fat("", 261_853_184, 91_848_704),
            (6, _) => fat("", 261_853_184, 261_844_992),
            (8, Kind::BasicData) => fat("", 299_712_512, 99_573_760),
            (2, Kind::BasicData) => fat("", 4_293_591_040, 4_257_939_456),
            (_, Kind::VmfsL) => {
                let volume = vmfs(VolumeKind::System, 4_453_302_272);
                Volume { label: format!("OSDATA-{}", volume.uuid), ..volume }
            }
            (_, Kind::Vmfs) => {
                let kind = if version >= V6_5 { VolumeKind::Vmfs6 } else { VolumeKind::Vmfs5 };
                Volume { label: "datastore1".into(), ..vmfs(kind, vmfs_overhead(kind)) }
            }
            _ => continue,
        };
        found.push(volume);
    }
    // The list shows datastores first, then the system volume, then FAT (verified: 5.x and 8.0.2).
    found.sort_by_key(|volume| match volume.kind {
        VolumeKind::Vmfs5 | VolumeKind::Vmfs6 => 0,
        VolumeKind::System => 1,
        _ => 2,
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u64 = 976_773_168;

    fn lines(version: &str, sectors: u64) -> Vec<(u8, u64, u64)> {
        installed(version.parse().unwrap(), sectors).iter().map(|p| (p.number, p.first, p.last)).collect()
    }

    #[test]
    fn partitions_follow_the_release_and_the_disk() {
        let old = lines("6.5", SIZE);
        assert_eq!(
            old[5..],
            [(9, 1_843_200, 7_086_079), (2, 7_086_080, 15_472_639), (3, 15_472_640, SIZE - 34)]
        );
        assert!(lines("5.1", SIZE).iter().all(|(number, ..)| *number != 9));
        let new = lines("8.0", SIZE);
        assert_eq!(
            new,
            [
                (1, 64, 204_863),
                (5, 208_896, 8_595_455),
                (6, 8_597_504, 16_984_063),
                (7, 16_986_112, 268_435_455),
                (8, 268_437_504, SIZE - 34)
            ]
        );
        // A disk of 32 GiB has no room for a datastore.
        assert_eq!(lines("7.0", 67_108_864).last(), Some(&(7, 16_986_112, 67_108_830)));
        // One of 10 GiB gets small boot banks.
        assert_eq!(lines("7.0", 20_971_520)[1], (5, 208_896, 2_306_047));
    }

    #[test]
    fn volumes_have_the_sizes_of_captures() {
        // 8.0.2, a disk of 500 GB.
        assert_eq!(vmfs_size(SIZE - 33 - 268_437_504), 362_387_865_600);
        assert_eq!(vmfs_size(268_435_456 - 16_986_112), 128_580_583_424);
        // 8.0.2, whole disks of 1 and 2 TB.
        assert_eq!(vmfs_size(1_953_525_168 - 2048), 999_922_073_600);
        assert_eq!(vmfs_size(3_907_029_168 - 2048), 2_000_112_582_656);
    }
}
