//! The lock-out matrix: every class of change × release × surroundings × something that goes wrong × every moment of
//! the run. On a virtual clock, with reach decided by the second network model.
//!
//! Whatever happens: once the host's timers have run out it is in its former or its planned state, in that state
//! management answers again, what the tool said of it is true, and nothing unconfirmed outlasts a boot.

mod blows;
mod classes;
mod course;
pub mod places;
mod vantage;

use blows::{Blow, What, When};
pub use classes::CLASSES;
pub use course::Setting;
use course::judge;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Releases of every kind.
pub const VERSIONS: [&str; 7] = ["5.5", "6.0", "6.5", "6.7", "7.0", "8.0", "9.0"];

/// What the cases came to.
#[derive(Default)]
struct Tally {
    plans: usize,
    cases: usize,
    /// By the word of the outcome; `killed` where nobody was left to say one.
    outcomes: BTreeMap<String, usize>,
    /// Changes that a place has no commands for, or no way back from.
    left_out: usize,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.plans += other.plans;
        self.cases += other.cases;
        self.left_out += other.left_out;
        for (word, count) in other.outcomes {
            *self.outcomes.entry(word).or_default() += count;
        }
    }
    #[allow(clippy::print_stdout, reason = "how much was tried is part of the result")]
    fn show(&self, name: &str) {
        println!(
            "{name}: {} cases of {} plans ({} left out): {:?}",
            self.cases, self.plans, self.left_out, self.outcomes
        );
    }
}

pub fn slow() -> bool {
    std::env::var_os("ESXI_SLOW").is_some()
}

/// Does so many jobs on two threads and adds up what they came to.
fn in_parallel(jobs: usize, job: impl Fn(usize) -> Tally + Sync) -> Tally {
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= jobs {
                        return;
                    }
                    let tally = job(at);
                    sum.lock().unwrap().add(tally);
                }
            });
        }
    });
    sum.into_inner().unwrap()
}

/// One change in one place: undisturbed, then with everything that may go wrong, at every moment. Of the cases one in
/// `stride` is run.
fn sweep(version: &str, place: usize, class: usize, what: &[What], stride: usize) -> Tally {
    let mut tally = Tally::default();
    let place = places::all(version).swap_remove(place);
    let (name, change) = CLASSES[class];
    let about = format!("{name}, {}, {version}", place.name);
    let Some(setting) = change(&place).and_then(|desired| Setting::new(&about, place, &desired)) else {
        tally.left_out = 1;
        return tally;
    };
    tally.plans = 1;
    let undisturbed = setting.run(None);
    judge(&setting, &undisturbed, None);
    let word = undisturbed.word();
    *tally.outcomes.entry(word).or_default() += 1;
    tally.cases = 1;
    // Different plans leave out different moments.
    let mut number = class * 7 + tally.plans;
    for what in what {
        for when in When::all(undisturbed.actions, setting.steps()) {
            number += 1;
            if !number.is_multiple_of(stride) || !what.fits(when) {
                continue;
            }
            let blow = Blow { what: *what, when };
            let course = setting.run(Some(blow));
            judge(&setting, &course, Some(blow));
            *tally.outcomes.entry(course.word()).or_default() += 1;
            tally.cases += 1;
        }
    }
    tally
}

/// Every pair of class and place. In the short run each has one release, by turns. One moment in so many is tried, in the
/// short run and in the long one.
fn matrix(name: &str, what: &[What], (short, long): (usize, usize)) -> Tally {
    let pairs = CLASSES.len() * places::COUNT;
    let releases = if slow() { VERSIONS.len() } else { 1 };
    let stride = if slow() { long } else { short };
    let tally = in_parallel(pairs * releases, |at| {
        let (pair, release) = (at % pairs, at / pairs);
        let (class, place) = (pair / places::COUNT, pair % places::COUNT);
        sweep(VERSIONS[(class + place + release) % VERSIONS.len()], place, class, what, stride)
    });
    tally.show(name);
    tally
}

#[test]
fn process_link_and_power_lost_at_every_step() {
    // In the long run all of it: some hundred thousand cases, half an hour on two cores.
    let tally = matrix("lock-out matrix", What::LOSSES, (17, 1));
    assert!(tally.plans > if slow() { 700 } else { 100 }, "{}", tally.plans);
    assert!(tally.cases > if slow() { 100_000 } else { 2_500 }, "{}", tally.cases);
    for word in ["applied", "rolled_back", "unchanged", "killed"] {
        assert!(tally.outcomes.contains_key(word), "no case ended {word}: {:?}", tally.outcomes);
    }
}

#[test]
fn what_others_do_meanwhile_ends_in_a_named_state() {
    let tally = matrix("disturbances", What::DISTURBANCES, (41, 5));
    assert!(tally.cases > 1_000, "{}", tally.cases);
    for word in ["applied", "rolled_back", "unreachable", "another_host_key"] {
        assert!(tally.outcomes.contains_key(word), "no case ended {word}: {:?}", tally.outcomes);
    }
}
