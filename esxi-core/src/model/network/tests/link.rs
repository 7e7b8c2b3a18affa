//! Switches, cards and ports, as captured and from one command to the next.

use super::*;
use crate::model::network::show::legacy_pci;
use crate::model::network::state::Card;

#[test]
fn cards_of_5_5() {
    let mut host = machine("5.5");
    let card = |mac, bus, name| {
        let text = format!("Broadcom Corporation NetXtreme {name}");
        nic(mac, &format!("0000:{bus}:00.0"), "tg3", 1000, &text)
    };
    host.state.nics = BTreeMap::from([
        ("vmnic0".parse().unwrap(), card("68:5b:35:c9:96:10", "01", "BCM57766 Gigabit Ethernet")),
        ("vmnic1".parse().unwrap(), card("68:5b:35:91:47:85", "09", "BCM57762 Gigabit Ethernet PCIe")),
    ]);
    same("esxcli-network-nic-list--unknown--1.txt", &text(&mut host, "esxcli network nic list"), &[]);
    assert_eq!(legacy_pci("5.5".parse().unwrap(), "0000:01:00.0"), "0000:01:00.00");
    assert!(text(&mut host, "esxcfg-nics -l").contains("\nvmnic0  0000:01:00.00 tg3 "));
}

#[test]
fn offloads_and_software() {
    let mut host = machine("6.5");
    let names = |host: &mut Machine, names: &[&str]| {
        let one = host.state.nics["vmnic0"].clone();
        host.state.nics = names.iter().map(|name| (name.parse().unwrap(), one.clone())).collect();
    };
    names(&mut host, &["vmnic0", "vmnic32"]);
    for name in ["vmnic0", "vmnic32"] {
        assert!(exec(&mut host, &format!("esxcli network nic tso set -e false -n {name}")).changed);
    }
    same("esxcli-network-nic-tso-get--unknown--1.txt", &text(&mut host, "esxcli network nic tso get"), &[]);
    assert!(text(&mut host, "esxcli network nic cso get -n vmnic0").trim_end().ends_with("vmnic0  on"));
    let mut host = machine("6.0");
    names(&mut host, &["vmnic0", "vmnic1", "vmnic2"]);
    let ours = text(&mut host, "esxcli network nic software list");
    same("esxcli-network-nic-software-list--unknown--1.txt", &ours, &[]);
}

#[test]
fn a_cards_settings_are_kept_and_forgotten() {
    let mut host = machine("8.0");
    let before = host.clone();
    for (set, get, shown) in [
        ("ring current set -n vmnic0 -r 4096", "ring current get -n vmnic0", "   RX: 4096\n   RX Mini: 0\n"),
        (
            "pauseParams set -n vmnic0 -r true",
            "pauseParams list -n vmnic0",
            "vmnic0                    true      true     false  ",
        ),
        ("coalesce set -n vmnic0 -r 3 -a true", "coalesce get -n vmnic0", "vmnic0  3                15 "),
        ("vlan stats set -n vmnic0 -e true", "vlan stats get -n vmnic0", "VLAN 0\n   Packets received: 0\n"),
        ("set -n vmnic0 -S 1000 -D full", "get -n vmnic0", "   Advertised Link Modes: 1000BaseT/Full\n"),
    ] {
        assert!(exec(&mut host, &format!("esxcli network nic {set}")).changed, "{set}");
        let text = text(&mut host, &format!("esxcli network nic {get}"));
        assert!(text.contains(shown), "{get}: {text}");
    }
    let ring = "esxcli network nic ring current set -n vmnic0";
    assert!(refused(&mut host, &format!("{ring} -t 8192")).contains("Bad parameter"));
    refused(&mut host, "esxcli network nic set -n vmnic0 -S 1000");
    refused(&mut host, "esxcli network nic ring preset get -n vmnic7");
    let preset = text(&mut host, "esxcli network nic ring preset get -n vmnic0");
    assert!(preset.starts_with("   Max RX: 4096\n   Max RX Mini: 0\n   Max RX Jumbo: 0\n   Max TX: 4096\n"));
    assert!(text(&mut host, "esxcli network nic list").contains("Up            Up            1000  Full"));
    exec(&mut host, "esxcfg-nics -a vmnic0");
    exec(&mut host, &format!("{ring} -r 1024"));
    exec(&mut host, "esxcli network nic pauseParams set -n vmnic0 -r false");
    exec(&mut host, "esxcli network nic vlan stats set -n vmnic0 -e false");
    refused(&mut host, "esxcli network nic vlan stats get -n vmnic0");
    host.network.cards.values_mut().for_each(|card| card.coalesce.clear());
    host.network.cards.retain(|_, card| *card != Card::default());
    assert_eq!(host, before);
}

