//! The path a live session proves.

use super::routing::{ReplyPath, subnet_around};
use super::{Evidence, Fabric, Lag, Session, reply_path};
use crate::state::{HostState, LoadBalancing, Teaming};
use crate::value::{PortGroupName, VlanId, VmkName, VmnicName};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Everything on the host's side that the frames of a session depend on. An adapter with the same values
/// reaches the same client: the session shows that this combination works, whatever the fabric is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedPath {
    client: IpAddr,
    server: IpAddr,
    vmk: VmkName,
    port_group: PortGroupName,
    subnet: IpNet,
    next_hop: Option<IpAddr>,
    wire: Wire,
}

/// How an adapter's frames get onto the wire: which cards, chosen how, with which tag.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wire {
    vlan: VlanId,
    /// Attached cards with their carrier.
    uplinks: BTreeMap<VmnicName, bool>,
    teaming: Teaming,
}

impl Wire {
    fn of(host: &HostState, vmk: &str) -> Option<Wire> {
        let group_name = &host.vmkernel.get(vmk)?.port_group;
        let group = host.port_groups.get(group_name)?;
        let switch = host.vswitches.get(&group.vswitch)?;
        let carrier = |nic: &VmnicName| (nic.clone(), host.nics.get(nic).is_some_and(|nic| nic.link_up));
        Some(Wire {
            vlan: group.vlan,
            uplinks: switch.uplinks.iter().map(carrier).collect(),
            teaming: host.effective_teaming(group_name)?,
        })
    }

    /// Whether every port of this wiring uses the same card. Where the teaming binds each port to one of several
    /// uplinks, another adapter, or the same one made anew, may be bound to another uplink.
    fn leaves_no_choice(&self) -> bool {
        let live = self.teaming.order.members().filter(|nic| self.uplinks.get(*nic) == Some(&true)).count();
        self.teaming.load_balancing == LoadBalancing::Explicit || live == 1
    }
}

impl ObservedPath {
    /// The path of a session over a host in this state; `None` when the state does not explain it (address
    /// translation in between, or an unknown policy), so that nothing is proved.
    pub fn of(host: &HostState, session: &Session) -> Option<ObservedPath> {
        let vmk = host.vmk_with_address(session.server)?;
        let reply = reply_path(host, vmk, session.client).ok()?;
        Some(ObservedPath {
            client: session.client,
            server: session.server,
            vmk: vmk.clone(),
            port_group: host.vmkernel[vmk].port_group.clone(),
            subnet: subnet_around(host, vmk, session.server)?.trunc(),
            next_hop: reply.gateway,
            wire: Wire::of(host, vmk)?,
        })
    }

    /// Whether an address on an adapter of a (later) state is on the same path.
    ///
    /// Another address of the subnet is, too, unless a link aggregation may hash it onto another member: then the
    /// ports of the wire must be stated to be in none that does.
    pub(super) fn proves(
        &self,
        host: &HostState,
        fabric: &Fabric,
        vmk: &VmkName,
        (client, server): (IpAddr, IpAddr),
        reply: &ReplyPath,
    ) -> bool {
        let adapter = &host.vmkernel[vmk];
        let same_port = *vmk == self.vmk && adapter.port_group == self.port_group;
        let unhashed = |nic: &VmnicName| {
            let port = fabric.ports.get(nic).filter(|port| port.evidence > Evidence::Assumed);
            port.is_some_and(|port| matches!(port.lag, Lag::None | Lag::Lacp { .. }))
        };
        // Who states that a port is bound to addresses means that others do not pass it.
        let bound = |nic: &VmnicName| {
            let list = fabric.macs.get(nic);
            list.is_none_or(|list| adapter.mac.is_some_and(|mac| list.contains(&mac)))
        };
        client == self.client
            && self.wire.uplinks.keys().all(bound)
            && (server == self.server || self.wire.uplinks.keys().all(unhashed))
            && reply.gateway == self.next_hop
            && adapter.addresses().any(|net| net.trunc() == self.subnet)
            && (same_port || self.wire.leaves_no_choice())
            && Wire::of(host, vmk).is_some_and(|wire| wire == self.wire)
    }
}
