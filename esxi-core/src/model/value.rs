//! The result of a command before it is written: one tree for every formatter.

use std::borrow::Cow;

/// A result or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Str(String),
    /// Number.
    Int(i64),
    /// Number with the unit that only the text form writes behind it (verified: `114473 MiB` is 114473 in JSON).
    Measure(i64, &'static str),
    /// Truth value.
    Bool(bool),
    /// Texts.
    StrList(Vec<String>),
    /// One structure.
    Struct(Structure),
    /// Structures of one type.
    List(Vec<Structure>),
}

/// Named values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// `typeName` of the XML form.
    pub type_name: Cow<'static, str>,
    /// What stands above it in the text form, where that is not its first field.
    pub heading: Option<Cow<'static, str>>,
    /// In the order of the text form.
    pub fields: Vec<Field>,
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// As the text form writes it.
    pub label: Cow<'static, str>,
    /// Value.
    pub value: Value,
    /// Left out of the text form.
    pub hidden: bool,
}

impl Field {
    /// Name in every other form: the label without blanks and punctuation (verified in XML and JSON captures).
    ///
    /// ```
    /// use esxi_core::model::value::{Field, Value};
    /// let field = Field { label: "MAC Address".into(), value: Value::Str(String::new()), hidden: false };
    /// assert_eq!(field.name(), "MACAddress");
    /// ```
    pub fn name(&self) -> String {
        self.label.chars().filter(char::is_ascii_alphanumeric).collect()
    }
    /// Whether its name is this one.
    pub fn is_called(&self, name: &str) -> bool {
        self.label.chars().filter(char::is_ascii_alphanumeric).eq(name.chars())
    }
}

impl Value {
    /// As a cell of the text form; nothing for what is nested.
    pub fn text(&self) -> String {
        match self {
            Value::Str(text) => text.clone(),
            Value::Int(number) => number.to_string(),
            Value::Measure(number, unit) => format!("{number} {unit}"),
            Value::Bool(truth) => truth.to_string(),
            Value::StrList(list) => list.join(", "),
            Value::Struct(_) | Value::List(_) => String::new(),
        }
    }
}

impl Structure {
    /// An empty one.
    pub fn new(type_name: impl Into<Cow<'static, str>>) -> Self {
        Structure { type_name: type_name.into(), heading: None, fields: Vec::new() }
    }
    /// Sets what stands above it in the text form; an empty text for nothing at all.
    #[must_use]
    pub fn under(mut self, heading: impl Into<Cow<'static, str>>) -> Self {
        self.heading = Some(heading.into());
        self
    }
    /// Adds a field.
    #[must_use]
    pub fn with(mut self, label: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.fields.push(Field { label: label.into(), value: value.into(), hidden: false });
        self
    }
    /// Adds a field that the text form leaves out.
    #[must_use]
    pub fn hidden(mut self, label: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.fields.push(Field { label: label.into(), value: value.into(), hidden: true });
        self
    }
    /// Adds a field where the release has it.
    #[must_use]
    pub fn with_if(self, has: bool, label: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        if has { self.with(label, value) } else { self }
    }
    /// The value of a field, by its name in the other forms; of several of that name the last.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().rev().find(|field| field.is_called(name)).map(|field| &field.value)
    }
    /// Fields in the order of every form but text: by the bytes of their names.
    pub fn sorted(&self) -> Vec<(String, &Value)> {
        let mut fields: Vec<_> = self.fields.iter().map(|field| (field.name(), &field.value)).collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        fields
    }
    /// Fields of the text form.
    pub fn shown(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.hidden)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}
impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Int(i64::from(value))
    }
}
impl From<u16> for Value {
    fn from(value: u16) -> Self {
        Value::Int(i64::from(value))
    }
}
impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Value::StrList(list)
    }
}
