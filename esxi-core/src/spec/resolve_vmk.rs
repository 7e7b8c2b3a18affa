//! The vmkernel half of [`resolve`](super::resolve): adapters, routes, name resolution.

use super::object::ObjectRef;
use super::resolve::Layer;
use super::{HostSpec, Ipv4Spec, VmkSpec};
use crate::diag::{Diagnostic, codes};
use crate::state::{Fact, HostState, Ipv4Config, Ipv6Config, Route, VmkAdapter};
use crate::value::{Mtu, NetstackName, PortGroupName, VmkName};
use crate::version::EsxiVersion;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

impl Layer<'_> {
    /// Finds each declared adapter and lays its fields over it.
    pub(super) fn vmkernel(&mut self) {
        let names = self.adapter_names();
        // Moves first, so that an adapter may take the port group that another one leaves.
        for (path, spec) in self.spec.vmkernel() {
            if let Some(name) = names.get(&path)
                && let Some(adapter) = self.desired.vmkernel.get_mut(name)
            {
                adapter.port_group = spec.port_group.clone();
            }
        }
        for (path, spec) in self.spec.vmkernel() {
            if let Some(name) = names.get(&path) {
                self.adapter(&path, name, spec);
            }
        }
        for (path, spec) in self.spec.vmkernel() {
            let holders: Vec<_> = self
                .desired
                .vmkernel
                .iter()
                .filter(|(_, vmk)| vmk.port_group == spec.port_group)
                .map(|(name, _)| name.as_str())
                .collect();
            if let [first, second, ..] = holders[..] {
                let message = format!(
                    "port group \"{}\" would have two adapters, {first} and {second}",
                    spec.port_group
                );
                let help = format!("a port group has one: write `name: {first}`, or leave `name` out");
                self.found.push(
                    Diagnostic::error(codes::VMK_AMBIGUOUS, message)
                        .at(format!("{path}/port_group"))
                        .help(help),
                );
            }
        }
    }

    /// The adapter that each declaration means, by its JSON pointer: the one it names, else the one on its port
    /// group, else the next free number.
    fn adapter_names(&self) -> BTreeMap<String, VmkName> {
        let mut names = BTreeMap::new();
        let mut taken: BTreeSet<VmkName> =
            self.spec.vmkernel().filter_map(|(_, spec)| spec.name.clone()).collect();
        let here = |group: &PortGroupName| self.current.vmk_on(group).cloned();
        for (path, spec) in self.spec.vmkernel() {
            let known = match &spec.name {
                Some(name) => Some(name.clone()),
                None => here(&spec.port_group).filter(|name| !taken.contains(name)),
            };
            if let Some(name) = known {
                taken.insert(name.clone());
                names.insert(path, name);
            }
        }
        taken.extend(self.current.vmkernel.keys().cloned());
        for (path, _) in self.spec.vmkernel() {
            if names.contains_key(&path) {
                continue;
            }
            let free = (0..1000).filter_map(|n| format!("vmk{n}").parse::<VmkName>().ok());
            if let Some(name) = free.into_iter().find(|name| !taken.contains(name)) {
                taken.insert(name.clone());
                names.insert(path, name);
            }
        }
        names
    }

    fn adapter(&mut self, path: &str, name: &VmkName, spec: &VmkSpec) {
        let Some(group) = self.desired.port_groups.get(&spec.port_group) else {
            let message =
                format!("port group \"{}\" is neither in this file nor on the host", spec.port_group);
            self.found.push(
                Diagnostic::error(codes::PORT_GROUP_MISSING, message)
                    .at(format!("{path}/port_group"))
                    .help("declare it under the `port_groups` of a vSwitch"),
            );
            return;
        };
        if group.vm_ports > 0 && self.current.vmk_on(&spec.port_group).is_none() {
            let message = format!(
                "port group \"{}\" is used by virtual machines ({} port(s)) and cannot take a vmkernel adapter",
                spec.port_group, group.vm_ports
            );
            let help = super::rules::offer(&spec.port_group, "vmk", group.vlan, &group.vswitch);
            let finding = Diagnostic::error(codes::PORT_GROUP_TAKEN, message);
            self.found.push(finding.at(format!("{path}/port_group")).help(help));
            return;
        }
        let version = self.desired.version;
        let fresh = || new_adapter(version, &spec.port_group);
        let adapter = self.desired.vmkernel.entry(name.clone()).or_insert_with(fresh);
        let mut remade = Vec::new();
        if let Some(mac) = spec.mac {
            if adapter.mac.is_some_and(|now| now != mac) {
                remade.push("mac");
            }
            adapter.mac = Some(mac);
        }
        if let Some(stack) = &spec.netstack {
            if adapter.netstack != *stack && self.current.vmkernel.contains_key(name) {
                remade.push("netstack");
            }
            adapter.netstack = stack.clone();
        }
        if let Some(mtu) = spec.mtu {
            adapter.mtu = mtu;
        }
        if let Some(wanted) = spec.ipv4 {
            adapter.ipv4 = Fact::Known(ipv4(wanted, &adapter.ipv4));
        }
        if let Some(ipv6) = &spec.ipv6 {
            if let Some(addresses) = &ipv6.addresses {
                adapter.ipv6.addresses = addresses.iter().copied().collect::<BTreeSet<Ipv6Net>>();
            }
            adapter.ipv6.router_adv = ipv6.router_advertisements.unwrap_or(adapter.ipv6.router_adv);
            adapter.ipv6.dhcp = ipv6.dhcp.unwrap_or(adapter.ipv6.dhcp);
        }
        if let Some(tags) = &spec.tags {
            adapter.tags = tags.iter().cloned().collect();
        }
        for field in remade {
            let message = format!("{name} must be made anew to change its {field}");
            self.found.push(Diagnostic::note(codes::VMK_REMADE, message).at(format!("{path}/{field}")));
        }
    }

    /// Declared routes are ensured; others go only when their gateway leaves every subnet.
    pub(super) fn routes(&mut self) {
        let declared = declared_routes_at(self.spec);
        for (path, route) in &declared {
            if !on_link(&self.desired, route) {
                let stack = &route.netstack;
                let message = format!("next hop {} is in no subnet of an adapter of {stack}", route.gateway);
                let finding = if leases_unknown(&self.desired, route) {
                    Diagnostic::warning(codes::GATEWAY_OFF_LINK, message)
                        .help("it may be in the subnet of a lease that is not known yet")
                } else {
                    Diagnostic::error(codes::GATEWAY_OFF_LINK, message)
                        .help("ESXi refuses such a route: give an adapter an address in that subnet, or correct the next hop")
                };
                // The file alone may have raised the same finding with less certainty.
                self.found.retain(|other| {
                    !(other.code == codes::GATEWAY_OFF_LINK && other.path.as_deref() == Some(path.as_str()))
                });
                self.found.push(finding.at(path));
            } else {
                self.found.retain(|other| {
                    !(other.code == codes::GATEWAY_OFF_LINK && other.path.as_deref() == Some(path.as_str()))
                });
            }
            let same = |other: &Route| other.netstack == route.netstack && other.network == route.network;
            let replaced: Vec<Route> =
                self.desired.routes.iter().filter(|other| same(other) && *other != route).cloned().collect();
            for old in replaced {
                self.desired.routes.remove(&old);
                let message = format!("replaces the route {}", ObjectRef::route(&old).name);
                self.found.push(Diagnostic::note(codes::ROUTE_GOES, message).at(path));
            }
            self.desired.routes.insert(route.clone());
        }
        let lost: Vec<Route> = self
            .desired
            .routes
            .iter()
            .filter(|route| !declared.iter().any(|(_, other)| other == *route))
            .filter(|route| on_link(self.current, route) && !on_link(&self.desired, route))
            .cloned()
            .collect();
        for route in lost {
            self.desired.routes.remove(&route);
            let message = format!(
                "route {} goes: its next hop is in no subnet of an adapter any more",
                ObjectRef::route(&route).name
            );
            self.found.push(Diagnostic::warning(codes::ROUTE_GOES, message).at("/network/vmkernel"));
        }
    }

    pub(super) fn dns(&mut self) {
        let Some(dns) = self.spec.network.as_ref().and_then(|network| network.dns.as_ref()) else { return };
        if let Some(servers) = &dns.servers {
            self.desired.dns.servers = servers.clone();
        }
        if let Some(search) = &dns.search {
            self.desired.dns.search = search.clone();
        }
    }
}

