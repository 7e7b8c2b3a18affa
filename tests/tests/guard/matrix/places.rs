//! Hosts in their surroundings: what providers and racks are like.

use esxi_core::reach::{Fabric, Lag, Network, Session};
use esxi_core::state::{
    Fact, FactoryNic, FailoverOrder, HostState, Ipv4Config, Lease, LoadBalancing, PortGroup, Route,
    TeamingOverride, VmkAdapter, factory,
};
use esxi_core::value::{VlanId, VmnicName};
use esxi_tests::deadman::Sight;
use esxi_tests::scenario::{fabric, port, read};
use std::net::IpAddr;
use std::sync::Arc;

/// A host in its surroundings.
pub struct Place {
    pub name: &'static str,
    pub start: HostState,
    /// What is known of the world, with the session that is open. It is the truth.
    pub known: Fabric,
    pub client: IpAddr,
    pub server: IpAddr,
    /// Another client, to which management can be moved.
    pub elsewhere: IpAddr,
    pub sight: Arc<Sight>,
}

pub const COUNT: usize = 8;

/// Every kind of place, for a host of this release.
pub fn all(version: &str) -> Vec<Place> {
    let places = vec![
        independent(version),
        trunk(version),
        aggregated(version),
        lacp(version),
        bound(version),
        leased(version),
        beside(version),
        public_and_private(version),
    ];
    assert_eq!(places.len(), COUNT);
    places
}

fn host(version: &str) -> HostState {
    let nic = |mac: &str| FactoryNic { mac: read(mac), link_up: true };
    factory(read(version), &[nic("0c:c4:7a:b5:80:02"), nic("0c:c4:7a:b5:80:03")])
}

fn addressed(host: &mut HostState, address: &str, gateway: Option<&str>) {
    let address = Ipv4Config::Static { address: read(address), gateway: None };
    host.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(address);
    if let Some(gateway) = gateway {
        route(host, "0.0.0.0/0", gateway);
    }
}

fn route(host: &mut HostState, network: &str, gateway: &str) {
    let route = Route { netstack: Default::default(), network: read(network), gateway: read(gateway) };
    host.routes.insert(route);
}

/// Both cards carry the vSwitch and, in this order, the management port group.
fn teamed(host: &mut HostState, policy: LoadBalancing, active: &[&str], standby: &[&str]) {
    let names = |list: &[&str]| list.iter().map(|name| read(name)).collect::<Vec<VmnicName>>();
    let order = FailoverOrder { active: names(active), standby: names(standby) };
    let switch = host.vswitches.get_mut("vSwitch0").unwrap();
    switch.uplinks = order.members().cloned().collect();
    let Fact::Known(teaming) = &mut switch.teaming else { unreachable!() };
    (teaming.load_balancing, teaming.order) = (policy, order.clone());
    let own =
        TeamingOverride { load_balancing: Some(policy), order: Some(order), ..TeamingOverride::default() };
    host.port_groups.get_mut("Management Network").unwrap().teaming = Fact::Known(own);
}

fn place(
    name: &'static str,
    start: HostState,
    mut truth: Fabric,
    (client, server, elsewhere): (&str, &str, &str),
    bound: bool,
) -> Place {
    let (client, server, elsewhere) = (read(client), read(server), read(elsewhere));
    truth.client = Some(client);
    let sight = Arc::new(Sight::new(truth.clone(), bound));
    let mut known = truth;
    known.observe(&start, Session { client, server });
    assert!(sight.answers(&start, client, server), "{name}: the referee finds management answering at first");
    Place { name, start, known, client, server, elsewhere, sight }
}

const HOME: (&str, Option<&str>, u16) = ("192.0.2.0/24", Some("192.0.2.1"), 5);
/// A private network that nothing leads to from outside.
const SECOND: (&str, Option<&str>, u16) = ("10.21.0.0/24", None, 21);
const USUAL: (&str, &str, &str) = ("198.51.100.7", "192.0.2.10", "10.21.0.7");

/// Two access ports in one VLAN, a router behind them.
fn independent(version: &str) -> Place {
    let mut start = host(version);
    addressed(&mut start, "192.0.2.10/24", Some("192.0.2.1"));
    teamed(&mut start, LoadBalancing::PortId, &["vmnic0"], &["vmnic1"]);
    let port = || port(Some(5), &[], Lag::None);
    place("independent access ports", start, fabric(&[port(), port()], &[HOME]), USUAL, false)
}

