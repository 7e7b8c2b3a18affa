//! What may go wrong, and when.

use crate::value::VmnicName;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that goes wrong on a simulated host, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What.
    pub what: FaultKind,
    /// When it begins; at once when absent.
    #[serde(default, skip_serializing_if = "When::is_start")]
    pub when: When,
    /// Seconds after which it is over. Only for what lasts; absent: until it is lifted.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<u32>,
    /// How many times it strikes; once when absent. Only for what is over in a moment: with `words` every command
    /// with these words counts, with `command` that one and those after it, with `bytes` every connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultKind {
    /// A cable is out: this card has no link. Lasts.
    LinkDown(VmnicName),
    /// Everything takes its time. Lasts.
    #[serde(rename_all = "kebab-case")]
    Latency {
        /// Milliseconds that every command of the host takes before it takes effect.
        #[serde(default)]
        command: u32,
        /// Milliseconds that pass between what a client sends and what the host sees of it.
        #[serde(default)]
        round_trip: u32,
    },
    /// Every open connection is cut, by RST. What runs on the host runs on; new connections are answered. With
    /// `bytes`, only the connection that carried as many to its client. Momentary.
    Cut,
    /// Every connection falls silent: no byte either way, no FIN, no RST; new ones are accepted and stay mute.
    /// Lasts.
    Mute,
    /// This card is held by something else: attaching it to a vSwitch or detaching it answers
    /// `Unable to Set: Busy`. Lasts.
    Busy(VmnicName),
    /// A command fails instead of being executed. Momentary.
    #[serde(rename_all = "kebab-case")]
    Fail {
        /// What it prints on standard output, as `esxcli` does.
        text: String,
        /// Its exit status; 1 when absent.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        status: u8,
    },
    /// The management agent is down: `esxcli` refuses, `localcli` works. Lasts.
    HostdDown,
    /// This datastore has no space left. Lasts.
    DatastoreFull(String),
    /// The host's clock is wrong by this many seconds; positive is ahead of the true time. Lasts.
    Clock(i32),
    /// Power is lost and comes back: the host boots with what was saved. Momentary.
    PowerLoss,
    /// The provider's switch drops every frame whose source address is not the card's own: a vmkernel adapter with
    /// another MAC address than its uplink's is not reached. Lasts.
    DropForeignMacs,
    /// Every port of the fabric is in one LACP group, which a standard vSwitch cannot join. Lasts.
    LacpOnly,
    /// A vCenter server at this address manages the host. Lasts.
    Vcenter(String),
    /// Lockdown mode: SSH refuses the password of root unless it is among these exception users; keys still open.
    /// Lasts.
    #[serde(rename_all = "kebab-case")]
    Lockdown {
        /// Exception users.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<String>,
    },
}

fn one() -> u8 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_one(status: &u8) -> bool {
    *status == 1
}

/// When a fault begins.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum When {
    /// At once: when the host starts, or when the fault is injected.
    #[default]
    Start,
    /// So many seconds later.
    Seconds(u32),
    /// When command number N of this host is about to be executed. Commands of the model count (`esxcli`, `vim-cmd`,
    /// `vmkfstools` …), from 1, not what busybox does by itself.
    Command(u64),
    /// When a command is about to be executed whose words, joined by blanks, contain this text.
    Words(String),
    /// When a connection has carried so many bytes to its client.
    Bytes(u64),
}

impl When {
    fn is_start(&self) -> bool {
        *self == When::Start
    }
}

/// A rule that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultRuleError {
    /// `for` with something momentary.
    #[error("{0} is over in a moment: it cannot last")]
    CannotLast(&'static str),
    /// `times` with something that lasts.
    #[error("{0} lasts: it cannot strike several times")]
    CannotRepeat(&'static str),
    /// `times: 0`, `for: 0`, `command: 0`, an empty text.
    #[error("{0} must not be {1}")]
    Empty(&'static str, &'static str),
    /// `fail` with a trigger that is no command.
    #[error("fail strikes commands: its trigger is start, a command number or words")]
    NoCommand,
}

impl FaultKind {
    /// The word by which files and command lines call it.
    pub fn word(&self) -> &'static str {
        match self {
            FaultKind::LinkDown(_) => "link-down",
            FaultKind::Latency { .. } => "latency",
            FaultKind::Cut => "cut",
            FaultKind::Mute => "mute",
            FaultKind::Busy(_) => "busy",
            FaultKind::Fail { .. } => "fail",
            FaultKind::HostdDown => "hostd-down",
            FaultKind::DatastoreFull(_) => "datastore-full",
            FaultKind::Clock(_) => "clock",
            FaultKind::PowerLoss => "power-loss",
            FaultKind::DropForeignMacs => "drop-foreign-macs",
            FaultKind::LacpOnly => "lacp-only",
            FaultKind::Vcenter(_) => "vcenter",
            FaultKind::Lockdown { .. } => "lockdown",
        }
    }

    /// True for what is over in a moment; anything else lasts until it is lifted.
    pub fn is_momentary(&self) -> bool {
        matches!(self, FaultKind::Cut | FaultKind::Fail { .. } | FaultKind::PowerLoss)
    }
}

