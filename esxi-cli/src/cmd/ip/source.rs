//! From words of the command line, or a host file, to the blocks of a host.

use crate::args::IpSource;
use crate::failure::Failure;
use crate::input;
use crate::out::Out;
use esxi_core::block::{
    AddressPlan, AddressSpec, Assignment, Block, BlockPlan, BlockSpec, Catalogue, Profile, Role,
};
use esxi_core::diag::{Diagnostic, SourceMap, codes};
use esxi_core::value::MacAddr;
use esxi_core::yaml;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// What was asked for, and the text it stands in.
pub struct Asked {
    pub spec: AddressSpec,
    pub catalogue: Catalogue,
    /// The host file, whose `addresses` the spec is.
    pub source: Option<SourceMap>,
}

/// The shipped profiles and the user's.
pub fn catalogue(out: &Out, profiles: &[PathBuf]) -> Result<Catalogue, Failure> {
    let mut catalogue = Catalogue::builtin();
    for path in profiles {
        let file = input::read(path)?;
        let source = SourceMap::new(file.name.clone(), file.text.clone());
        let read =
            Profile::from_toml(&file.name, &file.text).map_err(|found| Failure::located(found, &source))?;
        if !out.is_json() {
            out.findings(&read.diagnostics, Some(&read.source));
        }
        catalogue.add(read.profile);
    }
    Ok(catalogue)
}

impl Asked {
    pub fn read(out: &Out, args: &IpSource) -> Result<Asked, Failure> {
        let catalogue = catalogue(out, &args.profiles)?;
        match &args.file {
            Some(path) => {
                let file = input::read(path)?;
                let read = yaml::host_file(&file.name, &file.text).map_err(|found| {
                    Failure::located(found, &SourceMap::new(file.name.clone(), file.text.clone()))
                })?;
                if !out.is_json() {
                    out.findings(&read.diagnostics, Some(&read.source));
                }
                let Some(mut spec) = read.spec.addresses else {
                    let none = Diagnostic::error(codes::BLOCK_SYNTAX, "the host file has no `addresses`");
                    let help =
                        "write `addresses:` with `blocks:` in it, or state the blocks on the command line";
                    return Err(Failure::located(vec![none.at("").help(help)], &read.source));
                };
                if args.provider.is_some() {
                    spec.provider.clone_from(&args.provider);
                }
                Ok(Asked { spec, catalogue, source: Some(read.source) })
            }
            None => {
                let mut spec = from_words(args, &catalogue)?;
                hand_out(&mut spec, &catalogue);
                Ok(Asked { spec, catalogue, source: None })
            }
        }
    }

    /// Plans, with findings located where they can be.
    pub fn plan(&self, out: &Out) -> Result<AddressPlan, Failure> {
        let located = |mut found: Vec<Diagnostic>| {
            if let Some(source) = &self.source {
                for finding in &mut found {
                    finding.path = finding.path.take().map(|path| format!("/addresses{path}"));
                    source.locate(finding);
                }
            }
            found
        };
        match self.catalogue.plan(&self.spec) {
            Ok(plan) => {
                if !out.is_json() {
                    out.findings(&located(plan.diagnostics().to_vec()), self.source.as_ref());
                }
                Ok(plan)
            }
            Err(found) => Err(match &self.source {
                Some(source) => Failure::located(located(found), source),
                None => Failure::new(found),
            }),
        }
    }
}

/// Reads one word; what is wrong with it goes to `found`.
fn read<T: FromStr>(text: &str, path: String, found: &mut Vec<Diagnostic>) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    let result = text.parse::<T>();
    result
        .map_err(|error| {
            let finding = Diagnostic::error(codes::WRONG_WORD, error.to_string()).at(path);
            found.push(finding.help("`esxi ip plan --help` says how it is written"));
        })
        .ok()
}

/// Reads a block; of a mistyped one the block that was meant, where that is certain.
fn read_block(text: &str, path: String, found: &mut Vec<Diagnostic>, meant: &mut bool) -> Option<Block> {
    let error: Diagnostic = match text.parse::<Block>() {
        Ok(block) => return Some(block),
        Err(error) => error.into(),
    };
    let block = error.fix.as_deref().and_then(|fix| fix.parse().ok());
    *meant &= block.is_some();
    found.push(error.at(path));
    block
}

