//! [`Network`]: what commands set that is not part of a host's state as plans see it.

use crate::state::HostState;
use crate::value::{NetstackName, VmkName, VmnicName};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Settings of cards, of TCP/IP stacks and of IPv6 as a whole: only what differs from the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Network {
    /// IPv6 as a whole.
    pub(super) ipv6: Ipv6,
    /// Stacks made by hand or first used by an adapter, and settings of the default one.
    pub(super) stacks: BTreeMap<NetstackName, Stack>,
    /// Cards.
    pub(super) cards: BTreeMap<VmnicName, Card>,
    /// Adapters that take name servers from DHCP, or do not, against the rule that those with a lease do.
    pub(super) peer_dns: BTreeMap<VmkName, bool>,
}

/// IPv6 as a whole; a change takes effect with the next boot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Ipv6 {
    /// Off from the next boot on.
    pub off: bool,
    /// Off now.
    pub off_now: bool,
}

/// A TCP/IP stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stack {
    /// In use.
    pub enabled: bool,
    /// Name people see; the key where there is none.
    pub name: Option<String>,
    /// Largest number of connections, from the next boot on.
    pub connections: u32,
    /// The same now.
    pub connections_now: u32,
    /// Congestion control: `cubic`, or else `newreno`.
    pub cubic: bool,
    /// IPv6 on this stack.
    pub ipv6: bool,
}

impl Default for Stack {
    fn default() -> Self {
        Stack {
            enabled: true,
            name: None,
            connections: 11_000,
            connections_now: 11_000,
            cubic: false,
            ipv6: true,
        }
    }
}

/// Settings of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Card {
    /// Speed in Mbit/s and full duplex, fixed by hand.
    pub fixed: Option<(u32, bool)>,
    /// Level of its driver's messages.
    pub messages: u32,
    /// Wake on magic packets.
    pub wake: bool,
    /// Checksum offload is off.
    pub no_cso: bool,
    /// Segmentation offload is off.
    pub no_tso: bool,
    /// Scatter-gather is off.
    pub no_sg: bool,
    /// Ring sizes by their option's name.
    pub rings: BTreeMap<String, u32>,
    /// Interrupt coalescing by its option's name, as it is shown.
    pub coalesce: BTreeMap<String, String>,
    /// Pause frames: taken, sent, negotiated.
    pub pause: Option<[bool; 3]>,
    /// Statistics are kept for each VLAN.
    pub vlan_stats: bool,
}

impl Network {
    /// As the installer leaves it.
    pub fn factory(version: EsxiVersion) -> Self {
        let _ = version;
        Network::default()
    }

    /// What was set to take effect with a boot does.
    pub(in crate::model) fn boot(&mut self) {
        self.ipv6.off_now = self.ipv6.off;
        for stack in self.stacks.values_mut() {
            stack.connections_now = stack.connections;
        }
    }

    /// Whether IPv6 is there at all.
    pub(super) fn has_ipv6(&self) -> bool {
        !self.ipv6.off_now
    }

    /// Every stack: those used, those made, and the default one.
    pub(super) fn all_stacks(&self, host: &HostState) -> BTreeSet<NetstackName> {
        let used = host.vmkernel.values().map(|vmk| vmk.netstack.clone());
        let routed = host.routes.iter().map(|route| route.netstack.clone());
        used.chain(routed).chain(self.stacks.keys().cloned()).chain([NetstackName::default()]).collect()
    }

    /// Changes a card's settings, and forgets them when they are the defaults again.
    pub(super) fn alter_card(&mut self, name: &VmnicName, change: impl FnOnce(&mut Card)) {
        let mut card = self.cards.remove(name).unwrap_or_default();
        change(&mut card);
        if card != Card::default() {
            self.cards.insert(name.clone(), card);
        }
    }

    /// The settings of a card.
    pub(super) fn card(&self, name: &str) -> Card {
        self.cards.get(name).cloned().unwrap_or_default()
    }

    /// Forgets what belonged to adapters that are gone.
    pub(super) fn tidy(&mut self, host: &HostState) {
        self.peer_dns.retain(|vmk, _| host.vmkernel.contains_key(vmk));
    }
}
