//! A planner by brute force, to judge the real one by.
//!
//! It shares no code with the planner: a state's successors are every command that brings something to its wanted
//! value and every helper, in any order, each executed on the model. It knows nothing of what carries management, tries
//! everything and remembers only what it has seen. Feasible for a few steps.

mod sets;

use esxi_core::command::{Command, FailoverSet, alternatives, apply};
use esxi_core::plan::Spare;
use esxi_core::reach::{Answer, Fabric, management};
use esxi_core::state::{Fact, HostState, Ipv4Config, Route, TeamingOverride, VmkAdapter};
use esxi_core::value::{Mtu, NetstackName, PortGroupName, SwitchName, VmkName, VmnicName};
use ipnet::IpNet;
use sets::{alone, behind, override_set, security_set, teaming_set, whole};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Steps of a path after which management is not known to answer: the most in a row, all of them, and those after which
/// it is known not to.
pub type Darkness = (usize, usize, usize);

/// What brute force found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// No path within the limits is better.
    NothingBetter,
    /// This one is.
    Better(Darkness, Vec<String>),
    /// There are more states than it may look at.
    TooMany,
}

/// A change to judge.
pub struct Oracle<'a> {
    /// Where the host is.
    pub start: &'a HostState,
    /// Where it shall be.
    pub goal: &'a HostState,
    /// What is known around it.
    pub fabric: &'a Fabric,
    /// The spare address.
    pub spare: Option<&'a Spare>,
    /// How many helpers a path may use.
    pub helpers: usize,
    /// How many steps a path may have; making a temporary adapter counts as one.
    pub steps: usize,
    /// How many places it may look at.
    pub most: usize,
}

/// Where a path is, and what it cost.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    state: usize,
    cards: BTreeSet<VmnicName>,
    temporary: usize,
    run: usize,
    cost: Darkness,
}

const SPARE_VMK: &str = "vmk77";
const SPARE_GROUP: &str = "Oracle";

