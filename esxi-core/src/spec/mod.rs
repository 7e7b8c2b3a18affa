//! [`HostSpec`]: the host file as types.
//!
//! Every field is optional and an absent one means *leave it as it is*; only what identifies an object (a vSwitch's
//! and a port group's name, a vmkernel adapter's port group) must be there. [`check`] judges the file by itself,
//! [`resolve`] lays it over a host, and [`HostSpec::fabric`] makes its `fabric` part ready for reachability.
//!
//! Network cards are references ([`NicRef`]) that are resolved late: no vmnic number is needed in a host file.
//!
//! ```
//! use esxi_core::spec::{HostSpec, resolve, ResolveOptions};
//! use esxi_core::state::{factory, FactoryNic};
//!
//! let spec: HostSpec = serde_json::from_value(serde_json::json!({
//!     "version": 1,
//!     "network": { "vmkernel": [{
//!         "port_group": "Management Network",
//!         "ipv4": { "address": "147.75.1.10/29" },
//!     }], "gateway": "147.75.1.9" },
//! }))?;
//! let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
//! let host = factory("6.5".parse()?, &[nic]);
//! let resolved = resolve(&spec, &host, ResolveOptions::default());
//! assert!(resolved.is_ok());
//! assert_eq!(resolved.desired.vmkernel["vmk0"].ipv4_address().unwrap().to_string(), "147.75.1.10/29");
//! assert!(resolved.left_alone.iter().any(|object| object.to_string() == "port group \"VM Network\""));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod addresses;
mod check;
mod fabric;
mod management;
mod nic;
mod object;
mod resolve;
mod resolve_vmk;
mod rules;
#[cfg(feature = "schema")]
mod schema;
mod text;
mod words;

pub use addresses::check_addresses;
pub use check::check;
pub use fabric::{FabricNetwork, FabricPort, FabricSpec, LagSide, TaggedSpec, UntaggedSpec};
pub use management::ManagementSpec;
pub use nic::{NicRef, NicRefError, NicRole};
pub use object::{ObjectKind, ObjectRef};
pub use resolve::{ResolveOptions, Resolved, resolve};
#[cfg(feature = "yaml")]
pub(crate) use resolve_vmk::on_link;
pub use rules::check_host;
#[cfg(feature = "schema")]
pub use schema::json_schema;
pub use words::{FormatVersion, Ipv4Spec, Override};

use crate::block::AddressSpec;
use crate::state::{Cdp, FailureDetection, LoadBalancing, Shaping};
use crate::value::{MacAddr, Mtu, NetstackName, PortGroupName, SwitchName, VlanId, VmkName};
use ipnet::{IpNet, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host file: what one host is to look like, and what is known of the network around it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostSpec {
    /// Version of this format: 1.
    pub version: FormatVersion,
    /// The host's own network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkSpec>,
    /// The address blocks that the provider handed out, and who has which address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<AddressSpec>,
    /// What lies outside the host: switch ports, subnets, and the place from which management is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fabric: Option<FabricSpec>,
    /// What a plan may use to keep management answering while it changes the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<ManagementSpec>,
}

/// The network of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// Standard vSwitches. Those not listed are left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vswitches: Option<Vec<VSwitchSpec>>,
    /// vmkernel adapters. Those not listed are left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vmkernel: Option<Vec<VmkSpec>>,
    /// IPv4 default gateway of the default TCP/IP stack. Replaces the one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub gateway: Option<Ipv4Addr>,
    /// IPv6 default gateway of the default TCP/IP stack. Replaces the one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub gateway6: Option<Ipv6Addr>,
    /// Static routes that must be there. Routes not listed are left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<RouteSpec>>,
    /// Name resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<DnsSpec>,
}

/// A standard vSwitch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VSwitchSpec {
    /// Name: up to 31 characters.
    pub name: SwitchName,
    /// Largest frame payload in bytes; at least that of every vmkernel adapter on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,
    /// Cisco discovery protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cdp: Option<Cdp>,
    /// Exactly these cards are attached, and no others; an empty list isolates the vSwitch. Cards that stay keep
    /// their place in the failover order, new ones become active behind them, unless `teaming` says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uplinks: Option<Vec<NicRef>>,
    /// NIC teaming.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teaming: Option<TeamingSpec>,
    /// Layer-2 security.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<SecuritySpec>,
    /// Outbound traffic shaping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shaping: Option<Shaping>,
    /// Port groups on it. One that is on another vSwitch now moves here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port_groups: Option<Vec<PortGroupSpec>>,
}

impl VSwitchSpec {
    /// A vSwitch of which only the name is stated.
    pub fn new(name: SwitchName) -> Self {
        VSwitchSpec {
            name,
            mtu: None,
            cdp: None,
            uplinks: None,
            teaming: None,
            security: None,
            shaping: None,
            port_groups: None,
        }
    }
}

