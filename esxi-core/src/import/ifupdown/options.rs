//! The options of a stanza: addresses, routes, name service, and what has no counterpart.

use super::super::linux::{Bridge, Ipv4, Ipv6, LinuxRoute};
use super::super::read::{At, left_out};
use super::commands::{self, Effect};
use super::{Reader, Stanza};
use crate::diag::{Diagnostic, Severity, codes};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

/// Options whose loss changes nothing, and why.
const NOTHING_LOST: &[(&str, &str)] = &[
    ("broadcast", "ESXi works it out from the prefix length"),
    ("network", "ESXi works it out from the prefix length"),
    ("scope", "addresses of adapters are global"),
    ("dad-attempts", "ESXi looks for duplicates by itself"),
    ("dad-interval", "ESXi looks for duplicates by itself"),
    ("ll-attempts", "ESXi waits for link-local addresses by itself"),
    ("ll-interval", "ESXi waits for link-local addresses by itself"),
    ("down", "adapters of ESXi are not taken down, so that nothing is left to clean up"),
    ("post-down", "adapters of ESXi are not taken down, so that nothing is left to clean up"),
];

/// Options that are lost, and why.
const LOST: &[(&str, &str)] = &[
    ("pointopoint", "a next hop of ESXi lies in a subnet of an adapter"),
    ("preferred-lifetime", "addresses that are set by hand stay"),
    ("privext", "adapters have no temporary addresses"),
    ("request-prefix", "ESXi routes nothing, and asks for no prefix"),
    ("hostname", "ESXi's DHCP client sends the host's own name"),
    ("client", "ESXi's DHCP client identifies itself by the adapter's address"),
    ("vendor", "ESXi's DHCP client has its own"),
    ("leasetime", "ESXi's DHCP client takes what the server gives"),
];

impl<'a> Reader<'a> {
    /// Whether the stanza is of a kind that ESXi has; else a finding says so.
    pub(super) fn is_known(&self, stanza: &Stanza<'a>) -> bool {
        let known = match stanza.kind() {
            (Some("inet"), Some(method)) => matches!(method, "static" | "dhcp" | "manual" | "loopback"),
            (Some("inet6"), Some(method)) => {
                matches!(method, "static" | "dhcp" | "auto" | "manual" | "loopback")
            }
            kind => kind == (None, None),
        };
        if !known {
            let (family, method) = stanza.kind();
            let words: Vec<&str> = [family, method].into_iter().flatten().collect();
            stanza.at.use_up();
            let message = format!("ESXi has nothing like {}", words.join(" "));
            let finding = Diagnostic::error(codes::IMPORT_IMPOSSIBLE, message).at(&stanza.name.0);
            self.report(finding.help("inet and inet6 are read, with static, dhcp, auto and manual"));
        }
        known
    }

    /// Puts what the stanza configures on a device.
    pub(super) fn configure(&mut self, device: usize, stanza: &Stanza<'a>) {
        let (family, method) = stanza.kind();
        let metric = stanza.get("metric").and_then(|at| at.metric()).unwrap_or_default();
        match (family, method) {
            (Some("inet" | "inet6"), Some("static")) | (None, None) => {
                self.addresses(device, stanza, family, metric);
            }
            (Some("inet"), Some("dhcp")) => {
                let path = stanza.name.0.clone();
                let ipv4 = Ipv4 { path, address: None, mtu: None, gateway: false };
                self.linux.devices[device].ipv4.push(ipv4);
            }
            (Some("inet6"), Some("dhcp")) => {
                let advertised = flag(stanza, "accept-ra").unwrap_or(true);
                let _ = flag(stanza, "autoconf");
                let ipv6 = self.ipv6(device, &stanza.name.0);
                ipv6.dhcp = true;
                ipv6.router_advertisements = Some(advertised);
            }
            (Some("inet6"), Some("auto")) => {
                let advertised = flag(stanza, "accept-ra").unwrap_or(true);
                if flag(stanza, "dhcp") == Some(true)
                    && let Some(at) = stanza.get("dhcp")
                {
                    at.note_left_out("name servers are stated in the file, not asked for");
                }
                self.ipv6(device, &stanza.name.0).router_advertisements = Some(advertised);
            }
            _ => {}
        }
        self.name_service(stanza);
        self.commands(device, stanza);
        for (options, severity) in [(NOTHING_LOST, Severity::Note), (LOST, Severity::Warning)] {
            for (option, why) in options {
                let Some(at) = stanza.get(option) else { continue };
                self.report(Diagnostic { severity, ..left_out(&at.path, why) });
            }
        }
    }

