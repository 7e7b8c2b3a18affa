//! A live host → host file.

use super::Imported;
use crate::diag::{Diagnostic, SourceMap, codes};
use crate::spec::{
    DnsSpec, HostSpec, Ipv4Spec, Ipv6Spec, NetworkSpec, NicRef, Override, PortGroupSpec, ResolveOptions,
    RouteSpec, SecuritySpec, TeamingSpec, VSwitchSpec, VmkSpec, on_link, resolve,
};
use crate::state::{
    Fact, FailoverOrder, HostState, Ipv4Config, PortGroup, Route, SecurityOverride, Teaming, TeamingOverride,
    VSwitch, VmkAdapter,
};
use crate::value::{MacAddr, NetstackName, PortGroupName, SwitchName, VmkName, VmnicName};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The host file of a host as it is: whatever a host file can state, is stated, so that the file laid over this host
/// changes nothing, and laid over a fresh host with the same cards makes it the same (with pruning, without the
/// installer's objects that this host no longer has).
///
/// * Cards are named by MAC address; by their number only where two cards say the same address.
/// * Adapters keep their names. Addresses on the wire are stated where somebody chose them, not where the installer or
///   ESXi did: those are another host's to assign.
/// * A value that was not understood has a finding and is not stated (`NET035`): the file leaves it as it is. So has
///   what no host file can state.
/// * The host is what it is: findings about its design ([`check`](crate::spec::check()) and
///   [`resolve`]), even errors, do not withhold the file here. The places of findings are those of the file made.
///
/// ```
/// use esxi_core::import::esxi;
/// use esxi_core::spec::{resolve, ResolveOptions};
/// use esxi_core::state::{factory, FactoryNic};
/// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
/// let host = factory("7.0".parse()?, &[nic]);
/// let spec = esxi("host", &host).spec.unwrap();
/// assert_eq!(spec.vmkernel().next().unwrap().1.name.as_deref(), Some("vmk0"));
/// assert_eq!(resolve(&spec, &host, ResolveOptions::default()).desired, host);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn esxi(name: &str, host: &HostState) -> Imported {
    let mut work = Work { host, found: Vec::new() };
    let vswitches = work.vswitches();
    let vmkernel = work.vmkernel();
    let mut network = NetworkSpec {
        vswitches: some(vswitches),
        vmkernel: some(vmkernel),
        dns: Some(DnsSpec { servers: Some(host.dns.servers.clone()), search: Some(host.dns.search.clone()) }),
        ..NetworkSpec::default()
    };
    work.routes(&mut network);
    let spec = HostSpec { network: Some(network), ..HostSpec::default() };
    let source = SourceMap::new(name, "");
    let mut diagnostics = work.found;
    diagnostics.extend(resolve(&spec, host, ResolveOptions::default()).diagnostics);
    diagnostics.iter_mut().for_each(|finding| source.locate(finding));
    Imported { spec: Some(spec), source, diagnostics }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// True for addresses that ESXi gives adapters by itself: 00:50:56:60:00:00 to 00:50:56:6f:ff:ff.
///
/// Believed, from addresses seen in published listings of adapters; a wrong belief makes the file state an address
/// that it could leave out, or the other way round.
fn is_esxis_own(mac: MacAddr) -> bool {
    matches!(mac.0, [0, 0x50, 0x56, middle, ..] if middle & 0xf0 == 0x60)
}

struct Work<'a> {
    host: &'a HostState,
    found: Vec<Diagnostic>,
}

