//! Formats without a program at hand that reads them: a small reader for each, written from the systems' manuals,
//! that knows the lines that may stand there and nothing else.

use crate::cases::{guests, routers};
use crate::wanted::Told;
use esxi_core::block::guest::{Behind, Guest, GuestAddress, GuestFormat, GuestMac, Router, RouterFormat};
use ipnet::IpNet;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// Words of a line; quoted ones may have blanks in them and lose their quotes.
fn words(line: &str, quote: char) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            c if c == quote => quoted = !quoted,
            ' ' if !quoted => all.push(String::new()),
            c => all.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "{line}");
    all.retain(|word| !word.is_empty());
    all
}

fn default_of(address: IpAddr) -> &'static str {
    if address.is_ipv6() { "::/0" } else { "0.0.0.0/0" }
}

fn net(address: IpAddr, prefix: u8) -> IpNet {
    IpNet::new(address, prefix).unwrap()
}

fn mask(text: &str) -> u8 {
    ipnet::ip_mask_to_prefix(IpAddr::V4(text.parse::<Ipv4Addr>().unwrap())).unwrap()
}

/// netsh's words after `netsh interface ipv4`, with their values by name.
fn netsh(text: &str, card: &str) -> Told {
    let mut told = Told::default();
    for line in text.lines().filter(|line| *line != "@echo off" && !line.starts_with("rem ")) {
        let all = words(line, '"');
        assert_eq!(all[..2], ["netsh", "interface"], "{line}");
        let family = all[2].as_str();
        let values: BTreeMap<&str, &str> =
            all[5..].iter().map(|word| word.split_once('=').unwrap()).collect();
        let address = |key: &str| values[key].parse::<IpAddr>().unwrap();
        assert_eq!(*values.get("interface").or(values.get("name")).unwrap(), card, "{line}");
        assert!(values.get("store").is_none_or(|store| *store == "persistent"), "{line}");
        match (all[3].as_str(), all[4].as_str(), family) {
            ("set", "interface", "ipv6") => assert_eq!(values["routerdiscovery"], "disabled"),
            ("set", "subinterface", _) => told.mtu = Some(values["mtu"].parse().unwrap()),
            ("set" | "add", "address", "ipv4") => {
                if all[3] == "set" {
                    assert!(
                        told.addresses.is_empty()
                            && values["source"] == "static"
                            && values["gateway"] == "none"
                    );
                }
                assert!(told.addresses.insert(net(address("address"), mask(values["mask"]))));
            }
            ("add", "address", "ipv6") => {
                assert!(told.addresses.insert(values["address"].parse().unwrap()), "{line}");
            }
            ("add", "route", _) => match values.get("nexthop") {
                Some(hop) => {
                    let hop: IpAddr = hop.parse().unwrap();
                    assert_eq!(values["prefix"], default_of(hop), "{line}");
                    told.gateways.insert(hop);
                }
                None => {
                    let host: IpNet = values["prefix"].parse().unwrap();
                    assert_eq!(host.prefix_len(), host.max_prefix_len(), "{line}");
                    assert!(told.gateways.iter().all(|gateway| *gateway != host.addr()), "too late: {line}");
                    told.on_link.insert(host.addr());
                }
            },
            ("set" | "add", "dnsservers", _) => {
                let server = address("address");
                assert_eq!(server.is_ipv6(), family == "ipv6", "{line}");
                let index = told.dns.iter().filter(|known| known.is_ipv6() == server.is_ipv6()).count() + 1;
                assert_eq!(values.get("index").copied().unwrap_or("1"), index.to_string(), "{line}");
                told.dns.push(server);
            }
            _ => panic!("{line}"),
        }
        let own = values.values().find_map(|value| value.split('/').next().unwrap().parse::<IpAddr>().ok());
        assert!(own.is_none_or(|address| address.is_ipv6() == (family == "ipv6")), "{line}");
    }
    told
}

