//! [`HostState`]: the one model of a host.
//!
//! Facts are parsed into it, plans are differences of it, the simulated host executes commands on it and
//! verification compares with it. It is total: every field has a value. What a host reported but we did not
//! understand is [`Fact::Unknown`] and keeps its text; a plan that would touch such an object is refused.

mod factory;
mod kickstart;
mod policy;
mod storage;

pub use factory::{FactoryNic, factory, installed};
pub use kickstart::{KickstartDevice, KickstartNetwork};
pub use policy::{
    FailoverOrder, FailureDetection, LoadBalancing, Security, SecurityOverride, Shaping, Teaming,
    TeamingOverride,
};
pub use storage::{NetworkStorage, NfsDatastore};

use crate::value::{MacAddr, Mtu, NetstackName, PortGroupName, SwitchName, VlanId, VmkName, VmnicName};
use crate::version::EsxiVersion;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// A value, or the text that was reported in its place and not understood.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact<T> {
    /// Understood.
    Known(T),
    /// Reported as this text, or not reported (the text says so).
    Unknown(String),
}

impl<T> Fact<T> {
    /// The value, if understood.
    pub fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            Fact::Unknown(_) => None,
        }
    }
}

impl<T: Default> Default for Fact<T> {
    fn default() -> Self {
        Fact::Known(T::default())
    }
}

/// The network side of one stand-alone host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// Release.
    pub version: EsxiVersion,
    /// Build number, 0 when unknown.
    pub build: u32,
    /// Physical network cards.
    pub nics: BTreeMap<VmnicName, Nic>,
    /// Standard vSwitches.
    pub vswitches: BTreeMap<SwitchName, VSwitch>,
    /// Port groups; names are unique on the host.
    pub port_groups: BTreeMap<PortGroupName, PortGroup>,
    /// vmkernel adapters.
    pub vmkernel: BTreeMap<VmkName, VmkAdapter>,
    /// Routes set by hand, default routes included. Connected networks and routes learnt by DHCP are not in it.
    pub routes: BTreeSet<Route>,
    /// Name resolution of the default stack.
    pub dns: Dns,
    /// What is stored over the network: read, never changed.
    #[serde(default, skip_serializing_if = "NetworkStorage::is_empty")]
    pub storage: NetworkStorage,
}

/// A physical network card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nic {
    /// Its own address.
    pub mac: MacAddr,
    /// Carrier seen.
    pub link_up: bool,
    /// Mbit/s, 0 when down.
    pub speed_mbps: u32,
    /// Driver module.
    pub driver: String,
    /// PCI address.
    pub pci: String,
    /// Vendor's words.
    pub description: String,
}

/// Cisco discovery protocol on a vSwitch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Cdp {
    /// Off.
    Down,
    /// Only receive: the default.
    #[default]
    Listen,
    /// Only send.
    Advertise,
    /// Both.
    Both,
}

impl Cdp {
    /// The word of the host's tools.
    pub fn word(self) -> &'static str {
        match self {
            Cdp::Down => "down",
            Cdp::Listen => "listen",
            Cdp::Advertise => "advertise",
            Cdp::Both => "both",
        }
    }
    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Cdp::Down, Cdp::Listen, Cdp::Advertise, Cdp::Both].into_iter().find(|cdp| cdp.word() == word)
    }
}

/// A standard vSwitch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VSwitch {
    /// Ports asked for when it was made; without effect since 5.5.
    pub ports: u32,
    /// Largest frame payload in bytes.
    pub mtu: Mtu,
    /// Discovery protocol.
    pub cdp: Fact<Cdp>,
    /// Attached cards. A set: hosts list them in no fixed order.
    pub uplinks: BTreeSet<VmnicName>,
    /// NIC teaming.
    pub teaming: Fact<Teaming>,
    /// Layer-2 security.
    pub security: Fact<Security>,
    /// Outbound traffic shaping.
    pub shaping: Fact<Shaping>,
}

