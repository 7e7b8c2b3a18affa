//! The host file's `addresses` with every name pinned.

use super::yaml::Node;
use crate::block::AddressPlan;

/// The order of the keys in the file; those that are not here follow.
const ORDER: &[&str] = &[
    "provider",
    "block",
    "allocation",
    "layout",
    "management",
    "gateway",
    "next_hop",
    "range",
    "for",
    "name",
    "address",
    "mac",
    "reserve",
    "assign",
    "blocks",
    "own_networks",
    "without_private_side",
    "router_mac",
    "dns",
];

/// The fragment as YAML.
pub(super) fn write(plan: &AddressPlan) -> String {
    // Maps with text keys and values that cannot fail.
    let value = serde_json::to_value(plan.pinned()).unwrap_or_default();
    Node::Map(vec![("addresses".to_owned(), Node::from_json(value, ORDER))]).document()
}
