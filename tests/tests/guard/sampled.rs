//! Cases of the lock-out matrix over real SSH, on simulated hosts whose shell runs the script: sampled the same way every
//! time, over changes, places, releases and what goes wrong.

use crate::ESXI;
use crate::matrix::{CLASSES, Setting, VERSIONS, places, slow};
use esxi_core::guard::{GuardOptions, Machine, Outcome};
use esxi_core::model;
use esxi_core::reach::{Fabric, Session as Seen, management_addresses};
use esxi_core::scenario::{FaultKind, FaultRule, When};
use esxi_ssh::guard::{SshConnector, run_guarded};
use esxi_ssh::sim::{Event, Fault, SimConfig};
use esxi_ssh::{AddressMap, ConnectOptions, Credentials, HostKeyPolicy, Session, Target, read_facts};
use esxi_tests::lab::{Lab, changes};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// What goes wrong at a step of the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    Nothing,
    Kill,
    Power,
    Refusal,
    Cut,
    Mute,
    HostdDown,
}

const HARMS: [Harm; 7] =
    [Harm::Nothing, Harm::Kill, Harm::Power, Harm::Refusal, Harm::Cut, Harm::Mute, Harm::HostdDown];

const PASSWORD: &str = "guarded";
const SAMPLES: usize = 60;
/// Hosts that are served at once: they wait most of the time.
const AT_ONCE: usize = 5;

/// A change in a place: the next place that has something of the kind.
fn sample(number: usize) -> (usize, usize, &'static str) {
    let class = number % CLASSES.len();
    let version = VERSIONS[number * 3 % VERSIONS.len()];
    let first = number * 5 + number / CLASSES.len();
    let fits = |place: &usize| {
        let place = places::all(version).swap_remove(*place);
        CLASSES[class].1(&place).and_then(|desired| Setting::new("", place, &desired)).is_some()
    };
    let place = (first..first + places::COUNT).map(|at| at % places::COUNT).find(fits);
    (class, place.unwrap_or_else(|| panic!("no place has {}", CLASSES[class].0)), version)
}

fn run(number: usize) -> String {
    let (class, at, version) = sample(number);
    let harm = HARMS[(number + number / HARMS.len()) % HARMS.len()];
    let mut place = places::all(version).swap_remove(at);
    let truth = Fabric { session: None, observed: None, ..place.known.clone() };
    let mut config = SimConfig::new("lab", model::Machine::new(place.start.clone()), truth.clone());
    // Every release takes one; keys of the curve that others use came with 6.5.
    config.root_password = Some(PASSWORD.into());
    // Set once it is known which step it is.
    let struck: Arc<OnceLock<(Vec<String>, Fault)>> = Arc::default();
    let times = AtomicUsize::new(0);
    config.on_command = Some(Arc::new({
        let struck = Arc::clone(&struck);
        move |_, argv| match struck.get() {
            Some((words, fault)) if words == argv && times.fetch_add(1, Ordering::Relaxed) == 0 => {
                fault.clone()
            }
            _ => Fault::None,
        }
    }));
    let lab = Lab::start(ESXI, config);
    if place.sight.is_bound() {
        inject(&lab, FaultKind::DropForeignMacs, When::Start, None);
    }
    place.start = lab.host.state();
    place.known = truth;
    place.known.observe(&place.start, Seen { client: place.client, server: place.server });
    let about = format!("{number}: {}, {}, {version}, {harm:?}", CLASSES[class].0, place.name);
    let desired = CLASSES[class].1(&place).unwrap();
    let setting = Setting::new(&about, place, &desired).unwrap_or_else(|| panic!("{about}: nothing to do"));
    let step = &setting.plan.steps[number * 7 % setting.steps()];
    let words = step.command.argv();
    let line = When::Words(words.join(" "));
    match harm {
        Harm::Power => struck.set((words.clone(), Fault::PowerCycle)).unwrap(),
        Harm::Refusal => struck.set((words.clone(), Fault::Error("Busy".into()))).unwrap(),
        Harm::Cut => inject(&lab, FaultKind::Cut, line, None),
        Harm::Mute => inject(&lab, FaultKind::Mute, line, Some(3)),
        Harm::HostdDown => inject(&lab, FaultKind::HostdDown, line, None),
        Harm::Nothing | Harm::Kill => {}
    }
    let outcome = apply(&lab, &setting, (harm == Harm::Kill).then_some(&words[..]));
    settled(&lab, &setting, outcome.as_ref(), &about);
    outcome.as_ref().map_or("killed", Outcome::word).to_owned()
}

