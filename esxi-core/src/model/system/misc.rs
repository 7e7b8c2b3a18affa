//! What is small: welcome text, keyboard, boot device, core dumps, processes, security domains, the file system in
//! memory.

use super::settings::{self, Setting};
use super::{clock, storage_facts};
use crate::model::family::{Answer, Console, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};

/// Where core dumps go, as far as it was set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dumps {
    /// Partition, `DISK:PARTITION`.
    pub partition: Option<String>,
    /// Whether it is used.
    pub partition_active: bool,
    /// Files that were made, with their size in bytes.
    pub files: Vec<(String, u64)>,
    /// The file that is used.
    pub file: Option<String>,
}

const WELCOME: &str = "/Annotations/WelcomeMessage";

/// Names believed.
const KEYBOARDS: &[&str] = &[
    "Belgian",
    "Brazilian",
    "Croatian",
    "Czechoslovakian",
    "Danish",
    "Estonian",
    "Finnish",
    "French",
    "German",
    "Greek",
    "Icelandic",
    "Italian",
    "Japanese",
    "Latin American",
    "Norwegian",
    "Polish",
    "Portuguese",
    "Russian",
    "Slovenian",
    "Spanish",
    "Swedish",
    "Swiss French",
    "Swiss German",
    "Turkish",
    "US Default",
    "US Dvorak",
    "Ukrainian",
    "United Kingdom",
];

/// Names and levels believed.
const DOMAINS: &[&str] = &[
    "appDom",
    "globalVMDom",
    "hostdDom",
    "ioFilterDom",
    "pluginDom",
    "regularVMDom",
    "superDom",
    "testDom",
    "ucodeDom",
];

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let value = |value: Value| Ok(Answer::Value(value));
    let text = |text: String| Ok(Answer::Value(Value::Str(text)));
    let done = |result: Result<(), String>| result.map(|()| Answer::Done);
    let machine = &mut *console.machine;
    Some(match call.row.path {
        "system welcomemsg get" => text(settings::text(machine, WELCOME).unwrap_or_default()),
        "system welcomemsg set" => {
            let message = call.get("message").unwrap_or_default().to_owned();
            done(settings::set(machine, WELCOME, Some(Setting::Text(message))))
        }
        "system settings keyboard layout get" => {
            text(machine.system.keyboard.clone().unwrap_or_else(|| "US Default".to_owned()))
        }
        "system settings keyboard layout list" => {
            let row = |name: &&str| Structure::new("Layout").with("Layout", *name);
            value(Value::List(KEYBOARDS.iter().map(row).collect()))
        }
        "system settings keyboard layout set" => done(keyboard(machine, call)),
        "system stats installtime get" => text(clock::iso(INSTALLED)),
        "system boot device get" => value(boot_device(machine)),
        "system coredump partition get" => value(partition(machine)),
        "system coredump partition list" => value(partitions(machine)),
        "system coredump partition set" => done(set_partition(machine, call)),
        "system coredump file get" => value(file(machine)),
        "system coredump file list" => value(files(machine)),
        "system coredump file add" => done(add_file(machine, call)),
        "system coredump file set" => done(set_file(machine, call)),
        "system coredump file remove" => done(remove_file(machine, call)),
        "system process stats load get" => value(Value::Struct(
            // Nothing runs on a simulated host; a quiet one shows such numbers.
            Structure::new("ProcessStatsLoadGet")
                .with("Load1Minute", "0.01")
                .with("Load15Minutes", "0.01")
                .with("Load5Minutes", "0.01"),
        )),
        "system process stats running get" => value(Value::Int(RUNNING)),
        "system secpolicy domain list" => {
            let row = |name: &&str| {
                let level = machine.system.domains.get(*name).map_or("enforcing", String::as_str);
                Structure::new("DomainList").with("Domain Name", *name).with("Enforcement Level", level)
            };
            value(Value::List(DOMAINS.iter().map(row).collect()))
        }
        "system secpolicy domain set" => done(set_domain(machine, call)),
        "system visorfs get" => value(visorfs()),
        "system visorfs ramdisk list" => value(ramdisks(machine.state.version)),
        "system visorfs tardisk list" => value(tardisks(machine.state.version)),
        _ => return None,
    })
}

