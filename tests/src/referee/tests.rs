//! Scenarios whose outcome was worked out by hand, from the documents and not from the code.

use super::Verdict::{Dark, No, Unknown, Yes};
use super::{Verdict, World};
use crate::scenario::{Host, fabric, port, read};
use esxi_core::reach::{Evidence, Fabric, Lag, Session, SwitchPort, TaggedVlans};
use esxi_core::state::LoadBalancing::{Explicit, IpHash, Mac, PortId};
use esxi_core::state::{Fact, HostState, Ipv4Config, Lease, LoadBalancing};

const AFAR: &str = "198.51.100.9";
const STATIC: Lag = Lag::Static { group: 1 };
const LACP: Lag = Lag::Lacp { group: 1 };

fn ask(host: &HostState, fabric: &Fabric, client: &str, server: &str) -> Verdict {
    let world = World::new(host, fabric);
    let verdict = world.answers(read(client), read(server));
    if verdict != Unknown {
        // A fabric that leaves nothing open is the truth.
        assert_eq!(world.answers_in_truth(read(client), read(server)), verdict);
    }
    verdict
}

/// One adapter at 192.0.2.10 with a default route, on a vSwitch with this team.
fn simple(cards: u8, policy: LoadBalancing, active: &str, standby: &str, vlan: u16) -> Host {
    Host::with_cards(cards)
        .switch("vSwitch0", policy, active, standby)
        .group("Management Network", "vSwitch0", vlan)
        .vmk("vmk0", "Management Network", "192.0.2.10/24")
        .route("0.0.0.0/0", "192.0.2.1")
}

fn home(ports: &[esxi_core::reach::SwitchPort]) -> Fabric {
    fabric(ports, &[("192.0.2.0/24", Some("192.0.2.1"), 5)])
}

#[track_caller]
fn from_afar(host: &Host, ports: &[esxi_core::reach::SwitchPort], expected: Verdict) {
    assert_eq!(ask(&host.0, &home(ports), AFAR, "192.0.2.10"), expected);
}

#[test]
fn an_access_port_and_a_default_route() {
    let host = simple(1, PortId, "vmnic0", "", 0);
    let access = [port(Some(5), &[], Lag::None)];
    from_afar(&host, &access, Yes);
    let fabric = home(&access);
    assert_eq!(ask(&host.0, &fabric, "192.0.2.7", "192.0.2.10"), Yes, "beside it");
    assert_eq!(ask(&host.0, &fabric, AFAR, "192.0.2.11"), No, "nobody holds the address");
    from_afar(&host.clone().unplugged("vmnic0"), &access, No);
    from_afar(&host, &[port(Some(6), &[], Lag::None)], No);
}

#[test]
fn a_client_far_away_needs_the_default_route_and_one_beside_does_not() {
    let mut host = simple(1, PortId, "vmnic0", "", 0);
    host.0.routes.clear();
    let fabric = home(&[port(Some(5), &[], Lag::None)]);
    assert_eq!(ask(&host.0, &fabric, AFAR, "192.0.2.10"), No);
    assert_eq!(ask(&host.0, &fabric, "192.0.2.7", "192.0.2.10"), Yes);
    let host = host.route("0.0.0.0/0", "192.0.2.2");
    assert_eq!(ask(&host.0, &fabric, AFAR, "192.0.2.10"), Unknown, "a router nobody named");
    assert_eq!(
        World::new(&host.0, &fabric).answers_in_truth(read(AFAR), read("192.0.2.10")),
        No,
        "and in truth there is none"
    );
}

#[test]
fn a_disabled_adapter_is_mute() {
    let mut host = simple(1, PortId, "vmnic0", "", 0);
    host.0.vmkernel.get_mut("vmk0").unwrap().enabled = false;
    from_afar(&host, &[port(Some(5), &[], Lag::None)], No);
}

#[test]
fn tags_have_to_match() {
    let tagged = simple(1, PortId, "vmnic0", "", 5);
    let untagged = simple(1, PortId, "vmnic0", "", 0);
    let trunk = [port(None, &[5, 6], Lag::None)];
    from_afar(&tagged, &trunk, Yes);
    from_afar(&untagged, &trunk, No);
    from_afar(&simple(1, PortId, "vmnic0", "", 6), &trunk, No);
    from_afar(&tagged, &[port(None, &[6], Lag::None)], No);
    from_afar(&tagged, &[port(Some(5), &[], Lag::None)], No);
}

