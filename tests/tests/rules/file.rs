//! Rules that a file shows by itself.

use crate::{fires_on, pair, silent_on};
use esxi_core::diag::Severity;

fn two_cards(lag: &str, teaming: &str, uplinks: &str) -> String {
    format!(
        "version: 1
network:
  vswitches:
    - name: vSwitch0
      uplinks: {uplinks}
      teaming: {{ {teaming} }}
fabric:
  ports:
    - {{ nic: vmnic0, lag: {lag} }}
    - {{ nic: vmnic1, lag: {lag} }}
"
    )
}

#[test]
fn one_uplink_where_the_switch_wants_lacp() {
    let text = two_cards("lacp", "load_balancing: portid", "[vmnic0, §]");
    let fired = pair(None, "NET041", &text, "«vmnic1", "vmnic2");
    assert!(fired.message.contains("LACP") && fired.severity == Severity::Warning);
    silent_on(None, "NET041", &two_cards("lacp", "load_balancing: portid", "[vmnic0]"));
    // A channel each is no channel of both.
    let apart = two_cards("lacp", "load_balancing: portid", "[vmnic0, vmnic1]");
    silent_on(None, "NET041", &apart.replace("vmnic1, lag: lacp", "vmnic1, lag: lacp, lag_group: 2"));
}

#[test]
fn iphash_and_a_static_channel_need_each_other() {
    let teaming = |policy: &str| format!("load_balancing: {policy}");
    let fixed = two_cards("static", &teaming("§"), "[vmnic0, vmnic1]");
    let fired = pair(None, "NET041", &fixed, "«portid", "iphash");
    assert_eq!(fired.fix.as_deref(), Some("iphash"));
    let single = two_cards("none", &teaming("§"), "[vmnic0, vmnic1]");
    assert_eq!(pair(None, "NET041", &single, "«iphash", "portid").fix.as_deref(), Some("portid"));
    // Two channels are two links.
    let both = two_cards("static", "load_balancing: iphash", "[vmnic0, vmnic1]");
    let two = both.replace("vmnic1, lag: static", "vmnic1, lag: static, lag_group: 2");
    fires_on(None, "NET041", &two.replace("iphash", "«iphash"));
    // A port that nobody described breaks no rule.
    silent_on(None, "NET041", &two_cards("none", "load_balancing: iphash", "[vmnic0, vmnic2]"));
    // A port group may break what its vSwitch keeps.
    let own = "version: 1
network:
  vswitches:
    - name: vSwitch0
      uplinks: [vmnic0, vmnic1]
      teaming: { load_balancing: iphash }
      port_groups:
        - { name: A, teaming: { load_balancing: § } }
fabric:
  ports: [{ nic: vmnic0, lag: static }, { nic: vmnic1, lag: static }]
";
    pair(None, "NET041", own, "«mac", "iphash");
}

#[test]
fn what_is_called_isolated_has_no_uplink() {
    let text = "version: 1
network:
  vswitches:
    - name: vSwitch1
      uplinks: §
      port_groups:
        - name: «Isolated
";
    assert!(pair(None, "NET042", text, "[vmnic1]", "[]").message.contains("vSwitch1"));
    silent_on(None, "NET042", &text.replace('§', "[vmnic1]").replace("«Isolated", "Internet"));
    let twins = "version: 1
network:
  vswitches:
    - name: vSwitch1
      uplinks: []
      port_groups:
        - { name: Isolated A, vlan: 5 }
        - { name: «Isolated B, vlan: § }
";
    assert!(pair(None, "NET042", twins, "5", "6").message.contains("one segment"));
}

fn trunk(ports: &str, vlan: &str) -> String {
    format!(
        "version: 1
network:
  vswitches:
    - name: vSwitch0
      uplinks: [vmnic0]
      port_groups:
        - {{ name: A, vlan: {vlan} }}
  vmkernel:
    - port_group: A
      ipv4: {{ address: 192.0.2.10/24 }}
fabric:
  ports:
    - {{ nic: vmnic0, {ports} }}
"
    )
}

#[test]
fn the_native_vlan_is_not_tagged() {
    let fired = pair(None, "NET044", &trunk("untagged: 10, tagged: all", "§"), "«10", "0");
    assert_eq!(fired.fix.as_deref(), Some("0"));
    silent_on(None, "NET044", &trunk("untagged: 10, tagged: all", "20"));
}

