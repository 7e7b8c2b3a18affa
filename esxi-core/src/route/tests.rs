//! The host of the seed of all this: a public vmk0 with the default route, a private vmk1, and clients behind a
//! router on the private side.

use super::*;
use crate::model::{Machine, run};
use crate::state::{Fact, FactoryNic, Ipv4Config, Route, factory};
use ipnet::IpNet;

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn host(version: &str) -> HostState {
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"]
        .map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    let mut host = factory(version.parse().unwrap(), &nics);
    let fixed =
        |address: &str| Fact::Known(Ipv4Config::Static { address: address.parse().unwrap(), gateway: None });
    host.vmkernel.get_mut("vmk0").unwrap().ipv4 = fixed("203.0.113.4/24");
    let mut private = host.vmkernel["vmk0"].clone();
    private.ipv4 = fixed("192.168.20.100/24");
    private.tags.clear();
    host.vmkernel.insert("vmk1".parse().unwrap(), private);
    add_route(&mut host, "0.0.0.0/0", "203.0.113.1");
    host
}

fn add_route(host: &mut HostState, network: &str, gateway: &str) {
    host.routes.insert(Route {
        netstack: Default::default(),
        network: net(network),
        gateway: gateway.parse().unwrap(),
    });
}

fn question(clients: &[&str], to: Option<&str>, routers: &[&str]) -> Question {
    Question {
        clients: clients.iter().map(|client| client.parse().unwrap()).collect(),
        services: USUAL_SERVICES.to_vec(),
        to: to.map(|vmk| vmk.parse().unwrap()),
        routers: routers.iter().map(|address| address.parse().unwrap()).collect(),
    }
}

fn ask(host: &HostState, question: &Question) -> Explained {
    explain(host, &Fabric::default(), &RuleSets::installed(host.version), question)
}

#[test]
fn the_answer_leaves_by_another_adapter_and_the_missing_route_is_found() {
    let mut host = host("6.7");
    let explained = ask(&host, &question(&["192.168.40.0/24"], None, &["192.168.20.1"]));
    let told: Vec<_> = explained.ways.iter().map(|way| (way.receives.as_str(), &way.reply)).collect();
    let gateway = Some("203.0.113.1".parse().unwrap());
    assert_eq!(told[0], ("vmk0", &Reply::Same { gateway }));
    assert_eq!(told[1], ("vmk1", &Reply::Other { adapter: "vmk0".parse().unwrap(), gateway }));
    let [finding] = explained.diagnostics.as_slice() else { panic!("{:?}", explained.diagnostics) };
    assert_eq!((finding.code, finding.severity), (codes::NOT_ANSWERED, Severity::Note), "vmk0 answers");
    let wanted = ask(&host, &question(&["192.168.40.0/24"], Some("vmk1"), &["192.168.20.1"]));
    assert_eq!(wanted.diagnostics[0].severity, Severity::Warning);
    let [proposal] = explained.proposals.as_slice() else { panic!() };
    assert_eq!(proposal.instead_of, ["vmk0"]);
    assert_eq!(proposal.evidence, Evidence::Asked);
    assert_eq!(proposal.lines(), ["esxcli network ip route ipv4 add -g 192.168.20.1 -n 192.168.40.0/24"]);

    // Carried out by the model of esxcli, it does what it promises.
    let mut machine = Machine::new(host.clone());
    assert_eq!(run(&mut machine, &proposal.commands[0], b"").status, 0);
    host = machine.state;
    let explained = ask(&host, &question(&["192.168.40.0/24"], Some("vmk1"), &[]));
    assert!(explained.ways[0].is_answered());
    assert!(explained.diagnostics.is_empty() && explained.proposals.is_empty());
}

#[test]
fn the_words_are_those_of_the_release() {
    let line = |version: &str| {
        let explained = ask(&host(version), &question(&["192.168.40.7"], Some("vmk1"), &["192.168.20.1"]));
        explained.proposals[0].lines().join("; ")
    };
    assert_eq!(line("5.0"), "esxcfg-route -a 192.168.40.7/32 192.168.20.1");
    assert_eq!(line("5.1"), "esxcli network ip route ipv4 add -g 192.168.20.1 -n 192.168.40.7/32");
}

