//! The `management` part of a host file: what a plan may use to keep management answering.

use super::check::overlap;
use super::{HostSpec, text};
use crate::diag::{Diagnostic, codes};
use crate::state::HostState;
use crate::value::VlanId;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A way to the host that is free, for the time of a change.
///
/// Some changes cannot be made without a dark moment: the adapter that carries management has to be made anew, say.
/// With an address in a subnet of its own a plan may make a second adapter first, manage the host over that one, and
/// take it away again in the end. Without one a plan never invents an address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ManagementSpec {
    /// Address with prefix length that a plan may put on a temporary vmkernel adapter, such as 10.9.9.5/24. Nothing
    /// else has it, and its subnet is that of no other vmkernel adapter.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "text::maybe_net")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub spare_address: Option<IpNet>,
    /// VLAN id of the temporary port group; 0, also when absent: untagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spare_vlan: Option<VlanId>,
    /// Router in the subnet of `spare_address`, by which the client is reached where it is not in that subnet itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub spare_gateway: Option<IpAddr>,
}

impl HostSpec {
    /// The `management` part, or an empty one.
    fn management(&self) -> ManagementSpec {
        self.management.clone().unwrap_or_default()
    }
}

fn unfit(field: &str, message: String) -> Diagnostic {
    Diagnostic::error(codes::SPARE_ADDRESS_UNFIT, message)
        .at(format!("/management/{field}"))
        .help("state an address that nothing has, in a subnet that no vmkernel adapter is in")
}

/// What can be judged of the part by the file alone.
pub(super) fn check(spec: &HostSpec, found: &mut Vec<Diagnostic>) {
    let ManagementSpec { spare_address, spare_vlan, spare_gateway } = spec.management();
    let Some(spare) = spare_address else {
        let alone = [("spare_vlan", spare_vlan.is_some()), ("spare_gateway", spare_gateway.is_some())];
        found.extend(alone.into_iter().filter(|(_, stated)| *stated).map(|(field, _)| {
            Diagnostic::error(codes::SPARE_INCOMPLETE, format!("`{field}` without `spare_address`"))
                .at(format!("/management/{field}"))
                .help("state `spare_address` too, or take this out")
        }));
        return;
    };
    if let IpNet::V4(v4) = spare
        && v4.prefix_len() < 31
        && (v4.addr() == v4.network() || v4.addr() == v4.broadcast())
    {
        found.push(unfit("spare_address", format!("{v4} is the network or broadcast address of its subnet")));
    }
    if spare_vlan == Some(VlanId::GUEST) {
        found.push(unfit("spare_vlan", "a vmkernel adapter does not tag by itself (VLAN 4095)".into()));
    }
    if let Some(gateway) = spare_gateway
        && (!spare.contains(&gateway) || gateway == spare.addr())
    {
        let message = format!("spare_gateway {gateway} is no other address of {}", spare.trunc());
        found.push(unfit("spare_gateway", message));
    }
    for (_, vmk) in spec.vmkernel() {
        if let Some(net) = super::check::subnets(vmk).find(|net| overlap(net, &spare)) {
            let message =
                format!("{spare} is in {}, the subnet of the adapter on \"{}\"", net, vmk.port_group);
            found.push(unfit("spare_address", message));
        }
    }
    for (whose, address) in addresses_of_others(spec) {
        if address == spare.addr() {
            found.push(unfit("spare_address", format!("{address} is {whose}")));
        }
    }
}

