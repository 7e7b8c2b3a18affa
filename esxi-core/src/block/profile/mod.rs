//! What is known of providers, as data: how they hand out addresses, which offset has which role, which MAC
//! addresses and VLANs they accept, what it costs, and from where each of these facts is known.
//!
//! A [`Profile`] is read from a TOML file ([`Profile::from_toml`]). Those that come with this crate stand in its
//! folder `profiles`, one file each; [`Catalogue`] holds them and takes a user's own beside them.

mod catalogue;
mod check;
mod facts;
mod file;
mod place;
mod prefixes;

pub use catalogue::Catalogue;
pub use file::ProfileFile;
pub use place::{Place, Places};
pub use prefixes::Prefixes;

use crate::value::Mtu;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One provider's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Name on the command line and in host files: lower-case letters, digits and hyphens.
    pub name: String,
    /// The provider's own name.
    pub title: String,
    /// Whether it still sells this.
    pub status: Status,
    /// Day on which the sources were last read, as `2026-11-21`.
    pub verified: String,
    /// What everybody who plans with these rules must be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The ways in which it hands out addresses. The first that fits a block is taken unless one is
    /// named.
    #[serde(rename = "allocation")]
    pub allocations: Vec<Allocation>,
    /// Its private side: a subnet that the installed host reaches over an adapter of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<PrivateSide>,
    /// VLANs and MAC addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l2: Option<Layer2>,
    /// Cards and their aggregation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uplinks: Option<Uplinks>,
    /// The provider's own storage service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// What addresses cost, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceRule>,
    /// From where the rules are known.
    #[serde(rename = "fact")]
    pub facts: Vec<Fact>,
}

/// Whether a service can still be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It can.
    Live,
    /// It was shut down; its rules remain a pattern that others follow.
    Retired,
    /// No provider of its own: a way of handing out blocks that several share.
    Pattern,
}

/// One way in which a provider hands out addresses: the block a server comes with, single further addresses,
/// a routed subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Allocation {
    /// Name within the profile, such as `block`, `main`, `single`, `subnet`, `elastic`.
    pub name: String,
    /// What it is, in a sentence.
    pub summary: String,
    /// Address family.
    #[serde(default)]
    pub family: Family,
    /// Sizes in which it is handed out.
    pub prefixes: Prefixes,
    /// It is taken only when it is named, because blocks of its sizes are usually something else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_name: bool,
    /// Longest prefix that leaves an ESXi host what it needs, where the provider or the arithmetic says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest_for_esxi: Option<u8>,
    /// How its frames or packets reach the server.
    pub delivery: Delivery,
    /// Which MAC addresses may use it.
    #[serde(default)]
    pub mac: MacRule,
    /// Default gateway of the machines in it.
    pub gateway: GatewayRule,
    /// Of routed addresses: where the provider sends them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_hop: Option<NextHop>,
    /// Which address space it comes from.
    #[serde(default)]
    pub space: Space,
    /// Addresses that nobody of the user's may have, whatever the layout.
    #[serde(default, skip_serializing_if = "Places::is_empty")]
    pub reserve: Places,
    /// What the addresses are that neither `reserve` nor the layout names.
    #[serde(default)]
    pub rest: Rest,
    /// What the user may do with it; the first is the default.
    #[serde(rename = "layout")]
    pub layouts: Vec<Layout>,
}

/// What a user does with an allocation: who of the user's own has which address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Layout {
    /// `direct`, `router-vm`, `router-subnet` or `private-management`; profiles may have others.
    pub name: String,
    /// What it is for, in a sentence.
    pub summary: String,
    /// Sizes it needs, where fewer than the allocation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefixes: Option<Prefixes>,
    /// The addresses that have a role besides the reserved ones.
    #[serde(default, skip_serializing_if = "Places::is_empty")]
    pub roles: Places,
    /// What the other addresses are, where it differs from the allocation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Rest>,
    /// Default gateway of the machines, where it differs from the allocation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayRule>,
}

/// Address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// IPv4.
    #[default]
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// How addresses reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// They live on the provider's wire: machines answer ARP for them.
    Bridged,
    /// As `Bridged`, but each works only from a MAC address that the provider has assigned to it.
    BridgedVmac,
    /// The provider sends the whole block to one next hop.
    Routed,
    /// They live on a VLAN of their own.
    Vlan,
    /// Nothing but the server's own address: machines reach out behind address translation only.
    Nat,
}

/// Which MAC addresses may use an allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MacRule {
    /// Any.
    #[default]
    None,
    /// The one that the provider assigned to the address.
    PerAddress,
    /// The server's own only; a foreign one is filtered or gets the server cut off.
    PerServer,
}

