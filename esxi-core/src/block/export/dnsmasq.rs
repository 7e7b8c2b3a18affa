//! Configuration for dnsmasq.
//!
//! Names always. DHCP only where a guest can use it: an IPv4 block with its gateway inside, and a machine whose MAC
//! address is known. The range is `static`, so that nobody else gets an answer: on a provider's wire other customers
//! may ask.

use super::view::{BlockView, Kind, Machine, View};
use crate::block::guest::GuestAddress;
use std::fmt::Write;
use std::net::IpAddr;

pub(super) fn write(view: &View<'_>) -> String {
    let mut out = String::new();
    for machine in &view.machines {
        names(&mut out, view, machine);
    }
    for block in view.blocks.iter().filter(|block| has_dhcp(block)) {
        dhcp(&mut out, view, block);
    }
    // An empty file looks like a failed export.
    if out.is_empty() {
        out.push_str("# no machine has a name in this plan\n");
    }
    out
}

/// One `host-record` takes an address of each family and gives each its reverse name.
fn names(out: &mut String, view: &View<'_>, machine: &Machine) {
    let names = view.names.all(&machine.name).join(",");
    let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) =
        machine.by_use().iter().map(|a| a.address.addr()).partition(IpAddr::is_ipv4);
    for index in 0..v4.len().max(v6.len()) {
        let pair = [v4.get(index), v6.get(index)];
        let addresses: String = pair.into_iter().flatten().map(|address| format!(",{address}")).collect();
        // Writing to a String does not fail.
        let _ = writeln!(out, "host-record={names}{addresses}");
    }
}

fn has_dhcp(block: &BlockView<'_>) -> bool {
    block.block.first().is_ipv4() && block.gateway.is_some_and(|gateway| block.block.contains(gateway))
}

fn dhcp(out: &mut String, view: &View<'_>, block: &BlockView<'_>) {
    let here = |a: &&GuestAddress| block.block.contains(a.address.addr()) && !a.on_link;
    let guests: Vec<_> = view
        .of_kind(Kind::Guest)
        .filter_map(|guest| Some((guest, guest.addresses.iter().find(here)?)))
        .collect();
    let (Some((_, first)), Some(gateway)) = (guests.first(), block.gateway) else { return };
    // A guest whose gateway is another block's takes none from here.
    let gateway = first.gateway.unwrap_or(gateway);
    // Tags are words: the block's address with its dots as hyphens.
    let tag = format!("net-{}", block.block.first().to_string().replace('.', "-"));
    let _ = writeln!(out, "\n# {}", block.block);
    let known: Vec<_> =
        guests.iter().filter_map(|(guest, a)| Some((guest, a.address.addr(), guest.mac?))).collect();
    for (guest, a) in guests.iter().filter(|(guest, _)| guest.mac.is_none()) {
        let _ = writeln!(out, "# no MAC address yet: dhcp-host=MAC,{},{}", a.address.addr(), short(guest));
    }
    if known.is_empty() {
        return;
    }
    let _ = writeln!(out, "dhcp-range=set:{tag},{},static,{}", block.block.first(), block.block.netmask());
    let _ = writeln!(out, "dhcp-option=tag:{tag},option:router,{gateway}");
    let dns: String = view.dns.iter().filter(|a| a.is_ipv4()).map(|address| format!(",{address}")).collect();
    if !dns.is_empty() {
        let _ = writeln!(out, "dhcp-option=tag:{tag},option:dns-server{dns}");
    }
    for (guest, address, mac) in known {
        let _ = writeln!(out, "dhcp-host={mac},{address},{}", short(guest));
    }
}

/// A DHCP client's name has no domain.
fn short(guest: &Machine) -> &str {
    guest.name.split_once('.').map_or(guest.name.as_str(), |(first, _)| first)
}
