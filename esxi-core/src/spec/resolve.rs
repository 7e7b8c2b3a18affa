//! [`resolve`]: the host file laid over a host.

use super::check::{beacon_unfit, check, guest_vlan, mtu_too_large, not_an_uplink, overlap, subnet_shared};
use super::nic::{NicResolver, references};
use super::object::{ObjectKind, ObjectRef};
use super::{HostSpec, NicRef, Override, PortGroupSpec, SecuritySpec, TeamingSpec, VSwitchSpec};
use crate::diag::{Diagnostic, codes, has_errors};
use crate::state::{
    Fact, FailoverOrder, FailureDetection, HostState, PortGroup, Security, SecurityOverride, Teaming,
    TeamingOverride, VSwitch,
};
use crate::value::{PortGroupName, SwitchName, VlanId, VmnicName};
use std::collections::{BTreeMap, BTreeSet};

/// What [`resolve`] may do beyond what the file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResolveOptions {
    /// Also remove what the file does not name and nothing uses: port groups without virtual machines and
    /// adapters, adapters that do not carry management, vSwitches left without port groups, static routes other
    /// than default routes.
    pub prune: bool,
}

/// A host file laid over a host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolved {
    /// The state the file asks for. Only to be used when [`is_ok`](Self::is_ok); otherwise it may be the current
    /// state in part or whole.
    pub desired: HostState,
    /// Objects that the file does not name and that stay as they are.
    pub left_alone: Vec<ObjectRef>,
    /// Objects that the file does not name and that go, because pruning was asked for.
    pub pruned: Vec<ObjectRef>,
    /// Findings of [`check`] and those that needed the host.
    pub diagnostics: Vec<Diagnostic>,
}

impl Resolved {
    /// True when no finding is an error.
    pub fn is_ok(&self) -> bool {
        !has_errors(&self.diagnostics)
    }
}

/// Lays the file over a host: the desired state is the current one with the named fields replaced.
///
/// Every reference to a network card is resolved before anything else; one that is not found stops here, with the
/// host's cards and the nearest address. Findings that need the host are added to those of [`check`].
///
/// * `uplinks` is the exact set. Cards that stay keep their place in the failover order, new ones become active
///   behind them in the order of the file. A card that is on another vSwitch now moves.
/// * A port group declared under another vSwitch moves, unless virtual machines use it.
/// * A port group's own failover order follows when its cards leave the vSwitch (the installer gives
///   `Management Network` one): see `NET013`.
/// * An adapter is known by its port group; see [`VmkSpec::name`](super::VmkSpec::name).
/// * A value that the host reported and we did not understand stops a file that sets it (`NET011`).
pub fn resolve(spec: &HostSpec, current: &HostState, options: ResolveOptions) -> Resolved {
    let mut diagnostics = check(spec);
    let nics = NicResolver::new(spec, current);
    let missing = references(spec).into_iter().filter(|(_, nic)| nics.find(nic).is_none());
    diagnostics.extend(missing.map(|(path, nic)| nics.missing(nic, &path)));
    if has_errors(&diagnostics) {
        let desired = current.clone();
        return Resolved { desired, left_alone: Vec::new(), pruned: Vec::new(), diagnostics };
    }
    let mut layer = Layer { spec, current, desired: current.clone(), nics, found: diagnostics };
    layer.claim_cards();
    for (path, switch) in spec.vswitches() {
        layer.vswitch(&path, switch);
    }
    for (path, switch, group) in spec.port_groups() {
        layer.port_group(&path, switch, group);
    }
    layer.orders_follow();
    layer.vmkernel();
    let mut sorted = Sorted::default();
    layer.others(options, &mut sorted);
    layer.routes();
    layer.other_routes(options, &mut sorted);
    layer.dns();
    layer.judge();
    let Sorted { mut left_alone, mut pruned } = sorted;
    left_alone.sort();
    pruned.sort();
    let Layer { desired, mut found, .. } = layer;
    super::management::check_on(spec, [current, &desired], &mut found);
    Resolved { desired, left_alone, pruned, diagnostics: found }
}

/// The work in progress.
pub(super) struct Layer<'a> {
    pub(super) spec: &'a HostSpec,
    pub(super) current: &'a HostState,
    pub(super) desired: HostState,
    nics: NicResolver<'a>,
    pub(super) found: Vec<Diagnostic>,
}