fn from_words(args: &IpSource, catalogue: &Catalogue) -> Result<AddressSpec, Failure> {
    let mut found = Vec::new();
    let mut meant = true;
    let mut blocks: Vec<BlockSpec> = Vec::new();
    for (index, word) in args.blocks.iter().enumerate() {
        let (text, kind) = word.split_once('=').map_or((word.as_str(), None), |(b, kind)| (b, Some(kind)));
        let path = format!("/blocks/{index}/block");
        let Some(block) = read_block(text, path, &mut found, &mut meant) else { continue };
        let mut spec = BlockSpec::new(block);
        let (allocation, layout) = match kind {
            Some(kind) => kind.split_once('/').map_or((Some(kind), None), |(a, l)| (Some(a), Some(l))),
            None => (None, None),
        };
        (spec.allocation, spec.layout) = (allocation.map(str::to_owned), layout.map(str::to_owned));
        if index == 0 {
            (spec.management, spec.gateway) = (args.management, args.gateway);
            let options = [
                (&mut spec.allocation, &args.allocation, "allocation"),
                (&mut spec.layout, &args.layout, "layout"),
            ];
            for (beside, option, name) in options {
                if beside.is_some() && option.is_some() {
                    let message =
                        format!("the {name} of {block} is stated twice: in {word:?} and by --{name}");
                    let finding = Diagnostic::error(codes::WRONG_WORD, message);
                    found.push(finding.at(format!("/blocks/0/{name}")).help("state it once"));
                } else if option.is_some() {
                    beside.clone_from(option);
                }
            }
        }
        if index + 1 == args.blocks.len() {
            spec.next_hop = args.next_hop;
        }
        blocks.push(spec);
    }
    for (index, word) in args.names.iter().enumerate() {
        let assignment = assignment(word, format!("/blocks/0/assign/{index}"), &mut found);
        let holder = assignment.address.and_then(|address| holder(&blocks, address));
        if let Some(spec) = blocks.get_mut(holder.unwrap_or(0)) {
            spec.assign.push(assignment);
        }
    }
    for (index, word) in args.reserve.iter().enumerate() {
        let (range, purpose) = word.split_once('=').map_or((word.as_str(), None), |(r, why)| (r, Some(why)));
        let path = format!("/blocks/0/reserve/{index}");
        let Some(range) = read::<esxi_core::block::AddressRange>(range, path, &mut found) else { continue };
        let holder = holder(&blocks, range.first());
        if let Some(spec) = blocks.get_mut(holder.unwrap_or(0)) {
            *spec = spec.clone().reserve(range, purpose);
        }
    }
    let mut spec = AddressSpec::new(blocks);
    spec.provider.clone_from(&args.provider);
    spec.router_mac =
        args.router_mac.as_ref().and_then(|mac| read(mac, "/router_mac".to_owned(), &mut found));
    for (index, own) in args.own_networks.iter().enumerate() {
        spec.own_networks.extend(read_block(own, format!("/own_networks/{index}"), &mut found, &mut meant));
    }
    spec.without_private_side = args.without_private_side;
    spec.dns.clone_from(&args.dns);
    if found.is_empty() {
        return Ok(spec);
    }
    // A mistyped block hides nothing else.
    if meant && found.iter().all(|finding| finding.code != codes::WRONG_WORD) {
        found.extend(catalogue.plan(&spec).err().into_iter().flatten());
    }
    Err(Failure::new(found))
}

/// The block that an address is of: the smallest, because a single address may lie in the subnet that the server shares
/// with other customers.
fn holder(blocks: &[BlockSpec], address: IpAddr) -> Option<usize> {
    let holding = blocks.iter().enumerate().filter(|(_, spec)| spec.block.contains(address));
    holding.max_by_key(|(_, spec)| spec.block.prefix()).map(|(index, _)| index)
}

/// Names without an address stand with the first block. They go on to the first that has an address left for them; where
/// none has, they stay, and the plan says so.
fn hand_out(spec: &mut AddressSpec, catalogue: &Catalogue) {
    let without = |spec: &AddressSpec| {
        let mut spec = spec.clone();
        spec.blocks.iter_mut().for_each(|block| block.assign.retain(|entry| entry.address.is_some()));
        spec
    };
    let [_, _, ..] = spec.blocks[..] else { return };
    let Ok(plan) = catalogue.plan(&without(spec)) else { return };
    let count = |block: &BlockPlan| -> u128 {
        block.ranges().iter().filter(|range| range.role == Role::Available).map(|range| range.count).sum()
    };
    let mut left: Vec<u128> = plan.blocks().iter().map(count).collect();
    let first = std::mem::take(&mut spec.blocks[0].assign);
    for entry in first {
        let room = left.iter().position(|left| *left > 0).filter(|_| entry.address.is_none());
        let at = room.unwrap_or(0);
        if entry.address.is_none() {
            left[at] = left[at].saturating_sub(1);
        }
        spec.blocks[at].assign.push(entry);
    }
}

/// `NAME[=ADDRESS][,MAC]`.
fn assignment(word: &str, path: String, found: &mut Vec<Diagnostic>) -> Assignment {
    let (rest, mac) = word.split_once(',').map_or((word, None), |(rest, mac)| (rest, Some(mac)));
    let (name, address) = rest.split_once('=').map_or((rest, None), |(name, address)| (name, Some(address)));
    let mut assignment = Assignment::new(name);
    assignment.mac = mac.and_then(|mac| read::<MacAddr>(mac, format!("{path}/mac"), found));
    assignment.address = address.and_then(|text| {
        let address = text.parse().ok();
        if address.is_none() {
            let message = format!("{text:?} is no IP address");
            let finding = Diagnostic::error(codes::WRONG_WORD, message).at(format!("{path}/address"));
            found.push(finding.help("write NAME=ADDRESS, or NAME alone for the next available address"));
        }
        address
    });
    assignment
}
