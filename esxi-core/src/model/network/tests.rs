//! Against captures, and from one command to the next.

use super::show::legacy_pci;
use crate::model::tests::{exec, group, mac, machine, nic, refused, same, text};
use crate::model::{Call, Machine, Memory, Output, PowerChange, Vmx, run_in, samples};
use crate::state::{Fact, Ipv4Config, Lease};
use std::collections::BTreeMap;
use std::net::IpAddr;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A host at 192.0.2.10/24 with a default route, around which these addresses answer.
fn reachable(version: &str, answering: &[&str]) -> (Machine, Memory) {
    let mut host = machine(version);
    for line in [
        "esxcli network ip interface ipv4 set -i vmk0 -t static -I 192.0.2.10 -N 255.255.255.0",
        "esxcfg-route 192.0.2.1",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    (host, Memory { answering: answering.iter().map(|one| ip(one)).collect(), ..Memory::default() })
}

fn among(host: &mut Machine, around: &mut Memory, line: &str) -> Output {
    let argv: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
    run_in(host, around, &Call::new(&argv))
}

fn said(host: &mut Machine, around: &mut Memory, line: &str) -> String {
    let output = among(host, around, line);
    assert_eq!(output.status, 0, "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Labels of the lines of the first item.
fn labels(text: &str) -> Vec<String> {
    let item = text.split("\n\n").next().unwrap_or_default();
    item.lines().filter_map(|line| line.trim().split_once(':')).map(|(label, _)| label.to_owned()).collect()
}

#[test]
fn interface_lines_grow_with_the_releases() {
    let shown = |version| labels(&text(&mut machine(version), "esxcli network ip interface list"));
    if let Some(sample) = samples::output("esxcli-network-ip-interface-list--unknown--1.txt") {
        assert_eq!(shown("5.0"), labels(&sample));
    }
    let (old, newer, newest) = (shown("5.5"), shown("6.0"), shown("8.0"));
    assert_eq!((shown("5.1"), old.len()), (shown("5.0"), 13));
    assert!(old.contains(&"VDS UUID".to_owned()) && !old.contains(&"Opaque Network ID".to_owned()));
    assert_eq!((newer.len(), newest.len()), (16, 17));
    assert_eq!(newest[15..], ["RXDispQueue Size", "Port ID"]);
}

#[test]
fn ipv4_columns_of_old_and_new() {
    let head = |version, command: &str| {
        let shown = text(&mut machine(version), &format!("esxcli network ip interface ipv4 {command}"));
        shown.lines().next().unwrap().split("  ").map(str::trim).filter(|cell| !cell.is_empty()).count()
    };
    assert_eq!(
        (head("5.0", "get"), head("6.0", "get"), head("6.5", "get"), head("9.0", "get")),
        (6, 6, 7, 7)
    );
    let mut host = machine("6.7");
    exec(
        &mut host,
        "esxcli network ip interface ipv4 set -i vmk0 -t static -I 10.130.2.122 -N 255.255.255.0",
    );
    exec(&mut host, "esxcfg-route 10.130.2.1");
    let ours = text(&mut host, "esxcli network ip interface ipv4 get").replace("vmk0", "vmk1");
    same("esxcli-network-ip-interface-ipv4-get--6.7.0--1.txt", &ours, &[]);
    let mut host = machine("7.0");
    for line in [
        "esxcli network ip interface ipv4 set -i vmk0 -t static -I 192.168.1.109 -N 255.255.255.0",
        "esxcli network ip route ipv4 add -n default -g 192.168.1.1",
        "esxcfg-vswitch -A iscsi vSwitch0",
        "esxcfg-vmknic -a -i 10.1.0.12 -n 255.255.255.0 -p iscsi",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    let ours = text(&mut host, "esxcli network ip interface ipv4 address list");
    same("esxcli-network-ip-interface-ipv4-address-list--unknown--1.txt", &ours, &[]);
    let ours = text(&mut host, "esxcli network ip netstack list");
    same("esxcli-network-ip-netstack-list--7x-8x--1.txt", &ours, &[]);
}

#[test]
fn routes_of_5_5_and_none_before_5_1() {
    let mut host = machine("5.5");
    exec(&mut host, "esxcli network ip interface ipv4 set -i vmk0 -t static -I 192.168.5.9 -N 255.255.255.0");
    exec(&mut host, "esxcli network ip route ipv4 add -n default -g 192.168.5.1");
    let ours = text(&mut host, "esxcli network ip route ipv4 list");
    same("esxcli-network-ip-route-ipv4-list--5.5-6.0--1.txt", &ours, &[]);
    for line in [
        "esxcli network ip route ipv4 list",
        "esxcli network ip netstack list",
        "esxcli network nic ring preset get -n vmnic0",
    ] {
        assert!(exec(&mut machine("5.0"), line).stdout.starts_with(b"Error: Unknown command"), "{line}");
    }
}

#[test]
fn name_servers_and_domains() {
    let mut host = machine("5.1");
    same(
        "esxcli-network-ip-dns-server-list--unknown--1.txt",
        text(&mut host, "esxcli network ip dns server list").trim_start(),
        &[],
    );
    exec(&mut host, "esxcli network ip dns server add -s 192.168.1.30");
    exec(&mut host, "esxcli network ip dns search add -d test.com");
    let servers = text(&mut host, "esxcli network ip dns server list");
    same("esxcli-network-ip-dns-server-list--unknown--2.txt", servers.trim_start(), &[]);
    let domains = text(&mut host, "esxcli network ip dns search list");
    same("esxcli-network-ip-dns-search-list--unknown--2.txt", domains.trim_start(), &[]);
}

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
    assert!(text(&mut host, "esxcli network nic cso get -n vmnic0").ends_with("vmnic0  on\n"));
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
    host.network.cards.retain(|_, card| *card != super::state::Card::default());
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
        shown.contains("   Driver Info: \n         Bus Info: 0000:01:00.0\n         Driver: ixgben\n"),
        "{shown}"
    );
    let Some(sample) = samples::output("esxcli-network-nic-get-xml--8.x--1.txt") else { return };
    let fields = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| line.starts_with("<field")).map(str::to_owned).collect()
    };
    assert_eq!(fields(&text(&mut host, "esxcli --formatter=xml network nic get -n vmnic0")), fields(&sample));
}

