//! What has to be agreed to before anything is changed.

use crate::args::Apply;
use crate::failure::Failure;
use crate::job::Job;
use crate::out::Out;
use esxi_core::diag::{Diagnostic, codes};
use esxi_core::model::facts::Facts;
use esxi_core::plan::Verdict;
use std::io::{BufRead, IsTerminal, Write};

/// Refuses, or asks.
pub fn given(out: &Out, args: &Apply, job: &Job) -> Result<(), Failure> {
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

/// Whoever goes without the guard names the host that may be lost; `--yes` alone is no consent to that.
pub fn to_lose(args: &Apply, target: &str, facts: &Facts) -> Result<(), Failure> {
    let said = args.i_accept_to_lose_this_host.as_deref();
    let server = facts.session.as_ref().map(|session| session.server.to_string());
    let names = [Some(target), Some(facts.hostname.as_str()), server.as_deref()];
    if said.is_some_and(|said| !said.is_empty() && names.contains(&Some(said))) {
        return Ok(());
    }
    let message = match said {
        Some(said) => format!("\"{said}\" is not this host, which is {target} ({})", facts.hostname),
        None => "without the guard nothing undoes a change that locks you out".to_owned(),
    };
    Err(Failure::error(
        codes::NO_GUARD_CONSENT,
        message,
        format!("leave --no-guard out, or add --i-accept-to-lose-this-host={target}"),
    ))
}
