//! The tools that came before esxcli and are still there: `esxcfg-*`, `vmware`, `uname`.

mod nics;
mod route;
mod vmknic;
mod vswitch;

pub(super) use nics::nics;
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
