//! Asking a host everything in one go, and reading its answer.
//!
//! Hosts may allow one session, and throttle many: [`script`] is one shell script for one SSH exec. It asks for
//! XML and takes text where that fails, and marks each answer so that [`parse()`] knows what it reads and
//! whether the end is there. [`collect`] gives what the script would print on a [`Machine`](super::Machine).

mod assemble;
mod record;
mod script;
mod sections;
mod teaming;

pub use record::{Cell, Record};
pub(super) use script::Got;
pub use script::{Form, Session, collect, script};

use crate::diag::Diagnostic;
use crate::diag::codes::{self, Code};
use crate::guard::Run;
use crate::reach;
use crate::state::HostState;
use script::Answer;

/// What a host said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its network side.
    pub state: HostState,
    /// Its name, with the domain where it has one; empty when not reported.
    pub hostname: String,
    /// The session that asked, as the host sees it.
    pub session: Option<reach::Session>,
    /// Its clock, in seconds since 1970.
    pub epoch: Option<u64>,
    /// Minute of the hour on its clock: the configuration is backed up one minute past each.
    pub minute: Option<u8>,
    /// The vCenter server that manages it, if one does.
    pub vcenter: Option<String>,
    /// Lockdown mode is on: only keys and exception users log in.
    pub lockdown: bool,
    /// Guarded changes that the host knows of, finished ones too.
    pub runs: Vec<Run>,
    /// What was left out or not understood, and what is to be told of its runs and its lockdown mode.
    pub warnings: Vec<Diagnostic>,
}

/// Why an answer is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// Not the script's output at all.
    #[error("the answer is not that of the facts script: its first mark is missing")]
    NoMark,
    /// Cut off.
    #[error("the answer ends in section {last}: the session was cut off; ask again")]
    Truncated {
        /// The last section that was begun.
        last: String,
    },
    /// The host did not say its version, so nothing else can be read.
    #[error("the host did not report its version: {0}")]
    NoVersion(String),
}

impl FactsError {
    /// Its stable code.
    pub fn code(&self) -> Code {
        codes::FACTS_UNREADABLE
    }
    /// As a finding.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.code(), self.to_string())
    }
}

/// Reads the output of [`script`].
///
/// # Errors
/// [`FactsError`] when the output is not that of the script, is cut off, or names no version. Everything else
/// that is missing or not understood becomes [`Fact::Unknown`](crate::state::Fact) or a warning.
///
/// ```
/// use esxi_core::model::{facts, Machine};
/// use esxi_core::state::{factory, FactoryNic};
/// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
/// let mut host = Machine::new(factory("6.7".parse()?, &[nic]));
/// let output = facts::collect(&mut host, facts::Form::Xml, None);
/// let facts = facts::parse(&output)?;
/// assert_eq!(facts.state, host.state);
/// assert_eq!(facts.hostname, "localhost.localdomain");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(output: &str) -> Result<Facts, FactsError> {
    assemble::facts(&Answer::read(output)?)
}

/// As [`parse()`], from outputs that were got in another way, by the words of their command.
pub(super) fn from_outputs(find: &dyn Fn(&str) -> Vec<Got>) -> Result<Facts, FactsError> {
    parse(&script::put_together(find))
}

#[cfg(test)]
mod tests;
