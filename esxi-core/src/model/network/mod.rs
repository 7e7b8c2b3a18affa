//! `network` but for its firewall: vSwitches, vmkernel adapters, cards.

mod legacy;
mod recognise;
mod rows_ip;
mod rows_link;
mod show;

pub use recognise::{Refusal, command};
#[cfg(test)]
pub(super) use show::default_route;

use super::family::{Answer, Console, Family, Reply, Tool};
use super::machine::Machine;
use super::parse::Invocation;
use super::run::execute;
use super::wording;
use crate::state::Nic;

pub(super) static FAMILY: Family = Family {
    rows: &[rows_link::ROWS, rows_ip::ROWS],
    parse_only: &[],
    run,
    tools: &[
        Tool { name: "esxcfg-nics", run: |console, call| legacy::nics(console.machine, call.words()) },
        Tool { name: "esxcfg-route", run: |console, call| legacy::route(console.machine, call.words()) },
        Tool { name: "esxcfg-vmknic", run: |console, call| legacy::vmknic(console.machine, call.words()) },
        Tool { name: "esxcfg-vswitch", run: |console, call| legacy::vswitch(console.machine, call.words()) },
    ],
};

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    call.row.path.strip_prefix("network ").filter(|rest| !rest.starts_with("firewall "))?;
    let machine = &mut *console.machine;
    if let Some(shown) = show::show(machine, call) {
        return Some(shown.map(Answer::Value));
    }
    Some(change(machine, call).map(|()| Answer::Done))
}

fn change(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    if let Some(command) = recognise::command(call, &machine.state).map_err(|refusal| refusal.to_string())? {
        return execute(machine, &command);
    }
    match call.row.path {
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
