//! curtin's and MAAS's network configuration, version 1 (the format cloud-init calls v1).
//!
//! Source of the format: curtin's `doc/topics/networking.rst` and its examples.

use super::linux::{Bond, Bridge, Device, DeviceKind, Ipv4, Ipv6, Linux, LinuxRoute, Param};
use super::read::{At, left_out};
use super::{Document, ImportOptions, Imported, import};
use crate::diag::{Diagnostic, codes};
use ipnet::IpNet;

/// Reads curtin's configuration: the whole document, its `network` part, or only `version` and `config`. `name` is
/// only used in diagnostics.
///
/// Devices become vSwitches, VLANs port groups on them, each configured device a vmkernel adapter with a port group
/// of its own and another one beside it for virtual machines (they cannot share one). A device without an address
/// becomes a port group for virtual machines alone.
///
/// ```
/// use esxi_core::import::{curtin, ImportOptions};
/// let text = r#"
/// network:
///   version: 1
///   config:
///     - { type: physical, name: eth0, mac_address: "0C:C4:7A:B5:80:02",
///         subnets: [{ type: static, address: 192.0.2.10/24, gateway: 192.0.2.1 }] }
/// "#;
/// let imported = curtin("curtin.yaml", text, &ImportOptions::default());
/// let network = imported.spec.unwrap().network.unwrap();
/// assert_eq!(network.vswitches.unwrap()[0].uplinks.as_ref().unwrap()[0].to_string(), "0c:c4:7a:b5:80:02");
/// assert_eq!(network.gateway.unwrap().to_string(), "192.0.2.1");
/// ```
pub fn curtin(name: &str, text: &str, options: &ImportOptions) -> Imported {
    import(Document::yaml(name, text), options, document)
}

/// Finds the configuration in the document.
pub(super) fn document(root: &At<'_>) -> Option<Linux> {
    let report = |finding| root.account.report(finding);
    let network = root.network();
    if let Some(version) = network.get("version") {
        match version.raw()? {
            "1" => {}
            "2" => {
                let message = "version 2 is netplan's format, not curtin's version 1";
                network.use_up();
                report(version.error(codes::FORMAT_VERSION, message).help("import it as netplan"));
                return None;
            }
            other => {
                report(version.error(codes::FORMAT_VERSION, format!("version {other} is not known: 1")));
                return None;
            }
        }
    }
    let Some(config) = network.get("config") else {
        let finding = network.error(codes::IMPORT_INCOMPLETE, "there is no `config` list of devices");
        report(finding.help("curtin's version 1 has `network:` with `version: 1` and `config:`"));
        return None;
    };
    if !config.is_list() {
        report(config.error(codes::WRONG_VALUE, "`config` must be a list of devices"));
        return None;
    }
    let mut linux = Linux { card_key: "`mac_address` with the card's address", ..Linux::default() };
    for item in config.items() {
        entry(&item, &mut linux);
    }
    Some(linux)
}

fn entry(item: &At<'_>, linux: &mut Linux) {
    let report = |finding| item.account.report(finding);
    let Some(kind) = item.get("type") else {
        report(item.error(codes::IMPORT_INCOMPLETE, "this entry has no `type`"));
        return;
    };
    match kind.text().unwrap_or_default() {
        "physical" => add(item, device(item, DeviceKind::Physical), linux),
        "bond" => {
            let bond = bond(item);
            add(item, device(item, DeviceKind::Bond(bond)), linux);
        }
        "vlan" => {
            if let Some(vlan) = vlan(item) {
                add(item, device(item, vlan), linux);
            }
        }
        "nameserver" => {
            name_service(item, &["address", "addresses"], &["search"], linux);
            if let Some(interface) = item.get("interface") {
                report(left_out(&interface.path, "ESXi asks the same servers on every adapter"));
            }
        }
        "route" => route(item, linux, true),
        "loopback" => {
            report(Diagnostic::note(codes::IMPORT_LEFT_OUT, "ESXi has its own loopback").at(&item.path))
        }
        "bridge" => add(item, device(item, DeviceKind::Bridge(bridge(item))), linux),
        other => {
            item.use_up();
            let finding = kind.error(
                codes::IMPORT_IMPOSSIBLE,
                format!("a device of type {other} has no counterpart on ESXi"),
            );
            report(finding.help("take it out; physical, bond, bridge, vlan, nameserver and route are read"));
        }
    }
}

