//! Serde from a [`Node`]: scalars are read by what the field expects.

use super::Dialect;
use super::error::{Error, What};
use super::node::{Key, Kind, Node, pointer};
use crate::diag::Diagnostic;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Unexpected, Visitor};
use std::cell::RefCell;

/// Reads a value; warnings are about values that other readers would see differently.
pub(super) fn read<T: DeserializeOwned>(
    root: &Node,
    dialect: &Dialect,
) -> (Result<T, Error>, Vec<Diagnostic>) {
    let remarks = RefCell::new(Vec::new());
    let result = T::deserialize(De { node: root, path: "", dialect, remarks: &remarks });
    (result, remarks.into_inner())
}

#[derive(Clone, Copy)]
struct De<'a, 'p> {
    node: &'a Node,
    path: &'p str,
    dialect: &'p Dialect,
    remarks: &'p RefCell<Vec<Diagnostic>>,
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
        let error = <Error as de::Error>::invalid_type(self.unexpected(), expected);
        let error = match self.node.kind {
            Kind::Map(_) => error.found(self.dialect.mapping),
            _ => error,
        };
        error.at(self.path)
    }

    fn instead(&self, message: String, write: impl Into<String>) -> Error {
        Error::new(What::Instead { message, write: write.into() }).at(self.path)
    }

    fn remark(&self, remark: Diagnostic) {
        self.remarks.borrow_mut().push(remark.at(self.path));
    }

    /// The text of a scalar for a field that wants text.
    fn text(&self) -> Result<&'a str, Error> {
        match &self.node.kind {
            Kind::Scalar { text, plain: false } => Ok(text),
            // Nothing is not a text.
            Kind::Scalar { text, plain: true } if !matches!(plain(text), Plain::Null) => {
                if !(self.dialect.is_text)(text) {
                    let message = format!("{text} is no text without quotes");
                    return Err(self.instead(message, format!("\"{text}\"")));
                }
                if let Some(remark) = (self.dialect.text_remark)(text) {
                    self.remark(remark);
                }
                Ok(text)
            }
            _ => Err(self.wrong(&"a text")),
        }
    }

    fn number<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let Kind::Scalar { text, plain: unquoted } = &self.node.kind else {
            return Err(self.wrong(&visitor));
        };
        if !unquoted {
            return Err(match plain(text) {
                Plain::Uint(_) | Plain::Int(_) | Plain::Float(_) => {
                    self.instead(format!("\"{text}\" in quotes is a text, not a number"), text)
                }
                _ => self.wrong(&visitor),
            });
        }
        if let Some(remark) = (self.dialect.number_remark)(text) {
            self.remark(remark);
        }
        let result = match plain(text) {
            Plain::Uint(value) => visitor.visit_u64(value),
            Plain::Int(value) => visitor.visit_i64(value),
            Plain::Float(value) => visitor.visit_f64(value),
            _ => return Err(self.wrong(&visitor)),
        };
        result.map_err(|error: Error| error.at(self.path))
    }

    /// A list that must be one where something else stands.
    fn no_list(&self) -> Error {
        match &self.node.kind {
            Kind::Scalar { text, plain: false } if !text.contains(['"', '\\', '\n']) => {
                self.instead(format!("\"{text}\" is no list"), format!("[\"{text}\"]"))
            }
            Kind::Scalar { text, plain: true } if !self.node.is_null() => {
                self.instead(format!("{text} is no list"), format!("[{text}]"))
            }
            Kind::Map(_) => match (self.dialect.list_of_mappings)(self.path) {
                Some(form) => self.wrong(&form.as_str()),
                None => self.wrong(&"a list"),
            },
            _ => self.wrong(&"a list"),
        }
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
            Kind::Scalar { text, plain: true } => match (plain(text), (self.dialect.truth)(text)) {
                (Plain::Bool(value), _) => visitor.visit_bool(value),
                (_, Some(meant)) => {
                    Err(self.instead(format!("{text} is a text here, not a truth value"), meant.to_string()))
                }
                _ => Err(self.wrong(&"true or false")),
            },
            Kind::Scalar { text, plain: false } if matches!(plain(text), Plain::Bool(_)) => {
                Err(self.instead(format!("\"{text}\" in quotes is a text, not a truth value"), text))
            }
            _ => Err(self.wrong(&"true or false")),
        }
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text()?).map_err(|error: Error| error.at(self.path))
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
            _ => Err(self.no_list()),
        }
    }
    fn deserialize_tuple<V: Visitor<'a>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Seq(items) if items.len() > len => {
                Err(<Error as de::Error>::invalid_length(items.len(), &visitor).at(self.path))
            }
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Map(_) => self.deserialize_any(visitor),
            _ => Err(self.wrong(&self.dialect.mapping)),
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
        match &self.node.kind {
            Kind::Scalar { text, .. } if !words.contains(&text.as_str()) => {
                Err(<Error as de::Error>::unknown_variant(text, words).at(self.path))
            }
            Kind::Scalar { text, .. } => visitor.visit_enum(VariantDe { of: self, word: text, value: None }),
            Kind::Map(entries) => {
                let mut there = entries.iter().filter(|(_, value)| value.kind != Kind::Gone);
                let (Some((key, value)), None) = (there.next(), there.next()) else {
                    let form =
                        format!("one of these words, or one of them with its value: {}", words.join(", "));
                    return Err(self.wrong(&form.as_str()));
                };
                if !words.contains(&key.text.as_str()) {
                    let error = <Error as de::Error>::unknown_variant(&key.text, words);
                    return Err(error.at_word(self.path, key));
                }
                visitor.visit_enum(VariantDe { of: self, word: &key.text, value: Some(value) })
            }
            _ => {
                let form = format!("one of these words: {}", words.join(", "));
                Err(self.wrong(&form.as_str()))
            }
        }
        .map_err(|error: Error| error.at(self.path))
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
        i128 u128 char bytes byte_buf unit unit_struct tuple_struct identifier ignored_any
    }
}

