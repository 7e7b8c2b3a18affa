//! `vim-cmd vmsvc` and `solo`: registered virtual machines and their power.

use super::Said;
use super::print::{Fault, Node, print};
use crate::model::family::Console;
use crate::model::guests::{Guest, GuestError, Power, PowerChange, Vmx};
use crate::model::machine::{Machine, Output};
use std::fmt::Write;

pub(super) fn run(console: &mut Console<'_>, command: &str, words: &[&str]) -> Said {
    if command == "getallvms" {
        return Said::Text(list(console.machine));
    }
    // Verified.
    let Some(id) = words.first() else { return Said::Refused("Insufficient arguments.".to_owned()) };
    let version = console.machine.state.version;
    let Some(guest) = id.parse().ok().and_then(|id| console.machine.guests.get(id).ok()) else {
        return unknown(id);
    };
    match command {
        "power.getstate" => {
            let state = match guest.power {
                Power::Off => "Powered off",
                Power::On { .. } => "Powered on",
                Power::Suspended => "Suspended",
            };
            Said::Text(format!("Retrieved runtime info\n{state}\n"))
        }
        "get.summary" | "get.runtime" => {
            Said::Text(format!("Listsummary:\n{}", print(&summary(console.machine, guest), version)))
        }
        "get.config" => {
            Said::Text(format!("Configuration:\n\n{}", print(&config(console.machine, guest), version)))
        }
        "get.filelayout" | "get.datastores" | "get.networks" | "get.guest" => Said::Lacking,
        "unregister" => {
            let id = guest.id;
            match console.machine.guests.unregister(id) {
                Ok(()) => Said::Text(String::new()),
                Err(error) => state_fault(&error),
            }
        }
        "reload" => Said::Text(String::new()),
        _ => match command.strip_prefix("power.") {
            Some(verb) => {
                let id = guest.id;
                power(console.machine, id, verb)
            }
            None => Said::Lacking,
        },
    }
}

/// Registration: the file is read from the host's own disks, and the new id is printed (believed).
pub(super) fn solo(console: &mut Console<'_>, command: &str, words: &[&str]) -> Said {
    let (Some(path), "registervm") = (words.first(), command) else { return Said::Lacking };
    let Ok(content) = console.around.read(path) else {
        return Said::Fault(Fault::new("vim.fault.NotFound", format!("File {path} was not found")));
    };
    let mut vmx = Vmx::read(&String::from_utf8_lossy(&content));
    if let Some(name) = words.get(1) {
        vmx.name = Some((*name).to_owned());
    }
    match console.machine.guests.register(&with_uuid(console.machine, path), vmx) {
        Ok(id) => Said::Text(format!("{id}\n")),
        Err(_) => Said::Fault(Fault::new(
            "vim.fault.AlreadyExists",
            "The specified key, name, or identifier already exists.",
        )),
    }
}

/// The inventory knows volumes by their UUID.
fn with_uuid(machine: &Machine, path: &str) -> String {
    let Some((volume, below)) = path.strip_prefix("/vmfs/volumes/").and_then(|rest| rest.split_once('/'))
    else {
        return path.to_owned();
    };
    let uuid = machine.storage.volume(volume).map_or(volume, |found| found.uuid.as_str());
    format!("/vmfs/volumes/{uuid}/{below}")
}

/// Shape verified, text believed.
pub(super) fn unknown(id: &str) -> Said {
    Said::Fault(Fault::new("vim.fault.NotFound", format!("Unable to find a VM corresponding to \"{id}\"")))
}

fn state_fault(error: &GuestError) -> Said {
    match error {
        GuestError::Unknown(id) => unknown(&id.to_string()),
        _ => Said::Fault(Fault::new(
            "vim.fault.InvalidPowerState",
            "The attempted operation cannot be performed in the current state (Powered on).",
        )),
    }
}

