//! What else goes dark: virtual machines, storage paths and other services.

use crate::command::Command;
use crate::state::{HostState, MANAGEMENT_TAG};
use crate::value::{PortGroupName, VmkName};
use serde::Serialize;
use std::fmt;

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
    list
}

/// A live uplink in the failover order in force.
pub(super) fn has_uplink(host: &HostState, port_group: &str) -> bool {
    let live = |nic: &crate::value::VmnicName| host.nics.get(nic).is_some_and(|nic| nic.link_up);
    host.effective_teaming(port_group).is_some_and(|teaming| teaming.order.members().any(live))
}