#[test]
fn the_native_vlan_leaves_the_switch_without_a_tag() {
    let mut all = port(Some(5), &[], Lag::None);
    all.tagged = TaggedVlans::All;
    // Segment 5 is native: a port group that tags it never hears the switch.
    for native in [port(Some(5), &[5, 6], Lag::None), all] {
        let tagging = simple(1, PortId, "vmnic0", "", 5);
        let world = home(std::slice::from_ref(&native));
        assert_eq!(World::new(&tagging.0, &world).answers_in_truth(read(AFAR), read("192.0.2.10")), No);
        assert_eq!(
            ask(&tagging.0, &world, AFAR, "192.0.2.10"),
            Unknown,
            "unless the switch was told to tag it"
        );
        from_afar(&simple(1, PortId, "vmnic0", "", 0), std::slice::from_ref(&native), Yes);
        // vmkernel adapters do not untag; that they hear what is untagged is only believed.
        from_afar(&simple(1, PortId, "vmnic0", "", 4095), &[native], Dark);
    }
    from_afar(&simple(1, PortId, "vmnic0", "", 4095), &[port(None, &[5], Lag::None)], No);
}

#[test]
fn segment_zero_is_never_tagged() {
    let mut host = simple(1, PortId, "vmnic0", "", 0);
    let mut trunk = port(None, &[], Lag::None);
    trunk.tagged = TaggedVlans::All;
    let nets = [("192.0.2.0/24", Some("192.0.2.1"), 0)];
    assert_eq!(ask(&host.0, &fabric(&[trunk], &nets), AFAR, "192.0.2.10"), No);
    let access = port(Some(0), &[], Lag::None);
    assert_eq!(ask(&host.0, &fabric(std::slice::from_ref(&access), &nets), AFAR, "192.0.2.10"), Yes);
    host = host.group("other", "vSwitch0", 9);
    host.0.vmkernel.get_mut("vmk0").unwrap().port_group = read("other");
    assert_eq!(ask(&host.0, &fabric(&[access], &nets), AFAR, "192.0.2.10"), No);
}

#[test]
fn a_port_may_be_bound_to_any_active_uplink() {
    let good = port(Some(5), &[], Lag::None);
    let bad = port(Some(6), &[], Lag::None);
    for policy in [PortId, Mac] {
        let host = simple(2, policy, "vmnic0 vmnic1", "", 0);
        from_afar(&host, &[good.clone(), good.clone()], Yes);
        from_afar(&host, &[good.clone(), bad.clone()], Dark);
        from_afar(&host, &[bad.clone(), bad.clone()], No);
        from_afar(&host.clone().unplugged("vmnic1"), &[good.clone(), bad.clone()], Yes);
        from_afar(&host.unplugged("vmnic0"), &[good.clone(), bad.clone()], No);
    }
}

#[test]
fn explicit_order_takes_the_first_live_uplink_and_then_a_standby() {
    let good = port(Some(5), &[], Lag::None);
    let bad = port(Some(6), &[], Lag::None);
    let host = simple(2, Explicit, "vmnic0 vmnic1", "", 0);
    from_afar(&host, &[good.clone(), bad.clone()], Yes);
    from_afar(&host, &[bad.clone(), good.clone()], No);
    from_afar(&host.unplugged("vmnic0"), &[bad.clone(), good.clone()], Yes);
    let host = simple(2, Explicit, "vmnic0", "vmnic1", 0);
    from_afar(&host, &[good.clone(), bad.clone()], Yes);
    from_afar(&host.clone().unplugged("vmnic0"), &[bad.clone(), good.clone()], Yes);
    from_afar(&host.unplugged("vmnic0").unplugged("vmnic1"), &[good.clone(), good.clone()], No);
    // Attached but in neither list: unused.
    let host = simple(2, PortId, "vmnic0", "", 0).attached("vSwitch0", "vmnic1");
    from_afar(&host, &[good.clone(), bad.clone()], Yes);
    from_afar(&host.unplugged("vmnic0"), &[good.clone(), good], No);
}

