//! A plan told at length: what every step does, why it may be done then, and what becomes of it if nobody confirms.

use crate::job::Job;
use crate::out::Out;
use esxi_core::command::{Command, shell_line};
use esxi_core::plan::{Step, UndoKind, Verdict};
use esxi_core::reach::{Answer, Reach, management};
use std::fmt::Write;

/// The story of `esxi plan --explain`.
pub fn story(out: &Out, job: &Job) -> String {
    let plan = &job.plan;
    let mut text = String::new();
    let now = management(&plan.start, &job.fabric);
    match job.fabric.client() {
        Some(client) => {
            let _ = writeln!(text, "{}: management, asked from {client}: {}", out.bold("Now"), told(&now));
        }
        None => {
            let _ = writeln!(text, "{}: {}", out.bold("Now"), told(&now));
        }
    }
    facts(&mut text, &now);
    for (at, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "\n{} {}", out.bold(format_args!("Step {}.", at + 1)), step.reason);
        let _ = writeln!(text, "  {}", out.bold(shell_line(&step.command.argv())));
        let before = at.checked_sub(1).and_then(|at| plan.steps.get(at)).map_or(&now, |step| &step.reach);
        let _ = writeln!(text, "  Management afterwards: {}", told(&step.reach));
        // The facts are worth reading where they are others than before.
        if step.reach != *before {
            facts(&mut text, &step.reach);
        }
        for impact in &step.impact {
            let _ = writeln!(text, "  It also costs: {impact}");
        }
        let _ = writeln!(text, "  Undone by: {}", undone(step));
    }
    let _ = writeln!(text, "\n{}: {}", out.bold("In the end"), told(&plan.end_reach));
    let _ = writeln!(text, "{}: {}", out.bold(plan.verdict), plan.why);
    let then = match plan.verdict {
        Verdict::Safe | Verdict::Guarded if plan.steps.is_empty() => return text,
        Verdict::Safe | Verdict::Guarded => {
            "`esxi apply` runs this as one script on the host, with its undo under a timer there. Only a new connection to \
             a management address of the end state, to a host with the same key, keeps the change; without one the host \
             goes back by itself."
        }
        Verdict::Refused => "`esxi apply` does not run this.",
    };
    let _ = writeln!(text, "{then}");
    text
}

fn told(reach: &Reach) -> String {
    let state = match reach.answer {
        Answer::Yes => "answers",
        Answer::Unknown => "may or may not answer",
        Answer::No => "does not answer",
    };
    match reach.address {
        Some(address) => format!("{state} at {address}"),
        None => format!("{state}: {}", reach.why()),
    }
}

fn facts(text: &mut String, reach: &Reach) {
    if reach.address.is_some() {
        for fact in &reach.facts {
            let _ = writeln!(text, "    {fact}");
        }
    }
}

fn undone(step: &Step) -> String {
    let lines: Vec<String> =
        step.undo.commands.iter().map(Command::argv).map(|argv| shell_line(&argv)).collect();
    match &step.undo.kind {
        UndoKind::Exact => lines.join("; "),
        UndoKind::Lossy(what) => format!("{} ({what})", lines.join("; ")),
        UndoKind::None(why) => format!("nothing ({why})"),
    }
}