/// An adapter as ESXi makes it.
fn new_adapter(version: EsxiVersion, group: &PortGroupName) -> VmkAdapter {
    VmkAdapter {
        port_group: group.clone(),
        mac: None,
        mtu: Mtu::default(),
        enabled: true,
        netstack: NetstackName::default(),
        ipv4: Fact::Known(Ipv4Config::None),
        ipv6: Ipv6Config { router_adv: version >= EsxiVersion::new(6, 5), ..Ipv6Config::default() },
        tags: BTreeSet::new(),
    }
}

/// A lease stays known where DHCP stays; a gateway override stays where it still lies in the subnet.
fn ipv4(wanted: Ipv4Spec, now: &Fact<Ipv4Config>) -> Ipv4Config {
    match (wanted, now.known()) {
        (Ipv4Spec::None, _) => Ipv4Config::None,
        (Ipv4Spec::Dhcp, Some(dhcp @ Ipv4Config::Dhcp { .. })) => dhcp.clone(),
        (Ipv4Spec::Dhcp, _) => Ipv4Config::Dhcp { lease: None },
        (Ipv4Spec::Static { address, gateway }, now) => {
            let kept = match now {
                Some(Ipv4Config::Static { gateway, .. }) => {
                    gateway.filter(|gateway| address.contains(gateway))
                }
                _ => None,
            };
            Ipv4Config::Static { address, gateway: gateway.or(kept) }
        }
    }
}

