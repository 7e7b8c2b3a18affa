//! `esxi plan`.

use crate::args::{Format, Plan as PlanArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::job::Wanted;
use crate::live::{self, Live};
use crate::offline::{Offline, offline};
use crate::out::Out;
use crate::story::story;
use crate::{first_boot, show};
use esxi_core::command::shell_line;
use esxi_core::diag::Diagnostic;
use esxi_core::plan::Verdict;
use esxi_core::reach::Session;
use esxi_core::state::HostState;

pub fn run(out: &Out, args: &PlanArgs) -> Result<Exit, Failure> {
    let mut wanted = Wanted::read(out, &args.spec)?;
    wanted.asked_from = live::client(args.confirm_from)?;
    let (current, session, pending) = match offline(&args.offline, Some(&wanted.spec))? {
        Some(Offline { state, findings }) => {
            wanted.findings.extend(findings);
            (state, None, Vec::new())
        }
        None => live_state(out, args)?,
    };
    let mut job = wanted.plan(&current, session)?;
    if args.first_boot {
        let text = first_boot::text(&wanted, &job)?;
        first_boot::print(out, &text, &wanted, &job.findings);
        return Ok(Exit::Fine);
    }
    if out.is_json() {
        // People were told when the facts were read.
        job.findings.extend(pending);
        out.json(&job.report());
    } else {
        out.findings(&job.findings, Some(&wanted.sources));
        match args {
            _ if out.format == Format::Svg => out.print(job.plan.to_svg()),
            PlanArgs { sh: true, .. } => {
                job.plan.steps.iter().for_each(|step| out.line(shell_line(&step.command.argv())));
            }
            PlanArgs { explain: true, .. } => out.print(story(out, &job)),
            _ => out.print(show::plan(out, &job)),
        }
    }
    Ok(if job.plan.verdict == Verdict::Refused { Exit::CouldNotRun } else { Exit::Fine })
}

/// The state of a live host, the session, and what is to be told of guarded changes that wait on it.
fn live_state(out: &Out, args: &PlanArgs) -> Result<(HostState, Option<Session>, Vec<Diagnostic>), Failure> {
    let mut live = Live::connect(&args.host)?;
    let facts = live.facts()?;
    live.close();
    live::unmanaged(&facts)?;
    live::warn(out, &facts);
    let pending = facts.runs.iter().filter_map(|run| run.finding(facts.epoch)).collect();
    Ok((facts.state, facts.session, pending))
}
