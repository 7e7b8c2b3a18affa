//! Hand-made changes; random ones are judged in `tests`.

use super::*;
use crate::command::apply;
use crate::reach::{Evidence, Lag, Network, SwitchPort, TaggedVlans};
use crate::state::{Fact, FactoryNic, FailoverOrder, Route, factory};
use crate::value::VlanId;

fn packet() -> (HostState, Fabric) {
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"]
        .map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    let mut host = factory("6.5".parse().unwrap(), &nics);
    let address = "147.75.1.10/29".parse().unwrap();
    host.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    host.routes.insert(route("0.0.0.0/0", "147.75.1.9"));
    let port = SwitchPort {
        untagged: Some(0),
        tagged: TaggedVlans::All,
        lag: Lag::None,
        evidence: Evidence::Asserted,
    };
    let network = |subnet: &str, gateway: &str, segment| Network {
        subnet: subnet.parse().unwrap(),
        gateway: Some(gateway.parse().unwrap()),
        segment,
        dhcp: None,
        evidence: Evidence::Asserted,
    };
    let fabric = Fabric {
        ports: host.nics.keys().map(|nic| (nic.clone(), port.clone())).collect(),
        networks: vec![network("147.75.1.8/29", "147.75.1.9", 0), network("10.1.0.0/24", "10.1.0.1", 100)],
        client: Some("203.0.113.7".parse().unwrap()),
        ..Fabric::default()
    };
    (host, fabric)
}

fn route(network: &str, gateway: &str) -> Route {
    Route {
        netstack: Default::default(),
        network: network.parse().unwrap(),
        gateway: gateway.parse().unwrap(),
    }
}

fn lines(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.command.argv()[1..].join(" ")).collect()
}

/// Executes a plan, checks every prefix's undo, and that nothing is left to do.
fn check(plan: &Plan, desired: &HostState, fabric: &Fabric) {
    let mut host = plan.start.clone();
    for (done, step) in plan.steps.iter().enumerate() {
        let undo = plan.undo_from(done).unwrap();
        let mut back = host.clone();
        undo.iter().for_each(|command| apply(&mut back, command).unwrap());
        assert!(back.same_configuration(&plan.start), "undo of the first {done}");
        apply(&mut host, &step.command).unwrap();
        assert_eq!(host, step.after);
    }
    assert!(super::plan(&host, desired, fabric).steps.is_empty());
}

#[test]
fn swapping_the_uplink_is_make_before_break() {
    let (host, fabric) = packet();
    let mut desired = host.clone();
    let switch = desired.vswitches.get_mut("vSwitch0").unwrap();
    switch.uplinks = ["vmnic1".parse().unwrap()].into();
    let order = FailoverOrder { active: vec!["vmnic1".parse().unwrap()], standby: vec![] };
    let Fact::Known(teaming) = &mut switch.teaming else { unreachable!() };
    teaming.order = order.clone();
    let group = desired.port_groups.get_mut("Management Network").unwrap();
    let Fact::Known(teaming) = &mut group.teaming else { unreachable!() };
    teaming.order = Some(order);
    let plan = plan(&host, &desired, &fabric);
    assert_eq!(plan.verdict, Verdict::Safe, "{} {:#?}", plan.why, lines(&plan));
    assert_eq!(
        lines(&plan),
        [
            "network vswitch standard uplink add -u vmnic1 -v vSwitch0",
            "network vswitch standard policy failover set -a vmnic1 -s  -v vSwitch0",
            "network vswitch standard portgroup policy failover set -p Management Network -a vmnic1 -s ",
            "network vswitch standard uplink remove -u vmnic0 -v vSwitch0",
        ]
    );
    check(&plan, &desired, &fabric);
}

#[test]
fn a_second_uplink_on_lacp_is_refused_and_changes_nothing() {
    let (host, mut fabric) = packet();
    fabric.ports.values_mut().for_each(|port| port.lag = Lag::Lacp { group: 1 });
    let mut desired = host.clone();
    desired.vswitches.get_mut("vSwitch0").unwrap().uplinks.insert("vmnic1".parse().unwrap());
    let plan = plan(&host, &desired, &fabric);
    assert_eq!(plan.verdict, Verdict::Refused);
    assert!(plan.why.contains("LACP"), "{}", plan.why);
    assert_eq!(plan.start, host);
}

