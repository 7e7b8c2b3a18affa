//! The host file's `addresses` with every name pinned.

use super::yaml::Node;
use crate::block::{AddressPlan, AddressSpec, Role};
use std::collections::HashMap;
use std::net::IpAddr;

/// The order of the keys in the file; those that are not here follow.
const ORDER: &[&str] = &[
    "provider",
    "block",
    "allocation",
    "layout",
    "management",
    "gateway",
    "next_hop",
    "next_hop_mac",
    "range",
    "for",
    "name",
    "address",
    "mac",
    "reserve",
    "assign",
    "blocks",
    "own_networks",
    "router_mac",
    "dns",
];

/// What was asked for, with everything stated that was chosen: provider, kinds of block, layouts, and the address of
/// every name.
pub(super) fn pinned(plan: &AddressPlan) -> AddressSpec {
    let mut spec = plan.spec().clone();
    spec.provider = Some(plan.profile().name.clone());
    for (spec, block) in spec.blocks.iter_mut().zip(plan.blocks()) {
        spec.allocation = Some(block.allocation().name.clone());
        spec.layout = Some(block.layout().name.clone());
        let addresses: HashMap<&str, IpAddr> = block
            .ranges()
            .iter()
            .filter(|range| range.role == Role::Assigned)
            .filter_map(|range| Some((range.name.as_deref()?, range.first)))
            .collect();
        for entry in &mut spec.assign {
            entry.address = addresses.get(entry.name.as_str()).copied().or(entry.address);
        }
    }
    spec
}

/// The fragment as YAML.
pub(super) fn write(plan: &AddressPlan) -> String {
    // Maps with text keys and values that cannot fail.
    let value = serde_json::to_value(pinned(plan)).unwrap_or_default();
    Node::Map(vec![("addresses".to_owned(), Node::from_json(value, ORDER))]).document()
}
