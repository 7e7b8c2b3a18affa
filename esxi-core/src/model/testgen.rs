//! Random hosts and commands for property tests.

use crate::command::{Command, FailoverSet, SecuritySet};
use crate::state::*;
use crate::value::*;
use crate::version::EsxiVersion;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Every run draws the same cases and leaves no file behind. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` go further.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 64,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0x0e5c_1100),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The releases that the model is meant for.
pub(crate) const VERSIONS: [EsxiVersion; 4] =
    [EsxiVersion::new(6, 5), EsxiVersion::new(6, 7), EsxiVersion::new(7, 0), EsxiVersion::new(8, 0)];

fn vmnic() -> impl Strategy<Value = VmnicName> {
    (0_u8..12).prop_map(|n| format!("vmnic{n}").parse().unwrap())
}
fn vmk() -> impl Strategy<Value = VmkName> {
    (0_u8..12).prop_map(|n| format!("vmk{n}").parse().unwrap())
}
/// Names with everything a shell, a table or XML could trip over.
fn name<T: std::str::FromStr + std::fmt::Debug>() -> impl Strategy<Value = T> {
    "[-a-zA-Z0-9 &<>'\"$`:;*#@_.äß日]{1,24}".prop_filter_map("a name", |text| text.trim().parse().ok())
}
fn stack() -> impl Strategy<Value = NetstackName> {
    prop_oneof![
        Just(NetstackName::default()),
        Just("vmotion".parse().unwrap()),
        Just("mine".parse().unwrap())
    ]
}
fn mac() -> impl Strategy<Value = MacAddr> {
    any::<[u8; 6]>().prop_map(MacAddr)
}
fn mtu() -> impl Strategy<Value = Mtu> {
    (1280_u16..=9000).prop_map(|bytes| Mtu::new(bytes).unwrap())
}
fn vlan() -> impl Strategy<Value = VlanId> {
    (0_u16..=4095).prop_map(|id| VlanId::new(id).unwrap())
}
fn v4() -> impl Strategy<Value = Ipv4Addr> {
    (1_u32..u32::MAX).prop_map(Ipv4Addr::from)
}
fn v4_net() -> impl Strategy<Value = Ipv4Net> {
    (v4(), 1_u8..=32).prop_map(|(address, prefix)| Ipv4Net::new(address, prefix).unwrap())
}
/// Never link-local: such addresses are ESXi's own.
fn v6_net() -> impl Strategy<Value = Ipv6Net> {
    (any::<u128>(), 1_u8..=128).prop_map(|(bits, prefix)| {
        let bits = (bits >> 16) | (0x2001_u128 << 112);
        Ipv6Net::new(Ipv6Addr::from(bits), prefix).unwrap()
    })
}
fn balancing() -> impl Strategy<Value = LoadBalancing> {
    use LoadBalancing::*;
    prop::sample::select(vec![PortId, Mac, IpHash, Explicit])
}
fn detection() -> impl Strategy<Value = FailureDetection> {
    prop::sample::select(vec![FailureDetection::Link, FailureDetection::Beacon])
}
fn cdp() -> impl Strategy<Value = Cdp> {
    prop::sample::select(vec![Cdp::Down, Cdp::Listen, Cdp::Advertise, Cdp::Both])
}
fn order() -> impl Strategy<Value = FailoverOrder> {
    (btree_set(vmnic(), 0..5), 0_usize..5).prop_map(|(cards, active)| {
        let mut cards: Vec<VmnicName> = cards.into_iter().rev().collect();
        let standby = cards.split_off(active.min(cards.len()));
        FailoverOrder { active: cards, standby }
    })
}
fn teaming() -> impl Strategy<Value = Teaming> {
    (balancing(), detection(), any::<bool>(), any::<bool>(), order()).prop_map(
        |(load_balancing, failure_detection, notify_switches, failback, order)| Teaming {
            load_balancing,
            failure_detection,
            notify_switches,
            failback,
            order,
        },
    )
}
fn shaping() -> impl Strategy<Value = Shaping> {
    (any::<bool>(), 0_u64..1 << 40, 0_u64..1 << 40, 0_u64..1 << 40).prop_map(
        |(enabled, average_kbps, peak_kbps, burst_kib)| Shaping {
            enabled,
            average_kbps,
            peak_kbps,
            burst_kib,
        },
    )
}
fn shaping_or_none() -> impl Strategy<Value = Shaping> {
    prop_oneof![Just(Shaping::default()), shaping()]
}
fn failover_set() -> impl Strategy<Value = FailoverSet> {
    let truth = || option::of(any::<bool>());
    (option::of(balancing()), option::of(detection()), truth(), truth(), option::of(order())).prop_map(
        |(load_balancing, failure_detection, notify_switches, failback, order)| FailoverSet {
            load_balancing,
            failure_detection,
            notify_switches,
            failback,
            order,
        },
    )
}
fn truths() -> impl Strategy<Value = [Option<bool>; 3]> {
    prop::array::uniform3(option::of(any::<bool>()))
}
fn security_set() -> impl Strategy<Value = SecuritySet> {
    truths().prop_map(|[promiscuous, mac_changes, forged_transmits]| SecuritySet {
        promiscuous,
        mac_changes,
        forged_transmits,
    })
}
fn route() -> impl Strategy<Value = Route> {
    let v4 = (v4(), prop_oneof![Just(Ipv4Net::default()), v4_net()])
        .prop_map(|(gateway, net)| (IpAddr::V4(gateway), IpNet::V4(net.trunc())));
    let v6 = (v6_net(), prop_oneof![Just(Ipv6Net::default()), v6_net()])
        .prop_map(|(gateway, net)| (IpAddr::V6(gateway.addr()), IpNet::V6(net.trunc())));
    (stack(), prop_oneof![v4, v6]).prop_map(|(netstack, (gateway, network))| Route {
        netstack,
        network,
        gateway,
    })
}
fn ipv4() -> impl Strategy<Value = Ipv4Config> {
    let lease = (v4_net(), option::of(v4())).prop_map(|(address, gateway)| Lease { address, gateway });
    prop_oneof![
        Just(Ipv4Config::None),
        option::of(lease).prop_map(|lease| Ipv4Config::Dhcp { lease }),
        (v4_net(), option::of(v4())).prop_map(|(address, gateway)| Ipv4Config::Static { address, gateway }),
    ]
}
fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9.-]{1,20}"
}