#[test]
fn moving_management_to_another_vlan_and_subnet_is_guarded_with_exact_undo() {
    let (host, fabric) = packet();
    let mut desired = host.clone();
    desired.port_groups.get_mut("Management Network").unwrap().vlan = VlanId::new(100).unwrap();
    let address = "10.1.0.10/24".parse().unwrap();
    desired.vmkernel.get_mut("vmk0").unwrap().ipv4 =
        Fact::Known(Ipv4Config::Static { address, gateway: None });
    desired.routes = [route("0.0.0.0/0", "10.1.0.1")].into();
    let plan = plan(&host, &desired, &fabric);
    assert_eq!(plan.verdict, Verdict::Guarded, "{}", plan.why);
    assert!(plan.steps.iter().all(|step| step.undo.kind == UndoKind::Exact));
    assert_eq!(plan.end_reach.answer, Answer::Yes);
    // The address and the VLAN each make it dark; the new route makes it answer again.
    let dark = plan.steps.iter().filter(|step| step.reach.answer != Answer::Yes).count();
    assert_eq!((dark, plan.steps.len()), (2, 3), "{:#?}", lines(&plan));
    check(&plan, &desired, &fabric);
}

#[test]
fn a_second_management_adapter_is_made_before_the_first_goes() {
    let (host, fabric) = packet();
    let mut desired = host.clone();
    let group = crate::state::PortGroup {
        vswitch: "vSwitch0".parse().unwrap(),
        vlan: VlanId::new(100).unwrap(),
        vm_ports: 0,
        teaming: Fact::default(),
        security: Fact::default(),
        shaping: Fact::default(),
    };
    desired.port_groups.insert("Private".parse().unwrap(), group);
    let mut adapter = desired.vmkernel.remove("vmk0").unwrap();
    adapter.port_group = "Private".parse().unwrap();
    adapter.mac = None;
    let address = "10.1.0.10/24".parse().unwrap();
    adapter.ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    desired.vmkernel.insert("vmk1".parse().unwrap(), adapter);
    desired.routes = [route("0.0.0.0/0", "147.75.1.9"), route("203.0.113.0/24", "10.1.0.1")].into();
    desired.routes.remove(&route("0.0.0.0/0", "147.75.1.9"));
    let plan = plan(&host, &desired, &fabric);
    assert_eq!(plan.verdict, Verdict::Safe, "{} {:#?}", plan.why, lines(&plan));
    check(&plan, &desired, &fabric);
}

#[test]
fn virtual_machines_in_the_way_are_refused_and_named() {
    let (mut host, fabric) = packet();
    host.port_groups.get_mut("VM Network").unwrap().vm_ports = 2;
    let mut desired = host.clone();
    desired.port_groups.remove("VM Network");
    let plan = plan(&host, &desired, &fabric);
    assert_eq!(plan.verdict, Verdict::Refused);
    assert!(plan.why.contains("VM Network"), "{}", plan.why);
}

#[test]
fn virtual_machines_that_go_dark_are_an_impact() {
    let (mut host, fabric) = packet();
    host.port_groups.get_mut("VM Network").unwrap().vm_ports = 2;
    let mut desired = host.clone();
    desired.port_groups.get_mut("VM Network").unwrap().vlan = VlanId::new(7).unwrap();
    let plan = plan(&host, &desired, &fabric);
    assert_eq!(plan.verdict, Verdict::Safe, "{}", plan.why);
    assert_eq!(plan.impacts().count(), 1);
}

