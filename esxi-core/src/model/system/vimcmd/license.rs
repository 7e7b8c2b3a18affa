//! `vim-cmd vimsvc/license`.

use super::Said;
use super::print::Fault;
use crate::model::family::Console;
use crate::model::system::clock::iso;
use crate::version::EsxiVersion;
use std::fmt::Write;

const NO_KEY: &str = "00000-00000-00000-00000-00000";
/// Days of the evaluation.
const DAYS: u64 = 60;

pub(super) fn run(console: &mut Console<'_>, words: &[&str]) -> Said {
    let system = &mut console.machine.system;
    match words {
        ["--show" | "-s"] => Said::Text(show(console)),
        ["--set" | "-S", key] => set(console, key),
        ["--unset" | "-U", ..] => {
            system.license = None;
            Said::Text(String::new())
        }
        [word] if word.starts_with("--set=") => set(console, word.trim_start_matches("--set=")),
        // What other commands say to the same mistake (verified); here it is believed.
        ["--set" | "-S"] => Said::Refused("Insufficient arguments.".to_owned()),
        _ => Said::Lacking,
    }
}

/// Five groups of five letters or digits. Which product a key is for only VMware can tell: any well-formed one is
/// taken for the product. That a success is silent, and the fault, are believed.
fn set(console: &mut Console<'_>, key: &str) -> Said {
    let groups: Vec<&str> = key.split('-').collect();
    let well = groups.len() == 5
        && groups
            .iter()
            .all(|group| group.len() == 5 && group.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if !well {
        return Said::Fault(Fault::new("vim.fault.InvalidLicense", "The license is not valid."));
    }
    console.machine.system.license = (key != NO_KEY).then(|| key.to_owned());
    Said::Text(String::new())
}

/// Lines of an evaluation verified on 9.0, those of a key on 4.x; the names of a release's licences are believed. The
/// evaluation began with the epoch of the model: it ends sixty days from now as long as the clock stands.
fn show(console: &Console<'_>) -> String {
    let machine = &*console.machine;
    let version = machine.state.version;
    let newest = version >= EsxiVersion::new(9, 0);
    let now = machine.now(console.around);
    let mut text =
        String::from("[200] Sending request for installed licenses...[200] Complete, result is:\n");
    let major = version.major;
    let (serial, key, name, total) = match &machine.system.license {
        Some(serial) => (serial.as_str(), "esx.vram.standard", format!("vSphere {major} Standard"), 0),
        None if newest => (NO_KEY, "esx.eval.entitlement.cpuCoreMin", "VMware ESX Server".to_owned(), 1),
        None => (NO_KEY, "eval", "Evaluation Mode".to_owned(), 0),
    };
    let unit = if newest { "host" } else { "cpuPackage" };
    let _ = writeln!(
        text,
        "   serial: {serial}\n   vmodl key: {key}\n   name: {name}\n   total: {total}\n   used: 1\n   unit: {unit}\n   \
         Properties:"
    );
    let mut property = |name: &str, value: &str| {
        let _ = writeln!(text, "     [{name}] = {value}");
    };
    if machine.system.license.is_none() {
        let end = now + DAYS * 86_400;
        property("system_time", &format!("{}.000000Z", iso(now).trim_end_matches('Z')));
        property("startDate", &iso(now));
        property("expirationDate", &iso(end));
        property("expirationHours", &(DAYS * 24).to_string());
        property("expirationMinutes", &(DAYS * 24 * 60).to_string());
    }
    property("ProductName", "VMware ESX Server");
    if newest {
        property("ComponentFamily", "VMware ESX Server");
    }
    property("ProductVersion", &format!("{major}.{}", version.minor));
    if machine.system.license.is_some() && version < EsxiVersion::new(7, 0) {
        property("count_disabled", "This license is unlimited");
    }
    if !newest {
        property("feature", "vsmp:128 (\"Up to 128-way virtual SMP\")");
    }
    property("FileVersion", &format!("{major}.{}.0.1", version.minor));
    if newest {
        property("Localized", "<Not supported type for value: [N5Vmomi9DataArrayINS_11KeyAnyValueEEE]>");
        text.push('\n');
    }
    text.push_str("[200] End of report.\n");
    text
}

#[cfg(test)]
mod tests {
    use crate::model::system::testing::{host, refused, same_but, text};

    #[test]
    fn an_evaluation_looks_like_the_sample() {
        let shown = text(&mut host("9.0"), "vim-cmd vimsvc/license --show");
        let times = ["[system_time]", "[startDate]", "[expiration"];
        same_but("vim-cmd-vimsvc.license-show--9.0.0--1.txt", &shown, &times);
        assert!(shown.contains("     [expirationHours] = 1440\n"));
    }

    #[test]
    fn a_key_is_set_and_taken_back() {
        let mut host = host("6.7");
        text(&mut host, "vim-cmd vimsvc/license --set AAAAA-BBBBB-CCCCC-DDDDD-EEEEE");
        let shown = text(&mut host, "vim-cmd vimsvc/license --show");
        assert!(
            shown.contains("   serial: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE\n") && !shown.contains("expiration")
        );
        assert!(
            refused(&mut host, "vim-cmd vimsvc/license --set XXXX-XXXX-XXXX-XXXX-XXXX")
                .contains("InvalidLicense")
        );
        text(&mut host, "vim-cmd vimsvc/license --set 00000-00000-00000-00000-00000");
        assert!(host.system.license.is_none());
    }
}