    fn ipv6(&mut self, device: usize, path: &str) -> &mut Ipv6 {
        let made = || Ipv6 { path: path.to_owned(), ..Ipv6::default() };
        self.linux.devices[device].ipv6.get_or_insert_with(made)
    }

    fn addresses(&mut self, device: usize, stanza: &Stanza<'a>, family: Option<&str>, metric: u32) {
        let mut ways = [false, false];
        for gateway in stanza.get("gateway").iter().flat_map(At::items) {
            if gateway.raw() == Some("none") {
                continue;
            }
            let Some(via) = gateway.ip() else { continue };
            if !self.fits(&gateway, via, family) {
                continue;
            }
            let to = match via {
                IpAddr::V4(_) => IpNet::V4(Default::default()),
                IpAddr::V6(_) => IpNet::V6(Default::default()),
            };
            ways[usize::from(via.is_ipv6())] = true;
            self.route(LinuxRoute { path: gateway.path.clone(), to, via, metric });
        }
        let mask = stanza.get("netmask");
        let items = stanza.get("address").map(|at| at.items()).unwrap_or_default();
        if items.is_empty() && stanza.method == Some("static") {
            let finding = Diagnostic::error(codes::IMPORT_INCOMPLETE, "a static stanza needs an `address`");
            self.report(finding.at(&stanza.name.0));
            // It says nothing without the address.
            mask.iter().for_each(At::use_up);
        }
        if let [_, second, ..] = items.as_slice() {
            let message =
                "ifupdown takes the first address of a stanza only, ifupdown2 all; all are imported";
            self.report(Diagnostic::warning(codes::IMPORT_CHANGED, message).at(&second.path));
        }
        for address in items {
            let Some(net) = net(&address, mask.as_ref()) else { continue };
            if self.fits(&address, net.addr(), family) {
                self.address(device, address.path.clone(), net, ways);
            }
        }
        if let Some(advertised) = flag(stanza, "accept-ra")
            && family == Some("inet6")
        {
            self.ipv6(device, &stanza.name.0).router_advertisements = Some(advertised);
        }
        if flag(stanza, "autoconf") == Some(true) {
            self.ipv6(device, &stanza.name.0).router_advertisements = Some(true);
        }
    }

    /// Puts an address on a device; `ways` says for which family a gateway stands beside it.
    fn address(&mut self, device: usize, path: String, net: IpNet, ways: [bool; 2]) {
        match net {
            IpNet::V4(net) => {
                let ipv4 = Ipv4 { path, address: Some(net), mtu: None, gateway: ways[0] };
                self.linux.devices[device].ipv4.push(ipv4);
            }
            IpNet::V6(net) => {
                let ipv6 = self.ipv6(device, &path);
                ipv6.addresses.push(net);
                ipv6.gateway |= ways[1];
            }
        }
    }

    /// Whether an address is of the stanza's family.
    fn fits(&self, at: &At<'_>, address: IpAddr, family: Option<&str>) -> bool {
        let fits = family.is_none_or(|family| (family == "inet") == address.is_ipv4());
        if !fits {
            let finding =
                at.error(codes::ADDRESS_SYNTAX, format!("{address} is of the other address family"));
            let other = if address.is_ipv4() { "inet" } else { "inet6" };
            self.report(finding.help(format!("it belongs into a stanza of {other}")));
        }
        fits
    }

    fn name_service(&mut self, stanza: &Stanza<'a>) {
        for (path, word) in stanza.words("dns-nameservers") {
            match word.parse() {
                Ok(server) => self.linux.servers.push((path, server)),
                Err(_) => {
                    let message = format!("\"{word}\" is not the address of a name server");
                    self.report(Diagnostic::error(codes::ADDRESS_SYNTAX, message).at(path));
                }
            }
        }
        for option in ["dns-domain", "dns-search"] {
            let words = stanza.words(option);
            self.linux.search.extend(words.into_iter().map(|(path, word)| (path, word.to_owned())));
        }
    }