/// A variant by its word alone, or as the one key of a mapping.
struct VariantDe<'a, 'p> {
    of: De<'a, 'p>,
    word: &'a str,
    value: Option<&'a Node>,
}

impl<'a, 'p> de::EnumAccess<'a> for VariantDe<'a, 'p> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(BorrowedStrDeserializer::new(self.word))?, self))
    }
}

impl VariantDe<'_, '_> {
    fn no_value(&self) -> Error {
        let (word, assign) = (self.word, self.of.dialect.assign);
        let form = format!("{{ {word}{assign}… }}");
        Error::new(What::Unexpected { found: format!("\"{word}\" without a value"), expected: form })
            .at(self.of.path)
    }
}

impl<'a> de::VariantAccess<'a> for VariantDe<'a, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        let (word, quote) = (self.word, if self.of.dialect.quotes { "\"" } else { "" });
        match self.value {
            None => Ok(()),
            Some(_) => {
                Err(self.of.instead(format!("\"{word}\" has no value"), format!("{quote}{word}{quote}")))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Error> {
        let node = self.value.ok_or_else(|| self.no_value())?;
        let path = pointer(self.of.path, self.word);
        seed.deserialize(De { node, path: &path, ..self.of })
            .map_err(|error| error.at(&path).spoils(self.of.path))
    }

    fn tuple_variant<V: Visitor<'a>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let node = self.value.ok_or_else(|| self.no_value())?;
        let path = pointer(self.of.path, self.word);
        De { node, path: &path, ..self.of }
            .deserialize_tuple(len, visitor)
            .map_err(|error| error.at(&path).spoils(self.of.path))
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let node = self.value.ok_or_else(|| self.no_value())?;
        let path = pointer(self.of.path, self.word);
        De { node, path: &path, ..self.of }
            .deserialize_map(visitor)
            .map_err(|error| error.at(&path).spoils(self.of.path))
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
        let below = De { node, path: &path, ..self.of };
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
            let below = De { node, path: &path, ..self.of };
            return seed.deserialize(below).map(Some).map_err(|error| error.at(&path));
        }
    }
}
