//! Writing a [`Value`](super::value::Value): one file a form.

mod csv;
mod json;
mod keyvalue;
mod text;
mod xml;

use super::grammar::Shape;
use super::parse::Formatter;
use super::value::Value;
use crate::version::EsxiVersion;

/// The output of a command that has one.
pub(super) fn render(value: &Value, formatter: Formatter, shape: Shape, version: EsxiVersion) -> String {
    match formatter {
        Formatter::Text => text::render(value, shape, version),
        Formatter::Xml => xml::render(value),
        Formatter::Csv => csv::render(value),
        Formatter::KeyValue => keyvalue::render(value),
        Formatter::Json => json::render(value),
    }
}
