use super::*;
use crate::diag::codes;
use crate::tree::{Dialect, read};
use serde::{Deserialize, Serialize};

const DIALECT: Dialect = Dialect {
    unknown_key: codes::PROFILE_KEY,
    wrong_value: codes::PROFILE_VALUE,
    version: None,
    mapping: "a table",
    missing: |path| format!("add {path}"),
    assign: " = ",
    quotes: true,
    list_of_mappings: list_of_tables,
    is_text: is_date,
    text_remark: |_| None,
    number_remark: |_| None,
    truth: |_| None,
};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Everything {
    text: String,
    small: u8,
    large: u64,
    signed: i64,
    ratio: f64,
    truth: bool,
    list: Vec<String>,
    pair: Option<(u8, u8)>,
    choice: Option<Choice>,
    table: Vec<Inner>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    Plain,
    Number(u8),
    Pair(u8, String),
    Fields { first: u8 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    name: String,
    #[serde(default)]
    table: Vec<Inner>,
}

fn everything(text: &str) -> Result<Everything, Vec<Diagnostic>> {
    let mut source = SourceMap::new("e.toml", text);
    let mut found = Vec::new();
    let root = parse(text, codes::PROFILE_SYNTAX, &source, &mut found);
    let value = root.and_then(|root| {
        root.record("", &mut source);
        read(root, &DIALECT, &source, &mut found)
    });
    found.iter_mut().for_each(|finding| source.locate(finding));
    found.sort_by_key(|finding| finding.start);
    value.filter(|_| found.is_empty()).ok_or(found)
}

/// The one mistake: line and column, message, help, fix.
#[track_caller]
fn mistake(text: &str, line: u32, column: u32, message: &str, help: &str, fix: &str) {
    let found = everything(text).unwrap_err();
    let told: Vec<_> = found
        .iter()
        .map(|d| {
            let start = d.start.unwrap();
            let (help, fix) = (d.help.as_deref().unwrap_or(""), d.fix.as_deref().unwrap_or(""));
            (start.line, start.column, d.message.as_str(), help, fix)
        })
        .collect();
    assert_eq!(told, [(line, column, message, help, fix)]);
}

#[test]
fn every_kind_of_value_is_read() {
    let text = "\
text = 2026-11-21
small = 0xff
large = 18446744073709551615
signed = -1_000
ratio = 2.5
truth = true
list = ['a', \"b\\n\", \"\"\"
c\"\"\", '1']
pair = [1, 0o17]
choice.number = 7
[[table]]
name = \"x\"
[[table.table]]
name = \"y\"
";
    let read = everything(text).unwrap();
    let inner = Inner { name: "y".into(), table: Vec::new() };
    assert_eq!(
        read,
        Everything {
            text: "2026-11-21".into(),
            small: 255,
            large: u64::MAX,
            signed: -1000,
            ratio: 2.5,
            truth: true,
            list: ["a", "b\n", "c", "1"].map(str::to_owned).to_vec(),
            pair: Some((1, 15)),
            choice: Some(Choice::Number(7)),
            table: vec![Inner { name: "x".into(), table: vec![inner] }],
        }
    );
    for (text, choice) in [
        ("choice = \"plain\"", Choice::Plain),
        ("choice = { pair = [1, \"b\"] }", Choice::Pair(1, "b".into())),
        ("[choice]\nfields = { first = 1 }", Choice::Fields { first: 1 }),
    ] {
        assert_eq!(everything(text).unwrap().choice, Some(choice), "{text}");
    }
    assert_eq!(everything("").unwrap(), Everything::default());
}

#[test]
fn values_of_another_kind_are_told_with_what_to_write() {
    mistake("\ntext = 29", 2, 8, "29 is no text without quotes", "write \"29\"", "\"29\"");
    mistake("text = true", 1, 8, "true is no text without quotes", "write \"true\"", "\"true\"");
    mistake("text = inf", 1, 8, "inf is no text without quotes", "write \"inf\"", "\"inf\"");
    mistake("text = []", 1, 8, "a list does not fit here", "write a text", "");
    mistake("small = '2'", 1, 9, "\"2\" in quotes is a text, not a number", "write 2", "2");
    mistake("small = 256", 1, 9, "256 does not fit here", "write a whole number from 0 to 255", "");
    mistake("small = -1", 1, 9, "-1 does not fit here", "write a whole number from 0 to 255", "");
    mistake("small = 1.5", 1, 9, "1.5 does not fit here", "write a whole number from 0 to 255", "");
    let far = "large = 99999999999999999999";
    mistake(far, 1, 9, "100000000000000000000 does not fit here", "write a whole number, 0 or more", "");
    mistake(
        "truth = 'false'",
        1,
        9,
        "\"false\" in quotes is a text, not a truth value",
        "write false",
        "false",
    );
    mistake("truth = 1", 1, 9, "\"1\" does not fit here", "write true or false", "");
    mistake("list = 'a'", 1, 8, "\"a\" is no list", "write [\"a\"]", "[\"a\"]");
    mistake("list = ['a', 2]", 1, 14, "2 is no text without quotes", "write \"2\"", "\"2\"");
    mistake("pair = [1]", 1, 8, "a list of 1 does not fit here", "write a tuple of size 2", "");
    mistake("pair = [1, 2, 3]", 1, 8, "a list of 3 does not fit here", "write a tuple of size 2", "");
    mistake("[table]\nname = 'x'", 1, 1, "a table does not fit here", "write a table [[table]] for each", "");
    let below = "[[table]]\nname = 'x'\ntable = { name = 'y' }";
    mistake(below, 3, 9, "a table does not fit here", "write a table [[table.table]] for each", "");
    mistake("table = [1]", 1, 10, "\"1\" does not fit here", "write a table", "");
    mistake("[[table]]\n[[table.table]]\nname='y'", 1, 1, "`name` is missing here", "add /table/0/name", "");
}

#[test]
fn words_with_and_without_a_value() {
    let words = "words here: plain, number, pair, fields";
    let meant = |word: &str| format!("did you mean `{word}`? {words}");
    mistake("choice = 'plian'", 1, 10, "unknown word \"plian\"", &meant("plain"), "\"plain\"");
    mistake("choice = { numbre = 1 }", 1, 12, "unknown word \"numbre\"", &meant("number"), "number");
    mistake("choice = { x = 1 }", 1, 12, "unknown word \"x\"", words, "");
    mistake(
        "choice = 'number'",
        1,
        10,
        "\"number\" without a value does not fit here",
        "write { number = … }",
        "",
    );
    mistake("choice = { plain = 1 }", 1, 10, "\"plain\" has no value", "write \"plain\"", "\"plain\"");
    let form = "write one of these words, or one of them with its value: plain, number, pair, fields";
    mistake("choice = { number = 1, plain = 2 }", 1, 10, "a table does not fit here", form, "");
    mistake("choice = {}", 1, 10, "a table does not fit here", form, "");
    mistake(
        "choice = []",
        1,
        10,
        "a list does not fit here",
        "write one of these words: plain, number, pair, fields",
        "",
    );
    mistake(
        "choice = { number = 300 }",
        1,
        21,
        "300 does not fit here",
        "write a whole number from 0 to 255",
        "",
    );
}

#[test]
fn a_mistake_in_a_field_is_no_second_mistake_about_a_missing_one() {
    let keys = "did you mean `name`? keys here: name, table";
    mistake("[[table]]\nnmae = 'x'", 2, 1, "unknown key `nmae`", keys, "name");
    mistake("[[table]]\nname = 1", 2, 8, "1 is no text without quotes", "write \"1\"", "\"1\"");
    // A mistake elsewhere in the same table excuses nothing.
    let found = everything("[[table]]\ntable = 7\n").unwrap_err();
    let told: Vec<_> = found.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(told, ["`name` is missing here", "7 is no list"]);
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    let quotes = "this is not TOML: string values must be quoted, expected literal string";
    mistake("text = abc\n", 1, 8, quotes, "write \"abc\"", "\"abc\"");
    let look = "look at this line and the one before it for a missing quote, bracket or comma";
    mistake(
        "list = ['é', 'b'\nsmall = 1\n",
        2,
        1,
        "this is not TOML: missing comma between array elements, expected `,`",
        look,
        "",
    );
    mistake("text = 'abc\n", 1, 12, "this is not TOML: invalid literal string, expected `'`", look, "");
    // Where the rest can still be read, it is.
    let found = everything("text = abc\nsmall = 1\nsmall = 2\nlarg = 3\n").unwrap_err();
    let told: Vec<_> =
        found.iter().map(|d| (d.start.unwrap().line, d.code.as_str(), d.help.as_deref())).collect();
    let key = "did you mean `large`? keys here: text, small, large, signed, ratio, truth, list, pair, choice, table";
    let expected = [
        (1, "IP010", Some("write \"abc\"")),
        (3, "IP010", Some("keep one of the two")),
        (4, "IP011", Some(key)),
    ];
    assert_eq!(told, expected);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_over(text in "[\\PC\n]{0,60}") {
        if let Err(found) = everything(&text) {
            proptest::prop_assert!(crate::diag::has_errors(&found));
            proptest::prop_assert!(found.iter().all(|d| d.start.is_some()), "{found:?}");
        }
    }
}