/// Routes of the file, default routes included, each with its JSON pointer.
fn declared_routes_at(spec: &HostSpec) -> Vec<(String, Route)> {
    let Some(network) = &spec.network else { return Vec::new() };
    let mut all = Vec::new();
    let mut default = |path: &str, net: IpNet, gateway: IpAddr| {
        all.push((path.to_owned(), Route { netstack: NetstackName::default(), network: net, gateway }));
    };
    if let Some(gateway) = network.gateway {
        default("/network/gateway", IpNet::V4(Ipv4Net::default()), gateway.into());
    }
    if let Some(gateway) = network.gateway6 {
        default("/network/gateway6", IpNet::V6(Ipv6Net::default()), gateway.into());
    }
    all.extend(spec.routes().map(|(path, route)| {
        let netstack = route.netstack.clone().unwrap_or_default();
        (format!("{path}/via"), Route { netstack, network: route.to, gateway: route.via })
    }));
    all
}

pub(super) fn declared_routes(spec: &HostSpec) -> BTreeSet<Route> {
    declared_routes_at(spec).into_iter().map(|(_, route)| route).collect()
}

/// Whether the next hop lies in a subnet of an adapter of the route's stack, or is link-local.
pub(crate) fn on_link(host: &HostState, route: &Route) -> bool {
    let link_local = matches!(route.gateway, IpAddr::V6(v6) if v6.is_unicast_link_local());
    let mut adapters = host.vmkernel.values().filter(|vmk| vmk.netstack == route.netstack);
    link_local || adapters.any(|vmk| vmk.addresses().any(|net| net.contains(&route.gateway)))
}

/// True when an adapter of the stack gets an address of the route's family that is not known yet.
fn leases_unknown(host: &HostState, route: &Route) -> bool {
    host.vmkernel.values().filter(|vmk| vmk.netstack == route.netstack).any(|vmk| {
        if route.gateway.is_ipv4() {
            matches!(&vmk.ipv4, Fact::Unknown(_) | Fact::Known(Ipv4Config::Dhcp { lease: None }))
        } else {
            vmk.ipv6.dhcp || vmk.ipv6.router_adv
        }
    })
}
