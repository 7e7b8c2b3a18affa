//! What can be judged of a host file without a host.

use super::{
    HostSpec, Ipv4Spec, NicRef, NicRole, Override, PortGroupSpec, TeamingSpec, VSwitchSpec, VmkSpec, rules,
};
use crate::diag::{Code, Diagnostic, codes};
use crate::state::{FailureDetection, LoadBalancing};
use crate::value::{NetstackName, VlanId, is_word};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Judges the file by itself. [`resolve`](super::resolve) includes these findings and adds those that need the
/// host.
///
/// ```
/// use esxi_core::spec::{check, HostSpec};
/// let spec: HostSpec = serde_json::from_str(r#"{ "version": 1, "network": {
///     "vswitches": [{ "name": "vSwitch0", "mtu": 1500, "port_groups": [{ "name": "Storage" }] }],
///     "vmkernel": [{ "port_group": "Storage", "mtu": 9000 }] } }"#)?;
/// let findings = check(&spec);
/// assert_eq!(findings[0].code.as_str(), "NET004");
/// assert_eq!(findings[0].path.as_deref(), Some("/network/vmkernel/0/mtu"));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn check(spec: &HostSpec) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    names(spec, &mut found);
    cards(spec, &mut found);
    for (path, switch) in spec.vswitches() {
        teaming_of(&path, switch, &mut found);
    }
    adapters(spec, &mut found);
    routes(spec, &mut found);
    words(spec, &mut found);
    fabric(spec, &mut found);
    super::management::check(spec, &mut found);
    found.extend(rules::of_file(spec));
    found
}

/// Tags and search domains become single words on the host.
fn words(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    let mut judge = |word: &str, path: String| {
        if !is_word(word) {
            let message = format!("{word:?} is not one word of letters, digits, \"-\", \".\" and \"_\"");
            found.push(Diagnostic::error(codes::WRONG_VALUE, message).at(path).help("correct its spelling"));
        }
    };
    let search = spec.network.as_ref().and_then(|network| network.dns.as_ref()?.search.as_ref());
    for (at, domain) in search.into_iter().flatten().enumerate() {
        judge(domain, format!("/network/dns/search/{at}"));
    }
    for (path, vmk) in spec.vmkernel() {
        for (at, tag) in vmk.tags.iter().flatten().enumerate() {
            judge(tag, format!("{path}/tags/{at}"));
        }
    }
}

/// Reports every value that stands a second time.
fn twice<'a, T: Ord + std::fmt::Display + 'a>(
    values: impl Iterator<Item = (String, &'a T)>,
    code: Code,
    what: &str,
    found: &mut Vec<Diagnostic>,
) {
    let mut seen = BTreeSet::new();
    for (path, value) in values {
        if !seen.insert(value) {
            found.push(Diagnostic::error(code, format!("{what} \"{value}\" stands twice")).at(path));
        }
    }
}

fn names(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    let code = codes::DUPLICATE_NAME;
    let at = |path: &str, key: &str| format!("{path}/{key}");
    twice(spec.vswitches().map(|(path, switch)| (at(&path, "name"), &switch.name)), code, "vSwitch", found);
    twice(
        spec.port_groups().map(|(path, _, group)| (at(&path, "name"), &group.name)),
        code,
        "port group",
        found,
    );
    twice(
        spec.vmkernel().map(|(path, vmk)| (at(&path, "port_group"), &vmk.port_group)),
        codes::PORT_GROUP_TAKEN,
        "a vmkernel adapter on port group",
        found,
    );
    twice(
        spec.vmkernel().filter_map(|(path, vmk)| Some((at(&path, "name"), vmk.name.as_ref()?))),
        code,
        "vmkernel adapter",
        found,
    );
}

fn cards(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    let uplinks = spec.vswitches().flat_map(|(path, switch)| {
        let list = switch.uplinks.iter().flatten().enumerate();
        list.map(move |(at, nic)| (format!("{path}/uplinks/{at}"), nic)).collect::<Vec<_>>()
    });
    twice(uplinks, codes::NIC_TWICE, "network card", found);
}

fn teaming_of(path: &str, switch: &VSwitchSpec, found: &mut Vec<Diagnostic>) {
    let uplinks = switch.uplinks.as_deref();
    if let Some(teaming) = &switch.teaming {
        let path = format!("{path}/teaming");
        order(&path, teaming, uplinks, found);
        let inherits = |group: &PortGroupSpec| {
            group.teaming.as_ref().and_then(Override::set).is_none_or(|own| own.failure_detection.is_none())
        };
        let mut groups = switch.port_groups.iter().flatten();
        let guests = groups.any(|group| group.vlan == Some(VlanId::GUEST) && inherits(group));
        beacon(&path, teaming, None, (uplinks, guests), found);
    }
    for (at, group) in switch.port_groups.iter().flatten().enumerate() {
        let Some(Override::Set(teaming)) = &group.teaming else { continue };
        let path = format!("{path}/port_groups/{at}/teaming");
        order(&path, teaming, uplinks, found);
        let guests = group.vlan == Some(VlanId::GUEST);
        beacon(&path, teaming, switch.teaming.as_ref(), (uplinks, guests), found);
    }
}

/// True when all references are of one kind, so that comparing their texts compares cards.
fn comparable<'a>(mut nics: impl Iterator<Item = &'a NicRef>) -> bool {
    let Some(first) = nics.next() else { return true };
    let fixed = !matches!(first, NicRef::Role(NicRole::Management | NicRole::Spare));
    fixed && nics.all(|nic| std::mem::discriminant(nic) == std::mem::discriminant(first))
}

