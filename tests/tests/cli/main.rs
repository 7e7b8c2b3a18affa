//! The command line without a real host: words in, text or JSON out, exit status; and hosts that it serves itself.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod addresses;
mod coverage;
mod documents;
mod fronts;
mod imports;
mod plan;
mod refusals;
mod routes;
mod sim;
mod words;

use esxi_tests::lab::{Ran, command, run};
use std::path::{Path, PathBuf};

/// The command.
const ESXI: &str = env!("CARGO_BIN_EXE_esxi-under-test");

/// Two cards, as in every example.
const NICS: &str = "0c:c4:7a:b5:80:02,0c:c4:7a:b5:80:03";

/// The root of the workspace, where the command is run.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Runs the command in a folder with this standard input.
fn esxi_in(folder: &Path, args: &[&str], stdin: &str) -> Ran {
    let mut command = command(Path::new(ESXI), folder);
    command.args(args);
    run(command, stdin.as_bytes())
}

/// Runs the command in the root of the workspace.
fn esxi(args: &[&str]) -> Ran {
    esxi_in(&root(), args, "")
}
