//! Each text read by the program that it is written for, and what that program then would do compared with the guest.

use crate::cases::{guests, routers};
use crate::lab;
use crate::tools::{self, program, run};
use crate::wanted::Told;
use esxi_core::block::guest::{ConfigFile, Guest, GuestFormat, GuestMac, RouterFormat};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn only(guest: &Guest, format: GuestFormat) -> ConfigFile {
    let mut files = guest.files(format, format.default_card()).unwrap();
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// Writes a file where a system whose root is `root` has it.
pub fn place(root: &Path, path: &str, text: &str) -> std::path::PathBuf {
    let at = root.join(path.trim_start_matches('/'));
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    std::fs::write(&at, text).unwrap();
    std::fs::set_permissions(&at, std::fs::Permissions::from_mode(0o600)).unwrap();
    at
}

/// Sections and keys, in order, of a systemd file.
fn sections(text: &str) -> Vec<(String, BTreeMap<String, Vec<String>>)> {
    let mut all: Vec<(String, BTreeMap<String, Vec<String>>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            all.push((name.to_owned(), BTreeMap::new()));
        } else if let Some((key, value)) = line.split_once('=') {
            let section = all.last_mut().unwrap();
            section.1.entry(key.to_owned()).or_default().push(value.to_owned());
        }
    }
    all
}

/// What netplan makes of a file, told by the units that it writes for systemd-networkd.
fn netplan(path: &str, text: &str, mac: GuestMac) -> Told {
    let root = tempfile::tempdir().unwrap();
    place(root.path(), path, text);
    let said = run(program("/usr/libexec/netplan/generate").arg("--root-dir").arg(root.path()));
    assert_eq!(said, "", "{text}");
    let network = root.path().join("run/systemd/network");
    let unit = std::fs::read_to_string(network.join("10-netplan-ens192.network")).unwrap();
    let mut told = Told::default();
    for (name, keys) in sections(&unit) {
        let all = |key: &str| keys.get(key).cloned().unwrap_or_default();
        match name.as_str() {
            "Match" => match mac {
                GuestMac::Fixed(mac) => {
                    assert_eq!(all("PermanentMACAddress"), [mac.to_string()], "{unit}")
                }
                _ => assert_eq!(all("Name"), ["ens192"], "{unit}"),
            },
            "Network" => {
                assert!(all("DHCP").is_empty(), "{unit}");
                told.addresses = all("Address").iter().map(|a| a.parse().unwrap()).collect();
                told.dns = all("DNS").iter().map(|a| a.parse().unwrap()).collect();
                let ipv6 = text.contains("::/0");
                assert_eq!(all("IPv6AcceptRA"), if ipv6 { vec!["no"] } else { vec![] }, "{unit}");
            }
            "Route" => {
                let gateway: IpAddr = all("Gateway")[0].parse().unwrap();
                assert_eq!(all("Destination"), [if gateway.is_ipv6() { "::/0" } else { "0.0.0.0/0" }]);
                told.gateways.insert(gateway);
                if all("GatewayOnLink") == ["true"] {
                    told.on_link.insert(gateway);
                }
            }
            "Link" => told.mtu = Some(all("MTUBytes")[0].parse().unwrap()),
            other => panic!("{other}: {unit}"),
        }
    }
    told
}

#[test]
fn netplan_writes_the_guests_network() {
    for (case, guest) in guests() {
        let file = only(&guest, GuestFormat::Netplan);
        assert_eq!(netplan(&file.path, &file.text, guest.mac), Told::by(&guest), "{case}");
    }
}

/// cloud-init reads the file, renders it for netplan, and netplan reads that.
#[test]
fn cloud_init_hands_the_guests_network_on() {
    let render = r#"
import sys, yaml
from cloudinit.net import netplan, network_state
state = network_state.parse_net_config_data(yaml.safe_load(open(sys.argv[1])))
netplan.Renderer({"netplan_path": "60-guest.yaml"}).render_network_state(state, target=sys.argv[2])
"#;
    for (case, guest) in guests() {
        let file = only(&guest, GuestFormat::CloudInit);
        let folder = tempfile::tempdir().unwrap();
        let source = place(folder.path(), &file.path, &file.text);
        let python = &mut program("/usr/bin/python3");
        run(python.args(["-c", render]).arg(source).arg(folder.path()));
        let rendered = std::fs::read_to_string(folder.path().join("60-guest.yaml")).unwrap();
        assert_eq!(netplan("/etc/netplan/60-guest.yaml", &rendered, guest.mac), Told::by(&guest), "{case}");
    }
}