/// The finding for a declared value that meets one that was not understood.
pub(super) fn not_understood(what: &str, reported: &str, path: &str) -> Diagnostic {
    let message = format!("the host reported \"{reported}\" for the {what}, which is not understood");
    Diagnostic::error(codes::FACT_NOT_UNDERSTOOD, message)
        .at(path)
        .help("take this value out of the file, or set it by hand once so that it reads as usual")
}

impl Layer<'_> {
    fn cards(&self, list: &[NicRef]) -> Vec<VmnicName> {
        list.iter().filter_map(|nic| self.nics.find(nic).cloned()).collect()
    }

    /// Takes every card that a vSwitch declares away from the others; reports a card declared twice under two
    /// spellings.
    fn claim_cards(&mut self) {
        let mut claimed: BTreeMap<VmnicName, SwitchName> = BTreeMap::new();
        for (path, switch) in self.spec.vswitches() {
            for (at, nic) in switch.uplinks.iter().flatten().enumerate() {
                let Some(card) = self.nics.find(nic).cloned() else { continue };
                if let Some(other) = claimed.insert(card.clone(), switch.name.clone()) {
                    let message = format!("{nic} is {card}, which {other} has already");
                    let finding = Diagnostic::error(codes::NIC_TWICE, message);
                    self.found.push(finding.at(format!("{path}/uplinks/{at}")));
                }
            }
        }
        for (card, owner) in &claimed {
            let Some(holder) = self.desired.vswitch_of_uplink(card).filter(|holder| *holder != owner) else {
                continue;
            };
            let holder = holder.clone();
            if let Some(switch) = self.desired.vswitches.get_mut(&holder) {
                switch.uplinks.remove(card);
                if let Fact::Known(teaming) = &mut switch.teaming {
                    teaming.order.remove(card);
                }
            }
        }
    }

    fn vswitch(&mut self, path: &str, spec: &VSwitchSpec) {
        let uplinks = spec.uplinks.as_ref().map(|list| self.cards(list));
        let named = spec.teaming.as_ref().map(|teaming| self.named_order(teaming));
        let found = &mut self.found;
        let switch = self.desired.vswitches.entry(spec.name.clone()).or_insert_with(|| VSwitch::new(128));
        if let Some(mtu) = spec.mtu {
            switch.mtu = mtu;
        }
        if let Some(cdp) = spec.cdp {
            switch.cdp = Fact::Known(cdp);
        }
        if let Some(shaping) = spec.shaping {
            switch.shaping = Fact::Known(shaping);
        }
        if let Some(uplinks) = uplinks {
            let wanted: BTreeSet<_> = uplinks.iter().cloned().collect();
            match &mut switch.teaming {
                Fact::Known(teaming) => keep_and_append(&mut teaming.order, &switch.uplinks, &uplinks),
                Fact::Unknown(reported) if wanted != switch.uplinks => {
                    found.push(not_understood("NIC teaming", reported, &format!("{path}/uplinks")));
                }
                Fact::Unknown(_) => {}
            }
            switch.uplinks = wanted;
        }
        if let (Some(set), Some(named)) = (&spec.teaming, named) {
            match &mut switch.teaming {
                Fact::Known(teaming) => {
                    set_teaming(teaming, set);
                    lay_order(&mut teaming.order, named);
                }
                Fact::Unknown(reported) => {
                    found.push(not_understood("NIC teaming", reported, &format!("{path}/teaming")));
                }
            }
        }
        if let Some(set) = spec.security {
            match &mut switch.security {
                Fact::Known(security) => set_security(security, set),
                Fact::Unknown(reported) => {
                    found.push(not_understood("security policy", reported, &format!("{path}/security")));
                }
            }
        }
        self.order_is_attached(&format!("{path}/teaming"), spec.teaming.as_ref(), &spec.name);
    }

    fn named_order(&self, teaming: &TeamingSpec) -> (Option<Vec<VmnicName>>, Option<Vec<VmnicName>>) {
        let cards = |list: &Option<Vec<NicRef>>| list.as_ref().map(|list| self.cards(list));
        (cards(&teaming.active), cards(&teaming.standby))
    }

    /// Reports cards of a declared order that the vSwitch does not have.
    fn order_is_attached(&mut self, path: &str, teaming: Option<&TeamingSpec>, switch: &SwitchName) {
        let Some(teaming) = teaming else { return };
        let Some(uplinks) = self.desired.vswitches.get(switch).map(|switch| switch.uplinks.clone()) else {
            return;
        };
        let lists = [("active", &teaming.active), ("standby", &teaming.standby)];
        for (list, nics) in lists {
            for (at, nic) in nics.iter().flatten().enumerate() {
                if self.nics.find(nic).is_some_and(|card| !uplinks.contains(card)) {
                    self.found.push(not_an_uplink(nic).at(format!("{path}/{list}/{at}")));
                }
            }
        }
    }

    fn port_group(&mut self, path: &str, switch: &VSwitchSpec, spec: &PortGroupSpec) {
        let named = spec.teaming.as_ref().and_then(Override::set).map(|teaming| self.named_order(teaming));
        let inherited = self
            .desired
            .vswitches
            .get(&switch.name)
            .and_then(|switch| Some(switch.teaming.known()?.order.clone()))
            .unwrap_or_default();
        let found = &mut self.found;
        let group = self
            .desired
            .port_groups
            .entry(spec.name.clone())
            .or_insert_with(|| PortGroup::new(switch.name.clone()));
        if group.vswitch != switch.name && group.vm_ports > 0 {
            let message = format!(
                "port group \"{}\" is on {} with {} port(s) in use by virtual machines and cannot move to {}",
                spec.name, group.vswitch, group.vm_ports, switch.name
            );
            found.push(
                Diagnostic::error(codes::PORT_GROUP_IN_USE, message)
                    .at(path)
                    .help("declare a port group of another name there and move the virtual machines first"),
            );
        }
        group.vswitch = switch.name.clone();
        if let Some(vlan) = spec.vlan {
            group.vlan = vlan;
        }
        let inherit_rest = spec.inherit_rest == Some(true);
        match (&spec.teaming, &mut group.teaming) {
            (None, _) => {}
            (Some(Override::Inherit), teaming) => *teaming = Fact::default(),
            (Some(Override::Set(set)), Fact::Known(teaming)) => {
                if inherit_rest {
                    *teaming = TeamingOverride::default();
                }
                set_teaming_override(teaming, set);
                if let Some(named @ ((Some(_), _) | (_, Some(_)))) = named {
                    let mut order = teaming.order.take().unwrap_or(inherited);
                    lay_order(&mut order, named);
                    teaming.order = Some(order);
                }
            }
            (Some(Override::Set(_)), Fact::Unknown(reported)) => {
                found.push(not_understood("NIC teaming", reported, &format!("{path}/teaming")));
            }
        }
        match (spec.security, &mut group.security) {
            (None, _) => {}
            (Some(Override::Inherit), security) => *security = Fact::default(),
            (Some(Override::Set(set)), Fact::Known(security)) => {
                if inherit_rest {
                    *security = SecurityOverride::default();
                }
                set_security_override(security, set);
            }
            (Some(Override::Set(_)), Fact::Unknown(reported)) => {
                found.push(not_understood("security policy", reported, &format!("{path}/security")));
            }
        }
        if let Some(shaping) = spec.shaping {
            group.shaping = Fact::Known(shaping.set().copied());
        }
        let set = spec.teaming.as_ref().and_then(Override::set);
        self.order_is_attached(&format!("{path}/teaming"), set, &switch.name);
    }

    /// Orders of port groups lose the cards that left their vSwitch; an order that becomes empty is inherited.
    fn orders_follow(&mut self) {
        let paths: BTreeMap<_, _> =
            self.spec.port_groups().map(|(path, _, group)| (group.name.clone(), path)).collect();
        let unresolved = has_errors(&self.found);
        for (name, group) in &mut self.desired.port_groups {
            let Some(switch) = self.desired.vswitches.get(&group.vswitch) else { continue };
            let path = paths.get(name).cloned().unwrap_or_else(|| switch_path(self.spec, &group.vswitch));
            let before = self.current.vswitches.get(&group.vswitch).map(|switch| &switch.uplinks);
            match &mut group.teaming {
                Fact::Known(TeamingOverride { order: own @ Some(_), .. }) => {
                    let Some(order) = own else { continue };
                    let gone: Vec<_> =
                        order.members().filter(|card| !switch.uplinks.contains(*card)).cloned().collect();
                    if gone.is_empty() || unresolved {
                        continue;
                    }
                    gone.iter().for_each(|card| order.remove(card));
                    let gone = gone.iter().map(|card| card.as_str()).collect::<Vec<_>>().join(", ");
                    let then = if order.active.is_empty() && order.standby.is_empty() {
                        *own = None;
                        "inherits the order of its vSwitch".to_owned()
                    } else {
                        if order.active.is_empty() {
                            order.active = std::mem::take(&mut order.standby);
                        }
                        let left: Vec<_> = order.members().map(|card| card.as_str()).collect();
                        format!("keeps {}", left.join(", "))
                    };
                    let message = format!(
                        "port group \"{name}\" has a failover order of its own with {gone}, not attached to {} \
                         any more: it {then}",
                        group.vswitch
                    );
                    self.found.push(Diagnostic::note(codes::ORDER_FOLLOWS, message).at(path));
                }
                Fact::Unknown(reported)
                    if before.is_some_and(|before| !before.is_subset(&switch.uplinks)) =>
                {
                    let what = format!("NIC teaming of port group \"{name}\"");
                    self.found.push(not_understood(&what, reported, &path));
                }
                _ => {}
            }
        }
    }

    /// Judges the whole desired state where the file touches it: findings that no file shows by itself.
    fn judge(&mut self) {
        let mut more = Vec::new();
        let host = &self.desired;
        for (path, spec) in self.spec.vmkernel() {
            let name =
                spec.name.as_deref().or_else(|| host.vmk_on(&spec.port_group).map(|name| name.as_str()));
            let Some(vmk) = name.and_then(|name| host.vmkernel.get(name)) else { continue };
            let Some(group) = host.port_groups.get(&vmk.port_group) else { continue };
            let Some(switch) = host.vswitches.get(&group.vswitch) else { continue };
            if vmk.mtu > switch.mtu {
                more.push(
                    mtu_too_large(vmk.mtu.get(), switch.mtu.get(), &group.vswitch).at(format!("{path}/mtu")),
                );
            }
            if group.vlan == VlanId::GUEST {
                more.push(guest_vlan(&vmk.port_group).at(format!("{path}/port_group")));
            }
            let others = host
                .vmkernel
                .values()
                .filter(|other| other.port_group != vmk.port_group && other.netstack == vmk.netstack);
            for other in others {
                let shared =
                    vmk.addresses().find(|net| other.addresses().any(|theirs| overlap(&theirs, net)));
                more.extend(
                    shared.map(|net| subnet_shared(&vmk.port_group, &other.port_group, net).at(path.clone())),
                );
            }
        }
        for (path, spec) in self.spec.vswitches() {
            let Some(switch) = host.vswitches.get(&spec.name) else { continue };
            let small = host.vmkernel.values().find(|vmk| {
                vmk.mtu > switch.mtu
                    && host.port_groups.get(&vmk.port_group).is_some_and(|group| group.vswitch == spec.name)
                    && !self.spec.vmkernel().any(|(_, declared)| declared.port_group == vmk.port_group)
            });
            if let Some(vmk) = small {
                let finding = mtu_too_large(vmk.mtu.get(), switch.mtu.get(), &spec.name);
                more.push(finding.at(format!("{path}/mtu")));
            }
            if let Some(teaming) = switch.teaming.known()
                && teaming.failure_detection == FailureDetection::Beacon
                && (spec.uplinks.is_some() || spec.teaming.is_some())
            {
                let guests = host.port_groups_of(&spec.name).any(|(_, group)| {
                    let own = group.teaming.known().and_then(|own| own.failure_detection);
                    group.vlan == VlanId::GUEST && own.is_none()
                });
                let count = Some(switch.uplinks.len());
                let finding = beacon_unfit(count, Some(teaming.load_balancing), guests);
                more.extend(finding.map(|finding| finding.at(format!("{path}/teaming/failure_detection"))));
            }
        }
        // One finding a place and code is enough, also where two adapters share a subnet with each other.
        for finding in more {
            let known = |other: &Diagnostic| other.code == finding.code && other.path == finding.path;
            let mirrored =
                |other: &Diagnostic| other.code == finding.code && finding.code == codes::SUBNET_SHARED;
            if !self.found.iter().any(|other| known(other) || mirrored(other)) {
                self.found.push(finding);
            }
        }
    }

    /// Objects that the file does not name: left alone, or pruned.
    fn others(&mut self, options: ResolveOptions, sorted: &mut Sorted) {
        let adapters: BTreeSet<&PortGroupName> =
            self.spec.vmkernel().map(|(_, vmk)| &vmk.port_group).collect();
        let mut groups: BTreeSet<&PortGroupName> =
            self.spec.port_groups().map(|(_, _, group)| &group.name).collect();
        groups.extend(&adapters);
        let switches: BTreeSet<&SwitchName> = self.spec.vswitches().map(|(_, switch)| &switch.name).collect();
        let host = &mut self.desired;
        let management: BTreeSet<_> =
            self.current.management_vmks().into_iter().chain(host.management_vmks()).cloned().collect();
        host.vmkernel.retain(|name, vmk| {
            let goes = options.prune && !management.contains(name);
            adapters.contains(&vmk.port_group) || sorted.keep(ObjectKind::VmkernelAdapter, name, goes)
        });
        let serving: BTreeSet<PortGroupName> =
            host.vmkernel.values().map(|vmk| vmk.port_group.clone()).collect();
        host.port_groups.retain(|name, group| {
            let goes = options.prune && group.vm_ports == 0 && !serving.contains(name);
            groups.contains(name) || sorted.keep(ObjectKind::PortGroup, name, goes)
        });
        let carrying: BTreeSet<SwitchName> =
            host.port_groups.values().map(|group| group.vswitch.clone()).collect();
        host.vswitches.retain(|name, _| {
            let goes = options.prune && !carrying.contains(name);
            switches.contains(name) || sorted.keep(ObjectKind::VSwitch, name, goes)
        });
    }

    /// The same for routes. Default routes are never pruned.
    fn other_routes(&mut self, options: ResolveOptions, sorted: &mut Sorted) {
        let declared = super::resolve_vmk::declared_routes(self.spec);
        self.desired.routes.retain(|route| {
            let goes = options.prune && !route.is_default();
            declared.contains(route) || sorted.put(ObjectRef::route(route), goes)
        });
    }
}

