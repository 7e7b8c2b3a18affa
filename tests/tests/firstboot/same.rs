//! The same state as the plan's.

use crate::boots::{RUN, again, assert_reached, boot, compiled, reset};
use crate::host::{Host, machine};
use crate::{RELEASES, cases};
use esxi_core::diag::codes;
use esxi_core::plan::{Plan, plan};
use esxi_core::reach::Fabric;
use esxi_core::state::HostState;
use esxi_tests::arb::Case;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Random changes that commands lead to, each with its plan. The same in every run.
pub fn random(count: usize, seed: u8) -> Vec<(HostState, Plan)> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let tapes = proptest::collection::vec(any::<u16>(), 240..400);
    let mut found = Vec::new();
    while found.len() < count {
        let mut case = Case::of(&tapes.new_tree(&mut runner).unwrap().current());
        case.current.version = RELEASES[found.len() % RELEASES.len()].parse().unwrap();
        case.desired.version = case.current.version;
        let plan = plan(&case.current, &case.desired, &Fabric::default());
        let out_of_reach = plan.diagnostics.iter().any(|finding| finding.code == codes::GOAL_OUT_OF_REACH);
        if !out_of_reach && !plan.steps.is_empty() {
            found.push((case.desired, plan));
        }
    }
    found
}

#[test]
fn random_hosts_reach_what_the_plan_reaches() {
    let mut host = Host::start(machine("7.0".parse().unwrap(), 2), |_| ());
    for (number, (desired, plan)) in random(cases(8, 60), 1).into_iter().enumerate() {
        let place = format!("case {number}, {}", plan.start.version);
        reset(&host, &plan.start);
        let text = compiled(&plan.start, &desired);
        let first = boot(&mut host, &text).done(&place);
        assert_reached(&host, plan.end(), &place, &first.log);
        let second = again(&mut host, RUN).done(&place);
        assert_eq!(second.changes, Vec::<String>::new(), "{place}: the second run changes something");
        assert_reached(&host, plan.end(), &place, &second.log);
        println!("{place}: {} steps, {} changes", plan.steps.len(), first.changes.len());
    }
}
