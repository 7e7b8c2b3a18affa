//! The machine against a host in memory, on a virtual clock, with every kind of fault at every point.
//!
//! The host here is written from what the script promises, not from its text; the script itself runs under a real
//! shell in the tests of the simulated host.

use super::*;
use crate::command::apply;
use crate::model::{self, facts};
use crate::plan::{Plan, plan};
use crate::reach::{Answer, Evidence, Fabric, Lag, Network, Session, SwitchPort, TaggedVlans, answer};
use crate::state::{Fact, FactoryNic, HostState, Ipv4Config, Route, factory};
use std::net::IpAddr;

const CLIENT: &str = "203.0.113.7";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// The connection breaks; the host runs on.
    Lose,
    /// The host loses power and boots with its saved configuration.
    Power,
    /// The host is mute for this many seconds.
    Mute(u64),
    /// The person presses Ctrl-C.
    Interrupt,
}

/// The host's side of a run of the script.
#[derive(Debug, Clone, PartialEq)]
enum Script {
    Absent,
    Idle,
    /// Started at, steps done.
    Running(u64, usize),
    /// Complete since.
    Waiting(u64),
    RolledBack,
    Confirmed,
}

struct FakeHost {
    state: HostState,
    saved: HostState,
    plan: Plan,
    fabric: Fabric,
    options: GuardOptions,
    script: Script,
    /// Seconds.
    now: u64,
    mute_until: u64,
    connected: Option<IpAddr>,
    refuse_step: Option<usize>,
}

impl FakeHost {
    /// A second passes on the host: one step of the change a second, the timers as promised.
    fn second(&mut self) {
        self.now += 1;
        match self.script.clone() {
            Script::Running(since, done) if self.now - since > self.options.cap.as_secs() => self.undo(done),
            Script::Running(since, done) => match self.plan.steps.get(done) {
                Some(_) if self.refuse_step == Some(done) => self.undo(done),
                Some(step) => {
                    apply(&mut self.state, &step.command).unwrap();
                    self.script = Script::Running(since, done + 1);
                }
                None => self.script = Script::Waiting(self.now),
            },
            Script::Waiting(since) if self.now - since > self.options.window.as_secs() => {
                self.undo(self.plan.steps.len());
            }
            _ => {}
        }
    }

    fn undo(&mut self, done: usize) {
        for command in self.plan.undo_from(done).unwrap() {
            let _ = apply(&mut self.state, &command);
        }
        self.script = Script::RolledBack;
    }

    fn pass(&mut self, seconds: u64) {
        (0..seconds).for_each(|_| self.second());
    }

    fn answers(&self, address: IpAddr) -> bool {
        let reach = answer(&self.state, &self.fabric, CLIENT.parse().unwrap(), address);
        self.now >= self.mute_until && reach.answer == Answer::Yes
    }

    fn suffer(&mut self, fault: Fault) {
        match fault {
            Fault::Lose => self.connected = None,
            Fault::Power => {
                self.state = self.saved.clone();
                self.script = Script::Absent;
                self.connected = None;
            }
            Fault::Mute(seconds) => self.mute_until = self.now + seconds,
            Fault::None | Fault::Interrupt => {}
        }
    }

    fn carry_out(&mut self, action: &Action) -> Event {
        let lost = |why: &str| Event::Lost { why: why.to_owned() };
        match action {
            Action::Connect { addresses } => {
                self.connected = None;
                for address in addresses {
                    if self.answers(*address) {
                        self.second();
                        self.connected = Some(*address);
                        return Event::Connected { address: *address };
                    }
                    self.pass(5);
                }
                Event::NotConnected { why: "nothing answers".into(), other_key: false }
            }
            Action::Wait { time, .. } => {
                self.pass(time.as_secs().max(1));
                Event::Timer
            }
            Action::Exec { command } => {
                let Some(address) = self.connected else { return lost("no connection") };
                if !self.answers(address) {
                    self.pass(10);
                    self.connected = None;
                    return lost("mute");
                }
                let stdout = self.exec(command, address);
                match self.answers(address) {
                    true => Event::Output { stdout, status: 0 },
                    false => lost("mute before the answer"),
                }
            }
            Action::Upload { .. } => {
                self.second();
                match self.connected.filter(|address| self.answers(*address)) {
                    Some(_) => {
                        self.script = Script::Idle;
                        Event::Uploaded
                    }
                    None => lost("mute"),
                }
            }
            Action::Finish(_) => unreachable!(),
        }
    }

