//! `network` but for its firewall: vSwitches, vmkernel adapters, cards.

mod change;
mod legacy;
mod ping;
mod recognise;
mod rows_ip;
mod rows_link;
mod rows_nic;
mod show;
mod state;
#[cfg(test)]
mod tests;
mod wording;

pub use recognise::{Refusal, command};
#[cfg(test)]
pub(super) use show::default_route;
pub use state::Network;

use super::family::{Answer, Console, Family, Reply, Tool};
use super::parse::Invocation;
use crate::value::NetstackName;

pub(super) static FAMILY: Family = Family {
    rows: &[rows_link::ROWS, rows_nic::ROWS, rows_ip::ROWS],
    parse_only: &[],
    run,
    tools: &[
        Tool { name: "esxcfg-nics", run: |console, call| legacy::nics(console.machine, call.words()) },
        Tool { name: "esxcfg-route", run: legacy::route },
        Tool { name: "esxcfg-vmknic", run: |console, call| legacy::vmknic(console.machine, call.words()) },
        Tool { name: "esxcfg-vswitch", run: |console, call| legacy::vswitch(console.machine, call.words()) },
        Tool { name: "ping", run: legacy::vmkping },
        Tool { name: "vmkping", run: legacy::vmkping },
    ],
};

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    call.row.path.strip_prefix("network ").filter(|rest| !rest.starts_with("firewall "))?;
    if of_another_stack(call) {
        // Name servers of stacks but the default one are not modelled; a fresh stack has none.
        return call.row.path.ends_with(" list").then(|| Ok(Answer::Value(show::no_names(call))));
    }
    if let Some(shown) = show::show(console, call) {
        return Some(shown.map(Answer::Value));
    }
    if call.row.path == "network ip neighbor remove" {
        return Some(show::forget_neighbor(console, call).map(|()| Answer::Done));
    }
    Some(change::change(console.machine, call).map(|()| Answer::Done))
}

/// Whether a command is about name resolution on a stack that is not the default one.
fn of_another_stack(call: &Invocation) -> bool {
    call.row.path.starts_with("network ip dns ")
        && call.get("netstack").is_some_and(|stack| *stack != *NetstackName::default())
}
