//! The host's own routing decision for a reply.

use crate::state::HostState;
use crate::value::VmkName;
use ipnet::IpNet;
use std::net::IpAddr;

/// How an adapter reaches an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyPath {
    /// Next hop; `None` when the address is in the adapter's own subnet.
    pub gateway: Option<IpAddr>,
}

/// Why there is no reply by the adapter that received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReply {
    /// The stack has no route.
    NoRoute,
    /// Another adapter would send it, with an address that is not its own; such replies do not arrive (the
    /// observation in "static routes for VMware ESXi vmkernel ports").
    Asymmetric {
        /// The adapter that would send.
        answers: VmkName,
    },
    /// Several routes are equally good and do not agree.
    Ambiguous,
}

/// The route a reply from `vmk` to `to` takes: longest prefix first, within the adapter's TCP/IP stack. The
/// gateway override of an adapter does not count: only services bound to the adapter use it.
///
/// # Errors
/// [`NoReply`] says why the reply does not leave by `vmk`.
pub fn reply_path(host: &HostState, vmk: &str, to: IpAddr) -> Result<ReplyPath, NoReply> {
    let stack = &host.vmkernel[vmk].netstack;
    let adapters = || host.vmkernel.iter().filter(|(_, adapter)| adapter.netstack == *stack);
    let holder = |address: IpAddr| -> Vec<(&VmkName, u8)> {
        let mut found: Vec<(&VmkName, u8)> = Vec::new();
        for (name, adapter) in adapters() {
            let longest =
                adapter.addresses().filter(|net| net.contains(&address)).map(|net| net.prefix_len()).max();
            found.extend(longest.map(|prefix| (name, prefix)));
        }
        found
    };
    let mut choices: Vec<(u8, &VmkName, Option<IpAddr>)> =
        holder(to).into_iter().map(|(name, prefix)| (prefix, name, None)).collect();
    let lease_routes =
        adapters().filter_map(|(name, adapter)| Some((name, IpAddr::V4(adapter.lease_gateway()?))));
    if to.is_ipv4() {
        choices.extend(lease_routes.map(|(name, gateway)| (0, name, Some(gateway))));
    }
    for route in host.routes.iter().filter(|route| route.netstack == *stack && route.network.contains(&to)) {
        let prefix = route.network.prefix_len();
        choices.extend(longest(&holder(route.gateway)).map(|name| (prefix, name, Some(route.gateway))));
    }
    let Some(best) = choices.iter().map(|choice| choice.0).max() else { return Err(NoReply::NoRoute) };
    // A connected subnet wins over a route of the same length.
    let connected = choices.iter().any(|choice| choice.0 == best && choice.2.is_none());
    choices.retain(|choice| choice.0 == best && (!connected || choice.2.is_none()));
    choices.sort();
    choices.dedup();
    // Whether the routes of a disabled adapter stay in the table is not documented anywhere.
    if choices.iter().any(|choice| !host.vmkernel[choice.1].enabled) {
        return Err(NoReply::Ambiguous);
    }
    match choices.as_slice() {
        [(_, name, gateway)] if **name == *vmk => Ok(ReplyPath { gateway: *gateway }),
        [(_, name, _)] => Err(NoReply::Asymmetric { answers: (*name).clone() }),
        several if several.iter().all(|choice| *choice.1 != *vmk) => {
            Err(NoReply::Asymmetric { answers: several[0].1.clone() })
        }
        _ => Err(NoReply::Ambiguous),
    }
}

/// The adapters whose subnet around the gateway is the most specific; several when they share it.
fn longest<'a>(holders: &[(&'a VmkName, u8)]) -> impl Iterator<Item = &'a VmkName> {
    let best = holders.iter().map(|holder| holder.1).max();
    holders
        .iter()
        .filter(move |holder| Some(holder.1) == best)
        .map(|holder| holder.0)
        .collect::<Vec<_>>()
        .into_iter()
}

/// The subnet of an adapter that contains an address.
pub(super) fn subnet_around(host: &HostState, vmk: &str, address: IpAddr) -> Option<IpNet> {
    host.vmkernel.get(vmk)?.addresses().filter(|net| net.contains(&address)).max_by_key(IpNet::prefix_len)
}
