//! `hardware clock`.

use crate::model::family::{Answer, Console, Reply};
use crate::model::parse::Invocation;
use crate::model::system::civil;
use crate::model::value::Value;

fn now(console: &Console<'_>) -> u64 {
    console.around.now().saturating_add_signed(console.machine.hardware.clock_error)
}

/// Verified (9.0).
pub(super) fn get(console: &Console<'_>) -> Answer {
    let seconds = now(console);
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    Answer::Value(Value::Str(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")))
}

/// Days since 1970 of a date; the inverse of [`civil`].
fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years counted from March, so that the leap day is the last of its year.
    let shifted = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (shifted / 400, shifted % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).saturating_sub(719_468)
}

/// What is not named stays. The sentence is believed.
pub(super) fn set(console: &mut Console<'_>, call: &Invocation) -> Reply {
    let seconds = now(console);
    let (year, month, day) = civil(seconds / 86_400);
    let value = |option: &str, old: u64, least: u64, most: u64| match call.get(option) {
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
    if civil(days(year, month, day)) != (year, month, day) {
        return Err(format!("Invalid value of --day: month {month} of {year} has no day {day}"));
    }
    let wanted = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let error =
        i64::try_from(wanted).unwrap_or(i64::MAX) - i64::try_from(console.around.now()).unwrap_or(i64::MAX);
    console.machine.hardware.clock_error = error;
    Ok(Answer::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testhost::TestHost;

    #[test]
    fn dates_go_both_ways() {
        for day in [0, 59, 60, 11_016, 19_782, 20_513, 47_540] {
            let (y, m, d) = civil(day);
            assert_eq!(days(y, m, d), day);
        }
    }

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
