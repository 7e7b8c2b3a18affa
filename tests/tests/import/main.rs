//! Host files and importers, as a user meets them: goldens, the shipped examples, other people's documents.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod examples;
mod faults;
mod goldens;
mod host;
mod samples;

use std::path::{Path, PathBuf};

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
