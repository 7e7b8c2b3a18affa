//! `--debug --formatter=json` (verified: whole outputs of 8.0.3): one line, `", "` and `": "` between, keys in
//! byte order, every slash escaped.

use crate::model::value::{Structure, Value};

pub(super) fn render(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out.push('\n');
    out
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Str(text) => string(out, text),
        Value::Int(number) | Value::Measure(number, _) => out.push_str(&number.to_string()),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::StrList(list) => sequence(out, list, |out, text| string(out, text)),
        Value::Struct(one) => structure(out, one),
        Value::List(items) => sequence(out, items, structure),
    }
}

fn sequence<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
    out.push(']');
}

fn structure(out: &mut String, structure: &Structure) {
    out.push('{');
    for (index, (name, value)) in structure.sorted().iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        string(out, name);
        out.push_str(": ");
        write_value(out, value);
    }
    out.push('}');
}

fn string(out: &mut String, text: &str) {
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    out.push_str(&quoted.replace('/', "\\/"));
}
