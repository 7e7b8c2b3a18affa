//! nmstate's desired state, as YAML or JSON; `NodeNetworkConfigurationPolicy` of Kubernetes is one with a wrapper.
//!
//! Sources of the format: the examples on nmstate.io and the serialised types of the `nmstate` crate, 2.2.

use super::linux::{Bond, Bridge, Device, DeviceKind, Ipv4, Ipv6, Linux, LinuxRoute, Param};
use super::read::{At, left_out};
use super::{Document, ImportOptions, Imported, import};
use crate::diag::{Diagnostic, codes};
use ipnet::IpNet;
use std::net::IpAddr;

/// Reads a state: `interfaces`, `routes` and `dns-resolver`, as a person writes it or `nmstatectl show` prints it.
/// `name` is only used in diagnostics.
///
/// A card is found by `permanent-mac-address` or `mac-address`, else by [`ImportOptions::nics`].
///
/// ```
/// use esxi_core::import::{nmstate, ImportOptions};
/// let text = "
/// interfaces:
///   - name: lan
///     type: ethernet
///     identifier: mac-address
///     mac-address: 0C:C4:7A:B5:80:02
///     ipv4: { enabled: true, address: [{ ip: 192.0.2.10, prefix-length: 24 }] }
/// routes:
///   config:
///     - { destination: 0.0.0.0/0, next-hop-address: 192.0.2.1, next-hop-interface: lan }
/// ";
/// let network = nmstate("state.yaml", text, &ImportOptions::default()).spec.unwrap().network.unwrap();
/// assert_eq!(network.gateway.unwrap().to_string(), "192.0.2.1");
/// ```
pub fn nmstate(name: &str, text: &str, options: &ImportOptions) -> Imported {
    import(Document::yaml(name, text), options, document)
}

fn document(root: &At<'_>) -> Option<Linux> {
    let state = wrapped(root);
    let report = |finding| state.account.report(finding);
    let mut linux = Linux { card_key: "`mac-address` with the card's address", ..Linux::default() };
    let interfaces = state.get("interfaces");
    let items = interfaces.as_ref().map(At::items).unwrap_or_default();
    if items.is_empty() {
        let finding = state.error(codes::IMPORT_INCOMPLETE, "there is no list of `interfaces`");
        report(
            finding.help("a state of nmstate has `interfaces:`, and beside it `routes:` and `dns-resolver:`"),
        );
        return None;
    }
    for item in items {
        if item.is_map() {
            interface(&item, &mut linux);
        } else {
            report(item.error(codes::WRONG_VALUE, "an interface is a mapping with `name` and `type`"));
        }
    }
    implied(&mut linux);
    if let Some(routes) = state.get("routes") {
        running(&routes);
        for route in routes.get("config").iter().flat_map(At::items) {
            self::route(&route, &mut linux);
        }
    }
    if let Some(resolver) = state.get("dns-resolver") {
        running(&resolver);
        if let Some(config) = resolver.get("config") {
            name_service(&config, &mut linux);
        }
    }
    Some(linux)
}

/// The state itself, without what Kubernetes puts around it.
fn wrapped<'a>(root: &At<'a>) -> At<'a> {
    let spec = root.get("spec").filter(|spec| spec.get("desiredState").is_some());
    let Some(inner) = spec.as_ref().unwrap_or(root).get("desiredState") else { return root.clone() };
    let around = spec.iter().flat_map(At::entries).chain(root.entries());
    for (key, other) in around {
        if !matches!(key, "spec" | "desiredState") {
            let message = format!("{key} is about Kubernetes and is not imported");
            root.account.report(Diagnostic::note(codes::IMPORT_LEFT_OUT, message).at(other.path));
        }
    }
    inner
}

/// What Linux made of it says nothing that the rest does not.
fn running(at: &At<'_>) {
    if let Some(running) = at.get("running") {
        running.note_left_out("it is what Linux reached; `config` says what was asked for");
    }
}

