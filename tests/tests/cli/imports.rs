//! `esxi import` of every format, and `esxi check` telling them apart.

use crate::{esxi, esxi_in, root};
use esxi_core::import::Format;
use serde_json::Value;

const NICS: &[&str] = &["--nic", "eno1=0c:c4:7a:b5:80:02", "--nic", "eno2=0c:c4:7a:b5:80:03"];

/// The uplinks of the first vSwitch.
fn uplinks(json: &Value) -> Vec<String> {
    let uplinks = json["host_file"]["network"]["vswitches"][0]["uplinks"].as_array();
    uplinks.into_iter().flatten().filter_map(|nic| Some(nic.as_str()?.to_owned())).collect()
}

#[test]
fn every_format_has_a_word() {
    let help = esxi(&["import", "--help"]).ended(0).out;
    for format in Format::ALL {
        assert!(help.contains(&format!("  {} ", format.word())), "{}\n{help}", format.word());
        esxi(&["import", format.word(), "none"]).ended(2).says("error[HOST020]");
    }
    assert!(help.contains("  esxi "), "{help}");
}

#[test]
fn cards_are_named_from_outside() {
    let file = "examples/pve-interfaces";
    let without = esxi(&["import", "ifupdown", file, "--switch", "independent"]).ended(2);
    without.says("eno1").says("--nic eno1=MAC").says("--links");
    let macs = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"];
    let side = ["--switch", "bond0=independent", "--format", "json"];
    let named = [&["import", "ifupdown", file][..], NICS, &side].concat();
    assert_eq!(uplinks(&esxi(&named).ended(0).json()), macs);
    // The same from what `ip -j link` printed, a single card of which is said to be another.
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    std::fs::write(folder.path().join("interfaces"), text).unwrap();
    let links = r#"[{"ifindex":2,"ifname":"eno1","link_type":"ether","address":"02:00:00:00:00:01",
        "permaddr":"0c:c4:7a:b5:80:02"},
        {"ifindex":3,"ifname":"eno2","link_type":"ether","address":"02:00:00:00:00:01"}]"#;
    std::fs::write(folder.path().join("links.json"), links).unwrap();
    let from_links = ["import", "ifupdown", "interfaces", "--links", "links.json"];
    let args = [&from_links[..], &["--nic", "eno2=0c:c4:7a:b5:80:03"], &side].concat();
    assert_eq!(uplinks(&esxi_in(folder.path(), &args, "").ended(0).json()), macs);
}

#[test]
fn several_files_are_read_together() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("interfaces", "source interfaces.d/*\n");
    write("lan", "auto eno1\niface eno1 inet static\n  address 192.0.2.10/24\n  gateway 192.0.2.300\n");
    let both = [&["import", "ifupdown", "interfaces", "lan"][..], NICS].concat();
    esxi_in(folder.path(), &both, "").ended(2).says("lan:4:11").says("  gateway 192.0.2.300");
    write("lan", "auto eno1\niface eno1 inet static\n  address 192.0.2.10/24\n  gateway 192.0.2.1\n");
    esxi_in(folder.path(), &both, "").ended(0).says("gateway: \"192.0.2.1\"").keeps_quiet_about("source");
    let alone = [&["import", "ifupdown", "interfaces"][..], NICS].concat();
    esxi_in(folder.path(), &alone, "").ended(0).says("source is left out").says("give them behind this one");
    write("50-base.yaml", "network: { version: 2, ethernets: { eno1: { addresses: [192.0.2.10/24] } } }\n");
    write("90-mtu.yaml", "network: { version: 2, ethernets: { eno1: { mtu: 9000 } } }\n");
    let netplan = [&["import", "netplan", "90-mtu.yaml", "50-base.yaml"][..], NICS].concat();
    esxi_in(folder.path(), &netplan, "").ended(0).says("mtu: 9000").says("192.0.2.10/24");
}

#[test]
fn a_file_is_told_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let taken = |text: &str| {
        let told = esxi_in(folder.path(), &["check", "-", "--format", "json"], text);
        let json: Value = serde_json::from_str(&told.out).unwrap();
        json["files"][0]["kind"].as_str().unwrap().to_owned()
    };
    for (text, kind) in [
        ("version: 1\n", "host file"),
        ("hosts: []\n", "scenario"),
        ("auto eth0\niface eth0 inet dhcp\n", "ifupdown"),
        ("interfaces: [{ name: eth0, type: ethernet }]\n", "nmstate"),
        ("network:\n  version: 1\n  config: []\n", "curtin"),
        ("network:\n  version: 2\n", "netplan"),
        ("#cloud-config\nnetwork:\n  version: 2\n", "cloud-init"),
    ] {
        assert_eq!(taken(text), kind, "{text}");
    }
    esxi(&["check", "examples/packet-curtin.yaml"]).ended(0).says("packet-curtin.yaml, taken for curtin: ");
    esxi(&["check", "examples/lab.yaml"]).ended(0).says("examples/lab.yaml: no findings");
}
