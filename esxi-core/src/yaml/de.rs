//! Serde from a [`Node`]: scalars are read by what the field expects.

use super::node::{Key, Kind, Node, pointer};
use super::yaml11::other_reading;
use crate::diag::{Diagnostic, SourceMap, codes};
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Unexpected, Visitor};
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// Reads a value; warnings are about values that other readers would see differently.
pub(super) fn read<T: DeserializeOwned>(root: &Node) -> (Result<T, Error>, Vec<Diagnostic>) {
    let warnings = RefCell::new(Vec::new());
    let result = T::deserialize(De { node: root, path: "", warnings: &warnings });
    (result, warnings.into_inner())
}

/// Why a value could not be read, and where.
#[derive(Debug)]
pub(super) struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    path: Option<String>,
    key: Option<Range<usize>>,
    what: What,
}

#[derive(Debug)]
enum What {
    Value(String),
    UnknownKey { key: String, expected: &'static [&'static str] },
    UnknownWord { word: String, expected: &'static [&'static str] },
    Missing(&'static str),
}

impl Error {
    fn new(what: What) -> Self {
        Error(Box::new(Inner { path: None, key: None, what }))
    }
    /// The innermost place wins.
    fn at(mut self, path: &str) -> Self {
        self.0.path.get_or_insert_with(|| path.to_owned());
        self
    }
    fn at_key(mut self, path: &str, key: &Key) -> Self {
        if self.0.path.is_none() {
            self.0.path = Some(pointer(path, &key.text));
            self.0.key = Some(key.span.clone());
        }
        self
    }
    pub(super) fn path(&self) -> &str {
        self.0.path.as_deref().unwrap_or("")
    }
    /// True when a field that must be there is not.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self.0.what, What::Missing(_))
    }

    pub(super) fn into_diagnostic(self, source: &SourceMap) -> Diagnostic {
        let Inner { path, key, what } = *self.0;
        let path = path.unwrap_or_default();
        let code = if path == "/version" { codes::FORMAT_VERSION } else { codes::WRONG_VALUE };
        let mut diagnostic = match what {
            What::Value(message) => Diagnostic::error(code, message),
            What::Missing(field) => Diagnostic::error(code, format!("`{field}` is missing here")),
            What::UnknownKey { key, expected } => {
                let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, format!("unknown key `{key}`"));
                suggest(diagnostic, &key, expected, "keys")
            }
            What::UnknownWord { word, expected } => {
                suggest(Diagnostic::error(code, format!("unknown word \"{word}\"")), &word, expected, "words")
            }
        };
        if let Some(span) = key {
            diagnostic.start = Some(source.position(span.start));
            diagnostic.end = Some(source.position(span.end));
        }
        diagnostic.at(path)
    }
}

/// Offers the nearest known word, and lists them all.
fn suggest(diagnostic: Diagnostic, word: &str, expected: &[&str], what: &str) -> Diagnostic {
    let all = expected.join(", ");
    let near = expected.iter().map(|known| (strsim::damerau_levenshtein(word, known), *known)).min();
    match near {
        Some((distance, near)) if distance <= 1 + near.len() / 3 => {
            diagnostic.help(format!("did you mean `{near}`? {what} here: {all}")).fix(near)
        }
        _ => diagnostic.help(format!("{what} here: {all}")),
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
        Error::new(What::Value(format!("expected {expected}, found {}", in_words(&found))))
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
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

#[derive(Clone, Copy)]
struct De<'a, 'p> {
    node: &'a Node,
    path: &'p str,
    warnings: &'p RefCell<Vec<Diagnostic>>,
}

/// A plain scalar by the YAML 1.2 core schema.
enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text,
}

fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        _ => {}
    }
    let radix =
        |prefix, radix| text.strip_prefix(prefix).and_then(|digits| u64::from_str_radix(digits, radix).ok());
    if let Some(value) = text.parse().ok().or_else(|| radix("0x", 16)).or_else(|| radix("0o", 8)) {
        return Plain::Uint(value);
    }
    if let Ok(value) = text.parse() {
        return Plain::Int(value);
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    match text.parse() {
        Ok(value) if numeric => Plain::Float(value),
        _ => Plain::Text,
    }
}