fn powershell(text: &str, guest: &Guest) -> Told {
    let mut told = Told::default();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let all = words(line, '\'');
        let after = |key: &str| all.iter().skip_while(|word| *word != key).nth(1).map(String::as_str);
        let bound = after("-InterfaceIndex") == Some("$index");
        match all[0].as_str() {
            "$ErrorActionPreference" => assert_eq!(all[1..], ["=", "Stop"]),
            "$index" => assert_eq!(all[1..], ["=", "$card.ifIndex"]),
            "$card" => match guest.mac {
                GuestMac::Fixed(mac) => {
                    let found: Vec<String> = words(line, '\'').into_iter().skip(1).collect();
                    assert_eq!(found[..6], ["=", "Get-NetAdapter", "|", "Where-Object", "MacAddress", "-eq"]);
                    assert_eq!(found[6].parse(), Ok(mac), "{line}");
                }
                _ => assert_eq!(all[1..], ["=", "Get-NetAdapter", "-Name", "Ethernet0"]),
            },
            "if" => assert!(matches!(guest.mac, GuestMac::Fixed(_)) && line.contains("throw '"), "{line}"),
            "Set-NetIPInterface" => {
                assert!(bound, "{line}");
                match all[5..] {
                    [ref key, ref value] if key == "-NlMtuBytes" => told.mtu = Some(value.parse().unwrap()),
                    [ref key, ref value] => {
                        assert!(["-Dhcp", "-RouterDiscovery"].contains(&key.as_str()) && value == "Disabled");
                    }
                    _ => panic!("{line}"),
                }
            }
            // What was there before makes room.
            "Get-NetIPAddress" | "Get-NetRoute" => {
                assert!(bound && line.ends_with("-Confirm:$false"), "{line}");
            }
            "New-NetIPAddress" => {
                assert!(bound);
                let prefix = after("-PrefixLength").unwrap().parse().unwrap();
                assert!(told.addresses.insert(net(after("-IPAddress").unwrap().parse().unwrap(), prefix)));
            }
            "New-NetRoute" => {
                assert!(bound);
                let hop: IpAddr = after("-NextHop").unwrap().parse().unwrap();
                let to = after("-DestinationPrefix").unwrap();
                if hop.is_unspecified() {
                    let host: IpNet = to.parse().unwrap();
                    assert_eq!(
                        (host.prefix_len(), host.addr().is_ipv6()),
                        (host.max_prefix_len(), hop.is_ipv6())
                    );
                    assert!(!told.gateways.contains(&host.addr()), "too late: {line}");
                    told.on_link.insert(host.addr());
                } else {
                    assert_eq!(to, default_of(hop));
                    told.gateways.insert(hop);
                }
            }
            "Set-DnsClientServerAddress" => {
                assert!(bound && all[3] == "-ServerAddresses", "{line}");
                told.dns =
                    all[4..].iter().map(|server| server.trim_end_matches(',').parse().unwrap()).collect();
            }
            _ => panic!("{line}"),
        }
    }
    told
}

fn openbsd(guest: &Guest) -> Told {
    let mut told = Told::default();
    for file in guest.files(GuestFormat::OpenBsd, "vmx0").unwrap() {
        for line in file.text.lines().filter(|line| !line.starts_with('#')) {
            let all: Vec<&str> = line.split(' ').filter(|word| *word != "alias").collect();
            let alias = line.contains(" alias ");
            match (file.path.as_str(), &all[..]) {
                ("/etc/hostname.vmx0", ["inet", address, netmask, "NONE"]) => {
                    let address: IpAddr = address.parse().unwrap();
                    assert_eq!(alias, told.addresses.iter().any(|a| a.addr().is_ipv4()), "{line}");
                    told.addresses.insert(net(address, mask(netmask)));
                }
                ("/etc/hostname.vmx0", ["inet6", address, prefix]) => {
                    assert_eq!(alias, told.addresses.iter().any(|a| a.addr().is_ipv6()), "{line}");
                    told.addresses.insert(net(address.parse().unwrap(), prefix.parse().unwrap()));
                }
                ("/etc/hostname.vmx0", ["mtu", mtu]) => told.mtu = Some(mtu.parse().unwrap()),
                ("/etc/hostname.vmx0", ["up"]) => {}
                (
                    "/etc/hostname.vmx0",
                    ["!route", "-qn", "add", family, host, "-link", "-iface", "\\$if"],
                ) => {
                    let host: IpNet = host.parse().unwrap();
                    assert_eq!(*family, if host.addr().is_ipv6() { "-inet6" } else { "-inet" });
                    assert_eq!(host.prefix_len(), host.max_prefix_len());
                    told.on_link.insert(host.addr());
                }
                ("/etc/mygate", [gateway]) => {
                    let (address, card) = gateway.split_once('%').unwrap_or((gateway, ""));
                    assert_eq!(card == "vmx0", address.starts_with("fe80:"), "{line}");
                    told.gateways.insert(address.parse().unwrap());
                }
                ("/etc/resolv.conf", ["nameserver", server]) => told.dns.push(server.parse().unwrap()),
                _ => panic!("{}: {line}", file.path),
            }
        }
    }
    told
}