#[test]
fn standbys_alone_serve_a_team_without_active_uplinks() {
    let good = port(Some(5), &[], Lag::None);
    let bad = port(Some(6), &[], Lag::None);
    for policy in [PortId, Explicit] {
        let host = simple(2, policy, "", "vmnic0 vmnic1", 0);
        from_afar(&host, &[good.clone(), bad.clone()], Yes);
        from_afar(&host.unplugged("vmnic0"), &[good.clone(), bad.clone()], No);
    }
}

#[test]
fn a_standby_replaces_a_dead_active_uplink_under_portid() {
    let good = port(Some(5), &[], Lag::None);
    let bad = port(Some(6), &[], Lag::None);
    let host = simple(3, PortId, "vmnic0 vmnic1", "vmnic2", 0);
    from_afar(&host, &[good.clone(), good.clone(), bad.clone()], Yes);
    from_afar(&host.unplugged("vmnic0"), &[good.clone(), good, bad], Dark);
}

#[test]
fn the_management_network_has_an_order_of_its_own() {
    let access = port(Some(5), &[], Lag::None);
    // The vSwitch moved on to vmnic1; the port group's override still says vmnic0.
    let host = Host::with_cards(2)
        .switch("vSwitch0", PortId, "vmnic1", "")
        .attached("vSwitch0", "vmnic0")
        .group("Management Network", "vSwitch0", 0)
        .own_order("Management Network", None, "vmnic0", "")
        .vmk("vmk0", "Management Network", "192.0.2.10/24")
        .route("0.0.0.0/0", "192.0.2.1");
    from_afar(&host, &[access.clone(), port(Some(6), &[], Lag::None)], Yes);
    from_afar(&host.unplugged("vmnic0"), &[access.clone(), access], No);
}

#[test]
fn iphash_needs_a_static_channel_and_a_static_channel_needs_iphash() {
    let lone = port(Some(5), &[], Lag::None);
    let member = port(Some(5), &[], STATIC);
    let both = |port: &esxi_core::reach::SwitchPort| [port.clone(), port.clone()];
    from_afar(&simple(2, IpHash, "vmnic0 vmnic1", "", 0), &both(&member), Yes);
    from_afar(&simple(2, IpHash, "vmnic0 vmnic1", "", 0), &both(&lone), Dark);
    from_afar(&simple(2, PortId, "vmnic0 vmnic1", "", 0), &both(&member), Dark);
    from_afar(&simple(2, Explicit, "vmnic0 vmnic1", "", 0), &both(&member), Dark);
    // With a single live link there is nothing to hash.
    from_afar(&simple(2, IpHash, "vmnic0 vmnic1", "", 0).unplugged("vmnic1"), &both(&lone), Yes);
    from_afar(&simple(2, PortId, "vmnic0 vmnic1", "", 0).unplugged("vmnic1"), &both(&member), Yes);
    from_afar(&simple(1, IpHash, "vmnic0", "", 0), &both(&lone), Yes);
}

#[test]
fn a_channel_member_left_outside_the_vswitch_swallows_frames() {
    let member = port(Some(5), &[], STATIC);
    let ports = [member.clone(), member];
    from_afar(&simple(2, IpHash, "vmnic0", "", 0), &ports, Dark);
    from_afar(&simple(2, IpHash, "vmnic0", "", 0).attached("vSwitch0", "vmnic1"), &ports, Dark);
    from_afar(&simple(2, IpHash, "vmnic0", "", 0).unplugged("vmnic1"), &ports, Yes);
    let other = simple(2, IpHash, "vmnic0", "", 0).switch("vSwitch1", PortId, "vmnic1", "");
    from_afar(&other, &ports, Dark);
}

#[test]
fn two_channels_are_two_ports() {
    let ports: Vec<_> = [1, 1, 2].map(|group| port(Some(5), &[], Lag::Static { group })).to_vec();
    from_afar(&simple(3, IpHash, "vmnic0 vmnic1", "", 0), &ports, Yes);
    from_afar(&simple(3, IpHash, "vmnic0 vmnic1 vmnic2", "", 0), &ports, Dark);
}

