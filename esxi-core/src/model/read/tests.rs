//! What is written in a form is read from it, but for what the form does not tell.

use super::*;
use crate::model::grammar::Shape;
use crate::model::parse::Formatter;
use crate::model::render::render;
use crate::model::value::Field;
use crate::version::EsxiVersion;
use proptest::prelude::*;

const VERSIONS: [EsxiVersion; 2] = [EsxiVersion::new(6, 5), EsxiVersion::new(8, 0)];

/// A text that every form can carry: one line, no blanks around it.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-z0-9]{1,8}",
        2 => "[A-Za-z0-9&<>\"'/:{}\\[\\]=,.;é-]{1,6}( [A-Za-z0-9:,-]{1,4}){0,2}",
        1 => Just(String::new()),
    ]
}

fn label() -> impl Strategy<Value = String> {
    "[A-Z][A-Za-z]{0,6}( [A-Z0-9][A-Za-z]{0,4}){0,2}"
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        word().prop_map(Value::Str),
        any::<i64>().prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        (0_i64..1_000_000).prop_map(|number| Value::Measure(number, "MiB")),
        prop::collection::vec("[a-zA-Z0-9 ]{0,3}[a-z]", 0..4).prop_map(Value::StrList),
    ]
}

/// Values of one shape are what the columns of a table hold.
fn rows() -> impl Strategy<Value = Vec<Structure>> {
    (prop::collection::vec((label(), 0_usize..3), 1..5), 1_usize..4).prop_flat_map(|(columns, count)| {
        let cell = |kind: usize| match kind {
            0 => word().prop_map(Value::Str).boxed(),
            1 => any::<i64>().prop_map(Value::Int).boxed(),
            _ => any::<bool>().prop_map(Value::Bool).boxed(),
        };
        // The key is never empty: a row of blanks ends a table.
        let key = "[a-z]{1,6}".prop_map(Value::Str);
        let row = (key, columns.iter().map(|(_, kind)| cell(*kind)).collect::<Vec<_>>());
        prop::collection::vec(row, count).prop_map(move |rows| {
            let structure = |(key, cells): (Value, Vec<Value>)| {
                let row = Structure::new("Row").with("Key0", key);
                let named = columns.iter().enumerate().zip(cells);
                named.fold(row, |row, ((at, (label, _)), cell)| row.with(format!("{label} {at}"), cell))
            };
            rows.into_iter().map(structure).collect()
        })
    })
}

fn structure(depth: u32) -> BoxedStrategy<Structure> {
    let field = if depth == 0 {
        scalar().boxed()
    } else {
        let inner = || structure(depth - 1);
        prop_oneof![
            4 => scalar(),
            1 => inner().prop_map(Value::Struct),
            1 => prop::collection::vec(inner(), 1..3).prop_map(Value::List),
        ]
        .boxed()
    };
    let fields = prop::collection::vec((label(), field, prop::bool::weighted(0.1)), 1..5);
    let fields =
        fields.prop_map(|fields| {
            let mut structure = Structure::new("Thing");
            structure.fields.push(Field { label: "Name".into(), value: Value::from("a key"), hidden: false });
            structure.fields.extend(fields.into_iter().enumerate().map(|(at, (label, value, hidden))| {
                Field { label: format!("{label} {at}").into(), value, hidden }
            }));
            structure
        });
    fields.boxed()
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => scalar(),
        3 => structure(2).prop_map(Value::Struct),
        3 => prop::collection::vec(structure(1), 1..4).prop_map(Value::List),
    ]
}

/// What a form lets through, as the table of the module says.
struct Kept {
    /// Labels become names, in their order.
    names: bool,
    types: bool,
    type_names: bool,
    nested: bool,
    empty_lists: bool,
}

impl Kept {
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Struct(one) => Value::Struct(self.structure(one)),
            Value::List(items) => Value::List(items.iter().map(|item| self.structure(item)).collect()),
            Value::StrList(list) if list.is_empty() && !self.empty_lists => Value::Str(String::new()),
            Value::StrList(list) => Value::StrList(list.clone()),
            Value::Measure(number, _) if self.types => Value::Int(*number),
            Value::Measure(number, _) => Value::Str(number.to_string()),
            // In CSV a text that ends in a comma is a list.
            Value::Str(text) if !self.types && text.ends_with(',') => {
                let list = &text[..text.len() - 1];
                Value::StrList(list.split(',').map(str::to_owned).collect())
            }
            Value::Str(text) => Value::Str(text.clone()),
            scalar if self.types => scalar.clone(),
            scalar => Value::Str(scalar.text()),
        }
    }
    fn structure(&self, structure: &Structure) -> Structure {
        let type_name = if self.type_names { structure.type_name.clone() } else { "".into() };
        let kept = |value: &Value| match value {
            Value::Struct(_) | Value::List(_) if !self.nested => Value::Str(String::new()),
            value => self.value(value),
        };
        assert!(self.names);
        structure
            .sorted()
            .into_iter()
            .fold(Structure::new(type_name), |all, (name, value)| all.with(name, kept(value)))
    }
}

