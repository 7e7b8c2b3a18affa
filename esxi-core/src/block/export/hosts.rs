//! Lines for `/etc/hosts`.

use super::view::View;
use crate::block::Role;
use std::fmt::Write;

/// Every machine of the user's with its names; the provider's gateways are remarks, since they are not.
pub(super) fn write(view: &View<'_>) -> String {
    let mut out = String::new();
    for block in &view.blocks {
        // Writing to a String does not fail.
        let _ = writeln!(out, "# {}  {} {}", block.block, block.provider, block.layout);
        let width = block.block.last().to_string().len();
        for range in block.ranges {
            let address = range.first;
            let _ = match view.name_of(address) {
                Some(name) => writeln!(out, "{address:width$}  {}", view.names.all(name).join(" ")),
                None if range.role == Role::Gateway => writeln!(out, "# {address}  the provider's gateway"),
                None => Ok(()),
            };
        }
    }
    out
}
