//! One run of a guarded apply against the host in memory, and what must be true of it.

use super::blows::{Blow, What, When};
use super::places::Place;
use esxi_core::diag::has_errors;
use esxi_core::guard::{Action, Event, GuardOptions, LeftState, Machine, Outcome, RunState};
use esxi_core::model::facts;
use esxi_core::plan::{Plan, plan};
use esxi_core::reach::management_addresses;
use esxi_core::state::HostState;
use esxi_core::value::MacAddr;
use esxi_tests::arb::show_host;
use esxi_tests::deadman::{Client, DeadMan};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Short enough for many cases; every limit follows it.
const WINDOW: u64 = 60;
/// Past every timer of the host, its undo included.
const GRACE: u64 = 120;

/// A change of a host in a place.
pub struct Setting {
    pub about: String,
    pub place: Place,
    pub plan: Arc<Plan>,
    pub options: GuardOptions,
}

/// What came of it.
pub struct Course {
    pub host: DeadMan,
    /// None: the process was killed.
    pub outcome: Option<Outcome>,
    pub actions: usize,
    /// When the change was started.
    pub armed: Option<u64>,
    pub struck: bool,
}

impl Course {
    pub fn word(&self) -> String {
        self.outcome.as_ref().map_or("killed", Outcome::word).to_owned()
    }
}

impl Setting {
    /// None where there is nothing to do, or no way to do it.
    pub fn new(about: &str, place: Place, desired: &HostState) -> Option<Setting> {
        Setting::confirmed_from(about, place, desired, None)
    }

    /// The same for a change that only this client may confirm.
    pub fn confirmed_from(
        about: &str,
        mut place: Place,
        desired: &HostState,
        from: Option<IpAddr>,
    ) -> Option<Setting> {
        place.known.asked_from = from;
        let plan = plan(&place.start, desired, &place.known);
        let options = GuardOptions { confirm_from: from, ..options("r1", plan.steps.len()) };
        Machine::new(plan.clone(), &place.known, options.clone()).ok()?;
        if has_errors(&plan.diagnostics) {
            return None;
        }
        Some(Setting { about: about.to_owned(), place, plan: Arc::new(plan), options })
    }

    pub fn steps(&self) -> usize {
        self.plan.steps.len()
    }

    pub fn host(&self) -> DeadMan {
        let mut host = DeadMan::new(self.place.start.clone(), Arc::clone(&self.place.sight));
        // The hourly backup strikes at another moment of each plan.
        host.epoch += self.about.bytes().map(u64::from).sum::<u64>() * 37 % 3600;
        host.announce(&self.plan, &self.options);
        host
    }

    pub fn machine(&self, options: &GuardOptions) -> Machine {
        let machine = Machine::new((*self.plan).clone(), &self.place.known, options.clone());
        machine.unwrap_or_else(|_| unreachable!("tried when the setting was made"))
    }

    /// Runs it to its end, or until the process is killed.
    pub fn run(&self, blow: Option<Blow>) -> Course {
        let mut host = self.host();
        let mut client = Client::connected(self.place.client, self.place.server);
        let mut machine = self.machine(&self.options);
        let mut action = machine.start(self.place.server);
        let mut armed = None;
        let (mut struck, mut waits_for_step) = (false, blow.is_some());
        for actions in 0..3_000 {
            if let Action::Finish(outcome) = action {
                struck |= host.struck || host.steps != Default::default();
                return Course { host, outcome: Some(outcome), actions, armed, struck };
            }
            if matches!(&action, Action::Exec { command } if command.ends_with(" arm")) {
                armed.get_or_insert(host.now);
                if let Some(blow) = blow.filter(|_| std::mem::take(&mut waits_for_step)) {
                    blow.what.strike(&mut host, blow.when);
                }
            }
            let now = |at: When| blow.filter(|blow| blow.when == at).map(|blow| blow.what);
            let before = now(When::Before(actions));
            let after = now(When::After(actions));
            struck |= before.or(after).is_some();
            let killed = |host| Course { host, outcome: None, actions, armed, struck: true };
            let event = match (before, after) {
                (Some(What::Kill), _) => return killed(host),
                (Some(What::Interrupt), _) => Event::Interrupted,
                (Some(what), _) => {
                    befall(&mut host, &mut client, what);
                    host.carry_out(&mut client, &action)
                }
                (None, Some(what)) => {
                    let event = host.carry_out(&mut client, &action);
                    match what {
                        What::Kill => return killed(host),
                        What::Interrupt => Event::Interrupted,
                        _ => {
                            befall(&mut host, &mut client, what);
                            unanswered(what, event)
                        }
                    }
                }
                (None, None) => host.carry_out(&mut client, &action),
            };
            if host.struck && matches!(blow, Some(Blow { what: What::Kill, .. })) {
                return killed(host);
            }
            action = machine.handle(Duration::from_secs(host.now), event);
        }
        panic!("{}: it never ends: {blow:?}", self.about);
    }
}

