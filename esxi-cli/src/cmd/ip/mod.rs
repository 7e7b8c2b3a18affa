//! `esxi ip`.

mod machines;
mod providers;
mod source;

pub use source::catalogue;

use crate::args::{Format, Ip, IpPlan, IpSource};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::out::Out;
use esxi_core::block::{ExportFormat, ExportOptions, Handover};
use esxi_core::diag::{Diagnostic, codes};
use serde::Serialize;
use source::Asked;

pub fn run(out: &Out, command: &Ip) -> Result<Exit, Failure> {
    match command {
        Ip::Plan(args) => plan(out, args),
        Ip::Guest(args) => machines::guest(out, args),
        Ip::Router(args) => machines::router(out, args),
        Ip::Handover(args) => handover(out, args),
        Ip::Providers(args) => providers::run(out, args),
    }
}

fn plan(out: &Out, args: &IpPlan) -> Result<Exit, Failure> {
    let refused = |found: Box<Diagnostic>| Failure::from(*found);
    let format = match &args.form {
        Some(word) => word.parse::<ExportFormat>().map_err(refused)?,
        None if out.is_json() => ExportFormat::Json,
        None if out.format == Format::Svg => ExportFormat::Svg,
        None => ExportFormat::Table,
    };
    let mut options = ExportOptions::default();
    if let Some(domain) = &args.domain {
        options = options.domain(domain).map_err(refused)?;
    }
    if let Some(name) = &args.host_name {
        options = options.host(name).map_err(refused)?;
    }
    let plan = Asked::read(out, &args.source)?.plan(out)?;
    let text = plan.export(format, &options);
    match &args.output {
        Some(path) if path.as_os_str() != "-" => input::write(path, text.as_bytes())?,
        _ => out.print(text),
    }
    Ok(Exit::of(plan.diagnostics()))
}

/// `esxi ip handover --format json`.
#[derive(Serialize)]
struct HandoverDocument<'a> {
    schema: u32,
    handover: &'a Handover,
    diagnostics: &'a [Diagnostic],
}

fn handover(out: &Out, args: &IpSource) -> Result<Exit, Failure> {
    let plan = Asked::read(out, args)?.plan(out)?;
    let Some(handover) = plan.handover() else {
        let found = Diagnostic::error(codes::NO_HANDOVER, "ESXi keeps its address in this plan");
        let help = "state a layout in which it moves, such as --layout router-vm";
        return Err(found.at("/blocks/0/layout").help(help).into());
    };
    if out.is_json() {
        out.json(&HandoverDocument { schema: 1, handover: &handover, diagnostics: plan.diagnostics() });
    } else {
        out.print(&handover);
    }
    Ok(Exit::Fine)
}
