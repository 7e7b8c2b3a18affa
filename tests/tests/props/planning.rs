//! Plans: what they promise holds, in the referee's eyes and on the model.

use super::{config, sample};
use esxi_core::command::{Command, alternatives, apply};
use esxi_core::plan::{Plan, UndoKind, Verdict as PlanVerdict, plan};
use esxi_core::state::{Fact, HostState, Ipv4Config};
use esxi_core::value::VmkName;
use esxi_tests::arb::{Case, case, show_host};
use esxi_tests::referee::{Verdict, World};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The addresses management may be used on: the session's while the host has it, and those of the adapters
/// tagged for it (or `vmk0` where none is).
fn management(case: &Case, host: &HostState) -> Vec<IpAddr> {
    let tagged = |vmk: &esxi_core::state::VmkAdapter| vmk.tags.contains("Management");
    let any = host.vmkernel.values().any(tagged);
    let carries = |(name, vmk): &(&VmkName, &esxi_core::state::VmkAdapter)| {
        if any { tagged(vmk) } else { **name == "vmk0" }
    };
    let mut list: Vec<IpAddr> = host
        .vmkernel
        .iter()
        .filter(carries)
        .flat_map(|(_, vmk)| vmk.addresses().map(|net| net.addr()).collect::<Vec<_>>())
        .collect();
    let all: Vec<IpAddr> =
        host.vmkernel.values().flat_map(|vmk| vmk.addresses().map(|net| net.addr())).collect();
    list.extend(
        case.known.session.as_ref().map(|session| session.server).filter(|server| all.contains(server)),
    );
    list
}

/// Whether management answers somewhere, for certain, in the true world. `reborn` adapters have new ports.
fn answers(case: &Case, host: &HostState, reborn: &BTreeSet<VmkName>) -> bool {
    let world = World::with_new_ports(host, &case.truth, reborn);
    let before = World::new(&case.current, &case.truth);
    management(case, host).into_iter().any(|server| {
        let verdict = match &case.known.session {
            Some(session) => world.answers_given(&before, session, case.client, server),
            None => world.answers_in_truth(case.client, server),
        };
        verdict == Verdict::Yes
    })
}

/// A state without what DHCP servers handed out: no command can ask for that.
fn unleased(host: &HostState) -> HostState {
    let mut host = host.clone();
    for vmk in host.vmkernel.values_mut() {
        if let Fact::Known(Ipv4Config::Dhcp { lease }) = &mut vmk.ipv4 {
            *lease = None;
        }
    }
    host
}

