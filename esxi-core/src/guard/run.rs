//! Runs that a host knows of: its own files tell of changes that somebody armed and nobody finished.

use super::GRACE;
use crate::diag::{Diagnostic, codes};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// A guarded change on a host, as its files in `/tmp` tell of it. Whoever armed it may be gone since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The name of the run.
    pub id: String,
    /// Where it stands.
    pub state: RunState,
    /// When it was armed, in seconds since 1970 on the host's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub armed: Option<u64>,
    /// Seconds that it waits for a confirmation, counted from the end of the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u64>,
    /// Seconds after which the undo runs whatever has happened, counted from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<u64>,
    /// The only client that may confirm it; none = any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_from: Option<IpAddr>,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunState {
    /// The change is under way.
    Running,
    /// It is complete and waits for a confirmation.
    Waiting,
    /// It is being undone.
    Undoing,
    /// It was undone, for this reason.
    RolledBack(String),
    /// It was confirmed.
    Confirmed {
        /// Whether it was saved for the next boot.
        saved: bool,
    },
}

impl Run {
    /// A line of the facts' answer: `ID|EPOCH WINDOW CAP [FROM]|RC|FLAGS|STATE`, every field but the first perhaps
    /// empty.
    pub(crate) fn parse(line: &str) -> Option<Run> {
        let mut fields = line.splitn(5, '|');
        let mut next = || fields.next().map(str::trim);
        let (id, times, rc, flags, state) = (next()?, next()?, next()?, next()?, next()?);
        if id.is_empty() {
            return None;
        }
        let mut times = times.split_whitespace();
        let mut number = || times.next().and_then(|word| word.parse().ok());
        let (armed, window, cap) = (number(), number(), number());
        let flag = |name: &str| flags.split_whitespace().any(|flag| flag == name);
        let (word, why) = state.split_once(' ').unwrap_or((state, ""));
        let state = match (flag("kept"), flag("decided")) {
            (true, _) => RunState::Confirmed { saved: flag("saved") },
            (false, false) if rc == "0" => RunState::Waiting,
            (false, false) => RunState::Running,
            (false, true) if word == "rolled-back" => RunState::RolledBack(why.to_owned()),
            (false, true) if word == "undoing" => RunState::Undoing,
            // Between the decision and its first word.
            (false, true) => RunState::Running,
        };
        Some(Run {
            id: id.to_owned(),
            state,
            armed,
            window,
            cap,
            confirm_from: times.next().and_then(|word| word.parse().ok()),
        })
    }

    /// Whether it still changes the host, or will, unless somebody confirms it.
    pub fn is_active(&self) -> bool {
        matches!(self.state, RunState::Running | RunState::Waiting | RunState::Undoing)
    }

    /// How long ago it was armed, at a time of the host's clock.
    pub fn age(&self, epoch: u64) -> Option<Duration> {
        Some(Duration::from_secs(epoch.saturating_sub(self.armed?)))
    }

    /// Whether it should have ended long ago: the watchman of its script is gone, and only a person can end it.
    pub fn is_stuck(&self, epoch: u64) -> bool {
        let cap = self.cap.map(Duration::from_secs);
        let late = self.age(epoch).zip(cap).is_some_and(|(age, cap)| age > cap + GRACE);
        self.is_active() && late
    }