#[test]
fn speed_by_the_older_tool() {
    let mut host = machine("5.5");
    assert!(exec(&mut host, "esxcfg-nics -s 1000 -d full vmnic0").changed);
    assert!(text(&mut host, "esxcfg-nics -l").contains("Up   1000Mbps   Full"));
    for line in ["esxcfg-nics -s 1000 vmnic0", "esxcfg-nics -s fast -d full vmnic0", "esxcfg-nics -a vmnic9"]
    {
        refused(&mut host, line);
    }
    assert!(exec(&mut host, "esxcfg-nics -a vmnic0").changed);
    assert_eq!(host, machine("5.5"));
}

#[test]
fn stacks_are_made_set_and_removed() {
    let mut host = machine("7.0");
    assert!(exec(&mut host, "esxcli network ip netstack add -N vmotion").changed);
    let again = refused(&mut host, "esxcli network ip netstack add -N vmotion");
    assert_eq!(again, "Netstack instance 'vmotion' is already found in kernel\n");
    if let Some(sample) = samples::output("ERROR-netstack-add-exists--7.x-8.x--1.txt") {
        assert_eq!(again, sample);
    }
    exec(&mut host, "esxcli network ip netstack set -N vmotion -c cubic -m 200");
    let get = "esxcli network ip netstack get -N vmotion";
    let shown = text(&mut host, get);
    assert!(shown.starts_with("vmotion\n   Key: vmotion\n   Name: vmotion\n   Enabled: true\n"), "{shown}");
    assert!(shown.contains("   Max Connections: 200\n   Current Max Connections: 11000\n"));
    host.boot();
    assert!(text(&mut host, get).contains("   Current Max Connections: 200\n"));
    exec(&mut host, "esxcfg-vswitch -A vm vSwitch0");
    exec(&mut host, "esxcli network ip interface add -p vm -N vmotion");
    assert!(refused(&mut host, "esxcli network ip netstack remove -N vmotion").contains("Busy"));
    exec(&mut host, "esxcli network ip interface remove -i vmk1");
    assert!(exec(&mut host, "esxcli network ip netstack remove -N vmotion").changed);
    refused(&mut host, get);
    refused(&mut host, "esxcli network ip netstack remove -N defaultTcpipStack");
}

