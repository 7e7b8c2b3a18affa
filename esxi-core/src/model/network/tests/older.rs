//! The older tools.

use super::*;

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
