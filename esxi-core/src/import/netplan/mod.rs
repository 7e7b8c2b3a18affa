//! netplan's configuration, version 2 of the format that cloud-init shares.
//!
//! Source of the format: `netplan-yaml` of the netplan reference.

mod merge;
mod route;

use super::linux::{Bond, Bridge, Device, DeviceKind, Ipv4, Ipv6, Linux, LinuxRoute, Param};
use super::read::At;
use super::{ImportOptions, Imported, import};
use crate::diag::{Diagnostic, codes};

use ipnet::IpNet;

/// Reads netplan's configuration from one or several files, each with its name. They are taken in netplan's order, by
/// the last part of their names: later ones add to lists and replace single values. Names are used for that and in
/// diagnostics.
///
/// Cards have to be told by `match: {macaddress: …}`: the names that Linux gives them mean nothing to ESXi.
///
/// ```
/// use esxi_core::import::{ImportOptions, netplan};
/// let base = r#"
/// network:
///   version: 2
///   ethernets:
///     eno1: { match: { macaddress: "0C:C4:7A:B5:80:02" } }
///   bridges:
///     br0: { interfaces: [eno1], addresses: [192.0.2.10/24], routes: [{ to: default, via: 192.0.2.1 }] }
/// "#;
/// let large = "network: { bridges: { br0: { mtu: 9000 } } }";
/// let files = [("/etc/netplan/90-large.yaml", large), ("/etc/netplan/50-base.yaml", base)];
/// let network = netplan(&files, &ImportOptions::default()).spec.unwrap().network.unwrap();
/// assert_eq!(network.gateway.unwrap().to_string(), "192.0.2.1");
/// assert_eq!(network.vmkernel.unwrap()[0].mtu.unwrap().get(), 9000);
/// ```
pub fn netplan(files: &[(&str, &str)], options: &ImportOptions) -> Imported {
    import(merge::document(files), options, document)
}

/// Sections that have no counterpart, and what to do about a device in one.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("wifis", "a wireless network", "connect the host by cable"),
    ("modems", "a modem", "connect the host by cable, and the modem to a router"),
    (
        "tunnels",
        "a tunnel",
        "end the tunnel in a virtual machine or on a router, and add a static route to it",
    ),
    (
        "vrfs",
        "a VRF",
        "take it out and put its adapters on a TCP/IP stack of their own (`netstack` in the host file)",
    ),
    (
        "dummy-devices",
        "a device without a network",
        "a bridge without interfaces gives the host an address that only it reaches",
    ),
    (
        "virtual-ethernets",
        "a cable between two bridges",
        "attach everything to one bridge: vSwitches are connected by a virtual machine only",
    ),
    ("nm-devices", "a device of NetworkManager's own", "write it as one of the other types"),
];