fn inject(lab: &Lab, what: FaultKind, when: When, lasts: Option<u32>) {
    lab.host.inject(FaultRule { what, when, lasts, times: None }).unwrap();
}

fn connect_options(lab: &Lab) -> ConnectOptions {
    lab.know_host();
    let mut options = ConnectOptions::new(Credentials::none().password(PASSWORD));
    options.host_keys = HostKeyPolicy::Strict { files: vec![lab.path("known_hosts")] };
    // Before 6.5 hosts have keys and exchanges of their day only.
    options.legacy = lab.host.state().version < "6.5".parse().unwrap();
    options.address_map = Some(AddressMap::file(lab.path("ready.json")));
    options
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn target(address: IpAddr) -> Target {
    format!("ssh://root@{address}").parse().unwrap()
}

/// Applies to the end, or until the command is run at which this process is as good as killed.
fn apply(lab: &Lab, setting: &Setting, killed_at: Option<&[String]>) -> Option<Outcome> {
    let steps = setting.steps();
    let mut options = GuardOptions::new("sampled", steps).window(Duration::from_secs(5), steps);
    options.avoid_backup = false;
    let patience = options.patience();
    let machine = Machine::new((*setting.plan).clone(), &setting.place.known, options);
    let mut machine = machine.unwrap_or_else(|_| panic!("{}: no way back", setting.about));
    let (connect, to) = (connect_options(lab), target(setting.place.server));
    let mut events = lab.host.events();
    let before = &setting.place.start;
    let outcome = runtime().block_on(async {
        let session = Session::connect(&to, &connect).await.unwrap();
        let mut connector = SshConnector::new(&to, &connect, session.host_key().clone(), patience);
        let open = (setting.place.server, session);
        let never = std::future::pending();
        let apply = run_guarded(&mut machine, open, &mut connector, never, |_| {});
        let Some(words) = killed_at else { return Some(apply.await) };
        let the_step = async {
            loop {
                match events.recv().await.unwrap() {
                    Event::Command { argv, .. } if argv == words => return,
                    _ => {}
                }
            }
        };
        tokio::select! {
            outcome = apply => Some(outcome),
            () = the_step => None,
        }
    });
    if outcome.is_none() {
        // The host is back when what the change did last is undone, too.
        lab.wait_for(&mut events, |event| changes(event) && lab.host.state().same_configuration(before));
    }
    outcome
}

/// It is as it was or as planned, that was said, and management answers: by logging in.
fn settled(lab: &Lab, setting: &Setting, outcome: Option<&Outcome>, about: &str) {
    let (start, end) = (&setting.place.start, setting.plan.end());
    let state = lab.host.state();
    match outcome {
        Some(Outcome::Applied { saved: Ok(()) }) => {
            lab.assert_as(end, about);
            assert!(lab.host.saved_state().same_configuration(&state), "{about}");
        }
        Some(Outcome::RolledBack { .. } | Outcome::Unchanged { .. }) | None => {
            lab.assert_as(start, about);
            assert!(lab.host.saved_state().same_configuration(start), "{about}");
        }
        Some(other) => panic!("{about}: {other}"),
    }
    let options = connect_options(lab);
    let addresses = management_addresses(&state, &setting.place.known);
    let runs = runtime().block_on(async {
        for address in &addresses {
            let Ok(mut session) = Session::connect(&target(*address), &options).await else { continue };
            return read_facts(&mut session).await.map(|facts| facts.runs).unwrap();
        }
        panic!("{about}: nobody logs in at {addresses:?}");
    });
    assert!(outcome.is_none() || runs.iter().all(|run| !run.is_active()), "{about}: {runs:?}");
}

#[test]
#[allow(clippy::print_stdout, reason = "how much was tried is part of the result")]
fn sampled_cases_over_ssh() {
    let numbers: Vec<usize> = (0..SAMPLES).filter(|number| slow() || number % 8 == 3).collect();
    let next = AtomicUsize::new(0);
    let words: Mutex<BTreeMap<String, usize>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let word = run(*number);
                    *words.lock().unwrap().entry(word).or_default() += 1;
                }
            });
        }
    });
    let words = words.into_inner().unwrap();
    println!("over SSH: {} cases: {words:?}", numbers.len());
    assert_eq!(words.values().sum::<usize>(), numbers.len());
    assert!(!slow() || words.len() > 2, "{words:?}");
}
