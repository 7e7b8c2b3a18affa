//! packer-maas's own scripts, which configure a host that MAAS has deployed: they finish, and leave what their code
//! intends. They are run as they are and beside us; nothing of them is in this project (they are AGPL).

use crate::host::{End, Host, Ran, machine};
use crate::picture::network;
use crate::{ESXI, elsewhere};
use esxi_core::EsxiVersion;
use esxi_core::model::Machine;
use std::path::{Path, PathBuf};
use std::process::Command;

const RELEASES: [&str; 3] = ["6.7", "7.0", "8.0"];

/// Where the image of packer-maas has its scripts.
pub const FOLDER: &str = "/altbootbank/maas";

/// The scripts' folder and that of the Python packages they need; `None`, after saying so, without either.
pub fn scripts() -> Option<(PathBuf, PathBuf)> {
    let scripts = elsewhere("ESXI_PACKER_MAAS", "../packer-maas/vmware-esxi/maas")?;
    let target = Path::new(ESXI).ancestors().nth(2)?;
    let packages = target.join("foreign-python");
    if !packages.is_dir() {
        println!("SKIPPED: no folder {}; tests/run tools makes it", packages.display());
        return None;
    }
    let mut host = Host::start(machine(RELEASES[0].parse().unwrap(), 1), |_| ());
    if host.shell("python3 -c pass", b"").end != End::Status(0) {
        println!("SKIPPED: this machine has no Python that its simulated hosts may use");
        return None;
    }
    Some((scripts, packages))
}

/// A host with the scripts where the image has them, and with a document of MAAS.
pub fn deployed(from: &(PathBuf, PathBuf), machine: Machine, document: &str) -> Host {
    let mut host = Host::start(machine, |_| ());
    host.shell(&format!("mkdir -p {FOLDER}"), b"");
    for folder in [&from.0, &from.1] {
        let archive = Command::new("tar").arg("c").arg("-C").arg(folder).arg(".").output().unwrap();
        assert!(archive.status.success(), "{archive:?}");
        let ran = host.shell(&format!("tar x -C {FOLDER}"), &archive.stdout);
        assert_eq!(ran.end, End::Status(0), "{}", ran.said);
    }
    host.write(&format!("{FOLDER}/curtin.cfg"), document.as_bytes());
    host
}

pub fn python(host: &mut Host, script: &str, words: &str) -> Ran {
    host.shell(&format!("python3 {FOLDER}/{script} -c {FOLDER}/curtin.cfg {words} 2>&1"), b"")
}

