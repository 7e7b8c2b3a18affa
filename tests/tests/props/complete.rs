//! The search for an order against brute force: it finds one that is always lit if there is one, and else the smallest
//! dark window.

use esxi_core::plan::{Plan, PlanOptions, Spare, Verdict, plan_with};
use esxi_core::reach::{Answer, Evidence, Network, management};
use esxi_core::value::VlanId;
use esxi_tests::arb::{Case, case};
use esxi_tests::oracle::{Darkness, Found, Oracle};
use esxi_tests::scenario::read;
use proptest::prelude::*;

/// What a plan says of its own darkness.
fn claimed(plan: &Plan) -> Darkness {
    let (mut run, mut longest, mut all, mut dark) = (0, 0, 0, 0);
    for step in &plan.steps {
        run = if step.reach.answer == Answer::Yes { 0 } else { run + 1 };
        longest = longest.max(run);
        all += usize::from(step.reach.answer != Answer::Yes);
        dark += usize::from(step.reach.answer == Answer::No);
    }
    (longest, all, dark)
}

/// Places that brute force may look at: seconds, not minutes.
const MOST: usize = 20_000;

/// Adds a spare subnet to the world, on the segment of the first network, and gives its address to the plan.
fn with_spare(case: &mut Case) -> Spare {
    let segment = case.truth.networks.first().map_or(5, |network| network.segment);
    let gateway = Some(read("10.77.0.1"));
    let subnet = read("10.77.0.0/24");
    let network = Network { subnet, gateway, segment, dhcp: None, evidence: Evidence::Asserted };
    case.truth.networks.push(network.clone());
    case.known.networks.push(network);
    let untagged = case.truth.ports.values().any(|port| port.untagged == Some(segment));
    let vlan = if untagged { VlanId::UNTAGGED } else { VlanId::new(segment).unwrap_or_default() };
    Spare { address: read("10.77.0.5/24"), vlan, gateway }
}

/// Judges one plan; false when brute force had to give up or the plan is too long for it.
fn judge(case: &Case, spare: Option<&Spare>) -> Result<bool, TestCaseError> {
    let mut options = PlanOptions::default();
    if let Some(spare) = spare {
        options = options.spare(spare.clone());
    }
    let plan = plan_with(&case.current, &case.desired, &case.known, &options);
    let lines: Vec<String> = plan.steps.iter().map(|step| step.command.argv().join(" ")).collect();
    let oracle = Oracle {
        start: &case.current,
        goal: &case.desired,
        fabric: &case.known,
        spare,
        // What does not answer has nothing to lose: no helpers then.
        helpers: if management(&case.current, &case.known).answer == Answer::Yes { 2 } else { 0 },
        steps: 7,
        most: MOST,
    };
    let cost = oracle.cost(plan.steps.iter().map(|step| &step.command));
    prop_assert_eq!(cost, Some(claimed(&plan)), "the plan's own account is wrong: {:#?}", lines);
    let reached = oracle.arrived(plan.end());
    if plan.verdict == Verdict::Refused && !reached {
        let found = Oracle { helpers: 0, ..oracle }.better_than((usize::MAX, 0, 0));
        prop_assert!(!matches!(found, Found::Better(..)), "the goal can be reached: {:#?}", found);
        return Ok(found == Found::NothingBetter);
    }
    prop_assert!(reached, "helpers are undone and the goal is reached: {:#?}", lines);
    // The order of a refused plan is not for carrying out.
    let Some(cost) = cost.filter(|_| plan.verdict != Verdict::Refused) else { return Ok(false) };
    if lines.len() > 7 {
        return Ok(false);
    }
    match oracle.better_than(cost) {
        Found::Better(better, how) => {
            Err(TestCaseError::fail(format!("{cost:?}: {lines:#?}\nbut {better:?} is possible: {how:#?}")))
        }
        Found::NothingBetter => Ok(cost > (0, 0, 0)),
        Found::TooMany => Ok(false),
    }
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn no_order_is_better_than_the_plan(case in case()) {
        judge(&case, None)?;
    }

    #[test]
    fn no_order_is_better_than_the_plan_with_a_spare_address(case in case()) {
        let mut case = case;
        let spare = with_spare(&mut case);
        judge(&case, Some(&spare))?;
    }
}

/// Brute force has something to say in many cases.
#[test]
fn the_judge_is_not_idle() {
    let judged = super::sample(250).iter().filter(|case| matches!(judge(case, None), Ok(true))).count();
    assert!(judged >= 30, "{judged} of 250 guarded or unreachable changes were judged to the end");
}
