//! The `esxi` command as a library, so that tests can build it under another name.
//!
//! Thin: every decision is made in `esxi-core`, every byte on the wire in `esxi-ssh`. What is here reads arguments
//! and files, asks the person, prints.

mod args;
mod cmd;
mod exit;
mod failure;
mod input;
mod job;
mod live;
mod out;
mod show;

use args::{Cli, Command};
use clap::Parser;
use exit::Exit;
use out::Out;
use std::process::ExitCode;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::CouldNotRun } else { Exit::Fine }.into();
        }
    };
    let out = Out::new(cli.format);
    let result = match cli.command {
        Command::Ip { command } => cmd::ip::run(&out, &command),
        Command::Explain { code } => cmd::explain::run(&out, code.as_deref()),
        Command::Plan(args) => cmd::plan::run(&out, &args),
        Command::Apply(args) => cmd::apply::run(&out, &args),
        Command::Verify(args) => cmd::verify::run(&out, &args),
        Command::Facts(args) => cmd::facts::run(&out, &args),
        _ => Ok(Exit::Fine),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(&out).into(),
    }
}
