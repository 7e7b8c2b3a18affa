//! A profile as TOML text.

use super::Profile;
use crate::diag::{Diagnostic, SourceMap, codes, has_errors};
use crate::tree::{self, Dialect};

/// Provider profiles in TOML.
const PROFILE: Dialect = Dialect {
    unknown_key: codes::PROFILE_KEY,
    wrong_value: codes::PROFILE_VALUE,
    version: None,
    mapping: "a table",
    assign: " = ",
    quotes: true,
    list_of_mappings: tree::toml::list_of_tables,
    is_text: tree::toml::is_date,
    text_remark: |_| None,
    number_remark: |_| None,
    truth: |_| None,
};

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
    /// Reads a profile; the name of the file is only used in diagnostics.
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
        let root = tree::toml::parse(text, codes::PROFILE_SYNTAX, &mut source, &mut found);
        let profile = root.and_then(|root| tree::read::<Profile>(root, &PROFILE, &source, &mut found));
        found.iter_mut().for_each(|finding| source.locate(finding));
        found.sort_by_key(|finding| finding.start);
        match profile {
            Some(profile) if !has_errors(&found) => Ok(ProfileFile { profile, source, diagnostics: found }),
            _ => Err(found),
        }
    }
}
