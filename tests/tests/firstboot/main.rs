//! The first-boot script, run by the shell of a simulated host: it leaves the state that the plan of the same change
//! leaves, whatever ESXi calls the cards, however often it is run, and wherever it was cut off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod boots;
mod files;
#[path = "../foreign/host.rs"]
mod host;
mod same;
mod trouble;

/// The `esxi` command, which stands in the jail as every tool of the host.
const ESXI: &str = env!("CARGO_BIN_EXE_esxi-under-test");

/// Every release the script is for.
const RELEASES: [&str; 7] = ["5.5", "6.0", "6.5", "6.7", "7.0", "8.0", "9.0"];

/// More cases where there is time.
fn cases(few: usize, many: usize) -> usize {
    if std::env::var_os("ESXI_SLOW").is_some() { many } else { few }
}
