//! The `esxi` command as a library, so that tests can build it under another name.
//!
//! Thin: every decision is made in `esxi-core`, every byte on the wire in `esxi-ssh`. What is here reads arguments
//! and files, asks the person, prints.

mod args;
mod cmd;
mod exit;
mod failure;
mod first_boot;
mod input;
mod job;
mod live;
mod offline;
mod out;
mod show;
mod story;

use args::{Cli, Command};
use clap::Parser;
use exit::Exit;
use out::Out;
use std::process::ExitCode;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // Inside the jail of a simulated host this executable is `esxcli` and its kin.
    if let Some(status) = esxi_ssh::sim::applet_main() {
        return status;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::CouldNotRun } else { Exit::Fine }.into();
        }
    };
    let out = Out::new(cli.format);
    if out.format == args::Format::Svg && !cli.command.has_picture() {
        let failure = failure::Failure::error(
            esxi_core::diag::codes::WRONG_WORD,
            "there is no picture of this",
            "--format svg is for `esxi plan` and `esxi ip plan`",
        );
        return failure.report(&out).into();
    }
    let result = match cli.command {
        Command::Demo(args) => cmd::demo::run(&out, &args),
        Command::Ip(args) => cmd::ip::run(&out, &args.command),
        Command::Teaming(args) => cmd::teaming::run(&out, &args),
        Command::Explain { code } => cmd::explain::run(&out, code.as_deref()),
        Command::Import { command } => cmd::import::run(&out, &command),
        Command::Check(args) => cmd::check::run(&out, &args),
        Command::Plan(args) => cmd::plan::run(&out, &args),
        Command::Apply(args) => cmd::apply::run(&out, &args),
        Command::Verify(args) => cmd::verify::run(&out, &args),
        Command::Facts(args) => cmd::facts::run(&out, &args),
        Command::Doctor(args) => cmd::doctor::run(&out, &args),
        Command::Route { command } => cmd::route::run(&out, &command),
        Command::Sim { command } => cmd::sim::run(&out, &command),
        Command::Schema { of } => cmd::schema::run(&out, of),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(&out).into(),
    }
}
