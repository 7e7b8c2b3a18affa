//! `esxi sim state`.

use super::control::{asked, control_of};
use crate::args::SimState;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use crate::{input, show};
use esxi_core::diag::codes;
use esxi_ssh::sim::{HostDump, Request, StateDump, StateFile, read_state};
use std::fmt::Write;
use std::path::Path;

pub fn run(out: &Out, command: &SimState) -> Result<Exit, Failure> {
    match command {
        SimState::Dump { from, host, output } => {
            let dump = dump_of(from, host.as_deref())?;
            match output {
                None => out.json(&dump),
                Some(path) => {
                    let text = serde_json::to_string_pretty(&dump)
                        .map_err(|error| unusable(path, &error.to_string()))?;
                    input::write(path, format!("{text}\n").as_bytes())?;
                }
            }
        }
        SimState::Load { ready, dump } => {
            let dump = read(dump)?;
            let reply = asked(ready, &Request::Load { dump: Box::new(dump) })?;
            match out.is_json() {
                true => out.json(&reply),
                false => {
                    for name in
                        reply["loaded"].as_array().into_iter().flatten().filter_map(|name| name.as_str())
                    {
                        out.line(format_args!("{name} is as in the dump"));
                    }
                }
            }
        }
        SimState::Show { from, host } => {
            let dump = dump_of(from, host.as_deref())?;
            match out.is_json() {
                true => out.json(&dump),
                false => dump.hosts.iter().for_each(|host| out.print(shown(out, host))),
            }
        }
    }
    Ok(Exit::Fine)
}

/// The dump of running hosts, or one that was written before.
fn dump_of(from: &Path, host: Option<&str>) -> Result<StateDump, Failure> {
    let file = input::read(from)?;
    if control_of(&file.text).is_some() {
        let reply = asked(from, &Request::Dump { host: host.map(str::to_owned) })?;
        return serde_json::from_value(reply).map_err(|error| unusable(from, &error.to_string()));
    }
    let mut dump = read(from)?;
    if let Some(host) = host {
        dump.hosts.retain(|one| one.name == host);
        if dump.hosts.is_empty() {
            return Err(unusable(from, &format!("there is no host {host} in it")));
        }
    }
    Ok(dump)
}

fn read(path: &Path) -> Result<StateDump, Failure> {
    let file = input::read(path)?;
    match read_state(&file.text) {
        Ok(StateFile::Dump(dump)) => Ok(*dump),
        Ok(_) => Err(unusable(path, "holds the network of a host, not whole hosts")),
        Err(error) => Err(unusable(path, &error)),
    }
}

fn unusable(path: &Path, why: &str) -> Failure {
    let help = "make it with `esxi sim state dump READY --output FILE`";
    Failure::error(codes::STATE_FILE, format!("{}: {why}", path.display()), help)
}

fn shown(out: &Out, host: &HostDump) -> String {
    let machine = &host.machine;
    let mut text = show::state(out, &host.name, &machine.state);
    let _ = writeln!(text, "\n{}", out.bold("Beside the network"));
    let saved =
        if host.saved.machine == *machine { "as it is now" } else { "another than now: a reboot changes it" };
    let _ = writeln!(text, "  saved: {saved}");
    let volumes = machine.storage.volumes().filter(|volume| volume.kind.datastore());
    for volume in volumes {
        let (free, size) = (volume.free() / 1_000_000_000, volume.size / 1_000_000_000);
        let _ = writeln!(text, "  datastore {}: {free} of {size} GB free", volume.label);
    }
    for guest in machine.guests.list() {
        let power = if guest.is_on() { "on" } else { "off" };
        let _ = writeln!(text, "  virtual machine {}: {power}", guest.name);
    }
    for fault in &host.faults {
        let state = if fault.active { "" } else { ", waits" };
        let _ = writeln!(text, "  fault {}: {}{state}", fault.id, fault.fault);
    }
    text.push('\n');
    text
}
