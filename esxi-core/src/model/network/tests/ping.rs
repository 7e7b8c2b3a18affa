//! Pings, and whom the host knows on its links.

use super::*;

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