/// The commands that ifupdown would run, one line each, without its own noise.
fn ifupdown(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = place(folder.path(), "interfaces", text);
    let mut ifup = program("/sbin/ifup");
    ifup.args(["--no-act", "--verbose", "--no-scripts", "--no-loopback", "-a", "-i"]).arg(file);
    let said = run(ifup.arg("--state-dir").arg(folder.path()));
    let ours = |line: &&str| line.starts_with("ip ") || line.starts_with("sysctl ");
    said.lines().map(str::trim).filter(ours).map(|line| line.replace("$IFACE", "CARD")).collect()
}

/// What the commands of one card make of it.
fn by_commands(commands: &[String], card: &str) -> Told {
    let mut told = Told::default();
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().filter(|word| *word != "-6").collect();
        let after = |word: &str| words.iter().skip_while(|w| **w != word).nth(1).copied();
        if after("dev").is_some_and(|dev| dev != card && dev != "CARD") {
            continue;
        }
        match words[..] {
            ["ip", "addr", "add", address, ..] => {
                // The netmask is written out in IPv4.
                let (host, mask) = address.split_once('/').unwrap();
                let prefix = match mask.parse::<IpAddr>() {
                    Ok(mask) => ipnet::ip_mask_to_prefix(mask).unwrap(),
                    Err(_) => mask.parse().unwrap(),
                };
                assert!(told.addresses.insert(IpNet::new(host.parse().unwrap(), prefix).unwrap()));
            }
            ["ip", "route", "add" | "replace", "default", "via", gateway, ..] => {
                told.gateways.insert(gateway.parse().unwrap());
            }
            ["ip", "route", "replace", host, "dev", "CARD"] => {
                let host: IpNet = host.parse().unwrap();
                assert_eq!(host.prefix_len(), host.max_prefix_len());
                told.on_link.insert(host.addr());
            }
            _ => {}
        }
        told.mtu = after("mtu").map(|mtu| mtu.parse().unwrap()).or(told.mtu);
    }
    told
}

#[test]
fn ifupdown_runs_the_guests_commands() {
    for (case, guest) in guests() {
        let file = only(&guest, GuestFormat::Ifupdown);
        let commands = ifupdown(&file.text);
        let mut told = by_commands(&commands, "ens192");
        // That is for resolvconf, by an environment variable.
        let line = file.text.lines().find_map(|line| line.trim().strip_prefix("dns-nameservers "));
        told.dns = line.unwrap_or("").split_whitespace().map(|server| server.parse().unwrap()).collect();
        assert_eq!(told, Told::by(&guest), "{case}: {commands:#?}");
        let ra = commands.iter().any(|command| command.ends_with("ens192.accept_ra=0"));
        assert_eq!(ra, guest.addresses.iter().any(|a| a.gateway.is_some_and(|g| g.is_ipv6())), "{case}");
    }
}

/// libnm reads the keyfile, verifies the connection and says what it holds.
#[test]
fn network_manager_knows_the_guests_connection() {
    let show = r#"
import sys, gi
gi.require_version("NM", "1.0")
from gi.repository import GLib, NM
keyfile = GLib.KeyFile.new()
keyfile.load_from_file(sys.argv[1], GLib.KeyFileFlags.NONE)
def handler(keyfile, connection, kind, data, user):
    if kind == NM.KeyfileHandlerType.WARN:
        print("warning", data.get_message())
    return False
connection = NM.keyfile_read(keyfile, "/etc/NetworkManager/system-connections", NM.KeyfileHandlerFlags.NONE, handler, None)
connection.normalize(None)
assert connection.verify()
print("id", connection.get_id())
print("name", connection.get_interface_name())
wired = connection.get_setting_wired()
print("mac", wired.get_mac_address())
print("mtu", wired.get_mtu())
for setting in connection.get_setting_ip4_config(), connection.get_setting_ip6_config():
    print("method", setting.get_method())
    for i in range(setting.get_num_addresses()):
        address = setting.get_address(i)
        print("address", address.get_address() + "/" + str(address.get_prefix()))
    if setting.get_gateway():
        print("gateway", setting.get_gateway())
    for i in range(setting.get_num_routes()):
        route = setting.get_route(i)
        print("route", route.get_dest(), route.get_prefix(), route.get_next_hop())
    for i in range(setting.get_num_dns()):
        print("dns", setting.get_dns(i))
"#;
    for (case, guest) in guests() {
        let file = only(&guest, GuestFormat::NetworkManager);
        let folder = tempfile::tempdir().unwrap();
        let source = place(folder.path(), "guest.nmconnection", &file.text);
        let said = run(program("/usr/bin/python3").args(["-c", show]).arg(source));
        let mut told = Told::default();
        let mut methods = Vec::new();
        for line in said.lines() {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["id", id] => assert!(file.path.ends_with(&format!("/{id}.nmconnection")), "{case}"),
                ["name", name] => {
                    let by_name = !matches!(guest.mac, GuestMac::Fixed(_));
                    assert_eq!(name == "ens192", by_name, "{case}: {said}");
                }
                ["mac", mac] => {
                    let known = mac.parse().ok().map_or(GuestMac::Any, GuestMac::Fixed);
                    assert_eq!(
                        known == guest.mac,
                        known != GuestMac::Any || guest.mac == GuestMac::Any,
                        "{case}"
                    );
                }
                ["mtu", mtu] => told.mtu = mtu.parse().ok().filter(|mtu| *mtu != 0),
                ["method", method] => methods.push(method.to_owned()),
                ["address", address] => {
                    told.addresses.insert(address.parse().unwrap());
                }
                ["gateway", gateway] => {
                    told.gateways.insert(gateway.parse().unwrap());
                }
                ["route", host, "32" | "128", "None"] => {
                    told.on_link.insert(host.parse().unwrap());
                }
                ["dns", server] => told.dns.push(server.parse().unwrap()),
                _ => panic!("{case}: {line}"),
            }
        }
        assert_eq!(told, Told::by(&guest), "{case}: {said}");
        for (method, ipv6) in methods.iter().zip([false, true]) {
            let has = guest.addresses.iter().any(|a| a.address.addr().is_ipv6() == ipv6);
            assert_eq!(method, if has { "manual" } else { "disabled" }, "{case}");
        }
    }
}

