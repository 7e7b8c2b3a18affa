//! `esxi ip providers`.

use super::source::catalogue;
use crate::args::IpProviders;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::block::Profile;
use esxi_core::block::profile::{Evidence, Status};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct Providers {
    schema: u32,
    providers: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    title: String,
    status: Status,
    verified: String,
    layouts: Vec<String>,
}

#[derive(Serialize)]
struct OneProvider<'a> {
    schema: u32,
    provider: &'a Profile,
}

pub fn run(out: &Out, args: &IpProviders) -> Result<Exit, Failure> {
    let catalogue = catalogue(out, &args.profiles)?;
    if let Some(name) = &args.name {
        let profile = catalogue.find(name).map_err(|found| Failure::from(*found))?;
        if out.is_json() {
            out.json(&OneProvider { schema: 1, provider: &profile });
        } else {
            show(out, &profile);
        }
        return Ok(Exit::Fine);
    }
    let providers: Vec<Row> = catalogue.iter().map(|profile| row(&profile)).collect();
    if out.is_json() {
        out.json(&Providers { schema: 1, providers });
    } else {
        let width = providers.iter().map(|row| row.name.len()).max().unwrap_or(0);
        for row in &providers {
            let status = match row.status {
                Status::Live => "",
                Status::Retired => ", retired",
                Status::Pattern => ", a pattern",
            };
            out.line(format_args!("{:<width$}  {}{status}", row.name, row.title));
        }
    }
    Ok(Exit::Fine)
}

fn row(profile: &Arc<Profile>) -> Row {
    let mut layouts: Vec<String> = Vec::new();
    for layout in profile.allocations.iter().flat_map(|allocation| &allocation.layouts) {
        if !layouts.contains(&layout.name) {
            layouts.push(layout.name.clone());
        }
    }
    Row {
        name: profile.name.clone(),
        title: profile.title.clone(),
        status: profile.status,
        verified: profile.verified.clone(),
        layouts,
    }
}

/// Everything, rules first, then where each stands.
fn show(out: &Out, profile: &Profile) {
    out.line(format_args!("{}  ({}), sources read {}", profile.title, profile.name, profile.verified));
    for warning in &profile.warnings {
        out.line(format_args!("! {warning}"));
    }
    for allocation in &profile.allocations {
        out.line(format_args!("\n{} /{}: {}", allocation.name, allocation.prefixes, allocation.summary));
        for layout in &allocation.layouts {
            let sizes = layout.prefixes.map(|prefixes| format!(" /{prefixes}")).unwrap_or_default();
            out.line(format_args!("  {}{sizes}: {}", layout.name, layout.summary));
        }
    }
    out.line("\nfrom where this is known");
    for fact in &profile.facts {
        let sure = match fact.evidence {
            Evidence::Verified => "",
            Evidence::Derived => ", derived",
            Evidence::Assumed => ", ASSUMED",
        };
        out.line(format_args!("  {}\n      {} ({}{sure})", fact.text, fact.source, fact.date));
        if let Some(url) = &fact.url {
            out.line(format_args!("      {url}"));
        }
    }
}
