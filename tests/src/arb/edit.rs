//! Desired states: what somebody might want of a host, a few changes away from what it is.

use super::host::{self, POLICIES};
use super::tape::Tape;
use super::world::vlan_for;
use crate::scenario::read;
use esxi_core::reach::{Fabric, Network};
use esxi_core::state::{
    Cdp, Fact, HostState, Ipv4Config, MANAGEMENT_TAG, PortGroup, Security, SecurityOverride, Shaping,
    TeamingOverride,
};
use esxi_core::value::{Mtu, PortGroupName, SwitchName, VlanId, VmkName, VmnicName};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A consistent state, one to four changes away.
pub(super) fn desired(tape: &mut Tape<'_>, current: &HostState, fabric: &Fabric) -> HostState {
    let mut host = current.clone();
    for _ in 0..tape.weighted(&[5, 45, 30, 15, 5]) {
        edit(tape, &mut host, fabric);
        settle(&mut host);
    }
    host
}

fn edit(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    match tape.weighted(&[8, 14, 8, 10, 12, 10, 10, 10, 8, 6, 6, 4]) {
        0 => dns(tape, host),
        1 => looks(tape, host),
        2 => routes(tape, host, fabric),
        3 => vlan(tape, host, fabric),
        4 => uplinks(tape, host, fabric),
        5 => teaming(tape, host, fabric),
        6 => address(tape, host, fabric),
        7 => move_adapter(tape, host, fabric),
        8 => add_adapter(tape, host, fabric),
        9 => add_switch(tape, host, fabric),
        10 => remove(tape, host),
        _ => tags(tape, host),
    }
}

fn dns(tape: &mut Tape<'_>, host: &mut HostState) {
    match tape.below(3) {
        0 => host.dns.servers = vec![read("1.1.1.1"), read("9.9.9.9")],
        1 => host.dns.servers.clear(),
        _ => host.dns.search = vec!["example.org".into()],
    }
}

/// What does not move frames: security, shaping, discovery, MTU.
fn looks(tape: &mut Tape<'_>, host: &mut HostState) {
    let shaping = Shaping { enabled: true, average_kbps: 1000, peak_kbps: 2000, burst_kib: 512 };
    let what = tape.below(6);
    if let Some(name) = any_switch(tape, host)
        && let Some(switch) = host.vswitches.get_mut(&name)
    {
        match what {
            0 => switch.security = Fact::Known(Security { promiscuous: true, ..Security::default() }),
            1 => switch.cdp = Fact::Known(Cdp::Both),
            2 => switch.mtu = read_mtu(9000),
            3 => switch.shaping = Fact::Known(shaping),
            _ => {}
        }
    }
    if let Some(name) = any_group(tape, host)
        && let Some(group) = host.port_groups.get_mut(&name)
    {
        match what {
            4 => {
                group.security = Fact::Known(SecurityOverride {
                    forged_transmits: Some(false),
                    ..SecurityOverride::default()
                });
            }
            5 => group.shaping = Fact::Known(Some(shaping)),
            _ => {}
        }
    }
}

fn read_mtu(bytes: u16) -> Mtu {
    Mtu::new(bytes).unwrap_or_default()
}

fn routes(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    match tape.weighted(&[45, 25, 15, 15]) {
        0 => {
            let network = host::destination(tape);
            let route = host::route(tape, host, fabric, network);
            host.routes.retain(|other| other.network != network);
            host.routes.extend(route);
        }
        1 | 2 => {
            let default: IpNet = read("0.0.0.0/0");
            if let Some(route) = host::route(tape, host, fabric, default) {
                host.routes.retain(|other| other.netstack != route.netstack || other.network != default);
                host.routes.insert(route);
            }
        }
        _ => {
            let at = tape.below(host.routes.len());
            let gone = host.routes.iter().nth(at).cloned();
            host.routes.retain(|route| Some(route) != gone.as_ref());
        }
    }
}