    fn commands(&mut self, device: usize, stanza: &Stanza<'a>) {
        let own = std::iter::once(&stanza.at);
        let all = stanza.above.iter().rev().chain(own).cloned().collect::<Vec<_>>();
        for option in ["pre-up", "up"] {
            let lines = all.iter().filter_map(|at| at.get(option)).flat_map(|at| at.items());
            for line in lines.collect::<Vec<_>>() {
                let Some(text) = line.raw() else { continue };
                for effect in commands::read(text, stanza.name.1) {
                    self.effect(device, stanza.name.1, &line, effect);
                }
            }
        }
    }

    fn effect(&mut self, device: usize, name: &str, line: &At<'a>, effect: Effect) {
        let here = |other: &str| other == name || self.linux.devices[device].is_called(other);
        match effect {
            Effect::Route { to, via, metric, extra } => {
                if extra {
                    let message = "the route is taken over, but not what else the command says of it";
                    self.report(Diagnostic::note(codes::IMPORT_LEFT_OUT, message).at(&line.path));
                }
                self.route(LinuxRoute { path: line.path.clone(), to, via, metric });
            }
            Effect::Address { device: other, net } if here(&other) => {
                self.address(device, line.path.clone(), net, [false, false]);
            }
            Effect::Mtu { device: other, mtu } if here(&other) => {
                self.linux.devices[device].mtu.get_or_insert((line.path.clone(), mtu));
            }
            Effect::Nothing => {}
            Effect::Address { .. } | Effect::Mtu { .. } => {
                self.report(lost(line, "it is about another interface than its stanza"));
            }
            Effect::Unknown(why) => self.report(lost(line, why)),
        }
    }
}

/// The finding for a command that is not carried over.
fn lost(line: &At<'_>, why: &str) -> Diagnostic {
    let command = line.raw().unwrap_or_default();
    let message = format!("`{command}` is left out: {why}");
    Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(&line.path)
}

/// An address in any notation: with a prefix length, with a mask behind the slash, or with one beside it.
fn net(at: &At<'_>, mask: Option<&At<'_>>) -> Option<IpNet> {
    let dotted = at.raw()?.split_once('/').and_then(|(address, mask)| {
        let (address, mask) = (address.parse::<Ipv4Addr>().ok()?, mask.parse::<Ipv4Addr>().ok()?);
        Some(IpNet::V4(Ipv4Net::with_netmask(address, mask).ok()?))
    });
    match dotted {
        Some(net) => {
            mask.iter().for_each(|mask| mask.use_up());
            Some(net)
        }
        None => at.net(mask),
    }
}

/// A number that says yes or no.
fn flag(stanza: &Stanza<'_>, option: &str) -> Option<bool> {
    let at = stanza.get(option)?;
    match at.raw()? {
        "0" => Some(false),
        "1" | "2" => Some(true),
        other => {
            let finding = at.error(codes::WRONG_VALUE, format!("\"{other}\" is none of 0, 1 and 2"));
            at.account.report(finding);
            None
        }
    }
}

/// What a bridge says besides its ports.
pub(super) fn bridge(stanza: &Stanza<'_>, bridge: &mut Bridge) {
    for at in std::iter::once(&stanza.at).chain(&stanza.above) {
        for (key, value) in at.entries() {
            match key {
                "bridge-stp" => {
                    if matches!(value.raw(), Some("on" | "yes")) {
                        bridge.stp = Some(value.path.clone());
                    }
                }
                "bridge-waitport" | "bridge-maxwait" => {
                    value.note_left_out("ports of a vSwitch need no time to come up");
                }
                "bridge-ageing" | "bridge-gcint" => {
                    value.note_left_out("a vSwitch knows its ports' addresses and learns none");
                }
                "bridge-fd" | "bridge-hello" | "bridge-maxage" | "bridge-bridgeprio" | "bridge-pathcost"
                | "bridge-portprio" => value.note_left_out("a vSwitch has no spanning tree"),
                "bridge-hw" => value.note_left_out("a vSwitch has no address of its own"),
                "bridge-vlan-aware" if matches!(value.raw(), Some("no" | "off")) => {}
                "bridge-vlan-aware" | "bridge-vids" => {
                    let why = "a port group has one VLAN, or all of them for machines that tag themselves";
                    let finding = left_out(&value.path, why);
                    value.account.report(finding.help(
                        "add a port group with its `vlan` for each network of the machines, or one with `vlan: 4095`",
                    ));
                }
                "bridge-pvid" if value.raw() == Some("1") => {}
                _ => {}
            }
        }
    }
}
