//! Tests of [`resolve`].

use super::*;
use crate::state::{Fact, FactoryNic, HostState, Ipv4Config, Route, factory};
use serde_json::json;

const MACS: [&str; 3] = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03", "0c:c4:7a:b5:80:04"];

fn host() -> HostState {
    let nics = MACS.map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    factory("7.0".parse().unwrap(), &nics)
}

fn spec(network: serde_json::Value) -> HostSpec {
    serde_json::from_value(json!({ "version": 1, "network": network })).unwrap()
}

fn lay(network: serde_json::Value, host: &HostState) -> Resolved {
    resolve(&spec(network), host, ResolveOptions::default())
}

fn found(resolved: &Resolved) -> Vec<(&str, &str)> {
    resolved.diagnostics.iter().map(|d| (d.code.as_str(), d.path.as_deref().unwrap_or(""))).collect()
}

fn names(list: &[impl std::fmt::Display]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_file_changes_nothing_and_lists_everything() {
    let host = host();
    let resolved = lay(json!({}), &host);
    assert_eq!(resolved.desired, host);
    assert_eq!(
        names(&resolved.left_alone),
        [
            "vSwitch \"vSwitch0\"",
            "port group \"Management Network\"",
            "port group \"VM Network\"",
            "vmkernel adapter vmk0"
        ]
    );
}

#[test]
fn a_card_that_is_not_there_stops_before_anything() {
    let host = host();
    let network = json!({ "gateway": "192.0.2.1", "vswitches": [{ "name": "vSwitch0", "uplinks": ["0c:c4:7a:b5:80:22"] }] });
    let resolved = lay(network, &host);
    assert!(!resolved.is_ok());
    assert_eq!(resolved.desired, host);
    let finding = &resolved.diagnostics[0];
    assert_eq!(finding.code, codes::NIC_NOT_FOUND);
    assert_eq!(finding.path.as_deref(), Some("/network/vswitches/0/uplinks/0"));
    assert_eq!(finding.fix.as_deref(), Some(MACS[0]));
    let help = finding.help.as_deref().unwrap();
    assert!(help.contains("vmnic2 0c:c4:7a:b5:80:04") && help.contains("did you mean"), "{help}");
}

#[test]
fn uplinks_keep_their_place_and_new_ones_follow_in_file_order() {
    let host = host();
    let network = json!({ "vswitches": [{ "name": "vSwitch0", "uplinks": [MACS[2], MACS[1], MACS[0]] }] });
    let resolved = lay(network, &host);
    let switch = &resolved.desired.vswitches["vSwitch0"];
    let order = &switch.teaming.known().unwrap().order;
    assert_eq!(names(&order.active), ["vmnic0", "vmnic2", "vmnic1"]);
    assert_eq!(switch.uplinks.len(), 3);
    assert!(found(&resolved).is_empty());
    // The factory's own order of Management Network names vmnic0 only, and still may.
    let own = resolved.desired.port_groups["Management Network"].teaming.known().unwrap();
    assert_eq!(names(&own.order.as_ref().unwrap().active), ["vmnic0"]);
}

#[test]
fn management_network_follows_when_its_card_leaves() {
    let resolved = lay(json!({ "vswitches": [{ "name": "vSwitch0", "uplinks": [MACS[1]] }] }), &host());
    assert!(resolved.is_ok());
    assert_eq!(found(&resolved), [("NET013", "/network/vswitches/0")]);
    let own = resolved.desired.port_groups["Management Network"].teaming.known().unwrap();
    assert_eq!(own.order, None, "an empty order would leave the port group without uplinks");
    let effective = resolved.desired.effective_teaming("Management Network").unwrap();
    assert_eq!(names(&effective.order.active), ["vmnic1"]);
}

#[test]
fn an_order_that_keeps_only_standby_cards_promotes_them() {
    let mut host = host();
    host.vswitches.get_mut("vSwitch0").unwrap().uplinks.insert("vmnic1".parse().unwrap());
    let group = host.port_groups.get_mut("Management Network").unwrap();
    if let Fact::Known(own) = &mut group.teaming {
        own.order.as_mut().unwrap().standby = vec!["vmnic1".parse().unwrap()];
    }
    let resolved = lay(json!({ "vswitches": [{ "name": "vSwitch0", "uplinks": [MACS[1]] }] }), &host);
    let effective = resolved.desired.effective_teaming("Management Network").unwrap();
    assert_eq!(names(&effective.order.active), ["vmnic1"]);
    assert!(effective.order.standby.is_empty());
}

#[test]
fn a_card_moves_to_the_vswitch_that_declares_it() {
    let network = json!({ "vswitches": [{ "name": "vSwitch1", "uplinks": ["vmnic0"] }] });
    let resolved = lay(network, &host());
    assert!(resolved.desired.vswitches["vSwitch0"].uplinks.is_empty());
    assert!(resolved.desired.vswitches["vSwitch0"].teaming.known().unwrap().order.active.is_empty());
    assert_eq!(
        names(&resolved.desired.vswitches["vSwitch1"].teaming.known().unwrap().order.active),
        ["vmnic0"]
    );
    assert_eq!(found(&resolved), [("NET013", "/network")]);
}

#[test]
fn one_card_under_two_spellings_is_noticed() {
    let network = json!({ "vswitches": [{ "name": "vSwitch0", "uplinks": [MACS[0], "vmnic0"] }] });
    assert_eq!(found(&lay(network, &host())), [("NET008", "/network/vswitches/0/uplinks/1")]);
}

#[test]
fn failover_orders_are_checked_by_card() {
    let network = |active: &str| {
        json!({ "vswitches": [{ "name": "vSwitch0", "uplinks": [MACS[0], MACS[1]],
            "teaming": { "load_balancing": "explicit", "active": [active] } }] })
    };
    let resolved = lay(network("vmnic1"), &host());
    assert!(resolved.is_ok());
    let order = &resolved.desired.vswitches["vSwitch0"].teaming.known().unwrap().order;
    assert_eq!((names(&order.active), order.standby.len()), (vec!["vmnic1".to_owned()], 0));
    assert_eq!(
        found(&lay(network("vmnic2"), &host())),
        [("NET009", "/network/vswitches/0/teaming/active/0")]
    );
}

#[test]
fn standby_takes_a_card_out_of_active() {
    let network = json!({ "vswitches": [{ "name": "vSwitch0", "uplinks": [MACS[0], MACS[1]],
        "teaming": { "standby": [MACS[1]] },
        "port_groups": [{ "name": "VM Network", "teaming": { "active": [MACS[1]] } }] }] });
    let resolved = lay(network, &host());
    let order = &resolved.desired.vswitches["vSwitch0"].teaming.known().unwrap().order;
    assert_eq!((names(&order.active), names(&order.standby)), (vec!["vmnic0".into()], vec!["vmnic1".into()]));
    let own = resolved.desired.port_groups["VM Network"].teaming.known().unwrap().order.clone().unwrap();
    assert_eq!((names(&own.active), own.standby.len()), (vec!["vmnic1".into()], 0));
}

#[test]
fn port_groups_move_unless_machines_use_them() {
    let network = json!({ "vswitches": [{ "name": "vSwitch1", "uplinks": [MACS[1]],
        "port_groups": [{ "name": "VM Network", "vlan": 20, "teaming": "inherit" }] }] });
    let resolved = lay(network.clone(), &host());
    assert!(resolved.is_ok());
    assert_eq!(resolved.desired.port_groups["VM Network"].vswitch, "vSwitch1");
    let mut busy = host();
    busy.port_groups.get_mut("VM Network").unwrap().vm_ports = 2;
    assert_eq!(found(&lay(network, &busy)), [("NET014", "/network/vswitches/0/port_groups/0")]);
}

#[test]
fn adapters_are_known_by_port_group() {
    let network = json!({
        "vswitches": [{ "name": "vSwitch0", "port_groups": [{ "name": "Private" }, { "name": "Storage" }] }],
        "vmkernel": [
            { "port_group": "Private", "ipv4": { "address": "10.99.1.3/29" }, "tags": ["Management", "VMotion"] },
            { "port_group": "Management Network", "ipv4": "dhcp" },
            { "port_group": "Storage", "name": "vmk7" }
        ] });
    let resolved = lay(network, &host());
    assert!(resolved.is_ok(), "{:?}", resolved.diagnostics);
    let groups: Vec<_> =
        resolved.desired.vmkernel.iter().map(|(name, vmk)| format!("{name} {}", vmk.port_group)).collect();
    assert_eq!(groups, ["vmk0 Management Network", "vmk1 Private", "vmk7 Storage"]);
    assert!(resolved.desired.vmkernel["vmk1"].tags.contains("VMotion"));
    assert!(resolved.desired.vmkernel["vmk1"].mac.is_none(), "ESXi will choose one");
}

#[test]
fn a_named_adapter_moves() {
    let network = json!({
        "vswitches": [{ "name": "vSwitch0", "port_groups": [{ "name": "Admin", "vlan": 5 }] }],
        "vmkernel": [{ "port_group": "Admin", "name": "vmk0" }] });
    let resolved = lay(network, &host());
    assert!(resolved.is_ok());
    assert_eq!(resolved.desired.vmkernel["vmk0"].port_group, "Admin");
    assert_eq!(resolved.desired.vmkernel.len(), 1);
}

#[test]
fn two_adapters_on_one_port_group_are_refused() {
    let network = json!({ "vmkernel": [{ "port_group": "Management Network", "name": "vmk1" }] });
    assert_eq!(found(&lay(network, &host())), [("NET016", "/network/vmkernel/0/port_group")]);
}

#[test]
fn a_port_group_serves_machines_or_an_adapter() {
    let mut host = host();
    host.port_groups.get_mut("VM Network").unwrap().vm_ports = 1;
    let network = json!({ "vmkernel": [{ "port_group": "VM Network" }, { "port_group": "Nowhere" }] });
    assert_eq!(
        found(&lay(network, &host)),
        [("NET003", "/network/vmkernel/0/port_group"), ("NET012", "/network/vmkernel/1/port_group")]
    );
}

fn with_route(host: &mut HostState, address: &str, to: &str, via: &str) {
    host.vmkernel.get_mut("vmk0").unwrap().ipv4 =
        Fact::Known(Ipv4Config::Static { address: address.parse().unwrap(), gateway: None });
    host.routes.insert(Route {
        netstack: Default::default(),
        network: to.parse().unwrap(),
        gateway: via.parse().unwrap(),
    });
}

#[test]
fn the_gateway_replaces_the_default_route() {
    let mut host = host();
    with_route(&mut host, "192.0.2.10/24", "0.0.0.0/0", "192.0.2.1");
    let resolved = lay(json!({ "gateway": "192.0.2.254" }), &host);
    assert_eq!(
        names(&resolved.desired.routes.iter().map(|r| r.gateway).collect::<Vec<_>>()),
        ["192.0.2.254"]
    );
    assert_eq!(found(&resolved), [("NET015", "/network/gateway")]);
}

#[test]
fn a_gateway_outside_every_subnet_is_refused() {
    let mut host = host();
    with_route(&mut host, "192.0.2.10/32", "10.0.0.0/8", "192.0.2.10");
    let resolved = lay(json!({ "gateway": "192.0.2.1" }), &host);
    assert_eq!(found(&resolved), [("NET005", "/network/gateway")]);
    assert!(!resolved.is_ok());
    // With DHCP it may be in the lease's subnet.
    let mut dhcp = host.clone();
    dhcp.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(Ipv4Config::Dhcp { lease: None });
    let resolved = lay(json!({ "gateway": "192.0.2.1" }), &dhcp);
    assert_eq!(found(&resolved), [("NET005", "/network/gateway")]);
    assert!(resolved.is_ok());
}

#[test]
fn a_route_whose_next_hop_goes_off_link_goes_with_it() {
    let mut host = host();
    with_route(&mut host, "192.0.2.10/24", "10.0.0.0/8", "192.0.2.1");
    let network = json!({ "vmkernel": [{ "port_group": "Management Network", "ipv4": { "address": "198.51.100.5/24" } }] });
    let resolved = lay(network, &host);
    assert!(resolved.desired.routes.is_empty());
    assert_eq!(found(&resolved), [("NET015", "/network/vmkernel")]);
}

#[test]
fn facts_that_were_not_understood_stop_what_touches_them() {
    let mut host = host();
    host.vswitches.get_mut("vSwitch0").unwrap().teaming = Fact::Unknown("newhash".into());
    let network =
        |uplinks: &[&str]| json!({ "vswitches": [{ "name": "vSwitch0", "mtu": 9000, "uplinks": uplinks }] });
    assert!(lay(network(&[MACS[0]]), &host).is_ok(), "the same cards touch no order");
    let resolved = lay(network(&[MACS[0], MACS[1]]), &host);
    assert_eq!(found(&resolved), [("NET011", "/network/vswitches/0/uplinks")]);
    assert!(resolved.diagnostics[0].message.contains("newhash"));
}

#[test]
fn pruning_spares_machines_management_and_default_routes() {
    let mut host = host();
    with_route(&mut host, "192.0.2.10/24", "0.0.0.0/0", "192.0.2.1");
    with_route(&mut host, "192.0.2.10/24", "10.0.0.0/8", "192.0.2.2");
    let vmk0 = host.vmkernel["vmk0"].clone();
    for (group, vmk) in [("Old", Some("vmk1")), ("Busy", None), ("Idle", None)] {
        let mut made = host.port_groups["VM Network"].clone();
        made.vm_ports = u32::from(group == "Busy");
        made.vswitch = if group == "Idle" { "vSwitch9".parse().unwrap() } else { made.vswitch };
        host.port_groups.insert(group.parse().unwrap(), made);
        if let Some(vmk) = vmk {
            let adapter = crate::state::VmkAdapter {
                port_group: group.parse().unwrap(),
                ipv4: Default::default(),
                tags: Default::default(),
                ..vmk0.clone()
            };
            host.vmkernel.insert(vmk.parse().unwrap(), adapter);
        }
    }
    let spare = host.vswitches["vSwitch0"].clone();
    host.vswitches
        .insert("vSwitch9".parse().unwrap(), crate::state::VSwitch { uplinks: Default::default(), ..spare });
    let file =
        spec(json!({ "vswitches": [{ "name": "vSwitch0", "port_groups": [{ "name": "VM Network" }] }] }));
    let resolved = resolve(&file, &host, ResolveOptions { prune: true });
    assert_eq!(
        names(&resolved.pruned),
        [
            "vSwitch \"vSwitch9\"",
            "port group \"Idle\"",
            "port group \"Old\"",
            "vmkernel adapter vmk1",
            "route 10.0.0.0/8 via 192.0.2.2"
        ]
    );
    assert_eq!(
        names(&resolved.left_alone),
        [
            "port group \"Busy\"",
            "port group \"Management Network\"",
            "vmkernel adapter vmk0",
            "route 0.0.0.0/0 via 192.0.2.1"
        ]
    );
    assert!(resolved.desired.port_groups.contains_key("VM Network"), "named objects stay");
}

#[test]
fn laying_the_file_over_its_own_result_changes_nothing() {
    let file = spec(json!({
        "vswitches": [
            { "name": "vSwitch0", "uplinks": ["role:management"], "port_groups": [{ "name": "Management Network" }] },
            { "name": "vSwitch1", "mtu": 9000, "uplinks": ["role:spare"], "security": { "promiscuous": true },
              "port_groups": [{ "name": "Lab", "vlan": 4095, "shaping": "inherit" }, { "name": "Storage", "vlan": 7 }] }],
        "vmkernel": [
            { "port_group": "Management Network", "ipv4": { "address": "147.75.1.10/29" } },
            { "port_group": "Storage", "mtu": 9000, "ipv4": { "address": "10.7.0.2/24" } }],
        "gateway": "147.75.1.9",
        "routes": [{ "to": "10.0.0.0/8", "via": "10.7.0.1" }],
        "dns": { "servers": ["192.0.2.53"], "search": ["example.net"] } }));
    let once = resolve(&file, &host(), ResolveOptions::default());
    assert!(once.is_ok(), "{:?}", once.diagnostics);
    assert_eq!(once.desired.vswitch_of_uplink("vmnic1").unwrap(), "vSwitch1");
    let twice = resolve(&file, &once.desired, ResolveOptions::default());
    assert_eq!(twice.desired, once.desired);
    assert!(twice.is_ok());
}

#[test]
fn large_frames_need_a_large_vswitch() {
    let network = json!({ "vmkernel": [{ "port_group": "Management Network", "mtu": 9000 }] });
    assert_eq!(found(&lay(network, &host())), [("NET004", "/network/vmkernel/0/mtu")]);
    let mut large = host();
    large.vswitches.get_mut("vSwitch0").unwrap().mtu = crate::value::Mtu::new(9000).unwrap();
    large.vmkernel.get_mut("vmk0").unwrap().mtu = crate::value::Mtu::new(9000).unwrap();
    let network = json!({ "vswitches": [{ "name": "vSwitch0", "mtu": 1500 }] });
    assert_eq!(found(&lay(network, &large)), [("NET004", "/network/vswitches/0/mtu")]);
}
