//! Which part of a change can carry management, so that its order matters.

use crate::command::Command;
use crate::reach::Fabric;
use crate::state::{Fact, HostState, Ipv4Config, MANAGEMENT_TAG};
use crate::value::{PortGroupName, SwitchName, VmkName, VmnicName};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The objects that the answer of management may depend on in any state between two, and those that have to go or
/// come before one of these can be changed.
///
/// A command that touches none of them changes no answer and stands in the way of none that does, so its place in the
/// order is free: see [`Scope::is_neutral`]. What the answer depends on is what `reach` reads: the adapters that carry
/// management and those that may send the reply, their port groups, the vSwitches of these and the cards of those.
pub(super) struct Scope {
    vmks: BTreeSet<VmkName>,
    pub(super) groups: BTreeSet<PortGroupName>,
    pub(super) switches: BTreeSet<SwitchName>,
    cards: BTreeSet<VmnicName>,
    client: Option<IpAddr>,
    helpers: bool,
}

impl Scope {
    /// The scope of a change. With `helpers` every card counts, because it may be lent, and `extra` port groups, because
    /// a temporary adapter may be put on them.
    pub(super) fn of(
        ends: [&HostState; 2],
        fabric: &Fabric,
        helpers: bool,
        extra: impl IntoIterator<Item = PortGroupName>,
    ) -> Scope {
        let mut scope = Scope {
            vmks: BTreeSet::new(),
            groups: extra.into_iter().collect(),
            switches: BTreeSet::new(),
            cards: BTreeSet::new(),
            client: fabric.client(),
            helpers,
        };
        let session = fabric.session.as_ref().map(|session| session.server);
        for host in ends {
            scope.vmks.extend(host.management_vmks().into_iter().cloned());
            if helpers {
                scope.cards.extend(host.nics.keys().cloned());
            }
        }
        let hops: Vec<IpAddr> = ends
            .iter()
            .flat_map(|host| &host.routes)
            .filter(|route| scope.client.is_some_and(|client| route.network.contains(&client)))
            .map(|route| route.gateway)
            .collect();
        for (name, adapter) in ends.iter().flat_map(|host| &host.vmkernel) {
            let dhcp = matches!(adapter.ipv4, Fact::Known(Ipv4Config::Dhcp { .. }));
            let answers = |net: IpNet| {
                scope.client.is_some_and(|client| net.contains(&client))
                    || session == Some(net.addr())
                    || hops.iter().any(|hop| net.contains(hop))
            };
            if dhcp || adapter.addresses().any(answers) {
                scope.vmks.insert(name.clone());
            }
        }
        while scope.grow(ends) {}
        scope
    }

    /// Adds what the members depend on; true when anything was added.
    fn grow(&mut self, ends: [&HostState; 2]) -> bool {
        let size =
            |scope: &Scope| scope.vmks.len() + scope.groups.len() + scope.switches.len() + scope.cards.len();
        let before = size(self);
        for host in ends {
            for (name, adapter) in &host.vmkernel {
                if self.vmks.contains(name) {
                    self.groups.insert(adapter.port_group.clone());
                } else if self.groups.contains(&adapter.port_group) {
                    self.vmks.insert(name.clone());
                }
            }
            for (name, group) in &host.port_groups {
                if self.groups.contains(name) {
                    self.switches.insert(group.vswitch.clone());
                }
            }
            for (name, switch) in &host.vswitches {
                if self.switches.contains(name) {
                    self.cards.extend(switch.uplinks.iter().cloned());
                }
            }
        }
        // A vSwitch that goes holds its cards until its port groups are gone.
        let [now, goal] = ends;
        for (name, switch) in now.vswitches.iter().filter(|(name, _)| !goal.vswitches.contains_key(*name)) {
            if switch.uplinks.iter().any(|card| self.cards.contains(card)) {
                self.switches.insert(name.clone());
                self.groups.extend(now.port_groups_of(name).map(|(group, _)| group.clone()));
            }
        }
        size(self) > before
    }

    /// Whether a command, carried out in this state, changes no answer now or later and takes no choice away.
    pub(super) fn is_neutral(&self, host: &HostState, command: &Command) -> bool {
        match command {
            Command::VswitchAdd { .. }
            | Command::PortGroupAdd { .. }
            | Command::VswitchSecurity { .. }
            | Command::VswitchShaping { .. }
            | Command::PortGroupSecurity { .. }
            | Command::PortGroupShaping { .. }
            | Command::VmkSet { enabled: None, .. }
            | Command::VswitchSet { mtu: None, .. }
            | Command::DnsServerAdd { .. }
            | Command::DnsServerRemove { .. }
            | Command::DnsSearchAdd { .. }
            | Command::DnsSearchRemove { .. } => true,
            Command::VswitchRemove { vswitch } | Command::VswitchSet { vswitch, .. } => {
                !self.switches.contains(vswitch)
            }
            Command::UplinkAdd { vswitch, uplink } | Command::UplinkRemove { vswitch, uplink } => {
                !self.switches.contains(vswitch) && !self.cards.contains(uplink)
            }
            // An order decides which cards may be lent.
            Command::VswitchFailover { vswitch, set } => {
                !(self.switches.contains(vswitch) || self.helpers && set.order.is_some())
            }
            Command::PortGroupFailover { port_group, reset, set } => {
                let lends = self.helpers && (*reset || set.order.is_some());
                !self.groups.contains(port_group) && !lends
            }
            Command::PortGroupRemove { port_group, .. } | Command::PortGroupVlan { port_group, .. } => {
                !self.groups.contains(port_group)
            }
            Command::VmkAdd { vmk, .. }
            | Command::VmkRemove { vmk }
            | Command::VmkSet { vmk, .. }
            | Command::VmkIpv4 { vmk, .. }
            | Command::VmkIpv6 { vmk, .. }
            | Command::VmkIpv6Add { vmk, .. }
            | Command::VmkIpv6Remove { vmk, .. } => !self.vmks.contains(vmk),
            Command::VmkTagAdd { tag, .. } | Command::VmkTagRemove { tag, .. } => tag != MANAGEMENT_TAG,
            Command::RouteAdd { route } => !self.is_on_the_way(&route.network),
            Command::RouteRemove { route } => {
                // A route has to go before the address that makes its gateway reachable.
                let through = |name: &VmkName| {
                    let adapter = host.vmkernel.get(name);
                    adapter.is_some_and(|one| one.addresses().any(|net| net.contains(&route.gateway)))
                };
                !self.is_on_the_way(&route.network) && !self.vmks.iter().any(through)
            }
        }
    }

    /// Whether a neutral command may have to come before one that is not.
    pub(super) fn enables(&self, host: &HostState, command: &Command) -> bool {
        match command {
            Command::VswitchAdd { vswitch, .. } => self.switches.contains(vswitch),
            Command::PortGroupAdd { port_group, .. } => self.groups.contains(port_group),
            // The MTU of a vSwitch waits for its adapters.
            Command::VmkSet { vmk, .. } => {
                let group =
                    host.vmkernel.get(vmk).and_then(|adapter| host.port_groups.get(&adapter.port_group));
                group.is_some_and(|group| self.switches.contains(&group.vswitch))
            }
            _ => false,
        }
    }

    fn is_on_the_way(&self, network: &IpNet) -> bool {
        self.client.is_none_or(|client| network.contains(&client))
    }

    /// Adds the objects of a temporary adapter.
    pub(super) fn with_temporary(mut self, vmk: VmkName, group: PortGroupName) -> Scope {
        self.vmks.insert(vmk);
        self.groups.insert(group);
        self
    }
}
