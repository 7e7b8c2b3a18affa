//! The tools that came before esxcli and are still there: `esxcfg-*`, and `vmkping`.

mod nics;
mod ping;
mod route;
mod vmknic;
mod vswitch;

pub(super) use nics::nics;
pub(super) use ping::vmkping;
pub(super) use route::route;
pub(super) use vmknic::vmknic;
pub(super) use vswitch::vswitch;

use crate::command::Command;
use crate::model::family::not_modelled;
use crate::model::machine::{Machine, Output};
use crate::model::run::execute;

/// Executes a typed command; says `done` when it went well.
fn change(machine: &mut Machine, command: &Command, done: &str) -> Output {
    match execute(machine, command) {
        Ok(()) => Output::ok(done),
        Err(sentence) => Output::refused(sentence),
    }
}

/// Reads a word as a value, or refuses (the sentence is believed).
fn read<T: std::str::FromStr>(what: &str, word: &str) -> Result<T, Output> {
    word.parse().map_err(|_| Output::refused(format!("Invalid {what}: {word}")))
}

fn words(argv: &[String]) -> Vec<&str> {
    argv.iter().map(String::as_str).collect()
}

/// The words of a call told apart: options in the order given, with the value of those that have one, and the rest.
struct Read<'a> {
    options: Vec<(char, &'a str)>,
    rest: Vec<&'a str>,
}

impl<'a> Read<'a> {
    /// `valued` and `flags` name options by letter and word. A value stands in the next word or behind `=`. `None`
    /// for an option that is neither, and for a value that is missing.
    fn new(words: &[&'a str], valued: &[(char, &str)], flags: &[(char, &str)]) -> Option<Self> {
        let mut read = Read { options: Vec::new(), rest: Vec::new() };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            if !word.starts_with('-') || word == "-" {
                read.rest.push(word);
                continue;
            }
            let (name, inline) =
                word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let named = |(letter, long): &(char, &str)| match name.strip_prefix("--") {
                Some(name) => name == *long,
                None => name.chars().eq(['-', *letter]),
            };
            if let Some((letter, _)) = valued.iter().find(|option| named(option)) {
                read.options.push((*letter, inline.or_else(|| words.next())?));
            } else {
                let (letter, _) = flags.iter().find(|option| named(option)).filter(|_| inline.is_none())?;
                read.options.push((*letter, ""));
            }
        }
        Some(read)
    }
    /// The value of an option; empty for a flag.
    fn get(&self, letter: char) -> Option<&'a str> {
        self.options.iter().rev().find(|(given, _)| *given == letter).map(|(_, value)| *value)
    }
    /// The first flag given among these.
    fn action(&self, letters: &str) -> Option<char> {
        self.options.iter().map(|(letter, _)| *letter).find(|letter| letters.contains(*letter))
    }
}
