//! `partedUtil`.
//!
//! Verified: the forms of `get`, `getptbl`, `setptbl`, `getUsableSectors`, `showGuids`, `fix` and `fixGpt`, and that
//! a failure ends with 255 (captures of 5.0 to 9.0). Believed: the remaining sentences, and that they go to standard
//! error.

use super::failed;
use crate::model::family::{Call, Console};
use crate::model::machine::{Machine, Output};
use crate::model::storage::disk::{Disk, Kind, Partition, Table, TableKind};
use crate::version::EsxiVersion;
use std::fmt::Write;

pub(super) fn run(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    let done = match call.texts()[..] {
        ["showGuids"] => Ok(guids(machine.state.version)),
        ["get", device] => disk(machine, device).map(|disk| warned(disk) + &get(disk)),
        ["getptbl", device] => disk(machine, device).map(|disk| warned(disk) + &table(disk)),
        ["getUsableSectors", device] => usable(machine, device),
        ["mklabel", device, label] => make_label(machine, device, label),
        ["delete", device, number] => delete(machine, device, number),
        ["resize", device, number, first, last] => resize(machine, device, number, first, last),
        ["add", device, label, partition] => add(machine, device, label, partition),
        ["setptbl", device, label, ref partitions @ ..] => set(machine, device, Some(label), partitions),
        ["set", device, ref partitions @ ..] => set(machine, device, None, partitions),
        ["fix", device] => fix(machine, device),
        ["fixGpt", device] => fix_asking(machine, device, call.stdin),
        _ => Err(Failure { said: USAGE.to_owned(), why: "Error: Invalid command or arguments".to_owned() }),
    };
    match done {
        Ok(text) => Output::ok(text),
        Err(failure) => failed(failure.said, failure.why),
    }
}

const USAGE: &str = "Usage:
 Get Partitions : get <diskName>
 Set Partitions : set <diskName> [\"partNum startSector endSector type attr\"]*
 Delete Partition : delete <diskName> <partNum>
 Resize Partition : resize <diskName> <partNum> <start> <end>
 Get Partitions : getptbl <diskName>
 Add Partition : add <diskName> <label> [\"partNum startSector endSector type/guid attr\"]
 Set Partitions : setptbl <diskName> <label> [\"partNum startSector endSector type/guid attr\"]*
 Fix Partition Table : fix <diskName>
 Create New Label (all existing data will be lost): mklabel <diskName> <label>
 Show commonly used partition type guids : showGuids
 Get usable first and last sectors : getUsableSectors <diskName>
 Fix GPT Table interactively : fixGpt <diskName>
";

/// Why not, and what was said before it was found out.
struct Failure {
    said: String,
    why: String,
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Failure { said: String::new(), why }
    }
}

type Done = Result<String, Failure>;

fn name(device: &str) -> String {
    let last = device.rsplit('/').next().unwrap_or(device);
    format!("/dev/disks/{last}")
}

/// Device files only: a bare name is none.
fn disk<'a>(machine: &'a Machine, device: &str) -> Result<&'a Disk, Failure> {
    let found = machine.storage.disk(device).filter(|disk| device.starts_with('/') && !disk.off);
    found.ok_or_else(|| format!("Error: Could not stat device {device} - No such file or directory.").into())
}

fn disk_mut<'a>(machine: &'a mut Machine, device: &str) -> Result<&'a mut Disk, Failure> {
    disk(machine, device)?;
    let lost = || format!("Error: Could not stat device {device} - No such file or directory.");
    machine.storage.disk_mut(device).ok_or_else(|| lost().into())
}

fn geometry(disk: &Disk) -> String {
    format!("{} 255 63 {}\n", disk.cylinders(), disk.sectors)
}

/// Verified (5.0): the type stands as 0 in a GPT.
fn get(disk: &Disk) -> String {
    let mut text = geometry(disk);
    for partition in &disk.table.partitions {
        let kind = if disk.table.kind == TableKind::Msdos { partition.kind.mbr_type() } else { 0 };
        let Partition { number, first, last, attributes, .. } = partition;
        let _ = writeln!(text, "{number} {first} {last} {kind} {attributes}");
    }
    text
}

