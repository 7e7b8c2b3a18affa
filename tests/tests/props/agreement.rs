//! Reachability and referee agree.

use super::config;
use esxi_core::reach::{Answer, Fabric, Finding, Session, answer};
use esxi_core::state::HostState;
use esxi_tests::arb::{Case, case};
use esxi_tests::referee::{Verdict, World};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The truth of a state, for whoever has seen the session if there is one.
fn truth(case: &Case, host: &HostState) -> Verdict {
    let world = World::new(host, &case.truth);
    match &case.known.session {
        Some(session) => {
            world.answers_given(&World::new(&case.current, &case.truth), session, case.client, case.server)
        }
        None => world.answers_in_truth(case.client, case.server),
    }
}

/// A claim on partial knowledge has to hold in the world that part of was told.
fn claims_hold_in_truth(case: &Case, host: &HostState) -> Result<(), TestCaseError> {
    let claim = answer(host, &case.known, case.client, case.server);
    match claim.answer {
        Answer::Yes => prop_assert_eq!(truth(case, host), Verdict::Yes, "claimed: yes, {}", claim.why()),
        Answer::No => {
            // What depends on chance may be called a no, even if a session shows that chance was kind.
            let truth = World::new(host, &case.truth).answers_in_truth(case.client, case.server);
            prop_assert!(truth != Verdict::Yes, "claimed: no, {}", claim.why());
        }
        Answer::Unknown => {}
    }
    Ok(())
}

/// Without a session, a claim has to hold in every world that the statements allow.
fn claims_hold_wherever_possible(case: &Case, host: &HostState) -> Result<(), TestCaseError> {
    let fabric = Fabric { session: None, observed: None, ..case.known.clone() };
    let claim = answer(host, &fabric, case.client, case.server);
    let verdict = World::new(host, &fabric).answers(case.client, case.server);
    match claim.answer {
        Answer::Yes => prop_assert_eq!(verdict, Verdict::Yes, "claimed: yes, {}", claim.why()),
        Answer::No => prop_assert!(
            matches!(verdict, Verdict::No | Verdict::Dark),
            "claimed: no, {}; the referee says {:?}",
            claim.why(),
            verdict
        ),
        Answer::Unknown => {}
    }
    Ok(())
}

/// Where everything is stated, "unknown" is no excuse, unless chance decides.
fn nothing_is_unknown_when_all_is_told(case: &Case, host: &HostState) -> Result<(), TestCaseError> {
    let claim = answer(host, &case.truth, case.client, case.server);
    // Three things no fabric tells: which of two equal routes ESXi takes, what a vmkernel adapter hears on a
    // guest-tagging port group, and the hardware address that ESXi chooses.
    let undocumented = |fact: &Finding| {
        matches!(
            fact,
            Finding::AmbiguousReply { .. } | Finding::GuestTagging { .. } | Finding::MacNotChosen { .. }
        )
    };
    if claim.answer == Answer::Unknown && !claim.facts.iter().any(undocumented) {
        let verdict = World::new(host, &case.truth).answers(case.client, case.server);
        prop_assert!(
            matches!(verdict, Verdict::Unknown | Verdict::Dark),
            "claimed: unknown, {}; the referee says {:?}",
            claim.why(),
            verdict
        );
    }
    Ok(())
}

/// The same case, with ports bound to the hardware addresses of some adapters.
fn with_bound_ports(case: &Case, choice: u16) -> Case {
    let mut case = case.clone();
    let bit = |number: usize| choice >> (number % 16) & 1 == 1;
    let some: BTreeSet<_> = case
        .current
        .vmkernel
        .values()
        .enumerate()
        .filter(|(number, _)| bit(*number))
        .filter_map(|(_, vmk)| vmk.mac)
        .collect();
    let nics: Vec<_> = case.truth.ports.keys().cloned().collect();
    for (number, nic) in nics.into_iter().enumerate().filter(|(number, _)| bit(number + 8)) {
        case.truth.macs.insert(nic, if number == 2 { BTreeSet::new() } else { some.clone() });
    }
    case.known.macs.clone_from(&case.truth.macs);
    // A session is there only where one can be.
    (case.known.session, case.known.observed) = (None, None);
    let truth = World::new(&case.current, &case.truth).answers_in_truth(case.client, case.server);
    if bit(15) && truth != Verdict::No {
        case.known.observe(&case.current, Session { client: case.client, server: case.server });
    }
    case
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn reach_holds_in_truth(case in case()) {
        claims_hold_in_truth(&case, &case.current)?;
        claims_hold_in_truth(&case, &case.desired)?;
    }

    #[test]
    fn reach_holds_in_every_possible_world(case in case()) {
        claims_hold_wherever_possible(&case, &case.current)?;
        claims_hold_wherever_possible(&case, &case.desired)?;
    }

    #[test]
    fn reach_holds_where_ports_are_bound_to_addresses(case in case(), choice in any::<u16>()) {
        let case = with_bound_ports(&case, choice);
        for host in [&case.current, &case.desired] {
            claims_hold_in_truth(&case, host)?;
            claims_hold_wherever_possible(&case, host)?;
            nothing_is_unknown_when_all_is_told(&case, host)?;
        }
    }

    #[test]
    fn reach_decides_when_all_is_told(case in case()) {
        nothing_is_unknown_when_all_is_told(&case, &case.current)?;
        nothing_is_unknown_when_all_is_told(&case, &case.desired)?;
    }
}

/// The cases are worth judging: every answer and every verdict occurs often enough.
#[test]
fn the_cases_are_varied() {
    let mut counts = std::collections::BTreeMap::new();
    let sample = super::sample(400);
    for case in &sample {
        let claim = answer(&case.current, &case.truth, case.client, case.server).answer;
        let verdict = World::new(&case.current, &case.truth).answers_in_truth(case.client, case.server);
        *counts.entry(format!("claim {claim:?}")).or_insert(0) += 1;
        *counts.entry(format!("referee {verdict:?}")).or_insert(0) += 1;
        if case.known.session.is_some() {
            *counts.entry("session".to_owned()).or_insert(0) += 1;
        }
    }
    for (what, least) in
        [("referee Yes", 60), ("referee No", 60), ("referee Dark", 15), ("claim Yes", 60), ("claim No", 60)]
    {
        assert!(counts.get(what).copied().unwrap_or(0) >= least, "{what}: {counts:?}");
    }
    println!("{counts:?}");
}
