//! Writing hosts and fabrics down briefly.
//!
//! The helpers panic on malformed text: they read constants of tests.
#![allow(clippy::unwrap_used, reason = "scenarios are written by hand, a typing error shall stop the test")]

use esxi_core::reach::{Evidence, Fabric, Lag, Network, Segment, SwitchPort, TaggedVlans};
use esxi_core::state::{
    Cdp, Fact, FailoverOrder, HostState, Ipv4Config, Ipv6Config, LoadBalancing, MANAGEMENT_TAG, Nic,
    PortGroup, Route, Security, Shaping, Teaming, TeamingOverride, VSwitch, VmkAdapter,
};
use esxi_core::value::{MacAddr, Mtu, NetstackName, VlanId, VmnicName};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::net::IpAddr;
use std::str::FromStr;

/// Reads a constant.
pub fn read<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Reads a list of names separated by blanks.
pub fn list<T: FromStr<Err: Debug>>(text: &str) -> Vec<T> {
    text.split_whitespace().map(read).collect()
}

/// A host under construction.
#[derive(Debug, Clone)]
pub struct Host(
    /// What was built so far.
    pub HostState,
);

impl Host {
    /// A host with so many cards, all with carrier, and nothing else.
    pub fn with_cards(cards: u8) -> Self {
        let nic = |number: u8| Nic {
            mac: MacAddr([0x0c, 0xc4, 0x7a, 0, 0, number]),
            link_up: true,
            speed_mbps: 10_000,
            driver: "ixgben".into(),
            pci: format!("0000:{:02x}:00.0", number + 1),
            description: "card".into(),
        };
        Host(HostState {
            version: read("7.0"),
            build: 0,
            nics: (0..cards).map(|number| (read(&format!("vmnic{number}")), nic(number))).collect(),
            vswitches: BTreeMap::new(),
            port_groups: BTreeMap::new(),
            vmkernel: BTreeMap::new(),
            routes: BTreeSet::new(),
            dns: Default::default(),
            storage: Default::default(),
        })
    }
    /// Pulls a cable.
    pub fn unplugged(mut self, nic: &str) -> Self {
        let nic = self.0.nics.get_mut(nic).unwrap();
        (nic.link_up, nic.speed_mbps) = (false, 0);
        self
    }
    /// A vSwitch; the cards after `active` and `standby` are attached, more by [`Host::attached`].
    pub fn switch(mut self, name: &str, policy: LoadBalancing, active: &str, standby: &str) -> Self {
        let order = FailoverOrder { active: list(active), standby: list(standby) };
        let switch = VSwitch {
            ports: 128,
            mtu: Mtu::default(),
            cdp: Fact::Known(Cdp::Listen),
            uplinks: order.members().cloned().collect(),
            teaming: Fact::Known(Teaming { load_balancing: policy, order, ..Teaming::default() }),
            security: Fact::Known(Security::default()),
            shaping: Fact::Known(Shaping::default()),
        };
        self.0.vswitches.insert(read(name), switch);
        self
    }
    /// Attaches a card as an unused uplink.
    pub fn attached(mut self, vswitch: &str, nic: &str) -> Self {
        self.0.vswitches.get_mut(vswitch).unwrap().uplinks.insert(read(nic));
        self
    }
    /// A port group that inherits everything.
    pub fn group(mut self, name: &str, vswitch: &str, vlan: u16) -> Self {
        let group = PortGroup {
            vswitch: read(vswitch),
            vlan: VlanId::new(vlan).unwrap(),
            vm_ports: 0,
            teaming: Fact::default(),
            security: Fact::default(),
            shaping: Fact::default(),
        };
        self.0.port_groups.insert(read(name), group);
        self
    }
    /// A failover order of a port group's own.
    pub fn own_order(
        mut self,
        group: &str,
        policy: Option<LoadBalancing>,
        active: &str,
        standby: &str,
    ) -> Self {
        let order = Some(FailoverOrder { active: list(active), standby: list(standby) });
        let own = TeamingOverride { load_balancing: policy, order, ..TeamingOverride::default() };
        self.0.port_groups.get_mut(group).unwrap().teaming = Fact::Known(own);
        self
    }
    /// An adapter on a port group, with an IPv4 address; the first one made carries management.
    pub fn vmk(mut self, name: &str, group: &str, address: &str) -> Self {
        let first = self.0.vmkernel.is_empty();
        let number = self.0.vmkernel.len() as u8;
        let vmk = VmkAdapter {
            port_group: read(group),
            mac: Some(MacAddr([0, 0x50, 0x56, 0x60, 0, number])),
            mtu: Mtu::default(),
            enabled: true,
            netstack: NetstackName::default(),
            ipv4: Fact::Known(Ipv4Config::Static { address: read(address), gateway: None }),
            ipv6: Ipv6Config::default(),
            tags: if first { BTreeSet::from([MANAGEMENT_TAG.to_owned()]) } else { BTreeSet::new() },
        };
        self.0.vmkernel.insert(read(name), vmk);
        self
    }
    /// A route of the default stack; `0.0.0.0/0` is the default route.
    pub fn route(mut self, network: &str, gateway: &str) -> Self {
        let route =
            Route { netstack: NetstackName::default(), network: read(network), gateway: read(gateway) };
        self.0.routes.insert(route);
        self
    }
}

/// A switch port. `untagged` of `None` drops untagged frames; `tagged` lists the ids it carries.
pub fn port(untagged: Option<Segment>, tagged: &[u16], lag: Lag) -> SwitchPort {
    let ids = tagged.iter().map(|id| VlanId::new(*id).unwrap()).collect();
    let tagged = if tagged.is_empty() { TaggedVlans::None } else { TaggedVlans::Only(ids) };
    SwitchPort { untagged, tagged, lag, evidence: Evidence::Asserted }
}

/// A fabric of ports `vmnic0…` in order, and networks as subnet, gateway and segment.
pub fn fabric(ports: &[SwitchPort], networks: &[(&str, Option<&str>, Segment)]) -> Fabric {
    let named =
        |(number, port): (usize, &SwitchPort)| (read::<VmnicName>(&format!("vmnic{number}")), port.clone());
    let network = |(subnet, gateway, segment): &(&str, Option<&str>, Segment)| Network {
        subnet: read(subnet),
        gateway: gateway.map(read::<IpAddr>),
        segment: *segment,
        dhcp: None,
        evidence: Evidence::Asserted,
    };
    Fabric {
        ports: ports.iter().enumerate().map(named).collect(),
        networks: networks.iter().map(network).collect(),
        ..Fabric::default()
    }
}
