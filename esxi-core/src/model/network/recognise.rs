//! [`Invocation`] → typed [`Command`].

use crate::command::{Command, FailoverSet, SecuritySet};
use crate::model::parse::Invocation;
use crate::model::wording;
use crate::state::{
    Cdp, Fact, FailoverOrder, FailureDetection, HostState, Ipv4Config, LoadBalancing, Route, Shaping,
};
use crate::value::{MacAddr, NetstackName, PortGroupName, VmkName, VmnicName, is_word};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// Arguments of the right type that the host cannot take; `Display` is the sentence it prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// The change that a command line asks for. `None` when it changes nothing of the network state: a command that
/// shows, one that changes something else, or one without any value to set.
///
/// `host` completes what the line leaves out and the typed form needs: the other failover list, the other
/// shaping values, the name of an adapter.
///
/// # Errors
/// [`Refusal`] for a value that no host takes.
///
/// ```
/// use esxi_core::command::Command;
/// use esxi_core::model::{command, parse};
/// let host = esxi_core::state::factory("7.0".parse()?, &[]);
/// let wanted = Command::VswitchAdd { vswitch: "vSwitch1".parse()?, ports: None };
/// let call = parse(&wanted.argv()[1..], host.version)?;
/// assert_eq!(command(&call, &host)?, Some(wanted));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn command(call: &Invocation, host: &HostState) -> Result<Option<Command>, Refusal> {
    match call.row.path.strip_prefix("network vswitch standard ") {
        Some(path) => vswitch(path, call, host),
        None => match call.row.path.strip_prefix("network ip ") {
            Some(path) => ip(path, call, host),
            None => Ok(None),
        },
    }
}

fn vswitch(path: &str, call: &Invocation, host: &HostState) -> Result<Option<Command>, Refusal> {
    let switch = || need(call, "vswitch-name");
    let group = || need::<PortGroupName>(call, "portgroup-name");
    Ok(Some(match path {
        "add" => Command::VswitchAdd { vswitch: switch()?, ports: given(call, "ports")? },
        "remove" => Command::VswitchRemove { vswitch: switch()? },
        "set" => Command::VswitchSet {
            vswitch: switch()?,
            mtu: given(call, "mtu")?,
            cdp: call.get("cdp-status").and_then(Cdp::from_word),
        },
        "uplink add" => Command::UplinkAdd { vswitch: switch()?, uplink: need(call, "uplink-name")? },
        "uplink remove" => Command::UplinkRemove { vswitch: switch()?, uplink: need(call, "uplink-name")? },
        "policy failover set" => {
            let vswitch: crate::value::SwitchName = switch()?;
            let now = host.vswitches.get(&vswitch).and_then(|switch| switch.teaming.known());
            let set = failover(call, now.map(|teaming| &teaming.order))?;
            Command::VswitchFailover { vswitch, set }
        }
        "policy security set" => Command::VswitchSecurity { vswitch: switch()?, set: security(call) },
        "policy shaping set" => {
            let vswitch: crate::value::SwitchName = switch()?;
            let now = host.vswitches.get(&vswitch).and_then(|switch| switch.shaping.known());
            let shaping = shaping(call, now.copied())?;
            Command::VswitchShaping { vswitch, shaping }
        }
        "portgroup add" => Command::PortGroupAdd { vswitch: switch()?, port_group: group()? },
        "portgroup remove" => Command::PortGroupRemove { vswitch: switch()?, port_group: group()? },
        "portgroup set" => match given(call, "vlan-id")? {
            Some(vlan) => Command::PortGroupVlan { port_group: group()?, vlan },
            None => return Ok(None),
        },
        "portgroup policy failover set" => {
            let (port_group, reset) = (group()?, call.flag("use-vswitch"));
            let now = host.effective_teaming(&port_group).map(|teaming| teaming.order);
            let set = failover(call, now.as_ref())?;
            Command::PortGroupFailover { port_group, reset, set }
        }
        "portgroup policy security set" => Command::PortGroupSecurity {
            port_group: group()?,
            reset: call.flag("use-vswitch"),
            set: security(call),
        },
        "portgroup policy shaping set" => {
            let port_group = group()?;
            let values = ["enabled", "avg-bandwidth", "peak-bandwidth", "burst-size"];
            let any = values.iter().any(|name| call.get(name).is_some());
            if call.flag("use-vswitch") && !any {
                return Ok(Some(Command::PortGroupShaping { port_group, shaping: None }));
            }
            let now = effective_shaping(host, &port_group);
            Command::PortGroupShaping { shaping: Some(shaping(call, now)?), port_group }
        }
        _ => return Ok(None),
    }))
}

