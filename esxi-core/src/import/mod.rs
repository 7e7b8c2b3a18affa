//! Linux network configuration → host file.
//!
//! A document is read into a small model of a Linux host's network (`linux`), which is then laid out as vSwitches,
//! port groups and vmkernel adapters (`lower`). Network cards stay references by MAC address. Nothing is lost in
//! silence: every key of the document is either carried over or has a diagnostic.

mod curtin;
mod linux;
mod lower;
mod read;

pub use curtin::curtin;

use crate::diag::{Diagnostic, SourceMap};
use crate::spec::HostSpec;
use crate::teaming::{Compat, SwitchSide};
use std::collections::BTreeMap;

/// What the document does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// What the physical switch expects behind bonds that `switch_of` does not name.
    pub switch: Option<SwitchSide>,
    /// The same for single bonds, by name.
    pub switch_of: BTreeMap<String, SwitchSide>,
    /// Follow a fixed mapping of bond modes instead of asking about the switch.
    pub compat: Option<Compat>,
}

/// An imported document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Imported {
    /// The host file, unless a finding is an error.
    pub spec: Option<HostSpec>,
    /// Places in the document: of its own values, and of the values that the objects of `spec` came from, so that
    /// findings of [`check`](crate::spec::check) and [`resolve`](crate::spec::resolve()) point into it.
    pub source: SourceMap,
    /// Everything to know, located; the findings of [`check`](crate::spec::check) among it.
    pub diagnostics: Vec<Diagnostic>,
}