impl<'a> De<'a, '_> {
    fn unexpected(&self) -> Unexpected<'a> {
        match &self.node.kind {
            Kind::Map(_) => Unexpected::Map,
            Kind::Seq(_) => Unexpected::Seq,
            Kind::Gone => Unexpected::Unit,
            Kind::Scalar { text, plain: true } if matches!(plain(text), Plain::Null) => Unexpected::Unit,
            Kind::Scalar { text, .. } => Unexpected::Str(text),
        }
    }

    fn wrong(&self, expected: &dyn de::Expected) -> Error {
        <Error as de::Error>::invalid_type(self.unexpected(), expected).at(self.path)
    }

    /// The text of a scalar for a field that wants text. Nothing is not a text.
    fn text(&self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, plain: false } => Some(text),
            Kind::Scalar { text, plain: true } => {
                if matches!(plain(text), Plain::Null) {
                    return None;
                }
                if let Some(reading) = other_reading(text) {
                    self.warn(
                        format!("a YAML 1.1 reader takes {text} for {reading}"),
                        &format!("\"{text}\""),
                    );
                }
                Some(text)
            }
            _ => None,
        }
    }

    fn warn(&self, message: String, fix: &str) {
        let diagnostic = Diagnostic::warning(codes::YAML11_DIFFERS, message).at(self.path);
        self.warnings
            .borrow_mut()
            .push(diagnostic.help("it is read by its field here; be safe and change it").fix(fix));
    }

    fn number<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let Kind::Scalar { text, plain: unquoted } = &self.node.kind else {
            return Err(self.wrong(&visitor));
        };
        if !unquoted {
            return match plain(text) {
                Plain::Uint(_) | Plain::Int(_) | Plain::Float(_) => Err(<Error as de::Error>::custom(
                    format!("expected a number, found the text \"{text}\" in quotes"),
                )
                .at(self.path)),
                _ => Err(self.wrong(&visitor)),
            };
        }
        let value = plain(text);
        if text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()) {
            self.warn(
                format!("a YAML 1.1 reader takes {text} for a number in base 8"),
                text.trim_start_matches('0'),
            );
        }
        let result = match value {
            Plain::Uint(value) => visitor.visit_u64(value),
            Plain::Int(value) => visitor.visit_i64(value),
            Plain::Float(value) => visitor.visit_f64(value),
            _ => return Err(self.wrong(&visitor)),
        };
        result.map_err(|error: Error| error.at(self.path))
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number(visitor)
        })*
    };
}

impl<'a> Deserializer<'a> for De<'a, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let result = match &self.node.kind {
            Kind::Map(entries) => visitor.visit_map(MapDe { of: self, entries, next: 0, value: None }),
            Kind::Seq(items) => visitor.visit_seq(SeqDe { of: self, items, next: 0 }),
            Kind::Gone => visitor.visit_unit(),
            Kind::Scalar { text, plain: false } => visitor.visit_borrowed_str(text),
            Kind::Scalar { text, plain: true } => match plain(text) {
                Plain::Null => visitor.visit_unit(),
                Plain::Bool(value) => visitor.visit_bool(value),
                Plain::Int(_) | Plain::Uint(_) | Plain::Float(_) => return self.number(visitor),
                Plain::Text => visitor.visit_borrowed_str(text),
            },
        };
        result.map_err(|error: Error| error.at(self.path))
    }

    numbers! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_i8 deserialize_i16 deserialize_i32
        deserialize_i64 deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Scalar { text, plain: true } => match (plain(text), super::yaml11::bool_word(text)) {
                (Plain::Bool(value), _) => visitor.visit_bool(value),
                (_, Some(meant)) => {
                    let message = format!("{text} is a text in YAML 1.2: write {meant}");
                    Err(<Error as de::Error>::custom(message).at(self.path))
                }
                _ => Err(self.wrong(&"true or false")),
            },
            _ => Err(self.wrong(&"true or false")),
        }
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text() {
            Some(text) => visitor.visit_borrowed_str(text).map_err(|error: Error| error.at(self.path)),
            None => Err(self.wrong(&"a text")),
        }
    }
    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Seq(_) => self.deserialize_any(visitor),
            _ => Err(self.wrong(&"a list")),
        }
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Map(_) => self.deserialize_any(visitor),
            _ => Err(self.wrong(&"a mapping")),
        }
    }
    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Kind::Scalar { text, .. } = &self.node.kind else { return Err(self.wrong(&"a word")) };
        if !words.contains(&text.as_str()) {
            return Err(<Error as de::Error>::unknown_variant(text, words).at(self.path));
        }
        visitor.visit_enum(StrDeserializer::new(text)).map_err(|error: Error| error.at(self.path))
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self).map_err(|error: Error| error.at(self.path))
    }

    serde::forward_to_deserialize_any! {
        <W: Visitor<'a>>
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct MapDe<'a, 'p> {
    of: De<'a, 'p>,
    entries: &'a [(Key, Node)],
    next: usize,
    value: Option<&'a (Key, Node)>,
}

impl<'a> de::MapAccess<'a> for MapDe<'a, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        loop {
            let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
            self.next += 1;
            if entry.1.kind == Kind::Gone {
                continue;
            }
            self.value = Some(entry);
            let key = seed.deserialize(BorrowedStrDeserializer::new(&entry.0.text));
            return key.map(Some).map_err(|error: Error| error.at_key(self.of.path, &entry.0));
        }
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((key, node)) = self.value.take() else {
            return Err(<Error as de::Error>::custom("a value was asked for before its key"));
        };
        let path = pointer(self.of.path, &key.text);
        let below = De { node, path: &path, warnings: self.of.warnings };
        seed.deserialize(below).map_err(|error| error.at(&path))
    }
}

struct SeqDe<'a, 'p> {
    of: De<'a, 'p>,
    items: &'a [Node],
    next: usize,
}

impl<'a> de::SeqAccess<'a> for SeqDe<'a, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        loop {
            let Some(node) = self.items.get(self.next) else { return Ok(None) };
            self.next += 1;
            if node.kind == Kind::Gone {
                continue;
            }
            let path = pointer(self.of.path, self.next - 1);
            let below = De { node, path: &path, warnings: self.of.warnings };
            return seed.deserialize(below).map(Some).map_err(|error| error.at(&path));
        }
    }
}