    fn exec(&mut self, command: &str, address: IpAddr) -> String {
        let path = script_path(&self.options);
        if command == facts::script() {
            self.second();
            let ssh_connection = format!("{CLIENT} 50000 {address} 22");
            let session =
                facts::Session { ssh_connection, epoch: 1_800_000_600 + self.now, runs: Vec::new() };
            return facts::collect(
                &mut model::Machine::new(self.state.clone()),
                facts::Form::Xml,
                Some(&session),
            );
        }
        if command.starts_with("/sbin/auto-backup.sh") {
            self.saved = self.state.clone();
            if command.ends_with(&format!("&& {{ sh {path} clean || :; }}")) {
                self.script = Script::Absent;
            }
            return String::new();
        }
        if command == format!("sh {path} arm") {
            self.script = Script::Running(self.now, 0);
            return "armed\n".into();
        }
        if command == format!("sh {path} confirm") && matches!(self.script, Script::Waiting(_)) {
            self.script = Script::Confirmed;
        }
        if command == format!("sh {path} back") && matches!(self.script, Script::Waiting(_)) {
            self.undo(self.plan.steps.len());
        }
        if command == format!("sh {path} clean") {
            self.script = Script::Absent;
        }
        match &self.script {
            Script::Absent => "gone\n",
            Script::Idle => "idle\n",
            Script::Running(..) => "running\n",
            Script::Waiting(_) => "waiting\n",
            Script::RolledBack => "rolled-back nobody confirmed\n",
            Script::Confirmed => "confirmed\n",
        }
        .into()
    }
}

fn host() -> (HostState, Fabric) {
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"]
        .map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    let mut host = factory("6.5".parse().unwrap(), &nics);
    let address = "147.75.1.10/29".parse().unwrap();
    host.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    host.routes.insert(Route {
        netstack: Default::default(),
        network: "0.0.0.0/0".parse().unwrap(),
        gateway: "147.75.1.9".parse().unwrap(),
    });
    let port = SwitchPort {
        untagged: Some(0),
        tagged: TaggedVlans::None,
        lag: Lag::Lacp { group: 1 },
        evidence: Evidence::Asserted,
    };
    let network = Network {
        subnet: "147.75.1.8/29".parse().unwrap(),
        gateway: Some("147.75.1.9".parse().unwrap()),
        segment: 0,
        dhcp: None,
        evidence: Evidence::Asserted,
    };
    let mut fabric = Fabric {
        ports: host.nics.keys().map(|nic| (nic.clone(), port.clone())).collect(),
        networks: vec![network],
        client: Some(CLIENT.parse().unwrap()),
        ..Fabric::default()
    };
    let session = Session { client: CLIENT.parse().unwrap(), server: "147.75.1.10".parse().unwrap() };
    fabric.observe(&host, session);
    (host, fabric)
}

/// Management moves to another address of the block, and a server for names is set.
fn moved(host: &HostState) -> HostState {
    let mut desired = host.clone();
    let address = "147.75.1.11/29".parse().unwrap();
    desired.vmkernel.get_mut("vmk0").unwrap().ipv4 =
        Fact::Known(Ipv4Config::Static { address, gateway: None });
    desired.dns.servers.push("9.9.9.9".parse().unwrap());
    desired
}

