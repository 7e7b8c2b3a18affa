//! A host file's `addresses` against its `network`, by the rules of the provider.

use super::{HostSpec, Ipv4Spec, rules};
use crate::block::profile::{Delivery, Lacp, Tagged};
use crate::block::{AddressPlan, Catalogue, Profile, Role};
use crate::diag::{Diagnostic, codes};
use crate::value::VlanId;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Judges the `addresses` of a host file: by themselves, by their provider's rules, and against the `network` of the
/// same file. Without `addresses` there is nothing to judge.
///
/// Beside [`check`](super::check), which needs no provider. What [`Catalogue::plan`] refuses is among the findings.
///
/// ```
/// use esxi_core::block::Catalogue;
/// use esxi_core::spec::{check_addresses, HostSpec};
///
/// let spec: HostSpec = serde_json::from_str(r#"{ "version": 1,
///     "addresses": { "provider": "packet", "blocks": [{ "block": "147.75.1.8/29", "layout": "router-vm" }] },
///     "network": { "vmkernel": [{ "port_group": "Management Network",
///         "ipv4": { "address": "147.75.1.10/29" } }] } }"#)?;
/// let found = check_addresses(&spec, &Catalogue::builtin());
/// let error = found.iter().find(|finding| finding.is_error()).unwrap();
/// assert_eq!(error.path.as_deref(), Some("/network/vmkernel/0/ipv4"));
/// assert!(error.message.contains("router"), "{error}");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn check_addresses(spec: &HostSpec, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let Some(addresses) = &spec.addresses else { return Vec::new() };
    let below = |mut finding: Diagnostic| {
        finding.path = finding.path.map(|path| format!("/addresses{path}"));
        finding
    };
    let plan = match catalogue.plan(addresses) {
        Ok(plan) => plan,
        Err(found) => return found.into_iter().map(below).collect(),
    };
    let mut found: Vec<Diagnostic> = plan.diagnostics().iter().cloned().map(below).collect();
    adapters(spec, &plan, &mut found);
    gateway(spec, &plan, &mut found);
    own_networks(spec, &plan, &mut found);
    // Rules of a provider that nobody named bind nobody.
    if addresses.provider.is_some() {
        uplinks(spec, plan.profile(), &mut found);
        rules::provider::of_file(spec, &plan, &mut found);
        vlans(spec, plan.profile(), &mut found);
        mtu(spec, plan.profile(), &mut found);
    }
    found
}

/// The IPv4 addresses that the file gives vmkernel adapters, with the adapter's place.
fn static_ipv4(spec: &HostSpec) -> impl Iterator<Item = (String, ipnet::Ipv4Net)> {
    spec.vmkernel().filter_map(|(path, vmk)| match vmk.ipv4 {
        Some(Ipv4Spec::Static { address, .. }) => Some((path, address)),
        _ => None,
    })
}

/// An adapter's address in a planned block must be the one that the plan has for ESXi, with the block's mask.
fn adapters(spec: &HostSpec, plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    for (path, net) in static_ipv4(spec) {
        let path = format!("{path}/ipv4");
        let address = IpAddr::from(net.addr());
        let Some(block) = plan.blocks().iter().find(|block| block.block().contains(address)) else {
            continue;
        };
        let role = block.role(address).unwrap_or(Role::Reserved);
        if block.allocation().delivery == Delivery::Routed && role != Role::Management {
            let to = block.next_hop().map_or("another machine".to_owned(), |hop| hop.to_string());
            let finding = Diagnostic::error(
                codes::ROUTED_ADDRESS_ON_VMK,
                format!(
                    "{address} is of {}, which the provider routes to {to}: ESXi cannot hold it",
                    block.block()
                ),
            );
            let help = "put a router virtual machine there, give it this address to pass on, and the adapter the \
                        management address of the server's own block";
            found.push(finding.at(path).help(help));
        } else if role != Role::Management {
            let finding = Diagnostic::error(
                codes::PROVIDER_RULE,
                format!("{address} is the {role} address of {}, not ESXi's", block.block()),
            );
            let help = match block.management() {
                Some(own) => format!("give the adapter {own}/{}, or state another layout", block.prefix()),
                None => "state it as `management` of the block, or take another layout".to_owned(),
            };
            found.push(finding.at(path).help(help));
        } else if net.prefix_len() != block.prefix() {
            let finding = Diagnostic::error(
                codes::GATEWAY_OFF_SUBNET,
                format!("{net} is not in the mask of its block {}", block.block()),
            );
            let help = format!(
                "write {address}/{}: the vmkernel refuses a gateway outside its subnet",
                block.prefix()
            );
            found.push(finding.at(path).help(help));
        }
    }
}

