//! `network ip`.

use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::model::wording;
use crate::state::{Fact, HostState, Ipv4Config, VmkAdapter};
use crate::value::{MacAddr, NetstackName, VmkName};
use crate::version::EsxiVersion;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) fn show(machine: &Machine, path: &str, call: &Invocation) -> Option<Result<Value, String>> {
    let host = &machine.state;
    let stack: NetstackName = call.get("netstack").and_then(|name| name.parse().ok()).unwrap_or_default();
    Some(match path {
        "get" => Ok(Value::Struct(Structure::new("IPInfo").with("IPv6Enabled", !machine.network.ipv6.off))),
        "interface list" => {
            let items = adapters(host, call).map(|(name, vmk)| interface(host, name, vmk)).collect();
            Ok(Value::List(items))
        }
        "interface tag get" => adapter(host, call).map(|(_, vmk)| {
            let tags: Vec<String> = vmk.tags.iter().cloned().collect();
            Value::Struct(Structure::new("Tags").with("Tags", tags))
        }),
        "interface ipv4 get" | "interface ipv4 address list" => chosen(host, call)
            .map(|list| Value::List(list.into_iter().map(|(name, vmk)| ipv4(machine, name, vmk)).collect())),
        "interface ipv6 get" => chosen(host, call)
            .map(|list| Value::List(list.into_iter().map(|(name, vmk)| ipv6(name, vmk)).collect())),
        "interface ipv6 address list" => {
            let all = adapters(host, call).filter(|_| machine.network.has_ipv6());
            Ok(Value::List(all.flat_map(|(name, vmk)| ipv6_addresses(name, vmk)).collect()))
        }
        "route ipv4 list" => Ok(Value::List(ipv4_routes(host, &stack))),
        "route ipv6 list" => Ok(Value::List(ipv6_routes(host, &stack))),
        "dns server list" => Ok(servers(host.dns.servers.iter().map(IpAddr::to_string).collect())),
        "dns search list" => Ok(domains(host.dns.search.clone())),
        _ => return None,
    })
}

fn servers(list: Vec<String>) -> Value {
    Value::Struct(Structure::new("NameServerList").with("DNSServers", list))
}

fn domains(list: Vec<String>) -> Value {
    Value::Struct(Structure::new("DNSSearchList").with("DNSSearch Domains", list))
}

/// The lists of a stack that has neither.
pub(in crate::model::network) fn no_names(call: &Invocation) -> Value {
    let list = if call.row.path.contains(" search ") { domains } else { servers };
    list(Vec::new())
}

/// Adapters of the stack asked for, or of every stack.
fn adapters<'a>(
    host: &'a HostState,
    call: &'a Invocation,
) -> impl Iterator<Item = (&'a VmkName, &'a VmkAdapter)> + 'a {
    host.vmkernel.iter().filter(|(_, vmk)| call.get("netstack").is_none_or(|stack| *vmk.netstack == *stack))
}

/// The adapter that must be named.
fn adapter<'a>(host: &'a HostState, call: &Invocation) -> Result<(&'a VmkName, &'a VmkAdapter), String> {
    let name = call.get("interface-name").unwrap_or_default();
    host.vmkernel.get_key_value(name).ok_or_else(|| wording::not_found(&format!("find interface {name}")))
}

/// The adapter that may be named, or all.
fn chosen<'a>(
    host: &'a HostState,
    call: &'a Invocation,
) -> Result<Vec<(&'a VmkName, &'a VmkAdapter)>, String> {
    if call.get("interface-name").is_some() {
        return adapter(host, call).map(|one| vec![one]);
    }
    Ok(adapters(host, call).collect())
}

fn interface(host: &HostState, name: &VmkName, vmk: &VmkAdapter) -> Structure {
    let portset = host.port_groups.get(&vmk.port_group).map_or("", |group| group.vswitch.as_str());
    let (v5_5, v6_0, v6_7) = (
        host.version >= EsxiVersion::new(5, 5),
        host.version >= EsxiVersion::new(6, 0),
        host.version >= EsxiVersion::new(6, 7),
    );
    Structure::new("NetworkInterface")
        .with("Name", name.as_str())
        .with("MAC Address", vmk.mac.map(|mac| mac.to_string()).unwrap_or_default())
        .with("Enabled", vmk.enabled)
        .with("Portset", portset)
        .with("Portgroup", vmk.port_group.as_str())
        .with_if(v5_5, "Netstack Instance", vmk.netstack.as_str())
        .with("VDS Name", "N/A")
        .with_if(v5_5, "VDS UUID", "N/A")
        .with("VDS Port", "N/A")
        .with("VDS Connection", Value::Int(-1))
        .with_if(v6_0, "Opaque Network ID", "N/A")
        .with_if(v6_0, "Opaque Network Type", "N/A")
        .with_if(v6_0, "External ID", "N/A")
        .with("MTU", vmk.mtu.get())
        .with("TSO MSS", 65_535_u32)
        .with_if(v6_7, "RXDispQueue Size", 4_u32)
        .with("Port ID", port_id(host, portset, name))
}

