//! Exit statuses.

use esxi_core::diag::{Diagnostic, Severity};
use std::process::ExitCode;

/// How a command ended, as its exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Fine.
    Fine,
    /// It ran and found something: a warning that matters, or drift.
    Findings,
    /// It could not run; nothing was changed.
    CouldNotRun,
    /// The host is back in its former state.
    RolledBack,
    /// The host was left in another state, which was named.
    LeftIn,
}

impl Exit {
    /// From a number of the code table or an outcome.
    pub fn from_status(status: u8) -> Exit {
        match status {
            0 => Exit::Fine,
            1 => Exit::Findings,
            3 => Exit::RolledBack,
            4 => Exit::LeftIn,
            _ => Exit::CouldNotRun,
        }
    }
    /// The worst that findings ask for: errors by their code, anything less is fine.
    pub fn of(diagnostics: &[Diagnostic]) -> Exit {
        let errors = diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| Exit::from_status(finding.code.info().exit)).max().unwrap_or(Exit::Fine)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