fn interface(item: &At<'_>, linux: &mut Linux) {
    let report = |finding| item.account.report(finding);
    let Some(name) = item.get("name").and_then(|name| Some((name.path.clone(), name.text()?.to_owned())))
    else {
        return report(item.error(codes::IMPORT_INCOMPLETE, "this interface has no `name`"));
    };
    let (path, name) = name;
    if let Some(state) = item.get("state") {
        match state.raw() {
            Some("up") | None => {}
            Some("absent" | "down" | "ignore") => {
                item.note_left_out("it is not to be configured");
                return;
            }
            Some(other) => {
                let finding = state.error(codes::WRONG_VALUE, format!("\"{other}\" is not a state"));
                return report(finding.help("write up, down, absent or ignore"));
            }
        }
    }
    let kind = item.get("type");
    let word = kind.as_ref().and_then(At::raw).unwrap_or("ethernet");
    let kind = match word {
        "ethernet" | "unknown" => Some(DeviceKind::Physical),
        "bond" => Some(DeviceKind::Bond(bond(item))),
        "vlan" => vlan(item),
        "linux-bridge" => Some(DeviceKind::Bridge(bridge(item))),
        "loopback" => {
            item.note_left_out("ESXi has its own loopback");
            return;
        }
        other => {
            item.use_up();
            let finding = kind.as_ref().unwrap_or(item).error(
                codes::IMPORT_IMPOSSIBLE,
                format!("{name} is of type {other}, which has no counterpart on ESXi"),
            );
            return report(finding.help("ethernet, bond, vlan and linux-bridge are read"));
        }
    };
    // Of a VLAN that cannot be one there is a finding.
    let Some(kind) = kind else { return item.use_up() };
    if linux.devices.iter().any(|device| device.name == name) {
        return report(item.error(codes::DUPLICATE_NAME, format!("{name} is defined twice")));
    }
    let mut device = Device::new(path, name, kind);
    addresses_on_the_wire(item, &mut device);
    device.mtu = item.get("mtu").and_then(|mtu| mtu.mtu());
    for alias in item.get("alt-names").iter().flat_map(At::items) {
        device.aliases.extend(alias.get("name").and_then(|name| name.raw()).map(str::to_owned));
    }
    if let Some(ipv4) = item.get("ipv4") {
        self::ipv4(&ipv4, &mut device);
    }
    if let Some(ipv6) = item.get("ipv6") {
        self::ipv6(&ipv6, &mut device);
    }
    for (key, value) in item.entries() {
        match key {
            "description" | "profile-name" => value.note_left_out("it is for people"),
            "controller" | "min-mtu" | "max-mtu" | "driver" | "wait-ip" => {
                value.note_left_out("it is said elsewhere, or not for ESXi");
            }
            // What is off is as ESXi has it.
            "lldp" if value.get("enabled").is_some_and(|on| on.is("false")) => value.use_up(),
            "accept-all-mac-addresses" if value.is("false") => value.use_up(),
            "lldp" => value.left_out("a vSwitch speaks CDP: `cdp` in the host file"),
            "accept-all-mac-addresses" => {
                value.left_out("a vSwitch takes what its ports want; see `security` in the host file");
            }
            "ethtool" | "ethernet" => {
                value.left_out("a host file does not set the speed and offloads of cards")
            }
            "copy-mac-from" => value.left_out("ESXi gives adapters addresses of their own"),
            _ => {}
        }
    }
    linux.devices.push(device);
}

fn addresses_on_the_wire(item: &At<'_>, device: &mut Device) {
    let read = |key: &str| item.get(key).map(|mac| (mac.path.clone(), mac.mac()));
    let (permanent, given) = (read("permanent-mac-address"), read("mac-address"));
    let by_mac = item.get("identifier").and_then(|identifier| identifier.raw()) == Some("mac-address");
    if !matches!(device.kind, DeviceKind::Physical) {
        device.mac = given;
        return;
    }
    if let (None, Some((path, Some(mac))), false) = (&permanent, &given, by_mac) {
        let name = &device.name;
        let message = format!("{mac}, which {name} is given here, is taken for its card's own address");
        let finding = Diagnostic::note(codes::IMPORT_CHANGED, message).at(path);
        item.account.report(finding.help(format!("if it is another: --nic {name}=MAC, or --links FILE")));
    }
    device.card = permanent.or(given);
}

fn bond(item: &At<'_>) -> Bond {
    let mut bond = Bond { members: Vec::new(), params: Vec::new() };
    let Some(aggregation) = item.get("link-aggregation") else {
        let finding = item.error(codes::IMPORT_INCOMPLETE, "this bond has no `link-aggregation`");
        item.account.report(finding);
        return bond;
    };
    for member in aggregation.any(&["port", "ports", "slaves"]).iter().flat_map(At::items) {
        bond.members.extend(member.text().map(|name| (member.path.clone(), name.to_owned())));
    }
    if let Some(ports) = aggregation.any(&["ports-config", "port-config"]) {
        ports.left_out("uplinks have no queues");
    }
    let options = aggregation.get("options").map(|options| options.entries()).unwrap_or_default();
    let mode = aggregation.get("mode").map(|mode| ("mode", mode));
    for (name, value) in mode.into_iter().chain(options) {
        let texts: Vec<&str> = value.items().iter().filter_map(At::raw).collect();
        value.use_up();
        bond.params.push(Param { path: value.path.clone(), name: name.to_owned(), value: texts.join(",") });
    }
    bond
}

