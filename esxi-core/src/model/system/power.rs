//! Going down, saving, and the host's name: programs about the machine as a whole.

use crate::model::calendar::date;
use crate::model::family::{Answer, Call, Console, Reply, Then};
use crate::model::machine::{Machine, Output};
use crate::model::parse::Invocation;
use crate::model::value::Value;

pub(super) fn hostname(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    match call.texts()[..] {
        [] | ["-f"] => Output::ok(format!("{}\n", console.machine.fqdn())),
        ["-s"] => Output::ok(format!("{}\n", console.machine.hostname)),
        _ => Output {
            stderr: b"hostname: set it with esxcli system hostname set\n".to_vec(),
            status: 1,
            ..Output::default()
        },
    }
}

/// Maintenance mode, and going down by esxcli.
pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let machine = &mut *console.machine;
    Some(match call.row.path {
        "system maintenanceMode get" => {
            let state = if machine.system.maintenance { "Enabled" } else { "Disabled" };
            Ok(Answer::Value(Value::Str(state.to_owned())))
        }
        "system maintenanceMode set" => {
            maintain(machine, call.bool("enable").unwrap_or_default()).map(|()| Answer::Done)
        }
        "system shutdown poweroff" => shutdown(machine, call, false),
        "system shutdown reboot" => shutdown(machine, call, true),
        _ => return None,
    })
}

/// Enters or leaves maintenance mode. A host whose guests run does not enter: nobody takes them away, and a
/// simulated one does not wait. The sentences are believed; a second time is refused as by the agent.
pub(super) fn maintain(machine: &mut Machine, enter: bool) -> Result<(), String> {
    if machine.system.maintenance == enter {
        return Err(if enter {
            "The host is already in maintenance mode".to_owned()
        } else {
            "The host is not in maintenance mode".to_owned()
        });
    }
    if enter && machine.guests.list().iter().any(super::super::guests::Guest::is_on) {
        return Err("Operation timed out.".to_owned());
    }
    machine.system.maintenance = enter;
    Ok(())
}

/// The range of the delay is verified; the sentences are believed.
fn shutdown(machine: &Machine, call: &Invocation, restart: bool) -> Reply {
    let delay: i64 = call.get("delay").and_then(|text| text.parse().ok()).unwrap_or(10);
    let Some(delay) = u32::try_from(delay).ok().filter(|delay| *delay >= 10) else {
        return Err(format!("Invalid delay {delay}: it must be from 10 to 4294967295 seconds"));
    };
    if !machine.system.maintenance {
        return Err("The host must be in maintenance mode to be shut down or rebooted".to_owned());
    }
    Ok(Answer::Then(Then::Shutdown { restart, delay }))
}

/// `-f` does not run the shutdown scripts, and those are what saves the configuration (believed).
pub(super) fn down(_: &mut Console<'_>, call: &Call<'_>) -> Output {
    let forced = call.words().iter().any(|word| word == "-f");
    let restart = call.name() == "reboot";
    let then = if forced && restart { Then::Reset } else { Then::Shutdown { restart, delay: 0 } };
    Output { then: Some(then), ..Output::default() }
}

/// What the script says (verified on 5.5 and 7.0).
pub(super) fn backup(console: &mut Console<'_>, _: &Call<'_>) -> Output {
    let seconds = console.machine.now(console.around);
    let (year, month, day) = date((seconds / 86_400).cast_signed());
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let text = format!(
        "Saving current state in /bootbank\nClock updated.\nTime: {hour:02}:{minute:02}:{second:02}   Date: \
         {month:02}/{day:02}/{year}   UTC\n"
    );
    Output { then: Some(Then::Save), ..Output::ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::system::testing::{exec, host, refused, text};
    use crate::model::{PowerChange, Vmx};

    #[test]
    fn going_down_needs_maintenance() {
        let mut host = host("7.0");
        let reboot = "esxcli system shutdown reboot -d 60 -r because";
        assert!(refused(&mut host, reboot).contains("maintenance mode"));
        text(&mut host, "esxcli system maintenanceMode set -e true -t 0");
        refused(&mut host, "esxcli system maintenanceMode set -e true");
        refused(&mut host, "esxcli system shutdown reboot -d 5 -r because");
        let output = exec(&mut host, reboot);
        assert_eq!((output.status, output.then), (0, Some(Then::Shutdown { restart: true, delay: 60 })));
        let output = exec(&mut host, "esxcli system shutdown poweroff -r because");
        assert_eq!(output.then, Some(Then::Shutdown { restart: false, delay: 10 }));
        text(&mut host, "esxcli system maintenanceMode set -e 0");
    }

    #[test]
    fn maintenance_looks_like_the_sample_and_waits_for_guests() {
        let mut host = host("5.5");
        let get = "esxcli system maintenanceMode get";
        let mut said = text(&mut host, get);
        let id = host.guests.register("/vmfs/volumes/u/a/a.vmx", Vmx::default()).unwrap();
        host.guests.power(id, PowerChange::On).unwrap();
        refused(&mut host, "esxcli system maintenanceMode set -e true -t 0");
        host.guests.power(id, PowerChange::Off).unwrap();
        assert_eq!(text(&mut host, "esxcli system maintenanceMode set -e true -t 0"), "");
        said += &text(&mut host, get);
        if let Some(sample) = crate::model::samples::output("esxcli-system-maintenanceMode-get--5.5--1.txt") {
            assert_eq!(said, sample);
        }
    }
}