/// A second card of the LACP group joins: nothing answers.
fn locked_out(host: &HostState) -> HostState {
    let mut desired = host.clone();
    desired.vswitches.get_mut("vSwitch0").unwrap().uplinks.insert("vmnic1".parse().unwrap());
    desired
}

fn run(
    desired: fn(&HostState) -> HostState,
    fault: Fault,
    at: usize,
    refuse: Option<usize>,
) -> (FakeHost, Outcome, usize) {
    let (start, fabric) = host();
    let plan = plan(&start, &desired(&start), &fabric);
    let options = GuardOptions::new("t", plan.steps.len()).window(Duration::from_secs(60), plan.steps.len());
    let mut machine = Machine::new(plan.clone(), &fabric, options.clone()).unwrap();
    let address = "147.75.1.10".parse().unwrap();
    let mut host = FakeHost {
        saved: start.clone(),
        state: start,
        plan,
        fabric,
        options,
        script: Script::Absent,
        now: 0,
        mute_until: 0,
        connected: Some(address),
        refuse_step: refuse,
    };
    let mut action = machine.start(address);
    for count in 0..2_000 {
        if let Action::Finish(outcome) = action {
            return (host, outcome, count);
        }
        let event = if count == at {
            host.suffer(fault);
            match fault {
                Fault::Interrupt => Event::Interrupted,
                _ => host.carry_out(&action),
            }
        } else {
            host.carry_out(&action)
        };
        action = machine.handle(Duration::from_secs(host.now), event);
    }
    panic!("it never ends: {fault:?} at {at}");
}

#[test]
fn without_faults_a_moved_address_is_followed_confirmed_and_saved() {
    let (host, outcome, _) = run(moved, Fault::None, 0, None);
    assert_eq!(outcome, Outcome::Applied { saved: Ok(()) });
    assert!(host.state.same_configuration(host.plan.end()));
    assert_eq!(host.saved, host.state);
    assert_eq!(host.connected, Some("147.75.1.11".parse().unwrap()));
}

#[test]
fn a_lock_out_heals_itself() {
    let (host, outcome, _) = run(locked_out, Fault::None, 0, None);
    assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome}");
    assert!(host.state.same_configuration(&host.plan.start));
}

#[test]
fn a_refused_step_is_undone_and_told() {
    for step in 0..2 {
        let (host, outcome, _) = run(moved, Fault::None, 0, Some(step));
        assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome}");
        assert!(host.state.same_configuration(&host.plan.start));
    }
}

#[test]
fn whatever_fails_wherever_the_outcome_is_true() {
    let faults = [
        Fault::Lose,
        Fault::Power,
        Fault::Mute(4),
        Fault::Mute(30),
        Fault::Mute(100),
        Fault::Mute(100_000),
        Fault::Interrupt,
    ];
    let mut seen = std::collections::BTreeMap::new();
    for desired in [moved, locked_out] {
        let (_, _, length) = run(desired, Fault::None, usize::MAX, None);
        for fault in faults {
            for at in 0..length {
                let (mut host, outcome, _) = run(desired, fault, at, None);
                // Let every timer of the host run out before judging.
                host.pass(10_000);
                let (start, end) = (host.plan.start.clone(), host.plan.end().clone());
                let context = format!("{fault:?} at {at}: {outcome}");
                match &outcome {
                    Outcome::Applied { .. } => {
                        assert!(host.state.same_configuration(&end), "{context}");
                    }
                    Outcome::Unchanged { .. } | Outcome::RolledBack { .. } => {
                        assert!(host.state.same_configuration(&start), "{context}");
                        assert!(host.saved.same_configuration(&start), "{context}");
                    }
                    Outcome::LeftIn {
                        state: LeftState::Unreachable | LeftState::ConfirmedUnsaved, ..
                    } => {
                        // Only a host that stays mute past all of its timers is given up.
                        assert!(matches!(fault, Fault::Mute(100..)), "{context}");
                    }
                    Outcome::LeftIn { .. } => panic!("{context}"),
                }
                let settled = host.state.same_configuration(&start) || host.state.same_configuration(&end);
                assert!(settled, "half a change is left: {context}");
                *seen.entry(outcome.word()).or_insert(0) += 1;
            }
        }
    }
    for word in ["applied", "unchanged", "rolled_back", "unreachable"] {
        assert!(seen.contains_key(word), "no case ended {word}: {seen:?}");
    }
}

