//! Commands of VyOS 1.4 ("sagitta") and later: `firewall ipv4 forward filter` and states without `enable`, neither of
//! which earlier versions have. VyOS forwards without being told to and takes no router advertisements unless told.
//!
//! Believed: that its routing daemon follows a gateway over a route that names a card, and that it answers ARP on
//! one card for an address of another, as Linux does; an inner IPv4 address that the outer card has already is
//! therefore not configured twice.

use super::Router;
use super::text::{ConfigFile, Lines};

pub(super) fn files(router: &Router, outer: &str, inner: &str) -> Vec<ConfigFile> {
    let path = "router.vyos";
    let mut out = Lines::default();
    out.add("# Commands of VyOS 1.4 and later, to be pasted at its prompt");
    out.comments("#", router.about(outer, inner));
    out.add("configure");
    for address in router.outer_addresses() {
        out.add(format!("set interfaces ethernet {outer} address '{}'", address.address));
    }
    for address in router.inner_addresses() {
        let known = router.outside.iter().any(|a| a.address.addr() == address.addr());
        if address.addr().is_ipv6() || !known {
            out.add(format!("set interfaces ethernet {inner} address '{address}'"));
        }
    }
    for route in router.default_routes() {
        let kind = if route.is_ipv6() { "route6" } else { "route" };
        if route.on_link {
            out.add(format!("set protocols static {kind} {} interface {outer}", route.host()));
        }
        let card = if route.is_link_local() { format!(" interface {outer}") } else { String::new() };
        out.add(format!("set protocols static {kind} {} next-hop {}{card}", route.to(), route.gateway));
    }
    for behind in router.on_link() {
        let kind = if behind.is_ipv6() { "route6" } else { "route" };
        out.add(format!("set protocols static {kind} {} interface {inner}", behind.block));
    }
    for server in router.reachable_dns() {
        out.add(format!("set system name-server {server}"));
    }
    for ipv6 in [false, true] {
        if router.has_family(ipv6) {
            firewall(router, ipv6, outer, inner, &mut out);
        }
    }
    out.add("commit").add("save").add("exit");
    vec![ConfigFile::new(path, out.take())]
}

/// Forwards outbound from the blocks' own addresses, and answers to that.
fn firewall(router: &Router, ipv6: bool, outer: &str, inner: &str, out: &mut Lines) {
    let filter = format!("set firewall {} forward filter", if ipv6 { "ipv6" } else { "ipv4" });
    out.add(format!("{filter} default-action drop"));
    out.add(format!("{filter} rule 10 action accept"));
    out.add(format!("{filter} rule 10 state established"));
    out.add(format!("{filter} rule 10 state related"));
    out.add(format!("{filter} rule 20 action drop"));
    out.add(format!("{filter} rule 20 state invalid"));
    let behind = || router.behind.iter().filter(|behind| behind.is_ipv6() == ipv6);
    for (index, behind) in behind().enumerate() {
        let rule = format!("{filter} rule {}", 1000 + index);
        out.add(format!("{rule} action accept"));
        out.add(format!("{rule} inbound-interface name {inner}"));
        out.add(format!("{rule} source address {}", behind.block));
    }
    if let Some(behind) = behind().next() {
        let rule = format!("# {filter} rule 100");
        out.add("# Inbound: nothing but what is let in before rule 1000, such as");
        out.add(format!("{rule} action accept"));
        out.add(format!("{rule} inbound-interface name {outer}"));
        out.add(format!("{rule} destination address {}", behind.example()));
        out.add(format!("{rule} protocol tcp"));
        out.add(format!("{rule} destination port 80,443"));
    }
}
