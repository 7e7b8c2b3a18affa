//! A real host against what is believed of it.
//!
//! Every fact about ESXi in this project has a source, but few sources are hosts. [`doctor`] takes what a host said
//! (a [`Bundle`]) and says where it differs: commands, options, layout, labels, refusals, defaults. It changes
//! nothing, neither on the host nor here: a difference is for a person to look at.

mod commands;
mod outputs;

use super::bundle::{self, Bundle, Entry, Form};
use super::facts;
use super::machine::Machine;
use super::surroundings::Memory;
use crate::diag::Diagnostic;
use crate::diag::codes::{self, Code};
use crate::state::{FactoryNic, factory};
use crate::value::MacAddr;
use std::collections::BTreeMap;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Outputs that were looked at.
    pub checked: usize,
    /// Where the host differs; warnings, in the order of the bundle.
    pub findings: Vec<Diagnostic>,
}

/// Compares what a host said with what the simulated host of its release says, and with the parsers.
///
/// ```
/// use esxi_core::model::{Machine, Memory, bundle, doctor};
/// use esxi_core::state::{FactoryNic, factory};
/// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
/// let mut host = Machine::new(factory("7.0".parse()?, &[nic]));
/// let answer = bundle::collect(&mut host, &mut Memory::default());
/// let report = doctor::doctor(&bundle::Bundle::from_answer(&answer, false)?);
/// assert_eq!(report.findings, []);
/// let tampered = answer.replace("Default Action: DROP", "Default Verdict: DROP");
/// let report = doctor::doctor(&bundle::Bundle::from_answer(&tampered, false)?);
/// assert!(report.findings[0].message.contains("Default Verdict"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn doctor(bundle: &Bundle) -> Report {
    let mut model = Model::new(bundle);
    let mut findings = commands::lists(bundle);
    for entry in &bundle.entries {
        match entry.form {
            Form::Help => findings.extend(commands::options(bundle.esxi, entry)),
            Form::Text | Form::Xml => outputs::compare(&mut model, entry, &mut findings),
            Form::Shell => outputs::heading(&mut model, entry, &mut findings),
        }
    }
    findings.extend(understood(bundle));
    Report { checked: bundle.entries.len(), findings }
}

/// What facts leave out of this host.
fn understood(bundle: &Bundle) -> Vec<Diagnostic> {
    let find = |words: &str| {
        let asked = bundle
            .entries
            .iter()
            .filter(|entry| entry.form == Form::Xml && entry.path().as_deref() == Some(words));
        asked
            .map(|entry| facts::Got {
                key: entry.key().unwrap_or_default().to_owned(),
                status: entry.status,
                body: entry.output.clone(),
            })
            .collect()
    };
    match facts::from_outputs(&find) {
        Ok(facts) => {
            facts.warnings.into_iter().filter(|warning| warning.code == codes::FACT_LEFT_OUT).collect()
        }
        Err(error) => vec![error.diagnostic()],
    }
}

/// A finding about a command.
fn finding(code: Code, entry: &Entry, message: impl std::fmt::Display, help: &str) -> Diagnostic {
    Diagnostic::warning(code, format!("{}: {message}", entry.argv.join(" "))).help(help)
}

/// A factory-fresh host of the same release, with as many cards.
struct Model {
    machine: Machine,
    around: Memory,
    names: BTreeMap<&'static str, Vec<String>>,
}

impl Model {
    fn new(bundle: &Bundle) -> Self {
        let listed = bundle
            .entries
            .iter()
            .find(|entry| entry.form == Form::Text && entry.path().as_deref() == Some("network nic list"));
        let cards =
            listed.map_or(1, |entry| super::read::read_text(&entry.output).structures().len()).clamp(1, 32);
        let nic = |last: u8| FactoryNic { mac: MacAddr([0, 0x50, 0x56, 0, 0, last]), link_up: true };
        let nics: Vec<FactoryNic> = (1..=cards).filter_map(|at| at.try_into().ok()).map(nic).collect();
        let mut machine = Machine::new(factory(bundle.esxi, &nics));
        let mut around = Memory::default();
        let names = bundle::names(&mut |words| bundle::said(&mut machine, &mut around, words));
        Model { machine, around, names }
    }
    /// What the same command says here; a name that is not here is replaced by one that is.
    fn says(&mut self, entry: &Entry) -> (u8, String) {
        let mut argv = entry.argv.clone();
        if let (Some(_), [.., option, name]) = (entry.key(), argv.as_mut_slice()) {
            let known = self.names.get(option.trim_start_matches('-')).map(Vec::as_slice).unwrap_or_default();
            if let Some(first) = known.first().filter(|_| !known.contains(name)) {
                name.clone_from(first);
            }
        }
        bundle::said(&mut self.machine, &mut self.around, &argv)
    }
}

#[cfg(test)]
mod tests;
