//! `esxcfg-volume`, `esxcfg-nas`, `df` and `vdf`, `esxcfg-rescan`, `esxcfg-swiscsi`.

use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::{Machine, Output};
use crate::model::storage::fs::{add_share, remove_share, resign, type_name};
use crate::model::storage::{NfsMount, Volume, core, iscsi, wording};
use crate::version::EsxiVersion;
use std::fmt::Write;

/// Sentences: mounting for good and the list are verified (5.x, 8.0), the others believed.
pub(super) fn volume(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let now = console.machine.now(console.around);
    let machine = &mut *console.machine;
    let texts = call.texts();
    let (said, done) = match texts[..] {
        ["-l" | "--list"] => return Output::ok(copies(machine)),
        ["-m" | "--mount", name] => (format!("Mounting volume {name}"), machine.storage.mount_copy(name)),
        ["-M" | "--persistent-mount", name] => {
            (format!("Persistently Mounting volume {name}"), machine.storage.mount_copy(name))
        }
        ["-r" | "--resignature", name] => {
            (format!("Resignaturing volume {name}"), resign(machine, name, now).map(drop))
        }
        ["-u" | "--unmount", name] => (format!("Unmounting volume {name}"), unmount(machine, name)),
        _ => return not_modelled("esxcfg-volume", &texts),
    };
    match done {
        Ok(()) => Output::ok(said + "\n"),
        Err(why) => Output::refused(format!("{said}\n{why}")),
    }
}

fn unmount(machine: &mut Machine, name: &str) -> Result<(), String> {
    let found = machine.storage.volumes.iter_mut().find(|volume| volume.mounted && volume.is_called(name));
    let volume = found.filter(|volume| volume.kind.datastore()).ok_or_else(|| wording::no_volume(name))?;
    volume.mounted = false;
    Ok(())
}

/// Up to 5.x every VMFS is called by the number 3 (verified: 5.x, 8.0); newer releases tell first that they look for
/// other hosts.
fn copies(machine: &Machine) -> String {
    let new = machine.state.version >= EsxiVersion::new(6, 5);
    let mut text = String::new();
    for volume in machine.storage.volumes.iter().filter(|volume| volume.copy) {
        let online = |other: &&Volume| !other.copy && other.uuid == volume.uuid;
        let original = machine.storage.volumes.iter().find(online);
        if new {
            text.push_str("Scanning for VMFS-6 host activity (4096 bytes/HB, 1024 HBs).\n");
        }
        let (kind, gap) = if new { ("VMFS", "     ") } else { ("VMFS3", " ") };
        let mount = match original {
            Some(_) => "No (the original volume is still online)",
            None => "Yes",
        };
        let _ = writeln!(text, "{kind} UUID/label: {}/{}", volume.uuid, volume.label);
        let _ = writeln!(text, "Can mount: {mount}\nCan resignature: Yes");
        for extent in &volume.extents {
            let end = (volume.size >> 20).saturating_sub(1);
            let _ = writeln!(
                text,
                "Extent name: {}:{}{gap}range: 0 - {end} (MB)",
                extent.device, extent.partition
            );
        }
        text.push('\n');
    }
    text
}

/// Verified: list, adding, deleting, and the sentence of a server that refuses.
pub(super) fn nas(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    let texts = call.texts();
    match texts[..] {
        ["-l" | "--list"] => {
            let row = |share: &NfsMount| {
                let state = if share.accessible { "mounted" } else { "unmounted unavailable" };
                format!("{} is {} from {} {state}\n", share.label, share.share, share.hosts.join(","))
            };
            Output::ok(machine.storage.nfs.iter().map(row).collect::<String>())
        }
        ["-d" | "--delete", label] => match remove_share(&mut machine.storage, label, None) {
            Ok(()) => Output::ok(format!("NAS volume {label} deleted.\n")),
            Err(why) => Output::refused(why),
        },
        ["-a" | "--add", ref rest @ ..] => {
            add(machine, rest).unwrap_or_else(|| not_modelled("esxcfg-nas", &texts))
        }
        _ => not_modelled("esxcfg-nas", &texts),
    }
}

fn add(machine: &mut Machine, words: &[&str]) -> Option<Output> {
    let (mut host, mut share, mut label, mut read_only) = (None, None, None, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-o" | "--host" => host = words.next(),
            "-s" | "--share" => share = words.next(),
            "-y" | "--readonly" => read_only = true,
            name if !name.starts_with('-') => label = Some(name),
            _ => return None,
        }
    }
    let (host, share, label) = (host?, share?, label?);
    let said = format!("Connecting to NAS volume: {label}");
    let mount = NfsMount {
        label: label.to_owned(),
        hosts: vec![(*host).to_owned()],
        share: (*share).to_owned(),
        read_only,
        version_4: false,
        security: "AUTH_SYS".to_owned(),
        accessible: true,
    };
    Some(match add_share(&mut machine.storage, mount) {
        Ok(()) => Output::ok(format!("{said}\n{label} created and connected.\n")),
        Err(why) => Output::refused(format!("{said}\n{why}")),
    })
}

