//! Families of commands: each brings its rows and executes them.

use super::grammar::Row;
use super::machine::{Machine, Output};
use super::parse::{Invocation, NOT_MODELLED};
use super::surroundings::Surroundings;
use super::value::Value;
use super::{firewall, guests, hardware, listing, network, software, storage, system};

/// The commands below one part of esxcli's tree, and what executes them.
pub(super) struct Family {
    /// Commands that are executed.
    pub rows: &'static [&'static [Row]],
    /// Commands whose words are checked, but that the model does not execute: status 70.
    pub parse_only: &'static [&'static [Row]],
    /// Executes a command of `rows`. `None` for one of another family.
    pub run: fn(&mut Console<'_>, &Invocation) -> Option<Reply>,
    /// Programs beside esxcli that belong here.
    pub tools: &'static [Tool],
}

/// A program of the host that is not esxcli.
pub(super) struct Tool {
    /// Its name, or its whole path where it lies in neither `/bin` nor `/sbin`.
    pub name: &'static str,
    /// Executes it. A refused call leaves the machine as it was.
    pub run: fn(&mut Console<'_>, &Call<'_>) -> Output,
}

/// A call of a program.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Its name or path, and its words.
    pub argv: &'a [String],
    /// What stands on its standard input, for the few that read it.
    pub stdin: &'a [u8],
    /// The folder it is called in.
    pub folder: &'a str,
}

impl<'a> Call<'a> {
    /// A call in `/` with nothing on its standard input.
    pub fn new(argv: &'a [String]) -> Self {
        Call { argv, stdin: b"", folder: "/" }
    }
    /// Last part of the program's name.
    pub fn name(&self) -> &'a str {
        self.argv.first().map_or("", |first| first.rsplit('/').next().unwrap_or(first))
    }
    /// The words after it.
    pub fn words(&self) -> &'a [String] {
        self.argv.get(1..).unwrap_or_default()
    }
    /// The same, to be matched as a slice.
    pub(super) fn texts(&self) -> Vec<&'a str> {
        self.words().iter().map(String::as_str).collect()
    }
    /// A path as the host sees it: relative ones begin in the folder of the call.
    pub fn path(&self, word: &str) -> String {
        if word.starts_with('/') {
            word.to_owned()
        } else {
            format!("{}/{word}", self.folder.trim_end_matches('/'))
        }
    }
}

/// Where a command is executed.
pub(super) struct Console<'a> {
    /// The host.
    pub machine: &'a mut Machine,
    /// What lies around it.
    pub around: &'a mut dyn Surroundings,
}

/// What comes back: an answer, or the bare sentence of a refusal (standard output, status 1). A refused command
/// leaves the machine as it was: check first, change then.
pub(super) type Reply = Result<Answer, String>;

/// What a command that went well leaves behind.
#[derive(Debug)]
pub(super) enum Answer {
    /// Nothing to say.
    Done,
    /// A result, written as the formatter asks.
    Value(Value),
    /// Nothing to say, but the host goes on to do this.
    Then(Then),
}

/// What a host does once a command has ended; whoever runs the machine carries it out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Then {
    /// Writes the configuration to the boot bank.
    Save,
    /// Goes down in good order, which saves, after a delay in seconds.
    Shutdown {
        /// Comes up again.
        restart: bool,
        /// Seconds until it begins.
        delay: u32,
    },
    /// Goes down at once without saving, and comes up again.
    Reset,
}

/// Words that the tool may know but the model does not.
pub(super) fn not_modelled(tool: &str, words: &[&str]) -> Output {
    let stderr = format!("esxi-sim: not modelled: {tool} {}\n", words.join(" ")).into_bytes();
    Output { stderr, status: NOT_MODELLED, ..Output::default() }
}

/// Every family.
pub(super) static FAMILIES: [&Family; 9] = [
    &listing::FAMILY,
    &network::FAMILY,
    &firewall::FAMILY,
    &system::FAMILY,
    &system::SCRIPTS,
    &storage::FAMILY,
    &software::FAMILY,
    &hardware::FAMILY,
    &guests::FAMILY,
];
