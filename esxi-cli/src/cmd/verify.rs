//! `esxi verify`.

use crate::args::Verify;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::job::Wanted;
use crate::live::{self, Live};
use crate::out::Out;
use crate::show;

pub fn run(out: &Out, args: &Verify) -> Result<Exit, Failure> {
    let wanted = Wanted::read(out, &args.spec)?;
    let mut live = Live::connect(&args.host)?;
    let facts = live.facts()?;
    live.close();
    live::warn(out, &facts);
    let job = wanted.plan(&facts.state, facts.session)?;
    // A goal that no command leads to is drift, too.
    let drift = !job.plan.steps.is_empty() || !job.plan.diagnostics.is_empty();
    if out.is_json() {
        out.json(&job.report());
    } else {
        out.findings(&job.findings, Some(&wanted.sources));
        out.print(show::drift(out, &job));
    }
    Ok(if drift { Exit::Findings } else { Exit::Fine })
}
