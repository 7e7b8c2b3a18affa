//! Ending a change that another process armed: from another vantage, or after that process was killed.

use super::{Machine, Role};
use crate::guard::machine::{Action, Phase};
use crate::guard::{GuardOptions, Outcome, Run};
use crate::model::facts::Facts;
use crate::reach::{Fabric, management_addresses};
use std::net::IpAddr;
use std::time::Duration;

/// What somebody wants with a change that another process armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Keep it.
    Confirm,
    /// Undo it now.
    Back,
}

impl Machine {
    /// A machine that ends the change `run`, which waits on a host that is reached at `address`: from another
    /// vantage, or after the process that armed it was killed. To confirm it, say with [`Machine::judged_by`] what
    /// the host shall look like; without that nothing is confirmed.
    pub fn join(run: &Run, address: IpAddr, goal: Goal) -> Machine {
        let mut options = GuardOptions::new(run.id.clone(), 0);
        options.window = run.window.map_or(options.window, Duration::from_secs);
        options.cap = run.cap.map_or(options.cap, Duration::from_secs);
        options.confirm_from = run.confirm_from;
        Machine {
            reached_at: vec![address],
            role: Role::Joiner(goal),
            options,
            phase: Phase::Reconnecting,
            ..Machine::blank()
        }
    }

    pub(super) fn joins(&self) -> bool {
        matches!(self.role, Role::Joiner(_))
    }

    /// There is nothing to join any more.
    pub(super) fn gone(&mut self) -> Action {
        match self.confirmed {
            // Its author may have taken the script off, or the host lost power before it was saved.
            true => self.go(Phase::Verifying),
            false => {
                self.unchanged("no such change waits on the host; it has ended, or the host was restarted")
            }
        }
    }

    /// Whether what waits on the host is what shall be confirmed, on this connection.
    pub(super) fn joined(&mut self, facts: &Facts) -> Action {
        let as_planned = (self.reached.0)(&facts.state);
        if self.confirmed {
            return self.finish(match as_planned {
                true => Outcome::Applied { saved: Ok(()) },
                false => Outcome::RolledBack { why: "the host was restarted before it was saved".into() },
            });
        }
        if !as_planned {
            return self.unchanged(
                "the host is not as the host file says, so nothing was confirmed; its timer runs on",
            );
        }
        let addresses = management_addresses(&facts.state, &Fabric::default());
        if !self.connected.is_some_and(|address| addresses.contains(&address)) {
            let listed: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            return self.unchanged(format!(
                "a change is confirmed over a management address of the reached state only: {}",
                listed.join(", ")
            ));
        }
        self.go(Phase::Confirming)
    }
}
