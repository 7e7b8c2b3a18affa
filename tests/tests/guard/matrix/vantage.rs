//! The client moves, too: a change is confirmed from another place, by this process or by another one.

use super::course::{Setting, options};
use super::places::{self, Place};
use super::{Tally, VERSIONS, in_parallel, slow};
use esxi_core::guard::{Action, Event, Goal, LeftState, Machine, Outcome, Run};
use esxi_core::model::facts;
use esxi_core::plan::Verdict;
use esxi_core::reach::management_addresses;
use esxi_core::state::{Fact, HostState, Ipv4Config, MANAGEMENT_TAG};
use esxi_core::value::VlanId;
use esxi_tests::deadman::{Client, DeadMan, Trouble};
use esxi_tests::scenario::read;
use std::net::IpAddr;
use std::time::Duration;

/// Management leaves for a network that only the other client is on.
fn moved_away(place: &Place) -> Option<HostState> {
    let mut host = place.start.clone();
    if let Some(private) = host.vmkernel.get_mut("vmk1") {
        private.tags.insert(MANAGEMENT_TAG.to_owned());
        host.vmkernel.remove("vmk0");
        host.routes.retain(|route| !route.is_default());
        return Some(host);
    }
    let carried = place.known.ports.values().any(|port| port.tagged.contains(VlanId::new(21).unwrap()));
    let address = Ipv4Config::Static { address: read("10.21.0.10/24"), gateway: None };
    host.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(address);
    host.port_groups.get_mut("Management Network").unwrap().vlan = VlanId::new(21).unwrap();
    host.routes.clear();
    carried.then_some(host)
}

fn setting(version: &str, place: usize) -> Option<Setting> {
    let place = places::all(version).swap_remove(place);
    let about = format!("management moves away, {}, {version}", place.name);
    let (desired, from) = (moved_away(&place)?, place.elsewhere);
    // Asked from here, nobody would answer in the end.
    let here =
        Setting::new(&about, places::all(version).into_iter().find(|p| p.name == place.name)?, &desired)?;
    assert_eq!(here.plan.verdict, Verdict::Refused, "{about}: {}", here.plan.why);
    let setting = Setting::confirmed_from(&about, place, &desired, Some(from)).unwrap();
    assert_ne!(setting.plan.verdict, Verdict::Refused, "{about}: {}", setting.plan.why);
    assert!(setting.plan.why.starts_with(&format!("asked from {from}: ")), "{}", setting.plan.why);
    Some(setting)
}

/// A machine and the program around it, one action at a time.
struct Driver {
    machine: Machine,
    client: Client,
    action: Action,
}

impl Driver {
    fn author(setting: &Setting) -> Driver {
        let mut machine = setting.machine(&setting.options);
        let action = machine.start(setting.place.server);
        let client = Client::connected(setting.place.client, setting.place.server);
        Driver { machine, client, action }
    }

    /// Somebody who logs in from there, looks for the run, and joins it. None where the host does not answer or
    /// knows of none.
    fn joiner(
        host: &mut DeadMan,
        setting: &Setting,
        from: IpAddr,
        to: &[IpAddr],
        goal: Goal,
    ) -> Option<Driver> {
        let mut client = Client::connected(from, to[0]);
        let connect = Action::Connect { addresses: to.to_vec() };
        let Event::Connected { address } = host.carry_out(&mut client, &connect) else { return None };
        let runs = facts::parse(&host.facts(from, address)).unwrap().runs;
        let run: &Run = runs.first()?;
        let end = setting.plan.end().clone();
        let mut machine =
            Machine::join(run, address, goal).judged_by(move |state| state.same_configuration(&end));
        let action = machine.start(address);
        Some(Driver { machine, client, action })
    }

    fn outcome(&self) -> Option<&Outcome> {
        match &self.action {
            Action::Finish(outcome) => Some(outcome),
            _ => None,
        }
    }

    fn step(&mut self, host: &mut DeadMan) {
        if self.outcome().is_none() {
            let event = host.carry_out(&mut self.client, &self.action);
            self.action = self.machine.handle(Duration::from_secs(host.now), event);
        }
    }

    fn ended(&mut self, host: &mut DeadMan) -> Outcome {
        for _ in 0..3_000 {
            match self.outcome() {
                Some(outcome) => return outcome.clone(),
                None => self.step(host),
            }
        }
        panic!("it never ends");
    }
}

