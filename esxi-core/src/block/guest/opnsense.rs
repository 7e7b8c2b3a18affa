//! OPNsense, as the pages of its web interface and the values to enter there. Its configuration is one XML file that
//! the interface replaces as a whole: a part of it cannot be pasted without what else stands in it.
//!
//! Verified: "Far Gateway" makes a route to a gateway outside the subnet (OPNsense's `system.inc`), and has had a
//! defect with IPv6 gateways (opnsense/core issue 7556). Believed: the names of pages and fields, as of 24.7.

use super::text::{ConfigFile, Lines};
use super::{Behind, Router};
use ipnet::IpNet;

pub(super) fn files(router: &Router, outer: &str, inner: &str) -> Vec<ConfigFile> {
    let path = "opnsense-steps.txt";
    let mut out = Lines::default();
    out.add("# OPNsense: what to enter on the pages of its web interface, as they are called in 24.7. Its");
    out.add("# configuration file cannot be pasted in part.");
    out.comments("#", router.about(outer, inner));
    let mut number = 0;
    let mut step = |page: &str, lines: Vec<String>| {
        if lines.is_empty() {
            return;
        }
        number += 1;
        out.add("").add(format!("{number}. {page}"));
        for line in lines {
            out.add(format!("   - {line}"));
        }
    };
    let assigned = [format!("WAN: {outer}"), format!("LAN: {inner}")];
    step("Interfaces > Assignments", assigned.to_vec());
    let outside: Vec<IpNet> = router.outer_addresses().map(|a| a.address).collect();
    let mut wan = addresses(&outside);
    wan.push(
        "Block private networks, Block bogon networks: off where the provider's own side is private".into(),
    );
    step("Interfaces > [WAN]", wan);
    step("System > Gateways > Configuration, one entry each", gateways(router));
    let subnets: Vec<IpNet> = router.behind.iter().filter(|b| b.subnet).map(|b| b.inner).collect();
    step("Interfaces > [LAN]", addresses(&subnets));
    let mut further = further(&outside, "WAN");
    further.extend(self::further(&subnets, "LAN"));
    step("Interfaces > Virtual IPs > Settings, one entry each", further);
    let servers = router.reachable_dns();
    let dns = servers.iter().map(|server| format!("DNS server: {server}")).collect();
    step("System > Settings > General", dns);
    let off = "Mode: Disable outbound NAT rule generation (the blocks behind keep their addresses)";
    step("Firewall > NAT > Outbound", vec![off.into()]);
    let held = || router.behind.iter().filter(|behind| behind.subnet);
    step(
        "Firewall > Rules > LAN, in place of the rules that let everything out",
        held().map(|behind| format!("Pass, in, {}, source {}", family(behind), behind.block)).collect(),
    );
    let inbound = |behind: &Behind| {
        format!(
            "Nothing reaches {} until a rule lets it in, such as: Pass, in, {}, TCP, destination {}, port 443",
            behind.block,
            family(behind),
            behind.example()
        )
    };
    step("Firewall > Rules > WAN", held().map(inbound).collect());
    let left: Vec<String> = router.on_link().map(|behind| behind.block.to_string()).collect();
    if !left.is_empty() {
        out.add("");
        out.add(format!("Not done: {}.", left.join(", ")));
        out.add("Laid out as routes on the link, which OPNsense's pages cannot express: a static route there needs a");
        out.add("gateway. Lay these blocks out as subnets behind the router, or take VyOS or Debian as the router.");
    }
    vec![ConfigFile::new(path, out.take())]
}

fn family(behind: &Behind) -> &'static str {
    if behind.is_ipv6() { "IPv6" } else { "IPv4" }
}

/// An interface's page takes one address of each family.
fn addresses(all: &[IpNet]) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, ipv6) in [("IPv4", false), ("IPv6", true)] {
        if let Some(address) = all.iter().find(|a| a.addr().is_ipv6() == ipv6) {
            lines.push(format!("{name} Configuration Type: Static {name}"));
            lines.push(format!("{name} address: {address}"));
        }
    }
    lines
}

/// The addresses for which that page has no place.
fn further(all: &[IpNet], interface: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for ipv6 in [false, true] {
        for address in all.iter().filter(|a| a.addr().is_ipv6() == ipv6).skip(1) {
            lines.push(format!("Mode: IP Alias, Interface: {interface}, Address: {address}"));
        }
    }
    lines
}

fn gateways(router: &Router) -> Vec<String> {
    let mut lines = Vec::new();
    for route in router.default_routes() {
        let name = if route.is_ipv6() { "WAN_GW6" } else { "WAN_GW" };
        let family = if route.is_ipv6() { "IPv6" } else { "IPv4" };
        let far = if route.on_link { ", Far Gateway: on" } else { "" };
        lines.push(format!(
            "Name: {name}, Interface: WAN, Address Family: {family}, IP Address: {}, Upstream Gateway: on{far}",
            route.gateway
        ));
        if route.on_link && route.is_ipv6() {
            lines.push(format!(
                "Then see that System > Routes > Status has a route to {}: some releases do not make it",
                route.gateway
            ));
        }
    }
    lines
}
