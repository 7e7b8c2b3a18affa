//! Networks of Linux namespaces: they end with the program that made them and touch nothing of the machine.

use crate::tools;
use std::process::Command;
use std::sync::LazyLock;

static REFUSAL: LazyLock<Option<String>> = LazyLock::new(|| {
    let output = tools::output(Command::new("unshare").args(["-rmn", "ip", "link", "set", "lo", "up"]));
    (!output.status.success()).then(|| tools::text(&output.stderr))
});

/// True where the system forbids namespaces, as some containers do; says so.
#[allow(clippy::print_stderr, reason = "a test says when it skips")]
pub fn is_refused() -> bool {
    if let Some(why) = &*REFUSAL {
        eprintln!("SKIPPED: no network namespaces here: {}", why.trim());
    }
    REFUSAL.is_some()
}

/// Starts what is added to it as the master of a network of its own without any card.
pub fn alone() -> Command {
    let mut command = Command::new("unshare");
    command.args(["-rmn", "--kill-child", "--fork"]);
    tools::with_libraries(&mut command);
    command
}