#[test]
fn the_packet_guide_lacp_keeps_a_lone_uplink_and_loses_two() {
    let member = port(Some(5), &[], LACP);
    let ports = [member.clone(), member];
    from_afar(&simple(2, PortId, "vmnic0", "", 0), &ports, Yes);
    for policy in [PortId, IpHash, Explicit] {
        from_afar(&simple(2, policy, "vmnic0 vmnic1", "", 0), &ports, No);
        // Even unused: it is attaching that loses the host.
        from_afar(&simple(2, policy, "vmnic0", "", 0).attached("vSwitch0", "vmnic1"), &ports, No);
    }
    // Hybrid mode: the other card on a vSwitch of its own.
    let hybrid = simple(2, PortId, "vmnic0", "", 0).switch("vSwitch1", PortId, "vmnic1", "");
    from_afar(&hybrid, &ports, Yes);
}

#[test]
fn the_packet_host_with_public_and_private_side() {
    // Both subnets untagged on one segment, private by a route to 10/8.
    let packet = Host::with_cards(2)
        .switch("vSwitch0", PortId, "vmnic0", "")
        .group("Management Network", "vSwitch0", 0)
        .group("Private Network", "vSwitch0", 0)
        .vmk("vmk0", "Management Network", "147.75.0.3/29")
        .vmk("vmk1", "Private Network", "10.99.0.3/29")
        .route("0.0.0.0/0", "147.75.0.1")
        .route("10.0.0.0/8", "10.99.0.1");
    let member = port(Some(1), &[], LACP);
    let nets = [("147.75.0.0/29", Some("147.75.0.1"), 1), ("10.99.0.0/29", Some("10.99.0.1"), 1)];
    let packet_fabric = fabric(&[member.clone(), member], &nets);
    assert_eq!(ask(&packet.0, &packet_fabric, AFAR, "147.75.0.3"), Yes);
    assert_eq!(ask(&packet.0, &packet_fabric, "10.8.0.7", "10.99.0.3"), Yes, "the VPN");
    // The reply to a client afar leaves by vmk0 with vmk1's address.
    assert_eq!(ask(&packet.0, &packet_fabric, AFAR, "10.99.0.3"), No);
    // A 10/8 client of the public address is answered through the private side.
    assert_eq!(ask(&packet.0, &packet_fabric, "10.8.0.7", "147.75.0.3"), No);
}

#[test]
fn static_routes_for_vmkernel_ports() {
    let host = Host::with_cards(2)
        .switch("vSwitch0", PortId, "vmnic0", "")
        .switch("vSwitch1", PortId, "vmnic1", "")
        .group("Management Network", "vSwitch0", 0)
        .group("LAN", "vSwitch1", 0)
        .vmk("vmk0", "Management Network", "8.8.8.4/24")
        .vmk("vmk1", "LAN", "192.168.20.100/24")
        .route("0.0.0.0/0", "8.8.8.8");
    let nets = [
        ("8.8.8.0/24", Some("8.8.8.8"), 1),
        ("192.168.20.0/24", Some("192.168.20.1"), 2),
        ("192.168.40.0/24", Some("192.168.40.1"), 3),
    ];
    let fabric = fabric(&[port(Some(1), &[], Lag::None), port(Some(2), &[], Lag::None)], &nets);
    assert_eq!(ask(&host.0, &fabric, AFAR, "8.8.8.4"), Yes);
    assert_eq!(ask(&host.0, &fabric, "192.168.20.7", "192.168.20.100"), Yes);
    assert_eq!(ask(&host.0, &fabric, "192.168.40.7", "192.168.20.100"), No, "the article's case");
    let cured = host.clone().route("192.168.40.0/24", "192.168.20.1");
    assert_eq!(ask(&cured.0, &fabric, "192.168.40.7", "192.168.20.100"), Yes, "the article's cure");
    assert_eq!(ask(&cured.0, &fabric, AFAR, "192.168.20.100"), No);
    // The cure turns that client away from the public address.
    assert_eq!(ask(&host.0, &fabric, "192.168.40.7", "8.8.8.4"), Yes);
    assert_eq!(ask(&cured.0, &fabric, "192.168.40.7", "8.8.8.4"), No);
}