fn order(path: &str, teaming: &TeamingSpec, uplinks: Option<&[NicRef]>, found: &mut Vec<Diagnostic>) {
    let named = || {
        let active = teaming.active.iter().flatten().enumerate().map(|(at, nic)| ("active", at, nic));
        active.chain(teaming.standby.iter().flatten().enumerate().map(|(at, nic)| ("standby", at, nic)))
    };
    let mut seen = BTreeSet::new();
    for (list, at, nic) in named() {
        if !seen.insert(nic) {
            let message = format!("{nic} stands twice in the failover order");
            found.push(
                Diagnostic::error(codes::ORDER_NOT_AN_UPLINK, message).at(format!("{path}/{list}/{at}")),
            );
        }
    }
    let Some(uplinks) = uplinks else { return };
    if !comparable(uplinks.iter().chain(named().map(|(_, _, nic)| nic))) {
        return; // resolve() compares the cards themselves
    }
    for (list, at, nic) in named().filter(|(_, _, nic)| !uplinks.contains(nic)) {
        found.push(not_an_uplink(nic).at(format!("{path}/{list}/{at}")));
    }
}

/// A card in a failover order that is not attached.
pub(super) fn not_an_uplink(nic: &NicRef) -> Diagnostic {
    Diagnostic::error(
        codes::ORDER_NOT_AN_UPLINK,
        format!("{nic} is in the failover order but not among the uplinks"),
    )
    .help("add it to `uplinks` of the vSwitch or take it out of the order")
}

fn beacon(
    path: &str,
    teaming: &TeamingSpec,
    inherited: Option<&TeamingSpec>,
    (uplinks, guests): (Option<&[NicRef]>, bool),
    found: &mut Vec<Diagnostic>,
) {
    let detection = teaming.failure_detection.or(inherited.and_then(|teaming| teaming.failure_detection));
    let balancing = teaming.load_balancing.or(inherited.and_then(|teaming| teaming.load_balancing));
    let stated = teaming.failure_detection.is_some() || teaming.load_balancing.is_some();
    if detection == Some(FailureDetection::Beacon) && stated {
        let count = uplinks.map(<[NicRef]>::len);
        found.extend(
            beacon_unfit(count, balancing, guests)
                .map(|finding| finding.at(format!("{path}/failure_detection"))),
        );
    }
}

/// The rules of beacon probing: at least three uplinks, never with `iphash`, not where guests tag (VMware's networking
/// guides, verified).
pub(super) fn beacon_unfit(
    uplinks: Option<usize>,
    balancing: Option<LoadBalancing>,
    guests: bool,
) -> Option<Diagnostic> {
    let message = match (uplinks, balancing) {
        (_, Some(LoadBalancing::IpHash)) => "beacon probing must not be used with iphash".to_owned(),
        (Some(count @ ..=2), _) => {
            format!("beacon probing needs three uplinks to tell which one failed; there are {count}")
        }
        _ if guests => "beacon probing does not go with guest tagging (VLAN 4095)".to_owned(),
        _ => return None,
    };
    Some(Diagnostic::error(codes::BEACON_UNFIT, message).help("use `failure_detection: link`"))
}

