//! What `software` shows.

use super::depot::{self, Depot};
use super::{Vib, table, wording};
use crate::model::calendar;
use crate::model::family::{Answer, Console, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::installed_at;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

const V8_0: EsxiVersion = EsxiVersion::new(8, 0);

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let machine = &*console.machine;
    let next = call.flag("rebooting-image");
    Some(match call.row.path.strip_prefix("software ")? {
        "acceptance get" => Ok(Answer::Value(Value::Str(machine.software.acceptance.text().to_owned()))),
        "vib list" => Ok(list(installed(machine, next).iter().map(|vib| summary(vib, machine)).collect())),
        "vib get" => named(call, installed(machine, next), machine),
        "vib signature verify" => {
            Ok(list(installed(machine, next).iter().map(|vib| signature(vib, machine)).collect()))
        }
        "profile get" => Ok(Answer::Value(Value::Struct(profile(machine, next)))),
        "profile validate" => validate(console, call),
        "sources profile list" => sources(console, call)
            .map(|found| list(found.profiles.iter().map(|name| entry(name, machine)).collect())),
        "sources profile get" => source_profile(console, call),
        "sources vib list" => {
            sources(console, call).map(|found| list(found.vibs.iter().map(source).collect()))
        }
        "sources vib get" => sources(console, call).and_then(|found| named(call, found.vibs, machine)),
        _ => return None,
    })
}

fn list(items: Vec<Structure>) -> Answer {
    Answer::Value(Value::List(items))
}

pub(super) fn installed(machine: &Machine, next: bool) -> Vec<Vib> {
    machine.software.vibs(machine.state.version, machine.state.build, next)
}

/// `2024-01-02` of seconds since 1970.
fn date(seconds: u64) -> String {
    let (year, month, day) = calendar::date((seconds / 86_400).cast_signed());
    format!("{year:04}-{month:02}-{day:02}")
}

fn install_date(vib: &Vib) -> String {
    date(if vib.installed == 0 { installed_at() } else { vib.installed })
}

/// Verified (5.0, 9.0): the platform is of 8.0 and later.
fn summary(vib: &Vib, machine: &Machine) -> Structure {
    let new = machine.state.version >= V8_0;
    Structure::new(if new { "VIBSummaryExt" } else { "VIBSummary" })
        .with("Name", vib.name.as_str())
        .with("Version", vib.version.as_str())
        .with("Vendor", vib.vendor.as_str())
        .with("Acceptance Level", vib.level.text())
        .with("Install Date", install_date(vib))
        .with_if(new, "Platforms", "host")
        .hidden("ID", vib.id())
        .hidden("Status", "")
        .hidden("Creation Date", date(installed_at()))
}

/// Columns by the index of 8.0.1.
fn signature(vib: &Vib, machine: &Machine) -> Structure {
    let signed = if vib.level == super::Level::Community { "Failed" } else { "Succeeded" };
    Structure::new("VIBSigVerify")
        .with("Name", vib.name.as_str())
        .with("Version", vib.version.as_str())
        .with("Vendor", vib.vendor.as_str())
        .with("Acceptance Level", vib.level.text())
        .with("Signature Verification", signed)
        .with_if(machine.state.version >= V8_0, "Platforms", "host")
        .hidden("ID", vib.id())
}

/// Fields by the indexes of 5.0 and 8.0.1, their order by VMware's articles.
fn details(vib: &Vib, machine: &Machine) -> Structure {
    // Truth values are texts here, as Python writes them (believed).
    let truth = |value: bool| if value { "True" } else { "False" };
    Structure::new(if machine.state.version >= V8_0 { "VIBExt" } else { "VIB" })
        .under(vib.id())
        .with("Name", vib.name.as_str())
        .with("Version", vib.version.as_str())
        .with("Type", vib.kind.as_str())
        .with("Vendor", vib.vendor.as_str())
        .with("Acceptance Level", vib.level.text())
        .with("Summary", vib.summary.as_str())
        .with("Description", vib.summary.as_str())
        .with("ReferenceURLs", "")
        .with("Creation Date", date(installed_at()))
        .with("Depends", "")
        .with("Conflicts", "")
        .with("Replaces", "")
        .with("Provides", "")
        .with("Maintenance Mode Required", truth(vib.maintenance))
        .with("Hardware Platforms Required", "")
        .with("Live Install Allowed", truth(vib.live_install))
        .with("Live Remove Allowed", truth(vib.live_remove))
        .with("Stateless Ready", truth(true))
        .with("Overlay", truth(false))
        .with("Tags", "")
        .with("Payloads", vib.name.as_str())
        .with_if(machine.state.version >= V8_0, "Platforms", "host")
        .hidden("ID", vib.id())
        .hidden("Install Date", install_date(vib))
        .hidden("Status", "")
}

/// Every VIB, or those that `--vibname` names.
fn named(call: &Invocation, vibs: Vec<Vib>, machine: &Machine) -> Reply {
    let wanted = super::change::names(call);
    if let Some(name) =
        wanted.iter().find(|name| !vibs.iter().any(|vib| vib.name == **name || vib.id() == **name))
    {
        return Err(wording::no_match("VIB", name));
    }
    let fits =
        |vib: &&Vib| wanted.is_empty() || wanted.iter().any(|name| vib.name == *name || vib.id() == *name);
    Ok(list(vibs.iter().filter(fits).map(|vib| details(vib, machine)).collect()))
}

