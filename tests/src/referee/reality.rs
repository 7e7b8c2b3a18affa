//! What the world may really be, given what was stated of it.

use super::host::{self, Team, VirtualPort};
use esxi_core::reach::{Evidence, Fabric, Lag, Network, Segment, SwitchPort, TaggedVlans};
use esxi_core::state::{HostState, LoadBalancing};
use esxi_core::value::{MacAddr, VlanId, VmkName, VmnicName};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// One complete world: nothing in it is open but chance.
#[derive(Debug, Clone, Default)]
pub(super) struct Reality {
    pub ports: BTreeMap<VmnicName, SwitchPort>,
    /// Source addresses that ports are bound to.
    pub macs: BTreeMap<VmnicName, BTreeSet<MacAddr>>,
    pub networks: Vec<Network>,
    /// Routers that no listed network names.
    pub routers: BTreeSet<(Segment, IpAddr)>,
    /// Where a client that is on no listed subnet is plugged in, if it is beside the host.
    pub client_at: Option<Segment>,
    /// A port that lists its native VLAN among the tagged ones sends its frames both ways. Some switches can be
    /// told to tag it, none says so by default.
    pub native_tagged_too: bool,
    /// Teaming of the ports whose policy was not understood.
    pub teams: BTreeMap<VmkName, Team>,
}

/// The world in which nothing exists but what was stated.
pub(super) fn stated(fabric: &Fabric) -> Reality {
    Reality {
        ports: fabric.ports.clone(),
        macs: fabric.macs.clone(),
        networks: fabric.networks.clone(),
        ..Reality::default()
    }
}

/// Channel numbers of our own, for aggregations that nobody stated.
const UNSTATED_STATIC: u16 = 60_000;
const UNSTATED_LACP: u16 = 60_001;

/// Every world that the statements allow and that could make a difference to this exchange. One when nothing on
/// the path is left open.
pub(super) fn possible(
    host: &HostState,
    fabric: &Fabric,
    ports: &BTreeMap<VmkName, VirtualPort>,
    client: IpAddr,
    server: IpAddr,
) -> Vec<Reality> {
    let Some((receiver, port)) = ports.iter().find(|(_, port)| holds(port, server)) else {
        return vec![stated(fabric)];
    };
    let mut told = stated(fabric);
    // What is only taken for granted nobody told.
    told.ports.retain(|_, port| port.evidence > Evidence::Assumed);
    let mut worlds = homes(told, port, server);
    worlds = worlds.into_iter().flat_map(|world| routers(world, host, ports, client, server)).collect();
    let native = |(_, other): (_, &SwitchPort)| {
        !port.vlan.is_untagged()
            && other.untagged == Some(port.vlan.get())
            && other.tagged.contains(port.vlan)
    };
    if fabric.ports.iter().any(native) {
        let both = |world: &Reality| Reality { native_tagged_too: true, ..world.clone() };
        worlds = worlds.iter().map(both).chain(worlds.iter().cloned()).collect();
    }
    worlds = worlds.into_iter().flat_map(|world| teams(world, host, receiver, ports)).collect();
    for (nic, card) in &host.nics {
        let attached =
            host.vswitches.get(port.vswitch.as_str()).is_some_and(|switch| switch.uplinks.contains(nic));
        if card.link_up {
            worlds = worlds.into_iter().flat_map(|world| cards(world, nic, attached, port, server)).collect();
        }
    }
    worlds
}

fn holds(port: &VirtualPort, address: IpAddr) -> bool {
    port.addresses.iter().any(|net| net.addr() == address)
}

/// A server on no listed subnet: the subnet may be on any segment, with any router, or nowhere.
fn homes(world: Reality, port: &VirtualPort, server: IpAddr) -> Vec<Reality> {
    if world.networks.iter().any(|network| network.subnet.contains(&server)) {
        return vec![world];
    }
    let Some(subnet) = port.addresses.iter().find(|net| net.addr() == server).map(IpNet::trunc) else {
        return vec![world];
    };
    let mut segments: BTreeSet<Segment> = world.ports.values().filter_map(|port| port.untagged).collect();
    segments.extend([0, port.vlan.get()]);
    let mut list = vec![world.clone()];
    // The router's address comes later: any that the host asks for may be it.
    let gateway = subnet.hosts().find(|address| *address != server);
    for segment in segments {
        for gateway in [None, gateway] {
            let mut world = world.clone();
            let evidence = Evidence::Assumed;
            world.networks.push(Network { subnet, gateway, segment, dhcp: None, evidence });
            list.push(world);
        }
    }
    list
}