fn table(disk: &Disk) -> String {
    let mut text = format!("{}\n{}", disk.table.kind.text(), geometry(disk));
    for partition in &disk.table.partitions {
        let _ = match disk.table.kind {
            TableKind::Msdos => {
                let kind = partition.kind.mbr_type();
                writeln!(
                    text,
                    "{} {} {} {kind} {}",
                    partition.number, partition.first, partition.last, partition.attributes
                )
            }
            _ => writeln!(
                text,
                "{} {} {} {} {} {}",
                partition.number,
                partition.first,
                partition.last,
                partition.kind.guid(),
                partition.kind.word(),
                partition.attributes
            ),
        };
    }
    text
}

/// What every command says of a disk that grew after its table was written.
fn misplaced(disk: &Disk) -> Option<String> {
    let believed = disk.table.written_for?;
    Some(format!(
        "Error: The backup GPT table is not at the end of the disk, as it should be. This might mean that another \
         operating system believes the disk is smaller. Fix, by moving the backup to the end (and removing the old \
         backup)? diskPath ({}) diskSize ({}) AlternateLBA ({}) LastUsableLBA ({})",
        name(&disk.name),
        disk.sectors,
        believed - 1,
        believed.saturating_sub(34)
    ))
}

fn warned(disk: &Disk) -> String {
    misplaced(disk).map(|line| line + "\n").unwrap_or_default()
}

/// Names of common types (verified: 5.1; the system volume is of 7.0 and later, its place believed).
fn guids(version: EsxiVersion) -> String {
    let known = [
        ("vmfs", "AA31E02A400F11DB9590000C2911D1B8"),
        ("vmkDiagnostic", "9D27538040AD11DBBF97000C2911D1B8"),
        ("vsan", "381CFCCC728811E092EE000C2911D0B2"),
        ("virsto", "77719A0CA4A011E3A47E000C29745A24"),
        ("vmfsl", "4EB2EA3978554790A79EFAE495E21F8D"),
        ("VMware Reserved", "9198EFFC31C011DB8F78000C2911D1B8"),
        ("Basic Data", "EBD0A0A2B9E5443387C068B6B72699C7"),
        ("Linux Swap", "0657FD6DA4AB43C484E50933C84B4F4F"),
        ("Linux Lvm", "E6D6D379F50744C2A23C238F2A3DF928"),
        ("Linux Raid", "A19D880F05FC4D3BA006743F0F84911E"),
        ("Efi System", "C12A7328F81F11D2BA4B00A0C93EC93B"),
        ("Microsoft Reserved", "E3C9E3160B5C4DB8817DF92DF00215AE"),
        ("Unused Entry", "00000000000000000000000000000000"),
    ];
    let has = |name: &str| match name {
        "vmfsl" => version >= EsxiVersion::new(7, 0),
        "virsto" => version >= EsxiVersion::new(6, 0),
        _ => true,
    };
    let mut text = String::from(" Partition Type       GUID\n");
    for (name, guid) in known.into_iter().filter(|(name, _)| has(name)) {
        let _ = writeln!(text, " {name:<20} {guid}");
    }
    text
}

/// Verified: 34 and the size less 34 on a GPT, 1 and the size less 1 on a master boot record.
fn usable(machine: &Machine, device: &str) -> Done {
    let disk = disk(machine, device)?;
    match disk.table.kind {
        TableKind::Gpt => Ok(format!("{}34 {}\n", warned(disk), disk.last_usable())),
        TableKind::Msdos => Ok(format!("1 {}\n", disk.sectors - 1)),
        TableKind::Unknown => Err("Error: Unknown partition table on disk".to_owned().into()),
    }
}

fn label(text: &str) -> Result<TableKind, Failure> {
    match text {
        "gpt" => Ok(TableKind::Gpt),
        "msdos" => Ok(TableKind::Msdos),
        _ => Err(format!("Error: Invalid partition table type {text}").into()),
    }
}

/// A mounted volume holds its partition: a new table must keep it where it is, and at least as long.
fn held(machine: &Machine, device: &str, new: &[Partition]) -> Result<(), Failure> {
    let disk = disk(machine, device)?;
    for volume in machine.storage.volumes.iter().filter(|volume| volume.mounted) {
        for extent in volume.extents.iter().filter(|extent| extent.device == disk.name) {
            let Some(old) = disk.partition(extent.partition) else { continue };
            let keeps = |partition: &&Partition| {
                partition.number == old.number && partition.first == old.first && partition.last >= old.last
            };
            if !new.iter().any(|partition| keeps(&partition)) {
                return Err(format!("Error: Read-only file system during write on {}", name(device)).into());
            }
        }
    }
    Ok(())
}

