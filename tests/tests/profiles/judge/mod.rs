//! The plans beside what the providers' documents say: an independent judge of the profiles. Nothing in its tables
//! ([`documents`]) is made by the code that it judges.

mod documents;

use crate::{distance, profiles};
use documents::{DEFAULTS, GUESTS, HETZNER_MAIN, PACKET_SERVER, TABLE, WIRES, Wire};
use esxi_core::block::guest::GuestMac;
use esxi_core::block::profile::MacRule;
use esxi_core::block::{AddressPlan, AddressSpec, Assignment, BlockPlan, BlockSpec, Catalogue, Role};
use esxi_core::diag::{Code, Diagnostic, codes};
use std::collections::BTreeMap;

fn block_spec(text: &str) -> BlockSpec {
    let mut words = text.split(' ');
    let mut word = || words.next().unwrap();
    let mut spec = BlockSpec::new(word().parse().unwrap()).allocation(word()).layout(word());
    for stated in words {
        let (key, value) = stated.split_once('=').unwrap();
        let value = Some(value.parse().unwrap());
        match key {
            "management" => spec.management = value,
            "gateway" => spec.gateway = value,
            "next-hop" => spec.next_hop = value,
            key => panic!("{key}"),
        }
    }
    spec
}

fn host(provider: &str, beside: &[&str], block: &str) -> Result<AddressPlan, String> {
    let blocks = beside.iter().chain([&block]).map(|block| block_spec(block));
    let mut spec = AddressSpec::new(blocks).provider(provider);
    spec.router_mac = Some("00:50:56:00:00:2a".parse().unwrap());
    let first = |found: Vec<Diagnostic>| format!("{provider} {block}: {}", found[0]);
    Catalogue::builtin().plan(&spec).map_err(first)
}

/// `3-6 available` for offsets 3 to 6, as (first, last, role).
fn roles(text: &str) -> Vec<(u128, u128, Role)> {
    let role = |word: &str| Role::ALL.into_iter().find(|role| role.as_str() == word).unwrap();
    text.split(", ")
        .map(|part| {
            let (offsets, word) = part.split_once(' ').unwrap();
            let (first, last) = offsets.split_once('-').unwrap_or((offsets, offsets));
            (first.parse().unwrap(), last.parse().unwrap(), role(word))
        })
        .collect()
}

/// What the plan says, as the table writes it; small blocks are asked address by address.
fn said(plan: &BlockPlan) -> Vec<(u128, u128, Role)> {
    let first = plan.block().first();
    if plan.block().count() > 256 {
        let offsets = |range: &esxi_core::block::Range| {
            (distance(first, range.first), distance(first, range.last), range.role)
        };
        return plan.ranges().iter().map(offsets).collect();
    }
    let mut said: Vec<(u128, u128, Role)> = Vec::new();
    for (offset, (address, range)) in plan.addresses().enumerate() {
        let offset = offset as u128;
        assert_eq!(distance(first, address), offset);
        assert_eq!(plan.role(address), Some(range.role), "{address}");
        match said.last_mut() {
            Some((_, last, role)) if *role == range.role => *last = offset,
            _ => said.push((offset, offset, range.role)),
        }
    }
    said
}