/// `Powering on VM:` verified, its pendants believed. In maintenance mode nothing is powered on (`Power on failed`
/// verified by readers).
fn power(machine: &mut Machine, id: u32, verb: &str) -> Said {
    let (change, doing, failed) = match verb {
        "on" => (PowerChange::On, "Powering on VM:\n", "Power on failed\n"),
        "off" => (PowerChange::Off, "Powering off VM:\n", "Power off failed\n"),
        "reset" => (PowerChange::Reset, "Reset VM:\n", "Reset failed\n"),
        "suspend" => (PowerChange::Suspend, "Suspending VM:\n", "Suspend failed\n"),
        // The tools of a guest do the rest; a simulated one has them.
        "shutdown" => (PowerChange::Off, "", ""),
        "reboot" => (PowerChange::Reset, "", ""),
        _ => return Said::Lacking,
    };
    let barred = change == PowerChange::On && machine.system.maintenance;
    let done = if barred { Err(None) } else { machine.guests.power(id, change).map_err(Some) };
    match done {
        Ok(()) => Said::Text(doing.to_owned()),
        Err(Some(error)) if failed.is_empty() => state_fault(&error),
        Err(_) => Said::Output(Output {
            stdout: format!("{doing}{failed}").into_bytes(),
            status: 1,
            ..Output::default()
        }),
    }
}

/// `[datastore1] web/web.vmx`.
fn file(machine: &Machine, guest: &Guest) -> String {
    let Some((volume, below)) =
        guest.path.strip_prefix("/vmfs/volumes/").and_then(|rest| rest.split_once('/'))
    else {
        return format!("[] {}", guest.path);
    };
    let label = machine.storage.volume(volume).map_or(volume, |found| found.label.as_str());
    format!("[{label}] {below}")
}

/// Columns with three blanks between them, headings in their middle (verified, 9.0).
fn list(machine: &Machine) -> String {
    let heads = ["Vmid", "Name", "File", "Guest OS", "Version", "Annotation"];
    let rows: Vec<[String; 6]> = machine
        .guests
        .list()
        .iter()
        .map(|guest| {
            let note = guest.annotation.lines().next().unwrap_or_default().to_owned();
            let os = guest.os.clone();
            [guest.id.to_string(), guest.name.clone(), file(machine, guest), os, guest.hardware.clone(), note]
        })
        .collect();
    let mut widths = heads.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for (column, (head, width)) in heads.iter().zip(widths).enumerate() {
        let before = (width - head.len()) / 2;
        let after = width - head.len() - before;
        // The last heading is not filled.
        let after = if column + 1 < heads.len() { after + 3 } else { 0 };
        let _ = write!(text, "{:before$}{head}{:after$}", "", "");
    }
    text.push('\n');
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text += &cells.join("   ");
        text.push('\n');
    }
    text
}

fn state(guest: &Guest) -> &'static str {
    match guest.power {
        Power::Off => "poweredOff",
        Power::On { .. } => "poweredOn",
        Power::Suspended => "suspended",
    }
}

fn summary(machine: &Machine, guest: &Guest) -> Node {
    let runtime = Node::Object(
        "vim.vm.RuntimeInfo",
        vec![
            ("host", "vim.HostSystem:ha-host".into()),
            ("connectionState", "connected".into()),
            ("powerState", state(guest).into()),
        ],
    );
    let config = Node::Object(
        "vim.vm.Summary.ConfigSummary",
        vec![
            ("name", guest.name.as_str().into()),
            ("vmPathName", file(machine, guest).into()),
            ("guestId", guest.os.as_str().into()),
            ("annotation", guest.annotation.as_str().into()),
        ],
    );
    Node::Object(
        "vim.vm.Summary",
        vec![
            ("vm", Node::Text(format!("vim.VirtualMachine:{}", guest.id))),
            ("runtime", runtime),
            ("config", config),
        ],
    )
}