/// Writes a table that was checked, in the order of first sectors.
fn write(
    machine: &mut Machine,
    device: &str,
    kind: TableKind,
    mut partitions: Vec<Partition>,
) -> Result<(), Failure> {
    held(machine, device, &partitions)?;
    partitions.sort_by_key(|partition| partition.first);
    let disk = disk_mut(machine, device)?;
    let written_for = disk.table.written_for.filter(|_| disk.table.kind == kind);
    disk.table = Table { kind, partitions, written_for };
    machine.storage.rescan();
    Ok(())
}

fn make_label(machine: &mut Machine, device: &str, text: &str) -> Done {
    let kind = label(text)?;
    held(machine, device, &[])?;
    disk_mut(machine, device)?.table.written_for = None;
    write(machine, device, kind, Vec::new())?;
    Ok(String::new())
}

fn number(text: &str) -> Result<u8, Failure> {
    let fits = text.parse().ok().filter(|number| (1..=128).contains(number));
    fits.ok_or_else(|| format!("Error: Invalid Partition Number {text}").into())
}

fn delete(machine: &mut Machine, device: &str, wanted: &str) -> Done {
    let wanted = number(wanted)?;
    let disk = disk(machine, device)?;
    if disk.partition(wanted).is_none() {
        return Err(format!("Error: Partition {wanted} was not found").into());
    }
    let kind = disk.table.kind;
    let left = disk.table.partitions.iter().filter(|partition| partition.number != wanted).cloned().collect();
    write(machine, device, kind, left)?;
    Ok(String::new())
}

/// Verified: the sentence for a partition that does not fit.
fn check(disk: &Disk, kind: TableKind, partitions: &[Partition]) -> Result<(), Failure> {
    let unfit = || Failure::from("Error: Unable to satisfy all constraints on the partition.".to_owned());
    let (first, last) = match kind {
        TableKind::Gpt => (34, if disk.table.kind == kind { disk.last_usable() } else { disk.sectors - 34 }),
        _ => (1, disk.sectors - 1),
    };
    for (index, partition) in partitions.iter().enumerate() {
        let overlaps = |other: &Partition| partition.first <= other.last && other.first <= partition.last;
        if partition.first < first || partition.last > last || partition.first > partition.last {
            return Err(unfit());
        }
        for other in partitions.iter().take(index) {
            if other.number == partition.number {
                return Err(format!("Error: Partition number {} is given twice", other.number).into());
            }
            if overlaps(other) {
                return Err("Error: Can't have overlapping partitions.".to_owned().into());
            }
        }
    }
    Ok(())
}

fn resize(machine: &mut Machine, device: &str, wanted: &str, first: &str, last: &str) -> Done {
    let wanted = number(wanted)?;
    let sector =
        |text: &str| text.parse::<u64>().map_err(|_| Failure::from(format!("Error: Invalid sector {text}")));
    let (first, last) = (sector(first)?, sector(last)?);
    let disk = disk(machine, device)?;
    let (kind, mut partitions) = (disk.table.kind, disk.table.partitions.clone());
    match partitions.iter_mut().find(|partition| partition.number == wanted) {
        Some(partition) => (partition.first, partition.last) = (first, last),
        None => return Err(format!("Error: Partition {wanted} was not found").into()),
    }
    check(disk, kind, &partitions)?;
    write(machine, device, kind, partitions)?;
    Ok(String::new())
}

/// Reads `number first last type attributes`; the type is a GUID, or a number in a master boot record.
fn partition(text: &str) -> Result<Partition, Failure> {
    let bad = || Failure::from(format!("Error: Invalid partition \"{text}\""));
    let words: Vec<&str> = text.split_whitespace().collect();
    let [wanted, first, last, kind, attributes] = words[..] else { return Err(bad()) };
    let kind = match Kind::from_guid(kind) {
        Some(kind) => kind,
        None => match kind.parse::<u8>().map_err(|_| bad())? {
            0xfb => Kind::Vmfs,
            0xfc => Kind::VmkDiagnostic,
            6 => Kind::BasicData,
            other => Kind::Other(format!("{other:032X}")),
        },
    };
    Ok(Partition {
        number: number(wanted)?,
        first: first.parse().map_err(|_| bad())?,
        last: last.parse().map_err(|_| bad())?,
        kind,
        attributes: attributes.parse().map_err(|_| bad())?,
    })
}

