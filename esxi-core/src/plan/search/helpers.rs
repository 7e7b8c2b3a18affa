//! Helpers: what a plan may use beyond the difference, and gives back before it ends.
//!
//! A closed list: a card that is lent, a temporary port group, a temporary vmkernel adapter on the spare address. Each
//! counts once, however many commands it takes; the commands that give it back are the difference's own, because no
//! helper is part of the goal.

use super::scope::Scope;
use crate::command::{Command, FailoverSet};
use crate::plan::{PlanOptions, Spare};
use crate::reach::Fabric;
use crate::state::{FailoverOrder, HostState, Ipv4Config, MANAGEMENT_TAG, Route};
use crate::value::{NetstackName, PortGroupName, SwitchName, VlanId, VmkName, VmnicName};
use ipnet::IpNet;

/// At most so many helpers in one plan.
pub(super) const MOST: usize = 2;

/// The helpers that a path has used so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Used {
    cards: Vec<VmnicName>,
    port_group: bool,
    adapter: bool,
}

impl Used {
    pub(super) fn count(&self) -> usize {
        self.cards.len() + usize::from(self.port_group) + usize::from(self.adapter)
    }
    fn lend(&self, card: &VmnicName) -> Used {
        let mut used = self.clone();
        used.cards.push(card.clone());
        // The order in which cards were lent does not matter.
        used.cards.sort();
        used
    }
}

/// What helpers there can be between two states.
pub(super) struct Helpers<'a> {
    start: &'a HostState,
    goal: &'a HostState,
    fabric: &'a Fabric,
    spare: Option<&'a Spare>,
    vmk: VmkName,
    group: PortGroupName,
}

/// Commands that are carried out one after the other, and the helpers used with them.
pub(super) type Aid = (Vec<Command>, Used);

