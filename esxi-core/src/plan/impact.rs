//! What else goes dark: virtual machines, storage paths and other services.

use crate::command::Command;
use crate::reach::{ReplyPath, reply_path};
use crate::state::{HostState, MANAGEMENT_TAG, VmkAdapter};
use crate::value::{NetstackName, PortGroupName, VlanId, VmkName};
use serde::Serialize;
use std::fmt;
use std::net::IpAddr;

/// One thing besides management that a step interrupts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Impact {
    /// Virtual machines lose their network.
    VirtualMachines {
        /// Their port group.
        port_group: PortGroupName,
        /// Ports in use.
        ports: u32,
    },
    /// Virtual machines find themselves on another VLAN.
    VlanOfVirtualMachines {
        /// Their port group.
        port_group: PortGroupName,
        /// Ports in use.
        ports: u32,
    },
    /// A vmkernel adapter other than management's goes dark or changes its address; storage, vMotion or another
    /// service may depend on it.
    Adapter {
        /// The adapter.
        vmk: VmkName,
        /// Its services, empty when none is tagged.
        tags: Vec<String>,
    },
    /// Storage loses its path, or is reached over another one, which interrupts it.
    Storage {
        /// What: `datastore "nfs1"`, `iSCSI target`.
        object: String,
        /// Its server, as the host has it.
        server: String,
        /// The adapter it is reached over afterwards; absent when there is none, or when the server is a name, whose
        /// way nobody can tell.
        #[serde(skip_serializing_if = "Option::is_none")]
        over: Option<VmkName>,
    },
    /// Uplinks of a vSwitch with virtual machines may bounce.
    Bounce {
        /// A port group on it that virtual machines use.
        port_group: PortGroupName,
        /// Ports in use.
        ports: u32,
    },
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Impact::VirtualMachines { port_group, ports } => {
                write!(f, "{ports} VM port(s) on \"{port_group}\" lose their network")
            }
            Impact::VlanOfVirtualMachines { port_group, ports } => {
                write!(f, "{ports} VM port(s) on \"{port_group}\" change VLAN")
            }
            Impact::Adapter { vmk, tags } if tags.is_empty() => {
                write!(f, "{vmk} goes dark or changes its address")
            }
            Impact::Adapter { vmk, tags } => {
                write!(f, "{vmk} ({}) goes dark or changes its address", tags.join(", "))
            }
            Impact::Storage { object, server, over: None } => match server.parse::<IpAddr>() {
                Ok(_) => write!(f, "{object} ({server}) loses its path"),
                Err(_) => write!(f, "{object} ({server}) may lose its path"),
            },
            Impact::Storage { object, server, over: Some(vmk) } => {
                write!(f, "{object} ({server}) is interrupted and reached over {vmk} afterwards")
            }
            Impact::Bounce { port_group, ports } => {
                write!(f, "{ports} VM port(s) on \"{port_group}\" may lose their network for a moment")
            }
        }
    }
}

/// What one command interrupts.
pub(super) fn impact(before: &HostState, after: &HostState, command: &Command) -> Vec<Impact> {
    let mut list = Vec::new();
    for (name, group) in before.port_groups.iter().filter(|(_, group)| group.vm_ports > 0) {
        let (port_group, ports) = (name.clone(), group.vm_ports);
        let now = after.port_groups.get(name);
        if has_uplink(before, name) && !has_uplink(after, name) {
            list.push(Impact::VirtualMachines { port_group, ports });
        } else if now.is_some_and(|now| now.vlan != group.vlan) {
            list.push(Impact::VlanOfVirtualMachines { port_group, ports });
        } else if matches!(command, Command::VswitchSet { vswitch, mtu: Some(_), .. } if *vswitch == group.vswitch)
        {
            list.push(Impact::Bounce { port_group, ports });
        }
    }
    for (name, adapter) in &before.vmkernel {
        // Management's own adapter is what `reach` speaks of.
        if adapter.tags.contains(MANAGEMENT_TAG) || adapter.addresses().next().is_none() {
            continue;
        }
        let same = after.vmkernel.get(name).is_some_and(|now| {
            now.enabled == adapter.enabled
                && adapter.addresses().all(|net| now.addresses().any(|now| now == net))
        });
        let lit = |host: &HostState| has_uplink(host, &adapter.port_group);
        let vlan = |host: &HostState| host.port_groups.get(&adapter.port_group).map(|group| group.vlan);
        if !same || (lit(before) && !lit(after)) || vlan(before) != vlan(after) {
            list.push(Impact::Adapter { vmk: name.clone(), tags: adapter.tags.iter().cloned().collect() });
        }
    }
    storage(before, after, &mut list);
    list
}

