use crate::model::samples;
use crate::model::testhost::{TestHost, lines, same, same_labels};
use crate::state::Nic;

#[test]
fn processors_and_memory() {
    let mut host = TestHost::new("7.0.3");
    let hardware = &mut host.machine.hardware;
    (hardware.cores, hardware.hyperthreading) = (4, false);
    let shown = host
        .text("esxcli hardware cpu global get")
        .replace("Hyperthreading Supported: true", "Hyperthreading Supported: false");
    same("esxcli-hardware-cpu-global-get--7.0.3--1.txt", &shown);
    let mut host = TestHost::new("9.0");
    host.machine.hardware.memory = 8_588_824_576;
    same("esxcli-hardware-memory-get--9.0.0--1.txt", &host.text("esxcli hardware memory get"));
    let shown = host.text("esxcli hardware cpu list");
    let heads: Vec<&str> = shown.lines().filter(|line| line.starts_with("CPU:")).collect();
    assert_eq!((heads.len(), heads[31]), (32, "CPU:31"));
    if let Some(sample) = samples::output("esxcli-hardware-cpu-list--unknown--1.txt") {
        assert_eq!(heads[..8], lines(&sample)[..]);
    }
    host.silent("esxcli hardware cpu global set --hyperthreading=false");
    let shown = host.text("esxcli hardware cpu global get");
    assert!(shown.contains("Hyperthreading Active: true") && shown.contains("Hyperthreading Enabled: false"));
    host.machine.hardware.booted();
    assert_eq!(
        host.text("esxcli hardware cpu list").lines().filter(|line| line.starts_with("CPU:")).count(),
        16
    );
    let keyed = host.text("esxcli --formatter=keyvalue hardware memory get");
    assert!(keyed.contains("Memory.PhysicalMemory.integer=8588824576\n"), "{keyed}");
}

#[test]
fn the_platform() {
    let mut host = TestHost::new("9.0");
    let shown = host.text("esxcli hardware platform get");
    assert!(
        shown.starts_with("Platform Information\n   UUID: 0x")
            && shown.ends_with("   IPMI Supported: false\n")
    );
    assert_eq!(shown.lines().count(), 8);
    assert_eq!(TestHost::new("5.5").text("esxcli hardware platform get").lines().count(), 6);
    host.machine.hardware.uuid =
        [0x42, 0x34, 0x3a, 0x8f, 0x65, 0xb9, 0xe0, 0xae, 0xac, 0xf2, 0xb6, 0xd4, 0xe3, 0x99, 0x51, 0x47];
    same("esxcfg-info-u--unknown--1.txt", &host.text("esxcfg-info -u"));
    assert!(host.text("esxcli hardware bootdevice list").contains("CT500MX500SSD1"));
    assert!(host.text("esxcli hardware trustedboot get").contains("Tpm Present: false"));
}

#[test]
fn pci_devices() {
    let mut host = TestHost::new("7.0");
    if let Some(sample) = samples::output("lspci-n--7x-8x--1.txt") {
        host.machine.state.nics.clear();
        for line in sample.lines().filter(|line| line.contains("[vmnic")) {
            let pci = line.split(' ').next().unwrap().to_owned();
            let name = line.rsplit('[').next().unwrap().trim_end_matches(']');
            let driver = match line.split(": ").nth(1).unwrap().split(' ').next().unwrap() {
                "8086:1521" => "igbn",
                "8086:1593" => "icen",
                "14e4:16d8" => "bnxtnet",
                "8086:10fb" => "ixgben",
                _ => "i40en",
            };
            let mac = "0c:c4:7a:b5:80:02".parse().unwrap();
            let nic = Nic {
                mac,
                link_up: true,
                speed_mbps: 1000,
                driver: driver.into(),
                pci,
                description: String::new(),
            };
            host.machine.state.nics.insert(name.parse().unwrap(), nic);
        }
        let shown = host.text("lspci -n");
        let cards = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.contains("[vmnic")).map(str::to_owned).collect()
        };
        assert_eq!(cards(&shown), cards(&sample));
    }
    let mut host = TestHost::new("7.0");
    assert!(host.text("lspci -v").contains("0000:00:17.0 Mass storage controller SATA controller: Intel Corporation Lewisburg SATA AHCI Controller [vmhba0]\n\t Class 0106: 8086:a182\n"));
    assert!(TestHost::new("5.5").text("lspci").contains("SATA controller Mass storage controller: "));
    assert!(host.text("vmkchdev -l").contains("0000:01:00.0 8086:10fb 15d9:0957 vmkernel vmnic0\n"));
    let shown = host.text("esxcli hardware pci list -c 512 -m 65535");
    assert_eq!(shown.lines().filter(|line| line.starts_with("0000:")).count(), 2);
    assert!(shown.contains("   VMkernel Name: vmnic1\n"));
}

#[test]
fn nodes_of_the_kernel() {
    let mut host = TestHost::new("7.0.3");
    host.machine.hardware.memory = 134_045_160 << 10;
    let shown = host.text("vsish -e cat /memory/comprehensive");
    same_labels("vsish-memory-comprehensive--7.0.3--1.txt", &shown);
    assert!(shown.contains("   Physical memory estimate:134045160 KB\n"));
    let ports = host.text("vsish -e ls /net/portsets/vSwitch0/ports/");
    assert_eq!(ports, "33554433/\n33554434/\n");
    assert!(host.text("vsish -e get /net/portsets/vSwitch0/ports/33554433/status").contains("Physical NIC"));
    let path = "/net/portsets/vSwitch0/ports/33554433/lldp/enable";
    assert_eq!(host.text(&format!("vsish -e get {path}")), "0\n");
    host.silent(&format!("vsish -e set {path} 1"));
    assert_eq!(host.text(&format!("vsish -e get {path}")), "1\n");
    assert!(host.text("vsish -e cat /system/bootCmdLine").contains("bootUUID="));
    assert_eq!(host.exec("vsish -e ls /bogus").status, 255);
    assert_eq!(host.exec("vsish -e ls /hardware/cpu").status, crate::model::NOT_MODELLED);
    for folder in ["/", "/net", "/net/pNics", "/net/portsets", "/storage/scsifw/devices", "/memory"] {
        assert!(!host.text(&format!("vsish -e ls {folder}")).is_empty(), "{folder}");
    }
}