/// Objects that the file does not name.
#[derive(Default)]
struct Sorted {
    left_alone: Vec<ObjectRef>,
    pruned: Vec<ObjectRef>,
}

impl Sorted {
    /// Files the object; true when it stays.
    fn put(&mut self, object: ObjectRef, goes: bool) -> bool {
        if goes {
            self.pruned.push(object)
        } else {
            self.left_alone.push(object)
        }
        !goes
    }
    fn keep(&mut self, kind: ObjectKind, name: &str, goes: bool) -> bool {
        self.put(ObjectRef::new(kind, name), goes)
    }
}

fn switch_path(spec: &HostSpec, name: &SwitchName) -> String {
    spec.vswitches()
        .find(|(_, switch)| switch.name == *name)
        .map_or_else(|| "/network".into(), |(path, _)| path)
}

/// Cards that stay keep their place; cards that go leave; new ones become active, in the order given.
fn keep_and_append(order: &mut FailoverOrder, attached: &BTreeSet<VmnicName>, wanted: &[VmnicName]) {
    let gone: Vec<_> = order.members().filter(|card| !wanted.contains(card)).cloned().collect();
    gone.iter().for_each(|card| order.remove(card));
    for card in wanted {
        if !attached.contains(card) && !order.members().any(|member| member == card) {
            order.active.push(card.clone());
        }
    }
}