fn vlan(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let Some(name) = any_group(tape, host) else { return };
    let network = tape.pick(&fabric.networks).map(|network| network.segment);
    let odd = tape.chance(15);
    let Some(group) = host.port_groups.get_mut(&name) else { return };
    let uplink = host.vswitches.get(&group.vswitch).and_then(|switch| switch.uplinks.first());
    let port = uplink.and_then(|nic| fabric.ports.get(nic));
    group.vlan = match network {
        Some(segment) if !odd => vlan_for(port, segment),
        _ => [VlanId::UNTAGGED, read("5"), read("77"), VlanId::GUEST][tape.below(4)],
    };
}

/// Attaches, detaches or moves a card.
fn uplinks(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let nics: Vec<VmnicName> = host.nics.keys().cloned().collect();
    let Some(nic) = tape.pick(&nics) else { return };
    let from = host.vswitches.iter().find(|(_, switch)| switch.uplinks.contains(nic)).map(|(name, _)| name);
    let from = from.cloned();
    let to = any_switch(tape, host);
    let detach_only = tape.chance(30);
    if let Some(switch) = from.as_ref().and_then(|name| host.vswitches.get_mut(name)) {
        switch.uplinks.remove(nic);
    }
    settle(host);
    let Some(to) = to.filter(|to| !detach_only && Some(to) != from.as_ref()) else { return };
    let Some(switch) = host.vswitches.get_mut(&to) else { return };
    switch.uplinks.insert(nic.clone());
    if let Fact::Known(teaming) = &mut switch.teaming {
        match tape.weighted(&[60, 20, 20]) {
            0 => teaming.order.active.push(nic.clone()),
            1 => teaming.order.standby.push(nic.clone()),
            _ => {}
        }
    }
    if tape.chance(40) {
        let name =
            host.port_groups.iter().find(|(_, group)| group.vswitch == to).map(|(name, _)| name.clone());
        own_teaming(tape, host, fabric, name);
    }
}

fn own_teaming(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric, name: Option<PortGroupName>) {
    let Some(name) = name else { return };
    let Some(group) = host.port_groups.get(&name) else { return };
    let uplinks = host.vswitches[&group.vswitch].uplinks.clone();
    let own =
        if tape.chance(35) { TeamingOverride::default() } else { host::own_teaming(tape, fabric, &uplinks) };
    if let Some(group) = host.port_groups.get_mut(&name) {
        group.teaming = Fact::Known(own);
    }
}

fn teaming(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    if tape.chance(40) {
        let name = any_group(tape, host);
        return own_teaming(tape, host, fabric, name);
    }
    let Some(name) = any_switch(tape, host) else { return };
    let Some(switch) = host.vswitches.get_mut(&name) else { return };
    let order = host::order(tape, &switch.uplinks);
    let Fact::Known(teaming) = &mut switch.teaming else { return };
    match tape.below(4) {
        0 => teaming.failback = !teaming.failback,
        1 => teaming.load_balancing = POLICIES[tape.below(4)],
        2 => teaming.order = order,
        _ => teaming.notify_switches = !teaming.notify_switches,
    }
}

fn address(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let Some(name) = any_vmk(tape, host) else { return };
    let stay = !tape.chance(30);
    let old = host.vmkernel[&name].ipv4_address();
    let around = |network: &&Network| old.is_some_and(|old| network.subnet.contains(&IpAddr::V4(old.addr())));
    let network = match fabric.networks.iter().find(around) {
        Some(network) if stay => Some(network),
        _ => tape.pick(&fabric.networks),
    };
    let Some(IpNet::V4(subnet)) = network.map(|network| network.subnet) else { return };
    // A slot that no generated adapter has.
    let slot = 40 + tape.below(20);
    let ipv4 = match tape.weighted(&[85, 8, 7]) {
        0 => match host::ipv4_in(tape, subnet, slot) {
            // Nobody can ask for a lease.
            Ipv4Config::Dhcp { .. } => Ipv4Config::Dhcp { lease: None },
            other => other,
        },
        1 => Ipv4Config::Dhcp { lease: None },
        _ => Ipv4Config::None,
    };
    if let Some(vmk) = host.vmkernel.get_mut(&name) {
        vmk.ipv4 = Fact::Known(ipv4);
        if tape.chance(5) {
            vmk.enabled = !vmk.enabled;
        }
    }
    if tape.chance(85) {
        restore_default(tape, host, fabric);
    }
}