/// Management with a tag on trunks that drop what has none.
fn trunk(version: &str) -> Place {
    let mut start = host(version);
    addressed(&mut start, "192.0.2.10/24", Some("192.0.2.1"));
    teamed(&mut start, LoadBalancing::PortId, &["vmnic0"], &["vmnic1"]);
    start.port_groups.get_mut("Management Network").unwrap().vlan = VlanId::new(5).unwrap();
    let port = || port(None, &[5, 21], Lag::None);
    place("trunk with tags", start, fabric(&[port(), port()], &[HOME, SECOND]), USUAL, false)
}

/// A channel without a protocol over both cards.
fn aggregated(version: &str) -> Place {
    let mut start = host(version);
    addressed(&mut start, "192.0.2.10/24", Some("192.0.2.1"));
    teamed(&mut start, LoadBalancing::IpHash, &["vmnic0", "vmnic1"], &[]);
    let port = || port(Some(5), &[21], Lag::Static { group: 1 });
    place("static aggregation", start, fabric(&[port(), port()], &[HOME, SECOND]), USUAL, false)
}

/// An aggregation that negotiates: one card alone works.
fn lacp(version: &str) -> Place {
    let mut start = host(version);
    addressed(&mut start, "192.0.2.10/24", Some("192.0.2.1"));
    let port = || port(Some(5), &[21], Lag::Lacp { group: 1 });
    place("LACP, a single uplink", start, fabric(&[port(), port()], &[HOME, SECOND]), USUAL, false)
}

/// A rented server: the switch knows the card's own MAC address, a second network has a tag.
fn bound(version: &str) -> Place {
    let mut start = host(version);
    addressed(&mut start, "192.0.2.10/24", Some("192.0.2.1"));
    let ports = [port(Some(5), &[21], Lag::None), port(Some(9), &[], Lag::None)];
    place("bound to the MAC address", start, fabric(&ports, &[HOME, SECOND]), USUAL, true)
}

/// An address by DHCP.
fn leased(version: &str) -> Place {
    let mut start = host(version);
    let lease = Lease { address: read("192.0.2.10/24"), gateway: Some(read("192.0.2.1")) };
    start.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(Ipv4Config::Dhcp { lease: Some(lease) });
    let port = || port(Some(5), &[21], Lag::None);
    let mut truth = fabric(&[port(), port()], &[HOME, SECOND]);
    truth.networks[0].dhcp = Some(read("192.0.2.10"));
    place("address by DHCP", start, truth, USUAL, false)
}

/// The client on the host's own subnet, no router in between.
fn beside(version: &str) -> Place {
    let mut start = host(version);
    addressed(&mut start, "192.0.2.10/24", None);
    teamed(&mut start, LoadBalancing::Explicit, &["vmnic0"], &["vmnic1"]);
    let port = || port(Some(5), &[21], Lag::None);
    let truth = fabric(&[port(), port()], &[HOME, SECOND]);
    place("client beside the host", start, truth, ("192.0.2.77", "192.0.2.10", "10.21.0.7"), false)
}

/// A public and a private address on one wire, behind an aggregation that negotiates.
fn public_and_private(version: &str) -> Place {
    let mut start = host(version);
    addressed(&mut start, "147.75.1.10/29", Some("147.75.1.9"));
    let group = PortGroup::new(read("vSwitch0"));
    start.port_groups.insert(read("Private Network"), group);
    let address = Ipv4Config::Static { address: read("10.99.1.2/25"), gateway: None };
    let private = VmkAdapter {
        port_group: read("Private Network"),
        mac: Some(read("00:50:56:60:00:01")),
        ipv4: Fact::Known(address),
        tags: Default::default(),
        ..start.vmkernel["vmk0"].clone()
    };
    start.vmkernel.insert(read("vmk1"), private);
    route(&mut start, "10.0.0.0/8", "10.99.1.1");
    let port = || port(Some(5), &[21], Lag::Lacp { group: 1 });
    let networks = [("147.75.1.8/29", Some("147.75.1.9"), 5), ("10.99.1.0/25", Some("10.99.1.1"), 5), SECOND];
    let mut truth = fabric(&[port(), port()], &networks);
    truth.networks.push(Network { subnet: read("10.88.0.0/16"), segment: 88, ..truth.networks[0].clone() });
    truth.networks[3].gateway = Some(read("10.88.0.1"));
    place("public and private", start, truth, ("203.0.113.7", "147.75.1.10", "10.88.0.5"), false)
}
