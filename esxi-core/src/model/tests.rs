//! Output against captures of real hosts, and behaviour from one command to the next.

use super::samples;
use super::{Machine, Output, run};
use crate::state::*;
use crate::value::{MacAddr, VmkName};
use crate::version::EsxiVersion;
use std::collections::{BTreeMap, BTreeSet};

fn words(line: &str) -> Vec<String> {
    // `_` inside a word stands for a blank.
    line.split(' ').map(|word| word.replace('_', " ")).collect()
}

pub(in crate::model) fn exec(machine: &mut Machine, line: &str) -> Output {
    run(machine, &words(line), b"")
}

pub(in crate::model) fn text(machine: &mut Machine, line: &str) -> String {
    let output = exec(machine, line);
    assert_eq!(output.status, 0, "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

pub(in crate::model) fn refused(machine: &mut Machine, line: &str) -> String {
    let before = machine.clone();
    let output = exec(machine, line);
    assert_eq!((output.status, output.changed), (1, false), "{line}: {output:?}");
    assert_eq!(*machine, before, "{line} left a trace");
    String::from_utf8(output.stdout).unwrap()
}

pub(in crate::model) fn mac(text: &str) -> MacAddr {
    text.parse().unwrap()
}

pub(in crate::model) fn nic(
    mac_address: &str,
    pci: &str,
    driver: &str,
    speed: u32,
    description: &str,
) -> Nic {
    Nic {
        mac: mac(mac_address),
        link_up: speed > 0,
        speed_mbps: speed,
        driver: driver.into(),
        pci: pci.into(),
        description: description.into(),
    }
}

pub(in crate::model) fn machine(version: &str) -> Machine {
    let cards = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"];
    Machine::new(factory(version.parse().unwrap(), &cards.map(|m| FactoryNic { mac: mac(m), link_up: true })))
}

/// A capture's lines without trailing blanks, which copies lose.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).collect()
}

/// Compares with a capture; lines that start with one of `varying` are only compared by their label.
pub(in crate::model) fn same(sample: &str, ours: &str, varying: &[&str]) {
    let Some(theirs) = samples::output(sample) else { return };
    let cut = |line: &str| {
        varying
            .iter()
            .find(|label| line.trim_start().starts_with(**label))
            .map_or_else(|| line.to_owned(), |label| (*label).to_owned())
    };
    let normal = |text: &str| lines(text.trim_end()).into_iter().map(cut).collect::<Vec<_>>();
    assert_eq!(normal(ours), normal(&theirs), "{sample}");
}

pub(in crate::model) fn group(vswitch: &str, vlan: u16, vm_ports: u32) -> PortGroup {
    PortGroup {
        vswitch: vswitch.parse().unwrap(),
        vlan: crate::value::VlanId::new(vlan).unwrap(),
        vm_ports,
        teaming: Fact::default(),
        security: Fact::default(),
        shaping: Fact::default(),
    }
}

#[test]
fn nic_list_6_7_and_9_0() {
    let mut host = machine("6.7");
    const BCM: &str = "Broadcom Corporation NetXtreme BCM5719 Gigabit Ethernet";
    host.state.nics = [1000, 1000, 0, 0]
        .into_iter()
        .enumerate()
        .map(|(n, speed)| {
            let (mac, pci) =
                (format!("20:67:7c:d9:a1:6{}", ["c", "d", "e", "f"][n]), format!("0000:02:00.{n}"));
            (format!("vmnic{n}").parse().unwrap(), nic(&mac, &pci, "ntg3", speed, BCM))
        })
        .collect();
    same("esxcli-network-nic-list--6.7.0--1.txt", &text(&mut host, "esxcli network nic list"), &[]);

    let mut host = machine("9.0");
    let card = nic(
        "00:50:56:b3:6c:01",
        "0000:02:01.0",
        "nvmxnet3",
        10_000,
        "VMware Inc. vmxnet3 Virtual Ethernet Controller",
    );
    host.state.nics = BTreeMap::from([("vmnic0".parse().unwrap(), card)]);
    same("esxcli-network-nic-list--9.0.0--1.txt", &text(&mut host, "esxcli network nic list"), &[]);
}

#[test]
fn vswitch_list_7_and_used_ports_6_7() {
    let mut host = machine("7.0.3");
    host.num_ports = 3246;
    for line in [
        "esxcli network vswitch standard add -v switch01 --ports 1024",
        "esxcli network vswitch standard portgroup add -v switch01 -p v0003",
        "esxcli network vswitch standard portgroup add -v switch01 -p v0002",
        "esxcli network vswitch standard portgroup add -v switch01 -p v4084",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    let card = nic("0c:c4:7a:b5:80:04", "0000:03:00.0", "igbn", 1000, "x");
    host.state.nics.insert("vmnic2".parse().unwrap(), card);
    exec(&mut host, "esxcli network vswitch standard uplink add -u vmnic2 -v switch01");
    host.state.port_groups.get_mut("v0003").unwrap().vm_ports = 3;
    // On a real host the order of vSwitches and port groups is their age; here it is the name.
    let shown = text(&mut host, "esxcli network vswitch standard list");
    let by_age: Vec<&str> = shown.trim_end().split("\n\n").collect();
    let by_age = format!("{}\n\n{}\n", by_age[1], by_age[0]);
    same("esxcli-network-vswitch-standard-list--7x-8x--1.txt", &by_age, &["Portgroups"]);
    assert!(shown.contains("   Portgroups: VM Network, Management Network\n"));
    assert!(shown.contains("   Beacon Required By: \n"), "an empty list keeps one blank");
}

#[test]
fn port_group_list_6_7() {
    let mut host = machine("6.7");
    let state = &mut host.state;
    state.port_groups = BTreeMap::from([
        ("Management VMkernel".parse().unwrap(), group("vSwitch0", 0, 0)),
        ("Server Network".parse().unwrap(), group("vSwitch1", 0, 3)),
    ]);
    state.vmkernel.get_mut("vmk0").unwrap().port_group = "Management VMkernel".parse().unwrap();
    same(
        "esxcli-network-vswitch-standard-portgroup-list--6.7.0--1.txt",
        &text(&mut host, "esxcli network vswitch standard portgroup list"),
        &[],
    );
}

#[test]
fn addresses_and_routes() {
    let mut host = machine("7.0.3");
    for line in [
        "esxcli network ip interface ipv4 set -i vmk0 -t static -I 192.168.10.67 -N 255.255.255.0",
        "esxcli network ip route ipv4 add -n default -g 192.168.10.62",
        "esxcli network vswitch standard portgroup add -v vSwitch0 -p storage",
        "esxcli network ip interface add -p storage",
        "esxcli network ip interface ipv4 set -i vmk1 -t static -I 172.25.3.67 -N 255.255.252.0",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    same(
        "esxcli-network-ip-interface-ipv4-get--7x-8x--1.txt",
        &text(&mut host, "esxcli network ip interface ipv4 get"),
        &[],
    );
    assert_eq!(text(&mut host, "esxcfg-route"), "VMkernel default gateway is 192.168.10.62\n");

    let mut host = machine("9.0");
    exec(&mut host, "esxcli network ip interface ipv4 set -i vmk0 -t static -I 172.30.30.5 -N 255.255.255.0");
    exec(&mut host, "esxcli network ip route ipv4 add -n default -g 172.30.30.1");
    same(
        "esxcli-network-ip-route-ipv4-list--9.0.0--1.txt",
        &text(&mut host, "esxcli network ip route ipv4 list"),
        &[],
    );

    let mut host = machine("7.0.3");
    exec(
        &mut host,
        "esxcli network ip interface ipv4 set -i vmk0 -t static -I 172.26.64.5 -N 255.255.255.192",
    );
    exec(&mut host, "esxcfg-route 172.26.64.1");
    same("esxcfg-route-l--7.0.3--1.txt", &text(&mut host, "esxcfg-route -l"), &[]);
    same("esxcfg-route--7.0.3--1.txt", &text(&mut host, "esxcfg-route"), &[]);
}

#[test]
fn interface_list_6_5() {
    let mut host = machine("6.5");
    host.state.vmkernel.get_mut("vmk0").unwrap().mac = Some(mac("34:40:b5:b0:08:28"));
    same(
        "esxcli-network-ip-interface-list--6.0-6.5--1.txt",
        &text(&mut host, "esxcli network ip interface list"),
        &["Port ID"],
    );
}

#[test]
fn system_and_its_elders() {
    let mut host = machine("6.5");
    host.state.version = EsxiVersion { update: 2, patch: 50, ..EsxiVersion::new(6, 5) };
    host.state.build = 8_294_253;
    (host.hostname, host.domain) = ("localhost".into(), String::new());
    same("esxcli-system-version-get--6.5.0--1.txt", &text(&mut host, "esxcli system version get"), &[]);
    same("esxcli-system-hostname-get--6.5.0--1.txt", &text(&mut host, "esxcli system hostname get"), &[]);
    assert_eq!(text(&mut host, "vmware -l"), "VMware ESXi 6.5.0 Update 2\n");

    host.state.version = EsxiVersion { update: 3, patch: 95, ..EsxiVersion::new(8, 0) };
    host.state.build = 25_205_845;
    same("vmware-vl--8.0.3--1.txt", &text(&mut host, "vmware -vl"), &[]);
    same(
        "esxcli-system-version-get-json--8.0.3--1.txt",
        &text(&mut host, "esxcli --debug --formatter=json system version get"),
        &[],
    );

    host.state.version = EsxiVersion { update: 3, ..EsxiVersion::new(7, 0) };
    host.state.build = 22_348_816;
    (host.hostname, host.domain) = ("esxi".into(), "esxi.localdomain".into());
    let ours = text(&mut host, "uname -a").replace("Jan  1 2020 00:00:00", "Aug 30 2023 04:36:58");
    same("uname-a--7.0.3--1.txt", &ours, &[]);
}

#[test]
fn legacy_lists_7_0_3() {
    let mut host = machine("7.0.3");
    host.num_ports = 8960;
    same("esxcfg-vswitch-l--7.0.3--1.txt", &text(&mut host, "esxcfg-vswitch -l"), &[]);
    const CX5: &str = "Mellanox Technologies MT27800 Family [ConnectX-5]";
    host.state.nics = (0..2)
        .map(|n| {
            let card = nic(
                &format!("88:e9:a4:6b:b8:5{}", n + 4),
                &format!("0000:0f:00.{n}"),
                "nmlx5_core",
                25_000,
                CX5,
            );
            (format!("vmnic{n}").parse().unwrap(), card)
        })
        .collect();
    same("esxcfg-nics-l--7.0.3--1.txt", &text(&mut host, "esxcfg-nics -l"), &[]);
    let vmk = host.state.vmkernel.get_mut("vmk0").unwrap();
    vmk.mac = Some(mac("48:df:37:aa:bb:cc"));
    vmk.ipv4 = Fact::Known(Ipv4Config::Dhcp {
        lease: Some(Lease { address: "172.31.0.82/16".parse().unwrap(), gateway: None }),
    });
    let ours = text(&mut host, "esxcfg-vmknic -l");
    if let Some(sample) = samples::output("esxcfg-vmknic-l--7x-8x--1.txt") {
        // The sample's addresses were changed by its author, so the link-local line does not belong to its MAC.
        assert_eq!(lines(&ours)[..2], lines(&sample)[..2]);
        let place = |text: &str, word: &str| text.find(word);
        for word in ["fe80", "64  ", "48:df", "STATIC, PREFERRED", "defaultTcpipStack"] {
            assert_eq!(place(lines(&ours)[2], word), place(lines(&sample)[2], word), "{word}");
        }
    }
}

#[test]
fn errors_are_the_hosts_own_sentences() {
    let mut host = machine("7.0.2");
    for (line, sentence) in [
        ("esxcli network vswitch standard add -v vSwitch0", "A portset with this name already exists\n"),
        (
            "esxcli network vswitch standard portgroup add -p VM_Network -v vSwitch0",
            "A portgroup with the name VM Network already exists\n",
        ),
        (
            "esxcli network vswitch standard uplink add -u vmnic0 -v vSwitch0",
            "Uplink already exists: vmnic0\n",
        ),
        ("esxcli network vswitch standard uplink remove -u vmnic1 -v vSwitch0", "No such uplink: vmnic1\n"),
        (
            "esxcli network ip interface add -i vmk5 -p Management_Network",
            "A vmkernel nic for the connection point already exists\n",
        ),
    ] {
        assert_eq!(refused(&mut host, line), sentence);
    }
    for (line, part) in [
        ("esxcli network vswitch standard uplink add -u vmnic9 -v vSwitch0", "Not a valid pnic"),
        ("esxcli network ip interface ipv4 get -i vmk7", "Not found"),
        ("esxcli network vswitch standard portgroup remove -p none -v vSwitch0", "Sysinfo error: Not found"),
        (
            "esxcli network ip interface tag add -i vmk0 -t Management",
            "Vmknic is already tagged with Management",
        ),
        ("esxcli network vswitch standard set -v vSwitch0 -m 80000", "80000"),
        ("esxcli network ip interface ipv4 set -i vmk0 -t static -I 10.0.0.1", "--netmask"),
    ] {
        let sentence = refused(&mut host, line);
        assert!(sentence.contains(part) && sentence.ends_with('\n'), "{line}: {sentence}");
    }
}

#[test]
fn half_of_a_failover_order_leaves_the_other_half() {
    let mut host = machine("8.0");
    exec(&mut host, "esxcli network vswitch standard uplink add -u vmnic1 -v vSwitch0");
    exec(&mut host, "esxcli network vswitch standard policy failover set -v vSwitch0 -s vmnic1");
    let shown = text(&mut host, "esxcli network vswitch standard policy failover get -v vSwitch0");
    assert!(
        shown.contains("   Active Adapters: vmnic0\n   Standby Adapters: vmnic1\n   Unused Adapters: \n")
    );
    exec(&mut host, "esxcli network vswitch standard policy failover set -v vSwitch0 -a vmnic1");
    let shown = text(&mut host, "esxcli network vswitch standard policy failover get -v vSwitch0");
    assert!(
        shown.contains("   Active Adapters: vmnic1\n   Standby Adapters: \n   Unused Adapters: vmnic0\n")
    );
    // The port group of management has an order of its own.
    let shown = text(
        &mut host,
        "esxcli network vswitch standard portgroup policy failover get -p Management_Network",
    );
    assert!(shown.contains("   Active Adapters: vmnic0\n"));
    assert!(shown.contains("   Override Vswitch Uplinks: true\n"));
}

#[test]
fn shaping_keeps_what_is_not_named() {
    let mut host = machine("8.0");
    let switch = "esxcli network vswitch standard policy shaping set -v vSwitch0";
    exec(&mut host, &format!("{switch} -e true -b 1000 -k 2000 -t 30"));
    exec(&mut host, &format!("{switch} -k 3000"));
    let set = Shaping { enabled: true, average_kbps: 1000, peak_kbps: 3000, burst_kib: 30 };
    assert_eq!(host.state.vswitches["vSwitch0"].shaping, Fact::Known(set));
    // A port group starts from what it inherits.
    exec(&mut host, "esxcli network vswitch standard portgroup policy shaping set -p VM_Network -t 40");
    let own = Shaping { burst_kib: 40, ..set };
    assert_eq!(host.state.port_groups["VM Network"].shaping, Fact::Known(Some(own)));
    exec(&mut host, "esxcli network vswitch standard portgroup policy shaping set -p VM_Network -u");
    assert_eq!(host.state.port_groups["VM Network"].shaping, Fact::Known(None));
    exec(&mut host, &format!("{switch} -e false"));
    assert_eq!(host.state.vswitches["vSwitch0"].shaping, Fact::Known(Shaping::default()));
}

#[test]
fn a_new_adapter_gets_an_address_and_the_next_name() {
    let mut host = machine("8.0");
    exec(&mut host, "esxcli network vswitch standard portgroup add -v vSwitch0 -p a");
    assert!(exec(&mut host, "esxcli network ip interface add -p a").changed);
    let name: VmkName = "vmk1".parse().unwrap();
    assert_eq!(host.state.vmkernel[&name].mac, Some(crate::command::assigned_mac(&host.state, "vmk1")));
    assert!(exec(&mut host, "esxcli network ip interface remove -p a").changed);
    assert_eq!(host.state.vmkernel.len(), 1);
}

#[test]
fn asking_for_dhcp_again_keeps_the_lease() {
    let mut host = machine("8.0");
    let lease = Lease { address: "10.0.0.5/24".parse().unwrap(), gateway: Some("10.0.0.1".parse().unwrap()) };
    host.state.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(Ipv4Config::Dhcp { lease: Some(lease) });
    assert!(!exec(&mut host, "esxcli network ip interface ipv4 set -i vmk0 -t dhcp").changed);
    exec(&mut host, "esxcli network ip interface ipv4 set -i vmk0 -t none");
    exec(&mut host, "esxcli network ip interface ipv4 set -i vmk0 -t dhcp");
    let now = host.state.vmkernel["vmk0"].ipv4.known().unwrap();
    assert_eq!(*now, Ipv4Config::Dhcp { lease: None });
}

#[test]
fn the_elders_change_the_same_state() {
    let mut host = machine("7.0");
    for line in [
        "esxcfg-vswitch -a vSwitch1:256",
        "esxcfg-vswitch -L vmnic1 vSwitch1",
        "esxcfg-vswitch -m 9000 vSwitch1",
        "esxcfg-vswitch -A storage vSwitch1",
        "esxcfg-vswitch -v 108 -p storage vSwitch1",
        "esxcfg-vmknic -a -i 10.8.0.2 -n 255.255.255.0 -m 9000 storage",
        "esxcfg-route -a 10.9.0.0/24 10.8.0.1",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    let switch = &host.state.vswitches["vSwitch1"];
    assert_eq!((switch.ports, switch.mtu.get(), switch.uplinks.len()), (256, 9000, 1));
    assert_eq!(host.state.port_groups["storage"].vlan.get(), 108);
    let vmk = &host.state.vmkernel["vmk1"];
    assert_eq!((vmk.ipv4_address(), vmk.mtu.get()), (Some("10.8.0.2/24".parse().unwrap()), 9000));
    assert_eq!(host.state.routes.len(), 1);
    assert!(
        refused(&mut host, "esxcfg-vmknic -a -i 10.8.0.3 -n 255.255.255.0 storage")
            .contains("already exists")
    );
    for line in [
        "esxcfg-route -d 10.9.0.0/24 10.8.0.1",
        "esxcfg-vmknic -d storage",
        "esxcfg-vswitch -U vmnic1 vSwitch1",
        "esxcfg-vswitch -D storage vSwitch1",
        "esxcfg-vswitch -d vSwitch1",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    assert_eq!(host, machine("7.0"));
    assert_eq!(exec(&mut host, "esxcfg-vswitch -P vmnic1 -V 3 dvs").status, super::NOT_MODELLED);
    assert_eq!(exec(&mut host, "esxcfg-none -l").status, 127);
}

#[test]
fn a_card_taken_down_comes_back_as_it_was() {
    let mut host = machine("7.0");
    let before = host.clone();
    assert!(exec(&mut host, "esxcli network nic down -n vmnic0").changed);
    assert!(text(&mut host, "esxcli network nic list").contains("Down          Down             0  Half"));
    assert!(exec(&mut host, "esxcli network nic up -n vmnic0").changed);
    assert_eq!(host, before);
}

#[test]
fn the_other_forms() {
    let mut host = machine("8.0.2");
    let xml = text(&mut host, "esxcli --formatter=xml network vswitch standard portgroup list");
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<output xmlns="));
    assert!(xml.contains(
        "      <structure typeName=\"PortGroup\">\n         <field name=\"ActiveClients\">\n            \
         <integer>1</integer>\n         </field>\n"
    ));
    let csv = text(&mut host, "esxcli --formatter=csv network vswitch standard portgroup list");
    assert_eq!(
        csv,
        "ActiveClients,Name,VLANID,VirtualSwitch,\n1,Management Network,0,vSwitch0,\n0,VM Network,0,vSwitch0,\n"
    );
    let csv = text(&mut host, "esxcli --formatter=csv network vswitch standard list");
    assert!(csv.contains(",vSwitch0,2560,\"VM Network,Management Network,\",\"vmnic0,\",4,\n"));
    let pairs = text(&mut host, "esxcli --formatter=keyvalue system version get");
    assert!(pairs.contains("VersionGet.Version.string=8.0.2\n"));
    let json = text(&mut host, "esxcli --debug --formatter=json network nic list");
    assert!(json.starts_with("[{\"AdminStatus\": \"Up\", \"Description\": "));
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed[1]["Name"], "vmnic1");
}

#[test]
fn stacks_are_told_apart() {
    let mut host = machine("7.0");
    for line in [
        "esxcli network vswitch standard portgroup add -v vSwitch0 -p vm",
        "esxcli network ip interface add -p vm -N vmotion",
        "esxcli network ip interface ipv4 set -i vmk1 -t static -I 10.8.0.2 -N 255.255.255.0",
        "esxcli network ip route ipv4 add -N vmotion -n 10.9.0.0/24 -g 10.8.0.1",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    let mine = text(&mut host, "esxcli network ip route ipv4 list -N vmotion");
    assert!(mine.contains("10.9.0.0  255.255.255.0  10.8.0.1  vmk1       MANUAL"), "{mine}");
    assert_eq!(text(&mut host, "esxcli network ip route ipv4 list"), "");
    let stacks: BTreeSet<String> = text(&mut host, "esxcli network ip netstack list")
        .lines()
        .filter(|l| !l.starts_with(' '))
        .map(str::to_owned)
        .collect();
    assert!(stacks.contains("vmotion") && stacks.contains("defaultTcpipStack"));
}

/// A value that an option's type takes.
fn value_of(option: &super::grammar::Opt) -> String {
    use super::grammar::Kind;
    match (option.kind, option.long) {
        (Kind::Choice(choices), _) => choices[0],
        (_, "vswitch-name") => "vSwitch0",
        (_, "portgroup-name") => "VM Network",
        (_, "interface-name") => "vmk0",
        (_, "nic-name" | "uplink-name") => "vmnic0",
        (_, "netstack") => "defaultTcpipStack",
        (_, "gateway" | "server") => "192.0.2.1",
        (_, "host" | "neighbor-addr") => "192.0.2.1",
        (_, "vmnic") => "vmnic0",
        (_, "ruleset-id") => "sshServer",
        (_, "ip-address") => "192.0.2.0/24",
        (_, "ipv6") => "2001:db8::1/64",
        (Kind::Int, _) => "1500",
        (Kind::Bool, _) => "true",
        (_, _) => "default",
    }
    .to_owned()
}

/// No row is an empty promise: each is executed, and what has an output shows it or says why not.
#[test]
fn every_row_is_carried_out() {
    for row in super::grammar::executed() {
        let version = if row.exists_in(EsxiVersion::new(8, 0)) { "8.0" } else { "6.7" };
        let mut host = machine(version);
        let mut argv: Vec<String> = std::iter::once("esxcli").chain(row.words()).map(str::to_owned).collect();
        let picked = |option: &&super::grammar::Opt| {
            option.required || matches!(option.long, "portgroup-name" | "server" | "vlan-id")
        };
        for option in row.options_in(host.state.version).filter(picked) {
            argv.extend([format!("--{}", option.long), value_of(option)]);
        }
        let output = run(&mut host, &argv, b"");
        assert!(matches!(output.status, 0 | 1), "{argv:?}: {output:?}");
        let said = !output.stdout.is_empty();
        match row.shape {
            super::grammar::Shape::None => assert!(said != (output.status == 0), "{argv:?}: {output:?}"),
            // An empty table is nothing at all.
            _ => assert!(output.stderr.is_empty(), "{argv:?}: {output:?}"),
        }
    }
}

/// The usage of a command, in the form of a capture of 6.5.
#[test]
fn usage_looks_like_the_captured_one() {
    let Some(sample) = samples::output("esxcli-system-account-add-help--6.5.0--1.txt") else { return };
    let mut host = machine("6.5");
    let ours = text(&mut host, "esxcli system hostname set --help");
    let shape = |text: &str| -> Vec<String> {
        let frame = |line: &&str| line.starts_with(char::is_alphabetic);
        text.lines()
            .filter(frame)
            .map(|line| line.split("esxcli").next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(shape(&ours), shape(&sample));
    assert!(sample.contains("\n  -i|--id=<str>         User ID"));
    assert!(ours.contains("\n  -d|--domain=<str>     Domain."));
}

#[test]
fn what_needs_a_distributed_switch_is_not_modelled() {
    let mut host = machine("7.0");
    let output = exec(&mut host, "esxcli network ip interface add -s dvs -P 3");
    assert_eq!((output.status, output.changed), (super::NOT_MODELLED, false));
}

/// Found by fuzzing: the domain came back as XML that nobody reads.
#[test]
fn a_search_domain_or_tag_is_one_plain_word() {
    let mut host = machine("9.0");
    for value in ["example.net\u{6}", "a,b", ""] {
        refused(&mut host, &format!("esxcli network ip dns search add --domain={value}"));
        refused(&mut host, &format!("esxcli network ip interface tag add -i vmk0 --tagname={value}"));
    }
    text(&mut host, "esxcli network ip dns search add -d example.net");
    assert_eq!(host.state.dns.search, ["example.net"]);
}
