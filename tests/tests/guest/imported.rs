//! Configurations that are imported, as the programs read them that they were written for: how netplan joins its
//! files, and what cloud-init hands on to netplan.

use crate::parsers::place;
use crate::tools::{output, program, run};
use esxi_core::diag::has_errors;
use esxi_core::import::{ImportOptions, Imported, cloud_init, netplan};
use esxi_core::teaming::SwitchSide;
use std::collections::BTreeMap;
use std::path::Path;

/// Files by path, and their texts.
type Files = [(&'static str, &'static str)];

fn options() -> ImportOptions {
    ImportOptions { switch: Some(SwitchSide::Independent), ..ImportOptions::default() }
}

/// What netplan writes for systemd-networkd, by file; `None` where it refuses.
fn units(files: &[(&str, &str)]) -> Option<BTreeMap<String, String>> {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        place(root.path(), path, text);
    }
    let said = output(program("/usr/libexec/netplan/generate").arg("--root-dir").arg(root.path()));
    if !said.status.success() {
        return None;
    }
    let read = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
        entries
            .filter(|entry| entry.path().is_file())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, std::fs::read_to_string(entry.path()).unwrap())
            })
            .collect()
    };
    Some(read(&root.path().join("run/systemd/network")))
}

const BASE: &str = "network:
  version: 2
  ethernets:
    e0: { match: { macaddress: '0c:c4:7a:b5:80:02' }, mtu: 1500, addresses: [192.0.2.10/24],
          nameservers: { addresses: [192.0.2.53], search: [a.example] }, link-local: [] }
    e1: { match: { macaddress: '0c:c4:7a:b5:80:03' } }
    e2: { match: { macaddress: '0c:c4:7a:b5:80:04' } }
  bonds:
    b: { interfaces: [e1], parameters: { mode: active-backup, primary: e1, mii-monitor-interval: 100 },
         routes: [{ to: 10.0.0.0/8, via: 192.0.2.1 }] }
";

/// Later files, and the whole as one would write it in one file.
const AMENDED: [(&str, &Files, &str); 7] = [
    (
        "a single value is replaced, a list grows by what is new",
        &[(
            "/etc/netplan/60.yaml",
            "network: { ethernets: { e0: { mtu: 9000, addresses: [192.0.2.10/24, 198.51.100.10/24], nameservers: { addresses: [192.0.2.54], search: [b.example] } } } }",
        )],
        "    e0: { match: { macaddress: '0c:c4:7a:b5:80:02' }, mtu: 9000, addresses: [192.0.2.10/24, 198.51.100.10/24],
          nameservers: { addresses: [192.0.2.53, 192.0.2.54], search: [a.example, b.example] }, link-local: [] }
",
    ),
    (
        "members and parameters are added",
        &[(
            "/etc/netplan/60.yaml",
            "network: { bonds: { b: { interfaces: [e1, e2], parameters: { mode: balance-alb }, routes: [{ via: 192.0.2.1, to: 10.0.0.0/8 }, { to: 10.9.0.0/16, via: 192.0.2.9 }] } } }",
        )],
        "    b: { interfaces: [e1, e2], parameters: { mode: balance-alb, primary: e1, mii-monitor-interval: 100 },
         routes: [{ to: 10.0.0.0/8, via: 192.0.2.1 }, { to: 10.9.0.0/16, via: 192.0.2.9 }] }
",
    ),
    (
        "the files follow each other by name, whatever their folder",
        &[
            ("/etc/netplan/60.yaml", "network: { bonds: { b: { mtu: 3000 } } }"),
            ("/run/netplan/40.yaml", "network: { bonds: { b: { mtu: 9000 } } }"),
            ("/lib/netplan/70.yaml", "network: { bonds: { b: { mtu: 4000 } } }"),
        ],
        "    b: { interfaces: [e1], mtu: 4000, parameters: { mode: active-backup, primary: e1, mii-monitor-interval: 100 },
         routes: [{ to: 10.0.0.0/8, via: 192.0.2.1 }] }
",
    ),
    (
        "a file hides those of its name in folders of less weight",
        &[
            ("/lib/netplan/60.yaml", "network: { ethernets: { e0: { mtu: 3000, accept-ra: true } } }"),
            ("/etc/netplan/60.yaml", "network: { ethernets: { e0: { mtu: 4000, dhcp4: true } } }"),
            ("/run/netplan/60.yaml", "network: { ethernets: { e0: { addresses: [192.0.2.20/24] } } }"),
        ],
        "    e0: { match: { macaddress: '0c:c4:7a:b5:80:02' }, mtu: 1500, addresses: [192.0.2.10/24, 192.0.2.20/24],
          nameservers: { addresses: [192.0.2.53], search: [a.example] }, link-local: [] }
",
    ),
    (
        "the kinds of link-local addresses are one value",
        &[("/etc/netplan/60.yaml", "network: { ethernets: { e0: { link-local: [ipv6] } } }")],
        "    e0: { match: { macaddress: '0c:c4:7a:b5:80:02' }, mtu: 1500, addresses: [192.0.2.10/24],
          nameservers: { addresses: [192.0.2.53], search: [a.example] }, link-local: [ipv6] }