/// Texts and labels, without what the text form hides or does not tell.
fn plain(value: &Value) -> Value {
    let structure = |one: &Structure| {
        one.shown().fold(Structure::new(""), |all, field| {
            let value = match &field.value {
                // One nested structure is no list of one.
                Value::List(items) if items.len() == 1 => plain(&Value::Struct(items[0].clone())),
                value => plain(value),
            };
            all.with(field.label.clone(), value)
        })
    };
    match value {
        Value::Struct(one) => Value::Struct(structure(one)),
        Value::List(items) => Value::List(items.iter().map(structure).collect()),
        scalar => Value::Str(scalar.text()),
    }
}

proptest! {
    #![proptest_config(crate::model::testgen::config())]
    #[test]
    fn xml_tells_all_but_labels(value in value()) {
        let text = render(&value, Formatter::Xml, Shape::Simple, VERSIONS[1]);
        let kept = Kept { names: true, types: true, type_names: true, nested: true, empty_lists: true };
        prop_assert_eq!(read(&text), Reading::new(Form::Xml, kept.value(&value)), "{}", text);
    }

    #[test]
    fn json_does_not_tell_types_of_structures(value in structure(2)) {
        let value = Value::Struct(value);
        let text = render(&value, Formatter::Json, Shape::Simple, VERSIONS[1]);
        let kept = Kept { names: true, types: true, type_names: false, nested: true, empty_lists: true };
        prop_assert_eq!(read(&text), Reading::new(Form::Json, kept.value(&value)), "{}", text);
    }

    #[test]
    fn csv_tells_texts_and_lists_only(rows in prop::collection::vec(structure(1), 1..4)) {
        // One heading stands for all: the members of a list have the same fields.
        let rows = vec![rows[0].clone(); rows.len()];
        let value = Value::List(rows);
        let text = render(&value, Formatter::Csv, Shape::Table, VERSIONS[1]);
        let kept = Kept { names: true, types: false, type_names: false, nested: false, empty_lists: false };
        prop_assert_eq!(read(&text), Reading::new(Form::Csv, kept.value(&value)), "{}", text);
    }

    #[test]
    fn keyvalue_does_not_tell_empty_lists(value in structure(2)) {
        let mut value = value;
        fill(&mut value);
        let value = Value::Struct(value);
        let text = render(&value, Formatter::KeyValue, Shape::Simple, VERSIONS[1]);
        let kept = Kept { names: true, types: true, type_names: true, nested: true, empty_lists: true };
        prop_assert_eq!(read(&text), Reading::new(Form::KeyValue, kept.value(&value)), "{}", text);
    }

    #[test]
    fn tables_tell_texts_and_are_written_the_same_again(rows in rows()) {
        for version in VERSIONS {
            let value = Value::List(rows.clone());
            let text = render(&value, Formatter::Text, Shape::Table, version);
            let reading = read_text(&text);
            prop_assert_eq!(&reading.unknown, &vec![], "{}", text);
            prop_assert_eq!(plain(&reading.value), plain(&value), "{}", text);
            prop_assert_eq!(render(&reading.value, Formatter::Text, Shape::Table, version), text);
        }
    }

    #[test]
    fn structures_tell_texts_and_are_written_the_same_again(one in structure(2), items in prop::collection::vec(structure(1), 1..4)) {
        for value in [Value::Struct(one), Value::List(items)] {
            let text = render(&value, Formatter::Text, Shape::Headed, VERSIONS[1]);
            let reading = read_text(&text);
            prop_assert_eq!(&reading.unknown, &vec![], "{}", text);
            prop_assert_eq!(plain(&reading.value), plain(&value), "{}", text);
            prop_assert_eq!(render(&reading.value, Formatter::Text, Shape::Headed, VERSIONS[1]), text);
        }
    }

    #[test]
    fn arbitrary_output_is_survived(text in "(?s).{0,300}", table in "[- \na:]{0,200}",
        csv in "[A,\n\" b]{0,80}", pairs in "(a|b|\\.|structure|\\[0\\]|\\[1\\]|string|integer|=|x|\n){0,60}",
        xml in "(<root>|</root>|<list>|<structure>|<obj>|</obj>|<a>|</a>|x|&){0,20}", json in "[\\[\\]{}\":,a1 ]{0,60}") {
        for text in [&text, &table, &csv, &pairs, &xml, &json] {
            let reading = read(text);
            // Nothing is lost in silence: what is not understood is a line of the text.
            let lines: Vec<&str> = text.lines().collect();
            for unknown in &reading.unknown {
                prop_assert!(unknown.line >= 1 && unknown.line <= lines.len().max(1));
            }
        }
    }
}

