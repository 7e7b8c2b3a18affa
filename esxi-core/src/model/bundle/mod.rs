//! What a host says, as it says it: raw output of every command that only shows something, in one file.
//!
//! A bundle carries reality to where no host is: [`doctor`](super::doctor) compares it with what the parsers, the
//! grammar and the tables of this project expect. It is a file of JSON lines. The first line names the format:
//!
//! ```json
//! {"schema":1,"bundle":"esxi","esxi":"8.0.2","names_kept":false}
//! ```
//!
//! Every other line is one command that was run: `form` is `text`, `xml`, `help` (the usage text of a command) or
//! `shell` (a program beside esxcli), `argv` its words, `status` how it ended, `output` what it wrote.
//!
//! ```json
//! {"form":"text","argv":["esxcli","network","nic","list"],"status":0,"output":"Name    PCI Device .."}
//! ```

mod ask;
mod redact;

pub use ask::{collect, script};
pub(super) use ask::{names, said};

use super::read::read_text;
use crate::diag::Diagnostic;
use crate::diag::codes::{self, Code};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Output of esxcli for people.
    Text,
    /// Output of esxcli as XML.
    Xml,
    /// The usage text of a command.
    Help,
    /// Output of another program.
    Shell,
}

impl Form {
    fn word(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Xml => "xml",
            Form::Help => "help",
            Form::Shell => "shell",
        }
    }
}

/// One command that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was asked for.
    pub form: Form,
    /// Its words.
    pub argv: Vec<String>,
    /// How it ended.
    pub status: i32,
    /// What it wrote to standard output and standard error, without line ends at the end.
    pub output: String,
}

impl Entry {
    /// Words of the command, without `esxcli`, its global options, and options with a name; `None` for a program
    /// beside esxcli.
    pub fn path(&self) -> Option<String> {
        let words = self.argv.strip_prefix(&["esxcli".to_owned()])?;
        let named = words.iter().skip_while(|word| word.starts_with('-'));
        Some(
            named.take_while(|word| !word.starts_with('-')).map(String::as_str).collect::<Vec<_>>().join(" "),
        )
    }
    /// The name it was asked for, if any.
    pub fn key(&self) -> Option<&str> {
        match self.argv.as_slice() {
            [.., option, name] if option.starts_with("--") && self.form != Form::Help => Some(name),
            _ => None,
        }
    }
}

/// Everything a host said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Its release, as it says itself.
    pub esxi: EsxiVersion,
    /// Whether names of hosts and domains are those of the host.
    pub names_kept: bool,
    /// What was run, in order.
    pub entries: Vec<Entry>,
}

/// The first line of a file.
#[derive(Serialize, Deserialize)]
struct Header {
    schema: u32,
    bundle: String,
    esxi: EsxiVersion,
    names_kept: bool,
}

/// Why there is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Not the script's output at all.
    #[error("the answer is not that of the bundle's script: its first mark is missing")]
    NoMark,
    /// The session ended early.
    #[error("the answer ends after \"{last}\": the session was cut off; ask again")]
    Truncated {
        /// The last command.
        last: String,
    },
    /// The release is not known, so nothing can be compared.
    #[error("the host did not report its version")]
    NoVersion,
    /// The file is no bundle.
    #[error("this is no bundle: its first line does not say so")]
    NoBundle,
    /// The file is a bundle of a later release of this program.
    #[error("the bundle has format {0}; this program reads format 1")]
    Format(u32),
    /// A line of the file cannot be read.
    #[error("line {line} of the bundle is damaged: {why}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What the reader says.
        why: String,
    },
}

impl BundleError {
    /// Its stable code.
    pub fn code(&self) -> Code {
        codes::BUNDLE_UNREADABLE
    }
    /// As a finding.
    pub fn diagnostic(&self) -> Diagnostic {
        let help = "write it anew with `esxi facts --host ssh://root@ADDRESS --bundle FILE`";
        Diagnostic::error(self.code(), self.to_string()).help(help)
    }
}

