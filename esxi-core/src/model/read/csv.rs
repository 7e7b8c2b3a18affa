//! The CSV form: every line ends with a comma, and so does the last member of a list in its cell.

use super::{Form, Reading, Unknown};
use crate::model::value::{Structure, Value};

/// `None` when the first line is no heading of such a table.
pub(super) fn read(output: &str) -> Option<Reading> {
    let mut lines = Lines { rest: output.trim_start_matches(['\u{feff}', '\n', '\r']), number: 0 };
    let head = lines.next()?;
    let name = |cell: &Cell| {
        !cell.quoted && !cell.text.is_empty() && cell.text.chars().all(|c| c.is_ascii_alphanumeric())
    };
    if !head.ended || head.cells.is_empty() || !head.cells.iter().all(name) {
        return None;
    }
    let mut reading = Reading::new(Form::Csv, Value::List(Vec::new()));
    let mut rows = Vec::new();
    for line in lines {
        if line.raw.trim().is_empty() {
            continue;
        }
        if !line.ended || line.cells.len() != head.cells.len() {
            reading.unknown.push(Unknown { line: line.number, text: line.raw.to_owned() });
            continue;
        }
        let fields = head.cells.iter().zip(line.cells);
        rows.push(
            fields.fold(Structure::new(""), |row, (name, cell)| row.with(name.text.clone(), cell.value())),
        );
    }
    reading.value = Value::List(rows);
    Some(reading)
}

struct Cell {
    text: String,
    quoted: bool,
}

impl Cell {
    /// A quoted cell that ends in a comma is a list.
    fn value(self) -> Value {
        match self.text.strip_suffix(',') {
            Some(list) if self.quoted => Value::StrList(list.split(',').map(str::to_owned).collect()),
            _ => Value::Str(self.text),
        }
    }
}

/// A line; quoted cells may hold line ends.
struct Line<'a> {
    number: usize,
    raw: &'a str,
    cells: Vec<Cell>,
    /// Its last cell has its comma.
    ended: bool,
}

struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;
    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let whole = self.rest;
        self.number += 1;
        let number = self.number;
        let (mut cells, mut text, mut quoted, mut inside) = (Vec::new(), String::new(), false, false);
        let mut chars = whole.char_indices().peekable();
        let mut end = whole.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if inside && chars.next_if(|(_, next)| *next == '"').is_some() => text.push('"'),
                '"' if inside => inside = false,
                '"' if text.is_empty() && !quoted => (inside, quoted) = (true, true),
                '\n' if inside => {
                    self.number += 1;
                    text.push(c);
                }
                '\n' => {
                    end = at + 1;
                    break;
                }
                ',' if !inside => {
                    cells.push(Cell { text: std::mem::take(&mut text), quoted: std::mem::take(&mut quoted) });
                }
                c => text.push(c),
            }
        }
        self.rest = &whole[end..];
        let raw = whole[..end].trim_end_matches(['\r', '\n']);
        Some(Line { number, raw, cells, ended: text.trim().is_empty() && !inside })
    }
}
