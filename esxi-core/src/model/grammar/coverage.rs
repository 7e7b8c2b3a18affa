//! What the model executes of what exists.

use super::index::{self, Standing};
use super::{executed, rows};
use crate::version::EsxiVersion;
use std::collections::BTreeMap;

/// Releases that [`coverage`] is told of.
pub const RELEASES: [EsxiVersion; 8] = [
    EsxiVersion::new(5, 0),
    EsxiVersion::new(5, 5),
    EsxiVersion::new(6, 0),
    EsxiVersion::new(6, 5),
    EsxiVersion::new(6, 7),
    EsxiVersion::new(7, 0),
    EsxiVersion::new(8, 0),
    EsxiVersion::new(9, 0),
];

/// How far the model knows a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Support {
    /// Executed.
    Executed,
    /// Its options are checked, then status 70.
    ParseOnly,
    /// Only its name is known: status 70.
    Lacking,
}

impl Support {
    /// Every one.
    pub const ALL: [Support; 3] = [Support::Executed, Support::ParseOnly, Support::Lacking];
    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Support::Executed => "executed",
            Support::ParseOnly => "parse_only",
            Support::Lacking => "lacking",
        }
    }
}

/// A command that a release has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// Words after `esxcli`.
    pub path: &'static str,
    /// How far the model knows it.
    pub support: Support,
    /// How it is known that it exists.
    pub standing: Standing,
}

impl Covered {
    /// First word.
    pub fn namespace(&self) -> &'static str {
        self.path.split(' ').next().unwrap_or_default()
    }
}

/// Every command that a release is known or believed to have, by its path.
///
/// ```
/// use esxi_core::model::grammar::{Support, coverage};
/// let commands = coverage("7.0".parse()?);
/// let find = |path: &str| commands.iter().find(|one| one.path == path);
/// assert_eq!(find("network vswitch standard add").map(|one| one.support), Some(Support::Executed));
/// assert_eq!(find("vsan trace get").map(|one| one.support), Some(Support::Lacking));
/// assert!(find("network fence list").is_none(), "gone since 5.5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn coverage(version: EsxiVersion) -> Vec<Covered> {
    let mut found: BTreeMap<&'static str, Covered> = BTreeMap::new();
    for entry in index::entries() {
        if let Some(standing) = entry.standing(version) {
            let support = if entry.options_known { Support::ParseOnly } else { Support::Lacking };
            found.insert(entry.row.path, Covered { path: entry.row.path, support, standing });
        }
    }
    // A family knows better than the index where a command begins and ends.
    for row in rows() {
        let standing = index::entry_of(row.path).and_then(|entry| entry.standing(version));
        if row.exists_in(version) {
            let standing = standing.unwrap_or(Standing::Believed);
            found.insert(row.path, Covered { path: row.path, support: Support::ParseOnly, standing });
        } else {
            found.remove(row.path);
        }
    }
    for row in executed() {
        if let Some(covered) = found.get_mut(row.path) {
            covered.support = Support::Executed;
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_is_covered_and_what_is_executed_is_counted_once() {
        for version in RELEASES {
            let commands = coverage(version);
            let here = executed().filter(|row| row.exists_in(version)).count();
            assert_eq!(commands.iter().filter(|one| one.support == Support::Executed).count(), here);
            assert!(commands.iter().any(|one| one.standing == Standing::Indexed) == index_of(version));
        }
        assert_eq!(coverage(EsxiVersion::new(5, 0)).len(), 248);
        assert_eq!(coverage(EsxiVersion::new(6, 7)).len(), 651);
    }

    fn index_of(version: EsxiVersion) -> bool {
        matches!((version.major, version.minor), (5, 0) | (6, 7) | (7..=9, 0))
    }
}
