//! `esxi doctor`, and the bundle that it reads.

use crate::args::{Doctor, HostArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::live::Live;
use crate::out::Out;
use esxi_core::EsxiVersion;
use esxi_core::diag::{Diagnostic, codes};
use esxi_core::model::bundle::Bundle;
use esxi_core::model::doctor::{Report, doctor};
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Document {
    schema: u8,
    esxi: EsxiVersion,
    checked: usize,
    diagnostics: Vec<Diagnostic>,
}

pub fn run(out: &Out, args: &Doctor) -> Result<Exit, Failure> {
    let bundle = match &args.bundle {
        Some(path) => read(path)?,
        // What is compared at once never leaves this machine, so names may stay.
        None => ask(out, &args.host, true)?,
    };
    let Report { checked, findings } = doctor(&bundle);
    let exit = if findings.is_empty() { Exit::Fine } else { Exit::Findings };
    if out.is_json() {
        out.json(&Document { schema: 1, esxi: bundle.esxi, checked, diagnostics: findings });
    } else {
        out.findings(&findings, None);
        let differences = match findings.len() {
            0 => "none differs from what is believed of this release".to_owned(),
            1 => "1 difference".to_owned(),
            many => format!("{many} differences"),
        };
        out.line(format_args!("ESXi {}: {checked} outputs, {differences}", bundle.esxi));
    }
    Ok(exit)
}

/// `esxi facts --bundle`.
pub fn write(out: &Out, host: &HostArgs, path: &Path, keep_names: bool) -> Result<Exit, Failure> {
    let bundle = ask(out, host, keep_names)?;
    input::write(path, bundle.to_file().as_bytes())?;
    out.say(format_args!(
        "{}: {} outputs of ESXi {}, redacted; read it before you give it away",
        path.display(),
        bundle.entries.len(),
        bundle.esxi
    ));
    Ok(Exit::Fine)
}

fn read(path: &Path) -> Result<Bundle, Failure> {
    let file = input::read(path)?;
    Bundle::from_file(&file.text).map_err(|error| {
        let mut finding = error.diagnostic();
        finding.file = Some(file.name);
        finding.into()
    })
}

fn ask(out: &Out, host: &HostArgs, keep_names: bool) -> Result<Bundle, Failure> {
    if host.host.is_none() {
        return Err(Failure::error(
            codes::NO_HOST,
            "no host was named",
            "add --host ssh://root@ADDRESS, or --bundle FILE for one that `esxi facts --bundle` wrote",
        ));
    }
    let mut live = Live::connect(host)?;
    out.say("asking the host for everything that it shows; this takes a few minutes");
    let bundle = live.bundle(keep_names);
    live.close();
    bundle
}
