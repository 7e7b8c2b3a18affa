//! What the rules look at: switches, port groups and adapters, of a file or of a host, with their place in the file.

use crate::spec::nic::NicResolver;
use crate::spec::{FabricPort, HostSpec, Ipv4Spec, LagSide, NicRef, Override, TaggedSpec, UntaggedSpec};
use crate::state::{HostState, LoadBalancing};
use crate::value::{MacAddr, PortGroupName, VlanId};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// A card of a vSwitch.
pub(super) struct Card<'a> {
    /// Equal for equal cards: the reference of a file, the name on a host.
    pub(super) id: String,
    pub(super) mac: Option<MacAddr>,
    /// The port behind it, if the fabric has it.
    pub(super) port: Option<&'a FabricPort>,
    /// Where it stands in the list of uplinks.
    pub(super) path: Option<String>,
}

pub(super) struct Switch<'a> {
    pub(super) name: String,
    /// Where the file declares it.
    pub(super) path: Option<String>,
    /// `None` = not known.
    pub(super) uplinks: Option<Vec<Card<'a>>>,
    pub(super) balancing: Option<LoadBalancing>,
    /// Where the file states the policy.
    pub(super) balancing_at: Option<String>,
}

impl Switch<'_> {
    /// Known to have an uplink.
    pub(super) fn is_connected(&self) -> bool {
        self.uplinks.as_ref().is_some_and(|cards| !cards.is_empty())
    }
}

pub(super) struct Group {
    pub(super) name: PortGroupName,
    pub(super) path: Option<String>,
    /// Its place in [`Picture::switches`].
    pub(super) switch: usize,
    pub(super) vlan: Option<VlanId>,
    /// The file states its VLAN.
    pub(super) vlan_stated: bool,
    /// A policy of its own.
    pub(super) balancing: Option<LoadBalancing>,
    /// A failover order of its own: these cards.
    pub(super) order: Option<BTreeSet<String>>,
    /// Ports in use by virtual machines; 0 where that is not known.
    pub(super) vm_ports: u32,
}

pub(super) struct Adapter {
    /// `vmk0`, or the port group where no name is known.
    pub(super) label: String,
    pub(super) path: Option<String>,
    /// Its place in [`Picture::groups`].
    pub(super) group: Option<usize>,
    pub(super) mac: Option<MacAddr>,
    /// It has none because ESXi will choose one, and not because the file leaves it open.
    pub(super) chosen: bool,
    pub(super) nets: Vec<IpNet>,
}

pub(super) struct Picture<'a> {
    pub(super) spec: &'a HostSpec,
    pub(super) switches: Vec<Switch<'a>>,
    pub(super) groups: Vec<Group>,
    pub(super) adapters: Vec<Adapter>,
}

impl<'a> Picture<'a> {
    /// What the file says. A port group that is declared without a VLAN may have any on a host that has it.
    pub(super) fn of_file(spec: &'a HostSpec) -> Self {
        let ports = || spec.fabric.iter().flat_map(|fabric| fabric.ports.iter().flatten());
        let mut picture = Picture { spec, switches: Vec::new(), groups: Vec::new(), adapters: Vec::new() };
        for (at, (path, switch)) in spec.vswitches().enumerate() {
            let card = |(at, nic): (usize, &NicRef)| Card {
                id: nic.to_string(),
                mac: match nic {
                    NicRef::Mac(mac) => Some(*mac),
                    _ => None,
                },
                port: ports().find(|port| port.nic == *nic),
                path: Some(format!("{path}/uplinks/{at}")),
            };
            let uplinks = switch.uplinks.as_ref().map(|list| list.iter().enumerate().map(card).collect());
            let balancing = switch.teaming.as_ref().and_then(|teaming| teaming.load_balancing);
            picture.switches.push(Switch {
                name: switch.name.to_string(),
                path: Some(path.clone()),
                uplinks,
                balancing,
                balancing_at: balancing.map(|_| format!("{path}/teaming/load_balancing")),
            });
            for (number, group) in switch.port_groups.iter().flatten().enumerate() {
                let own = group.teaming.as_ref().and_then(Override::set);
                let order = own.and_then(|own| {
                    own.active.as_ref()?;
                    Some(own.active.iter().chain(&own.standby).flatten().map(ToString::to_string).collect())
                });
                picture.groups.push(Group {
                    name: group.name.clone(),
                    path: Some(format!("{path}/port_groups/{number}")),
                    switch: at,
                    vlan: group.vlan,
                    vlan_stated: group.vlan.is_some(),
                    balancing: own.and_then(|own| own.load_balancing),
                    order,
                    vm_ports: 0,
                });
            }
        }
        for (path, vmk) in spec.vmkernel() {
            let v4 = match vmk.ipv4 {
                Some(Ipv4Spec::Static { address, .. }) => Some(IpNet::V4(address)),
                _ => None,
            };
            let v6 = vmk.ipv6.iter().flat_map(|ipv6| ipv6.addresses.iter().flatten());
            picture.adapters.push(Adapter {
                label: vmk.name.as_ref().map_or_else(|| vmk.port_group.to_string(), ToString::to_string),
                path: Some(path),
                group: picture.groups.iter().position(|group| group.name == vmk.port_group),
                mac: vmk.mac,
                chosen: false,
                nets: v4.into_iter().chain(v6.map(|net| IpNet::V6(*net))).collect(),
            });
        }
        picture
    }

