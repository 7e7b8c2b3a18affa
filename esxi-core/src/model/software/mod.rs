//! VIBs and image profiles.

mod rows;

use super::family::{Console, Family, Reply};
use super::parse::Invocation;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};

pub(super) static FAMILY: Family = Family { rows: &[rows::ROWS], parse_only: &[], run, tools: &[] };

/// The part of a machine that this family is about: only what differs from the tables of its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Software {}

impl Software {
    /// As the installer leaves it.
    pub fn factory(version: EsxiVersion) -> Self {
        let _ = version;
        Software {}
    }
}

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let _ = (console, call);
    None
}
