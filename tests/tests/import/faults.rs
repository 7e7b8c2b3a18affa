//! Fourteen inputs that are known to end wrong elsewhere, half of them without usable management.

use esxi_core::diag::{Diagnostic, codes};
use esxi_core::import::{ImportOptions, Imported, curtin};
use esxi_core::spec::{HostSpec, Ipv4Spec, NicRef, ResolveOptions, VSwitchSpec, VmkSpec, resolve};
use esxi_core::state::{FactoryNic, factory};
use esxi_core::teaming::{Compat, SwitchSide};

fn import(config: &str, options: &ImportOptions) -> Imported {
    curtin("curtin.yaml", &format!("version: 1\nconfig:\n{config}"), options)
}

fn good(config: &str) -> HostSpec {
    let options = ImportOptions { switch: Some(SwitchSide::Independent), ..ImportOptions::default() };
    let imported = import(config, &options);
    imported.spec.unwrap_or_else(|| panic!("{:?}", imported.diagnostics))
}

fn switch(spec: &HostSpec, at: usize) -> &VSwitchSpec {
    &spec.network.as_ref().unwrap().vswitches.as_ref().unwrap()[at]
}
fn vmks(spec: &HostSpec) -> &[VmkSpec] {
    spec.network.as_ref().unwrap().vmkernel.as_ref().unwrap()
}
fn names(nics: &Option<Vec<NicRef>>) -> Vec<String> {
    nics.iter().flatten().map(ToString::to_string).collect()
}
fn has(diagnostics: &[Diagnostic], code: esxi_core::diag::Code) -> bool {
    diagnostics.iter().any(|d| d.code == code)
}

const NIC: &str = "  - { type: physical, name: e0, mac_address: '0c:c4:7a:b5:80:02'";
const PAIR: &str = concat!(
    "  - { type: physical, name: e0, mac_address: '0c:c4:7a:b5:80:02' }\n",
    "  - { type: physical, name: e1, mac_address: '0c:c4:7a:b5:80:03' }\n",
);
const STATIC: &str = "subnets: [{ type: static, address: 192.0.2.10/24, gateway: 192.0.2.1 }]";

#[test]
fn fault_01_vmnic10_beside_vmnic1() {
    let spec = good(&format!(
        "  - {{ type: physical, name: vmnic10, mac_address: '0c:c4:7a:b5:80:0a' }}
  - {{ type: physical, name: vmnic1, mac_address: '0c:c4:7a:b5:80:01' }}
  - {{ type: bond, name: b, bond_interfaces: [vmnic10, vmnic1], params: {{ bond-mode: balance-rr }}, {STATIC} }}\n"
    ));
    let teaming = switch(&spec, 0).teaming.as_ref().unwrap();
    assert_eq!(names(&teaming.active), ["0c:c4:7a:b5:80:0a", "0c:c4:7a:b5:80:01"]);
    assert_eq!(names(&switch(&spec, 0).uplinks), names(&teaming.active));
}

#[test]
fn fault_02_a_bond_with_an_address_of_its_own() {
    let spec = good(&format!(
        "{PAIR}  - {{ type: bond, name: b, mac_address: '02:00:00:00:00:01', bond_interfaces: [e0, e1],
      params: {{ bond-mode: active-backup }}, {STATIC} }}\n"
    ));
    assert_eq!(switch(&spec, 0).uplinks.as_ref().unwrap().len(), 2);
    assert_eq!(vmks(&spec)[0].mac.unwrap().to_string(), "02:00:00:00:00:01");
}

#[test]
fn fault_03_ipv6_keeps_its_prefix() {
    for subnet in [
        "{ type: static6, address: '2001:db8::10/64' }",
        "{ type: static, address: '2001:db8::10', netmask: 'ffff:ffff:ffff:ffff::' }",
        "{ type: static, address: '2001:db8::10', netmask: 64 }",
    ] {
        let spec = good(&format!("{NIC}, subnets: [{subnet}] }}\n"));
        let ipv6 = vmks(&spec)[0].ipv6.as_ref().unwrap();
        assert_eq!(ipv6.addresses.as_ref().unwrap()[0].to_string(), "2001:db8::10/64");
    }
    let imported = import(
        &format!("{NIC}, subnets: [{{ type: static6, address: '2001:db8::10' }}] }}\n"),
        &ImportOptions::default(),
    );
    assert!(imported.spec.is_none() && has(&imported.diagnostics, codes::ADDRESS_SYNTAX));
}

#[test]
fn fault_04_a_name_server_as_a_text() {
    let spec = good(&format!(
        "{NIC}, {STATIC} }}\n  - {{ type: nameserver, address: 192.0.2.53, search: example.net }}\n"
    ));
    let dns = spec.network.as_ref().unwrap().dns.as_ref().unwrap();
    assert_eq!(dns.servers.as_ref().unwrap().len(), 1);
    assert_eq!(dns.search.as_ref().unwrap(), &["example.net"]);
}

#[test]
fn fault_05_no_mtu_is_no_mtu() {
    let spec = good(&format!("{NIC}, {STATIC} }}\n"));
    assert_eq!((switch(&spec, 0).mtu, vmks(&spec)[0].mtu), (None, None));
}

