//! `esxi apply --confirm RUN` and `--back RUN`: ending a change that another process armed.

use super::run::{interrupt, say};
use crate::args::Apply;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::job::Wanted;
use crate::live::{self, Live};
use crate::out::Out;
use esxi_core::diag::{Diagnostic, codes};
use esxi_core::guard::{Goal, GuardOptions, Machine, Outcome, Run};
use esxi_core::model::facts::Facts;
use esxi_ssh::guard::{SshConnector, run_guarded};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    run: &'a str,
    /// The word of [`Outcome::word`].
    outcome: &'static str,
    diagnostics: Vec<Diagnostic>,
}

pub fn run(out: &Out, args: &Apply) -> Result<Exit, Failure> {
    let wanted = args.spec().map(|spec| Wanted::read(out, &spec)).transpose()?;
    let (id, goal) = match (&args.confirm, &args.back) {
        (Some(id), _) => (id, Goal::Confirm),
        (None, Some(id)) => (id, Goal::Back),
        (None, None) => return Err(none_named()),
    };
    let mut live = Live::connect(&args.host)?;
    let facts = live.facts()?;
    let run = find(&facts, id)?;
    let Some(address) = live::address_of(&live.target, &facts) else {
        return Err(Failure::error(
            codes::NO_SESSION_ADDRESS,
            "the host did not say which of its addresses this session uses",
            "name the host by its address: --host ssh://root@ADDRESS",
        ));
    };
    let mut machine = Machine::join(run, address, goal);
    if let Some(wanted) = wanted {
        machine = machine.judged_by(wanted.reached());
    }
    let key = live.session.host_key().clone();
    let patience = GuardOptions::new("", 0).patience();
    let mut connector = SshConnector::new(&live.target, &live.options, key, patience);
    let outcome = live.runtime.block_on(run_guarded(
        &mut machine,
        (address, live.session),
        &mut connector,
        interrupt(),
        |progress| say(out, &progress),
    ));
    // What was asked for is no finding.
    let done = goal == Goal::Back && matches!(outcome, Outcome::RolledBack { .. });
    let found = if done { None } else { super::finding(&outcome) };
    let exit = if done { Exit::Fine } else { Exit::from_status(outcome.exit_status()) };
    if out.is_json() {
        let diagnostics = found.into_iter().collect();
        out.json(&Document { schema: 1, run: id, outcome: outcome.word(), diagnostics });
    } else if let Some(found) = found {
        out.findings(&[found], None);
    } else {
        out.line(out.bold(&outcome));
    }
    Ok(exit)
}

fn none_named() -> Failure {
    Failure::error(
        codes::NO_SUCH_RUN,
        "no change was named",
        "--confirm RUN or --back RUN; `esxi facts` tells of it",
    )
}

/// The run of this name that has not ended for good.
fn find<'a>(facts: &'a Facts, id: &str) -> Result<&'a Run, Failure> {
    if let Some(run) = facts.runs.iter().find(|run| run.id == id) {
        return Ok(run);
    }
    let known: Vec<String> = facts.runs.iter().map(|run| format!("{} ({run})", run.id)).collect();
    let help = match known.is_empty() {
        true => "it has ended, or the host was restarted; compare the host with `esxi verify`".to_owned(),
        false => format!("the host knows of {}", known.join(", ")),
    };
    Err(Failure::error(codes::NO_SUCH_RUN, format!("the host knows of no guarded change {id}"), help))
}
