//! Several netplan files as one document.
//!
//! Source of the order and of the rules: `netplan-yaml` of the netplan reference, and libnetplan's behaviour. Files
//! follow each other by their own names, whatever folder they are in; of two with one name the one below `/run` hides
//! the one below `/etc`, and that the one below `/lib`. Mappings are joined, lists are lengthened by what they do not
//! hold yet, single values are replaced.

use super::super::Document;
use crate::diag::{Diagnostic, SourceMap, codes};
use crate::tree::{Key, Kind, Node};
use crate::yaml::read_tree;

/// Reads the files in netplan's order, whatever order they are given in.
pub(super) fn document(files: &[(&str, &str)]) -> Document {
    let mut source = SourceMap::default();
    let mut found = Vec::new();
    let mut root: Option<Node> = None;
    for (name, text) in in_order(files, &mut found) {
        let base = source.append(name, text);
        match read_tree(name, text) {
            Ok((Some(mut node), _, findings)) => {
                found.extend(located(findings, name));
                node.shift(base);
                root = Some(match root.take() {
                    None => node,
                    Some(mut earlier) => {
                        merge(&mut earlier, node, &mut Vec::new(), &source, &mut found);
                        earlier
                    }
                });
            }
            // A file without a word is one that says nothing.
            Ok((None, _, findings)) => found.extend(located(findings, name)),
            Err(findings) => found.extend(located(findings, name)),
        }
    }
    match &root {
        Some(root) => root.record("", &mut source),
        None if found.is_empty() => {
            found.push(Diagnostic::error(codes::IMPORT_INCOMPLETE, "the document is empty").at(""));
        }
        None => {}
    }
    Document { root, source, found }
}

fn located(findings: Vec<Diagnostic>, name: &str) -> impl Iterator<Item = Diagnostic> {
    findings.into_iter().map(move |mut finding| {
        finding.file.get_or_insert_with(|| name.to_owned());
        finding
    })
}

fn in_order<'a>(files: &[(&'a str, &'a str)], found: &mut Vec<Diagnostic>) -> Vec<(&'a str, &'a str)> {
    let base = |name: &'a str| name.rsplit(['/', '\\']).next().unwrap_or(name);
    let rank = |name: &str| {
        let folder = name.rsplit(['/', '\\']).nth(2);
        ["lib", "etc", "run"].iter().position(|known| folder == Some(*known))
    };
    let mut ordered = files.to_vec();
    ordered.sort_by_key(|(name, _)| base(name));
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for (name, text) in ordered {
        let Some(last) = kept.last_mut().filter(|(other, _)| base(other) == base(name)) else {
            kept.push((name, text));
            continue;
        };
        let (Some(this), Some(other)) = (rank(name), rank(last.0)) else {
            kept.push((name, text));
            continue;
        };
        let (hidden, by) = if this > other { (last.0, name) } else { (name, last.0) };
        let message = format!("{hidden} is not read: {by} has the same name and hides it");
        let mut finding = Diagnostic::note(codes::IMPORT_OVERRIDDEN, message);
        finding.file = Some(hidden.to_owned());
        found.push(finding);
        if this > other {
            *last = (name, text);
        }
    }
    kept
}

/// Lays a later file's value over an earlier one.
fn merge(
    earlier: &mut Node,
    later: Node,
    path: &mut Vec<String>,
    source: &SourceMap,
    found: &mut Vec<Diagnostic>,
) {
    let Node { span, kind } = later;
    match (&mut earlier.kind, kind) {
        (Kind::Map(entries), Kind::Map(more)) => {
            for (key, value) in more {
                match entries.iter_mut().find(|(known, _)| known.text == key.text) {
                    Some((Key { text, .. }, known)) => {
                        path.push(text.clone());
                        merge(known, value, path, source, found);
                        path.pop();
                    }
                    None => entries.push((key, value)),
                }
            }
        }
        // The kinds of link-local addresses are one value that happens to be written as a list.
        (Kind::Seq(items), Kind::Seq(more)) if path.last().is_none_or(|key| key != "link-local") => {
            for item in more {
                if !items.iter().any(|known| same(known, &item)) {
                    items.push(item);
                }
            }
        }
        (_, kind) => {
            let later = Node { span, kind };
            if !same(earlier, &later) {
                found.push(overridden(earlier, &later, path, source));
            }
            *earlier = later;
        }
    }
}

/// What is said of a value that a later file replaces.
fn overridden(earlier: &Node, later: &Node, path: &[String], source: &SourceMap) -> Diagnostic {
    let key = path.last().map(String::as_str).unwrap_or_default();
    let at = |finding: Diagnostic, node: &Node| {
        let mut finding = finding;
        finding.start = Some(source.position(node.span.start));
        finding.end = Some(source.position(node.span.end));
        finding.file = source.file(node.span.start).map(str::to_owned);
        finding
    };
    if let [.., above, key] = path
        && (above.as_str(), key.as_str()) == ("parameters", "primary")
    {
        let message = "a later file names another primary, which netplan refuses";
        return at(Diagnostic::error(codes::IMPORT_OVERRIDDEN, message).help("name it in one file"), later);
    }
    let file = source.file(later.span.start).unwrap_or("a later file");
    let message =
        format!("{key} counts as {file} has it, on line {}", source.position(later.span.start).line);
    at(Diagnostic::note(codes::IMPORT_OVERRIDDEN, message), earlier)
}

/// The same value, whatever its place and quotes.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar { text: a, .. }, Kind::Scalar { text: b, .. }) => a == b,
        (Kind::Seq(a), Kind::Seq(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Kind::Map(b)) => {
            let has = |key: &Key, value: &Node| {
                b.iter().any(|(other, there)| other.text == key.text && same(value, there))
            };
            a.len() == b.len() && a.iter().all(|(key, value)| has(key, value))
        }
        _ => false,
    }
}
