//! State → [`Value`]: what each command that shows something shows.

mod ip;
mod nic;
mod system;
mod vswitch;

pub(super) use ip::{default_route, ipv4_columns, link_local, routes};
pub(super) use system::number;
pub(super) use vswitch::used_ports;

use super::machine::Machine;
use super::parse::Invocation;
use super::value::Value;

/// The value of a command that shows something; `None` for one that does not, or that is not in the table.
pub(super) fn show(machine: &Machine, call: &Invocation) -> Option<Result<Value, String>> {
    let path = call.row.path;
    if let Some(path) = path.strip_prefix("network vswitch standard ") {
        vswitch::show(machine, path, call)
    } else if let Some(path) = path.strip_prefix("network ip ") {
        ip::show(machine, path, call)
    } else if let Some(path) = path.strip_prefix("network nic ") {
        nic::show(machine, path, call)
    } else {
        system::show(machine, path)
    }
}