/// 2020-01-01: the model does not know when it was installed.
const INSTALLED: u64 = 1_577_836_800;
/// Processes of a quiet host.
const RUNNING: i64 = 94;

fn keyboard(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let name = call.get("layout").unwrap_or("US Default");
    if !KEYBOARDS.contains(&name) {
        return Err(format!("Invalid keyboard layout: {name}"));
    }
    machine.system.keyboard = (name != "US Default").then(|| name.to_owned());
    Ok(())
}

/// Field names verified (index of 5.0); the third from 6.0 on is believed.
fn boot_device(machine: &Machine) -> Value {
    let newer = machine.state.version >= EsxiVersion::new(6, 0);
    Value::Struct(
        Structure::new("SystemBootDevice")
            .with("Boot Filesystem UUID", storage_facts::boot_bank(machine))
            .with("Boot NIC", "")
            .with_if(newer, "Stateless Boot NIC", ""),
    )
}

fn used_partition(machine: &Machine) -> (String, bool) {
    match &machine.system.dumps.partition {
        Some(partition) => (partition.clone(), machine.system.dumps.partition_active),
        None => (String::new(), false),
    }
}

fn partition(machine: &Machine) -> Value {
    let (configured, active) = used_partition(machine);
    let now = if active { configured.clone() } else { String::new() };
    Value::Struct(Structure::new("KernelDumpParition").with("Active", now).with("Configured", configured))
}

/// Field names verified (index of 5.0).
fn partitions(machine: &Machine) -> Value {
    let (configured, active) = used_partition(machine);
    let row = |name: String| {
        let this = name == configured;
        Structure::new("DumpPartition")
            .with("Name", name.as_str())
            .with("Path", format!("/vmfs/devices/disks/{name}"))
            .with("Active", this && active)
            .with("Configured", this)
    };
    Value::List(storage_facts::dump_partitions(machine).into_iter().map(row).collect())
}

fn set_partition(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let known = storage_facts::dump_partitions(machine);
    let dumps = &mut machine.system.dumps;
    if call.flag("unconfigure") {
        (dumps.partition, dumps.partition_active) = (None, false);
        return Ok(());
    }
    if let Some(name) = call.get("partition") {
        let bare = name.strip_prefix("/vmfs/devices/disks/").unwrap_or(name);
        if !known.iter().any(|one| one == bare) {
            return Err(format!("Unable to find dump partition {name}"));
        }
        dumps.partition = Some(bare.to_owned());
    }
    if let Some(on) = call.bool("enable") {
        if on && dumps.partition.is_none() {
            let smart = call.flag("smart").then(|| known.first().cloned()).flatten();
            dumps.partition = Some(smart.ok_or("No dump partition is configured")?);
        }
        dumps.partition_active = on;
    }
    Ok(())
}

fn file(machine: &Machine) -> Value {
    let path = machine.system.dumps.file.clone().unwrap_or_default();
    Value::Struct(
        Structure::new("CoredumpFile").with("Active", path.as_str()).with("Configured", path.as_str()),
    )
}

fn files(machine: &Machine) -> Value {
    let dumps = &machine.system.dumps;
    let row = |(path, size): &(String, u64)| {
        let used = dumps.file.as_ref() == Some(path);
        Structure::new("CoredumpFileList")
            .with("Path", path.as_str())
            .with("Active", used)
            .with("Configured", used)
            .with("Size", i64::try_from(*size).unwrap_or(i64::MAX))
    };
    Value::List(dumps.files.iter().map(row).collect())
}

