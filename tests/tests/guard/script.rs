//! The script itself, called by hand.

use crate::{ESXI, LAB};
use esxi_core::guard::{GuardOptions, script, script_path};
use esxi_core::plan::{Plan, plan};
use esxi_core::spec::{ResolveOptions, resolve};
use esxi_core::state::HostState;
use esxi_core::yaml;
use esxi_ssh::sim::Event;
use esxi_tests::lab::{self, ADDRESS, Lab, changes};
use std::time::Duration;

/// A change that leaves management where it is: the part of [`LAB`] about vSwitches.
fn change(current: &HostState) -> Plan {
    let mut spec = yaml::host_file("lab.yaml", LAB).unwrap().spec;
    spec.network.as_mut().unwrap().vmkernel = None;
    let desired = resolve(&spec, current, ResolveOptions::default()).desired;
    let plan = plan(current, &desired, &lab::fabric());
    assert!(plan.steps.len() > 5, "{plan:?}");
    plan
}

/// A host with the script on it.
struct Armed {
    lab: Lab,
    before: HostState,
    steps: usize,
    path: String,
}

impl Armed {
    fn new(version: &str, window: u64) -> Armed {
        let lab = Lab::start(ESXI, lab::config(version));
        let before = lab.host.state();
        let plan = change(&before);
        let steps = plan.steps.len();
        let options = GuardOptions::new("by-hand", steps).window(Duration::from_secs(window), steps);
        let path = script_path(&options);
        let text = script(&plan, &options).unwrap();
        lab.shell(ADDRESS, &format!("cat >{path}"), text.as_bytes()).ended(0);
        Armed { lab, before, steps, path }
    }

    fn call(&self, verb: &str) -> String {
        let line = format!("sh {} {verb}", self.path);
        self.lab.shell(ADDRESS, &line, b"").ended(0).out.trim().to_owned()
    }

    /// Asks until it says so.
    fn until(&self, wanted: &str) -> String {
        let asked = std::time::Instant::now();
        loop {
            let told = self.call("state");
            if told.starts_with(wanted) {
                return told;
            }
            assert!(asked.elapsed() < lab::LONG, "it says {told}, never {wanted}");
        }
    }
}

#[test]
fn arming_twice_is_arming_once() {
    let armed = Armed::new("7.0", 60);
    assert_eq!(armed.call("state"), "idle");
    let mut events = armed.lab.host.events();
    assert_eq!(armed.call("arm"), "armed");
    assert_eq!(armed.call("arm"), "armed");
    armed.until("waiting");
    assert_eq!(armed.call("arm"), "armed");
    assert_eq!(armed.call("confirm"), "confirmed");
    assert_eq!(armed.call("confirm"), "confirmed");
    assert_eq!(armed.call("back"), "confirmed", "too late to go back");
    let mut run = 0;
    while let Ok(event) = events.try_recv() {
        run += usize::from(changes(&event));
    }
    assert_eq!(run, armed.steps, "every step once, nothing undone");
    assert!(!armed.lab.host.state().same_configuration(&armed.before));
    armed.call("clean");
    armed.lab.shell(ADDRESS, "ls /tmp", b"").ended(0).keeps_quiet_about("by-hand");
}

#[test]
fn a_late_confirmation_is_told_so() {
    let armed = Armed::new("6.5", 1);
    armed.call("arm");
    assert_eq!(armed.until("rolled-back"), "rolled-back nobody confirmed within 1 s");
    armed.lab.assert_as(&armed.before, "rolled back");
    assert!(armed.call("confirm").starts_with("rolled-back"));
    assert!(armed.call("back").starts_with("rolled-back"));
    armed.lab.assert_as(&armed.before, "and it stays so");
}

#[test]
fn going_back_does_not_wait_for_the_timer() {
    let armed = Armed::new("8.0.2", 3600);
    armed.call("arm");
    armed.until("waiting");
    assert_eq!(armed.call("back"), "rolled-back asked to");
    armed.lab.assert_as(&armed.before, "rolled back");
}

#[test]
fn going_back_in_the_midst_stops_the_change() {
    let armed = Armed::new("8.0.2", 3600);
    let mut events = armed.lab.host.events();
    armed.call("arm");
    armed.lab.wait_for(&mut events, |event| matches!(event, Event::Command { .. }) && changes(event));
    assert_eq!(armed.call("back"), "rolled-back asked to");
    armed.lab.assert_as(&armed.before, "rolled back");
}
