//! What can go wrong with a simulated host.

use esxi_core::diag::{Diagnostic, codes};
use std::path::PathBuf;

/// Why a simulated host could not be started or a file of it not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// No namespaces for the shell: `SIM001`.
    #[error("the jail for the simulated host's shell cannot be made: {why}")]
    Jail {
        /// What was tried and what it answered.
        why: String,
        /// What to type to make it possible.
        cure: String,
    },
    /// The applet executable cannot serve as one: `SIM002`.
    #[error("{} cannot be the applet executable: {why}", path.display())]
    Applet {
        /// The executable.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A system call failed: `SIM003`.
    #[error("cannot {what}")]
    Io {
        /// What was being done.
        what: String,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The configuration contradicts itself: `SIM004`.
    #[error("{0}")]
    Config(String),
    /// Served hosts refused a request: `SIM011`.
    #[error("{0}")]
    Refused(String),
}

impl SimError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> SimError {
        let what = what.into();
        move |source| SimError::Io { what, source }
    }

    /// The same as a diagnostic with its code and cure.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            SimError::Jail { cure, .. } => {
                Diagnostic::error(codes::SIM_NO_JAIL, self.to_string()).help(cure.clone())
            }
            SimError::Applet { .. } => Diagnostic::error(codes::SIM_APPLET, self.to_string())
                .help("name an executable whose main calls esxi_ssh::sim::applet_main first"),
            SimError::Io { source, .. } => Diagnostic::error(codes::SIM_IO, format!("{self}: {source}")),
            SimError::Refused(_) => Diagnostic::error(codes::SIM_REQUEST, self.to_string()),
            SimError::Config(_) => Diagnostic::error(codes::SIM_CONFIG, self.to_string()),
        }
    }
}