#[test]
fn a_host_that_changed_meanwhile_is_not_touched() {
    let (start, fabric) = host();
    let plan = plan(&start, &moved(&start), &fabric);
    let mut other = start.clone();
    other.dns.servers.push("192.0.2.53".parse().unwrap());
    let options = GuardOptions::new("t", plan.steps.len());
    let mut machine = Machine::new(plan, &fabric, options).unwrap();
    machine.start("147.75.1.10".parse().unwrap());
    let session = facts::Session { ssh_connection: String::new(), epoch: 600, runs: Vec::new() };
    let stdout = facts::collect(&mut model::Machine::new(other), facts::Form::Xml, Some(&session));
    let action = machine.handle(Duration::ZERO, Event::Output { stdout, status: 0 });
    assert!(matches!(action, Action::Finish(Outcome::Unchanged { .. })), "{action:?}");
}

#[test]
fn another_host_key_ends_it() {
    let (start, fabric) = host();
    let plan = plan(&start, &moved(&start), &fabric);
    let options = GuardOptions::new("t", plan.steps.len());
    let mut machine = Machine::new(plan, &fabric, options).unwrap();
    machine.start("147.75.1.10".parse().unwrap());
    machine.handle(Duration::ZERO, Event::Uploaded);
    let event = Event::NotConnected { why: "other key".into(), other_key: true };
    let action = machine.handle(Duration::from_secs(1), event);
    assert!(
        matches!(action, Action::Finish(Outcome::LeftIn { state: LeftState::AnotherHostKey, .. })),
        "{action:?}"
    );
}

#[test]
fn the_script_holds_every_step_and_every_way_back() {
    let (start, fabric) = host();
    let plan = plan(&start, &moved(&start), &fabric);
    let options = GuardOptions::new("run-1", plan.steps.len());
    let text = script(&plan, &options).unwrap();
    for (at, step) in plan.steps.iter().enumerate() {
        let line = crate::command::shell_line(&step.command.argv());
        assert!(text.contains(&format!("step {} {line} || return 1", at + 1)), "{text}");
    }
    assert!(
        text.contains("run esxcli network ip interface ipv4 set -i vmk0 -t static -I 147.75.1.10"),
        "{text}"
    );
    for placeholder in ["@ID@", "@WINDOW@", "@CAP@", "@FORWARD@", "@UNDO@"] {
        assert!(!text.contains(placeholder), "{placeholder} is left");
    }
}

#[test]
fn a_default_that_nobody_declared_is_no_reason_to_roll_back() {
    let (start, fabric) = host();
    let plan = plan(&start, &moved(&start), &fabric);
    let mut end = plan.end().clone();
    end.vmkernel.get_mut("vmk0").unwrap().ipv6.router_adv ^= true;
    let options = GuardOptions::new("t", plan.steps.len());
    let servers = plan.end().dns.servers.clone();
    let machine = || Machine::new(plan.clone(), &fabric, options.clone()).unwrap();
    let declared = |state: &HostState| state.dns.servers == servers;
    let servers = servers.clone();
    assert!(declared(&end));
    for (mut machine, confirms) in
        [(machine(), false), (machine().judged_by(move |state| state.dns.servers == servers), true)]
    {
        machine.start("147.75.1.10".parse().unwrap());
        machine.handle(Duration::ZERO, Event::Uploaded);
        let told = |stdout: &str| Event::Output { stdout: stdout.into(), status: 0 };
        machine.handle(Duration::ZERO, told("armed"));
        let there = || Event::Connected { address: "147.75.1.11".parse().unwrap() };
        for _ in 0..2 {
            machine.handle(Duration::from_secs(2), there());
            machine.handle(Duration::from_secs(2), told("waiting"));
        }
        assert_eq!(machine.phase(), Phase::Verifying);
        let session = facts::Session { ssh_connection: String::new(), epoch: 600, runs: Vec::new() };
        let stdout = facts::collect(&mut model::Machine::new(end.clone()), facts::Form::Xml, Some(&session));
        machine.handle(Duration::from_secs(3), told(&stdout));
        assert_eq!(machine.phase() == Phase::Confirming, confirms);
    }
}