impl Bundle {
    /// Reads the output of [`script`] and redacts it: serial numbers, UUIDs, the tail of MAC addresses and IP
    /// addresses become pseudonyms of the same length, the same wherever they stand; licence keys, hashes and keys
    /// become rows of `x`. Names of hosts and domains become pseudonyms unless `keep_names`. Names of port groups,
    /// datastores and virtual machines stay.
    ///
    /// # Errors
    /// [`BundleError`] when the output is not that of the script, is cut off, or names no version.
    ///
    /// ```
    /// use esxi_core::model::{Machine, Memory, bundle};
    /// use esxi_core::state::{FactoryNic, factory};
    /// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
    /// let mut host = Machine::new(factory("7.0".parse()?, &[nic]));
    /// let answer = bundle::collect(&mut host, &mut Memory::default());
    /// let bundle = bundle::Bundle::from_answer(&answer, false)?;
    /// let file = bundle.to_file();
    /// assert!(file.starts_with("{\"schema\":1,\"bundle\":\"esxi\",\"esxi\":\"7.0.0\""));
    /// assert!(!file.contains("7a:b5:80:02") && !file.contains("b5:80:02"));
    /// assert_eq!(bundle::Bundle::from_file(&file)?, bundle);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_answer(answer: &str, keep_names: bool) -> Result<Self, BundleError> {
        let mut entries = ask::entries(answer)?;
        let esxi = version(&entries).ok_or(BundleError::NoVersion)?;
        redact::redact(&mut entries, keep_names);
        Ok(Bundle { esxi, names_kept: keep_names, entries })
    }

    /// The file: JSON lines.
    pub fn to_file(&self) -> String {
        let header =
            Header { schema: 1, bundle: "esxi".to_owned(), esxi: self.esxi, names_kept: self.names_kept };
        let mut file = serde_json::to_string(&header).unwrap_or_default() + "\n";
        for entry in &self.entries {
            file.push_str(&serde_json::to_string(entry).unwrap_or_default());
            file.push('\n');
        }
        file
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`BundleError`] that names the line.
    pub fn from_file(text: &str) -> Result<Self, BundleError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, first) = lines.next().ok_or(BundleError::NoBundle)?;
        let header: serde_json::Value = serde_json::from_str(first).map_err(|_| BundleError::NoBundle)?;
        if header["bundle"] != "esxi" {
            return Err(BundleError::NoBundle);
        }
        if header["schema"] != 1 {
            return Err(BundleError::Format(
                header["schema"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0),
            ));
        }
        let damaged = |at: usize| {
            move |error: serde_json::Error| BundleError::Line { line: at + 1, why: error.to_string() }
        };
        let header: Header = serde_json::from_value(header).map_err(damaged(0))?;
        let entries = lines.map(|(at, line)| serde_json::from_str(line).map_err(damaged(at)));
        let entries = entries.collect::<Result<Vec<Entry>, _>>()?;
        Ok(Bundle { esxi: header.esxi, names_kept: header.names_kept, entries })
    }
}

/// The release, from `system version get`.
fn version(entries: &[Entry]) -> Option<EsxiVersion> {
    let asked =
        |entry: &&Entry| entry.form == Form::Text && entry.path().as_deref() == Some("system version get");
    let reading = read_text(&entries.iter().find(asked)?.output);
    let one = reading.structures().first()?;
    let field = |name: &str| one.get(name).map(super::value::Value::text);
    let mut version: EsxiVersion = field("Version")?.parse().ok()?;
    // Up to 6.7 the version ends in 0 and the update stands apart.
    version.update = version.update.max(field("Update").and_then(|update| update.parse().ok()).unwrap_or(0));
    version.patch = field("Patch").and_then(|patch| patch.parse().ok()).unwrap_or(0);
    Some(version)
}

#[cfg(test)]
mod tests;
