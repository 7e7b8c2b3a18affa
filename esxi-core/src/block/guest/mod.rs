//! What a virtual machine has to be told so that its address works.

use super::Block;
use crate::value::{MacAddr, Mtu};
use ipnet::IpNet;
use serde::Serialize;
use std::net::IpAddr;

/// A virtual machine and its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Guest {
    /// Its name, a host name.
    pub name: String,
    /// Which MAC address its card must have.
    pub mac: GuestMac,
    /// Its addresses: at most one of each family has a gateway.
    pub addresses: Vec<GuestAddress>,
    /// Name servers; empty for those of the user's choice.
    pub dns: Vec<IpAddr>,
    /// Largest packet, where the provider's network is narrower than 1500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,
}

/// An address as a guest configures it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GuestAddress {
    /// The address with the prefix length that the guest configures: the block's, or that of a single address.
    pub address: IpNet,
    /// Default gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<IpAddr>,
    /// The gateway lies outside the guest's subnet (and is not a link-local address, which never needs it), so
    /// that a route to the gateway itself must be made first.
    pub on_link: bool,
}

/// Which MAC address a guest's card must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestMac {
    /// Whichever ESXi gives it.
    Any,
    /// One that the provider assigns to the address: still to be ordered there and typed in by hand.
    Ordered,
    /// This one, set by hand.
    Fixed(MacAddr),
}

/// The router virtual machine: one side towards the provider, one towards the other virtual machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Router {
    /// Which MAC address its outer card must have.
    pub mac: GuestMac,
    /// Its address towards the provider.
    pub outside: Vec<GuestAddress>,
    /// Port group of the outer card.
    pub outside_port_group: String,
    /// Port group of the inner card, on a vSwitch without uplinks.
    pub inside_port_group: String,
    /// What lies behind it.
    pub behind: Vec<Behind>,
    /// Name servers; empty for those of the user's choice.
    pub dns: Vec<IpAddr>,
}

/// A block behind a router virtual machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Behind {
    /// The block that the provider routes to the router.
    pub block: Block,
    /// The address of the router's inner card with its prefix length: one of the block's where the block is an
    /// ordinary subnet; a single address of another where every address of the block is a host route on the inner
    /// card.
    pub inner: IpNet,
    /// The block is an ordinary subnet on the inner card; otherwise a route on the link.
    pub subnet: bool,
}