/// Addresses that the file gives to somebody else.
fn addresses_of_others(spec: &HostSpec) -> Vec<(&'static str, IpAddr)> {
    let mut list: Vec<(&'static str, IpAddr)> = Vec::new();
    if let Some(network) = &spec.network {
        list.extend(network.gateway.map(|hop| ("the default gateway", hop.into())));
        list.extend(network.gateway6.map(|hop| ("the default gateway", hop.into())));
        list.extend(network.routes.iter().flatten().map(|route| ("the next hop of a route", route.via)));
        let servers = network.dns.iter().flat_map(|dns| dns.servers.iter().flatten());
        list.extend(servers.map(|server| ("a DNS server", *server)));
    }
    if let Some(fabric) = &spec.fabric {
        list.extend(fabric.client.map(|client| ("the client of the fabric", client)));
        let gateways = fabric.networks.iter().flatten().filter_map(|network| network.gateway);
        list.extend(gateways.map(|gateway| ("a gateway of the fabric", gateway)));
    }
    list
}

/// What a host adds: adapters and gateways that the file does not name.
pub(super) fn check_on(spec: &HostSpec, hosts: [&HostState; 2], found: &mut Vec<Diagnostic>) {
    let Some(spare) = spec.management().spare_address else { return };
    if found.iter().any(|finding| finding.code == codes::SPARE_ADDRESS_UNFIT) {
        return;
    }
    let mut taken = hosts.into_iter().flat_map(|host| &host.vmkernel).filter_map(|(name, vmk)| {
        let net = vmk.addresses().find(|net| overlap(net, &spare))?;
        Some(format!("{spare} is in the subnet of {name}, which has {net}"))
    });
    let hops = hosts.into_iter().flat_map(|host| &host.routes).map(|route| route.gateway);
    let mut hops = hops.chain(hosts.into_iter().flat_map(|host| host.dns.servers.iter().copied()));
    let elsewhere = || {
        let used = hops.find(|hop| *hop == spare.addr())?;
        Some(format!("{used} is a next hop or a DNS server of the host"))
    };
    if let Some(message) = taken.next().or_else(elsewhere) {
        found.push(unfit("spare_address", message));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{HostSpec, ResolveOptions, check, resolve};
    use crate::state::{Fact, FactoryNic, Ipv4Config, factory};
    use serde_json::{Value, json};

    fn spec(management: Value, network: Value) -> HostSpec {
        let document = json!({ "version": 1, "management": management, "network": network });
        serde_json::from_value(document).unwrap()
    }

    #[track_caller]
    fn finds(management: Value, network: Value, expected: &[(&str, &str)]) {
        let found = check(&spec(management, network));
        let found: Vec<_> =
            found.iter().map(|one| (one.code.as_str(), one.path.as_deref().unwrap())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_spare_address_is_free_and_in_a_subnet_of_its_own() {
        let network = || {
            json!({ "vmkernel": [{ "port_group": "a", "ipv4": { "address": "192.0.2.10/24" } }],
                "gateway": "192.0.2.1", "dns": { "servers": ["10.9.9.53"] } })
        };
        let spare = |address: &str| json!({ "spare_address": address });
        let unfit = [("NET070", "/management/spare_address")];
        finds(spare("10.9.9.5/24"), network(), &[]);
        finds(spare("192.0.2.20/28"), network(), &unfit);
        finds(spare("10.9.9.53/24"), network(), &unfit);
        finds(spare("10.9.9.255/24"), network(), &unfit);
        let with = |field: &str, value: Value| json!({ "spare_address": "10.9.9.5/24", field: value });
        finds(with("spare_gateway", json!("10.9.9.1")), network(), &[]);
        finds(
            with("spare_gateway", json!("10.9.8.1")),
            network(),
            &[("NET070", "/management/spare_gateway")],
        );
        finds(with("spare_vlan", json!(4095)), network(), &[("NET070", "/management/spare_vlan")]);
        finds(json!({ "spare_vlan": 7 }), network(), &[("NET071", "/management/spare_vlan")]);
    }

    #[test]
    fn an_address_without_prefix_is_told_how_to_write_it() {
        let document = json!({ "version": 1, "management": { "spare_address": "10.9.9.5" } });
        let error = serde_json::from_value::<HostSpec>(document).unwrap_err();
        assert!(error.to_string().contains("10.9.9.5/24"), "{error}");
    }

    #[test]
    fn adapters_that_the_file_does_not_name_count_too() {
        let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
        let mut host = factory("7.0".parse().unwrap(), &[nic]);
        let address = "10.9.9.200/24".parse().unwrap();
        host.vmkernel.get_mut("vmk0").unwrap().ipv4 =
            Fact::Known(Ipv4Config::Static { address, gateway: None });
        let spec = spec(json!({ "spare_address": "10.9.9.5/28" }), json!({}));
        assert_eq!(check(&spec), []);
        let found = resolve(&spec, &host, ResolveOptions::default()).diagnostics;
        assert_eq!(found[0].code.as_str(), "NET070");
        assert!(found[0].message.contains("vmk0"), "{}", found[0].message);
    }
}
