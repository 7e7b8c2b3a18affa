//! Advanced options: one tree of names for `esxcli system settings advanced`, `esxcfg-advcfg` and
//! `vim-cmd hostsvc/advopt`.
//!
//! The tables say what each release has; a machine stores only what was changed or added.

mod command;
mod legacy;
mod table;
mod table_vars;

pub(super) use command::run;
pub(super) use legacy::advcfg;

use crate::model::grammar::Level;
use crate::model::machine::Machine;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// An integer.
    Int(i64),
    /// A text.
    Text(String),
}

/// An option that was added to a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// What it begins with; says the type, too.
    pub default: Setting,
    /// Least and greatest integer.
    pub range: (i64, i64),
    /// What it means.
    pub description: String,
    /// Not listed unless named.
    pub hidden: bool,
    /// Its value is the host's own, not for a profile of many.
    pub host_specific: bool,
    /// What has to happen for a new value to count.
    pub impact: String,
}

/// What a host has changed of its advanced options.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// Values that differ from the default, by path.
    pub changed: BTreeMap<String, Setting>,
    /// Options that no release has, by path.
    pub added: BTreeMap<String, Added>,
}

/// A default in a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Preset {
    /// An integer.
    Int(i64),
    /// A text.
    Text(&'static str),
}

impl Preset {
    fn value(self) -> Setting {
        match self {
            Preset::Int(number) => Setting::Int(number),
            Preset::Text(text) => Setting::Text(text.to_owned()),
        }
    }
}

/// An option that releases have.
#[derive(Debug)]
pub(super) struct Advanced {
    /// `/Tree/Name`.
    pub path: &'static str,
    /// Least and greatest integer; nothing for a text.
    pub range: (i64, i64),
    /// The default from each release on; the first is the release that brought the option.
    pub defaults: &'static [(EsxiVersion, Preset)],
    /// How well the default is known.
    pub evidence: Level,
    /// What it means, in our words.
    pub help: &'static str,
}

impl Advanced {
    fn default_in(&self, version: EsxiVersion) -> Option<Preset> {
        self.defaults.iter().rev().find(|(since, _)| version >= *since).map(|(_, preset)| *preset)
    }
}

/// Rows of integers: path, evidence, least, greatest, what it means, defaults by release.
macro_rules! ints {
    ($($path:literal $evidence:ident $min:literal $max:literal $help:literal
       [$($since:ident $value:expr),+ $(,)?];)*) => {
        &[$($crate::model::system::settings::Advanced {
            path: $path,
            range: ($min, $max),
            defaults: &[$(($since, $crate::model::system::settings::Preset::Int($value))),+],
            evidence: $crate::model::grammar::Level::$evidence,
            help: $help,
        }),*]
    };
}
/// Rows of texts: path, evidence, what it means, defaults by release.
macro_rules! texts {
    ($($path:literal $evidence:ident $help:literal [$($since:ident $value:expr),+ $(,)?];)*) => {
        &[$($crate::model::system::settings::Advanced {
            path: $path,
            range: (0, 0),
            defaults: &[$(($since, $crate::model::system::settings::Preset::Text($value))),+],
            evidence: $crate::model::grammar::Level::$evidence,
            help: $help,
        }),*]
    };
}
use {ints, texts};

fn table() -> impl Iterator<Item = &'static Advanced> {
    [table_vars::INTS, table_vars::TEXTS, table::INTS, table::TEXTS].into_iter().flatten()
}

/// An option as a host shows it.
pub(super) struct Shown<'a> {
    /// `/Tree/Name`.
    pub path: &'a str,
    /// Now.
    pub value: Setting,
    /// Then.
    pub default: Setting,
    /// Least and greatest integer.
    pub range: (i64, i64),
    /// What it means.
    pub description: Cow<'a, str>,
    /// Only listed when named.
    pub hidden: bool,
    /// The host's own.
    pub host_specific: bool,
    /// What a change asks for.
    pub impact: &'a str,
}