/// The default gateway must be the provider's, where it is in a planned block.
fn gateway(spec: &HostSpec, plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    let Some(network) = &spec.network else { return };
    let stated = [
        ("/network/gateway", network.gateway.map(IpAddr::from)),
        ("/network/gateway6", network.gateway6.map(IpAddr::from)),
    ];
    for (path, stated) in stated {
        let Some(stated) = stated else { continue };
        let Some(block) = plan.blocks().iter().find(|block| block.block().contains(stated)) else { continue };
        if block.role(stated) == Some(Role::Gateway) {
            continue;
        }
        let role = block.role(stated).unwrap_or(Role::Reserved);
        let finding = Diagnostic::error(
            codes::PROVIDER_RULE,
            format!("{stated} is the {role} address of {}, not its gateway", block.block()),
        )
        .at(path);
        found.push(match block.gateway() {
            Some(gateway) => finding.help(format!("write {gateway}")).fix(gateway.to_string()),
            None => finding.help("ask the provider for the gateway and state it as `gateway` of the block"),
        });
    }
}

/// The user's own networks must not be where the host's own subnets and routes go.
fn own_networks(spec: &HostSpec, plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    let mut judge = |net: ipnet::IpNet, path: String, what: &str| {
        // A default route leads everywhere and conflicts with nothing.
        if net.prefix_len() == 0 {
            return;
        }
        for own in plan.spec().own_networks.iter().filter(|own| own.overlaps(net.into())) {
            let message = format!("{what} {net} takes what is meant for the own network {own}");
            let help = "remove it, or take other addresses for the own network";
            found.push(Diagnostic::error(codes::PRIVATE_SIDE_CONFLICT, message).at(path.clone()).help(help));
        }
    };
    for (path, route) in spec.routes() {
        judge(route.to, format!("{path}/to"), "the route to");
    }
    for (path, net) in static_ipv4(spec) {
        judge(net.into(), format!("{path}/ipv4"), "the adapter's subnet");
    }
    let removed = plan.spec().without_private_side;
    let Some(private) = plan.profile().private.as_ref().filter(|_| removed) else { return };
    for (path, route) in spec.routes().filter(|(_, route)| route.to == private.subnet) {
        let message =
            format!("the private side is said to be removed, and here is its route to {}", route.to);
        let help = "remove the route, or `without_private_side`";
        found.push(Diagnostic::error(codes::PRIVATE_SIDE_CONFLICT, message).at(path).help(help));
    }
}

fn uplinks(spec: &HostSpec, profile: &Profile, found: &mut Vec<Diagnostic>) {
    let Some(most) = profile.uplinks.as_ref().and_then(|uplinks| uplinks.per_vswitch) else { return };
    for (path, switch) in spec.vswitches() {
        let count = switch.uplinks.as_ref().map_or(0, Vec::len);
        if count > usize::from(most) {
            let why = match profile.uplinks.as_ref().and_then(|uplinks| uplinks.lacp) {
                Some(Lacp::Required) => {
                    ": the ports are bundled with LACP, which a standard vSwitch does not speak"
                }
                _ => "",
            };
            let message =
                format!("{count} uplinks on one vSwitch; at {} it takes {most}{why}", profile.title);
            let help = "leave one, and put the other under a vSwitch of its own";
            found.push(
                Diagnostic::error(codes::PROVIDER_RULE, message).at(format!("{path}/uplinks")).help(help),
            );
        }
    }
}