#[test]
fn ifupdown_runs_the_routers_commands() {
    for (case, router) in routers() {
        let files = router.files(RouterFormat::Nftables, "ens192", "ens224").unwrap();
        let commands = ifupdown(&files[1].text);
        // Commands after an address belong to the card of that address.
        let inner = commands.iter().position(|c| c.contains("ens224")).unwrap_or(commands.len());
        let (outer, inner) = commands.split_at(inner);
        assert_eq!(by_commands(outer, "ens192"), Told::about(&router.outside), "{case}: {commands:#?}");
        for behind in &router.behind {
            let address = behind.inner.addr().to_string();
            let add = inner.iter().filter(|c| c.contains(&format!(" add {address}/"))).count();
            assert_eq!(add, 1, "{case}: {inner:#?}");
            let route = format!(" route replace {} dev CARD", behind.block);
            assert_eq!(inner.iter().any(|c| c.ends_with(&route)), !behind.subnet, "{case}: {inner:#?}");
        }
    }
}

/// nft accepts the rules as they are, and with the examples switched on.
#[test]
fn nft_accepts_the_routers_rules() {
    if lab::is_refused() {
        return;
    }
    for (case, router) in routers() {
        let rules = router.files(RouterFormat::Nftables, "ens192", "ens224").unwrap().remove(0);
        assert_eq!(rules.path, "/etc/nftables.conf");
        let open = rules.text.replace("# iifname", "iifname");
        assert_eq!(open == rules.text, router.behind.is_empty(), "{case}");
        for text in [&rules.text, &open] {
            let folder = tempfile::tempdir().unwrap();
            let file = place(folder.path(), "nftables.conf", text);
            let mut nft = lab::alone();
            let listed = run(nft
                .args(["sh", "-c", "\"$0\" -f \"$1\" && \"$0\" list ruleset"])
                .arg(tools::file("/usr/sbin/nft"))
                .arg(file));
            assert!(listed.contains("hook forward priority filter; policy drop;"), "{case}: {listed}");
            let accepted =
                listed.lines().filter(|line| line.contains("addr") && line.ends_with("accept")).count();
            let twice = if *text == open { 2 } else { 1 };
            assert_eq!(accepted, router.behind.len() * twice, "{case}: {listed}");
        }
    }
}

/// sysctl knows every name, on cards that exist.
#[test]
fn sysctl_knows_the_routers_settings() {
    if lab::is_refused() {
        return;
    }
    for (case, router) in routers() {
        let settings = router.files(RouterFormat::Nftables, "ens192", "ens224").unwrap().remove(2);
        let folder = tempfile::tempdir().unwrap();
        let file = place(folder.path(), "60-router.conf", &settings.text);
        let script = "ip link add ens192 type veth peer name ens224 && sysctl -p \"$0\"";
        let said = run(lab::alone().args(["sh", "-c", script]).arg(file));
        let has = |ipv6| {
            let outside = router.outside.iter().any(|a| a.address.addr().is_ipv6() == ipv6);
            outside || router.behind.iter().any(|b| b.block.first().is_ipv6() == ipv6)
        };
        assert_eq!(said.contains("net.ipv4.ip_forward = 1"), has(false), "{case}: {said}");
        assert_eq!(said.contains("net.ipv6.conf.all.forwarding = 1"), has(true), "{case}: {said}");
        assert_eq!(said.contains("net.ipv6.conf.ens192.accept_ra = 0"), has(true), "{case}: {said}");
    }
}
