//! One structure of an answer, whatever form it came in.

use crate::model::value::{Structure, Value};
use std::collections::BTreeMap;

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// One text; in the text form a list, too, is one.
    One(String),
    /// A list.
    Many(Vec<String>),
}

/// Named values. Names are those of the XML form: the label without blanks and punctuation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record(BTreeMap<String, Cell>);

impl From<&Structure> for Record {
    /// What is nested is left out.
    fn from(structure: &Structure) -> Self {
        let mut record = Record::default();
        for field in &structure.fields {
            match &field.value {
                Value::Struct(_) | Value::List(_) => {}
                Value::StrList(list) => record.insert(&field.label, Cell::Many(list.clone())),
                scalar => record.insert(&field.label, Cell::One(scalar.text())),
            }
        }
        record
    }
}

impl Record {
    /// Adds a value under its label or name.
    pub fn insert(&mut self, label: &str, cell: Cell) {
        self.0.insert(label.chars().filter(char::is_ascii_alphanumeric).collect(), cell);
    }
    /// A text without outer blanks; a list joined as the text form would. `None` when there is no such field.
    pub fn text(&self, name: &str) -> Option<String> {
        Some(match self.0.get(name)? {
            Cell::One(text) => text.trim().to_owned(),
            Cell::Many(list) => list.join(", "),
        })
    }
    /// A list; one text is split at its commas.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        Some(match self.0.get(name)? {
            Cell::Many(list) => list.clone(),
            Cell::One(text) => {
                text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
        })
    }
    /// True or false, in any spelling of esxcli.
    pub fn bool(&self, name: &str) -> Option<bool> {
        crate::model::parse::read_bool(&self.text(name)?)
    }
    /// A value of some type.
    pub fn parse<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
    /// True when nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
