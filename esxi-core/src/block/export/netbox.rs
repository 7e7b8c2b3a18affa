//! Files for NetBox's bulk import: prefixes, IP ranges, IP addresses.
//!
//! Column names and status words are those of NetBox 3 and 4. Its `role` columns are left out: the role of an IP
//! address there says how it is shared (VIP, VRRP, …), that of a prefix names an object which must exist already.
//! Of an IP address NetBox keeps the prefix length that its machine configures.
//! Network and broadcast addresses are left out as well; they follow from the prefix.

use super::csv::Table;
use super::view::{BlockView, View};
use crate::block::{Range, Role};

/// NetBox's longest description, in characters.
const DESCRIPTION: usize = 200;

pub(super) fn prefixes(view: &View<'_>) -> String {
    let mut table = Table::new(&["prefix", "status", "is_pool", "description"]);
    for block in &view.blocks {
        let description = format!("{}, layout {}", block.title, block.layout);
        // In a pool the first and the last address can be used like any other.
        let is_pool = !block.ranges.iter().any(|range| matches!(range.role, Role::Network | Role::Broadcast));
        table.row([
            &block.block.to_string(),
            "active",
            if is_pool { "true" } else { "false" },
            &cut(&description),
        ]);
    }
    table.finish()
}

/// Reserved addresses that stand side by side; NetBox wants at least two in a range.
pub(super) fn ranges(view: &View<'_>) -> String {
    let mut table = Table::new(&["start_address", "end_address", "status", "description"]);
    for (block, range) in rows(view).filter(|(_, range)| range.role == Role::Reserved && range.count > 1) {
        let prefix = block.block.prefix();
        table.row([
            &format!("{}/{prefix}", range.first),
            &format!("{}/{prefix}", range.last),
            "reserved",
            &cut(range.name.as_deref().unwrap_or("reserved by the provider")),
        ]);
    }
    table.finish()
}

pub(super) fn addresses(view: &View<'_>) -> String {
    let mut table = Table::new(&["address", "status", "dns_name", "description"]);
    for (block, range) in rows(view).filter(|(_, range)| range.count == 1) {
        let (status, description) = match range.role {
            Role::Gateway => ("active", "the provider's gateway"),
            Role::Management => ("active", "ESXi management"),
            Role::Router => ("active", "router virtual machine"),
            Role::Assigned => ("active", "virtual machine"),
            Role::Reserved => ("reserved", range.name.as_deref().unwrap_or("reserved by the provider")),
            Role::Network | Role::Broadcast | Role::Available => continue,
        };
        let name = view.name_of(range.first).map(|name| view.names.full(name)).unwrap_or_default();
        let prefix = view.prefix_of(range.first).unwrap_or(block.block.prefix());
        let address = format!("{}/{prefix}", range.first);
        table.row([&address, status, &name, &cut(description)]);
    }
    table.finish()
}

fn rows<'a>(view: &'a View<'_>) -> impl Iterator<Item = (&'a BlockView<'a>, &'a Range)> {
    view.blocks.iter().flat_map(|block| block.ranges.iter().map(move |range| (block, range)))
}

fn cut(text: &str) -> String {
    text.chars().take(DESCRIPTION).collect()
}