fn device(item: &At<'_>, kind: DeviceKind) -> Option<Device> {
    let Some(name) = item.any(&["name", "id"]) else {
        item.account.report(item.error(codes::IMPORT_INCOMPLETE, "this device has no `name`"));
        return None;
    };
    let mut device = Device::new(&item.path, name.text()?, kind);
    device.aliases.extend(item.get("id").and_then(|id| id.raw()).map(str::to_owned));
    let mac = item.get("mac_address").map(|mac| (mac.path.clone(), mac.mac()));
    match device.kind {
        DeviceKind::Physical => device.card = mac,
        _ => device.mac = mac,
    }
    device.mtu = item.get("mtu").and_then(|mtu| mtu.mtu());
    for (key, value) in item.entries() {
        match key {
            "wakeonlan" => value.note_left_out("waking is set in the machine's firmware"),
            "keep_configuration" => value.note_left_out("nothing on ESXi takes an adapter's address away"),
            "ipv4_conf" | "ipv6_conf" => value.left_out("settings of Linux's kernel have no counterpart"),
            _ => {}
        }
    }
    Some(device)
}

fn bond(item: &At<'_>) -> Bond {
    let members = item.any(&["bond_interfaces", "bond-interfaces", "bond_slaves", "bond-slaves"]);
    let members = members.iter().flat_map(At::items);
    // A list, or the names in one text.
    let members = members
        .filter_map(|member| Some((member.path.clone(), member.text()?)))
        .flat_map(|(path, text)| {
            text.split_whitespace().map(|name| (path.clone(), name.to_owned())).collect::<Vec<_>>()
        })
        .collect();
    let inline = item.entries().into_iter().filter(|(key, _)| {
        let rest = key.strip_prefix("bond-").or_else(|| key.strip_prefix("bond_"));
        rest.is_some_and(|rest| !matches!(rest, "interfaces" | "slaves"))
    });
    let params = item.get("params").map(|params| params.entries()).unwrap_or_default();
    let params = params.into_iter().chain(inline).map(|(name, value)| {
        let list = value.items();
        let texts: Vec<&str> = list.iter().filter_map(At::raw).collect();
        value.use_up();
        Param { path: value.path.clone(), name: name.to_owned(), value: texts.join(",") }
    });
    Bond { members, params: params.collect() }
}

/// The parameters of a bridge are about its spanning tree and its start; only the tree's switch has a meaning here.
fn bridge(item: &At<'_>) -> Bridge {
    let mut bridge = Bridge::default();
    let members = item.any(&["bridge_interfaces", "bridge-interfaces", "bridge_ports", "bridge-ports"]);
    for member in members.iter().flat_map(At::items) {
        let words = member.raw().unwrap_or_default().split_whitespace().filter(|word| *word != "none");
        bridge.members.extend(words.map(|word| (member.path.clone(), word.to_owned())));
    }
    let params = item.get("params").map(|params| params.entries()).unwrap_or_default();
    let inline = item.entries().into_iter().filter(|(key, _)| {
        let rest = key.strip_prefix("bridge_").or_else(|| key.strip_prefix("bridge-"));
        rest.is_some_and(|rest| !matches!(rest, "interfaces" | "ports"))
    });
    for (name, value) in params.into_iter().chain(inline) {
        let name = name.replace('-', "_");
        match name.strip_prefix("bridge_").unwrap_or(&name) {
            "stp" => {
                bridge.stp = value.truth().unwrap_or_default().then(|| value.path.clone());
            }
            "waitport" | "maxwait" => value.note_left_out("ports of a vSwitch need no time to come up"),
            "ageing" | "gcint" => value.note_left_out("a vSwitch knows its ports' addresses and learns none"),
            "fd" | "hello" | "maxage" | "bridgeprio" | "pathcost" | "portprio" => {
                value.note_left_out("a vSwitch has no spanning tree")
            }
            _ => {
                value.account.report(left_out(&value.path, "not a parameter of a bridge that is known here"))
            }
        }
    }
    bridge
}

