//! Hand-made situations; the second network model in `tests` judges random ones.

use super::*;
use crate::command::{Command, apply};
use crate::state::{Fact, FactoryNic, Ipv4Config, Route, factory};
use crate::value::{VlanId, VmnicName};

fn host() -> HostState {
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"]
        .map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    let mut host = factory("6.5".parse().unwrap(), &nics);
    let address = "147.75.1.10/29".parse().unwrap();
    let vmk0 = host.vmkernel.get_mut("vmk0").unwrap();
    vmk0.ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    host.routes.insert(Route {
        netstack: Default::default(),
        network: "0.0.0.0/0".parse().unwrap(),
        gateway: "147.75.1.9".parse().unwrap(),
    });
    host
}

fn port(lag: Lag) -> SwitchPort {
    SwitchPort { untagged: Some(0), tagged: TaggedVlans::None, lag, evidence: Evidence::Asserted }
}

fn fabric(lag: Lag) -> Fabric {
    let nic = |name: &str| name.parse::<VmnicName>().unwrap();
    Fabric {
        ports: [(nic("vmnic0"), port(lag.clone())), (nic("vmnic1"), port(lag))].into(),
        networks: vec![Network {
            subnet: "147.75.1.8/29".parse().unwrap(),
            gateway: Some("147.75.1.9".parse().unwrap()),
            segment: 0,
            dhcp: None,
            evidence: Evidence::Asserted,
        }],
        client: Some("203.0.113.7".parse().unwrap()),
        ..Fabric::default()
    }
}

fn ask(host: &HostState, fabric: &Fabric) -> Reach {
    management(host, fabric)
}

fn run(host: &mut HostState, command: Command) {
    apply(host, &command).unwrap();
}

#[test]
fn a_stated_fabric_proves_the_packet_host() {
    let reach = ask(&host(), &fabric(Lag::Lacp { group: 1 }));
    assert_eq!(reach.answer, Answer::Yes, "{reach:?}");
    assert_eq!(reach.address, Some("147.75.1.10".parse().unwrap()));
}

#[test]
fn a_second_member_of_an_lacp_group_loses_the_host() {
    let mut host = host();
    run(
        &mut host,
        Command::UplinkAdd { vswitch: "vSwitch0".parse().unwrap(), uplink: "vmnic1".parse().unwrap() },
    );
    let reach = ask(&host, &fabric(Lag::Lacp { group: 1 }));
    assert_eq!(reach.answer, Answer::No);
    assert!(reach.why().contains("LACP"), "{}", reach.why());
    assert_eq!(ask(&host, &fabric(Lag::None)).answer, Answer::Yes);
    assert_eq!(ask(&host, &fabric(Lag::Unknown)).answer, Answer::Unknown);
}

#[test]
fn a_vlan_the_port_does_not_carry_is_dark() {
    let mut host = host();
    let vlan = VlanId::new(100).unwrap();
    run(&mut host, Command::PortGroupVlan { port_group: "Management Network".parse().unwrap(), vlan });
    let reach = ask(&host, &fabric(Lag::None));
    assert_eq!(reach.answer, Answer::No);
    let mut trunk = fabric(Lag::None);
    for port in trunk.ports.values_mut() {
        port.tagged = TaggedVlans::All;
    }
    assert!(ask(&host, &trunk).why().contains("leads to VLAN 100"), "{}", ask(&host, &trunk).why());
}

#[test]
fn the_reply_must_leave_by_the_adapter_that_received() {
    // The situation of "static routes for VMware ESXi vmkernel ports".
    let mut host = host();
    run(
        &mut host,
        Command::PortGroupAdd { vswitch: "vSwitch0".parse().unwrap(), port_group: "LAN".parse().unwrap() },
    );
    run(
        &mut host,
        Command::VmkAdd {
            vmk: "vmk1".parse().unwrap(),
            port_group: "LAN".parse().unwrap(),
            mac: None,
            mtu: None,
            netstack: None,
        },
    );
    let ipv4 = Ipv4Config::Static { address: "192.168.20.100/24".parse().unwrap(), gateway: None };
    run(&mut host, Command::VmkIpv4 { vmk: "vmk1".parse().unwrap(), ipv4 });
    let (client, server) = ("192.168.40.5".parse().unwrap(), "192.168.20.100".parse().unwrap());
    let reach = answer(&host, &fabric(Lag::None), client, server);
    assert_eq!(reach.answer, Answer::No);
    assert!(reach.why().contains("would leave by vmk0"), "{}", reach.why());
    let route = Route {
        netstack: Default::default(),
        network: "192.168.40.0/24".parse().unwrap(),
        gateway: "192.168.20.1".parse().unwrap(),
    };
    run(&mut host, Command::RouteAdd { route });
    assert_eq!(answer(&host, &fabric(Lag::None), client, server).answer, Answer::Unknown);
}

#[test]
fn a_session_proves_its_own_path_and_no_other() {
    let mut host = host();
    let mut fabric = Fabric::default();
    assert_eq!(ask(&host, &fabric).answer, Answer::Unknown);
    let session = Session { client: "203.0.113.7".parse().unwrap(), server: "147.75.1.10".parse().unwrap() };
    fabric.observe(&host, session);
    assert_eq!(ask(&host, &fabric).answer, Answer::Yes);
    // Another address of the same subnet is on the same path, if no link aggregation may hash it elsewhere.
    let ipv4 = Ipv4Config::Static { address: "147.75.1.11/29".parse().unwrap(), gateway: None };
    run(&mut host, Command::VmkIpv4 { vmk: "vmk0".parse().unwrap(), ipv4 });
    assert_eq!(ask(&host, &fabric).answer, Answer::Unknown);
    fabric.ports.insert("vmnic0".parse().unwrap(), port(Lag::None));
    assert_eq!(ask(&host, &fabric).answer, Answer::Yes);
    run(
        &mut host,
        Command::UplinkAdd { vswitch: "vSwitch0".parse().unwrap(), uplink: "vmnic1".parse().unwrap() },
    );
    assert_eq!(ask(&host, &fabric).answer, Answer::Unknown);
}

#[test]
fn ip_hash_and_static_aggregation_need_each_other() {
    let mut host = host();
    run(
        &mut host,
        Command::UplinkAdd { vswitch: "vSwitch0".parse().unwrap(), uplink: "vmnic1".parse().unwrap() },
    );
    let both: Vec<VmnicName> = ["vmnic0", "vmnic1"].map(|nic| nic.parse().unwrap()).to_vec();
    let set = |load_balancing| crate::command::FailoverSet {
        load_balancing: Some(load_balancing),
        order: Some(crate::state::FailoverOrder { active: both.clone(), standby: vec![] }),
        ..Default::default()
    };
    let management = |load_balancing| Command::PortGroupFailover {
        port_group: "Management Network".parse().unwrap(),
        reset: true,
        set: set(load_balancing),
    };
    use crate::state::LoadBalancing::{IpHash, PortId};
    run(&mut host, management(IpHash));
    assert_eq!(ask(&host, &fabric(Lag::Static { group: 1 })).answer, Answer::Yes);
    assert_eq!(ask(&host, &fabric(Lag::None)).answer, Answer::No);
    run(&mut host, management(PortId));
    assert_eq!(ask(&host, &fabric(Lag::Static { group: 1 })).answer, Answer::Unknown);
    assert_eq!(ask(&host, &fabric(Lag::None)).answer, Answer::Yes);
}