#[test]
fn windows_and_openbsd_are_told_the_guests_network() {
    for (case, guest) in guests() {
        let mut wanted = Told::by(&guest);
        assert_eq!(powershell(&guest.snippet(GuestFormat::PowerShell), &guest), wanted, "{case}");
        assert_eq!(openbsd(&guest), wanted, "{case}");
        // netsh has the two families one after the other.
        wanted.dns.sort_by_key(IpAddr::is_ipv6);
        assert_eq!(netsh(&guest.snippet(GuestFormat::Netsh), "Ethernet0"), wanted, "{case}");
        let renamed = guest.snippet_for(GuestFormat::Netsh, "Ethernet 2").unwrap();
        assert_eq!(netsh(&renamed, "Ethernet 2"), wanted, "{case}");
    }
}

/// A VyOS configuration as nested nodes, the way its own tree is: every command's words are a path.
fn vyos(text: &str) -> BTreeSet<Vec<String>> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let (first, rest) = lines.split_first().unwrap();
    let (set, end) = rest.split_at(rest.len() - 3);
    assert_eq!((*first, end), ("configure", &["commit", "save", "exit"][..]));
    let mut tree = BTreeSet::new();
    for line in set {
        let all = words(line, '\'');
        assert_eq!(all[0], "set", "{line}");
        assert!(tree.insert(all[1..].to_vec()), "twice: {line}");
    }
    tree
}

#[test]
fn vyos_is_told_the_routers_network() {
    for (case, router) in routers() {
        let mut tree = vyos(&router.snippet(RouterFormat::Vyos));
        let mut take = |path: &str| {
            let path: Vec<String> = path.split(' ').map(str::to_owned).collect();
            assert!(tree.remove(&path), "{case}: lacks {path:?} of {tree:#?}");
        };
        let told = Told::about(&router.outside);
        for address in &told.addresses {
            take(&format!("interfaces ethernet eth0 address {address}"));
        }
        let route = |address: IpAddr| if address.is_ipv6() { "route6" } else { "route" };
        for gateway in &told.gateways {
            let kind = route(*gateway);
            let card = if gateway.to_string().starts_with("fe80:") { " interface eth0" } else { "" };
            take(&format!("protocols static {kind} {} next-hop {gateway}{card}", default_of(*gateway)));
        }
        for gateway in &told.on_link {
            let prefix = if gateway.is_ipv6() { 128 } else { 32 };
            take(&format!("protocols static {} {gateway}/{prefix} interface eth0", route(*gateway)));
        }
        let mut inner = BTreeSet::new();
        let mut numbers = BTreeMap::from([(false, 1000), (true, 1000)]);
        for Behind { block, inner: address, subnet, .. } in &router.behind {
            let ipv6 = block.first().is_ipv6();
            let outer = told.addresses.iter().any(|a| a.addr() == address.addr());
            if (ipv6 || !outer) && inner.insert(*address) {
                take(&format!("interfaces ethernet eth1 address {address}"));
            }
            if !subnet {
                take(&format!("protocols static {} {block} interface eth1", route(block.first())));
            }
            let number = numbers.get_mut(&ipv6).unwrap();
            let rule =
                format!("firewall {} forward filter rule {number}", if ipv6 { "ipv6" } else { "ipv4" });
            take(&format!("{rule} action accept"));
            take(&format!("{rule} inbound-interface name eth1"));
            take(&format!("{rule} source address {block}"));
            *number += 1;
        }
        for ipv6 in [false, true] {
            let concerned = router.outside.iter().any(|a| a.address.addr().is_ipv6() == ipv6)
                || router.behind.iter().any(|b| b.block.first().is_ipv6() == ipv6);
            for rest in [
                "default-action drop",
                "rule 10 action accept",
                "rule 10 state established",
                "rule 10 state related",
                "rule 20 action drop",
                "rule 20 state invalid",
            ] {
                if concerned {
                    take(&format!("firewall {} forward filter {rest}", if ipv6 { "ipv6" } else { "ipv4" }));
                }
            }
        }
        for server in &router.dns {
            take(&format!("system name-server {server}"));
        }
        assert!(tree.is_empty(), "{case}: more than that: {tree:#?}");
    }
}

