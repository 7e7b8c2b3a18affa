//! References to network cards, and what they turn out to be on a host.

use super::{HostSpec, Override};
use crate::diag::{Diagnostic, codes};
use crate::state::HostState;
use crate::value::{MacAddr, SwitchName, VmnicName};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// A network card, by what identifies it. Resolved when a host is at hand.
///
/// ```
/// use esxi_core::spec::NicRef;
/// for text in ["0c:c4:7a:b5:80:02", "vmnic1", "role:management", "role:spare"] {
///     assert_eq!(text.parse::<NicRef>()?.to_string(), text);
/// }
/// # Ok::<(), esxi_core::spec::NicRefError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NicRef {
    /// By hardware address: holds on any boot and any ESXi version.
    Mac(MacAddr),
    /// By ESXi's own number, which may differ after hardware changes.
    Vmnic(VmnicName),
    /// By what it does now.
    Role(NicRole),
}

/// What a card does, for documents that are to fit many hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NicRole {
    /// The first active uplink under the management adapter.
    Management,
    /// The one card with a link that nothing else in the file names and that no other vSwitch holds.
    Spare,
}

/// A text that refers to no network card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a network card: write its MAC address such as 0c:c4:7a:b5:80:02, vmnic0, role:management \
     or role:spare"
)]
pub struct NicRefError(String);

impl FromStr for NicRef {
    type Err = NicRefError;
    fn from_str(text: &str) -> Result<Self, NicRefError> {
        match text.trim().strip_prefix("role:") {
            Some("management") => Ok(NicRef::Role(NicRole::Management)),
            Some("spare") => Ok(NicRef::Role(NicRole::Spare)),
            Some(_) => Err(NicRefError(text.to_owned())),
            None => text
                .parse()
                .map(NicRef::Mac)
                .or_else(|_| text.trim().parse().map(NicRef::Vmnic))
                .map_err(|_| NicRefError(text.to_owned())),
        }
    }
}

impl fmt::Display for NicRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NicRef::Mac(mac) => mac.fmt(f),
            NicRef::Vmnic(name) => name.fmt(f),
            NicRef::Role(NicRole::Management) => f.write_str("role:management"),
            NicRef::Role(NicRole::Spare) => f.write_str("role:spare"),
        }
    }
}

crate::value::serde_as_text!(
    NicRef,
    "a network card: its MAC address such as 0c:c4:7a:b5:80:02, vmnic0, role:management or role:spare"
);

impl From<MacAddr> for NicRef {
    fn from(mac: MacAddr) -> Self {
        NicRef::Mac(mac)
    }
}

/// Every reference of the network part of a file, with its JSON pointer.
pub(super) fn references(spec: &HostSpec) -> Vec<(String, &NicRef)> {
    let mut all = Vec::new();
    for (path, switch) in spec.vswitches() {
        let mut lists = vec![(format!("{path}/uplinks"), &switch.uplinks)];
        if let Some(teaming) = &switch.teaming {
            lists.push((format!("{path}/teaming/active"), &teaming.active));
            lists.push((format!("{path}/teaming/standby"), &teaming.standby));
        }
        for (at, group) in switch.port_groups.iter().flatten().enumerate() {
            if let Some(Override::Set(teaming)) = &group.teaming {
                lists.push((format!("{path}/port_groups/{at}/teaming/active"), &teaming.active));
                lists.push((format!("{path}/port_groups/{at}/teaming/standby"), &teaming.standby));
            }
        }
        for (path, list) in lists {
            all.extend(list.iter().flatten().enumerate().map(|(at, nic)| (format!("{path}/{at}"), nic)));
        }
    }
    all
}

impl HostSpec {
    /// Network cards that the file refers to, each once, in the order of the file: those of vSwitches and of failover
    /// orders.
    pub fn cards(&self) -> Vec<&NicRef> {
        let mut seen = BTreeSet::new();
        references(self).into_iter().map(|(_, nic)| nic).filter(|nic| seen.insert(*nic)).collect()
    }
}

/// What references mean on one host.
pub(super) struct NicResolver<'a> {
    host: &'a HostState,
    management: Option<VmnicName>,
    spare: Option<VmnicName>,
}