/// A search domain or a tag.
fn word(call: &Invocation, option: &str, what: &str) -> Result<String, Refusal> {
    let text = call.get(option).unwrap_or_default();
    match is_word(text) {
        true => Ok(text.to_owned()),
        false => Err(Refusal(wording::bad_value(what, text))),
    }
}

fn ip(path: &str, call: &Invocation, host: &HostState) -> Result<Option<Command>, Refusal> {
    let vmk = || need::<VmkName>(call, "interface-name");
    let tag = || call.get("tagname").unwrap_or_default().to_owned();
    Ok(Some(match path {
        "interface add" => {
            let vmk = match given(call, "interface-name")? {
                Some(name) => name,
                None => free_vmk(host)?,
            };
            let port_group = given(call, "portgroup-name")?
                .ok_or_else(|| Refusal(wording::needs("interface add", "--portgroup-name")))?;
            Command::VmkAdd {
                vmk,
                port_group,
                mac: given::<MacAddr>(call, "mac-address")?,
                mtu: given(call, "mtu")?,
                netstack: given::<NetstackName>(call, "netstack")?,
            }
        }
        "interface remove" => match (given(call, "interface-name")?, call.get("portgroup-name")) {
            (Some(vmk), _) => Command::VmkRemove { vmk },
            (None, Some(group)) => {
                let vmk =
                    host.vmk_on(group).ok_or_else(|| Refusal(wording::not_found("remove interface")))?;
                Command::VmkRemove { vmk: vmk.clone() }
            }
            (None, None) => return Err(Refusal(wording::needs("interface remove", "--interface-name"))),
        },
        "interface set" => {
            Command::VmkSet { vmk: vmk()?, mtu: given(call, "mtu")?, enabled: call.bool("enabled") }
        }
        "interface tag add" => Command::VmkTagAdd { vmk: vmk()?, tag: word(call, "tagname", "tag")? },
        "interface tag remove" => Command::VmkTagRemove { vmk: vmk()?, tag: tag() },
        "interface ipv4 set" => Command::VmkIpv4 { ipv4: ipv4(call, host)?, vmk: vmk()? },
        "interface ipv6 set" => {
            // An adapter has no switch of its own here: without IPv6 it asks nobody for an address (believed).
            let off = (call.bool("enable-ipv6") == Some(false)).then_some(false);
            let router_adv = off.or(call.bool("enable-router-adv"));
            Command::VmkIpv6 { vmk: vmk()?, router_adv, dhcp: off.or(call.bool("enable-dhcpv6")) }
        }
        "interface ipv6 address add" => Command::VmkIpv6Add { vmk: vmk()?, address: need(call, "ipv6")? },
        "interface ipv6 address remove" => {
            Command::VmkIpv6Remove { vmk: vmk()?, address: need(call, "ipv6")? }
        }
        "route ipv4 add" | "route ipv6 add" => Command::RouteAdd { route: route(call, path)? },
        "route ipv4 remove" | "route ipv6 remove" => Command::RouteRemove { route: route(call, path)? },
        "dns server add" => Command::DnsServerAdd { server: need(call, "server")? },
        "dns server remove" => match given(call, "server")? {
            Some(server) => Command::DnsServerRemove { server },
            // `--all` is several commands: see `run`.
            None if call.flag("all") => return Ok(None),
            None => return Err(Refusal(wording::needs("dns server remove", "--server"))),
        },
        "dns search add" => Command::DnsSearchAdd { domain: word(call, "domain", "domain")? },
        "dns search remove" => {
            Command::DnsSearchRemove { domain: call.get("domain").unwrap_or_default().to_owned() }
        }
        _ => return Ok(None),
    }))
}

/// A value that may be left out.
fn given<T: FromStr>(call: &Invocation, long: &str) -> Result<Option<T>, Refusal> {
    call.get(long).map(|text| text.parse().map_err(|_| Refusal(wording::bad_value(long, text)))).transpose()
}

/// A value that the grammar has seen to.
fn need<T: FromStr>(call: &Invocation, long: &str) -> Result<T, Refusal> {
    let text = call.get(long).unwrap_or_default();
    text.parse().map_err(|_| Refusal(wording::bad_value(long, text)))
}

