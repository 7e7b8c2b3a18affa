//! Commands that are about the machine, not its network: power, names, saving.

use super::world::Reply;
use esxi_core::model::{Machine, Output};
use std::time::{SystemTime, UNIX_EPOCH};

/// Names (and, where the command does not lie in `/bin`, paths) of the commands executed here.
pub(crate) const NAMES: &[&str] =
    &["hostname", "reboot", "halt", "poweroff", "/sbin/auto-backup.sh", "/sbin/backup.sh"];

/// Executes it, if it is one of them.
pub(crate) fn run(machine: &mut Machine, argv: &[String]) -> Option<Reply> {
    let name = argv.first()?.rsplit('/').next()?;
    let options: Vec<&str> = argv[1..].iter().map(String::as_str).collect();
    let reply = match name {
        "hostname" => match options[..] {
            [] | ["-f"] => print(&machine.fqdn()),
            ["-s"] => print(&machine.hostname),
            _ => fail("hostname: set it with esxcli system hostname set"),
        },
        // `-f` does not run the shutdown scripts, and those are what saves the configuration (believed).
        "reboot" | "halt" | "poweroff" if options.contains(&"-f") => Reply::PowerCycle,
        // Nothing switches a simulated host on again but itself: halt boots, too.
        "reboot" | "halt" | "poweroff" => Reply::Reboot,
        "auto-backup.sh" | "backup.sh" => Reply::Save(backup()),
        _ => return None,
    };
    Some(reply)
}

fn print(text: &str) -> Reply {
    Reply::Output(Output { stdout: format!("{text}\n").into_bytes(), ..Output::default() })
}

fn fail(text: &str) -> Reply {
    Reply::Output(Output { stderr: format!("{text}\n").into_bytes(), status: 1, ..Output::default() })
}

/// What the script says (verified on 5.5 and 7.0).
fn backup() -> Output {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let text = format!(
        "Saving current state in /bootbank\nClock updated.\nTime: {hour:02}:{minute:02}:{second:02}   Date: {month:02}/{day:02}/{year}   UTC\n"
    );
    Output { stdout: text.into_bytes(), ..Output::default() }
}

/// Year, month and day of a number of days since 1970.
fn civil(days: u64) -> (u64, u64, u64) {
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
