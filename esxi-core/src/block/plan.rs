use super::nearest::nearest;
use super::{Block, Layout, PROVIDERS, Position, Provider, Role, provider};
use crate::diag::{Diagnostic, codes};
use serde::Serialize;
use std::net::IpAddr;

/// What to lay out. Built by [`Request::new`], or by [`Request::parse`] from texts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The block as the provider assigned it.
    pub block: Block,
    /// Name of the provider, `packet` unless set.
    pub provider: String,
    /// Name of the layout, `direct` unless set.
    pub layout: String,
    /// Names of virtual machines: the first gets the first available address, and so on, so that a name added
    /// at the end moves no other.
    pub names: Vec<String>,
}

impl Request {
    /// Asks for Packet's direct layout of a block.
    pub fn new(block: Block) -> Self {
        Request { block, provider: "packet".to_owned(), layout: "direct".to_owned(), names: Vec::new() }
    }
    /// The same request for another provider.
    #[must_use]
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = name.into();
        self
    }
    /// The same request in another layout.
    #[must_use]
    pub fn layout(mut self, name: impl Into<String>) -> Self {
        self.layout = name.into();
        self
    }
    /// The same request, handing addresses to these names.
    #[must_use]
    pub fn names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads a request from texts, for front ends.
    ///
    /// # Errors
    /// Everything that is wrong with the three texts together, so that it can be corrected in one go.
    ///
    /// ```
    /// use esxi_core::block::Request;
    /// let found = Request::parse("147.75.1.9/29", "paket", "router").unwrap_err();
    /// let codes: Vec<_> = found.iter().map(|d| d.code.as_str()).collect();
    /// assert_eq!(codes, ["IP002", "IP005"]);
    /// assert_eq!(found[1].fix.as_deref(), Some("packet"));
    /// ```
    pub fn parse(block: &str, provider: &str, layout: &str) -> Result<Self, Vec<Diagnostic>> {
        let rules = rules(provider, layout).err();
        match (block.parse::<Block>(), rules) {
            (Ok(block), None) => Ok(Request::new(block).provider(provider).layout(layout)),
            (block, rules) => Err(block
                .err()
                .map(Diagnostic::from)
                .into_iter()
                .chain(rules.into_iter().flatten())
                .collect()),
        }
    }
}

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
    /// Who has it, of a range of one that was given to somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a block costs beyond what comes with the server.
///
/// `addresses` × `micros_per_address_hour`, where `addresses` are all addresses of the block less the included
/// ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Price {
    /// ISO 4217 code.
    pub currency: &'static str,
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
    pub(super) block: Block,
    pub(super) provider: &'static Provider,
    pub(super) layout: &'static Layout,
    pub(super) ranges: Vec<Range>,
    pub(super) price: Option<Price>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Lays a block out by its provider's rules.
///
/// # Errors
/// What stands in the way: a provider or layout that is not known (the nearest is named), a size or address
/// family that the layout is not known for, more names than available addresses, a name that is no name.
pub fn plan(request: &Request) -> Result<BlockPlan, Vec<Diagnostic>> {
    let (provider, layout) = rules(&request.provider, &request.layout)?;
    let block = request.block;
    check_size(block, provider, layout)?;

    let mut fixed: Vec<(u128, Role)> = layout
        .roles
        .iter()
        .map(|(position, role)| match *position {
            Position::FromFirst(n) => (u128::from(n), *role),
            Position::FromLast(n) => ((block.count() - 1).saturating_sub(u128::from(n)), *role),
        })
        .collect();
    fixed.sort_unstable();

    // Runs of (first offset, count, role); the gaps between fixed roles are available.
    let mut runs: Vec<(u128, u128, Role)> = Vec::new();
    let mut next = 0;
    for (offset, role) in fixed {
        if offset > next {
            runs.push((next, offset - next, Role::Available));
        }
        runs.push((offset, 1, role));
        next = offset + 1;
    }
    if next < block.count() {
        runs.push((next, block.count() - next, Role::Available));
    }

    let free: u128 = runs.iter().filter(|run| run.2 == Role::Available).map(|run| run.1).sum();
    let wrong = check_names(&request.names, free);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut names = request.names.iter();
    let mut ranges = Vec::new();
    for (first, count, role) in runs {
        let mut taken = 0;
        if role == Role::Available {
            for name in names.by_ref().take(usize::try_from(count).unwrap_or(usize::MAX)) {
                ranges.extend(range(block, first + taken, 1, Role::Assigned, Some(name.clone())));
                taken += 1;
            }
        }
        if taken < count {
            ranges.extend(range(block, first + taken, count - taken, role, None));
        }
    }
    Ok(BlockPlan { block, provider, layout, ranges, price: price(block, provider), diagnostics: Vec::new() })
}

fn range(block: Block, first: u128, count: u128, role: Role, name: Option<String>) -> Option<Range> {
    Some(Range { first: block.nth(first)?, last: block.nth(first + count - 1)?, count, role, name })
}

fn price(block: Block, provider: &Provider) -> Option<Price> {
    let rule = provider.price?;
    let addresses = u64::try_from(block.count()).ok()?.saturating_sub(rule.included.into());
    (addresses > 0).then_some(Price {
        currency: rule.currency,
        addresses,
        micros_per_address_hour: rule.micros_per_address_hour,
    })
}