/// Any typed command. What a command line cannot carry (a lease) is not in it.
pub(crate) fn command() -> impl Strategy<Value = Command> {
    let vswitch = name::<SwitchName>;
    let group = name::<PortGroupName>;
    let truth = || option::of(any::<bool>());
    let typed = ipv4().prop_map(|ipv4| match ipv4 {
        Ipv4Config::Dhcp { .. } => Ipv4Config::Dhcp { lease: None },
        other => other,
    });
    let switches = prop_oneof![
        (vswitch(), option::of(any::<u32>()))
            .prop_map(|(vswitch, ports)| Command::VswitchAdd { vswitch, ports }),
        vswitch().prop_map(|vswitch| Command::VswitchRemove { vswitch }),
        (vswitch(), option::of(mtu()), option::of(cdp()))
            .prop_map(|(vswitch, mtu, cdp)| Command::VswitchSet { vswitch, mtu, cdp }),
        (vswitch(), vmnic()).prop_map(|(vswitch, uplink)| Command::UplinkAdd { vswitch, uplink }),
        (vswitch(), vmnic()).prop_map(|(vswitch, uplink)| Command::UplinkRemove { vswitch, uplink }),
        (vswitch(), failover_set()).prop_map(|(vswitch, set)| Command::VswitchFailover { vswitch, set }),
        (vswitch(), security_set()).prop_map(|(vswitch, set)| Command::VswitchSecurity { vswitch, set }),
        (vswitch(), shaping_or_none())
            .prop_map(|(vswitch, shaping)| Command::VswitchShaping { vswitch, shaping }),
    ];
    let groups = prop_oneof![
        (vswitch(), group()).prop_map(|(vswitch, port_group)| Command::PortGroupAdd { vswitch, port_group }),
        (vswitch(), group())
            .prop_map(|(vswitch, port_group)| Command::PortGroupRemove { vswitch, port_group }),
        (group(), vlan()).prop_map(|(port_group, vlan)| Command::PortGroupVlan { port_group, vlan }),
        (group(), any::<bool>(), failover_set())
            .prop_map(|(port_group, reset, set)| Command::PortGroupFailover { port_group, reset, set }),
        (group(), any::<bool>(), security_set())
            .prop_map(|(port_group, reset, set)| Command::PortGroupSecurity { port_group, reset, set }),
        (group(), option::of(shaping_or_none()))
            .prop_map(|(port_group, shaping)| Command::PortGroupShaping { port_group, shaping }),
    ];
    let adapters = prop_oneof![
        (vmk(), group(), option::of(mac()), option::of(mtu()), option::of(stack())).prop_map(
            |(vmk, port_group, mac, mtu, netstack)| Command::VmkAdd { vmk, port_group, mac, mtu, netstack }
        ),
        vmk().prop_map(|vmk| Command::VmkRemove { vmk }),
        (vmk(), option::of(mtu()), truth()).prop_map(|(vmk, mtu, enabled)| Command::VmkSet {
            vmk,
            mtu,
            enabled
        }),
        (vmk(), typed).prop_map(|(vmk, ipv4)| Command::VmkIpv4 { vmk, ipv4 }),
        (vmk(), truth(), truth()).prop_map(|(vmk, router_adv, dhcp)| Command::VmkIpv6 {
            vmk,
            router_adv,
            dhcp
        }),
        (vmk(), v6_net()).prop_map(|(vmk, address)| Command::VmkIpv6Add { vmk, address }),
        (vmk(), v6_net()).prop_map(|(vmk, address)| Command::VmkIpv6Remove { vmk, address }),
        (vmk(), word()).prop_map(|(vmk, tag)| Command::VmkTagAdd { vmk, tag }),
        (vmk(), word()).prop_map(|(vmk, tag)| Command::VmkTagRemove { vmk, tag }),
    ];
    let rest = prop_oneof![
        route().prop_map(|route| Command::RouteAdd { route }),
        route().prop_map(|route| Command::RouteRemove { route }),
        v4().prop_map(|server| Command::DnsServerAdd { server: server.into() }),
        v6_net().prop_map(|server| Command::DnsServerRemove { server: server.addr().into() }),
        word().prop_map(|domain| Command::DnsSearchAdd { domain }),
        word().prop_map(|domain| Command::DnsSearchRemove { domain }),
    ];
    prop_oneof![switches, groups, adapters, rest]
}

