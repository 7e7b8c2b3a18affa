//! OpenBSD. Facts from its manual: hostname.if(5) runs what follows an exclamation mark and puts the card's name for
//! `$if`; mygate(5) is read after every hostname.if, takes the first gateway of each family, and none of a family
//! that a card gets from outside; a link-local gateway names its card behind a percent sign.

use super::Guest;
use super::text::{ConfigFile, Lines};
use std::net::IpAddr;

pub(super) fn files(guest: &Guest, card: &str) -> Vec<ConfigFile> {
    let path = format!("/etc/hostname.{card}");
    let mut out = Lines::default();
    out.add(format!("# {path}, mode 640; then: sh /etc/netstart"));
    out.comments("#", guest.about(Some((card, "ifconfig"))));
    for ipv6 in [false, true] {
        for (index, address) in guest.of_family(ipv6).enumerate() {
            let alias = if index == 0 { "" } else { "alias " };
            out.add(match address.address.addr() {
                IpAddr::V4(a) => format!("inet {alias}{a} {} NONE", address.address.netmask()),
                IpAddr::V6(a) => format!("inet6 {alias}{a} {}", address.address.prefix_len()),
            });
        }
    }
    if let Some(mtu) = guest.mtu {
        out.add(format!("mtu {}", mtu.get()));
    }
    out.add("up");
    let routes = guest.default_routes();
    for route in routes.iter().filter(|route| route.on_link) {
        let family = if route.is_ipv6() { "inet6" } else { "inet" };
        out.add(format!("!route -qn add -{family} {} -link -iface \\$if", route.host()));
    }
    let mut files = vec![ConfigFile::new(path, out.take())];
    if !routes.is_empty() {
        out.add("# /etc/mygate");
        if routes.iter().any(|route| route.on_link) {
            out.add(format!("# Works once the route in /etc/hostname.{card} leads to the gateway"));
        }
        for route in &routes {
            let scope = if route.is_link_local() { format!("%{card}") } else { String::new() };
            out.add(format!("{}{scope}", route.gateway));
        }
        files.push(ConfigFile::new("/etc/mygate", out.take()));
    }
    let dns = guest.reachable_dns();
    if !dns.is_empty() {
        out.add("# /etc/resolv.conf");
        for server in dns {
            out.add(format!("nameserver {server}"));
        }
        files.push(ConfigFile::new("/etc/resolv.conf", out.take()));
    }
    files
}