#[test]
fn ipv6_goes_with_the_next_boot() {
    let mut host = machine("6.7");
    assert_eq!(text(&mut host, "esxcli network ip get"), "   IPv6Enabled: true\n");
    let addresses = "esxcli network ip interface ipv6 address list";
    assert!(exec(&mut host, "esxcli network ip set --ipv6-enabled=false").changed);
    assert_eq!(text(&mut host, "esxcli network ip get"), "   IPv6Enabled: false\n");
    assert!(text(&mut host, addresses).contains("fe80::"));
    host.boot();
    assert_eq!(text(&mut host, addresses), "");
    assert!(!text(&mut host, "esxcfg-vmknic -l").contains("fe80::"));
    exec(&mut host, "esxcli network ip set -e y");
    host.boot();
    assert_eq!(host, machine("6.7"));
}

#[test]
fn name_servers_of_dhcp_are_taken_or_left() {
    let mut host = machine("7.0");
    let get = "esxcli network ip interface ipv4 get";
    assert!(text(&mut host, get).ends_with("true\n"));
    exec(&mut host, "esxcli network ip interface ipv4 set -i vmk0 -t dhcp -P false");
    assert!(text(&mut host, get).ends_with("false\n"));
    exec(&mut host, "esxcli network ip interface ipv4 set -i vmk0 -t dhcp -P true");
    assert_eq!(host, machine("7.0"));
}

#[test]
fn connections_and_who_listens() {
    let mut host = machine("5.1");
    let shown = text(&mut host, "esxcli network ip connection list -t tcp");
    assert!(shown.starts_with(
        "Proto  Recv Q  Send Q  Local Address    Foreign Address  State        World ID  World Name"
    ));
    assert!(
        shown.contains("\ntcp         0       0  127.0.0.1:8307   127.0.0.1:53938  ESTABLISHED "),
        "{shown}"
    );
    for line in
        ["0.0.0.0:443 0.0.0.0:0 LISTEN", "0.0.0.0:22 0.0.0.0:0 LISTEN", "0.0.0.0:902 0.0.0.0:0 LISTEN"]
    {
        let rows = shown.lines().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(rows.into_iter().any(|row| row.contains(line)), "{line}");
    }
    assert!(!shown.contains("udp"));
    let newer = text(&mut machine("8.0"), "esxcli network ip connection list");
    assert!(newer.lines().next().unwrap().ends_with("World ID  CC Algo  World Name"));
    assert!(!newer.contains(":123"));
    let mut host = machine("7.0");
    exec(&mut host, "esxcli network firewall ruleset set -r ntpClient -e true");
    assert!(text(&mut host, "esxcli network ip connection list -t udp").contains("0.0.0.0:123"));
    assert_eq!(text(&mut host, "esxcli network ip connection list -N vmotion"), "");
}

#[test]
fn neighbours_are_who_answers_on_the_link() {
    let (mut host, mut around) = reachable("6.5", &["192.0.2.1", "192.0.2.53", "198.51.100.1"]);
    for server in ["192.0.2.53", "192.0.2.54", "198.51.100.1"] {
        exec(&mut host, &format!("esxcli network ip dns server add -s {server}"));
    }
    let shown = said(&mut host, &mut around, "esxcli network ip neighbor list -i vmk0");
    assert_eq!(
        shown,
        "Neighbor    Mac Address        Vmknic    Expiry  State  Type\n\
         ----------  -----------------  ------  --------  -----  -------\n\
         192.0.2.1   02:00:c0:00:02:01  vmk0    1200 sec         Unknown\n\
         192.0.2.53  02:00:c0:00:02:35  vmk0    1200 sec         Unknown\n"
    );
    assert_eq!(said(&mut host, &mut around, "esxcli network ip neighbor list -v 6"), "");
    assert!(said(&mut host, &mut around, "esxcfg-route -n").contains("192.0.2.53 "));
    said(&mut host, &mut around, "esxcli network ip neighbor remove -v 4 -a 192.0.2.53");
    let gone = among(&mut host, &mut around, "esxcli network ip neighbor remove -v 4 -a 192.0.2.99");
    assert_eq!(gone.status, 1);
}

