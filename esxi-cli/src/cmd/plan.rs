//! `esxi plan`.

use crate::args::{Format, OfflineArgs, Plan as PlanArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::job::Wanted;
use crate::live::{self, Live};
use crate::out::Out;
use crate::story::story;
use crate::{input, show};
use esxi_core::EsxiVersion;
use esxi_core::command::shell_line;
use esxi_core::diag::codes;
use esxi_core::plan::Verdict;
use esxi_core::reach::Session;
use esxi_core::state::{FactoryNic, HostState, factory};

pub fn run(out: &Out, args: &PlanArgs) -> Result<Exit, Failure> {
    let wanted = Wanted::read(out, &args.spec)?;
    let (current, session) = match offline(&args.offline)? {
        Some(state) => (state, None),
        None => live_state(out, args)?,
    };
    let job = wanted.plan(&current, session)?;
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

/// The state to plan from when no live host is asked.
pub fn offline(args: &OfflineArgs) -> Result<Option<HostState>, Failure> {
    if let Some(path) = &args.state {
        return Ok(Some(saved_state(path)?));
    }
    if !args.factory {
        return Ok(None);
    }
    Ok(Some(factory_state(&args.esxi, &args.nics)?))
}

/// A factory-fresh host of this version with these cards.
pub fn factory_state(version: &str, nics: &[String]) -> Result<HostState, Failure> {
    let version: EsxiVersion = version.parse().map_err(|error: esxi_core::version::VersionError| {
        Failure::error(codes::NO_SUCH_VERSION, error.to_string(), "esxi --help names the option")
    })?;
    let mut cards = Vec::new();
    for mac in nics {
        let mac = mac.parse().map_err(|error: esxi_core::value::ValueError| {
            Failure::error(
                codes::BAD_MAC,
                error.to_string(),
                "list the cards as --nics MAC,MAC, vmnic0 first",
            )
        })?;
        cards.push(FactoryNic { mac, link_up: true });
    }
    Ok(factory(version, &cards))
}

/// A state that `esxi facts --format json` printed.
pub fn saved_state(path: &std::path::Path) -> Result<HostState, Failure> {
    let file = input::read(path)?;
    let document: show::FactsDocument = serde_json::from_str(&file.text).map_err(|error| {
        Failure::error(
            codes::STATE_FILE,
            format!("{}: {error}", file.name),
            "make it with `esxi facts --host … --format json`",
        )
    })?;
    Ok(document.state)
}