/// A port group of a standard vSwitch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PortGroup {
    /// The vSwitch it is on.
    pub vswitch: SwitchName,
    /// Its VLAN.
    pub vlan: VlanId,
    /// Ports in use by virtual machines.
    pub vm_ports: u32,
    /// What it sets for itself instead of inheriting.
    pub teaming: Fact<TeamingOverride>,
    /// What it sets for itself instead of inheriting.
    pub security: Fact<SecurityOverride>,
    /// Shaping of its own, or inherited.
    pub shaping: Fact<Option<Shaping>>,
}

/// A vmkernel adapter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VmkAdapter {
    /// Port group it is connected to; a port group has at most one.
    pub port_group: PortGroupName,
    /// Address on the wire. `None` only in predicted states, where ESXi will choose one.
    pub mac: Option<MacAddr>,
    /// Bytes.
    pub mtu: Mtu,
    /// Administratively up.
    pub enabled: bool,
    /// TCP/IP stack, fixed when the adapter is made.
    pub netstack: NetstackName,
    /// IPv4.
    pub ipv4: Fact<Ipv4Config>,
    /// IPv6.
    pub ipv6: Ipv6Config,
    /// Services: `Management`, `VMotion`, …
    pub tags: BTreeSet<String>,
}

/// The tag of the adapter that carries management.
pub const MANAGEMENT_TAG: &str = "Management";

/// How an adapter gets its IPv4 address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ipv4Config {
    /// No address.
    #[default]
    None,
    /// By DHCP; the lease is `None` when there is none yet.
    Dhcp {
        /// What it got.
        lease: Option<Lease>,
    },
    /// By hand.
    Static {
        /// Address and prefix length.
        address: Ipv4Net,
        /// Gateway override of this adapter (6.5+), only used by services bound to it; `None` = the stack's.
        gateway: Option<Ipv4Addr>,
    },
}

/// A DHCP lease as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lease {
    /// Address and prefix length.
    pub address: Ipv4Net,
    /// Default gateway handed out.
    pub gateway: Option<Ipv4Addr>,
}

/// IPv6 of an adapter. Link-local addresses are ESXi's own business and not in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Ipv6Config {
    /// Addresses set by hand.
    pub addresses: BTreeSet<Ipv6Net>,
    /// Router advertisements accepted; on by default since 6.5.
    pub router_adv: bool,
    /// DHCPv6 client.
    pub dhcp: bool,
}

/// A route set by hand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Route {
    /// TCP/IP stack.
    pub netstack: NetstackName,
    /// Destination; `0.0.0.0/0` or `::/0` for the default route.
    pub network: IpNet,
    /// Next hop; must lie in a subnet of an adapter of the stack (KB 343820).
    pub gateway: IpAddr,
}

impl Route {
    /// True for a default route of either family.
    pub fn is_default(&self) -> bool {
        self.network.prefix_len() == 0
    }
}

/// Name resolution.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Dns {
    /// Servers, in order of preference.
    pub servers: Vec<IpAddr>,
    /// Search domains, in order.
    pub search: Vec<String>,
}

impl VSwitch {
    /// A vSwitch as ESXi makes it: no uplinks, every policy at its default.
    pub fn new(ports: u32) -> Self {
        VSwitch {
            ports,
            mtu: Mtu::default(),
            cdp: Fact::default(),
            uplinks: BTreeSet::new(),
            teaming: Fact::default(),
            security: Fact::default(),
            shaping: Fact::default(),
        }
    }
}

impl PortGroup {
    /// A port group as ESXi makes it: untagged, inheriting everything.
    pub fn new(vswitch: SwitchName) -> Self {
        PortGroup {
            vswitch,
            vlan: VlanId::UNTAGGED,
            vm_ports: 0,
            teaming: Fact::default(),
            security: Fact::default(),
            shaping: Fact::default(),
        }
    }
}