/// A stable number of the shape of the real ones: the switch in the high byte, the port in the low ones.
pub(super) fn port_id(host: &HostState, vswitch: &str, vmk: &str) -> u32 {
    let switch = host.vswitches.keys().position(|name| **name == *vswitch).unwrap_or(0);
    let number: u32 = vmk.trim_start_matches("vmk").parse().unwrap_or(0);
    0x0200_0000_u32.saturating_mul(u32::try_from(switch).unwrap_or(0) + 1).saturating_add(10 + number)
}

/// Address, netmask, broadcast, type and gateway of an adapter, as the tools print them. An adapter without an
/// address shows zeros (believed).
pub(in crate::model) fn ipv4_columns(
    host: &HostState,
    vmk: &VmkAdapter,
) -> (Option<Ipv4Net>, &'static str, Ipv4Addr) {
    match &vmk.ipv4 {
        Fact::Known(Ipv4Config::Static { address, gateway }) => {
            (Some(*address), "STATIC", gateway.unwrap_or_else(|| stack_gateway(host, vmk, *address)))
        }
        Fact::Known(Ipv4Config::Dhcp { lease }) => (
            lease.as_ref().map(|lease| lease.address),
            "DHCP",
            lease.as_ref().and_then(|lease| lease.gateway).unwrap_or(Ipv4Addr::UNSPECIFIED),
        ),
        Fact::Known(Ipv4Config::None) | Fact::Unknown(_) => (None, "NONE", Ipv4Addr::UNSPECIFIED),
    }
}

/// Without a gateway of its own an adapter shows its stack's default gateway when that lies in its subnet, and
/// `0.0.0.0` otherwise (verified: captures of 6.7 to 8.x).
fn stack_gateway(host: &HostState, vmk: &VmkAdapter, address: Ipv4Net) -> Ipv4Addr {
    match default_route(host, &vmk.netstack) {
        Some((gateway, ..)) if address.contains(&gateway) => gateway,
        _ => Ipv4Addr::UNSPECIFIED,
    }
}

/// The IPv4 default route of a stack in force: the one set by hand or, without one, the first lease's.
pub(in crate::model) fn default_route(
    host: &HostState,
    stack: &NetstackName,
) -> Option<(Ipv4Addr, String, &'static str)> {
    let manual = host.routes.iter().find_map(|route| match (route.gateway, route.network) {
        (IpAddr::V4(gateway), IpNet::V4(_)) if route.is_default() && route.netstack == *stack => {
            Some(gateway)
        }
        _ => None,
    });
    if let Some(gateway) = manual {
        return Some((gateway, outgoing(host, stack, gateway.into()), "MANUAL"));
    }
    host.vmkernel
        .iter()
        .filter(|(_, vmk)| vmk.netstack == *stack)
        .find_map(|(name, vmk)| Some((vmk.lease_gateway()?, name.to_string(), "DHCP")))
}

/// The adapter through which a gateway is reached.
pub(in crate::model) fn outgoing(host: &HostState, stack: &NetstackName, gateway: IpAddr) -> String {
    host.vmkernel
        .iter()
        .filter(|(_, vmk)| vmk.netstack == *stack)
        .find(|(_, vmk)| vmk.addresses().any(|net| net.contains(&gateway)))
        .map(|(name, _)| name.to_string())
        .unwrap_or_default()
}

fn ipv4(machine: &Machine, name: &VmkName, vmk: &VmkAdapter) -> Structure {
    let host = &machine.state;
    let leased = matches!(vmk.ipv4, Fact::Known(Ipv4Config::Dhcp { .. }));
    let dns = machine.network.peer_dns.get(name).copied().unwrap_or(leased);
    let (address, kind, gateway) = ipv4_columns(host, vmk);
    let kind = match &vmk.ipv4 {
        Fact::Unknown(text) => text.as_str(),
        Fact::Known(_) => kind,
    };
    let text = |part: Option<Ipv4Addr>| part.unwrap_or(Ipv4Addr::UNSPECIFIED).to_string();
    Structure::new("IPv4Interface")
        .with("Name", name.as_str())
        .with("IPv4 Address", text(address.map(|net| net.addr())))
        .with("IPv4 Netmask", text(address.map(|net| net.netmask())))
        .with("IPv4 Broadcast", text(address.map(|net| net.broadcast())))
        .with("Address Type", kind)
        .with_if(host.version >= EsxiVersion::new(6, 5), "Gateway", gateway.to_string())
        .with("DHCP DNS", dns)
}

