//! A profile as TOML text.

use super::Profile;
use crate::block::Block;
use crate::diag::{Diagnostic, SourceMap, codes, has_errors};
use crate::tree::{self, Dialect};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};
use std::net::IpAddr;

/// Provider profiles in TOML.
const PROFILE: Dialect = Dialect {
    unknown_key: codes::PROFILE_KEY,
    wrong_value: codes::PROFILE_VALUE,
    version: None,
    mapping: "a table",
    missing: |path| match tree::toml::list_of_tables(path) {
        Some(form) if LISTS.iter().any(|list| path.ends_with(list)) => format!("add {form}"),
        _ => format!("add `{} = …`", path.rsplit('/').next().unwrap_or_default()),
    },
    assign: " = ",
    quotes: true,
    list_of_mappings: tree::toml::list_of_tables,
    is_text: tree::toml::is_date,
    text_remark: |_| None,
    number_remark: |_| None,
    truth: |_| None,
};

/// Where lists of tables stand.
const LISTS: [&str; 3] = ["/allocation", "/layout", "/fact"];

/// A profile read from text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProfileFile {
    /// What it says.
    pub profile: Profile,
    /// Where it says it.
    pub source: SourceMap,
    /// Warnings and notes about it, located.
    pub diagnostics: Vec<Diagnostic>,
}

impl Profile {
    /// Reads a profile and [checks](Profile::check) it; rules that rest on no fact are noted. The name of the file is only used in diagnostics.
    ///
    /// # Errors
    /// Everything found wrong with the text, located; at least one finding is an error.
    ///
    /// ```
    /// use esxi_core::block::profile::Profile;
    /// let found = Profile::from_toml("mine.toml", "name = \"mine\"\nstatus = \"alive\"\n").unwrap_err();
    /// assert_eq!(found[0].code.as_str(), "IP012");
    /// assert_eq!(found[0].help.as_deref(), Some("add `title = …`"));
    /// ```
    pub fn from_toml(file_name: &str, text: &str) -> Result<ProfileFile, Vec<Diagnostic>> {
        let mut source = SourceMap::new(file_name, text);
        let mut found = Vec::new();
        let root = tree::toml::parse(text, codes::PROFILE_SYNTAX, &source, &mut found);
        let profile = root.and_then(|root| {
            root.record("", &mut source);
            tree::read::<Profile>(root, &PROFILE, &source, &mut found)
        });
        if let Some(profile) = profile.as_ref().filter(|_| !has_errors(&found)) {
            found.extend(profile.check());
            profile.note_unsupported(&mut found);
        }
        found.iter_mut().for_each(|finding| source.locate(finding));
        found.sort_by_key(|finding| finding.start);
        match profile {
            Some(profile) if !has_errors(&found) => Ok(ProfileFile { profile, source, diagnostics: found }),
            _ => Err(found),
        }
    }
}

/// An address, with a message that says so where it is none.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong =
        || D::Error::custom(format!("\"{text}\" is no address: write one such as 62.210.0.1 or fe80::1"));
    text.parse().map_err(|_| wrong())
}

/// A network, with a message that says what to write where it is none.
pub(super) fn network<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpNet, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse::<Block>().map(|block| block.net()).map_err(|error| {
        let finding = error.diagnostic();
        let cure = finding.help.unwrap_or_default();
        D::Error::custom(format!("{}: {cure}", finding.message))
    })
}
