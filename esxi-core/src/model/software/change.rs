//! What `software` changes.

use super::show::{installed, sources, wanted_profile};
use super::{Image, Level, Vib, table, wording};
use crate::model::family::{Answer, Console, Reply};
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    Some(match call.row.path.strip_prefix("software ")? {
        "acceptance set" => accept(console, call),
        "vib install" => install(console, call, false),
        "vib update" => install(console, call, true),
        "vib remove" => remove(console, call),
        "profile install" => profile(console, call, "Installation Result"),
        "profile update" => profile(console, call, "Update Result"),
        _ => return None,
    })
}

/// Names given by `--vibname`; a version or vendor may stand before or behind, which is left off.
pub(super) fn names(call: &Invocation) -> Vec<&str> {
    let given = call.values.iter().filter(|(option, _)| option.long == "vibname");
    given.map(|(_, name)| name.rsplit(':').find(|part| !part.is_empty()).unwrap_or(name)).collect()
}

/// Says what it did (verified). A VIB below the level forbids it.
fn accept(console: &mut Console<'_>, call: &Invocation) -> Reply {
    let text = call.get("level").unwrap_or_default();
    let Some(level) = Level::from_text(text) else { return Err(format!("Invalid acceptance level: {text}")) };
    if let Some(vib) = installed(console.machine, true).into_iter().find(|vib| vib.level < level) {
        return Err(wording::not_accepted(&vib.id(), vib.level.word(), level.word()));
    }
    console.machine.software.acceptance = level;
    Ok(Answer::Value(Value::Str(format!("Host acceptance level changed to '{text}'."))))
}

/// What happened to which VIBs.
#[derive(Default)]
struct Outcome {
    installed: Vec<String>,
    removed: Vec<String>,
    skipped: Vec<String>,
}

/// Verified: order of the lines up to 7.0 and from 8.0 on.
fn result(
    heading: &'static str,
    outcome: Outcome,
    message: &str,
    reboot: bool,
    version: EsxiVersion,
) -> Answer {
    let new = version >= EsxiVersion::new(8, 0);
    let structure = Structure::new("InstallationResult").under(heading).with("Message", message);
    let structure = structure.with_if(!new, "Reboot Required", reboot);
    let structure = structure
        .with("VIBs Installed", outcome.installed)
        .with("VIBs Removed", outcome.removed)
        .with("VIBs Skipped", outcome.skipped)
        .with_if(new, "Reboot Required", reboot)
        .with_if(new, "DPU Results", "");
    Answer::Value(Value::Struct(structure))
}

/// Puts an image in place: now, or for the next boot.
fn settle(
    console: &mut Console<'_>,
    call: &Invocation,
    image: Image,
    live: bool,
    outcome: Outcome,
    heading: &'static str,
) -> Reply {
    let version = console.machine.state.version;
    let nothing = outcome.installed.is_empty() && outcome.removed.is_empty();
    let software = &mut console.machine.software;
    // Once something waits for a boot, everything does.
    let live = live && software.next.is_none() && !call.flag("no-live-install");
    let (message, reboot) = if nothing {
        (wording::UNCHANGED, false)
    } else if call.flag("dry-run") {
        (wording::DRY_RUN, !live)
    } else if live {
        software.live = image;
        (wording::DONE, false)
    } else {
        software.next = Some(image);
        (wording::REBOOT, true)
    };
    Ok(result(heading, outcome, message, reboot, version))
}

fn current(console: &Console<'_>) -> Image {
    let software = &console.machine.software;
    software.next.as_ref().unwrap_or(&software.live).clone()
}