impl Work<'_> {
    /// A value that the host reported and that was not understood.
    fn unknown(&mut self, what: &str, reported: &str, path: String) {
        let message = format!(
            "the host reported \"{reported}\" for the {what}, which is not understood: it is left out"
        );
        let finding = Diagnostic::warning(codes::IMPORT_NOT_UNDERSTOOD, message).at(path);
        self.found.push(finding.help("the file leaves it as it is; state it by hand if it is to be ensured"));
    }

    /// A card, by its own address where that is its alone.
    fn card(&self, name: &VmnicName) -> Option<NicRef> {
        let card = self.host.nics.get(name)?;
        let alike = self.host.nics.values().filter(|other| other.mac == card.mac).count();
        Some(if alike == 1 { NicRef::Mac(card.mac) } else { NicRef::Vmnic(name.clone()) })
    }

    fn cards<'a>(&self, names: impl IntoIterator<Item = &'a VmnicName>) -> Option<Vec<NicRef>> {
        names.into_iter().map(|name| self.card(name)).collect()
    }

    fn vswitches(&mut self) -> Vec<VSwitchSpec> {
        let host = self.host;
        for (name, group) in &host.port_groups {
            if !host.vswitches.contains_key(&group.vswitch) {
                let message = format!(
                    "port group \"{name}\" is left out: its switch {} is no standard vSwitch of this host",
                    group.vswitch
                );
                self.found
                    .push(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at("/network/vswitches"));
            }
        }
        host.vswitches.iter().enumerate().map(|(at, (name, switch))| self.vswitch(at, name, switch)).collect()
    }

    fn vswitch(&mut self, at: usize, name: &SwitchName, switch: &VSwitch) -> VSwitchSpec {
        let path = format!("/network/vswitches/{at}");
        let mut spec = VSwitchSpec { mtu: Some(switch.mtu), ..VSwitchSpec::new(name.clone()) };
        match &switch.cdp {
            Fact::Known(cdp) => spec.cdp = Some(*cdp),
            Fact::Unknown(reported) => {
                self.unknown(&format!("discovery protocol of {name}"), reported, format!("{path}/cdp"));
            }
        }
        match &switch.shaping {
            Fact::Known(shaping) => spec.shaping = Some(*shaping),
            Fact::Unknown(reported) => {
                self.unknown(&format!("shaping of {name}"), reported, format!("{path}/shaping"));
            }
        }
        match &switch.security {
            Fact::Known(security) => {
                spec.security = Some(SecuritySpec {
                    promiscuous: Some(security.promiscuous),
                    mac_changes: Some(security.mac_changes),
                    forged_transmits: Some(security.forged_transmits),
                });
            }
            Fact::Unknown(reported) => {
                self.unknown(&format!("security policy of {name}"), reported, format!("{path}/security"));
            }
        }
        self.uplinks(&path, name, switch, &mut spec);
        if let Fact::Unknown(reported) = &switch.teaming {
            self.unknown(&format!("NIC teaming of {name}"), reported, format!("{path}/teaming"));
        }
        let groups = self.host.port_groups_of(name).enumerate();
        let groups = groups.map(|(at, (group, state))| {
            let attached = spec.uplinks.is_some().then_some(&switch.uplinks);
            self.port_group(format!("{path}/port_groups/{at}"), group, state, attached)
        });
        spec.port_groups = some(groups.collect());
        if switch.ports != VSwitch::new(128).ports {
            let message = format!(
                "the {} ports of {name} are left out: no file states them, and since 5.5 they have no effect",
                switch.ports
            );
            self.found.push(Diagnostic::note(codes::IMPORT_LEFT_OUT, message).at(path));
        }
        spec
    }

    /// The cards and their failover order: both, or neither where a card of them is not in the list of cards.
    fn uplinks(&mut self, path: &str, name: &SwitchName, switch: &VSwitch, spec: &mut VSwitchSpec) {
        let teaming = switch.teaming.known();
        let order = teaming.map(|teaming| &teaming.order);
        // The order in use first: it is the order in which people name cards.
        let ordered: Vec<&VmnicName> = order
            .into_iter()
            .flat_map(FailoverOrder::members)
            .filter(|card| switch.uplinks.contains(*card))
            .collect();
        let rest = switch.uplinks.iter().filter(|card| !ordered.contains(card));
        spec.uplinks = self.cards(ordered.iter().copied().chain(rest));
        if spec.uplinks.is_none() {
            let strange: Vec<&VmnicName> =
                switch.uplinks.iter().filter(|card| !self.host.nics.contains_key(*card)).collect();
            let message = format!(
                "the uplinks of {name} are left out: the host does not list {} among its cards",
                list(&strange)
            );
            self.found
                .push(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(format!("{path}/uplinks")));
        }
        for card in &switch.uplinks {
            if let Some(NicRef::Vmnic(card)) = self.card(card) {
                let message =
                    format!("{card} is named by its number: another card says the same MAC address");
                let finding =
                    Diagnostic::warning(codes::IMPORT_CHANGED, message).at(format!("{path}/uplinks"));
                self.found
                    .push(finding.help("numbers may change with the hardware: look before reusing the file"));
            }
        }
        spec.teaming = teaming.map(|teaming| self.teaming(path, name, teaming, &switch.uplinks, spec));
    }

    fn teaming(
        &mut self,
        path: &str,
        name: &SwitchName,
        teaming: &Teaming,
        attached: &BTreeSet<VmnicName>,
        spec: &VSwitchSpec,
    ) -> TeamingSpec {
        let attached = spec.uplinks.is_some().then_some(attached);
        let (active, standby) = self.order(&format!("{path}/teaming"), name, &teaming.order, attached);
        TeamingSpec {
            load_balancing: Some(teaming.load_balancing),
            failure_detection: Some(teaming.failure_detection),
            notify_switches: Some(teaming.notify_switches),
            failback: Some(teaming.failback),
            active,
            standby,
        }
    }

    /// A failover order, unless it names cards that are not attached or one of them twice.
    fn order(
        &mut self,
        path: &str,
        of: &str,
        order: &FailoverOrder,
        attached: Option<&BTreeSet<VmnicName>>,
    ) -> (Option<Vec<NicRef>>, Option<Vec<NicRef>>) {
        // Without the cards there is a finding already.
        let Some(attached) = attached else { return (None, None) };
        let mut seen = BTreeSet::new();
        let odd: Vec<&VmnicName> =
            order.members().filter(|card| !attached.contains(*card) || !seen.insert(*card)).collect();
        if odd.is_empty() {
            return (self.cards(&order.active), self.cards(&order.standby));
        }
        let message = format!(
            "the failover order of {of} is left out: {} in it is not attached, or stands in it twice",
            list(&odd)
        );
        let finding = Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(path);
        self.found.push(finding.help("state `active` and `standby` by hand"));
        (None, None)
    }

    fn port_group(
        &mut self,
        path: String,
        name: &PortGroupName,
        group: &PortGroup,
        attached: Option<&BTreeSet<VmnicName>>,
    ) -> PortGroupSpec {
        let mut spec = PortGroupSpec { vlan: Some(group.vlan), ..PortGroupSpec::new(name.clone()) };
        let what = |policy: &str| format!("{policy} of port group \"{name}\"");
        // Whether part of a policy is inherited.
        let mut partly = false;
        match &group.teaming {
            Fact::Unknown(reported) => {
                self.unknown(&what("NIC teaming"), reported, format!("{path}/teaming"));
            }
            Fact::Known(own) if *own == TeamingOverride::default() => spec.teaming = Some(Override::Inherit),
            Fact::Known(own) => {
                let of = format!("port group \"{name}\"");
                let order = own.order.as_ref();
                let stated = order.map(|order| self.order(&format!("{path}/teaming"), &of, order, attached));
                // An order that is left out stays what it is; it is not inherited.
                let order_kept = stated.as_ref().is_some_and(|(active, _)| active.is_none());
                partly = !order_kept
                    && (own.load_balancing.is_none()
                        || own.failure_detection.is_none()
                        || own.notify_switches.is_none()
                        || own.failback.is_none()
                        || own.order.is_none());
                let (active, standby) = stated.unwrap_or_default();
                spec.teaming = Some(Override::Set(TeamingSpec {
                    load_balancing: own.load_balancing,
                    failure_detection: own.failure_detection,
                    notify_switches: own.notify_switches,
                    failback: own.failback,
                    active,
                    standby,
                }));
            }
        }
        match &group.security {
            Fact::Unknown(reported) => {
                self.unknown(&what("security policy"), reported, format!("{path}/security"));
            }
            Fact::Known(own) if *own == SecurityOverride::default() => {
                spec.security = Some(Override::Inherit);
            }
            Fact::Known(own) => {
                let SecurityOverride { promiscuous, mac_changes, forged_transmits } = *own;
                partly |= promiscuous.is_none() || mac_changes.is_none() || forged_transmits.is_none();
                spec.security =
                    Some(Override::Set(SecuritySpec { promiscuous, mac_changes, forged_transmits }));
            }
        }
        match &group.shaping {
            Fact::Unknown(reported) => {
                self.unknown(&what("shaping"), reported, format!("{path}/shaping"));
            }
            Fact::Known(own) => spec.shaping = Some(own.map_or(Override::Inherit, Override::Set)),
        }
        spec.inherit_rest = partly.then_some(true);
        spec
    }

    fn vmkernel(&mut self) -> Vec<VmkSpec> {
        let host = self.host;
        let mut all = Vec::new();
        for (name, vmk) in &host.vmkernel {
            let group = host.port_groups.get(&vmk.port_group);
            if group.is_none_or(|group| !host.vswitches.contains_key(&group.vswitch)) {
                let message = format!(
                    "{name} is left out: its port group \"{}\" is on no standard vSwitch of this host",
                    vmk.port_group
                );
                let finding = Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at("/network/vmkernel");
                self.found.push(finding.help("adapters on distributed switches are vCenter's to change"));
                continue;
            }
            let path = format!("/network/vmkernel/{}", all.len());
            all.push(self.adapter(&path, name, vmk));
        }
        all
    }

    fn adapter(&mut self, path: &str, name: &VmkName, vmk: &VmkAdapter) -> VmkSpec {
        let mut spec = VmkSpec {
            name: Some(name.clone()),
            mac: vmk.mac.filter(|mac| !self.is_assigned(name, *mac)),
            mtu: Some(vmk.mtu),
            // A new adapter is on the default stack by itself.
            netstack: (vmk.netstack != NetstackName::default()).then(|| vmk.netstack.clone()),
            ipv6: Some(Ipv6Spec {
                addresses: Some(vmk.ipv6.addresses.iter().copied().collect()),
                router_advertisements: Some(vmk.ipv6.router_adv),
                dhcp: Some(vmk.ipv6.dhcp),
            }),
            tags: Some(vmk.tags.iter().cloned().collect()),
            ..VmkSpec::new(vmk.port_group.clone())
        };
        match &vmk.ipv4 {
            Fact::Known(Ipv4Config::None) => spec.ipv4 = Some(Ipv4Spec::None),
            Fact::Known(Ipv4Config::Dhcp { .. }) => spec.ipv4 = Some(Ipv4Spec::Dhcp),
            Fact::Known(Ipv4Config::Static { address, gateway }) => {
                spec.ipv4 = Some(Ipv4Spec::Static { address: *address, gateway: *gateway });
            }
            Fact::Unknown(reported) => {
                self.unknown(&format!("IPv4 configuration of {name}"), reported, format!("{path}/ipv4"));
            }
        }
        if !vmk.enabled {
            let message = format!("that {name} is switched off is left out: a host file cannot state it");
            let finding = Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(path);
            self.found.push(finding.help("on another host it will be on; here it stays off"));
        }
        spec
    }

    /// Whether the installer or ESXi gives the adapter this address by itself: vmk0 has that of the first card.
    fn is_assigned(&self, name: &VmkName, mac: MacAddr) -> bool {
        let installers =
            *name == "vmk0" && self.host.nics.values().next().is_some_and(|card| card.mac == mac);
        installers || is_esxis_own(mac)
    }

    fn routes(&mut self, network: &mut NetworkSpec) {
        let mut seen: BTreeMap<(&NetstackName, IpNet), IpAddr> = BTreeMap::new();
        let mut routes = Vec::new();
        for route in &self.host.routes {
            let Route { netstack, network: to, gateway } = route;
            let path = "/network/routes";
            let mut leave_out = |why: String, help: &str| {
                let message = format!("the route to {to} by {gateway} ({netstack}) is left out: {why}");
                self.found.push(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(path).help(help));
            };
            if to.addr().is_ipv4() != gateway.is_ipv4() || to.trunc() != *to {
                leave_out("it is none".into(), "look at the routes of the host");
            } else if let Some(other) = seen.get(&(netstack, *to)) {
                leave_out(format!("{other} leads there already"), "a host file has one way to each network");
            } else if !on_link(self.host, route) {
                leave_out(
                    "its next hop is in no subnet of an adapter of the stack".into(),
                    "give an adapter an address in that subnet, or remove the route",
                );
            } else {
                seen.insert((netstack, *to), *gateway);
                match gateway {
                    IpAddr::V4(gateway) if to.prefix_len() == 0 && *netstack == NetstackName::default() => {
                        network.gateway = Some(*gateway);
                    }
                    IpAddr::V6(gateway) if to.prefix_len() == 0 && *netstack == NetstackName::default() => {
                        network.gateway6 = Some(*gateway);
                    }
                    _ => routes.push(RouteSpec {
                        to: *to,
                        via: *gateway,
                        netstack: (*netstack != NetstackName::default()).then(|| netstack.clone()),
                    }),
                }
            }
        }
        network.routes = some(routes);
    }
}

/// The names, for a sentence.
fn list(names: &[&VmnicName]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}
