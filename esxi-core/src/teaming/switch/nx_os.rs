//! Cisco NX-OS.
//!
//! Words from Cisco's interface guides for Nexus 3000, 5000 and 9000. `lacp suspend-individual` is the default of the
//! 7000 and 9000 and only changes while the channel is down.

use super::Request;
use super::cisco_like::{self, Words};

const WORDS: Words = Words {
    channel: "port-channel",
    switched: Some("switchport"),
    edge: ["spanning-tree port type edge trunk", "spanning-tree port type edge"],
    trunk_more: &[],
    hash: Some("port-channel load-balance src-dst ip"),
    fallback: &["shutdown", "no lacp suspend-individual", "no shutdown"],
};

pub(super) const HASH_NOTES: &[&str] = &[
    "a Nexus 5000 or 6000 writes the hash as `port-channel load-balance ethernet source-dest-ip`; it counts for all \
     channels of the switch",
];

pub(super) fn write(request: &Request) -> Vec<String> {
    cisco_like::write(request, &WORDS)
}
