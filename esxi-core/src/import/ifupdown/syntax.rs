//! The text of interfaces files as a tree: a list of stanzas, each a mapping of its options.
//!
//! Options are written in one spelling: `bond_slaves` and `slaves` are `bond-slaves`, `post-up` is `up`. An option that
//! stands several times is a list.

use super::super::Document;
use crate::diag::{Diagnostic, SourceMap, codes};
use crate::tree::{Key, Kind, Node, pointer};
use std::borrow::Cow;
use std::ops::Range;

/// A word or a value, with its place.
type Piece = (String, Range<usize>);

/// What the lines that follow belong to.
enum Open {
    Nothing,
    Stanza,
}

/// Reads the files as if they were one.
pub(super) fn read(files: &[(&str, &str)]) -> Document {
    let mut source = SourceMap::default();
    let mut reader = Reader { stanzas: Vec::new(), found: Vec::new(), places: Vec::new() };
    let mut end = 0;
    for (name, text) in files {
        let base = source.append(*name, *text);
        reader.file(name, base, text);
        end = base + text.len();
    }
    let Reader { stanzas, mut found, places } = reader;
    let empty = stanzas.is_empty();
    let root = Node { span: 0..end, kind: Kind::Seq(stanzas) };
    root.record("", &mut source);
    places.into_iter().for_each(|(pointer, place)| source.insert(pointer, place));
    if empty {
        found.push(Diagnostic::error(codes::IMPORT_INCOMPLETE, "there is no stanza in it").at(""));
    }
    Document { root: (!empty).then_some(root), source, found }
}

struct Reader {
    stanzas: Vec<Node>,
    found: Vec<Diagnostic>,
    /// Places of values that are not in the tree.
    places: Vec<(String, Range<usize>)>,
}

impl Reader {
    fn file(&mut self, name: &str, base: usize, text: &str) {
        let mut open = Open::Nothing;
        for (start, line) in lines(text) {
            let words = words(&line, base + start);
            let Some((first, place)) = words.first().cloned() else { continue };
            let line_end = words.last().map_or(place.end, |(_, place)| place.end);
            match first.as_str() {
                "iface" => {
                    self.iface(&words);
                    open = Open::Stanza;
                }
                "mapping" => {
                    self.list(&first, &words);
                    open = Open::Stanza;
                }
                "source" | "source-directory" => {
                    let value = value(&line, base + start, &place);
                    let span = place.start..line_end;
                    // A file is not among those that it asks for.
                    let own = (key("file", place.clone()), scalar((name.to_owned(), place.clone())));
                    self.stanza(span, vec![entry(&first, place, value), own]);
                    open = Open::Nothing;
                }
                keyword if is_list(keyword) => {
                    self.list(&first, &words);
                    open = Open::Nothing;
                }
                _ => match open {
                    Open::Stanza => self.option(&line, base + start, &first, place),
                    Open::Nothing => {
                        let at = pointer("", self.stanzas.len());
                        let message = format!("{first} stands outside of any stanza");
                        let finding = Diagnostic::error(codes::IFUPDOWN_SYNTAX, message).at(at);
                        let help = "options follow an `iface` line; other lines start with auto, allow-…, mapping, source";
                        self.found.push(finding.help(help));
                        self.stanzas.push(scalar((first, place)));
                    }
                },
            }
        }
    }

    fn stanza(&mut self, span: Range<usize>, entries: Vec<(Key, Node)>) {
        self.stanzas.push(Node { span, kind: Kind::Map(entries) });
    }

    /// `auto eth0 eth1`.
    fn list(&mut self, keyword: &str, words: &[Piece]) {
        let Some((first, rest)) = words.split_first() else { return };
        let end = words.last().map_or(first.1.end, |(_, place)| place.end);
        let items = rest.iter().cloned().map(scalar).collect();
        let span = rest.first().map_or(first.1.clone(), |(_, place)| place.start..end);
        let list = Node { span, kind: Kind::Seq(items) };
        self.stanza(first.1.start..end, vec![(key(keyword, first.1.clone()), list)]);
    }