#[test]
fn fault_06_a_mode_without_counterpart_makes_nothing_by_halves() {
    let config = format!(
        "{PAIR}  - {{ type: bond, name: b, bond_interfaces: [e0, e1], params: {{ mode: balance-xor }}, {STATIC} }}\n"
    );
    let options = ImportOptions { compat: Some(Compat::PackerMaas), ..ImportOptions::default() };
    let imported = import(&config, &options);
    assert!(imported.spec.is_none());
    let finding = imported.diagnostics.iter().find(|d| d.code == codes::TEAMING_REFUSED).unwrap();
    assert_eq!(finding.path.as_deref(), Some("/config/2/params/mode"));
    // With the switch side known the mode has a counterpart, adapter and all.
    let spec = good(&config);
    assert_eq!(vmks(&spec).len(), 1);
}

#[test]
fn fault_07_an_alias_has_an_address_of_its_own_on_the_wire() {
    let spec = good(&format!(
        "{NIC}, mtu: 1500, subnets: [{{ type: static, address: 192.0.2.10/24 }}, {{ type: static, address: 198.51.100.10/24 }}] }}\n"
    ));
    let [first, second] = vmks(&spec) else { panic!("two adapters") };
    assert_ne!(first.port_group, second.port_group);
    assert!(first.mac.is_none() && second.mac.is_none(), "ESXi chooses different ones");
    // The same for a bond's own address, which one adapter only can have.
    let spec = good(&format!(
        "{PAIR}  - {{ type: bond, name: b, mac_address: '02:00:00:00:00:01', bond_interfaces: [e0, e1],
      params: {{ bond-mode: active-backup }}, subnets: [{{ type: dhcp }}, {{ type: static, address: 198.51.100.10/24 }}] }}\n"
    ));
    assert_eq!(vmks(&spec).iter().filter(|vmk| vmk.mac.is_some()).count(), 1);
}

#[test]
fn fault_08_routes_of_their_own() {
    let spec = good(&format!(
        "{NIC}, {STATIC} }}\n  - {{ type: route, destination: 10.0.0.0/8, gateway: 192.0.2.254 }}
  - {{ type: route, destination: 172.16.0.0, netmask: 255.240.0.0, gateway: 192.0.2.254 }}\n"
    ));
    let routes: Vec<_> = spec.routes().map(|(_, route)| format!("{} {}", route.to, route.via)).collect();
    assert_eq!(routes, ["10.0.0.0/8 192.0.2.254", "172.16.0.0/12 192.0.2.254"]);
}

#[test]
fn fault_09_dhcp_without_a_number() {
    for word in ["dhcp", "dhcp4"] {
        let spec = good(&format!("{NIC}, subnets: [{{ type: {word} }}] }}\n"));
        assert_eq!(vmks(&spec)[0].ipv4, Some(Ipv4Spec::Dhcp));
        assert_eq!(vmks(&spec)[0].tags.as_deref(), Some(&["Management".to_owned()][..]));
    }
}

#[test]
fn fault_10_upper_case_addresses() {
    let spec =
        good(&format!("  - {{ type: physical, name: e0, mac_address: '0C:C4:7A:B5:80:02', {STATIC} }}\n"));
    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
    assert!(resolve(&spec, &factory("7.0".parse().unwrap(), &[nic]), ResolveOptions::default()).is_ok());
}

#[test]
fn fault_11_a_card_that_is_not_there_stops_before_anything() {
    let spec = good(&format!(
        "{PAIR}  - {{ type: bond, name: b, bond_interfaces: [e0, e1], params: {{ bond-mode: active-backup }}, {STATIC} }}\n"
    ));
    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
    let host = factory("7.0".parse().unwrap(), &[nic]);
    let resolved = resolve(&spec, &host, ResolveOptions::default());
    assert!(has(&resolved.diagnostics, codes::NIC_NOT_FOUND));
    assert_eq!(resolved.desired, host);
}

#[test]
fn fault_12_large_frames_on_a_vlan_make_a_large_switch() {
    let spec = good(&format!(
        "{NIC}, mtu: 1500, {STATIC} }}\n  - {{ type: vlan, name: e0.9, vlan_link: e0, vlan_id: 9, mtu: 9000,
      subnets: [{{ type: static, address: 198.51.100.10/24 }}] }}\n"
    ));
    assert_eq!(switch(&spec, 0).mtu.unwrap().get(), 9000);
    assert_eq!(vmks(&spec).iter().map(|vmk| vmk.mtu.unwrap().get()).collect::<Vec<_>>(), [1500, 9000]);
}

#[test]
fn fault_13_routes_of_a_subnet_in_every_notation() {
    for route in [
        "{ network: 10.0.0.0, netmask: 255.0.0.0, gateway: 192.0.2.254 }",
        "{ network: 10.0.0.0/8, gateway: 192.0.2.254 }",
        "{ destination: 10.0.0.0/8, gateway: 192.0.2.254 }",
    ] {
        let spec = good(&format!(
            "{NIC}, subnets: [{{ type: static, address: 192.0.2.10/24, routes: [{route}] }}] }}\n"
        ));
        assert_eq!(
            spec.routes().map(|(_, route)| route.to.to_string()).collect::<Vec<_>>(),
            ["10.0.0.0/8"],
            "{route}"
        );
    }
}

#[test]
fn fault_14_the_primary_comes_first() {
    for key in ["bond-primary", "bond_primary", "primary"] {
        let spec = good(&format!(
            "{PAIR}  - {{ type: bond, name: b, mac_address: '0c:c4:7a:b5:80:02', bond_interfaces: [e0, e1],
      params: {{ bond-mode: 1, {key}: e1 }}, {STATIC} }}\n"
        ));
        let teaming = switch(&spec, 0).teaming.as_ref().unwrap();
        assert_eq!(
            (names(&teaming.active), names(&teaming.standby)),
            (vec!["0c:c4:7a:b5:80:03".into()], vec!["0c:c4:7a:b5:80:02".into()])
        );
    }
}
