//! From two states to the calls of the script's functions.

use super::FirstBootError;
use super::words::{INHERIT, LEAVE, Word, line, own, rates, route_words, set, words};
use crate::command::quote;
use crate::spec::{HostSpec, Override, PortGroupSpec, SecuritySpec, TeamingSpec, VSwitchSpec, VmkSpec};
use crate::state::{
    Fact, FailoverOrder, HostState, Ipv4Config, Ipv6Config, PortGroup, Route, VSwitch, VmkAdapter,
};
use crate::value::{MacAddr, Mtu, NetstackName, PortGroupName, SwitchName, VmkName, VmnicName};
use crate::version::EsxiVersion;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The part of the script that differs from host to host.
pub(super) fn compile(
    base: &HostState,
    desired: &HostState,
    stated: &HostSpec,
) -> Result<String, FirstBootError> {
    let mut work = Compiler {
        base,
        desired,
        stated,
        cards: Vec::new(),
        claims: Vec::new(),
        releases: BTreeSet::new(),
        parts: Default::default(),
    };
    for (name, switch) in &desired.vswitches {
        work.vswitch(name, switch)?;
    }
    for (name, group) in &desired.port_groups {
        work.port_group(name, group)?;
    }
    for (name, adapter) in &desired.vmkernel {
        work.adapter(name, adapter);
    }
    work.routes();
    work.name_resolution();
    work.take_away();
    Ok(work.text())
}

/// Groups of calls, in the order of the script.
#[derive(Debug, Clone, Copy)]
enum Part {
    Switches,
    Groups,
    Policies,
    Adapters,
    Routes,
    Gone,
    GoneAdapters,
    GoneGroups,
    GoneSwitches,
}

const HEADS: [(Part, &str); 9] = [
    (Part::Switches, "vSwitches and their cards"),
    (Part::Groups, "port groups"),
    (Part::Policies, "policies"),
    (Part::Adapters, "vmkernel adapters"),
    (Part::Routes, "routes and name resolution"),
    (Part::Gone, "what goes: routes, addresses, tags"),
    (Part::GoneAdapters, "adapters"),
    (Part::GoneGroups, "port groups"),
    (Part::GoneSwitches, "uplinks and vSwitches"),
];

struct Compiler<'a> {
    base: &'a HostState,
    desired: &'a HostState,
    stated: &'a HostSpec,
    /// Cards the script is about; their place is the number of their variable.
    cards: Vec<MacAddr>,
    /// Cards and the vSwitches they are for.
    claims: Vec<String>,
    /// vSwitches that give up cards.
    releases: BTreeSet<SwitchName>,
    parts: [Vec<String>; HEADS.len()],
}