fn shown<'a>(machine: &'a Machine, row: &'static Advanced) -> Option<Shown<'a>> {
    let default = row.default_in(machine.state.version)?.value();
    let value = machine.system.settings.changed.get(row.path).unwrap_or(&default).clone();
    Some(Shown {
        path: row.path,
        value,
        default,
        range: row.range,
        description: row.help.into(),
        hidden: false,
        host_specific: false,
        impact: "none",
    })
}

fn shown_added<'a>(machine: &'a Machine, path: &'a str, added: &'a Added) -> Shown<'a> {
    Shown {
        path,
        value: machine.system.settings.changed.get(path).unwrap_or(&added.default).clone(),
        default: added.default.clone(),
        range: added.range,
        description: added.description.as_str().into(),
        hidden: added.hidden,
        host_specific: added.host_specific,
        impact: &added.impact,
    }
}

/// One option, by its path.
pub(super) fn find<'a>(machine: &'a Machine, path: &'a str) -> Option<Shown<'a>> {
    if let Some(added) = machine.system.settings.added.get(path) {
        return Some(shown_added(machine, path, added));
    }
    table().find(|row| row.path == path).and_then(|row| shown(machine, row))
}

impl Machine {
    /// The value of an advanced option, by its path, and how well its default is known. `None` where the release
    /// has no such option.
    ///
    /// ```
    /// use esxi_core::model::{Machine, Setting, grammar::Level};
    /// let host = Machine::new(esxi_core::state::factory("7.0".parse()?, &[]));
    /// let failures = host.setting("/Security/AccountLockFailures");
    /// assert_eq!(failures, Some((Setting::Int(5), Level::Verified)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn setting(&self, path: &str) -> Option<(Setting, Level)> {
        let value = find(self, path)?.value;
        let evidence = table().find(|row| row.path == path).map_or(Level::Verified, |row| row.evidence);
        Some((value, evidence))
    }
}

/// Every option that a host lists, by path.
pub(super) fn all(machine: &Machine) -> Vec<Shown<'_>> {
    let added = &machine.system.settings.added;
    let mut list: Vec<Shown<'_>> = table().filter_map(|row| shown(machine, row)).collect();
    list.extend(added.iter().map(|(path, added)| shown_added(machine, path, added)));
    list.retain(|option| !option.hidden);
    list.sort_by(|a, b| a.path.cmp(b.path));
    list
}

/// The value of an integer option that the release has.
pub(super) fn number(machine: &Machine, path: &str) -> Option<i64> {
    match find(machine, path)?.value {
        Setting::Int(number) => Some(number),
        Setting::Text(_) => None,
    }
}

/// The value of a text option that the release has.
pub(super) fn text(machine: &Machine, path: &str) -> Option<String> {
    match find(machine, path)?.value {
        Setting::Text(text) => Some(text),
        Setting::Int(_) => None,
    }
}

/// Gives an option a value, or back its default.
///
/// # Errors
/// A sentence: no such option (its beginning is verified), a value of the other type or out of range (believed).
pub(super) fn set(machine: &mut Machine, path: &str, value: Option<Setting>) -> Result<(), String> {
    let Some(option) = find(machine, path) else {
        return Err(not_found(path));
    };
    let value = value.unwrap_or_else(|| option.default.clone());
    match (&value, &option.default) {
        (Setting::Int(number), Setting::Int(_)) => {
            let (min, max) = option.range;
            if !(min..=max).contains(number) {
                return Err(format!(
                    "Invalid value {number} for option {path}: it must be from {min} to {max}"
                ));
            }
        }
        (Setting::Text(_), Setting::Text(_)) => {}
        (Setting::Int(_), Setting::Text(_)) => return Err(format!("Option {path} takes a string value")),
        (Setting::Text(_), Setting::Int(_)) => return Err(format!("Option {path} takes an integer value")),
    }
    let changed = value != option.default;
    let settings = &mut machine.system.settings;
    if changed {
        settings.changed.insert(path.to_owned(), value);
    } else {
        settings.changed.remove(path);
    }
    Ok(())
}

