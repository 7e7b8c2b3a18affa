//! What to lay out: the `addresses` part of a host file.

use super::{AddressRange, Block};
use crate::value::MacAddr;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The address blocks of one host and who gets which address.
///
/// Serializes as the host file's `addresses`.
///
/// ```
/// use esxi_core::block::{AddressSpec, BlockSpec};
///
/// let spec = AddressSpec::new([
///     BlockSpec::new("147.75.1.8/29".parse()?).layout("router-vm").assign("mail"),
///     BlockSpec::new("198.51.100.0/30".parse()?).assign("web").assign("db"),
/// ]).provider("packet");
/// assert_eq!(spec.blocks[1].assign[1].name, "db");
/// # Ok::<(), esxi_core::block::BlockError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AddressSpec {
    /// Name of the provider whose rules apply. Without it: Packet's where they know the first block's size, else
    /// those of a block on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The blocks, the one that the server came with first.
    pub blocks: Vec<BlockSpec>,
    /// MAC address of the router virtual machine's outer card: needed where the provider routes to the link-local
    /// address that follows from it, and where it binds addresses to MAC addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router_mac: Option<MacAddr>,
    /// The adapter that the provider's installation puts on its private network is removed, or will be before the own
    /// networks are used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_private_side: bool,
    /// Networks of the user's own behind the host: layer-2 networks, VPNs. They are checked against the blocks and
    /// the provider's private side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_networks: Vec<Block>,
    /// Name servers for virtual machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub dns: Vec<IpAddr>,
}

/// One block of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BlockSpec {
    /// The block as the provider assigned it.
    pub block: Block,
    /// Which of the provider's kinds of block it is; the first that fits unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation: Option<String>,
    /// What to do with it; the allocation's first layout unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// ESXi's own address, where it is not the layout's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub management: Option<IpAddr>,
    /// The provider's gateway, where it is not the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub gateway: Option<IpAddr>,
    /// Where the provider routes the block to, where it is not the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub next_hop: Option<IpAddr>,
    /// Addresses not to be handed out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserve: Vec<Reservation>,
    /// Who gets an address. Those without an address of their own take the next available one in order, so that a
    /// name added at the end moves no other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assign: Vec<Assignment>,
}

/// Addresses that are not to be handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Reservation {
    /// Which: one address, `first-last`, or a block.
    pub range: AddressRange,
    /// What for.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

/// A virtual machine that has an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Assignment {
    /// Its name: a host name, so that every export can carry it.
    pub name: String,
    /// The address it has, whatever else changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub address: Option<IpAddr>,
    /// The MAC address of its card: the provider's, where that binds one to the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<MacAddr>,
}

impl AddressSpec {
    /// These blocks, at no provider in particular.
    pub fn new(blocks: impl IntoIterator<Item = BlockSpec>) -> Self {
        AddressSpec { blocks: blocks.into_iter().collect(), ..AddressSpec::default() }
    }
    /// The same blocks by this provider's rules.
    #[must_use]
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }
}

impl BlockSpec {
    /// A block of which nothing is stated.
    pub fn new(block: Block) -> Self {
        BlockSpec {
            block,
            allocation: None,
            layout: None,
            management: None,
            gateway: None,
            next_hop: None,
            reserve: Vec::new(),
            assign: Vec::new(),
        }
    }
    /// The same block as this kind of the provider's.
    #[must_use]
    pub fn allocation(mut self, name: impl Into<String>) -> Self {
        self.allocation = Some(name.into());
        self
    }
    /// The same block in this layout.
    #[must_use]
    pub fn layout(mut self, name: impl Into<String>) -> Self {
        self.layout = Some(name.into());
        self
    }
    /// The same block, the next available address given to this name.
    #[must_use]
    pub fn assign(mut self, name: impl Into<Assignment>) -> Self {
        self.assign.push(name.into());
        self
    }
    /// The same block, an address or more kept back.
    #[must_use]
    pub fn reserve(mut self, range: AddressRange, purpose: Option<&str>) -> Self {
        self.reserve.push(Reservation { range, purpose: purpose.map(str::to_owned) });
        self
    }
}

impl Assignment {
    /// A name for the next available address.
    pub fn new(name: impl Into<String>) -> Self {
        Assignment { name: name.into(), address: None, mac: None }
    }
    /// The same name at this address.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }
    /// The same name on a card with this MAC address.
    #[must_use]
    pub fn mac(mut self, mac: MacAddr) -> Self {
        self.mac = Some(mac);
        self
    }
}

impl From<&str> for Assignment {
    fn from(name: &str) -> Self {
        Assignment::new(name)
    }
}

impl From<String> for Assignment {
    fn from(name: String) -> Self {
        Assignment::new(name)
    }
}
