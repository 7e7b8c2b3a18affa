//! Host files and importers, as a user meets them: goldens, the shipped examples, other people's documents.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod cards;
mod curtin;
mod examples;
mod faults;
mod goldens;
mod host;
mod ifupdown;
mod mangled;
mod pairs;
mod samples;

use esxi_core::import::{ImportOptions, Imported, cloud_init, curtin, ifupdown, netplan, nmstate};
use std::path::{Path, PathBuf};

/// Files by name, and their texts.
type Files<'a> = &'a [(&'a str, &'a str)];
type Importer = fn(Files<'_>, &ImportOptions) -> Imported;

/// Every format; of those that consist of one file the first is read.
const FORMATS: [(&str, Importer); 5] = [
    ("cloud-init", |files, options| cloud_init(files[0].0, files[0].1, options)),
    ("curtin", |files, options| curtin(files[0].0, files[0].1, options)),
    ("ifupdown", ifupdown),
    ("netplan", netplan),
    ("nmstate", |files, options| nmstate(files[0].0, files[0].1, options)),
];

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