/// Heading, and the mark of a changed image: verified (8.0). Fields by the index of 5.0.
fn profile(machine: &Machine, next: bool) -> Structure {
    let software = &machine.software;
    let image = if next { software.next.as_ref().unwrap_or(&software.live) } else { &software.live };
    let base =
        image.profile.clone().unwrap_or_else(|| table::profile(machine.state.version, machine.state.build));
    let changed = !image.added.is_empty() || !image.removed.is_empty();
    let name = if changed { format!("(Updated) {base}") } else { base.clone() };
    let vibs = installed(machine, next);
    let names: Vec<String> = vibs.iter().map(|vib| format!("{} {}", vib.name, vib.version)).collect();
    let time = |seconds: u64| {
        format!("{}T{:02}:{:02}:{:02}", date(seconds), seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
    };
    let modified =
        vibs.iter().map(|vib| vib.installed).max().filter(|time| *time > 0).unwrap_or(installed_at());
    Structure::new("ImageProfile")
        .under(name.clone())
        .with("Name", name)
        .with("Vendor", "VMware, Inc.")
        .with("Creation Time", time(installed_at()))
        .with("Modification Time", time(modified))
        .with("Stateless Ready", if changed { "False" } else { "True" })
        .with("Description", "")
        .with("VIBs", names)
        .hidden("Acceptance Level", software.acceptance.text())
}

pub(super) fn sources(console: &Console<'_>, call: &Invocation) -> Result<Depot, String> {
    let host = console.machine.software.acceptance;
    let mut all = Depot::default();
    for (option, url) in &call.values {
        match option.long {
            "depot" => {
                let found = depot::open(console.around, url, host)?;
                all.vibs.extend(found.vibs);
                all.profiles.extend(found.profiles);
            }
            "viburl" => all.vibs.push(depot::single(console.around, url, host)?),
            _ => {}
        }
    }
    Ok(all)
}

/// Verified (5.1, 6.0); the times are of 8.0 and later (verified).
fn entry(name: &str, machine: &Machine) -> Structure {
    let time = format!("{}T00:00:00", date(installed_at()));
    let new = machine.state.version >= V8_0;
    Structure::new("ImageProfileSummary")
        .with("Name", name)
        .with("Vendor", "VMware, Inc.")
        .with("Acceptance Level", "PartnerSupported")
        .with_if(new, "Creation Time", time.as_str())
        .with_if(new, "Modification Time", time.as_str())
}

/// Columns by the index of 5.0.
fn source(vib: &Vib) -> Structure {
    Structure::new("VIBSummary")
        .with("Name", vib.name.as_str())
        .with("Version", vib.version.as_str())
        .with("Vendor", vib.vendor.as_str())
        .with("Creation Date", date(installed_at()))
        .with("Acceptance Level", vib.level.text())
        .with("Status", "New")
        .hidden("ID", vib.id())
}

/// The profile that `--profile` names, if the depots have it or tell nothing about profiles.
pub(super) fn wanted_profile(found: &Depot, call: &Invocation) -> Result<String, String> {
    let name = call.get("profile").unwrap_or_default();
    let known = found.profiles.iter().any(|profile| profile == name);
    let open = found.profiles.is_empty() && name.starts_with("ESXi-");
    if known || open { Ok(name.to_owned()) } else { Err(wording::no_match("image profile", name)) }
}

fn source_profile(console: &Console<'_>, call: &Invocation) -> Reply {
    let found = sources(console, call)?;
    let name = wanted_profile(&found, call)?;
    let vibs: Vec<String> = found.vibs.iter().map(|vib| format!("{} {}", vib.name, vib.version)).collect();
    let time = format!("{}T00:00:00", date(installed_at()));
    let structure = Structure::new("ImageProfile")
        .under(name.clone())
        .with("Name", name)
        .with("Vendor", "VMware, Inc.")
        .with("Creation Time", time.as_str())
        .with("Modification Time", time.as_str())
        .with("Stateless Ready", "True")
        .with("Description", "")
        .with("VIBs", vibs);
    Ok(list(vec![structure]))
}

/// Fields by the index of 5.0.
fn validate(console: &Console<'_>, call: &Invocation) -> Reply {
    let found = sources(console, call)?;
    let name = wanted_profile(&found, call)?;
    let (here, there) = (installed(console.machine, false), found.vibs);
    let only = |a: &[Vib], b: &[Vib]| -> Vec<String> {
        a.iter().map(Vib::id).filter(|id| !b.iter().any(|vib| vib.id() == *id)).collect()
    };
    let structure = Structure::new("ProfileValidationResult")
        .with(
            "Compliant",
            only(&there, &here).is_empty()
                && table::profile(console.machine.state.version, console.machine.state.build) == name,
        )
        .with(
            "Host Image Profile",
            table::profile(console.machine.state.version, console.machine.state.build),
        )
        .with("Validation Profile", name)
        .with("VIBs in Host Image Profile Only", only(&here, &there))
        .with("VIBs in Validation Profile Only", only(&there, &here));
    Ok(Answer::Value(Value::Struct(structure)))
}