#[test]
fn a_maas_bond_with_a_vlan() {
    // 802.3ad became iphash on a static channel, bond0.108 a tagged port group beside an untagged one.
    let maas = Host::with_cards(2)
        .switch("vSwitch0", IpHash, "vmnic0 vmnic1", "")
        .group("Management Network", "vSwitch0", 0)
        .group("storage", "vSwitch0", 108)
        .vmk("vmk0", "Management Network", "192.0.2.10/24")
        .vmk("vmk1", "storage", "10.108.0.10/24")
        .route("0.0.0.0/0", "192.0.2.1");
    let nets = [("192.0.2.0/24", Some("192.0.2.1"), 5), ("10.108.0.0/24", None, 108)];
    let member = port(Some(5), &[108], STATIC);
    let good = fabric(&[member.clone(), member.clone()], &nets);
    assert_eq!(ask(&maas.0, &good, AFAR, "192.0.2.10"), Yes);
    assert_eq!(ask(&maas.0, &good, "10.108.0.7", "10.108.0.10"), Yes);
    assert_eq!(ask(&maas.0, &good, AFAR, "10.108.0.10"), No, "isolated");
    // One member lacks the VLAN.
    let lame = fabric(&[member, port(Some(5), &[], STATIC)], &nets);
    assert_eq!(ask(&maas.0, &lame, AFAR, "192.0.2.10"), Yes);
    assert_eq!(ask(&maas.0, &lame, "10.108.0.7", "10.108.0.10"), Dark);
}

#[test]
fn a_client_on_an_isolated_subnet_is_heard_on_its_segment_only() {
    let host = simple(1, PortId, "vmnic0", "", 0);
    let nets = [("192.0.2.0/24", Some("192.0.2.1"), 5), ("10.1.0.0/24", None, 7)];
    let fabric = fabric(&[port(Some(5), &[], Lag::None)], &nets);
    assert_eq!(ask(&host.0, &fabric, "10.1.0.7", "192.0.2.10"), No);
}

#[test]
fn a_wrong_netmask_looks_for_the_client_on_the_wire() {
    let mut host = simple(1, PortId, "vmnic0", "", 0);
    let address = Ipv4Config::Static { address: read("192.0.2.10/16"), gateway: None };
    host.0.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(address);
    let access = [port(Some(5), &[], Lag::None)];
    let nets =
        |segment| [("192.0.2.0/24", Some("192.0.2.1"), 5), ("192.0.9.0/24", Some("192.0.9.1"), segment)];
    assert_eq!(ask(&host.0, &fabric(&access, &nets(6)), "192.0.9.7", "192.0.2.10"), No);
    assert_eq!(ask(&host.0, &fabric(&access, &nets(5)), "192.0.9.7", "192.0.2.10"), Yes);
}

#[test]
fn a_lease_brings_its_default_route() {
    let mut host = simple(1, PortId, "vmnic0", "", 0);
    host.0.routes.clear();
    let access = [port(Some(5), &[], Lag::None)];
    let with = |host: &Host, gateway: Option<&str>| {
        let mut host = host.clone();
        let lease = Lease { address: read("192.0.2.10/24"), gateway: gateway.map(read) };
        host.0.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(Ipv4Config::Dhcp { lease: Some(lease) });
        host
    };
    from_afar(&with(&host, Some("192.0.2.1")), &access, Yes);
    from_afar(&with(&host, None), &access, No);
}

#[test]
fn stacks_have_tables_of_their_own() {
    let mut host = simple(1, PortId, "vmnic0", "", 0);
    host.0.vmkernel.get_mut("vmk0").unwrap().netstack = read("vmotion");
    from_afar(&host, &[port(Some(5), &[], Lag::None)], No);
}

#[test]
fn ipv6_is_judged_by_the_same_rules() {
    let mut host = Host::with_cards(1)
        .switch("vSwitch0", PortId, "vmnic0", "")
        .group("Management Network", "vSwitch0", 0)
        .vmk("vmk0", "Management Network", "192.0.2.10/24")
        .route("::/0", "fe80::1");
    host.0.vmkernel.get_mut("vmk0").unwrap().ipv6.addresses.insert(read("2001:db8::10/64"));
    let nets = [("2001:db8::/64", Some("fe80::1"), 5)];
    let here = fabric(&[port(Some(5), &[], Lag::None)], &nets);
    assert_eq!(ask(&host.0, &here, "2001:db8:9::7", "2001:db8::10"), Yes);
    host.0.routes.clear();
    assert_eq!(ask(&host.0, &here, "2001:db8:9::7", "2001:db8::10"), No);
}