impl<'a> Helpers<'a> {
    pub(super) fn new(
        start: &'a HostState,
        goal: &'a HostState,
        fabric: &'a Fabric,
        options: &'a PlanOptions,
    ) -> Option<Helpers<'a>> {
        let ends = [start, goal];
        let vmk = (0..)
            .filter_map(|number: u32| format!("vmk{number}").parse::<VmkName>().ok())
            .find(|name| ends.iter().all(|host| !host.vmkernel.contains_key(name)))?;
        let group = (0..)
            .filter_map(|number: u32| {
                let suffix = if number == 0 { String::new() } else { format!(" {}", number + 1) };
                format!("Spare Management{suffix}").parse::<PortGroupName>().ok()
            })
            .find(|name| ends.iter().all(|host| !host.port_groups.contains_key(name)))?;
        let client = fabric.client()?;
        // Without a router of its own the temporary adapter answers only its neighbours.
        let answers = |spare: &&Spare| {
            let family = spare.address.addr().is_ipv4() == client.is_ipv4();
            family && (spare.address.contains(&client) || spare.gateway.is_some())
        };
        let spare = options.spare.as_ref().filter(answers);
        let helpers = Helpers { start, goal, fabric, spare, vmk, group };
        let card_to_lend = start.nics.values().filter(|nic| nic.link_up).count() > 0;
        (helpers.spare.is_some() || card_to_lend).then_some(helpers)
    }

    /// The scope of the search when helpers may be used.
    pub(super) fn scope(&self) -> Scope {
        let free = self.start.port_groups.iter().filter(|(name, _)| self.is_free(name));
        let free: Vec<_> = match self.spare {
            Some(_) => free.map(|(name, _)| name.clone()).collect(),
            None => Vec::new(),
        };
        let scope = Scope::of([self.start, self.goal], self.fabric, true, free);
        scope.with_temporary(self.vmk.clone(), self.group.clone())
    }

    /// Whether a port group is there from start to end, with the spare address' VLAN, and nobody uses it.
    fn is_free(&self, name: &PortGroupName) -> bool {
        let vlan = self.spare.map(|spare| spare.vlan);
        [self.start, self.goal].into_iter().all(|host| {
            let group = host.port_groups.get(name);
            group.is_some_and(|group| group.vm_ports == 0 && Some(group.vlan) == vlan)
                && host.vmk_on(name).is_none()
        })
    }

    /// Every step of a helper that this state allows.
    pub(super) fn steps(&self, now: &HostState, scope: &Scope, used: &Used) -> Vec<Aid> {
        let mut list = Vec::new();
        self.lend(now, scope, used, &mut list);
        self.attach(now, scope, used, &mut list);
        self.take_into_order(now, scope, used, &mut list);
        if let Some(spare) = self.spare {
            self.make_adapter(now, spare, used, &mut list);
            self.set_adapter(now, spare, used, &mut list);
        }
        list
    }

    fn wants(&self, vswitch: &SwitchName, card: &VmnicName) -> bool {
        self.goal.vswitches.get(vswitch).is_some_and(|switch| switch.uplinks.contains(card))
    }

    /// Takes a card from a vSwitch where it stays redundant.
    fn lend(&self, now: &HostState, scope: &Scope, used: &Used, list: &mut Vec<Aid>) {
        if used.count() >= MOST {
            return;
        }
        let mut seen = Vec::new();
        for (name, switch) in &now.vswitches {
            for card in switch.uplinks.iter().filter(|card| self.wants(name, card)) {
                if used.cards.contains(card) || !self.is_redundant(now, name, card) {
                    continue;
                }
                // Of cards that are alike in everything that counts, the first will do, but where management itself
                // may use them.
                if !scope.switches.contains(name) {
                    let up = now.nics.get(card).is_some_and(|nic| nic.link_up);
                    let alike = (name, self.fabric.ports.get(card), self.fabric.macs.get(card));
                    if !up || seen.contains(&alike) {
                        continue;
                    }
                    seen.push(alike);
                }
                let take = Command::UplinkRemove { vswitch: name.clone(), uplink: card.clone() };
                list.push((vec![take], used.lend(card)));
            }
        }
    }

    /// Whether everything on the vSwitch that is in use, from start to end, keeps a live card without this one.
    fn is_redundant(&self, now: &HostState, vswitch: &SwitchName, card: &VmnicName) -> bool {
        [self.start, self.goal, now].into_iter().all(|host| {
            let Some(switch) = host.vswitches.get(vswitch) else { return true };
            let live = |other: &VmnicName| {
                other != card
                    && switch.uplinks.contains(other)
                    && host.nics.get(other).is_some_and(|nic| nic.link_up)
            };
            let in_use = host.port_groups_of(vswitch).filter(|(name, group)| {
                let adapter = host.vmk_on(name).and_then(|vmk| host.vmkernel.get(vmk));
                group.vm_ports > 0 || adapter.is_some_and(|adapter| adapter.addresses().next().is_some())
            });
            let keeps = |name: &PortGroupName| {
                let lit_before = crate::plan::impact::has_uplink(host, name);
                let teaming = host.effective_teaming(name);
                !lit_before || teaming.is_some_and(|teaming| teaming.order.members().any(live))
            };
            switch.uplinks.iter().any(live) && in_use.into_iter().all(|(name, _)| keeps(name))
        })
    }

    /// Attaches a card that is free, or was lent, to a vSwitch that may carry management.
    fn attach(&self, now: &HostState, scope: &Scope, used: &Used, list: &mut Vec<Aid>) {
        let free = now.nics.iter().filter(|(card, _)| now.vswitch_of_uplink(card).is_none());
        let mut seen = Vec::new();
        for (card, nic) in free {
            let lent = used.cards.contains(card);
            if !lent {
                // Of cards that are alike and that nobody wants, the first will do.
                let wanted = self.goal.vswitch_of_uplink(card);
                let alike = (self.fabric.ports.get(card), self.fabric.macs.get(card), wanted);
                if used.count() >= MOST || !nic.link_up || wanted.is_none() && seen.contains(&alike) {
                    continue;
                }
                seen.push(alike);
            }
            let targets = now.vswitches.keys().filter(|name| {
                let carries = scope.switches.contains(*name) || self.spare.is_some();
                carries && !self.wants(name, card)
            });
            for name in targets {
                let used = if lent { used.clone() } else { used.lend(card) };
                list.push((vec![Command::UplinkAdd { vswitch: name.clone(), uplink: card.clone() }], used));
            }
        }
    }

    /// Takes an attached card that was lent into the failover order in force: behind the others, or alone.
    fn take_into_order(&self, now: &HostState, scope: &Scope, used: &Used, list: &mut Vec<Aid>) {
        for (vswitch, switch) in &now.vswitches {
            for card in used.cards.iter().filter(|card| switch.uplinks.contains(*card)) {
                if self.wants(vswitch, card) {
                    continue;
                }
                if let Some(teaming) = switch.teaming.known() {
                    for set in orders_with(&teaming.order, card) {
                        let command = Command::VswitchFailover { vswitch: vswitch.clone(), set };
                        list.push((vec![command], used.clone()));
                    }
                }
                for (name, group) in now.port_groups_of(vswitch) {
                    let own = group.teaming.known().and_then(|teaming| teaming.order.as_ref());
                    if let Some(order) = own.filter(|_| scope.groups.contains(name)) {
                        for set in orders_with(order, card) {
                            let port_group = name.clone();
                            let command = Command::PortGroupFailover { port_group, reset: false, set };
                            list.push((vec![command], used.clone()));
                        }
                    }
                }
            }
        }
    }

    /// Makes the temporary adapter, on a port group of its own or on one that nobody uses. None of these commands
    /// changes an answer, so nothing is gained by putting others between them.
    fn make_adapter(&self, now: &HostState, spare: &Spare, used: &Used, list: &mut Vec<Aid>) {
        if used.adapter || used.count() >= MOST {
            return;
        }
        let add = |port_group: &PortGroupName| Command::VmkAdd {
            vmk: self.vmk.clone(),
            port_group: port_group.clone(),
            mac: None,
            mtu: None,
            netstack: None,
        };
        for name in now.port_groups.keys().filter(|name| self.is_free(name) && now.vmk_on(name).is_none()) {
            list.push((vec![add(name)], Used { adapter: true, ..used.clone() }));
        }
        if used.count() + 2 > MOST {
            return;
        }
        for vswitch in now.vswitches.keys() {
            let (vswitch, port_group) = (vswitch.clone(), self.group.clone());
            let mut commands = vec![Command::PortGroupAdd { vswitch, port_group: port_group.clone() }];
            if spare.vlan != VlanId::UNTAGGED {
                commands.push(Command::PortGroupVlan { port_group, vlan: spare.vlan });
            }
            commands.push(add(&self.group));
            list.push((commands, Used { adapter: true, port_group: true, ..used.clone() }));
        }
    }

    /// Gives the temporary adapter its address, its tag and its route, in any order.
    fn set_adapter(&self, now: &HostState, spare: &Spare, used: &Used, list: &mut Vec<Aid>) {
        let Some(adapter) = now.vmkernel.get(&self.vmk) else { return };
        let vmk = self.vmk.clone();
        let mut offer = |command| list.push((vec![command], used.clone()));
        let addressed = adapter.addresses().any(|net| net == spare.address);
        if !addressed {
            offer(match spare.address {
                IpNet::V4(address) => {
                    Command::VmkIpv4 { vmk: vmk.clone(), ipv4: Ipv4Config::Static { address, gateway: None } }
                }
                IpNet::V6(address) => Command::VmkIpv6Add { vmk: vmk.clone(), address },
            });
        }
        if !adapter.tags.contains(MANAGEMENT_TAG) {
            offer(Command::VmkTagAdd { vmk, tag: MANAGEMENT_TAG.to_owned() });
        }
        if let Some(route) = self.route(spare).filter(|route| addressed && !now.routes.contains(route)) {
            offer(Command::RouteAdd { route });
        }
    }

    /// The way to the client by the spare address' router, where the client is not beside it.
    fn route(&self, spare: &Spare) -> Option<Route> {
        let client = self.fabric.client().filter(|client| !spare.address.contains(client))?;
        Some(Route {
            netstack: NetstackName::default(),
            network: IpNet::from(client),
            gateway: spare.gateway?,
        })
    }
}

/// Failover orders with a card that is not in one yet.
fn orders_with(order: &FailoverOrder, card: &VmnicName) -> Vec<FailoverSet> {
    if order.members().any(|member| member == card) {
        return Vec::new();
    }
    let mut behind = order.clone();
    behind.active.push(card.clone());
    let alone = FailoverOrder { active: vec![card.clone()], standby: Vec::new() };
    let mut orders = vec![behind];
    orders.extend((!orders.contains(&alone)).then_some(alone));
    orders.into_iter().map(|order| FailoverSet { order: Some(order), ..FailoverSet::default() }).collect()
}
