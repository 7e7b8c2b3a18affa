//! A YAML document as a tree in which every value has its place.

use crate::diag::{Diagnostic, SourceMap, codes};
use crate::tree::{Key, Kind, Node, pointer};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Values that aliases may unfold to.
const MAX_COPIES: usize = 100_000;
/// Values of a document. The largest real ones name every machine of a /16, three values each.
const MAX_VALUES: usize = 1_000_000;

struct Frame {
    start: usize,
    anchor: usize,
    path: String,
    kind: Kind,
    key: Option<Key>,
    /// The keys so far: to look for each among all others would take too long in a large mapping.
    keys: HashSet<String>,
}

/// Reads one document. Doubled keys are entered in `found`; the first of them is kept.
pub(super) fn parse(
    text: &str,
    source: &SourceMap,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<Node>, Box<Diagnostic>> {
    let mut builder = Builder {
        text,
        source,
        found,
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        root: None,
        copies: 0,
        values: 0,
    };
    let mut documents = 0;
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|error| Box::new(builder.syntax(&error)))?;
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(builder.construct("a second document in the same file", range));
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                if let Some(tag) = tag {
                    return Err(builder.construct(&format!("the tag {tag}"), range));
                }
                let kind = Kind::Scalar { text: value.into_owned(), plain: style == ScalarStyle::Plain };
                builder.value(Node { span: range, kind }, anchor)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                builder.open(Kind::Seq(Vec::new()), anchor, tag.map(|tag| tag.to_string()), range)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                builder.open(Kind::Map(Vec::new()), anchor, tag.map(|tag| tag.to_string()), range)?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close(range)?,
            Event::Alias(anchor) => match builder.anchors.get(&anchor).cloned() {
                Some(node) => {
                    builder.copied(&node)?;
                    builder.value(node, 0)?;
                }
                None => return Err(builder.construct("an alias inside the value it stands for", range)),
            },
            _ => {}
        }
    }
    Ok(builder.root)
}

struct Builder<'a> {
    text: &'a str,
    source: &'a SourceMap,
    found: &'a mut Vec<Diagnostic>,
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, Node>,
    root: Option<Node>,
    copies: usize,
    values: usize,
}

impl Builder<'_> {
    fn place(&self, mut diagnostic: Diagnostic, range: Range<usize>) -> Diagnostic {
        diagnostic.start = Some(self.source.position(range.start));
        diagnostic.end = Some(self.source.position(range.end));
        diagnostic
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().byte_offset().unwrap_or(self.text.len());
        let message = format!("this is not YAML: {}", error.info());
        let mut diagnostic = Diagnostic::error(codes::HOST_FILE_SYNTAX, message);
        diagnostic.help = Some("check the indentation of this line and the one before it".into());
        self.place(diagnostic, at..at)
    }

    fn construct(&self, what: &str, range: Range<usize>) -> Box<Diagnostic> {
        let diagnostic = Diagnostic::error(codes::YAML_CONSTRUCT, format!("{what} is not read here"));
        Box::new(self.place(diagnostic.help("write plain values, lists and mappings"), range))
    }

    fn child_path(&self) -> String {
        match self.stack.last() {
            None => String::new(),
            Some(Frame { path, kind: Kind::Seq(items), .. }) => pointer(path, items.len()),
            Some(Frame { path, key: Some(key), .. }) => pointer(path, &key.text),
            Some(Frame { path, .. }) => path.clone(),
        }
    }

    fn open(
        &mut self,
        kind: Kind,
        anchor: usize,
        tag: Option<String>,
        range: Range<usize>,
    ) -> Result<(), Box<Diagnostic>> {
        if let Some(tag) = tag {
            return Err(self.construct(&format!("the tag {tag}"), range));
        }
        if let Some(Frame { kind: Kind::Map(_), key: None, .. }) = self.stack.last() {
            return Err(self.construct("a key that is not a plain text", range));
        }
        let path = self.child_path();
        self.stack.push(Frame { start: range.start, anchor, path, kind, key: None, keys: HashSet::new() });
        Ok(())
    }

    fn close(&mut self, range: Range<usize>) -> Result<(), Box<Diagnostic>> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        // A block ends where the next token starts; the value itself ends with its last child.
        let last = match &frame.kind {
            Kind::Seq(items) => items.last().map(|item| item.span.end),
            Kind::Map(entries) => entries.last().map(|(key, value)| value.span.end.max(key.span.end)),
            Kind::Scalar { .. } | Kind::Gone => None,
        };
        let flow = self.text[frame.start..].starts_with(['[', '{']);
        let end = if flow { range.end } else { last.unwrap_or(range.end) };
        self.value(Node { span: frame.start..end.max(frame.start), kind: frame.kind }, frame.anchor)
    }

    /// Copies take memory that the text does not show.
    fn copied(&mut self, node: &Node) -> Result<(), Box<Diagnostic>> {
        self.copies += size(node, MAX_COPIES);
        if self.copies > MAX_COPIES {
            return Err(self.construct("a document that aliases unfold without bound", node.span.clone()));
        }
        Ok(())
    }

    fn value(&mut self, node: Node, anchor: usize) -> Result<(), Box<Diagnostic>> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.construct(&format!("a document of more than {MAX_VALUES} values"), node.span));
        }
        if anchor != 0 {
            self.copied(&node)?;
            self.anchors.insert(anchor, node.clone());
        }
        let path = self.child_path();
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame { kind: Kind::Seq(items), .. }) => items.push(node),
            Some(Frame { kind: Kind::Map(entries), key, keys, .. }) => match key.take() {
                None => match node.kind {
                    Kind::Scalar { text, .. } => *key = Some(Key { text, span: node.span }),
                    _ => return Err(self.construct("a key that is not a plain text", node.span)),
                },
                Some(key) if !keys.insert(key.text.clone()) => {
                    let message = format!("the key {} stands twice in this mapping", key.text);
                    let diagnostic = Diagnostic::error(codes::DUPLICATE_KEY, message).at(path);
                    let diagnostic = self.place(diagnostic.help("keep one of them"), key.span);
                    self.found.push(diagnostic);
                }
                Some(key) => entries.push((key, node)),
            },
            Some(_) => {}
        }
        Ok(())
    }
}

/// Number of values, counted up to a limit.
fn size(node: &Node, limit: usize) -> usize {
    let mut count = 1;
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Seq(items) => open.extend(items),
            Kind::Map(entries) => open.extend(entries.iter().map(|(_, value)| value)),
            Kind::Scalar { .. } | Kind::Gone => {}
        }
        count += 1;
        if count > limit {
            break;
        }
    }
    count
}