/// Lays declared lists over an order: each replaces its list and takes its cards out of the other one.
fn lay_order(order: &mut FailoverOrder, (active, standby): (Option<Vec<VmnicName>>, Option<Vec<VmnicName>>)) {
    for card in active.iter().chain(&standby).flatten() {
        order.remove(card);
    }
    if let Some(active) = active {
        order.active = active;
    }
    if let Some(standby) = standby {
        order.standby = standby;
    }
}

fn set_teaming(teaming: &mut Teaming, set: &TeamingSpec) {
    teaming.load_balancing = set.load_balancing.unwrap_or(teaming.load_balancing);
    teaming.failure_detection = set.failure_detection.unwrap_or(teaming.failure_detection);
    teaming.notify_switches = set.notify_switches.unwrap_or(teaming.notify_switches);
    teaming.failback = set.failback.unwrap_or(teaming.failback);
}

fn set_teaming_override(teaming: &mut TeamingOverride, set: &TeamingSpec) {
    teaming.load_balancing = set.load_balancing.or(teaming.load_balancing);
    teaming.failure_detection = set.failure_detection.or(teaming.failure_detection);
    teaming.notify_switches = set.notify_switches.or(teaming.notify_switches);
    teaming.failback = set.failback.or(teaming.failback);
}

fn set_security(security: &mut Security, set: SecuritySpec) {
    security.promiscuous = set.promiscuous.unwrap_or(security.promiscuous);
    security.mac_changes = set.mac_changes.unwrap_or(security.mac_changes);
    security.forged_transmits = set.forged_transmits.unwrap_or(security.forged_transmits);
}

fn set_security_override(security: &mut SecurityOverride, set: SecuritySpec) {
    security.promiscuous = set.promiscuous.or(security.promiscuous);
    security.mac_changes = set.mac_changes.or(security.mac_changes);
    security.forged_transmits = set.forged_transmits.or(security.forged_transmits);
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
