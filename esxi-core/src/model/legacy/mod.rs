//! The tools that came before esxcli and are still there: `esxcfg-*`, `vmware`, `uname`.

mod nics;
mod release;
mod route;
mod vmknic;
mod vswitch;

pub(super) use nics::nics;
pub(super) use release::{uname, vmware};
pub(super) use route::route;
pub(super) use vmknic::vmknic;
pub(super) use vswitch::vswitch;

use super::machine::{Machine, Output};
use super::parse::NOT_MODELLED;
use super::run::execute;
use crate::command::Command;

/// Words that the tool may know but the model does not.
pub(super) fn not_modelled(tool: &str, words: &[&str]) -> Output {
    let stderr = format!("esxi-sim: not modelled: {tool} {}\n", words.join(" ")).into_bytes();
    Output { stderr, status: NOT_MODELLED, ..Output::default() }
}

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