pub fn options(id: &str, steps: usize) -> GuardOptions {
    GuardOptions::new(id, steps).window(Duration::from_secs(WINDOW), steps)
}

/// Something happens between two actions.
fn befall(host: &mut DeadMan, client: &mut Client, what: What) {
    match what {
        What::Cut => client.cut(),
        What::Power => host.power_cycle(),
        What::FollowedMac => {
            host.power_cycle();
            // Another address than the cards have: as after a board was changed.
            for state in [&mut host.state, &mut host.saved] {
                if let Some(vmk) = state.vmkernel.get_mut("vmk0") {
                    vmk.mac = Some(MacAddr([0x0c, 0xc4, 0x7a, 0, 0xee, 0xee]));
                }
            }
        }
        What::NoCarrier => set_carrier(host, false),
        other => host.troubles.extend(other.trouble(host.now)),
    }
}

fn set_carrier(host: &mut DeadMan, up: bool) {
    for state in [&mut host.state, &mut host.saved] {
        for nic in state.nics.values_mut() {
            (nic.link_up, nic.speed_mbps) = (up, if up { 10_000 } else { 0 });
        }
    }
}

/// What the driver learns of an action whose answer had to come through that.
fn unanswered(what: What, event: Event) -> Event {
    let goes_silent =
        matches!(what, What::Cut | What::Power | What::FollowedMac | What::Mute(_) | What::NoCarrier);
    match event {
        Event::Output { .. } | Event::Uploaded if goes_silent => Event::Lost { why: format!("{what:?}") },
        Event::Connected { .. } if goes_silent => {
            Event::NotConnected { why: format!("{what:?}"), other_key: false }
        }
        event => event,
    }
}

/// Lets the host's timers run out, has somebody mend what lasts, and asks what must be true.
pub fn judge(setting: &Setting, course: &Course, blow: Option<Blow>) {
    let mut host = course.host.clone();
    let context = || {
        let outcome = course.outcome.as_ref().map_or("killed".to_owned(), ToString::to_string);
        format!("{}, {blow:?}: {outcome}", setting.about)
    };
    let steps = setting.plan.steps.iter().map(|step| step.command.argv().join(" ")).collect::<Vec<_>>();
    let context = || format!("{}\n{}", context(), steps.join("\n"));
    pending_is_noticed(setting, course, &context);
    // Within the window, counted from the end of the change, and the cap whatever happens.
    if let Some(armed) = course.armed {
        let deadline = armed + setting.options.cap.as_secs() + GRACE;
        host.pass(deadline.saturating_sub(host.now));
    }
    assert!(!host.has_active_run(), "a timer is still armed: {}", context());
    host.troubles.clear();
    set_carrier(&mut host, true);
    if blow.is_some_and(|blow| blow.what == What::FollowedMac) && course.struck {
        // A boot brings the saved configuration with another address: that is what somebody else did.
        for state in [&mut host.state, &mut host.saved] {
            if let (Some(vmk), Some(was)) =
                (state.vmkernel.get_mut("vmk0"), setting.place.start.vmkernel.get("vmk0"))
            {
                vmk.mac = was.mac;
            }
        }
    }
    let (start, end) = (&setting.place.start, setting.plan.end());
    let as_before = host.state.same_configuration(start);
    let as_planned = host.state.same_configuration(end);
    let seen_and_wanted = || format!("is\n{}\nwas\n{}", show_host(&host.state), show_host(start));
    assert!(as_before || as_planned, "half a change is left: {}\n{}", context(), seen_and_wanted());
    truth_of_what_was_said(setting, course, &host, (as_before, as_planned), blow, &context);
    // Management answers: where it did, or where it was confirmed.
    let client = setting.place.client;
    let addresses = management_addresses(&host.state, &setting.place.known);
    let answers = addresses.iter().any(|address| host.answers(client, *address));
    assert!(answers, "management does not answer any more: {}", context());
    // Nothing unconfirmed outlasts a boot; what is confirmed and not saved is named on the host.
    if !host.saved.same_configuration(&host.state) {
        let told = seen(&host, client, setting.place.server);
        let named = told.iter().any(|run| run.state == RunState::Confirmed { saved: false });
        let said = matches!(course.outcome, Some(Outcome::LeftIn { state: LeftState::ConfirmedUnsaved, .. }));
        assert!(as_planned && (named || said), "a boot would bring another state: {}", context());
    }
}

