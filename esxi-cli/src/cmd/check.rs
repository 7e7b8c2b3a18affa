//! `esxi check`.

use crate::args::Check;
use crate::cmd::ip::catalogue;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::{self, Text};
use crate::out::Out;
use esxi_core::block::{Catalogue, Profile};
use esxi_core::diag::{Diagnostic, Severity, SourceMap};
use esxi_core::import::{Format, ImportOptions};
use esxi_core::spec::{check, check_addresses};
use esxi_core::yaml;
use serde::Serialize;

/// `esxi check … --format json`.
#[derive(Serialize)]
struct Document {
    schema: u32,
    files: Vec<Checked>,
    diagnostics: Vec<Diagnostic>,
}

/// A file, and what it was taken for.
#[derive(Serialize)]
struct Checked {
    file: String,
    kind: &'static str,
}

const HOST_FILE: &str = "host file";

pub fn run(out: &Out, args: &Check) -> Result<Exit, Failure> {
    let catalogue = catalogue(out, &args.profiles)?;
    let (mut all, mut files) = (Vec::new(), Vec::new());
    for path in &args.files {
        let file = input::read(path)?;
        let (kind, found, source) = examine(&file, &catalogue);
        if !out.is_json() {
            out.findings(&found, Some(&source));
            let errors = found.iter().filter(|finding| finding.is_error()).count();
            let told = match (errors, found.len()) {
                (0, 0) => "no findings".to_owned(),
                (0, 1) => "1 finding, no error".to_owned(),
                (0, several) => format!("{several} findings, no error"),
                (1, _) => "1 error".to_owned(),
                (errors, _) => format!("{errors} errors"),
            };
            // Host files are what is usually checked.
            match kind {
                HOST_FILE => out.line(format_args!("{}: {told}", file.name)),
                other => out.line(format_args!("{}, taken for {other}: {told}", file.name)),
            }
        }
        files.push(Checked { file: file.name, kind });
        all.extend(found);
    }
    let errors = all.iter().any(|finding| finding.severity == Severity::Error);
    if out.is_json() {
        out.json(&Document { schema: 1, files, diagnostics: all });
    }
    Ok(if errors { Exit::Findings } else { Exit::Fine })
}

/// What the file was taken for, and what is found in it.
fn examine(file: &Text, catalogue: &Catalogue) -> (&'static str, Vec<Diagnostic>, SourceMap) {
    let bare = || SourceMap::new(file.name.clone(), file.text.clone());
    if is_profile(&file.name) {
        return match Profile::from_toml(&file.name, &file.text) {
            Ok(read) => ("provider profile", read.diagnostics, read.source),
            Err(found) => ("provider profile", found, bare()),
        };
    }
    if is_scenario(&file.text) {
        return match yaml::scenario(&file.name, &file.text) {
            Ok(read) => ("scenario", read.diagnostics, read.source),
            Err(found) => ("scenario", found, bare()),
        };
    }
    if let Some(format) = Format::of(&file.text) {
        let imported = format.import(&[(&file.name, &file.text)], &ImportOptions::default());
        return (format.word(), imported.diagnostics, imported.source);
    }
    match yaml::host_file(&file.name, &file.text) {
        Ok(read) => {
            let mut found = read.diagnostics;
            let mut of_spec = check(&read.spec);
            of_spec.extend(check_addresses(&read.spec, catalogue));
            of_spec.iter_mut().for_each(|finding| read.source.locate(finding));
            found.extend(of_spec);
            (HOST_FILE, found, read.source)
        }
        Err(found) => (HOST_FILE, found, bare()),
    }
}

/// A host file is about one host; a scenario names several.
fn is_scenario(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("hosts:"))
}

/// Provider profiles are the only TOML there is.
fn is_profile(name: &str) -> bool {
    name.ends_with(".toml")
}
