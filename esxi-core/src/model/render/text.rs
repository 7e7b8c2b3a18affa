//! Text for people.
//!
//! Layout verified in captures of 5.5 to 9.0: tables with two blanks between columns, strings to the left,
//! numbers and truth values (with their headings) to the right; structures with an indent of three blanks, of
//! nine inside of another one; lists of structures under their key, a blank line between two, inside of another
//! structure a line of six blanks.

use crate::model::grammar::Shape;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use std::fmt::Write;

pub(super) fn render(value: &Value, shape: Shape, version: EsxiVersion) -> String {
    let mut out = String::new();
    match (value, shape) {
        (Value::List(rows), Shape::Table) => table(&mut out, rows, version),
        (Value::List(items), _) => headed(&mut out, items),
        (Value::Struct(one), _) => {
            if let Some(heading) = one.heading.as_deref().filter(|heading| !heading.is_empty()) {
                let _ = writeln!(out, "{heading}");
            }
            fields(&mut out, one, 3);
        }
        (scalar, _) => {
            let _ = writeln!(out, "{}", scalar.text());
        }
    }
    out
}

fn headed(out: &mut String, items: &[Structure]) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        match (item.heading.as_deref(), item.shown().next()) {
            // Verified for the ports of a virtual machine.
            (Some(""), _) => {}
            (Some(heading), _) => {
                let _ = writeln!(out, "{heading}");
            }
            (None, Some(key)) => {
                let _ = writeln!(out, "{}", key.value.text());
            }
            (None, None) => {}
        }
        fields(out, item, 3);
    }
}

/// An empty value leaves one blank after the colon (verified), and so does what is nested (verified for lists).
fn fields(out: &mut String, structure: &Structure, indent: usize) {
    for field in structure.shown() {
        let _ = writeln!(out, "{:indent$}{}: {}", "", field.label, field.value.text());
        match &field.value {
            Value::Struct(inner) => fields(out, inner, indent + 6),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        let _ = writeln!(out, "{:1$}", "", indent + 3);
                    }
                    fields(out, item, indent + 6);
                }
            }
            _ => {}
        }
    }
}

/// An empty table is nothing at all (believed).
fn table(out: &mut String, rows: &[Structure], version: EsxiVersion) {
    let Some(first) = rows.first() else { return };
    let heads: Vec<&str> = first.shown().map(|field| field.label.as_ref()).collect();
    let right: Vec<bool> = first
        .shown()
        .map(|field| matches!(field.value, Value::Int(_) | Value::Measure(..) | Value::Bool(_)))
        .collect();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.shown().map(|field| field.value.text()).collect()).collect();
    let last = heads.len().saturating_sub(1);
    // Verified: up to 6.7 the last dash run is as wide as its longest cell, from 7.0 only as its heading. Where it is
    // as wide as its cells, these are filled up with blanks (verified: 6.5; its heading is believed not to be).
    let narrow = version >= EsxiVersion::new(7, 0);
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(column, head)| {
            let longest =
                cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
            let head = head.chars().count();
            if narrow && column == last && !right[column] { head } else { head.max(longest.unwrap_or(0)) }
        })
        .collect();
    let mut line = |words: &mut dyn Iterator<Item = &str>, fill: bool| {
        let mut text = String::new();
        for (column, word) in words.enumerate() {
            let width = widths.get(column).copied().unwrap_or(0);
            if column > 0 {
                text.push_str("  ");
            }
            let _ = if right.get(column) == Some(&true) {
                write!(text, "{word:>width$}")
            } else if column == last && !fill {
                write!(text, "{word}")
            } else {
                write!(text, "{word:<width$}")
            };
        }
        let _ = writeln!(out, "{text}");
    };
    line(&mut heads.iter().copied(), false);
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(&mut dashes.iter().map(String::as_str), false);
    for row in &cells {
        line(&mut row.iter().map(String::as_str), !narrow);
    }
}
