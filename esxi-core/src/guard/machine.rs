//! The machine: events in, actions out.

mod join;
mod phase;

pub use join::Goal;
pub use phase::Phase;

use super::{GRACE, GuardOptions, LeftState, Outcome, hold_off, script, script_path};
use crate::model::facts::{self, Facts};
use crate::plan::Plan;
use crate::reach::{Fabric, management_addresses};
use crate::state::HostState;
use std::net::IpAddr;
use std::time::Duration;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A connection is open, to this address of the host.
    Connected {
        /// The address that was dialled.
        address: IpAddr,
    },
    /// No connection came about.
    NotConnected {
        /// What failed, for people.
        why: String,
        /// The host shows a key other than the arming session's.
        other_key: bool,
    },
    /// A command ended.
    Output {
        /// Its standard output.
        stdout: String,
        /// Its exit status.
        status: u32,
    },
    /// A file is in place.
    Uploaded,
    /// The connection is gone, or the host has stayed mute for longer than the driver waits.
    Lost {
        /// For people.
        why: String,
    },
    /// A wait is over.
    Timer,
    /// The user wants out.
    Interrupted,
}

/// What to do next. Exactly one action is under way at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a new connection to the first of these addresses that answers, with the host key of the arming
    /// session pinned. Close an old one first.
    Connect {
        /// In order of preference.
        addresses: Vec<IpAddr>,
    },
    /// Run a command on the open connection.
    Exec {
        /// For the host's shell.
        command: String,
    },
    /// Put a file in place on the open connection.
    Upload {
        /// Where.
        path: String,
        /// What.
        content: String,
    },
    /// Do nothing for a while.
    Wait {
        /// How long.
        time: Duration,
        /// Why, for people.
        why: String,
    },
    /// It is over.
    Finish(Outcome),
}

/// Command that saves the running configuration for the next boot.
const SAVE: &str = "/sbin/auto-backup.sh";

/// Whose machine it is.
#[derive(Debug)]
enum Role {
    /// It makes the change.
    Author {
        /// The state the plan starts from.
        start: Box<HostState>,
        /// The script.
        content: String,
    },
    /// It ends a change that waits on the host.
    Joiner(Goal),
}

/// A guarded apply of one plan on one host, or the end of one that somebody else armed.
///
/// Start with [`Machine::start`] on an open connection, carry out the action, hand the event to
/// [`Machine::handle`], and so on until [`Action::Finish`].
#[derive(Debug)]
pub struct Machine {
    role: Role,
    options: GuardOptions,
    /// Management addresses of the reached state, and of the former one.
    reached_at: Vec<IpAddr>,
    former_at: Vec<IpAddr>,
    phase: Phase,
    /// Address of the open connection.
    connected: Option<IpAddr>,
    /// When the change was started, on the driver's clock.
    armed_at: Option<Duration>,
    /// The change was seen to be complete before the open connection was made.
    complete_before_connect: bool,
    /// Why the host shall be, or is, back in its former state.
    healing_why: Option<String>,
    /// The host has been told to keep the change.
    confirmed: bool,
    /// Why the change is withdrawn before it was started.
    withdrawn_why: Option<String>,
    /// Attempts to read the state after healing.
    looks: u8,
    reached: Reached,
    finished: Option<Outcome>,
}

/// Whether a state is what was wanted.
struct Reached(Box<dyn Fn(&HostState) -> bool + Send + Sync>);

impl std::fmt::Debug for Reached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reached")
    }
}

impl Machine {
    /// A machine for a plan. `fabric` says which addresses management is expected on.
    ///
    /// # Errors
    /// The plan itself when it has nothing to do or a point without a way back.
    pub fn new(plan: Plan, fabric: &Fabric, options: GuardOptions) -> Result<Machine, Box<Plan>> {
        let Some(content) = script(&plan, &options).filter(|_| !plan.steps.is_empty()) else {
            return Err(Box::new(plan));
        };
        let end = plan.end().clone();
        Ok(Machine {
            reached_at: management_addresses(&end, fabric),
            reached: Reached(Box::new(move |state| state.same_configuration(&end))),
            former_at: management_addresses(&plan.start, fabric),
            role: Role::Author { start: Box::new(plan.start), content },
            options,
            ..Machine::blank()
        })
    }

