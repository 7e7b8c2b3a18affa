//! Rules that need the host.

use crate::{fires_on, pair, silent_on};
use esxi_core::state::{Fact, FactoryNic, HostState, Ipv4Config, PortGroup, VmkAdapter, factory};

fn host() -> HostState {
    let card = |mac: &str| FactoryNic { mac: mac.parse().unwrap(), link_up: true };
    factory("6.5".parse().unwrap(), &[card("0c:c4:7a:b5:80:02"), card("0c:c4:7a:b5:80:03")])
}

const ADDRESS: &str = "version: 1
network:
  vmkernel:
    - «port_group: Management Network
      ipv4: { address: § }
";

#[test]
fn the_installers_vm_network_is_on_the_public_segment() {
    let fired = pair(Some(&host()), "NET040", ADDRESS, "147.75.1.10/29", "192.168.1.10/24");
    assert!(fired.message.contains("\"VM Network\" is left alone"), "{fired}");
    // Declared, it is meant; on another vSwitch, or in another VLAN, it is elsewhere.
    let public = ADDRESS.replace('§', "147.75.1.10/29").replace('«', "");
    let declared =
        public.clone() + "  vswitches: [{ name: vSwitch0, port_groups: [{ name: VM Network }] }]\n";
    silent_on(Some(&host()), "NET040", &declared);
    let mut moved = host();
    moved.port_groups.get_mut("VM Network").unwrap().vlan = "7".parse().unwrap();
    silent_on(Some(&moved), "NET040", &public);
    let mut alone = host();
    alone.vswitches.get_mut("vSwitch0").unwrap().uplinks.clear();
    silent_on(Some(&alone), "NET040", &public);
}

#[test]
fn one_card_by_two_names_is_one_card() {
    // The file names the cards by address, the fabric by number: only the host can tell.
    let text = "version: 1
network:
  vswitches:
    - name: vSwitch0
      uplinks: [\"0c:c4:7a:b5:80:02\", «\"0c:c4:7a:b5:80:03\"]
fabric:
  ports: [{ nic: vmnic0, lag: lacp }, { nic: vmnic1, lag: § }]
";
    pair(Some(&host()), "NET041", text, "lacp", "none");
    silent_on(None, "NET041", &text.replace('§', "lacp").replace('«', ""));
}

#[test]
fn what_the_file_leaves_open_is_judged_as_it_is() {
    // The VLAN of the installer's port group is not stated: on this host it is 0, which the ports drop.
    let text = "version: 1
network:
  vswitches:
    - name: vSwitch0
      port_groups:
        - «name: Management Network
fabric:
  ports: [{ nic: vmnic0, untagged: §, tagged: [20] }]
";
    pair(Some(&host()), "NET045", text, "none", "20");
    silent_on(None, "NET045", &text.replace('§', "none").replace('«', ""));
}

#[test]
fn a_port_group_with_an_adapter_and_machines_is_told_with_a_sibling() {
    let mut shared = host();
    shared.port_groups.get_mut("Management Network").unwrap().vm_ports = 2;
    let text = ADDRESS.replace('§', "192.168.1.10/24");
    let fired = fires_on(Some(&shared), "NET003", &text);
    assert!(fired.help.as_ref().unwrap().contains("\"VM Network\""), "{fired}");
    silent_on(Some(&host()), "NET003", &text.replace('«', ""));
    // Without one there, it is offered as the file would declare it.
    shared.port_groups.remove("VM Network");
    let help = fires_on(Some(&shared), "NET003", &text).help.unwrap();
    assert!(
        help.contains("{ name: Management Network VMs, vlan: 0 }") && help.contains("vSwitch0"),
        "{help}"
    );
}

#[test]
fn an_adapter_cannot_have_the_port_group_of_machines() {
    let mut used = host();
    used.port_groups.get_mut("VM Network").unwrap().vm_ports = 1;
    let text = "version: 1
network:
  vmkernel:
    - port_group: «VM Network
";
    let fired = fires_on(Some(&used), "NET003", text);
    assert!(fired.is_error() && fired.help.as_ref().unwrap().contains("VM Network vmk, vlan: 0"), "{fired}");
    silent_on(Some(&host()), "NET003", &text.replace('«', ""));
}

fn with_private_side() -> HostState {
    let mut host = host();
    host.port_groups.insert("Private Network".parse().unwrap(), PortGroup::new("vSwitch0".parse().unwrap()));
    let adapter = host.vmkernel["vmk0"].clone();
    let address = Ipv4Config::Static { address: "10.99.1.3/29".parse().unwrap(), gateway: None };
    let private = VmkAdapter {
        port_group: "Private Network".parse().unwrap(),
        mac: Some("00:50:56:00:00:09".parse().unwrap()),
        ipv4: Fact::Known(address),
        tags: Default::default(),
        ..adapter
    };
    host.vmkernel.insert("vmk1".parse().unwrap(), private);
    host
}

#[test]
fn the_private_side_is_gone_before_its_space_is_used() {
    let text = "version: 1
addresses:
  provider: packet
  without_private_side: «true
  own_networks: [10.7.0.0/16]
  blocks: [{ block: 147.75.1.8/29 }]
";
    let fired = fires_on(Some(&with_private_side()), "NET048", text);
    assert!(fired.message.contains("vmk1 in \"Private Network\""), "{fired}");
    silent_on(Some(&host()), "NET048", &text.replace('«', ""));
    silent_on(None, "NET048", &text.replace('«', ""));
}

#[test]
fn an_adapter_has_the_hardware_address_of_no_other_vswitchs_card() {
    let mut host = host();
    let text = "version: 1
network:
  vswitches: [{ name: vSwitch1, uplinks: [vmnic§], port_groups: [{ name: B }] }]
  vmkernel:
    - { port_group: B, mac: «\"0c:c4:7a:b5:80:02\" }
";
    host.vmkernel.clear();
    // vmnic0 stays under vSwitch0, and an adapter of vSwitch1 has its address.
    let fired = fires_on(Some(&host), "NET047", &text.replace('§', "1"));
    assert!(fired.message.contains("vmnic0"), "{fired}");
    silent_on(Some(&host), "NET047", &text.replace('§', "0").replace('«', ""));
}

#[test]
fn an_mtu_that_nobody_stated_may_be_too_large() {
    let text = "version: 1
addresses:
  provider: hetzner-robot
  blocks: [{ block: 88.99.1.64/26, management: 88.99.1.77, gateway: 88.99.1.65 }]
network:
  vswitches:
    - name: vSwitch0
      port_groups: [{ name: V, vlan: 4000 }]
  vmkernel:
    - «port_group: V
      ipv4: { address: 192.168.7.2/24 }§
";
    let fired = pair(Some(&host()), "IP034", text, "", "\n      mtu: 1400");
    assert!(fired.message.contains("1500"), "{fired}");
    silent_on(None, "IP034", &text.replace(['§', '«'], ""));
}

#[test]
fn bound_ports_take_the_installers_address_and_none_that_esxi_chooses() {
    let text = "version: 1
network:
  vswitches:
    - { name: vSwitch0, port_groups: [{ name: B, vlan: 5 }] }
  vmkernel:
    - «port_group: §
fabric:
  ports: [{ nic: vmnic0, tagged: all, macs: [\"0c:c4:7a:b5:80:02\"] }]
";
    let fired = pair(Some(&host()), "NET054", text, "B", "Management Network");
    assert!(fired.message.contains("of ESXi's choice"), "{fired}");
}
