//! What the documents say is true: commands of the README run, its Rust compiles, every example is used, the demo
//! shows what it promises.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod demo;
mod examples;
mod first_boot;
mod library;
mod readme;
mod simulated;

use std::path::{Path, PathBuf};

/// The command.
const ESXI: &str = env!("CARGO_BIN_EXE_esxi-under-test");

/// The README.
const README: &str = include_str!("../../../README.md");

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Fenced blocks of the README in this language.
fn blocks(language: &str) -> Vec<String> {
    blocks_of(README, language)
}

/// Fenced blocks of a page in this language.
fn blocks_of(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(told) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        assert!(!told.is_empty(), "a block has no language:\n{}", block.join("\n"));
        if told == language {
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}