/// `install` takes what the sources have; `update` only what is there in another version.
fn install(console: &mut Console<'_>, call: &Invocation, update: bool) -> Reply {
    let found = sources(console, call)?;
    if call.get("depot").is_none() && call.get("viburl").is_none() {
        return Err(wording::failure("InstallationError", "Either --depot or --viburl must be given", &[]));
    }
    let now = console.machine.now(console.around);
    let here = installed(console.machine, true);
    let wanted = names(call);
    if let Some(name) = wanted.iter().find(|name| !found.vibs.iter().any(|vib| vib.name == **name)) {
        return Err(wording::no_match("VIB", name));
    }
    let host = console.machine.software.acceptance;
    let unchecked = call.flag("force") || call.flag("no-sig-check");
    let (mut image, mut outcome, mut live) = (current(console), Outcome::default(), true);
    for vib in found.vibs {
        if !wanted.is_empty() && !wanted.contains(&vib.name.as_str()) {
            continue;
        }
        let old = here.iter().find(|old| old.name == vib.name);
        if old.is_none() && update || old.is_some_and(|old| old.version == vib.version) {
            outcome.skipped.push(vib.id());
            continue;
        }
        if vib.level < host && !unchecked {
            return Err(wording::not_accepted(&vib.id(), vib.level.word(), host.word()));
        }
        live &= vib.live_install && old.is_none_or(|old| old.live_remove);
        outcome.installed.push(vib.id());
        outcome.removed.extend(old.map(Vib::id));
        image.added.retain(|other| other.name != vib.name);
        image.added.push(Vib { installed: now, ..vib });
    }
    settle(console, call, image, live, outcome, "Installation Result")
}

/// What the host cannot be without.
const NEEDED: [&str; 3] = ["esx-base", "esx-update", "native-misc-drivers"];

fn remove(console: &mut Console<'_>, call: &Invocation) -> Reply {
    let here = installed(console.machine, true);
    let (mut image, mut outcome, mut live) = (current(console), Outcome::default(), true);
    for name in names(call) {
        let vib = here.iter().find(|vib| vib.name == name).ok_or_else(|| wording::no_match("VIB", name))?;
        if NEEDED.contains(&name) && !call.flag("force") {
            let other = here
                .iter()
                .find(|vib| vib.name == "esx-ui" || vib.name == "tools-light")
                .map_or_else(String::new, Vib::id);
            return Err(wording::dependency(&other, &vib.name));
        }
        live &= vib.live_remove;
        outcome.removed.push(vib.id());
        image.added.retain(|added| added.name != name);
        let shipped = table::shipped(console.machine.state.version, console.machine.state.build);
        if shipped.iter().any(|shipped| shipped.name == name) {
            image.removed.push(name.to_owned());
        }
    }
    settle(console, call, image, live, outcome, "Removal Result")
}

/// An image profile is written to the other boot bank: it always waits for a boot. The release that the host is of
/// stays as it is: what a new one changes beside its VIBs is not modelled.
fn profile(console: &mut Console<'_>, call: &Invocation, heading: &'static str) -> Reply {
    let found = sources(console, call)?;
    let name = wanted_profile(&found, call)?;
    let now = console.machine.now(console.around);
    let here = installed(console.machine, true);
    let mut image = current(console);
    if image.profile.as_ref() == Some(&name)
        || table::profile(console.machine.state.version, console.machine.state.build) == name
            && image.profile.is_none()
    {
        let outcome = Outcome { skipped: here.iter().map(Vib::id).collect(), ..Outcome::default() };
        return settle(console, call, image, false, outcome, heading);
    }
    let mut outcome = Outcome::default();
    let host = console.machine.software.acceptance;
    for vib in found.vibs {
        match here.iter().find(|old| old.name == vib.name) {
            Some(old) if old.version == vib.version => outcome.skipped.push(vib.id()),
            old => {
                if vib.level < host && !call.flag("force") && !call.flag("no-sig-check") {
                    return Err(wording::not_accepted(&vib.id(), vib.level.word(), host.word()));
                }
                outcome.installed.push(vib.id());
                outcome.removed.extend(old.map(Vib::id));
                image.added.retain(|other| other.name != vib.name);
                image.added.push(Vib { installed: now, ..vib });
            }
        }
    }
    // A depot whose content is not known brings at least the host's base.
    if outcome.installed.is_empty() {
        let build = name.rsplit('-').nth(1).unwrap_or("1").to_owned();
        if let Some(old) = here.iter().find(|vib| vib.name == "esx-base") {
            let version = format!("{}-{build}", old.version.split('-').next().unwrap_or_default());
            let new = Vib { version, installed: now, ..old.clone() };
            outcome.installed.push(new.id());
            outcome.removed.push(old.id());
            image.added.retain(|other| other.name != new.name);
            image.added.push(new);
        }
    }
    image.profile = Some(name);
    settle(console, call, image, false, outcome, heading)
}