/// 931.2G and the like: one digit behind the point, powers of 1024.
fn human(bytes: u64) -> String {
    let mut size = bytes;
    let mut tenths = 0;
    for unit in ["B", "K", "M", "G", "T"] {
        if size < 1024 || unit == "T" {
            return format!("{size}.{}{unit}", tenths * 10 / 1024);
        }
        tenths = size % 1024;
        size /= 1024;
    }
    bytes.to_string()
}

/// ESXi's own `df`: volumes by file system, bytes unless `-h` (columns believed).
pub(super) fn df(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let texts = call.texts();
    let (wide, path) = match texts[..] {
        [] => (false, None),
        ["-h"] => (true, None),
        ["-h", path] => (true, Some(call.path(path))),
        [path] if !path.starts_with('-') => (false, Some(call.path(path))),
        _ => return not_modelled("df", &texts),
    };
    let machine = &*console.machine;
    let mut rows = vec![if wide {
        ["Filesystem", "Size", "Used", "Available", "Use%", "Mounted on"].map(str::to_owned)
    } else {
        ["Filesystem", "Bytes", "Used", "Available", "Use%", "Mounted on"].map(str::to_owned)
    }];
    let shown = |bytes: u64| if wide { human(bytes) } else { bytes.to_string() };
    for volume in machine.storage.volumes.iter().filter(|volume| volume.mounted) {
        let label = if volume.label.is_empty() { &volume.uuid } else { &volume.label };
        let below = |path: &String| {
            [volume.mount_path(), format!("/vmfs/volumes/{label}")]
                .iter()
                .any(|at| path.starts_with(at.as_str()))
        };
        if path.as_ref().is_some_and(|path| !below(path)) {
            continue;
        }
        rows.push([
            type_name(volume.kind, machine.state.version).to_owned(),
            shown(volume.size),
            shown(volume.used),
            shown(volume.free()),
            format!("{}%", (volume.used * 100).checked_div(volume.size).unwrap_or(0)),
            format!("/vmfs/volumes/{label}"),
        ]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let [kind, size, used, free, share] = [0, 1, 2, 3, 4].map(width);
    let mut text = String::new();
    for [a, b, c, d, e, f] in &rows {
        let _ = writeln!(text, "{a:<kind$} {b:>size$} {c:>used$} {d:>free$} {e:>share$} {f}");
    }
    Output::ok(text)
}

/// Ramdisks in KiB: name, size, reserved use (7.0 by its manual; those of other releases differ in size).
const RAMDISKS: [(&str, u32, u32, &str); 7] = [
    ("root", 32_768, 3_896, "--"),
    ("etc", 28_672, 380, "--"),
    ("opt", 32_768, 48, "--"),
    ("var", 49_152, 524, "--"),
    ("tmp", 262_144, 92, "--"),
    ("iofilters", 32_768, 0, "--"),
    ("hostdstats", 127_488, 2_672, "--"),
];

/// Ramdisks only: what the modules of the boot bank take is not modelled.
pub(super) fn vdf(_: &mut Console<'_>, call: &Call<'_>) -> Output {
    let texts = call.texts();
    let wide = match texts[..] {
        [] => false,
        ["-h"] => true,
        _ => return not_modelled("vdf", &texts),
    };
    let mut text = format!(
        "{:<22}{:>10} {:>9} {:>9} {:>4} Mounted on\n",
        "Ramdisk", "Size", "Used", "Available", "Use%"
    );
    for (name, size, used, at) in RAMDISKS {
        let shown = |kib: u32| match (wide, kib) {
            (true, kib) if kib >= 1024 => format!("{}M", kib / 1024),
            (_, kib) => format!("{kib}K"),
        };
        let percent = used * 100 / size;
        let _ = writeln!(
            text,
            "{name:<22}{:>10} {:>9} {:>9} {percent:>3}% {at}",
            shown(size),
            shown(used),
            shown(size - used)
        );
    }
    Output::ok(text)
}

/// Silent (believed).
pub(super) fn rescan(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    let texts = call.texts();
    let names: Vec<&&str> = texts.iter().filter(|word| !word.starts_with('-')).collect();
    let known = ["-a", "-d", "-u", "-A", "--add", "--delete", "--update", "--all"];
    if texts.iter().any(|word| word.starts_with('-') && !known.contains(word)) {
        return not_modelled("esxcfg-rescan", &texts);
    }
    let all = core::adapters(&machine.storage, machine.state.version);
    match names[..] {
        [] if texts.iter().any(|word| matches!(*word, "-A" | "--all")) => {}
        [name] if all.iter().any(|adapter| adapter.name == *name) => {}
        [name] => return Output::refused(wording::no_adapter(name)),
        _ => return Output::refused(wording::one_of("an adapter, -A|--all")),
    }
    machine.storage.rescan();
    Output::default()
}

/// Sentences are believed.
pub(super) fn swiscsi(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    match call.texts()[..] {
        ["-q" | "--query"] => Output::ok(if machine.storage.iscsi.is_some() {
            "Software iSCSI is enabled\n"
        } else {
            "Software iSCSI is not enabled\n"
        }),
        ["-e" | "--enable"] => {
            iscsi::enable(machine, true);
            Output::ok("Software iSCSI Enabled\n")
        }
        ["-d" | "--disable"] => {
            iscsi::enable(machine, false);
            Output::ok("Software iSCSI Disabled\n")
        }
        ["-s" | "--scan"] => {
            machine.storage.rescan();
            Output::default()
        }
        ref other => not_modelled("esxcfg-swiscsi", other),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::storage::{Extent, Volume};
    use crate::model::testhost::{TestHost, same};

    #[test]
    fn copies_are_mounted() {
        let mut host = TestHost::new("5.1");
        let mut original = host.machine.storage.volumes.remove(0);
        original.uuid = "502e8a75-d04a58db-431a-000c29d33d34".into();
        let extent = Extent { device: "naa.6000c29e28495d0b9ecd280a8dc01a5c".into(), partition: 5 };
        let (label, size) = ("Storage1".to_owned(), 8960 << 20);
        host.machine.storage.volumes.push(Volume {
            label,
            size,
            copy: true,
            mounted: false,
            extents: vec![extent],
            ..original
        });
        same("esxcfg-volume-l--unknown--2.txt", &host.text("esxcfg-volume -l"));
        same("esxcfg-volume-M--unknown--1.txt", &host.text("esxcfg-volume -M Storage1"));
        assert_eq!(host.text("esxcfg-volume -l"), "");
        assert!(host.refused("esxcfg-volume -r Storage1").starts_with("Resignaturing volume Storage1\n"));
        assert_eq!(host.text("esxcfg-volume -u Storage1"), "Unmounting volume Storage1\n");
    }

    #[test]
    fn shares_by_the_older_tool() {
        let mut host = TestHost::new("6.7");
        let refused = host.refused("esxcfg-nas -a -o 192.168.7.11 -s /volume1/ASUS-esxi-02 Belstar_Ae2");
        let refused =
            refused.replace("Unable to connect to NFS server", "The NFS server denied the mount request");
        same("ERROR-esxcfg-nas-sysinfo--6x-7x--1.txt", &refused);
        host.machine.storage.nfs_servers = ["10.131.9.153".to_owned(), "192.168.1.107".to_owned()].into();
        same(
            "esxcfg-nas-a--unknown--1.txt",
            &host.text("esxcfg-nas -a -o 10.131.9.153 -s /nfs_share Win2k8_Share"),
        );
        assert!(host.text("esxcfg-nas -d Win2k8_Share").ends_with(" deleted.\n"));
        host.text("esxcfg-nas -a -o 192.168.1.107 -s /data/nfs_share nfs");
        same("esxcfg-nas-l--unknown--2.txt", &host.text("esxcfg-nas -l"));
        same("esxcfg-nas-d--unknown--1.txt", &host.text("esxcfg-nas -d nfs"));
    }

    #[test]
    fn space_is_shown() {
        let mut host = TestHost::new("8.0.2");
        let shown = host.text("df -h");
        assert!(shown.starts_with("Filesystem   Size   Used Available Use% Mounted on\nVMFS-6     337.5G   1.4G    336.0G   0% /vmfs/volumes/datastore1\n"), "{shown}");
        assert_eq!(host.text("df /vmfs/volumes/BOOTBANK1").lines().count(), 2);
        assert!(host.text("vdf -h").contains("tmp                         256M"));
    }

    #[test]
    fn rescans_and_iscsi() {
        let mut host = TestHost::new("6.7");
        host.silent("esxcfg-rescan -A");
        host.silent("esxcfg-rescan vmhba0");
        host.refused("esxcfg-rescan vmhba7");
        host.text("esxcfg-swiscsi -e");
        assert_eq!(host.text("esxcfg-swiscsi -q"), "Software iSCSI is enabled\n");
        host.silent("esxcfg-rescan vmhba64");
    }
}