impl VmkAdapter {
    /// The IPv4 address in use, with its prefix: the static one or the lease.
    pub fn ipv4_address(&self) -> Option<Ipv4Net> {
        match self.ipv4.known()? {
            Ipv4Config::Static { address, .. } => Some(*address),
            Ipv4Config::Dhcp { lease } => lease.as_ref().map(|lease| lease.address),
            Ipv4Config::None => None,
        }
    }
    /// Every address in use, with prefix.
    pub fn addresses(&self) -> impl Iterator<Item = IpNet> + '_ {
        let v4 = self.ipv4_address().map(IpNet::V4);
        v4.into_iter().chain(self.ipv6.addresses.iter().copied().map(IpNet::V6))
    }
    /// Gateway handed out by DHCP.
    pub fn lease_gateway(&self) -> Option<Ipv4Addr> {
        match self.ipv4.known()? {
            Ipv4Config::Dhcp { lease } => lease.as_ref()?.gateway,
            _ => None,
        }
    }
}

impl HostState {
    /// The card with this MAC address.
    pub fn nic_by_mac(&self, mac: MacAddr) -> Option<&VmnicName> {
        self.nics.iter().find(|(_, nic)| nic.mac == mac).map(|(name, _)| name)
    }
    /// The vSwitch a card is attached to.
    pub fn vswitch_of_uplink(&self, nic: &str) -> Option<&SwitchName> {
        self.vswitches.iter().find(|(_, switch)| switch.uplinks.contains(nic)).map(|(name, _)| name)
    }
    /// The vmkernel adapter on a port group.
    pub fn vmk_on(&self, port_group: &str) -> Option<&VmkName> {
        self.vmkernel.iter().find(|(_, vmk)| vmk.port_group == *port_group).map(|(name, _)| name)
    }
    /// The adapter that holds an address.
    pub fn vmk_with_address(&self, address: IpAddr) -> Option<&VmkName> {
        self.vmkernel
            .iter()
            .find(|(_, vmk)| vmk.addresses().any(|net| net.addr() == address))
            .map(|(name, _)| name)
    }
    /// Adapters that carry management: those tagged so or, where no adapter is, `vmk0`.
    pub fn management_vmks(&self) -> Vec<&VmkName> {
        let tagged: Vec<_> = self
            .vmkernel
            .iter()
            .filter(|(_, vmk)| vmk.tags.contains(MANAGEMENT_TAG))
            .map(|(name, _)| name)
            .collect();
        if tagged.is_empty() { self.vmkernel.keys().filter(|name| *name == "vmk0").collect() } else { tagged }
    }
    /// NIC teaming in force on a port group: the vSwitch's with the port group's overrides. `None` when either
    /// was not understood or the port group does not exist.
    pub fn effective_teaming(&self, port_group: &str) -> Option<Teaming> {
        let group = self.port_groups.get(port_group)?;
        let switch = self.vswitches.get(&group.vswitch)?;
        Some(switch.teaming.known()?.overridden(group.teaming.known()?))
    }
    /// Port groups of a vSwitch.
    pub fn port_groups_of<'a>(
        &'a self,
        vswitch: &'a str,
    ) -> impl Iterator<Item = (&'a PortGroupName, &'a PortGroup)> + 'a {
        self.port_groups.iter().filter(move |(_, group)| group.vswitch == *vswitch)
    }
    /// Equal in what is configured: carrier and speed of the cards, virtual machines that came or went, what is
    /// stored over the network, leases, and MAC addresses that ESXi assigns by itself (where one side has none) do not count.
    pub fn same_configuration(&self, other: &HostState) -> bool {
        let mut mine = self.clone();
        mine.storage.clone_from(&other.storage);
        for (name, nic) in &mut mine.nics {
            if let Some(theirs) = other.nics.get(name) {
                (nic.link_up, nic.speed_mbps) = (theirs.link_up, theirs.speed_mbps);
            }
        }
        for (name, group) in &mut mine.port_groups {
            group.vm_ports = other.port_groups.get(name).map_or(group.vm_ports, |theirs| theirs.vm_ports);
        }
        for (name, vmk) in &mut mine.vmkernel {
            let Some(theirs) = other.vmkernel.get(name) else { continue };
            if theirs.mac.is_none() || vmk.mac.is_none() {
                vmk.mac = theirs.mac;
            }
            if let (Fact::Known(Ipv4Config::Dhcp { lease }), Fact::Known(Ipv4Config::Dhcp { lease: other })) =
                (&mut vmk.ipv4, &theirs.ipv4)
            {
                lease.clone_from(other);
            }
        }
        mine == *other
    }
}
