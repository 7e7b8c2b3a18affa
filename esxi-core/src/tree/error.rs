//! Why a value could not be read: gathered as serde finds it, told as a diagnostic.

use super::Dialect;
use super::node::{Key, pointer};
use crate::diag::{Diagnostic, SourceMap};
use serde::de::{self, Unexpected};
use std::fmt;
use std::ops::Range;

/// Why a value could not be read, and where.
#[derive(Debug)]
pub(super) struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    path: Option<String>,
    key: Option<Range<usize>>,
    /// The value that is lost with the one at `path`.
    spoilt: Option<String>,
    what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// The message of the type that was to be read.
    Value(String),
    /// A message, and what to write instead.
    Instead {
        message: String,
        write: String,
    },
    Unexpected {
        found: String,
        expected: String,
    },
    UnknownKey {
        key: String,
        expected: &'static [&'static str],
    },
    UnknownWord {
        word: String,
        expected: &'static [&'static str],
    },
    Missing(&'static str),
}

impl Error {
    pub(super) fn new(what: What) -> Self {
        Error(Box::new(Inner { path: None, key: None, spoilt: None, what }))
    }
    /// What was found, in the words of the language.
    pub(super) fn found(mut self, words: &str) -> Self {
        if let What::Unexpected { found, .. } = &mut self.0.what {
            *found = words.to_owned();
        }
        self
    }
    /// The innermost place wins.
    pub(super) fn at(mut self, path: &str) -> Self {
        self.0.path.get_or_insert_with(|| path.to_owned());
        self
    }
    pub(super) fn at_key(mut self, path: &str, key: &Key) -> Self {
        if self.0.path.is_none() {
            self.0.path = Some(pointer(path, &key.text));
            self.0.key = Some(key.span.clone());
            // A key that must be one of some words is a key all the same.
            if let What::UnknownWord { word, expected } = &mut self.0.what {
                self.0.what = What::UnknownKey { key: std::mem::take(word), expected };
            }
        }
        self
    }
    /// A mistake in the one key of a mapping that is a word with its value: it spoils the whole.
    pub(super) fn at_word(mut self, path: &str, key: &Key) -> Self {
        self.0.key = Some(key.span.clone());
        self.at(path)
    }
    pub(super) fn path(&self) -> &str {
        self.0.path.as_deref().unwrap_or("")
    }
    /// A word without its value is no word: what is wrong with the value spoils the whole.
    pub(super) fn spoils(mut self, path: &str) -> Self {
        self.0.spoilt = Some(path.to_owned());
        self
    }
    /// The value without which reading may go on.
    pub(super) fn spoilt(&self) -> &str {
        self.0.spoilt.as_deref().unwrap_or(self.path())
    }
    /// The field that must be there and is not.
    pub(super) fn missing(&self) -> Option<&'static str> {
        match self.0.what {
            What::Missing(field) => Some(field),
            _ => None,
        }
    }
    /// Of an unknown key: the place of the field that was probably meant.
    pub(super) fn meant(&self) -> Option<String> {
        let What::UnknownKey { key, expected } = &self.0.what else { return None };
        let parent = &self.path()[..self.path().rfind('/')?];
        nearest(key, expected).map(|near| pointer(parent, near))
    }

    pub(super) fn into_diagnostic(self, dialect: &Dialect, source: &SourceMap) -> Diagnostic {
        let Inner { path, key, what, .. } = *self.0;
        let path = path.unwrap_or_default();
        let code = match dialect.version {
            Some(code) if path == "/version" => code,
            _ => dialect.wrong_value,
        };
        let mut diagnostic = match what {
            What::Value(message) => Diagnostic::error(code, message),
            What::Instead { message, write } => {
                Diagnostic::error(code, message).help(format!("write {write}")).fix(write)
            }
            What::Unexpected { found, expected } => {
                Diagnostic::error(code, format!("{found} does not fit here"))
                    .help(format!("write {expected}"))
            }
            What::Missing(field) => Diagnostic::error(code, format!("`{field}` is missing here"))
                .help((dialect.missing)(&pointer(&path, field))),
            What::UnknownKey { key, expected } => {
                let diagnostic = Diagnostic::error(dialect.unknown_key, format!("unknown key `{key}`"));
                suggest(diagnostic, nearest(&key, expected), false, expected, "keys")
            }
            What::UnknownWord { word, expected } => {
                let diagnostic = Diagnostic::error(code, format!("unknown word \"{word}\""));
                suggest(
                    diagnostic,
                    nearest(&word, expected),
                    dialect.quotes && key.is_none(),
                    expected,
                    "words",
                )
            }
        };
        if let Some(span) = key {
            diagnostic.start = Some(source.position(span.start));
            diagnostic.end = Some(source.position(span.end));
        }
        diagnostic.at(path)
    }
}

/// The known word that a slip of the hand may have turned into this one.
fn nearest(word: &str, expected: &[&'static str]) -> Option<&'static str> {
    let (distance, near) =
        expected.iter().map(|known| (strsim::damerau_levenshtein(word, known), *known)).min()?;
    (distance <= 1 + near.len() / 3).then_some(near)
}

/// Offers the nearest known word, and lists them all.
fn suggest(
    diagnostic: Diagnostic,
    near: Option<&str>,
    quotes: bool,
    expected: &[&str],
    what: &str,
) -> Diagnostic {
    let all = expected.join(", ");
    match near {
        Some(near) => {
            let fix = if quotes { format!("\"{near}\"") } else { near.to_owned() };
            diagnostic.help(format!("did you mean `{near}`? {what} here: {all}")).fix(fix)
        }
        None => diagnostic.help(format!("{what} here: {all}")),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.what)
    }
}
impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error::new(What::Value(message.to_string()))
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = match expected.to_string().as_str() {
            "u8" => format!("a whole number from 0 to {}", u8::MAX),
            "u16" => format!("a whole number from 0 to {}", u16::MAX),
            "u32" => format!("a whole number from 0 to {}", u32::MAX),
            "u64" => "a whole number, 0 or more".to_owned(),
            "i64" => "a whole number".to_owned(),
            other => other.to_owned(),
        };
        Error::new(What::Unexpected { found: in_words(&found), expected })
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }
    fn invalid_length(found: usize, expected: &dyn de::Expected) -> Self {
        Error::new(What::Unexpected { found: format!("a list of {found}"), expected: expected.to_string() })
    }
    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        Error::new(What::UnknownKey { key: key.to_owned(), expected })
    }
    fn unknown_variant(word: &str, expected: &'static [&'static str]) -> Self {
        Error::new(What::UnknownWord { word: word.to_owned(), expected })
    }
    fn missing_field(field: &'static str) -> Self {
        Error::new(What::Missing(field))
    }
}

fn in_words(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("\"{text}\""),
        Unexpected::Map => "a mapping".into(),
        Unexpected::Seq => "a list".into(),
        Unexpected::Unit => "nothing".into(),
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => value.to_string(),
        other => other.to_string(),
    }
}
