//! A Linux host's network laid out as vSwitches, port groups and vmkernel adapters.

use super::ImportOptions;
use super::glob::glob;
use super::linux::{Bond, Device, DeviceKind, Ipv4, Ipv6, Linux, LinuxRoute};
use super::read::{Account, left_out};
use crate::diag::{Diagnostic, Severity, codes};
use crate::spec::{
    DnsSpec, HostSpec, Ipv4Spec, Ipv6Spec, NetworkSpec, NicRef, Override, PortGroupSpec, RouteSpec,
    TeamingSpec, VSwitchSpec, VmkSpec,
};
use crate::state::MANAGEMENT_TAG;
use crate::teaming::{BondMode, BondOptions, advise};
use crate::value::{MacAddr, Mtu, PortGroupName, VlanId};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The port group of the management adapter, as the installer calls it.
const MANAGEMENT: &str = "Management Network";
/// The installer's port group for virtual machines, untagged on the same vSwitch.
const MACHINES: &str = "VM Network";

/// The host file, and for each of its objects where it came from.
pub(super) fn lower(
    linux: Linux,
    options: &ImportOptions,
    account: &Account,
) -> (HostSpec, Vec<(String, String)>) {
    let mut work = Lower {
        management: management(&linux),
        linux: &linux,
        options,
        account,
        origins: Vec::new(),
        vmkernel: Vec::new(),
        taken: BTreeSet::new(),
    };
    let vswitches = work.vswitches();
    let mut network = NetworkSpec {
        vswitches: (!vswitches.is_empty()).then_some(vswitches),
        vmkernel: None,
        dns: work.dns(),
        ..NetworkSpec::default()
    };
    work.routes(&mut network);
    network.vmkernel = (!work.vmkernel.is_empty()).then_some(work.vmkernel);
    (HostSpec { network: Some(network), ..HostSpec::default() }, work.origins)
}

/// The device that carries management: that of the default gateway which Linux would use, else the first with a static
/// address, else the first that asks for one.
fn management(linux: &Linux) -> Option<usize> {
    let first = |fits: &dyn Fn(&Device) -> bool| {
        linux.devices.iter().position(|device| fits(device) && !linux.is_isolated(device))
    };
    let on_link = |hop: IpAddr| {
        first(&|device| {
            let v4 = device.ipv4.iter().filter_map(|ipv4| ipv4.address).map(IpNet::V4);
            let v6 = device.ipv6.iter().flat_map(|ipv6| &ipv6.addresses).copied().map(IpNet::V6);
            v4.chain(v6).any(|net| net.contains(&hop))
        })
    };
    let has_gateway = |device: &Device| {
        device.ipv4.iter().any(|ipv4| ipv4.gateway) || device.ipv6.as_ref().is_some_and(|ipv6| ipv6.gateway)
    };
    let is_static = |device: &Device| {
        device.ipv4.iter().any(|ipv4| ipv4.address.is_some())
            || device.ipv6.as_ref().is_some_and(|ipv6| !ipv6.addresses.is_empty())
    };
    let mut ways_out: Vec<&LinuxRoute> =
        linux.routes.iter().filter(|route| route.to.prefix_len() == 0).collect();
    ways_out.sort_by_key(|route| (route.via.is_ipv6(), route.metric));
    let by_route = ways_out.iter().find_map(|route| on_link(route.via));
    by_route
        .or_else(|| first(&has_gateway))
        .or_else(|| first(&is_static))
        .or_else(|| first(&Device::is_configured))
}

struct Lower<'a> {
    linux: &'a Linux,
    management: Option<usize>,
    options: &'a ImportOptions,
    account: &'a Account,
    origins: Vec<(String, String)>,
    vmkernel: Vec<VmkSpec>,
    /// Bond MAC addresses that an adapter has.
    taken: BTreeSet<String>,
}

