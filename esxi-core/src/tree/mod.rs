//! A document as a tree in which every value has its place, and types read from it by what each field expects.
//!
//! Nothing in here knows a language: a front reads its text into a [`Node`] ([`toml`], [`yaml`](crate::yaml)) and
//! says in a [`Dialect`] what is particular to it. As many mistakes as possible are reported in one go.

mod de;
mod error;
#[cfg(feature = "blocks")]
pub(crate) mod json;
mod node;
#[cfg(feature = "blocks")]
pub(crate) mod toml;

pub(crate) use node::{Key, Kind, Node, pointer};

use crate::diag::{Code, Diagnostic, SourceMap};
use serde::de::DeserializeOwned;
use std::net::IpAddr;

/// More mistakes than this in one file are not worth reading.
const MAX_MISTAKES: usize = 40;

/// What is particular to a language and to a kind of document in it.
pub(crate) struct Dialect {
    /// Code of a key that no field has.
    pub(crate) unknown_key: Code,
    /// Code of a value that its field does not accept, and of a missing one.
    pub(crate) wrong_value: Code,
    /// Code of mistakes in the `/version` of documents that have one; reading goes on as if it were 1.
    pub(crate) version: Option<Code>,
    /// What the language calls a mapping.
    pub(crate) mapping: &'static str,
    /// What to do about a field that is missing at this path.
    pub(crate) missing: fn(&str) -> String,
    /// What stands between a key and its value.
    pub(crate) assign: &'static str,
    /// True if texts always stand in quotes.
    pub(crate) quotes: bool,
    /// How a list of mappings at this path is written, where a mapping stands.
    pub(crate) list_of_mappings: fn(&str) -> Option<String>,
    /// True if a value without quotes will do for a field that wants a text.
    pub(crate) is_text: fn(&str) -> bool,
    /// A remark on a text without quotes.
    pub(crate) text_remark: fn(&str) -> Option<Diagnostic>,
    /// A remark on a number.
    pub(crate) number_remark: fn(&str) -> Option<Diagnostic>,
    /// The truth value that a word looks like without being it.
    pub(crate) truth: fn(&str) -> Option<bool>,
}

/// Reads the types from the tree. A mistake takes its value out of the tree and reading starts again, so that the
/// next mistake is found too. `None` when there were mistakes that nothing stands in for.
pub(crate) fn read<T: DeserializeOwned>(
    mut root: Node,
    dialect: &Dialect,
    source: &SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Option<T> {
    let mut taken = 0;
    // Fields that are missing because the mistake in them, or in their name, was reported.
    let mut excused: Vec<String> = Vec::new();
    loop {
        let (result, remarks) = de::read::<T>(&root, dialect);
        let error = match result {
            Ok(value) => {
                found.extend(remarks);
                return Some(value);
            }
            Err(error) => error,
        };
        let path = error.path().to_owned();
        let spoilt = error.spoilt().to_owned();
        let missing = error.missing().map(|field| pointer(&path, field));
        if !missing.is_some_and(|field| excused.contains(&field)) {
            excused.extend(error.meant());
            let mut finding = error.into_diagnostic(dialect, source);
            name_address(&mut finding, &mut root);
            found.push(finding);
        }
        if dialect.version.is_some() && path == "/version" {
            root.replace(&path, Node::made("1"));
            continue;
        }
        if spoilt.is_empty() || taken >= MAX_MISTAKES || !root.take_out(&spoilt) {
            return None;
        }
        excused.push(spoilt);
        taken += 1;
    }
}

/// The standard library says of a text only that it is no IP address, not which text.
fn name_address(finding: &mut Diagnostic, root: &mut Node) {
    let Err(error) = "".parse::<IpAddr>() else { return };
    if finding.message != error.to_string() {
        return;
    }
    let node = finding.path.as_deref().and_then(|path| root.get_mut(path));
    if let Some(Node { kind: Kind::Scalar { text, .. }, .. }) = node {
        finding.message = format!("\"{text}\" is no IP address");
        finding.help.get_or_insert_with(|| "write an IP address such as 192.0.2.10".to_owned());
    }
}
