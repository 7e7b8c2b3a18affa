//! Guarded apply: a change of a live host that heals itself when nobody confirms it.
//!
//! [`script()`] writes the change and its undo from every point as one shell script for the host. The script runs
//! detached, with the undo armed under a timer before the first step, and is disarmed only by [`Machine`] over a
//! *new* connection to a management address of the reached state, from a host that shows the same host key.
//!
//! [`Machine`] does no I/O and sees no clock: events in, [`Action`]s out. SSH, the command line and Python drive
//! the same machine, and tests drive it through every way of losing the host.

mod machine;
mod script;
#[cfg(test)]
mod tests;

pub use machine::{Action, Event, Machine, Phase};
pub use script::{hold_off, script, script_path};

use std::fmt;
use std::time::Duration;

/// How a guarded apply is timed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardOptions {
    /// A name for this run that no other run on the host has: letters, digits and dashes.
    pub id: String,
    /// How long the host waits for the confirmation, counted from the end of the change; 180 s by default.
    pub window: Duration,
    /// After this long, counted from the start of the change, the undo runs whatever has happened.
    pub cap: Duration,
    /// Pause between attempts to connect or to ask.
    pub pause: Duration,
    /// Whether to wait until the host's hourly backup cannot fall into the change; see [`hold_off`]. True unless
    /// the host is known to have no such backup.
    pub avoid_backup: bool,
}

/// Pauses that are short beside the window, and long enough for a host that limits new connections.
fn pause(window: Duration) -> Duration {
    (window / 60).clamp(Duration::from_millis(200), Duration::from_secs(3))
}

impl GuardOptions {
    /// Default times, for a plan of this many steps: the cap leaves five seconds a step besides the window.
    pub fn new(id: impl Into<String>, steps: usize) -> Self {
        let window = Duration::from_secs(180);
        GuardOptions {
            id: id.into(),
            window,
            cap: cap(window, steps),
            pause: pause(window),
            avoid_backup: true,
        }
    }
    /// How long a silent host is waited for before it is tried again: a small part of the window.
    pub fn patience(&self) -> Duration {
        (self.window / 10).clamp(Duration::from_secs(1), Duration::from_secs(5))
    }
    /// The same with another window; cap and pause follow.
    #[must_use]
    pub fn window(self, window: Duration, steps: usize) -> Self {
        GuardOptions { window, cap: cap(window, steps), pause: pause(window), ..self }
    }
}

fn cap(window: Duration, steps: usize) -> Duration {
    window + Duration::from_secs(30 + 5 * steps as u64)
}

/// How a guarded apply ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The change is confirmed.
    Applied {
        /// Whether it is saved for the next boot; when not, the text says why.
        saved: Result<(), String>,
    },
    /// Nothing was changed.
    Unchanged {
        /// Why not.
        why: String,
    },
    /// The host is back in its former state.
    RolledBack {
        /// Why.
        why: String,
    },
    /// The host is in another state, named.
    LeftIn {
        /// The state.
        state: LeftState,
        /// Why.
        why: String,
    },
}

/// A state a host can be left in when neither the change nor its undo is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftState {
    /// It does not answer. The dead-man on it has run out by now, so it should be in its former state.
    Unreachable,
    /// It answers, and is neither as before nor as planned: the undo was incomplete, or somebody else changed it.
    Between,
    /// It has the planned state, but the confirmation was not recorded; a reboot brings the former state back.
    AsPlannedUnconfirmed,
    /// It answers with another host key, so nothing more was sent to it.
    AnotherHostKey,
}

impl fmt::Display for LeftState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LeftState::Unreachable => "unreachable (its own timer should have brought the former state back)",
            LeftState::Between => "between the former and the planned state",
            LeftState::AsPlannedUnconfirmed => {
                "as planned, but unconfirmed (a reboot brings the former state back)"
            }
            LeftState::AnotherHostKey => "answering with another host key (nothing more was sent to it)",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Applied { saved: Ok(()) } => f.write_str("applied, confirmed and saved"),
            Outcome::Applied { saved: Err(why) } => {
                write!(f, "applied and confirmed, but not saved for the next boot: {why}")
            }
            Outcome::Unchanged { why } => write!(f, "nothing was changed: {why}"),
            Outcome::RolledBack { why } => write!(f, "rolled back to the former state: {why}"),
            Outcome::LeftIn { state, why } => write!(f, "the host was left {state}: {why}"),
        }
    }
}

impl Outcome {
    /// One word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Applied { .. } => "applied",
            Outcome::Unchanged { .. } => "unchanged",
            Outcome::RolledBack { .. } => "rolled_back",
            Outcome::LeftIn { state: LeftState::Unreachable, .. } => "unreachable",
            Outcome::LeftIn { state: LeftState::Between, .. } => "between",
            Outcome::LeftIn { state: LeftState::AsPlannedUnconfirmed, .. } => "as_planned_unconfirmed",
            Outcome::LeftIn { state: LeftState::AnotherHostKey, .. } => "another_host_key",
        }
    }
    /// Exit status of the command line: 0 applied, 2 unchanged, 3 rolled back, 4 left in another state.
    pub fn exit_status(&self) -> u8 {
        match self {
            Outcome::Applied { .. } => 0,
            Outcome::Unchanged { .. } => 2,
            Outcome::RolledBack { .. } => 3,
            Outcome::LeftIn { .. } => 4,
        }
    }
}
