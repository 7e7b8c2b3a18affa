//! What a script leaves of the network, as text to compare.

use esxi_core::state::{Fact, HostState, Ipv4Config};
use esxi_core::value::{NetstackName, VmnicName};
use std::fmt::Write;

/// The network of a host, one line for each thing.
pub fn network(state: &HostState) -> String {
    let mut text = String::new();
    let list = |nics: &[VmnicName]| nics.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    for (name, switch) in &state.vswitches {
        let teaming = switch.teaming.known().unwrap();
        let uplinks: Vec<_> = switch.uplinks.iter().cloned().collect();
        let (policy, active) = (format!("{:?}", teaming.load_balancing), list(&teaming.order.active));
        writeln!(text, "{name} mtu {} on {} {policy} active {active}", switch.mtu, list(&uplinks)).unwrap();
    }
    for (name, group) in &state.port_groups {
        let own = group.teaming.known().unwrap();
        let policy = own.load_balancing.map(|policy| format!(" {policy:?}")).unwrap_or_default();
        let active = own.order.as_ref().map(|order| format!(" active {}", list(&order.active)));
        let active = active.unwrap_or_default();
        writeln!(text, "{name}: {} vlan {}{policy}{active}", group.vswitch, group.vlan).unwrap();
    }
    for (name, vmk) in &state.vmkernel {
        let address = match &vmk.ipv4 {
            Fact::Known(Ipv4Config::Static { address, .. }) => address.to_string(),
            Fact::Known(Ipv4Config::Dhcp { .. }) => "dhcp".into(),
            Fact::Known(Ipv4Config::None) => "none".into(),
            other => format!("{other:?}"),
        };
        let six = if vmk.ipv6.dhcp { " dhcp6" } else { "" };
        let stack = stack(&vmk.netstack);
        let (group, mtu) = (&vmk.port_group, vmk.mtu);
        writeln!(text, "{name}: {group} mtu {mtu} {address}{six}{stack}").unwrap();
    }
    for route in &state.routes {
        writeln!(text, "{} via {}{}", route.network, route.gateway, stack(&route.netstack)).unwrap();
    }
    let words = |list: &[String]| list.join(" ");
    let servers: Vec<String> = state.dns.servers.iter().map(ToString::to_string).collect();
    write!(text, "dns {} search {}", words(&servers), words(&state.dns.search)).unwrap();
    text
}

/// Nothing for the stack that everything is in unless somebody says otherwise.
fn stack(name: &NetstackName) -> String {
    if *name == NetstackName::default() { String::new() } else { format!(" in {name}") }
}
