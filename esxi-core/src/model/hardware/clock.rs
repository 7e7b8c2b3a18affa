//! `hardware clock`.

use crate::model::calendar::{date, days, moment};
use crate::model::family::{Answer, Console, Reply};
use crate::model::parse::Invocation;
use crate::model::value::Value;

fn now(console: &Console<'_>) -> u64 {
    console.around.now().saturating_add_signed(console.machine.hardware.clock_error)
}

/// Verified (9.0).
pub(super) fn get(console: &Console<'_>) -> Answer {
    Answer::Value(Value::Str(moment(now(console)) + "Z"))
}

/// What is not named stays. The sentence is believed.
pub(super) fn set(console: &mut Console<'_>, call: &Invocation) -> Reply {
    let seconds = now(console).cast_signed();
    let (year, month, day) = date(seconds / 86_400);
    let value = |option: &str, old: i64, least: i64, most: i64| match call.get(option) {
        None => Ok(old),
        Some(text) => {
            let fits = text.parse().ok().filter(|value| (least..=most).contains(value));
            fits.ok_or_else(|| format!("Invalid value of --{option}: {text}"))
        }
    };
    let (year, month) = (value("year", year, 1970, 2105)?, value("month", month, 1, 12)?);
    let day = value("day", day, 1, 31)?;
    let hour = value("hour", seconds / 3600 % 24, 0, 23)?;
    let (minute, second) = (value("min", seconds / 60 % 60, 0, 59)?, value("sec", seconds % 60, 0, 59)?);
    if date(days(year, month, day)) != (year, month, day) {
        return Err(format!("Invalid value of --day: month {month} of {year} has no day {day}"));
    }
    let wanted = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    console.machine.hardware.clock_error = wanted - console.around.now().cast_signed();
    Ok(Answer::Done)
}

#[cfg(test)]
mod tests {
    use crate::model::testhost::TestHost;

    #[test]
    fn a_part_of_the_time_is_set() {
        let mut host = TestHost::new("8.0");
        assert_eq!(host.text("esxcli hardware clock get"), "2026-03-01T00:00:00Z\n");
        host.silent("esxcli hardware clock set -y 2024 -M 2 -d 29 -H 16 -m 32 -s 46");
        assert_eq!(host.text("esxcli hardware clock get"), "2024-02-29T16:32:46Z\n");
        host.around.now += 14;
        host.silent("esxcli hardware clock set -H 3");
        assert_eq!(host.text("esxcli hardware clock get"), "2024-02-29T03:33:00Z\n");
        assert!(host.refused("esxcli hardware clock set -y 2025").contains("no day 29"));
        host.refused("esxcli hardware clock set -H 24");
        // The system's own clock is another.
        assert_eq!(host.machine.system.clock_error, 0);
    }
}