/// What was understood, before it is tried (verified of `setptbl`).
fn echo(kind: TableKind, partitions: &[&str]) -> String {
    let mut text = format!("{}\n0 0 0 0\n", kind.text());
    for partition in partitions {
        let words: Vec<&str> = partition.split_whitespace().collect();
        let _ = writeln!(text, "{}", words.join(" "));
    }
    text
}

fn add(machine: &mut Machine, device: &str, text: &str, new: &str) -> Done {
    let kind = label(text)?;
    let disk = disk(machine, device)?;
    let said = echo(kind, &[new]);
    let mut partitions = disk.table.partitions.clone();
    let why = |failure: Failure| Failure { said: said.clone(), ..failure };
    if disk.table.kind != kind {
        return Err(why(
            format!("Error: The disk has a partition table of type {}", disk.table.kind.text()).into()
        ));
    }
    partitions.push(partition(new).map_err(why)?);
    check(disk, kind, &partitions).map_err(why)?;
    write(machine, device, kind, partitions).map_err(why)?;
    Ok(said)
}

fn set(machine: &mut Machine, device: &str, text: Option<&str>, new: &[&str]) -> Done {
    let disk = disk(machine, device)?;
    let kind = match text {
        Some(text) => label(text)?,
        None => disk.table.kind,
    };
    let said = if text.is_some() { echo(kind, new) } else { String::new() };
    let why = |failure: Failure| Failure { said: said.clone(), ..failure };
    let partitions = new.iter().map(|text| partition(text)).collect::<Result<Vec<_>, _>>().map_err(why)?;
    check(disk, kind, &partitions).map_err(why)?;
    write(machine, device, kind, partitions).map_err(why)?;
    Ok(said)
}

/// The table at its end, as the disk is now.
fn repair(machine: &mut Machine, device: &str) -> Result<(), Failure> {
    disk_mut(machine, device)?.table.written_for = None;
    Ok(())
}

/// Says what is wrong, and cures it without asking (verified).
fn fix(machine: &mut Machine, device: &str) -> Done {
    let said = warned(disk(machine, device)?);
    repair(machine, device)?;
    Ok(said)
}

/// Asks before each step; answers come from standard input (verified; scripts write `Y` and `Fix` into it).
fn fix_asking(machine: &mut Machine, device: &str, stdin: &[u8]) -> Done {
    let wrong = misplaced(disk(machine, device)?);
    let answers = String::from_utf8_lossy(stdin).into_owned();
    let mut answers = answers.split_whitespace();
    let mut said = String::from(
        "\nFixGpt tries to fix any problems detected in GPT table.\nPlease ensure that you don't run this on any RDM \
         (Raw Device Mapping) disk.\nAre you sure you want to continue (Y/N): ",
    );
    if !answers.next().is_some_and(|answer| answer.eq_ignore_ascii_case("y")) {
        return Ok(said + "\n");
    }
    if let Some(wrong) = wrong {
        let _ = write!(said, "{wrong}\nFix/Ignore/Cancel? ");
        match answers.next() {
            Some(answer) if answer.eq_ignore_ascii_case("fix") => repair(machine, device)?,
            Some(answer) if answer.eq_ignore_ascii_case("ignore") => {}
            _ => return Err(Failure { said, why: "Error: Cancelled".to_owned() }),
        }
    }
    said.push_str(&table(disk(machine, device)?));
    Ok(said)
}

#[cfg(test)]
mod tests {
    use crate::model::testhost::{TestHost, same};

    const CAPTURED: &str = "naa.600144f0928c010000004fc90a3a0001";
    const GUID: &str = "AA31E02A400F11DB9590000C2911D1B8";

    /// A host whose empty disk is the one of the captures.
    fn host(version: &str) -> (TestHost, String) {
        let mut host = TestHost::new(version);
        let disk = &mut host.machine.storage.disks[1];
        (disk.name, disk.sectors) = (CAPTURED.into(), 272_629_760);
        (host, format!("/vmfs/devices/disks/{CAPTURED}"))
    }

