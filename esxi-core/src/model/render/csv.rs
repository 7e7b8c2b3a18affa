//! `--formatter=csv` (verified: apache/vcl). Every line ends with a comma; a cell that is a list is quoted and
//! keeps a comma behind its last member.

use crate::model::value::{Structure, Value};

pub(super) fn render(value: &Value) -> String {
    match value {
        Value::List(items) => table(items),
        Value::Struct(one) => table(std::slice::from_ref(one)),
        scalar => format!("{},\n", cell(scalar)),
    }
}

fn table(rows: &[Structure]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let mut out = String::new();
    for (name, _) in first.sorted() {
        out.push_str(&name);
        out.push(',');
    }
    out.push('\n');
    for row in rows {
        for (_, value) in row.sorted() {
            out.push_str(&cell(value));
            out.push(',');
        }
        out.push('\n');
    }
    out
}

fn cell(value: &Value) -> String {
    match value {
        Value::Str(text) if text.contains([',', '"', '\n']) => format!("\"{}\"", text.replace('"', "\"\"")),
        Value::Str(text) => text.clone(),
        Value::Int(number) | Value::Measure(number, _) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::StrList(list) if list.is_empty() => String::new(),
        Value::StrList(list) => format!("\"{},\"", list.join(",").replace('"', "\"\"")),
        // A structure inside a structure has no known form.
        Value::Struct(_) | Value::List(_) => String::new(),
    }
}