/// The labels of VMware's article on errors of cards.
#[test]
fn counters_stand_under_their_card() {
    let shown = text(&mut machine("6.7"), "esxcli network nic stats get -n vmnic1");
    assert!(shown.starts_with("NIC statistics for vmnic1\n   Packets received: 0\n   Packets sent: 0\n"));
    assert!(shown.ends_with("   Transmit window errors: 0\n") && shown.lines().count() == 24);
}

/// Inner lines stand nine blanks deep; the fields of XML are those of a capture.
#[test]
fn a_card_as_it_is_shown() {
    let mut host = machine("8.0");
    let shown = text(&mut host, "esxcli network nic get -n vmnic0");
    assert!(
        shown.contains("   Driver Info: \n         Bus Info: 0000:01:00:0\n         Driver: ixgben\n"),
        "{shown}"
    );
    let labels: Vec<&str> =
        shown.lines().filter_map(|line| line.split_once(':')).map(|line| line.0.trim()).collect();
    assert_eq!(labels[11..16], ["Link Detected", "Link Status", "Name", "PHYAddress", "Pause Autonegotiate"]);
    assert!(shown.contains("   Virtual Address: 00:50:56:55:80:02\n"), "{shown}");
    let older = text(&mut machine("5.1"), "esxcli network nic get -n vmnic0");
    assert!(
        !older.contains("Virtual") && !older.contains("DPU") && older.contains("Bus Info: 0000:01:00.0\n")
    );
    let Some(sample) = samples::output("esxcli-network-nic-get-xml--8.x--1.txt") else { return };
    let fields = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| line.starts_with("<field")).map(str::to_owned).collect()
    };
    assert_eq!(fields(&text(&mut host, "esxcli --formatter=xml network nic get -n vmnic0")), fields(&sample));
}

#[test]
fn machines_and_their_ports() {
    let mut host = machine("7.0.3");
    let mut around = Memory::default();
    let path = "/vmfs/volumes/datastore1/web/web.vmx";
    let vmx = "displayName = \"web\"\nethernet0.networkName = \"VM Network\"\nethernet0.generatedAddress = \
               \"00:0c:29:72:3f:e3\"\nethernet1.networkName = \"VM Network\"\nethernet1.address = \"00:0c:29:72:3f:ed\"\n";
    crate::model::Surroundings::write(&mut around, path, vmx.as_bytes()).unwrap();
    let id = host.guests.register(path, Vmx::read(vmx)).unwrap();
    assert_eq!(said(&mut host, &mut around, "esxcli network vm list"), "");
    host.guests.power(id, PowerChange::On).unwrap();
    let list = said(&mut host, &mut around, "esxcli network vm list");
    let Some(row) = list.lines().nth(2) else { panic!("{list}") };
    let world = row.split_whitespace().next().unwrap();
    assert!(list.starts_with("World ID  Name  Num Ports  Networks\n"), "{list}");
    assert!(row.ends_with("web           2  VM Network, VM Network"), "{list}");
    let ports = said(&mut host, &mut around, &format!("esxcli network vm port list -w {world}"));
    assert!(ports.contains("   Portgroup: VM Network\n   DVPort ID: \n   MAC Address: 00:0c:29:72:3f:e3\n"));
    assert!(ports.contains("   Team Uplink: vmnic0\n"));
    if let Some(sample) = samples::output("esxcli-network-vm-port-list--7.0.3--1.txt") {
        assert_eq!(labels(&ports), labels(&sample));
    }
    let port = ports.lines().next().unwrap().trim_start_matches("   Port ID: ").to_owned();
    let stats = said(&mut host, &mut around, &format!("esxcli network port stats get -p {port}"));
    assert!(stats.starts_with(&format!("Packet statistics for port {port}\n   Packets received: 0\n")));
    assert_eq!(said(&mut host, &mut around, &format!("esxcli network port filter stats get -p {port}")), "");
    assert_eq!(among(&mut host, &mut around, "esxcli network port stats get -p 1").status, 1);
    assert_eq!(among(&mut host, &mut around, "esxcli network vm port list -w 1").status, 1);
}

