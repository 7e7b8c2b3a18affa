//! Plans: current state and desired state in, an ordered list of typed commands out.
//!
//! Every [`Step`] says why it is there, how it is undone, what else it interrupts, whether management answers
//! after it, and the state the host is predicted to be in. The plan leaves no choice to whoever carries it out.
//!
//! ```
//! use esxi_core::plan::{plan, Verdict};
//! use esxi_core::reach::Fabric;
//! use esxi_core::state::{factory, FactoryNic};
//! let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
//! let current = factory("7.0".parse()?, &[nic]);
//! let mut desired = current.clone();
//! desired.dns.servers.push("9.9.9.9".parse()?);
//!
//! let first = plan(&current, &desired, &Fabric::default());
//! assert_eq!(first.steps[0].command.argv().join(" "), "esxcli network ip dns server add -s 9.9.9.9");
//! // Without a fabric or a session nobody knows whether management answers: the dead-man has to watch.
//! assert_eq!(first.verdict, Verdict::Guarded);
//! assert!(plan(first.end(), &desired, &Fabric::default()).steps.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod impact;
mod moves;
mod options;
mod picture;
mod reason;
mod report;
mod search;
#[cfg(test)]
mod tests;
mod undo;

pub use impact::Impact;
pub use options::{PlanOptions, Spare};
pub use report::{PlanReport, StepReport, UndoReport};

use crate::command::Command;
use crate::diag::{Diagnostic, codes};
use crate::reach::{Answer, Fabric, Reach, management};
use crate::state::{HostState, Ipv4Config};
use serde::Serialize;
use std::rc::Rc;

/// Whether a plan may be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Management answers after every step.
    Safe,
    /// There is a dark or unknown moment; only under the dead-man.
    Guarded,
    /// The end state is known not to answer, cannot be reached, or data would be lost.
    Refused,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Verdict::Safe => "safe",
            Verdict::Guarded => "guarded",
            Verdict::Refused => "refused",
        })
    }
}

/// How faithfully a step can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "what", rename_all = "lowercase")]
pub enum UndoKind {
    /// The former state comes back, up to ids that ESXi assigns.
    Exact,
    /// All but this comes back.
    Lossy(String),
    /// It cannot be undone.
    None(String),
}

/// How a step is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// How faithfully.
    pub kind: UndoKind,
    /// The commands, in order.
    pub commands: Vec<Command>,
}

/// One step of a plan: one command.
#[derive(Debug, Clone)]
pub struct Step {
    /// The command.
    pub command: Command,
    /// Why it is there.
    pub reason: String,
    /// True when it is no part of the difference: it lends something for the time of the change, or gives it back.
    pub helper: bool,
    /// How this step alone is undone, right after it.
    pub undo: Undo,
    /// What it interrupts besides management.
    pub impact: Vec<Impact>,
    /// Whether management answers after it.
    pub reach: Reach,
    /// The state predicted after it.
    pub after: HostState,
}

/// An ordered change of one host.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The state it starts from.
    pub start: HostState,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Whether it may be carried out.
    pub verdict: Verdict,
    /// Why the verdict is what it is.
    pub why: String,
    /// Whether management answers in the end.
    pub end_reach: Reach,
    /// Findings about the change as such.
    pub diagnostics: Vec<Diagnostic>,
}

impl Plan {
    /// The state predicted at the end.
    pub fn end(&self) -> &HostState {
        self.steps.last().map_or(&self.start, |step| &step.after)
    }

    /// The state predicted after the first `done` steps.
    pub fn state_after(&self, done: usize) -> &HostState {
        match done {
            0 => &self.start,
            done => self.steps.get(done - 1).map_or(self.end(), |step| &step.after),
        }
    }

    /// The commands that lead from the state after the first `done` steps back to the start; `None` when no
    /// commands do.
    pub fn undo_from(&self, done: usize) -> Option<Vec<Command>> {
        undo::restore(self.state_after(done), &self.start)
    }

    /// The commands that lead back to the start when step `begun` (from 1) was begun and nobody knows whether it
    /// took effect: first what undoes that step alone, which changes nothing if it did not, then the way back from
    /// before it. Some of these commands find their effect there already and are refused by the host; go on.
    pub fn undo_interrupted(&self, begun: usize) -> Option<Vec<Command>> {
        let before = begun.checked_sub(1)?;
        let mut commands = self.steps.get(before)?.undo.commands.clone();
        commands.extend(self.undo_from(before)?);
        Some(commands)
    }

    /// The commands that lead back to the start when step `begun` (from 1) takes effect only after
    /// [`Plan::undo_interrupted`] was carried out, or in the midst of that. A command that comes that late meets the
    /// start, where it may take more with it than it was meant to: with the last adapter of a subnet go its routes.
    pub fn undo_late(&self, begun: usize) -> Option<Vec<Command>> {
        let step = self.steps.get(begun.checked_sub(1)?)?;
        let mut commands = self.undo_interrupted(begun)?;
        let mut late = self.start.clone();
        if crate::command::apply(&mut late, &step.command).is_ok() {
            commands.extend(undo::restore(&late, &self.start).unwrap_or_default());
        }
        Some(commands)
    }

