//! Structures: `Label: value` lines below a heading or below none.

use super::{Form, Reading, Unknown};
use crate::model::value::{Field, Structure, Value};

/// `None` when no line is a field.
pub(super) fn read(lines: &[&str]) -> Option<Reading> {
    let lines: Vec<Line<'_>> = lines.iter().map(|line| Line::new(line)).collect();
    let mut reader = Reader { at: 0, found: Vec::new(), unknown: Vec::new(), lines };
    if reader.is_sentence() {
        return None;
    }
    if reader.lines.iter().any(|line| line.indent > 0 && line.field().is_some()) {
        reader.indented();
    } else if reader.lines.iter().any(|line| line.pasted().is_some()) {
        reader.without_indent();
    } else {
        return None;
    }
    let Reader { mut found, unknown, .. } = reader;
    // One structure below its own key is a list of one.
    let keyed = |one: &Structure| {
        one.heading.is_none()
            || one.heading.as_deref() == one.fields.first().map(|key| key.value.text()).as_deref()
    };
    let headed = found.iter().any(|one| one.heading.is_some());
    let value = match found.len() {
        1 if !(headed && found.iter().all(keyed)) => Value::Struct(found.remove(0)),
        _ => {
            for one in &mut found {
                match one.heading.as_deref() {
                    // What renders no heading of its own is told so.
                    None => one.heading = Some("".into()),
                    Some(_) if keyed(one) => one.heading = None,
                    Some(_) => {}
                }
            }
            Value::List(found)
        }
    };
    Some(Reading { form: Form::Structures, value, unknown })
}

struct Line<'a> {
    whole: &'a str,
    indent: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn new(whole: &'a str) -> Self {
        let text = whole.trim_start_matches(' ');
        Line { whole, indent: whole.len() - text.len(), text }
    }
    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
    /// Label and value. Only one blank behind the colon is the form's: what follows may be the value's own.
    fn field(&self) -> Option<(&'a str, &'a str)> {
        let text = self.text;
        let (label, value) = match text.split_once(": ") {
            Some(pair) => pair,
            None => {
                text.trim_end().strip_suffix(':').map(|label| (label, "")).or_else(|| text.split_once(':'))?
            }
        };
        (!label.trim().is_empty()).then_some((label, value))
    }
    /// A field that stands at the margin: pasted output loses its indent. Labels are short, and no sentences.
    fn pasted(&self) -> Option<(&'a str, &'a str)> {
        let (label, value) = self.field()?;
        let spaced = self.text.contains(": ") || value.is_empty();
        let plain = label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && label.len() <= 60
            && !label.contains(['\'', '"', '<', '[', '{', '.']);
        (spaced && plain && !label.starts_with("Error")).then_some((label, value))
    }
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
    found: Vec<Structure>,
    unknown: Vec<Unknown>,
}

impl<'a> Reader<'a> {
    /// A refusal is no structure, whatever colons it has; but a structure may be called as one begins.
    fn is_sentence(&self) -> bool {
        let Some(first) = self.filled(0) else { return true };
        let text = self.lines[first].text.trim_end();
        let below =
            self.lines.get(first + 1).is_some_and(|below| below.indent > 0 && below.field().is_some());
        let refusal =
            ["Error: ", "Errors:", "Unable to ", "Usage: "].iter().any(|start| text.starts_with(start));
        if text.starts_with('[') && text.ends_with(']') && self.lines[first].indent == 1 || refusal && !below
        {
            return true;
        }
        // At the margin, a label is told from a sentence by its capitals.
        let small = |word: &str| word.len() > 3 && word.chars().all(|c| c.is_ascii_lowercase());
        let label = self.lines.iter().find_map(Line::pasted);
        !below
            && self.lines.iter().all(|line| line.indent == 0)
            && label.is_some_and(|(label, _)| label.split(' ').any(small))
    }
    fn lose(&mut self, at: usize) {
        let line = Unknown { line: at + 1, text: self.lines[at].whole.to_owned() };
        self.unknown.push(line);
    }
    /// The next line that is not blank, at or behind this one.
    fn filled(&self, from: usize) -> Option<usize> {
        (from..self.lines.len()).find(|at| !self.lines[*at].is_blank())
    }
    fn push(&mut self, heading: Option<&str>, fields: Vec<Field>) {
        let mut structure = Structure::new("");
        structure.heading = heading.map(|heading| heading.to_owned().into());
        structure.fields = fields;
        self.found.push(structure);
    }

