//! Outputs: understood, laid out, labelled, refused as expected; defaults of tables.

use super::{Model, finding};
use crate::diag::{Diagnostic, codes};
use crate::model::bundle::{Entry, Form};
use crate::model::grammar::{self, Shape};
use crate::model::parse::{Formatter, NOT_MODELLED};
use crate::model::read::{self, Reading, read_text, read_xml};
use crate::model::render::render;
use crate::model::value::{Structure, Value};

/// Tables of defaults: the command, the field that names a row, and the fields that do not depend on what somebody
/// has set.
const TABLES: &[(&str, &str, &[&str])] = &[
    (
        "system settings advanced list",
        "Path",
        &["Type", "DefaultIntValue", "MinValue", "MaxValue", "DefaultStringValue", "ValidCharacters"],
    ),
    ("system settings kernel list", "Name", &["Type", "Default"]),
];

/// Programs whose first line is a heading.
const HEADED: &[&str] = &["esxcfg-nics", "esxcfg-scsidevs", "esxcfg-vmknic", "esxcfg-vswitch"];

pub(super) fn compare(model: &mut Model, entry: &Entry, findings: &mut Vec<Diagnostic>) {
    let Some(path) = entry.path() else { return };
    let version = model.machine.state.version;
    let known = grammar::row(&path, version).is_some_and(|row| row.whole);
    let (status, said) = model.says(entry);
    // What the model lacks tells nothing of the host.
    let expected = known && status != NOT_MODELLED;
    if expected {
        findings.extend(refusal(entry, status, &said));
    }
    if entry.status != 0 {
        return;
    }
    let Some(reading) = understood(entry, findings) else { return };
    let (formatter, shape) = match (entry.form, reading.form) {
        (Form::Xml, _) => (Formatter::Xml, Shape::Simple),
        (_, read::Form::Table) => (Formatter::Text, Shape::Table),
        _ => (Formatter::Text, Shape::Headed),
    };
    if reading.unknown.is_empty() && reading.form != read::Form::Nothing {
        let again = render(&reading.value, formatter, shape, version);
        findings.extend(layout(entry, &again));
    }
    if !expected || status != 0 {
        return;
    }
    let ours = if entry.form == Form::Xml { read_xml(&said).ok() } else { Some(read_text(&said)) };
    if let Some(ours) = ours {
        findings.extend(labels(entry, &reading, &ours));
        if entry.form == Form::Text {
            findings.extend(defaults(entry, &path, &reading, &ours));
        }
    }
}

fn refusal(entry: &Entry, status: u8, said: &str) -> Option<Diagnostic> {
    let code = codes::REAL_REFUSAL_DIFFERS;
    let first =
        |text: &str| text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
    let (theirs, ours) = (first(&entry.output), first(said));
    match (entry.status, status) {
        (0, 0) => None,
        (0, _) => {
            let message = format!("the simulated host refuses it: {ours}");
            Some(finding(
                code,
                entry,
                message,
                "it may lack hardware that the host has; else correct the model",
            ))
        }
        (_, 0) => {
            let message = format!("the host refuses it, the simulated one does not: {theirs}");
            Some(finding(code, entry, message, "correct the model, if it is not for want of hardware"))
        }
        _ => (!same_sentence(&theirs, &ours, entry.key())).then(|| {
            let message = format!("refused as \"{theirs}\", by the simulated host as \"{ours}\"");
            finding(code, entry, message, "correct the sentence where the model keeps its wording")
        }),
    }
}

/// Names differ from host to host: words with digits, and the one it was asked for, are not compared.
fn same_sentence(one: &str, other: &str, key: Option<&str>) -> bool {
    let words = |text: &str| -> Vec<String> {
        let text = key.map_or_else(|| text.to_owned(), |key| text.replace(key, "0"));
        let word = |word: &str| {
            if word.contains(|c: char| c.is_ascii_digit()) { "0".to_owned() } else { word.to_owned() }
        };
        text.split_whitespace().map(word).collect()
    };
    words(one) == words(other)
}

