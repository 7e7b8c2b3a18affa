use crate::diag::SourceMap;
use std::ops::Range;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A text; `plain` when it stands without quotes, so that it may also be a number, a truth value or nothing.
    Scalar { text: String, plain: bool },
    /// A list.
    Seq(Vec<Node>),
    /// A mapping, in the order of the text.
    Map(Vec<(Key, Node)>),
    /// Taken out after a mistake in it was reported.
    Gone,
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

/// A JSON pointer one level deeper.
pub(crate) fn pointer(parent: &str, key: impl std::fmt::Display) -> String {
    let key = key.to_string();
    if key.contains(['~', '/']) {
        return format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"));
    }
    format!("{parent}/{key}")
}

impl Node {
    /// A plain value that stands in no text.
    pub(crate) fn made(text: &str) -> Self {
        Node { span: 0..0, kind: Kind::Scalar { text: text.to_owned(), plain: true } }
    }

    /// True for an empty value or the word for nothing.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Enters every value's place.
    pub(crate) fn record(&self, path: &str, map: &mut SourceMap) {
        map.insert(path, self.span.clone());
        match &self.kind {
            Kind::Seq(items) => {
                items.iter().enumerate().for_each(|(at, item)| item.record(&pointer(path, at), map));
            }
            Kind::Map(entries) => {
                entries.iter().for_each(|(key, value)| value.record(&pointer(path, &key.text), map));
            }
            Kind::Scalar { .. } | Kind::Gone => {}
        }
    }

    /// Moves every place by so many bytes: the text stands behind others now.
    #[cfg(feature = "yaml")]
    pub(crate) fn shift(&mut self, by: usize) {
        let moved = |span: &Range<usize>| span.start + by..span.end + by;
        self.span = moved(&self.span);
        match &mut self.kind {
            Kind::Seq(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Kind::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
                key.span = moved(&key.span);
                value.shift(by);
            }),
            Kind::Scalar { .. } | Kind::Gone => {}
        }
    }

    fn child_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.kind {
            Kind::Seq(items) => items.get_mut(key.parse::<usize>().ok()?),
            Kind::Map(entries) => {
                let key = key.replace("~1", "/").replace("~0", "~");
                entries.iter_mut().find(|(other, _)| other.text == key).map(|(_, value)| value)
            }
            Kind::Scalar { .. } | Kind::Gone => None,
        }
    }

    /// The value at a JSON pointer.
    pub(crate) fn get_mut(&mut self, path: &str) -> Option<&mut Node> {
        path.split('/').skip(1).try_fold(self, |at, key| at.child_mut(key))
    }

    /// Puts another value in a place. False when there is no such place.
    pub(crate) fn replace(&mut self, path: &str, with: Node) -> bool {
        let mut at = self;
        for key in path.split('/').skip(1) {
            match at.child_mut(key) {
                Some(child) => at = child,
                None => return false,
            }
        }
        *at = with;
        true
    }

    /// Takes a value out. False when it was not there (any more).
    pub(crate) fn take_out(&mut self, path: &str) -> bool {
        self.replace(path, Node { span: 0..0, kind: Kind::Gone })
    }
}
