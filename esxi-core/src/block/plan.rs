use super::profile::{Allocation, Layout, Profile};
use super::{Block, BlockSpec, Role};
use crate::diag::Diagnostic;
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;

/// Neighbouring addresses of one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Range {
    /// The first address.
    pub first: IpAddr,
    /// The last address, equal to the first in a range of one.
    pub last: IpAddr,
    /// How many addresses.
    pub count: u128,
    /// What they are for.
    pub role: Role,
    /// Who has it, of an address that was given to somebody; what for, of reserved ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a block costs beyond what comes with the server.
///
/// `addresses` × `micros_per_address_hour`, where `addresses` are all addresses of the block less the included
/// ones.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Price {
    /// ISO 4217 code.
    pub currency: String,
    /// Addresses that are charged.
    pub addresses: u64,
    /// Price of one address for one hour, in millionths of the currency.
    pub micros_per_address_hour: u64,
}

impl Price {
    /// Price of the block for one hour, in millionths of the currency.
    pub fn micros_per_hour(&self) -> u64 {
        self.addresses.saturating_mul(self.micros_per_address_hour)
    }
}

/// A block of which every address has its role.
///
/// Serializes as the document of `esxi ip plan --format json`; prints as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockPlan {
    pub(super) profile: Arc<Profile>,
    /// Index of the allocation, and of the layout in it.
    pub(super) allocation: usize,
    pub(super) layout: usize,
    pub(super) ranges: Vec<Range>,
    pub(super) price: Option<Price>,
    pub(super) next_hop: Option<IpAddr>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) spec: BlockSpec,
}

impl BlockPlan {
    /// The block.
    pub fn block(&self) -> Block {
        self.spec.block
    }
    /// What was asked for.
    pub fn spec(&self) -> &BlockSpec {
        &self.spec
    }
    /// The provider whose rules were used.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }
    /// Which of the provider's kinds of block it is.
    pub fn allocation(&self) -> &Allocation {
        &self.profile.allocations[self.allocation]
    }
    /// The layout.
    pub fn layout(&self) -> &Layout {
        &self.allocation().layouts[self.layout]
    }
    /// The whole block from first to last address, every address in exactly one range.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }
    /// What it costs beyond what comes with the server; `None` for nothing.
    pub fn price(&self) -> Option<&Price> {
        self.price.as_ref()
    }
    /// Findings that did not stand in the way.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
    /// The prefix length, for the host's and the virtual machines' configuration.
    pub fn prefix(&self) -> u8 {
        self.block().prefix()
    }
    /// The netmask, likewise.
    pub fn netmask(&self) -> IpAddr {
        self.block().netmask()
    }
    /// The provider's gateway, where it is in the block.
    pub fn gateway(&self) -> Option<IpAddr> {
        self.first_of(Role::Gateway)
    }
    /// ESXi's management address.
    pub fn management(&self) -> Option<IpAddr> {
        self.first_of(Role::Management)
    }
    /// The router virtual machine's address, in layouts that have one.
    pub fn router(&self) -> Option<IpAddr> {
        self.first_of(Role::Router)
    }
    /// Where the provider routes the block to, of routed blocks and where it is known.
    pub fn next_hop(&self) -> Option<IpAddr> {
        self.next_hop
    }
    /// The addresses that are still free, in order.
    pub fn available(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.addresses().filter(|(_, range)| range.role == Role::Available).map(|(address, _)| address)
    }
    /// How many addresses virtual machines have or may have ([`Role::is_usable`]).
    pub fn usable(&self) -> u128 {
        self.ranges.iter().filter(|range| range.role.is_usable()).map(|range| range.count).sum()
    }
    /// Every address in order, with the range it belongs to.
    pub fn addresses(&self) -> impl Iterator<Item = (IpAddr, &Range)> {
        let base = self.block();
        let mut offset = 0_u128;
        self.ranges.iter().flat_map(move |range| {
            let first = offset;
            offset = offset.saturating_add(range.count);
            (first..offset).filter_map(move |n| base.nth(n).map(|address| (address, range)))
        })
    }
    /// The range that an address lies in; `None` outside the block.
    pub fn range_of(&self, address: IpAddr) -> Option<&Range> {
        if !self.block().contains(address) {
            return None;
        }
        let behind = self.ranges.partition_point(|range| range.first <= address);
        self.ranges.get(behind.checked_sub(1)?)
    }
    /// The role of an address; `None` outside the block.
    ///
    /// ```
    /// # use esxi_core::block::{BlockSpec, Catalogue, Role};
    /// # let packet = Catalogue::builtin().find("packet")?;
    /// let plan = packet.plan(&BlockSpec::new("147.75.1.8/29".parse().unwrap())).unwrap();
    /// assert_eq!(plan.role("147.75.1.9".parse().unwrap()), Some(Role::Gateway));
    /// assert_eq!(plan.role("147.75.1.1".parse().unwrap()), None);
    /// # Ok::<(), Box<esxi_core::diag::Diagnostic>>(())
    /// ```
    pub fn role(&self, address: IpAddr) -> Option<Role> {
        self.range_of(address).map(|range| range.role)
    }

    fn first_of(&self, role: Role) -> Option<IpAddr> {
        self.ranges.iter().find(|range| range.role == role).map(|range| range.first)
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