/// NIC teaming, of a vSwitch or of a port group that differs from it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TeamingSpec {
    /// How a port picks its uplink.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancing: Option<LoadBalancing>,
    /// How a dead uplink is noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_detection: Option<FailureDetection>,
    /// Announce moved MAC addresses to the physical switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_switches: Option<bool>,
    /// Return to a recovered uplink of higher rank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failback: Option<bool>,
    /// Cards in use, in order. An attached card named neither here nor under `standby` keeps its place there,
    /// unless this list takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<Vec<NicRef>>,
    /// Cards taken when no active one is healthy, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standby: Option<Vec<NicRef>>,
}

/// Layer-2 security, of a vSwitch or of a port group that differs from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SecuritySpec {
    /// A VM may see every frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promiscuous: Option<bool>,
    /// A VM may change its receiving address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac_changes: Option<bool>,
    /// A VM may send from another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forged_transmits: Option<bool>,
}

/// A port group of a standard vSwitch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortGroupSpec {
    /// Name; unique on the host.
    pub name: PortGroupName,
    /// 0 untagged, 1-4094 tagged by the vSwitch, 4095 tagged by the guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<VlanId>,
    /// NIC teaming of its own, or `inherit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teaming: Option<Override<TeamingSpec>>,
    /// Layer-2 security of its own, or `inherit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<Override<SecuritySpec>>,
    /// Traffic shaping of its own, or `inherit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shaping: Option<Override<Shaping>>,
    /// What `teaming` and `security` do not state is inherited from the vSwitch, rather than left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherit_rest: Option<bool>,
}

impl PortGroupSpec {
    /// A port group of which only the name is stated.
    pub fn new(name: PortGroupName) -> Self {
        PortGroupSpec { name, vlan: None, teaming: None, security: None, shaping: None, inherit_rest: None }
    }
}

/// A vmkernel adapter. It is known by its port group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VmkSpec {
    /// Port group it is connected to.
    pub port_group: PortGroupName,
    /// Its name. Absent: the adapter that is on the port group now or, where none is, the next free one.
    /// Given and on another port group now: it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<VmkName>,
    /// Address on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<MacAddr>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,
    /// TCP/IP stack; fixed when the adapter is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub netstack: Option<NetstackName>,
    /// IPv4: `dhcp`, `none` or a mapping with an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv4: Option<Ipv4Spec>,
    /// IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<Ipv6Spec>,
    /// Exactly these services are bound to it: `Management`, `VMotion`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

impl VmkSpec {
    /// An adapter of which only the port group is stated.
    pub fn new(port_group: PortGroupName) -> Self {
        VmkSpec {
            port_group,
            name: None,
            mac: None,
            mtu: None,
            netstack: None,
            ipv4: None,
            ipv6: None,
            tags: None,
        }
    }
}

/// IPv6 of a vmkernel adapter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ipv6Spec {
    /// Exactly these addresses are set by hand, each with its prefix length.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "text::ipv6_nets")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<String>>"))]
    pub addresses: Option<Vec<Ipv6Net>>,
    /// Accept router advertisements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router_advertisements: Option<bool>,
    /// DHCPv6 client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dhcp: Option<bool>,
}

/// A static route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    /// Destination network in CIDR notation.
    #[serde(with = "text::network")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub to: IpNet,
    /// Next hop, in a subnet of an adapter of the stack.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub via: IpAddr,
    /// TCP/IP stack; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub netstack: Option<NetstackName>,
}

/// Name resolution.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DnsSpec {
    /// Exactly these servers, in order of preference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<String>>"))]
    pub servers: Option<Vec<IpAddr>>,
    /// Exactly these search domains, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Vec<String>>,
}

impl HostSpec {
    /// Declared vSwitches, each with its JSON pointer.
    pub fn vswitches(&self) -> impl Iterator<Item = (String, &VSwitchSpec)> {
        let list = self.network.iter().flat_map(|network| network.vswitches.iter().flatten());
        list.enumerate().map(|(at, switch)| (format!("/network/vswitches/{at}"), switch))
    }
    /// Declared port groups, each with its JSON pointer and its vSwitch.
    pub fn port_groups(&self) -> impl Iterator<Item = (String, &VSwitchSpec, &PortGroupSpec)> {
        self.vswitches().flat_map(|(path, switch)| {
            let groups = switch.port_groups.iter().flatten().enumerate();
            groups.map(move |(at, group)| (format!("{path}/port_groups/{at}"), switch, group))
        })
    }
    /// Declared vmkernel adapters, each with its JSON pointer.
    pub fn vmkernel(&self) -> impl Iterator<Item = (String, &VmkSpec)> {
        let list = self.network.iter().flat_map(|network| network.vmkernel.iter().flatten());
        list.enumerate().map(|(at, vmk)| (format!("/network/vmkernel/{at}"), vmk))
    }
    /// Declared static routes, each with its JSON pointer.
    pub fn routes(&self) -> impl Iterator<Item = (String, &RouteSpec)> {
        let list = self.network.iter().flat_map(|network| network.routes.iter().flatten());
        list.enumerate().map(|(at, route)| (format!("/network/routes/{at}"), route))
    }
}
