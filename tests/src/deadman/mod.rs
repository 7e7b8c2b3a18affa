//! A host in memory that runs the guard's script, on a virtual clock: for lock-out tests by the ten thousand.
//!
//! It is written from what the script promises, not from its text: which steps are done, what the undo is, who may
//! confirm, when its timers run out, what a boot brings back. Whether somebody reaches it is for the
//! [referee](crate::referee) to say, never for the reachability that the plan was judged by. A real shell runs the
//! script itself elsewhere.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod sight;

pub use sight::Sight;

use esxi_core::command::{Command, apply};
use esxi_core::guard::{Action, Event, GuardOptions, script_path};
use esxi_core::model::{self, facts};
use esxi_core::plan::Plan;
use esxi_core::state::HostState;
use esxi_core::value::MacAddr;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

/// Where a run of the script stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// The file is there, nothing was started.
    Uploaded,
    /// So many steps are begun and so many done; one more is begun than done in the midst of a step.
    Running { begun: usize, done: usize },
    /// The change is complete since.
    Waiting { since: u64 },
    /// It was undone, for this reason.
    RolledBack(String),
    /// It was confirmed.
    Kept { saved: bool },
}

#[derive(Debug, Clone)]
struct OnHost {
    plan: Arc<Plan>,
    options: GuardOptions,
    stage: Stage,
    armed: u64,
}

/// What somebody else does to a host, or the world to its wires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Nothing comes through until then; `u64::MAX`: ever.
    Mute(u64),
    /// New connections are refused until then: a firewall rule set, SSH off. Open ones live on.
    Refused(u64),
    /// No log-in succeeds until then: keys removed, lockdown.
    LoginRefused(u64),
    /// The host shows another key from now on.
    OtherKey,
}

/// What happens at a moment of the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// Power is lost.
    Power,
    /// That begins.
    Trouble(Trouble),
    /// Only [`DeadMan::struck`] tells of it: the driver does the rest.
    Tell,
}

/// What the script's commands meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Steps {
    /// They are executed.
    #[default]
    Fine,
    /// This step is refused, from 1.
    Refused(usize),
    /// This step hangs, and takes effect only after it was given up.
    Hangs(usize),
}

/// A host in memory.
#[derive(Debug, Clone)]
pub struct DeadMan {
    /// Its configuration.
    pub state: HostState,
    /// What a boot brings back.
    pub saved: HostState,
    /// What goes wrong with its connections.
    pub troubles: Vec<Trouble>,
    /// What its commands meet.
    pub steps: Steps,
    /// Seconds since the test began.
    pub now: u64,
    /// Its clock when the test began.
    pub epoch: u64,
    /// Times of power-on, besides the first.
    pub boots: usize,
    /// Strikes as soon as so many steps are begun and so many done.
    pub watch: Option<((usize, usize), Strike)>,
    /// The watch has struck.
    pub struck: bool,
    sight: Arc<Sight>,
    runs: BTreeMap<String, OnHost>,
    announced: BTreeMap<String, (Arc<Plan>, GuardOptions)>,
}

/// A program that drives a machine from somewhere.
#[derive(Debug, Clone)]
pub struct Client {
    /// The addresses it can connect from, in the order in which it tries them.
    pub at: Vec<IpAddr>,
    connected: Option<(IpAddr, IpAddr)>,
    /// Of the host, when it connected.
    boots: usize,
}

impl Client {
    /// A program at this address, connected to that one of the host.
    pub fn connected(from: IpAddr, to: IpAddr) -> Client {
        Client { at: vec![from], connected: Some((from, to)), boots: 0 }
    }
    /// Its connection breaks.
    pub fn cut(&mut self) {
        self.connected = None;
    }
    /// The address of the host that it is connected to.
    pub fn server(&self) -> Option<IpAddr> {
        self.connected.map(|(_, server)| server)
    }
}

fn facts_script() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(facts::script)
}

const SAVE: &str = "/sbin/auto-backup.sh";
/// The hourly backup starts at this second of the hour.
const BACKUP: u64 = 60;

impl DeadMan {
    /// A host in this state, as saved, in a world.
    pub fn new(state: HostState, sight: Arc<Sight>) -> DeadMan {
        DeadMan {
            saved: state.clone(),
            state,
            troubles: Vec::new(),
            steps: Steps::Fine,
            now: 0,
            epoch: 1_800_000_600,
            boots: 0,
            watch: None,
            struck: false,
            sight,
            runs: BTreeMap::new(),
            announced: BTreeMap::new(),
        }
    }