/// A machine whose change is complete, connected anew to the reached address, at the question for its state.
fn complete(options: GuardOptions) -> (Machine, HostState) {
    let (start, fabric) = host();
    let plan = plan(&start, &moved(&start), &fabric);
    let end = plan.end().clone();
    let mut machine = Machine::new(plan, &fabric, options).unwrap();
    machine.start("147.75.1.10".parse().unwrap());
    machine.handle(Duration::ZERO, Event::Uploaded);
    machine.handle(Duration::ZERO, told("armed"));
    for _ in 0..2 {
        machine.handle(Duration::from_secs(2), there());
        machine.handle(Duration::from_secs(2), told("waiting"));
    }
    assert_eq!(machine.phase(), Phase::Verifying);
    (machine, end)
}

fn there() -> Event {
    Event::Connected { address: "147.75.1.11".parse().unwrap() }
}

fn told(stdout: &str) -> Event {
    Event::Output { stdout: stdout.into(), status: 0 }
}

/// What the facts script prints of a host with these runs.
fn facts_of(state: &HostState, runs: &[&str]) -> Event {
    let runs = runs.iter().map(|&run| run.to_owned()).collect();
    let session = facts::Session { ssh_connection: String::new(), epoch: 1_060, runs };
    told(&facts::collect(&mut model::Machine::new(state.clone()), facts::Form::Xml, Some(&session)))
}

#[track_caller]
fn execs(action: Action, command: &str) {
    assert_eq!(action, Action::Exec { command: command.to_owned() });
}

#[test]
fn the_wrong_client_waits_for_the_right_one_and_takes_its_word() {
    let from = Some("10.0.0.5".parse().unwrap());
    let (mut machine, end) = complete(GuardOptions { confirm_from: from, ..GuardOptions::new("t", 2) });
    let now = Duration::from_secs(3);
    execs(machine.handle(now, facts_of(&end, &[])), "sh /tmp/esxi-guard-t.sh confirm");
    let waits = machine.handle(now, told("elsewhere 10.0.0.5"));
    assert!(matches!(&waits, Action::Wait { why, .. } if why.contains("10.0.0.5")), "{waits:?}");
    assert!(matches!(machine.handle(now, Event::Timer), Action::Connect { .. }));
    machine.handle(now, there());
    // Somebody confirmed it there and saved it: the script is taken away, nothing is saved twice.
    execs(machine.handle(now, told("confirmed saved")), "sh /tmp/esxi-guard-t.sh clean");
    assert_eq!(machine.handle(now, told("")), Action::Finish(Outcome::Applied { saved: Ok(()) }));
    // Where the host is out of sight, that is what is said.
    let (mut machine, _) = complete(GuardOptions { confirm_from: from, ..GuardOptions::new("t", 2) });
    machine.handle(now, Event::Lost { why: "mute".into() });
    let nothing = Event::NotConnected { why: "nothing answers".into(), other_key: false };
    let Action::Finish(outcome) = machine.handle(Duration::from_secs(1000), nothing) else {
        panic!("goes on")
    };
    assert_eq!(outcome.word(), "unreachable_from_here");
    assert!(outcome.to_string().contains("if it was confirmed from 10.0.0.5"), "{outcome}");
}

