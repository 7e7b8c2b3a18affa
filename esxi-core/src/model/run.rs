//! One command line, executed.

use super::machine::{Machine, Output};
use super::parse::{Invocation, parse};
use super::{legacy, recognise, render, show, wording};
use crate::command::{Command, apply, assigned_mac};
use crate::state::Nic;

/// Names under which [`run`] is to be found on a host.
pub const APPLETS: &[&str] = &[
    "esxcli",
    "localcli",
    "esxcfg-nics",
    "esxcfg-route",
    "esxcfg-vmknic",
    "esxcfg-vswitch",
    "uname",
    "vmware",
];

/// Executes one command line. `argv[0]` names the tool, with or without a directory; standard input is read by
/// none of the modelled commands.
///
/// On a refusal the machine is as it was. A new vmkernel adapter gets a MAC address
/// ([`assigned_mac`]); an adapter set to DHCP keeps the lease it has and otherwise gets none: whoever plays the
/// network hands one out afterwards.
pub fn run(machine: &mut Machine, argv: &[String], stdin: &[u8]) -> Output {
    let _ = stdin;
    let Some((tool, words)) = argv.split_first() else { return not_found("") };
    let name = tool.rsplit('/').next().unwrap_or_default();
    let tool: fn(&mut Machine, &[String]) -> Output = match name {
        "esxcli" | "localcli" => return esxcli(machine, words),
        "esxcfg-nics" => legacy::nics,
        "esxcfg-route" => legacy::route,
        "esxcfg-vmknic" => legacy::vmknic,
        "esxcfg-vswitch" => legacy::vswitch,
        "uname" => legacy::uname,
        "vmware" => legacy::vmware,
        other => return not_found(other),
    };
    watched(machine, |machine| tool(machine, words))
}

/// Says whether the machine changed. Commands check before they change, so a refused one leaves no trace.
fn watched(machine: &mut Machine, command: impl FnOnce(&mut Machine) -> Output) -> Output {
    let before = machine.clone();
    let output = command(machine);
    Output { changed: *machine != before, ..output }
}

/// What the shell says (verified), with its status.
fn not_found(name: &str) -> Output {
    let stderr = format!("-sh: {name}: not found\n").into_bytes();
    Output { stderr, status: 127, ..Output::default() }
}

fn esxcli(machine: &mut Machine, words: &[String]) -> Output {
    let version = machine.state.version;
    let call = match parse(words, version) {
        Ok(call) => call,
        Err(error) => {
            return Output {
                stdout: error.stdout.into_bytes(),
                stderr: error.stderr.into_bytes(),
                status: error.status,
                changed: false,
            };
        }
    };
    if let Some(shown) = show::show(machine, &call) {
        return match shown {
            Ok(value) => Output::ok(render::render(&value, call.formatter, call.row.shape, version)),
            Err(sentence) => Output::refused(sentence),
        };
    }
    if call.get("dvs-name").or(call.get("dvport-id")).is_some() {
        return legacy::not_modelled("esxcli", &[call.row.path, "on a distributed switch"]);
    }
    watched(machine, |machine| match change(machine, &call) {
        Ok(()) => Output::default(),
        Err(sentence) => Output::refused(sentence),
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

fn change(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    if let Some(command) = recognise::command(call, &machine.state).map_err(|refusal| refusal.to_string())? {
        return execute(machine, &command);
    }
    match call.row.path {
        "system hostname set" => set_hostname(machine, call),
        "network nic down" => nic_down(machine, call.get("nic-name").unwrap_or_default()),
        "network nic up" => nic_up(machine, call.get("nic-name").unwrap_or_default()),
        "network ip dns server remove" if call.flag("all") => {
            machine.state.dns.servers.clear();
            Ok(())
        }
        // A `set` that names nothing to set.
        _ => Ok(()),
    }
}

/// `--host` takes no dots and excludes `--fqdn` (verified); the sentences are believed.
fn set_hostname(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let (host, fqdn, domain) = (call.get("host"), call.get("fqdn"), call.get("domain"));
    if fqdn.is_some() && (host.is_some() || domain.is_some()) {
        return Err("Cannot specify fqdn together with host or domain".to_owned());
    }
    if let Some(fqdn) = fqdn {
        let (host, domain) = fqdn.split_once('.').unwrap_or((fqdn, ""));
        (machine.hostname, machine.domain) = (host.to_owned(), domain.to_owned());
    }
    if let Some(host) = host {
        if host.contains('.') {
            return Err(format!("Host name {host} must not contain a dot"));
        }
        machine.hostname = host.to_owned();
    }
    if let Some(domain) = domain {
        machine.domain = domain.to_owned();
    }
    Ok(())
}

fn nic<'a>(machine: &'a mut Machine, name: &str) -> Result<&'a mut Nic, String> {
    machine.state.nics.get_mut(name).ok_or_else(|| wording::not_found(&format!("find nic {name}")))
}

fn nic_down(machine: &mut Machine, name: &str) -> Result<(), String> {
    let card = nic(machine, name)?;
    let was = (card.link_up, card.speed_mbps);
    (card.link_up, card.speed_mbps) = (false, 0);
    if let Ok(name) = name.parse() {
        machine.nics_down.entry(name).or_insert(was);
    }
    Ok(())
}

fn nic_up(machine: &mut Machine, name: &str) -> Result<(), String> {
    nic(machine, name)?;
    if let Some((link_up, speed)) = machine.nics_down.remove(name) {
        let card = nic(machine, name)?;
        (card.link_up, card.speed_mbps) = (link_up, speed);
    }
    Ok(())
}
