//! `esxcfg-vmknic` (layout verified: 7.x/8.x).

use super::{Machine, Output, Read, not_modelled, read, words};
use crate::command::Command;
use crate::model::network::show::{ipv4_columns, link_local};
use crate::model::run::execute;
use crate::model::wording::not_found;
use crate::state::Ipv4Config;
use crate::value::{MacAddr, Mtu, NetstackName, PortGroupName, VmkName};
use ipnet::Ipv4Net;
use std::fmt::Write;
use std::net::Ipv4Addr;

const VALUED: [(char, &str); 8] = [
    ('i', "ip"),
    ('n', "netmask"),
    ('m', "mtu"),
    ('M', "mac"),
    ('N', "netstack"),
    ('p', "portgroup"),
    ('s', "dvs-name"),
    ('v', "dvport-id"),
];
const FLAGS: [(char, &str); 6] =
    [('l', "list"), ('a', "add"), ('d', "del"), ('e', "enable"), ('D', "disable"), ('r', "restore")];

pub(in crate::model) fn vmknic(machine: &mut Machine, argv: &[String]) -> Output {
    let words = words(argv);
    let given = Read::new(&words, &VALUED, &FLAGS);
    let Some(given) = given.filter(|given| given.get('s').or(given.get('v')).is_none()) else {
        return not_modelled("esxcfg-vmknic", &words);
    };
    // The port group stands alone or behind `-p`.
    let group = match (given.get('p'), &given.rest[..]) {
        (Some(group), []) | (None, &[group]) => Some(group),
        (None, []) => None,
        _ => return not_modelled("esxcfg-vmknic", &words),
    };
    match (given.action("ladeDr"), group) {
        (Some('l'), None) => Output::ok(list(machine)),
        // What is configured is in force anyway.
        (Some('r'), None) => Output::ok(""),
        (Some('a'), Some(group)) => add(machine, group, &given).unwrap_or_else(|output| output),
        (Some('d'), Some(group)) => on_group(machine, group, |vmk| Command::VmkRemove { vmk }),
        (Some(switch @ ('e' | 'D')), Some(group)) => {
            on_group(machine, group, |vmk| Command::VmkSet { vmk, mtu: None, enabled: Some(switch == 'e') })
        }
        (None, Some(group)) => set(machine, group, &given).unwrap_or_else(|output| output),
        (Some('a' | 'd' | 'e' | 'D'), None) => Output::refused("Must specify a portgroup"),
        _ => not_modelled("esxcfg-vmknic", &words),
    }
}

fn list(machine: &Machine) -> String {
    let mut out = String::new();
    let mut line = |cells: [&str; 12]| {
        let [vmk, group, family, address, mask, broadcast, mac, mtu, tso, enabled, kind, stack] = cells;
        let text = format!(
            "{vmk:<10} {group:<39} {family:<9} {address:<39} {mask:<15} {broadcast:<15} {mac:<17} {mtu:<7} {tso:<9} \
             {enabled:<7} {kind:<19} {stack}"
        );
        let _ = writeln!(out, "{text}");
    };
    line([
        "Interface",
        "Port Group/DVPort/Opaque Network",
        "IP Family",
        "IP Address",
        "Netmask",
        "Broadcast",
        "MAC Address",
        "MTU",
        "TSO MSS",
        "Enabled",
        "Type",
        "NetStack",
    ]);
    for (name, vmk) in &machine.state.vmkernel {
        let mac = vmk.mac.map(|mac| mac.to_string()).unwrap_or_default();
        let (mtu, enabled) = (vmk.mtu.to_string(), vmk.enabled.to_string());
        let (address, kind, _) = ipv4_columns(&machine.state, vmk);
        let or_none = |part: Option<Ipv4Addr>| part.map_or_else(|| "N/A".to_owned(), |part| part.to_string());
        let (ip, mask, broadcast) = (
            or_none(address.map(|net| net.addr())),
            or_none(address.map(|net| net.netmask())),
            or_none(address.map(|net| net.broadcast())),
        );
        line([
            name,
            &vmk.port_group,
            "IPv4",
            &ip,
            &mask,
            &broadcast,
            &mac,
            &mtu,
            "65535",
            &enabled,
            kind,
            &vmk.netstack,
        ]);
        if !machine.network.has_ipv6() {
            continue;
        }
        let own = vmk.mac.map(|mac| (link_local(mac), 64));
        let set = vmk.ipv6.addresses.iter().map(|net| (net.addr(), net.prefix_len()));
        for (address, prefix) in own.into_iter().chain(set) {
            let (address, prefix) = (address.to_string(), prefix.to_string());
            line([
                name,
                &vmk.port_group,
                "IPv6",
                &address,
                &prefix,
                "",
                &mac,
                &mtu,
                "65535",
                &enabled,
                "STATIC, PREFERRED",
                &vmk.netstack,
            ]);
        }
    }
    out
}