/// Port groups that tag, on vSwitches that have or may have an uplink.
fn tagged(spec: &HostSpec) -> impl Iterator<Item = (String, &super::PortGroupSpec, u16)> {
    spec.port_groups().filter_map(|(path, switch, group)| {
        let isolated = switch.uplinks.as_ref().is_some_and(Vec::is_empty);
        let id = group.vlan.map_or(0, VlanId::get);
        (!isolated && (1..=4094).contains(&id)).then_some((path, group, id))
    })
}

fn vlans(spec: &HostSpec, profile: &Profile, found: &mut Vec<Diagnostic>) {
    let Some(l2) = &profile.l2 else { return };
    let ids: BTreeSet<u16> = tagged(spec).map(|(_, _, id)| id).collect();
    for (path, _, id) in tagged(spec) {
        let at = format!("{path}/vlan");
        if l2.tagged == Some(Tagged::Never) {
            let message =
                format!("frames of VLAN {id} would be tagged; {} delivers untagged ones only", profile.title);
            found.push(Diagnostic::error(codes::PROVIDER_RULE, message).at(at).help("write `vlan: 0`"));
        } else if let Some((first, last)) =
            l2.vlan_range.filter(|(first, last)| !(*first..=*last).contains(&id))
        {
            let message = format!("{} assigns VLANs {first} to {last}, not {id}", profile.title);
            let help = "take the id that the provider shows for the network";
            found.push(Diagnostic::warning(codes::PROVIDER_RULE, message).at(at).help(help));
        } else if l2.tagged == Some(Tagged::WhenMoreThanOne) && ids.len() == 1 {
            let message = format!(
                "one VLAN alone is delivered untagged at {}: with a tag of {id} nothing arrives until a second is added",
                profile.title
            );
            let help =
                "write `vlan: 0` while there is one; with the second, all of them are tagged, the first too";
            found.push(Diagnostic::warning(codes::PROVIDER_RULE, message).at(at).help(help));
        }
    }
    if let Some(most) = l2.max_vlans.filter(|most| ids.len() > usize::from(*most)) {
        let message = format!("{} VLANs; {} lets a server have {most}", ids.len(), profile.title);
        let help = "put several networks behind one, routed by a virtual machine";
        found.push(Diagnostic::warning(codes::PROVIDER_RULE, message).at("/network/vswitches").help(help));
    }
}

