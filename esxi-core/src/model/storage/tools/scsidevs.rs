//! `esxcfg-scsidevs` and `esxcfg-mpath`.

use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::{Machine, Output};
use crate::model::storage::core::{Adapter, adapters, path_uid, plugin};
use crate::model::storage::disk::Disk;
use crate::model::storage::wording;
use std::fmt::Write;

pub(super) fn scsidevs(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &*console.machine;
    let texts = call.texts();
    let (what, device) = match texts[..] {
        [what] => (what, None),
        [what, "-d" | "--device", device] | ["-d" | "--device", device, what] => (what, Some(device)),
        _ => return not_modelled("esxcfg-scsidevs", &texts),
    };
    let disks: Vec<&Disk> = match device {
        None => machine.storage.disks.iter().collect(),
        Some(name) => match machine.storage.disk(name) {
            Some(disk) => vec![disk],
            None => return Output::refused(wording::no_device(name)),
        },
    };
    Output::ok(match what {
        "-l" | "--list" => disks.into_iter().map(|disk| long(machine, disk)).collect(),
        "-c" | "--compact-list" => compact(machine, &disks),
        "-m" | "--vmfs" => mapped(machine, &disks),
        "-a" | "--hbas" => hbas(machine),
        "-A" | "--hba-device-list" => {
            disks.iter().map(|disk| format!("{:<8}{}\n", disk.adapter, disk.name)).collect()
        }
        "-u" | "--uids" => uids(&disks),
        _ => return not_modelled("esxcfg-scsidevs", &texts),
    })
}

/// Labels and their lines verified (4.x, 5.x), blanks by readers of the output.
fn long(machine: &Machine, disk: &Disk) -> String {
    let version = machine.state.version;
    let path = disk.devfs_path();
    let vaai = if version >= crate::EsxiVersion::new(7, 0) { "unsupported" } else { "unknown" };
    let revision: String = disk.revision.chars().take(4).collect();
    let model: String = disk.model.chars().take(16).collect();
    format!(
        "{}\n   Device Type: Direct-Access \n   Size: {} MB\n   Display Name: {}\n   Multipath Plugin: {}\n   Console \
         Device: {path}\n   Devfs Path: {path}\n   Vendor: {:<8}  Model: {model:<16}  Revis: {revision:<4}\n   SCSI \
         Level: {}  Is Pseudo: false Status: {:<9}\n   Is RDM Capable: false Is Removable: {:<5}\n   Is Local: true  \
         Is SSD: {}\n   Other Names:\n      {}   \n   VAAI Status: {vaai}\n",
        disk.name,
        disk.mib(),
        disk.shown_name(),
        plugin(disk, version),
        disk.vendor,
        if disk.nvme() { 0 } else { 5 },
        if disk.off { "off" } else { "on" },
        disk.usb,
        disk.ssd,
        disk.vml(),
    )
}

/// Verified (5.0): the heading of the plug-in's column is wider than the column.
fn compact(machine: &Machine, disks: &[&Disk]) -> String {
    let widest = disks.iter().map(|disk| disk.name.len()).max().unwrap_or(0) + 2;
    let console = widest + "/vmfs/devices/disks/".len();
    let mut text = format!(
        "{:<widest$}{:<17}{:<console$}{:<10}Multipath PluginDisplay Name\n",
        "Device UID", "Device Type", "Console Device", "Size"
    );
    for disk in disks {
        let plugin = plugin(disk, machine.state.version);
        let _ = writeln!(
            text,
            "{:<widest$}{:<17}{:<console$}{}MB   {plugin:<8}{}",
            disk.name,
            "Direct-Access",
            disk.devfs_path(),
            disk.mib(),
            disk.shown_name()
        );
    }
    text
}

