//! Which of a provider's kinds of block, and which layout, a block is planned by.

use super::nearest::nearest;
use super::profile::{Allocation, Family, Layout, Profile};
use super::{Block, BlockSpec};
use crate::diag::{Diagnostic, codes};

/// Indices of the allocation and of its layout.
pub(super) fn choose(profile: &Profile, spec: &BlockSpec) -> Result<(usize, usize), Box<Diagnostic>> {
    let candidates: Vec<usize> = match &spec.allocation {
        Some(name) => match profile.allocations.iter().position(|a| a.name == *name) {
            Some(index) => vec![index],
            None => return Err(Box::new(unknown_allocation(profile, name))),
        },
        None => (0..profile.allocations.len()).filter(|&at| !profile.allocations[at].by_name).collect(),
    };
    let has_layout = |allocation: &Allocation, layout: &Layout| {
        spec.layout.as_ref().is_none_or(|name| *name == layout.name)
            && layout.prefixes.unwrap_or(allocation.prefixes).contains(spec.block.prefix())
    };
    for &index in &candidates {
        let allocation = &profile.allocations[index];
        if family(spec.block) == allocation.family
            && allocation.prefixes.contains(spec.block.prefix())
            && let Some(layout) = allocation.layouts.iter().position(|layout| has_layout(allocation, layout))
        {
            return Ok((index, layout));
        }
    }
    Err(Box::new(why_none(profile, &candidates, spec)))
}

/// Address family of a block.
pub(super) fn family(block: Block) -> Family {
    if block.first().is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }
}

fn unknown_allocation(profile: &Profile, name: &str) -> Diagnostic {
    let found = format!("provider {} hands out no \"{name}\"", profile.name);
    nearest(
        Diagnostic::error(codes::ALLOCATION_UNKNOWN, found).at("/allocation"),
        name,
        &profile.allocations.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(),
    )
}

/// The first thing that stands in the way: the layout's name, the family, the size.
fn why_none(profile: &Profile, candidates: &[usize], spec: &BlockSpec) -> Diagnostic {
    let block = spec.block;
    let allocations = || candidates.iter().map(|&index| &profile.allocations[index]);
    let fits = |a: &&Allocation| a.family == family(block) && a.prefixes.contains(block.prefix());
    let layouts = |allocations: Vec<&Allocation>| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for layout in allocations.iter().flat_map(|a| &a.layouts) {
            if !names.contains(&layout.name) {
                names.push(layout.name.clone());
            }
        }
        names
    };
    if let Some(name) = &spec.layout {
        let all = layouts(allocations().collect());
        let here = layouts(allocations().filter(fits).collect());
        if !all.contains(name) || (!here.is_empty() && !here.contains(name)) {
            let known = if here.is_empty() { all } else { here };
            let found = format!("provider {} has no layout \"{name}\" for {block}", profile.name);
            return nearest(
                Diagnostic::error(codes::LAYOUT_UNKNOWN, found).at("/layout"),
                name,
                &known.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        }
    }
    let same_family: Vec<_> = allocations().filter(|a| a.family == family(block)).collect();
    let (given, other) = match family(block) {
        Family::Ipv4 => ("IPv4", "IPv6"),
        Family::Ipv6 => ("IPv6", "IPv4"),
    };
    if same_family.is_empty() {
        let found = format!("{block} is {given}; the rules of provider {} are about {other}", profile.name);
        let sizes = sizes(allocations().map(|a| (a, None)));
        return Diagnostic::error(codes::BLOCK_FAMILY, found)
            .at("/block")
            .help(format!("plan the {other} block ({sizes}), or take the rules of another provider"));
    }
    // With a layout named, what that layout is known for.
    let rows: Vec<_> = match &spec.layout {
        Some(name) => same_family.iter().filter_map(|a| Some((*a, Some(a.layout(name)?)))).collect(),
        None => same_family.iter().map(|a| (*a, None)).collect(),
    };
    wrong_size(profile, block, &rows)
}

fn wrong_size(profile: &Profile, block: Block, rows: &[(&Allocation, Option<&Layout>)]) -> Diagnostic {
    let known = sizes(rows.iter().copied());
    let found = format!("provider {} hands out {known}, {block} is a /{}", profile.name, block.prefix());
    let found = Diagnostic::error(codes::BLOCK_SIZE, found).at("/block");
    let prefixes = || rows.iter().map(|(a, l)| l.and_then(|l| l.prefixes).unwrap_or(a.prefixes));
    // A block that holds a known size can be cut; a smaller one cannot.
    let cut = prefixes().map(|p| p.shortest()).filter(|&p| p > block.prefix()).min();
    match cut {
        Some(prefix) => {
            found.help(format!("plan the part that the host got, such as {}/{prefix}", block.first()))
        }
        None => {
            let longest = prefixes().map(|p| p.longest()).max().unwrap_or_default();
            let mut help =
                format!("order a /{longest} or larger: a smaller block leaves ESXi no usable address");
            let named =
                profile.allocations.iter().filter(|a| a.by_name && a.prefixes.contains(block.prefix()));
            let named: Vec<&str> = named.map(|a| a.name.as_str()).collect();
            if !named.is_empty() {
                help += &format!("; if it is something else, name it: allocation {}", named.join(" or "));
            }
            found.help(help)
        }
    }
}

/// `block /28 to /29, elastic /24 to /32`.
fn sizes<'a>(rows: impl Iterator<Item = (&'a Allocation, Option<&'a Layout>)>) -> String {
    let mut all: Vec<String> = Vec::new();
    for (allocation, layout) in rows {
        let prefixes = layout.and_then(|l| l.prefixes).unwrap_or(allocation.prefixes);
        let size = if prefixes.shortest() == prefixes.longest() {
            format!("{} /{}", allocation.name, prefixes.shortest())
        } else {
            format!("{} /{} to /{}", allocation.name, prefixes.shortest(), prefixes.longest())
        };
        if !all.contains(&size) {
            all.push(size);
        }
    }
    all.join(", ")
}