    #[test]
    fn a_blank_disk_becomes_a_datastore_partition() {
        let (mut host, path) = host("5.1");
        assert_eq!(host.text(&format!("partedUtil getptbl {path}")), "unknown\n16970 255 63 272629760\n");
        host.refused(&format!("partedUtil getUsableSectors {path}"));
        host.silent(&format!("partedUtil mklabel {path} msdos"));
        same("partedUtil-getptbl--unknown--1.txt", &host.text(&format!("partedUtil getptbl {path}")));
        assert_eq!(host.text(&format!("partedUtil getUsableSectors {path}")), "1 272629759\n");
        let line = format!("partedUtil setptbl {path} gpt 1~2048~272629759~{GUID}~0");
        same("partedUtil-setptbl--unknown--1.txt", &host.refused(&line));
        let line = line.replace("272629759", "272629726");
        assert_eq!(host.text(&line), format!("gpt\n0 0 0 0\n1 2048 272629726 {GUID} 0\n"));
        same(
            "partedUtil-getUsableSectors--unknown--2.txt",
            &host.text(&format!("partedUtil getUsableSectors {path}")),
        );
        assert_eq!(
            host.text(&format!("partedUtil getptbl {path}")),
            format!("gpt\n16970 255 63 272629760\n1 2048 272629726 {GUID} vmfs 0\n")
        );
        assert_eq!(
            host.text(&format!("partedUtil get {path}")),
            "16970 255 63 272629760\n1 2048 272629726 0 0\n"
        );
        let second = format!("partedUtil add {path} gpt 2~100~200~{GUID}~0");
        assert_eq!(host.text(&second), format!("gpt\n0 0 0 0\n2 100 200 {GUID} 0\n"));
        assert!(host.refused(&second.replace("2~100", "3~200")).contains("overlapping"));
        assert!(host.refused(&second).contains("twice"));
        host.silent(&format!("partedUtil delete {path} 2"));
        assert!(host.refused(&format!("partedUtil delete {path} 2")).contains("not found"));
        assert_eq!(host.exec("partedUtil get naa.1").status, 255);
    }

    #[test]
    fn the_system_disk_of_6_5() {
        let mut host = TestHost::new("6.5");
        let shown = host.text(&format!("partedUtil getptbl /dev/disks/{}", host.boot()));
        if let Some(sample) = crate::model::samples::output("partedUtil-getptbl--6.5-usb-boot--1.txt") {
            // The last line is of a datastore that its owner made.
            for line in sample.lines().take(2) {
                assert!(shown.contains(line), "{line}: {shown}");
            }
        }
        assert!(shown.starts_with(
            "gpt\n60801 255 63 976773168\n1 64 8191 C12A7328F81F11D2BA4B00A0C93EC93B systemPartition 128\n"
        ));
        assert!(
            host.text("partedUtil showGuids")
                .contains(" vmfs                 AA31E02A400F11DB9590000C2911D1B8\n")
        );
    }

    #[test]
    fn a_mounted_volume_holds_its_partition() {
        let mut host = TestHost::new("8.0");
        let path = format!("/vmfs/devices/disks/{}", host.boot());
        assert!(host.refused(&format!("partedUtil delete {path} 8")).contains("Read-only file system"));
        host.refused(&format!("partedUtil mklabel {path} gpt"));
        host.silent("esxcli storage filesystem unmount -a");
        host.silent(&format!("partedUtil delete {path} 8"));
        assert!(host.machine.storage.volume("datastore1").is_none());
        assert!(host.machine.storage.volume("BOOTBANK1").is_some());
    }

    /// An image written to a larger disk: nothing but a repair opens the rest.
    #[test]
    fn a_disk_that_grew_is_repaired() {
        let mut host = TestHost::new("7.0");
        let path = format!("/vmfs/devices/disks/{}", host.boot());
        let disk = &mut host.machine.storage.disks[0];
        let small = disk.sectors;
        disk.sectors *= 2;
        disk.table.written_for = Some(small);
        let end = disk.sectors - 34;
        let get = format!("partedUtil getUsableSectors {path}");
        assert!(host.text(&get).starts_with("Error: The backup GPT table is not at the end of the disk"));
        let resize = format!("partedUtil resize {path} 8 268437504 {end}");
        assert!(host.refused(&resize).contains("constraints"));
        let asked = host.exec_with(&format!("partedUtil fixGpt {path}"), b"Y\nFix\n");
        let said = String::from_utf8(asked.stdout).unwrap();
        assert!(
            said.contains("(Y/N): Error: The backup") && said.contains("Fix/Ignore/Cancel? gpt\n"),
            "{said}"
        );
        assert_eq!(host.text(&get), format!("34 {end}\n"));
        host.silent(&resize);
        // Asked again there is nothing to be cured, and a refusal changes nothing.
        let asked = host.exec_with(&format!("partedUtil fixGpt {path}"), b"N\n");
        assert_eq!((asked.status, asked.changed), (0, false));
    }
}
