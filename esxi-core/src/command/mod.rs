//! Typed commands: what plans emit and the model executes.
//!
//! A [`Command`] is one change of a host. [`Command::argv`] writes it as `esxcli` words for a version,
//! [`apply`] executes it on a [`HostState`](crate::state::HostState) as ESXi would, errors included.

mod argv;
mod exec;

pub use argv::{quote, shell_line};
pub use exec::{ExecError, alternatives, apply, assigned_mac};

use crate::state::{Cdp, FailoverOrder, FailureDetection, Ipv4Config, LoadBalancing, Route, Shaping};
use crate::value::{MacAddr, Mtu, NetstackName, PortGroupName, SwitchName, VlanId, VmkName, VmnicName};
use ipnet::Ipv6Net;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One change of the network side of a host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Make a standard vSwitch.
    VswitchAdd {
        /// Name.
        vswitch: SwitchName,
        /// Ports; 128 where not given.
        ports: Option<u32>,
    },
    /// Remove one. Its port groups go with it.
    VswitchRemove {
        /// Name.
        vswitch: SwitchName,
    },
    /// Set MTU or discovery protocol.
    VswitchSet {
        /// Name.
        vswitch: SwitchName,
        /// Bytes.
        mtu: Option<Mtu>,
        /// Discovery protocol.
        cdp: Option<Cdp>,
    },
    /// Attach a card.
    UplinkAdd {
        /// Switch.
        vswitch: SwitchName,
        /// Card.
        uplink: VmnicName,
    },
    /// Detach a card.
    UplinkRemove {
        /// Switch.
        vswitch: SwitchName,
        /// Card.
        uplink: VmnicName,
    },
    /// NIC teaming of a vSwitch.
    VswitchFailover {
        /// Name.
        vswitch: SwitchName,
        /// What to set; `None` = leave.
        set: FailoverSet,
    },
    /// Layer-2 security of a vSwitch.
    VswitchSecurity {
        /// Name.
        vswitch: SwitchName,
        /// What to set; `None` = leave.
        set: SecuritySet,
    },
    /// Traffic shaping of a vSwitch.
    VswitchShaping {
        /// Name.
        vswitch: SwitchName,
        /// All four values.
        shaping: Shaping,
    },
    /// Make a port group.
    PortGroupAdd {
        /// Switch.
        vswitch: SwitchName,
        /// Name.
        port_group: PortGroupName,
    },
    /// Remove a port group.
    PortGroupRemove {
        /// Switch.
        vswitch: SwitchName,
        /// Name.
        port_group: PortGroupName,
    },
    /// Set a port group's VLAN.
    PortGroupVlan {
        /// Name.
        port_group: PortGroupName,
        /// VLAN id.
        vlan: VlanId,
    },
    /// NIC teaming of a port group.
    PortGroupFailover {
        /// Name.
        port_group: PortGroupName,
        /// First make everything inherited again (`-u`).
        reset: bool,
        /// Then set these.
        set: FailoverSet,
    },
    /// Layer-2 security of a port group.
    PortGroupSecurity {
        /// Name.
        port_group: PortGroupName,
        /// First make everything inherited again (`-u`).
        reset: bool,
        /// Then set these.
        set: SecuritySet,
    },
    /// Traffic shaping of a port group.
    PortGroupShaping {
        /// Name.
        port_group: PortGroupName,
        /// `None` = inherit (`-u`).
        shaping: Option<Shaping>,
    },
    /// Make a vmkernel adapter.
    VmkAdd {
        /// Name.
        vmk: VmkName,
        /// Port group.
        port_group: PortGroupName,
        /// Address; ESXi chooses one when `None`.
        mac: Option<MacAddr>,
        /// Bytes; 1500 when `None`.
        mtu: Option<Mtu>,
        /// TCP/IP stack; the default one when `None`.
        netstack: Option<NetstackName>,
    },
    /// Remove one, with its addresses and the routes through its subnets.
    VmkRemove {
        /// Name.
        vmk: VmkName,
    },
    /// Set MTU or administrative state.
    VmkSet {
        /// Name.
        vmk: VmkName,
        /// Bytes.
        mtu: Option<Mtu>,
        /// Up.
        enabled: Option<bool>,
    },
    /// Set the IPv4 configuration. A lease in it is only a prediction and is not written.
    VmkIpv4 {
        /// Name.
        vmk: VmkName,
        /// The whole configuration.
        ipv4: Ipv4Config,
    },
    /// Router advertisements and DHCPv6.
    VmkIpv6 {
        /// Name.
        vmk: VmkName,
        /// Accept router advertisements.
        router_adv: Option<bool>,
        /// DHCPv6 client.
        dhcp: Option<bool>,
    },
    /// Add an IPv6 address.
    VmkIpv6Add {
        /// Name.
        vmk: VmkName,
        /// Address and prefix length.
        address: Ipv6Net,
    },
    /// Remove an IPv6 address.
    VmkIpv6Remove {
        /// Name.
        vmk: VmkName,
        /// Address and prefix length.
        address: Ipv6Net,
    },
    /// Tag an adapter for a service.
    VmkTagAdd {
        /// Name.
        vmk: VmkName,
        /// `Management`, `VMotion`, …
        tag: String,
    },
    /// Take a tag off.
    VmkTagRemove {
        /// Name.
        vmk: VmkName,
        /// Tag.
        tag: String,
    },
    /// Add a route. A default route replaces the one there is.
    RouteAdd {
        /// Route.
        route: Route,
    },
    /// Remove a route.
    RouteRemove {
        /// Route.
        route: Route,
    },
    /// Append a DNS server.
    DnsServerAdd {
        /// Address.
        server: IpAddr,
    },
    /// Remove a DNS server.
    DnsServerRemove {
        /// Address.
        server: IpAddr,
    },
    /// Append a search domain.
    DnsSearchAdd {
        /// Domain.
        domain: String,
    },
    /// Remove a search domain.
    DnsSearchRemove {
        /// Domain.
        domain: String,
    },
}

/// Arguments of `policy failover set`; `None` leaves a value as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct FailoverSet {
    /// `-l`.
    pub load_balancing: Option<LoadBalancing>,
    /// `-f`.
    pub failure_detection: Option<FailureDetection>,
    /// `-n`.
    pub notify_switches: Option<bool>,
    /// `-b`.
    pub failback: Option<bool>,
    /// `-a` and `-s`, always both: either replaces its whole list.
    pub order: Option<FailoverOrder>,
}

/// Arguments of `policy security set`; `None` leaves a value as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct SecuritySet {
    /// Promiscuous mode.
    pub promiscuous: Option<bool>,
    /// MAC address changes.
    pub mac_changes: Option<bool>,
    /// Forged transmits.
    pub forged_transmits: Option<bool>,
}