/// In the former state here, or in the planned one there; nothing in between, and nothing armed.
fn settled(setting: &Setting, mut host: DeadMan, context: &str) -> bool {
    host.pass(1_000);
    host.troubles.clear();
    assert!(!host.has_active_run(), "{context}");
    let as_before = host.state.same_configuration(&setting.place.start);
    let as_planned = host.state.same_configuration(setting.plan.end());
    assert!(as_before || as_planned, "half a change is left: {context}");
    let from = if as_before { setting.place.client } else { setting.place.elsewhere };
    let addresses = management_addresses(&host.state, &setting.place.known);
    assert!(addresses.iter().any(|address| host.answers(from, *address)), "nobody answers {from}: {context}");
    as_planned
}

/// The reached state's addresses.
fn reached_at(setting: &Setting) -> Vec<IpAddr> {
    setting.machine(&setting.options).reached_at().to_vec()
}

fn each(job: impl Fn(&Setting) -> Tally + Sync) -> Tally {
    let versions = if slow() { VERSIONS.len() } else { 1 };
    in_parallel(places::COUNT * versions, |at| {
        let version = VERSIONS[(at * 3) % VERSIONS.len()];
        match setting(version, at % places::COUNT) {
            Some(setting) => Tally { plans: 1, ..job(&setting) },
            None => Tally { left_out: 1, ..Tally::default() },
        }
    })
}

fn count(tally: &mut Tally, outcome: &Outcome) {
    tally.cases += 1;
    *tally.outcomes.entry(outcome.word().to_owned()).or_default() += 1;
}

#[test]
fn this_machine_moves_at_any_moment_or_never() {
    let tally = each(|setting| {
        let mut tally = Tally::default();
        for moves_at in (0..=80).step_by(4).map(Some).chain([None]) {
            let mut host = setting.host();
            let mut author = Driver::author(setting);
            let mut armed = None;
            while author.outcome().is_none() {
                if host.has_active_run() {
                    armed.get_or_insert(host.now);
                }
                let since = armed.map(|armed| host.now - armed);
                if moves_at.zip(since).is_some_and(|(at, since)| since >= at) {
                    author.client.at = vec![setting.place.elsewhere, setting.place.client];
                }
                author.step(&mut host);
            }
            let outcome = author.outcome().unwrap().clone();
            let context = format!("{}, moves at {moves_at:?}: {outcome}", setting.about);
            let planned = settled(setting, host, &context);
            match (moves_at, &outcome) {
                (_, Outcome::Applied { saved: Ok(()) }) => assert!(planned, "{context}"),
                (None, Outcome::RolledBack { .. }) => assert!(!planned, "{context}"),
                // Too late for the window.
                (Some(at), Outcome::RolledBack { .. }) => assert!(!planned && at > 30, "{context}"),
                _ => panic!("{context}"),
            }
            assert!(moves_at.is_some() || !planned, "{context}");
            count(&mut tally, &outcome);
        }
        tally
    });
    tally.show("this machine moves");
    assert!(tally.plans >= 6 && tally.outcomes["applied"] > 50 && tally.outcomes["rolled_back"] > 10);
}

#[test]
fn another_machine_confirms_at_any_moment() {
    let tally = each(|setting| {
        let mut tally = Tally::default();
        for at in 0..60 {
            let mut host = setting.host();
            let mut author = Driver::author(setting);
            for _ in 0..at {
                author.step(&mut host);
            }
            let (there, to) = (setting.place.elsewhere, reached_at(setting));
            let joined = Driver::joiner(&mut host, setting, there, &to, Goal::Confirm)
                .map(|mut joiner| joiner.ended(&mut host));
            let told = author.ended(&mut host);
            let context = format!("{}, joined at {at}: {joined:?}, {told}", setting.about);
            let planned = settled(setting, host, &context);
            match &joined {
                Some(Outcome::Applied { saved }) => {
                    assert!(planned && saved.is_ok(), "{context}");
                    // Who cannot look any more says that it may be so.
                    let from = setting.place.elsewhere;
                    let elsewhere = LeftState::ConfirmedElsewhere { from };
                    let true_words = match &told {
                        Outcome::Applied { .. } => true,
                        Outcome::LeftIn { state, .. } => *state == elsewhere,
                        _ => false,
                    };
                    assert!(true_words, "{context}");
                }
                Some(other) => {
                    // Too late: the address it joined at is gone.
                    let gone = LeftState::ConfirmedElsewhere { from: setting.place.elsewhere };
                    let named = !matches!(other, Outcome::LeftIn { state, .. } if *state != gone);
                    assert!(!planned && named, "{context}");
                    assert!(matches!(told, Outcome::RolledBack { .. }), "{context}");
                }
                None => assert!(!planned, "{context}"),
            }
            count(&mut tally, joined.as_ref().unwrap_or(&told));
        }
        tally
    });
    tally.show("another machine confirms");
    assert!(tally.outcomes["applied"] > 50, "{:?}", tally.outcomes);
}

