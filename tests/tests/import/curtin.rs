//! Every word of version 1 of the format, one by one.

use esxi_core::diag::{Code, Diagnostic, codes};
use esxi_core::import::{ImportOptions, Imported, curtin};
use esxi_core::spec::{HostSpec, Ipv4Spec, VmkSpec};
use esxi_core::teaming::SwitchSide;

fn import(config: &str) -> Imported {
    let options = ImportOptions { switch: Some(SwitchSide::Independent), ..ImportOptions::default() };
    curtin("curtin.yaml", &format!("version: 1\nconfig:\n{config}"), &options)
}

fn good(config: &str) -> HostSpec {
    let imported = import(config);
    imported.spec.unwrap_or_else(|| panic!("{config}\n{:?}", imported.diagnostics))
}

const CARD: &str = "  - { type: physical, name: e0, mac_address: '0c:c4:7a:b5:80:02' }\n";

fn on_card(config: &str) -> String {
    format!("  - {{ type: physical, name: e0, mac_address: '0c:c4:7a:b5:80:02', {config} }}\n")
}

fn adapter(config: &str) -> Option<VmkSpec> {
    good(config).vmkernel().next().map(|(_, vmk)| vmk.clone())
}

fn at<'a>(found: &'a [Diagnostic], path: &str) -> Option<&'a Diagnostic> {
    found.iter().find(|d| d.path.as_deref() == Some(path))
}

#[test]
fn every_type_of_device() {
    for (item, outcome) in [
        ("type: physical, name: e1, mac_address: '0c:c4:7a:b5:80:03'", None),
        ("type: bond, name: b, bond_interfaces: [e0], params: { bond-mode: 1 }", None),
        ("type: bond, name: b, bond_slaves: e0, bond_mode: active-backup", None),
        ("type: bridge, name: b, bridge_interfaces: [e0]", None),
        ("type: bridge, name: b, bridge_ports: 'e0', bridge_stp: 'off'", None),
        ("type: bridge, name: b", None),
        ("type: vlan, name: v, vlan_link: e0, vlan_id: '7'", None),
        ("type: vlan, name: v, vlan-link: e0, vlan-id: 7", None),
        ("type: nameserver, address: 192.0.2.53", None),
        ("type: route, destination: 10.0.0.0/8, gateway: 192.0.2.1", None),
        ("type: loopback, name: lo, subnets: [{ type: loopback }]", None),
        ("type: infiniband, name: ib0, mac_address: '80:00:00:28:fe:80'", Some(codes::IMPORT_IMPOSSIBLE)),
        ("type: tunnel, name: t", Some(codes::IMPORT_IMPOSSIBLE)),
        ("name: nothing", Some(codes::IMPORT_INCOMPLETE)),
        ("type: vlan, name: v, vlan_id: 7", Some(codes::IMPORT_INCOMPLETE)),
        ("type: bridge, name: b, bridge_interfaces: [e0, e0]", Some(codes::IMPORT_IMPOSSIBLE)),
    ] {
        let imported = import(&format!("{CARD}  - {{ {item} }}\n"));
        let errors: Vec<Code> =
            imported.diagnostics.iter().filter(|d| d.is_error()).map(|d| d.code).collect();
        assert_eq!(errors, outcome.into_iter().collect::<Vec<_>>(), "{item}");
        let cured = |d: &&Diagnostic| d.is_error() && d.code == codes::IMPORT_IMPOSSIBLE;
        assert!(imported.diagnostics.iter().filter(cured).all(|d| d.help.is_some()), "{item}");
    }
}

#[test]
fn every_type_of_subnet() {
    for (kind, v4, dhcp6, advertisements) in [
        ("dhcp", Some(Ipv4Spec::Dhcp), None, None),
        ("dhcp4", Some(Ipv4Spec::Dhcp), None, None),
        ("dhcp6", Some(Ipv4Spec::None), Some(true), None),
        ("ipv6_dhcpv6-stateful", Some(Ipv4Spec::None), Some(true), None),
        ("ipv6_dhcpv6-stateless", Some(Ipv4Spec::None), Some(false), Some(true)),
        ("ipv6_slaac", Some(Ipv4Spec::None), Some(false), Some(true)),
    ] {
        let vmk = adapter(&on_card(&format!("subnets: [{{ type: {kind} }}]"))).unwrap();
        let ipv6 = vmk.ipv6.unwrap_or_default();
        assert_eq!((vmk.ipv4, ipv6.dhcp, ipv6.router_advertisements), (v4, dhcp6, advertisements), "{kind}");
    }
    assert_eq!(adapter(&on_card("subnets: [{ type: manual }]")), None);
    for kind in ["static", "static4", "static6"] {
        let address = if kind == "static6" { "2001:db8::10/64" } else { "192.0.2.10/24" };
        let vmk = adapter(&on_card(&format!("subnets: [{{ type: {kind}, address: '{address}' }}]"))).unwrap();
        assert_eq!(vmk.ipv6.is_some(), kind == "static6");
    }
    let imported = import(&on_card("subnets: [{ type: bootp }]"));
    assert_eq!(at(&imported.diagnostics, "/config/0/subnets/0/type").unwrap().code, codes::WRONG_VALUE);
}

