//! The host's logs.

use super::Inside;
use crate::sim::clock::stamp;
use esxi_core::EsxiVersion;
use std::time::Duration;

/// A log that something is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// Logins, and what was run by them.
    Auth,
    /// The management agent.
    Hostd,
    /// What was typed.
    Shell,
    /// Daemons.
    Syslog,
    /// The kernel.
    Vmkernel,
}

impl Log {
    fn path(self) -> &'static str {
        match self {
            Log::Auth => "/var/log/auth.log",
            Log::Hostd => "/var/log/hostd.log",
            Log::Shell => "/var/log/shell.log",
            Log::Syslog => "/var/log/syslog.log",
            Log::Vmkernel => "/var/log/vmkernel.log",
        }
    }
}

/// One line as the release writes it: with milliseconds, level and facility from 8.0, with neither before (both
/// verified for the shell's log). `ident` is the program with its process number: `shell[2098312]`.
pub(super) fn line(version: EsxiVersion, time: Duration, ident: &str, text: &str) -> String {
    let text = text.replace('\n', "#012");
    if version < EsxiVersion::new(8, 0) {
        format!("{} {ident}: {text}\n", stamp(time, false))
    } else {
        format!("{} In(14) {ident}: {text}\n", stamp(time, true))
    }
}

/// Adds a line. A host whose log cannot be written goes on without.
pub(crate) fn write(
    files: &Inside,
    version: EsxiVersion,
    time: Duration,
    log: Log,
    (ident, text): (&str, &str),
) {
    let _ = files.append(log.path(), line(version, time, ident, text).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_ages() {
        let moment = Duration::from_millis(1_701_797_777_835);
        let told = |version: &str| {
            line(version.parse().unwrap(), moment, "shell[1053659]", "[root]: vim-cmd vmsvc/getallvms")
        };
        assert_eq!(told("6.7"), "2023-12-05T17:36:17Z shell[1053659]: [root]: vim-cmd vmsvc/getallvms\n");
        assert_eq!(
            told("8.0"),
            "2023-12-05T17:36:17.835Z In(14) shell[1053659]: [root]: vim-cmd vmsvc/getallvms\n"
        );
    }
}