/// Field names verified (5.0 index); the layout is believed.
fn ipv6(name: &VmkName, vmk: &VmkAdapter) -> Structure {
    Structure::new("IPv6Interface")
        .with("Name", name.as_str())
        .with("DHCPv6 Enabled", vmk.ipv6.dhcp)
        .with("Router Adv Enabled", vmk.ipv6.router_adv)
        .with("DHCP DNS", false)
}

/// The link-local address that ESXi makes from an adapter's MAC address (verified: it stands in every capture).
pub(in crate::model) fn link_local(mac: MacAddr) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac.0;
    Ipv6Addr::from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 0x02, b, c, 0xff, 0xfe, d, e, f])
}

fn ipv6_addresses(name: &VmkName, vmk: &VmkAdapter) -> Vec<Structure> {
    let own = vmk.mac.map(|mac| (link_local(mac), 64));
    let set = vmk.ipv6.addresses.iter().map(|net| (net.addr(), net.prefix_len()));
    own.into_iter()
        .chain(set)
        .map(|(address, prefix)| {
            Structure::new("IPv6Interface")
                .with("Interface", name.as_str())
                .with("Address", address.to_string())
                .with("Netmask", u32::from(prefix))
                .with("Type", "STATIC")
                .with("Status", "PREFERRED")
        })
        .collect()
}

/// A row of a routing table.
pub(in crate::model) struct Shown {
    /// `None` = default.
    pub network: Option<IpNet>,
    /// `None` = connected.
    pub gateway: Option<IpAddr>,
    /// Adapter.
    pub interface: String,
    /// `MANUAL` or `DHCP`.
    pub source: &'static str,
}

/// The routing table of a stack: the default route first, then by the text of the network. Connected networks
/// are `MANUAL` (verified), those of a lease `DHCP` (believed).
pub(in crate::model) fn routes(host: &HostState, stack: &NetstackName, v4: bool) -> Vec<Shown> {
    let mut rows = Vec::new();
    for (name, vmk) in host.vmkernel.iter().filter(|(_, vmk)| vmk.netstack == *stack) {
        let leased = matches!(vmk.ipv4, Fact::Known(Ipv4Config::Dhcp { .. }));
        for net in vmk.addresses().filter(|net| net.addr().is_ipv4() == v4) {
            rows.push(Shown {
                network: Some(net.trunc()),
                gateway: None,
                interface: name.to_string(),
                source: if leased && v4 { "DHCP" } else { "MANUAL" },
            });
        }
    }
    for route in host.routes.iter().filter(|route| route.netstack == *stack) {
        if route.network.addr().is_ipv4() == v4 && !(v4 && route.is_default()) {
            rows.push(Shown {
                network: (!route.is_default()).then_some(route.network),
                gateway: Some(route.gateway),
                interface: outgoing(host, stack, route.gateway),
                source: "MANUAL",
            });
        }
    }
    if let (true, Some((gateway, interface, source))) = (v4, default_route(host, stack)) {
        rows.push(Shown { network: None, gateway: Some(gateway.into()), interface, source });
    }
    let key = |row: &Shown| (row.network.map(|net| net.to_string()), row.gateway);
    rows.sort_by_key(key);
    rows
}

fn ipv4_routes(host: &HostState, stack: &NetstackName) -> Vec<Structure> {
    routes(host, stack, true)
        .into_iter()
        .map(|row| {
            let (network, netmask) = match row.network {
                Some(net) => (net.network().to_string(), net.netmask()),
                None => ("default".to_owned(), Ipv4Addr::UNSPECIFIED.into()),
            };
            Structure::new("IPv4Route")
                .with("Network", network)
                .with("Netmask", netmask.to_string())
                .with("Gateway", row.gateway.unwrap_or(Ipv4Addr::UNSPECIFIED.into()).to_string())
                .with("Interface", row.interface)
                .with("Source", row.source)
        })
        .collect()
}

/// Believed to have the columns of the IPv4 table, with the prefix length as netmask.
fn ipv6_routes(host: &HostState, stack: &NetstackName) -> Vec<Structure> {
    routes(host, stack, false)
        .into_iter()
        .map(|row| {
            let (network, prefix) = match row.network {
                Some(net) => (net.network().to_string(), net.prefix_len()),
                None => ("default".to_owned(), 0),
            };
            Structure::new("IPv6Route")
                .with("Network", network)
                .with("Netmask", u32::from(prefix))
                .with("Gateway", row.gateway.unwrap_or(Ipv6Addr::UNSPECIFIED.into()).to_string())
                .with("Interface", row.interface)
                .with("Source", row.source)
        })
        .collect()
}
