//! A live host as a host file: laid over the host it changes nothing, laid over a fresh one it makes the same.

use esxi_core::diag::{codes, has_errors};
use esxi_core::import::esxi;
use esxi_core::plan::{Verdict, plan};
use esxi_core::reach::Fabric;
use esxi_core::spec::{NicRef, ResolveOptions, resolve};
use esxi_core::state::{Fact, FactoryNic, HostState, Ipv4Config, Nic, Route, TeamingOverride, factory};
use esxi_core::value::VmnicName;
use esxi_core::yaml;
use esxi_tests::arb::{case, show_host};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};

/// The same cases every time, unless the environment asks for others.
pub fn config() -> Config {
    let mut config = Config::default();
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(21);
    }
    config.failure_persistence = Some(Box::new(FileFailurePersistence::WithSource("seeds")));
    config
}

/// A host that was installed anew, on the same cards.
fn fresh(host: &HostState) -> HostState {
    let cards: Vec<FactoryNic> =
        host.nics.values().map(|nic| FactoryNic { mac: nic.mac, link_up: nic.link_up }).collect();
    factory(host.version, &cards)
}

/// The host without what no file brings to another one: what its cards look like, who is plugged in, leases, the
/// address that the installer gives vmk0, an adapter that is switched off.
fn as_a_file_makes_it(host: &HostState, fresh: &HostState) -> HostState {
    let mut host = host.clone();
    host.nics.clone_from(&fresh.nics);
    host.port_groups.values_mut().for_each(|group| group.vm_ports = 0);
    for (name, vmk) in &mut host.vmkernel {
        vmk.enabled = true;
        vmk.mac = fresh.vmkernel.get(name).and_then(|vmk| vmk.mac);
        if let Fact::Known(Ipv4Config::Dhcp { lease }) = &mut vmk.ipv4 {
            *lease = None;
        }
    }
    host
}

/// Both laws; whether the second one said something.
fn holds(host: &HostState) -> Result<bool, TestCaseError> {
    let imported = esxi("host", host);
    let spec = imported.spec.expect("a host always has a file");
    let written = yaml::to_text(&spec);
    let read = yaml::host_file("host.yaml", &written);
    prop_assert_eq!(read.map(|read| (read.spec, read.diagnostics)), Ok((spec.clone(), vec![])));

    let again = resolve(&spec, host, ResolveOptions { prune: true });
    prop_assert_eq!(again.is_ok(), !has_errors(&imported.diagnostics), "{:?}", again.diagnostics);
    if !again.is_ok() {
        return Ok(false);
    }
    prop_assert!(again.desired == *host, "{written}\n{}\n{}", show_host(host), show_host(&again.desired));
    prop_assert!(again.pruned.is_empty() && again.left_alone.is_empty(), "{again:?}");
    let nothing = plan(host, &again.desired, &Fabric::default());
    prop_assert!(nothing.steps.is_empty() && nothing.diagnostics.is_empty());

    if !host.vmkernel.contains_key("vmk0") || !host.vswitches.contains_key("vSwitch0") {
        // What management has on a fresh host is not pruned.
        return Ok(false);
    }
    let fresh = fresh(host);
    let wanted = as_a_file_makes_it(host, &fresh);
    let resolved = resolve(&spec, &fresh, ResolveOptions { prune: true });
    prop_assert!(resolved.is_ok(), "{:?}\n{written}", resolved.diagnostics);
    prop_assert!(
        resolved.desired.same_configuration(&wanted),
        "{written}\n{}\n{}",
        show_host(&wanted),
        show_host(&resolved.desired)
    );
    let reached = plan(&fresh, &resolved.desired, &Fabric::default());
    if reached.verdict != Verdict::Refused {
        prop_assert!(reached.end().same_configuration(&wanted), "{}", show_host(reached.end()));
    }
    Ok(reached.verdict != Verdict::Refused)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_file_of_a_host_is_that_host(case in case()) {
        holds(&case.current)?;
        holds(&case.desired)?;
    }
}

#[test]
fn most_hosts_can_be_made_again() {
    let mut runner = TestRunner::deterministic();
    let hosts = (0..200).map(|_| case().new_tree(&mut runner).unwrap().current().current);
    let made = hosts.filter(|host| holds(host).unwrap()).count();
    assert!(made >= 120, "{made} of 200");
}

fn host() -> HostState {
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"];
    factory("7.0".parse().unwrap(), &nics.map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true }))
}

/// The codes and places of what is found.
fn found(host: &HostState) -> Vec<(&'static str, String)> {
    let found = esxi("host", host).diagnostics;
    found.into_iter().map(|d| (d.code.as_str(), d.path.unwrap_or_default())).collect()
}

#[test]
fn what_was_not_understood_is_told_and_left_out() {
    let mut host = host();
    let switch = host.vswitches.get_mut("vSwitch0").unwrap();
    switch.teaming = Fact::Unknown("newhash".into());
    switch.security = Fact::Unknown("?".into());
    switch.cdp = Fact::Unknown("lldp".into());
    switch.shaping = Fact::Unknown("?".into());
    let group = host.port_groups.get_mut("VM Network").unwrap();
    group.teaming = Fact::Unknown("newhash".into());
    group.security = Fact::Unknown("?".into());
    group.shaping = Fact::Unknown("?".into());
    host.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Unknown("APIPA".into());
    let places = found(&host);
    let of = |object: &str, fields: &[&str]| {
        fields.iter().map(|field| ("NET035", format!("{object}/{field}"))).collect::<Vec<_>>()
    };
    let switch = "/network/vswitches/0";
    let mut expected = of(switch, &["cdp", "shaping", "security", "teaming"]);
    expected.extend(of(&format!("{switch}/port_groups/1"), &["teaming", "security", "shaping"]));
    expected.extend(of("/network/vmkernel/0", &["ipv4"]));
    assert_eq!(places, expected);
    let laid = resolve(&esxi("host", &host).spec.unwrap(), &host, ResolveOptions::default());
    assert!(laid.is_ok() && laid.desired == host, "{:?}", laid.diagnostics);
}