/// Gives the host a default route again after its address moved.
fn restore_default(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    settle(host);
    let default: IpNet = read("0.0.0.0/0");
    if host.routes.iter().all(|route| route.network != default) {
        let route = host::route(tape, host, fabric, default);
        host.routes.extend(route);
    }
}

/// Moves an adapter to another port group, perhaps one made for it.
fn move_adapter(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let Some(name) = any_vmk(tape, host) else { return };
    let old = host.port_groups.get(&host.vmkernel[&name].port_group).cloned();
    let free = |(name, group): (&PortGroupName, &PortGroup)| {
        let taken = host.vmkernel.values().any(|vmk| vmk.port_group == *name);
        (!taken && group.vm_ports == 0).then(|| name.clone())
    };
    let free: Vec<PortGroupName> = host.port_groups.iter().filter_map(free).collect();
    let target = if tape.chance(50) {
        let Some(target) = tape.pick(&free).cloned() else { return };
        target
    } else {
        let target: PortGroupName = read(&format!("Moved {}", tape.below(9)));
        if host.port_groups.contains_key(&target) {
            return;
        }
        let Some(switch) = any_switch(tape, host) else { return };
        let old_address = host.vmkernel[&name].addresses().next().map(|net| net.addr());
        let around = |network: &&Network| old_address.is_some_and(|old| network.subnet.contains(&old));
        let network = fabric.networks.iter().find(around);
        let mut group = host::group(tape, host, fabric, &switch, network);
        if let Some(old) = old.filter(|old| old.vswitch == switch) {
            group.vlan = old.vlan;
        }
        host.port_groups.insert(target.clone(), group);
        target
    };
    if let Some(vmk) = host.vmkernel.get_mut(&name) {
        vmk.port_group = target;
    }
}

fn add_adapter(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let Some(switch) = any_switch(tape, host) else { return };
    let slot = 10 + tape.below(5);
    let (vmk_name, group_name): (VmkName, PortGroupName) =
        (read(&format!("vmk{slot}")), read(&format!("Added {slot}")));
    if host.vmkernel.contains_key(&vmk_name) || host.port_groups.contains_key(&group_name) {
        return;
    }
    let network = tape.pick(&fabric.networks);
    let group = host::group(tape, host, fabric, &switch, network);
    let mut vmk = host::adapter(tape, group_name.clone(), network, slot);
    vmk.mac = None;
    if let Fact::Known(Ipv4Config::Dhcp { lease }) = &mut vmk.ipv4 {
        // Nobody can ask for a lease.
        *lease = None;
    }
    host.port_groups.insert(group_name, group);
    host.vmkernel.insert(vmk_name, vmk);
}

fn add_switch(tape: &mut Tape<'_>, host: &mut HostState, fabric: &Fabric) {
    let name: SwitchName = read(&format!("vSwitch{}", 7 + tape.below(3)));
    if host.vswitches.contains_key(&name) {
        return;
    }
    host.vswitches.insert(name.clone(), host::switch());
    let attached = |nic: &VmnicName| host.vswitches.values().any(|switch| switch.uplinks.contains(nic));
    let idle: Vec<VmnicName> = host.nics.keys().filter(|nic| !attached(nic)).cloned().collect();
    if let Some(nic) = tape.pick(&idle).cloned()
        && let Some(switch) = host.vswitches.get_mut(&name)
    {
        switch.uplinks.insert(nic.clone());
        if let Fact::Known(teaming) = &mut switch.teaming {
            teaming.order.active.push(nic);
        }
    }
    let network = tape.pick(&fabric.networks);
    let group = host::group(tape, host, fabric, &name, network);
    host.port_groups.insert(read(&format!("On {name}")), group);
}

