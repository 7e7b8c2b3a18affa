//! netplan. Facts from its reference: `on-link` tells that a gateway is reachable without an address in its subnet;
//! a link-local gateway needs nothing, the card is the one that the route stands under.

use super::text::{ConfigFile, Lines};
use super::{Guest, GuestMac};

pub(super) fn files(guest: &Guest, card: &str) -> Vec<ConfigFile> {
    let path = format!("/etc/netplan/60-{}.yaml", guest.plain_name());
    let mut out = Lines::default();
    out.add(format!("# {path}, mode 600"));
    out.add("# In place of other files there that configure this card; then: netplan apply");
    out.comments("#", guest.about(guest.unless_by_mac(card, "ip link")));
    out.add("network:");
    out.add("  version: 2");
    ethernets(guest, card, "  ", false, &mut out);
    vec![ConfigFile::new(path, out.take())]
}

/// The key `ethernets`, which cloud-init took over from netplan. Only cloud-init needs the card's name repeated.
pub(super) fn ethernets(guest: &Guest, card: &str, indent: &str, rename: bool, out: &mut Lines) {
    let mut add = |depth: usize, line: String| {
        out.add(format!("{indent}{}{line}", "  ".repeat(depth)));
    };
    add(0, "ethernets:".into());
    add(1, format!("\"{card}\":"));
    if let GuestMac::Fixed(mac) = guest.mac {
        add(2, "match:".into());
        add(3, format!("macaddress: \"{mac}\""));
        if rename {
            add(2, format!("set-name: \"{card}\""));
        }
    }
    add(2, "dhcp4: false".into());
    add(2, "dhcp6: false".into());
    if guest.static_ipv6() {
        add(2, "accept-ra: false".into());
    }
    if let Some(mtu) = guest.mtu {
        add(2, format!("mtu: {}", mtu.get()));
    }
    if !guest.addresses.is_empty() {
        add(2, "addresses:".into());
    }
    for address in &guest.addresses {
        add(3, format!("- \"{}\"", address.address));
    }
    let routes = guest.default_routes();
    if !routes.is_empty() {
        add(2, "routes:".into());
    }
    for route in routes {
        add(3, format!("- to: \"{}\"", route.to()));
        add(4, format!("via: \"{}\"", route.gateway));
        if route.on_link {
            add(4, "on-link: true".into());
        }
    }
    let dns = guest.reachable_dns();
    if !dns.is_empty() {
        add(2, "nameservers:".into());
        add(3, "addresses:".into());
    }
    for server in dns {
        add(4, format!("- \"{server}\""));
    }
}
