//! `esxi check`.

use crate::args::Check;
use crate::cmd::ip::catalogue;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::{self, Text};
use crate::out::Out;
use esxi_core::block::{Catalogue, Profile};
use esxi_core::diag::{Diagnostic, Severity, SourceMap};
use esxi_core::import::{ImportOptions, curtin};
use esxi_core::spec::{check, check_addresses};
use esxi_core::yaml;
use serde::Serialize;

/// `esxi check … --format json`.
#[derive(Serialize)]
struct Document {
    schema: u32,
    diagnostics: Vec<Diagnostic>,
}

pub fn run(out: &Out, args: &Check) -> Result<Exit, Failure> {
    let catalogue = catalogue(out, &args.profiles)?;
    let mut all = Vec::new();
    for path in &args.files {
        let file = input::read(path)?;
        let (found, source) = examine(&file, &catalogue);
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
            out.line(format_args!("{}: {told}", file.name));
        }
        all.extend(found);
    }
    let errors = all.iter().any(|finding| finding.severity == Severity::Error);
    if out.is_json() {
        out.json(&Document { schema: 1, diagnostics: all });
    }
    Ok(if errors { Exit::Findings } else { Exit::Fine })
}

fn examine(file: &Text, catalogue: &Catalogue) -> (Vec<Diagnostic>, SourceMap) {
    if is_curtin(&file.text) {
        let imported = curtin(&file.name, &file.text, &ImportOptions::default());
        return (imported.diagnostics, imported.source);
    }
    if is_profile(&file.name) {
        return match Profile::from_toml(&file.name, &file.text) {
            Ok(read) => (read.diagnostics, read.source),
            Err(found) => (found, SourceMap::new(file.name.clone(), file.text.clone())),
        };
    }
    if is_scenario(&file.text) {
        return match yaml::scenario(&file.name, &file.text) {
            Ok(read) => (read.diagnostics, read.source),
            Err(found) => (found, SourceMap::new(file.name.clone(), file.text.clone())),
        };
    }
    match yaml::host_file(&file.name, &file.text) {
        Ok(read) => {
            let mut found = read.diagnostics;
            let mut of_spec = check(&read.spec);
            of_spec.extend(check_addresses(&read.spec, catalogue));
            of_spec.iter_mut().for_each(|finding| read.source.locate(finding));
            found.extend(of_spec);
            (found, read.source)
        }
        Err(found) => (found, SourceMap::new(file.name.clone(), file.text.clone())),
    }
}

/// A host file has no key `config`; a curtin document cannot be without it.
fn is_curtin(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with("config:"))
}

/// A host file is about one host; a scenario names several.
fn is_scenario(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("hosts:"))
}

/// Provider profiles are the only TOML there is.
fn is_profile(name: &str) -> bool {
    name.ends_with(".toml")
}
