//! The host's own behaviour, from its state: virtual ports, teaming, the routing table.

use super::dice::Dice;
use esxi_core::state::{Fact, HostState, Ipv4Config, LoadBalancing, VmkAdapter};
use esxi_core::value::{MacAddr, NetstackName, VlanId, VmkName, VmnicName};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// NIC teaming in force on one virtual port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Team {
    pub policy: LoadBalancing,
    pub active: Vec<VmnicName>,
    pub standby: Vec<VmnicName>,
}

/// The virtual port a vmkernel adapter is plugged into.
#[derive(Debug, Clone)]
pub(super) struct VirtualPort {
    pub vswitch: String,
    /// Names the port: the same adapter elsewhere, or made anew, has another one.
    pub id: String,
    pub vlan: VlanId,
    /// `None`: not understood; the realities say what it may be.
    pub team: Option<Team>,
    pub mac: MacAddr,
    pub enabled: bool,
    pub netstack: NetstackName,
    pub addresses: Vec<IpNet>,
    /// The IPv4 configuration was not understood.
    pub address_unknown: bool,
    pub lease_gateway: Option<IpAddr>,
}

/// Reads the ports off a state. An adapter whose port group or vSwitch is missing has no port; one of `reborn`
/// was made anew and has a new one.
pub(super) fn ports(host: &HostState, reborn: &BTreeSet<VmkName>) -> BTreeMap<VmkName, VirtualPort> {
    let mut list = BTreeMap::new();
    for (number, (name, vmk)) in host.vmkernel.iter().enumerate() {
        let Some(group) = host.port_groups.get(&vmk.port_group) else { continue };
        let Some(switch) = host.vswitches.get(&group.vswitch) else { continue };
        let team = match (&switch.teaming, &group.teaming) {
            (Fact::Known(base), Fact::Known(own)) => {
                let order = own.order.as_ref().unwrap_or(&base.order);
                let attached = |list: &[VmnicName]| -> Vec<VmnicName> {
                    list.iter().filter(|nic| switch.uplinks.contains(*nic)).cloned().collect()
                };
                Some(Team {
                    policy: own.load_balancing.unwrap_or(base.load_balancing),
                    active: attached(&order.active),
                    standby: attached(&order.standby),
                })
            }
            _ => None,
        };
        let (addresses, lease_gateway, address_unknown) = addresses(vmk);
        // Where ESXi has yet to choose an address any unused one stands for it.
        let mac = vmk.mac.unwrap_or(MacAddr([0x02, 0xe5, 0, 0, 0, number as u8]));
        let port = VirtualPort {
            vswitch: group.vswitch.to_string(),
            id: format!("{name} on {} ({})", vmk.port_group, reborn.contains(name)),
            vlan: group.vlan,
            team,
            mac,
            enabled: vmk.enabled,
            netstack: vmk.netstack.clone(),
            addresses,
            address_unknown,
            lease_gateway,
        };
        list.insert(name.clone(), port);
    }
    list
}

fn addresses(vmk: &VmkAdapter) -> (Vec<IpNet>, Option<IpAddr>, bool) {
    let mut list: Vec<IpNet> = vmk.ipv6.addresses.iter().map(|net| IpNet::V6(*net)).collect();
    match &vmk.ipv4 {
        Fact::Known(Ipv4Config::Static { address, .. }) => {
            list.push(IpNet::V4(*address));
            (list, None, false)
        }
        Fact::Known(Ipv4Config::Dhcp { lease: Some(lease) }) => {
            list.push(IpNet::V4(lease.address));
            (list, lease.gateway.map(IpAddr::V4), false)
        }
        Fact::Known(_) => (list, None, false),
        Fact::Unknown(_) => (list, None, true),
    }
}

