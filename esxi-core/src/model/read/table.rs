//! Tables: columns over dash runs.

use super::{Form, Reading, Unknown};
use crate::model::value::{Structure, Value};

/// `None` when no line is a dash line under a heading.
pub(super) fn read(lines: &[&str]) -> Option<Reading> {
    let dashed = |line: &str| !line.trim().is_empty() && line.chars().all(|c| c == '-' || c == ' ');
    let field =
        |line: &&str| line.starts_with("   ") && (line.contains(": ") || line.trim_end().ends_with(':'));
    // A vSwitch may be called `--`: its heading is followed by a field.
    let rule = (1..lines.len()).find(|at| {
        dashed(lines[*at]) && !lines[at - 1].trim().is_empty() && !lines.get(at + 1).is_some_and(field)
    })?;
    let columns = Columns::new(lines[rule]);
    let unknown = |at: usize| Unknown { line: at + 1, text: lines[at].to_owned() };
    let said = |at: &usize| !lines[*at].trim().is_empty();
    let mut lost: Vec<Unknown> = (0..rule - 1).filter(said).map(unknown).collect();
    let names = columns.names(lines[rule - 1]);
    let mut rows = Vec::new();
    let mut at = rule + 1;
    // A row of nothing but empty cells cannot be told from the end.
    while at < lines.len() && said(&at) {
        match columns.cells(lines[at]) {
            Some(cells) => rows.push(cells),
            None => lost.push(unknown(at)),
        }
        at += 1;
    }
    lost.extend((at..lines.len()).filter(said).map(unknown));
    let right: Vec<bool> =
        (0..names.len()).map(|column| columns.is_right(column, &names[column], &rows)).collect();
    let row = |cells: Vec<Cell>| {
        let fields = names.iter().zip(cells).zip(&right);
        fields.fold(Structure::new(""), |row, ((name, cell), right)| {
            row.with(name.text.clone(), if *right { number(cell.text) } else { Value::Str(cell.text) })
        })
    };
    let value = Value::List(rows.into_iter().map(row).collect());
    Some(Reading { form: Form::Table, value, unknown: lost })
}

/// Units that were seen behind numbers.
const UNITS: &[&str] = &[
    "MiB", "Bytes", "KiB", "GiB", "MB", "KB", "GB", "sec", "ms", "us", "%", "Hz", "MHz", "Kbps", "Mbps",
    "hours", "days",
];

/// What stands to the right is a number, maybe with its unit, or a truth value.
fn number(text: String) -> Value {
    let plain = |digits: &str| digits.parse::<i64>().ok().filter(|number| number.to_string() == digits);
    let measure = |(digits, unit): (&str, &str)| {
        let unit = UNITS.iter().find(|known| **known == unit)?;
        Some(Value::Measure(plain(digits)?, unit))
    };
    match text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        digits => plain(digits)
            .map(Value::Int)
            .or_else(|| digits.split_once(' ').and_then(measure))
            .unwrap_or(Value::Str(text)),
    }
}

/// Where a cell lies in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    /// It fills its column, is empty, or its line is out of step.
    Either,
}

struct Cell {
    text: String,
    side: Side,
}

struct Columns {
    /// First character and length of each dash run.
    runs: Vec<(usize, usize)>,
    /// Runs stand one blank apart: a copy that lost its columns.
    damaged: bool,
}

impl Columns {
    fn new(dashes: &str) -> Self {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut before = ' ';
        for (at, c) in dashes.chars().enumerate() {
            match runs.last_mut() {
                _ if c != '-' => {}
                Some((_, length)) if before == '-' => *length += 1,
                _ => runs.push((at, 1)),
            }
            before = c;
        }
        let damaged = runs.windows(2).any(|pair| pair[1].0 - pair[0].0 - pair[0].1 < 2);
        Columns { runs, damaged }
    }

    /// Names of columns; every one has a name, if need be its number.
    fn names(&self, head: &str) -> Vec<Cell> {
        let mut names = self.cells(head).unwrap_or_else(|| self.cut(head));
        for (column, name) in names.iter_mut().enumerate() {
            if name.text.is_empty() {
                name.text = (column + 1).to_string();
            }
        }
        names
    }

    /// Cells of a line; `None` when it does not fit.
    fn cells(&self, line: &str) -> Option<Vec<Cell>> {
        if !self.damaged && self.fits(line) {
            return Some(self.cut(line));
        }
        // A cell wider than its column moves those behind it; then nothing may be empty.
        let words = |by: &str| -> Vec<Cell> {
            let parts = line.trim().split(by).map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| Cell { text: part.to_owned(), side: Side::Either }).collect()
        };
        ["  ", " "].into_iter().map(words).find(|cells| cells.len() == self.runs.len())
    }

    /// Whether nothing stands between the columns. The last one has no end.
    fn fits(&self, line: &str) -> bool {
        let gaps = self.runs.windows(2).map(|pair| pair[0].0 + pair[0].1..pair[1].0);
        let chars: Vec<char> = line.chars().collect();
        gaps.into_iter().all(|gap| {
            let end = gap.end.min(chars.len());
            chars.get(gap.start.min(end)..end).is_none_or(|gap| gap.iter().all(|c| *c == ' '))
        })
    }

    /// Cells by the columns, counted in characters: cells may be empty or hold blanks.
    fn cut(&self, line: &str) -> Vec<Cell> {
        let chars: Vec<char> = line.chars().collect();
        let cell = |(column, (start, length)): (usize, &(usize, usize))| {
            let end = self.runs.get(column + 1).map_or(chars.len(), |next| next.0.min(chars.len()));
            let raw: String = chars.get(*start..end).unwrap_or_default().iter().collect();
            let text = raw.trim();
            let wide = text.chars().count() >= *length;
            let side = match (text.is_empty() || wide, raw.starts_with(' ')) {
                (true, _) => Side::Either,
                (false, true) => Side::Right,
                (false, false) => Side::Left,
            };
            Cell { text: text.to_owned(), side }
        };
        self.runs.iter().enumerate().map(cell).collect()
    }

    /// Something stands to the right, and nothing to the left.
    fn is_right(&self, column: usize, head: &Cell, rows: &[Vec<Cell>]) -> bool {
        let sides = || rows.iter().filter_map(|row| row.get(column)).chain([head]).map(|cell| cell.side);
        sides().any(|side| side == Side::Right) && sides().all(|side| side != Side::Left)
    }
}