fn add_file(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let volume = storage_facts::datastore(machine, call.get("datastore"))
        .ok_or("Unable to create dump file: no such datastore")?;
    let name = call.get("file").map_or_else(|| machine.uuid.to_uppercase(), str::to_owned);
    let path = format!("/vmfs/volumes/{volume}/vmkdump/{name}.dumpfile");
    let mebibytes = call.get("size").and_then(|text| text.parse::<u64>().ok()).unwrap_or(2560);
    let dumps = &mut machine.system.dumps;
    if dumps.files.iter().any(|(known, _)| *known == path) {
        return Err(format!("Unable to create dump file: {path} already exists"));
    }
    dumps.files.push((path.clone(), mebibytes * 1_048_576));
    if call.bool("enable") == Some(true) {
        dumps.file = Some(path);
    }
    Ok(())
}

fn set_file(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let dumps = &mut machine.system.dumps;
    if call.flag("unconfigure") || call.bool("enable") == Some(false) {
        dumps.file = None;
        return Ok(());
    }
    let path = match call.get("path") {
        Some(path) => dumps.files.iter().find(|(known, _)| known == path),
        None => dumps.files.first(),
    };
    dumps.file = Some(path.ok_or("Unable to find a dump file")?.0.clone());
    Ok(())
}

fn remove_file(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let dumps = &mut machine.system.dumps;
    let path = call.get("file").map(str::to_owned).or_else(|| dumps.file.clone());
    let path = path.ok_or("Unable to find a dump file")?;
    if !dumps.files.iter().any(|(known, _)| *known == path) {
        return Err(format!("Unable to find dump file {path}"));
    }
    if dumps.file.as_ref() == Some(&path) {
        if !call.flag("force") {
            return Err("Unable to remove the active dump file without --force".to_owned());
        }
        dumps.file = None;
    }
    dumps.files.retain(|(known, _)| *known != path);
    Ok(())
}

fn set_domain(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let level = call.get("level").unwrap_or("enforcing");
    let names: Vec<&str> = match call.get("name") {
        _ if call.flag("all-domains") => DOMAINS.to_vec(),
        Some(name) if DOMAINS.contains(&name) => vec![name],
        Some(name) => return Err(format!("Unknown domain {name}")),
        None => return Err("Either --name or --all-domains must be specified".to_owned()),
    };
    for name in names {
        if level == "enforcing" {
            machine.system.domains.remove(name);
        } else {
            machine.system.domains.insert(name.to_owned(), level.to_owned());
        }
    }
    Ok(())
}

/// Field names verified (index of 5.0), numbers those of a quiet host.
fn visorfs() -> Value {
    Value::Struct(
        Structure::new("VisorfsStatus")
            .with("Total Inodes", 524_288_u32)
            .with("Used Inodes", 5_800_u32)
            .with("Unlinked Inodes", 0_u32)
            .with("Reserved Inodes", 0_u32)
            .with("Peak Used Inodes", 5_900_u32)
            .with("Peak Unlinked Inodes", 60_u32)
            .with("Peak Reserved Inodes", 2_u32)
            .with("Free Inode Percent", 98_u32)
            .with("Lowest Free Inode Percent", 98_u32),
    )
}

/// Columns verified by name (index of 5.0); sizes in KiB and disks of a fresh host believed.
fn ramdisks(version: EsxiVersion) -> Value {
    let disks: &[(&str, bool, u32, u32, u32)] = &[
        ("root", true, 32_768, 32_768, 4_096),
        ("etc", true, 28_672, 28_672, 500),
        ("tmp", false, 2_048, 262_144, 20),
        ("hostdstats", false, 0, 310_272, 3_000),
        ("opt", true, 0, 32_768, 550),
        ("var", true, 5_120, 49_152, 400),
    ];
    let shown =
        disks.iter().filter(|disk| version >= EsxiVersion::new(6, 0) || !matches!(disk.0, "opt" | "var"));
    let kib = |number: u32| format!("{number} KiB");
    let row = |(name, system, reserved, maximum, used): &(&str, bool, u32, u32, u32)| {
        Structure::new("VisorfsRamdisk")
            .with("Ramdisk Name", *name)
            .with("System", *system)
            .with("Reserved", kib(*reserved))
            .with("Maximum", kib(*maximum))
            .with("Used", kib(*used))
            .with("Peak Used", kib(*used))
            .with("Free", format!("{} %", 100 - used * 100 / maximum))
            .with(
                "Reserved Free",
                format!("{} %", if *reserved == 0 { 0 } else { 100 - used.min(reserved) * 100 / reserved }),
            )
            .with("Maximum Inodes", 8_192_u32)
            .with("Allocated Inodes", 4_096_u32)
            .with("Used Inodes", 200_u32)
            .with("Mount Point", if *name == "root" { "/".to_owned() } else { format!("/{name}") })
    };
    Value::List(shown.map(row).collect())
}