/// A list that is not named stays as it is; a card newly named in one list leaves the other.
fn failover(call: &Invocation, now: Option<&FailoverOrder>) -> Result<FailoverSet, Refusal> {
    let names = |long: &str| -> Result<Option<Vec<VmnicName>>, Refusal> {
        let bad = |name: &str| Refusal(wording::bad_value(long, name));
        let Some(list) = call.list(long) else { return Ok(None) };
        list.into_iter().map(|name| name.parse().map_err(|_| bad(name))).collect::<Result<_, _>>().map(Some)
    };
    let now = now.cloned().unwrap_or_default();
    let order = match (names("active-uplinks")?, names("standby-uplinks")?) {
        (None, None) => None,
        (Some(active), Some(standby)) => Some(FailoverOrder { active, standby }),
        (Some(active), None) => {
            let standby = now.standby.into_iter().filter(|name| !active.contains(name)).collect();
            Some(FailoverOrder { active, standby })
        }
        (None, Some(standby)) => {
            let active = now.active.into_iter().filter(|name| !standby.contains(name)).collect();
            Some(FailoverOrder { active, standby })
        }
    };
    Ok(FailoverSet {
        load_balancing: call.get("load-balancing").and_then(LoadBalancing::from_word),
        failure_detection: call.get("failure-detection").and_then(FailureDetection::from_word),
        notify_switches: call.bool("notify-switches"),
        failback: call.bool("failback"),
        order,
    })
}

fn security(call: &Invocation) -> SecuritySet {
    SecuritySet {
        promiscuous: call.bool("allow-promiscuous"),
        mac_changes: call.bool("allow-mac-change"),
        forged_transmits: call.bool("allow-forged-transmits"),
    }
}

/// Values left out stay as they are; switching shaping off without any number clears the numbers (believed: a
/// host that does not shape shows zeros).
fn shaping(call: &Invocation, now: Option<Shaping>) -> Result<Shaping, Refusal> {
    let numbers = (given(call, "avg-bandwidth")?, given(call, "peak-bandwidth")?, given(call, "burst-size")?);
    if call.bool("enabled") == Some(false) && numbers == (None, None, None) {
        return Ok(Shaping::default());
    }
    let now = now.unwrap_or_default();
    Ok(Shaping {
        enabled: call.bool("enabled").unwrap_or(now.enabled),
        average_kbps: numbers.0.unwrap_or(now.average_kbps),
        peak_kbps: numbers.1.unwrap_or(now.peak_kbps),
        burst_kib: numbers.2.unwrap_or(now.burst_kib),
    })
}

fn effective_shaping(host: &HostState, port_group: &str) -> Option<Shaping> {
    let group = host.port_groups.get(port_group)?;
    match &group.shaping {
        Fact::Known(Some(own)) => Some(*own),
        Fact::Known(None) => host.vswitches.get(&group.vswitch)?.shaping.known().copied(),
        Fact::Unknown(_) => None,
    }
}

fn free_vmk(host: &HostState) -> Result<VmkName, Refusal> {
    (0..=9999)
        .filter_map(|number| format!("vmk{number}").parse().ok())
        .find(|name: &VmkName| !host.vmkernel.contains_key(name))
        .ok_or_else(|| Refusal(wording::bad_value("interface-name", "")))
}

/// DHCP asked of an adapter that has it already keeps its lease.
fn ipv4(call: &Invocation, host: &HostState) -> Result<Ipv4Config, Refusal> {
    match call.get("type") {
        Some("dhcp") => {
            let now = host.vmkernel.get(call.get("interface-name").unwrap_or_default());
            Ok(match now.and_then(|vmk| vmk.ipv4.known()) {
                Some(now @ Ipv4Config::Dhcp { .. }) => now.clone(),
                _ => Ipv4Config::Dhcp { lease: None },
            })
        }
        Some("static") => {
            let address: Ipv4Addr =
                given(call, "ipv4")?.ok_or_else(|| Refusal(wording::needs("type static", "--ipv4")))?;
            let netmask: Ipv4Addr =
                given(call, "netmask")?.ok_or_else(|| Refusal(wording::needs("type static", "--netmask")))?;
            let address = Ipv4Net::with_netmask(address, netmask)
                .map_err(|_| Refusal(wording::bad_value("netmask", &netmask.to_string())))?;
            Ok(Ipv4Config::Static { address, gateway: given(call, "gateway")? })
        }
        _ => Ok(Ipv4Config::None),
    }
}

fn route(call: &Invocation, path: &str) -> Result<Route, Refusal> {
    let v4 = path.starts_with("route ipv4");
    let gateway: IpAddr = need(call, "gateway")?;
    let word = call.get("network").unwrap_or_default();
    let network: IpNet = match word {
        "default" => IpNet::new_assert(
            if v4 { Ipv4Addr::UNSPECIFIED.into() } else { std::net::Ipv6Addr::UNSPECIFIED.into() },
            0,
        ),
        _ => need(call, "network")?,
    };
    if network.addr().is_ipv4() != v4 || gateway.is_ipv4() != v4 {
        return Err(Refusal(wording::bad_value("network", word)));
    }
    Ok(Route { netstack: given(call, "netstack")?.unwrap_or_default(), network, gateway })
}
