//! Scripts that we did not write, run on the simulated host as they are: first-boot scripts of other people's
//! kickstarts, packer-maas's network and storage scripts, the commands of guides.
//!
//! None of them comes with this project. `ESXI_SAMPLES` or `../shared/samples` beside the workspace holds the
//! kickstarts, `ESXI_SEEDS` or `../shared/seeds` the guides, `ESXI_PACKER_MAAS` names packer-maas's folder
//! `vmware-esxi/maas`; what is not there is said and passed over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod firstboot;
mod guides;
mod host;
mod kickstart;
mod maas;
mod netplan;
mod picture;
mod reached;
mod shell;

use std::path::{Path, PathBuf};

/// The `esxi` command, which stands in the jail as every tool of the host.
const ESXI: &str = env!("CARGO_BIN_EXE_esxi-under-test");

/// The folder that a variable names, else one beside the workspace. `None`, after saying so, when it is not there.
fn elsewhere(variable: &str, beside: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(beside);
    let at = std::env::var_os(variable).map_or(beside, Into::into);
    if at.is_dir() {
        return Some(at);
    }
    println!("SKIPPED: no folder {}; {variable} can name one", at.display());
    None
}
