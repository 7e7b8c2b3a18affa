//! The network of a Linux host, as far as the importers understand it. Every part knows its JSON pointer.

use crate::value::{MacAddr, Mtu, VlanId};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;

/// A whole configuration.
#[derive(Debug, Default)]
pub(super) struct Linux {
    pub(super) devices: Vec<Device>,
    pub(super) routes: Vec<LinuxRoute>,
    pub(super) servers: Vec<(String, IpAddr)>,
    pub(super) search: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Device {
    pub(super) path: String,
    pub(super) name: String,
    /// Another name that references may use.
    pub(super) id: Option<String>,
    pub(super) kind: DeviceKind,
    /// Its address as written; `None` inside when that was reported as unreadable.
    pub(super) mac: Option<(String, Option<MacAddr>)>,
    pub(super) mtu: Option<(String, Mtu)>,
    /// IPv4 configurations in order; the second and later ones are aliases.
    pub(super) ipv4: Vec<Ipv4>,
    /// IPv6 as a whole.
    pub(super) ipv6: Option<Ipv6>,
}

impl Device {
    /// Has an address, or asks for one.
    pub(super) fn is_configured(&self) -> bool {
        !self.ipv4.is_empty() || self.ipv6.is_some()
    }
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.id.as_deref() == Some(name)
    }
}

#[derive(Debug)]
pub(super) enum DeviceKind {
    Physical,
    Bond(Bond),
    Vlan { link: (String, String), id: VlanId },
}

#[derive(Debug)]
pub(super) struct Bond {
    pub(super) members: Vec<(String, String)>,
    pub(super) params: Vec<Param>,
}

/// A parameter of a bond, and where it stands.
#[derive(Debug)]
pub(super) struct Param {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Debug)]
pub(super) struct Ipv4 {
    pub(super) path: String,
    /// `None` = DHCP.
    pub(super) address: Option<Ipv4Net>,
    pub(super) mtu: Option<(String, Mtu)>,
    /// Has a default gateway of its own.
    pub(super) gateway: bool,
}

#[derive(Debug, Default)]
pub(super) struct Ipv6 {
    pub(super) path: String,
    pub(super) addresses: Vec<Ipv6Net>,
    pub(super) dhcp: bool,
    pub(super) router_advertisements: bool,
    pub(super) mtus: Vec<(String, Mtu)>,
    pub(super) gateway: bool,
}

#[derive(Debug)]
pub(super) struct LinuxRoute {
    pub(super) path: String,
    pub(super) to: IpNet,
    pub(super) via: IpAddr,
}
