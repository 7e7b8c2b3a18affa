//! State → [`Value`]: what each command that shows something shows.

mod card;
mod connection;
mod ip;
mod neighbor;
mod nic;
mod port;
mod stack;
mod vswitch;

pub(super) use card::RINGS;
pub(super) use ip::no_names;
pub(in crate::model) use ip::{default_route, ipv4_columns, link_local, outgoing, routes};
pub(super) use neighbor::{forget as forget_neighbor, neighbors};
pub(super) use nic::{legacy_pci, mtu, speed};
pub(super) use vswitch::used_ports;

use super::ping;
use crate::model::family::Console;
use crate::model::parse::Invocation;
use crate::model::value::Value;

/// The value of a command that shows something; `None` for one that does not, or that is not in the table.
pub(super) fn show(console: &Console<'_>, call: &Invocation) -> Option<Result<Value, String>> {
    let machine = &*console.machine;
    let path = call.row.path.strip_prefix("network ")?;
    if let Some(path) = path.strip_prefix("vswitch standard ") {
        return vswitch::show(machine, path, call);
    }
    if let Some(path) = path.strip_prefix("nic ") {
        return nic::show(machine, path, call).or_else(|| card::show(machine, path, call));
    }
    match path {
        "diag ping" => Some(ping::diagnose(console, call)),
        "ip connection list" => Some(Ok(connection::list(machine, call))),
        "ip neighbor list" => Some(neighbor::show(console, call)),
        "ip ipsec sa list" | "ip ipsec sp list" => Some(Ok(Value::List(Vec::new()))),
        "ip netstack list" => Some(Ok(stack::list(machine))),
        "ip netstack get" => Some(stack::get(machine, call)),
        _ => match path.strip_prefix("ip ") {
            Some(path) => ip::show(machine, path, call),
            None => port::show(console, path, call),
        },
    }
}
