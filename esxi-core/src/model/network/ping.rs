//! ICMP echoes: `network diag ping`, `vmkping`.

use super::show::{default_route, outgoing};
use crate::model::family::Console;
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::state::VmkAdapter;
use crate::value::NetstackName;
use std::net::IpAddr;
use std::time::Duration;

/// What to ask, and how.
#[derive(Debug, Clone)]
pub(super) struct Echo {
    /// Whom: an address, or a name.
    pub host: String,
    /// From which adapter.
    pub interface: Option<String>,
    /// On which stack.
    pub stack: NetstackName,
    /// How often.
    pub count: u32,
    /// Bytes of payload.
    pub size: u32,
    /// Not to be fragmented.
    pub whole: bool,
    /// `Some(true)` for IPv6 alone.
    pub six: Option<bool>,
}

impl Default for Echo {
    fn default() -> Self {
        Echo {
            host: String::new(),
            interface: None,
            stack: NetstackName::default(),
            count: 3,
            size: 56,
            whole: false,
            six: None,
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Heard {
    /// Who was asked.
    pub to: IpAddr,
    /// The time until each answer; `None` for none.
    pub times: Vec<Option<Duration>>,
    /// Time to live of the answers: a router takes one (believed).
    pub ttl: u32,
}

impl Heard {
    /// Times of the answers.
    pub(super) fn answers(&self) -> impl Iterator<Item = (usize, Duration)> {
        self.times.iter().enumerate().filter_map(|(number, time)| Some((number, (*time)?)))
    }
    /// Smallest, mean and largest time; `None` without an answer.
    pub(super) fn spread(&self) -> Option<[Duration; 3]> {
        let count = u32::try_from(self.answers().count()).ok().filter(|count| *count > 0)?;
        let times = || self.answers().map(|(_, time)| time);
        Some([times().min()?, times().sum::<Duration>() / count, times().max()?])
    }
}

/// Why no echo was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The stack refused each of them. `Message too long` is verified, and with it the shape.
    #[error("sendto() failed ({1})")]
    Send(IpAddr, &'static str),
    /// There is nobody of that name, with the tools' version of IP (believed).
    #[error("Unable to resolve host: {0}")]
    Name(String),
    /// There is no such adapter (believed).
    #[error("Unknown interface '{0}': Invalid argument")]
    Interface(String),
}

/// Sends the echoes.
///
/// # Errors
/// [`Failure`].
pub(super) fn send(console: &Console<'_>, echo: &Echo) -> Result<Heard, Failure> {
    let machine = &*console.machine;
    let to = resolve(echo)?;
    if to.is_ipv6() && !machine.network.has_ipv6() {
        return Err(Failure::Send(to, "Address family not supported by protocol family"));
    }
    if machine.state.vmk_with_address(to).is_some() || to.is_loopback() {
        return Ok(Heard { to, times: vec![Some(Duration::from_micros(40)); times(echo)], ttl: 64 });
    }
    let (vmk, direct) = way(machine, echo, to)?;
    if !vmk.enabled {
        return Err(Failure::Send(to, "Network is down"));
    }
    // Headers of IP and ICMP.
    let packet = echo.size.saturating_add(if to.is_ipv4() { 28 } else { 48 });
    let mtu = u32::from(vmk.mtu.get());
    if echo.whole && packet > mtu {
        return Err(Failure::Send(to, "Message too long"));
    }
    let group = machine.state.port_groups.get(&vmk.port_group);
    let switch = group.and_then(|group| machine.state.vswitches.get(&group.vswitch));
    // A vSwitch drops what is larger than its own MTU.
    let passes = switch.is_some_and(|switch| packet.min(mtu) <= u32::from(switch.mtu.get()));
    let from = source(vmk, to);
    let time = console.around.ping(from, to, echo.size).filter(|_| passes && from.is_some());
    Ok(Heard { to, times: vec![time; times(echo)], ttl: if direct { 64 } else { 63 } })
}

fn times(echo: &Echo) -> usize {
    usize::try_from(echo.count).unwrap_or(usize::MAX)
}

/// There are no name servers to ask in the model.
fn resolve(echo: &Echo) -> Result<IpAddr, Failure> {
    let text = if echo.host == "localhost" { "127.0.0.1" } else { &echo.host };
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    match text.parse::<IpAddr>() {
        Ok(address) if echo.six.is_none_or(|six| six == address.is_ipv6()) => Ok(address),
        _ => Err(Failure::Name(echo.host.clone())),
    }
}

/// The adapter that sends, and whether the other end is on its link.
fn way<'a>(machine: &'a Machine, echo: &Echo, to: IpAddr) -> Result<(&'a VmkAdapter, bool), Failure> {
    let host = &machine.state;
    let named = match &echo.interface {
        Some(name) => name.clone(),
        None => {
            let direct = outgoing(host, &echo.stack, to);
            if direct.is_empty() { routed(machine, &echo.stack, to).unwrap_or_default() } else { direct }
        }
    };
    let found = host.vmkernel.get(named.as_str());
    let vmk = found.ok_or_else(|| match &echo.interface {
        Some(name) => Failure::Interface(name.clone()),
        None => Failure::Send(to, "Network is unreachable"),
    })?;
    let direct = vmk.addresses().any(|net| net.contains(&to)) || is_link_local(to);
    if !direct && routed(machine, &vmk.netstack, to).is_none() {
        return Err(Failure::Send(to, "Network is unreachable"));
    }
    Ok((vmk, direct))
}

fn is_link_local(to: IpAddr) -> bool {
    matches!(to, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// The adapter by which the most specific route goes.
fn routed(machine: &Machine, stack: &NetstackName, to: IpAddr) -> Option<String> {
    let host = &machine.state;
    let set = host.routes.iter().filter(|route| route.netstack == *stack && route.network.contains(&to));
    let best = set.max_by_key(|route| route.network.prefix_len());
    let vmk = best.map(|route| outgoing(host, stack, route.gateway));
    vmk.or_else(|| default_route(host, stack).filter(|_| to.is_ipv4()).map(|(_, vmk, _)| vmk))
        .filter(|vmk| !vmk.is_empty())
}

/// The address it sends from: of the other end's subnet where it has one.
fn source(vmk: &VmkAdapter, to: IpAddr) -> Option<IpAddr> {
    let own = vmk.mac.filter(|_| is_link_local(to)).map(|mac| IpAddr::V6(super::show::link_local(mac)));
    own.or_else(|| {
        let nets: Vec<_> = vmk.addresses().filter(|net| net.addr().is_ipv4() == to.is_ipv4()).collect();
        nets.iter().find(|net| net.contains(&to)).or(nets.first()).map(|net| net.addr())
    })
}

/// `network diag ping` (verified: 6.5; `Recieved` is how it is written).
pub(super) fn diagnose(console: &Console<'_>, call: &Invocation) -> Result<Value, String> {
    let number = |long: &str, usual: u32| call.get(long).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let heard = send(
        console,
        &Echo {
            host: call.get("host").unwrap_or_default().to_owned(),
            interface: call.get("interface").map(str::to_owned),
            stack: call.get("netstack").and_then(|name| name.parse().ok()).unwrap_or_default(),
            count: number("count", 3).min(1000),
            size: number("size", 56),
            whole: call.flag("df"),
            six: call.flag("ipv6").then_some(true).or(call.flag("ipv4").then_some(false)),
        },
    )
    .map_err(|failure| failure.to_string())?;
    let micros = |time: Duration| Value::Measure(i64::try_from(time.as_micros()).unwrap_or(i64::MAX), "us");
    let bytes = number("size", 56).saturating_add(8);
    let trace = heard.answers().map(|(sequence, time)| {
        Structure::new("PingTrace")
            .with("Received Bytes", bytes)
            .with("Host", heard.to.to_string())
            .with("ICMP Seq", u32::try_from(sequence).unwrap_or(u32::MAX))
            .with("TTL", heard.ttl)
            .with("Round-trip Time", micros(time))
            .with("Dup", false)
            .with("Detail", "")
    });
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (sent, received) = (heard.times.len(), heard.answers().count());
    let lost = (sent - received) * 100 / sent.max(1);
    let [least, mean, most] = heard.spread().unwrap_or_default();
    let summary = Structure::new("PingSummary")
        .with("Host Addr", heard.to.to_string())
        .with("Transmitted", count(sent))
        .with("Recieved", count(received))
        .with("Duplicated", 0_u32)
        .with("Packet Lost", count(lost))
        .with("Round-trip Min", micros(least))
        .with("Round-trip Avg", micros(mean))
        .with("Round-trip Max", micros(most));
    Ok(Value::Struct(
        Structure::new("PingOutput")
            .with("Trace", Value::List(trace.collect()))
            .with("Summary", Value::Struct(summary)),
    ))
}