/// The lines of VMware's vSAN guide.
#[test]
fn pings() {
    let (mut host, mut around) = reachable("6.7", &["192.0.2.1", "198.51.100.7"]);
    assert_eq!(
        said(&mut host, &mut around, "vmkping -I vmk0 -c 2 192.0.2.1"),
        "PING 192.0.2.1 (192.0.2.1): 56 data bytes\n\
         64 bytes from 192.0.2.1: icmp_seq=0 ttl=64 time=0.300 ms\n\
         64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.300 ms\n\n\
         --- 192.0.2.1 ping statistics ---\n\
         2 packets transmitted, 2 packets received, 0% packet loss\n\
         round-trip min/avg/max = 0.300/0.300/0.300 ms\n"
    );
    assert!(said(&mut host, &mut around, "ping 198.51.100.7").contains("ttl=63"));
    let silent = among(&mut host, &mut around, "vmkping -c 4 192.0.2.99");
    assert_eq!(silent.status, 1);
    let tail = "4 packets transmitted, 0 packets received, 100% packet loss\n";
    assert!(String::from_utf8(silent.stdout).unwrap().ends_with(tail));
    let long = among(&mut host, &mut around, "vmkping -d -s 8972 192.0.2.1");
    assert!(String::from_utf8(long.stdout).unwrap().contains("\nsendto() failed (Message too long)\n"));
    // A vmkernel adapter may not be taught what its vSwitch does not pass.
    exec(&mut host, "esxcli network ip interface set -i vmk0 -m 9000");
    assert_eq!(among(&mut host, &mut around, "vmkping -d -s 8972 192.0.2.1").status, 1);
    exec(&mut host, "esxcli network vswitch standard set -v vSwitch0 -m 9000");
    assert!(said(&mut host, &mut around, "vmkping -d -s 8972 192.0.2.1").contains("\n8980 bytes from"));
    for line in
        ["vmkping -I vmk7 192.0.2.1", "vmkping gateway.example", "vmkping -c", "vmkping ++netstack=a_b x"]
    {
        assert_ne!(among(&mut host, &mut around, line).status, 0, "{line}");
    }
    exec(&mut host, "esxcfg-route -d default 192.0.2.1");
    let lost = among(&mut host, &mut around, "vmkping 198.51.100.7");
    assert!(String::from_utf8(lost.stdout).unwrap().contains("sendto() failed (Network is unreachable)"));
    assert!(said(&mut host, &mut around, "vmkping 192.0.2.10").contains("3 packets received"));
}