/// Reads an output; says what was not understood.
fn understood(entry: &Entry, findings: &mut Vec<Diagnostic>) -> Option<Reading> {
    let code = codes::REAL_OUTPUT_NOT_UNDERSTOOD;
    let help = "facts leave this out; the reader of its form should learn it";
    let reading = match entry.form {
        Form::Xml => match read_xml(&entry.output) {
            Ok(reading) => reading,
            Err(error) => {
                findings.push(finding(code, entry, error, help));
                return None;
            }
        },
        _ => read_text(&entry.output),
    };
    for unknown in &reading.unknown {
        let message = format!("line {} was not understood: {}", unknown.line, unknown.text.trim());
        findings.push(finding(code, entry, message, help));
    }
    Some(reading)
}

/// Written again, an output is the same.
fn layout(entry: &Entry, again: &str) -> Option<Diagnostic> {
    let (mut theirs, mut ours) = (entry.output.lines(), again.trim_end_matches('\n').lines());
    let mut number = 0;
    loop {
        number += 1;
        match (theirs.next(), ours.next()) {
            (None, None) => return None,
            (their, our) if their == our => {}
            (their, our) => {
                let quoted =
                    |line: Option<&str>| line.map_or("nothing".to_owned(), |line| format!("\"{line}\""));
                let message = format!("line {number} is {}, written again {}", quoted(their), quoted(our));
                return Some(finding(
                    codes::REAL_LAYOUT_DIFFERS,
                    entry,
                    message,
                    "correct the writer of its form",
                ));
            }
        }
    }
}

/// Labels of structures, those of nested ones behind their own; each once, in the order of their first sight.
fn labels_of(structures: &[Structure], prefix: &str, found: &mut Vec<String>) {
    for field in structures.iter().flat_map(|one| &one.fields) {
        let label = format!("{prefix}{}", field.label);
        if !found.contains(&label) {
            found.push(label.clone());
        }
        match &field.value {
            Value::Struct(inner) => labels_of(std::slice::from_ref(inner), &format!("{label} / "), found),
            Value::List(items) => labels_of(items, &format!("{label} / "), found),
            _ => {}
        }
    }
}