impl FaultRule {
    /// A fault that begins at once and lasts, or strikes once.
    pub fn now(what: FaultKind) -> Self {
        FaultRule { what, when: When::Start, lasts: None, times: None }
    }

    /// The same with another beginning.
    #[must_use]
    pub fn at(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// Says whether the parts fit each other.
    ///
    /// # Errors
    /// [`FaultRuleError`] names the part that does not.
    pub fn check(&self) -> Result<(), FaultRuleError> {
        use FaultRuleError::{CannotLast, CannotRepeat, Empty, NoCommand};
        let word = self.what.word();
        match (self.what.is_momentary(), self.lasts, self.times) {
            (true, Some(_), _) => return Err(CannotLast(word)),
            (false, _, Some(_)) => return Err(CannotRepeat(word)),
            (_, Some(0), _) => return Err(Empty("for", "0 seconds")),
            (_, _, Some(0)) => return Err(Empty("times", "0")),
            _ => {}
        }
        match (&self.what, &self.when) {
            (_, When::Command(0)) => Err(Empty("command", "0: the first one is 1")),
            (_, When::Words(text)) if text.trim().is_empty() => Err(Empty("words", "empty")),
            (FaultKind::Fail { .. }, When::Seconds(_) | When::Bytes(_)) => Err(NoCommand),
            (FaultKind::Latency { command: 0, round_trip: 0 }, _) => {
                Err(Empty("latency", "without command and round-trip"))
            }
            (FaultKind::DatastoreFull(name) | FaultKind::Vcenter(name), _) if name.trim().is_empty() => {
                Err(Empty(word, "empty"))
            }
            _ => Ok(()),
        }
    }
}

/// A word as it stands between others: in quotes where it has to.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\');
        match !self.0.is_empty() && self.0.chars().all(plain) {
            true => f.write_str(self.0),
            false => write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            FaultKind::LinkDown(nic) | FaultKind::Busy(nic) => write!(f, " {nic}"),
            FaultKind::Latency { command, round_trip } => {
                if *command > 0 {
                    write!(f, " command {command}")?;
                }
                if *round_trip > 0 {
                    write!(f, " round-trip {round_trip}")?;
                }
                Ok(())
            }
            FaultKind::Fail { text, status } => {
                write!(f, " {}", Quoted(text))?;
                if *status == 1 { Ok(()) } else { write!(f, " status {status}") }
            }
            FaultKind::DatastoreFull(name) | FaultKind::Vcenter(name) => write!(f, " {}", Quoted(name)),
            FaultKind::Clock(seconds) => write!(f, " {seconds:+}"),
            FaultKind::Lockdown { except } => {
                except.iter().try_for_each(|user| write!(f, " except {}", Quoted(user)))
            }
            FaultKind::Cut
            | FaultKind::Mute
            | FaultKind::HostdDown
            | FaultKind::PowerLoss
            | FaultKind::DropForeignMacs
            | FaultKind::LacpOnly => Ok(()),
        }
    }
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)?;
        match &self.when {
            When::Start => {}
            When::Seconds(seconds) => write!(f, " at {seconds}s")?,
            When::Command(number) => write!(f, " at command {number}")?,
            When::Words(text) => write!(f, " at words {}", Quoted(text))?,
            When::Bytes(count) => write!(f, " at bytes {count}")?,
        }
        if let Some(seconds) = self.lasts {
            write!(f, " for {seconds}s")?;
        }
        if let Some(times) = self.times {
            write!(f, " times {times}")?;
        }
        Ok(())
    }
}