#[test]
fn cards_are_named_by_address_and_by_number_only_where_two_say_the_same() {
    let mut host = host();
    let vmnic1: VmnicName = "vmnic1".parse().unwrap();
    let uplinks = |host: &HostState| {
        let spec = esxi("host", host).spec.unwrap();
        spec.vswitches().next().unwrap().1.uplinks.clone()
    };
    assert_eq!(uplinks(&host).unwrap(), [NicRef::Mac("0c:c4:7a:b5:80:02".parse().unwrap())]);
    let mac = host.nics["vmnic0"].mac;
    host.nics.get_mut(&vmnic1).unwrap().mac = mac;
    assert_eq!(uplinks(&host).unwrap(), [NicRef::Vmnic("vmnic0".parse().unwrap())]);
    assert_eq!(found(&host)[0].0, codes::IMPORT_CHANGED.as_str());
    // A card that the host does not list cannot be named at all.
    let nics: Vec<(VmnicName, Nic)> = host.nics.clone().into_iter().skip(1).collect();
    host.nics = nics.into_iter().collect();
    assert_eq!(uplinks(&host), None);
    assert_eq!(found(&host)[0], ("NET020", "/network/vswitches/0/uplinks".to_owned()));
    holds(&host).unwrap();
}

#[test]
fn a_port_group_that_sets_a_part_for_itself_inherits_the_rest() {
    let mut host = host();
    let group = host.port_groups.get_mut("Management Network").unwrap();
    group.teaming = Fact::Known(TeamingOverride { failback: Some(false), ..TeamingOverride::default() });
    let spec = esxi("host", &host).spec.unwrap();
    let (_, _, stated) = spec.port_groups().next().unwrap();
    assert_eq!(stated.inherit_rest, Some(true));
    // The installer's port group states the rest; after the file it does not.
    let laid = resolve(&spec, &fresh(&host), ResolveOptions::default()).desired;
    assert_eq!(laid.port_groups, host.port_groups);
    assert!(holds(&host).unwrap());
}

#[test]
fn what_no_file_can_state_is_told() {
    let mut host = host();
    let vmk = host.vmkernel.get_mut("vmk0").unwrap();
    vmk.enabled = false;
    vmk.ipv4 = Fact::Known(Ipv4Config::Static { address: "192.0.2.10/24".parse().unwrap(), gateway: None });
    vmk.mac = Some("02:00:00:00:00:01".parse().unwrap());
    host.vswitches.get_mut("vSwitch0").unwrap().ports = 56;
    let route = |to: &str, via: &str| Route {
        netstack: Default::default(),
        network: to.parse().unwrap(),
        gateway: via.parse().unwrap(),
    };
    host.routes.insert(route("0.0.0.0/0", "192.0.2.1"));
    host.routes.insert(route("0.0.0.0/0", "192.0.2.2"));
    host.routes.insert(route("10.0.0.0/8", "203.0.113.1"));
    let orphan = "Distributed".parse().unwrap();
    let mut group = host.port_groups["VM Network"].clone();
    group.vswitch = "dvSwitch".parse().unwrap();
    host.port_groups.insert(orphan, group);
    let mut adapter = host.vmkernel["vmk0"].clone();
    adapter.port_group = "Distributed".parse().unwrap();
    host.vmkernel.insert("vmk1".parse().unwrap(), adapter);
    let told = esxi("host", &host);
    let left_out: Vec<&str> = told
        .diagnostics
        .iter()
        .filter(|d| d.code == codes::IMPORT_LEFT_OUT)
        .map(|d| d.message.split(" is left out").next().unwrap().split(" are left out").next().unwrap())
        .collect();
    assert_eq!(
        left_out,
        [
            "port group \"Distributed\"",
            "the 56 ports of vSwitch0",
            "that vmk0 is switched off",
            "vmk1",
            "the route to 0.0.0.0/0 by 192.0.2.2 (defaultTcpipStack)",
            "the route to 10.0.0.0/8 by 203.0.113.1 (defaultTcpipStack)",
        ]
    );
    let spec = told.spec.unwrap();
    assert_eq!(spec.network.as_ref().unwrap().gateway.unwrap().to_string(), "192.0.2.1");
    assert_eq!(spec.vmkernel().next().unwrap().1.mac.unwrap().to_string(), "02:00:00:00:00:01");
}

#[test]
fn a_host_that_breaks_a_rule_has_a_file_and_the_finding() {
    let mut host = host();
    host.vmkernel.get_mut("vmk0").unwrap().mtu = "9000".parse().unwrap();
    let told = esxi("host", &host);
    assert!(told.spec.is_some() && has_errors(&told.diagnostics));
    // The installer's DHCP is told, too.
    let adapter = |code, key: &str| (code, format!("/network/vmkernel/0/{key}"));
    assert_eq!(found(&host), [adapter("NET004", "mtu"), adapter("NET050", "ipv4")]);
}