fn nic() -> impl Strategy<Value = Nic> {
    (mac(), any::<bool>(), 0_u32..400_000, word()).prop_map(|(mac, link_up, speed_mbps, driver)| Nic {
        mac,
        link_up,
        speed_mbps,
        pci: "0000:02:00.1".into(),
        description: format!("{driver} of Müller & Söhne <10G>"),
        driver,
    })
}
fn vswitch() -> impl Strategy<Value = VSwitch> {
    let security = any::<[bool; 3]>().prop_map(|[promiscuous, mac_changes, forged_transmits]| Security {
        promiscuous,
        mac_changes,
        forged_transmits,
    });
    (any::<u32>(), mtu(), cdp(), btree_set(vmnic(), 0..4), teaming(), security, shaping()).prop_map(
        |(ports, mtu, cdp, uplinks, teaming, security, shaping)| VSwitch {
            ports,
            mtu,
            cdp: Fact::Known(cdp),
            uplinks,
            teaming: Fact::Known(teaming),
            security: Fact::Known(security),
            shaping: Fact::Known(shaping),
        },
    )
}
fn port_group() -> impl Strategy<Value = PortGroup> {
    (vlan(), 0_u32..50, failover_set(), truths(), option::of(shaping())).prop_map(
        |(vlan, vm_ports, set, [promiscuous, mac_changes, forged_transmits], shaping)| PortGroup {
            vswitch: "replaced".parse().unwrap(),
            vlan,
            vm_ports,
            teaming: Fact::Known(TeamingOverride {
                load_balancing: set.load_balancing,
                failure_detection: set.failure_detection,
                notify_switches: set.notify_switches,
                failback: set.failback,
                order: set.order,
            }),
            security: Fact::Known(SecurityOverride { promiscuous, mac_changes, forged_transmits }),
            shaping: Fact::Known(shaping),
        },
    )
}
fn adapter() -> impl Strategy<Value = VmkAdapter> {
    let ipv6 = (btree_set(v6_net(), 0..3), any::<bool>(), any::<bool>())
        .prop_map(|(addresses, router_adv, dhcp)| Ipv6Config { addresses, router_adv, dhcp });
    (mac(), mtu(), any::<bool>(), stack(), ipv4(), ipv6, btree_set(word(), 0..3)).prop_map(
        |(mac, mtu, enabled, netstack, ipv4, ipv6, tags)| VmkAdapter {
            port_group: "replaced".parse().unwrap(),
            mac: Some(mac),
            mtu,
            enabled,
            netstack,
            ipv4: Fact::Known(ipv4),
            ipv6,
            tags,
        },
    )
}