    fn indented(&mut self) {
        let mut heading: Option<usize> = None;
        while let Some(at) = self.filled(self.at) {
            self.at = at;
            let line = &self.lines[at];
            if line.indent > 0 && line.field().is_some() {
                let indent = line.indent;
                let fields = self.fields(indent, true);
                let heading = heading.take().map(|at| self.lines[at].whole);
                self.push(heading, fields);
                continue;
            }
            // A heading stands right above its first field.
            let below = self.lines.get(at + 1);
            let heads = line.indent == 0
                && below
                    .is_some_and(|below| !below.is_blank() && below.indent > 0 && below.field().is_some());
            if heads {
                heading = Some(at);
            } else {
                self.lose(at);
            }
            self.at += 1;
        }
    }

    /// Fields from the present line on, of this indent; `outer` ones may have lost some of it.
    fn fields(&mut self, indent: usize, outer: bool) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        while let Some(line) = self.lines.get(self.at) {
            if line.is_blank() {
                break;
            }
            let margin = line.indent == 0 && (!outer || !self.loses_indent());
            if margin || (line.indent < indent && !outer) {
                break;
            }
            let Some((label, value)) = line.field().filter(|_| line.indent <= indent) else {
                self.lose(self.at);
                self.at += 1;
                continue;
            };
            let label = label.to_owned();
            self.at += 1;
            let inner = if value.trim().is_empty() { self.nested(indent) } else { None };
            let value = inner.unwrap_or_else(|| Value::from(value));
            fields.push(Field { label: label.into(), value, hidden: false });
        }
        fields
    }

    /// Whether the present line, at the margin, is a field whose indent was lost, rather than a heading.
    fn loses_indent(&self) -> bool {
        let heads =
            self.lines.get(self.at + 1).is_some_and(|below| below.indent > 0 && below.field().is_some());
        !heads && self.lines[self.at].pasted().is_some()
    }

    /// Structures deeper than this, with blank lines between them.
    fn nested(&mut self, indent: usize) -> Option<Value> {
        let first = self.lines.get(self.at)?;
        if first.is_blank() || first.indent <= indent {
            return None;
        }
        let inner = first.indent;
        let mut items = Vec::new();
        loop {
            let mut structure = Structure::new("");
            structure.fields = self.fields(inner, false);
            items.push(structure);
            match self.filled(self.at) {
                Some(next) if next > self.at && self.lines[next].indent == inner => self.at = next,
                _ => break,
            }
        }
        Some(if items.len() == 1 { Value::Struct(items.remove(0)) } else { Value::List(items) })
    }

    /// Output whose indent is lost altogether: headings are told by what surrounds them.
    fn without_indent(&mut self) {
        let mut heading: Option<&'a str> = None;
        let mut fields: Vec<Field> = Vec::new();
        for at in 0..self.lines.len() {
            let line = &self.lines[at];
            let (whole, blank, field) = (line.whole, line.is_blank(), line.pasted());
            let starts = at == 0 || self.lines[at - 1].is_blank();
            let before_field = self.lines.get(at + 1).is_some_and(|below| below.pasted().is_some());
            let heads = before_field && (field.is_none() || (starts && whole.trim_end().ends_with(':')));
            if (blank || heads || field.is_none()) && !fields.is_empty() {
                let fields = std::mem::take(&mut fields);
                self.push(heading.take(), fields);
            }
            match field {
                _ if blank => {}
                _ if heads => heading = Some(whole.trim_end().trim_end_matches(':')),
                Some((label, value)) => {
                    let value = Value::from(value.trim());
                    fields.push(Field { label: label.trim().to_owned().into(), value, hidden: false });
                }
                None => self.lose(at),
            }
        }
        if !fields.is_empty() {
            self.push(heading, fields);
        }
    }
}
