//! One default gateway per TCP/IP stack and address family.

use crate::diag::{Diagnostic, codes};
use crate::spec::HostSpec;
use crate::value::NetstackName;
use std::net::IpAddr;

/// `gateway` and a default route beside it.
pub(super) fn twice(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    let Some(network) = &spec.network else { return };
    let stated =
        [(network.gateway.map(IpAddr::from), "gateway"), (network.gateway6.map(IpAddr::from), "gateway6")];
    for (path, route) in spec.routes() {
        let default_stack = route.netstack.as_ref().is_none_or(|stack| *stack == NetstackName::default());
        if route.to.prefix_len() > 0 || !default_stack {
            continue;
        }
        let other = stated.iter().find_map(|(gateway, key)| {
            let gateway = gateway.filter(|gateway| gateway.is_ipv4() == route.via.is_ipv4())?;
            Some((gateway, *key))
        });
        let Some((gateway, key)) = other.filter(|(gateway, _)| *gateway != route.via) else { continue };
        let message = format!(
            "a second default gateway, {}, beside `{key}: {gateway}`: a TCP/IP stack has one, for all services on it",
            route.via
        );
        let help = "leave one; route what belongs to the other by its network, or give it a stack of its own";
        found.push(
            Diagnostic::warning(codes::DEFAULT_GATEWAY_TWICE, message).at(format!("{path}/via")).help(help),
        );
    }
}
