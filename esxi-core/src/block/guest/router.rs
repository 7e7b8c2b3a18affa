//! What the router formats share.

use super::text::{DefaultRoute, about_mac, comment, default_routes, is_link_local, reachable};
use super::{Behind, GuestAddress, Router};
use ipnet::IpNet;
use std::net::IpAddr;

impl Router {
    pub(super) fn default_routes(&self) -> Vec<DefaultRoute> {
        default_routes(&self.outside)
    }

    /// The addresses to configure on the outer card: a link-local one is there without being told.
    pub(super) fn outer_addresses(&self) -> impl Iterator<Item = &GuestAddress> {
        self.outside.iter().filter(|a| !is_link_local(a.address.addr()))
    }

    pub(super) fn reachable_dns(&self) -> Vec<IpAddr> {
        reachable(&self.dns, &self.outside)
    }

    /// The inner card's addresses, each once: several blocks may be routes on the same link.
    pub(super) fn inner_addresses(&self) -> Vec<IpNet> {
        let mut inner = Vec::new();
        for behind in &self.behind {
            if !inner.contains(&behind.inner) {
                inner.push(behind.inner);
            }
        }
        inner
    }

    /// The blocks that are routes on the inner card.
    pub(super) fn on_link(&self) -> impl Iterator<Item = &Behind> {
        self.behind.iter().filter(|behind| !behind.subnet)
    }

    /// Whether the router has anything to do with this family.
    pub(super) fn has_family(&self, ipv6: bool) -> bool {
        let outside = self.outside.iter().any(|a| a.address.addr().is_ipv6() == ipv6);
        outside || self.behind.iter().any(|behind| behind.is_ipv6() == ipv6)
    }

    /// What the head of the first file says of the machine and its cards.
    pub(super) fn about(&self, outer: &str, inner: &str) -> Vec<String> {
        let mut lines = vec![
            "Router virtual machine".to_owned(),
            format!("Card 1, {outer}: outside, on port group \"{}\"", comment(&self.outside_port_group)),
            format!(
                "Card 2, {inner}: inside, on port group \"{}\" of a vSwitch without uplinks",
                comment(&self.inside_port_group)
            ),
        ];
        let list: Vec<_> = self.outside.iter().map(|a| a.address.addr().to_string()).collect();
        lines.extend(about_mac(self.mac, "Card 1", &list.join(", ")));
        lines
    }
}

impl Behind {
    pub(super) fn is_ipv6(&self) -> bool {
        self.block.first().is_ipv6()
    }
    /// An address of the block that a virtual machine could have, for an example.
    pub(super) fn example(&self) -> IpAddr {
        let wanted = u128::from(self.block.count() > 2);
        let first = self.block.nth(wanted).unwrap_or(self.block.first());
        let next = self.block.nth(wanted + 1).unwrap_or(first);
        if first == self.inner.addr() { next } else { first }
    }
}
