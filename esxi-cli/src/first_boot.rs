//! First-boot scripts: of `esxi plan --first-boot` and `esxi import … --first-boot`.

use crate::failure::Failure;
use crate::job::{Job, Wanted};
use crate::out::Out;
use esxi_core::diag::{Diagnostic, codes};
use esxi_core::firstboot::{FirstBootOptions, script};
use esxi_core::plan::Verdict;
use serde::Serialize;

/// `--first-boot --format json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    first_boot: &'a str,
    diagnostics: &'a [Diagnostic],
}

/// The script of a plan. One that would leave the host unreachable is not written.
pub fn text(wanted: &Wanted, job: &Job) -> Result<String, Failure> {
    let refuse = |why: String| {
        let help = "change the host file, or state the network around the host as `fabric`";
        Failure::error(codes::PLAN_REFUSED, why, help)
    };
    if job.plan.verdict == Verdict::Refused {
        return Err(refuse(job.plan.why.clone()));
    }
    let options = FirstBootOptions::default();
    script(&job.plan.start, job.plan.end(), &wanted.spec, &options).map_err(|error| refuse(error.to_string()))
}

/// Prints it, with the findings on the way to it.
pub fn print(out: &Out, text: &str, wanted: &Wanted, findings: &[Diagnostic]) {
    if out.is_json() {
        out.json(&Document { schema: 1, first_boot: text, diagnostics: findings });
    } else {
        out.findings(findings, Some(&wanted.sources));
        out.print(text);
    }
}
