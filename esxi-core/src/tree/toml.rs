//! TOML text as a tree. The only place that knows a TOML library.

use super::{Key, Kind, Node};
use crate::diag::{Code, Diagnostic, SourceMap};
use std::ops::Range;
use toml::de::{DeInteger, DeTable, DeValue};

/// Reads the text into a tree; `None` when it is not TOML from some place on.
///
/// Texts stand in quotes, so that numbers, truth values and dates are the only plain scalars.
pub(crate) fn parse(text: &str, code: Code, source: &SourceMap, found: &mut Vec<Diagnostic>) -> Option<Node> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut errors: Vec<(Range<usize>, &str)> = errors
        .iter()
        .map(|error| (error.span().unwrap_or(text.len()..text.len()), error.message()))
        .collect();
    errors.sort_by_key(|(span, _)| span.start);
    let mut whole = true;
    for (span, message) in errors {
        let mistake = Diagnostic::error(code, format!("this is not TOML: {message}"));
        let (mistake, local) = match message {
            "duplicate key" => (mistake.help("keep one of the two"), true),
            _ if message.starts_with("string values must be quoted") => {
                let word = text.get(span.clone()).unwrap_or_default();
                let quoted = format!("\"{word}\"");
                (mistake.help(format!("write {quoted}")).fix(quoted), true)
            }
            _ => (
                mistake.help("look at this line and the one before it for a missing quote, bracket or comma"),
                false,
            ),
        };
        let mut mistake = mistake.at("");
        mistake.start = Some(source.position(span.start));
        mistake.end = Some(source.position(span.end));
        found.push(mistake);
        // What follows a bracket that is not closed is read as something that it is not.
        if !local {
            whole = false;
            break;
        }
    }
    whole.then(|| Node { span: 0..text.len(), kind: table_kind(table.get_ref()) })
}

fn table_kind(table: &DeTable<'_>) -> Kind {
    let mut entries: Vec<(Key, Node)> = table
        .iter()
        .map(|(key, value)| {
            let node = Node { span: value.span(), kind: kind(value.get_ref()) };
            (Key { text: key.get_ref().to_string(), span: key.span() }, node)
        })
        .collect();
    // The library sorts by name; the order of the text is the user's.
    entries.sort_by_key(|(key, _)| key.span.start);
    Kind::Map(entries)
}

fn kind(value: &DeValue<'_>) -> Kind {
    let plain = |text: String| Kind::Scalar { text, plain: true };
    match value {
        DeValue::String(text) => Kind::Scalar { text: text.to_string(), plain: false },
        DeValue::Integer(number) => plain(decimal(number)),
        DeValue::Float(number) => plain(number.as_str().to_owned()),
        DeValue::Boolean(truth) => plain(truth.to_string()),
        DeValue::Datetime(date) => plain(date.to_string()),
        DeValue::Array(items) => Kind::Seq(
            items.iter().map(|item| Node { span: item.span(), kind: kind(item.get_ref()) }).collect(),
        ),
        DeValue::Table(table) => table_kind(table),
    }
}

fn decimal(number: &DeInteger<'_>) -> String {
    match i128::from_str_radix(number.as_str(), number.radix()) {
        Ok(value) => value.to_string(),
        Err(_) => number.to_string(),
    }
}

/// A date is a text to whoever wants a text; numbers and truth values are none.
pub(crate) fn is_date(text: &str) -> bool {
    matches!(text.as_bytes(), [_, _, _, _, b'-', _, _, b'-', ..])
}

/// `[[allocation.layout]]` for the path `/allocation/0/layout`.
pub(crate) fn list_of_tables(path: &str) -> Option<String> {
    let names: Vec<&str> =
        path.split('/').skip(1).filter(|key| !key.bytes().all(|b| b.is_ascii_digit())).collect();
    (!names.is_empty()).then(|| format!("a table [[{}]] for each", names.join(".")))
}

#[cfg(test)]
#[path = "toml_tests.rs"]
mod tests;
