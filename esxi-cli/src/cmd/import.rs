//! `esxi import`.

use crate::args::{Import, ImportCurtin};
use crate::cmd::teaming::optional;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::out::Out;
use esxi_core::diag::Diagnostic;
use esxi_core::import::{ImportOptions, curtin};
use esxi_core::spec::HostSpec;
use esxi_core::yaml;
use serde::Serialize;

/// `esxi import … --format json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    host_file: Option<&'a HostSpec>,
    diagnostics: &'a [Diagnostic],
}

pub fn run(out: &Out, command: &Import) -> Result<Exit, Failure> {
    match command {
        Import::Curtin(args) => from_curtin(out, args),
    }
}

fn from_curtin(out: &Out, args: &ImportCurtin) -> Result<Exit, Failure> {
    let options = ImportOptions {
        switch: optional(args.switch.as_deref(), "independent, static-lag or lacp")?,
        compat: optional(args.compat.as_deref(), "packer-maas")?,
        ..ImportOptions::default()
    };
    let file = input::read(&args.file)?;
    let imported = curtin(&file.name, &file.text, &options);
    let found = &imported.diagnostics;
    if !out.is_json() {
        out.findings(found, Some(&imported.source));
    }
    let text = imported.spec.as_ref().map(yaml::to_text);
    match (&args.output, &text) {
        (Some(path), Some(text)) => input::write(path, text.as_bytes())?,
        (None, Some(text)) if !out.is_json() => out.print(text),
        _ => {}
    }
    if out.is_json() {
        out.json(&Document { schema: 1, host_file: imported.spec.as_ref(), diagnostics: found });
    }
    Ok(if text.is_some() { Exit::Fine } else { Exit::of(found).max(Exit::CouldNotRun) })
}
