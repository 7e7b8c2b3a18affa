//! Output of esxcli, in whatever form it comes, back into a [`Value`].
//!
//! Tolerant: pasted output that lost its indent, empty cells, cells wider than their column, headings that end in
//! a colon or are missing. What fits nowhere is kept as [`Unknown`], with its line.
//!
//! Each form loses something of what the command had:
//!
//! | form | does not tell |
//! |---|---|
//! | XML | order and punctuation of labels, units, headings |
//! | JSON | the same, and the types of structures; an empty list of structures is one of texts |
//! | CSV | the same, and types: everything is text, one structure is a list of one, what is nested is gone, a text that ends in a comma is a list |
//! | keyvalue | as XML, and lists that are empty |
//! | table | names of types; types where alignment does not show them; a list in a cell is its text |
//! | structures | names and types: everything is text; a nested list of one is a structure |
//!
//! Fields that the text form hides are missing in the last two.

mod csv;
mod json;
mod keyvalue;
mod structures;
mod table;
mod usage;
mod xml;

pub use usage::{UsageOption, UsageText, read_usage};

use super::value::{Structure, Value};

/// The form that output had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// `--formatter=xml`, or the answer of the web service.
    Xml,
    /// `--debug --formatter=json`.
    Json,
    /// `--formatter=csv`.
    Csv,
    /// `--formatter=keyvalue`.
    KeyValue,
    /// Text: columns over dash runs.
    Table,
    /// Text: `Label: value` lines.
    Structures,
    /// Text: a value alone, or a sentence.
    Bare,
    /// No output.
    Nothing,
}

/// A line that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its number, from 1.
    pub line: usize,
    /// The line.
    pub text: String,
}

/// Output that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The form it had.
    pub form: Form,
    /// What it says.
    pub value: Value,
    /// What was not understood.
    pub unknown: Vec<Unknown>,
}

impl Reading {
    fn new(form: Form, value: Value) -> Self {
        Reading { form, value, unknown: Vec::new() }
    }
    /// Its structures: rows of a table, members of a list, or the only one.
    pub fn structures(&self) -> &[Structure] {
        match &self.value {
            Value::Struct(one) => std::slice::from_ref(one),
            Value::List(items) => items,
            _ => &[],
        }
    }
}

/// The text says it is XML, but is none of esxcli.
#[derive(Debug, thiserror::Error)]
#[error("not esxcli's XML")]
pub struct XmlError(#[source] Option<roxmltree::Error>);

/// Reads output of whatever form it is. Never fails: what is none of the others is text.
///
/// ```
/// use esxi_core::model::read::{Form, read};
/// use esxi_core::model::value::Value;
/// let reading = read("   Default Action: DROP\n   Enabled: true\n");
/// assert_eq!(reading.form, Form::Structures);
/// assert_eq!(reading.structures()[0].get("DefaultAction"), Some(&Value::from("DROP")));
/// let reading = read("Enabled,Name,\ntrue,sshServer,\n");
/// assert_eq!(reading.structures()[0].get("Name"), Some(&Value::from("sshServer")));
/// ```
pub fn read(output: &str) -> Reading {
    let start = output.trim_start_matches(['\u{feff}', '\n', '\r', ' ']);
    let other = match start.as_bytes().first() {
        Some(b'<') => read_xml(output).ok(),
        Some(b'{' | b'[') => json::read(start),
        _ => csv::read(output).or_else(|| keyvalue::read(output)),
    };
    other.unwrap_or_else(|| read_text(output))
}

/// Reads XML.
///
/// # Errors
/// [`XmlError`] for text that is no XML, or neither esxcli's nor the web service's.
pub fn read_xml(output: &str) -> Result<Reading, XmlError> {
    xml::read(output)
}

/// Reads text: a table, structures, or a value alone.
pub fn read_text(output: &str) -> Reading {
    let lines: Vec<&str> = output.lines().map(|line| line.trim_end_matches('\r')).collect();
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Reading::new(Form::Nothing, Value::List(Vec::new()));
    }
    if let Some(reading) = table::read(&lines).or_else(|| structures::read(&lines)) {
        return reading;
    }
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    Reading::new(Form::Bare, Value::Str(lines[first..].join("\n").trim_end().to_owned()))
}

#[cfg(test)]
mod captures;
#[cfg(test)]
mod tests;
