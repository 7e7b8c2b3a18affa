//! Rows.

use crate::model::grammar::{Row, table};

pub(in crate::model) static ROWS: &[Row] = table! {};
