//! `data/ip/fronts`: one list of address specs and the document that every front end gives for each. Here the library and
//! the command line; the Python and the JavaScript package are tested with the same files. `ESXI_BLESS=1` writes the
//! documents anew.

use crate::{esxi, esxi_in, root};
use esxi_core::block::{Catalogue, Profile};
use serde_json::{Value, json};
use std::collections::BTreeMap;

struct Case {
    /// The `addresses` of a host file.
    spec: Value,
    /// The words of `esxi ip plan`, where the command line has words for it.
    words: Option<Vec<String>>,
    /// A provider profile, by its path in the workspace.
    profile: Option<String>,
}

fn cases() -> BTreeMap<String, Case> {
    let text = std::fs::read_to_string(root().join("tests/data/ip/fronts/cases.json")).unwrap();
    let all: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    let case = |value: &Value| Case {
        spec: value["spec"].clone(),
        words: value.get("words").map(|words| {
            words.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
        }),
        profile: value.get("profile").map(|path| path.as_str().unwrap().to_owned()),
    };
    all.iter().map(|(name, value)| (name.clone(), case(value))).collect()
}

/// The library's document, and whether it is a plan.
fn document(case: &Case) -> (String, bool) {
    let mut catalogue = Catalogue::builtin();
    if let Some(path) = &case.profile {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        catalogue.add(Profile::from_toml(path, &text).unwrap().profile);
    }
    match catalogue.plan_json(&case.spec.to_string()) {
        Ok(plan) => (serde_json::to_string_pretty(&plan).unwrap() + "\n", true),
        Err(found) => {
            let refusal = json!({ "schema": 1, "diagnostics": found });
            (serde_json::to_string_pretty(&refusal).unwrap() + "\n", false)
        }
    }
}

#[test]
fn the_library_and_the_command_line_give_the_documents() {
    let cases = cases();
    let folder = root().join("tests/data/ip/fronts");
    let (mut plans, mut by_words) = (0, 0);
    for (name, case) in &cases {
        let (document, planned) = document(case);
        let path = folder.join(format!("{name}.json"));
        if std::env::var_os("ESXI_BLESS").is_some() {
            std::fs::write(&path, &document).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(document, expected, "{name}: ESXI_BLESS=1 writes it anew if that is meant");
        let expected: Value = serde_json::from_str(&expected).unwrap();

        let profile: Vec<&str> = case.profile.iter().flat_map(|path| ["--profile", path]).collect();
        let run = |words: &[&str]| {
            let words = [&["ip", "plan", "--format", "json"][..], &profile, words].concat();
            esxi(&words).json()
        };
        if planned {
            plans += 1;
            let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
            // JSON is YAML.
            std::fs::write(file.path(), json!({ "version": 1, "addresses": case.spec }).to_string()).unwrap();
            assert_eq!(run(&["--file", file.path().to_str().unwrap()]), expected, "{name} as a host file");
        }
        if let Some(words) = &case.words {
            by_words += 1;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(run(&words), expected, "{name} by words");
        }
    }
    assert!(cases.len() >= 20 && plans >= 10 && by_words >= 15, "{plans} plans, {by_words} by words");
    let there = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(there, cases.len() + 1, "a document for each case and none for others");
}

#[test]
fn a_host_file_from_standard_input_gives_it_too() {
    let cases = cases();
    let case = &cases["packet-elastic"];
    let text = json!({ "version": 1, "addresses": case.spec }).to_string();
    let ran = esxi_in(&root(), &["ip", "plan", "--file", "-", "--format", "json"], &text).ended(0);
    let (document, _) = document(case);
    assert_eq!(ran.json(), serde_json::from_str::<Value>(&document).unwrap());
}
