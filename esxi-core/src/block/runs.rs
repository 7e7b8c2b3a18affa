//! A block as neighbouring runs of addresses, each with a role.

use super::Role;

/// Offsets `first..first + count`, all of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: u128,
    pub(super) count: u128,
    pub(super) role: Role,
    pub(super) name: Option<String>,
}

/// Runs that cover a block: ordered, disjoint, without a gap.
#[derive(Debug)]
pub(super) struct Runs {
    runs: Vec<Run>,
    /// Before this run nothing is available any more.
    used_up: usize,
}

impl Runs {
    /// All of one role.
    pub(super) fn new(count: u128, role: Role) -> Self {
        Runs { runs: vec![Run { first: 0, count, role, name: None }], used_up: 0 }
    }

    /// The run that an offset of the block lies in.
    pub(super) fn at(&self, offset: u128) -> &Run {
        &self.runs[self.index(offset)]
    }

    fn index(&self, offset: u128) -> usize {
        self.runs.partition_point(|run| run.first <= offset).saturating_sub(1)
    }

    /// Gives `count` addresses from `first` on another role, whatever they had. They must lie in one run.
    pub(super) fn put(&mut self, first: u128, count: u128, role: Role, name: Option<String>) {
        let index = self.index(first);
        let old = self.runs[index].clone();
        let end = old.first + old.count;
        let mut parts = Vec::with_capacity(3);
        if old.first < first {
            parts.push(Run { count: first - old.first, ..old.clone() });
        }
        parts.push(Run { first, count, role, name });
        if first + count < end {
            parts.push(Run { first: first + count, count: end - first - count, ..old });
        }
        self.runs.splice(index..=index, parts);
    }

    /// Gives the first available address away; `None` when there is none left.
    pub(super) fn take_next(&mut self, name: &str) -> Option<u128> {
        let available = |run: &Run| run.role == Role::Available;
        let index = self.used_up + self.runs[self.used_up..].iter().position(available)?;
        self.used_up = index;
        let first = self.runs[index].first;
        self.put(first, 1, Role::Assigned, Some(name.to_owned()));
        Some(first)
    }

    /// The first available address.
    pub(super) fn first_available(&self) -> Option<u128> {
        self.runs.iter().find(|run| run.role == Role::Available).map(|run| run.first)
    }

    /// How many addresses are available.
    pub(super) fn available(&self) -> u128 {
        self.runs.iter().filter(|run| run.role == Role::Available).map(|run| run.count).sum()
    }

    /// The runs, neighbours that say the same made one. Named addresses stay apart: each is somebody's.
    pub(super) fn finish(self) -> Vec<Run> {
        let mut done: Vec<Run> = Vec::with_capacity(self.runs.len());
        for run in self.runs {
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
