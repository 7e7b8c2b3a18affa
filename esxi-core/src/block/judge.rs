//! What only the whole host shows: overlaps, unreachable gateways, routed addresses that would reach ESXi itself.

use super::guest::is_link_local;
use super::host::below;
use super::nearest::listed;
use super::net::not_unicast;
use super::profile::{Delivery, GatewayRule, MacRule, Profile, Rest, Space};
use super::{AddressPlan, AddressSpec, Block, BlockPlan, Role};
use crate::diag::{Diagnostic, codes};
use crate::value::MacAddr;
use std::collections::{BTreeMap, HashMap};

/// A block of which all addresses are others' in a subnet that the server shares with other customers: a further
/// address of the user's that happens to lie there.
fn is_among_others(block: Block, plans: &[BlockPlan]) -> bool {
    plans.iter().filter(|plan| plan.block() != block).any(|plan| {
        let shared = plan.allocation().rest_in(plan.layout()) == Rest::Reserved;
        let range = plan.range_of(block.first()).filter(|_| shared);
        range.is_some_and(|range| {
            range.role == Role::Reserved && range.name.is_none() && block.last() <= range.last
        })
    })
}

/// Blocks against each other, against the user's own networks, and both against the provider's private side.
pub(super) fn overlaps(
    spec: &AddressSpec,
    profile: &Profile,
    plans: &[BlockPlan],
    found: &mut Vec<Diagnostic>,
) {
    let mut clash = |one: Block, other: Block, path: String, help: &str| {
        let message = match one == other {
            true => format!("{one} stands twice"),
            false => format!("{one} and {other} overlap: addresses would be in both"),
        };
        let found_here = Diagnostic::error(codes::BLOCKS_OVERLAP, message).at(path);
        found.push(found_here.help(help));
    };
    for (index, block) in spec.blocks.iter().enumerate() {
        for earlier in spec.blocks[..index].iter().filter(|earlier| earlier.block.overlaps(block.block)) {
            if is_among_others(block.block, plans) || is_among_others(earlier.block, plans) {
                continue;
            }
            let help = "state each block once, as the provider assigned it";
            clash(earlier.block, block.block, format!("/blocks/{index}/block"), help);
        }
    }
    for (index, own) in spec.own_networks.iter().enumerate() {
        let earlier = spec.own_networks[..index].iter().copied();
        let blocks = spec.blocks.iter().map(|block| block.block);
        for other in blocks.chain(earlier).filter(|other| other.overlaps(*own)) {
            let help =
                "take other addresses for the own network; the provider's blocks need not be stated here";
            clash(other, *own, format!("/own_networks/{index}"), help);
        }
    }
    private_side(spec, profile, found);
}

fn private_side(spec: &AddressSpec, profile: &Profile, found: &mut Vec<Diagnostic>) {
    let Some(private) = profile.private.as_ref().filter(|_| !spec.without_private_side) else { return };
    let subnet = Block::from(private.subnet);
    let adapter = match (&private.adapter, &private.port_group) {
        (Some(adapter), Some(port_group)) => format!("{adapter} and port group \"{port_group}\""),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => "the private adapter".to_owned(),
    };
    for (index, own) in spec.own_networks.iter().enumerate().filter(|(_, own)| own.overlaps(subnet)) {
        let message = format!(
            "{own} lies in {subnet}, which the installed host routes to the provider's private network: answers \
             would leave over the wrong adapter"
        );
        let help = format!(
            "remove {adapter} first and say so (`without_private_side: true` in a host file, --without-private-side \
             on the command line), or take addresses outside {subnet}"
        );
        let finding = Diagnostic::error(codes::PRIVATE_SIDE_CONFLICT, message);
        found.push(finding.at(format!("/own_networks/{index}")).help(help));
    }
}

/// Addresses that are stated beside the blocks must be some machine's.
pub(super) fn addresses_of_machines(spec: &AddressSpec, found: &mut Vec<Diagnostic>) {
    let blocks = spec.blocks.iter().enumerate().flat_map(|(index, block)| {
        let gateway = block.gateway.map(|address| (format!("/blocks/{index}/gateway"), address));
        let next_hop = block.next_hop.map(|address| (format!("/blocks/{index}/next_hop"), address));
        gateway.into_iter().chain(next_hop)
    });
    // A machine may well ask itself for names.
    let dns = spec.dns.iter().enumerate().filter(|(_, address)| !address.is_loopback());
    let dns = dns.map(|(index, address)| (format!("/dns/{index}"), *address));
    for (path, address) in blocks.chain(dns) {
        if let Some(what) = not_unicast(address.into()) {
            let found_here = Diagnostic::error(
                codes::BLOCK_NOT_UNICAST,
                format!("no machine has the address {address}: {what}"),
            );
            found.push(found_here.at(path).help("state the address of the machine that is meant"));
        }
    }
}