#[test]
fn port_groups_take_vlans_that_the_ports_carry() {
    pair(None, "NET045", &trunk("untagged: 10, tagged: [20]", "§"), "«30", "20");
    pair(None, "NET045", &trunk("untagged: none, tagged: [20]", "§"), "«0", "20");
    pair(None, "NET045", &trunk("tagged: §, untagged: none", "«4095"), "none", "all");
    // Unknown ports and ports of other cards say nothing.
    silent_on(
        None,
        "NET045",
        &trunk("untagged: 10, tagged: [20]", "30").replace("nic: vmnic0", "nic: vmnic1"),
    );
    let some = "version: 1
network:
  vswitches:
    - name: vSwitch0
      uplinks: [vmnic0, vmnic1]
      port_groups:
        - { name: A, vlan: «20 }
fabric:
  ports:
    - { nic: vmnic0, tagged: [20] }
    - { nic: vmnic1, tagged: § }
";
    let fired = pair(None, "NET045", some, "[30]", "[20, 30]");
    // Nothing uses it yet.
    assert_eq!(fired.severity, Severity::Note);
    assert!(fired.message.contains("vmnic1") && fired.message.contains("until"));
    let pinned =
        some.replace("vlan: «20 }", "vlan: 20, teaming: { active: [vmnic0] } }").replace('§', "[30]");
    silent_on(None, "NET045", &pinned);
    // Untagged is what a port group is until somebody says; with an adapter on it, it counts.
    silent_on(None, "NET045", &some.replace("«20", "0").replace("tagged: §", "untagged: none"));
}

#[test]
fn an_adapter_is_on_the_segment_of_its_subnet() {
    let text = "version: 1
network:
  vswitches:
    - name: vSwitch0
      uplinks: [vmnic0]
      port_groups:
        - { name: A, vlan: § }
  vmkernel:
    - «port_group: A
      ipv4: { address: 192.0.2.10/24 }
fabric:
  ports: [{ nic: vmnic0, tagged: [20, 30] }]
  networks: [{ subnet: 192.0.2.0/24, vlan: 20 }]
";
    assert!(pair(None, "NET056", text, "30", "20").message.contains("VLAN 20"));
}

#[test]
fn a_stack_has_one_default_gateway() {
    let text = "version: 1
network:
  gateway: 192.0.2.1
  routes:
    - { to: 0.0.0.0/0, via: «§ }
";
    pair(None, "NET046", text, "198.51.100.1", "192.0.2.1");
    silent_on(
        None,
        "NET046",
        "version: 1\nnetwork:\n  gateway: 192.0.2.1\n  routes: [{ to: 0.0.0.0/0, via: 198.51.100.1, netstack: vmotion }]\n",
    );
    silent_on(
        None,
        "NET046",
        "version: 1\nnetwork:\n  gateway: 192.0.2.1\n  routes: [{ to: 10.0.0.0/8, via: 198.51.100.1 }]\n",
    );
    silent_on(
        None,
        "NET046",
        "version: 1\nnetwork:\n  gateway: 192.0.2.1\n  routes: [{ to: \"::/0\", via: \"fe80::1\" }]\n",
    );
}

