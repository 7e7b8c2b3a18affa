//! `esxcli vm process`.

use super::{Guest, Power};
use crate::model::family::{Answer, Console, Reply};
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    Some(match call.row.path {
        "vm process list" => {
            let running = console.machine.guests.list().iter().filter_map(process);
            Ok(Answer::Value(Value::List(running.collect())))
        }
        "vm process kill" => kill(console, call),
        _ => return None,
    })
}

/// Verified (6.7.0).
fn process(guest: &Guest) -> Option<Structure> {
    let Power::On { world, cartel } = guest.power else { return None };
    let number = |value: u64| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
    Some(
        Structure::new("VirtualMachine")
            .under(guest.name.clone())
            .with("World ID", number(world))
            .with("Process ID", Value::Int(0))
            .with("VMX Cartel ID", number(cartel))
            .with("UUID", guest.uuid_text())
            .with("Display Name", guest.name.as_str())
            .with("Config File", guest.path.as_str()),
    )
}

/// Silent when it worked; the sentence is believed.
fn kill(console: &mut Console<'_>, call: &Invocation) -> Reply {
    let wanted = call.get("world-id").unwrap_or_default();
    let guests = &mut console.machine.guests;
    let id = guests.list().iter().find_map(|guest| match guest.power {
        Power::On { world, .. } if world.to_string() == wanted => Some(guest.id),
        _ => None,
    });
    match id {
        Some(id) => guests
            .power(id, super::PowerChange::Off)
            .map(|()| Answer::Done)
            .map_err(|error| error.to_string()),
        None => Err(format!("Unable to find a virtual machine with the world ID {wanted}.")),
    }
}