/// Verified (5.x): a blank between the fields.
fn mapped(machine: &Machine, disks: &[&Disk]) -> String {
    let mut text = String::new();
    let volumes = machine.storage.volumes.iter().filter(|volume| volume.mounted && volume.kind.datastore());
    for volume in volumes {
        for (number, extent) in volume.extents.iter().enumerate() {
            if let Some(disk) = disks.iter().find(|disk| disk.name == extent.device) {
                let part = extent.partition;
                let _ = writeln!(
                    text,
                    "{}:{part} {}:{part} {} {number} {}",
                    disk.name,
                    disk.devfs_path(),
                    volume.uuid,
                    volume.label
                );
            }
        }
    }
    text
}

/// Columns are believed.
fn hbas(machine: &Machine) -> String {
    let row = |adapter: Adapter| {
        let Adapter { name, driver, state, uid, description, .. } = adapter;
        format!("{name:<8}{driver:<18}{state:<10}{uid:<40}{description}\n")
    };
    adapters(&machine.storage, machine.state.version).into_iter().map(row).collect()
}

/// Columns are believed.
fn uids(disks: &[&Disk]) -> String {
    let widest = disks.iter().map(|disk| disk.name.len()).max().unwrap_or(0) + 2;
    let mut text = format!("{:<widest$}Other UID\n", "Primary UID");
    for disk in disks {
        let _ = writeln!(text, "{:<widest$}{}", disk.name, disk.vml());
    }
    text
}

pub(super) fn mpath(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &*console.machine;
    let texts = call.texts();
    let (what, device) = match texts[..] {
        [what] => (what, None),
        [what, "-d" | "--device", device] => (what, Some(device)),
        // `-bd DEVICE` is written so too.
        ["-bd", device] => ("-b", Some(device)),
        ["-ld", device] => ("-l", Some(device)),
        _ => return not_modelled("esxcfg-mpath", &texts),
    };
    let wanted = |disk: &&Disk| device.is_none_or(|name| disk.name == name || disk.vml() == name);
    let disks: Vec<&Disk> = machine.storage.disks.iter().filter(wanted).collect();
    if let (Some(name), true) = (device, disks.is_empty()) {
        return Output::refused(wording::no_device(name));
    }
    let all = adapters(&machine.storage, machine.state.version);
    let mut text = String::new();
    for disk in disks {
        let Some(adapter) = all.iter().find(|adapter| adapter.name == disk.adapter) else { continue };
        let state = if disk.off { "off" } else { "active" };
        let _ = match what {
            // The line of a path verified for SAS and iSCSI; what local SATA says instead of addresses is believed.
            "-b" | "--list-paths" => writeln!(
                text,
                "{} : {}\n   {} LUN:0 state:{state} {} Adapter: Unavailable  Target: Unavailable\n",
                disk.name,
                disk.shown_name(),
                disk.runtime_name(),
                adapter.transport
            ),
            // Believed.
            "-l" | "--list" => writeln!(
                text,
                "{}\n   Runtime Name: {}\n   Device: {}\n   Device Display Name: {}\n   Adapter: {} Channel: 0 Target: {} \
                 LUN: 0\n   Adapter Identifier: {}\n   Target Identifier: {}.0:{}\n   Plugin: {}\n   State: {state}\n   \
                 Transport: {}\n",
                path_uid(disk, adapter),
                disk.runtime_name(),
                disk.name,
                disk.shown_name(),
                disk.adapter,
                disk.target,
                adapter.uid,
                adapter.transport,
                disk.target,
                plugin(disk, machine.state.version),
                adapter.transport
            ),
            // Believed.
            "-L" | "--list-compact" => writeln!(
                text,
                "{} state:{state} {} {} 0 {} 0 {} {state} local {} {}.0:{}",
                disk.runtime_name(),
                disk.name,
                disk.adapter,
                disk.target,
                plugin(disk, machine.state.version),
                adapter.uid,
                adapter.transport,
                disk.target
            ),
            _ => return not_modelled("esxcfg-mpath", &texts),
        };
    }
    Output::ok(text)
}

#[cfg(test)]
mod tests {
    use crate::model::samples;
    use crate::model::storage::Disk;
    use crate::model::testhost::{TestHost, lines, same};

