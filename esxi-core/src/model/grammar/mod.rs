//! The grammar table: one row a command of `esxcli`.
//!
//! The table drives parsing, recognition of typed commands, usage texts and the choice of the text layout. Behind
//! the rows of the families stand those of the index, so that a real command that is not modelled is told from a
//! typing mistake; [`coverage()`] says which is which.

mod coverage;
mod index;

pub use coverage::{Covered, RELEASES, Support, coverage};
pub use index::Standing;

use super::family::FAMILIES;
use crate::version::EsxiVersion;
use std::sync::OnceLock;

/// How well a row or wording is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Common belief; no public source was found.
    Believed,
    /// Seen in a public source: a captured output, a generated index of a live host, or code that ran on one.
    Verified,
}

/// The type of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Str,
    /// A decimal integer.
    Int,
    /// `0 1 n no y yes f false t true off on`, any case.
    Bool,
    /// Stands alone, takes no value.
    Flag,
    /// An address; esxcli itself calls it a string.
    Ip,
    /// Names with commas between them; empty clears.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl Kind {
    /// The word of usage texts: `<str>`, `<long>`, `<bool>`; nothing for a flag.
    pub fn placeholder(self) -> Option<&'static str> {
        match self {
            Kind::Flag => None,
            Kind::Int => Some("<long>"),
            Kind::Bool => Some("<bool>"),
            Kind::Str | Kind::Ip | Kind::List | Kind::Choice(_) => Some("<str>"),
        }
    }
}

/// An option of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opt {
    /// The letter after one dash.
    pub short: Option<char>,
    /// The word after two dashes.
    pub long: &'static str,
    /// Value type.
    pub kind: Kind,
    /// The command is refused without it.
    pub required: bool,
    /// May be given more than once.
    pub repeats: bool,
    /// Never to be written into a log; esxcli asks for it when its value is missing.
    pub secret: bool,
    /// First release that has it.
    pub since: EsxiVersion,
    /// First release that no longer has it.
    pub until: Option<EsxiVersion>,
    /// What it means, in our words.
    pub help: &'static str,
}

impl Opt {
    /// `-v|--vswitch-name`, as error texts name it.
    pub fn name(&self) -> String {
        match self.short {
            Some(short) => format!("-{short}|--{}", self.long),
            None => format!("--{}", self.long),
        }
    }
    /// The same option, required.
    pub(in crate::model) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
    /// The same option, from this release on.
    pub(in crate::model) const fn since(mut self, version: EsxiVersion) -> Self {
        self.since = version;
        self
    }
    /// The same option, given as often as one likes.
    pub(in crate::model) const fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }
    /// The same option, whose value is a secret.
    pub(in crate::model) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

/// A row's option: may be left out.
pub(in crate::model) const fn opt(short: char, long: &'static str, kind: Kind, help: &'static str) -> Opt {
    Opt {
        short: Some(short),
        long,
        kind,
        required: false,
        repeats: false,
        secret: false,
        since: EsxiVersion::new(5, 0),
        until: None,
        help,
    }
}

/// A row's option: must be given.
pub(in crate::model) const fn req(short: char, long: &'static str, kind: Kind, help: &'static str) -> Opt {
    opt(short, long, kind, help).required()
}

/// Layout of a command's text output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing on success.
    None,
    /// One structure, `   Label: value`.
    Simple,
    /// Structures one after the other, each under its key.
    Headed,
    /// Columns over dash runs.
    Table,
    /// A bare value in column 0.
    Bare,
}

/// One command.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Words after `esxcli`, one blank between them.
    pub path: &'static str,
    /// Options in the order of the usage text.
    pub options: &'static [Opt],
    /// Text layout.
    pub shape: Shape,
    /// First release that has the command.
    pub since: EsxiVersion,
    /// First release that no longer has it.
    pub until: Option<EsxiVersion>,
    /// How well the row is known.
    pub evidence: Level,
    /// Every option is known: another one is a mistake. Otherwise it is only one that the table lacks.
    pub whole: bool,
    /// What it does, in our words; empty where only its name is known.
    pub help: &'static str,
}

impl Row {
    /// Words after `esxcli`.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.path.split(' ')
    }
    /// Whether a release has the command.
    pub fn exists_in(&self, version: EsxiVersion) -> bool {
        version >= self.since && self.until.is_none_or(|until| version < until)
    }
    /// The options a release has.
    pub fn options_in(&self, version: EsxiVersion) -> impl Iterator<Item = &'static Opt> {
        self.options
            .iter()
            .filter(move |option| version >= option.since && option.until.is_none_or(|until| version < until))
    }
}

/// Writes rows: path, first release, shape, evidence, help, options.
macro_rules! table {
    ($($path:literal $since:ident $shape:ident $evidence:ident $help:literal [$($option:expr),* $(,)?];)*) => {
        &[$($crate::model::grammar::Row {
            path: $path,
            options: &[$($option),*],
            shape: $crate::model::grammar::Shape::$shape,
            since: $crate::model::grammar::$since,
            until: None,
            evidence: $crate::model::grammar::Level::$evidence,
            whole: true,
            help: $help,
        }),*]
    };
}
pub(in crate::model) use table;

