//! The teaming advisor: every cell of its table, and what it writes for both ends of the cables.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod host;
mod linux;
mod snippets;
mod table;
