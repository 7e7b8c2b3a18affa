//! `esxi import`.

use crate::args::{Import, ImportEsxi, ImportFile, ImportFiles, ImportLinux, ImportOutput};
use crate::cmd::teaming::optional;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::first_boot;
use crate::input::{self, Text};
use crate::job::Wanted;
use crate::live::Live;
use crate::offline::{factory_of, saved_state};
use crate::out::Out;
use esxi_core::diag::{Diagnostic, codes};
use esxi_core::import::{Format, ImportOptions, Imported, esxi, links};
use esxi_core::spec::HostSpec;
use esxi_core::value::MacAddr;
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
        Import::Curtin(args) => from_file(out, args, Format::Curtin),
        Import::Netplan(args) => from_files(out, args, Format::Netplan),
        Import::CloudInit(args) => from_file(out, args, Format::CloudInit),
        Import::Ifupdown(args) => from_files(out, args, Format::Ifupdown),
        Import::Nmstate(args) => from_file(out, args, Format::Nmstate),
        Import::Esxi(args) => from_host(out, args),
    }
}

/// From one document.
fn from_file(out: &Out, args: &ImportFile, format: Format) -> Result<Exit, Failure> {
    let options = options(&args.linux)?;
    let file = input::read(&args.file)?;
    finish(out, &args.to, &format.import(&[(&file.name, &file.text)], &options))
}

/// From files that are read together.
fn from_files(out: &Out, args: &ImportFiles, format: Format) -> Result<Exit, Failure> {
    let options = options(&args.linux)?;
    let files: Vec<Text> = args.files.iter().map(|path| input::read(path)).collect::<Result<_, _>>()?;
    let files: Vec<(&str, &str)> =
        files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    finish(out, &args.to, &format.import(&files, &options))
}

fn from_host(out: &Out, args: &ImportEsxi) -> Result<Exit, Failure> {
    let (name, state, mut known) = match &args.state {
        Some(path) => (path.display().to_string(), saved_state(path)?, Vec::new()),
        None => {
            let mut live = Live::connect(&args.host)?;
            let facts = live.facts()?;
            let name = live.target.to_string();
            live.close();
            let mut known = facts.warnings;
            known.extend(facts.vcenter.map(|server| {
                let message = format!("the vCenter server {server} manages this host");
                let finding = Diagnostic::warning(codes::MANAGED_BY_VCENTER, message);
                finding.help("the file holds what the host has by itself; changes are vCenter's to make")
            }));
            (name, facts.state, known)
        }
    };
    let mut imported = esxi(&name, &state);
    known.append(&mut imported.diagnostics);
    imported.diagnostics = known;
    finish(out, &args.to, &imported)
}

/// Writes the host file and says what there is to know.
fn finish(out: &Out, to: &ImportOutput, imported: &Imported) -> Result<Exit, Failure> {
    let found = &imported.diagnostics;
    if let (true, Some(spec)) = (to.first_boot, &imported.spec) {
        return boot(out, to, imported, spec);
    }
    if !out.is_json() {
        out.findings(found, Some(&imported.source));
    }
    let text = imported.spec.as_ref().map(yaml::to_text);
    match (&to.output, &text) {
        (Some(path), Some(text)) => input::write(path, text.as_bytes())?,
        (None, Some(text)) if !out.is_json() => out.print(text),
        _ => {}
    }
    if out.is_json() {
        out.json(&Document { schema: 1, host_file: imported.spec.as_ref(), diagnostics: found });
    }
    let errors = found.iter().any(Diagnostic::is_error);
    Ok(match text {
        None => Exit::of(found).max(Exit::CouldNotRun),
        // A live host has a file although it breaks a rule.
        Some(_) if errors => Exit::Findings,
        Some(_) => Exit::Fine,
    })
}

/// Writes the first-boot script of the host file.
fn boot(out: &Out, to: &ImportOutput, imported: &Imported, spec: &HostSpec) -> Result<Exit, Failure> {
    let wanted = Wanted::imported(imported, spec);
    let job = wanted.plan(&factory_of(&to.esxi, spec)?, None)?;
    let text = first_boot::text(&wanted, &job)?;
    match &to.output {
        Some(path) => {
            out.findings(&job.findings, Some(&wanted.sources));
            input::write(path, text.as_bytes())?;
        }
        None => first_boot::print(out, &text, &wanted, &job.findings),
    }
    Ok(Exit::Fine)
}

fn options(args: &ImportLinux) -> Result<ImportOptions, Failure> {
    let mut options = ImportOptions {
        compat: optional(args.compat.as_deref(), "packer-maas")?,
        ..ImportOptions::default()
    };
    for switch in &args.switch {
        let (bond, side) = switch.rsplit_once('=').map_or((None, switch.as_str()), |(b, s)| (Some(b), s));
        let side = optional(Some(side), "independent, static-lag or lacp")?;
        match (bond, side) {
            (Some(bond), Some(side)) => {
                options.switch_of.insert(bond.to_owned(), side);
            }
            (_, side) => options.switch = side,
        }
    }
    if let Some(path) = &args.links {
        let file = input::read(path)?;
        options.nics = links(&file.text).map_err(|error| {
            Failure::error(
                codes::LINKS_FILE,
                format!("{}: {error}", file.name),
                "make it on the Linux host with `ip -j link`",
            )
        })?;
    }
    for nic in &args.nics {
        let (name, mac) = nic_of(nic)?;
        options.nics.insert(name, mac);
    }
    Ok(options)
}

/// `NAME=MAC`.
fn nic_of(text: &str) -> Result<(String, MacAddr), Failure> {
    let refuse = |why: String| Failure::error(codes::BAD_MAC, why, "write --nic eno1=0c:c4:7a:b5:80:02");
    let (name, mac) = text.split_once('=').ok_or_else(|| refuse(format!("\"{text}\" is not NAME=MAC")))?;
    let mac = mac.parse().map_err(|error: esxi_core::value::ValueError| refuse(error.to_string()))?;
    Ok((name.to_owned(), mac))
}