/// Judges a plan of which every block stands by itself.
pub(super) fn whole(plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    // Rules that were only taken for a pattern bring no warnings about a provider that nobody named.
    for text in plan.profile().warnings.iter().filter(|_| plan.spec().provider.is_some()) {
        found.push(Diagnostic::warning(codes::PROVIDER_WARNING, text.clone()));
    }
    names_once(plan, found);
    macs_once(plan, found);
    for (index, block) in plan.blocks().iter().enumerate() {
        found.extend(gateway_in_subnet(plan, block).map(|d| below(index, d)));
        found.extend(next_hop_is_a_router(plan, block).map(|d| below(index, d)));
        found.extend(gateway_known(plan, block).map(|d| below(index, d)));
        found.extend(macs_ordered(plan, block).map(|d| below(index, d)));
        if block.layout().name == "private-management" && plan.management().is_none() {
            let note = "ESXi's private address is not in this plan";
            let help = "plan the private block beside it; clients reach it from there only: VPN or console";
            found.push(below(
                index,
                Diagnostic::note(codes::ADDRESS_NOT_STATED, note).at("/layout").help(help),
            ));
        }
    }
    found.extend(enough_macs(plan));
}

/// One machine has at most one address of each family.
fn names_once(plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<(String, bool), Block> = BTreeMap::new();
    for (index, block) in plan.blocks().iter().enumerate() {
        for (at, entry) in block.spec().assign.iter().enumerate() {
            let key = (entry.name.to_ascii_lowercase(), block.block().first().is_ipv4());
            let Some(other) = seen.insert(key, block.block()) else { continue };
            let message = format!("{:?} has an address of this family in {other} already", entry.name);
            let finding = Diagnostic::error(codes::ADDRESS_NAME, message).at(format!("/assign/{at}/name"));
            found.push(below(index, finding.help("give the second address to a name of its own")));
        }
    }
}

/// Groups have an odd first octet.
fn is_a_cards(mac: MacAddr) -> bool {
    mac.0[0] & 1 == 0 && mac.0 != [0; 6]
}

/// A MAC address is one machine's.
fn macs_once(plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    let wrong = |message: String, help: &str, path: String| {
        Diagnostic::error(codes::MAC_WRONG, message).at(path).help(help)
    };
    let no_card = |mac: MacAddr, of: &str, path: String| {
        let help = "write the address that the card has or that the provider assigned";
        wrong(format!("{mac}, for {of}, is no card's: a group's or nobody's"), help, path)
    };
    // The router may have a name beside, with the same address.
    if let Some(mac) = plan.spec().router_mac.filter(|mac| !is_a_cards(*mac)) {
        found.push(no_card(mac, "the router", "/router_mac".to_owned()));
    }
    let mut owners: HashMap<MacAddr, &str> = HashMap::new();
    for (index, block) in plan.blocks().iter().enumerate() {
        for (at, entry) in block.spec().assign.iter().enumerate() {
            let Some(mac) = entry.mac else { continue };
            let path = format!("/blocks/{index}/assign/{at}/mac");
            if !is_a_cards(mac) {
                found.push(no_card(mac, &entry.name, path));
                continue;
            }
            let owner = owners.entry(mac).or_insert(&entry.name);
            if !owner.eq_ignore_ascii_case(&entry.name) {
                let message = format!("{mac} is stated for {owner} and for {}", entry.name);
                found.push(wrong(message, "give each virtual machine's card an address of its own", path));
            }
        }
    }
}

fn gateway_in_subnet(plan: &AddressPlan, block: &BlockPlan) -> Option<Diagnostic> {
    let management = block.management()?;
    let gateway = plan.gateway_of(block)?;
    if block.block().contains(gateway) || is_link_local(gateway) {
        return None;
    }
    let message = format!(
        "ESXi at {management} has its gateway {gateway} outside {}: the vmkernel refuses a gateway that is in none \
         of its subnets",
        block.block()
    );
    let help = "plan the subnet that the provider's gateway is in, and state ESXi's address in it; a /32 with a \
                route on the link is for Linux";
    let path = if block.spec().gateway.is_some() { "/gateway" } else { "/block" };
    Some(Diagnostic::error(codes::GATEWAY_OFF_SUBNET, message).at(path).help(help))
}

