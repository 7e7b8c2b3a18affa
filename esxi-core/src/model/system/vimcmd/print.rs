//! Objects as `vim-cmd` writes them (shape verified: captures of 4.1 to 9.0).

use crate::version::EsxiVersion;
use std::fmt::Write;

/// An object of the agent.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Number(i64),
    Truth(bool),
    Unset,
    /// A type and its members.
    Object(&'static str, Vec<(&'static str, Node)>),
    /// The type of the members, and they.
    List(&'static str, Vec<Node>),
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Node::Text(text.to_owned())
    }
}
impl From<String> for Node {
    fn from(text: String) -> Self {
        Node::Text(text)
    }
}
impl From<bool> for Node {
    fn from(truth: bool) -> Self {
        Node::Truth(truth)
    }
}
impl From<i64> for Node {
    fn from(number: i64) -> Self {
        Node::Number(number)
    }
}

/// `dynamicType = <unset>,` stands first in every object up to 5.x, and no longer on 9.0 (verified); in which
/// release it went is believed.
pub(super) fn print(node: &Node, version: EsxiVersion) -> String {
    let mut out = String::new();
    write(&mut out, node, 0, version < EsxiVersion::new(6, 0));
    out.push('\n');
    out
}

fn write(out: &mut String, node: &Node, level: usize, dynamic: bool) {
    let inner = level + 3;
    let _ = match node {
        Node::Text(text) => write!(out, "\"{text}\""),
        Node::Number(number) => write!(out, "{number}"),
        Node::Truth(truth) => write!(out, "{truth}"),
        Node::Unset => write!(out, "<unset>"),
        Node::Object(kind, members) => {
            let _ = writeln!(out, "({kind}) {{");
            if dynamic {
                let _ = writeln!(out, "{:inner$}dynamicType = <unset>,", "");
            }
            for (index, (name, member)) in members.iter().enumerate() {
                let _ = write!(out, "{:inner$}{name} = ", "");
                write(out, member, inner, dynamic);
                out.push_str(if index + 1 < members.len() { ",\n" } else { "\n" });
            }
            write!(out, "{:level$}}}", "")
        }
        Node::List(kind, members) if members.is_empty() => write!(out, "({kind}) []"),
        Node::List(kind, members) => {
            let _ = writeln!(out, "({kind}) [");
            for (index, member) in members.iter().enumerate() {
                let _ = write!(out, "{:inner$}", "");
                write(out, member, inner, dynamic);
                out.push_str(if index + 1 < members.len() { ",\n" } else { "\n" });
            }
            write!(out, "{:level$}]", "")
        }
    };
}

/// Something that the agent refuses.
#[derive(Debug)]
pub(super) struct Fault {
    kind: &'static str,
    message: String,
}

impl Fault {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Fault { kind, message: message.into() }
    }
    /// Shape verified; that the first two members are the same on every release is believed.
    pub(super) fn text(&self) -> String {
        format!(
            "({}) {{\n   faultCause = (vmodl.MethodFault) null,\n   faultMessage = <unset>,\n   msg = \"{}\"\n}}\n",
            self.kind, self.message
        )
    }
}
