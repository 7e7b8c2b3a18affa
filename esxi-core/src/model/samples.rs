//! Captured outputs for tests; they are not part of the project, and tests that need them pass without.

use std::path::PathBuf;

/// A capture, or `None` when the collection is not at hand. `ESXI_SAMPLES` names its directory.
#[allow(clippy::disallowed_methods, reason = "tests read captures from a directory")]
pub(crate) fn read(path: &str) -> Option<String> {
    let directory = std::env::var_os("ESXI_SAMPLES").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/samples")),
        PathBuf::from,
    );
    std::fs::read_to_string(directory.join(path)).ok()
}

/// The output itself, without the leading comment lines.
pub(crate) fn output(name: &str) -> Option<String> {
    let text = read(&format!("esxcli/{name}"))?;
    let body: Vec<&str> = text.lines().skip_while(|line| line.starts_with("# ")).collect();
    Some(body.join("\n") + "\n")
}
