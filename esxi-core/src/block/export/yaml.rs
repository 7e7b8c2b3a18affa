//! YAML without a library: mappings, lists and scalars in block style, enough for what is written here.

use std::fmt::Write;

/// A document or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Text(String),
    /// Numbers and truth values, as they are written.
    Literal(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn text(text: impl ToString) -> Self {
        Node::Text(text.to_string())
    }
    pub(super) fn number(number: impl Into<u64>) -> Self {
        Node::Literal(number.into().to_string())
    }
    pub(super) fn truth(truth: bool) -> Self {
        Node::Literal(truth.to_string())
    }

    /// A serialized value. Keys stand in the given order; those that it does not name follow.
    pub(super) fn from_json(value: serde_json::Value, order: &[&str]) -> Self {
        use serde_json::Value;
        match value {
            Value::String(text) => Node::Text(text),
            Value::Array(items) => {
                Node::List(items.into_iter().map(|item| Node::from_json(item, order)).collect())
            }
            Value::Object(fields) => {
                let place = |key: &str| order.iter().position(|known| *known == key).unwrap_or(order.len());
                let mut fields: Vec<_> =
                    fields.into_iter().map(|(key, value)| (key, Node::from_json(value, order))).collect();
                fields.sort_by_key(|(key, _)| place(key));
                Node::Map(fields)
            }
            other => Node::Literal(other.to_string()),
        }
    }

    /// The document as text.
    pub(super) fn document(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, indent: usize) {
        match self {
            Node::Map(fields) => {
                for (key, value) in fields {
                    pad(out, indent);
                    scalar(out, key);
                    out.push(':');
                    value.write_value(out, indent + 2);
                }
            }
            Node::List(items) => {
                for item in items {
                    pad(out, indent);
                    out.push('-');
                    item.write_item(out, indent + 2);
                }
            }
            _ => {
                self.write_flow(out);
                out.push('\n');
            }
        }
    }

    /// What follows `key:`.
    fn write_value(&self, out: &mut String, indent: usize) {
        if self.is_flow() {
            out.push(' ');
            self.write_flow(out);
            out.push('\n');
        } else {
            out.push('\n');
            self.write(out, indent);
        }
    }

    /// What follows `-`: the first key of a mapping stands on the same line.
    fn write_item(&self, out: &mut String, indent: usize) {
        let start = out.len();
        if self.is_flow() {
            self.write_value(out, indent);
        } else {
            self.write(out, indent);
            // The indentation of the first line is what the dash and a blank take.
            out.replace_range(start..start + indent - 1, "");
            out.replace_range(start..=start, " ");
        }
    }

    fn is_flow(&self) -> bool {
        match self {
            Node::Text(_) | Node::Literal(_) => true,
            Node::List(items) => items.is_empty(),
            Node::Map(fields) => fields.is_empty(),
        }
    }

    fn write_flow(&self, out: &mut String) {
        match self {
            Node::Text(text) => scalar(out, text),
            Node::Literal(text) => out.push_str(text),
            Node::List(_) => out.push_str("[]"),
            Node::Map(_) => out.push_str("{}"),
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A text as it stands where every reader, of YAML 1.1 too, takes it for a text; else in double quotes.
fn scalar(out: &mut String, text: &str) {
    if is_plain(text) {
        return out.push_str(text);
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // Not printable in YAML, or a line break to some readers.
            _ if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

fn is_plain(text: &str) -> bool {
    // Dotted quads are no number in any schema; MAC addresses and IPv6 addresses may be numbers to base 60.
    if text.split_once('/').map_or(text, |(address, _)| address).parse::<std::net::Ipv4Addr>().is_ok() {
        return text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'/');
    }
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_lists_and_mappings_are_indented_by_two() {
        let document = Node::Map(vec![
            ("a".into(), Node::text("b c")),
            (
                "list".into(),
                Node::List(vec![
                    Node::Map(vec![
                        ("x".into(), Node::number(1_u8)),
                        ("z".into(), Node::List(vec![Node::text("z"), Node::truth(true)])),
                    ]),
                    Node::List(vec![Node::text("deep")]),
                    Node::Map(vec![]),
                ]),
            ),
            ("none".into(), Node::List(vec![])),
        ]);
        assert_eq!(
            document.document(),
            "a: \"b c\"\nlist:\n  - x: 1\n    z:\n      - z\n      - true\n  - - deep\n  - {}\nnone: []\n"
        );
    }

    #[test]
    fn what_a_reader_may_take_for_something_else_is_quoted() {
        for plain in ["web", "web-1.example", "192.0.2.1", "192.0.2.0/24", "e5"] {
            let mut out = String::new();
            scalar(&mut out, plain);
            assert_eq!(out, plain);
        }
        for (text, quoted) in [
            ("", r#""""#),
            ("no", r#""no""#),
            ("NULL", r#""NULL""#),
            ("1e3", r#""1e3""#),
            ("12", r#""12""#),
            ("2001:db8::1", r#""2001:db8::1""#),
            ("00:50:56:00:00:01", r#""00:50:56:00:00:01""#),
            ("a: b # c", r#""a: b # c""#),
            ("say \"\\\"", r#""say \"\\\"""#),
            ("a\u{85}b\u{2028}c\n", r#""a\u0085b\u2028c\n""#),
        ] {
            let mut out = String::new();
            scalar(&mut out, text);
            assert_eq!(out, quoted);
        }
    }
}