/// Executes a command on the adapter of a port group.
fn on_group(machine: &mut Machine, group: &str, command: impl FnOnce(VmkName) -> Command) -> Output {
    match machine.state.vmk_on(group).cloned() {
        Some(vmk) => super::change(machine, &command(vmk), ""),
        None => Output::refused(not_found(&format!("find interface on {group}"))),
    }
}

/// `-i IP|DHCP -n MASK`; `None` where no address is given.
fn ipv4(given: &Read<'_>) -> Result<Option<Ipv4Config>, Output> {
    Ok(Some(match (given.get('i'), given.get('n')) {
        (None, None) => return Ok(None),
        (Some(word), _) if word.eq_ignore_ascii_case("dhcp") => Ipv4Config::Dhcp { lease: None },
        (Some(ip), Some(mask)) => {
            let (ip, mask) = (read::<Ipv4Addr>("IP address", ip)?, read::<Ipv4Addr>("netmask", mask)?);
            let address = Ipv4Net::with_netmask(ip, mask)
                .map_err(|_| Output::refused(format!("Invalid netmask: {mask}")))?;
            Ipv4Config::Static { address, gateway: None }
        }
        _ => return Err(Output::refused("Must specify an IP address and a netmask")),
    }))
}

/// Changes the adapter of a port group: its address, its MTU (verified: the options' help of 4.x).
fn set(machine: &mut Machine, group: &str, given: &Read<'_>) -> Result<Output, Output> {
    let (ipv4, mtu) = (ipv4(given)?, given.get('m').map(|word| read::<Mtu>("MTU", word)).transpose()?);
    let vmk = machine.state.vmk_on(group).cloned();
    let vmk = vmk.ok_or_else(|| Output::refused(not_found(&format!("find interface on {group}"))))?;
    let address = ipv4.map(|ipv4| Command::VmkIpv4 { vmk: vmk.clone(), ipv4 });
    let mtu = mtu.map(|mtu| Command::VmkSet { vmk, mtu: Some(mtu), enabled: None });
    if address.is_none() && mtu.is_none() {
        return Err(Output::refused("Must specify an IP address and a netmask"));
    }
    for command in address.into_iter().chain(mtu) {
        execute(machine, &command).map_err(Output::refused)?;
    }
    Ok(Output::ok(""))
}

/// Every word is read before anything is done, and an adapter that was just added always takes its address: a
/// refusal leaves no half of one.
fn add(machine: &mut Machine, group: &str, given: &Read<'_>) -> Result<Output, Output> {
    let ipv4 = ipv4(given)?.ok_or_else(|| Output::refused("Must specify an IP address and a netmask"))?;
    let vmk: VmkName = (0..=9999)
        .filter_map(|number| format!("vmk{number}").parse().ok())
        .find(|name: &VmkName| !machine.state.vmkernel.contains_key(name))
        .ok_or_else(|| Output::refused("No free interface name"))?;
    let new = Command::VmkAdd {
        vmk: vmk.clone(),
        port_group: read::<PortGroupName>("portgroup", group)?,
        mac: given.get('M').map(|word| read::<MacAddr>("MAC address", word)).transpose()?,
        mtu: given.get('m').map(|word| read::<Mtu>("MTU", word)).transpose()?,
        netstack: given.get('N').map(|word| read::<NetstackName>("netstack", word)).transpose()?,
    };
    for command in [new, Command::VmkIpv4 { vmk, ipv4 }] {
        execute(machine, &command).map_err(Output::refused)?;
    }
    Ok(Output::ok(""))
}
