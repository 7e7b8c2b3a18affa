//! Which address space a block is from (RFC 6890), and whether that is what a provider hands out.

use super::Block;
use super::profile::Space;
use crate::diag::{Diagnostic, codes};
use ipnet::IpNet;

/// Special-purpose space that looks like a host's: the block, its name, and whether it is private.
const SPECIAL: &[(&str, &str, bool)] = &[
    ("10.0.0.0/8", "private (RFC 1918)", true),
    ("172.16.0.0/12", "private (RFC 1918)", true),
    ("192.168.0.0/16", "private (RFC 1918)", true),
    ("fc00::/7", "private (unique local, RFC 4193)", true),
    ("100.64.0.0/10", "shared by carriers' address translation (RFC 6598)", false),
    ("169.254.0.0/16", "link-local (RFC 3927)", false),
    ("fe80::/10", "link-local (RFC 4291)", false),
    ("192.0.0.0/24", "for protocol assignments (RFC 6890)", false),
    ("192.0.2.0/24", "for documentation (RFC 5737)", false),
    ("198.51.100.0/24", "for documentation (RFC 5737)", false),
    ("203.0.113.0/24", "for documentation (RFC 5737)", false),
    ("2001:db8::/32", "for documentation (RFC 3849)", false),
    ("3fff::/20", "for documentation (RFC 9637)", false),
    ("198.18.0.0/15", "for benchmarks (RFC 2544)", false),
];

/// Whether machines anywhere may reach this address: it is one machine's and in no special-purpose space.
#[cfg(feature = "spec")]
pub(crate) fn is_public(address: std::net::IpAddr) -> bool {
    let special =
        SPECIAL.iter().any(|(net, ..)| net.parse::<IpNet>().is_ok_and(|net| net.contains(&address)));
    !special && !address.is_loopback() && !address.is_multicast() && !address.is_unspecified()
}

/// A warning if the block is not from the space that the provider hands out.
pub(super) fn check(block: Block, expected: Space) -> Option<Diagnostic> {
    let special = SPECIAL.iter().find(|(net, ..)| {
        net.parse::<IpNet>().is_ok_and(|net| net.contains(&block.net()) || block.net().contains(&net))
    });
    let found = match (expected, special) {
        (Space::Public, Some((net, what, _))) => {
            format!("{block} lies in {net}, which is {what}; the provider hands out public addresses here")
        }
        (Space::Private, None | Some((_, _, false))) => {
            format!("{block} is not private; the provider hands out private addresses here")
        }
        _ => return None,
    };
    let found = Diagnostic::warning(codes::UNEXPECTED_SPACE, found).at("/block");
    Some(found.help("check the block with the provider; the plan is the same"))
}
