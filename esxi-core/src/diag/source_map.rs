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
///
/// A document may be put together from several files. Their texts then follow each other, so that one offset says
/// both the file and the place in it:
///
/// ```
/// # use esxi_core::diag::{codes, Diagnostic, SourceMap};
/// let mut map = SourceMap::new("10-base.yaml", "mtu: 1500");
/// let base = map.append("20-large.yaml", "mtu: 9000");
/// map.insert("/mtu", base + 5..base + 9);
/// let mut d = Diagnostic::error(codes::WRONG_VALUE, "bad").at("/mtu");
/// map.locate(&mut d);
/// assert_eq!(d.file.as_deref(), Some("20-large.yaml"));
/// assert_eq!(d.start.map(|start| (start.line, start.column)), Some((1, 6)));
/// assert_eq!(map.line_of(&d), Some("mtu: 9000"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<File>,
    line_starts: Vec<usize>,
    text: String,
    spans: BTreeMap<String, Range<usize>>,
}

#[derive(Debug, Clone)]
struct File {
    name: String,
    /// Where its text starts in the whole.
    start: usize,
}

impl SourceMap {
    /// A map of `text` without any spans yet; `file` is only a name.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        let mut map = SourceMap::default();
        map.append(file, text);
        map
    }

    /// Adds the text of another file. Returns what its own byte offsets have to be raised by.
    pub fn append(&mut self, file: impl Into<String>, text: impl Into<String>) -> usize {
        let text = text.into();
        let start = if self.files.is_empty() {
            self.text = text;
            0
        } else {
            // Keeps the end of a file apart from the start of the next.
            self.text.push('\n');
            let start = self.text.len();
            self.text += &text;
            start
        };
        self.line_starts.push(start);
        self.line_starts.extend(self.text[start..].match_indices('\n').map(|(at, _)| start + at + 1));
        self.files.push(File { name: file.into(), start });
        start
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

    /// Which file an offset is in, by its place in the list of files.
    fn file_at(&self, offset: usize) -> usize {
        self.files.partition_point(|file| file.start <= offset).saturating_sub(1)
    }

    /// The name of the file that an offset is in.
    pub fn file(&self, offset: usize) -> Option<&str> {
        self.files.get(self.file_at(offset)).map(|file| file.name.as_str())
    }

    /// Line and column of a byte offset (cut to the text, and to a character boundary) in its file.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let first = self.files.get(self.file_at(offset)).map_or(0, |file| file.start);
        let before = self.line_starts.partition_point(|&start| start < first);
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text[start..offset].chars().count() + 1;
        Position { line: (line - before) as u32, column: column as u32 }
    }

    /// Fills in file, start and end of a diagnostic from its path. One whose file is known stays there.
    pub fn locate(&self, diagnostic: &mut Diagnostic) {
        let place = diagnostic.path.as_deref().and_then(|path| self.span(path));
        if diagnostic.start.is_none()
            && let Some(range) = &place
        {
            diagnostic.start = Some(self.position(range.start));
            diagnostic.end = Some(self.position(range.end));
        }
        let file = place.map_or(0, |range| self.file_at(range.start));
        if let Some(file) = self.files.get(file) {
            diagnostic.file.get_or_insert_with(|| file.name.clone());
        }
    }

    /// Sorts located diagnostics as their places follow each other: by file, place and code.
    pub fn sort(&self, diagnostics: &mut [Diagnostic]) {
        let file = |name: &Option<String>| {
            self.files.iter().position(|file| name.as_deref() == Some(file.name.as_str()))
        };
        diagnostics.sort_by_key(|found| (file(&found.file), found.start, found.code));
    }

    /// The text of one line (from 1) of the first file, without its line end.
    pub fn line(&self, line: u32) -> Option<&str> {
        self.line_in(0, line)
    }

    /// The text of the line where a located diagnostic starts, without its line end.
    pub fn line_of(&self, diagnostic: &Diagnostic) -> Option<&str> {
        let named = |file: &File| diagnostic.file.as_deref().is_none_or(|name| name == file.name);
        self.line_in(self.files.iter().position(named)?, diagnostic.start?.line)
    }

    fn line_in(&self, file: usize, line: u32) -> Option<&str> {
        let first = self.files.get(file)?.start;
        let end = self.files.get(file + 1).map_or(self.text.len(), |next| next.start - 1);
        let before = self.line_starts.partition_point(|&start| start < first);
        let start = *self.line_starts.get(before + line.checked_sub(1)? as usize)?;
        if start > end {
            return None;
        }
        self.text[start..end].lines().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_belongs_to_one_file() {
        for first in ["a\nb", "a\nb\n", ""] {
            let mut map = SourceMap::new("one", first);
            let base = map.append("two", "c\nd\n");
            assert_eq!(map.position(base), Position { line: 1, column: 1 });
            assert_eq!(map.position(base + 2), Position { line: 2, column: 1 });
            let end = map.position(first.len());
            assert_eq!(end.line as usize, first.matches('\n').count() + 1, "{first:?}");
            let found = |file: &str, line| {
                let mut d = Diagnostic::note(super::super::codes::WRONG_VALUE, "");
                (d.file, d.start) = (Some(file.into()), Some(Position { line, column: 1 }));
                map.line_of(&d)
            };
            assert_eq!(found("two", 2), Some("d"));
            assert_eq!(found("one", 1), first.lines().next());
            assert_eq!(found("three", 1), None);
        }
    }
}
