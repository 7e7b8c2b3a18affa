//! The DHCP servers of the fabric.

use esxi_core::reach::{Answer, Fabric, answer};
use esxi_core::state::{Fact, HostState, Ipv4Config, Lease};
use ipnet::Ipv4Net;
use std::net::IpAddr;

/// Gives every adapter that asks for one the lease of the network it is on. An adapter is on a network when,
/// with the address of the lease, it would be answered from within that network.
pub(crate) fn hand_out(state: &mut HostState, fabric: &Fabric) {
    let asking = |name: &&esxi_core::value::VmkName| {
        matches!(state.vmkernel[*name].ipv4.known(), Some(Ipv4Config::Dhcp { lease: None }))
    };
    let names: Vec<_> = state.vmkernel.keys().filter(asking).cloned().collect();
    for name in names {
        for network in &fabric.networks {
            let (Some(IpAddr::V4(offer)), prefix) = (network.dhcp, network.subnet.prefix_len()) else {
                continue;
            };
            let Ok(address) = Ipv4Net::new(offer, prefix) else { continue };
            if state.vmk_with_address(offer.into()).is_some() {
                continue;
            }
            let gateway = match network.gateway {
                Some(IpAddr::V4(gateway)) => Some(gateway),
                _ => None,
            };
            let neighbour = network.gateway.or_else(|| {
                let IpAddr::V4(first) = network.subnet.hosts().find(|host| *host != IpAddr::V4(offer))?
                else {
                    return None;
                };
                Some(first.into())
            });
            let (Some(neighbour), Some(adapter)) = (neighbour, state.vmkernel.get_mut(&name)) else {
                continue;
            };
            adapter.ipv4 = Fact::Known(Ipv4Config::Dhcp { lease: Some(Lease { address, gateway }) });
            if answer(state, fabric, neighbour, offer.into()).answer == Answer::Yes {
                break;
            }
            if let Some(adapter) = state.vmkernel.get_mut(&name) {
                adapter.ipv4 = Fact::Known(Ipv4Config::Dhcp { lease: None });
            }
        }
    }
}

/// Leases do not outlive a boot.
pub(crate) fn forget(state: &mut HostState) {
    for adapter in state.vmkernel.values_mut() {
        if let Fact::Known(Ipv4Config::Dhcp { lease }) = &mut adapter.ipv4 {
            *lease = None;
        }
    }
}