/// Any host that a host could report: every fact known, one IPv4 default route a stack, adapters on port groups
/// that exist, and no gateway of an adapter that only repeats its stack's.
pub(crate) fn host() -> impl Strategy<Value = HostState> {
    let dns = (vec(v4(), 0..3), vec(word(), 0..3))
        .prop_map(|(servers, search)| Dns { servers: servers.into_iter().map(IpAddr::V4).collect(), search });
    let objects = (
        btree_map(vmnic(), nic(), 0..4),
        btree_map(name::<SwitchName>(), vswitch(), 1..4),
        btree_map(name::<PortGroupName>(), port_group(), 0..6),
        btree_map(vmk(), adapter(), 0..4),
        btree_set(route(), 0..5),
        dns,
    );
    let numbers =
        (prop::sample::select(VERSIONS.to_vec()), 0_u8..4, any::<u16>(), any::<u32>(), any::<u64>());
    (numbers, objects).prop_map(|((version, update, patch, build, seed), objects)| {
        let (nics, vswitches, port_groups, vmkernel, routes, dns) = objects;
        let mut host = HostState {
            version: EsxiVersion { update, patch, ..version },
            build,
            nics,
            vswitches,
            port_groups,
            vmkernel,
            routes,
            dns,
            storage: Default::default(),
        };
        settle(&mut host, seed);
        host
    })
}

/// Ties the objects together.
fn settle(host: &mut HostState, seed: u64) {
    let switches: Vec<SwitchName> = host.vswitches.keys().cloned().collect();
    for (index, group) in host.port_groups.values_mut().enumerate() {
        let choice = (seed >> (index * 2)) as usize % switches.len();
        group.vswitch = switches[choice].clone();
    }
    let groups: Vec<PortGroupName> = host.port_groups.keys().cloned().collect();
    let names: Vec<VmkName> = host.vmkernel.keys().cloned().collect();
    for (index, name) in names.iter().enumerate() {
        match groups.get(index) {
            Some(group) => host.vmkernel.get_mut(name).unwrap().port_group = group.clone(),
            None => drop(host.vmkernel.remove(name)),
        }
    }
    // A default route by a gateway next door, as hosts have it, for every second adapter.
    for (index, vmk) in host.vmkernel.values().enumerate() {
        if let (true, Some(net)) = (seed >> (40 + index) & 1 == 1, vmk.ipv4_address()) {
            let gateway = IpAddr::V4(net.hosts().next().unwrap_or(net.addr()));
            let network = IpNet::V4(Ipv4Net::default());
            host.routes.insert(Route { netstack: vmk.netstack.clone(), network, gateway });
        }
    }
    let mut defaults: BTreeSet<(NetstackName, bool)> = BTreeSet::new();
    host.routes.retain(|route| {
        !route.is_default() || defaults.insert((route.netstack.clone(), route.gateway.is_ipv4()))
    });
    let gateways: BTreeMap<NetstackName, Ipv4Addr> = host
        .vmkernel
        .values()
        .map(|vmk| vmk.netstack.clone())
        .filter_map(|stack| {
            let (gateway, ..) = super::network::default_route(host, &stack)?;
            Some((stack, gateway))
        })
        .collect();
    for vmk in host.vmkernel.values_mut() {
        if let Fact::Known(Ipv4Config::Static { address, gateway }) = &mut vmk.ipv4
            && let Some(own) = *gateway
            && gateways.get(&vmk.netstack) == Some(&own)
            && address.contains(&own)
        {
            *gateway = None;
        }
    }
}