#[test]
fn what_is_not_there_lists_nothing() {
    let mut host = machine("8.0");
    for line in [
        "vswitch dvs vmware list",
        "vswitch dvs vmware lacp status get",
        "sriovnic list",
        "multicast group list",
        "vm list",
        "ip ipsec sa list",
    ] {
        assert_eq!(text(&mut host, &format!("esxcli network {line}")), "", "{line}");
    }
    refused(&mut host, "esxcli network vswitch dvs vmware list -v dvs");
}

#[test]
fn switches_as_captured() {
    let list = "esxcli network vswitch standard list";
    let mut host = machine("6.0");
    exec(&mut host, "esxcli network vswitch standard set -v vSwitch0 -c both");
    host.num_ports = 4082;
    let card = host.state.nics["vmnic1"].clone();
    for name in ["vmnic1", "vmnic2", "vmnic3"] {
        host.state.nics.insert(name.parse().unwrap(), card.clone());
        exec(&mut host, &format!("esxcli network vswitch standard uplink add -v vSwitch0 -u {name}"));
    }
    host.state.port_groups.get_mut("VM Network").unwrap().vm_ports = 2;
    let ours = text(&mut host, &format!("{list} -v vSwitch0"));
    same("esxcli-network-vswitch-standard-list--6.x--1.txt", &ours, &[]);

    let mut host = machine("7.0.3");
    host.state.port_groups.get_mut("VM Network").unwrap().vm_ports = 13;
    same("esxcli-network-vswitch-standard-list--7.0.3--1.txt", &text(&mut host, list), &[]);

    let mut host = machine("7.0");
    host.num_ports = 1590;
    let management = host.state.port_groups["Management Network"].clone();
    host.state.port_groups = BTreeMap::from([("MGMT".parse().unwrap(), management)]);
    host.state.vmkernel.get_mut("vmk0").unwrap().port_group = "MGMT".parse().unwrap();
    exec(&mut host, "esxcli network vswitch standard uplink remove -v vSwitch0 -u vmnic0");
    same(
        "esxcli-network-vswitch-standard-list-nouplink--7x-8x--1.txt",
        &text(&mut host, list),
        &["Used Ports"],
    );

    let mut host = machine("6.7");
    host.num_ports = 4736;
    let card = host.state.nics["vmnic1"].clone();
    for name in ["vmnic2", "vmnic3"] {
        host.state.nics.insert(name.parse().unwrap(), card.clone());
    }
    exec(&mut host, "esxcfg-vswitch -a vSwitch1:1024");
    for name in ["vmnic1", "vmnic2", "vmnic3"] {
        assert!(exec(&mut host, &format!("esxcfg-vswitch -L {name} vSwitch1")).changed);
    }
    let management = host.state.port_groups["Management Network"].clone();
    host.state.port_groups = BTreeMap::from([
        ("Management VMkernel".parse().unwrap(), management),
        ("Server Network".parse().unwrap(), group("vSwitch1", 0, 3)),
    ]);
    host.state.vmkernel.get_mut("vmk0").unwrap().port_group = "Management VMkernel".parse().unwrap();
    same("esxcli-network-vswitch-standard-list--6.7--1.txt", &text(&mut host, list), &[]);
}

