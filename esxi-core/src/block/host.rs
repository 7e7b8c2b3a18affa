//! Every block of one host: next hops, gateways and refusals that one block alone cannot show.

use super::choose::family;
use super::profile::{Catalogue, Delivery, NextHop, Profile, Space};
use super::{AddressSpec, BlockPlan, BlockSpec, Role, judge};
use crate::diag::{Diagnostic, codes, has_errors};
use crate::value::MacAddr;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// The address blocks of one host, each address with its role.
///
/// Made by [`Catalogue::plan`]. Prints as the blocks' tables; serializes as the document of `esxi ip plan --format
/// json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressPlan {
    pub(super) profile: Arc<Profile>,
    pub(super) blocks: Vec<BlockPlan>,
    pub(super) spec: AddressSpec,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl AddressPlan {
    /// The provider whose rules were used.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }
    /// What was asked for.
    pub fn spec(&self) -> &AddressSpec {
        &self.spec
    }
    /// The blocks, in the order of the spec.
    pub fn blocks(&self) -> &[BlockPlan] {
        &self.blocks
    }
    /// ESXi's own address: that of the first block in which it has one.
    pub fn management(&self) -> Option<IpAddr> {
        self.blocks.iter().find_map(BlockPlan::management)
    }
    /// The gateway of ESXi's own address.
    pub fn management_gateway(&self) -> Option<IpAddr> {
        self.blocks.iter().find(|block| block.management().is_some()).and_then(BlockPlan::gateway)
    }
    /// Everything that was found and did not stand in the way, with JSON pointers into the [`AddressSpec`].
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
    /// The same spec with everything stated that was chosen: provider, allocations, layouts, and every name at its
    /// address. Planned again it gives the same; names added behind these move none of them.
    pub fn pinned(&self) -> AddressSpec {
        let mut spec = self.spec.clone();
        spec.provider = Some(self.profile.name.clone());
        for (stated, plan) in spec.blocks.iter_mut().zip(&self.blocks) {
            stated.allocation = Some(plan.allocation().name.clone());
            stated.layout = Some(plan.layout().name.clone());
            let addresses: HashMap<&str, IpAddr> = plan
                .ranges()
                .iter()
                .filter(|range| range.role == Role::Assigned)
                .filter_map(|range| Some((range.name.as_deref()?, range.first)))
                .collect();
            for entry in &mut stated.assign {
                entry.address = addresses.get(entry.name.as_str()).copied();
            }
        }
        spec
    }
    /// The block that the server came with: the first that is neither routed nor private.
    pub(super) fn main(&self) -> Option<&BlockPlan> {
        main(&self.blocks)
    }
}

fn main(blocks: &[BlockPlan]) -> Option<&BlockPlan> {
    blocks.iter().find(|block| {
        let allocation = block.allocation();
        allocation.delivery != Delivery::Routed && allocation.space != Space::Private
    })
}

impl Catalogue {
    /// Lays all blocks of a host out by its provider's rules.
    ///
    /// # Errors
    /// Everything that stands in the way, with JSON pointers into the [`AddressSpec`]: what [`Profile::plan`] finds
    /// in each block, blocks that overlap each other or a network of the user's own, a gateway that the vmkernel
    /// cannot reach, a provider's private side in the way, routed addresses that would be sent to ESXi itself.
    ///
    /// ```
    /// use esxi_core::block::{AddressSpec, BlockSpec, Catalogue};
    ///
    /// let server = BlockSpec::new("147.75.1.8/29".parse()?).layout("router-vm");
    /// let elastic = BlockSpec::new("147.75.200.16/30".parse()?).allocation("elastic").assign("web");
    /// let plan = Catalogue::builtin().plan(&AddressSpec::new([server, elastic]).provider("packet")).unwrap();
    /// assert_eq!(plan.blocks()[1].next_hop(), "147.75.1.10".parse().ok());
    /// # Ok::<(), esxi_core::block::BlockError>(())
    /// ```
    pub fn plan(&self, spec: &AddressSpec) -> Result<AddressPlan, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let profile = match self.profile_of(spec, &mut found) {
            Ok(profile) => profile,
            Err(unknown) => return Err(vec![*unknown]),
        };
        let mut blocks = Vec::with_capacity(spec.blocks.len());
        for (index, block) in spec.blocks.iter().enumerate() {
            match profile.plan(block) {
                Ok(plan) => {
                    found.extend(plan.diagnostics.iter().map(|d| below(index, d.clone())));
                    blocks.push(plan);
                }
                Err(wrong) => found.extend(wrong.into_iter().map(|d| below(index, d))),
            }
        }
        if spec.blocks.is_empty() {
            let none = Diagnostic::error(codes::BLOCK_SYNTAX, "no block is stated");
            found.push(none.at("/blocks").help("state the block that the server came with"));
        }
        judge::addresses_of_machines(spec, &mut found);
        judge::overlaps(spec, &profile, &blocks, &mut found);
        if has_errors(&found) {
            return Err(errors_first(found));
        }
        find_next_hops(&mut blocks, spec.router_mac, &mut found);
        let mut plan = AddressPlan { profile, blocks, spec: spec.clone(), diagnostics: Vec::new() };
        judge::whole(&plan, &mut found);
        if has_errors(&found) {
            return Err(errors_first(found));
        }
        plan.diagnostics = found;
        Ok(plan)
    }

    /// The named provider; without a name Packet if it knows a block of this size, else the pattern of a block on the
    /// wire.
    fn profile_of(
        &self,
        spec: &AddressSpec,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Arc<Profile>, Box<Diagnostic>> {
        if let Some(name) = &spec.provider {
            return self.find(name);
        }
        let packet = self.find("packet")?;
        let knows = |spec: &BlockSpec| {
            let block = packet.allocations.first();
            spec.allocation.is_some()
                || block.is_some_and(|a| {
                    a.family == family(spec.block) && a.prefixes.contains(spec.block.prefix())
                })
        };
        if spec.blocks.first().is_none_or(knows) {
            return Ok(packet);
        }
        let generic = self.find("generic-onlink")?;
        let note = "no provider is named: the rules of generic-onlink are taken";
        let help = "name yours; `esxi ip providers` lists those that are known";
        found.push(Diagnostic::note(codes::PROVIDER_ASSUMED, note).at("/provider").help(help));
        Ok(generic)
    }
}

