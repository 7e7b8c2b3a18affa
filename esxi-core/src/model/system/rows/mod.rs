//! Rows of `esxcli system`.
//!
//! Names and types: index of a 5.0 host, command tree of 6.7, options of 8.0.1, VMware's guides; the short letters
//! from public scripts and the reference. Where only the command is known, its row is marked as believed.

mod accounts;
mod forms;
mod general;
mod settings;

use crate::model::grammar::{Kind, Opt, Row, opt};

pub(super) static ROWS: &[&[Row]] =
    &[general::ROWS, settings::ROWS, accounts::ROWS, forms::ROWS, forms::GONE];

/// An option without a letter.
const fn long(long: &'static str, kind: Kind, help: &'static str) -> Opt {
    Opt { short: None, ..opt(' ', long, kind, help) }
}