fn next_hop_is_a_router(plan: &AddressPlan, block: &BlockPlan) -> Option<Diagnostic> {
    let next_hop = block.next_hop()?;
    if block.allocation().delivery != Delivery::Routed {
        let message = format!(
            "a next hop is stated for {}, which {} does not route: its addresses live on the wire",
            block.block(),
            plan.profile().title
        );
        let help = "leave it out, or state the allocation that is routed";
        return Some(Diagnostic::error(codes::NEXT_HOP_UNKNOWN, message).at("/next_hop").help(help));
    }
    if block.block().contains(next_hop) {
        let message =
            format!("{} would be routed to {next_hop}, an address behind that next hop", block.block());
        let help = "have it routed to an address that the router virtual machine has on the provider's wire";
        return Some(Diagnostic::error(codes::NEXT_HOP_UNKNOWN, message).at("/next_hop").help(help));
    }
    // The smallest: a single address may lie in the subnet that the server shares with other customers.
    let owners = plan.blocks().iter().filter(|other| other.block().contains(next_hop));
    let owner = owners.max_by_key(|other| other.prefix())?;
    let role = owner.role(next_hop)?;
    let at = |found: Diagnostic| found.at("/next_hop");
    match role {
        Role::Router | Role::Assigned | Role::Available => None,
        Role::Management => {
            let message = format!(
                "{} is routed to {next_hop}, which is ESXi's own address: the vmkernel does not pass packets on",
                block.block()
            );
            let other = owner.allocation().layouts.iter().find(|l| l.name.starts_with("router"));
            let found = at(Diagnostic::error(codes::NEXT_HOP_IS_ESXI, message));
            Some(match other {
                Some(layout) => found.help(format!(
                    "plan {} with layout {}: a router virtual machine takes {next_hop}, ESXi moves",
                    owner.block(),
                    layout.name
                )),
                None => found.help("have it routed to the address of a router virtual machine"),
            })
        }
        role => {
            let message = format!("{} is routed to {next_hop}, which is the {role} address", block.block());
            let help = "have it routed to the address of a router virtual machine";
            Some(at(Diagnostic::error(codes::NEXT_HOP_UNKNOWN, message).help(help)))
        }
    }
}

/// Machines need a gateway; some are known only with the server's own address.
fn gateway_known(plan: &AddressPlan, block: &BlockPlan) -> Option<Diagnostic> {
    let rule = block.gateway_rule();
    if block.usable() == 0 || rule == GatewayRule::None || plan.gateway_of(block).is_some() {
        return None;
    }
    let what = match rule {
        GatewayRule::SameAsManagement => "that of the server's own address".to_owned(),
        GatewayRule::MainOctet(n) => format!("the server's own address with {n} as its last number"),
        _ => "not known".to_owned(),
    };
    let message =
        format!("the gateway of the machines in {} is {what}, which is not in this plan", block.block());
    let help = "plan the server's own block beside it, or state `gateway`";
    Some(Diagnostic::note(codes::ADDRESS_NOT_STATED, message).at("/gateway").help(help))
}

fn macs_ordered(plan: &AddressPlan, block: &BlockPlan) -> Option<Diagnostic> {
    if block.allocation().mac != MacRule::PerAddress {
        return None;
    }
    let mut missing: Vec<String> =
        block.spec().assign.iter().filter(|a| a.mac.is_none()).map(|a| a.name.clone()).collect();
    if block.router().is_some() && plan.spec().router_mac.is_none() {
        missing.push("the router".to_owned());
    }
    if missing.is_empty() {
        return None;
    }
    let message = format!(
        "{} binds each address to a MAC address: none is noted for {}",
        plan.profile().title,
        listed(&missing)
    );
    let help =
        "order one for the address, set it by hand on the virtual machine's card, and note it as `mac`";
    Some(Diagnostic::note(codes::MAC_NOT_ORDERED, message).at("/assign").help(help))
}

fn enough_macs(plan: &AddressPlan) -> Option<Diagnostic> {
    let most = u128::from(plan.profile().l2.as_ref()?.max_macs?);
    let on_the_wire = plan.blocks().iter().filter(|block| block.allocation().delivery != Delivery::Routed);
    let names: std::collections::BTreeSet<&str> =
        on_the_wire.clone().flat_map(|b| b.spec().assign.iter().map(|a| a.name.as_str())).collect();
    let mut outside = on_the_wire.clone().filter(|b| b.allocation().space != Space::Private);
    let router = outside.any(|block| block.router().is_some());
    let all = names.len() as u128 + u128::from(router) + 1;
    (all > most).then(|| {
        let message = format!(
            "{all} MAC addresses would be seen at the switch port (ESXi, {} virtual machines); {} lets {most} pass",
            all - 1,
            plan.profile().title
        );
        let help = "put machines behind a router virtual machine: they share its MAC address";
        Diagnostic::warning(codes::TOO_MANY_MACS, message).at("/blocks").help(help)
    })
}