/// Finds the configuration in the document.
pub(super) fn document(root: &At<'_>) -> Option<Linux> {
    let network = root.network();
    let report = |finding| network.account.report(finding);
    if !network.is_map() {
        report(network.error(codes::WRONG_VALUE, "`network` must be a mapping"));
        return None;
    }
    if let Some(version) = network.get("version") {
        match version.raw()? {
            "2" => {}
            "1" => {
                let finding =
                    version.error(codes::FORMAT_VERSION, "version 1 is curtin's format, not netplan's");
                report(finding.help("import it as curtin's, or as cloud-init's, which has both"));
                network.use_up();
                return None;
            }
            other => {
                network.use_up();
                report(version.error(codes::FORMAT_VERSION, format!("version {other} is not known: 2")));
                return None;
            }
        }
    }
    if let Some(renderer) = network.get("renderer") {
        self::renderer(&renderer);
    }
    let mut linux =
        Linux { card_key: "`match: {macaddress: …}` with the card's address", ..Linux::default() };
    for (section, read) in [
        ("ethernets", ethernet as fn(&At<'_>, &str) -> Option<Device>),
        ("bonds", bond),
        ("bridges", bridge),
        ("vlans", vlan),
    ] {
        for (name, item) in devices(&network, section) {
            if let Some(other) = linux.devices.iter().find(|device| device.name == name) {
                let message = format!("{name} is defined twice: also at {}", other.path);
                report(item.error(codes::DUPLICATE_NAME, message).help("give one of them another name"));
                continue;
            }
            if let Some(mut device) = read(&item, name) {
                common(&item, &mut device, &mut linux);
                linux.devices.push(device);
            }
        }
    }
    for (section, what, cure) in ELSEWHERE {
        for (name, item) in devices(&network, section) {
            let message = format!("{name} is {what}, which ESXi does not have");
            report(item.error(codes::IMPORT_IMPOSSIBLE, message).help(*cure));
        }
    }
    if let Some(ovs) = network.get("openvswitch") {
        open_vswitch(&ovs);
    }
    if linux.devices.is_empty() && network.account.is_clean() {
        let finding = network.error(codes::IMPORT_INCOMPLETE, "no device is configured here");
        report(finding.help("netplan's configuration has `ethernets:`, `bonds:`, `bridges:` or `vlans:`"));
    }
    Some(linux)
}

/// The devices of a section; its `renderer` is none.
fn devices<'a>(network: &At<'a>, section: &str) -> Vec<(&'a str, At<'a>)> {
    let Some(section) = network.get(section) else { return Vec::new() };
    if !section.is_map() {
        section.account.report(section.error(codes::WRONG_VALUE, "expected a mapping of devices by name"));
    }
    let mut all = section.entries();
    if all.is_empty() {
        section.use_up();
    }
    all.retain(|(name, item)| {
        item.use_up_if_empty();
        let device = *name != "renderer";
        if !device {
            renderer(item);
        }
        device
    });
    all
}

fn renderer(at: &At<'_>) {
    at.note_left_out("it names the Linux program that would set up the network");
}

fn open_vswitch(at: &At<'_>) {
    let finding =
        at.error(codes::IMPORT_IMPOSSIBLE, "Open vSwitch has features that a standard vSwitch lacks");
    at.account
        .report(finding.help("take the section out and check whether plain bonds, VLANs and bridges do"));
}

fn ethernet(item: &At<'_>, name: &str) -> Option<Device> {
    let mut device = Device::new(&item.path, name, DeviceKind::Physical);
    let set_name = item.get("set-name").and_then(|set_name| Some(set_name.text()?.to_owned()));
    if let (Some(at), Some(set_name)) = (item.get("set-name"), &set_name) {
        let message = format!("the card is not renamed to {set_name}: ESXi numbers its cards itself");
        item.account.report(Diagnostic::note(codes::IMPORT_LEFT_OUT, message).at(&at.path));
    }
    device.aliases.extend(set_name.clone());
    device.title = set_name;
    if let Some(matches) = item.get("match") {
        device.card = matches.get("macaddress").map(|mac| (mac.path.clone(), mac.mac()));
        for key in ["name", "driver", "path"] {
            let Some(condition) = matches.get(key) else { continue };
            if device.card.is_some() {
                condition.note_left_out("the MAC address says which card it is");
                continue;
            }
            let texts: Vec<&str> = condition.items().iter().filter_map(At::raw).collect();
            condition.use_up();
            let words = texts.join(" or ");
            // All conditions have to hold, and only a name can be looked up in a list of cards.
            let words = if key == "name" { words } else { format!("{key} {words}") };
            device.card_name = Some((condition.path.clone(), words));
        }
    }
    if let Some(parent) = item.get("link") {
        let finding = parent.error(
            codes::IMPORT_IMPOSSIBLE,
            format!("{name} is a virtual function of another card, which a vSwitch cannot use"),
        );
        item.account.report(finding.help("put its addresses on the card itself, or on a VLAN of it"));
    }
    if let Some(auth) = item.get("auth") {
        let message = "a vSwitch does not log in to the network (802.1X)";
        let finding = auth.error(codes::IMPORT_IMPOSSIBLE, message);
        item.account.report(finding.help("take it out and let the switch port accept the host without"));
    }
    for (key, value) in item.entries() {
        match key {
            "wakeonlan" => value.note_left_out("waking is set in the machine's firmware"),
            "emit-lldp" => {
                value.left_out("a standard vSwitch speaks CDP only: `cdp: both` announces the host")
            }
            "virtual-function-count" => {
                value.left_out("virtual functions are an option of the card's driver module")
            }
            "embedded-switch-mode" | "delay-virtual-functions-rebind" | "infiniband-mode" => {
                value.left_out("not settable on ESXi")
            }
            _ if key.ends_with("-offload") => value.left_out("ESXi chooses the card's offloads by itself"),
            _ => {}
        }
    }
    Some(device)
}

fn members(item: &At<'_>) -> Vec<(String, String)> {
    let list = item.get("interfaces");
    let members = list.iter().flat_map(At::items);
    members.filter_map(|member| Some((member.path.clone(), member.text()?.to_owned()))).collect()
}

fn bond(item: &At<'_>, name: &str) -> Option<Device> {
    let params = item.get("parameters").map(|params| params.entries()).unwrap_or_default();
    let params = params.into_iter().map(|(name, value)| {
        let list = value.items();
        let texts: Vec<&str> = list.iter().filter_map(At::raw).collect();
        value.use_up();
        // netplan takes its own old spelling, too.
        let name = if name == "gratuitious-arp" { "gratuitous-arp" } else { name };
        Param { path: value.path.clone(), name: name.to_owned(), value: texts.join(",") }
    });
    let bond = Bond { members: members(item), params: params.collect() };
    Some(Device::new(&item.path, name, DeviceKind::Bond(bond)))
}

fn bridge(item: &At<'_>, name: &str) -> Option<Device> {
    let mut bridge = Bridge { members: members(item), stp: None };
    for (key, value) in item.get("parameters").map(|params| params.entries()).unwrap_or_default() {
        match key {
            "stp" => bridge.stp = value.truth().unwrap_or_default().then(|| value.path.clone()),
            "ageing-time" | "aging-time" => {
                value.note_left_out("a vSwitch knows its ports' addresses and learns none")
            }
            "priority" | "port-priority" | "forward-delay" | "hello-time" | "max-age" | "path-cost" => {
                value.note_left_out("a vSwitch has no spanning tree")
            }
            _ => {}
        }
    }
    Some(Device::new(&item.path, name, DeviceKind::Bridge(bridge)))
}

fn vlan(item: &At<'_>, name: &str) -> Option<Device> {
    let (Some(link), Some(id)) = (item.get("link"), item.get("id")) else {
        item.account.report(item.error(codes::IMPORT_INCOMPLETE, "a VLAN needs `id` and `link`"));
        return None;
    };
    let (parent, id) = (link.text(), id.vlan());
    let kind = DeviceKind::Vlan { link: (link.path.clone(), parent?.to_owned()), id: id? };
    Some(Device::new(&item.path, name, kind))
}

/// What every kind of device may have.
fn common(item: &At<'_>, device: &mut Device, linux: &mut Linux) {
    if let Some(mac) = item.get("macaddress") {
        match mac.raw() {
            Some("permanent") => mac.note_left_out("a card keeps its own address on ESXi"),
            Some("random" | "stable" | "stable-ssid" | "preserve") => {
                mac.left_out("ESXi gives an adapter an address that stays")
            }
            _ => device.mac = Some((mac.path.clone(), mac.mac())),
        }
    }
    device.mtu = item.get("mtu").and_then(|mtu| mtu.mtu());
    if let Some(servers) = item.get("nameservers") {
        name_service(&servers, linux);
    }
    let first_route = linux.routes.len();
    for (key, v4) in [("gateway4", true), ("gateway6", false)] {
        let Some(gateway) = item.get(key) else { continue };
        match gateway.ip() {
            Some(via) if via.is_ipv4() == v4 => {
                linux.routes.push(LinuxRoute { path: gateway.path, to: route::all(via), via, metric: 0 });
            }
            Some(via) => {
                let message = format!("{via} is an address of the other family");
                gateway.account.report(gateway.error(codes::ADDRESS_SYNTAX, message));
            }
            None => {}
        }
    }
    linux.routes.extend(item.get("routes").iter().flat_map(At::items).filter_map(|at| route::route(&at)));
    item.get("routing-policy").iter().for_each(route::policy);
    addresses(item, device, &linux.routes[first_route..]);
    for key in ["dhcp4-overrides", "dhcp6-overrides"] {
        item.get(key).iter().for_each(route::overrides);
    }
    settings(item);
}

/// Static addresses and the ways to get others.
fn addresses(item: &At<'_>, device: &mut Device, routes: &[LinuxRoute]) {
    let way_out =
        |v4: bool| routes.iter().find(|route| route.to.prefix_len() == 0 && route.via.is_ipv4() == v4);
    let mut nets = Vec::new();
    for at in item.get("addresses").iter().flat_map(At::items) {
        let entries = at.entries();
        match entries.as_slice() {
            [] => nets.extend(at.net(None).map(|net| (at.path.clone(), net))),
            [(address, options)] => {
                match address.parse::<IpNet>() {
                    Ok(net) => nets.push((at.path.clone(), net)),
                    Err(_) => {
                        let message = format!("\"{address}\" is not an address with prefix length");
                        at.account.report(
                            at.error(codes::ADDRESS_SYNTAX, message).help("write it as 192.0.2.10/24"),
                        );
                    }
                }
                options.use_up_if_empty();
                for (key, value) in options.entries() {
                    match (key, value.raw()) {
                        ("lifetime", Some("forever")) => {}
                        ("lifetime", _) => value.left_out("an adapter's address is always a preferred one"),
                        ("label", _) => value.left_out("addresses have no labels"),
                        _ => value.left_out("not known here"),
                    }
                }
            }
            _ => {
                let finding =
                    at.error(codes::WRONG_VALUE, "an address with options is a mapping with one key");
                at.account.report(finding.help("begin a list item for each address"));
            }
        }
    }
    let truth = |key: &str| item.get(key).and_then(|value| value.truth());
    let (dhcp4, dhcp6, advertisements) = (truth("dhcp4"), truth("dhcp6"), truth("accept-ra"));
    for (path, net) in nets.iter() {
        if let IpNet::V4(address) = net {
            device.ipv4.push(Ipv4 { path: path.clone(), address: Some(*address), mtu: None, gateway: false });
        }
    }
    if dhcp4 == Some(true) {
        let dhcp = Ipv4 { path: format!("{}/dhcp4", item.path), address: None, mtu: None, gateway: false };
        // The way out is by the server's gateway, unless there is one of the static addresses'.
        let place = if way_out(true).is_some() { device.ipv4.len() } else { 0 };
        device.ipv4.insert(place, dhcp);
    }
    if let Some(route) = way_out(true) {
        let near = |row: &Ipv4| row.address.is_some_and(|net| IpNet::V4(net).contains(&route.via));
        let place = device.ipv4.iter().position(near).unwrap_or(0);
        if let Some(row) = device.ipv4.get_mut(place) {
            row.gateway = true;
        }
    }
    let v6: Vec<_> = nets
        .iter()
        .filter_map(|(path, net)| match net {
            IpNet::V6(net) => Some((path, *net)),
            IpNet::V4(_) => None,
        })
        .collect();
    let wanted = !v6.is_empty() || dhcp6 == Some(true) || advertisements == Some(true);
    if wanted || (advertisements == Some(false) && !device.ipv4.is_empty()) {
        let key = if dhcp6 == Some(true) { "dhcp6" } else { "accept-ra" };
        device.ipv6 = Some(Ipv6 {
            path: v6.first().map_or_else(|| format!("{}/{key}", item.path), |(path, _)| (*path).clone()),
            addresses: v6.into_iter().map(|(_, net)| net).collect(),
            dhcp: dhcp6 == Some(true),
            router_advertisements: advertisements,
            mtus: Vec::new(),
            gateway: way_out(false).is_some(),
        });
    }
}

fn name_service(at: &At<'_>, linux: &mut Linux) {
    for server in at.get("addresses").iter().flat_map(At::items) {
        linux.servers.extend(server.ip().map(|address| (server.path.clone(), address)));
    }
    for domain in at.get("search").iter().flat_map(At::items) {
        linux.search.extend(domain.text().map(|text| (domain.path.clone(), text.to_owned())));
    }
}

/// Settings that ESXi has no word for.
fn settings(item: &At<'_>) {
    for (key, value) in item.entries() {
        match key {
            "renderer" => renderer(&value),
            "optional" | "optional-addresses" | "critical" | "ignore-carrier" => {
                value.note_left_out("an ESXi host does not wait for its adapters when it starts")
            }
            "activation-mode" => value.left_out("adapters of ESXi come up with the host"),
            "dhcp-identifier" => value.note_left_out("ESXi identifies itself by the adapter's MAC address"),
            "link-local" => value
                .left_out("an adapter with IPv6 has its IPv6 link-local address, and none has one of IPv4"),
            "ipv6-privacy" if value.truth() != Some(true) => {
                value.note_left_out("ESXi uses no temporary addresses")
            }
            "ipv6-privacy" => value.left_out("ESXi uses no temporary addresses"),
            "ipv6-address-generation" | "ipv6-address-token" => {
                value.left_out("ESXi forms IPv6 addresses from the adapter's MAC address")
            }
            "ipv6-mtu" => value.left_out("an adapter has one MTU for both address families: write `mtu`"),
            "ra-overrides" => value.left_out("not settable per adapter"),
            "hairpin" | "port-mac-learning" | "neigh-suppress" => {
                value.left_out("a vSwitch knows its own ports; nothing there is settable")
            }
            "networkmanager" => {
                value.note_left_out("it is for a Linux program that would set up the network")
            }
            "openvswitch" => open_vswitch(&value),
            _ => {}
        }
    }
}