#[test]
fn groups_as_captured() {
    let mut host = machine("7.0");
    host.state.vswitches.extend(
        ["mgmt-sw", "svc1-sw2", "svc2ha-sw", "storage"]
            .map(|name| (name.parse().unwrap(), crate::state::VSwitch::new(128))),
    );
    let mut other = host.clone();
    for (name, switch, vlan) in [
        ("v0002-m", "mgmt-sw", 2),
        ("v0003-svc1-sw2", "svc1-sw2", 3),
        ("v0003-svc2ha", "svc2ha-sw", 3),
        ("v0006-svc2ha", "svc2ha-sw", 6),
        ("v0305-m", "mgmt-sw", 305),
    ] {
        exec(&mut host, &format!("esxcli network vswitch standard portgroup add -p {name} -v {switch}"));
        exec(&mut host, &format!("esxcli network vswitch standard portgroup set -p {name} -v {vlan}"));
    }
    let list = "esxcli network vswitch standard portgroup list";
    same("esxcli-network-vswitch-standard-portgroup-list--7x-8x--1.txt", &text(&mut host, list), &[]);
    for (name, switch, vlan, machines) in [
        ("VM_VLAN1", "vSwitch0", 0, 0),
        ("VM_VLAN3", "vSwitch0", 3, 1),
        ("iscsi", "storage", 0, 1),
        ("nfs-for-vm", "storage", 0, 0),
    ] {
        other.state.port_groups.insert(name.parse().unwrap(), group(switch, vlan, machines));
    }
    same("esxcli-network-vswitch-standard-portgroup-list--unknown--2.txt", &text(&mut other, list), &[]);
}

#[test]
fn policies_and_their_labels() {
    let mut host = machine("7.0");
    exec(&mut host, "esxcfg-vswitch -a vSwitch1");
    exec(&mut host, "esxcfg-vswitch -L vmnic1 vSwitch1");
    let ours = text(&mut host, "esxcli network vswitch standard policy failover get --vswitch-name=vSwitch1");
    same("esxcli-network-vswitch-standard-policy-failover-get--unknown--1.txt", &ours, &[]);
}

#[test]
fn the_kernels_words_when_it_refuses() {
    let mut host = machine("7.0.2");
    exec(&mut host, "esxcfg-vswitch -a vSwitch1");
    let uplink = "esxcli network vswitch standard uplink add -v vSwitch1 -u";
    assert_eq!(refused(&mut host, &format!("{uplink} vmnic0")), "Unable to Set: Busy\n");
    for (sample, line) in [
        (
            "ERROR-uplink-remove-missing--6.x--1.txt",
            "esxcli network vswitch standard uplink remove -v vSwitch0 -u vmnic2",
        ),
        ("ERROR-vswitch-add-exists--5.x-8.x--1.txt", "esxcli network vswitch standard add -v vSwitch0"),
        (
            "ERROR-vmk-add-already-exists--7.x-8.x--1.txt",
            "esxcli network ip interface add -i vmk0 -p VM_Network",
        ),
        (
            "ERROR-vmk-tag-add-exists--6.x-8.x--1.txt",
            "esxcli network ip interface tag add -i vmk0 -t Management",
        ),
    ] {
        let ours = refused(&mut host, line);
        if let Some(theirs) = samples::output(sample) {
            assert!(ours.contains(theirs.trim()) || theirs.contains(ours.trim()), "{sample}: {ours}");
        }
    }
    exec(&mut host, "esxcli network ip interface tag remove -i vmk0 -t Management");
    let ours = refused(&mut host, "esxcli network ip interface tag remove -i vmk0 -t Management");
    if let Some(theirs) = samples::output("ERROR-vmk-tag-remove-missing--7.x-8.x--1.txt") {
        assert!(ours.contains(theirs.trim()), "{ours}");
    }
}
