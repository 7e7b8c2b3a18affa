//! Choices that make management hard to find or to answer.

use crate::diag::{Diagnostic, codes};
use crate::spec::{HostSpec, Ipv4Spec, VmkSpec};
use crate::state::MANAGEMENT_TAG;
use crate::value::NetstackName;

/// The installer's port group for management.
const INSTALLED: &str = "Management Network";

fn carries_management(vmk: &VmkSpec) -> bool {
    match &vmk.tags {
        Some(tags) => tags.iter().any(|tag| tag == MANAGEMENT_TAG),
        None => vmk.name.as_ref().is_some_and(|name| *name == "vmk0") || vmk.port_group == *INSTALLED,
    }
}

/// A management address by DHCP.
pub(super) fn by_dhcp(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    for (path, vmk) in spec.vmkernel() {
        if vmk.ipv4 != Some(Ipv4Spec::Dhcp) || !carries_management(vmk) {
            continue;
        }
        let mut message =
            "management gets its address by DHCP: it is gone with the lease, and no plan can say which it will be".to_owned();
        if spec.network.as_ref().is_some_and(|network| network.gateway.is_some()) {
            message += "; the lease may also bring another gateway than the one that is stated";
        }
        let help = "state `ipv4: { address: … }`, or have the DHCP server bind the address to the adapter's MAC address";
        found.push(
            Diagnostic::warning(codes::MANAGEMENT_BY_DHCP, message).at(format!("{path}/ipv4")).help(help),
        );
    }
}

/// A gateway of its own on an adapter for management (6.5 networking guide, verified: it is not in the routing table, and
/// only services that name the adapter use it).
pub(super) fn overrides(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    for (path, vmk) in spec.vmkernel() {
        let Some(Ipv4Spec::Static { gateway: Some(gateway), .. }) = vmk.ipv4 else { continue };
        let stacked = vmk.netstack.as_ref().is_some_and(|stack| *stack != NetstackName::default());
        let usual = spec.network.as_ref().and_then(|network| network.gateway) == Some(gateway);
        if stacked || usual || !carries_management(vmk) {
            continue;
        }
        let message = format!(
            "the adapter's own gateway {gateway} does not carry answers of management: these follow the stack's routes"
        );
        let help = "write it as `network.gateway`, or add a route to the clients under `network.routes`";
        let place = format!("{path}/ipv4/gateway");
        found.push(Diagnostic::warning(codes::GATEWAY_OVERRIDE, message).at(place).help(help));
    }
}