fn vlan(item: &At<'_>) -> Option<DeviceKind> {
    let report = |finding| item.account.report(finding);
    let link = item.any(&["vlan_link", "vlan-link"]);
    let id = item.any(&["vlan_id", "vlan-id"]);
    let (Some(link), Some(id)) = (link, id) else {
        report(item.error(codes::IMPORT_INCOMPLETE, "a VLAN needs `vlan_link` and `vlan_id`"));
        return None;
    };
    let Some(id) = id.vlan() else {
        item.use_up();
        return None;
    };
    Some(DeviceKind::Vlan { link: (link.path.clone(), link.text()?.to_owned()), id })
}

/// Reads the subnets of a device and enters it.
fn add(item: &At<'_>, device: Option<Device>, linux: &mut Linux) {
    let Some(mut device) = device else { return };
    for subnet in item.get("subnets").iter().flat_map(At::items) {
        if !subnet.is_map() {
            item.account.report(subnet.error(codes::WRONG_VALUE, "a subnet is a mapping with a `type`"));
            continue;
        }
        self::subnet(&subnet, &mut device, linux);
    }
    linux.devices.push(device);
}

fn subnet(at: &At<'_>, device: &mut Device, linux: &mut Linux) {
    let report = |finding| at.account.report(finding);
    let mtu = at.get("mtu").and_then(|mtu| mtu.mtu());
    if let Some(control) = at.get("control") {
        match control.raw() {
            Some("auto") | None => {}
            Some(_) => report(
                Diagnostic::note(
                    codes::IMPORT_LEFT_OUT,
                    "control is left out: adapters of ESXi come up with the host",
                )
                .at(&control.path),
            ),
        }
    }
    name_service(at, &["dns_nameservers", "dns_nameserver"], &["dns_search"], linux);
    let first_route = linux.routes.len();
    for item in at.get("routes").iter().flat_map(At::items) {
        route(&item, linux, false);
    }
    let gateway = at.get("gateway").and_then(|gateway| Some((gateway.path.clone(), gateway.ip()?)));
    if let Some((path, via)) = gateway {
        let to = if via.is_ipv4() { IpNet::V4(Default::default()) } else { IpNet::V6(Default::default()) };
        let metric = at.get("metric").and_then(|metric| metric.metric()).unwrap_or_default();
        linux.routes.insert(first_route, LinuxRoute { path, to, via, metric });
    }
    if at.get("gateway").is_none()
        && let Some(metric) = at.get("metric")
    {
        metric
            .note_left_out("there is one default gateway; the one of the management adapter's server counts");
    }
    if let Some(broadcast) = at.get("broadcast") {
        broadcast.note_left_out("it follows from the address and its prefix");
    }
    let way_out = |v4: bool| {
        linux.routes[first_route..]
            .iter()
            .any(|route| route.to.prefix_len() == 0 && route.via.is_ipv4() == v4)
    };
    let kind = at.get("type").and_then(|kind| Some((kind.clone(), kind.text()?)));
    let static_address = || {
        let mask = at.any(&["netmask", "prefix"]);
        match at.get("address") {
            Some(address) => address.net(mask.as_ref()),
            None => {
                report(at.error(codes::IMPORT_INCOMPLETE, "a static subnet needs an `address`"));
                None
            }
        }
    };
    let path = at.path.clone();
    match kind {
        None => report(at.error(codes::IMPORT_INCOMPLETE, "this subnet has no `type`")),
        Some((_, "manual")) => {
            if let Some((path, _)) = mtu {
                report(left_out(&path, "this subnet has no address"));
            }
            at.use_up_type();
        }
        Some((_, "dhcp" | "dhcp4")) => {
            device.ipv4.push(Ipv4 { path, address: None, mtu, gateway: way_out(true) });
        }
        Some((_, "dhcp6" | "ipv6_dhcpv6-stateful")) => {
            let ipv6 = device.ipv6.get_or_insert_with(|| Ipv6 { path, ..Ipv6::default() });
            ipv6.dhcp = true;
            ipv6.mtus.extend(mtu);
        }
        Some((_, "ipv6_slaac" | "ipv6_dhcpv6-stateless" | "dhcp6-stateless")) => {
            let ipv6 = device.ipv6.get_or_insert_with(|| Ipv6 { path, ..Ipv6::default() });
            ipv6.router_advertisements = Some(true);
            ipv6.mtus.extend(mtu);
        }
        Some((_, "static" | "static4" | "static6")) => match static_address() {
            Some(IpNet::V4(address)) => {
                device.ipv4.push(Ipv4 { path, address: Some(address), mtu, gateway: way_out(true) });
            }
            Some(IpNet::V6(address)) => {
                let gateway = way_out(false);
                let ipv6 = device.ipv6.get_or_insert_with(|| Ipv6 { path, ..Ipv6::default() });
                ipv6.addresses.push(address);
                ipv6.mtus.extend(mtu);
                ipv6.gateway |= gateway;
            }
            None => {}
        },
        Some((kind, other)) => {
            let finding =
                kind.error(codes::WRONG_VALUE, format!("{other} is not a type of subnet known here"));
            report(finding.help("static, static6, dhcp, dhcp4, dhcp6 or manual"));
        }
    }
}