/// Removes an adapter, a port group or a vSwitch that is not in use.
fn remove(tape: &mut Tape<'_>, host: &mut HostState) {
    let used = |host: &HostState, name: &PortGroupName| {
        host.port_groups[name].vm_ports > 0 || host.vmkernel.values().any(|vmk| vmk.port_group == *name)
    };
    match tape.below(3) {
        0 => {
            if let Some(name) = any_group(tape, host)
                && !used(host, &name)
            {
                host.port_groups.remove(&name);
            }
        }
        1 => {
            if let Some(name) = any_switch(tape, host)
                && !host.port_groups.iter().any(|(group, on)| on.vswitch == name && used(host, group))
            {
                host.vswitches.remove(&name);
            }
        }
        _ => {
            if let Some(name) = any_vmk(tape, host) {
                host.vmkernel.remove(&name);
            }
        }
    }
}

fn tags(tape: &mut Tape<'_>, host: &mut HostState) {
    let Some(name) = any_vmk(tape, host) else { return };
    let tag = if tape.chance(40) { "VMotion" } else { MANAGEMENT_TAG };
    if let Some(vmk) = host.vmkernel.get_mut(&name)
        && !vmk.tags.remove(tag)
    {
        vmk.tags.insert(tag.to_owned());
    }
}

fn any_switch(tape: &mut Tape<'_>, host: &HostState) -> Option<SwitchName> {
    tape.pick(&host.vswitches.keys().cloned().collect::<Vec<_>>()).cloned()
}
fn any_group(tape: &mut Tape<'_>, host: &HostState) -> Option<PortGroupName> {
    // The management port group half of the time.
    let management: PortGroupName = read("Management Network");
    if tape.chance(50) && host.port_groups.contains_key(&management) {
        return Some(management);
    }
    tape.pick(&host.port_groups.keys().cloned().collect::<Vec<_>>()).cloned()
}
fn any_vmk(tape: &mut Tape<'_>, host: &HostState) -> Option<VmkName> {
    tape.pick(&host.vmkernel.keys().cloned().collect::<Vec<_>>()).cloned()
}

/// Drops what refers to something that is gone, and routes that no adapter can use.
fn settle(host: &mut HostState) {
    let switches: BTreeSet<SwitchName> = host.vswitches.keys().cloned().collect();
    host.port_groups.retain(|_, group| switches.contains(&group.vswitch));
    let groups: BTreeSet<PortGroupName> = host.port_groups.keys().cloned().collect();
    host.vmkernel.retain(|_, vmk| groups.contains(&vmk.port_group));
    let attached = |list: &mut Vec<VmnicName>, uplinks: &BTreeSet<VmnicName>| {
        list.retain(|nic| uplinks.contains(nic));
    };
    for switch in host.vswitches.values_mut() {
        if let Fact::Known(teaming) = &mut switch.teaming {
            attached(&mut teaming.order.active, &switch.uplinks);
            attached(&mut teaming.order.standby, &switch.uplinks);
        }
    }
    for group in host.port_groups.values_mut() {
        let uplinks = &host.vswitches[&group.vswitch].uplinks;
        if let Fact::Known(TeamingOverride { order: Some(order), .. }) = &mut group.teaming {
            attached(&mut order.active, uplinks);
            attached(&mut order.standby, uplinks);
        }
    }
    let mut seen = BTreeSet::new();
    for vmk in host.vmkernel.values_mut() {
        // The same address again: the later adapter goes without.
        if vmk.ipv4_address().is_some_and(|net| !seen.insert(net.addr())) {
            vmk.ipv4 = Fact::Known(Ipv4Config::None);
        }
    }
    let reachable = |route: &esxi_core::state::Route| {
        let local = matches!(route.gateway, IpAddr::V6(v6) if v6.is_unicast_link_local());
        let members = host.vmkernel.values().filter(|vmk| vmk.netstack == route.netstack);
        local || members.flat_map(|vmk| vmk.addresses()).any(|net| net.contains(&route.gateway))
    };
    let routes = host.routes.iter().filter(|route| reachable(route)).cloned().collect();
    host.routes = routes;
}