/// What stands in the way before what is only worth knowing.
fn errors_first(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

/// A finding about one block as a finding about the whole spec.
pub(super) fn below(index: usize, mut finding: Diagnostic) -> Diagnostic {
    finding.path = finding.path.map(|path| format!("/blocks/{index}{path}"));
    finding
}

/// Fills in where each routed block is sent to. An available address that is a next hop becomes the router's.
fn find_next_hops(blocks: &mut [BlockPlan], router_mac: Option<MacAddr>, found: &mut Vec<Diagnostic>) {
    for index in 0..blocks.len() {
        let block = &blocks[index];
        // What is routed to ESXi's own addresses needs no router.
        let Some(rule) = block.allocation().next_hop.filter(|_| block.management().is_none()) else {
            continue;
        };
        let v4 = block.block().first().is_ipv4();
        let others = || blocks.iter().filter(|other| other.block().first().is_ipv4() == v4);
        let next_hop = block.spec.next_hop.or_else(|| match rule {
            NextHop::Main => main(blocks).and_then(BlockPlan::management),
            NextHop::MainOffset(offset) => main(blocks).and_then(|main| main.block().nth(offset.into())),
            NextHop::Single => others()
                .filter(|other| other.allocation().delivery == Delivery::BridgedVmac)
                .find_map(BlockPlan::router),
            NextHop::Given => others()
                .filter(|other| other.allocation().delivery != Delivery::Routed)
                .find_map(BlockPlan::router),
            NextHop::Eui64 => router_mac.map(|mac| link_local(mac).into()),
        });
        match next_hop {
            None => found.push(below(index, unknown_next_hop(block, rule))),
            Some(next_hop) => {
                blocks[index].next_hop = Some(next_hop);
                for other in blocks.iter_mut() {
                    other.take_for_router(next_hop);
                }
            }
        }
    }
}

impl BlockPlan {
    fn take_for_router(&mut self, address: IpAddr) {
        if self.role(address) != Some(Role::Available) {
            return;
        }
        let block = self.spec.block;
        let Some(taken) = block.offset_of(address) else { return };
        let at = self.ranges.partition_point(|range| range.first <= address) - 1;
        let old = self.ranges[at].clone();
        let Some(first) = block.offset_of(old.first) else { return };
        let part = |from: u128, to: u128, role: Role| {
            let ends = block.nth(from).zip(block.nth(to.checked_sub(1)?)).filter(|_| from < to)?;
            Some(super::Range { first: ends.0, last: ends.1, count: to - from, role, name: None })
        };
        let parts = [
            part(first, taken, old.role),
            part(taken, taken + 1, Role::Router),
            part(taken + 1, first + old.count, old.role),
        ];
        self.ranges.splice(at..=at, parts.into_iter().flatten());
    }
}

fn unknown_next_hop(block: &BlockPlan, rule: NextHop) -> Diagnostic {
    let (found, help) = match rule {
        NextHop::Main | NextHop::MainOffset(_) => (
            "the provider routes it to an address of the block that the server came with, which is not in this plan",
            "plan both together",
        ),
        NextHop::Single => (
            "the provider must be told to route it to a single address of the router virtual machine",
            "plan that address beside it as allocation `single`, layout router-vm, or state `next_hop`",
        ),
        NextHop::Eui64 => (
            "the provider routes it to the link-local address that follows from a MAC address",
            "state `router_mac`: that of the router virtual machine's outer card",
        ),
        NextHop::Given => (
            "the provider must be told where to route it to",
            "plan the block with the router virtual machine's address beside it, or state `next_hop`",
        ),
    };
    Diagnostic::note(codes::NEXT_HOP_UNKNOWN, format!("{}: {found}", block.block()))
        .at("/next_hop")
        .help(help)
}

/// The link-local address of an interface with this MAC address: `fe80::/64` and its modified EUI-64 (RFC 4291,
/// appendix A).
///
/// ```
/// use esxi_core::block::link_local;
/// let address = link_local("00:50:56:00:00:2a".parse()?);
/// assert_eq!(address.to_string(), "fe80::250:56ff:fe00:2a");
/// # Ok::<(), esxi_core::value::ValueError>(())
/// ```
pub fn link_local(mac: MacAddr) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac.0;
    Ipv6Addr::from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}
