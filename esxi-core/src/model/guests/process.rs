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

#[cfg(test)]
mod tests {
    use crate::model::testhost::{TestHost, same};
    use crate::model::{PowerChange, Vmx};

    #[test]
    fn running_machines_of_6_7() {
        let mut host = TestHost::new("6.7");
        assert_eq!(host.text("esxcli vm process list"), "");
        let volume = "/vmfs/volumes/5bc7459f-967eeb48-b3f7-20677cd9a16c";
        let guests = &mut host.machine.guests;
        guests.next_world = 4_455_344;
        for (name, uuid) in [
            ("gns3_vm", "56 4d 12 f0 01 11 99 9e-24 51 75 dc de 5f 4b 10"),
            ("ubuntu_gns3", "56 4d 0c 5a 5c 01 56 36-6d 3b b6 0a 0a e0 46 fe"),
        ] {
            let vmx = Vmx::read(&format!("displayName = \"{name}\"\nuuid.bios = \"{uuid}\"\n"));
            let id = guests.register(&format!("{volume}/{name}/{name}.vmx"), vmx).unwrap();
            guests.power(id, PowerChange::On).unwrap();
        }
        same("esxcli-vm-process-list--6.7.0--1.txt", &host.text("esxcli vm process list"));
        host.silent("esxcli vm process kill -t soft -w 4455345");
        assert!(host.refused("esxcli vm process kill -t soft -w 4455345").contains("4455345"));
        assert!(host.refused("esxcli vm process kill -t hardest -w 4455488").contains("is not in ["));
        assert_eq!(host.text("esxcli vm process list").lines().count(), 7);
    }
}
