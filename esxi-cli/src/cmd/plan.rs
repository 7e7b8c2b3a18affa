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
use esxi_core::plan::Verdict;
use esxi_core::reach::Session;
use esxi_core::state::HostState;

pub fn run(out: &Out, args: &PlanArgs) -> Result<Exit, Failure> {
    let mut wanted = Wanted::read(out, &args.spec)?;
    let (current, session) = match offline(&args.offline, Some(&wanted.spec))? {
        Some(Offline { state, findings }) => {
            wanted.findings.extend(findings);
            (state, None)
        }
        None => live_state(out, args)?,
    };
    let job = wanted.plan(&current, session)?;
    if args.first_boot {
        let text = first_boot::text(&wanted, &job)?;
        first_boot::print(out, &text, &wanted, &job.findings);
        return Ok(Exit::Fine);
    }
    if out.is_json() {
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

fn live_state(out: &Out, args: &PlanArgs) -> Result<(HostState, Option<Session>), Failure> {
    let mut live = Live::connect(&args.host)?;
    let facts = live.facts()?;
    live.close();
    live::unmanaged(&facts)?;
    live::warn(out, &facts);
    Ok((facts.state, facts.session))
}
