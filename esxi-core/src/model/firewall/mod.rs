//! `network firewall`.

mod rows;
mod run;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod wording;

pub use state::Firewall;

use super::family::{Answer, Console, Family, Reply};
use super::parse::Invocation;

pub(super) static FAMILY: Family = Family { rows: &[rows::ROWS], parse_only: &[], run, tools: &[] };

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let path = call.row.path.strip_prefix("network firewall ")?;
    let version = console.machine.state.version;
    let firewall = &mut console.machine.firewall;
    if let Some(shown) = run::show(firewall, version, path, call) {
        return Some(shown.map(Answer::Value));
    }
    Some(run::change(firewall, version, path, call).map(|()| Answer::Done))
}
