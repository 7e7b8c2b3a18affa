//! `data/ip/profiles/<provider>.txt`: every allocation, layout and size of a provider, laid out. `ESXI_BLESS=1` writes
//! them anew.
//!
//! Blocks of up to 16 addresses stand as their printed table, larger ones as one line of offsets, in which -1 is the
//! last address.

use crate::{block_at, distance, profiles, sample, spec};
use esxi_core::block::BlockPlan;
use esxi_core::block::profile::Profile;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

const TABLE_UP_TO: u128 = 16;

/// An offset as the profiles write it: from the first address, or from the last, which is -1.
fn place(offset: u128, count: u128) -> String {
    if offset < count / 2 { offset.to_string() } else { format!("-{}", count - offset) }
}

/// `0 network, 1 gateway, 2 management, 3 to -2 available, -1 broadcast; usable all but 4`
fn one_line(plan: &BlockPlan) -> String {
    let (first, count) = (plan.block().first(), plan.block().count());
    let at = |address| place(distance(first, address), count);
    let range = |range: &esxi_core::block::Range| match range.count {
        1 => format!("{} {}", at(range.first), range.role),
        _ => format!("{} to {} {}", at(range.first), at(range.last), range.role),
    };
    let ranges: Vec<String> = plan.ranges().iter().map(range).collect();
    let usable = match plan.usable() {
        0 => "none".to_owned(),
        usable if usable == count => "all".to_owned(),
        usable => format!("all but {}", count - usable),
    };
    format!("{}; usable {usable}", ranges.join(", "))
}

/// Sizes that read the same stand together: `/16 to /27  …`.
struct Sizes {
    out: String,
    same: Option<(u8, u8, String)>,
}

impl Sizes {
    fn add(&mut self, prefix: u8, line: String) {
        match &mut self.same {
            Some((_, last, same)) if *same == line => *last = prefix,
            _ => {
                self.flush();
                self.same = Some((prefix, prefix, line));
            }
        }
    }
    fn flush(&mut self) {
        match self.same.take() {
            Some((first, last, line)) if first == last => writeln!(self.out, "/{first}  {line}").unwrap(),
            Some((first, last, line)) => writeln!(self.out, "/{first} to /{last}  {line}").unwrap(),
            None => {}
        }
    }
}

fn golden(profile: &Arc<Profile>) -> String {
    let mut sizes = Sizes { out: format!("{}, {}\n", profile.name, profile.title), same: None };
    for allocation in &profile.allocations {
        writeln!(sizes.out, "\n{}: {}", allocation.name, allocation.summary).unwrap();
        for layout in &allocation.layouts {
            writeln!(sizes.out, "\n{} {}: {}", allocation.name, layout.name, layout.summary).unwrap();
            for prefix in layout.prefixes.unwrap_or(allocation.prefixes).iter() {
                let block = block_at(sample(allocation, prefix), prefix);
                match profile.plan(&spec(allocation, layout, block)) {
                    Ok(plan) if block.count() <= TABLE_UP_TO => {
                        sizes.flush();
                        write!(sizes.out, "{plan}").unwrap();
                    }
                    Ok(plan) => sizes.add(prefix, one_line(&plan)),
                    Err(found) => {
                        panic!("{} {} {} {block}: {found:?}", profile.name, allocation.name, layout.name)
                    }
                }
            }
            sizes.flush();
        }
    }
    sizes.out
}

#[test]
fn every_allocation_layout_and_size_is_laid_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/ip/profiles");
    let mut failures = Vec::new();
    let mut known = Vec::new();
    for profile in profiles() {
        let file = folder.join(format!("{}.txt", profile.name));
        let now = golden(&profile);
        if std::env::var_os("ESXI_BLESS").is_some() {
            std::fs::write(&file, &now).unwrap();
        }
        if std::fs::read_to_string(&file).unwrap_or_default() != now {
            failures.push(format!("{} differs; now:\n{now}", file.display()));
        }
        known.push(file);
    }
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if !known.contains(&file) {
            failures.push(format!("{} is of no profile", file.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
