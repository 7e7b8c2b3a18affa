//! `esxi ip`.

use crate::args::Ip;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::block::{PROVIDERS, Provider, Request, plan};
use serde::Serialize;

#[derive(Serialize)]
struct Providers {
    schema: u32,
    providers: Vec<ProviderRow>,
}

#[derive(Serialize)]
struct ProviderRow {
    name: &'static str,
    title: &'static str,
    layouts: Vec<&'static str>,
}

pub fn run(out: &Out, command: &Ip) -> Result<Exit, Failure> {
    match command {
        Ip::Plan(args) => {
            let request =
                Request::parse(&args.block, &args.provider, &args.layout)?.names(args.names.clone());
            let plan = plan(&request)?;
            if out.is_json() {
                out.json(&plan);
            } else {
                out.findings(plan.diagnostics(), None);
                out.print(&plan);
            }
            Ok(Exit::of(plan.diagnostics()))
        }
        Ip::Providers => {
            let row = |provider: &Provider| ProviderRow {
                name: provider.name,
                title: provider.title,
                layouts: provider.layouts.iter().map(|layout| layout.name).collect(),
            };
            let providers: Vec<ProviderRow> = PROVIDERS.iter().map(row).collect();
            if out.is_json() {
                out.json(&Providers { schema: 1, providers });
            } else {
                for row in &providers {
                    let layouts = row.layouts.join(", ");
                    out.line(format_args!("{:<12} {} (layouts: {layouts})", row.name, row.title));
                }
            }
            Ok(Exit::Fine)
        }
    }
}
