//! `network ip netstack`.

use crate::model::machine::Machine;
use crate::model::network::state::Stack;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::model::wording;

pub(super) fn list(machine: &Machine) -> Value {
    let stacks = machine.network.all_stacks(&machine.state);
    Value::List(stacks.iter().map(|key| keyed(machine, key).with("State", state(machine, key))).collect())
}

/// The lines of a stack and their order are believed, but for `Key`, `Name` and `State`.
pub(super) fn get(machine: &Machine, call: &Invocation) -> Result<Value, String> {
    let key = call.get("netstack").unwrap_or_default();
    if !machine.network.all_stacks(&machine.state).contains(key) {
        return Err(wording::not_found(&format!("find netstack {key}")));
    }
    let default = Stack::default();
    let stack = machine.network.stacks.get(key).unwrap_or(&default);
    Ok(Value::Struct(
        keyed(machine, key)
            .under(key.to_owned())
            .with("Enabled", stack.enabled)
            .with("Max Connections", stack.connections)
            .with("Current Max Connections", stack.connections_now)
            .with("Congestion Control Algorithm", if stack.cubic { "cubic" } else { "newreno" })
            .with("IPv6 Enabled", stack.ipv6 && !machine.network.ipv6.off)
            .with("Current IPv6 Enabled", stack.ipv6 && machine.network.has_ipv6())
            .with("State", state(machine, key)),
    ))
}

fn keyed(machine: &Machine, key: &str) -> Structure {
    let name = machine.network.stacks.get(key).and_then(|stack| stack.name.clone());
    Structure::new("NetstackInstance").with("Key", key).with("Name", name.unwrap_or_else(|| key.to_owned()))
}

/// Verified for a stack in use; the number of one that is not is believed.
fn state(machine: &Machine, key: &str) -> u32 {
    let enabled = machine.network.stacks.get(key).is_none_or(|stack| stack.enabled);
    if enabled { 4660 } else { 0 }
}