    /// The state that the file leads to, with the places of what the file declares.
    pub(super) fn of_host(spec: &'a HostSpec, current: &HostState, desired: &HostState) -> Self {
        let resolver = NicResolver::new(spec, current);
        let ports: Vec<_> = spec
            .fabric
            .iter()
            .flat_map(|fabric| fabric.ports.iter().flatten())
            .filter_map(|port| Some((resolver.find(&port.nic)?.to_string(), port)))
            .collect();
        let mut picture = Picture { spec, switches: Vec::new(), groups: Vec::new(), adapters: Vec::new() };
        for (name, switch) in &desired.vswitches {
            let declared = spec.vswitches().find(|(_, declared)| declared.name == *name);
            let stated = |nic: &str| {
                let (path, declared) = declared.as_ref()?;
                let mut list = declared.uplinks.iter().flatten();
                let at = list.position(|other| resolver.find(other).is_some_and(|card| *card == *nic))?;
                Some(format!("{path}/uplinks/{at}"))
            };
            let card = |nic: &crate::value::VmnicName| Card {
                id: nic.to_string(),
                mac: desired.nics.get(nic).map(|card| card.mac),
                port: ports.iter().find(|(name, _)| *name == nic.as_str()).map(|(_, port)| *port),
                path: stated(nic),
            };
            let policy = |declared: &crate::spec::VSwitchSpec| declared.teaming.as_ref()?.load_balancing;
            picture.switches.push(Switch {
                name: name.to_string(),
                path: declared.as_ref().map(|(path, _)| path.clone()),
                uplinks: Some(switch.uplinks.iter().map(card).collect()),
                balancing: switch.teaming.known().map(|teaming| teaming.load_balancing),
                balancing_at: declared
                    .as_ref()
                    .and_then(|(path, declared)| Some((path, policy(declared)?)))
                    .map(|(path, _)| format!("{path}/teaming/load_balancing")),
            });
        }
        for (name, group) in &desired.port_groups {
            let Some(switch) = desired.vswitches.keys().position(|switch| *switch == group.vswitch) else {
                continue;
            };
            let declared = spec.port_groups().find(|(_, _, declared)| declared.name == *name);
            let own = group.teaming.known();
            let order = own.and_then(|own| own.order.as_ref());
            picture.groups.push(Group {
                name: name.clone(),
                vlan_stated: declared.as_ref().is_some_and(|(_, _, declared)| declared.vlan.is_some()),
                path: declared.map(|(path, ..)| path),
                switch,
                vlan: Some(group.vlan),
                balancing: own.and_then(|own| own.load_balancing),
                order: order.map(|order| order.members().map(ToString::to_string).collect()),
                vm_ports: group.vm_ports,
            });
        }
        for (name, vmk) in &desired.vmkernel {
            let mut declared = spec.vmkernel().filter(|(_, declared)| declared.port_group == vmk.port_group);
            picture.adapters.push(Adapter {
                label: name.to_string(),
                path: declared.next().map(|(path, _)| path),
                group: picture.groups.iter().position(|group| group.name == vmk.port_group),
                mac: vmk.mac,
                chosen: vmk.mac.is_none(),
                nets: vmk.addresses().collect(),
            });
        }
        picture
    }

    /// Where to point for a port group: itself, its adapter, or its vSwitch. `None` when the file touches none of them.
    pub(super) fn place(&self, at: usize) -> Option<String> {
        let group = &self.groups[at];
        let adapter = || self.adapters_on(at).find_map(|adapter| adapter.path.clone());
        group.path.clone().or_else(adapter).or_else(|| self.switches[group.switch].path.clone())
    }

    pub(super) fn adapters_on(&self, group: usize) -> impl Iterator<Item = &Adapter> {
        self.adapters.iter().filter(move |adapter| adapter.group == Some(group))
    }

    /// The cards that a port group's frames may leave by: those of its own order, else all uplinks. Empty where that is
    /// not known.
    pub(super) fn cards_of(&self, group: &Group) -> Vec<&Card<'a>> {
        let all = self.switches[group.switch].uplinks.iter().flatten();
        all.filter(|card| group.order.as_ref().is_none_or(|order| order.contains(&card.id))).collect()
    }
}

/// What a switch port does with the frames of a port group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// They are on this segment.
    On(u16),
    /// They carry the tag of the port's native VLAN: some switches drop that.
    NativeTagged(u16),
    /// They are dropped.
    Dropped,
}

pub(super) fn carried(port: &FabricPort, vlan: VlanId) -> Carried {
    let native = match port.untagged {
        None => Some(0),
        Some(UntaggedSpec::Vlan(id)) => Some(id),
        Some(UntaggedSpec::Dropped) => None,
    };
    let tagged = match &port.tagged {
        None | Some(TaggedSpec::None) => false,
        Some(TaggedSpec::All) => true,
        Some(TaggedSpec::Only(list)) => list.contains(&vlan),
    };
    match vlan.get() {
        0 => native.map_or(Carried::Dropped, Carried::On),
        id if native == Some(id) => Carried::NativeTagged(id),
        id if tagged => Carried::On(id),
        _ => Carried::Dropped,
    }
}

/// The channel of a port: `None` when nobody said.
pub(super) fn channel(port: &FabricPort) -> Option<(LagSide, u16)> {
    port.lag.map(|lag| (lag, port.lag_group.unwrap_or(1)))
}