fn vlan(item: &At<'_>) -> Option<DeviceKind> {
    let report = |finding| item.account.report(finding);
    let vlan = item.get("vlan");
    let part = |key: &str| vlan.as_ref().and_then(|vlan| vlan.get(key));
    let (Some(link), Some(id)) = (part("base-iface"), part("id")) else {
        report(item.error(codes::IMPORT_INCOMPLETE, "a VLAN needs `vlan` with `base-iface` and `id`"));
        return None;
    };
    if let Some(protocol) = part("protocol")
        && protocol.raw() != Some("802.1q")
    {
        let finding = protocol.error(codes::IMPORT_IMPOSSIBLE, "a vSwitch has one level of tags");
        report(finding.help("have the switch take the outer tag off"));
    }
    let id = id.vlan()?;
    Some(DeviceKind::Vlan { link: (link.path.clone(), link.text()?.to_owned()), id })
}

fn bridge(item: &At<'_>) -> Bridge {
    let mut bridge = Bridge::default();
    let Some(at) = item.get("bridge") else { return bridge };
    for port in at.any(&["port", "ports"]).iter().flat_map(At::items) {
        if let Some(name) = port.get("name") {
            bridge.members.extend(name.text().map(|text| (name.path.clone(), text.to_owned())));
        }
        for (key, value) in port.entries() {
            match key {
                "name" => {}
                key if key.starts_with("stp-") => value.note_left_out("a vSwitch has no spanning tree"),
                "vlan" => port_vlan(&value),
                _ => {}
            }
        }
    }
    if let Some(options) = at.get("options") {
        for (key, value) in options.entries() {
            match key {
                "stp" => {
                    if value.get("enabled").and_then(|on| on.truth()) == Some(true) {
                        bridge.stp = Some(value.path.clone());
                    }
                    // The rest of it is about how.
                    value.use_up();
                }
                "mac-ageing-time" | "gc-timer" | "hash-max" | "hello-timer" => {
                    value.note_left_out("a vSwitch knows its ports' addresses and learns none");
                }
                _ => {}
            }
        }
    }
    bridge
}

/// VLANs of a bridge's port are those that its machines may use.
fn port_vlan(at: &At<'_>) {
    let finding =
        left_out(&at.path, "a port group has one VLAN, or all of them for machines that tag themselves");
    at.account.report(
        finding.help(
            "add a port group with its `vlan` for each network of the machines, or one with `vlan: 4095`",
        ),
    );
}

/// Whether a family is switched on; it is where addresses stand and nothing is said.
fn enabled(at: &At<'_>) -> bool {
    let on = at.get("enabled").map(|on| on.truth().unwrap_or_default()).unwrap_or(true);
    if !on {
        at.use_up();
    }
    on
}

/// Addresses with their prefix lengths; those that a DHCP server or router gave are not told apart from others.
fn addresses(at: &At<'_>) -> Vec<(String, IpNet)> {
    let items = at.get("address").map(|list| list.items()).unwrap_or_default();
    let net = |item: &At<'_>| {
        let Some(ip) = item.get("ip") else {
            item.account.report(item.error(codes::IMPORT_INCOMPLETE, "this address has no `ip`"));
            return None;
        };
        for (key, value) in item.entries() {
            if matches!(key, "valid-life-time" | "preferred-life-time" | "mptcp-flags" | "peer") {
                value.left_out("adapters have no such setting");
            }
        }
        Some((ip.path.clone(), ip.net(item.get("prefix-length").as_ref())?))
    };
    items.iter().filter_map(net).collect()
}

/// What a family says of what comes by DHCP or from routers: that it is taken.
fn automatic(at: &At<'_>) {
    for (key, value) in at.entries() {
        match key {
            "auto-dns" | "auto-gateway" | "auto-routes" if value.truth() == Some(false) => {
                let why = "ESXi takes what DHCP or the router gives where the file states nothing";
                value.left_out(why);
            }
            "auto-route-table-id" | "auto-route-metric" => {
                value.note_left_out("a TCP/IP stack has one table, and routes have no metric");
            }
            "dhcp-client-id" | "dhcp-send-hostname" | "dhcp-custom-hostname" | "dhcp-duid" => {
                let why = "ESXi's DHCP client has its own";
                value.left_out(why);
            }
            "addr-gen-mode" | "token" | "allow-extra-address" | "forwarding" => {
                value.left_out("adapters have no such setting");
            }
            _ => {}
        }
    }
}