impl At<'_> {
    /// Marks the kind of a subnet as understood where nothing else of it is needed.
    fn use_up_type(&self) {
        if let Some(kind) = self.get("type") {
            kind.use_up();
        }
    }
}

/// Servers and search domains, each a text or a list; several may stand in one text.
fn name_service(at: &At<'_>, servers: &[&str], search: &[&str], linux: &mut Linux) {
    for server in at.any(servers).iter().flat_map(At::items) {
        for word in server.raw().unwrap_or_default().split([' ', ',']).filter(|word| !word.is_empty()) {
            match word.parse() {
                Ok(address) => linux.servers.push((server.path.clone(), address)),
                Err(_) => {
                    let message = format!("\"{word}\" is not the address of a name server");
                    at.account.report(server.error(codes::ADDRESS_SYNTAX, message));
                }
            }
        }
    }
    for domain in at.any(search).iter().flat_map(At::items) {
        for word in domain.raw().unwrap_or_default().split([' ', ',']).filter(|word| !word.is_empty()) {
            linux.search.push((domain.path.clone(), word.to_owned()));
        }
    }
}

/// A route in any of its notations: `destination` or `network`, with the mask in it or beside it.
fn route(at: &At<'_>, linux: &mut Linux, whole_entry: bool) {
    let report = |finding| at.account.report(finding);
    let metric = at.get("metric").and_then(|metric| metric.metric()).unwrap_or_default();
    if let (true, Some(id)) = (whole_entry, at.any(&["id", "name"])) {
        id.use_up();
    }
    let to = at.any(&["destination", "network", "to"]);
    let mask = at.any(&["netmask", "prefix"]);
    let (Some(to), Some(via)) = (to, at.any(&["gateway", "via"])) else {
        report(at.error(codes::IMPORT_INCOMPLETE, "a route needs a `destination` and a `gateway`"));
        return;
    };
    let (Some(net), Some(via)) = (to.net(mask.as_ref()), via.ip()) else { return };
    if net.trunc() != net {
        let message = format!("{net} is an address; the route is to {}", net.trunc());
        report(Diagnostic::warning(codes::IMPORT_CHANGED, message).at(&to.path));
    }
    linux.routes.push(LinuxRoute { path: at.path.clone(), to: net.trunc(), via, metric });
}
