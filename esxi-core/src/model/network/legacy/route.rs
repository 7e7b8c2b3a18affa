//! `esxcfg-route` (verified: the list and the default gateway on 7.0.3, adding and removing on 5.x).

use super::{Machine, Output, change, not_modelled, read, words};
use crate::command::Command;
use crate::model::network::show::{default_route, routes};
use crate::state::Route;
use crate::value::NetstackName;
use ipnet::{IpNet, Ipv4Net};
use std::fmt::Write;
use std::net::Ipv4Addr;

pub(in crate::model) fn route(machine: &mut Machine, argv: &[String]) -> Output {
    match words(argv)[..] {
        [] => match default_route(&machine.state, &NetstackName::default()) {
            Some((gateway, ..)) => Output::ok(format!("VMkernel default gateway is {gateway}\n")),
            // Believed.
            None => Output::ok("VMkernel default gateway is not set\n"),
        },
        ["-l" | "--list"] => Output::ok(list(machine)),
        ["-a" | "--add", network, gateway] => set(machine, network, gateway, true),
        ["-d" | "--del", network, gateway] => set(machine, network, gateway, false),
        [gateway] if !gateway.starts_with('-') => set(machine, "default", gateway, true),
        ref other => not_modelled("esxcfg-route", other),
    }
}

fn set(machine: &mut Machine, network: &str, gateway: &str, add: bool) -> Output {
    let net = match network {
        "default" => Ok(Ipv4Net::default()),
        _ => read::<Ipv4Net>("network", network),
    };
    let (net, gateway) = match (net, read::<Ipv4Addr>("gateway", gateway)) {
        (Ok(net), Ok(gateway)) => (net, gateway),
        (Err(output), _) | (_, Err(output)) => return output,
    };
    let route = Route { netstack: NetstackName::default(), network: IpNet::V4(net), gateway: gateway.into() };
    match (add, network) {
        // Believed: setting the default gateway says what it is from now on.
        (true, "default") => {
            change(machine, &Command::RouteAdd { route }, &format!("VMkernel default gateway is {gateway}\n"))
        }
        (true, _) => change(
            machine,
            &Command::RouteAdd { route },
            &format!("Adding static route {network} to VMkernel\n"),
        ),
        (false, _) => change(
            machine,
            &Command::RouteRemove { route },
            &format!("Deleting static route {network} from VMkernel\n"),
        ),
    }
}

/// The default route stands last.
fn list(machine: &Machine) -> String {
    let mut out =
        "VMkernel Routes:\nNetwork          Netmask          Gateway          Interface\n".to_owned();
    let mut rows = routes(&machine.state, &NetstackName::default(), true);
    rows.sort_by_key(|row| row.network.is_none());
    for row in rows {
        let (network, netmask) = match row.network {
            Some(net) => (net.network().to_string(), net.netmask().to_string()),
            None => ("default".to_owned(), Ipv4Addr::UNSPECIFIED.to_string()),
        };
        let gateway = row.gateway.map_or_else(|| "Local Subnet".to_owned(), |gateway| gateway.to_string());
        let _ = writeln!(out, "{network:<16} {netmask:<16} {gateway:<16} {}", row.interface);
    }
    out
}
