//! `--formatter=keyvalue`: `Type.Field.type=value` (verified by readers of such output). The index before the
//! members of a list, `structure[n].`, is believed: no whole output is known.

use crate::model::value::{Structure, Value};
use std::fmt::Write;

pub(super) fn render(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Struct(one) => structure(&mut out, "", one),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                structure(&mut out, &format!("structure[{index}]."), item);
            }
        }
        scalar => write_value(&mut out, "", scalar),
    }
    out
}

fn structure(out: &mut String, prefix: &str, structure: &Structure) {
    for (name, value) in structure.sorted() {
        write_value(out, &format!("{prefix}{}.{name}.", structure.type_name), value);
    }
}

fn write_value(out: &mut String, prefix: &str, value: &Value) {
    let _ = match value {
        Value::Str(text) => writeln!(out, "{prefix}string={text}"),
        Value::Int(number) | Value::Measure(number, _) => writeln!(out, "{prefix}integer={number}"),
        Value::Bool(truth) => writeln!(out, "{prefix}boolean={truth}"),
        Value::StrList(list) => {
            for (index, text) in list.iter().enumerate() {
                let _ = writeln!(out, "{prefix}string[{index}]={text}");
            }
            Ok(())
        }
        Value::Struct(one) => {
            structure(out, prefix, one);
            Ok(())
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                structure(out, &format!("{prefix}structure[{index}]."), item);
            }
            Ok(())
        }
    };
}