/// Documents, and what the script makes of them: a vSwitch for every card, bond or tagged card that has addresses,
/// a port group and an adapter for every address. Nothing is left of what was there before.
const NETWORKS: &[(&str, &str, &str)] = &[
    (
        "static-dhcp",
        include_str!("../../data/foreign/network/static-dhcp.yaml"),
        "vSwitch0 mtu 1500 on vmnic0 PortId active vmnic0
vSwitch1 mtu 9000 on vmnic1 PortId active vmnic1
eno1: vSwitch0 vlan 0
eno2: vSwitch1 vlan 0
vmk0: eno1 mtu 1500 192.0.2.20/24
vmk1: eno2 mtu 9000 dhcp
0.0.0.0/0 via 192.0.2.1
198.51.100.0/24 via 192.0.2.254
dns 192.0.2.53 192.0.2.54 search example.net lab.example.net",
    ),
    // The card whose address the bond has comes first in the order.
    (
        "bond-balance-rr",
        include_str!("../../data/foreign/network/bond-balance-rr.yaml"),
        "vSwitch0 mtu 9000 on vmnic0,vmnic1 PortId active vmnic1,vmnic0
bond0: vSwitch0 vlan 0
vmk0: bond0 mtu 9000 192.0.2.20/24
0.0.0.0/0 via 192.0.2.1
dns  search ",
    ),
    (
        "bond-active-backup",
        include_str!("../../data/foreign/network/bond-active-backup.yaml"),
        "vSwitch0 mtu 9000 on vmnic0,vmnic1 Explicit active vmnic1,vmnic0
bond0: vSwitch0 vlan 0
vmk0: bond0 mtu 9000 192.0.2.20/24
0.0.0.0/0 via 192.0.2.1
dns  search ",
    ),
    (
        "bond-802.3ad",
        include_str!("../../data/foreign/network/bond-802.3ad.yaml"),
        "vSwitch0 mtu 9000 on vmnic0,vmnic1 IpHash active vmnic1,vmnic0
bond0: vSwitch0 vlan 0
vmk0: bond0 mtu 9000 192.0.2.20/24
0.0.0.0/0 via 192.0.2.1
dns  search ",
    ),
    // A mode without a counterpart: its vSwitch is made, but nothing is put on it, and no order is given.
    (
        "bond-balance-alb",
        include_str!("../../data/foreign/network/bond-balance-alb.yaml"),
        "vSwitch0 mtu 1500 on vmnic2 PortId active vmnic2
vSwitch1 mtu 1500 on vmnic0,vmnic1 PortId active vmnic0
eno3: vSwitch0 vlan 0
vmk0: eno3 mtu 1500 192.0.2.20/24
0.0.0.0/0 via 192.0.2.1
dns  search ",
    ),
    // A bond without an address gets an adapter all the same, one without an address.
    (
        "vlans",
        include_str!("../../data/foreign/network/vlans.yaml"),
        "vSwitch0 mtu 9000 on vmnic0,vmnic1 Explicit active vmnic0,vmnic1
vSwitch1 mtu 1500 on vmnic2 PortId active vmnic2
bond0: vSwitch0 vlan 0
bond0.100: vSwitch0 vlan 100
bond0.200: vSwitch0 vlan 200
eno3.300: vSwitch1 vlan 300
vmk0: bond0 mtu 9000 none
vmk1: bond0.100 mtu 1500 192.0.2.20/24
vmk2: bond0.200 mtu 9000 198.51.100.20/24
vmk3: eno3.300 mtu 1500 dhcp
0.0.0.0/0 via 192.0.2.1
dns  search ",
    ),
    // The second address gets a port group of its own; a bridge is passed over with a warning.
    (
        "alias-bridge",
        include_str!("../../data/foreign/network/alias-bridge.yaml"),
        "vSwitch0 mtu 1500 on vmnic0 PortId active vmnic0
eno1.50: vSwitch0 vlan 50
eno1.50:1: vSwitch0 vlan 50
vmk0: eno1.50 mtu 1500 192.0.2.20/24
vmk1: eno1.50:1 mtu 1500 198.51.100.20/25
0.0.0.0/0 via 192.0.2.1
dns  search ",
    ),
    (
        "dhcp6",
        include_str!("../../data/foreign/network/dhcp6.yaml"),
        "vSwitch0 mtu 1500 on vmnic0 PortId active vmnic0
eno1: vSwitch0 vlan 0
eno1:1: vSwitch0 vlan 0
vmk0: eno1 mtu 1500 dhcp
vmk1: eno1:1 mtu 1500 none dhcp6
dns  search ",
    ),
];

#[test]
fn netplan_esxi_leaves_what_it_intends() {
    let Some(from) = scripts() else { return };
    for (number, (name, document, expected)) in NETWORKS.iter().enumerate() {
        for version in [RELEASES[number % RELEASES.len()], RELEASES[(number + 1) % RELEASES.len()]] {
            let mut host = deployed(&from, machine(version.parse().unwrap(), 3), document);
            let ran = python(&mut host, "netplan-esxi", "apply");
            let place = format!("{name} on {version}");
            println!("{place}: {:?}", ran.end);
            assert_eq!(ran.end, End::Status(0), "{place}\n{}", ran.said);
            assert_eq!(network(&host.sim.state()), *expected, "{place}\n{}", ran.said);
        }
    }
}

#[test]
fn netplan_esxi_wipes() {
    let Some(from) = scripts() else { return };
    for version in RELEASES {
        let mut host = deployed(&from, machine(version.parse().unwrap(), 1), NETWORKS[0].1);
        let line = "esxcli network ip dns server add -s 192.0.2.53 && esxcli network ip dns search add -d example.net";
        assert_eq!(host.shell(line, b"").end, End::Status(0));
        let ran = python(&mut host, "netplan-esxi", "wipe");
        assert_eq!(ran.end, End::Status(0), "{version}\n{}", ran.said);
        let state = host.sim.state();
        assert!(
            state.vswitches.is_empty() && state.vmkernel.is_empty() && state.routes.is_empty(),
            "{state:?}"
        );
        assert_eq!(state.dns, Default::default(), "{version}");
    }
}