/// Management moves to a vSwitch of its own, with the only card that carries it.
fn to_another_switch() -> (HostState, HostState, Fabric) {
    let (mut host, mut fabric) = packet();
    let spare =
        crate::state::Nic { mac: "0c:c4:7a:b5:80:04".parse().unwrap(), ..host.nics["vmnic0"].clone() };
    host.nics.insert("vmnic2".parse().unwrap(), spare);
    // A vSwitch for storage has two cards.
    let mut storage = crate::state::VSwitch::new(128);
    storage.uplinks = ["vmnic1", "vmnic2"].map(|nic| nic.parse().unwrap()).into();
    let Fact::Known(teaming) = &mut storage.teaming else { unreachable!() };
    teaming.order.active = storage.uplinks.iter().cloned().collect();
    host.vswitches.insert("vSwitch1".parse().unwrap(), storage);
    fabric.ports.insert("vmnic2".parse().unwrap(), fabric.ports["vmnic0"].clone());
    let mut desired = host.clone();
    let mut own = desired.vswitches["vSwitch0"].clone();
    let first = desired.vswitches.get_mut("vSwitch0").unwrap();
    first.uplinks.clear();
    let Fact::Known(teaming) = &mut first.teaming else { unreachable!() };
    teaming.order = FailoverOrder::default();
    own.mtu = Default::default();
    desired.vswitches.insert("vSwitch2".parse().unwrap(), own);
    let mut group = desired.port_groups.remove("Management Network").unwrap();
    group.vswitch = "vSwitch2".parse().unwrap();
    group.teaming = Fact::default();
    desired.port_groups.insert("Private".parse().unwrap(), group);
    let mut adapter = desired.vmkernel.remove("vmk0").unwrap();
    adapter.port_group = "Private".parse().unwrap();
    adapter.mac = None;
    desired.vmkernel.insert("vmk1".parse().unwrap(), adapter);
    (host, desired, fabric)
}

#[test]
fn a_card_is_lent_where_management_would_lose_its_only_one() {
    let (host, mut desired, fabric) = to_another_switch();
    // The second adapter has another address: both may answer at the same time, on a card each.
    let address = "10.1.0.10/24".parse().unwrap();
    let adapter = desired.vmkernel.get_mut("vmk1").unwrap();
    adapter.ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    desired.port_groups.get_mut("Private").unwrap().vlan = VlanId::new(100).unwrap();
    desired.routes = [route("0.0.0.0/0", "10.1.0.1")].into();
    let plan = plan(&host, &desired, &fabric);
    assert_eq!(plan.verdict, Verdict::Safe, "{} {:#?}", plan.why, lines(&plan));
    let lent: Vec<_> =
        plan.steps.iter().filter(|step| step.helper).map(|step| step.reason.as_str()).collect();
    assert_eq!(
        lent,
        [
            "vmnic1 is lent for the time of the change; vSwitch1 keeps another live uplink",
            "vmnic1 is lent to vSwitch2 for the time of the change",
            "vmnic1 was lent to vSwitch2 and is not needed any more",
            "vmnic1 is given back to vSwitch1",
            "the NIC teaming of vSwitch1 is as before again",
        ]
    );
    assert!(plan.end().same_configuration(&desired));
    check(&plan, &desired, &fabric);
}