fn rules(
    provider_name: &str,
    layout_name: &str,
) -> Result<(&'static Provider, &'static Layout), Vec<Diagnostic>> {
    let Some(provider) = provider(provider_name) else {
        return Err(vec![nearest(
            Diagnostic::error(
                codes::PROVIDER_UNKNOWN,
                format!("the rules of provider \"{provider_name}\" are not known"),
            )
            .at("/provider"),
            provider_name,
            &PROVIDERS.iter().map(|p| p.name).collect::<Vec<_>>(),
        )]);
    };
    let Some(layout) = provider.layout(layout_name) else {
        return Err(vec![nearest(
            Diagnostic::error(
                codes::LAYOUT_UNKNOWN,
                format!("provider {provider_name} has no layout \"{layout_name}\""),
            )
            .at("/layout"),
            layout_name,
            &provider.layouts.iter().map(|l| l.name).collect::<Vec<_>>(),
        )]);
    };
    Ok((provider, layout))
}

fn check_size(block: Block, provider: &Provider, layout: &Layout) -> Result<(), Vec<Diagnostic>> {
    let sizes = layout.prefixes.iter().map(|p| format!("/{p}")).collect::<Vec<_>>().join(" or ");
    let rule = format!("provider {}, layout {}", provider.name, layout.name);
    if block.net().addr().is_ipv6() {
        let found = format!("{block} is IPv6; the rules of {rule} are about IPv4");
        let help = format!("plan the IPv4 block, {sizes}");
        return Err(vec![Diagnostic::error(codes::BLOCK_FAMILY, found).at("/block").help(help)]);
    }
    if layout.prefixes.contains(&block.prefix()) {
        return Ok(());
    }
    // A block that holds a known size can be cut; a smaller one cannot.
    let cut = layout.prefixes.iter().filter(|p| **p > block.prefix()).min();
    let help = match cut {
        Some(prefix) => format!("plan the {sizes} that the host got, such as {}/{prefix}", block.first()),
        None => format!("order a {sizes} for an ESXi host: smaller blocks leave it no usable address"),
    };
    let found = format!("{rule} is known for {sizes} only, {block} is a /{}", block.prefix());
    Err(vec![Diagnostic::error(codes::BLOCK_SIZE, found).at("/block").help(help)])
}

fn check_names(names: &[String], free: u128) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let why = if name.trim().is_empty() {
            "is empty"
        } else if name.chars().any(char::is_control) {
            "has a control character in it"
        } else if names[..index].contains(name) {
            "stands twice"
        } else {
            continue;
        };
        wrong.push(
            Diagnostic::error(codes::ADDRESS_NAME, format!("the name {name:?} {why}"))
                .at(format!("/names/{index}"))
                .help("give each virtual machine one printable name"),
        );
    }
    if names.len() as u128 > free {
        wrong.push(
            Diagnostic::error(
                codes::ADDRESSES_EXHAUSTED,
                format!("{} names for {free} available addresses", names.len()),
            )
            .at("/names")
            .help("name fewer virtual machines or plan a larger block"),
        );
    }
    wrong
}

impl BlockPlan {
    /// The block.
    pub fn block(&self) -> Block {
        self.block
    }
    /// The provider whose rules were used.
    pub fn provider(&self) -> &'static Provider {
        self.provider
    }
    /// The layout.
    pub fn layout(&self) -> &'static Layout {
        self.layout
    }
    /// The whole block from first to last address, every address in exactly one range.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }
    /// What it costs beyond what comes with the server; `None` for nothing.
    pub fn price(&self) -> Option<Price> {
        self.price
    }
    /// Findings that did not stand in the way.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
    /// The prefix length, for the host's and the virtual machines' configuration.
    pub fn prefix(&self) -> u8 {
        self.block.prefix()
    }
    /// The netmask, likewise.
    pub fn netmask(&self) -> IpAddr {
        self.block.netmask()
    }
    /// The default gateway of the host and of virtual machines in the block.
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
        let base = self.block;
        let mut offset = 0;
        self.ranges.iter().flat_map(move |range| {
            let first = offset;
            offset += range.count;
            (first..offset).filter_map(move |n| base.nth(n).map(|address| (address, range)))
        })
    }
    /// The role of an address; `None` outside the block.
    ///
    /// ```
    /// # use esxi_core::block::{plan, Request, Role};
    /// let plan = plan(&Request::new("192.0.2.8/29".parse()?)).expect("a /29");
    /// assert_eq!(plan.role("192.0.2.9".parse().unwrap()), Some(Role::Gateway));
    /// assert_eq!(plan.role("192.0.2.1".parse().unwrap()), None);
    /// # Ok::<(), esxi_core::block::BlockError>(())
    /// ```
    pub fn role(&self, address: IpAddr) -> Option<Role> {
        if !self.block.contains(address) {
            return None;
        }
        self.ranges.iter().find(|range| range.first <= address && address <= range.last).map(|r| r.role)
    }

    fn first_of(&self, role: Role) -> Option<IpAddr> {
        self.ranges.iter().find(|range| range.role == role).map(|range| range.first)
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