impl Lower<'_> {
    fn report(&self, finding: Diagnostic) {
        self.account.report(finding);
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.linux.find(name)
    }

    fn refer(&self, path: &str, name: &str) -> Option<usize> {
        self.linux.refer(path, name, self.account)
    }

    /// Which device each VLAN is on: by index, `None` where the reference is wrong.
    fn parent(&self, device: &Device) -> Option<usize> {
        let DeviceKind::Vlan { link: (path, name), .. } = &device.kind else { return None };
        let parent = self.refer(path, name)?;
        if matches!(self.linux.devices[parent].kind, DeviceKind::Vlan { .. }) {
            let message = format!("{name} is a VLAN itself: a vSwitch has one level of tags");
            self.report(Diagnostic::error(codes::IMPORT_IMPOSSIBLE, message).at(path));
            return None;
        }
        Some(parent)
    }

    fn vswitches(&mut self) -> Vec<VSwitchSpec> {
        let devices = &self.linux.devices;
        let parents: Vec<Option<usize>> = devices.iter().map(|device| self.parent(device)).collect();
        let enslaved = self.enslaved();
        let carriers: Vec<usize> = (0..devices.len())
            .filter(|at| !matches!(devices[*at].kind, DeviceKind::Vlan { .. }) && !enslaved.contains(at))
            .collect();
        let carrier_of = |at: usize| parents[at].unwrap_or(at);
        let first = self.management.map(carrier_of).filter(|at| carriers.contains(at));
        let mut ordered: Vec<usize> = first.into_iter().collect();
        ordered.extend(carriers.iter().copied().filter(|at| Some(*at) != first));
        ordered
            .into_iter()
            .enumerate()
            .filter_map(|(number, at)| {
                let vlans: Vec<usize> =
                    (0..devices.len()).filter(|vlan| parents[*vlan] == Some(at)).collect();
                self.vswitch(number, at, &vlans)
            })
            .collect()
    }

    /// Members of bonds; one with an address of its own is refused.
    fn enslaved(&self) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        for device in &self.linux.devices {
            let DeviceKind::Bond(bond) = &device.kind else { continue };
            for (path, name) in &bond.members {
                let Some(member) = self.refer(path, name) else { continue };
                let there = &self.linux.devices[member];
                if !matches!(there.kind, DeviceKind::Physical) {
                    let message = format!("{name} is not a physical device and cannot be an uplink");
                    self.report(Diagnostic::error(codes::IMPORT_IMPOSSIBLE, message).at(path));
                }
                if there.is_configured() {
                    let message =
                        format!("{name} is a member of {} and has an address of its own", device.name);
                    let finding = Diagnostic::error(codes::IMPORT_IMPOSSIBLE, message)
                        .at(format!("{}/subnets", there.path));
                    self.report(finding.help("an uplink has no address: put it on the bond"));
                }
                if !all.insert(member) {
                    let message = format!("{name} is a member of two bonds");
                    self.report(Diagnostic::error(codes::NIC_TWICE, message).at(path));
                }
            }
        }
        all
    }

    fn vswitch(&mut self, number: usize, at: usize, vlans: &[usize]) -> Option<VSwitchSpec> {
        let device = &self.linux.devices[at];
        let path = format!("/network/vswitches/{number}");
        self.origins.push((path.clone(), device.path.clone()));
        let mut switch = VSwitchSpec::new(format!("vSwitch{number}").parse().ok()?);
        let mut mtus: Vec<Mtu> = device.mtu.iter().map(|(_, mtu)| *mtu).collect();
        switch.uplinks = Some(match &device.kind {
            DeviceKind::Bond(bond) => {
                let members: Vec<&Device> = bond
                    .members
                    .iter()
                    .filter_map(|(_, name)| self.find(name))
                    .map(|at| &self.linux.devices[at])
                    .collect();
                mtus.extend(members.iter().filter_map(|member| Some(member.mtu.as_ref()?.1)));
                let uplinks: Vec<NicRef> = members.iter().filter_map(|member| self.card(member)).collect();
                switch.teaming = self.teaming(device, bond, &members, &uplinks);
                uplinks
            }
            DeviceKind::Bridge(_) => Vec::new(),
            DeviceKind::Physical | DeviceKind::Vlan { .. } => self.card(device).into_iter().collect(),
        });
        let carried = !mtus.is_empty();
        let before = self.vmkernel.len();
        let mut groups = Vec::new();
        self.port_groups(at, VlanId::UNTAGGED, &mut groups);
        for vlan in vlans {
            let device = &self.linux.devices[*vlan];
            mtus.extend(device.mtu.iter().map(|(_, mtu)| *mtu));
            if let DeviceKind::Vlan { id, .. } = device.kind {
                self.port_groups(*vlan, id, &mut groups);
            }
        }
        mtus.extend(self.vmkernel[before..].iter().filter_map(|vmk| vmk.mtu));
        if !carried && !mtus.is_empty() {
            // Whatever says nothing has the usual MTU, and has to fit, too.
            mtus.push(Mtu::default());
        }
        switch.mtu = mtus.into_iter().max();
        for (group, (_, origin)) in groups.iter().enumerate() {
            self.origins.push((format!("{path}/port_groups/{group}"), origin.clone()));
        }
        switch.port_groups = Some(groups.into_iter().map(|(group, _)| group).collect());
        Some(switch)
    }

    /// The reference to a physical device's card: its MAC address, or its name where that is ESXi's.
    fn card(&self, device: &Device) -> Option<NicRef> {
        let (path, name) = match &device.card_name {
            Some((path, name)) => (path, name),
            None => (&device.path, &device.name),
        };
        match self.told(device, name).as_slice() {
            [] => {}
            [mac] => return Some(NicRef::Mac(*mac)),
            several => {
                let message = format!("{name} fits {} of the cards that were told", several.len());
                let finding = Diagnostic::error(codes::CARD_BY_LINUX_NAME, message).at(path);
                let help = format!(
                    "write a device for each card, or say which it is with --nic {}=MAC",
                    device.name
                );
                self.report(finding.help(help));
                return None;
            }
        }
        match (&device.card, name.parse()) {
            (Some((_, mac)), _) => mac.map(NicRef::Mac),
            (None, Ok(vmnic)) => Some(NicRef::Vmnic(vmnic)),
            (None, Err(_)) => {
                let message = format!(
                    "{name} says nothing on ESXi, which numbers its cards itself: the card is found by its MAC address"
                );
                let finding = Diagnostic::error(codes::CARD_BY_LINUX_NAME, message).at(path);
                self.report(finding.help(format!(
                    "add {}, or say it with --nic {}=MAC, or give what `ip -j link` prints there with --links",
                    self.linux.card_key, device.name
                )));
                None
            }
        }
    }

    /// The addresses that were told for a device: by one of its names, else by the pattern of names it is found by.
    fn told(&self, device: &Device, pattern: &str) -> Vec<MacAddr> {
        let nics = &self.options.nics;
        let named = nics.iter().find(|(name, _)| device.is_called(name)).map(|(_, mac)| vec![*mac]);
        let fits = || match &device.card {
            None => nics.iter().filter(|(name, _)| glob(pattern, name)).map(|(_, mac)| *mac).collect(),
            Some(_) => BTreeSet::new(),
        };
        named.unwrap_or_else(|| fits().into_iter().collect())
    }

    fn teaming(
        &self,
        device: &Device,
        bond: &Bond,
        members: &[&Device],
        uplinks: &[NicRef],
    ) -> Option<TeamingSpec> {
        let mode_at = bond.params.iter().find(|param| is_mode(&param.name));
        let path = mode_at.map_or(device.path.as_str(), |param| param.path.as_str());
        let mode = match mode_at.map(|param| param.value.parse::<BondMode>()) {
            Some(Ok(mode)) => mode,
            Some(Err(error)) => {
                self.report(Diagnostic::error(codes::WRONG_VALUE, error.to_string()).at(path));
                return None;
            }
            None => {
                let message = format!("{} has no mode: balance-rr, as Linux takes it", device.name);
                self.report(Diagnostic::warning(codes::IMPORT_CHANGED, message).at(path));
                BondMode::BalanceRr
            }
        };
        let named = self.options.switch_of.iter().find(|(name, _)| device.is_called(name));
        let switch = named.map(|(_, side)| *side).or(self.options.switch);
        let params = bond.params.iter().map(|param| (param.name.clone(), param.value.clone())).collect();
        let options = BondOptions { compat: self.options.compat, params };
        let mut advice = advise(mode, switch, uplinks.len(), &options);
        for mut finding in std::mem::take(&mut advice.findings) {
            let named = finding.path.as_deref().and_then(|path| path.strip_prefix('/'));
            let place = named.and_then(|name| bond.params.iter().find(|param| param.name == name));
            finding.path = Some(place.map_or(path, |param| param.path.as_str()).to_owned());
            self.report(finding);
        }
        let primary = advice.primary.clone().and_then(|name| {
            let place = members.iter().position(|member| member.is_called(&name));
            if place.is_none() {
                let at = bond
                    .params
                    .iter()
                    .find(|param| param.value == name)
                    .map_or(path, |param| param.path.as_str());
                let message = format!("the primary {name} is not a member of {}", device.name);
                self.report(Diagnostic::error(codes::IMPORT_INCOMPLETE, message).at(at));
            }
            uplinks.get(place?)
        });
        let (active, standby) = advice.members(uplinks, primary);
        Some(TeamingSpec {
            load_balancing: Some(advice.load_balancing?),
            failure_detection: Some(advice.failure_detection),
            notify_switches: Some(advice.notify_switches),
            failback: Some(advice.failback),
            active: Some(active),
            standby: Some(standby),
        })
    }

    /// The port groups of one device, and its adapters.
    fn port_groups(&mut self, at: usize, vlan: VlanId, groups: &mut Vec<(PortGroupSpec, String)>) {
        let device = &self.linux.devices[at];
        let management = self.management == Some(at);
        let make = |name: String, account: &Account| match name.parse::<PortGroupName>() {
            Ok(name) => Some(PortGroupSpec { vlan: Some(vlan), ..PortGroupSpec::new(name) }),
            Err(error) => {
                account.report(Diagnostic::error(codes::WRONG_VALUE, error.to_string()).at(&device.path));
                None
            }
        };
        if !device.is_configured() {
            groups.extend(
                make(device.title().to_owned(), self.account).map(|group| (group, device.path.clone())),
            );
            if let Some((path, _)) = &device.mac {
                self.report(left_out(
                    path,
                    "nothing on ESXi has this address without an adapter on the device",
                ));
            }
            return;
        }
        let own = if management { MANAGEMENT.to_owned() } else { device.title().to_owned() };
        // Linux puts several addresses on one device; an adapter has one IPv4 address, and any number of IPv6 ones.
        let rows = device.ipv4.len().max(1);
        let main = device.ipv4.iter().position(|ipv4| management && ipv4.gateway).unwrap_or(0);
        for row in 0..rows {
            let ipv4 = device.ipv4.get(row);
            let ipv6 = if row == main { device.ipv6.as_ref() } else { None };
            let name = match row {
                row if row == main => own.clone(),
                0 => device.title().to_owned(),
                row => format!("{}:{row}", device.title()),
            };
            let origin = ipv4.map(|ipv4| ipv4.path.clone()).or(ipv6.map(|ipv6| ipv6.path.clone()));
            let origin = origin.unwrap_or_else(|| device.path.clone());
            let Some(mut group) = make(name, self.account) else { continue };
            if management && row == main {
                // The installer gives this port group a failover order of its own, which would outlive the bond's.
                group.teaming = Some(Override::Inherit);
            }
            if row != main {
                let message = format!(
                    "another address of {} becomes an adapter with a port group of its own, \"{}\"",
                    device.title(),
                    group.name
                );
                self.report(Diagnostic::note(codes::IMPORT_CHANGED, message).at(&origin));
            }
            self.origins.push((format!("/network/vmkernel/{}", self.vmkernel.len()), origin.clone()));
            let vmk = self.adapter(device, ipv4, ipv6, &group.name, management && row == main);
            self.vmkernel.push(vmk);
            groups.push((group, origin));
        }
        let beside = if management && vlan.is_untagged() {
            MACHINES.to_owned()
        } else {
            format!("{} VMs", device.title())
        };
        if let Some(group) = make(beside, self.account) {
            let message = format!(
                "port group \"{}\" is added beside \"{own}\" for virtual machines, which cannot share an adapter's port group",
                group.name
            );
            self.report(Diagnostic::note(codes::IMPORT_CHANGED, message).at(&device.path));
            groups.push((group, device.path.clone()));
        }
    }

    /// The MTU of the device that a VLAN is on.
    fn below(&self, device: &Device) -> Option<&(String, Mtu)> {
        let DeviceKind::Vlan { link: (_, name), .. } = &device.kind else { return None };
        self.linux.devices[self.find(name)?].mtu.as_ref()
    }

    fn adapter(
        &mut self,
        device: &Device,
        ipv4: Option<&Ipv4>,
        ipv6: Option<&Ipv6>,
        group: &PortGroupName,
        management: bool,
    ) -> VmkSpec {
        let mut vmk = VmkSpec::new(group.clone());
        vmk.ipv4 = Some(match ipv4 {
            None => Ipv4Spec::None,
            Some(Ipv4 { address: None, .. }) => Ipv4Spec::Dhcp,
            Some(Ipv4 { address: Some(address), .. }) => {
                Ipv4Spec::Static { address: *address, gateway: None }
            }
        });
        vmk.ipv6 = ipv6.map(|ipv6| Ipv6Spec {
            addresses: Some(ipv6.addresses.clone()),
            router_advertisements: ipv6.router_advertisements,
            dhcp: Some(ipv6.dhcp),
        });
        let mtus = ipv4.iter().flat_map(|ipv4| &ipv4.mtu).chain(ipv6.iter().flat_map(|ipv6| &ipv6.mtus));
        // Linux gives a VLAN that says nothing the MTU of the device below.
        let mtus: Vec<&(String, Mtu)> =
            mtus.chain(device.mtu.as_ref().or_else(|| self.below(device))).collect();
        vmk.mtu = mtus.iter().map(|(_, mtu)| *mtu).max();
        for (path, mtu) in mtus.iter().filter(|(_, mtu)| Some(*mtu) != vmk.mtu) {
            let largest = vmk.mtu.unwrap_or_default();
            let finding =
                left_out(path, &format!("an adapter has one MTU, and {largest} is asked for beside {mtu}"));
            self.report(Diagnostic { severity: Severity::Note, ..finding });
        }
        if let Some((path, mac)) = &device.mac
            && self.taken.insert(path.clone())
        {
            vmk.mac = *mac;
        }
        if management {
            vmk.tags = Some(vec![MANAGEMENT_TAG.to_owned()]);
        }
        vmk
    }

    /// Default gateways and static routes.
    fn routes(&mut self, network: &mut NetworkSpec) {
        let mut routes: Vec<RouteSpec> = Vec::new();
        let mut by_metric: Vec<&LinuxRoute> = self.linux.routes.iter().collect();
        by_metric.sort_by_key(|route| route.metric);
        for route in by_metric {
            let path = route.path.clone();
            if route.to.addr().is_ipv4() != route.via.is_ipv4() {
                let message = format!("the route to {} has a gateway of the other address family", route.to);
                self.report(Diagnostic::error(codes::ADDRESS_SYNTAX, message).at(path));
                continue;
            }
            if route.to.prefix_len() > 0 {
                match routes.iter().find(|other| other.to == route.to) {
                    None => {
                        self.origins.push((format!("/network/routes/{}", routes.len()), path));
                        routes.push(RouteSpec { to: route.to, via: route.via, netstack: None });
                    }
                    Some(same) if same.via == route.via => {}
                    Some(other) => {
                        let message = format!(
                            "a second route to {} is left out; the one by {} stays",
                            route.to, other.via
                        );
                        self.report(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(path));
                    }
                }
                continue;
            }
            let first: IpAddr = match route.via {
                IpAddr::V4(via) => {
                    let first = *network.gateway.get_or_insert(via);
                    if first == via {
                        self.origins.push(("/network/gateway".into(), path.clone()));
                    }
                    first.into()
                }
                IpAddr::V6(via) => {
                    let first = *network.gateway6.get_or_insert(via);
                    if first == via {
                        self.origins.push(("/network/gateway6".into(), path.clone()));
                    }
                    first.into()
                }
            };
            if first != route.via {
                let message = format!("a second default gateway, {}, is left out: {first} stays", route.via);
                let finding = Diagnostic::warning(codes::GATEWAY_TWICE, message).at(path);
                self.report(finding.help("reach the networks behind it by static routes"));
            }
        }
        network.routes = (!routes.is_empty()).then_some(routes);
    }

    fn dns(&mut self) -> Option<DnsSpec> {
        let mut servers = Vec::new();
        for (path, server) in &self.linux.servers {
            if !servers.contains(server) {
                self.origins.push((format!("/network/dns/servers/{}", servers.len()), path.clone()));
                servers.push(*server);
            }
        }
        let mut search: Vec<String> = Vec::new();
        for (_, domain) in &self.linux.search {
            if !search.contains(domain) {
                search.push(domain.clone());
            }
        }
        let some = |empty: bool| !empty;
        let dns = DnsSpec {
            servers: some(servers.is_empty()).then_some(servers),
            search: some(search.is_empty()).then_some(search),
        };
        (dns != DnsSpec::default()).then_some(dns)
    }
}

fn is_mode(name: &str) -> bool {
    matches!(name, "mode" | "bond-mode" | "bond_mode")
}
