//! `--formatter=xml` (verified: captures of 8.x). The name space says 5.0 on every release.

use crate::model::value::{Structure, Value};
use std::fmt::Write;

pub(super) fn render(value: &Value) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<output xmlns=\"http://www.vmware.com/Products/ESX/5.0/esxcli\">\n\
         <root>\n",
    );
    write_value(&mut out, value, 1);
    out.push_str("</root>\n</output>\n");
    out
}

fn write_value(out: &mut String, value: &Value, level: usize) {
    let indent = level * 3;
    let _ = match value {
        Value::Str(text) => writeln!(out, "{:indent$}<string>{}</string>", "", escape(text)),
        Value::Int(number) | Value::Measure(number, _) => {
            writeln!(out, "{:indent$}<integer>{number}</integer>", "")
        }
        Value::Bool(truth) => writeln!(out, "{:indent$}<boolean>{truth}</boolean>", ""),
        Value::StrList(list) => {
            let _ = writeln!(out, "{:indent$}<list type=\"string\">", "");
            for text in list {
                let _ = writeln!(out, "{:indent$}   <string>{}</string>", "", escape(text));
            }
            writeln!(out, "{:indent$}</list>", "")
        }
        Value::Struct(one) => {
            structure(out, one, level);
            Ok(())
        }
        Value::List(items) => {
            let _ = writeln!(out, "{:indent$}<list type=\"structure\">", "");
            for item in items {
                structure(out, item, level + 1);
            }
            writeln!(out, "{:indent$}</list>", "")
        }
    };
}

fn structure(out: &mut String, structure: &Structure, level: usize) {
    let indent = level * 3;
    let _ = writeln!(out, "{:indent$}<structure typeName=\"{}\">", "", structure.type_name);
    for (name, value) in structure.sorted() {
        let _ = writeln!(out, "{:indent$}   <field name=\"{name}\">", "");
        write_value(out, value, level + 2);
        let _ = writeln!(out, "{:indent$}   </field>", "");
    }
    let _ = writeln!(out, "{:indent$}</structure>", "");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