/// Verified beginning; that the last part of the path follows is believed.
pub(super) fn not_found(path: &str) -> String {
    format!("Unable to find option {}", path.rsplit('/').next().unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::system::testing::host;

    #[test]
    fn rows_are_sane() {
        let mut seen = std::collections::BTreeSet::new();
        for row in table() {
            assert!(seen.insert(row.path), "{} stands twice", row.path);
            assert!(row.path.starts_with('/') && row.path.matches('/').count() >= 2, "{}", row.path);
            assert!(row.defaults.windows(2).all(|pair| pair[0].0 < pair[1].0), "{}", row.path);
            for (_, preset) in row.defaults {
                if let Preset::Int(number) = preset {
                    assert!((row.range.0..=row.range.1).contains(number), "{}", row.path);
                }
            }
            assert!(row.help.ends_with('.'), "{}", row.path);
        }
    }

    #[test]
    fn only_what_differs_is_stored() {
        let mut host = host("7.0");
        let path = "/UserVars/SuppressShellWarning";
        set(&mut host, path, Some(Setting::Int(1))).unwrap();
        assert_eq!(number(&host, path), Some(1));
        assert_eq!(host.system.settings.changed.len(), 1);
        set(&mut host, path, None).unwrap();
        assert!(host.system.settings.changed.is_empty());
        assert!(set(&mut host, path, Some(Setting::Int(7))).is_err());
        assert!(set(&mut host, path, Some(Setting::Text("1".to_owned()))).is_err());
        assert_eq!(set(&mut host, "/UserVars/Nothing", None).unwrap_err(), "Unable to find option Nothing");
    }

    #[test]
    fn defaults_follow_the_release() {
        let bpdu = |version| number(&host(version), "/Net/BlockGuestBPDU");
        assert_eq!((bpdu("6.7"), bpdu("8.0")), (Some(0), Some(1)));
        assert_eq!(number(&host("5.5"), "/Security/AccountLockFailures"), None);
    }

    /// The default that the guides state for each release.
    #[test]
    fn defaults_are_those_of_the_guides() {
        let Some(csv) = crate::model::samples::read("command-index/security-defaults-per-version.csv") else {
            return;
        };
        let mut compared = 0;
        for line in csv.lines().skip(2) {
            let cells: Vec<&str> = line.splitn(4, ',').collect();
            let [version, _, parameter, rest] = cells[..] else { continue };
            // A release that the model does not know, and two sheets that contradict the installer's own page.
            if version == "9.1" || !parameter.contains('.') || parameter.contains(' ') {
                continue;
            }
            let cell = if let Some(quoted) = rest.strip_prefix("\"\"\"") {
                quoted.split("\"\"\"").next().unwrap_or_default()
            } else if let Some(quoted) = rest.strip_prefix('"') {
                quoted.split('"').next().unwrap_or_default()
            } else {
                rest.split(',').next().unwrap_or_default()
            };
            let host = host(version);
            let path = format!("/{}", parameter.replace('.', "/"));
            let Some(option) = find(&host, &path) else {
                assert!(path.starts_with("/VMkernel/Boot/"), "{version} {path} is missing");
                continue;
            };
            let ours = match &option.default {
                Setting::Int(number) => number.to_string(),
                Setting::Text(text) => text.clone(),
            };
            let theirs = match cell.trim().to_lowercase().as_str() {
                "true" => "1".to_owned(),
                "false" => "0".to_owned(),
                // An empty cell means 0 or nothing; so do these words.
                "" | "null" | "undefined" | "not configured" | "no remote syslog host is set" | "\"\"" => {
                    if matches!(option.default, Setting::Int(_)) { "0".to_owned() } else { String::new() }
                }
                _ => cell.trim().to_owned(),
            };
            // The sheets write an empty cell for a zero and for what they do not state.
            if cell.is_empty() && ours != theirs {
                continue;
            }
            let truth = |text: &str| match text {
                "true" => "1".to_owned(),
                "false" => "0".to_owned(),
                text => text.to_owned(),
            };
            assert_eq!(truth(&ours), theirs, "{version} {path}");
            compared += 1;
        }
        assert!(compared > 60, "{compared}");
    }
}