",
    ),
    (
        "a card is told otherwise",
        &[("/etc/netplan/60.yaml", "network: { ethernets: { e0: { match: { macaddress: '0c:c4:7a:b5:80:22' } } } }")],
        "    e0: { match: { macaddress: '0c:c4:7a:b5:80:22' }, mtu: 1500, addresses: [192.0.2.10/24],
          nameservers: { addresses: [192.0.2.53], search: [a.example] }, link-local: [] }
",
    ),
    ("a file that says nothing", &[("/etc/netplan/60.yaml", "# later\n"), ("/etc/netplan/70.yaml", "network: { version: 2 }")], ""),
];

/// The base with the lines of one device replaced.
fn with(lines: &str) -> String {
    let Some(name) = lines.split(':').next().filter(|name| !name.is_empty()) else { return BASE.to_owned() };
    let start = BASE.find(&format!("{name}:")).unwrap();
    let rest = &BASE[start..];
    let second_line = rest.find('\n').unwrap() + 1;
    let end = start + second_line + rest[second_line..].find('\n').unwrap() + 1;
    format!("{}{lines}{}", &BASE[..start], &BASE[end..])
}

fn spec(imported: &Imported) -> &esxi_core::spec::HostSpec {
    imported.spec.as_ref().unwrap_or_else(|| panic!("{:?}", imported.diagnostics))
}

#[test]
fn files_are_joined_as_netplan_joins_them() {
    for (case, later, whole) in AMENDED {
        let mut files = vec![("/etc/netplan/50.yaml", BASE)];
        files.extend(later);
        let whole = with(whole);
        let whole = [("/etc/netplan/50.yaml", whole.as_str())];
        let wanted = units(&whole).unwrap_or_else(|| panic!("{case}: netplan refuses the whole"));
        assert!(wanted.len() > 2, "{case}");
        assert_eq!(units(&files), Some(wanted), "{case}: netplan");
        let ours = netplan(&files, &options());
        assert_eq!(spec(&ours), spec(&netplan(&whole, &options())), "{case}");
        files.reverse();
        assert_eq!(spec(&netplan(&files, &options())), spec(&ours), "{case}: in another order");
    }
}

#[test]
fn what_netplan_refuses_to_join_is_refused() {
    for later in [
        "network: { bonds: { e2: { interfaces: [e0] } } }",
        "network: { bonds: { b: { parameters: { primary: e2 }, interfaces: [e2] } } }",
        "network: { bonds: { c: { interfaces: [e1] } } }",
    ] {
        let files = [("/etc/netplan/50.yaml", BASE), ("/etc/netplan/60.yaml", later)];
        assert_eq!(units(&files), None, "{later}");
        assert!(has_errors(&netplan(&files, &options()).diagnostics), "{later}");
    }
}

/// cloud-init reads version 1 or 2 and writes for netplan; that, imported, is what its own configuration is imported as.
#[test]
fn cloud_inits_configuration_is_what_it_hands_to_netplan() {
    let render = r#"
import sys, yaml
from cloudinit.net import netplan, network_state
state = network_state.parse_net_config_data(yaml.safe_load(open(sys.argv[1])))
netplan.Renderer({"netplan_path": "60-host.yaml"}).render_network_state(state, target=sys.argv[2])
"#;
    let card = "  - { type: physical, name: e0, mac_address: '0C:C4:7A:B5:80:02' }\n  - { type: physical, name: e1, mac_address: '0c:c4:7a:b5:80:03' }\n";
    for devices in [
        "  - { type: physical, name: e2, mac_address: '0c:c4:7a:b5:80:04', mtu: 9000, subnets: [{ type: static, address: 192.0.2.10/24, gateway: 192.0.2.1 }] }\n",
        "  - { type: physical, name: e2, mac_address: '0c:c4:7a:b5:80:04', subnets: [{ type: dhcp4 }, { type: dhcp6 }] }\n",
        "  - { type: physical, name: e2, mac_address: '0c:c4:7a:b5:80:04', subnets: [{ type: static, address: 192.0.2.10, netmask: 255.255.255.0, dns_nameservers: [192.0.2.53], dns_search: [example.net], routes: [{ network: 10.0.0.0, netmask: 255.0.0.0, gateway: 192.0.2.2 }] }] }\n",
        "  - { type: bond, name: b, bond_interfaces: [e0, e1], params: { bond-mode: active-backup, bond-primary: e1, bond-miimon: 100, bond-primary-reselect: failure }, subnets: [{ type: static6, address: '2001:db8::10/64', gateway: '2001:db8::1' }] }\n",
        "  - { type: vlan, name: e0.7, vlan_link: e0, vlan_id: 7, mtu: 1400, subnets: [{ type: static, address: 192.0.2.10/24 }, { type: static, address: 198.51.100.10/24 }] }\n",
        "  - { type: bridge, name: br, bridge_interfaces: [e0], params: { bridge_stp: false, bridge_fd: 0 }, subnets: [{ type: dhcp }] }\n",
    ] {
        let text = format!("version: 1\nconfig:\n{card}{devices}");
        let folder = tempfile::tempdir().unwrap();
        let source = place(folder.path(), "network-config", &text);
        let python = &mut program("/usr/bin/python3");
        run(python.args(["-c", render]).arg(source).arg(folder.path()));
        let rendered = std::fs::read_to_string(folder.path().join("60-host.yaml")).unwrap();
        let ours = cloud_init("network-config", &text, &options());
        let theirs = netplan(&[("60-host.yaml", &rendered)], &options());
        assert_eq!(spec(&ours), spec(&theirs), "{text}\n{rendered}");
    }
}