#[test]
fn a_killed_process_is_joined_to_confirm_or_to_go_back_and_that_may_fail_anywhere() {
    let tally = each(|setting| {
        let mut tally = Tally::default();
        for goal in [Goal::Confirm, Goal::Back] {
            for waits in if slow() { vec![6, 12, 30] } else { vec![12] } {
                for at in (0..12).step_by(if slow() { 1 } else { 2 }) {
                    for blow in [None, Some("kill"), Some("cut"), Some("power"), Some("mute")] {
                        let mut host = setting.host();
                        let mut author = Driver::author(setting);
                        // Until it is armed and some time has passed; then it is killed.
                        for _ in 0..200 {
                            if host.has_active_run() || author.outcome().is_some() {
                                break;
                            }
                            author.step(&mut host);
                        }
                        host.pass(waits);
                        let to = reached_at(setting);
                        let from = setting.place.elsewhere;
                        let Some(mut joiner) = Driver::joiner(&mut host, setting, from, &to, goal) else {
                            continue;
                        };
                        for _ in 0..at {
                            joiner.step(&mut host);
                        }
                        let ended = joiner.outcome().is_some();
                        match blow {
                            Some("cut") => joiner.client.cut(),
                            Some("power") => host.power_cycle(),
                            Some("mute") => host.troubles.push(Trouble::Mute(host.now + 25)),
                            _ => {}
                        }
                        let outcome = (blow != Some("kill") || ended).then(|| joiner.ended(&mut host));
                        let context =
                            format!("{}, {goal:?} at {waits}+{at} {blow:?}: {outcome:?}", setting.about);
                        let settled_host = host.clone();
                        let planned = settled(setting, host, &context);
                        match &outcome {
                            // Power that goes after the end finds what was saved.
                            Some(Outcome::Applied { saved: Ok(()) }) => assert!(planned, "{context}"),
                            Some(Outcome::RolledBack { .. }) => assert!(!planned, "{context}"),
                            // It says nothing of the state, but that it did not keep the change.
                            Some(Outcome::Unchanged { .. }) => assert!(!planned, "{context}"),
                            // Where the former state does not answer, nobody there can tell.
                            Some(Outcome::LeftIn { .. }) => {
                                assert!(blow == Some("power") || goal == Goal::Back, "{context}");
                            }
                            None => {}
                            Some(other) => panic!("{other}: {context}"),
                        }
                        let saved = settled_host.saved.same_configuration(setting.plan.end());
                        assert!(!saved || planned, "{context}");
                        if let Some(outcome) = outcome {
                            count(&mut tally, &outcome);
                        }
                    }
                }
            }
        }
        tally
    });
    tally.show("a killed process is joined");
    assert!(tally.outcomes["applied"] > 50 && tally.outcomes["rolled_back"] > 20, "{:?}", tally.outcomes);
}

#[test]
fn only_the_named_client_confirms() {
    let setting = setting("8.0", 7).unwrap();
    let mut host = setting.host();
    let mut author = Driver::author(&setting);
    while !host.has_active_run() {
        author.step(&mut host);
    }
    host.pass(20);
    let addresses = reached_at(&setting);
    // It is on the network, too, but is not the one.
    let other: IpAddr = read("10.88.0.6");
    let mut joiner = Driver::joiner(&mut host, &setting, other, &addresses, Goal::Confirm).unwrap();
    let outcome = joiner.ended(&mut host);
    assert!(matches!(&outcome, Outcome::Unchanged { why } if why.contains("10.88.0.5")), "{outcome}");
    assert!(host.has_active_run());
    // Nor does the right one confirm what is not as it should be.
    let run = facts::parse(&host.facts(other, addresses[0])).unwrap().runs.remove(0);
    let mut machine = Machine::join(&run, addresses[0], Goal::Confirm).judged_by(|_| false);
    let action = machine.start(addresses[0]);
    let client = Client::connected(setting.place.elsewhere, addresses[0]);
    let outcome = Driver { machine, client, action }.ended(&mut host);
    assert!(matches!(&outcome, Outcome::Unchanged { why } if why.contains("host file")), "{outcome}");
    assert!(host.has_active_run());
    assert_eq!(run.window, Some(options("x", 0).window.as_secs()));
}
