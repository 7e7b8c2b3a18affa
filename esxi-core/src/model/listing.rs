//! `esxcli command list`: the tool lists itself.

use super::family::{Answer, Console, Family, Reply};
use super::grammar::{self, Row, table};
use super::parse::Invocation;
use super::value::{Structure, Value};

static ROWS: &[Row] = table! {
    "esxcli command list" V5_0 Table Verified "List the commands there are." [];
};

pub(super) static FAMILY: Family = Family { rows: &[ROWS], parse_only: &[], run, tools: &[] };

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    (call.row.path == "esxcli command list").then(|| {
        let commands = grammar::coverage(console.machine.state.version);
        Ok(Answer::Value(Value::List(commands.iter().map(|one| structure(one.path)).collect())))
    })
}

/// Field names verified (5.0); the dots between the words of a namespace are believed.
fn structure(path: &str) -> Structure {
    let (namespace, command) = path.rsplit_once(' ').unwrap_or(("", path));
    Structure::new("EsxCliCommand").with("Namespace", namespace.replace(' ', ".")).with("Command", command)
}

#[cfg(test)]
mod tests {
    use crate::model::{Machine, run};
    use crate::state::factory;

    #[test]
    fn each_release_lists_its_own_commands() {
        for (version, count) in [("5.0", 248), ("6.7", 651)] {
            let mut host = Machine::new(factory(version.parse().unwrap(), &[]));
            let argv = ["esxcli", "esxcli", "command", "list"].map(str::to_owned);
            let output = String::from_utf8(run(&mut host, &argv, b"").stdout).unwrap();
            let lines: Vec<&str> = output.lines().collect();
            assert_eq!(lines.len(), count + 2);
            assert!(lines[0].starts_with("Namespace   ") && lines[0].ends_with("  Command"));
            assert!(lines.iter().any(|line| {
                line.split_whitespace().eq(["network.vswitch.standard.policy.failover", "get"])
            }));
        }
    }
}