#[test]
fn a_hardware_address_is_on_the_wire_once() {
    let pair_of = "version: 1
network:
  vmkernel:
    - { port_group: A, mac: \"00:50:56:00:00:01\" }
    - { port_group: B, mac: «\"00:50:56:00:00:0§\" }
";
    pair(None, "NET047", pair_of, "1", "2");
    let machine = "version: 1
addresses:
  provider: packet
  blocks:
    - block: 147.75.1.8/29
      assign: [{ name: web, mac: \"00:50:56:00:00:01\" }]
network:
  vmkernel:
    - { port_group: A, mac: «\"00:50:56:00:00:0§\" }
";
    assert!(pair(None, "NET047", machine, "1", "2").message.contains("web"));
    let card = "version: 1
addresses:
  provider: packet
  router_mac: \"00:50:56:00:00:01\"
  blocks: [{ block: 147.75.1.8/29, layout: router-vm }]
network:
  vswitches:
    - name: vSwitch0
      uplinks: [«\"00:50:56:00:00:0§\"]
";
    assert!(pair(None, "NET047", card, "1", "2").message.contains("router"));
    let other_switch = "version: 1
network:
  vswitches:
    - { name: vSwitch0, uplinks: [\"00:50:56:00:00:01\"], port_groups: [{ name: A }] }
    - { name: vSwitch1, uplinks: [\"00:50:56:00:00:02\"], port_groups: [{ name: B }] }
  vmkernel:
    - { port_group: §, mac: «\"00:50:56:00:00:01\" }
";
    // On the card's own vSwitch it is what the installer does.
    pair(None, "NET047", other_switch, "B", "A");
}

#[test]
fn management_has_an_address_that_stays() {
    let text = "version: 1
network:
  vmkernel:
    - port_group: §
      ipv4: «dhcp
";
    pair(None, "NET050", text, "Management Network", "Storage");
    silent_on(
        None,
        "NET050",
        "version: 1\nnetwork:\n  vmkernel: [{ port_group: Management Network, ipv4: { address: 192.0.2.10/24 } }]\n",
    );
    let tagged = "version: 1
network:
  vmkernel:
    - { port_group: M, ipv4: «dhcp, tags: [§] }
";
    pair(None, "NET050", tagged, "Management", "VMotion");
}

#[test]
fn an_adapters_own_gateway_answers_no_management() {
    let text = "version: 1
network:
  gateway: 192.0.2.1
  vmkernel:
    - port_group: P
      tags: [§]
      ipv4: { address: 10.1.0.10/24, gateway: «10.1.0.1 }
";
    pair(None, "NET055", text, "Management", "VMotion");
}

fn packet(more: &str, network: &str) -> String {
    format!(
        "version: 1\naddresses:\n  provider: packet\n  blocks: [{{ block: 147.75.1.8/29{more} }}]\n{network}"
    )
}

const PUBLIC: &str = "network:
  vswitches:
    - name: vSwitch0
      uplinks: §
      port_groups:
        - name: Management Network
        - name: «VM Network
  vmkernel:
    - port_group: Management Network
      ipv4: { address: 147.75.1.10/29 }
";

#[test]
fn machines_beside_the_public_address_are_on_the_public_network() {
    let fired = pair(None, "NET040", &packet("", PUBLIC), "[vmnic0]", "[]");
    assert_eq!(fired.severity, Severity::Note);
    assert!(fired.message.contains("public network of Packet"));
    // Another VLAN is another segment; and who gives machines addresses there means it.
    let public =
        PUBLIC.replace('§', "[vmnic0]").replace("name: «VM Network", "{ name: VM Network, vlan: 7 }");
    silent_on(None, "NET040", &packet("", &public));
    let meant = packet(", assign: [{ name: web }]", &PUBLIC.replace('§', "[vmnic0]").replace('«', ""));
    silent_on(None, "NET040", &meant);
    let private = PUBLIC.replace('§', "[vmnic0]").replace("147.75.1.10/29", "10.99.1.3/29");
    assert!(fires_on(None, "NET040", &packet("", &private)).message.contains("private network"));
}

#[test]
fn with_a_second_vlan_the_first_is_tagged_too() {
    let network = "network:
  vswitches:
    - name: vSwitch1
      uplinks: [vmnic1]
      port_groups:
        - { name: first, vlan: «§ }
        - { name: second, vlan: 1002 }
";
    pair(None, "NET049", &packet("", network), "0", "1001");
    // Alone it is untagged.
    silent_on(None, "NET049", &packet("", &network.replace("«§", "0").replace("1002", "0")));
    silent_on(None, "NET049", &packet("", &network.replace("«§", "0").replace("[vmnic1]", "[]")));
    silent_on(None, "NET049", &packet("", &network.replace("«§", "0")).replace("packet", "ovh"));
    // In full layer-2 mode management is on such a network; in hybrid mode it keeps the provider's own block.
    let management = "network:
  vswitches:
    - name: vSwitch0
      uplinks: [vmnic0]
      port_groups:
        - { name: M, vlan: «0 }
        - { name: second, vlan: 1002 }
  vmkernel:
    - { port_group: M, ipv4: { address: § } }
";
    pair(None, "NET049", &packet("", management), "192.168.7.2/24", "147.75.1.10/29");
}

#[test]
fn routed_addresses_are_not_esxis() {
    let text = "version: 1
addresses:
  provider: packet
  blocks:
    - { block: 147.75.1.8/29, layout: router-vm }
    - { block: 147.75.200.16/29, allocation: elastic }
network:
  vmkernel:
    - port_group: Management Network
      ipv4: «{ address: § }
";
    let fired = pair(None, "NET051", text, "147.75.200.17/29", "147.75.1.11/29");
    assert!(fired.is_error() && fired.message.contains("147.75.1.10"), "{fired}");
}

#[test]
fn an_ipv6_address_without_its_prefix_is_refused_with_the_cure() {
    let text = "version: 1\nnetwork:\n  vmkernel:\n    - port_group: A\n      ipv6: { addresses: [\"2001:db8::1\"] }\n";
    let found = esxi_core::yaml::host_file("host.yaml", text).unwrap_err();
    assert!(found[0].message.contains("2001:db8::1/64"), "{found:?}");
    assert_eq!(found[0].start.unwrap().line, 5);
}

#[test]
fn an_adapter_has_an_address_that_its_port_is_bound_to() {
    let text = "version: 1
network:
  vswitches:
    - { name: vSwitch0, uplinks: [vmnic0], port_groups: [{ name: A }] }
  vmkernel:
    - { port_group: A, mac: «\"00:50:56:00:00:0§\" }
fabric:
  ports: [{ nic: vmnic0, macs: [\"00:50:56:00:00:01\", \"0c:c4:7a:b5:80:02\"] }]
";
    assert!(pair(None, "NET054", text, "2", "1").message.contains("0c:c4:7a:b5:80:02"));
    // Which address an adapter has that the file does not say only the host knows.
    silent_on(None, "NET054", &text.replace(", mac: «\"00:50:56:00:00:0§\"", ""));
}
