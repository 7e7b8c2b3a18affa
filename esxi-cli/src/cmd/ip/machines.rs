//! `esxi ip guest` and `esxi ip router`.

use super::source::Asked;
use crate::args::{IpGuest, IpRouter};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::block::guest::{ConfigFile, Guest, GuestFormat, Router, RouterFormat};
use esxi_core::diag::{Diagnostic, codes};
use serde::Serialize;

/// A machine and its configuration.
#[derive(Serialize)]
struct GuestFiles<'a> {
    #[serde(flatten)]
    guest: &'a Guest,
    files: Vec<ConfigFile>,
}

/// `esxi ip guest … --format json`.
#[derive(Serialize)]
struct GuestDocument<'a> {
    schema: u32,
    guests: Vec<GuestFiles<'a>>,
    diagnostics: &'a [Diagnostic],
}

/// `esxi ip router … --format json`.
#[derive(Serialize)]
struct RouterDocument<'a> {
    schema: u32,
    router: &'a Router,
    files: Vec<ConfigFile>,
    diagnostics: &'a [Diagnostic],
}

pub fn guest(out: &Out, args: &IpGuest) -> Result<Exit, Failure> {
    let format: GuestFormat = args.form.parse().map_err(|error| Failure::from(Diagnostic::from(error)))?;
    let plan = Asked::read(out, &args.source)?.plan(out)?;
    let guests = match &args.only {
        Some(only) => vec![plan.guest(only).map_err(|found| Failure::from(*found))?],
        None => plan.guests(),
    };
    if guests.is_empty() {
        let found = "no machine has an address in this plan";
        return Err(Failure::error(codes::NO_MACHINE, found, "give one to each with --name"));
    }
    let card = args.card.as_deref().unwrap_or(format.default_card());
    let mut written = Vec::new();
    for guest in &guests {
        let files = guest.files(format, card).map_err(|error| Failure::from(Diagnostic::from(error)))?;
        written.push(GuestFiles { guest, files });
    }
    if out.is_json() {
        out.json(&GuestDocument { schema: 1, guests: written, diagnostics: plan.diagnostics() });
        return Ok(Exit::Fine);
    }
    for (index, one) in written.iter().enumerate() {
        if index > 0 {
            out.line("");
        }
        print_files(out, &one.files);
    }
    Ok(Exit::Fine)
}

pub fn router(out: &Out, args: &IpRouter) -> Result<Exit, Failure> {
    let format: RouterFormat = args.form.parse().map_err(|error| Failure::from(Diagnostic::from(error)))?;
    let plan = Asked::read(out, &args.source)?.plan(out)?;
    let Some(router) = plan.router() else {
        let help = "take a layout with one (--layout router-vm), or plan a block that is routed";
        return Err(Failure::error(codes::NO_MACHINE, "no router virtual machine is in this plan", help));
    };
    let [outer, inner] = match &args.cards[..] {
        [outer, inner] => [outer.as_str(), inner.as_str()],
        _ => format.default_cards(),
    };
    let files = router.files(format, outer, inner).map_err(|error| Failure::from(Diagnostic::from(error)))?;
    if out.is_json() {
        out.json(&RouterDocument { schema: 1, router: &router, files, diagnostics: plan.diagnostics() });
    } else {
        print_files(out, &files);
    }
    Ok(Exit::Fine)
}

/// The files one after the other; each says in its first line where it belongs.
fn print_files(out: &Out, files: &[ConfigFile]) {
    for (index, file) in files.iter().enumerate() {
        if index > 0 {
            out.line("");
        }
        out.print(&file.text);
    }
}