/// Where the default gateway of machines in an allocation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayRule {
    /// The address of the block with the role `gateway`.
    InBlock,
    /// The gateway of the host's own management address.
    SameAsManagement,
    /// The router virtual machine: its address in this block or, where it has none there, its inner one.
    RouterVm,
    /// There is none.
    None,
    /// One address for all customers.
    Fixed(#[serde(deserialize_with = "file::address")] IpAddr),
    /// The first three octets of the server's main address and this one.
    MainOctet(u8),
}

/// Where a provider sends a routed block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextHop {
    /// The server's main address, which is ESXi's own until it is moved.
    Main,
    /// This offset in the block that the server came with.
    MainOffset(u32),
    /// A single further address of the router virtual machine, with a MAC address of its own.
    Single,
    /// The link-local address that follows from a MAC address (modified EUI-64).
    Eui64,
    /// Whatever address the customer names to the provider.
    Given,
}

/// Which address space an allocation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Space {
    /// The public internet's.
    #[default]
    Public,
    /// RFC 1918 or RFC 4193.
    Private,
    /// Either.
    Any,
}

/// What the addresses without a named role are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rest {
    /// The user's.
    #[default]
    Available,
    /// Other customers'.
    Reserved,
}

/// The private side of a provider's network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PrivateSide {
    /// What the installed host routes to its private gateway.
    #[serde(deserialize_with = "file::network")]
    pub subnet: IpNet,
    /// vmkernel adapter that the provider's installation gives the private address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// Port group of that adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port_group: Option<String>,
}

/// VLANs and MAC addresses at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Layer2 {
    /// When frames carry a VLAN tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tagged: Option<Tagged>,
    /// First and last VLAN that the provider assigns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan_range: Option<(u16, u16)>,
    /// Private networks a server may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_vlans: Option<u16>,
    /// MAC addresses that a switch port learns, the host's own included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_macs: Option<u32>,
    /// Largest packet on its private networks, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,
}

/// When frames on a provider's layer-2 network carry a VLAN tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tagged {
    /// Never.
    Never,
    /// Always.
    Always,
    /// One VLAN is untagged; with the second all of them become tagged, the first too.
    WhenMoreThanOne,
}

/// A server's cards at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Uplinks {
    /// Uplinks that one standard vSwitch may have without losing the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_vswitch: Option<u8>,
    /// What the provider's switches do about link aggregation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacp: Option<Lacp>,
}

/// What a provider's switches do about link aggregation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lacp {
    /// The ports are bundled with LACP, which a standard vSwitch does not speak.
    Required,
    /// The customer chooses.
    Optional,
    /// There is none.
    Unavailable,
}

/// A provider's storage service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Storage {
    /// Whether its block storage can be used by ESXi.
    pub block_storage: bool,
}

/// What addresses cost: those beyond an included block are charged singly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PriceRule {
    /// ISO 4217 code of the currency.
    pub currency: String,
    /// Price of one address for one hour, in millionths of the currency.
    pub micros_per_address_hour: u64,
    /// Addresses in the block that comes with the server and costs nothing.
    pub included: u32,
    /// Allocation that the price is for.
    pub allocation: String,
}

/// One statement about a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fact {
    /// The rules that rest on it: keys of the profile with dots between them and allocations and layouts by
    /// name, such as `allocation.block.reserve` or `l2.tagged`. A key stands for all below it.
    pub about: Vec<String>,
    /// The statement.
    pub text: String,
    /// Where it stands.
    pub source: String,
    /// Address of the source, where it is on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Day on which the source was read, as `2026-11-21`.
    pub date: String,
    /// How sure it is.
    pub evidence: Evidence,
}

/// How sure a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Stands in the named source.
    Verified,
    /// Follows from the named source by a step that the fact explains.
    Derived,
    /// Believed; no source was read.
    Assumed,
}

impl Profile {
    /// The allocation of this name.
    pub fn allocation(&self, name: &str) -> Option<&Allocation> {
        self.allocations.iter().find(|allocation| allocation.name == name)
    }
}

impl Allocation {
    /// The layout of this name.
    pub fn layout(&self, name: &str) -> Option<&Layout> {
        self.layouts.iter().find(|layout| layout.name == name)
    }
    /// What the addresses without a role are in a layout of this allocation.
    pub(in crate::block) fn rest_in(&self, layout: &Layout) -> Rest {
        layout.rest.unwrap_or(self.rest)
    }
}
