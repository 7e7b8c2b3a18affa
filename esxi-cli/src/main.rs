//! The `esxi` command.
fn main() {}
