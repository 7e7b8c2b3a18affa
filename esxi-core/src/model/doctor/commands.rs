//! Commands and their options.

use super::finding;
use crate::diag::{Diagnostic, codes};
use crate::model::bundle::{Bundle, Entry, Form};
use crate::model::grammar::{self, coverage};
use crate::model::read::{UsageOption, read_text, read_usage};
use crate::model::value::Value;
use crate::version::EsxiVersion;
use std::collections::{BTreeMap, BTreeSet};

/// The host's list of its own commands against the index; one finding a namespace.
pub(super) fn lists(bundle: &Bundle) -> Vec<Diagnostic> {
    let listed = |entry: &&Entry| {
        entry.form == Form::Text
            && entry.status == 0
            && entry.path().as_deref() == Some("esxcli command list")
    };
    let Some(entry) = bundle.entries.iter().find(listed) else { return Vec::new() };
    let reading = read_text(&entry.output);
    let text = |value: Option<&Value>| value.map(Value::text).unwrap_or_default();
    let theirs: BTreeSet<String> = reading
        .structures()
        .iter()
        .map(|row| format!("{} {}", text(row.get("Namespace")).replace('.', " "), text(row.get("Command"))))
        .collect();
    let ours: BTreeSet<String> = coverage(bundle.esxi).into_iter().map(|one| one.path.to_owned()).collect();
    let mut findings = Vec::new();
    for (missing, what, help) in [
        (
            theirs.difference(&ours),
            "the index of commands lacks",
            "a VIB may have brought them; else correct the index",
        ),
        (ours.difference(&theirs), "the host does not have", "correct the index: it believes they are there"),
    ] {
        let mut namespaces: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in missing {
            namespaces.entry(path.split(' ').next().unwrap_or_default()).or_default().push(path);
        }
        for paths in namespaces.into_values() {
            let message = format!("{what}: {}", paths.join(", "));
            findings.push(finding(codes::REAL_COMMANDS_DIFFER, entry, message, help));
        }
    }
    findings
}

/// A usage text against the grammar.
pub(super) fn options(version: EsxiVersion, entry: &Entry) -> Option<Diagnostic> {
    let path = entry.path()?;
    let row = grammar::row(&path, version).filter(|row| row.whole)?;
    let help = "correct the command's row in the grammar";
    let Some(usage) = read_usage(&entry.output).filter(|_| entry.status == 0) else {
        let said = entry.output.lines().next().unwrap_or_default();
        return Some(finding(codes::REAL_COMMANDS_DIFFER, entry, format!("no usage text but: {said}"), help));
    };
    let mut differences = Vec::new();
    for theirs in &usage.options {
        let name = &theirs.long;
        match row.options_in(version).find(|option| option.long == name) {
            None => differences.push(format!("--{name} is not in the grammar")),
            Some(ours) => differences.extend(differs(theirs, ours)),
        }
    }
    let theirs = |option: &&grammar::Opt| !usage.options.iter().any(|one| one.long == option.long);
    differences.extend(
        row.options_in(version).filter(theirs).map(|option| format!("there is no --{}", option.long)),
    );
    let message = differences.join("; ");
    (!differences.is_empty()).then(|| finding(codes::REAL_OPTIONS_DIFFER, entry, message, help))
}

fn differs(theirs: &UsageOption, ours: &grammar::Opt) -> Vec<String> {
    let name = &theirs.long;
    let mut found = Vec::new();
    if theirs.short != ours.short {
        let letter = |short: Option<char>| short.map_or("no letter".to_owned(), |short| format!("-{short}"));
        found.push(format!("--{name} has {}, the grammar {}", letter(theirs.short), letter(ours.short)));
    }
    let kind = theirs.placeholder.as_deref();
    if kind != ours.kind.placeholder() {
        let kind = |kind: Option<&str>| kind.unwrap_or("no value").to_owned();
        found.push(format!(
            "--{name} takes {}, by the grammar {}",
            kind(theirs.placeholder.as_deref()),
            kind(ours.kind.placeholder())
        ));
    }
    if theirs.required != ours.required {
        let must = |required: bool| if required { "required" } else { "not required" };
        found.push(format!("--{name} is {}, by the grammar {}", must(theirs.required), must(ours.required)));
    }
    found
}