    /// Says what a script of this name will hold when it is uploaded.
    pub fn announce(&mut self, plan: &Arc<Plan>, options: &GuardOptions) {
        self.announced.insert(options.id.clone(), (Arc::clone(plan), options.clone()));
    }

    /// Whether a client gets an answer from an address of the host now, whatever else is in the way of a log-in.
    pub fn answers(&self, client: IpAddr, server: IpAddr) -> bool {
        self.sight.answers(&self.state, client, server)
    }

    /// Whether a change on the host has not ended.
    pub fn has_active_run(&self) -> bool {
        self.runs.values().any(|run| matches!(run.stage, Stage::Running { .. } | Stage::Waiting { .. }))
    }

    /// Steps that were begun and done by the change under way, for faults in the midst of it.
    pub fn progress(&self) -> Option<(usize, usize)> {
        self.runs.values().find_map(|run| match run.stage {
            Stage::Running { begun, done } => Some((begun, done)),
            _ => None,
        })
    }

    /// The host loses power and boots with what was saved.
    pub fn power_cycle(&mut self) {
        self.state = self.saved.clone();
        self.runs.clear();
        self.boots += 1;
    }

    /// Time passes.
    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.tick();
        }
    }

    fn tick(&mut self) {
        self.work();
        if let Some((at, strike)) = self.watch
            && self.progress() == Some(at)
        {
            (self.watch, self.struck) = (None, true);
            match strike {
                Strike::Power => self.power_cycle(),
                Strike::Trouble(trouble) => self.troubles.push(trouble),
                Strike::Tell => {}
            }
        }
    }

    fn work(&mut self) {
        self.now += 1;
        if (self.epoch + self.now) % 3600 == BACKUP {
            self.saved = self.state.clone();
        }
        let Some(id) = self.active() else { return };
        let run = self.runs[&id].clone();
        let late = self.now - run.armed > run.options.cap.as_secs();
        match run.stage {
            _ if late => self.undo(&id, "not finished in time"),
            Stage::Running { begun, done } if begun > done => match self.steps {
                Steps::Refused(step) if step == begun => {
                    self.set(&id, Stage::Running { begun: done, done });
                    self.undo(&id, "step failed");
                }
                Steps::Hangs(step) if step == begun => {
                    // The script gives it up after a minute.
                    if self.now - run.armed > 60 + 2 * begun as u64 {
                        self.undo(&id, "step did not end");
                    }
                }
                _ => {
                    let command = run.plan.steps[done].command.clone();
                    apply(&mut self.state, &command).expect("a planned step is executed");
                    self.name_adapters();
                    self.set(&id, Stage::Running { begun, done: begun });
                }
            },
            Stage::Running { done, .. } if done < run.plan.steps.len() => {
                self.set(&id, Stage::Running { begun: done + 1, done });
            }
            Stage::Running { .. } => self.set(&id, Stage::Waiting { since: self.now }),
            Stage::Waiting { since } if self.now - since > run.options.window.as_secs() => {
                self.undo(&id, "nobody confirmed");
            }
            _ => {}
        }
    }

    fn active(&self) -> Option<String> {
        let active = |(_, run): &(&String, &OnHost)| {
            matches!(run.stage, Stage::Running { .. } | Stage::Waiting { .. })
        };
        self.runs.iter().find(active).map(|(id, _)| id.clone())
    }

    fn set(&mut self, id: &str, stage: Stage) {
        self.runs.get_mut(id).unwrap().stage = stage;
    }

    /// The way back from where the change stands. A command that was cut off may take effect late; the script looks a
    /// second time.
    fn undo(&mut self, id: &str, why: &str) {
        let run = self.runs[id].clone();
        let tolerant = |state: &mut HostState, commands: Vec<Command>| {
            for command in commands {
                // What finds its effect there already is refused.
                let _ = apply(state, &command);
            }
        };
        match run.stage {
            Stage::Running { begun, done } if begun > done => {
                let back = run.plan.undo_interrupted(begun).unwrap();
                tolerant(&mut self.state, back);
                tolerant(&mut self.state, vec![run.plan.steps[done].command.clone()]);
                tolerant(&mut self.state, run.plan.undo_late(begun).unwrap());
            }
            Stage::Running { done, .. } => tolerant(&mut self.state, run.plan.undo_from(done).unwrap()),
            _ => tolerant(&mut self.state, run.plan.undo_from(run.plan.steps.len()).unwrap()),
        }
        self.name_adapters();
        self.set(id, Stage::RolledBack(why.to_owned()));
    }

    /// ESXi gives an adapter an address of its own where nobody asked for one.
    fn name_adapters(&mut self) {
        for (number, vmk) in self.state.vmkernel.values_mut().enumerate() {
            vmk.mac.get_or_insert(MacAddr([0, 0x50, 0x56, 0x6f, 0, number as u8]));
        }
    }

    fn mute(&self) -> bool {
        self.troubles.iter().any(|trouble| matches!(trouble, Trouble::Mute(until) if self.now < *until))
    }

    fn comes_through(&self, (client, server): (IpAddr, IpAddr)) -> bool {
        !self.mute() && self.answers(client, server)
    }

    /// Carries out what a machine wants, for the program that drives it.
    pub fn carry_out(&mut self, client: &mut Client, action: &Action) -> Event {
        if client.boots != self.boots {
            client.cut();
        }
        let event = self.react(client, action);
        match event {
            // What was carried out before the power went was not answered.
            Event::Output { .. } | Event::Uploaded | Event::Connected { .. }
                if client.boots != self.boots =>
            {
                client.cut();
                Event::Lost { why: "the host lost power".into() }
            }
            event => event,
        }
    }

    fn react(&mut self, client: &mut Client, action: &Action) -> Event {
        let lost = |why: &str| Event::Lost { why: why.to_owned() };
        match action {
            Action::Connect { addresses } => self.connect(client, addresses),
            Action::Wait { time, .. } => {
                self.pass(time.as_secs().max(1));
                Event::Timer
            }
            Action::Exec { command } => {
                let Some(path) = client.connected else { return lost("no connection") };
                if !self.comes_through(path) {
                    self.pass(10);
                    client.cut();
                    return lost("mute");
                }
                let stdout = self.exec(command, path);
                match self.comes_through(path) {
                    true => Event::Output { stdout, status: 0 },
                    false => {
                        client.cut();
                        lost("mute before the answer")
                    }
                }
            }
            Action::Upload { path, .. } => {
                self.tick();
                if !client.connected.is_some_and(|path| self.comes_through(path)) {
                    client.cut();
                    return lost("mute");
                }
                let fits = |id: &&String| path == &format!("/tmp/esxi-guard-{id}.sh");
                let id = self.announced.keys().find(fits).expect("the script was announced").clone();
                let (plan, options) = self.announced[&id].clone();
                self.runs.entry(id).or_insert(OnHost { plan, options, stage: Stage::Uploaded, armed: 0 });
                Event::Uploaded
            }
            Action::Finish(_) => unreachable!("nothing is carried out after the end"),
        }
    }

    fn connect(&mut self, client: &mut Client, addresses: &[IpAddr]) -> Event {
        client.cut();
        let not = |why: &str, other_key| Event::NotConnected { why: why.into(), other_key };
        for server in addresses {
            for from in client.at.clone() {
                if !self.comes_through((from, *server)) {
                    self.pass(5);
                    continue;
                }
                self.tick();
                let now = self.now;
                let stands = |trouble: &Trouble| match trouble {
                    Trouble::Refused(until) | Trouble::LoginRefused(until) => now < *until,
                    Trouble::OtherKey => true,
                    Trouble::Mute(_) => false,
                };
                match self.troubles.iter().find(|trouble| stands(trouble)) {
                    Some(Trouble::OtherKey) => return not("another host key", true),
                    Some(Trouble::LoginRefused(_)) => return not("no log-in", false),
                    Some(_) => return not("connection refused", false),
                    None => {}
                }
                (client.connected, client.boots) = (Some((from, *server)), self.boots);
                return Event::Connected { address: *server };
            }
        }
        not("nothing answers", false)
    }

    fn exec(&mut self, command: &str, (from, to): (IpAddr, IpAddr)) -> String {
        if command == facts_script() {
            self.tick();
            return self.facts(from, to);
        }
        if let Some(then) = command.strip_prefix(SAVE) {
            self.saved = self.state.clone();
            if let Some(call) = then.strip_prefix(" && { ").and_then(|call| call.strip_suffix(" || :; }")) {
                self.exec(call, (from, to));
            }
            return String::new();
        }
        if let Some(path) = command.strip_prefix("if [ -f ") {
            let (path, rest) = path.split_once(" ]; then ").expect("a question for a file");
            assert_eq!(rest, format!("sh {path} state; else echo gone; fi"));
            let there = self.runs.values().any(|run| script_path(&run.options) == path);
            return if there { self.call(path, "state", from) } else { "gone\n".into() };
        }
        let words: Vec<&str> = command.split(' ').collect();
        let ["sh", path, verb] = words[..] else { panic!("no command of a guarded apply: {command}") };
        self.call(path, verb, from)
    }

    /// A verb of the script.
    fn call(&mut self, path: &str, verb: &str, from: IpAddr) -> String {
        let ours = |(_, run): &(&String, &OnHost)| script_path(&run.options) == path;
        let Some(id) = self.runs.iter().find(ours).map(|(id, _)| id.clone()) else {
            return "sh: no such file\n".into();
        };
        let run = self.runs[&id].clone();
        match verb {
            "arm" if run.stage == Stage::Uploaded => {
                if let Some(other) = self.active() {
                    return format!("taken by {other}\n");
                }
                self.runs.retain(|other, run| {
                    *other == id || !matches!(run.stage, Stage::RolledBack(_) | Stage::Kept { .. })
                });
                self.runs.get_mut(&id).unwrap().armed = self.now;
                self.set(&id, Stage::Running { begun: 0, done: 0 });
                return "armed\n".into();
            }
            "arm" => return "armed\n".into(),
            "confirm" => match (&run.stage, run.options.confirm_from) {
                (Stage::Waiting { .. } | Stage::Running { .. }, Some(only)) if only != from => {
                    return format!("elsewhere {only}\n");
                }
                (Stage::Waiting { .. }, _) => self.set(&id, Stage::Kept { saved: false }),
                _ => {}
            },
            "saved" => {
                if matches!(run.stage, Stage::Kept { .. }) {
                    self.set(&id, Stage::Kept { saved: true });
                }
            }
            "back" => {
                if matches!(run.stage, Stage::Waiting { .. } | Stage::Running { .. }) {
                    self.undo(&id, "asked to");
                }
            }
            "clean" => {
                self.runs.remove(&id);
                return String::new();
            }
            "state" => {}
            other => panic!("the script has no verb {other}"),
        }
        match &self.runs[&id].stage {
            Stage::Uploaded => "idle\n".into(),
            Stage::Running { .. } => "running\n".into(),
            Stage::Waiting { .. } => "waiting\n".into(),
            Stage::RolledBack(why) => format!("rolled-back {why}\n"),
            Stage::Kept { saved: false } => "confirmed\n".into(),
            Stage::Kept { saved: true } => "confirmed saved\n".into(),
        }
    }

    /// What the facts script prints now, for a session between these addresses.
    pub fn facts(&self, from: IpAddr, to: IpAddr) -> String {
        let line = |(id, run): (&String, &OnHost)| {
            let (rc, flags, state) = match &run.stage {
                Stage::Uploaded => return None,
                Stage::Running { .. } => ("", "", "running".to_owned()),
                Stage::Waiting { .. } => ("0", "", "running".to_owned()),
                Stage::RolledBack(why) => ("0", "decided ", format!("rolled-back {why}")),
                Stage::Kept { saved: false } => ("0", "decided kept ", "running".to_owned()),
                Stage::Kept { saved: true } => ("0", "decided kept saved ", "running".to_owned()),
            };
            let GuardOptions { window, cap, confirm_from, .. } = &run.options;
            let only = confirm_from.map(|from| from.to_string()).unwrap_or_default();
            let armed = self.epoch + run.armed;
            Some(format!("{id}|{armed} {} {} {only}|{rc}|{flags}|{state}", window.as_secs(), cap.as_secs()))
        };
        let session = facts::Session {
            ssh_connection: format!("{from} 50000 {to} 22"),
            epoch: self.epoch + self.now,
            runs: self.runs.iter().filter_map(line).collect(),
        };
        self.sight.facts(&self.state, &session, || model::Machine::new(self.state.clone()))
    }
}