/// Gives every list a member.
fn fill(structure: &mut Structure) {
    for field in &mut structure.fields {
        match &mut field.value {
            Value::StrList(list) if list.is_empty() => list.push("a".to_owned()),
            Value::Struct(inner) => fill(inner),
            Value::List(items) => items.iter_mut().for_each(fill),
            _ => {}
        }
    }
}

#[test]
fn cells_may_be_empty_blank_or_wider_than_their_column() {
    let text = "Name  Volume Name  Size\n----  -----------  ----\na                       5\nb     my  disk       12\n";
    let reading = read(text);
    assert_eq!(reading.structures()[0].get("VolumeName"), Some(&Value::from("")));
    assert_eq!(reading.structures()[1].get("VolumeName"), Some(&Value::from("my  disk")));
    assert_eq!(reading.structures()[1].get("Size"), Some(&Value::Int(12)));
    assert_eq!(reading.unknown, []);
    let units = "Name  Expiry\n----  ------\na      9 sec\n";
    assert_eq!(read(units).structures()[0].get("Expiry"), Some(&Value::Measure(9, "sec")));
    let wide = "Lcore ID  Switch   Affinity\n--------  -------  --------\n       0  TestSwitch      0\n";
    assert_eq!(read(wide).structures()[0].get("Switch"), Some(&Value::from("TestSwitch")));
    let lost = read("Name  Type\n----  ----\nabcdefgh\nx     y\n\n# prompt\n");
    let lines: Vec<(usize, &str)> = lost.unknown.iter().map(|one| (one.line, one.text.as_str())).collect();
    assert_eq!(lines, [(3, "abcdefgh"), (6, "# prompt")]);
    assert_eq!(lost.structures().len(), 1);
}

#[test]
fn structures_with_and_without_heading_or_indent() {
    let list = read_text(
        "vmk0\n   Name: vmk0\n   Portgroup: a: b\n\nvmk1\n   Name: vmk1\n   Inner: \n         X: 1\n",
    );
    assert_eq!(list.structures().len(), 2);
    assert_eq!(list.structures()[0].get("Portgroup"), Some(&Value::from("a: b")));
    let inner = list.structures()[1].get("Inner");
    assert!(matches!(inner, Some(Value::Struct(one)) if one.get("X") == Some(&Value::from("1"))));
    let pasted = read_text("vmk0\nName: vmk0\nMTU: 1500\n\nvmk1:\nName: vmk1\nMTU: 9000\nIPv6:\n");
    assert_eq!((pasted.structures().len(), pasted.unknown.len()), (2, 0));
    assert_eq!(pasted.structures()[1].get("IPv6"), Some(&Value::from("")));
    let dashes = read_text("a\n   Name: a\n   MTU: 1500\n\n--\n   Name: --\n   MTU: 9000\n");
    assert_eq!(dashes.structures()[1].get("MTU"), Some(&Value::from("9000")));
    let alone = read_text("   Port ID: 1\n   vSwitch: a\n\n   Port ID: 2\n   vSwitch: b\n");
    assert_eq!(alone.structures().len(), 2);
    let stray = read_text("a\n   Name: a\nnonsense\n   and more\n");
    assert_eq!((stray.unknown[0].line, stray.unknown.len()), (3, 2));
}

#[test]
fn what_is_no_structure_is_a_text() {
    for text in
        ["Disabled\n", "2025-12-12T16:39:45Z\n", "Error: Invalid option --test\n", "Unable to Set: Busy\n"]
    {
        assert_eq!(read(text), Reading::new(Form::Bare, Value::from(text.trim_end())));
    }
    assert_eq!(read("\n").form, Form::Nothing);
    assert!(read_xml("<a><b></a>").is_err() && read_xml("<output/>").is_err() && read_xml("").is_err());
    // A heading that looks like another form.
    let odd = read("[a\n   Name: [a\n");
    assert_eq!((odd.form, odd.structures().len()), (Form::Structures, 1));
}