fn truth_of_what_was_said(
    setting: &Setting,
    course: &Course,
    host: &DeadMan,
    (as_before, as_planned): (bool, bool),
    blow: Option<Blow>,
    context: &impl Fn() -> String,
) {
    // Where the switch knows one address only, another one is as good as a cable that is out.
    let lasts = |what: What| what.is_lasting() || matches!(what, What::Mute(100) | What::FollowedMac);
    let lasting = blow.is_some_and(|blow| lasts(blow.what));
    match &course.outcome {
        None => {}
        Some(Outcome::Applied { saved: Ok(()) }) => {
            assert!(as_planned && host.saved.same_configuration(&host.state), "{}", context());
        }
        // Confirmed and gone: as planned, unless it lost power before it was saved.
        Some(Outcome::LeftIn { state: LeftState::ConfirmedUnsaved, .. }) => assert!(lasting, "{}", context()),
        Some(Outcome::Unchanged { .. } | Outcome::RolledBack { .. }) => {
            assert!(as_before && host.saved.same_configuration(&setting.place.start), "{}", context());
        }
        Some(Outcome::LeftIn { state: LeftState::Unreachable, .. }) => assert!(lasting, "{}", context()),
        Some(Outcome::LeftIn { state: LeftState::AnotherHostKey, .. }) => {
            assert!(blow.is_some_and(|blow| blow.what == What::OtherKey), "{}", context());
        }
        // The management adapter has another address than it was left with.
        Some(Outcome::LeftIn { state: LeftState::Between, .. }) => {
            assert!(blow.is_some_and(|blow| blow.what == What::FollowedMac), "{}", context());
        }
        Some(other) => panic!("{other}: {}", context()),
    }
}

/// What somebody who logs in learns of runs.
fn seen(host: &DeadMan, client: IpAddr, server: IpAddr) -> Vec<esxi_core::guard::Run> {
    facts::parse(&host.facts(client, server)).unwrap().runs
}

/// A change that waits on the host is told, and none is started on top of it.
fn pending_is_noticed(setting: &Setting, course: &Course, context: &impl Fn() -> String) {
    if !course.host.has_active_run() || course.outcome.is_some() {
        return;
    }
    let mut host = course.host.clone();
    let (client, server) = (setting.place.client, setting.place.server);
    let runs = seen(&host, client, server);
    assert!(runs.iter().any(|run| run.is_active() && run.id == setting.options.id), "{}", context());
    let again = options("r2", setting.steps());
    host.announce(&setting.plan, &again);
    let mut machine = setting.machine(&again);
    machine.start(server);
    let event = Event::Output { stdout: host.facts(client, server), status: 0 };
    match machine.handle(Duration::ZERO, event) {
        Action::Finish(Outcome::Unchanged { why }) => assert!(why.contains("r1"), "{why}: {}", context()),
        other => panic!("{other:?}: {}", context()),
    }
    // A client that read the state before the other one armed finds the door shut.
    let mut other = Client::connected(client, server);
    if host.answers(client, server) && host.troubles.is_empty() {
        host.carry_out(
            &mut other,
            &Action::Upload { path: "/tmp/esxi-guard-r2.sh".into(), content: String::new() },
        );
        let active = host.has_active_run();
        let arm = Action::Exec { command: "sh /tmp/esxi-guard-r2.sh arm".into() };
        if let (true, Event::Output { stdout, .. }) = (active, host.carry_out(&mut other, &arm)) {
            assert_eq!(stdout, "taken by r1\n", "{}", context());
        }
    }
}