/// A machine as an image written to a larger disk leaves it: the partition table ends where the image ended. It has
/// two empty disks besides.
fn imaged(version: EsxiVersion) -> Machine {
    let mut machine = machine(version, 1);
    let disks = &mut machine.storage.disks;
    disks.truncate(2);
    let mut third = disks[1].clone();
    third.name = third.name.replace(&third.serial, "ZBS0THIRD");
    third.serial = "ZBS0THIRD".into();
    third.target = 2;
    disks.push(third);
    disks[0].table.written_for = Some(disks[0].sectors);
    disks[0].sectors *= 2;
    machine
}

fn storage_document(text: &str, machine: &Machine) -> String {
    let serial = |number: usize| machine.storage.disks[number].serial.as_str();
    text.replace("@BOOT@", serial(0)).replace("@DATA1@", serial(1)).replace("@DATA2@", serial(2))
}

#[test]
fn storage_esxi_grows_the_default_datastore() {
    let Some(from) = scripts() else { return };
    for version in RELEASES {
        let before = imaged(version.parse().unwrap());
        let document = storage_document(include_str!("../../data/foreign/storage/default.yaml"), &before);
        let mut host = deployed(&from, before.clone(), &document);
        let ran = python(&mut host, "storage-esxi", "");
        assert_eq!(ran.end, End::Status(0), "{version}\n{}", ran.said);
        let after = host.sim.machine().storage;
        let (was, is) = (before.storage.volume("datastore1").unwrap(), after.volume("datastore1").unwrap());
        let disk = &after.disks[0];
        let partition = disk.partition(is.extents[0].partition).unwrap();
        assert_eq!(partition.last, disk.sectors - 34, "{version}: to the end of the disk");
        assert_eq!(partition.number, if version == "6.7" { 3 } else { 8 });
        assert_eq!(is.uuid, was.uuid, "{version}: it is the same one");
        let grown = is.size - was.size;
        let added = before.storage.disks[0].bytes() / 2;
        assert!(grown > added - (1 << 30) && grown <= added, "{version}: {grown} of {added}");
    }
}

#[test]
fn storage_esxi_makes_the_datastores_of_a_document() {
    let Some(from) = scripts() else { return };
    for version in RELEASES {
        let before = imaged(version.parse().unwrap());
        let document = storage_document(include_str!("../../data/foreign/storage/own.yaml"), &before);
        let mut host = deployed(&from, before.clone(), &document);
        let ran = python(&mut host, "storage-esxi", "");
        assert_eq!(ran.end, End::Status(0), "{version}\n{}", ran.said);
        assert!(ran.said.contains("@ABSENT@"), "{version}: the disk that is not there is told: {}", ran.said);
        let after = host.sim.machine().storage;
        assert!(after.volume("datastore1").is_none(), "{version}");
        let extents = |label: &str| -> Vec<(String, u8)> {
            let volume = after.volume(label).unwrap_or_else(|| panic!("{version}: no {label}\n{}", ran.said));
            volume.extents.iter().map(|one| (one.device.clone(), one.partition)).collect()
        };
        let name = |number: usize| after.disks[number].name.clone();
        assert_eq!(extents("local"), [(name(0), 3)], "{version}");
        assert_eq!(extents("wide"), [(name(1), 1), (name(2), 1)], "{version}");
        let wide = after.volume("wide").unwrap().size;
        let both = after.disks[1].bytes() + after.disks[2].bytes();
        assert!(wide > both / 100 * 99, "{version}: {wide} of {both}");
        let ran = host.shell("touch /vmfs/volumes/wide/a && ls /vmfs/volumes/wide/", b"");
        assert_eq!((ran.end, ran.said.as_str()), (End::Status(0), "a\n"), "{version}");
    }
}
