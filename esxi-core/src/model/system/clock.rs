//! The host's clock, and NTP from 7.0 on.

use super::services;
use crate::model::calendar::{date, days, moment};
use crate::model::family::{Answer, Console, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::surroundings::Surroundings;
use crate::model::value::{Structure, Value};
use serde::{Deserialize, Serialize};

/// How the clock is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ntp {
    /// Servers.
    pub servers: Vec<String>,
    /// How much the daemon logs, where it is not `warning`.
    pub loglevel: Option<String>,
}

/// `2025-12-12T16:39:45Z` (verified).
pub(super) fn iso(seconds: u64) -> String {
    moment(seconds) + "Z"
}

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    Some(match call.row.path {
        "system time get" | "system clock get" => {
            Ok(Answer::Value(Value::Str(iso(console.machine.now(console.around)))))
        }
        "system time set" | "system clock set" => set(console, call).map(|()| Answer::Done),
        "system stats uptime get" => {
            let micros = i64::try_from(console.around.uptime().as_micros()).unwrap_or(i64::MAX);
            Ok(Answer::Value(Value::Int(micros)))
        }
        "system ntp get" => Ok(Answer::Value(ntp(console.machine))),
        "system ntp set" => set_ntp(console, call).map(|()| Answer::Done),
        _ => return None,
    })
}

/// What is not given stays as it is (believed).
fn set(console: &mut Console<'_>, call: &Invocation) -> Result<(), String> {
    let now = console.machine.now(console.around);
    let (year, month, day) = date((now / 86_400).cast_signed());
    let part = |option: &str, now: i64, range: std::ops::RangeInclusive<i64>| {
        let value = call.get(option).and_then(|text| text.parse().ok()).unwrap_or(now);
        if range.contains(&value) { Ok(value) } else { Err(format!("Invalid value {value} for {option}")) }
    };
    let year = part("year", year, 1970..=2999)?;
    let month = part("month", month, 1..=12)?;
    // The first of month 13 is the one of the next January.
    let longest = days(year + month / 12, month % 12 + 1, 1) - days(year, month, 1);
    let now = now.cast_signed();
    let day = part("day", day, 1..=longest)?;
    let hour = part("hour", now / 3600 % 24, 0..=23)?;
    let minute = part("min", now / 60 % 60, 0..=59)?;
    let second = part("sec", now % 60, 0..=59)?;
    let wanted = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    console.machine.system.clock_error = wanted - console.around.now().cast_signed();
    Ok(())
}

/// `Enabled`, `Servers` and `Synchronized` verified (readers of it); the other lines and the order believed.
fn ntp(machine: &Machine) -> Value {
    let running = services::find(machine.state.version, "ntpd")
        .is_some_and(|one| services::state(machine, one).running);
    let ntp = &machine.system.ntp;
    let synchronized = running && !ntp.servers.is_empty() && machine.system.clock_error.abs() <= 1;
    Value::Struct(
        Structure::new("NTPConfig")
            .with("Enabled", running)
            .with("Loglevel", ntp.loglevel.as_deref().unwrap_or("warning"))
            .with("PID", if running { "2099001" } else { "" })
            .with("Runtime Seconds", "")
            .with("Servers", ntp.servers.clone())
            .with("Synchronized", synchronized),
    )
}

/// Enabling needs a server (believed). The file of the daemon is written anew.
fn set_ntp(console: &mut Console<'_>, call: &Invocation) -> Result<(), String> {
    let machine = &mut *console.machine;
    let mut ntp = machine.system.ntp.clone();
    if call.flag("reset") {
        ntp = Ntp::default();
    }
    let servers: Vec<String> = call
        .values
        .iter()
        .filter(|(option, _)| option.long == "server")
        .flat_map(|(_, value)| value.split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if !servers.is_empty() {
        ntp.servers = servers;
    }
    if let Some(level) = call.get("loglevel") {
        ntp.loglevel = (level != "warning").then(|| level.to_owned());
    }
    let enabled = call.bool("enabled").or(call.flag("reset").then_some(false));
    if enabled == Some(true) && ntp.servers.is_empty() {
        return Err("Unable to enable NTP without a server".to_owned());
    }
    if let (Some(on), Some(one)) = (enabled, services::find(machine.state.version, "ntpd")) {
        services::alter(machine, one, |service| *service = super::Service { on, running: on });
    }
    write(console.around, &ntp);
    console.machine.system.ntp = ntp;
    Ok(())
}

fn write(around: &mut dyn Surroundings, ntp: &Ntp) {
    let mut text = String::from("restrict default nomodify notrap nopeer noquery\nrestrict 127.0.0.1\n");
    for server in &ntp.servers {
        text += &format!("server {server}\n");
    }
    text += "driftfile /etc/ntp.drift\n";
    // A host without files has no daemon that would read it.
    let _ = around.write("/etc/ntp.conf", text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::system::testing::{host, refused, text};
    use crate::model::{Call, Memory, run_in};

    #[test]
    fn the_clock_is_set() {
        let mut host = host("9.0");
        text(&mut host, "esxcli system time set -y 2025 -M 12 -d 12 -H 16 -m 39 -s 45");
        let shown = text(&mut host, "esxcli system time get");
        assert_eq!(shown, "2025-12-12T16:39:45Z\n");
        if let Some(sample) = crate::model::samples::output("esxcli-system-time-get--9.0.0--1.txt") {
            assert_eq!(shown, sample);
        }
        text(&mut host, "esxcli system time set -H 1");
        assert_eq!(text(&mut host, "esxcli system time get"), "2025-12-12T01:39:45Z\n");
        refused(&mut host, "esxcli system time set -M 2 -d 29");
    }

    #[test]
    fn ntp_is_set_and_writes_its_file() {
        let mut host = host("7.0");
        assert!(refused(&mut host, "esxcli system ntp set -e yes").contains("without a server"));
        let mut around = Memory::default();
        let argv: Vec<String> =
            "esxcli system ntp set -s a.example -s b.example -e 1".split(' ').map(str::to_owned).collect();
        assert_eq!(run_in(&mut host, &mut around, &Call::new(&argv)).status, 0);
        let file = String::from_utf8(around.read("/etc/ntp.conf").unwrap()).unwrap();
        assert!(file.contains("server a.example\nserver b.example\n"));
        let shown = text(&mut host, "esxcli system ntp get");
        assert!(shown.contains("   Enabled: true\n") && shown.contains("   Servers: a.example, b.example\n"));
        assert!(shown.contains("   Synchronized: true\n"));
        assert_eq!(text(&mut host, "chkconfig --list ntpd"), "ntpd                    on\n");
        text(&mut host, "esxcli system ntp set -r");
        assert!(text(&mut host, "esxcli system ntp get").contains("   Enabled: false\n"));
        assert!(host.system.services.is_empty());
    }
}