fn config(machine: &Machine, guest: &Guest) -> Node {
    Node::Object(
        "vim.vm.ConfigInfo",
        vec![
            ("name", guest.name.as_str().into()),
            ("guestId", guest.os.as_str().into()),
            ("version", guest.hardware.as_str().into()),
            ("uuid", guest.uuid_text().into()),
            ("annotation", guest.annotation.as_str().into()),
            ("files", Node::Object("vim.vm.FileInfo", vec![("vmPathName", file(machine, guest).into())])),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;
    use crate::model::system::testing::{exec, host, refused, text};
    use crate::model::{Call, Memory, Surroundings, run_in};

    #[test]
    fn the_list_looks_like_the_sample() {
        let mut host = host("9.0");
        let path = "/var/run/crx/infra/vCLS-6b723342-8292-1962-f970-0422f48bc6ea/vCLS-6b723342-8292-1962-f970-0422f48bc6ea.vmx";
        let vmx = Vmx::read("guestOS = \"crxSys1\"\nvirtualHW.version = \"21\"\n");
        let id = host.guests.register(path, vmx).unwrap();
        let Some(sample) = samples::output("vim-cmd-vmsvc.getallvms--9.0.0--1.txt") else { return };
        // Ids are given by the host.
        let ours = text(&mut host, "vim-cmd vmsvc/getallvms").replace(&format!("\n{id}     "), "\n1698  ");
        assert_eq!(ours, sample);
    }

    #[test]
    fn a_guest_is_registered_and_powered() {
        let mut host = host("6.7");
        let mut around = Memory::default();
        let path = "/vmfs/volumes/datastore1/gen/gen.vmx";
        around
            .write(path, b"displayName = \"gen\"\nguestOS = \"otherLinux-64\"\nvirtualHW.version = \"13\"\n")
            .unwrap();
        let mut run = |line: &str| {
            let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let output = run_in(&mut host, &mut around, &Call::new(&argv));
            (output.status, String::from_utf8(output.stdout).unwrap())
        };
        assert_eq!(run(&format!("vim-cmd solo/registervm {path}")), (0, "1\n".to_owned()));
        assert_eq!(run(&format!("vim-cmd solo/registervm {path}")).0, 1);
        assert_eq!(run("vim-cmd solo/registervm /nothing.vmx").0, 1);
        let (_, listed) = run("vim-cmd vmsvc/getallvms");
        assert!(listed.contains("[datastore1] gen/gen.vmx   otherLinux64Guest   vmx-13 "), "{listed}");
        let (_, said) = run("vim-cmd vmsvc/power.on 1");
        if let Some(sample) = samples::output("vim-cmd-vmsvc.power.on-7--unknown--1.txt") {
            assert_eq!(said, sample);
        }
        assert_eq!(run("vim-cmd vmsvc/power.on 1"), (1, "Powering on VM:\nPower on failed\n".to_owned()));
        assert_eq!(run("vim-cmd vmsvc/power.getstate 1").1, "Retrieved runtime info\nPowered on\n");
        assert_eq!(run("vim-cmd vmsvc/unregister 1").0, 1);
        assert_eq!(run("vim-cmd vmsvc/power.shutdown 1").0, 0);
        assert_eq!(run("vim-cmd vmsvc/power.shutdown 1").0, 1);
        assert!(run("vim-cmd vmsvc/get.summary 1").1.contains("powerState = \"poweredOff\""));
        assert_eq!(run("vim-cmd vmsvc/unregister 1").0, 0);
    }

    #[test]
    fn what_is_refused() {
        let mut host = host("7.0");
        assert_eq!(refused(&mut host, "vim-cmd vmsvc/power.on"), "Insufficient arguments.\n");
        assert!(refused(&mut host, "vim-cmd vmsvc/power.on 7").starts_with("(vim.fault.NotFound) {\n"));
        let id = host.guests.register("/vmfs/volumes/u/a/a.vmx", Vmx::default()).unwrap();
        host.system.maintenance = true;
        assert!(refused(&mut host, &format!("vim-cmd vmsvc/power.on {id}")).ends_with("Power on failed\n"));
        assert_eq!(
            exec(&mut host, &format!("vim-cmd vmsvc/snapshot.create {id}")).status,
            crate::model::NOT_MODELLED
        );
    }
}