#[test]
fn opnsense_gets_every_value_or_a_reason() {
    for (case, router) in routers() {
        let text = router.snippet(RouterFormat::Opnsense);
        let told = Told::about(&router.outside);
        for value in
            told.addresses.iter().map(IpNet::to_string).chain(told.gateways.iter().map(IpAddr::to_string))
        {
            assert!(text.contains(&format!(": {value}")), "{case}: {value}\n{text}");
        }
        assert_eq!(text.matches("Far Gateway: on").count(), told.on_link.len(), "{case}\n{text}");
        let (done, not_done) = text.split_once("Not done: ").unwrap_or((&text, ""));
        for Behind { block, inner, subnet, .. } in &router.behind {
            if *subnet {
                assert!(
                    done.contains(&format!("ddress: {inner}")) && done.contains(&format!("source {block}"))
                );
            } else {
                assert!(
                    not_done.contains(&block.to_string()) && !done.contains(&block.to_string()),
                    "{case}\n{text}"
                );
            }
        }
    }
}

/// What remains of a text without its comments.
fn bare(text: &str) -> Vec<&str> {
    let comment = |line: &&str| line.trim_start().starts_with('#') || line.starts_with("rem ");
    text.lines().filter(|line| !comment(line)).collect()
}

proptest! {
    /// Names say nothing but themselves: a text without its comments is that of a machine with a plain name.
    #[test]
    fn names_never_become_configuration(
        name in "\\PC*|.{0,12}|[\\s\\S]{0,12}|(\n|\r|\u{85}|\u{2028}|\0|\\$\\(|\"|'|`|%|&|;|#|/|\\.| |reboot){0,12}",
        other in "[\\s\\S]{0,16}",
    ) {
        let address = |text: &str, gateway: &str| {
            GuestAddress::new(text.parse().unwrap()).gateway(gateway.parse().unwrap())
        };
        let guest = |name: &str| Guest::new(name, [address("203.0.113.5/32", "192.0.2.254")]);
        for format in GuestFormat::ALL {
            let path = |name: &str| {
                guest(name).files(*format, format.default_card()).unwrap().remove(0).path
            };
            prop_assert_eq!(path(&name).matches('/').count(), path("plain").matches('/').count());
            prop_assert!(!path(&name).contains("/."), "{}", path(&name));
            let plain = guest("plain").snippet(*format);
            let hostile = guest(&name).snippet(*format);
            let (hostile, plain) = (bare(&hostile), bare(&plain));
            prop_assert_eq!(hostile.len(), plain.len());
            for (hostile, plain) in hostile.iter().zip(plain) {
                // NetworkManager's connections have a name.
                match hostile.strip_prefix("id=") {
                    Some(id) => prop_assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))),
                    None => prop_assert_eq!(*hostile, plain),
                }
            }
        }
        let router = |outer: &str, inner: &str| {
            Router::new([address("203.0.113.5/32", "192.0.2.254")], outer, inner)
        };
        for format in RouterFormat::ALL {
            let hostile = router(&name, &other).snippet(*format);
            let plain = router("a", "b").snippet(*format);
            prop_assert_eq!(bare(&hostile), bare(&plain));
        }
    }
}