fn stack(vmk: &VmkSpec) -> NetstackName {
    vmk.netstack.clone().unwrap_or_default()
}

pub(super) fn subnets(vmk: &VmkSpec) -> impl Iterator<Item = IpNet> + '_ {
    let v4 = match vmk.ipv4 {
        Some(Ipv4Spec::Static { address, .. }) => Some(IpNet::V4(address)),
        _ => None,
    };
    let v6 = vmk.ipv6.iter().flat_map(|ipv6| ipv6.addresses.iter().flatten());
    v4.into_iter().chain(v6.map(|net| IpNet::V6(*net)))
}

fn adapters(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    let groups: BTreeMap<_, _> =
        spec.port_groups().map(|(_, switch, group)| (&group.name, (switch, group))).collect();
    let mut seen: Vec<(NetstackName, IpNet, String)> = Vec::new();
    for (path, vmk) in spec.vmkernel() {
        if let Some((switch, group)) = groups.get(&vmk.port_group) {
            if let (Some(asked), Some(below)) = (vmk.mtu, switch.mtu)
                && asked > below
            {
                found.push(mtu_too_large(asked.get(), below.get(), &switch.name).at(format!("{path}/mtu")));
            }
            if group.vlan == Some(VlanId::GUEST) {
                found.push(guest_vlan(&vmk.port_group).at(format!("{path}/port_group")));
            }
        }
        for net in subnets(vmk) {
            if let IpNet::V4(v4) = net
                && v4.prefix_len() < 31
                && (v4.addr() == v4.network() || v4.addr() == v4.broadcast())
            {
                let message = format!("{v4} is the network or broadcast address of its subnet");
                found.push(
                    Diagnostic::error(codes::ADDRESS_SYNTAX, message).at(format!("{path}/ipv4/address")),
                );
            }
            let other =
                seen.iter().find(|(stack_of, earlier, _)| *stack_of == stack(vmk) && overlap(earlier, &net));
            if let Some((_, _, other)) = other {
                found.push(subnet_shared(&vmk.port_group, other, net).at(path.clone()));
            }
        }
        seen.extend(subnets(vmk).map(|net| (stack(vmk), net, vmk.port_group.to_string())));
    }
}

pub(super) fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(&b.network()) || b.contains(&a.network())
}

pub(super) fn mtu_too_large(asked: u16, below: u16, switch: &str) -> Diagnostic {
    let message = format!("MTU {asked} on {switch}, which carries {below}");
    Diagnostic::error(codes::MTU_TOO_LARGE, message)
        .help(format!("set `mtu: {asked}` on {switch} or lower this one"))
}

pub(super) fn guest_vlan(group: &str) -> Diagnostic {
    let message = format!("port group \"{group}\" has VLAN 4095 (guest tagging) under a vmkernel adapter");
    Diagnostic::error(codes::VLAN_GUEST_UNDER_VMK, message)
        .help("give it the VLAN id of the adapter's network, or 0")
}

pub(super) fn subnet_shared(group: &str, other: &str, net: IpNet) -> Diagnostic {
    let message = format!(
        "the adapters on \"{other}\" and \"{group}\" share the subnet {}: only one of them answers",
        net.trunc()
    );
    Diagnostic::warning(codes::SUBNET_SHARED, message).help(
        "give each adapter a subnet of its own; only iSCSI port binding and multi-NIC vMotion may share one",
    )
}

fn routes(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    let Some(network) = &spec.network else { return };
    let mut seen = BTreeSet::new();
    let mut hops: Vec<(String, NetstackName, IpAddr)> = Vec::new();
    hops.extend(network.gateway.map(|hop| ("/network/gateway".into(), NetstackName::default(), hop.into())));
    hops.extend(
        network.gateway6.map(|hop| ("/network/gateway6".into(), NetstackName::default(), hop.into())),
    );
    for (path, route) in spec.routes() {
        let stack = route.netstack.clone().unwrap_or_default();
        if !seen.insert((stack.clone(), route.to)) {
            let message = format!("two routes to {}", route.to);
            found.push(Diagnostic::error(codes::DUPLICATE_NAME, message).at(format!("{path}/to")));
        }
        if route.to.addr().is_ipv4() != route.via.is_ipv4() {
            let message = format!("the route to {} has a next hop of the other address family", route.to);
            found.push(Diagnostic::error(codes::GATEWAY_OFF_LINK, message).at(format!("{path}/via")));
            continue;
        }
        hops.push((format!("{path}/via"), stack, route.via));
    }
    for (path, stack_of, hop) in hops {
        if on_link_in_file(spec, &stack_of, hop) == Some(false) {
            let message = format!("{hop} is in no subnet of the adapters in this file");
            let help = "ESXi takes only next hops in a subnet of an adapter; an adapter that is not in the file may have it";
            found.push(Diagnostic::warning(codes::GATEWAY_OFF_LINK, message).at(path).help(help));
        }
    }
}