#[test]
fn no_change_is_started_on_top_of_another() {
    let (start, fabric) = host();
    let plan = plan(&start, &moved(&start), &fabric);
    let machine = || Machine::new(plan.clone(), &fabric, GuardOptions::new("t", 2)).unwrap();
    let mut first = machine();
    first.start("147.75.1.10".parse().unwrap());
    let action = first.handle(Duration::ZERO, facts_of(&start, &["other|1000 180 260|0||running"]));
    assert!(
        matches!(&action, Action::Finish(Outcome::Unchanged { why }) if why.contains("other")),
        "{action:?}"
    );
    // One that has ended is in nobody's way.
    let mut second = machine();
    second.start("147.75.1.10".parse().unwrap());
    let ended = "other|1000 180 260|0|decided |rolled-back asked to";
    execs(second.handle(Duration::ZERO, facts_of(&start, &[ended])), "/sbin/auto-backup.sh");
    // One that was armed since shuts the door.
    second.handle(Duration::ZERO, told(""));
    execs(second.handle(Duration::ZERO, Event::Uploaded), "sh /tmp/esxi-guard-t.sh arm");
    execs(second.handle(Duration::ZERO, told("taken by other\n")), "sh /tmp/esxi-guard-t.sh clean");
    let action = second.handle(Duration::ZERO, told(""));
    assert!(
        matches!(&action, Action::Finish(Outcome::Unchanged { why }) if why.contains("other")),
        "{action:?}"
    );
}

#[test]
fn a_change_that_waits_is_confirmed_or_called_back_by_another_process() {
    let (start, fabric) = host();
    let end = plan(&start, &moved(&start), &fabric).end().clone();
    let run = Run {
        id: "r".into(),
        state: RunState::Waiting,
        armed: Some(1_000),
        window: Some(180),
        cap: Some(260),
        confirm_from: None,
    };
    let address = "147.75.1.11".parse().unwrap();
    let now = Duration::from_secs(1);
    let wanted = end.clone();
    let mut machine =
        Machine::join(&run, address, Goal::Confirm).judged_by(move |state| state.same_configuration(&wanted));
    let asks = machine.start(address);
    assert!(matches!(&asks, Action::Exec { command } if command.ends_with("state; else echo gone; fi")));
    // It was complete before this process came, but only a connection made after that is known to be.
    assert!(matches!(machine.handle(now, told("waiting")), Action::Connect { .. }));
    machine.handle(now, there());
    execs(machine.handle(now, told("waiting")), &facts::script());
    execs(machine.handle(now, facts_of(&end, &[])), "sh /tmp/esxi-guard-r.sh confirm");
    execs(
        machine.handle(now, told("confirmed")),
        "/sbin/auto-backup.sh && { sh /tmp/esxi-guard-r.sh saved || :; }",
    );
    assert_eq!(machine.handle(now, told("")), Action::Finish(Outcome::Applied { saved: Ok(()) }));

    let mut machine = Machine::join(&run, address, Goal::Back);
    machine.start(address);
    execs(machine.handle(now, told("waiting")), "sh /tmp/esxi-guard-r.sh back");
    let action = machine.handle(now, told("rolled-back asked to"));
    assert_eq!(action, Action::Finish(Outcome::RolledBack { why: "asked to".into() }));

    // Without a word on what the host shall be like nothing is confirmed, and nothing is healed either.
    let mut machine = Machine::join(&run, address, Goal::Confirm);
    machine.start(address);
    machine.handle(now, told("waiting"));
    machine.handle(now, there());
    machine.handle(now, told("waiting"));
    let action = machine.handle(now, facts_of(&end, &[]));
    assert!(matches!(action, Action::Finish(Outcome::Unchanged { .. })), "{action:?}");
}
