//! ifupdown's `interfaces`. Several stanzas of one card add their addresses one after the other.
//!
//! A gateway outside the subnet is told with `ip route` itself: what `gateway` does differs between versions of
//! ifupdown and its relatives.

use super::text::{ConfigFile, DefaultRoute, Lines};
use super::{Guest, GuestAddress};
use std::net::IpAddr;

pub(super) fn files(guest: &Guest, card: &str) -> Vec<ConfigFile> {
    let path = format!("/etc/network/interfaces.d/{card}");
    let mut out = Lines::default();
    out.add(format!("# {path}"));
    out.add("# In place of other stanzas of this card in /etc/network/interfaces; then: ifdown and ifup");
    out.comments("#", guest.about(Some((card, "ip link"))));
    let dns = guest.reachable_dns();
    if !dns.is_empty() {
        out.add("# dns-nameservers needs the package resolvconf; without it write the servers to /etc/resolv.conf");
    }
    let mtu = guest.mtu.map(crate::value::Mtu::get);
    stanzas(card, &guest.addresses, &guest.default_routes(), &dns, mtu, &[], &mut out);
    vec![ConfigFile::new(path, out.take())]
}

/// Everything of one card. `extra` are commands for when the card is up, in the stanza of their family.
pub(super) fn stanzas(
    card: &str,
    addresses: &[GuestAddress],
    routes: &[DefaultRoute],
    dns: &[IpAddr],
    mtu: Option<u16>,
    extra: &[(bool, String)],
    out: &mut Lines,
) {
    let start = out.len();
    let mut dns = Some(dns).filter(|dns| !dns.is_empty());
    let mut mtu = mtu;
    for ipv6 in [false, true] {
        let of_family = |address: &IpAddr| address.is_ipv6() == ipv6;
        let mut own: Vec<Option<&GuestAddress>> =
            addresses.iter().filter(|a| of_family(&a.address.addr())).map(Some).collect();
        let mut commands: Vec<String> = Vec::new();
        let mut plain_gateway = None;
        for route in routes.iter().filter(|route| of_family(&route.gateway)) {
            let ip = if ipv6 { "ip -6" } else { "ip" };
            if route.on_link {
                commands.push(format!("{ip} route replace {} dev $IFACE", route.host()));
            }
            if route.on_link || route.is_link_local() {
                commands.push(format!("{ip} route replace default via {} dev $IFACE", route.gateway));
            } else {
                plain_gateway = Some(route.gateway);
            }
        }
        commands.extend(extra.iter().filter(|(family, _)| *family == ipv6).map(|(_, line)| line.clone()));
        if own.is_empty() && !commands.is_empty() {
            own.push(None);
        }
        // The routes come with the stanza of the address that has the gateway in its subnet, else with the last.
        let last = own.len().saturating_sub(1);
        let holder = own
            .iter()
            .position(|a| a.is_some_and(|a| plain_gateway.is_some_and(|g| a.address.contains(&g))))
            .unwrap_or(last);
        for (index, address) in own.into_iter().enumerate() {
            let family = if ipv6 { "inet6" } else { "inet" };
            // ifup stumbles over a card without a stanza.
            if out.len() == start {
                out.add(format!("auto {card}"));
            }
            out.add("");
            match address {
                Some(address) => {
                    out.add(format!("iface {card} {family} static"));
                    out.add(format!("    address {}", address.address));
                    if ipv6 && index == 0 && routes.iter().any(|route| route.is_ipv6()) {
                        out.add("    accept_ra 0");
                    }
                }
                None => {
                    out.add(format!("iface {card} {family} manual"));
                }
            }
            if index == holder
                && let Some(gateway) = plain_gateway
            {
                out.add(format!("    gateway {gateway}"));
            }
            if let Some(mtu) = mtu.take() {
                out.add(format!("    mtu {mtu}"));
            }
            if let Some(dns) = dns.take() {
                let list: Vec<_> = dns.iter().map(IpAddr::to_string).collect();
                out.add(format!("    dns-nameservers {}", list.join(" ")));
            }
            if index == last {
                for command in &commands {
                    out.add(format!("    post-up {command}"));
                }
            }
        }
    }
}