/// Whether a next hop is in a subnet of the file's adapters; `None` when some adapter's addresses are not known.
fn on_link_in_file(spec: &HostSpec, stack_of: &NetstackName, hop: IpAddr) -> Option<bool> {
    if matches!(hop, IpAddr::V6(v6) if v6.is_unicast_link_local()) {
        return Some(true);
    }
    let mut none = true;
    for (_, vmk) in spec.vmkernel().filter(|(_, vmk)| stack(vmk) == *stack_of) {
        if subnets(vmk).any(|net| net.contains(&hop)) {
            return Some(true);
        }
        let open = if hop.is_ipv4() {
            matches!(vmk.ipv4, None | Some(Ipv4Spec::Dhcp))
        } else {
            vmk.ipv6.as_ref().and_then(|ipv6| ipv6.addresses.as_ref()).is_none()
        };
        if open {
            return None;
        }
        none = false;
    }
    if none { None } else { Some(false) }
}

fn fabric(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    let Some(fabric) = &spec.fabric else { return };
    let ports = fabric.ports.iter().flatten().enumerate();
    twice(
        ports.map(|(at, port)| (format!("/fabric/ports/{at}/nic"), &port.nic)),
        codes::NIC_TWICE,
        "network card",
        found,
    );
    for (at, net) in fabric.networks.iter().flatten().enumerate() {
        if let Some(gateway) = net.gateway
            && !net.subnet.contains(&gateway)
        {
            let message = format!("gateway {gateway} is not in {}", net.subnet);
            let finding = Diagnostic::error(codes::GATEWAY_OFF_LINK, message);
            found.push(finding.at(format!("/fabric/networks/{at}/gateway")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes_of(network: serde_json::Value) -> Vec<(String, String)> {
        let spec: HostSpec = serde_json::from_value(json!({ "version": 1, "network": network })).unwrap();
        check(&spec).into_iter().map(|d| (d.code.to_string(), d.path.unwrap())).collect()
    }

    #[track_caller]
    fn one(network: serde_json::Value, code: &str, path: &str) {
        assert_eq!(codes_of(network), [(code.to_owned(), format!("/network{path}"))]);
    }

    #[test]
    fn names_are_unique() {
        one(json!({ "vswitches": [{ "name": "a" }, { "name": "a" }] }), "NET002", "/vswitches/1/name");
        let groups = json!([{ "name": "g" }]);
        one(
            json!({ "vswitches": [{ "name": "a", "port_groups": groups }, { "name": "b", "port_groups": groups }] }),
            "NET002",
            "/vswitches/1/port_groups/0/name",
        );
        one(
            json!({ "vmkernel": [{ "port_group": "g" }, { "port_group": "g" }] }),
            "NET003",
            "/vmkernel/1/port_group",
        );
    }

    #[test]
    fn a_card_has_one_place() {
        one(
            json!({ "vswitches": [{ "name": "a", "uplinks": ["vmnic0"] }, { "name": "b", "uplinks": ["vmnic0"] }] }),
            "NET008",
            "/vswitches/1/uplinks/0",
        );
    }

    #[test]
    fn failover_orders_name_uplinks() {
        let switch = |active: &[&str], standby: &[&str]| {
            json!({ "vswitches": [{ "name": "a", "uplinks": ["vmnic0", "vmnic1"],
                "teaming": { "active": active, "standby": standby } }] })
        };
        assert!(codes_of(switch(&["vmnic0"], &["vmnic1"])).is_empty());
        one(switch(&["vmnic0", "vmnic2"], &[]), "NET009", "/vswitches/0/teaming/active/1");
        one(switch(&["vmnic0"], &["vmnic0"]), "NET009", "/vswitches/0/teaming/standby/0");
        // A MAC address and a number may mean the same card: only the host can tell.
        assert!(codes_of(switch(&["0c:c4:7a:b5:80:02"], &[])).is_empty());
    }

    #[test]
    fn beacon_probing_has_its_rules() {
        let switch = |uplinks: &[&str], balancing: &str| {
            json!({ "vswitches": [{ "name": "a", "uplinks": uplinks,
                "teaming": { "failure_detection": "beacon", "load_balancing": balancing } }] })
        };
        let at = "/vswitches/0/teaming/failure_detection";
        assert!(codes_of(switch(&["vmnic0", "vmnic1", "vmnic2"], "portid")).is_empty());
        one(switch(&["vmnic0", "vmnic1", "vmnic2"], "iphash"), "NET010", at);
        one(switch(&["vmnic0", "vmnic1"], "portid"), "NET010", at);
        let tagging = |vlan: u16, own: serde_json::Value| {
            let mut network = switch(&["vmnic0", "vmnic1", "vmnic2"], "portid");
            network["vswitches"][0]["port_groups"] = json!([{ "name": "g", "vlan": vlan, "teaming": own }]);
            network
        };
        one(tagging(4095, json!("inherit")), "NET010", at);
        assert!(codes_of(tagging(4095, json!({ "failure_detection": "link" }))).is_empty());
        assert!(codes_of(tagging(10, json!("inherit"))).is_empty());
        let own = "/vswitches/0/port_groups/0/teaming/failure_detection";
        assert_eq!(
            codes_of(tagging(4095, json!({ "failure_detection": "beacon" }))),
            [("NET010".to_owned(), format!("/network{own}"))]
        );
    }

    #[test]
    fn adapters_are_checked_against_what_carries_them() {
        let with = |vlan: u16, mtu: u16| {
            json!({ "vswitches": [{ "name": "a", "mtu": 1500, "port_groups": [{ "name": "g", "vlan": vlan }] }],
                "vmkernel": [{ "port_group": "g", "mtu": mtu }] })
        };
        assert!(codes_of(with(100, 1500)).is_empty());
        one(with(100, 9000), "NET004", "/vmkernel/0/mtu");
        one(with(4095, 1500), "NET007", "/vmkernel/0/port_group");
        let pair = |second: &str, stack: &str| {
            json!({ "vmkernel": [
                { "port_group": "a", "ipv4": { "address": "192.0.2.10/24" } },
                { "port_group": "b", "netstack": stack, "ipv4": { "address": second } }] })
        };
        one(pair("192.0.2.129/25", "defaultTcpipStack"), "NET006", "/vmkernel/1");
        assert!(codes_of(pair("192.0.2.129/25", "vmotion")).is_empty());
        assert!(codes_of(pair("198.51.100.10/24", "defaultTcpipStack")).is_empty());
        one(pair("198.51.100.255/24", "defaultTcpipStack"), "NET025", "/vmkernel/1/ipv4/address");
    }

    #[test]
    fn next_hops_are_on_link() {
        let with = |gateway: &str, second: serde_json::Value| {
            json!({ "gateway": gateway, "vmkernel": [
                { "port_group": "a", "ipv4": { "address": "192.0.2.10/24" } },
                { "port_group": "b", "ipv4": second }] })
        };
        assert!(codes_of(with("192.0.2.1", json!("none"))).is_empty());
        one(with("198.51.100.1", json!("none")), "NET005", "/gateway");
        assert!(codes_of(with("198.51.100.1", json!("dhcp"))).is_empty(), "a lease may have it");
        one(json!({ "routes": [{ "to": "10.0.0.0/8", "via": "fe80::1" }] }), "NET005", "/routes/0/via");
        one(
            json!({ "routes": [{ "to": "10.0.0.0/8", "via": "10.9.9.1" }, { "to": "10.0.0.0/8", "via": "10.9.9.2" }] }),
            "NET002",
            "/routes/1/to",
        );
    }

    #[test]
    fn words_are_words() {
        one(json!({ "dns": { "search": ["lab.example", "a b"] } }), "HOST003", "/dns/search/1");
        one(json!({ "dns": { "search": [""] } }), "HOST003", "/dns/search/0");
        let vmk = json!([{ "port_group": "A", "tags": ["Management", "x\u{6}"] }]);
        one(json!({ "vmkernel": vmk }), "HOST003", "/vmkernel/0/tags/1");
    }
}
