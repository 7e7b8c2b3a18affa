//! The network of a host without the names of its objects.

use esxi_core::state::{Fact, HostState, Ipv4Config};
use std::collections::{BTreeMap, BTreeSet};

/// What carries an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Carrier {
    pub vlan: u16,
    /// Cards under it.
    pub uplinks: BTreeSet<String>,
    /// Load balancing, where there is something to balance.
    pub policy: String,
    /// Active cards; in order where the order means something.
    pub active: Vec<String>,
    /// Bytes that an adapter sends and its vSwitch carries.
    pub mtu: u16,
    /// Another adapter has the same hardware address.
    pub shared_mac: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normal {
    /// By address with prefix length, or `dhcp` and `dhcp6` with the VLAN and the cards.
    pub addresses: BTreeMap<String, Carrier>,
    pub routes: BTreeSet<String>,
    pub dns: String,
}

/// In what two networks differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Their script stopped half-way.
    Stopped,
    /// Here the document is refused.
    Refused,
    Address,
    Vlan,
    Uplinks,
    Policy,
    Active,
    Mtu,
    SharedMac,
    Route,
    Dns,
}

#[derive(Debug, Clone)]
pub struct Difference {
    pub aspect: Aspect,
    #[allow(dead_code, reason = "shown when a test fails")]
    pub what: String,
}

impl Normal {
    pub fn of(state: &HostState) -> Normal {
        let mut addresses = BTreeMap::new();
        for (name, vmk) in &state.vmkernel {
            let Some(group) = state.port_groups.get(&vmk.port_group) else { continue };
            let Some(switch) = state.vswitches.get(&group.vswitch) else { continue };
            let Some(teaming) = state.effective_teaming(&vmk.port_group) else { continue };
            let uplinks: BTreeSet<String> = switch.uplinks.iter().map(ToString::to_string).collect();
            let mut active: Vec<String> = teaming.order.active.iter().map(ToString::to_string).collect();
            let policy = format!("{:?}", teaming.load_balancing);
            if policy != "Explicit" {
                active.sort();
            }
            let carrier = Carrier {
                vlan: group.vlan.get(),
                policy: if uplinks.len() > 1 { policy } else { String::new() },
                uplinks,
                active,
                mtu: vmk.mtu.get().min(switch.mtu.get()),
                shared_mac: state
                    .vmkernel
                    .iter()
                    .any(|(other, theirs)| other != name && theirs.mac.is_some() && theirs.mac == vmk.mac),
            };
            let mut items: Vec<String> = vmk.ipv6.addresses.iter().map(ToString::to_string).collect();
            match &vmk.ipv4 {
                Fact::Known(Ipv4Config::Static { address, .. }) => items.push(address.to_string()),
                Fact::Known(Ipv4Config::Dhcp { .. }) => {
                    items.push(format!("dhcp on {} of {:?}", carrier.vlan, carrier.uplinks));
                }
                _ => {}
            }
            if vmk.ipv6.dhcp {
                items.push(format!("dhcp6 on {} of {:?}", carrier.vlan, carrier.uplinks));
            }
            addresses.extend(items.into_iter().map(|item| (item, carrier.clone())));
        }
        let routes =
            state.routes.iter().map(|route| format!("{} by {}", route.network, route.gateway)).collect();
        Normal { addresses, routes, dns: format!("{:?} {:?}", state.dns.servers, state.dns.search) }
    }
}

/// `theirs` against `ours`, which is `None` where the document was refused.
pub fn differences(ended: bool, theirs: &Normal, ours: Option<&Normal>) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut differ = |aspect, what: String| found.push(Difference { aspect, what });
    let Some(ours) = ours else {
        differ(Aspect::Refused, "here the document is refused".into());
        return found;
    };
    if !ended && theirs != ours {
        differ(Aspect::Stopped, "it stopped half-way".into());
        return found;
    }
    let keys: BTreeSet<&String> = theirs.addresses.keys().chain(ours.addresses.keys()).collect();
    for key in keys {
        let (Some(a), Some(b)) = (theirs.addresses.get(key), ours.addresses.get(key)) else {
            differ(Aspect::Address, format!("{key} is on one side only"));
            continue;
        };
        let mut one = |aspect, same: bool| {
            if !same {
                differ(aspect, format!("{key}: {a:?} and {b:?}"));
            }
        };
        one(Aspect::Vlan, a.vlan == b.vlan);
        one(Aspect::Uplinks, a.uplinks == b.uplinks);
        one(Aspect::Policy, a.policy == b.policy);
        one(Aspect::Active, a.active == b.active);
        one(Aspect::Mtu, a.mtu == b.mtu);
        one(Aspect::SharedMac, a.shared_mac == b.shared_mac);
    }
    if theirs.routes != ours.routes {
        differ(Aspect::Route, format!("{:?} and {:?}", theirs.routes, ours.routes));
    }
    if theirs.dns != ours.dns {
        differ(Aspect::Dns, format!("{} and {}", theirs.dns, ours.dns));
    }
    found
}