impl Oracle<'_> {
    /// The answer after each command, in the worst reading.
    pub fn answer_after(&self, before: &HostState, after: &HostState, command: &Command) -> Answer {
        let mut answer = management(after, self.fabric).answer;
        if answer != Answer::No {
            for other in alternatives(after, command) {
                if management(&other, self.fabric).answer < answer {
                    answer = Answer::Unknown;
                }
            }
        }
        if let Command::VswitchSet { vswitch, mtu: Some(_), .. } = command {
            let carried = before.vmkernel.iter().filter(|(name, _)| before.management_vmks().contains(name));
            let here = |adapter: &VmkAdapter| before.port_groups[&adapter.port_group].vswitch == *vswitch;
            if carried.into_iter().any(|(_, adapter)| here(adapter)) {
                answer = answer.min(Answer::Unknown);
            }
        }
        answer
    }

    /// What a sequence of commands costs; `None` when one is refused.
    pub fn cost<'c>(&self, commands: impl Iterator<Item = &'c Command>) -> Option<Darkness> {
        let mut host = self.start.clone();
        let (mut run, mut cost) = (0, (0, 0, 0));
        for command in commands {
            let mut after = host.clone();
            apply(&mut after, command).ok()?;
            (run, cost) = add(run, cost, self.answer_after(&host, &after, command));
            host = after;
        }
        Some(cost)
    }

    /// Whether a state is the goal, but for what nobody can ask for.
    pub fn arrived(&self, host: &HostState) -> bool {
        let plain = |host: &HostState| {
            let mut host = host.clone();
            for vmk in host.vmkernel.values_mut() {
                if let Fact::Known(Ipv4Config::Dhcp { lease }) = &mut vmk.ipv4 {
                    *lease = None;
                }
            }
            host
        };
        plain(host).same_configuration(&plain(self.goal))
    }

    /// Looks for a path to the goal that costs less than `cost`.
    pub fn better_than(&self, cost: Darkness) -> Found {
        let mut states: Vec<HostState> = vec![self.start.clone()];
        let mut numbers: HashMap<u64, usize> = HashMap::from([(number(self.start), 0)]);
        let begin = Place { state: 0, cards: BTreeSet::new(), temporary: 0, run: 0, cost: (0, 0, 0) };
        let mut seen: HashSet<Place> = HashSet::from([begin.clone()]);
        let mut layer: Vec<(Place, Vec<String>)> = vec![(begin, Vec::new())];
        for _ in 0..self.steps {
            let mut following = Vec::new();
            for (place, told) in layer {
                let host = states[place.state].clone();
                let used = place.cards.len() + place.temporary;
                let mut edges: Vec<(Vec<Command>, BTreeSet<VmnicName>, usize)> = self
                    .towards(&host)
                    .into_iter()
                    .map(|command| (vec![command], place.cards.clone(), place.temporary))
                    .collect();
                edges.extend(self.lending(&host, &place.cards, used));
                edges.extend(self.temporary(&host, &place, used));
                for (commands, cards, temporary) in edges {
                    let (mut now, mut run, mut total) = (host.clone(), place.run, place.cost);
                    let mut legal = true;
                    for command in &commands {
                        let mut after = now.clone();
                        if apply(&mut after, command).is_err() || !self.allowed(&now, &after, command) {
                            legal = false;
                            break;
                        }
                        (run, total) = add(run, total, self.answer_after(&now, &after, command));
                        now = after;
                    }
                    if !legal || total >= cost {
                        continue;
                    }
                    let key = number(&now);
                    let state = *numbers.entry(key).or_insert_with(|| {
                        states.push(now.clone());
                        states.len() - 1
                    });
                    let place = Place { state, cards, temporary, run, cost: total };
                    if !seen.insert(place.clone()) {
                        continue;
                    }
                    if seen.len() > self.most {
                        return Found::TooMany;
                    }
                    let mut told = told.clone();
                    told.extend(commands.iter().map(|command| command.argv().join(" ")));
                    if self.arrived(&states[state]) {
                        return Found::Better(total, told);
                    }
                    following.push((place, told));
                }
            }
            layer = following;
        }
        Found::NothingBetter
    }

    /// Rules that hold for every order: what a host might keep is taken away by name first, and no adapter is larger
    /// than its vSwitch for a while.
    fn allowed(&self, before: &HostState, after: &HostState, command: &Command) -> bool {
        let replaced = |route: &Route| {
            route.network.prefix_len() == 0
                && !self.goal.routes.contains(route)
                && self
                    .goal
                    .routes
                    .iter()
                    .any(|other| other.netstack == route.netstack && other.network == route.network)
        };
        let dropped = before.routes.difference(&after.routes);
        let by_itself = matches!(command, Command::RouteRemove { .. } | Command::RouteAdd { .. });
        if !by_itself && dropped.into_iter().any(|route| !replaced(route)) {
            return false;
        }
        let too_large = |host: &HostState, name: &VmkName| {
            host.vmkernel.get(name).is_some_and(|vmk| {
                let group = host.port_groups.get(&vmk.port_group);
                group.and_then(|group| host.vswitches.get(&group.vswitch)).is_some_and(|on| vmk.mtu > on.mtu)
            })
        };
        let ends = |name: &VmkName| too_large(before, name) || too_large(self.goal, name);
        after.vmkernel.keys().all(|name| !too_large(after, name) || ends(name))
    }

    /// Every command that brings something to its wanted value.
    fn towards(&self, now: &HostState) -> Vec<Command> {
        let mut list = Vec::new();
        self.switches(now, &mut list);
        self.groups(now, &mut list);
        self.adapters(now, &mut list);
        for route in self.goal.routes.difference(&now.routes) {
            list.push(Command::RouteAdd { route: route.clone() });
        }
        for route in now.routes.difference(&self.goal.routes) {
            list.push(Command::RouteRemove { route: route.clone() });
        }
        // One that is wanted may have to go for a while, so that its adapter can change.
        for route in now.routes.intersection(&self.goal.routes) {
            let changing = now.vmkernel.iter().any(|(name, adapter)| {
                adapter.addresses().any(|net| net.contains(&route.gateway))
                    && self.goal.vmkernel.get(name).is_none_or(|goal| {
                        !same_place(now, self.goal, adapter, goal)
                            || goal.ipv4 != adapter.ipv4
                            || goal.ipv6 != adapter.ipv6
                    })
            });
            if changing {
                list.push(Command::RouteRemove { route: route.clone() });
            }
        }
        let dns = (&now.dns, &self.goal.dns);
        list.extend(
            dns.0
                .servers
                .iter()
                .filter(|one| !dns.1.servers.contains(one))
                .map(|server| Command::DnsServerRemove { server: *server }),
        );
        list.extend(
            dns.0
                .search
                .iter()
                .filter(|one| !dns.1.search.contains(one))
                .map(|domain| Command::DnsSearchRemove { domain: domain.clone() }),
        );
        if dns.1.servers.starts_with(&dns.0.servers) {
            list.extend(
                dns.1
                    .servers
                    .get(dns.0.servers.len())
                    .map(|server| Command::DnsServerAdd { server: *server }),
            );
        }
        if dns.1.search.starts_with(&dns.0.search) {
            list.extend(
                dns.1
                    .search
                    .get(dns.0.search.len())
                    .map(|domain| Command::DnsSearchAdd { domain: domain.clone() }),
            );
        }
        list
    }

    fn switches(&self, now: &HostState, list: &mut Vec<Command>) {
        for (name, goal) in &self.goal.vswitches {
            let vswitch = name.clone();
            let Some(switch) = now.vswitches.get(name) else {
                list.push(Command::VswitchAdd { vswitch, ports: (goal.ports != 128).then_some(goal.ports) });
                continue;
            };
            if switch.mtu != goal.mtu || switch.cdp != goal.cdp {
                let mtu = (switch.mtu != goal.mtu).then_some(goal.mtu);
                let cdp = goal.cdp.known().copied().filter(|_| switch.cdp != goal.cdp);
                list.push(Command::VswitchSet { vswitch: vswitch.clone(), mtu, cdp });
            }
            for uplink in goal.uplinks.difference(&switch.uplinks) {
                list.push(Command::UplinkAdd { vswitch: vswitch.clone(), uplink: uplink.clone() });
            }
            for uplink in switch.uplinks.difference(&goal.uplinks) {
                list.push(Command::UplinkRemove { vswitch: vswitch.clone(), uplink: uplink.clone() });
            }
            if let (Fact::Known(have), Fact::Known(want)) = (&switch.teaming, &goal.teaming)
                && have != want
            {
                list.push(Command::VswitchFailover {
                    vswitch: vswitch.clone(),
                    set: teaming_set(have, want),
                });
            }
            if let Some(want) = goal.security.known().filter(|_| switch.security != goal.security) {
                list.push(Command::VswitchSecurity { vswitch: vswitch.clone(), set: security_set(want) });
            }
            if let Some(want) = goal.shaping.known().filter(|_| switch.shaping != goal.shaping) {
                list.push(Command::VswitchShaping { vswitch, shaping: *want });
            }
        }
        for (name, _) in now.vswitches.iter().filter(|(name, _)| !self.goal.vswitches.contains_key(*name)) {
            if now.port_groups_of(name).next().is_none() {
                list.push(Command::VswitchRemove { vswitch: name.clone() });
            }
        }
    }

    fn groups(&self, now: &HostState, list: &mut Vec<Command>) {
        for (name, goal) in &self.goal.port_groups {
            let port_group = name.clone();
            let Some(group) = now.port_groups.get(name) else {
                list.push(Command::PortGroupAdd { vswitch: goal.vswitch.clone(), port_group });
                continue;
            };
            if group.vswitch != goal.vswitch {
                list.push(Command::PortGroupRemove { vswitch: group.vswitch.clone(), port_group });
                continue;
            }
            if group.vlan != goal.vlan {
                list.push(Command::PortGroupVlan { port_group: port_group.clone(), vlan: goal.vlan });
            }
            if let (Fact::Known(have), Fact::Known(want)) = (&group.teaming, &goal.teaming)
                && have != want
            {
                list.push(Command::PortGroupFailover {
                    port_group: port_group.clone(),
                    reset: true,
                    set: whole(want),
                });
                list.push(Command::PortGroupFailover {
                    port_group: port_group.clone(),
                    reset: false,
                    set: whole(want),
                });
            }
            if let Some(want) = goal.security.known().filter(|_| group.security != goal.security) {
                let set = override_set(want);
                list.push(Command::PortGroupSecurity { port_group: port_group.clone(), reset: true, set });
            }
            if let Some(want) = goal.shaping.known().filter(|_| group.shaping != goal.shaping) {
                list.push(Command::PortGroupShaping { port_group, shaping: *want });
            }
        }
        for (name, group) in
            now.port_groups.iter().filter(|(name, _)| !self.goal.port_groups.contains_key(*name))
        {
            list.push(Command::PortGroupRemove { vswitch: group.vswitch.clone(), port_group: name.clone() });
        }
    }

    fn adapters(&self, now: &HostState, list: &mut Vec<Command>) {
        for (name, goal) in &self.goal.vmkernel {
            let vmk = name.clone();
            let Some(have) = now.vmkernel.get(name) else {
                let on = now.port_groups.get(&goal.port_group).map(|group| &group.vswitch);
                if on == self.goal.port_groups.get(&goal.port_group).map(|group| &group.vswitch) {
                    list.push(Command::VmkAdd {
                        vmk,
                        port_group: goal.port_group.clone(),
                        mac: goal.mac,
                        mtu: (goal.mtu != Mtu::default()).then_some(goal.mtu),
                        netstack: (goal.netstack != NetstackName::default()).then(|| goal.netstack.clone()),
                    });
                }
                continue;
            };
            if !same_place(now, self.goal, have, goal) {
                list.push(Command::VmkRemove { vmk });
                continue;
            }
            let mtu = (have.mtu != goal.mtu).then_some(goal.mtu);
            let enabled = (have.enabled != goal.enabled).then_some(goal.enabled);
            if mtu.is_some() || enabled.is_some() {
                list.push(Command::VmkSet { vmk: vmk.clone(), mtu, enabled });
            }
            if have.ipv4 != goal.ipv4 && !(is_dhcp(&have.ipv4) && is_dhcp(&goal.ipv4)) {
                let ipv4 = match goal.ipv4.known() {
                    Some(Ipv4Config::Dhcp { .. }) => Some(Ipv4Config::Dhcp { lease: None }),
                    other => other.cloned(),
                };
                list.extend(ipv4.map(|ipv4| Command::VmkIpv4 { vmk: vmk.clone(), ipv4 }));
            }
            let router_adv = (have.ipv6.router_adv != goal.ipv6.router_adv).then_some(goal.ipv6.router_adv);
            let dhcp = (have.ipv6.dhcp != goal.ipv6.dhcp).then_some(goal.ipv6.dhcp);
            if router_adv.is_some() || dhcp.is_some() {
                list.push(Command::VmkIpv6 { vmk: vmk.clone(), router_adv, dhcp });
            }
            let (has, wants) = (&have.ipv6.addresses, &goal.ipv6.addresses);
            list.extend(
                wants
                    .difference(has)
                    .map(|address| Command::VmkIpv6Add { vmk: vmk.clone(), address: *address }),
            );
            list.extend(
                has.difference(wants)
                    .map(|address| Command::VmkIpv6Remove { vmk: vmk.clone(), address: *address }),
            );
            list.extend(
                goal.tags
                    .difference(&have.tags)
                    .map(|tag| Command::VmkTagAdd { vmk: vmk.clone(), tag: tag.clone() }),
            );
            list.extend(
                have.tags
                    .difference(&goal.tags)
                    .map(|tag| Command::VmkTagRemove { vmk: vmk.clone(), tag: tag.clone() }),
            );
        }
        for name in now.vmkernel.keys().filter(|name| !self.goal.vmkernel.contains_key(*name)) {
            list.push(Command::VmkRemove { vmk: name.clone() });
        }
    }

    /// Lends any card: away from where it stays redundant, to anywhere, and into any failover order there.
    fn lending(
        &self,
        now: &HostState,
        cards: &BTreeSet<VmnicName>,
        used: usize,
    ) -> Vec<(Vec<Command>, BTreeSet<VmnicName>, usize)> {
        let mut list = Vec::new();
        let temporary = used - cards.len();
        let with = |card: &VmnicName| cards.iter().chain([card]).cloned().collect::<BTreeSet<_>>();
        let wants = |name: &SwitchName, card: &VmnicName| {
            self.goal.vswitches.get(name).is_some_and(|switch| switch.uplinks.contains(card))
        };
        for (name, switch) in &now.vswitches {
            for card in &switch.uplinks {
                if wants(name, card)
                    && !cards.contains(card)
                    && used < self.helpers
                    && self.redundant(now, name, card)
                {
                    let command = Command::UplinkRemove { vswitch: name.clone(), uplink: card.clone() };
                    list.push((vec![command], with(card), temporary));
                }
                if !wants(name, card) && cards.contains(card) {
                    if let Some(teaming) = switch.teaming.known() {
                        for order in [behind(&teaming.order, card), alone(card)] {
                            let set = FailoverSet { order: Some(order), ..FailoverSet::default() };
                            list.push((
                                vec![Command::VswitchFailover { vswitch: name.clone(), set }],
                                cards.clone(),
                                temporary,
                            ));
                        }
                    }
                    for (group, own) in now.port_groups_of(name) {
                        if let Fact::Known(TeamingOverride { order: Some(order), .. }) = &own.teaming {
                            for order in [behind(order, card), alone(card)] {
                                let set = FailoverSet { order: Some(order), ..FailoverSet::default() };
                                let command = Command::PortGroupFailover {
                                    port_group: group.clone(),
                                    reset: false,
                                    set,
                                };
                                list.push((vec![command], cards.clone(), temporary));
                            }
                        }
                    }
                }
            }
        }
        for (card, nic) in &now.nics {
            if now.vswitches.values().any(|switch| switch.uplinks.contains(card)) {
                continue;
            }
            for name in now.vswitches.keys().filter(|name| !wants(name, card)) {
                if cards.contains(card) || nic.link_up && used < self.helpers {
                    let command = Command::UplinkAdd { vswitch: name.clone(), uplink: card.clone() };
                    list.push((vec![command], with(card), temporary));
                }
            }
        }
        list
    }

    /// Whether everything in use on a vSwitch keeps a live card of its order, now and at both ends.
    fn redundant(&self, now: &HostState, name: &SwitchName, card: &VmnicName) -> bool {
        [now, self.start, self.goal].into_iter().all(|host| {
            let Some(switch) = host.vswitches.get(name) else { return true };
            let live = |other: &&VmnicName| switch.uplinks.contains(*other) && host.nics[*other].link_up;
            let in_use = host.port_groups.iter().filter(|(group, own)| {
                let addressed = host
                    .vmkernel
                    .values()
                    .any(|vmk| vmk.port_group == **group && vmk.addresses().next().is_some());
                own.vswitch == *name && (own.vm_ports > 0 || addressed)
            });
            let keeps = |group: &PortGroupName| match host.effective_teaming(group) {
                Some(teaming) => {
                    let members: Vec<&VmnicName> = teaming.order.members().filter(live).collect();
                    members.is_empty() || members.iter().any(|member| *member != card)
                }
                None => true,
            };
            switch.uplinks.iter().filter(live).any(|other| other != card)
                && in_use.into_iter().all(|(group, _)| keeps(group))
        })
    }

    /// Makes the temporary adapter, and gives it what it needs.
    fn temporary(
        &self,
        now: &HostState,
        place: &Place,
        used: usize,
    ) -> Vec<(Vec<Command>, BTreeSet<VmnicName>, usize)> {
        let mut list = Vec::new();
        let (Some(spare), Some(client)) = (self.spare, self.fabric.client()) else { return list };
        let (Ok(vmk), Ok(group)) = (SPARE_VMK.parse::<VmkName>(), SPARE_GROUP.parse::<PortGroupName>())
        else {
            return list;
        };
        let IpNet::V4(address) = spare.address else { return list };
        let add = |port_group: &PortGroupName| Command::VmkAdd {
            vmk: vmk.clone(),
            port_group: port_group.clone(),
            mac: None,
            mtu: None,
            netstack: None,
        };
        if place.temporary == 0 {
            if used + 2 <= self.helpers {
                for vswitch in now.vswitches.keys() {
                    let commands = vec![
                        Command::PortGroupAdd { vswitch: vswitch.clone(), port_group: group.clone() },
                        Command::PortGroupVlan { port_group: group.clone(), vlan: spare.vlan },
                        add(&group),
                    ];
                    list.push((commands, place.cards.clone(), 2));
                }
            }
            if used < self.helpers {
                for (name, own) in &now.port_groups {
                    let unused = |host: &HostState| {
                        let group = host.port_groups.get(name);
                        group.is_some_and(|group| group.vm_ports == 0 && group.vlan == spare.vlan)
                            && host.vmk_on(name).is_none()
                    };
                    if own.vlan == spare.vlan && [now, self.start, self.goal].into_iter().all(unused) {
                        list.push((vec![add(name)], place.cards.clone(), 1));
                    }
                }
            }
        }
        let mut more = |command| list.push((vec![command], place.cards.clone(), place.temporary));
        if let Some(adapter) = now.vmkernel.get(&vmk) {
            let addressed = adapter.addresses().next().is_some();
            if !addressed {
                more(Command::VmkIpv4 {
                    vmk: vmk.clone(),
                    ipv4: Ipv4Config::Static { address, gateway: None },
                });
            }
            if adapter.tags.is_empty() {
                more(Command::VmkTagAdd { vmk: vmk.clone(), tag: "Management".into() });
            }
            if let Some(gateway) = spare.gateway.filter(|_| addressed && !spare.address.contains(&client)) {
                more(Command::RouteAdd {
                    route: Route { netstack: NetstackName::default(), network: client.into(), gateway },
                });
            }
        }
        list
    }
}

fn add(run: usize, (longest, all, dark): Darkness, answer: Answer) -> (usize, Darkness) {
    if answer == Answer::Yes {
        return (0, (longest, all, dark));
    }
    (run + 1, (longest.max(run + 1), all + 1, dark + usize::from(answer == Answer::No)))
}

/// A number for everything that commands change.
fn number(host: &HostState) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&host.dns, &host.routes, &host.vmkernel, &host.port_groups, &host.vswitches).hash(&mut hasher);
    hasher.finish()
}

/// Whether an adapter may stay: nothing that is fixed at its birth differs.
fn same_place(now: &HostState, goal: &HostState, have: &VmkAdapter, want: &VmkAdapter) -> bool {
    let on = |host: &HostState| host.port_groups.get(&have.port_group).map(|group| group.vswitch.clone());
    have.port_group == want.port_group
        && have.netstack == want.netstack
        && (have.mac.is_none() || want.mac.is_none() || have.mac == want.mac)
        && on(now) == on(goal)
}

fn is_dhcp(ipv4: &Fact<Ipv4Config>) -> bool {
    matches!(ipv4, Fact::Known(Ipv4Config::Dhcp { .. }))
}