    #[test]
    fn compact_list_of_5_0() {
        let mut host = TestHost::new("5.0");
        let lsi = Disk {
            name: "naa.600508e000000000fb1078bd19366d0c".into(),
            display_name: Some(
                "LSILOGIC Serial Attached SCSI Disk (naa.600508e000000000fb1078bd19366d0c)".into(),
            ),
            sectors: 69_618 * 2048,
            ..host.machine.storage.disks[0].clone()
        };
        let netapp = Disk {
            name: "naa.60a980006467435a673469554f385770".into(),
            display_name: Some("NETAPP Fibre Channel Disk (naa.60a980006467435a673469554f385770)".into()),
            sectors: 1_048_576 * 2048,
            ..lsi.clone()
        };
        host.machine.storage.disks = vec![lsi, netapp];
        same("esxcfg-scsidevs-c--5.0.0--2.txt", &host.text("esxcfg-scsidevs -c"));
        let shown = host.text("esxcfg-scsidevs -l -d naa.60a980006467435a673469554f385770");
        if let Some(sample) = samples::output("esxcfg-scsidevs-l--unknown--1.txt") {
            // The capture lost its blanks and is of a shared disk: the labels are compared.
            let labels = |text: &str| -> Vec<String> {
                let mut found: Vec<String> = text
                    .split(": ")
                    .map(|part| part.rsplit("  ").next().unwrap_or(part).to_owned())
                    .collect();
                found.retain(|part| !part.is_empty());
                let known = [
                    "Device Type",
                    "Size",
                    "Display Name",
                    "Multipath Plugin",
                    "Console Device",
                    "Devfs Path",
                    "Vendor",
                    "Model",
                    "Revis",
                    "SCSI Level",
                    "Is Pseudo",
                    "Status",
                    "Is RDM Capable",
                    "Is Removable",
                    "Is Local",
                    "Other Names",
                ];
                let mut at: Vec<(usize, String)> = known
                    .iter()
                    .filter_map(|label| Some((text.find(&format!("{label}:"))?, (*label).to_owned())))
                    .collect();
                at.sort();
                at.into_iter().map(|(_, label)| label).collect()
            };
            assert_eq!(labels(&shown), labels(&sample));
        }
        assert!(shown.contains("   Other Names:\n      vml."));
    }

    #[test]
    fn datastores_are_mapped_to_partitions() {
        let mut host = TestHost::new("5.1");
        let volume = &mut host.machine.storage.volumes[0];
        (volume.uuid, volume.label) = ("4fc903bb-6298d17d-8417-00505617149e".into(), "OI_LUN0".into());
        let device = "naa.600144f0928c010000004fc511ec0001";
        (volume.extents[0].device, volume.extents[0].partition) = (device.into(), 1);
        host.machine.storage.disks[0].name = device.into();
        same("esxcfg-scsidevs-m--unknown--2.txt", &host.text("esxcfg-scsidevs -m"));
    }

    #[test]
    fn paths_and_adapters() {
        let mut host = TestHost::new("7.0");
        let (boot, blank) = (host.boot(), host.blank());
        let shown = host.text(&format!("esxcfg-mpath -bd {blank}"));
        assert!(shown.starts_with(&format!(
            "{blank} : Local ATA Disk ({blank})\n   vmhba0:C0:T1:L0 LUN:0 state:active sata "
        )));
        assert_eq!(
            lines(&host.text("esxcfg-mpath -l")).iter().filter(|line| line.contains("State: active")).count(),
            2
        );
        assert!(
            host.text("esxcfg-scsidevs -a").starts_with("vmhba0  vmw_ahci          link-n/a  sata.vmhba0")
        );
        assert!(host.text("esxcfg-scsidevs -u").contains(&boot));
        assert_eq!(host.text("esxcfg-scsidevs -A").lines().count(), 2);
        host.refused("esxcfg-scsidevs -c -d naa.1");
        assert_eq!(host.exec("esxcfg-scsidevs -z").status, crate::model::NOT_MODELLED);
    }
}