#[test]
fn each_address_has_the_role_that_the_provider_gives_it() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let plan = match host(row.provider, row.beside, row.block) {
            Ok(plan) => plan,
            Err(found) => {
                wrong.push(found);
                continue;
            }
        };
        let block = plan.blocks().last().unwrap();
        let name = format!("{} {}", row.provider, row.block);
        let mut check = |what: &str, wanted: String, got: String| {
            if wanted != got {
                wrong.push(format!("{name}: {what} is {got}, the documents say {wanted}"));
            }
        };
        check("each role", format!("{:?}", roles(row.roles)), format!("{:?}", said(block)));
        check("delivery", format!("{:?}", row.delivery), format!("{:?}", block.allocation().delivery));
        check("the rule for MACs", format!("{:?}", row.mac), format!("{:?}", block.allocation().mac));
        let text = |address: Option<std::net::IpAddr>| address.map_or("-".to_owned(), |a| a.to_string());
        check("next hop", row.next_hop.to_owned(), text(block.next_hop()));
        if row.gateway != "?" {
            check("gateway of the machines", row.gateway.to_owned(), text(plan.gateway_of(block)));
        }
        // The same as the accessors say.
        let at = |role: Role| {
            let place = roles(row.roles).into_iter().find(|place| place.2 == role);
            text(place.and_then(|(offset, ..)| block.block().nth(offset)))
        };
        check("gateway", at(Role::Gateway), text(block.gateway()));
        check("management", at(Role::Management), text(block.management()));
        check("router", at(Role::Router), text(block.router()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_profile_stands_before_the_judge() {
    for profile in profiles() {
        for allocation in &profile.allocations {
            let judged = TABLE.iter().any(|row| {
                row.provider == profile.name && row.block.split(' ').nth(1) == Some(&allocation.name)
            });
            // phoenixNAP's other allocations repeat the first one's belief.
            assert!(judged || profile.name == "phoenixnap", "{} {}", profile.name, allocation.name);
        }
    }
}

#[test]
fn a_block_alone_means_what_most_customers_of_the_provider_mean() {
    for &(provider, block, allocation, layout) in DEFAULTS {
        let profile = Catalogue::builtin().find(provider).unwrap();
        let plan = profile.plan(&BlockSpec::new(block.parse().unwrap())).unwrap();
        let got = (plan.allocation().name.as_str(), plan.layout().name.as_str());
        assert_eq!(got, (allocation, layout), "{provider} {block}");
    }
    // Shared subnets need to be told who is who.
    for (provider, block) in [("hetzner-robot", "46.4.10.64/26"), ("leaseweb", "85.17.31.64/26")] {
        let profile = Catalogue::builtin().find(provider).unwrap();
        let found = profile.plan(&BlockSpec::new(block.parse().unwrap())).unwrap_err();
        let found: Vec<_> = found.iter().map(|d| (d.code, d.path.as_deref().unwrap())).collect();
        let missing = codes::ADDRESS_NOT_STATED;
        assert_eq!(found, [(missing, "/gateway"), (missing, "/management")], "{provider}");
    }
}

#[test]
fn switches_do_what_the_documents_say() {
    let rows: BTreeMap<&str, &Wire> = WIRES.iter().map(|wire| (wire.provider, wire)).collect();
    for profile in profiles() {
        let wire = rows.get(profile.name.as_str()).unwrap_or_else(|| panic!("{} has no row", profile.name));
        let l2 = profile.l2.clone().unwrap_or_default();
        let uplinks = profile.uplinks.clone().unwrap_or_default();
        let name = &profile.name;
        assert_eq!(l2.tagged, wire.tagged, "{name}");
        assert_eq!(l2.vlan_range, wire.vlans, "{name}");
        assert_eq!(l2.max_vlans, wire.max_vlans, "{name}");
        assert_eq!(l2.max_macs, wire.max_macs, "{name}");
        assert_eq!(l2.mtu.map(|mtu| mtu.get()), wire.mtu, "{name}");
        assert_eq!(uplinks.per_vswitch, wire.per_vswitch, "{name}");
        assert_eq!(uplinks.lacp, wire.lacp, "{name}");
    }
}

#[test]
fn what_a_provider_does_not_hand_out_is_refused() {
    let cases: &[(&str, &str, Option<&str>, Code)] = &[
        // Issue 44 of equinix/ansible-collection-metal: a /31 is refused for ESXi.
        ("packet", "147.75.1.8/31", Some("block"), codes::BLOCK_SIZE),
        ("packet", "147.75.1.8/30", Some("block"), codes::BLOCK_SIZE),
        ("packet", "147.75.1.8/30", None, codes::BLOCK_SIZE),
        // No room for ESXi beside its gateway.
        ("generic-onlink", "198.18.7.8/31", None, codes::BLOCK_SIZE),
        ("generic-onlink", "198.18.7.8/32", None, codes::BLOCK_SIZE),
        ("generic-onlink", "2001:db8:9::/127", None, codes::BLOCK_SIZE),
        ("xneelo", "197.221.2.0/28", None, codes::BLOCK_SIZE),
        ("ovh-scale", "46.105.135.96/32", None, codes::BLOCK_SIZE),
        ("ionos", "217.160.3.0/29", None, codes::BLOCK_SIZE),
        ("xneelo", "2001:db8:9::/64", None, codes::BLOCK_FAMILY),
    ];
    for &(provider, block, allocation, code) in cases {
        let profile = Catalogue::builtin().find(provider).unwrap();
        let mut spec = BlockSpec::new(block.parse().unwrap());
        spec.allocation = allocation.map(str::to_owned);
        let found = profile.plan(&spec).unwrap_err();
        let found: Vec<_> = found.iter().map(|d| (d.code, d.path.as_deref().unwrap())).collect();
        assert_eq!(found, [(code, "/block")], "{provider} {block}");
    }
}

fn found_with(provider: &str, block: &str, names: &[&str]) -> Vec<(Code, String)> {
    let mut block = block_spec(block);
    block.assign = names.iter().map(|name| Assignment::new(*name)).collect();
    let spec = AddressSpec::new([block]).provider(provider);
    let plan = Catalogue::builtin().plan(&spec).unwrap();
    plan.diagnostics().iter().map(|d| (d.code, d.message.clone())).collect()
}

#[test]
fn guests_are_told_what_the_documents_examples_configure() {
    let mut wrong = Vec::new();
    for &(provider, beside, block, address, gateway, on_link, mtu) in GUESTS {
        let mut blocks: Vec<BlockSpec> = beside.iter().map(|block| block_spec(block)).collect();
        blocks.push(block_spec(block).assign("web"));
        let plan = Catalogue::builtin().plan(&AddressSpec::new(blocks).provider(provider)).unwrap();
        let guests = plan.guests();
        let guest = &guests[0];
        let got = guest.addresses[0];
        let wanted = (address.parse().unwrap(), Some(gateway.parse().unwrap()), on_link);
        if (got.address, got.gateway, got.on_link) != wanted {
            wrong.push(format!("{provider} {block}: {got:?}, the documents say {wanted:?}"));
        }
        if guest.mtu.map(|mtu| mtu.get()) != mtu {
            wrong.push(format!("{provider} {block}: MTU {:?}, the documents say {mtu:?}", guest.mtu));
        }
        let ordered = plan.blocks().last().unwrap().allocation().mac == MacRule::PerAddress;
        if (guest.mac == GuestMac::Ordered) != ordered {
            wrong.push(format!("{provider} {block}: MAC {:?}", guest.mac));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A single address in the main address's subnet is one of the others' there, which no other block may be.
#[test]
fn a_shared_subnet_holds_further_addresses_and_nothing_that_is_taken() {
    for block in ["46.4.10.65/32", "46.4.10.100/32", "46.4.10.64/32", "46.4.10.127/32"] {
        let found = host("hetzner-robot", &[HETZNER_MAIN], &format!("{block} single direct")).unwrap_err();
        assert!(found.contains("overlap"), "{found}");
    }
    let twice = ["46.4.10.111/32 single direct"];
    let found = host("hetzner-robot", &twice, "46.4.10.111/32 single router-vm").unwrap_err();
    assert!(found.contains("twice"), "{found}");
    let found = host("packet", &[PACKET_SERVER], "147.75.1.12/32 elastic router-vm").unwrap_err();
    assert!(found.contains("overlap"), "{found}");
}

#[test]
fn the_warning_cases_warn() {
    let ionos = found_with("ionos", "217.160.3.4/32 main direct", &[]);
    assert!(ionos.iter().any(|(_, text)| text.contains("cuts the whole server off")), "{ionos:?}");
    // Three machines on the wire and the host itself are four addresses.
    let link = "10.0.0.0/24 private-connect router-vm";
    let many = |names: &[&str]| {
        let found = found_with("exoscale", link, names);
        assert!(found.iter().any(|(_, text)| text.contains("three MAC addresses")), "{found:?}");
        found.iter().any(|(code, _)| *code == codes::TOO_MANY_MACS)
    };
    assert!(many(&["a", "b", "c"]));
    assert!(!many(&[]));
}

#[test]
fn addresses_beyond_packets_29_cost_half_a_cent_an_hour() {
    let plan = |block: &str| host("packet", &[], block).unwrap().blocks()[0].price().cloned();
    assert_eq!(plan("147.75.1.8/29 block direct"), None);
    let price = plan("147.75.1.16/28 block direct").unwrap();
    assert_eq!((price.currency.as_str(), price.addresses, price.micros_per_hour()), ("USD", 8, 40_000));
}