impl<'a> NicResolver<'a> {
    /// Looks the roles up for this file on this host.
    pub(super) fn new(spec: &HostSpec, host: &'a HostState) -> Self {
        let management = management_card(host);
        let mut resolver = NicResolver { host, management, spare: None };
        let named: BTreeSet<VmnicName> =
            references(spec).into_iter().filter_map(|(_, nic)| resolver.find(nic).cloned()).collect();
        let wanting = spec.vswitches().find_map(|(_, switch)| {
            switch
                .uplinks
                .iter()
                .flatten()
                .any(|nic| *nic == NicRef::Role(NicRole::Spare))
                .then_some(&switch.name)
        });
        resolver.spare = spare_card(host, wanting, &named);
        resolver
    }

    /// The card, if the host has it.
    pub(super) fn find(&self, nic: &NicRef) -> Option<&VmnicName> {
        match nic {
            NicRef::Mac(mac) => self.host.nic_by_mac(*mac),
            NicRef::Vmnic(name) => self.host.nics.get_key_value(name).map(|(name, _)| name),
            NicRef::Role(NicRole::Management) => self.management.as_ref(),
            NicRef::Role(NicRole::Spare) => self.spare.as_ref(),
        }
    }

    /// Why the card was not found, with the host's cards and the nearest one.
    pub(super) fn missing(&self, nic: &NicRef, path: &str) -> Diagnostic {
        let cards: Vec<String> = self
            .host
            .nics
            .iter()
            .map(|(name, card)| {
                format!("{name} {}{}", card.mac, if card.link_up { "" } else { " (no link)" })
            })
            .collect();
        let cards = if cards.is_empty() {
            "the host has no network card".into()
        } else {
            format!("the host has {}", cards.join(", "))
        };
        let message = match nic {
            NicRef::Role(NicRole::Management) => {
                "the host has no uplink under a management adapter".to_owned()
            }
            NicRef::Role(NicRole::Spare) => "the host has no spare network card with a link".to_owned(),
            other => format!("the host has no network card {other}"),
        };
        let nearest = match nic {
            NicRef::Mac(mac) => self.nearest(*mac),
            _ => None,
        };
        let diagnostic = Diagnostic::error(codes::NIC_NOT_FOUND, message).at(path);
        match nearest {
            Some(near) => diagnostic.help(format!("{cards}; did you mean {near}?")).fix(near.to_string()),
            None => diagnostic.help(cards),
        }
    }

    /// The card whose address differs in the fewest digits, if that is at most three of twelve.
    fn nearest(&self, mac: MacAddr) -> Option<MacAddr> {
        let digits = |mac: MacAddr| mac.to_string().replace(':', "");
        let wanted = digits(mac);
        let distance = |mac: MacAddr| strsim::levenshtein(&wanted, &digits(mac));
        let near = self.host.nics.values().map(|card| card.mac).min_by_key(|mac| distance(*mac))?;
        (distance(near) <= 3).then_some(near)
    }
}

fn management_card(host: &HostState) -> Option<VmnicName> {
    host.management_vmks().into_iter().find_map(|vmk| {
        let group = host.port_groups.get(&host.vmkernel.get(vmk)?.port_group)?;
        let switch = host.vswitches.get(&group.vswitch)?;
        let first = host
            .effective_teaming(&host.vmkernel.get(vmk)?.port_group)
            .and_then(|teaming| teaming.order.active.first().cloned());
        first.or_else(|| switch.uplinks.first().cloned())
    })
}

/// Prefers a card that the wanting vSwitch holds already, so that the second run finds what the first one chose.
fn spare_card(
    host: &HostState,
    wanting: Option<&SwitchName>,
    named: &BTreeSet<VmnicName>,
) -> Option<VmnicName> {
    let free = || host.nics.iter().filter(|(name, card)| card.link_up && !named.contains(*name));
    let held = free().find(|(name, _)| wanting.is_some() && host.vswitch_of_uplink(name) == wanting);
    let loose = || free().find(|(name, _)| host.vswitch_of_uplink(name).is_none());
    held.or_else(loose).map(|(name, _)| name.clone())
}
