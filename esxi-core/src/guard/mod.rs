//! Guarded apply: a change of a live host that heals itself when nobody confirms it.
//!
//! [`script()`] writes the change and its undo from every point as one shell script for the host. The script runs
//! detached, with the undo armed under a timer before the first step, and is disarmed only by [`Machine`] over a
//! *new* connection to a management address of the reached state, from a host that shows the same host key.
//!
//! [`Machine`] does no I/O and sees no clock: events in, [`Action`]s out. SSH, the command line and Python drive
//! the same machine, and tests drive it through every way of losing the host.

mod machine;
mod run;
mod script;
#[cfg(test)]
mod tests;

pub use machine::{Action, Event, Goal, Machine, Phase};
pub use run::{Run, RunState};
pub use script::{hold_off, script, script_path};

use crate::diag::{Code, codes};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// Room past every timer of the host for its undo to run and its switch ports to come up again.
pub(crate) const GRACE: Duration = Duration::from_secs(60);
/// Shortest window: a confirmation takes three connections in a row.
const SHORTEST: Duration = Duration::from_secs(5);

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
    /// The only client that may confirm, as the host sees it: for a change after which management is used from
    /// another place. `None` = whoever reaches the reached state's address.
    pub confirm_from: Option<IpAddr>,
}

/// Why a run cannot be timed like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadWindow {
    /// Nobody could confirm that fast.
    #[error("a window of {} s is too short for anyone to confirm; the shortest is {} s", window.as_secs(), SHORTEST.as_secs())]
    TooShort {
        /// What was asked for.
        window: Duration,
    },
    /// The hourly backup would fall into it wherever it is put.
    #[error("with a window of {} s the change may be under way for {} s, and the host backs its configuration up every hour", window.as_secs(), cap.as_secs())]
    OverBackup {
        /// What was asked for.
        window: Duration,
        /// With the change itself.
        cap: Duration,
    },
}

impl BadWindow {
    /// Its stable code.
    pub fn code(&self) -> Code {
        codes::BAD_WINDOW
    }
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            BadWindow::TooShort { .. } => "leave --window out for 180 s",
            BadWindow::OverBackup { .. } => {
                "choose a window of at most 45 minutes, or --no-hold-off, after which a reboot may bring the unconfirmed change back"
            }
        }
    }
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
            confirm_from: None,
        }
    }
    /// Whether a run can be timed like this.
    ///
    /// # Errors
    /// [`BadWindow`] when nobody could confirm in time, or the hourly backup could not be avoided.
    ///
    /// ```
    /// use esxi_core::guard::{BadWindow, GuardOptions};
    /// use std::time::Duration;
    /// let options = GuardOptions::new("x", 1);
    /// assert_eq!(options.check(), Ok(()));
    /// let long = options.window(Duration::from_secs(3600), 1);
    /// assert!(matches!(long.check(), Err(BadWindow::OverBackup { .. })));
    /// ```
    pub fn check(&self) -> Result<(), BadWindow> {
        let (window, cap) = (self.window, self.cap);
        if window < SHORTEST {
            return Err(BadWindow::TooShort { window });
        }
        let room = Duration::from_secs(3600 - script::BACKUP_TAKES) - GRACE;
        if self.avoid_backup && cap > room {
            return Err(BadWindow::OverBackup { window, cap });
        }
        Ok(())
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
    /// It does not answer here, and need not: it may have been confirmed from there.
    ConfirmedElsewhere {
        /// The client that could confirm.
        from: IpAddr,
    },
    /// It answers, and is neither as before nor as planned: the undo was incomplete, or somebody else changed it.
    Between,
    /// The change was confirmed, and then the host did not answer any more: as planned, unless it was restarted
    /// before the configuration was saved.
    ConfirmedUnsaved,
    /// A change without an undo on the host stopped there.
    Stopped {
        /// Steps that are done, from the first.
        done: usize,
        /// Of so many.
        of: usize,
        /// The next one was begun, and nobody knows whether it took effect.
        begun: bool,
    },
    /// It has the planned state, but the confirmation was not recorded; a reboot brings the former state back.
    AsPlannedUnconfirmed,
    /// It answers with another host key, so nothing more was sent to it.
    AnotherHostKey,
}

impl fmt::Display for LeftState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LeftState::ConfirmedElsewhere { from } => {
                return write!(
                    f,
                    "unreachable from here: as planned if it was confirmed from {from}, else in its former state"
                );
            }
            LeftState::Stopped { done, of, begun } => {
                let next = if *begun { " and perhaps the next" } else { "" };
                return write!(f, "after {done} of {of} steps{next}, and nothing undoes them by itself");
            }
            LeftState::ConfirmedUnsaved => {
                "as planned and confirmed, unless it was restarted before that could be saved"
            }
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
            Outcome::LeftIn { state: LeftState::ConfirmedElsewhere { .. }, .. } => "unreachable_from_here",
            Outcome::LeftIn { state: LeftState::ConfirmedUnsaved, .. } => "confirmed_unsaved",
            Outcome::LeftIn { state: LeftState::Stopped { .. }, .. } => "stopped",
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
