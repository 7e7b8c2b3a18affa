//! Debian as a router: sysctl, ifupdown and nftables. Facts from ip-sysctl in the kernel's documentation: a host that
//! forwards IPv6 ignores router advertisements unless told otherwise; a routed prefix needs no neighbour proxy.

use super::text::{ConfigFile, Lines};
use super::{GuestAddress, Router, ifupdown};

pub(super) fn files(router: &Router, outer: &str, inner: &str) -> Vec<ConfigFile> {
    // Forwarding comes last: the rules are there before the first packet.
    vec![ruleset(router, outer, inner), interfaces(router, outer, inner), sysctl(router, outer)]
}

fn sysctl(router: &Router, outer: &str) -> ConfigFile {
    let path = "/etc/sysctl.d/60-router.conf";
    let mut out = Lines::default();
    out.add(format!("# {path}; then: sysctl --system"));
    if router.has_family(false) {
        out.add("net.ipv4.ip_forward = 1");
    }
    if router.has_family(true) {
        out.add("net.ipv6.conf.all.forwarding = 1");
        out.add("net.ipv6.conf.default.accept_ra = 0");
        // Slashes, because a card's name may have dots in it.
        out.add(format!("net/ipv6/conf/{outer}/accept_ra = 0"));
    }
    ConfigFile::new(path, out.take())
}

fn interfaces(router: &Router, outer: &str, inner: &str) -> ConfigFile {
    let path = "/etc/network/interfaces.d/router";
    let mut out = Lines::default();
    out.add(format!("# {path}"));
    out.add("# In place of other stanzas of these cards; then: ifdown and ifup, or restart");
    out.comments("#", router.about(outer, inner));
    let dns = router.reachable_dns();
    if !dns.is_empty() {
        out.add("# dns-nameservers needs the package resolvconf; without it write the servers to /etc/resolv.conf");
    }
    let outside: Vec<GuestAddress> = router.outer_addresses().copied().collect();
    ifupdown::stanzas(outer, &outside, &router.default_routes(), &dns, None, &[], &mut out);
    if !router.behind.is_empty() {
        out.add("");
    }
    let inside: Vec<GuestAddress> = router.inner_addresses().into_iter().map(GuestAddress::new).collect();
    let routes: Vec<(bool, String)> = router
        .on_link()
        .map(|behind| {
            let ip = if behind.is_ipv6() { "ip -6" } else { "ip" };
            (behind.is_ipv6(), format!("{ip} route replace {} dev $IFACE", behind.block))
        })
        .collect();
    ifupdown::stanzas(inner, &inside, &[], &[], None, &routes, &mut out);
    ConfigFile::new(path, out.take())
}

fn ruleset(router: &Router, outer: &str, inner: &str) -> ConfigFile {
    let path = "/etc/nftables.conf";
    let mut out = Lines::default();
    out.add("#!/usr/sbin/nft -f");
    out.add(format!("# {path}; then: systemctl enable --now nftables"));
    out.add(
        "# Replaces every rule there is. Addresses are not translated; what is for the router itself is not",
    );
    out.add("# filtered here");
    out.add("flush ruleset").add("");
    out.add("table inet router {").add("    chain forward {");
    let mut rule = |text: String| {
        out.add(format!("        {text}"));
    };
    rule("type filter hook forward priority filter; policy drop;".into());
    rule("ct state established,related accept".into());
    rule("ct state invalid drop".into());
    if !router.behind.is_empty() {
        rule("# Outbound, from their own addresses only".into());
    }
    for behind in &router.behind {
        let family = if behind.is_ipv6() { "ip6" } else { "ip" };
        rule(format!("iifname \"{inner}\" {family} saddr {} accept", behind.block));
    }
    if !router.behind.is_empty() {
        rule("# Inbound: nothing but what is let in here, such as".into());
    }
    for behind in &router.behind {
        let family = if behind.is_ipv6() { "ip6" } else { "ip" };
        let address = behind.example();
        rule(format!("# iifname \"{outer}\" {family} daddr {address} tcp dport {{ 80, 443 }} accept"));
    }
    out.add("    }").add("}");
    ConfigFile::new(path, out.take())
}
