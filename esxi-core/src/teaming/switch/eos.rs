//! Arista EOS.
//!
//! Words from Arista's manual. Which fields the hash takes is set per chip, and addresses are among them by default.

use super::Request;
use super::cisco_like::{self, Words};

const WORDS: Words = Words {
    channel: "Port-Channel",
    switched: Some("switchport"),
    edge: ["spanning-tree portfast", "spanning-tree portfast"],
    trunk_more: &[],
    hash: None,
    fallback: &["port-channel lacp fallback static", "port-channel lacp fallback timeout 5"],
};

pub(super) const HASH_NOTES: &[&str] = &[
    "the hash takes source and destination address by default; where it was changed, on Trident chips for one: \
     `port-channel load-balance trident fields ip source-ip destination-ip`",
];

pub(super) fn write(request: &Request) -> Vec<String> {
    cisco_like::write(request, &WORDS)
}
