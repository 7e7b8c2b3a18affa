//! Going down, saving, and the host's name: programs about the machine as a whole.

use crate::model::family::{Call, Console, Then};
use crate::model::machine::Output;

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
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let text = format!(
        "Saving current state in /bootbank\nClock updated.\nTime: {hour:02}:{minute:02}:{second:02}   Date: \
         {month:02}/{day:02}/{year}   UTC\n"
    );
    Output { then: Some(Then::Save), ..Output::ok(text) }
}

/// Year, month and day of a number of days since 1970.
pub(in crate::model) fn civil(days: u64) -> (u64, u64, u64) {
    // Years counted from March, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(20_513), (2026, 3, 1));
    }
}
