//! Why a command could not do its work.

use crate::exit::Exit;
use crate::out::Out;
use esxi_core::diag::{Code, Diagnostic, SourceMap};
use serde::Serialize;

/// Findings that end a command, with the text they are about where it is at hand.
#[derive(Debug)]
pub struct Failure {
    findings: Vec<Diagnostic>,
    sources: Option<Box<SourceMap>>,
}

/// A failure as a JSON document.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    diagnostics: &'a [Diagnostic],
}

impl Failure {
    /// Findings without a text.
    pub fn new(findings: Vec<Diagnostic>) -> Failure {
        Failure { findings, sources: None }
    }

    /// One error.
    pub fn error(code: Code, message: impl Into<String>, help: impl Into<String>) -> Failure {
        Failure::new(vec![Diagnostic::error(code, message).help(help)])
    }

    /// Findings about a text.
    pub fn located(mut findings: Vec<Diagnostic>, sources: &SourceMap) -> Failure {
        findings.iter_mut().for_each(|finding| sources.locate(finding));
        Failure { findings, sources: Some(Box::new(sources.clone())) }
    }

    /// Prints it; in JSON to standard output, as the result that was asked for.
    pub fn report(&self, out: &Out) -> Exit {
        if out.is_json() {
            out.json(&Document { schema: 1, diagnostics: &self.findings });
        } else {
            out.findings(&self.findings, self.sources.as_deref());
        }
        match Exit::of(&self.findings) {
            // It did not do its work, whatever the findings weigh.
            Exit::Fine => Exit::CouldNotRun,
            exit => exit,
        }
    }
}

impl From<Diagnostic> for Failure {
    fn from(finding: Diagnostic) -> Failure {
        Failure::new(vec![finding])
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(findings: Vec<Diagnostic>) -> Failure {
        Failure::new(findings)
    }
}