#[test]
fn a_router_is_known_from_somewhere_or_asked_for() {
    let mut host = host("7.0");
    let nobody = ask(&host, &question(&["192.168.40.0/24"], Some("vmk1"), &[]));
    assert!(nobody.proposals.is_empty());
    assert!(nobody.diagnostics[0].help.as_ref().unwrap().contains("router in 192.168.20.0/24"));
    // One on the wrong side helps nobody.
    let wrong = ask(&host, &question(&["192.168.40.0/24"], Some("vmk1"), &["203.0.113.1", "192.168.20.100"]));
    assert!(wrong.proposals.is_empty());
    add_route(&mut host, "192.168.30.0/24", "192.168.20.254");
    let explained = ask(&host, &question(&["192.168.40.0/24"], Some("vmk1"), &[]));
    assert_eq!(explained.proposals[0].via, "192.168.20.254".parse::<IpAddr>().unwrap());
    assert_eq!(explained.proposals[0].evidence, Evidence::Route);
}

#[test]
fn a_network_is_taken_apart_where_the_host_tells_its_parts_apart() {
    let mut host = host("7.0");
    add_route(&mut host, "10.1.0.0/16", "192.168.20.1");
    add_route(&mut host, "10.1.2.0/24", "203.0.113.7");
    let explained = ask(&host, &question(&["10.0.0.0/8"], Some("vmk0"), &[]));
    let told: Vec<_> = explained.ways.iter().map(|way| (way.client.net(), way.is_answered())).collect();
    assert_eq!(told, [(net("10.0.0.0/8"), true), (net("10.1.0.0/16"), false), (net("10.1.2.0/24"), true)]);
}

#[test]
fn no_route_helps_a_client_beside_another_adapter() {
    let explained = ask(&host("7.0"), &question(&["203.0.113.0/24"], Some("vmk1"), &["192.168.20.1"]));
    assert!(explained.proposals.is_empty());
    assert!(explained.diagnostics[0].help.as_ref().unwrap().contains("dial vmk0"));
    let explained = ask(&host("7.0"), &question(&["2001:db8::/64"], None, &[]));
    assert!(explained.ways.is_empty());
    assert!(explained.diagnostics[0].message.contains("IPv6"));
    let explained = ask(&host("7.0"), &question(&["10.0.0.1"], Some("vmk9"), &[]));
    assert!(explained.diagnostics[0].is_error());
}

#[test]
fn a_route_there_already_is_replaced() {
    let mut host = host("7.0");
    add_route(&mut host, "192.168.40.0/24", "203.0.113.7");
    let explained = ask(&host, &question(&["192.168.40.0/24"], Some("vmk1"), &["192.168.20.1"]));
    assert_eq!(
        explained.proposals[0].lines(),
        [
            "esxcli network ip route ipv4 remove -g 203.0.113.7 -n 192.168.40.0/24",
            "esxcli network ip route ipv4 add -g 192.168.20.1 -n 192.168.40.0/24"
        ]
    );
}

