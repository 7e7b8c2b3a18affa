//! One command line, executed.

use super::family::{Answer, Call, Console, FAMILIES, Tool, not_modelled};
use super::machine::{Machine, Output};
use super::parse::parse;
use super::surroundings::{Nothing, Surroundings};
use super::{render, wording};
use crate::command::{Command, apply, assigned_mac};

/// Names under which [`run_in`] is to be found on a host: bare ones lie in `/bin` and `/sbin`, others are paths.
pub fn applets() -> impl Iterator<Item = &'static str> {
    ["esxcli", "localcli"].into_iter().chain(tools().map(|tool| tool.name))
}

fn tools() -> impl Iterator<Item = &'static Tool> {
    FAMILIES.iter().flat_map(|family| family.tools)
}

/// Executes one command line on a machine around which there is [`Nothing`].
pub fn run(machine: &mut Machine, argv: &[String], stdin: &[u8]) -> Output {
    run_in(machine, &mut Nothing, &Call { stdin, ..Call::new(argv) })
}

/// Executes one command line. Its first word names the tool, with or without a directory.
///
/// On a refusal the machine is as it was. A new vmkernel adapter gets a MAC address
/// ([`assigned_mac`]); an adapter set to DHCP keeps the lease it has and otherwise gets none: whoever plays the
/// network hands one out afterwards.
pub fn run_in(machine: &mut Machine, around: &mut dyn Surroundings, call: &Call<'_>) -> Output {
    let mut console = Console { machine, around };
    match call.name() {
        "esxcli" => esxcli(&mut console, call.words(), true),
        "localcli" => esxcli(&mut console, call.words(), false),
        name => match tools().find(|tool| tool.name.rsplit('/').next() == Some(name)) {
            Some(tool) => watched(&mut console, |console| (tool.run)(console, call)),
            None => not_found(name),
        },
    }
}

/// Says whether the machine changed. Commands check before they change, so a refused one leaves no trace.
fn watched(console: &mut Console<'_>, command: impl FnOnce(&mut Console<'_>) -> Output) -> Output {
    let before = console.machine.clone();
    let output = command(console);
    Output { changed: *console.machine != before, ..output }
}

/// What the shell says (verified), with its status.
fn not_found(name: &str) -> Output {
    let stderr = format!("-sh: {name}: not found\n").into_bytes();
    Output { stderr, status: 127, ..Output::default() }
}

fn esxcli(console: &mut Console<'_>, words: &[String], through_hostd: bool) -> Output {
    if through_hostd && !console.machine.system.hostd {
        return Output::refused(wording::HOSTD_DOWN);
    }
    let version = console.machine.state.version;
    let call = match parse(words, version) {
        Ok(call) => call,
        Err(error) => {
            return Output {
                stdout: error.stdout.into_bytes(),
                stderr: error.stderr.into_bytes(),
                status: error.status,
                ..Output::default()
            };
        }
    };
    if call.get("dvs-name").or(call.get("dvport-id")).is_some() {
        return not_modelled("esxcli", &[call.row.path, "on a distributed switch"]);
    }
    watched(console, |console| match FAMILIES.iter().find_map(|family| (family.run)(console, &call)) {
        Some(Ok(Answer::Done)) => Output::default(),
        Some(Ok(Answer::Value(value))) => {
            Output::ok(render::render(&value, call.formatter, call.row.shape, version))
        }
        Some(Ok(Answer::Then(then))) => Output { then: Some(then), ..Output::default() },
        Some(Err(sentence)) => Output::refused(sentence),
        None => not_modelled("esxcli", &[call.row.path]),
    })
}

/// Executes a typed command, and fills in what the host would have chosen.
pub(super) fn execute(machine: &mut Machine, command: &Command) -> Result<(), String> {
    let mut after = machine.state.clone();
    apply(&mut after, command).map_err(|error| error.to_string())?;
    if let Command::VmkAdd { vmk, mac: None, .. } = command {
        let mac = assigned_mac(&after, vmk);
        if let Some(adapter) = after.vmkernel.get_mut(vmk) {
            adapter.mac = Some(mac);
        }
    }
    machine.state = after;
    Ok(())
}
