//! Provider profiles, judged from outside: what the providers' own documents say about each address (`judge`), every
//! table that can come out (`goldens`), what holds for all of them (`laws`), and that no rule stands without a fact
//! (`facts`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod facts;
mod goldens;
mod judge;
mod laws;

use esxi_core::block::profile::{Allocation, Family, Layout, Place, Profile, Space};
use esxi_core::block::{Block, BlockSpec, Catalogue, Role};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// Every profile that comes with the crate.
fn profiles() -> Vec<Arc<Profile>> {
    let catalogue = Catalogue::builtin();
    let profiles: Vec<_> = catalogue.iter().collect();
    assert!(profiles.len() >= 14, "{:?}", catalogue.names());
    profiles
}

fn bits(family: Family) -> u8 {
    match family {
        Family::Ipv4 => 32,
        Family::Ipv6 => 128,
    }
}

/// The block of this size that an address lies in.
fn block_at(address: IpAddr, prefix: u8) -> Block {
    let text = match address {
        IpAddr::V4(a) => {
            let kept = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            format!("{}/{prefix}", std::net::Ipv4Addr::from_bits(a.to_bits() & kept))
        }
        IpAddr::V6(a) => {
            let kept = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            format!("{}/{prefix}", Ipv6Addr::from_bits(a.to_bits() & kept))
        }
    };
    text.parse().unwrap()
}

/// How far an address is behind another one.
fn distance(from: IpAddr, to: IpAddr) -> u128 {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => u128::from(to.to_bits() - from.to_bits()),
        (IpAddr::V6(from), IpAddr::V6(to)) => to.to_bits() - from.to_bits(),
        _ => panic!("{from} and {to} are of two families"),
    }
}

/// A block of an allocation and layout, with what the provider tells its customers one by one: the gateway at the
/// second address, ESXi at the sixth.
fn spec(allocation: &Allocation, layout: &Layout, block: Block) -> BlockSpec {
    let mut spec = BlockSpec::new(block).allocation(&*allocation.name).layout(&*layout.name);
    for (role, place) in allocation.reserve.iter().chain(layout.roles.iter()) {
        match (role, place) {
            (Role::Gateway, Place::Given) => spec.gateway = block.nth(1),
            (Role::Management, Place::Given) => spec.management = block.nth(5),
            (role, Place::Given) => panic!("{}: nobody can state the {role}", allocation.name),
            _ => {}
        }
    }
    spec
}

/// An address of the space that an allocation comes from, in space that nobody has.
fn sample(allocation: &Allocation, prefix: u8) -> IpAddr {
    match (allocation.family, allocation.space) {
        (Family::Ipv6, _) => "2001:db8:2:1::".parse().unwrap(),
        (Family::Ipv4, Space::Private) => "10.70.19.16".parse().unwrap(),
        (Family::Ipv4, _) if prefix >= 24 => "203.0.113.64".parse().unwrap(),
        (Family::Ipv4, _) => "198.18.64.0".parse().unwrap(),
    }
}