pub(in crate::model) const V5_0: EsxiVersion = EsxiVersion::new(5, 0);
pub(in crate::model) const V5_1: EsxiVersion = EsxiVersion::new(5, 1);
pub(in crate::model) const V5_5: EsxiVersion = EsxiVersion::new(5, 5);
pub(in crate::model) const V6_0: EsxiVersion = EsxiVersion::new(6, 0);
pub(in crate::model) const V6_5: EsxiVersion = EsxiVersion::new(6, 5);
pub(in crate::model) const V6_7: EsxiVersion = EsxiVersion::new(6, 7);
pub(in crate::model) const V7_0: EsxiVersion = EsxiVersion::new(7, 0);
pub(in crate::model) const V8_0: EsxiVersion = EsxiVersion::new(8, 0);
pub(in crate::model) const V9_0: EsxiVersion = EsxiVersion::new(9, 0);

/// Every row of the families.
///
/// ```
/// use esxi_core::model::grammar;
/// let row = grammar::rows().find(|row| row.path == "network ip route ipv4 add").unwrap();
/// assert!(!row.exists_in("5.0".parse()?));
/// assert!(row.options.iter().any(|option| option.name() == "-g|--gateway"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().flat_map(|family| family.rows.iter().chain(family.parse_only)).copied().flatten()
}

/// The rows that the model executes.
pub fn executed() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().flat_map(|family| family.rows).copied().flatten()
}

/// Rows of the families and, for commands that none of them has, of the index; sorted by path, so that what
/// stands below a namespace stands together.
fn all() -> &'static [&'static Row] {
    static ALL: OnceLock<Vec<&'static Row>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<&'static Row> =
            rows().chain(index::entries().iter().map(|entry| &entry.row)).collect();
        // Stable: the family's row stays before that of the index, which then goes.
        all.sort_by_key(|row| row.path);
        all.dedup_by(|later, first| later.path == first.path && !later.whole);
        all
    })
}

/// The row of a command, if the release has it.
pub fn row(path: &str, version: EsxiVersion) -> Option<&'static Row> {
    let all = all();
    let from = all.partition_point(|row| row.path < path);
    all[from..].iter().take_while(|row| row.path == path).find(|row| row.exists_in(version)).copied()
}

/// Rows below a namespace, which none of them is itself, and the length of its name with the blank behind it.
fn inside(namespace: &[&str], version: EsxiVersion) -> (impl Iterator<Item = &'static Row>, usize) {
    let mut prefix = namespace.join(" ");
    if !prefix.is_empty() {
        prefix.push(' ');
    }
    let length = prefix.len();
    let all = all();
    let from = all.partition_point(|row| row.path < prefix.as_str());
    let rows = all[from..].iter().take_while(move |row| row.path.starts_with(&prefix)).copied();
    (rows.filter(move |row| row.exists_in(version)), length)
}

/// Whether these words are a namespace of a release.
pub fn is_namespace(words: &[&str], version: EsxiVersion) -> bool {
    inside(words, version).0.next().is_some()
}

/// What stands directly below a namespace: `(word, is a command, help)`, sorted by word. Empty when the words
/// are no namespace.
pub fn below(namespace: &[&str], version: EsxiVersion) -> Vec<(&'static str, bool, &'static str)> {
    let (rows, length) = inside(namespace, version);
    let mut found = std::collections::BTreeMap::new();
    for row in rows {
        let (word, command) = match row.path[length..].split_once(' ') {
            Some((word, _)) => (word, false),
            None => (&row.path[length..], true),
        };
        found.entry(word).or_insert((command, if command { row.help } else { "" }));
    }
    found.into_iter().map(|(word, (command, help))| (word, command, help)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_options_are_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for row in rows() {
            assert!(seen.insert(row.path), "{} stands twice", row.path);
            let mut names = std::collections::BTreeSet::new();
            for option in row.options {
                assert!(names.insert(option.long.to_owned()), "{} {}", row.path, option.long);
                if let Some(short) = option.short {
                    assert!(names.insert(short.to_string()), "{} -{short}", row.path);
                }
            }
            assert!(!row.help.is_empty() && row.whole);
            // Three say what they did: acceptance level, software iSCSI, default policy of an array type.
            assert!(
                matches!(row.shape, Shape::None | Shape::Bare) || !row.path.ends_with(" set"),
                "{}",
                row.path
            );
        }
    }

    #[test]
    fn no_command_is_also_a_namespace() {
        for row in all() {
            let words: Vec<&str> = row.words().collect();
            assert!(!RELEASES.iter().any(|version| is_namespace(&words, *version)), "{}", row.path);
        }
    }

    /// Each modelled command stands in the 6.7 list, which was taken from a live host.
    #[test]
    fn rows_stand_in_the_command_list_of_6_7() {
        let Some(text) = crate::model::samples::read("command-index/esxcli-6.7-leaf-commands.txt") else {
            return;
        };
        let listed: std::collections::BTreeSet<&str> =
            text.lines().filter_map(|line| line.strip_prefix("esxcli ")).collect();
        for row in rows().filter(|row| row.exists_in(EsxiVersion::new(6, 7))) {
            assert!(listed.contains(row.path), "{}", row.path);
        }
        for path in &listed {
            assert!(row(path, EsxiVersion::new(6, 7)).is_some(), "{path}");
        }
    }

    /// A family may know more of a command than the index, but not that it is missing where it was seen, nor
    /// that it is there where a whole index lacks it.
    #[test]
    fn families_do_not_contradict_the_index() {
        for row in rows() {
            for version in RELEASES {
                let standing = index::entry_of(row.path).and_then(|entry| entry.standing(version));
                if standing == Some(Standing::Indexed) {
                    assert!(row.exists_in(version), "{} was seen in {version}", row.path);
                } else if matches!((version.major, version.minor), (5, 0) | (6, 7)) {
                    assert!(!row.exists_in(version), "{} is not in the index of {version}", row.path);
                }
            }
        }
    }
}
