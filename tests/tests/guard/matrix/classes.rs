//! What can drop management: changes that a host file may ask for, and what others do meanwhile.

use super::places::Place;
use esxi_core::state::{
    Fact, FailoverOrder, HostState, Ipv4Config, LoadBalancing, MANAGEMENT_TAG, PortGroup, Route, Shaping,
    TeamingOverride, VSwitch, VmkAdapter,
};
use esxi_core::value::{Mtu, VlanId, VmnicName};
use esxi_tests::scenario::read;
use ipnet::Ipv4Net;
use std::net::{IpAddr, Ipv4Addr};

/// A change: what it is called, and the state it asks for; none where a place has nothing of the kind.
pub type Class = (&'static str, fn(&Place) -> Option<HostState>);

pub const CLASSES: &[Class] = &[
    ("name resolution", name_resolution),
    ("default route", default_route),
    ("static route", static_route),
    ("teaming of the management port group", teaming),
    ("failover order of the management port group", failover),
    ("shaping of the management port group", shaping),
    ("VLAN of the management port group", vlan),
    ("MTU beyond the wire", mtu),
    ("address in the subnet", address_near),
    ("address on another subnet", address_far),
    ("another adapter takes over", taken_over),
    ("management adapter removed", removed),
    ("a card of its vSwitch removed", card_removed),
    ("last uplink", last_uplink),
    ("a second card joins", card_joins),
    ("moved to another vSwitch", moved),
    ("vSwitch removed", vswitch_removed),
    ("MAC address of the management adapter", mac),
];

fn address_of(place: &Place) -> Ipv4Net {
    place.start.vmkernel["vmk0"].ipv4_address().unwrap()
}

/// A free address of management's subnet.
fn near(place: &Place, by: u32) -> Ipv4Net {
    let net = address_of(place);
    Ipv4Net::new(Ipv4Addr::from(u32::from(net.addr()) + by), net.prefix_len()).unwrap()
}

fn fixed(address: Ipv4Net) -> Fact<Ipv4Config> {
    Fact::Known(Ipv4Config::Static { address, gateway: None })
}

fn name_resolution(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    host.dns.servers.extend(["9.9.9.9", "192.0.2.53"].map(|server| server.parse::<IpAddr>().unwrap()));
    host.dns.search.push("lab.example".into());
    Some(host)
}

/// The packets go to a neighbour that forwards nothing.
fn default_route(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    let old = host.routes.iter().find(|route| route.is_default())?.clone();
    host.routes.remove(&old);
    host.routes.insert(Route { gateway: near(place, 2).addr().into(), ..old });
    Some(host)
}

/// The way back to the client's network is turned to a neighbour.
fn static_route(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    let network = ipnet::IpNet::new(place.client, 24).unwrap().trunc();
    if network.contains(&IpAddr::V4(address_of(place).addr())) {
        return None;
    }
    let gateway = near(place, 2).addr().into();
    host.routes.insert(Route { netstack: Default::default(), network, gateway });
    Some(host)
}

fn own_teaming(host: &mut HostState) -> &mut TeamingOverride {
    match &mut host.port_groups.get_mut("Management Network").unwrap().teaming {
        Fact::Known(own) => own,
        Fact::Unknown(_) => unreachable!("every place is understood"),
    }
}

fn teaming(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    let own = own_teaming(&mut host);
    own.load_balancing = Some(match own.load_balancing {
        Some(LoadBalancing::IpHash) => LoadBalancing::PortId,
        _ => LoadBalancing::IpHash,
    });
    if let Some(order) = &mut own.order {
        let standby = std::mem::take(&mut order.standby);
        order.active.extend(standby);
    }
    Some(host)
}

fn failover(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    let second: VmnicName = read("vmnic1");
    if !host.vswitches["vSwitch0"].uplinks.contains(&second) {
        return None;
    }
    own_teaming(&mut host).order = Some(FailoverOrder { active: vec![second], standby: vec![] });
    Some(host)
}

fn shaping(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    let shaping = Shaping { enabled: true, average_kbps: 1_000, peak_kbps: 2_000, burst_kib: 1_024 };
    host.port_groups.get_mut("Management Network").unwrap().shaping = Fact::Known(Some(shaping));
    Some(host)
}

fn vlan(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    host.port_groups.get_mut("Management Network").unwrap().vlan = VlanId::new(77).unwrap();
    Some(host)
}

fn mtu(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    let large = Mtu::new(9000).unwrap();
    host.vswitches.get_mut("vSwitch0").unwrap().mtu = large;
    host.vmkernel.get_mut("vmk0").unwrap().mtu = large;
    Some(host)
}

/// Where a lease named the router, the new address needs a route of its own.
fn with_address(place: &Place, address: Ipv4Net) -> HostState {
    let mut host = place.start.clone();
    let vmk = host.vmkernel.get_mut("vmk0").unwrap();
    let gateway = vmk.lease_gateway();
    vmk.ipv4 = fixed(address);
    if let Some(gateway) = gateway {
        let network = read("0.0.0.0/0");
        host.routes.insert(Route { netstack: Default::default(), network, gateway: gateway.into() });
    }
    host
}

fn address_near(place: &Place) -> Option<HostState> {
    Some(with_address(place, near(place, 1)))
}

fn address_far(place: &Place) -> Option<HostState> {
    Some(with_address(place, read("10.200.0.5/24")))
}

fn second_adapter(place: &Place, port_group: &str) -> VmkAdapter {
    VmkAdapter {
        port_group: read(port_group),
        mac: Some(read("00:50:56:60:00:77")),
        ipv4: fixed(near(place, 1)),
        tags: [MANAGEMENT_TAG.to_owned()].into(),
        ..place.start.vmkernel["vmk0"].clone()
    }
}

fn taken_over(place: &Place) -> Option<HostState> {
    let mut host = with_address(place, near(place, 1));
    let old = host.port_groups["Management Network"].clone();
    host.vmkernel.remove("vmk0");
    host.port_groups.insert(read("Management 2"), old);
    host.vmkernel.insert(read("vmk5"), second_adapter(place, "Management 2"));
    Some(host)
}

fn removed(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    host.vmkernel.remove("vmk0");
    Some(host)
}

/// Takes a card off vSwitch0, and out of every order there.
fn without_card(host: &mut HostState, card: &str) {
    let switch = host.vswitches.get_mut("vSwitch0").unwrap();
    switch.uplinks.remove(card);
    if let Fact::Known(teaming) = &mut switch.teaming {
        teaming.order.remove(card);
    }
    for group in host.port_groups.values_mut().filter(|group| group.vswitch.as_str() == "vSwitch0") {
        if let Fact::Known(TeamingOverride { order: Some(order), .. }) = &mut group.teaming {
            order.remove(card);
        }
    }
}

fn card_removed(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    (host.vswitches["vSwitch0"].uplinks.len() > 1).then(|| without_card(&mut host, "vmnic0"))?;
    Some(host)
}

fn last_uplink(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    for card in ["vmnic0", "vmnic1"] {
        without_card(&mut host, card);
    }
    Some(host)
}

fn card_joins(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    let switch = host.vswitches.get_mut("vSwitch0").unwrap();
    if !switch.uplinks.insert(read("vmnic1")) {
        return None;
    }
    if let Fact::Known(teaming) = &mut switch.teaming {
        teaming.order.active.push(read("vmnic1"));
    }
    own_teaming(&mut host).order.as_mut()?.active.push(read("vmnic1"));
    Some(host)
}

fn moved(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    without_card(&mut host, "vmnic1");
    let mut switch = VSwitch::new(128);
    switch.uplinks.insert(read("vmnic1"));
    if let Fact::Known(teaming) = &mut switch.teaming {
        teaming.order.active.push(read("vmnic1"));
    }
    host.vswitches.insert(read("vSwitch1"), switch);
    let vlan = host.port_groups["Management Network"].vlan;
    host.port_groups.insert(read("Management 2"), PortGroup { vlan, ..PortGroup::new(read("vSwitch1")) });
    host.vmkernel.get_mut("vmk0").unwrap().port_group = read("Management 2");
    Some(host)
}

fn vswitch_removed(place: &Place) -> Option<HostState> {
    let mut host = moved(place)?;
    host.vswitches.remove("vSwitch0");
    host.port_groups.retain(|_, group| group.vswitch.as_str() != "vSwitch0");
    host.vmkernel.retain(|_, vmk| host.port_groups.contains_key(&vmk.port_group));
    Some(host)
}

fn mac(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    host.vmkernel.get_mut("vmk0").unwrap().mac = Some(read("00:50:56:60:00:99"));
    Some(host)
}