    /// Everything interrupted besides management, over all steps; anything in it needs consent.
    pub fn impacts(&self) -> impl Iterator<Item = &Impact> {
        self.steps.iter().flat_map(|step| &step.impact)
    }

    /// The same in sum: each once, in the order in which they begin.
    pub fn impact_in_sum(&self) -> Vec<&Impact> {
        let mut list: Vec<&Impact> = Vec::new();
        for impact in self.impacts() {
            if !list.contains(&impact) {
                list.push(impact);
            }
        }
        list
    }
}

/// Plans the change from one state to another, with nothing beyond it to use.
pub fn plan(current: &HostState, desired: &HostState, fabric: &Fabric) -> Plan {
    plan_with(current, desired, fabric, &PlanOptions::default())
}

/// Plans the change from one state to another.
pub fn plan_with(current: &HostState, desired: &HostState, fabric: &Fabric, options: &PlanOptions) -> Plan {
    let order = search::order(current, desired, fabric, options);
    let mut steps: Vec<Step> = Vec::with_capacity(order.moves.len());
    for search::Move { command, after, reach } in order.moves {
        let before = steps.last().map_or(current, |step| &step.after);
        steps.push(Step {
            reason: reason::reason(before, [current, desired], &command),
            helper: reason::is_helper([current, desired], &command),
            undo: undo(&command, before, &after),
            impact: impact::impact(before, &after, &command),
            command,
            reach: Rc::unwrap_or_clone(reach),
            after: Rc::unwrap_or_clone(after),
        });
    }
    let end_reach = management(steps.last().map_or(current, |step| &step.after), fabric);
    let mut plan = Plan {
        start: current.clone(),
        steps,
        verdict: Verdict::Safe,
        why: String::new(),
        end_reach,
        diagnostics: Vec::new(),
    };
    judge(&mut plan, desired, order.reached);
    if let Some(states) = order.cut.filter(|_| plan.verdict == Verdict::Guarded) {
        plan.diagnostics.push(search_cut(states));
    }
    if let Some(client) = fabric.asked_from {
        plan.why = format!("asked from {client}: {}", plan.why);
    }
    plan
}

fn search_cut(states: usize) -> Diagnostic {
    let message =
        format!("the search for a safe order was given up after {states} states; there may be a better one");
    Diagnostic::warning(codes::SEARCH_CUT, message)
        .help("make the change in two smaller ones: first the cards, then the addresses, say")
}

fn undo(command: &Command, before: &HostState, after: &HostState) -> Undo {
    let Some(commands) = undo::restore(after, before) else {
        return Undo { kind: UndoKind::None("no commands lead back".into()), commands: Vec::new() };
    };
    let loses_lease = match command {
        Command::VmkIpv4 { vmk, .. } | Command::VmkRemove { vmk } => before
            .vmkernel
            .get(vmk)
            .is_some_and(|adapter| matches!(adapter.ipv4.known(), Some(Ipv4Config::Dhcp { lease: Some(_) }))),
        _ => false,
    };
    let kind = match loses_lease {
        true => UndoKind::Lossy("the DHCP server may hand out another address".into()),
        false => UndoKind::Exact,
    };
    Undo { kind, commands }
}

fn judge(plan: &mut Plan, desired: &HostState, reached: bool) {
    if !reached {
        let left = undo::remaining(plan.end(), desired).join(", ");
        plan.why = format!("no commands lead to the declared state of {left}");
        plan.verdict = Verdict::Refused;
        plan.diagnostics.push(
            Diagnostic::error(codes::GOAL_OUT_OF_REACH, plan.why.clone()).help(
                "something in use stands in the way: move virtual machines off, or declare it as it is",
            ),
        );
        return;
    }
    if plan.steps.is_empty() {
        (plan.verdict, plan.why) = (Verdict::Safe, "nothing to do".into());
        return;
    }
    if let Some(step) = plan.steps.iter().find(|step| matches!(step.undo.kind, UndoKind::None(_))) {
        (plan.verdict, plan.why) = (Verdict::Refused, format!("a step cannot be undone: {}", step.reason));
        return;
    }
    let not_yes = |step: &&Step| step.reach.answer != Answer::Yes;
    let dark = plan.steps.iter().enumerate().find(|(_, step)| not_yes(step));
    (plan.verdict, plan.why) = match (plan.end_reach.answer, dark) {
        (Answer::No, _) => {
            (Verdict::Refused, format!("management would not answer in the end: {}", plan.end_reach.why()))
        }
        (_, None) => (Verdict::Safe, "management answers after every step".into()),
        (_, Some((at, step))) => {
            let state = if step.reach.answer == Answer::No { "does not answer" } else { "may not answer" };
            (Verdict::Guarded, format!("management {state} after step {}: {}", at + 1, step.reach.why()))
        }
    };
}