/// Columns verified by name (index of 5.0); the archives are named like the VIBs they hold.
fn tardisks(version: EsxiVersion) -> Value {
    let mut names = vec![
        ("sb.v00", true, 165_000_000_u32),
        ("s.v00", true, 420_000_000),
        ("weaselin.v00", true, 2_900_000),
    ];
    if version >= EsxiVersion::new(6, 5) {
        names.push(("vmkusb.v00", false, 1_300_000));
    }
    let row = |(name, system, size): &(&str, bool, u32)| {
        Structure::new("VisorfsTardisk")
            .with("Tardisk Name", *name)
            .with("System", *system)
            .with("Size", *size)
    };
    Value::List(names.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use crate::model::system::testing::{host, refused, text};

    #[test]
    fn the_welcome_text_is_an_advanced_option() {
        let mut host = host("7.0");
        assert_eq!(text(&mut host, "esxcli system welcomemsg get"), "\n");
        text(&mut host, "esxcli system welcomemsg set -m Keep_out");
        assert_eq!(
            text(&mut host, "esxcfg-advcfg -g /Annotations/WelcomeMessage"),
            "Value of WelcomeMessage is Keep out\n"
        );
        assert_eq!(text(&mut host, "esxcli system welcomemsg get"), "Keep out\n");
    }

    #[test]
    fn keyboards() {
        let mut host = host("5.5");
        text(&mut host, "esxcli system settings keyboard layout set -l Swiss_German");
        assert_eq!(text(&mut host, "esxcli system settings keyboard layout get"), "Swiss German\n");
        refused(&mut host, "esxcli system settings keyboard layout set -l Klingon");
        text(&mut host, "esxcli system settings keyboard layout set -l US_Default");
        assert!(host.system.keyboard.is_none());
    }

    #[test]
    fn a_dump_file_is_made_used_and_removed() {
        let mut host = host("7.0");
        let fresh = host.clone();
        text(&mut host, "esxcli system coredump file add -d datastore1 -f dump -e true");
        let listed = text(&mut host, "esxcli system coredump file list");
        assert!(listed.contains("/vmkdump/dump.dumpfile    true        true  2684354560"), "{listed}");
        refused(&mut host, "esxcli system coredump file remove");
        text(&mut host, "esxcli system coredump file set -u");
        text(&mut host, "esxcli system coredump file set -s -e true");
        text(&mut host, "esxcli system coredump file remove -F");
        assert_eq!(host, fresh);
        refused(&mut host, "esxcli system coredump file add -d nothing");
    }

    #[test]
    fn security_domains() {
        let mut host = host("6.7");
        text(&mut host, "esxcli system secpolicy domain set -n appDom -l warning");
        let listed = text(&mut host, "esxcli system secpolicy domain list");
        assert!(listed.lines().any(|line| line.split_whitespace().eq(["appDom", "warning"])), "{listed}");
        text(&mut host, "esxcli system secpolicy domain set -a -l enforcing");
        assert!(host.system.domains.is_empty());
        refused(&mut host, "esxcli system secpolicy domain set -l warning");
    }

    #[test]
    fn the_boot_device_is_a_boot_bank() {
        let mut host = host("7.0");
        let shown = text(&mut host, "esxcli system boot device get");
        let uuid = &host.storage.volumes().find(|volume| volume.label == "BOOTBANK1").unwrap().uuid;
        assert!(shown.contains(uuid), "{shown}");
    }
}
