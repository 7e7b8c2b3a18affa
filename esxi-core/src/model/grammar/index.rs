//! Which commands exist, release by release, whether or not the model knows how to execute them.
//!
//! `index.txt` holds the facts and says where they come from. What it knows becomes rows behind those of the
//! families: a command that is real but not modelled is told from a typing mistake, and its options are checked
//! as far as they are known.

use super::{Kind, Level, Opt, Row, Shape};
use crate::version::EsxiVersion;
use std::sync::OnceLock;

static TEXT: &str = include_str!("index.txt");

/// Releases (major and minor) of which there is a public index.
const INDEXED: [EsxiVersion; 5] = [
    EsxiVersion::new(5, 0),
    EsxiVersion::new(6, 7),
    EsxiVersion::new(7, 0),
    EsxiVersion::new(8, 0),
    EsxiVersion::new(9, 0),
];

/// How it is known that a release has a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It stands in a public index of this release.
    Indexed,
    /// Indexes of an older and of a newer release have it.
    Between,
    /// Only belief, or an index of an older release, says so.
    Believed,
}

/// A command of the index.
#[derive(Debug)]
pub(super) struct Entry {
    pub row: Row,
    /// One bit for each of [`INDEXED`].
    seen: u8,
    /// Whether an index tells its options.
    pub options_known: bool,
}

impl Entry {
    /// How it is known that this release has the command; `None` where it has not.
    pub(super) fn standing(&self, version: EsxiVersion) -> Option<Standing> {
        if !self.row.exists_in(version) {
            return None;
        }
        let release = EsxiVersion::new(version.major, version.minor);
        let any = |fits: &dyn Fn(&EsxiVersion) -> bool| {
            INDEXED.iter().enumerate().any(|(bit, indexed)| self.seen & (1 << bit) != 0 && fits(indexed))
        };
        Some(if any(&|indexed| *indexed == release) {
            Standing::Indexed
        } else if any(&|indexed| *indexed < release) && any(&|indexed| *indexed > release) {
            Standing::Between
        } else {
            Standing::Believed
        })
    }
}

/// Every command of the index, by its path.
pub(super) fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let mut paths = paths().lines();
        let mut options = options().iter();
        let mut entries: Vec<Entry> =
            commands().filter_map(|(_, facts)| Some(entry(paths.next()?, options.next()?, facts))).collect();
        entries.sort_unstable_by(|a, b| a.row.path.cmp(b.row.path));
        entries
    })
}

pub(super) fn entry_of(path: &str) -> Option<&'static Entry> {
    let entries = entries();
    entries.binary_search_by(|entry| entry.row.path.cmp(path)).ok().map(|at| &entries[at])
}

/// Lines with a word: its level and what stands behind it.
fn lines() -> impl Iterator<Item = (usize, &'static str, &'static str)> {
    TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let word = line.trim_start_matches('\t');
        let (name, facts) = word.split_once(' ').unwrap_or((word, ""));
        (line.len() - word.len(), name, facts)
    })
}

/// Commands: their words and their facts.
fn commands() -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    let mut words: Vec<&'static str> = Vec::new();
    lines().filter_map(move |(level, name, facts)| {
        words.truncate(level);
        words.push(name);
        (!facts.is_empty()).then(|| (words.clone(), facts))
    })
}

/// The path of every command, a line each; rows borrow from it.
fn paths() -> &'static str {
    static PATHS: OnceLock<String> = OnceLock::new();
    PATHS.get_or_init(|| commands().map(|(words, _)| words.join(" ") + "\n").collect())
}

/// The options of every command; rows borrow from it.
fn options() -> &'static [Vec<Opt>] {
    static OPTIONS: OnceLock<Vec<Vec<Opt>>> = OnceLock::new();
    OPTIONS
        .get_or_init(|| commands().map(|(_, facts)| facts.split(' ').filter_map(option).collect()).collect())
}

fn option(fact: &'static str) -> Option<Opt> {
    let (head, kind) = fact.split_once('=')?;
    let (short, long) = head.split_once("--")?;
    let required = kind.ends_with('!');
    let kind = kind.trim_end_matches('!');
    let repeats = kind.ends_with('+');
    let kind = match kind.trim_end_matches('+') {
        "i" => Kind::Int,
        "b" => Kind::Bool,
        "f" => Kind::Flag,
        _ => Kind::Str,
    };
    Some(Opt {
        short: short.chars().next(),
        long,
        kind,
        required,
        repeats,
        // Passwords of CHAP.
        secret: long == "secret",
        since: EsxiVersion::new(5, 0),
        until: None,
        help: "",
    })
}

fn entry(path: &'static str, options: &'static [Opt], facts: &'static str) -> Entry {
    let mut entry = Entry {
        row: Row {
            path,
            options,
            shape: Shape::None,
            since: EsxiVersion::NEWEST_KNOWN,
            until: None,
            evidence: Level::Believed,
            whole: false,
            help: "",
        },
        seen: 0,
        options_known: !options.is_empty(),
    };
    for fact in facts.split(' ') {
        let row = &mut entry.row;
        if let Some(first) = fact.strip_prefix('~').and_then(release) {
            row.since = row.since.min(first);
        } else if let Some(gone) = fact.strip_prefix('-').and_then(release) {
            row.until = Some(gone);
        } else if let Some(seen) = release(fact) {
            row.since = row.since.min(EsxiVersion::new(seen.major, seen.minor));
            row.evidence = Level::Verified;
            for (bit, indexed) in INDEXED.iter().enumerate() {
                if (indexed.major, indexed.minor) == (seen.major, seen.minor) {
                    entry.seen |= 1 << bit;
                }
            }
            // These indexes tell options, be there none; the others only words.
            entry.options_known |= seen == INDEXED[0] || seen.update != 0;
        }
    }
    entry
}