    /// `iface eth0 inet static inherits lan`.
    fn iface(&mut self, words: &[Piece]) {
        let end = words.last().map_or(0, |(_, place)| place.end);
        let span = words.first().map_or(0, |(_, place)| place.start)..end;
        let at = pointer("", self.stanzas.len());
        let mut refuse = |message: String, help: &str| {
            let finding = Diagnostic::error(codes::IFUPDOWN_SYNTAX, message).at(at.clone());
            self.found.push(finding.help(help));
        };
        let form = "write `iface NAME FAMILY METHOD`, such as `iface eth0 inet static`";
        let mut entries = Vec::new();
        if words.len() < 2 {
            refuse("this iface line names no interface".into(), form);
        }
        let mut rest = words.iter().skip(1);
        let mut fields = ["iface", "family", "method"].into_iter();
        while let Some(word) = rest.next() {
            let field = match word.0.as_str() {
                "inherits" => match rest.next() {
                    Some(template) => {
                        entries.push((key("inherits", word.1.clone()), scalar(template.clone())));
                        continue;
                    }
                    None => {
                        refuse("inherits names nothing".into(), "write the name of another iface stanza");
                        continue;
                    }
                },
                _ => fields.next(),
            };
            match field {
                Some(field) => entries.push((key(field, word.1.clone()), scalar(word.clone()))),
                None => refuse(format!("{} is one word too many", word.0), form),
            }
        }
        self.stanza(span, entries);
    }

    fn option(&mut self, line: &str, base: usize, name: &str, place: Range<usize>) {
        let spelled = spelling(name);
        let mut value = value(line, base, &place);
        if !is_command(&spelled)
            && let Some(at) = trailing_comment(&value.0)
        {
            let text = value.0[..at].trim_end().to_owned();
            value.1 = value.1.start..value.1.start + text.len();
            value.0 = text;
            let message = format!("what follows the # behind {name} is taken for a comment");
            let mut finding = Diagnostic::warning(codes::IFUPDOWN_SYNTAX, message);
            finding =
                finding.at(self.path_of(&spelled)).help("ifupdown knows comments on lines of their own only");
            self.found.push(finding);
        }
        if value.0.is_empty() {
            let message = format!("{name} has no value");
            let finding = Diagnostic::error(codes::IFUPDOWN_SYNTAX, message).at(self.path_of(&spelled));
            self.found.push(finding.help("ifupdown refuses the whole file"));
        }
        let again = pointer(&self.path_of(&spelled), "again");
        let Some(Node { span, kind: Kind::Map(entries) }) = self.stanzas.last_mut() else { return };
        span.end = value.1.end.max(place.end);
        match entries.iter_mut().find(|(known, _)| known.text == spelled) {
            None => entries.push(entry(&spelled, place, value)),
            Some(_) if !is_repeatable(&spelled) => {
                let message = format!("{name} stands a second time in this stanza");
                let finding = Diagnostic::error(codes::IFUPDOWN_SYNTAX, message).at(again.clone());
                self.found.push(finding.help("ifupdown makes one value of both: leave one of them"));
                self.places.push((again, place));
            }
            Some((_, node)) => {
                let value = scalar(value);
                node.span.end = value.span.end;
                match &mut node.kind {
                    Kind::Seq(items) => items.push(value),
                    _ => {
                        let span = node.span.start..value.span.end;
                        let first = std::mem::replace(node, Node::made(""));
                        // The place of a single value is its own; that of the list is all of them.
                        let first = Node { span: first.span.start..first.span.end.min(span.end), ..first };
                        *node = Node { span, kind: Kind::Seq(vec![first, value]) };
                    }
                }
            }
        }
    }

    /// The JSON pointer of an option of the stanza that is being read.
    fn path_of(&self, option: &str) -> String {
        pointer(&pointer("", self.stanzas.len().saturating_sub(1)), option)
    }
}

/// Lines that count, with the byte at which each starts: without comments and empty ones, and joined where one ends in
/// a backslash. What joins them became blanks, so that offsets in them are offsets in the text.
fn lines(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let mut at = 0;
    let end_of = |from: usize| text[from..].find('\n').map_or(text.len(), |end| from + end);
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            let mut end = end_of(at);
            at = end + 1;
            let line = text[start..end].trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut joined = false;
            while text[start..end].trim_end_matches('\r').ends_with('\\') && end < text.len() {
                joined = true;
                end = end_of(end + 1);
                at = end + 1;
            }
            let line = &text[start..end];
            return Some((start, if joined { Cow::Owned(blank_joints(line)) } else { Cow::Borrowed(line) }));
        }
        None
    })
}

/// A backslash and the end of line behind it are one blank for every byte.
fn blank_joints(line: &str) -> String {
    line.replace("\\\r\n", "   ").replace("\\\n", "  ")
}