/// A next hop that nobody named may be a router on the server's segment, and a client on no listed subnet may
/// be plugged in there, where the host believes it to be.
fn routers(
    world: Reality,
    host: &HostState,
    ports: &BTreeMap<VmkName, VirtualPort>,
    client: IpAddr,
    server: IpAddr,
) -> Vec<Reality> {
    let around = world.networks.iter().filter(|network| network.subnet.contains(&server));
    let Some(home) = around.max_by_key(|network| network.subnet.prefix_len()).cloned() else {
        return vec![world];
    };
    let mut hops: BTreeSet<IpAddr> = host
        .routes
        .iter()
        .filter(|route| route.network.contains(&client))
        .map(|route| route.gateway)
        .collect();
    hops.extend(ports.values().filter_map(|port| port.lease_gateway));
    let mut list = vec![world];
    for hop in hops {
        let named = list[0].networks.iter().any(|network| network.gateway == Some(hop));
        // A subnet stated to have no router has none.
        if !named && home.gateway.is_some() {
            let with = |world: &Reality| {
                let mut world = world.clone();
                world.routers.insert((home.segment, hop));
                world
            };
            list = list.iter().map(with).chain(list.iter().cloned()).collect();
        }
    }
    let listed = list[0].networks.iter().any(|network| network.subnet.contains(&client));
    let beside = ports.values().any(|port| port.addresses.iter().any(|net| net.contains(&client)));
    if !listed && beside {
        let with = |world: &Reality| Reality { client_at: Some(home.segment), ..world.clone() };
        list = list.iter().map(with).chain(list.iter().cloned()).collect();
    }
    list
}

/// A policy that was not understood: any one uplink, all by hash, or none.
fn teams(
    world: Reality,
    host: &HostState,
    receiver: &VmkName,
    ports: &BTreeMap<VmkName, VirtualPort>,
) -> Vec<Reality> {
    let mut list = vec![world];
    let stack = &ports[receiver].netstack;
    for (vmk, port) in ports.iter().filter(|(_, port)| port.team.is_none() && port.netstack == *stack) {
        let attached = host.vswitches.get(port.vswitch.as_str()).map(|switch| &switch.uplinks);
        let attached: Vec<VmnicName> = attached.into_iter().flatten().cloned().collect();
        let team = |policy, active| Team { policy, active, standby: Vec::new() };
        let mut teams =
            vec![team(LoadBalancing::Explicit, vec![]), team(LoadBalancing::IpHash, attached.clone())];
        teams.extend(attached.into_iter().map(|nic| team(LoadBalancing::Explicit, vec![nic])));
        let with = |world: &Reality| -> Vec<Reality> {
            let set = |team: &Team| {
                let mut world = world.clone();
                world.teams.insert(vmk.clone(), team.clone());
                world
            };
            teams.iter().map(set).collect()
        };
        list = list.iter().flat_map(with).collect();
    }
    list
}

/// A card whose switch port, or whose aggregation, nobody stated.
fn cards(
    world: Reality,
    nic: &VmnicName,
    attached: bool,
    port: &VirtualPort,
    server: IpAddr,
) -> Vec<Reality> {
    let segments: BTreeSet<Segment> = world
        .networks
        .iter()
        .filter(|network| network.subnet.contains(&server))
        .map(|network| network.segment)
        .collect();
    if world.ports.get(nic).is_some_and(|port| port.lag != Lag::Unknown) {
        return vec![world];
    }
    let mut groups: Vec<Lag> = vec![Lag::None, Lag::Static { group: UNSTATED_STATIC }];
    groups.push(Lag::Lacp { group: UNSTATED_LACP });
    for other in world.ports.values() {
        let stated = matches!(other.lag, Lag::Static { .. } | Lag::Lacp { .. });
        if stated && !groups.contains(&other.lag) {
            groups.push(other.lag.clone());
        }
    }
    if !attached {
        // It carries nothing of ours; all it can do is to share a static channel with a card that does.
        groups.retain(|lag| !matches!(lag, Lag::Lacp { .. }));
        let bare = |lag: &Lag| {
            let port = SwitchPort {
                untagged: None,
                tagged: TaggedVlans::None,
                lag: lag.clone(),
                evidence: Evidence::Assumed,
            };
            let mut world = world.clone();
            if world.ports.get(nic).is_none_or(|port| port.lag == Lag::Unknown) {
                world.ports.insert(nic.clone(), port);
            }
            world
        };
        return groups.iter().map(bare).collect();
    }
    let mut kinds: Vec<SwitchPort> = Vec::new();
    let kind =
        |untagged, tagged| SwitchPort { untagged, tagged, lag: Lag::None, evidence: Evidence::Assumed };
    match world.ports.get(nic) {
        Some(stated) if stated.lag == Lag::Unknown => kinds.push(stated.clone()),
        Some(_) => return vec![world.clone()],
        None => {
            kinds.push(kind(None, TaggedVlans::None));
            if matches!(port.vlan, VlanId::UNTAGGED | VlanId::GUEST) {
                kinds.extend(segments.iter().map(|segment| kind(Some(*segment), TaggedVlans::None)));
            } else {
                kinds.push(kind(None, TaggedVlans::All));
            }
        }
    }
    let mut list = Vec::new();
    for kind in kinds {
        for lag in &groups {
            let mut world = world.clone();
            world.ports.insert(nic.clone(), SwitchPort { lag: lag.clone(), ..kind.clone() });
            list.push(world);
        }
    }
    list
}

/// Whether an adapter whose IPv4 configuration was not understood could hold the address, or take the reply.
pub(super) fn addresses_open(ports: &BTreeMap<VmkName, VirtualPort>, server: IpAddr) -> bool {
    let stack = host::stack_of(ports, server);
    server.is_ipv4()
        && ports
            .values()
            .any(|port| port.address_unknown && stack.as_ref().is_none_or(|stack| port.netstack == *stack))
}
