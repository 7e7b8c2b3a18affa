//! No rule without a fact, no fact about nothing.

use crate::profiles;
use serde_json::Value;
use std::collections::BTreeSet;

/// Keys that are words for people or names, or say when a rule is meant, not rules.
const NO_RULES: [&str; 8] = ["name", "title", "summary", "verified", "warnings", "fact", "family", "by-name"];

/// Every rule of a profile's JSON, as a key with dots: allocations and layouts by name.
///
/// The rules of an allocation that stand at their default are rules too where the default promises something: any MAC
/// address is let through.
fn rules(profile: &Value) -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    for (key, value) in profile.as_object().unwrap() {
        match key.as_str() {
            key if NO_RULES.contains(&key) => {}
            "allocation" => {
                for allocation in value.as_array().unwrap() {
                    let name = format!("allocation.{}", allocation["name"].as_str().unwrap());
                    for (key, value) in allocation.as_object().unwrap() {
                        match (key.as_str(), value.as_str()) {
                            (key, _) if NO_RULES.contains(&key) => {}
                            ("layout", _) => {
                                for layout in value.as_array().unwrap() {
                                    let layout = layout["name"].as_str().unwrap();
                                    rules.insert(format!("{name}.layout.{layout}"));
                                }
                            }
                            ("space", Some("public")) | ("rest", Some("available")) => {}
                            (key, _) => drop(rules.insert(format!("{name}.{key}"))),
                        }
                    }
                    rules.insert(format!("{name}.mac"));
                }
            }
            "status" => drop(rules.insert("status".to_owned())),
            table => {
                for key in value.as_object().unwrap().keys() {
                    rules.insert(format!("{table}.{key}"));
                }
            }
        }
    }
    rules
}

fn below(rule: &str, about: &str) -> bool {
    rule == about || rule.strip_prefix(about).is_some_and(|rest| rest.starts_with('.'))
}

#[test]
fn every_rule_rests_on_a_fact_and_every_fact_is_about_a_rule() {
    let mut wrong = Vec::new();
    for profile in profiles() {
        let rules = rules(&serde_json::to_value(&*profile).unwrap());
        assert!(rules.len() > 5, "{rules:?}");
        let about: Vec<&String> = profile.facts.iter().flat_map(|fact| &fact.about).collect();
        for rule in rules.iter().filter(|rule| !about.iter().any(|about| below(rule, about))) {
            wrong.push(format!("{}: {rule} rests on nothing", profile.name));
        }
        for about in about.iter().filter(|about| !rules.iter().any(|rule| below(rule, about))) {
            wrong.push(format!("{}: a fact is about {about}, which is no rule", profile.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn facts_say_when_and_where_they_were_read() {
    let is_date = |text: &str| {
        let parts: Vec<usize> = text.split('-').map(str::len).collect();
        parts == [4, 2, 2] && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    };
    for profile in profiles() {
        assert!(is_date(&profile.verified), "{}", profile.name);
        assert!(!profile.title.is_empty());
        let mut texts = BTreeSet::new();
        for fact in &profile.facts {
            let name = format!("{}: {}", profile.name, fact.text);
            assert!(is_date(&fact.date) && fact.date <= profile.verified, "{name}");
            assert!(!fact.about.is_empty() && !fact.source.is_empty(), "{name}");
            assert!(fact.url.as_ref().is_none_or(|url| url.starts_with("https://")), "{name}");
            assert!(!fact.text.ends_with('.') && !fact.text.contains('\n'), "{name}");
            assert!(texts.insert(&fact.text), "{name} stands twice");
        }
        for warning in &profile.warnings {
            assert!(warning.ends_with('.') && !warning.contains('\n'), "{}: {warning}", profile.name);
        }
    }
}