fn words(line: &str, base: usize) -> Vec<Piece> {
    let mut all = Vec::new();
    let mut rest = 0;
    while let Some(start) = line[rest..].find(|c: char| !c.is_whitespace()).map(|at| rest + at) {
        let end = line[start..].find(char::is_whitespace).map_or(line.len(), |at| start + at);
        all.push((line[start..end].to_owned(), base + start..base + end));
        rest = end;
    }
    all
}

/// What stands behind the first word.
fn value(line: &str, base: usize, first: &Range<usize>) -> Piece {
    let rest = &line[first.end - base..];
    let text = rest.trim();
    let start = first.end + (rest.len() - rest.trim_start().len());
    if text.is_empty() {
        (String::new(), first.clone())
    } else {
        (text.to_owned(), start..start + text.len())
    }
}

/// Where a comment starts in a value that is no command.
fn trailing_comment(value: &str) -> Option<usize> {
    value.match_indices('#').map(|(at, _)| at).find(|at| value[..*at].ends_with(char::is_whitespace))
}

fn is_list(keyword: &str) -> bool {
    keyword == "auto"
        || keyword.starts_with("allow-")
        || matches!(keyword, "no-auto-down" | "no-scripts" | "rename")
}

/// Options whose value a shell reads.
fn is_command(option: &str) -> bool {
    matches!(option, "up" | "pre-up" | "down" | "post-down")
}

/// Options that may stand several times: commands by ifupdown's rules, the others by ifupdown2's.
fn is_repeatable(option: &str) -> bool {
    let others = ["address", "gateway", "dns-nameservers", "dns-search", "map", "bridge-vids"];
    is_command(option) || others.contains(&option)
}

/// ifupdown hands options to its helpers as variables of the environment, so that dashes and underscores are one, and
/// reads `post-up` as `up`, `pre-down` as `down`.
fn spelling(option: &str) -> String {
    let name = option.to_ascii_lowercase().replace('_', "-");
    match name.as_str() {
        "post-up" => "up".into(),
        "pre-down" => "down".into(),
        "slaves" => "bond-slaves".into(),
        "hwaddr" => "hwaddress".into(),
        "dns-nameserver" => "dns-nameservers".into(),
        _ => name,
    }
}

fn key(text: &str, span: Range<usize>) -> Key {
    Key { text: text.to_owned(), span }
}
fn scalar((text, span): Piece) -> Node {
    // Nothing in such a file is a number or nothing by its looks.
    Node { span, kind: Kind::Scalar { text, plain: false } }
}
fn entry(name: &str, place: Range<usize>, value: Piece) -> (Key, Node) {
    (key(name, place), scalar(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_keep_their_places() {
        let text = "# no \\\nauto a \\\n b\n\n  iface c inet dhcp";
        let all: Vec<(usize, String)> = lines(text).map(|(at, line)| (at, line.into_owned())).collect();
        assert_eq!(all, [(7, "auto a    b".to_owned()), (20, "  iface c inet dhcp".to_owned())]);
        assert_eq!((text.find("auto"), text.find("  iface")), (Some(7), Some(20)));
        assert_eq!(lines("a \\").count(), 1);
        assert_eq!(lines("a\\\r\nb").next().unwrap().1, "a   b");
    }

    #[test]
    fn a_value_has_its_place() {
        let document = read(&[("interfaces", "iface a inet static\n  address   192.0.2.1/24  # x\n")]);
        let span = document.source.span("/0/address").unwrap();
        assert_eq!(span, 32..44);
        assert_eq!(document.found.len(), 1);
    }

    #[test]
    fn misplaced_and_empty_lines_are_told() {
        let codes = |text: &str| {
            read(&[("i", text)]).found.into_iter().map(|d| d.message).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(codes("address 1\n"), "address stands outside of any stanza");
        assert_eq!(codes("auto a\nmtu 1\n"), "mtu stands outside of any stanza");
        assert_eq!(codes("iface a inet static\nmtu\n"), "mtu has no value");
        assert_eq!(codes("iface\n"), "this iface line names no interface");
        assert_eq!(codes("iface a inet dhcp x\n"), "x is one word too many");
        assert_eq!(codes("# nothing\n"), "there is no stanza in it");
        assert_eq!(codes("iface a inet dhcp inherits\n"), "inherits names nothing");
    }
}