fn steps(plan: &Plan) -> String {
    let line = |step: &esxi_core::plan::Step| {
        format!("{}  [{:?}]", step.command.argv().join(" "), step.reach.answer)
    };
    plan.steps.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Every command is executed without an error and leads where the step says.
fn executes_as_predicted(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    let mut host = case.current.clone();
    for (number, step) in plan.steps.iter().enumerate() {
        let result = apply(&mut host, &step.command);
        prop_assert!(result.is_ok(), "step {}: {:?}\n{}", number + 1, result, steps(plan));
        prop_assert!(
            host.same_configuration(&step.after),
            "step {} leads elsewhere\n{}\n{}",
            number + 1,
            show_host(&host),
            show_host(&step.after)
        );
    }
    if plan.verdict != PlanVerdict::Refused {
        prop_assert!(
            unleased(&host).same_configuration(&unleased(&case.desired)),
            "the end is not what was wanted\n{}",
            steps(plan)
        );
    }
    Ok(())
}

/// A safe plan is dark at no moment, whichever way the host does what is only believed of it.
fn safe_means_safe(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    if plan.verdict != PlanVerdict::Safe {
        return Ok(());
    }
    let mut host = case.current.clone();
    let mut reborn = BTreeSet::new();
    for (number, step) in plan.steps.iter().enumerate() {
        if let Command::VmkAdd { vmk, .. } = &step.command
            && case.current.vmkernel.contains_key(vmk)
        {
            reborn.insert(vmk.clone());
        }
        prop_assert!(apply(&mut host, &step.command).is_ok());
        let others = alternatives(&host, &step.command);
        for state in std::iter::once(&host).chain(&others) {
            prop_assert!(
                answers(case, state, &reborn),
                "dark after step {} of a safe plan\n{}\n-- then\n{}",
                number + 1,
                steps(plan),
                show_host(state)
            );
        }
    }
    Ok(())
}

/// What a plan reached needs no plan.
fn twice_is_nothing(case: &Case, plan_one: &Plan) -> Result<(), TestCaseError> {
    if plan_one.verdict == PlanVerdict::Refused {
        return Ok(());
    }
    let again = plan(plan_one.end(), &case.desired, &case.known);
    prop_assert!(again.steps.is_empty(), "left to do:\n{}\nafter\n{}", steps(&again), steps(plan_one));
    Ok(())
}

/// Runs an undo as the script on a host does: a command that fails is passed over.
fn undo(host: &HostState, commands: &[Command]) -> HostState {
    let mut host = host.clone();
    for command in commands {
        // A refused command leaves the state as it was.
        let _ = apply(&mut host, command);
    }
    host
}

/// From every point the undo leads back, whether or not a step that was interrupted had its effect.
fn undo_restores(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    if plan.verdict == PlanVerdict::Refused {
        return Ok(());
    }
    let leads_back = |what: &str, state: &HostState, commands: Option<Vec<Command>>| {
        let Some(commands) = commands else {
            return Err(TestCaseError::fail(format!("{what}: no undo of\n{}", steps(plan))));
        };
        let text = commands.iter().map(|command| command.argv().join(" ")).collect::<Vec<_>>().join("\n");
        let back = undo(state, &commands);
        prop_assert!(
            back.same_configuration(&case.current),
            "{what}\n{}\nundo:\n{text}\n-- leads to\n{}",
            steps(plan),
            show_host(&back)
        );
        Ok(())
    };
    // What a DHCP server will hand out again, nobody can promise.
    let exact = plan.steps.iter().take_while(|step| step.undo.kind == UndoKind::Exact).count();
    for done in 0..=exact {
        leads_back("finished", plan.state_after(done), plan.undo_from(done))?;
    }
    for begun in 1..=exact {
        let commands = plan.undo_interrupted(begun);
        leads_back("interrupted after it took effect", plan.state_after(begun), commands.clone())?;
        leads_back("interrupted before it took effect", plan.state_after(begun - 1), commands)?;
    }
    Ok(())
}

/// Each step's own undo leads back to the state before it.
fn each_step_can_be_undone(plan: &Plan) -> Result<(), TestCaseError> {
    for (number, step) in plan.steps.iter().enumerate() {
        if step.undo.kind != UndoKind::Exact {
            continue;
        }
        let back = undo(&step.after, &step.undo.commands);
        prop_assert!(
            back.same_configuration(plan.state_after(number)),
            "step {}\n{}",
            number + 1,
            steps(plan)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn plans_execute_as_predicted(case in case()) {
        executes_as_predicted(&case, &plan(&case.current, &case.desired, &case.known))?;
    }

    #[test]
    fn safe_plans_are_never_dark(case in case()) {
        safe_means_safe(&case, &plan(&case.current, &case.desired, &case.known))?;
    }

    #[test]
    fn planning_twice_finds_nothing(case in case()) {
        twice_is_nothing(&case, &plan(&case.current, &case.desired, &case.known))?;
    }

    #[test]
    fn undo_leads_back_from_everywhere(case in case()) {
        undo_restores(&case, &plan(&case.current, &case.desired, &case.known))?;
    }

    #[test]
    fn every_step_is_undone_alone(case in case()) {
        each_step_can_be_undone(&plan(&case.current, &case.desired, &case.known))?;
    }
}

/// Every verdict occurs in a fifth of the cases at least, of as many as the other claims are tried on.
#[test]
fn every_verdict_occurs() {
    let mut counts: BTreeMap<PlanVerdict, usize> = BTreeMap::new();
    let cases = sample((config().cases as usize).max(500));
    for case in &cases {
        *counts.entry(plan(&case.current, &case.desired, &case.known).verdict).or_default() += 1;
    }
    for verdict in [PlanVerdict::Safe, PlanVerdict::Guarded, PlanVerdict::Refused] {
        let count = counts.get(&verdict).copied().unwrap_or(0);
        assert!(count * 5 >= cases.len(), "{verdict}: {counts:?}");
    }
}
