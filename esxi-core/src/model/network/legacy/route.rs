//! `esxcfg-route` (verified: the list and the default gateway on 7.0.3, adding and removing on 5.x, `-N` in public
//! kickstarts). Believed: everything about IPv6, and the neighbours.

use super::{Machine, Output, Read, change, not_modelled, read};
use crate::command::Command;
use crate::model::family::{Call, Console};
use crate::model::network::show::{default_route, neighbors, routes};
use crate::state::Route;
use crate::value::NetstackName;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

pub(in crate::model) fn route(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let words = call.texts();
    let flags = [('l', "list"), ('a', "add"), ('d', "del"), ('n', "neighbor"), ('r', "restore")];
    let Some(given) = Read::new(&words, &[('f', "family"), ('N', "netstack")], &flags) else {
        return not_modelled("esxcfg-route", &words);
    };
    let stack = match given.get('N').map(|name| read::<NetstackName>("netstack", name)).transpose() {
        Ok(stack) => stack.unwrap_or_default(),
        Err(output) => return output,
    };
    let v4 = given.get('f').is_none_or(|family| !family.eq_ignore_ascii_case("v6"));
    let machine = &mut *console.machine;
    match (given.action("ladnr"), &given.rest[..]) {
        (None, []) => shown_default(machine, &stack, v4),
        (None, [gateway]) => set(machine, &stack, v4, ["default", gateway], true),
        (Some('l'), []) => Output::ok(list(machine, &stack, v4)),
        (Some(add @ ('a' | 'd')), [network, gateway]) => {
            set(machine, &stack, v4, [network, gateway], add == 'a')
        }
        // With a netmask of its own, as long ago.
        (Some(add @ ('a' | 'd')), [network, mask, gateway]) => match with_mask(network, mask) {
            Ok(network) => set(machine, &stack, v4, [&network, gateway], add == 'a'),
            Err(output) => output,
        },
        (Some('n'), []) => Output::ok(neighbor_list(console, &stack, v4)),
        // What is configured is in force anyway.
        (Some('r'), []) => Output::ok(""),
        _ => not_modelled("esxcfg-route", &words),
    }
}

fn with_mask(network: &str, mask: &str) -> Result<String, Output> {
    let (address, mask) = (read::<Ipv4Addr>("network", network)?, read::<Ipv4Addr>("netmask", mask)?);
    let net = Ipv4Net::with_netmask(address, mask);
    net.map(|net| net.to_string()).map_err(|_| Output::refused(format!("Invalid netmask: {mask}")))
}

fn shown_default(machine: &Machine, stack: &NetstackName, v4: bool) -> Output {
    let gateway = if v4 {
        default_route(&machine.state, stack).map(|(gateway, ..)| gateway.to_string())
    } else {
        let rows = routes(&machine.state, stack, false);
        rows.into_iter()
            .find(|row| row.network.is_none())
            .and_then(|row| row.gateway)
            .map(|at| at.to_string())
    };
    match gateway {
        Some(gateway) => Output::ok(format!("VMkernel default gateway is {gateway}\n")),
        // Believed.
        None => Output::ok("VMkernel default gateway is not set\n"),
    }
}

fn set(machine: &mut Machine, stack: &NetstackName, v4: bool, words: [&str; 2], add: bool) -> Output {
    let [network, gateway] = words;
    let net = match network {
        "default" if v4 => Ok(IpNet::V4(Ipv4Net::default())),
        "default" => Ok(IpNet::V6(Ipv6Net::default())),
        _ => read::<IpNet>("network", network),
    };
    let (net, gateway) = match (net, read::<IpAddr>("gateway", gateway)) {
        (Ok(net), Ok(gateway)) => (net, gateway),
        (Err(output), _) | (_, Err(output)) => return output,
    };
    if net.addr().is_ipv4() != v4 || gateway.is_ipv4() != v4 {
        return Output::refused(format!("Invalid network: {network}"));
    }
    let route = Route { netstack: stack.clone(), network: net, gateway };
    match (add, route.is_default()) {
        // Believed: setting the default gateway says what it is from now on.
        (true, true) => {
            change(machine, &Command::RouteAdd { route }, &format!("VMkernel default gateway is {gateway}\n"))
        }
        (true, false) => change(
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
fn list(machine: &Machine, stack: &NetstackName, v4: bool) -> String {
    let mut out = if v4 {
        "VMkernel Routes:\nNetwork          Netmask          Gateway          Interface\n"
    } else {
        "VMkernel Routes:\nNetwork                                  Prefix  Gateway                                  \
         Interface\n"
    }
    .to_owned();
    let mut rows = routes(&machine.state, stack, v4);
    rows.sort_by_key(|row| row.network.is_none());
    for row in rows {
        let network = row.network.map_or_else(|| "default".to_owned(), |net| net.network().to_string());
        let gateway = row.gateway.map_or_else(|| "Local Subnet".to_owned(), |gateway| gateway.to_string());
        let _ = if v4 {
            let netmask = row.network.map_or(Ipv4Addr::UNSPECIFIED.into(), |net| net.netmask()).to_string();
            writeln!(out, "{network:<16} {netmask:<16} {gateway:<16} {}", row.interface)
        } else {
            let prefix = row.network.map_or(0, |net| net.prefix_len());
            writeln!(out, "{network:<40} {prefix:<7} {gateway:<40} {}", row.interface)
        };
    }
    out
}

fn neighbor_list(console: &Console<'_>, stack: &NetstackName, v4: bool) -> String {
    let mut out = "Neighbor                                Mac Address        Vmknic\n".to_owned();
    for (address, mac, vmk) in neighbors(console, stack).into_iter().filter(|one| one.0.is_ipv4() == v4) {
        let _ = writeln!(out, "{:<39} {:<18} {vmk}", address.to_string(), mac.to_string());
    }
    out
}
