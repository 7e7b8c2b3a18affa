//! The table of stable codes: code → what it means → exit status → Python class.
//!
//! One file a family. A number is never used again for something else.

mod apply;
mod host;
mod image;
mod ip;
mod net;
mod sim;
mod ssh;

pub use self::apply::*;
pub use host::*;
pub use image::*;
pub use ip::*;
pub use net::*;
pub use sim::*;
pub use ssh::*;

use serde::Serialize;

/// A stable diagnostic code such as `NET012`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(pub(crate) &'static str);

impl Code {
    /// The code as text.
    pub fn as_str(self) -> &'static str {
        self.0
    }
    /// Its row in the table.
    pub fn info(self) -> &'static CodeInfo {
        all().find(|row| row.code == self).unwrap_or(&FALLBACK)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// What it means, why, and what to do: the text of `esxi explain`.
    pub text: &'static str,
    /// Exit status of the command line when this is the worst that happened: 1 findings, 2 could not run,
    /// 3 rolled back, 4 host left in another named state.
    pub exit: u8,
    /// Name of the Python exception class.
    pub python: &'static str,
}

const FALLBACK: CodeInfo = CodeInfo { code: Code("HOST000"), text: "", exit: 2, python: "EsxiError" };

/// Every code, in order of family and number.
pub fn all() -> impl Iterator<Item = &'static CodeInfo> {
    [ip::TABLE, net::TABLE, host::TABLE, image::TABLE, ssh::TABLE, apply::TABLE, sim::TABLE]
        .into_iter()
        .flatten()
}

/// Looks a code up by its text, upper or lower case.
pub fn find(text: &str) -> Option<&'static CodeInfo> {
    all().find(|row| row.code.0.eq_ignore_ascii_case(text))
}

/// Declares the codes of a family: a constant each, and the family's table.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, exit $exit:literal, python $python:literal;)*) => {
        $($(#[doc = $doc])+ pub const $name: super::Code = super::Code($code);)*
        pub(super) const TABLE: &[super::CodeInfo] = &[
            $(super::CodeInfo { code: $name, text: concat!($($doc, "\n"),+), exit: $exit, python: $python },)*
        ];
    };
}
pub(crate) use codes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_well_formed_and_explained() {
        let mut seen = std::collections::BTreeSet::new();
        for row in all() {
            let text = row.code.as_str();
            assert!(seen.insert(text), "{text} stands twice");
            let digits = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
            assert!(digits.len() == 3 && digits.chars().all(|c| c.is_ascii_digit()), "{text}");
            assert!(row.text.trim().len() > 20, "{text} has no explanation");
            assert!((1..=4).contains(&row.exit), "{text}");
            assert_eq!(row.code.info(), row);
        }
    }
}
