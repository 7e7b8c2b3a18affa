//! Situations that random hosts seldom meet, each judged by the referee.

use esxi_core::command::{Command, apply};
use esxi_core::reach::{Answer, Fabric, Lag, Session, answer};
use esxi_core::state::{HostState, LoadBalancing, Route};
use esxi_core::value::NetstackName;
use esxi_tests::referee::{Verdict, World};
use esxi_tests::scenario::{Host, fabric, port, read};
use std::net::IpAddr;

const BEYOND: &str = "203.0.113.7";

fn ask(text: &str) -> IpAddr {
    read(text)
}

/// One card on segment 5, management on 192.0.2.10, a router on 192.0.2.1.
fn host() -> Host {
    Host::with_cards(2)
        .switch("vSwitch0", LoadBalancing::PortId, "vmnic0", "")
        .group("Management Network", "vSwitch0", 0)
        .vmk("vmk0", "Management Network", "192.0.2.10/24")
}

fn world() -> Fabric {
    let port = port(Some(5), &[], Lag::None);
    fabric(&[port.clone(), port], &[("192.0.2.0/24", Some("192.0.2.1"), 5)])
}

/// With everything told, reachability and referee have to say the same.
fn agree(host: &HostState, fabric: &Fabric, client: &str, server: &str, expected: Verdict) {
    let verdict = World::new(host, fabric).answers(ask(client), ask(server));
    assert_eq!(verdict, expected, "the referee itself");
    let claim = answer(host, fabric, ask(client), ask(server));
    let same = match verdict {
        Verdict::Yes => claim.answer == Answer::Yes,
        Verdict::No => claim.answer == Answer::No,
        Verdict::Dark | Verdict::Unknown => claim.answer != Answer::Yes,
    };
    assert!(same, "reachability says {}: {}", claim.answer, claim.why());
}

#[test]
fn the_plain_host_answers() {
    agree(&host().route("0.0.0.0/0", "192.0.2.1").0, &world(), BEYOND, "192.0.2.10", Verdict::Yes);
}

#[test]
fn a_port_that_is_bound_to_other_addresses_takes_nothing() {
    let mut host = host().route("0.0.0.0/0", "192.0.2.1").0;
    let own = host.vmkernel["vmk0"].mac.unwrap();
    let mut bound = world();
    bound.macs.insert(read("vmnic0"), [own].into());
    agree(&host, &bound, BEYOND, "192.0.2.10", Verdict::Yes);
    // Nor does a session that ran with the bound address prove anything for another one.
    bound.observe(&host, Session { client: ask(BEYOND), server: ask("192.0.2.10") });
    host.vmkernel.get_mut("vmk0").unwrap().mac = Some(read("00:50:56:00:00:99"));
    agree(&host, &bound, BEYOND, "192.0.2.10", Verdict::No);
    // What ESXi will choose nobody knows.
    host.vmkernel.get_mut("vmk0").unwrap().mac = None;
    assert_eq!(answer(&host, &bound, ask(BEYOND), ask("192.0.2.10")).answer, Answer::Unknown);
    // The other card's port does not matter.
    let mut other = world();
    other.macs.insert(read("vmnic1"), [own].into());
    agree(&host, &other, BEYOND, "192.0.2.10", Verdict::Yes);
}

#[test]
fn a_disabled_adapter_does_not() {
    let mut host = host().route("0.0.0.0/0", "192.0.2.1").0;
    host.vmkernel.get_mut("vmk0").unwrap().enabled = false;
    agree(&host, &world(), BEYOND, "192.0.2.10", Verdict::No);
}

#[test]
fn a_next_hop_on_another_segment_is_out_of_reach() {
    let host = host().route("0.0.0.0/0", "192.0.2.129").0;
    let halves = [("192.0.2.0/25", Some("192.0.2.1"), 5), ("192.0.2.128/25", Some("192.0.2.129"), 6)];
    let ports = [port(Some(5), &[], Lag::None), port(Some(5), &[], Lag::None)];
    agree(&host, &fabric(&ports, &halves), BEYOND, "192.0.2.10", Verdict::No);
}

#[test]
fn routes_of_another_stack_do_not_help() {
    let mut host = host().0;
    let stack: NetstackName = read("vmotion");
    host.routes.insert(Route { netstack: stack, network: read("0.0.0.0/0"), gateway: read("192.0.2.1") });
    agree(&host, &world(), BEYOND, "192.0.2.10", Verdict::No);
}

/// A claim that rests on a session over `before` has to hold in the truth of `after`.
fn holds(before: &HostState, after: &HostState, known: Fabric, truth: &Fabric, client: &str, server: &str) {
    let session = Session { client: ask(BEYOND), server: ask("192.0.2.10") };
    let mut known = known;
    known.observe(before, session.clone());
    let seen = answer(before, &known, session.client, session.server);
    assert_eq!(seen.answer, Answer::Yes, "a session proves its own path");
    let claim = answer(after, &known, ask(client), ask(server));
    let truth = World::new(after, truth).answers_given(
        &World::new(before, truth),
        &session,
        ask(client),
        ask(server),
    );
    assert_ne!(truth, Verdict::Yes, "the situation is meant to be dark");
    assert_ne!(claim.answer, Answer::Yes, "{}", claim.why());
}

#[test]
fn a_session_proves_nothing_for_another_client() {
    let host = host().route("0.0.0.0/0", "192.0.2.1").0;
    let mut truth = world();
    truth.networks.extend(fabric(&[], &[("10.9.9.0/24", None, 9)]).networks);
    holds(&host, &host, Fabric::default(), &truth, "10.9.9.9", "192.0.2.10");
}

#[test]
fn a_session_proves_nothing_for_another_next_hop() {
    let before = host().route("0.0.0.0/0", "192.0.2.1").0;
    let after = host().route("0.0.0.0/0", "192.0.2.2").0;
    holds(&before, &after, Fabric::default(), &world(), BEYOND, "192.0.2.10");
}

#[test]
fn a_session_proves_nothing_for_a_port_that_may_be_bound_elsewhere() {
    let before = Host::with_cards(2)
        .switch("vSwitch0", LoadBalancing::PortId, "vmnic0 vmnic1", "")
        .group("Management Network", "vSwitch0", 0)
        .group("Other", "vSwitch0", 0)
        .vmk("vmk0", "Management Network", "192.0.2.10/24")
        .route("0.0.0.0/0", "192.0.2.1")
        .0;
    let mut after = before.clone();
    let steps = [
        Command::VmkRemove { vmk: read("vmk0") },
        Command::VmkAdd {
            vmk: read("vmk1"),
            port_group: read("Other"),
            mac: Some(read("00:50:56:60:00:01")),
            mtu: None,
            netstack: None,
        },
    ];
    steps.iter().for_each(|command| apply(&mut after, command).unwrap());
    let adapter = before.vmkernel["vmk0"].clone();
    let made = after.vmkernel.get_mut("vmk1").unwrap();
    (made.ipv4, made.tags) = (adapter.ipv4, adapter.tags);
    after.routes.clone_from(&before.routes);
    // The second port leads to another segment, which only the ports tell; the networks are not told.
    let truth = {
        let ports = [port(Some(5), &[], Lag::None), port(Some(6), &[], Lag::None)];
        fabric(&ports, &[("192.0.2.0/24", Some("192.0.2.1"), 5)])
    };
    let known = Fabric { networks: Vec::new(), ..truth.clone() };
    holds(&before, &after, known, &truth, BEYOND, "192.0.2.10");
}
