//! Routes, their policies, and what netplan lets a client of DHCP ignore.

use super::super::linux::LinuxRoute;
use super::super::read::At;
use crate::diag::{Diagnostic, codes};
use crate::yaml::bool_word;
use ipnet::IpNet;
use std::net::IpAddr;

/// What to do where ESXi has no rule that picks a routing table.
const STACKS: &str =
    "an adapter on a TCP/IP stack of its own (`netstack`) has a gateway and routes of its own";

/// Reads one item of `routes`; `None` where it was reported.
pub(super) fn route(at: &At<'_>) -> Option<LinuxRoute> {
    let report = |finding| at.account.report(finding);
    if !at.is_map() {
        report(at.error(codes::WRONG_VALUE, "a route is a mapping with `to` and `via`"));
        return None;
    }
    let metric = at.get("metric").and_then(|metric| metric.metric()).unwrap_or_default();
    for (key, why) in [
        ("from", "the sender's address is that of the adapter in the gateway's subnet"),
        ("mtu", "packets have the size that the adapter allows"),
        ("congestion-window", "not settable per route"),
        ("advertised-receive-window", "not settable per route"),
        ("advertised-mss", "not settable per route"),
    ] {
        if let Some(value) = at.get(key) {
            value.left_out(why);
        }
    }
    if let Some(kind) = at.get("type") {
        match kind.raw()? {
            "unicast" => {}
            other => {
                return without(
                    at,
                    &format!("ESXi has no routes of type {other}; close the way by the firewall"),
                );
            }
        }
    }
    if let Some(table) = at.get("table") {
        match table.raw()? {
            // The main table, which a route without the word is in.
            "254" => {}
            number => {
                return without(at, &format!("routing table {number} has no counterpart; {STACKS}"));
            }
        }
    }
    let via = at.get("via");
    if let Some(scope) = at.get("scope") {
        match scope.raw()? {
            "global" => {}
            "link" if via.is_none() => {}
            other => scope.left_out(&format!("a route with a gateway is global, not {other}")),
        }
    }
    let Some(to) = at.get("to") else {
        report(at.error(codes::IMPORT_INCOMPLETE, "a route needs `to`"));
        return None;
    };
    let Some(via) = via else {
        to.use_up();
        let finding = at.error(
            codes::IMPORT_IMPOSSIBLE,
            "a route without a gateway: ESXi reaches only the subnets of its adapters directly",
        );
        report(finding.help("give an adapter an address in that network, or name the gateway with `via`"));
        return None;
    };
    let via = via.ip()?;
    if let Some(on_link) = at.get("on-link")
        && on_link.truth()?
    {
        on_link.left_out("a gateway has to be in the subnet of an adapter; check that this one is");
    }
    Some(LinuxRoute { path: at.path.clone(), to: destination(&to, via)?, via, metric })
}

/// Leaves the whole route out.
fn without(at: &At<'_>, why: &str) -> Option<LinuxRoute> {
    let to = at.get("to").and_then(|to| to.raw()).unwrap_or("nowhere");
    let message = format!("the route to {to} is left out: {why}");
    at.account.report(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(&at.path));
    None
}

/// `default`, a network, or the address of a single machine.
fn destination(to: &At<'_>, via: IpAddr) -> Option<IpNet> {
    let text = to.raw()?;
    if text == "default" {
        return Some(all(via));
    }
    let net = match text.parse::<IpAddr>() {
        Ok(machine) => IpNet::from(machine),
        Err(_) => to.net(None)?,
    };
    if net.trunc() != net {
        let message = format!("{net} is an address; the route is to {}", net.trunc());
        to.account.report(Diagnostic::warning(codes::IMPORT_CHANGED, message).at(&to.path));
    }
    Some(net.trunc())
}

/// Every address of the gateway's family.
pub(super) fn all(via: IpAddr) -> IpNet {
    if via.is_ipv4() { IpNet::V4(Default::default()) } else { IpNet::V6(Default::default()) }
}

/// Rules that choose a routing table.
pub(super) fn policy(at: &At<'_>) {
    at.left_out(&format!("ESXi picks routes by destination only; {STACKS}"));
}

/// `dhcp4-overrides` and `dhcp6-overrides`.
pub(super) fn overrides(at: &At<'_>) {
    for (key, value) in at.entries() {
        let default = |value: &At<'_>| value.raw().and_then(bool_word) == Some(true);
        match key {
            "route-metric" => value.note_left_out(
                "there is one default gateway; the one of the management adapter's server counts",
            ),
            "use-dns" | "use-domains" if !default(&value) => {
                value.left_out("not settable per adapter; name servers that are given by hand count")
            }
            "use-routes" if !default(&value) => value.left_out(
                "the gateway that a DHCP server offers is taken; give the adapter a static address instead",
            ),
            "use-mtu" if !default(&value) => {
                value.note_left_out("an adapter's MTU is what the host file says, never the server's")
            }
            "use-dns" | "use-domains" | "use-routes" | "use-mtu" => {
                value.note_left_out("what ESXi does anyway, as far as it does")
            }
            "use-hostname" | "send-hostname" | "hostname" => {
                value.left_out("the host's name is not part of its network here")
            }
            "use-ntp" => value.left_out("time servers are not part of the network here"),
            _ => {}
        }
    }
}
