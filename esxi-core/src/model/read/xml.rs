//! The XML form, and the web service's, which pasted output of other tools has.

use super::{Form, Reading, XmlError};
use crate::model::value::{Field, Structure, Value};
use roxmltree::{Document, Node};

pub(super) fn read(output: &str) -> Result<Reading, XmlError> {
    let document = Document::parse(output.trim()).map_err(|error| XmlError(Some(error)))?;
    let top = document.root_element();
    if name(top) == "obj" {
        return Ok(Reading::new(Form::Xml, object(top)));
    }
    // Pasted output may have lost the name space, or what is around the root.
    let root = document
        .descendants()
        .find(|node| node.is_element() && name(*node) == "root")
        .ok_or(XmlError(None))?;
    let mut values: Vec<Value> = elements(root).map(value).collect();
    Ok(Reading::new(
        Form::Xml,
        match values.len() {
            0 => Value::Str(String::new()),
            1 => values.remove(0),
            // Not seen, but then they are a list.
            _ => {
                Value::List(elements(root).filter(|node| name(*node) == "structure").map(structure).collect())
            }
        },
    ))
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

fn text(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().to_owned()
}

fn value(node: Node<'_, '_>) -> Value {
    let content = text(node);
    match name(node) {
        "structure" => Value::Struct(structure(node)),
        "list"
            if node.attribute("type") == Some("structure")
                || elements(node).any(|n| name(n) == "structure") =>
        {
            Value::List(elements(node).filter(|n| name(*n) == "structure").map(structure).collect())
        }
        "list" => Value::StrList(elements(node).map(text).collect()),
        "boolean" => match content.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::Str(content),
        },
        "string" => Value::Str(content),
        _ => content.trim().parse().map_or(Value::Str(content), Value::Int),
    }
}

fn structure(node: Node<'_, '_>) -> Structure {
    let mut structure = Structure::new(node.attribute("typeName").unwrap_or_default().to_owned());
    for field in elements(node).filter(|node| name(*node) == "field") {
        if let (Some(label), Some(inner)) = (field.attribute("name"), field.first_element_child()) {
            structure = structure.with(label.to_owned(), value(inner));
        }
    }
    structure
}

/// The web service: an element a field, one `DataObject` a member of a list.
fn object(node: Node<'_, '_>) -> Value {
    let members = || elements(node).filter(|node| name(*node) == "DataObject");
    if members().next().is_some() {
        return Value::List(members().map(data_object).collect());
    }
    if elements(node).next().is_some() {
        return Value::Struct(data_object(node));
    }
    Value::Str(text(node))
}

fn data_object(node: Node<'_, '_>) -> Structure {
    let kind = node.attributes().find(|attribute| attribute.name() == "type").map_or("", |kind| kind.value());
    let mut structure = Structure::new(kind.to_owned());
    for field in elements(node) {
        let here = |one: &&mut Field| one.label == name(field);
        match structure.fields.iter_mut().find(here).map(|one| &mut one.value) {
            // An element that comes again is a list.
            Some(Value::StrList(list)) => list.push(text(field)),
            Some(one) => *one = Value::StrList(vec![one.text(), text(field)]),
            None => structure = structure.with(name(field).to_owned(), text(field)),
        }
    }
    structure
}