fn ipv4(at: &At<'_>, device: &mut Device) {
    if !enabled(at) {
        return;
    }
    automatic(at);
    let dhcp = at.get("dhcp").and_then(|dhcp| dhcp.truth()).unwrap_or_default();
    if dhcp {
        device.ipv4.push(Ipv4 { path: at.path.clone(), address: None, mtu: None, gateway: false });
        let stated = at.get("address").map(|list| list.items()).unwrap_or_default();
        stated.iter().for_each(|item| item.note_left_out("DHCP gives the adapter its address"));
        return;
    }
    for (path, net) in addresses(at) {
        match net {
            IpNet::V4(net) => {
                device.ipv4.push(Ipv4 { path, address: Some(net), mtu: None, gateway: false });
            }
            IpNet::V6(_) => other_family(at, path, "ipv6"),
        }
    }
}

fn ipv6(at: &At<'_>, device: &mut Device) {
    if !enabled(at) {
        return;
    }
    automatic(at);
    let flag = |key: &str| at.get(key).and_then(|value| value.truth()).unwrap_or_default();
    let (dhcp, advertised) = (flag("dhcp"), flag("autoconf"));
    let mut ipv6 = Ipv6 { path: at.path.clone(), dhcp, ..Ipv6::default() };
    // Linux needs advertisements to ask for an address, too.
    ipv6.router_advertisements = Some(advertised || dhcp);
    for (path, net) in addresses(at) {
        match net {
            IpNet::V6(net) if net.addr().is_unicast_link_local() => {
                let message = "a link-local address is left out: adapters have one by themselves";
                at.account.report(Diagnostic::note(codes::IMPORT_LEFT_OUT, message).at(path));
            }
            IpNet::V6(net) => ipv6.addresses.push(net),
            IpNet::V4(_) => other_family(at, path, "ipv4"),
        }
    }
    // With nothing but its link-local address it is not configured.
    if dhcp || advertised || !ipv6.addresses.is_empty() {
        device.ipv6 = Some(ipv6);
    }
}

fn other_family(at: &At<'_>, path: String, key: &str) {
    let finding = Diagnostic::error(codes::ADDRESS_SYNTAX, "this address is of the other address family");
    at.account.report(finding.at(path).help(format!("it belongs under `{key}`")));
}

/// Makes what is only named: Linux has it already.
fn implied(linux: &mut Linux) {
    let named: Vec<(String, String)> = linux
        .devices
        .iter()
        .flat_map(|device| match &device.kind {
            DeviceKind::Physical => Vec::new(),
            DeviceKind::Bond(Bond { members, .. }) | DeviceKind::Bridge(Bridge { members, .. }) => {
                members.clone()
            }
            DeviceKind::Vlan { link, .. } => vec![link.clone()],
        })
        .collect();
    for (path, name) in named {
        if linux.find(&name).is_none() {
            linux.devices.push(Device::new(path, name, DeviceKind::Physical));
        }
    }
}

fn route(at: &At<'_>, linux: &mut Linux) {
    let report = |finding| at.account.report(finding);
    if at.get("state").and_then(|state| state.raw()) == Some("absent") {
        at.note_left_out("it is not there");
        return;
    }
    if let Some(kind) = at.get("route-type") {
        at.use_up();
        kind.left_out("ESXi has no routes that drop packets");
        return;
    }
    if let Some(table) = at.get("table-id")
        && !matches!(table.raw(), Some("0" | "254"))
    {
        at.use_up();
        at.left_out("a TCP/IP stack of ESXi has one table of routes");
        return;
    }
    let metric = at.get("metric").and_then(|metric| metric.metric()).unwrap_or_default();
    for key in ["next-hop-interface", "next-hop-iface"] {
        // An adapter with an address in the next hop's subnet is found by that.
        at.get(key).iter().for_each(At::use_up);
    }
    let Some(to) = at.get("destination") else {
        return report(at.error(codes::IMPORT_INCOMPLETE, "a route needs a `destination`"));
    };
    let Some(via) = at.any(&["next-hop-address", "next-hop-addr"]).filter(|via| via.raw() != Some("")) else {
        at.use_up();
        return at.left_out("a route of ESXi needs a next hop");
    };
    let host = to.raw().and_then(|text| text.parse::<IpAddr>().ok()).map(IpNet::from);
    let (Some(net), Some(via)) = (host.or_else(|| to.net(None)), via.ip()) else { return };
    linux.routes.push(LinuxRoute { path: at.path.clone(), to: net.trunc(), via, metric });
}

fn name_service(config: &At<'_>, linux: &mut Linux) {
    for server in config.get("server").iter().flat_map(At::items) {
        linux.servers.extend(server.ip().map(|address| (server.path.clone(), address)));
    }
    for domain in config.get("search").iter().flat_map(At::items) {
        linux.search.extend(domain.text().map(|text| (domain.path.clone(), text.to_owned())));
    }
}
