//! Cisco IOS and IOS XE.
//!
//! `channel-group … mode on` and `src-dst-ip` are what VMware's own sample has (KB 1004048); the standalone port of an
//! LACP channel is Cisco's "LACP standalone disable".

use super::cisco_like::{self, Words};
use super::{Request, Vlans};

const WORDS: Words = Words {
    channel: "Port-channel",
    switched: None,
    edge: ["spanning-tree portfast trunk", "spanning-tree portfast"],
    trunk_more: &["switchport nonegotiate"],
    hash: Some("port-channel load-balance src-dst-ip"),
    fallback: &["no port-channel standalone-disable"],
};

pub(super) fn write(request: &Request) -> Vec<String> {
    cisco_like::write(request, &WORDS)
}

pub(super) fn notes(request: &Request) -> Vec<&'static str> {
    match request.vlans {
        Vlans::Trunk { .. } => vec![
            "a Catalyst that also knows ISL wants `switchport trunk encapsulation dot1q` before `switchport mode trunk`",
        ],
        Vlans::Access(_) => Vec::new(),
    }
}
