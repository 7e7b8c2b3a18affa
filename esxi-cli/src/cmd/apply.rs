//! `esxi apply`.

use crate::args::Apply;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::job::{Job, Wanted};
use crate::live::{self, Live};
use crate::out::Out;
use crate::show;
use esxi_core::diag::{Diagnostic, codes};
use esxi_core::guard::{GuardOptions, Machine, Outcome};
use esxi_core::plan::{PlanReport, Verdict};
use esxi_core::spec::ObjectRef;
use esxi_ssh::guard::{Progress, SshConnector, run_guarded};
use serde::Serialize;
use std::io::{BufRead, IsTerminal, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `esxi apply --format json`.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    plan: PlanReport<&'a ObjectRef>,
    /// `nothing_to_do`, or the word of [`Outcome::word`].
    outcome: &'static str,
}

pub fn run(out: &Out, args: &Apply) -> Result<Exit, Failure> {
    let wanted = Wanted::read(out, &args.spec)?;
    let mut live = Live::connect(&args.host)?;
    let facts = live.facts()?;
    live::unmanaged(&facts)?;
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
    consent(out, args, &job)?;
    let Some(address) = address else {
        return Err(Failure::error(
            codes::NO_SESSION_ADDRESS,
            "the host did not say which of its addresses this session uses",
            "name the host by its address: --host ssh://root@ADDRESS",
        ));
    };
    let outcome = guarded(out, live, (&wanted, &job), address, args)?;
    report(out, &job, Some(&outcome));
    Ok(Exit::from_status(outcome.exit_status()))
}

/// Runs the plan of a job under the dead-man.
fn guarded(
    out: &Out,
    live: Live,
    (wanted, job): (&Wanted, &Job),
    address: std::net::IpAddr,
    args: &Apply,
) -> Result<Outcome, Failure> {
    let steps = job.plan.steps.len();
    let mut options = GuardOptions::new(run_id(), steps).window(Duration::from_secs(args.window), steps);
    options.avoid_backup = !args.no_hold_off;
    let patience = options.patience();
    let Ok(machine) = Machine::new(job.plan.clone(), &job.fabric, options) else {
        return Err(Failure::error(
            codes::NO_WAY_BACK,
            "the plan has a point from which no commands lead back",
            "apply it in two parts, the part that cannot be undone last",
        ));
    };
    let mut machine = machine.judged_by(wanted.reached());
    let key = live.session.host_key().clone();
    let mut connector = SshConnector::new(&live.target, &live.options, key, patience);
    let interrupt = async {
        // Without a signal handler there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let quiet = out.is_json();
    let say = |progress: Progress| {
        if !quiet {
            out.say(show::progress(&progress));
        }
    };
    let run = run_guarded(&mut machine, (address, live.session), &mut connector, interrupt, say);
    Ok(live.runtime.block_on(run))
}

/// A name that no other run on the host has.
fn run_id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", since.as_millis(), std::process::id())
}

/// Refuses, or asks, before anything is changed.
fn consent(out: &Out, args: &Apply, job: &Job) -> Result<(), Failure> {
    if job.plan.verdict == Verdict::Refused && (!args.force || job.plan.steps.is_empty()) {
        let mut refusal = Diagnostic::error(codes::PLAN_REFUSED, job.plan.why.clone());
        refusal = match job.plan.diagnostics.is_empty() {
            true => refusal.help("change the host file or the fabric; --force runs it all the same, under the undo on the host"),
            false => refusal.help("change the host file"),
        };
        return Err(refusal.into());
    }
    let impacts: Vec<String> = job.plan.impact_in_sum().into_iter().map(ToString::to_string).collect();
    if !impacts.is_empty() && !args.accept_impact {
        return Err(Diagnostic::error(codes::IMPACT_NOT_ACCEPTED, impacts.join("; "))
            .help("--accept-impact consents to it")
            .into());
    }
    if args.yes {
        return Ok(());
    }
    let refused = |why: &str| Failure::error(codes::NOT_CONFIRMED, why, "--yes applies without asking");
    if out.is_json() || !std::io::stdin().is_terminal() {
        return Err(refused("nobody is there to be asked"));
    }
    let _ = write!(std::io::stderr().lock(), "Apply? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        true => Ok(()),
        false => Err(refused("not confirmed")),
    }
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
        _ => Diagnostic::error(codes::LEFT_IN, text)
            .help("look at the host with `esxi facts`, or on its console if it does not answer"),
    })
}

fn report(out: &Out, job: &Job, outcome: Option<&Outcome>) {
    let found = outcome.and_then(finding);
    if out.is_json() {
        let mut plan = job.report();
        plan.diagnostics.extend(found);
        let outcome = outcome.map_or("nothing_to_do", Outcome::word);
        out.json(&Document { plan, outcome });
    } else if let Some(found) = found {
        out.findings(&[found], None);
    } else if let Some(outcome) = outcome {
        out.line(out.bold(outcome));
    }
}
