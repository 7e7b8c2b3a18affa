//! `network ip`, as captured and from one command to the next.

use super::*;

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
fn names_of_another_stack_are_not_those_of_the_default_one() {
    let mut host = machine("7.0");
    exec(&mut host, "esxcli network ip dns server add -s 192.168.1.30 -N defaultTcpipStack");
    assert_eq!(text(&mut host, "esxcli network ip dns server list -N vmotion"), "   DNSServers: \n");
    assert_eq!(text(&mut host, "esxcli network ip dns search list -N vmotion"), "   DNSSearch Domains: \n");
    let output = exec(&mut host, "esxcli network ip dns server add -s 192.168.1.31 -N vmotion");
    assert_eq!((output.status, output.changed), (crate::model::NOT_MODELLED, false));
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
    host.booted();
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
    host.booted();
    assert_eq!(text(&mut host, addresses), "");
    assert!(!text(&mut host, "esxcfg-vmknic -l").contains("fe80::"));
    exec(&mut host, "esxcli network ip set -e y");
    host.booted();
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
