//! A block as neighbouring runs of addresses, each with a role.

use super::Role;
use std::collections::BTreeMap;

/// Offsets `first..first + count`, all of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: u128,
    pub(super) count: u128,
    pub(super) role: Role,
    pub(super) name: Option<String>,
}

impl Run {
    fn end(&self) -> u128 {
        self.first + self.count
    }
}

/// Runs that cover a block: disjoint, without a gap.
#[derive(Debug)]
pub(super) struct Runs {
    /// By their first offset: names come in any order, and each must cost the same whatever came before.
    runs: BTreeMap<u128, Run>,
    /// Before this offset nothing is available any more.
    used_up: u128,
}

impl Runs {
    /// All of one role.
    pub(super) fn new(count: u128, role: Role) -> Self {
        let all = Run { first: 0, count, role, name: None };
        Runs { runs: BTreeMap::from([(0, all)]), used_up: 0 }
    }

    /// The run that an offset lies in; `None` behind the block.
    pub(super) fn at(&self, offset: u128) -> Option<&Run> {
        self.runs.range(..=offset).next_back().map(|(_, run)| run).filter(|run| offset < run.end())
    }

    /// Gives `count` addresses from `first` on another role, whatever they had. They must lie in one run.
    pub(super) fn put(&mut self, first: u128, count: u128, role: Role, name: Option<String>) {
        let Some(old) = self.at(first).cloned() else { return };
        let behind = first + count;
        if behind < old.end() {
            let rest = Run { first: behind, count: old.end() - behind, ..old.clone() };
            self.runs.insert(behind, rest);
        }
        if old.first < first {
            self.runs.insert(old.first, Run { count: first - old.first, ..old });
        }
        self.runs.insert(first, Run { first, count, role, name });
    }

    /// Gives the first available address away; `None` when there is none left.
    pub(super) fn take_next(&mut self, name: &str) -> Option<u128> {
        let first = self.first_available()?;
        self.put(first, 1, Role::Assigned, Some(name.to_owned()));
        Some(first)
    }

    /// The first available address.
    pub(super) fn first_available(&mut self) -> Option<u128> {
        let mut behind = self.runs.range(self.used_up..).map(|(_, run)| run);
        let run = behind.find(|run| run.role == Role::Available)?;
        // What was given away once is not available again.
        self.used_up = run.first;
        Some(run.first)
    }

    /// How many addresses are available.
    pub(super) fn available(&self) -> u128 {
        self.runs.values().filter(|run| run.role == Role::Available).map(|run| run.count).sum()
    }

    /// The runs in order, neighbours that say the same made one. Named addresses stay apart: each is somebody's.
    pub(super) fn finish(self) -> Vec<Run> {
        let mut done: Vec<Run> = Vec::with_capacity(self.runs.len());
        for run in self.runs.into_values() {
            match done.last_mut() {
                Some(last) if last.role == run.role && last.name.is_none() && run.name.is_none() => {
                    last.count += run.count;
                }
                _ => done.push(run),
            }
        }
        done
    }
}