/// How a server of the storage network is reached.
#[derive(PartialEq)]
struct Path<'a> {
    vmk: &'a VmkName,
    adapter: &'a VmkAdapter,
    vlan: Option<VlanId>,
    lit: bool,
    reply: ReplyPath,
}

/// The adapter of the default stack over which the routes lead to a server.
fn path_to(host: &HostState, server: IpAddr) -> Option<Path<'_>> {
    let of_stack = |adapter: &VmkAdapter| adapter.netstack == NetstackName::default();
    host.vmkernel.iter().filter(|(_, adapter)| of_stack(adapter)).find_map(|(vmk, _)| {
        let reply = reply_path(host, vmk, server).ok()?;
        path_over(host, vmk, reply)
    })
}

fn path_over<'a>(host: &'a HostState, vmk: &str, reply: ReplyPath) -> Option<Path<'a>> {
    let (vmk, adapter) = host.vmkernel.get_key_value(vmk)?;
    let vlan = host.port_groups.get(&adapter.port_group).map(|group| group.vlan);
    let lit = adapter.enabled && has_uplink(host, &adapter.port_group);
    Some(Path { vmk, adapter, vlan, lit, reply })
}

/// Whether what runs over a path goes on: the same adapter, address, VLAN and next hop, and still a live uplink.
fn goes_on(before: &Path<'_>, after: &Path<'_>) -> bool {
    let addresses = |path: &Path<'_>| path.adapter.addresses().collect::<Vec<_>>();
    before.vmk == after.vmk
        && before.vlan == after.vlan
        && before.reply == after.reply
        && after.lit
        && addresses(before).iter().all(|net| addresses(after).contains(net))
}

/// What is stored over the network and loses its path.
fn storage(before: &HostState, after: &HostState, list: &mut Vec<Impact>) {
    let used = &before.storage;
    if used.is_empty() {
        return;
    }
    for share in &used.nfs {
        for server in &share.servers {
            routed(before, after, format!("datastore \"{}\"", share.name), server, list);
        }
    }
    for target in &used.iscsi_targets {
        let object = "iSCSI target".to_owned();
        if used.iscsi_ports.is_empty() {
            routed(before, after, object, target, list);
            continue;
        }
        // A bound adapter sends by itself, whatever the routes say.
        let here = ReplyPath { gateway: None };
        for port in &used.iscsi_ports {
            let now = path_over(before, port, here.clone()).filter(|path| path.lit);
            let then = path_over(after, port, here.clone());
            let lost = |now: &Path<'_>| !then.as_ref().is_some_and(|then| goes_on(now, then));
            if now.as_ref().is_some_and(lost) {
                let over = then.filter(|then| then.lit && then.adapter.addresses().next().is_some());
                let (object, server) = (format!("iSCSI over {port}"), target.clone());
                list.push(Impact::Storage { object, server, over: over.map(|path| path.vmk.clone()) });
            }
        }
    }
}

/// One server that the routes decide how to reach.
fn routed(before: &HostState, after: &HostState, object: String, server: &str, list: &mut Vec<Impact>) {
    let over = match server.parse::<IpAddr>() {
        Ok(address) => {
            let Some(now) = path_to(before, address).filter(|path| path.lit) else { return };
            let then = path_to(after, address);
            if then.as_ref().is_some_and(|then| goes_on(&now, then)) {
                return;
            }
            then.filter(|then| then.lit).map(|path| path.vmk.clone())
        }
        Err(_) => {
            // Any change of a way out may be a change of the way to it.
            let same = before.routes == after.routes
                && before.vmkernel.keys().all(|vmk| {
                    let here = ReplyPath { gateway: None };
                    let now = path_over(before, vmk, here.clone()).filter(|path| path.lit);
                    let then = path_over(after, vmk, here);
                    let goes_on = |now| then.as_ref().is_some_and(|then| goes_on(&now, then));
                    now.is_none_or(goes_on)
                });
            if same {
                return;
            }
            None
        }
    };
    list.push(Impact::Storage { object, server: server.to_owned(), over });
}

/// A live uplink in the failover order in force.
pub(super) fn has_uplink(host: &HostState, port_group: &str) -> bool {
    let live = |nic: &crate::value::VmnicName| host.nics.get(nic).is_some_and(|nic| nic.link_up);
    host.effective_teaming(port_group).is_some_and(|teaming| teaming.order.members().any(live))
}
