//! What a text has to say, whichever its format: the guest's values as plain sets.

use esxi_core::block::guest::{Guest, GuestAddress};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What was read back from a text, or what should be.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Addresses with their prefix lengths.
    pub addresses: BTreeSet<IpNet>,
    /// Default gateways.
    pub gateways: BTreeSet<IpAddr>,
    /// Gateways that a route on the link, or a word for it, makes reachable.
    pub on_link: BTreeSet<IpAddr>,
    pub dns: Vec<IpAddr>,
    pub mtu: Option<u16>,
}

impl Told {
    pub fn by(guest: &Guest) -> Told {
        let mut told = Told::about(&guest.addresses);
        let has = |ipv6| guest.addresses.iter().any(|a| a.address.addr().is_ipv6() == ipv6);
        told.dns = guest.dns.iter().copied().filter(|server| has(server.is_ipv6())).collect();
        told.mtu = guest.mtu.map(|mtu| mtu.get());
        told
    }

    pub fn about(addresses: &[GuestAddress]) -> Told {
        let link_local = |address: &IpAddr| address.to_string().starts_with("fe80:");
        let mut told = Told::default();
        for address in addresses {
            if !link_local(&address.address.addr()) {
                told.addresses.insert(address.address);
            }
            let Some(gateway) = address.gateway else { continue };
            told.gateways.insert(gateway);
            // Worked out anew from the numbers, not believed.
            if !address.address.trunc().contains(&gateway) && !link_local(&gateway) {
                told.on_link.insert(gateway);
            }
        }
        told
    }
}