fn labels(entry: &Entry, theirs: &Reading, ours: &Reading) -> Option<Diagnostic> {
    let list = |reading: &Reading| {
        let mut found = Vec::new();
        labels_of(reading.structures(), "", &mut found);
        found
    };
    // Members of a list are called as they are; a structure alone is always called the same.
    let heading = |reading: &Reading| match &reading.value {
        Value::Struct(one) => one.heading.as_deref().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let (above, expected) = (heading(theirs), heading(ours));
    let (theirs, ours) = (list(theirs), list(ours));
    // An empty list shows no labels.
    if theirs.is_empty() || ours.is_empty() || (theirs == ours && above == expected) {
        return None;
    }
    let missing = |from: &[String], other: &[String]| -> Vec<String> {
        from.iter().filter(|label| !other.contains(label)).map(|label| format!("\"{label}\"")).collect()
    };
    let (new, gone) = (missing(&theirs, &ours), missing(&ours, &theirs));
    let mut parts = Vec::new();
    if !new.is_empty() {
        parts.push(format!("the simulated host has no {}", new.join(", ")));
    }
    if !gone.is_empty() {
        parts.push(format!("the host has no {}", gone.join(", ")));
    }
    if above != expected {
        parts.push(format!("its heading is \"{above}\", of the simulated host \"{expected}\""));
    }
    if parts.is_empty() {
        parts.push(format!("labels stand in another order: {}", theirs.join(", ")));
    }
    Some(finding(
        codes::REAL_LABELS_DIFFER,
        entry,
        parts.join("; "),
        "correct what the command shows in this release",
    ))
}

/// Rows of a table of defaults, by their key.
fn defaults(entry: &Entry, path: &str, theirs: &Reading, ours: &Reading) -> Vec<Diagnostic> {
    let Some((_, key, fields)) = TABLES.iter().find(|(command, ..)| *command == path) else {
        return Vec::new();
    };
    let text = |row: &Structure, field: &str| row.get(field).map(Value::text).unwrap_or_default();
    let row = |name: &str| ours.structures().iter().find(|row| text(row, key) == name);
    let mut findings = Vec::new();
    let mut unknown = Vec::new();
    let code = codes::REAL_DEFAULT_DIFFERS;
    for their in theirs.structures() {
        let name = text(their, key);
        let Some(our) = row(&name) else {
            unknown.push(name);
            continue;
        };
        let differs = fields.iter().filter(|field| text(their, field) != text(our, field));
        let differs: Vec<String> = differs
            .map(|field| {
                format!("{field} is \"{}\", in the table \"{}\"", text(their, field), text(our, field))
            })
            .collect();
        if !differs.is_empty() {
            let message = format!("{name}: {}", differs.join("; "));
            findings.push(finding(code, entry, message, "correct the table of defaults of this release"));
        }
    }
    if !unknown.is_empty() {
        let message = format!("the table lacks {} of its rows: {}", unknown.len(), unknown.join(", "));
        findings.push(finding(code, entry, message, "add them, with the bundle as their source"));
    }
    findings
}

/// The first line of a program's output.
pub(super) fn heading(model: &mut Model, entry: &Entry, findings: &mut Vec<Diagnostic>) {
    if entry.status != 0 || !entry.argv.first().is_some_and(|program| HEADED.contains(&program.as_str())) {
        return;
    }
    let (status, said) = model.says(entry);
    let words = |text: &str| {
        text.lines().next().unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let (theirs, ours) = (words(&entry.output), words(&said));
    if status == 0 && !theirs.is_empty() && !ours.is_empty() && theirs != ours {
        let message =
            format!("its heading is \"{}\", of the simulated host \"{}\"", theirs.join(" "), ours.join(" "));
        findings.push(finding(
            codes::REAL_LABELS_DIFFER,
            entry,
            message,
            "correct what the program shows in this release",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(words: &str, status: i32, output: &str) -> Entry {
        let argv = words.split(' ').map(str::to_owned).collect();
        Entry { form: Form::Text, argv, status, output: output.to_owned() }
    }

    #[test]
    fn defaults_are_compared_but_not_what_is_set() {
        let table = |value: u8, default: u8, name: &str| {
            format!(
                "   Path: {name}\n   Type: integer\n   Int Value: {value}\n   Default Int Value: {default}\n   Min Value: 0\n"
            )
        };
        let command = "system settings advanced list";
        let ours = read_text(&(table(1, 1, "/A/B") + "\n" + &table(2, 2, "/A/C")));
        let find = |text: String| {
            let messages = defaults(&entry("esxcli x", 0, ""), command, &read_text(&text), &ours);
            messages.into_iter().map(|one| one.message).collect::<Vec<_>>()
        };
        assert_eq!(find(table(9, 1, "/A/B")), Vec::<String>::new());
        let found = find(table(9, 7, "/A/B") + "\n" + &table(1, 1, "/A/D"));
        assert_eq!(found[0], "esxcli x: /A/B: DefaultIntValue is \"7\", in the table \"1\"");
        assert_eq!(found[1], "esxcli x: the table lacks 1 of its rows: /A/D");
    }

    #[test]
    fn sentences_differ_by_their_words_and_not_by_names() {
        let said = |output: &str| entry("esxcli network nic get --nic-name vmnic9", 1, output);
        let find = |theirs: &str, status: u8, ours: &str| {
            refusal(&said(theirs), status, ours).map(|one| one.message)
        };
        assert_eq!(find("No such uplink: vmnic9", 1, "No such uplink: vmnic0"), None);
        let other = find("There is no vmnic9", 1, "No such uplink: vmnic0").unwrap();
        assert!(
            other.contains("refused as \"There is no vmnic9\", by the simulated host as \"No such uplink"),
            "{other}"
        );
        assert!(
            find("Busy", 0, "").unwrap().contains("the host refuses it, the simulated one does not: Busy")
        );
        let carried_out = entry("esxcli x", 0, "fine");
        assert!(
            refusal(&carried_out, 1, "Busy\n")
                .unwrap()
                .message
                .contains("the simulated host refuses it: Busy")
        );
        assert!(refusal(&carried_out, 0, "").is_none());
    }
}