    fn blank() -> Machine {
        Machine {
            role: Role::Joiner(Goal::Back),
            options: GuardOptions::new("", 0),
            reached_at: Vec::new(),
            former_at: Vec::new(),
            phase: Phase::Checking,
            connected: None,
            armed_at: None,
            complete_before_connect: false,
            healing_why: None,
            confirmed: false,
            withdrawn_why: None,
            looks: 0,
            reached: Reached(Box::new(|_| false)),
            finished: None,
        }
    }

    /// Judges the reached state by this instead of by equality with the predicted one. A host file speaks of some
    /// fields only, and the defaults of new objects, which it does not name, differ between releases.
    #[must_use]
    pub fn judged_by(mut self, reached: impl Fn(&HostState) -> bool + Send + Sync + 'static) -> Machine {
        self.reached = Reached(Box::new(reached));
        self
    }

    /// The first action, on a connection that is open to `address`.
    pub fn start(&mut self, address: IpAddr) -> Action {
        self.connected = Some(address);
        match self.role {
            Role::Author { .. } => self.go(Phase::Checking),
            Role::Joiner(_) => self.ask_state(),
        }
    }

    /// Management addresses of the reached state: where a confirmation is given.
    pub fn reached_at(&self) -> &[IpAddr] {
        &self.reached_at
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The next action after an event, `now` on any clock that only moves forward.
    pub fn handle(&mut self, now: Duration, event: Event) -> Action {
        if let Some(outcome) = &self.finished {
            return Action::Finish(outcome.clone());
        }
        if self.joins() {
            self.armed_at.get_or_insert(now);
        }
        match event {
            Event::Interrupted => self.interrupted(),
            Event::Lost { why } => self.lost(now, why),
            Event::NotConnected { why, other_key } => self.not_connected(now, why, other_key),
            Event::Connected { address } => {
                self.connected = Some(address);
                self.ask_state()
            }
            Event::Uploaded => {
                self.armed_at = Some(now);
                self.go(Phase::Arming)
            }
            Event::Timer => self.timer(),
            Event::Output { stdout, status } => self.output(now, &stdout, status),
        }
    }

    fn go(&mut self, phase: Phase) -> Action {
        self.phase = phase;
        let exec = |command: String| Action::Exec { command };
        match phase {
            Phase::Checking | Phase::Verifying => exec(facts::script()),
            Phase::Saving => exec(SAVE.to_owned()),
            // A finished run leaves nothing behind; one that failed leaves its log until the next boot.
            // What is cleaned already, by an attempt whose answer was lost, is no failure to save. Whoever only
            // confirmed it leaves a note for the author, who may be looking.
            Phase::SavingResult => {
                let then = self.call(if self.joins() { "saved" } else { "clean" });
                exec(format!("{SAVE} && {{ {then} || :; }}"))
            }
            Phase::Uploading => match &self.role {
                Role::Author { content, .. } => {
                    Action::Upload { path: script_path(&self.options), content: content.clone() }
                }
                Role::Joiner(_) => self.ask_state(),
            },
            Phase::Arming => exec(self.call("arm")),
            Phase::Confirming => exec(self.call("confirm")),
            // A late `arm` finds no script to run then.
            Phase::Withdrawing | Phase::Cleaning => exec(self.call("clean")),
            Phase::Reconnecting => self.connect(),
            Phase::Running | Phase::Healing | Phase::HoldingOff => {
                Action::Wait { time: self.options.pause, why: phase.to_string() }
            }
            Phase::Finished => self.finish(Outcome::Unchanged { why: "already over".into() }),
        }
    }

    fn call(&self, verb: &str) -> String {
        format!("sh {} {verb}", script_path(&self.options))
    }

    fn ask_state(&mut self) -> Action {
        let path = script_path(&self.options);
        Action::Exec { command: format!("if [ -f {path} ]; then sh {path} state; else echo gone; fi") }
    }

    /// The reached state's addresses first: only they may confirm. The former ones tell of a rollback.
    fn connect(&mut self) -> Action {
        self.connected = None;
        let mut addresses = self.reached_at.clone();
        for address in &self.former_at {
            if !addresses.contains(address) {
                addresses.push(*address);
            }
        }
        Action::Connect { addresses }
    }

    fn finish(&mut self, outcome: Outcome) -> Action {
        self.phase = Phase::Finished;
        self.finished = Some(outcome.clone());
        Action::Finish(outcome)
    }

    fn unchanged(&mut self, why: impl Into<String>) -> Action {
        self.finish(Outcome::Unchanged { why: why.into() })
    }

    fn interrupted(&mut self) -> Action {
        match self.armed_at {
            _ if self.joins() && !self.confirmed => {
                self.unchanged("interrupted; what becomes of the change is for the host's timer")
            }
            None => self.unchanged("interrupted before the change was started"),
            // The host brings its former state back by itself; stay to see it.
            Some(_) => {
                self.healing_why = Some("interrupted".into());
                self.go(Phase::Reconnecting)
            }
        }
    }

    /// Once it is started, only the host knows what came of it. That goes for the saving of a confirmed change, too:
    /// a host that lost power then is back in its former state.
    fn lost(&mut self, now: Duration, why: String) -> Action {
        if self.armed_at.is_none() {
            return self.unchanged(format!("the connection was lost before the change was started: {why}"));
        }
        self.retry(now)
    }

    fn not_connected(&mut self, now: Duration, why: String, other_key: bool) -> Action {
        if other_key {
            return self.finish(Outcome::LeftIn { state: LeftState::AnotherHostKey, why });
        }
        if self.overdue(now) {
            return self.unreachable(why);
        }
        self.phase = Phase::Reconnecting;
        Action::Wait { time: self.options.pause, why: Phase::Reconnecting.to_string() }
    }

    /// Past every timer of the host, with room for its undo to run and its switch ports to come up again.
    fn overdue(&self, now: Duration) -> bool {
        self.armed_at.is_some_and(|armed| now > armed + self.options.cap + GRACE)
    }

    fn retry(&mut self, now: Duration) -> Action {
        if self.overdue(now) {
            return self.unreachable("no connection lasted long enough to learn more".to_owned());
        }
        self.go(Phase::Reconnecting)
    }

    /// No more can be learnt. The undo of a confirmed change does not run any more; but a host that lost power before it
    /// was saved is back in its former state.
    fn unreachable(&mut self, why: String) -> Action {
        self.finish(match self.confirmed {
            true => Outcome::LeftIn { state: LeftState::ConfirmedUnsaved, why },
            false => Outcome::LeftIn {
                state: match (self.options.confirm_from, &self.role) {
                    // Nobody confirms what is called back.
                    (_, Role::Joiner(Goal::Back)) | (None, _) => LeftState::Unreachable,
                    (Some(from), _) => LeftState::ConfirmedElsewhere { from },
                },
                why,
            },
        })
    }

    fn timer(&mut self) -> Action {
        match self.phase {
            Phase::HoldingOff => self.go(Phase::Saving),
            // Ask over a new connection each time: an old one may fall mute without a sign while the host changes.
            _ => self.connect(),
        }
    }

    fn output(&mut self, now: Duration, stdout: &str, status: u32) -> Action {
        match self.phase {
            Phase::Checking => self.checked(stdout),
            Phase::Saving if status != 0 => {
                self.unchanged(format!("the former configuration could not be saved: {}", stdout.trim()))
            }
            Phase::Saving => self.go(Phase::Uploading),
            Phase::Arming if stdout.trim() != "armed" => {
                // The script did not run, so nothing on the host was started.
                self.withdrawn_why = Some(match stdout.trim().strip_prefix("taken by ") {
                    Some(id) => format!("another guarded change, {id}, is under way on the host"),
                    None => format!("the change could not be started: {}", stdout.trim()),
                });
                self.go(Phase::Withdrawing)
            }
            Phase::Arming => self.go(Phase::Running),
            Phase::Verifying => self.verified(stdout),
            Phase::Confirming => self.confirmed(now, stdout),
            Phase::Withdrawing => {
                let lost = || "the connection was lost before the change was started".to_owned();
                let why = self.withdrawn_why.take().unwrap_or_else(lost);
                self.unchanged(why)
            }
            Phase::Cleaning => self.finish(Outcome::Applied { saved: Ok(()) }),
            Phase::SavingResult => {
                let saved = if status == 0 { Ok(()) } else { Err(stdout.trim().to_owned()) };
                self.finish(Outcome::Applied { saved })
            }
            Phase::Running | Phase::Reconnecting | Phase::Healing => self.told_state(now, stdout.trim()),
            Phase::Uploading | Phase::HoldingOff | Phase::Finished => self.ask_state(),
        }
    }

    fn checked(&mut self, stdout: &str) -> Action {
        let facts = match facts::parse(stdout) {
            Ok(facts) => facts,
            Err(error) => return self.unchanged(format!("the host's state could not be read: {error}")),
        };
        if let Some(other) = facts.runs.iter().find(|run| run.is_active() && run.id != self.options.id) {
            let why = format!("another guarded change, {}, is {other} on the host", other.id);
            return self.unchanged(why);
        }
        // Carrier and virtual machines count here: reach and impact were judged by them.
        let Role::Author { start, .. } = &self.role else { return self.ask_state() };
        let in_use =
            |host: &HostState| host.port_groups.values().map(|group| group.vm_ports).collect::<Vec<_>>();
        let same = facts.state.same_configuration(start)
            && facts.state.nics == start.nics
            && in_use(&facts.state) == in_use(start);
        if !same {
            return self.unchanged("the host is not in the state the plan starts from any more; plan again");
        }
        let Some(epoch) = facts.epoch else {
            return self
                .unchanged("the host did not say what time it is, so its hourly backup cannot be avoided");
        };
        let time = hold_off(&self.options, epoch);
        if time.is_zero() {
            return self.go(Phase::Saving);
        }
        self.phase = Phase::HoldingOff;
        Action::Wait { time, why: Phase::HoldingOff.to_string() }
    }

    /// What the script says of itself.
    fn told_state(&mut self, now: Duration, told: &str) -> Action {
        let (word, rest) = told.split_once(' ').unwrap_or((told, ""));
        match word {
            "waiting" if self.healing_why.is_some() => self.call_back(),
            "running" | "waiting" if matches!(self.role, Role::Joiner(Goal::Back)) => self.call_back(),
            "waiting" => self.complete(now),
            "elsewhere" if self.joins() => self.unchanged(format!("only the client {rest} may confirm it")),
            // Seen from here it is as planned; the client that counts has not confirmed it yet.
            "elsewhere" => {
                self.phase = Phase::Reconnecting;
                Action::Wait { time: self.options.pause, why: format!("waiting for {rest} to confirm") }
            }
            "running" | "undoing" => {
                if self.overdue(now) {
                    let why = format!("its script has been saying \"{told}\" past all its timers");
                    return self.finish(Outcome::LeftIn { state: LeftState::Between, why });
                }
                self.go(if word == "running" { Phase::Running } else { Phase::Healing })
            }
            // What it was before only the author knows.
            "rolled-back" if self.joins() => self.finish(Outcome::RolledBack { why: rest.to_owned() }),
            "rolled-back" => self.look_back(rest.to_owned()),
            "confirmed" if matches!(self.role, Role::Joiner(Goal::Back)) => {
                self.unchanged("it was confirmed already, so nothing undoes it")
            }
            // Somebody else confirmed it and saw to it that it outlasts a boot.
            "confirmed" if rest == "saved" && self.joins() => self.finish(Outcome::Applied { saved: Ok(()) }),
            "confirmed" if rest == "saved" => {
                self.confirmed = true;
                self.go(Phase::Cleaning)
            }
            // A confirmation whose answer was lost, or somebody else's.
            "confirmed" => self.save_result(),
            "idle" | "gone" if self.joins() => self.gone(),
            "idle" => self.go(Phase::Withdrawing),
            "gone" => self.look_back("the host was restarted".into()),
            _ => self.look_back(format!("its script says \"{told}\"")),
        }
    }

    /// The change is complete; it may be confirmed over a connection that was made after that, to an address of
    /// the reached state.
    fn complete(&mut self, now: Duration) -> Action {
        let proper = self.connected.is_some_and(|address| self.reached_at.contains(&address));
        if self.complete_before_connect && proper {
            return self.go(Phase::Verifying);
        }
        if self.complete_before_connect {
            // Only the former address answers: leave it to the timer, and keep trying the reached one.
            if self.overdue(now) {
                return self
                    .look_back("management does not answer on any address of the reached state".into());
            }
            self.phase = Phase::Reconnecting;
            return Action::Wait { time: self.options.pause, why: Phase::Reconnecting.to_string() };
        }
        self.complete_before_connect = true;
        self.go(Phase::Reconnecting)
    }

    fn call_back(&mut self) -> Action {
        self.phase = Phase::Healing;
        Action::Exec { command: self.call("back") }
    }

    fn verified(&mut self, stdout: &str) -> Action {
        let facts = match facts::parse(stdout) {
            Ok(facts) => facts,
            Err(error) => return self.unreadable(format!("the reached state could not be read: {error}")),
        };
        if self.joins() {
            return self.joined(&facts);
        }
        if self.healing_why.is_some() {
            return self.looked_back(&facts);
        }
        if (self.reached.0)(&facts.state) {
            return self.go(Phase::Confirming);
        }
        self.heal("the reached state is not the planned one".into())
    }

    fn unreadable(&mut self, why: String) -> Action {
        if self.joins() {
            return self.unchanged(why);
        }
        self.looks += 1;
        match self.looks {
            ..3 => self.heal(why),
            _ => self.finish(Outcome::LeftIn { state: LeftState::Between, why }),
        }
    }

    /// Asks the host to go back now rather than at the end of its window.
    fn heal(&mut self, why: String) -> Action {
        self.healing_why = Some(why);
        self.call_back()
    }

    fn confirmed(&mut self, now: Duration, stdout: &str) -> Action {
        match stdout.trim() {
            "confirmed" => self.save_result(),
            told if told.starts_with("elsewhere ") => self.told_state(now, told),
            // Another client was faster.
            told @ "confirmed saved" => self.told_state(now, told),
            // The timer was faster.
            told => {
                self.healing_why = Some("the confirmation came too late".into());
                self.told_state(now, told)
            }
        }
    }

    fn save_result(&mut self) -> Action {
        self.confirmed = true;
        self.go(Phase::SavingResult)
    }

    /// The script is done or gone: read the state the host is really in.
    fn look_back(&mut self, why: String) -> Action {
        let why = self.healing_why.take().unwrap_or(why);
        self.healing_why = Some(why);
        self.go(Phase::Verifying)
    }

    fn looked_back(&mut self, facts: &Facts) -> Action {
        let why = self.healing_why.take().unwrap_or_default();
        if matches!(&self.role, Role::Author { start, .. } if facts.state.same_configuration(start)) {
            return self.finish(Outcome::RolledBack { why });
        }
        let state = match (self.reached.0)(&facts.state) {
            // Restarted after it was confirmed, and it is still there: it was saved.
            true if self.confirmed => return self.finish(Outcome::Applied { saved: Ok(()) }),
            true => LeftState::AsPlannedUnconfirmed,
            false => LeftState::Between,
        };
        self.finish(Outcome::LeftIn { state, why })
    }
}