#[test]
fn pings_by_esxcli() {
    let (mut host, mut around) = reachable("6.5", &["192.0.2.1"]);
    assert_eq!(
        said(&mut host, &mut around, "esxcli network diag ping -I vmk0 -H 192.0.2.1 -c 2"),
        "   Trace: \n         Received Bytes: 64\n         Host: 192.0.2.1\n         ICMP Seq: 0\n         TTL: 64\n         \
         Round-trip Time: 300 us\n         Dup: false\n         Detail: \n      \n         Received Bytes: 64\n         \
         Host: 192.0.2.1\n         ICMP Seq: 1\n         TTL: 64\n         Round-trip Time: 300 us\n         Dup: false\n         \
         Detail: \n   Summary: \n         Host Addr: 192.0.2.1\n         Transmitted: 2\n         Recieved: 2\n         \
         Duplicated: 0\n         Packet Lost: 0\n         Round-trip Min: 300 us\n         Round-trip Avg: 300 us\n         \
         Round-trip Max: 300 us\n"
    );
    let lost = said(&mut host, &mut around, "esxcli network diag ping -H 192.0.2.99");
    assert!(lost.contains("         Recieved: 0\n") && lost.contains("         Packet Lost: 100\n"));
    let long = among(&mut host, &mut around, "esxcli network diag ping -H 192.0.2.1 -d -s 1473");
    assert_eq!((long.status, long.stdout), (1, b"sendto() failed (Message too long)\n".to_vec()));
    said(&mut host, &mut around, "esxcli network diag ping -H 192.0.2.1 -d -s 1472");
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
    for line in ["vswitch dvs vmware list", "sriovnic list", "multicast group list", "vm list"] {
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

#[test]
fn adapters_by_the_older_tool_as_captured() {
    let mut host = machine("8.0");
    let vmk0 = host.state.vmkernel.get_mut("vmk0").unwrap();
    vmk0.mac = Some(mac("b0:7b:25:aa:bb:cc"));
    let lease = Lease { address: "172.31.0.103/16".parse().unwrap(), gateway: None };
    vmk0.ipv4 = Fact::Known(Ipv4Config::Dhcp { lease: Some(lease) });
    for line in [
        "esxcfg-vswitch -A 16 vSwitch0",
        "esxcfg-vmknic -a -i 15.1.1.1 -n 255.0.0.0 -M 00:50:aa:bb:cc:5e -p 16",
        "esxcli network ip interface ipv6 address add -i vmk1 -I 3001:15::1:1:1/64",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    let ours = text(&mut host, "esxcfg-vmknic -l");
    let Some(theirs) = samples::output("esxcfg-vmknic-l--7x-8x--3.txt") else { return };
    // Its author changed the addresses of the cards, so those that were made from them differ.
    let plain = |text: &str| -> Vec<String> {
        let rows = text.lines().filter(|row| !row.contains("fe80"));
        rows.take(4).map(|row| row.trim_end().to_owned()).collect()
    };
    assert_eq!(plain(&ours), plain(&theirs));
}

#[test]
fn the_older_tools_do_what_they_say() {
    let mut host = machine("6.5");
    for (line, shown) in [
        ("esxcfg-vswitch -c vSwitch0", "1\n"),
        ("esxcfg-vswitch -c vSwitch7", "0\n"),
        ("esxcfg-vswitch -C VM_Network", "1\n"),
        ("esxcfg-vswitch -b vSwitch0", "listen\n"),
        ("esxcfg-vswitch -B both vSwitch0", ""),
        ("esxcfg-vswitch -b vSwitch0", "both\n"),
        ("esxcfg-vswitch -B listen vSwitch0", ""),
        ("esxcfg-vswitch -R", ""),
        ("esxcfg-vswitch -L vmnic1 vSwitch0", ""),
        ("esxcfg-vswitch -M vmnic1 -p VM_Network vSwitch0", ""),
        ("esxcfg-vswitch -N vmnic0 -p VM_Network vSwitch0", ""),
        ("esxcfg-vswitch -p ALL -v 7 vSwitch0", ""),
        ("esxcfg-vmknic -D Management_Network", ""),
        ("esxcfg-vmknic -i 192.168.1.5 -n 255.255.255.0 Management_Network", ""),
        ("esxcfg-route -a 10.12.10.0/24 192.168.1.2", "Adding static route 10.12.10.0/24 to VMkernel\n"),
        ("esxcfg-route -d 10.12.10.0/24 192.168.1.2", "Deleting static route 10.12.10.0/24 from VMkernel\n"),
        (
            "esxcfg-route -a 10.12.11.0 255.255.255.0 192.168.1.2",
            "Adding static route 10.12.11.0/24 to VMkernel\n",
        ),
        ("esxcfg-route 192.168.1.1", "VMkernel default gateway is 192.168.1.1\n"),
        ("esxcfg-route -f V6", "VMkernel default gateway is not set\n"),
        ("esxcfg-route -f V6 -a default fe80::1", "VMkernel default gateway is fe80::1\n"),
        ("esxcfg-route -f v6", "VMkernel default gateway is fe80::1\n"),
    ] {
        assert_eq!(text(&mut host, line), shown, "{line}");
    }
    let teaming = host.state.effective_teaming("VM Network").unwrap();
    assert_eq!(teaming.order.active, ["vmnic1"]);
    assert!(host.state.port_groups.values().all(|group| group.vlan.get() == 7));
    assert!(!host.state.vmkernel["vmk0"].enabled);
    assert!(text(&mut host, "esxcfg-route -f V6 -l").contains("default "));
    let before = host.clone();
    for line in [
        "esxcfg-vswitch -B loud vSwitch0",
        "esxcfg-vswitch -b vSwitch9",
        "esxcfg-vswitch -v 7 vSwitch0",
        "esxcfg-vmknic -d nothing",
        "esxcfg-vmknic -d",
        "esxcfg-vmknic -i 10.0.0.1 VM_Network",
        "esxcfg-route -a 2001:db8::/64 192.168.1.2",
    ] {
        refused(&mut host, line);
    }
    for line in ["esxcfg-vmknic -a -s dvs -v 3", "esxcfg-route -x", "esxcfg-nics --bogus"] {
        assert_eq!(exec(&mut host, line).status, crate::model::NOT_MODELLED, "{line}");
    }
    assert_eq!(host, before);
}

/// The words of a line as a shell has them, up to where its next command begins; `$` variables stay.
fn shell_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '|' | ';' | '>' | '<' | '&' | '#' | ')' | '`') => break,
            (None, ' ' | '\t') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// A value for a variable, by the option before it.
fn filled(option: &str, variable: &str) -> &'static str {
    match option.trim_start_matches('-') {
        "vlan-id" => "10",
        "mtu" => "9000",
        "ports" => "256",
        "cdp-status" => "both",
        "failure-detection" => "link",
        "load-balancing" => "portid",
        "interface-name" | "i" if !variable.contains("IP") => "vmk0",
        "netmask" | "N" => "255.255.255.0",
        "netstack" => "vmotion",
        "domain" | "d" => "example.com",
        "active-uplinks" | "uplink-name" => "vmnic0",
        "portgroup-name" | "p" => "VM Network",
        word if word.starts_with("allow-")
            || matches!(word, "failback" | "notify-switches" | "ipv6-enabled") =>
        {
            "no"
        }
        _ if variable.contains("vmnic") => "vmnic0",
        _ if variable.contains("netstack") => "defaultTcpipStack",
        _ => "192.0.2.1",
    }
}

/// Every line of the public kickstarts that is about the network is one that the model executes: what it is
/// asked may be refused by a host that is not set up for it, but not for want of a command or an option.
#[test]
fn lines_of_public_kickstarts_execute() {
    let Some(index) = samples::read("kickstart/INDEX.tsv") else { return };
    let mut lines = 0;
    for file in
        index.lines().filter_map(|row| row.split('\t').next()).filter(|file| file.starts_with("public/"))
    {
        let Some(script) = samples::read(&format!("kickstart/{file}")) else { continue };
        for line in script.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let start = [
                "esxcli network ",
                "esxcfg-nics ",
                "esxcfg-route ",
                "esxcfg-vmknic ",
                "esxcfg-vswitch ",
                "vmkping ",
            ]
            .iter()
            .filter_map(|word| line.find(word))
            .min();
            let Some(start) = start else { continue };
            let mut words = shell_words(&line[start..]);
            for at in 0..words.len() {
                let Some(dollar) = words[at].find('$') else { continue };
                let (head, variable) = words[at].split_at(dollar);
                let option = match head.strip_suffix('=') {
                    Some(option) => option.to_owned(),
                    None => words[at - 1].clone(),
                };
                words[at] = format!("{head}{}", filled(&option, variable));
            }
            let mut host = machine("6.7");
            let output = run_in(&mut host, &mut Memory::default(), &Call::new(&words));
            let sentence = String::from_utf8(output.stdout).unwrap();
            assert!(matches!(output.status, 0 | 1), "{file}: {words:?}: status {}", output.status);
            assert!(!sentence.starts_with("Error:"), "{file}: {words:?}: {sentence}");
            lines += 1;
        }
    }
    assert!(lines > 300, "only {lines} lines were found");
}
