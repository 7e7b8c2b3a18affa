//! `esxcfg-vmknic` (layout verified: 7.x/8.x).

use super::{Machine, Output, not_modelled, read, words};
use crate::command::Command;
use crate::model::network::show::{ipv4_columns, link_local};
use crate::model::run::execute;
use crate::state::Ipv4Config;
use crate::value::{Mtu, PortGroupName, VmkName};
use ipnet::Ipv4Net;
use std::fmt::Write;
use std::net::Ipv4Addr;

pub(in crate::model) fn vmknic(machine: &mut Machine, argv: &[String]) -> Output {
    let words = words(argv);
    match words[..] {
        ["-l" | "--list"] => Output::ok(list(machine)),
        ["-d" | "--del", group] => remove(machine, group),
        ["-d" | "--del", "-p", group] => remove(machine, group),
        ["-a" | "--add", ref rest @ ..] => add(machine, rest).unwrap_or_else(|output| output),
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

fn remove(machine: &mut Machine, group: &str) -> Output {
    match machine.state.vmk_on(group).cloned() {
        Some(vmk) => super::change(machine, &Command::VmkRemove { vmk }, ""),
        None => Output::refused(crate::model::wording::not_found("remove interface")),
    }
}

/// `-i IP|DHCP -n MASK [-m MTU] [-p] GROUP`, in any order. Every word is read before anything is done, and an
/// adapter that was just added always takes its address: a refusal leaves no half of one.
fn add(machine: &mut Machine, words: &[&str]) -> Result<Output, Output> {
    let (mut address, mut netmask, mut mtu, mut group) = (None, None, None, None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let target = match *word {
            "-i" | "--ip" => &mut address,
            "-n" | "--netmask" => &mut netmask,
            "-m" | "--mtu" => &mut mtu,
            "-p" | "--portgroup" => &mut group,
            _ if !word.starts_with('-') => {
                group = Some(*word);
                continue;
            }
            _ => return Err(not_modelled("esxcfg-vmknic", words)),
        };
        *target = Some(*rest.next().ok_or_else(|| not_modelled("esxcfg-vmknic", words))?);
    }
    let group = group.ok_or_else(|| Output::refused("Must specify a portgroup"))?;
    let ipv4 = match (address, netmask) {
        (Some(word), _) if word.eq_ignore_ascii_case("dhcp") => Ipv4Config::Dhcp { lease: None },
        (Some(ip), Some(mask)) => {
            let (ip, mask) = (read::<Ipv4Addr>("IP address", ip)?, read::<Ipv4Addr>("netmask", mask)?);
            let address = Ipv4Net::with_netmask(ip, mask)
                .map_err(|_| Output::refused(format!("Invalid netmask: {mask}")))?;
            Ipv4Config::Static { address, gateway: None }
        }
        _ => return Err(Output::refused("Must specify an IP address and a netmask")),
    };
    let vmk: VmkName = (0..=9999)
        .filter_map(|number| format!("vmk{number}").parse().ok())
        .find(|name: &VmkName| !machine.state.vmkernel.contains_key(name))
        .ok_or_else(|| Output::refused("No free interface name"))?;
    let new = Command::VmkAdd {
        vmk: vmk.clone(),
        port_group: read::<PortGroupName>("portgroup", group)?,
        mac: None,
        mtu: mtu.map(|word| read::<Mtu>("MTU", word)).transpose()?,
        netstack: None,
    };
    for command in [new, Command::VmkIpv4 { vmk, ipv4 }] {
        execute(machine, &command).map_err(Output::refused)?;
    }
    Ok(Output::ok(""))
}
