//! `esxi apply`.

mod consent;
mod end;
mod run;

use crate::args::Apply;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::job::{Job, Wanted};
use crate::live::{self, Live};
use crate::out::Out;
use crate::show;
use esxi_core::diag::{Diagnostic, codes};
use esxi_core::guard::{LeftState, Outcome};
use esxi_core::model::facts::Facts;
use esxi_core::plan::{PlanReport, Verdict};
use esxi_core::spec::ObjectRef;
use serde::Serialize;

/// `esxi apply --format json`.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    plan: PlanReport<&'a ObjectRef>,
    /// `nothing_to_do`, or the word of [`Outcome::word`].
    outcome: &'static str,
    /// Steps that were done, where no guard was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps_done: Option<usize>,
}

/// How the change ended.
struct Ended {
    outcome: Outcome,
    steps_done: Option<usize>,
}

pub fn run(out: &Out, args: &Apply) -> Result<Exit, Failure> {
    if args.confirm.is_some() || args.back.is_some() {
        return end::run(out, args);
    }
    // Without a host file there is something to end, says the command line.
    let Some(spec) = args.spec() else { return end::run(out, args) };
    let mut wanted = Wanted::read(out, &spec)?;
    wanted.asked_from = live::client(args.confirm_from)?;
    let mut live = Live::connect(&args.host)?;
    let facts = live.facts()?;
    live::unmanaged(&facts)?;
    nothing_pending(&facts)?;
    live::warn(out, &facts);
    let address = live::address_of(&live.target, &facts);
    let job = wanted.plan(&facts.state, facts.session.clone())?;
    if !out.is_json() {
        out.findings(&job.findings, Some(&wanted.sources));
        out.print(show::plan(out, &job));
    }
    if job.plan.steps.is_empty() && job.plan.verdict != Verdict::Refused {
        live.close();
        report(out, &job, None);
        return Ok(Exit::Fine);
    }
    let options = match args.no_guard {
        true => {
            consent::to_lose(args, live.target.host(), &facts)?;
            None
        }
        false => Some(run::options(args, job.plan.steps.len())?),
    };
    consent::given(out, args, &job)?;
    let ended = match options {
        None => run::unguarded(out, live, &wanted, &job),
        Some(options) => {
            let Some(address) = address else {
                return Err(Failure::error(
                    codes::NO_SESSION_ADDRESS,
                    "the host did not say which of its addresses this session uses",
                    "name the host by its address: --host ssh://root@ADDRESS",
                ));
            };
            run::guarded(out, live, (&wanted, &job), address, args, options)?
        }
    };
    report(out, &job, Some(&ended));
    Ok(Exit::from_status(ended.outcome.exit_status()))
}

/// Starts nothing on top of a change that has not ended.
fn nothing_pending(facts: &Facts) -> Result<(), Failure> {
    let active = facts.runs.iter().filter(|run| run.is_active());
    let found = active.filter_map(|run| run.finding(facts.epoch));
    let errors: Vec<_> =
        found.map(|found| Diagnostic { severity: esxi_core::diag::Severity::Error, ..found }).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}

/// How it ended, as a finding where it did not end as wanted.
fn finding(outcome: &Outcome) -> Option<Diagnostic> {
    let text = outcome.to_string();
    Some(match outcome {
        Outcome::Applied { saved: Ok(()) } => return None,
        Outcome::Applied { saved: Err(_) } => {
            Diagnostic::warning(codes::NOT_SAVED, text).help("run /sbin/auto-backup.sh on the host")
        }
        Outcome::Unchanged { .. } => Diagnostic::error(codes::NOT_STARTED, text).help("plan again"),
        Outcome::RolledBack { .. } => Diagnostic::error(codes::ROLLED_BACK, text)
            .help("the host is as it was; mend the cause and apply again"),
        Outcome::LeftIn { state: LeftState::Stopped { .. }, .. } => Diagnostic::error(codes::STOPPED, text)
            .help("look at the host with `esxi facts`; apply again for the rest, or undo the steps by hand"),
        Outcome::LeftIn { state: LeftState::ConfirmedElsewhere { from }, .. } => {
            Diagnostic::error(codes::LEFT_IN, text)
                .help(format!("ask from {from}: `esxi verify`, or `esxi facts`, which tells of changes"))
        }
        _ => Diagnostic::error(codes::LEFT_IN, text)
            .help("look at the host with `esxi facts`, or on its console if it does not answer"),
    })
}

fn report(out: &Out, job: &Job, ended: Option<&Ended>) {
    let outcome = ended.map(|ended| &ended.outcome);
    let found = outcome.and_then(finding);
    if out.is_json() {
        let mut plan = job.report();
        plan.diagnostics.extend(found);
        let word = outcome.map_or("nothing_to_do", Outcome::word);
        let steps_done = ended.and_then(|ended| ended.steps_done);
        out.json(&Document { plan, outcome: word, steps_done });
        return;
    }
    if let Some(done) = ended.and_then(|ended| ended.steps_done) {
        out.line(format_args!("{done} of {} steps were done", job.plan.steps.len()));
    }
    if let Some(found) = found {
        out.findings(&[found], None);
    } else if let Some(outcome) = outcome {
        out.line(out.bold(outcome));
    }
}