#[test]
fn rule_sets_say_who_gets_in() {
    let host = host("7.0");
    let mut machine = Machine::new(host.clone());
    let mut exec = |words: &str| {
        let argv: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let ran = run(&mut machine, &argv, b"");
        assert_eq!(ran.status, 0, "{words}: {}", String::from_utf8_lossy(&ran.stdout));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    exec("esxcli network firewall ruleset set -r sshServer -a false");
    exec("esxcli network firewall ruleset allowedip add -r sshServer -i 192.168.20.0/24");
    exec("esxcli network firewall ruleset allowedip add -r sshServer -i 198.51.100.7");
    // What the script would print.
    let mut answer = String::from("a banner\n");
    for part in RuleSets::script().split("; ").filter(|part| part.starts_with("esxcli")) {
        answer += &format!("@@esxi-rule-sets\n{}", exec(part.trim_end_matches(" </dev/null")));
    }
    let sets = RuleSets::parse(&answer).unwrap();
    assert_eq!(RuleSets::parse("sh: esxcli: not found"), None);
    let explained = explain(
        &host,
        &Fabric::default(),
        &sets,
        &question(&["192.168.20.7", "198.51.100.7", "198.51.100.0/24"], Some("vmk0"), &[]),
    );
    let ssh = |way: &Way| way.services[0].admitted;
    assert_eq!(explained.ways.iter().map(ssh).collect::<Vec<_>>(), [true, true, false]);
    assert!(explained.ways.iter().all(|way| way.services[1].admitted && way.services[2].admitted));
    assert_eq!(explained.ways[0].services[1].admitted_by, ["vSphereClient"]);
    let closed = explained.diagnostics.iter().find(|one| one.code == codes::SERVICE_CLOSED).unwrap();
    assert!(closed.help.as_ref().unwrap().contains("allowedip add -r sshServer -i 198.51.100.0/24"));
}

#[test]
fn to_lock_an_adapter_down_is_to_close_every_door_to_sources_that_only_it_would_answer() {
    let mut host = host("6.7");
    add_route(&mut host, "192.168.40.0/24", "192.168.20.1");
    let sets = RuleSets::installed(host.version);
    let vmk0: VmkName = "vmk0".parse().unwrap();
    let locked = lock_down(&host, &sets, &vmk0, None, Some("192.168.40.9".parse().unwrap()));
    assert_eq!(locked.sources, [net("192.168.20.0/24"), net("192.168.40.0/24")]);
    assert!(locked.diagnostics.is_empty(), "{:?}", locked.diagnostics);
    // The model of the firewall then admits those sources, and nobody else, to every port that was open.
    let mut machine = Machine::new(host.clone());
    for closed in &locked.close {
        for words in &closed.commands {
            let ran = run(&mut machine, words, b"");
            assert_eq!(ran.status, 0, "{words:?}: {}", String::from_utf8_lossy(&ran.stdout));
        }
    }
    for closed in &locked.close {
        let admits =
            |client: &str| machine.firewall.admits(host.version, &closed.rule_set, client.parse().unwrap());
        assert!(admits("192.168.20.7") && admits("192.168.40.7"), "{}", closed.rule_set);
        assert!(!admits("198.51.100.7") && !admits("203.0.113.7"), "{}", closed.rule_set);
    }
    let names: Vec<&str> = locked.close.iter().map(|closed| closed.rule_set.as_str()).collect();
    assert!(names.contains(&"sshServer") && names.contains(&"vSphereClient") && names.contains(&"webAccess"));
    assert!(!names.contains(&"dns"), "answers of name servers still come in");

    let outside = lock_down(&host, &sets, &vmk0, None, Some("198.51.100.7".parse().unwrap()));
    assert_eq!(outside.diagnostics[0].code, codes::LOCKS_OUT);
    let vmk1: VmkName = "vmk1".parse().unwrap();
    let other_way = lock_down(&host, &sets, &vmk1, None, None);
    assert!(other_way.close.is_empty() && other_way.diagnostics[0].code == codes::NO_LOCK_DOWN);
}

#[test]
fn what_belongs_to_a_service_stays_as_it_is() {
    let host = host("8.0.2");
    let mut sets = RuleSets::installed(host.version);
    for set in sets.list.iter_mut().filter(|set| set.name == "vSphereClient") {
        set.addressable = false;
    }
    let vmk0: VmkName = "vmk0".parse().unwrap();
    let locked = lock_down(&host, &sets, &vmk0, None, None);
    assert!(locked.close.iter().all(|closed| closed.rule_set != "vSphereClient"));
    assert!(locked.diagnostics.iter().any(|one| one.code == codes::LEFT_OPEN));
    // Closed already, nothing is left to do.
    for set in &mut sets.list {
        set.allowed = Allowed::Only(vec![net("192.168.20.0/24")]);
    }
    assert!(lock_down(&host, &sets, &vmk0, None, None).close.is_empty());
}
