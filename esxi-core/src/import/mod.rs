//! Linux network configuration → host file, and a live host → host file.
//!
//! A document is read into a small model of a Linux host's network (`linux`), its bridges are folded into the devices
//! below them (`bridge`), and the rest is laid out as vSwitches, port groups and vmkernel adapters (`lower`). Network
//! cards stay references by MAC address. Nothing is lost in silence: every key of the document is either carried over
//! or has a diagnostic.

mod bridge;
mod cloud_init;
mod curtin;
mod esxi;
mod format;
mod glob;
mod ifupdown;
mod links;
mod linux;
mod lower;
mod netplan;
mod nmstate;
mod read;

pub use cloud_init::cloud_init;
pub use curtin::curtin;
pub use esxi::esxi;
pub use format::Format;
pub use ifupdown::ifupdown;
pub use links::{LinksError, links};
pub use netplan::netplan;
pub use nmstate::nmstate;

use crate::diag::{Diagnostic, SourceMap, codes, has_errors};
use crate::spec::{HostSpec, check};
use crate::teaming::{Compat, SwitchSide};
use crate::tree::Node;
use crate::value::MacAddr;
use crate::yaml::read_tree;
use linux::Linux;
use read::{Account, At};
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
    /// The cards' own addresses by their Linux names, for documents that do not state them; [`links`] reads them from
    /// what `ip` prints. They go before the document's own.
    pub nics: BTreeMap<String, MacAddr>,
}

/// An imported document.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Imported {
    /// The host file, unless a finding is an error.
    pub spec: Option<HostSpec>,
    /// Places in the document: of its own values, and of the values that the objects of `spec` came from, so that
    /// findings of [`check`] and [`resolve`](crate::spec::resolve()) point into it.
    pub source: SourceMap,
    /// Everything to know, located; the findings of [`check`] among it.
    pub diagnostics: Vec<Diagnostic>,
}

/// A text as a tree, in whatever notation it was.
struct Document {
    /// `None` where the text could not be read or is empty, which `found` says.
    root: Option<Node>,
    source: SourceMap,
    found: Vec<Diagnostic>,
}

impl Document {
    fn yaml(name: &str, text: &str) -> Document {
        match read_tree(name, text) {
            Ok((Some(root), source, found)) => Document { root: Some(root), source, found },
            Ok((None, source, mut found)) => {
                found.push(Diagnostic::error(codes::IMPORT_INCOMPLETE, "the document is empty").at(""));
                Document { root: None, source, found }
            }
            Err(found) => Document { root: None, source: SourceMap::new(name, text), found },
        }
    }
}

/// What every importer does around its reader: the values that `read` leaves unread are told of, the network that it
/// finds is laid out and checked, and every finding gets its place.
fn import(
    document: Document,
    options: &ImportOptions,
    read: impl FnOnce(&At<'_>) -> Option<Linux>,
) -> Imported {
    let Document { root, mut source, mut found } = document;
    let mut spec = None;
    if let Some(node) = &root {
        let account = Account::default();
        let root = At { node, path: String::new(), account: &account };
        if let Some(mut linux) = read(&root) {
            bridge::fold(&mut linux, &account);
            let (made, origins) = lower::lower(linux, options, &account);
            for (object, origin) in origins {
                if let Some(span) = source.span(&origin) {
                    source.insert(object, span);
                }
            }
            spec = Some(made);
        }
        found.extend(account.settle(node));
    }
    if !has_errors(&found)
        && let Some(spec) = &spec
    {
        found.extend(check(spec));
    }
    found.iter_mut().for_each(|finding| source.locate(finding));
    source.sort(&mut found);
    let spec = spec.filter(|_| !has_errors(&found));
    Imported { spec, source, diagnostics: found }
}
