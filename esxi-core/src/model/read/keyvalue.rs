//! The keyvalue form: `Type.Field.kind=value`, what is nested as `Type.Field.Inner.Field.kind`, members of lists
//! with an index (believed, as where it is written).

use super::{Form, Reading, Unknown};
use crate::model::value::{Field, Structure, Value};

/// `None` when the first line is none of this form.
pub(super) fn read(output: &str) -> Option<Reading> {
    let first = output.lines().find(|line| !line.trim().is_empty())?;
    path(first)?;
    let mut pairs: Vec<(Vec<&str>, String)> = Vec::new();
    let mut reading = Reading::new(Form::KeyValue, Value::List(Vec::new()));
    for line in output.lines() {
        match (path(line), pairs.last_mut()) {
            (Some((path, value)), _) => pairs.push((path, value.to_owned())),
            // A text of several lines.
            (None, Some((_, value))) => {
                value.push('\n');
                value.push_str(line);
            }
            (None, None) => {}
        }
    }
    let mut top = Node::default();
    for (number, (path, value)) in pairs.iter().enumerate() {
        if !top.insert(path, value) {
            reading.unknown.push(Unknown { line: number + 1, text: format!("{}={value}", path.join(".")) });
        }
    }
    reading.value = top.value();
    Some(reading)
}

/// `a.b.string=x` → its steps and its value.
fn path(line: &str) -> Option<(Vec<&str>, &str)> {
    let (path, value) = line.split_once('=')?;
    let steps: Vec<&str> = path.split('.').collect();
    let plain = |step: &&str| {
        let name = step.split_once('[').map_or(*step, |(name, _)| name);
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let (kind, _) = step(steps.last()?);
    (steps.iter().all(plain) && matches!(kind, "string" | "integer" | "boolean")).then_some((steps, value))
}

/// `structure[3]` → its name and index.
fn step(text: &str) -> (&str, Option<usize>) {
    let indexed = text.strip_suffix(']').and_then(|text| text.split_once('['));
    match indexed.and_then(|(name, index)| Some((name, index.parse().ok()?))) {
        Some((name, index)) => (name, Some(index)),
        None => (text, None),
    }
}

/// What is known of a value so far.
#[derive(Default)]
enum Node {
    #[default]
    Nothing,
    Scalar(Value),
    Texts(Vec<String>),
    Structure(Box<Building>),
    Items(Vec<Building>),
}

/// A structure so far.
#[derive(Default)]
struct Building {
    type_name: String,
    fields: Vec<(String, Node)>,
}

impl Building {
    fn insert(&mut self, type_name: &str, steps: &[&str], value: &str) -> bool {
        if !self.type_name.is_empty() && self.type_name != type_name {
            return false;
        }
        type_name.clone_into(&mut self.type_name);
        let Some((field, rest)) = steps.split_first() else { return false };
        let at = match self.fields.iter().position(|(name, _)| name == field) {
            Some(at) => at,
            None => {
                self.fields.push(((*field).to_owned(), Node::Nothing));
                self.fields.len() - 1
            }
        };
        self.fields[at].1.insert(rest, value)
    }
    fn structure(self) -> Structure {
        let mut structure = Structure::new(self.type_name);
        structure.fields = self
            .fields
            .into_iter()
            .map(|(name, node)| Field { label: name.into(), value: node.value(), hidden: false })
            .collect();
        structure
    }
}

impl Node {
    /// False for a line that contradicts those before it.
    fn insert(&mut self, steps: &[&str], value: &str) -> bool {
        let [first, rest @ ..] = steps else { return false };
        match (step(first), rest) {
            ((kind, None), []) => {
                let fresh = matches!(self, Node::Nothing);
                if fresh {
                    *self = Node::Scalar(scalar(kind, value));
                }
                fresh
            }
            ((_, Some(index)), []) => {
                if matches!(self, Node::Nothing) {
                    *self = Node::Texts(Vec::new());
                }
                match self {
                    Node::Texts(list) if list.len() == index => {
                        list.push(value.to_owned());
                        true
                    }
                    _ => false,
                }
            }
            (("structure", Some(index)), [type_name, rest @ ..]) => {
                if matches!(self, Node::Nothing) {
                    *self = Node::Items(Vec::new());
                }
                let Node::Items(items) = self else { return false };
                if index == items.len() {
                    items.push(Building::default());
                }
                items.get_mut(index).is_some_and(|item| item.insert(type_name, rest, value))
            }
            ((type_name, None), rest) => {
                if matches!(self, Node::Nothing) {
                    *self = Node::Structure(Box::default());
                }
                match self {
                    Node::Structure(building) => building.insert(type_name, rest, value),
                    _ => false,
                }
            }
            _ => false,
        }
    }
    fn value(self) -> Value {
        match self {
            Node::Nothing => Value::List(Vec::new()),
            Node::Scalar(value) => value,
            Node::Texts(list) => Value::StrList(list),
            Node::Structure(building) => Value::Struct(building.structure()),
            Node::Items(items) => Value::List(items.into_iter().map(Building::structure).collect()),
        }
    }
}

fn scalar(kind: &str, value: &str) -> Value {
    match kind {
        "integer" => value.parse().map_or_else(|_| Value::from(value), Value::Int),
        "boolean" if value == "true" || value == "false" => Value::Bool(value == "true"),
        _ => Value::from(value),
    }
}
