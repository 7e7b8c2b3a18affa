//! State → [`Value`]: what each command that shows something shows.

mod ip;
mod nic;
mod vswitch;

pub(in crate::model) use ip::{default_route, ipv4_columns, link_local, routes};
pub(super) use vswitch::used_ports;

use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::Value;

/// The value of a command that shows something; `None` for one that does not, or that is not in the table.
pub(super) fn show(machine: &Machine, call: &Invocation) -> Option<Result<Value, String>> {
    let path = call.row.path;
    if let Some(path) = path.strip_prefix("network vswitch standard ") {
        vswitch::show(machine, path, call)
    } else if let Some(path) = path.strip_prefix("network ip ") {
        ip::show(machine, path, call)
    } else {
        nic::show(machine, path.strip_prefix("network nic ")?, call)
    }
}