/// Adapters on the provider's VLANs must not send larger packets than these carry.
fn mtu(spec: &HostSpec, profile: &Profile, found: &mut Vec<Diagnostic>) {
    let Some(most) = profile.l2.as_ref().and_then(|l2| l2.mtu) else { return };
    for (path, vmk) in spec.vmkernel() {
        let on_vlan = tagged(spec).any(|(_, group, _)| group.name == vmk.port_group);
        let Some(mtu) = vmk.mtu.filter(|mtu| on_vlan && *mtu > most) else { continue };
        let message = format!(
            "packets of {} bytes on a VLAN; the networks of {} carry {}",
            mtu.get(),
            profile.title,
            most.get()
        );
        let finding = Diagnostic::warning(codes::PROVIDER_RULE, message).at(format!("{path}/mtu"));
        found.push(finding.help(format!("write {}", most.get())).fix(most.get().to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: serde_json::Value) -> Vec<(String, String)> {
        let mut file = file;
        file["version"] = 1.into();
        let spec: HostSpec = serde_json::from_value(file).unwrap();
        let mut found = check_addresses(&spec, &Catalogue::builtin());
        found.retain(|finding| finding.code != codes::PROVIDER_WARNING);
        assert!(found.iter().all(|finding| finding.help.is_some()));
        found.into_iter().map(|d| (d.code.to_string(), d.path.unwrap_or_default())).collect()
    }

    fn packet(layout: &str, network: serde_json::Value) -> Vec<(String, String)> {
        found(serde_json::json!({
            "addresses": { "provider": "packet", "blocks": [{ "block": "147.75.1.8/29", "layout": layout }],
                           "own_networks": ["192.168.7.0/24"] },
            "network": network,
        }))
    }

    fn one(code: &str, path: &str) -> Vec<(String, String)> {
        vec![(code.to_owned(), path.to_owned())]
    }

    #[test]
    fn the_adapter_has_the_plans_address_and_mask() {
        let on = |address: &str| serde_json::json!({ "vmkernel": [{ "port_group": "M", "ipv4": { "address": address } }] });
        assert_eq!(packet("direct", on("147.75.1.10/29")), []);
        assert_eq!(packet("router-vm", on("147.75.1.11/29")), []);
        let place = "/network/vmkernel/0/ipv4";
        assert_eq!(packet("router-vm", on("147.75.1.10/29")), one("IP034", place));
        assert_eq!(packet("direct", on("147.75.1.12/29")), one("IP034", place));
        assert_eq!(packet("direct", on("147.75.1.10/32")), one("IP025", place));
        assert_eq!(packet("direct", on("192.168.7.2/24")), one("IP026", place));
    }

    #[test]
    fn gateways_and_routes_agree_with_the_plan() {
        let network = |gateway: &str, to: &str| serde_json::json!({ "gateway": gateway, "routes": [{ "to": to, "via": "147.75.1.9" }] });
        assert_eq!(packet("direct", network("147.75.1.9", "10.0.0.0/8")), []);
        assert_eq!(packet("direct", network("147.75.1.14", "10.0.0.0/8")), one("IP034", "/network/gateway"));
        assert_eq!(
            packet("direct", network("147.75.1.9", "192.168.0.0/16")),
            one("IP026", "/network/routes/0/to")
        );
        let removed = found(serde_json::json!({
            "addresses": { "provider": "packet", "without_private_side": true, "own_networks": ["10.7.0.0/16"],
                           "blocks": [{ "block": "147.75.1.8/29" }] },
            "network": network("147.75.1.9", "10.0.0.0/8"),
        }));
        let route = "/network/routes/0";
        assert_eq!(removed, [one("IP026", &format!("{route}/to")), one("IP026", route)].concat());
    }

    #[test]
    fn cards_and_vlans_are_the_providers() {
        let cards =
            serde_json::json!({ "vswitches": [{ "name": "vSwitch0", "uplinks": ["vmnic0", "vmnic1"] }] });
        assert_eq!(packet("direct", cards), one("IP034", "/network/vswitches/0/uplinks"));
        let vlans = |ids: &[u16], uplinks: &[&str]| {
            let groups: Vec<_> =
                ids.iter().map(|id| serde_json::json!({ "name": format!("v{id}"), "vlan": id })).collect();
            serde_json::json!({ "vswitches": [{ "name": "vSwitch1", "uplinks": uplinks, "port_groups": groups }] })
        };
        let first = "/network/vswitches/0/port_groups/0/vlan";
        assert_eq!(packet("direct", vlans(&[1001], &["vmnic1"])), one("IP034", first));
        assert_eq!(packet("direct", vlans(&[1001, 1002], &["vmnic1"])), []);
        assert_eq!(packet("direct", vlans(&[1001], &[])), []);
        let hetzner = |ids: &[u16], mtu: u16| {
            let mut network = vlans(ids, &["vmnic0"]);
            network["vmkernel"] = serde_json::json!([{ "port_group": format!("v{}", ids[0]), "mtu": mtu }]);
            found(serde_json::json!({
                "addresses": { "provider": "hetzner-robot", "blocks": [
                    { "block": "88.99.1.64/26", "management": "88.99.1.77", "gateway": "88.99.1.65" }] },
                "network": network,
            }))
        };
        assert_eq!(hetzner(&[4000], 1400), []);
        assert_eq!(hetzner(&[100], 1400), one("IP034", first));
        assert_eq!(hetzner(&[4000], 1500), one("IP034", "/network/vmkernel/0/mtu"));
    }

    #[test]
    fn what_the_plan_refuses_is_found_at_its_place() {
        let bad = found(serde_json::json!({
            "addresses": { "provider": "packet", "blocks": [{ "block": "147.75.1.8/29", "layout": "rooter-vm" }] } }));
        assert_eq!(bad, one("IP006", "/addresses/blocks/0/layout"));
        assert_eq!(found(serde_json::json!({})), []);
    }
}
