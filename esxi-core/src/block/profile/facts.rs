//! Which rules rest on which facts.

use super::Profile;
use crate::block::nearest::nearest;
use crate::diag::{Diagnostic, codes};
use serde_json::Value;

/// What a profile says of itself and how its parts are picked: no rules.
const DESCRIPTION: [&str; 9] =
    ["name", "title", "status", "verified", "warnings", "fact", "summary", "family", "by-name"];

/// What holds of an allocation where nothing is said.
const DEFAULTS: [(&str, &str); 3] = [("mac", "none"), ("space", "public"), ("rest", "available")];

/// Rules that are one, even where they are written as a table.
const WHOLE: [&str; 2] = ["gateway", "next-hop"];

/// A rule by its name in `about`, and its place in the document.
struct Rule {
    name: String,
    path: String,
}

impl Profile {
    /// The rules that no fact is about, by the names that facts use: `allocation.block.reserve`. Where nothing
    /// below a key rests on a fact, the key alone is named.
    ///
    /// ```
    /// use esxi_core::block::profile::{Catalogue, Profile};
    /// let mut profile = Profile::clone(&*Catalogue::builtin().find("packet")?);
    /// profile.facts.clear();
    /// assert!(profile.unsupported().contains(&"allocation.block".to_owned()));
    /// # Ok::<(), Box<esxi_core::diag::Diagnostic>>(())
    /// ```
    pub fn unsupported(&self) -> Vec<String> {
        self.gaps().into_iter().map(|rule| rule.name).collect()
    }

    /// A note for each rule that no fact is about.
    pub(super) fn note_unsupported(&self, found: &mut Vec<Diagnostic>) {
        found.extend(self.gaps().into_iter().map(|Rule { name, path }| {
            Diagnostic::note(codes::PROFILE_UNSUPPORTED, format!("{name} rests on no fact"))
                .at(path)
                .help(format!("say from where it is known: a [[fact]] with about = [\"{name}\"]"))
        }));
    }

    /// Facts must be about something that the profile says.
    pub(super) fn check_facts(&self, found: &mut Vec<Diagnostic>) {
        let document = self.document();
        for (at, fact) in self.facts.iter().enumerate() {
            if fact.about.is_empty() {
                let message = "a fact must be about something";
                let help = "name the rules that rest on it, such as \"allocation.block.reserve\"";
                let path = format!("/fact/{at}/about");
                found.push(Diagnostic::error(codes::PROFILE_FACT, message).at(path).help(help));
            }
            for (number, name) in fact.about.iter().enumerate() {
                if let Some(finding) = not_said(&document, name) {
                    found.push(finding.at(format!("/fact/{at}/about/{number}")));
                }
            }
        }
    }

    fn gaps(&self) -> Vec<Rule> {
        let about: Vec<&str> = self.facts.iter().flat_map(|fact| &fact.about).map(String::as_str).collect();
        let mut gaps = Vec::new();
        for (key, value) in below(&self.document(), true) {
            let rule = Rule { name: key.to_owned(), path: format!("/{key}") };
            collect(value, key, rule, &about, &mut gaps);
        }
        gaps
    }

    /// The profile as it stands in files, without its facts.
    fn document(&self) -> Value {
        // A profile consists of texts, numbers, lists and maps with text keys, all of which JSON has.
        let mut document = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(keys) = &mut document {
            keys.remove("fact");
        }
        document
    }
}

/// What stands below a value, lists of tables by name.
fn below(value: &Value, rules_only: bool) -> Vec<(&str, &Value)> {
    match value {
        Value::Object(keys) => keys
            .iter()
            .filter(|(key, value)| {
                let default = keys.contains_key("delivery")
                    && DEFAULTS.iter().any(|(name, word)| key == name && *value == word);
                !rules_only || !default && !DESCRIPTION.contains(&key.as_str())
            })
            .map(|(key, value)| (key.as_str(), value))
            .collect(),
        Value::Array(items) => {
            items.iter().filter_map(|item| Some((item.get("name")?.as_str()?, item))).collect()
        }
        _ => Vec::new(),
    }
}

/// Enters what rests on no fact; true if that is everything here.
fn collect(value: &Value, key: &str, rule: Rule, about: &[&str], gaps: &mut Vec<Rule>) -> bool {
    if about.contains(&rule.name.as_str()) {
        return false;
    }
    let children = if WHOLE.contains(&key) { Vec::new() } else { below(value, true) };
    let before = gaps.len();
    let mut all = true;
    for (at, (key, child)) in children.iter().enumerate() {
        let name = format!("{}.{key}", rule.name);
        let path = match value {
            Value::Array(_) => format!("{}/{at}", rule.path),
            _ => format!("{}/{key}", rule.path),
        };
        all &= collect(child, key, Rule { name, path }, about, gaps);
    }
    // Lists of allocations and layouts are named one by one.
    if all && (children.is_empty() || !value.is_array()) {
        gaps.truncate(before);
        gaps.push(rule);
    }
    all
}

/// The finding for a name of `about` under which nothing stands.
fn not_said(document: &Value, name: &str) -> Option<Diagnostic> {
    let mut at = document;
    let mut above = String::new();
    for key in name.split('.') {
        let children = below(at, false);
        if let Some((_, child)) = children.iter().find(|(other, _)| *other == key) {
            at = child;
            above = format!("{above}{key}.");
            continue;
        }
        let wrong = format!("{above}{key}");
        let found = Diagnostic::error(codes::PROFILE_FACT, format!("the profile says nothing under {wrong}"));
        let known: Vec<String> = children.iter().map(|(key, _)| format!("{above}{key}")).collect();
        let mut found = if known.is_empty() {
            let whole = above.trim_end_matches('.');
            found.help(format!("write {whole}: there is nothing below it")).fix(whole)
        } else {
            nearest(found, &wrong, &known.iter().map(String::as_str).collect::<Vec<_>>())
        };
        found.fix = found.fix.map(|fix| format!("\"{fix}\""));
        return Some(found);
    }
    None
}
