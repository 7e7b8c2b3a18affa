//! Hosts that a fabric could have.

use super::tape::Tape;
use super::world::{card, vlan_for};
use crate::scenario::read;
use esxi_core::reach::{Fabric, Lag, Network};
use esxi_core::state::{
    Cdp, Dns, Fact, FailoverOrder, HostState, Ipv4Config, Ipv6Config, Lease, LoadBalancing, MANAGEMENT_TAG,
    Nic, PortGroup, Route, Security, Shaping, Teaming, TeamingOverride, VSwitch, VmkAdapter,
};
use esxi_core::value::{MacAddr, Mtu, NetstackName, PortGroupName, SwitchName, VlanId, VmnicName};
use ipnet::{IpNet, Ipv4Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

pub(super) const POLICIES: [LoadBalancing; 4] =
    [LoadBalancing::PortId, LoadBalancing::Explicit, LoadBalancing::Mac, LoadBalancing::IpHash];
const VERSIONS: [&str; 5] = ["7.0", "6.5", "8.0.2", "6.0", "9.0"];

/// A host as a real one could be: a card on one vSwitch only, orders within the attached cards, one adapter at
/// most on a port group, addresses unique, gateways in a subnet of an adapter.
pub(super) fn host(tape: &mut Tape<'_>, fabric: &Fabric, cards: usize) -> HostState {
    let mut host = HostState {
        version: read(VERSIONS[tape.below(VERSIONS.len())]),
        build: 0,
        nics: BTreeMap::new(),
        vswitches: BTreeMap::new(),
        port_groups: BTreeMap::new(),
        vmkernel: BTreeMap::new(),
        routes: BTreeSet::new(),
        dns: Dns::default(),
        storage: Default::default(),
    };
    for number in 0..cards {
        let link_up = !tape.chance(if number == 0 { 3 } else { 12 });
        let nic = Nic {
            mac: MacAddr([0x0c, 0xc4, 0x7a, 0, 0, number as u8]),
            link_up,
            speed_mbps: if link_up { 10_000 } else { 0 },
            driver: "ixgben".into(),
            pci: format!("0000:{:02x}:00.0", number + 1),
            description: "card".into(),
        };
        host.nics.insert(card(number), nic);
    }
    switches(tape, &mut host, fabric);
    groups(tape, &mut host, fabric);
    adapters(tape, &mut host, fabric);
    routes(tape, &mut host, fabric);
    if tape.chance(40) {
        host.dns.servers.push(read("9.9.9.9"));
    }
    host
}

fn switches(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let count = tape.weighted(&[0, 55, 30, 10, 5]).max(usize::from(!tape.chance(2)));
    let names: Vec<SwitchName> = (0..count).map(|number| read(&format!("vSwitch{number}"))).collect();
    for name in &names {
        host.vswitches.insert(name.clone(), switch());
    }
    for (number, nic) in host.nics.keys().cloned().collect::<Vec<_>>().into_iter().enumerate() {
        // The installer gave the first card to the first vSwitch.
        let kept = number == 0 && !tape.chance(6);
        let at = if kept { 0 } else { tape.weighted(&[50, 20, 5, 5, 20]) };
        if let Some(switch) = names.get(at).and_then(|name| host.vswitches.get_mut(name)) {
            switch.uplinks.insert(nic);
        }
    }
    for switch in host.vswitches.values_mut() {
        let order = order(tape, &switch.uplinks);
        let load_balancing = fitting(tape, fabric, &switch.uplinks);
        let failback = !tape.chance(10);
        switch.teaming = Fact::Known(Teaming { load_balancing, order, failback, ..Teaming::default() });
    }
}

/// A vSwitch without uplinks.
pub(super) fn switch() -> VSwitch {
    VSwitch {
        ports: 128,
        mtu: Mtu::default(),
        cdp: Fact::Known(Cdp::Listen),
        uplinks: BTreeSet::new(),
        teaming: Fact::Known(Teaming::default()),
        security: Fact::Known(Security::default()),
        shaping: Fact::Known(Shaping::default()),
    }
}

/// Mostly the policy that the switch side asks for.
fn fitting(tape: &mut Tape<'_>, fabric: &Fabric, uplinks: &BTreeSet<VmnicName>) -> LoadBalancing {
    let is_static =
        |nic: &VmnicName| fabric.ports.get(nic).is_some_and(|port| matches!(port.lag, Lag::Static { .. }));
    match tape.weighted(&[85, 15]) {
        0 if uplinks.iter().any(is_static) => LoadBalancing::IpHash,
        0 => POLICIES[tape.below(3)],
        _ => POLICIES[tape.below(4)],
    }
}

/// Most cards active, some standby, some unused.
pub(super) fn order(tape: &mut Tape<'_>, uplinks: &BTreeSet<VmnicName>) -> FailoverOrder {
    let mut order = FailoverOrder::default();
    for nic in uplinks {
        match tape.weighted(&[70, 18, 12]) {
            0 => order.active.push(nic.clone()),
            1 => order.standby.push(nic.clone()),
            _ => {}
        }
    }
    if order.active.is_empty() && !order.standby.is_empty() && !tape.chance(15) {
        order.active.push(order.standby.remove(0));
    }
    if tape.chance(20) {
        order.active.reverse();
    }
    order
}

/// Some of what a port group can set for itself.
pub(super) fn own_teaming(
    tape: &mut Tape<'_>,
    fabric: &Fabric,
    uplinks: &BTreeSet<VmnicName>,
) -> TeamingOverride {
    TeamingOverride {
        load_balancing: tape.chance(40).then(|| fitting(tape, fabric, uplinks)),
        order: (!tape.chance(20)).then(|| order(tape, uplinks)),
        ..TeamingOverride::default()
    }
}

/// A port group that leads to a network, if its vSwitch can.
pub(super) fn group(
    tape: &mut Tape<'_>,
    host: &HostState,
    fabric: &Fabric,
    vswitch: &SwitchName,
    network: Option<&Network>,
) -> PortGroup {
    let uplinks = &host.vswitches[vswitch].uplinks;
    let port = uplinks.first().and_then(|nic| fabric.ports.get(nic));
    let vlan = match network {
        Some(network) if !tape.chance(6) => vlan_for(port, network.segment),
        _ => [VlanId::UNTAGGED, read("5"), read("9"), VlanId::GUEST][tape.below(4)],
    };
    let teaming =
        if tape.chance(22) { own_teaming(tape, fabric, uplinks) } else { TeamingOverride::default() };
    PortGroup {
        vswitch: vswitch.clone(),
        vlan,
        vm_ports: 0,
        teaming: Fact::Known(teaming),
        security: Fact::default(),
        shaping: Fact::default(),
    }
}

fn groups(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let switches: Vec<SwitchName> = host.vswitches.keys().cloned().collect();
    if switches.is_empty() {
        return;
    }
    for number in 0..1 + tape.below(5) {
        let name = if number == 0 { "Management Network".to_owned() } else { format!("Group {number}") };
        // The first vSwitch has most of the cards.
        let at = if tape.chance(30) { tape.below(switches.len()) } else { 0 };
        let network = fabric.networks.get(number % fabric.networks.len().max(1));
        let group = group(tape, host, fabric, &switches[at], network);
        host.port_groups.insert(read(&name), group);
    }
}

fn adapters(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let groups: Vec<PortGroupName> = host.port_groups.keys().cloned().collect();
    // "Group n" sorts before "Management Network"; management comes first.
    for (number, name) in groups.iter().rev().enumerate() {
        if number > 0 && tape.chance(45) {
            if tape.chance(40)
                && let Some(group) = host.port_groups.get_mut(name)
            {
                group.vm_ports = 1 + tape.below(3) as u32;
            }
            continue;
        }
        let at = if *name == "Management Network" { 0 } else { intended(name) };
        // Two adapters of a stack in one subnet are unsupported: rare.
        let wraps = at >= fabric.networks.len() && !tape.chance(12);
        let network = if wraps { None } else { fabric.networks.get(at % fabric.networks.len().max(1)) };
        let slot = host.vmkernel.len();
        let vmk = adapter(tape, name.clone(), network, slot);
        host.vmkernel.insert(read(&format!("vmk{slot}")), vmk);
    }
}

/// The network a generated port group was made for, by the number in its name.
fn intended(name: &str) -> usize {
    name.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// An adapter with an address of its own in the network.
pub(super) fn adapter(
    tape: &mut Tape<'_>,
    port_group: PortGroupName,
    network: Option<&Network>,
    slot: usize,
) -> VmkAdapter {
    let management = if slot == 0 { !tape.chance(8) } else { tape.chance(25) };
    let netstack = if slot > 0 && tape.chance(12) { read("vmotion") } else { NetstackName::default() };
    let mut ipv6 = Ipv6Config::default();
    let mut ipv4 = Ipv4Config::None;
    match network.map(|network| network.subnet) {
        Some(IpNet::V4(subnet)) => ipv4 = ipv4_in(tape, subnet, slot),
        Some(IpNet::V6(subnet)) => {
            let address = u128::from(subnet.addr()) + 10 + slot as u128;
            ipv6.addresses.extend(ipnet::Ipv6Net::new(address.into(), subnet.prefix_len()).ok());
        }
        None => {}
    }
    VmkAdapter {
        port_group,
        mac: Some(MacAddr([0, 0x50, 0x56, 0x60, 0, slot as u8])),
        mtu: Mtu::default(),
        enabled: !tape.chance(2),
        netstack,
        ipv4: Fact::Known(ipv4),
        ipv6,
        tags: if management { BTreeSet::from([MANAGEMENT_TAG.to_owned()]) } else { BTreeSet::new() },
    }
}

/// A configuration with the address that belongs to this slot.
pub(super) fn ipv4_in(tape: &mut Tape<'_>, subnet: Ipv4Net, slot: usize) -> Ipv4Config {
    let address = u32::from(subnet.addr()) + 10 + slot as u32;
    let length = if tape.chance(6) { [16, 25, 28][tape.below(3)] } else { subnet.prefix_len() };
    let Ok(address) = Ipv4Net::new(address.into(), length) else { return Ipv4Config::None };
    let gateway = Some((u32::from(subnet.network()) + 1).into()).filter(|gateway| address.contains(gateway));
    match tape.weighted(&[80, 14, 6]) {
        0 => Ipv4Config::Static { address, gateway: gateway.filter(|_| tape.chance(10)) },
        1 => {
            Ipv4Config::Dhcp { lease: Some(Lease { address, gateway: gateway.filter(|_| !tape.chance(40)) }) }
        }
        _ if slot > 0 => Ipv4Config::None,
        _ => Ipv4Config::Static { address, gateway: None },
    }
}

fn routes(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let leased = host.vmkernel.values().any(|vmk| vmk.lease_gateway().is_some());
    if !leased && !tape.chance(10) || leased && tape.chance(15) {
        let default = route(tape, host, fabric, read("0.0.0.0/0"));
        host.routes.extend(default);
    }
    if tape.chance(60) {
        let default = route(tape, host, fabric, read("::/0"));
        host.routes.extend(default);
    }
    for _ in 0..tape.weighted(&[60, 30, 10]) {
        let network = destination(tape);
        let extra = route(tape, host, fabric, network);
        host.routes
            .extend(extra.filter(|extra| !host.routes.iter().any(|route| route.network == extra.network)));
    }
}

/// Somewhere a route may lead to.
pub(super) fn destination(tape: &mut Tape<'_>) -> IpNet {
    read(["10.0.0.0/8", "198.51.100.0/24", "172.16.0.0/20", "10.2.0.0/24"][tape.below(4)])
}

/// A route by a gateway that an adapter of the stack can reach.
pub(super) fn route(tape: &mut Tape<'_>, host: &HostState, fabric: &Fabric, network: IpNet) -> Option<Route> {
    let v6 = matches!(network, IpNet::V6(_));
    let mut ways: Vec<(NetstackName, IpAddr)> = Vec::new();
    for vmk in host.vmkernel.values() {
        for net in vmk.addresses().filter(|net| net.addr().is_ipv6() == v6) {
            let around = fabric.networks.iter().find(|network| network.subnet.contains(&net.addr()));
            let gateway = around.and_then(|network| network.gateway).filter(|gateway| {
                net.contains(gateway) || matches!(gateway, IpAddr::V6(v6) if v6.is_unicast_link_local())
            });
            // Sometimes a next hop that is no router.
            let wrong = net.hosts().nth(if v6 { 1 } else { 2 }).filter(|hop| *hop != net.addr());
            let gateway = if tape.chance(5) { wrong } else { gateway };
            ways.extend(gateway.map(|gateway| (vmk.netstack.clone(), gateway)));
        }
    }
    // The first adapter's gateway most of the time.
    let at = if tape.chance(20) { tape.below(ways.len()) } else { 0 };
    let (netstack, gateway) = ways.get(at)?.clone();
    Some(Route { netstack, network, gateway })
}
