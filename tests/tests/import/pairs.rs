//! One network in curtin's words, in netplan's and in cloud-init's gives one host file, which reads back as it is.

use esxi_core::import::{ImportOptions, Imported, cloud_init, curtin, netplan};
use esxi_core::spec::HostSpec;
use esxi_core::teaming::SwitchSide;
use esxi_core::yaml;

/// A device: what both call it, and how each of them defines it. `@` is where its configuration goes.
const KINDS: [(&str, &str); 7] = [
    (
        "- { type: physical, name: e0, mac_address: 'M2'@ }",
        "ethernets: { e0: { match: { macaddress: M2 }@ } }",
    ),
    (
        "- { type: physical, name: e0, mac_address: 'M2' }\n- { type: physical, name: e1, mac_address: 'M3' }\n- { type: bond, name: b, bond_interfaces: [e0, e1], params: { bond-mode: active-backup, bond-primary: e1, bond-miimon: 100 }@ }",
        "ethernets: { e0: { match: { macaddress: M2 } }, e1: { match: { macaddress: M3 } } }\nbonds: { b: { interfaces: [e0, e1], parameters: { mode: active-backup, primary: e1, mii-monitor-interval: 100 }@ } }",
    ),
    (
        "- { type: physical, name: e0, mac_address: 'M2' }\n- { type: vlan, name: e0.7, vlan_link: e0, vlan_id: 7@ }",
        "ethernets: { e0: { match: { macaddress: M2 } } }\nvlans: { e0.7: { link: e0, id: 7@ } }",
    ),
    (
        "- { type: physical, name: e0, mac_address: 'M2' }\n- { type: bridge, name: br, bridge_interfaces: [e0], params: { bridge_stp: 'off', bridge_fd: 0 }@ }",
        "ethernets: { e0: { match: { macaddress: M2 } } }\nbridges: { br: { interfaces: [e0], parameters: { stp: false, forward-delay: 0 }@ } }",
    ),
    (
        "- { type: physical, name: e0, mac_address: 'M2' }\n- { type: vlan, name: e0.7, vlan_link: e0, vlan_id: 7 }\n- { type: bridge, name: br, bridge_interfaces: [e0.7]@ }",
        "ethernets: { e0: { match: { macaddress: M2 } } }\nvlans: { e0.7: { link: e0, id: 7 } }\nbridges: { br: { interfaces: [e0.7]@ } }",
    ),
    (
        "- { type: physical, name: e0, mac_address: 'M2' }\n- { type: bridge, name: br, bridge_interfaces: [e0] }\n- { type: vlan, name: br.7, vlan_link: br, vlan_id: 7@ }",
        "ethernets: { e0: { match: { macaddress: M2 } } }\nbridges: { br: { interfaces: [e0] } }\nvlans: { br.7: { link: br, id: 7@ } }",
    ),
    (
        "- { type: physical, name: e0, mac_address: 'M2' }\n- { type: bridge, name: br, bridge_interfaces: []@ }",
        "ethernets: { e0: { match: { macaddress: M2 } } }\nbridges: { br: { interfaces: []@ } }",
    ),
];

/// Configurations: the items of `subnets`, and netplan's keys.
const ADDRESSES: [(&str, &str); 12] = [
    ("", ""),
    ("{ type: manual }", ""),
    ("{ type: dhcp }", ", dhcp4: true"),
    ("{ type: dhcp6 }", ", dhcp6: yes"),
    ("{ type: ipv6_slaac }", ", accept-ra: true"),
    ("{ type: dhcp4 }, { type: dhcp6 }", ", dhcp4: on, dhcp6: on"),
    (
        "{ type: static, address: 192.0.2.10/24, gateway: 192.0.2.1, dns_nameservers: [192.0.2.53], dns_search: [example.net] }",
        ", addresses: [192.0.2.10/24], gateway4: 192.0.2.1, nameservers: { addresses: [192.0.2.53], search: [example.net] }",
    ),
    (
        "{ type: static, address: 192.0.2.10, netmask: 255.255.255.0, routes: [{ network: 10.0.0.0, netmask: 255.0.0.0, gateway: 192.0.2.2 }] }",
        ", addresses: [192.0.2.10/24], routes: [{ to: 10.0.0.0/8, via: 192.0.2.2 }]",
    ),
    (
        "{ type: static, address: 192.0.2.10/24, routes: [{ destination: 0.0.0.0/0, gateway: 192.0.2.1, metric: 5 }] }",
        ", addresses: [192.0.2.10/24], routes: [{ to: default, via: 192.0.2.1, metric: 5 }]",
    ),
    (
        "{ type: static6, address: '2001:db8::10/64', gateway: '2001:db8::1' }",
        ", addresses: ['2001:db8::10/64'], gateway6: '2001:db8::1'",
    ),
    (
        "{ type: static, address: 192.0.2.10/24 }, { type: static, address: 198.51.100.10/24, gateway: 198.51.100.1 }",
        ", addresses: [192.0.2.10/24, 198.51.100.10/24], routes: [{ to: 0.0.0.0/0, via: 198.51.100.1 }]",
    ),
    (
        "{ type: static, address: 192.0.2.10/24 }, { type: static6, address: '2001:db8::10/64' }, { type: static, address: '2001:db8::11', netmask: 64 }",
        ", addresses: ['2001:db8::10/64', 192.0.2.10/24, '2001:db8::11/64']",
    ),
];

fn good(imported: Imported, text: &str) -> HostSpec {
    imported.spec.unwrap_or_else(|| panic!("{text}\n{:?}", imported.diagnostics))
}

#[test]
fn curtin_netplan_and_cloud_init_mean_the_same() {
    let options = ImportOptions { switch: Some(SwitchSide::Independent), ..ImportOptions::default() };
    let mut seen = std::collections::BTreeSet::new();
    for (one, two) in KINDS {
        for (subnets, keys) in ADDRESSES {
            for mtu in [None, Some(9000)] {
                for mac in [None, Some("02:00:00:00:00:01")] {
                    // What curtin's physical devices call so is the card.
                    if mac.is_some() && !one.contains('\n') {
                        continue;
                    }
                    let shared = mtu.map_or(String::new(), |mtu| format!(", mtu: {mtu}"));
                    let curtins = mac.map_or(String::new(), |mac| format!(", mac_address: '{mac}'"));
                    let netplans = mac.map_or(String::new(), |mac| format!(", macaddress: '{mac}'"));
                    let fill = |text: &str, config: &str| {
                        let text = text.replace("M2", "0c:c4:7a:b5:80:02").replace("M3", "0c:c4:7a:b5:80:03");
                        text.replace('@', config)
                    };
                    let list =
                        if subnets.is_empty() { String::new() } else { format!(", subnets: [{subnets}]") };
                    let one =
                        format!("version: 1\nconfig:\n{}\n", fill(one, &format!("{shared}{curtins}{list}")));
                    let two = format!("version: 2\n{}\n", fill(two, &format!("{shared}{netplans}{keys}")));
                    let spec = good(curtin("one", &one, &options), &one);
                    assert_eq!(good(netplan(&[("two", &two)], &options), &two), spec, "{one}\n{two}");
                    for text in [&one, &two] {
                        assert_eq!(good(cloud_init("both", text, &options), text), spec, "{text}");
                    }
                    let written = yaml::to_text(&spec);
                    assert_eq!(yaml::host_file("again", &written).unwrap().spec, spec, "{written}");
                    seen.insert(written);
                }
            }
        }
    }
    assert!(seen.len() > 200, "{}", seen.len());
}