#[test]
fn a_bonds_parameters_in_every_spelling() {
    let pair = format!("{CARD}  - {{ type: physical, name: e1, mac_address: '0c:c4:7a:b5:80:03' }}\n");
    let bond = |params: &str| {
        let spec =
            good(&format!("{pair}  - {{ type: bond, name: b, bond_interfaces: [e0, e1], {params} }}\n"));
        let teaming = spec.vswitches().next().unwrap().1.teaming.clone().unwrap();
        (teaming.active.unwrap()[0].to_string(), teaming.failback)
    };
    for params in [
        "params: { mode: active-backup, primary: e1, primary_reselect: failure }",
        "params: { bond-mode: active-backup, bond-primary: e1, bond-primary-reselect: failure }",
        "params: { bond_mode: active-backup, bond_primary: e1, bond_primary_reselect: failure }",
        "params: { bond-mode: 1, bond-primary: e1, bond-primary-reselect: 2 }",
        "bond-mode: '1', bond-primary: e1, bond-primary-reselect: failure",
        "bond_mode: Active-Backup, bond_primary: e1, bond_primary_reselect: failure",
    ] {
        assert_eq!(bond(params), ("0c:c4:7a:b5:80:03".to_owned(), Some(false)), "{params}");
    }
}

#[test]
fn name_servers_as_a_text_and_as_a_list() {
    for servers in [
        "type: nameserver, address: '192.0.2.53 192.0.2.54', search: 'a.example b.example'",
        "type: nameserver, address: [192.0.2.53, 192.0.2.54], search: [a.example, b.example]",
        "type: nameserver, addresses: ['192.0.2.53,192.0.2.54'], search: 'a.example,b.example'",
    ] {
        let dns = good(&format!("{CARD}  - {{ {servers} }}\n")).network.unwrap().dns.unwrap();
        assert_eq!(dns.servers.unwrap().len(), 2, "{servers}");
        assert_eq!(dns.search.unwrap(), ["a.example", "b.example"], "{servers}");
    }
}

#[test]
fn an_address_of_digits_without_quotes_is_read_and_warned_of() {
    let imported = import("  - { type: physical, name: e0, mac_address: 52:54:00:12:34:02 }\n");
    let uplinks = imported.spec.unwrap().vswitches().next().unwrap().1.uplinks.clone().unwrap();
    assert_eq!(uplinks[0].to_string(), "52:54:00:12:34:02");
    assert_eq!(at(&imported.diagnostics, "/config/0/mac_address").unwrap().code, codes::YAML11_DIFFERS);
    // A writer that made a number of it is found out.
    let imported = import("  - { type: physical, name: e0, mac_address: 41135085242 }\n");
    let finding = imported.diagnostics.iter().find(|d| d.is_error()).unwrap();
    assert_eq!(finding.fix.as_deref(), Some("\"52:54:00:12:34:02\""));
}

#[test]
fn an_mtu_at_every_level_reaches_adapter_and_switch() {
    for config in [
        on_card("mtu: 9000, subnets: [{ type: dhcp }]"),
        on_card("subnets: [{ type: dhcp, mtu: 9000 }]"),
        format!(
            "{CARD}  - {{ type: bridge, name: b, bridge_interfaces: [e0], mtu: 9000, subnets: [{{ type: dhcp }}] }}\n"
        ),
        format!(
            "{CARD}  - {{ type: vlan, name: v, vlan_link: e0, vlan_id: 7, mtu: 9000, subnets: [{{ type: dhcp }}] }}\n"
        ),
        format!(
            "{}  - {{ type: vlan, name: v, vlan_link: e0, vlan_id: 7, subnets: [{{ type: dhcp }}] }}\n",
            on_card("mtu: 9000")
        ),
    ] {
        let spec = good(&config);
        assert_eq!(spec.vmkernel().next().unwrap().1.mtu.unwrap().get(), 9000, "{config}");
        assert_eq!(spec.vswitches().next().unwrap().1.mtu.unwrap().get(), 9000, "{config}");
    }
    // What says nothing has 1500, and the switch has to carry that, too.
    let spec = good(&format!(
        "{CARD}  - {{ type: vlan, name: v, vlan_link: e0, vlan_id: 7, mtu: 1400, subnets: [{{ type: dhcp }}] }}\n"
    ));
    assert_eq!(spec.vswitches().next().unwrap().1.mtu.unwrap().get(), 1500);
}

#[test]
fn a_bridge_that_cannot_be_a_vswitch_says_what_to_do() {
    let cards = format!("{CARD}  - {{ type: physical, name: e1, mac_address: '0c:c4:7a:b5:80:03' }}\n");
    for (items, says) in [
        ("  - { type: bridge, name: b, bridge_interfaces: [e0, e1] }\n", "make a bond of them"),
        (
            "  - { type: vlan, name: v, vlan_link: e0, vlan_id: 7 }\n  - { type: bridge, name: b, bridge_interfaces: [v, e1] }\n",
            "a bridge of its own",
        ),
        (
            "  - { type: bridge, name: b, bridge_interfaces: [e0] }\n  - { type: bridge, name: c, bridge_interfaces: [e0] }\n",
            "leave it under one",
        ),
        (
            "  - { type: bond, name: b, bond_interfaces: [e0, e1], params: { mode: 1 } }\n  - { type: bridge, name: c, bridge_interfaces: [e0] }\n",
            "put the bridge over the bond",
        ),
        (
            "  - { type: bridge, name: b }\n  - { type: bridge, name: c, bridge_interfaces: [b] }\n",
            "on one bridge",
        ),
    ] {
        let imported = import(&format!("{cards}{items}"));
        let errors: Vec<_> = imported.diagnostics.iter().filter(|d| d.is_error()).collect();
        let [error] = errors.as_slice() else { panic!("{items}: {errors:?}") };
        assert!(error.help.as_deref().unwrap().contains(says), "{error}");
    }
    let configured = on_card("subnets: [{ type: dhcp }]");
    let imported = import(&format!("{configured}  - {{ type: bridge, name: b, bridge_interfaces: [e0] }}\n"));
    assert!(imported.diagnostics.iter().any(|d| d.is_error() && d.message.contains("address of its own")));
}