impl Compiler<'_> {
    fn put(&mut self, part: Part, words: Vec<Word>) {
        self.parts[part as usize].push(line(words));
    }

    /// The variable that holds a card's name at boot.
    fn card(&mut self, name: &VmnicName) -> Result<usize, FirstBootError> {
        let nic = self.base.nics.get(name).ok_or_else(|| FirstBootError::UnknownCard(name.clone()))?;
        Ok(self.cards.iter().position(|mac| *mac == nic.mac).unwrap_or_else(|| {
            self.cards.push(nic.mac);
            self.cards.len() - 1
        }))
    }

    fn list<'b>(&mut self, cards: impl IntoIterator<Item = &'b VmnicName>) -> Result<Word, FirstBootError> {
        cards.into_iter().map(|name| self.card(name)).collect::<Result<_, _>>().map(Word::Cards)
    }

    fn order(&mut self, order: &FailoverOrder) -> Result<[Word; 2], FirstBootError> {
        Ok([self.list(&order.active)?, self.list(&order.standby)?])
    }

    fn stated_switch(&self, name: &SwitchName) -> Option<&VSwitchSpec> {
        self.stated.vswitches().find(|(_, switch)| switch.name == *name).map(|(_, switch)| switch)
    }

    fn stated_group(&self, name: &PortGroupName) -> Option<&PortGroupSpec> {
        self.stated.port_groups().find(|(.., group)| group.name == *name).map(|(.., group)| group)
    }

    fn stated_adapter(&self, adapter: &VmkAdapter) -> Option<&VmkSpec> {
        self.stated.vmkernel().find(|(_, vmk)| vmk.port_group == adapter.port_group).map(|(_, vmk)| vmk)
    }

    /// Whether the set of a vSwitch's uplinks is this script's business.
    fn about_uplinks(&self, name: &SwitchName) -> bool {
        let stated = self.stated_switch(name).is_some_and(|switch| switch.uplinks.is_some());
        let uplinks = |host: &HostState| host.vswitches.get(name).map(|switch| switch.uplinks.clone());
        stated || uplinks(self.base).unwrap_or_default() != uplinks(self.desired).unwrap_or_default()
    }

    fn vswitch(&mut self, name: &SwitchName, wanted: &VSwitch) -> Result<(), FirstBootError> {
        let stated = self.stated_switch(name).cloned();
        let there = self.base.vswitches.get(name).cloned();
        let fresh = there.is_none();
        let base = there.unwrap_or_else(|| VSwitch::new(wanted.ports));
        let names = |spec: fn(&VSwitchSpec) -> bool| stated.as_ref().is_some_and(spec);
        if fresh || stated.is_some() {
            let ports = wanted.ports.to_string();
            match fresh && wanted.ports != 128 {
                true => self.put(Part::Switches, words!["vswitch", name, "-P", &ports]),
                false => self.put(Part::Switches, words!["vswitch", name]),
            }
        }
        if names(|switch| switch.mtu.is_some()) || base.mtu != wanted.mtu {
            let mtu = wanted.mtu.to_string();
            self.put(Part::Switches, words!["vswitch_mtu", name, &mtu, "first"]);
            self.put(Part::GoneSwitches, words!["vswitch_mtu", name, &mtu, "last"]);
        }
        if let Fact::Known(cdp) = &wanted.cdp
            && (names(|switch| switch.cdp.is_some()) || base.cdp != wanted.cdp)
        {
            self.put(Part::Switches, words!["vswitch_cdp", name, cdp.word()]);
        }
        if self.about_uplinks(name) {
            for nic in &wanted.uplinks {
                let card = self.list([nic])?;
                self.put(Part::Switches, words!["uplink", name, card.clone()]);
                self.claims.push(line(words!["claim", card, name]));
            }
            let all = self.list(&wanted.uplinks)?;
            self.put(Part::GoneSwitches, words!["only_uplinks", name, all]);
            self.releases.insert(name.clone());
        }
        self.vswitch_policies(name, wanted, &base, stated.as_ref())
    }

    fn vswitch_policies(
        &mut self,
        name: &SwitchName,
        wanted: &VSwitch,
        base: &VSwitch,
        stated: Option<&VSwitchSpec>,
    ) -> Result<(), FirstBootError> {
        if let Fact::Known(teaming) = &wanted.teaming {
            let spec = stated.and_then(|switch| switch.teaming.as_ref());
            let has = |field: fn(&TeamingSpec) -> bool| spec.is_some_and(field);
            let before = base.teaming.known();
            // The order follows the cards.
            let order = has(|spec| spec.active.is_some() || spec.standby.is_some())
                || self.about_uplinks(name)
                || before.is_none_or(|before| before.order != teaming.order);
            let before = before.unwrap_or(teaming);
            let [active, standby] = match order {
                true => self.order(&teaming.order)?,
                false => [LEAVE.into(), LEAVE.into()],
            };
            let values = [
                set(
                    has(|spec| spec.load_balancing.is_some()),
                    &before.load_balancing.set_word(),
                    &teaming.load_balancing.set_word(),
                ),
                set(
                    has(|spec| spec.failure_detection.is_some()),
                    &before.failure_detection.word(),
                    &teaming.failure_detection.word(),
                ),
                set(
                    has(|spec| spec.notify_switches.is_some()),
                    &before.notify_switches,
                    &teaming.notify_switches,
                ),
                set(has(|spec| spec.failback.is_some()), &before.failback, &teaming.failback),
                active,
                standby,
            ];
            self.policy(words!["vswitch_failover", name], values);
        }
        if let Fact::Known(security) = &wanted.security {
            let spec = stated.and_then(|switch| switch.security).unwrap_or_default();
            let before = base.security.known().unwrap_or(security);
            let values = [
                set(spec.promiscuous.is_some(), &before.promiscuous, &security.promiscuous),
                set(spec.mac_changes.is_some(), &before.mac_changes, &security.mac_changes),
                set(spec.forged_transmits.is_some(), &before.forged_transmits, &security.forged_transmits),
            ];
            self.policy(words!["vswitch_security", name], values);
        }
        if let Fact::Known(shaping) = &wanted.shaping
            && (stated.is_some_and(|switch| switch.shaping.is_some()) || base.shaping != wanted.shaping)
        {
            self.policy(words!["vswitch_shaping", name], rates(shaping));
        }
        Ok(())
    }

    /// A policy, unless it leaves everything as it is.
    fn policy(&mut self, head: Vec<Word>, values: impl IntoIterator<Item = Word>) {
        let values: Vec<Word> = values.into_iter().collect();
        if values.iter().any(|value| *value != LEAVE.into()) {
            self.put(Part::Policies, [head, values].concat());
        }
    }

    fn port_group(&mut self, name: &PortGroupName, wanted: &PortGroup) -> Result<(), FirstBootError> {
        let stated = self.stated_group(name).cloned();
        let there = self.base.port_groups.get(name).filter(|group| group.vswitch == wanted.vswitch).cloned();
        let fresh = there.is_none();
        let base = there.unwrap_or_else(|| PortGroup::new(wanted.vswitch.clone()));
        let switch = wanted.vswitch.clone();
        if fresh || stated.is_some() {
            self.put(Part::Groups, words!["portgroup", name, &switch]);
            self.put(Part::GoneGroups, words!["no_portgroup", name, &switch]);
        }
        let names = |spec: fn(&PortGroupSpec) -> bool| stated.as_ref().is_some_and(spec);
        if names(|group| group.vlan.is_some()) || base.vlan != wanted.vlan {
            self.put(Part::Groups, words!["portgroup_vlan", name, &wanted.vlan.get().to_string()]);
        }
        if let Fact::Known(teaming) = &wanted.teaming {
            let spec = stated.as_ref().and_then(|group| group.teaming.as_ref());
            let has = |field: fn(&TeamingSpec) -> bool| match spec {
                Some(Override::Set(spec)) => field(spec),
                Some(Override::Inherit) => true,
                None => false,
            };
            let before = base.teaming.known().cloned().unwrap_or_default();
            // An order of its own loses the cards that its vSwitch loses.
            let follows = teaming.order.is_some() && self.about_uplinks(&switch);
            let order = has(|spec| spec.active.is_some() || spec.standby.is_some()) || follows;
            let [active, standby] = match &teaming.order {
                _ if !order && before.order == teaming.order => [LEAVE.into(), LEAVE.into()],
                Some(own) => self.order(own)?,
                None => [INHERIT.into(), LEAVE.into()],
            };
            let values = [
                own(
                    has(|spec| spec.load_balancing.is_some()),
                    &before.load_balancing,
                    &teaming.load_balancing,
                    |policy| policy.set_word().to_owned(),
                ),
                own(
                    has(|spec| spec.failure_detection.is_some()),
                    &before.failure_detection,
                    &teaming.failure_detection,
                    |detection| detection.word().to_owned(),
                ),
                own(
                    has(|spec| spec.notify_switches.is_some()),
                    &before.notify_switches,
                    &teaming.notify_switches,
                    bool::to_string,
                ),
                own(
                    has(|spec| spec.failback.is_some()),
                    &before.failback,
                    &teaming.failback,
                    bool::to_string,
                ),
                active,
                standby,
            ];
            self.policy(words!["portgroup_failover", name, &switch], values);
        }
        if let Fact::Known(security) = &wanted.security {
            let spec = stated.as_ref().and_then(|group| group.security.as_ref());
            let has = |field: fn(&SecuritySpec) -> bool| match spec {
                Some(Override::Set(spec)) => field(spec),
                Some(Override::Inherit) => true,
                None => false,
            };
            let before = base.security.known().copied().unwrap_or_default();
            let values = [
                own(
                    has(|spec| spec.promiscuous.is_some()),
                    &before.promiscuous,
                    &security.promiscuous,
                    bool::to_string,
                ),
                own(
                    has(|spec| spec.mac_changes.is_some()),
                    &before.mac_changes,
                    &security.mac_changes,
                    bool::to_string,
                ),
                own(
                    has(|spec| spec.forged_transmits.is_some()),
                    &before.forged_transmits,
                    &security.forged_transmits,
                    bool::to_string,
                ),
            ];
            self.policy(words!["portgroup_security", name, &switch], values);
        }
        if let Fact::Known(shaping) = &wanted.shaping
            && (names(|group| group.shaping.is_some()) || base.shaping != wanted.shaping)
        {
            match shaping {
                Some(own) => self.policy(words!["portgroup_shaping", name, &switch], rates(own)),
                None => self.policy(words!["portgroup_shaping", name, &switch], [INHERIT.into()]),
            }
        }
        Ok(())
    }

    fn adapter(&mut self, name: &VmkName, wanted: &VmkAdapter) {
        let stated = self.stated_adapter(wanted).cloned();
        let there = self.base.vmkernel.get(name).filter(|base| !self.remade(base, wanted)).cloned();
        let fresh = there.is_none();
        let base = there.unwrap_or_else(|| new_adapter(self.desired.version, wanted));
        if !fresh && stated.is_none() && base == *wanted {
            return;
        }
        let Some(group) = self.desired.port_groups.get(&wanted.port_group) else { return };
        let names = |spec: fn(&VmkSpec) -> bool| stated.as_ref().is_some_and(spec);
        let mac = match (names(|vmk| vmk.mac.is_some()) || fresh, wanted.mac) {
            (true, Some(mac)) => Word::Text(mac.to_string()),
            _ => LEAVE.into(),
        };
        let mtu = set(names(|vmk| vmk.mtu.is_some()), &base.mtu, &wanted.mtu);
        let stack: &str = &wanted.netstack;
        let made = words![name, &wanted.port_group, &group.vswitch, mac, stack];
        self.put(Part::Adapters, [words!["vmk"], made.clone(), vec![mtu.clone()]].concat());
        self.put(Part::GoneAdapters, [words!["no_vmk"], made].concat());
        let enabled = set(false, &base.enabled, &wanted.enabled);
        if [&mtu, &enabled].into_iter().any(|value| *value != LEAVE.into()) {
            self.put(Part::Adapters, words!["vmk_set", name, mtu, enabled]);
        }
        if let Fact::Known(ipv4) = &wanted.ipv4
            && (names(|vmk| vmk.ipv4.is_some()) || differs(&base.ipv4, ipv4))
        {
            let mut words = words!["vmk_ipv4", name, stack];
            match ipv4 {
                Ipv4Config::None => words.push("none".into()),
                Ipv4Config::Dhcp { .. } => words.push("dhcp".into()),
                Ipv4Config::Static { address, gateway } => {
                    words.extend(words![
                        "static",
                        &address.addr().to_string(),
                        &address.netmask().to_string()
                    ]);
                    let had = matches!(base.ipv4, Fact::Known(Ipv4Config::Static { gateway: Some(_), .. }));
                    match gateway {
                        Some(own) => words.push(Word::Text(own.to_string())),
                        None if had => words.push("none".into()),
                        None => {}
                    }
                }
            }
            self.put(Part::Adapters, words);
        }
        self.ipv6(name, wanted, &base, stated.as_ref());
        if names(|vmk| vmk.tags.is_some()) || base.tags != wanted.tags {
            let tags = wanted.tags.iter().cloned().collect::<Vec<_>>().join(",");
            self.put(Part::Adapters, words!["vmk_tags", name, &tags, "first"]);
            self.put(Part::Gone, words!["vmk_tags", name, &tags, "last"]);
        }
    }

    fn ipv6(&mut self, name: &VmkName, wanted: &VmkAdapter, base: &VmkAdapter, stated: Option<&VmkSpec>) {
        let spec = stated.and_then(|vmk| vmk.ipv6.clone()).unwrap_or_default();
        let (wanted, base, stack) = (&wanted.ipv6, &base.ipv6, wanted.netstack.as_str());
        let values = [
            set(spec.router_advertisements.is_some(), &base.router_adv, &wanted.router_adv),
            set(spec.dhcp.is_some(), &base.dhcp, &wanted.dhcp),
        ];
        if values.iter().any(|value| *value != LEAVE.into()) {
            let [router_adv, dhcp] = values;
            self.put(Part::Adapters, words!["vmk_ipv6", name, stack, router_adv, dhcp]);
        }
        if spec.addresses.is_some() || base.addresses != wanted.addresses {
            let all: Vec<String> = wanted.addresses.iter().map(ToString::to_string).collect();
            for net in &all {
                self.put(Part::Adapters, words!["vmk_address", name, stack, net]);
            }
            self.put(Part::Gone, words!["only_addresses", name, stack, &all.join(",")]);
        }
    }

    /// Whether an adapter has to be made anew: what is fixed when it is made shall differ.
    fn remade(&self, base: &VmkAdapter, wanted: &VmkAdapter) -> bool {
        let switch =
            |host: &HostState| host.port_groups.get(&base.port_group).map(|group| group.vswitch.clone());
        base.port_group != wanted.port_group
            || base.netstack != wanted.netstack
            || matches!((base.mac, wanted.mac), (Some(now), Some(goal)) if now != goal)
            || switch(self.base) != switch(self.desired)
    }

    fn routes(&mut self) {
        for route in &self.desired.routes {
            self.put(Part::Routes, route_words("route", route));
        }
        for route in self.base.routes.difference(&self.desired.routes) {
            let same = |other: &&Route| other.netstack == route.netstack && other.network == route.network;
            // A default route is replaced by setting the new one.
            if !(route.is_default() && self.desired.routes.iter().any(|other| same(&other))) {
                self.put(Part::Gone, route_words("no_route", route));
            }
        }
    }

    fn name_resolution(&mut self) {
        let spec = self.stated.network.as_ref().and_then(|network| network.dns.clone()).unwrap_or_default();
        let (base, wanted) = (&self.base.dns, &self.desired.dns);
        let servers: Vec<String> = wanted.servers.iter().map(ToString::to_string).collect();
        let search = wanted.search.join(",");
        let (some_servers, some_search) = (
            spec.servers.is_some() || base.servers != wanted.servers,
            spec.search.is_some() || base.search != wanted.search,
        );
        if some_servers {
            self.put(Part::Routes, words!["names", "server", &servers.join(",")]);
        }
        if some_search {
            self.put(Part::Routes, words!["names", "search", &search]);
        }
    }

    fn take_away(&mut self) {
        fn gone<'a, K: Ord, V>(base: &'a BTreeMap<K, V>, desired: &'a BTreeMap<K, V>) -> Vec<&'a K> {
            base.keys().filter(|name| !desired.contains_key(*name)).collect()
        }
        for name in gone(&self.base.vmkernel, &self.desired.vmkernel) {
            self.put(Part::GoneAdapters, words!["no_vmk", name]);
        }
        for name in gone(&self.base.port_groups, &self.desired.port_groups) {
            self.put(Part::GoneGroups, words!["no_portgroup", name]);
        }
        for name in gone(&self.base.vswitches, &self.desired.vswitches) {
            self.put(Part::GoneSwitches, words!["only_uplinks", name, ""]);
            self.put(Part::GoneSwitches, words!["no_vswitch", name]);
            self.releases.insert(name.clone());
        }
    }

    fn text(&self) -> String {
        let macs: Vec<String> = self.cards.iter().map(ToString::to_string).collect();
        let stacks: BTreeSet<&str> = self
            .desired
            .vmkernel
            .values()
            .map(|vmk| vmk.netstack.as_str())
            .filter(|stack| **stack != *NetstackName::default())
            .collect();
        let stacks: Vec<&str> = stacks.into_iter().collect();
        let releases: Vec<&str> = self.releases.iter().map(|name| name.as_str()).collect();
        let mut text = String::new();
        let _ =
            writeln!(text, "# Hardware addresses of the cards, and TCP/IP stacks besides the default one.");
        let _ = writeln!(text, "macs={}\nstacks={}", quote(&macs.join(" ")), quote(&stacks.join(" ")));
        let _ =
            writeln!(text, "# vSwitches that may lose cards.\nreleases={}\n", quote(&releases.join("\n")));
        let _ = writeln!(text, "# What ESXi calls the cards on this boot.\ncards() {{");
        for (at, mac) in macs.iter().enumerate() {
            let _ = writeln!(text, "  n{at}=$(look \"$NICS\" {mac} 2)");
        }
        for claim in &self.claims {
            let _ = writeln!(text, "  {claim}");
        }
        text.push_str("  return 0\n}\n\nwanted() {\n");
        for (part, head) in HEADS {
            let calls = &self.parts[part as usize];
            if !calls.is_empty() {
                let _ = writeln!(text, "  # {head}");
            }
            for call in calls {
                let _ = writeln!(text, "  {call}");
            }
        }
        text.push_str("  return 0\n}\n");
        text
    }
}

/// Whether the configuration differs; a lease is none.
fn differs(base: &Fact<Ipv4Config>, wanted: &Ipv4Config) -> bool {
    match (base.known(), wanted) {
        (Some(Ipv4Config::Dhcp { .. }), Ipv4Config::Dhcp { .. }) => false,
        (now, wanted) => now != Some(wanted),
    }
}

/// An adapter as ESXi makes it where `wanted` shall be.
fn new_adapter(version: EsxiVersion, wanted: &VmkAdapter) -> VmkAdapter {
    VmkAdapter {
        port_group: wanted.port_group.clone(),
        mac: None,
        mtu: Mtu::default(),
        enabled: true,
        netstack: wanted.netstack.clone(),
        ipv4: Fact::Known(Ipv4Config::None),
        ipv6: Ipv6Config { router_adv: version >= EsxiVersion::new(6, 5), ..Ipv6Config::default() },
        tags: BTreeSet::new(),
    }
}