/// The uplinks a team may send by, given carrier. A dead active uplink lets the next live standby in; standbys
/// alone serve a team without any active uplink (believed).
pub(super) fn usable(team: &Team, up: impl Fn(&VmnicName) -> bool) -> Vec<VmnicName> {
    let live =
        |list: &[VmnicName]| -> Vec<VmnicName> { list.iter().filter(|nic| up(nic)).cloned().collect() };
    let mut list = live(&team.active);
    let standby = live(&team.standby);
    if team.policy == LoadBalancing::Explicit {
        list.extend(standby);
        list.truncate(1);
        return list;
    }
    let dead = team.active.len() - list.len();
    let wanted = if list.is_empty() { dead.max(1) } else { dead };
    list.extend(standby.into_iter().take(wanted));
    list
}

/// Where the stack sends a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NextHop {
    pub vmk: VmkName,
    pub address: IpAddr,
}

/// One entry of a routing table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    length: u8,
    via: NextHop,
}

/// Every way the stack may take to `to`: the entries of the longest matching prefix. Several when the table is
/// ambiguous; none when there is no route.
pub(super) fn ways(
    host: &HostState,
    ports: &BTreeMap<VmkName, VirtualPort>,
    stack: &NetstackName,
    to: IpAddr,
    dice: &mut Dice,
) -> Vec<NextHop> {
    let mut table: Vec<Entry> = Vec::new();
    let members: Vec<_> = ports.iter().filter(|(_, port)| port.netstack == *stack).collect();
    for (vmk, port) in &members {
        // Nobody documents whether a disabled adapter keeps its connected route.
        if !port.enabled && dice.roll(format!("{vmk} disabled keeps its route"), 2) == 0 {
            continue;
        }
        for net in port.addresses.iter().filter(|net| net.contains(&to)) {
            let via = NextHop { vmk: (*vmk).clone(), address: to };
            table.push(Entry { length: net.prefix_len(), via });
        }
        if let Some(gateway) = port.lease_gateway
            && gateway.is_ipv4() == to.is_ipv4()
        {
            table.push(Entry { length: 0, via: NextHop { vmk: (*vmk).clone(), address: gateway } });
        }
    }
    for route in host.routes.iter().filter(|route| route.netstack == *stack && route.network.contains(&to)) {
        for vmk in holders(&members, route.gateway) {
            let via = NextHop { vmk, address: route.gateway };
            table.push(Entry { length: route.network.prefix_len(), via });
        }
    }
    let longest = table.iter().map(|entry| entry.length).max();
    let mut ways: Vec<NextHop> = Vec::new();
    // A connected network is preferred to a route of the same length.
    let connected = |entry: &Entry| entry.via.address == to;
    let direct = table.iter().any(|entry| Some(entry.length) == longest && connected(entry));
    for entry in table {
        if Some(entry.length) == longest && (connected(&entry) || !direct) && !ways.contains(&entry.via) {
            ways.push(entry.via);
        }
    }
    ways
}

/// The adapters a gateway is reached by: those with the most specific subnet around it, or all that speak IPv6
/// for a link-local one.
fn holders(members: &[(&VmkName, &VirtualPort)], gateway: IpAddr) -> Vec<VmkName> {
    let around = |port: &VirtualPort| {
        port.addresses.iter().filter(|net| net.contains(&gateway)).map(IpNet::prefix_len).max()
    };
    if let IpAddr::V6(v6) = gateway
        && v6.is_unicast_link_local()
    {
        let speaks = |port: &VirtualPort| port.addresses.iter().any(|net| net.addr().is_ipv6());
        return members.iter().filter(|(_, port)| speaks(port)).map(|(vmk, _)| (*vmk).clone()).collect();
    }
    let best = members.iter().filter_map(|(_, port)| around(port)).max();
    members
        .iter()
        .filter(|(_, port)| best.is_some() && around(port) == best)
        .map(|(vmk, _)| (*vmk).clone())
        .collect()
}

/// The stack of the adapter that holds an address.
pub(super) fn stack_of(ports: &BTreeMap<VmkName, VirtualPort>, address: IpAddr) -> Option<NetstackName> {
    let holder = ports.values().find(|port| port.addresses.iter().any(|net| net.addr() == address));
    holder.map(|port| port.netstack.clone())
}
