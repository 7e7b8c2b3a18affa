//! From JSON pointers to places in a text.

use super::{Diagnostic, Position};
use std::collections::BTreeMap;
use std::ops::Range;

/// Where each value of a document stands in its text: JSON pointer → byte range.
///
/// ```
/// use esxi_core::diag::{codes, Diagnostic, SourceMap};
/// let mut map = SourceMap::new("host.yaml", "a: 1\nb: é2\n");
/// map.insert("/b", 8..11);
/// let mut d = Diagnostic::error(codes::HOST_FILE_SYNTAX, "bad").at("/b/deeper");
/// map.locate(&mut d);
/// assert_eq!(d.file.as_deref(), Some("host.yaml"));
/// let start = d.start.unwrap();
/// assert_eq!((start.line, start.column), (2, 4));
/// ```
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    file: String,
    line_starts: Vec<usize>,
    text: String,
    spans: BTreeMap<String, Range<usize>>,
}

impl SourceMap {
    /// A map of `text` without any spans yet; `file` is only a name.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        SourceMap { file: file.into(), line_starts, text, spans: BTreeMap::new() }
    }

    /// Records the byte range of the value at a JSON pointer. Ranges outside the text are cut to it.
    pub fn insert(&mut self, pointer: impl Into<String>, range: Range<usize>) {
        let end = range.end.min(self.text.len());
        self.spans.insert(pointer.into(), range.start.min(end)..end);
    }

    /// The byte range recorded for the pointer or, failing that, for its nearest ancestor.
    pub fn span(&self, pointer: &str) -> Option<Range<usize>> {
        let mut at = pointer;
        loop {
            if let Some(range) = self.spans.get(at) {
                return Some(range.clone());
            }
            at = &at[..at.rfind('/')?];
        }
    }

    /// Line and column of a byte offset (cut to the text, and to a character boundary).
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text[start..offset].chars().count() + 1;
        Position { line: line as u32, column: column as u32 }
    }

    /// Fills in file, start and end of a diagnostic from its path.
    pub fn locate(&self, diagnostic: &mut Diagnostic) {
        diagnostic.file.get_or_insert_with(|| self.file.clone());
        if diagnostic.start.is_some() {
            return;
        }
        let Some(range) = diagnostic.path.as_deref().and_then(|path| self.span(path)) else { return };
        diagnostic.start = Some(self.position(range.start));
        diagnostic.end = Some(self.position(range.end));
    }

    /// The text of one line (from 1), without its line end.
    pub fn line(&self, line: u32) -> Option<&str> {
        let start = *self.line_starts.get(line.checked_sub(1)? as usize)?;
        self.text[start..].lines().next()
    }
}
