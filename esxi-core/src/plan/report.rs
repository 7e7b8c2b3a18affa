//! A plan as the JSON document that stays put.

use super::{Impact, Plan, Step, UndoKind, Verdict};
use crate::command::Command;
use crate::diag::Diagnostic;
use crate::reach::Reach;
use serde::Serialize;

/// `esxi plan … --format json`. `L` is how an object that was left alone is written.
#[derive(Debug, Clone, Serialize)]
pub struct PlanReport<L> {
    /// 1.
    pub schema: u32,
    /// The steps, in order.
    pub steps: Vec<StepReport>,
    /// Whether it may be carried out.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// Objects of the host that the host file does not name.
    pub left_alone: Vec<L>,
    /// Findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// One step.
#[derive(Debug, Clone, Serialize)]
pub struct StepReport {
    /// Its number, from 1.
    pub id: usize,
    /// Commands, each a list of words.
    pub argv: Vec<Vec<String>>,
    /// Why it is there.
    pub reason: String,
    /// It lends something for the time of the change, or gives it back; absent when it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub helper: bool,
    /// How it is undone.
    pub undo: UndoReport,
    /// What it interrupts besides management.
    pub impact: Vec<Impact>,
    /// Whether management answers after it.
    pub reach: Reach,
}

/// How a step is undone.
#[derive(Debug, Clone, Serialize)]
pub struct UndoReport {
    /// `exact`, `lossy` or `none`, with what is lost or why.
    #[serde(flatten)]
    pub kind: UndoKind,
    /// Commands, each a list of words.
    pub argv: Vec<Vec<String>>,
}

fn argv(commands: &[Command]) -> Vec<Vec<String>> {
    commands.iter().map(Command::argv).collect()
}

impl Plan {
    /// The document, with what was left alone and findings from before planning.
    pub fn report<L>(&self, left_alone: Vec<L>, mut diagnostics: Vec<Diagnostic>) -> PlanReport<L> {
        diagnostics.extend(self.diagnostics.iter().cloned());
        let step = |(at, step): (usize, &Step)| StepReport {
            id: at + 1,
            argv: vec![step.command.argv()],
            reason: step.reason.clone(),
            helper: step.helper,
            undo: UndoReport { kind: step.undo.kind.clone(), argv: argv(&step.undo.commands) },
            impact: step.impact.clone(),
            reach: step.reach.clone(),
        };
        PlanReport {
            schema: 1,
            steps: self.steps.iter().enumerate().map(step).collect(),
            verdict: self.verdict,
            why: self.why.clone(),
            left_alone,
            diagnostics,
        }
    }
}
