//! Something breaks at each command of a plan.

use crate::{lab, steps};
use esxi_ssh::sim::{Event, Fault};
use esxi_tests::lab::{ADDRESS, changes};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How many hosts are served at once. They wait most of the time.
const AT_ONCE: usize = 5;

/// Does it for every step; all that fail are named together.
fn for_every_step(what: impl Fn(usize, &[String]) + Sync) {
    let steps = steps();
    at_once(steps.len(), |at| what(at + 1, &steps[at]));
}

/// Does so many jobs, a few at a time.
fn at_once(count: usize, what: impl Fn(usize) + Sync) {
    let jobs: Mutex<VecDeque<usize>> = Mutex::new((0..count).collect());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let job = jobs.lock().unwrap().pop_front();
                    let Some(at) = job else { return };
                    what(at);
                }
            });
        }
    });
}

/// Applies with this fault at the first time that a command is run.
fn apply_with(fault: &Fault, at: usize, words: &[String]) {
    let struck = Arc::new(AtomicBool::new(false));
    let lab = lab(|config| {
        let (struck, fault, words) = (Arc::clone(&struck), fault.clone(), words.to_owned());
        config.on_command = Some(Arc::new(move |_, argv| {
            let now = argv == words && !struck.swap(true, Ordering::Relaxed);
            if now { fault.clone() } else { Fault::None }
        }));
    });
    let before = lab.host.state();
    let about = format!("{fault:?} at step {at}, {}", words.join(" "));
    let ran = lab.on_host(&["apply", "lab.yaml", "--yes", "--window", "10"]);
    assert!(struck.load(Ordering::Relaxed), "{about}: the step was run");
    assert_eq!(ran.status, Some(3), "{about}\n{}\n{}", ran.out, ran.err);
    ran.says("error[APPLY007]");
    lab.assert_as(&before, &about);
    // Nor does a reboot bring anything of the change.
    assert!(lab.host.saved_state().same_configuration(&before), "{about}");
    // What was refused can be read on the host, where it did not restart.
    if let Fault::Error(text) = fault {
        lab.shell(ADDRESS, "cat /tmp/esxi-guard-*/log", b"").ended(0).says(text);
    }
    // The same host takes the same change once the trouble is over.
    if at == 1 {
        lab.on_host(&["apply", "lab.yaml", "--yes", "--window", "60"]).ended(0);
    }
}

#[test]
fn an_error_at_any_step_rolls_back() {
    let error = Fault::Error("Sysinfo error: Operation failed, diagnostics report: Out of resources".into());
    for_every_step(|at, words| apply_with(&error, at, words));
}

#[test]
fn a_power_cut_at_any_step_rolls_back() {
    for_every_step(|at, words| apply_with(&Fault::PowerCycle, at, words));
}

/// Every command that the host runs for an apply, those that read its state and save it included. Whatever the tool
/// says of the end is what is.
fn whenever(fault: &Fault) {
    let slow = std::env::var_os("ESXI_SLOW").is_some();
    let lab_of = |at: u64, seen: Arc<AtomicU64>| {
        let fault = fault.clone();
        lab(move |config| {
            config.on_command = Some(Arc::new(move |number, _| {
                seen.fetch_max(number, Ordering::Relaxed);
                if number == at { fault.clone() } else { Fault::None }
            }));
        })
    };
    let count = Arc::new(AtomicU64::new(0));
    let whole = lab_of(0, Arc::clone(&count));
    whole.on_host(&["apply", "lab.yaml", "--yes", "--window", "60"]).ended(0);
    let planned = whole.host.state();
    let last = count.load(Ordering::Relaxed);
    assert!(last > 40, "{last}");
    // The last ones, which confirm and save, always; those before in the long run.
    let first = if slow { 1 } else { last - 1 };
    let numbers: Vec<u64> = (first..=last).collect();
    at_once(numbers.len(), |index| {
        let at = numbers[index];
        let seen = Arc::new(AtomicU64::new(0));
        let lab = lab_of(at, Arc::clone(&seen));
        let before = lab.host.state();
        let mut events = lab.host.events();
        let ran = lab.on_host(&["apply", "lab.yaml", "--yes", "--window", "10"]);
        // A run that had to ask less often than the first one may end before this command.
        if *fault == Fault::PowerCycle && seen.load(Ordering::Relaxed) >= at {
            lab.wait_for(&mut events, |event| matches!(event, Event::Booted { .. }));
        }
        let about = format!("{fault:?} at command {at} of {last}\n{}\n{}", ran.out, ran.err);
        match ran.status {
            Some(0) => lab.assert_as(&planned, &about),
            Some(1..=3) => lab.assert_as(&before, &about),
            _ => panic!("{about}"),
        }
    });
}

#[test]
fn what_is_said_after_a_power_cut_is_true() {
    whenever(&Fault::PowerCycle);
}

#[test]
fn what_is_said_after_an_error_is_true() {
    whenever(&Fault::Error("Connect to localhost failed: Connection failure".into()));
}

#[test]
fn a_client_that_dies_at_any_step_is_not_needed() {
    for_every_step(|at, words| {
        let lab = lab(|_| {});
        let before = lab.host.state();
        let mut events = lab.host.events();
        let apply = lab.begin(&["apply", "lab.yaml", "--yes", "--window", "5"]);
        lab.wait_for(&mut events, |event| matches!(event, Event::Command { argv, .. } if argv == words));
        apply.kill();
        // The host is back when what the change did last is undone, too.
        lab.wait_for(&mut events, |event| changes(event) && lab.host.state().same_configuration(&before));
        lab.assert_as(&before, &format!("client killed at step {at}"));
        assert!(lab.host.saved_state().same_configuration(&before));
    });
}

#[test]
fn a_host_that_falls_silent_heals() {
    let lab = lab(|_| {});
    let before = lab.host.state();
    let mut events = lab.host.events();
    let apply = lab.begin(&["apply", "lab.yaml", "--yes", "--window", "5"]);
    lab.wait_for(
        &mut events,
        |event| matches!(event, Event::Command { argv, .. } if argv.iter().any(|word| word == "lab.example")),
    );
    lab.host.freeze();
    lab.wait_for(&mut events, |event| changes(event) && lab.host.state().same_configuration(&before));
    lab.host.thaw();
    apply.wait().ended(3).says("error[APPLY007]");
    lab.assert_as(&before, "healed");
}