#[test]
fn a_spare_address_keeps_management_while_its_adapter_is_made_anew() {
    let (host, mut fabric) = packet();
    let mut desired = host.clone();
    desired.vmkernel.get_mut("vmk0").unwrap().mac = Some("00:50:56:11:22:33".parse().unwrap());
    let without = plan(&host, &desired, &fabric);
    assert_eq!(without.verdict, Verdict::Guarded, "{}", without.why);
    let spare = Spare {
        address: "10.9.9.5/24".parse().unwrap(),
        vlan: VlanId::new(9).unwrap(),
        gateway: Some("10.9.9.1".parse().unwrap()),
    };
    let options = PlanOptions::default().spare(spare);
    // Nobody says what is on that VLAN: it proves nothing.
    assert_eq!(plan_with(&host, &desired, &fabric, &options).verdict, Verdict::Guarded);
    fabric.networks.push(Network {
        subnet: "10.9.9.0/24".parse().unwrap(),
        gateway: Some("10.9.9.1".parse().unwrap()),
        segment: 9,
        dhcp: None,
        evidence: Evidence::Asserted,
    });
    let plan = plan_with(&host, &desired, &fabric, &options);
    assert_eq!(plan.verdict, Verdict::Safe, "{} {:#?}", plan.why, lines(&plan));
    assert_eq!(
        lines(&plan),
        [
            "network vswitch standard portgroup add -p Spare Management -v vSwitch0",
            "network vswitch standard portgroup set -p Spare Management -v 9",
            "network ip interface add -i vmk1 -p Spare Management",
            "network ip interface ipv4 set -i vmk1 -t static -I 10.9.9.5 -N 255.255.255.0",
            "network ip interface tag add -i vmk1 -t Management",
            "network ip route ipv4 add -g 10.9.9.1 -n 203.0.113.7/32",
            "network ip route ipv4 remove -g 147.75.1.9 -n default",
            "network ip interface remove -i vmk0",
            "network ip interface add -i vmk0 -p Management Network -M 00:50:56:11:22:33",
            "network ip interface tag add -i vmk0 -t Management",
            "network ip interface ipv4 set -i vmk0 -t static -I 147.75.1.10 -N 255.255.255.248",
            "network ip route ipv4 add -g 147.75.1.9 -n default",
            "network ip route ipv4 remove -g 10.9.9.1 -n 203.0.113.7/32",
            "network ip interface remove -i vmk1",
            "network vswitch standard portgroup remove -p Spare Management -v vSwitch0",
        ]
    );
    assert!(plan.steps.iter().all(|step| step.reach.answer == Answer::Yes));
    assert!(plan.end().same_configuration(&desired));
    check(&plan, &desired, &fabric);
}

/// A host with an adapter for storage in 10.1.0.0/24 on VLAN 100, an NFS server there and one beyond its router.
fn with_storage() -> (HostState, Fabric) {
    let (mut host, fabric) = packet();
    let mut group = host.port_groups["Management Network"].clone();
    group.vlan = VlanId::new(100).unwrap();
    host.port_groups.insert("Storage".parse().unwrap(), group);
    let mut adapter = host.vmkernel["vmk0"].clone();
    adapter.port_group = "Storage".parse().unwrap();
    adapter.tags.clear();
    adapter.mac = None;
    let address = "10.1.0.10/24".parse().unwrap();
    adapter.ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    host.vmkernel.insert("vmk1".parse().unwrap(), adapter);
    let share = |name: &str, server: &str| crate::state::NfsDatastore {
        name: name.into(),
        servers: vec![server.into()],
    };
    host.routes.insert(route("10.50.0.0/16", "10.1.0.1"));
    host.storage.nfs = vec![share("near", "10.1.0.50"), share("far", "10.50.0.50")];
    (host, fabric)
}

/// The impacts in words, with the number of the step.
fn impacts(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().enumerate();
    steps.flat_map(|(at, step)| step.impact.iter().map(move |one| format!("{}: {one}", at + 1))).collect()
}

#[test]
fn storage_that_loses_its_path_is_an_impact_by_the_route_that_leads_to_it() {
    let (host, fabric) = with_storage();
    // Without its route the far server is looked for behind the default gateway.
    let mut desired = host.clone();
    desired.routes.remove(&route("10.50.0.0/16", "10.1.0.1"));
    assert_eq!(
        impacts(&plan(&host, &desired, &fabric)),
        ["1: datastore \"far\" (10.50.0.50) is interrupted and reached over vmk0 afterwards"]
    );
    // The VLAN of the adapter's port group cuts both off.
    let mut desired = host.clone();
    desired.port_groups.get_mut("Storage").unwrap().vlan = VlanId::new(101).unwrap();
    let on_vlan = plan(&host, &desired, &fabric);
    assert_eq!(impacts(&on_vlan).len(), 3, "{:?}", impacts(&on_vlan));
    // What does not touch the path is none.
    let mut desired = host.clone();
    desired.dns.servers.push("9.9.9.9".parse().unwrap());
    assert_eq!(impacts(&plan(&host, &desired, &fabric)), Vec::<String>::new());
    // An adapter that goes takes the near server away; the far one's route goes before.
    let mut desired = host.clone();
    desired.vmkernel.remove("vmk1");
    desired.routes.remove(&route("10.50.0.0/16", "10.1.0.1"));
    let gone = plan(&host, &desired, &fabric);
    let sum: Vec<String> = gone.impact_in_sum().iter().map(ToString::to_string).collect();
    assert_eq!(
        sum,
        [
            "datastore \"far\" (10.50.0.50) is interrupted and reached over vmk0 afterwards",
            "vmk1 goes dark or changes its address",
            "datastore \"near\" (10.1.0.50) is interrupted and reached over vmk0 afterwards",
        ]
    );
}