    /// What is to be told of it: an active run, one whose watchman is gone, one that nobody saved. Nothing about one
    /// that ended as it should.
    pub fn finding(&self, epoch: Option<u64>) -> Option<Diagnostic> {
        let id = &self.id;
        let ago = epoch.and_then(|epoch| self.age(epoch));
        let ago = ago.map(|age| format!(" that was started {} s ago", age.as_secs())).unwrap_or_default();
        let end = "end it with `esxi apply HOST.yaml --confirm ID` (keep it) or `esxi apply --back ID` (undo it now)"
            .replace("ID", id);
        let from = self.confirm_from.map(|from| format!(", which only {from} may give")).unwrap_or_default();
        if epoch.is_some_and(|epoch| self.is_stuck(epoch)) {
            let text =
                format!("the guarded change {id}{ago} is {self}, past all its timers: its timer is gone");
            return Some(Diagnostic::warning(codes::RUN_PENDING, text).help(end));
        }
        Some(match self.state {
            RunState::Confirmed { saved: false } => {
                let text = format!("the guarded change {id}{ago} was confirmed, but a reboot would undo it");
                let help = format!(
                    "save it: `esxi apply HOST.yaml --confirm {id}`, or /sbin/auto-backup.sh on the host"
                );
                Diagnostic::warning(codes::RUN_UNSAVED, text).help(help)
            }
            RunState::Waiting => {
                let text = format!("the guarded change {id}{ago} waits for a confirmation{from}");
                Diagnostic::warning(codes::RUN_PENDING, text)
                    .help(format!("the host undoes it at the end of its window; {end}"))
            }
            _ if self.is_active() => {
                let text = format!("the guarded change {id}{ago} is {self}");
                Diagnostic::warning(codes::RUN_PENDING, text)
                    .help("wait until it has ended; the host undoes it by itself unless it is confirmed")
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Run {
    /// Where it stands, as the end of a sentence that begins with the run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            RunState::Running => f.write_str("under way"),
            RunState::Waiting => f.write_str("waiting for a confirmation"),
            RunState::Undoing => f.write_str("being undone"),
            RunState::RolledBack(why) => write!(f, "undone: {why}"),
            RunState::Confirmed { saved: true } => f.write_str("confirmed and saved"),
            RunState::Confirmed { saved: false } => f.write_str("confirmed, not saved"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Run {
        Run::parse(line).unwrap()
    }

    #[test]
    fn every_moment_of_a_run_is_told_apart() {
        let armed = "a-1|1700000000 180 260 |";
        assert_eq!(run(&format!("{armed}||running")).state, RunState::Running);
        assert_eq!(run(&format!("{armed}0||running")).state, RunState::Waiting);
        assert_eq!(run(&format!("{armed}1||running")).state, RunState::Running);
        assert_eq!(run(&format!("{armed}0|decided |undoing asked to")).state, RunState::Undoing);
        let back = run(&format!("{armed}0|decided |rolled-back asked to"));
        assert_eq!(back.state, RunState::RolledBack("asked to".into()));
        let kept = run(&format!("{armed}0|decided kept |running"));
        assert_eq!(kept.state, RunState::Confirmed { saved: false });
        let saved = run(&format!("{armed}0|decided kept saved |running"));
        assert_eq!(saved.state, RunState::Confirmed { saved: true });
        // Killed between its directory and its first word.
        assert_eq!(run("a-1||||").state, RunState::Running);
        assert_eq!(Run::parse(""), None);
        assert_eq!(Run::parse("a-1|only"), None);
    }

    #[test]
    fn what_is_told_of_a_run() {
        let waiting = run("a-1|1000 180 260 10.0.0.5|0||running");
        assert_eq!(waiting.confirm_from, Some("10.0.0.5".parse().unwrap()));
        let told = waiting.finding(Some(1040)).unwrap();
        assert_eq!(told.code, codes::RUN_PENDING);
        assert!(told.message.contains("40 s ago") && told.message.contains("10.0.0.5"), "{}", told.message);
        assert!(told.help.unwrap().contains("--back a-1"));
        assert!(!waiting.is_stuck(1260) && waiting.is_stuck(1000 + 260 + 61));
        assert!(waiting.finding(Some(9000)).unwrap().message.contains("its timer is gone"));
        let kept = run("a-1|1000 180 260|0|decided kept|running");
        assert_eq!(kept.finding(None).unwrap().code, codes::RUN_UNSAVED);
        for over in ["0|decided kept saved|running", "0|decided|rolled-back nobody"] {
            assert_eq!(run(&format!("a-1|1000 180 260|{over}")).finding(Some(9000)), None);
        }
    }
}
