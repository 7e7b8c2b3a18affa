//! A host's facts over any transport, in one exec.

use esxi_core::diag::{Code, Diagnostic, codes};
use esxi_core::model::facts::{self, Facts, FactsError};

use crate::transport::first_line;
use crate::{Transport, TransportError};

/// Asks a host everything with one command, as hosts may allow one session only, and reads its answer.
///
/// # Errors
/// When the command has no result, or its answer cannot be read. What a host merely leaves out is unknown in the
/// state or a warning, not an error.
///
/// ```no_run
/// # async fn example(mut host: esxi_ssh::Session) -> Result<(), esxi_ssh::ReadFactsError> {
/// let facts = esxi_ssh::read_facts(&mut host).await?;
/// println!("{} runs {}", facts.hostname, facts.state.version);
/// # Ok(())
/// # }
/// ```
pub async fn read_facts<T: Transport>(host: &mut T) -> Result<Facts, ReadFactsError> {
    let output = host.exec(&facts::script(), b"").await?;
    // Names on a host may be in any encoding; they are compared, not shown back to it.
    facts::parse(&String::from_utf8_lossy(&output.stdout))
        .map_err(|source| ReadFactsError::Answer { source, said: first_line(&output.stderr) })
}

/// Why a host's facts are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadFactsError {
    /// The command has no result.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer cannot be read.
    #[error("the host's answer cannot be read (it said: {said})")]
    Answer {
        /// Why.
        source: FactsError,
        /// The first line of its standard error.
        said: String,
    },
}

impl ReadFactsError {
    /// Stable code.
    pub fn code(&self) -> Code {
        match self {
            ReadFactsError::Transport(error) => error.code(),
            ReadFactsError::Answer { source: FactsError::Truncated { .. }, .. } => codes::SSH_LOST,
            ReadFactsError::Answer { .. } => codes::SSH_NOT_ESXI,
        }
    }
    /// The error as a diagnostic; what lies below it is in the message.
    pub fn to_diagnostic(&self) -> Diagnostic {
        match self {
            ReadFactsError::Transport(error) => error.to_diagnostic(),
            ReadFactsError::Answer { source, .. } => {
                Diagnostic::error(self.code(), format!("{self}: {source}"))
                    .help("check that it is an ESXi host and that the account has a shell there")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use esxi_core::model::Machine;
    use esxi_core::model::facts::{Form, collect};
    use esxi_core::state::{FactoryNic, factory};

    use super::*;
    use crate::ExecOutput;

    /// A host that knows one command: the facts script.
    struct Modelled {
        machine: Machine,
        execs: usize,
        cut: bool,
    }

    impl Transport for Modelled {
        async fn exec(&mut self, command: &str, _: &[u8]) -> Result<ExecOutput, TransportError> {
            assert_eq!(command, facts::script());
            self.execs += 1;
            let mut text = collect(&mut self.machine, Form::Xml, None);
            if self.cut {
                text.truncate(text.len() / 2);
            }
            Ok(ExecOutput { stdout: text.into(), stderr: b"sh: warning\n".into(), status: Some(0) })
        }
    }

    fn modelled(cut: bool) -> Modelled {
        let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
        Modelled { machine: Machine::new(factory("8.0".parse().unwrap(), &[nic])), execs: 0, cut }
    }

    #[tokio::test]
    async fn one_exec_gives_the_state() {
        let mut host = modelled(false);
        let facts = read_facts(&mut host).await.unwrap();
        assert_eq!(facts.state, host.machine.state);
        assert_eq!(host.execs, 1);
    }

    #[tokio::test]
    async fn an_answer_that_is_cut_off_or_no_answer_at_all() {
        let error = read_facts(&mut modelled(true)).await.unwrap_err();
        assert_eq!(error.code(), codes::SSH_LOST);
        assert!(error.to_diagnostic().message.contains("cut off"));

        struct Router;
        impl Transport for Router {
            async fn exec(&mut self, _: &str, _: &[u8]) -> Result<ExecOutput, TransportError> {
                Ok(ExecOutput { stderr: b"% Unknown command".into(), ..ExecOutput::default() })
            }
        }
        let error = read_facts(&mut Router).await.unwrap_err();
        assert_eq!(error.code(), codes::SSH_NOT_ESXI);
        assert!(error.to_string().contains("% Unknown command"));
    }
}