#[test]
fn iscsi_uses_the_adapters_it_is_bound_to() {
    let (mut host, fabric) = with_storage();
    host.storage.nfs.clear();
    host.storage.iscsi_targets = ["10.1.0.60".to_owned()].into();
    host.storage.iscsi_ports = ["vmk1".parse().unwrap()].into();
    let mut desired = host.clone();
    desired.vmkernel.get_mut("vmk1").unwrap().enabled = false;
    assert_eq!(
        impacts(&plan(&host, &desired, &fabric)),
        ["1: vmk1 goes dark or changes its address", "1: iSCSI over vmk1 (10.1.0.60) loses its path"]
    );
    // A server that is only known by its name may be behind any adapter that changes.
    host.storage.iscsi_ports.clear();
    host.storage.iscsi_targets = ["san.example.net".to_owned()].into();
    let found = impacts(&plan(&host, &desired, &fabric));
    assert!(found.contains(&"1: iSCSI target (san.example.net) may lose its path".to_owned()), "{found:?}");
}

#[test]
fn from_the_dark_the_shortest_way_to_the_light_comes_first() {
    // vmk0 is on a VLAN that leads nowhere; a second adapter is to take over, on a port group that has to be made.
    let (mut host, fabric) = packet();
    host.port_groups.get_mut("Management Network").unwrap().vlan = VlanId::new(7).unwrap();
    let mut desired = host.clone();
    let mut group = crate::state::PortGroup::new("vSwitch0".parse().unwrap());
    group.vlan = VlanId::new(100).unwrap();
    desired.port_groups.insert("Second".parse().unwrap(), group);
    let mut adapter = desired.vmkernel.remove("vmk0").unwrap();
    adapter.port_group = "Second".parse().unwrap();
    adapter.mac = None;
    let address = "10.1.0.10/24".parse().unwrap();
    adapter.ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    desired.vmkernel.insert("vmk1".parse().unwrap(), adapter);
    desired.routes = [route("0.0.0.0/0", "10.1.0.1")].into();
    desired.dns.servers.push("9.9.9.9".parse().unwrap());
    let plan = plan(&host, &desired, &fabric);
    assert_eq!(plan.verdict, Verdict::Guarded, "{}", plan.why);
    let answers: Vec<_> = plan.steps.iter().map(|step| step.reach.answer).collect();
    let first_lit = answers.iter().position(|answer| *answer == Answer::Yes).unwrap();
    assert!(answers[first_lit..].iter().all(|answer| *answer == Answer::Yes), "{:#?}", lines(&plan));
    // The name server and the end of the old adapter wait for the light.
    for late in ["dns", "interface remove"] {
        let at = lines(&plan).iter().position(|line| line.contains(late)).unwrap();
        assert!(at >= first_lit, "{late}: {:#?}", lines(&plan));
    }
    check(&plan, &desired, &fabric);
}

#[test]
fn a_search_that_is_cut_says_so_and_still_reaches_the_goal() {
    let (host, desired, fabric) = to_another_switch();
    let cut = search::order_within(5, &host, &desired, &fabric, &PlanOptions::default());
    assert!(cut.cut.is_some() && cut.reached);
    assert!(cut.moves.last().unwrap().after.same_configuration(&desired));
    let whole = search::order(&host, &desired, &fabric, &PlanOptions::default());
    assert_eq!(whole.cut, None);
}