#[test]
fn what_nobody_stated_is_unknown_only_where_it_matters() {
    let host = simple(2, PortId, "vmnic0", "", 0);
    let access = port(Some(5), &[], Lag::None);
    assert_eq!(ask(&host.0, &Fabric::default(), AFAR, "192.0.2.10"), Unknown);
    assert_eq!(ask(&host.0, &home(&[]), AFAR, "192.0.2.10"), Unknown, "no port");
    assert_eq!(ask(&host.0, &fabric(std::slice::from_ref(&access), &[]), AFAR, "192.0.2.10"), Unknown);
    // A lone card cannot be hashed away from; one with an idle sibling can.
    let vague = port(Some(5), &[], Lag::Unknown);
    from_afar(&simple(1, PortId, "vmnic0", "", 0), std::slice::from_ref(&vague), Yes);
    assert_eq!(ask(&host.0, &home(std::slice::from_ref(&vague)), AFAR, "192.0.2.10"), Unknown);
    // The port of a card that is nowhere does not matter, unless it may share a channel.
    from_afar(&host, std::slice::from_ref(&access), Yes);
    assert_eq!(ask(&host.0, &home(&[port(Some(5), &[], STATIC)]), AFAR, "192.0.2.10"), Unknown);
    // What is taken for granted was not stated.
    let assumed = SwitchPort { evidence: Evidence::Assumed, ..access.clone() };
    assert_eq!(ask(&host.0, &home(&[assumed]), AFAR, "192.0.2.10"), Unknown);
    // Two uplinks with nothing said about aggregation.
    let team = simple(2, PortId, "vmnic0 vmnic1", "", 0);
    assert_eq!(ask(&team.0, &home(&[vague.clone(), vague]), AFAR, "192.0.2.10"), Unknown);
    // A cable that is out needs no switch port.
    let dead = simple(1, PortId, "vmnic0", "", 0).unplugged("vmnic0");
    assert_eq!(ask(&dead.0, &Fabric::default(), AFAR, "192.0.2.10"), No);
}

#[test]
fn a_policy_not_understood_is_unknown() {
    let access = port(Some(5), &[], Lag::None);
    let mut host = simple(2, PortId, "vmnic0 vmnic1", "", 0);
    host.0.vswitches.get_mut("vSwitch0").unwrap().teaming = Fact::Unknown("?".into());
    let world = home(&[access.clone(), access]);
    assert_eq!(ask(&host.0, &world, AFAR, "192.0.2.10"), Unknown);
    let mut host = simple(1, PortId, "vmnic0", "", 0);
    host.0.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Unknown("?".into());
    assert_eq!(ask(&host.0, &world, AFAR, "192.0.2.10"), Unknown);
}

#[test]
fn a_session_shows_which_uplink_the_port_is_bound_to() {
    let good = port(Some(5), &[], Lag::None);
    let fabric = home(&[good, port(Some(6), &[], Lag::None)]);
    let host = simple(2, PortId, "vmnic0 vmnic1", "", 0);
    let session = Session { client: read(AFAR), server: read("192.0.2.10") };
    let given = |now: &HostState, reborn: &[&str]| {
        let before = World::new(&host.0, &fabric);
        let reborn = reborn.iter().map(|vmk| read(vmk)).collect();
        let world = World::with_new_ports(now, &fabric, &reborn);
        world.answers_given(&before, &session, session.client, session.server)
    };
    from_afar(&host, &[port(Some(5), &[], Lag::None), port(Some(6), &[], Lag::None)], Dark);
    assert_eq!(given(&host.0, &[]), Yes, "it is bound to vmnic0, or there were no session");
    assert_eq!(given(&host.0, &["vmk0"]), Dark, "a new port may be bound to vmnic1");
    assert_eq!(given(&host.clone().unplugged("vmnic1").0, &[]), Yes);
    assert_eq!(given(&host.clone().unplugged("vmnic0").0, &[]), No);
    let mut moved = host.clone().group("Moved", "vSwitch0", 0);
    moved.0.vmkernel.get_mut("vmk0").unwrap().port_group = read("Moved");
    assert_eq!(given(&moved.0, &[]), Dark);
}
