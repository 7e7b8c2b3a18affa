//! Exports of address plans: goldens, and what other programs make of them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod goldens;
mod looks;
mod pins;
mod providers;
mod readers;

use esxi_core::block::{AddressPlan, AddressSpec, Catalogue, ExportFormat, ExportOptions, Profile};
use std::path::{Path, PathBuf};

/// Cases: `data/export/<case>/spec.json`, by an invented provider.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/export")
}

fn catalogue() -> Catalogue {
    let text = std::fs::read_to_string(data().join("example.toml")).unwrap();
    Catalogue::builtin().with(Profile::from_toml("example.toml", &text).unwrap().profile)
}

fn cases() -> Vec<(PathBuf, AddressPlan)> {
    let catalogue = catalogue();
    let mut cases: Vec<PathBuf> = std::fs::read_dir(data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("spec.json").exists())
        .collect();
    cases.sort();
    assert!(cases.len() >= 5, "{cases:?}");
    let plan = |case: &PathBuf| {
        let spec = std::fs::read_to_string(case.join("spec.json")).unwrap();
        let spec: AddressSpec = serde_json::from_str(&spec).unwrap();
        catalogue.plan(&spec).unwrap_or_else(|found| panic!("{}: {found:?}", case.display()))
    };
    cases.iter().map(|case| (case.clone(), plan(case))).collect()
}

fn options() -> ExportOptions {
    ExportOptions::default().domain("example.org").unwrap()
}

fn file_name(format: ExportFormat) -> String {
    format!("{format}.{}", format.extension())
}