fn release(text: &str) -> Option<EsxiVersion> {
    text.starts_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;
    use std::collections::BTreeSet;

    #[test]
    fn every_fact_is_understood_and_no_command_is_a_namespace() {
        for (words, facts) in commands() {
            for fact in facts.split(' ') {
                let bound = fact.strip_prefix(['~', '-']).and_then(release);
                assert!(
                    release(fact).or(bound).is_some() || option(fact).is_some(),
                    "{}: {fact}",
                    words.join(" ")
                );
            }
        }
        for pair in entries().windows(2) {
            let (one, next) = (pair[0].row.path, pair[1].row.path);
            assert!(one < next && !next.starts_with(&format!("{one} ")), "{one}, {next}");
        }
        assert!(entries().iter().all(|entry| entry.row.until.is_none_or(|until| until > entry.row.since)));
    }

    fn csv(name: &str) -> Option<Vec<Vec<String>>> {
        let text = samples::read(&format!("command-index/{name}"))?;
        let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
        Some(rows.map(|line| line.split(',').map(str::to_owned).collect()).collect())
    }

    fn indexed(version: EsxiVersion) -> BTreeSet<String> {
        let there = entries().iter().filter(|entry| entry.standing(version) == Some(Standing::Indexed));
        there.map(|entry| entry.row.path.to_owned()).collect()
    }

    fn path(row: &[String]) -> String {
        format!("{} {}", row[0].replace('.', " "), row[1])
    }

    #[test]
    fn the_index_is_that_of_the_public_files() {
        if let Some(rows) = csv("esxcli-5.0-vim-methods.csv") {
            let theirs: BTreeSet<String> = rows.iter().map(|row| path(row)).collect();
            assert_eq!(indexed(EsxiVersion::new(5, 0)), theirs);
            for row in &rows {
                let entry = entry_of(&path(row)).unwrap();
                for parameter in row[2].split_whitespace().chain(row[3].split_whitespace()) {
                    let (name, kind) = parameter.split_once(':').unwrap();
                    let same = |option: &&Opt| option.long.replace('-', "") == name;
                    let option =
                        entry.row.options.iter().find(same).unwrap_or_else(|| panic!("{row:?}: {name}"));
                    assert_eq!(option.required, row[2].split(' ').any(|one| one == parameter), "{row:?}");
                    assert_eq!(option.kind == Kind::Int, kind == "long", "{row:?}: {name}");
                    let truth = matches!(option.kind, Kind::Bool | Kind::Flag);
                    assert_eq!(truth, kind == "boolean", "{row:?}: {name}");
                    assert_eq!(option.repeats, kind.ends_with("[]"), "{row:?}: {name}");
                }
            }
        }
        if let Some(text) = samples::read("command-index/esxcli-6.7-leaf-commands.txt") {
            let theirs: BTreeSet<String> =
                text.lines().filter_map(|line| line.strip_prefix("esxcli ")).map(str::to_owned).collect();
            assert_eq!(indexed(EsxiVersion::new(6, 7)), theirs);
        }
        let (Some(options), Some(guides)) =
            (csv("esxcli-8.0.1-options-subset.csv"), csv("commands-named-in-stig-7.0-8.0-9.x.csv"))
        else {
            return;
        };
        for (version, name) in [((7, 0), "7.0"), ((8, 0), "8.0"), ((9, 0), "9.x")] {
            let named = guides.iter().filter(|row| row[1].split(' ').any(|one| one == name));
            let mut theirs: BTreeSet<String> = named.map(|row| row[0].clone()).collect();
            if name == "8.0" {
                theirs.extend(options.iter().map(|row| path(row)));
            }
            assert_eq!(indexed(EsxiVersion::new(version.0, version.1)), theirs, "{name}");
        }
        for row in options.iter().filter(|row| !row[2].is_empty()) {
            let entry = entry_of(&path(row)).unwrap();
            let option = entry.row.options.iter().find(|option| option.long == row[2]).unwrap();
            let names: Vec<String> = option.name().split('|').map(str::to_owned).collect();
            assert_eq!(names, row[3].split(' ').collect::<Vec<_>>(), "{row:?}");
            assert_eq!(option.kind == Kind::Flag, row[4] == "true", "{row:?}");
        }
    }

    /// What the whole indexes of 5.0 and 6.7 lack was not there.
    #[test]
    fn nothing_is_believed_of_a_release_whose_index_is_whole() {
        for version in [EsxiVersion::new(5, 0), EsxiVersion::new(6, 7)] {
            for entry in entries() {
                let standing = entry.standing(version);
                assert!(matches!(standing, None | Some(Standing::Indexed)), "{version} {}", entry.row.path);
            }
        }
    }

    #[test]
    fn between_two_indexes_is_told_from_after_the_last() {
        let list = entry_of("network nic list").unwrap();
        assert_eq!(list.standing(EsxiVersion::new(6, 0)), Some(Standing::Between));
        assert_eq!(list.standing("6.7.3".parse().unwrap()), Some(Standing::Indexed));
        assert_eq!(list.standing(EsxiVersion::new(7, 0)), Some(Standing::Believed));
        let fence = entry_of("network fence list").unwrap();
        assert_eq!(fence.standing(EsxiVersion::new(5, 5)), None);
        let encryption = entry_of("system settings encryption get").unwrap();
        assert_eq!(encryption.standing("8.0.2".parse().unwrap()), Some(Standing::Indexed));
    }
}
