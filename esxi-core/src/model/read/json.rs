//! The JSON form.

use super::{Form, Reading};
use crate::model::value::{Structure, Value};
use serde_json::Value as Json;

/// `None` when it is no JSON: a sentence may begin with a bracket.
pub(super) fn read(output: &str) -> Option<Reading> {
    serde_json::from_str(output).ok().map(|json: Json| Reading::new(Form::Json, value(json)))
}

fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Str(String::new()),
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::Str(number.to_string()), Value::Int),
        Json::String(text) => Value::Str(text),
        Json::Array(items) if !items.is_empty() && items.iter().all(Json::is_object) => {
            Value::List(items.into_iter().filter_map(structure).collect())
        }
        Json::Array(items) => Value::StrList(items.into_iter().map(|item| value(item).text()).collect()),
        object => structure(object).map_or_else(|| Value::Str(String::new()), Value::Struct),
    }
}

fn structure(json: Json) -> Option<Structure> {
    let Json::Object(fields) = json else { return None };
    Some(
        fields
            .into_iter()
            .fold(Structure::new(""), |structure, (name, field)| structure.with(name, value(field))),
    )
}
