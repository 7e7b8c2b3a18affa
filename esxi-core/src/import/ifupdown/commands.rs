//! The commands of `up` lines: those that set addresses, routes and MTUs are understood.

use crate::value::Mtu;
use ipnet::IpNet;
use std::net::IpAddr;

/// What a command does to the network.
#[derive(Debug, PartialEq)]
pub(super) enum Effect {
    Route {
        to: IpNet,
        via: IpAddr,
        /// Of several routes to one network that with the smallest is taken over.
        metric: u32,
        /// More is said of it than is carried over.
        extra: bool,
    },
    Address {
        device: String,
        net: IpNet,
    },
    Mtu {
        device: String,
        mtu: Mtu,
    },
    /// What holds on ESXi anyway.
    Nothing,
    /// Not understood, or nothing that ESXi has; why.
    Unknown(&'static str),
}

const NOT_UNDERSTOOD: &str = "this command is not understood";
const NO_NEXT_HOP: &str = "a route of ESXi needs a next hop";

/// Reads a line; `device` is what `$IFACE` stands for.
pub(super) fn read(line: &str, device: &str) -> Vec<Effect> {
    let line = ["\"${IFACE}\"", "\"$IFACE\"", "${IFACE}", "$IFACE"]
        .iter()
        .fold(line.to_owned(), |line, variable| line.replace(variable, device));
    line.split([';', '\n']).flat_map(|part| part.split("&&")).map(str::trim).filter_map(one).collect()
}

fn one(command: &str) -> Option<Effect> {
    let mut command = command.split(" #").next().unwrap_or_default().trim();
    // What is done about a failure changes nothing here.
    for ending in ["|| true", "|| :", "|| /bin/true", "2>/dev/null", "2> /dev/null", ">/dev/null", "2>&1"] {
        command = command.strip_suffix(ending).unwrap_or(command).trim();
    }
    let words: Vec<&str> = command.split_whitespace().collect();
    let (program, args) = words.split_first()?;
    let shell = |c: char| matches!(c, '|' | '&' | '>' | '<' | '`' | '$' | '(' | ')' | '*' | '"' | '\'');
    if command.contains(shell) {
        return Some(Effect::Unknown(NOT_UNDERSTOOD));
    }
    Some(match program.rsplit('/').next().unwrap_or_default() {
        "ip" => ip(args),
        "route" => route(args),
        "ifconfig" => ifconfig(args),
        "true" | ":" | "sleep" => Effect::Nothing,
        _ => Effect::Unknown(NOT_UNDERSTOOD),
    })
}

/// The word behind one of these.
fn after<'a>(words: &[&'a str], names: &[&str]) -> Option<&'a str> {
    words.iter().position(|word| names.contains(word)).and_then(|at| words.get(at + 1)).copied()
}

fn ip(args: &[&str]) -> Effect {
    let mut args = args;
    while let Some((flag, rest)) = args.split_first().filter(|(flag, _)| flag.starts_with('-')) {
        args = if matches!(*flag, "-f" | "-family") { rest.get(1..).unwrap_or_default() } else { rest };
    }
    let [object, verb, rest @ ..] = args else { return Effect::Unknown(NOT_UNDERSTOOD) };
    let is = |word: &str, whole: &str| !word.is_empty() && whole.starts_with(word);
    let adds = matches!(*verb, "add" | "a" | "append" | "replace" | "change");
    if is(object, "route") && adds {
        let rest = match rest {
            ["unicast", rest @ ..] => rest,
            rest => rest,
        };
        let Some(to) = rest.first() else { return Effect::Unknown(NOT_UNDERSTOOD) };
        if after(rest, &["table"]).is_some_and(|table| !matches!(table, "main" | "254")) {
            return Effect::Unknown("a TCP/IP stack of ESXi has one table of routes");
        }
        let extra = ["metric", "src", "onlink", "mtu", "advmss"].iter().any(|word| rest.contains(word));
        return way(to, None, after(rest, &["via"]), metric(rest), extra);
    }
    if (is(object, "address") || *object == "addr") && adds {
        let (Some(net), Some(device)) = (rest.first(), after(rest, &["dev"])) else {
            return Effect::Unknown(NOT_UNDERSTOOD);
        };
        return match net.parse::<IpNet>() {
            Ok(net) => Effect::Address { device: device.to_owned(), net },
            Err(_) => Effect::Unknown("an address needs its prefix length"),
        };
    }
    if is(object, "link") && *verb == "set" {
        let rest = match rest {
            ["dev", rest @ ..] => rest,
            rest => rest,
        };
        return match rest {
            [_, "up"] | ["up", _] | ["up", "dev", _] => Effect::Nothing,
            [device, "mtu", mtu] | [device, "up", "mtu", mtu] | [device, "mtu", mtu, "up"] => {
                large(device, mtu)
            }
            _ => Effect::Unknown(NOT_UNDERSTOOD),
        };
    }
    Effect::Unknown(NOT_UNDERSTOOD)
}

fn large(device: &str, mtu: &str) -> Effect {
    match mtu.parse() {
        Ok(mtu) => Effect::Mtu { device: device.to_owned(), mtu },
        Err(_) => Effect::Unknown("no adapter has such an MTU"),
    }
}

/// `route add -net 10.0.0.0 netmask 255.0.0.0 gw 192.0.2.1`.
fn route(args: &[&str]) -> Effect {
    let mut words: Vec<&str> = args.to_vec();
    if let Some(at) = words.iter().position(|word| *word == "-A") {
        words.drain(at..(at + 2).min(words.len()));
    }
    words.retain(|word| !matches!(*word, "-4" | "-6" | "--inet" | "--inet6"));
    let ["add", rest @ ..] = words.as_slice() else { return Effect::Unknown(NOT_UNDERSTOOD) };
    let rest = match rest {
        ["-net" | "-host", rest @ ..] => rest,
        rest => rest,
    };
    let Some(to) = rest.first() else { return Effect::Unknown(NOT_UNDERSTOOD) };
    let extra = ["metric", "mss", "window"].iter().any(|word| rest.contains(word));
    way(to, after(rest, &["netmask"]), after(rest, &["gw", "via"]), metric(rest), extra)
}

fn ifconfig(args: &[&str]) -> Effect {
    match args {
        [_, "up"] | [_, "0.0.0.0", "up"] | [_, "0.0.0.0"] => Effect::Nothing,
        [device, "mtu", mtu] | [device, "mtu", mtu, "up"] => large(device, mtu),
        _ => Effect::Unknown(NOT_UNDERSTOOD),
    }
}

fn metric(words: &[&str]) -> u32 {
    after(words, &["metric"]).and_then(|metric| metric.parse().ok()).unwrap_or_default()
}

fn way(to: &str, mask: Option<&str>, via: Option<&str>, metric: u32, extra: bool) -> Effect {
    let Some(via) = via else { return Effect::Unknown(NO_NEXT_HOP) };
    let Ok(via) = via.parse::<IpAddr>() else { return Effect::Unknown(NOT_UNDERSTOOD) };
    let everywhere = || match via {
        IpAddr::V4(_) => IpNet::V4(Default::default()),
        IpAddr::V6(_) => IpNet::V6(Default::default()),
    };
    let net = match (to, to.parse::<IpNet>(), to.parse::<IpAddr>()) {
        ("default", ..) => Some(everywhere()),
        (_, Ok(net), _) => Some(net),
        (_, _, Ok(address)) => match mask {
            None if address.is_unspecified() => Some(everywhere()),
            None => Some(IpNet::from(address)),
            Some(mask) => {
                let mask = mask.parse::<IpAddr>().ok().filter(|mask| mask.is_ipv4() == address.is_ipv4());
                let prefix = mask.and_then(|mask| ipnet::ip_mask_to_prefix(mask).ok());
                prefix.and_then(|prefix| IpNet::new(address, prefix).ok())
            }
        },
        _ => None,
    };
    match net {
        Some(net) if net.addr().is_ipv4() == via.is_ipv4() => {
            Effect::Route { to: net.trunc(), via, metric, extra }
        }
        _ => Effect::Unknown(NOT_UNDERSTOOD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route_of(line: &str) -> Option<(String, String)> {
        match read(line, "eth0").as_slice() {
            [Effect::Route { to, via, .. }] => Some((to.to_string(), via.to_string())),
            _ => None,
        }
    }

    #[test]
    fn routes_in_every_notation() {
        for line in [
            "ip route add 10.0.0.0/8 via 192.0.2.1",
            "/sbin/ip -4 ro add 10.0.0.0/8 via 192.0.2.1 dev $IFACE || true",
            "ip r replace 10.0.0.0/8 dev eth0 via 192.0.2.1 metric 100",
            "route add -net 10.0.0.0 netmask 255.0.0.0 gw 192.0.2.1",
            "route add -net 10.0.0.0/8 gw 192.0.2.1 dev eth0",
            "route add -A inet -net 10.0.0.0/8 gw 192.0.2.1 # office",
            "ip route add 10.0.0.0/8 via 192.0.2.1 table main 2>/dev/null || true",
        ] {
            assert_eq!(route_of(line), Some(("10.0.0.0/8".into(), "192.0.2.1".into())), "{line}");
        }
        assert_eq!(route_of("route add default gw 192.0.2.1").unwrap().0, "0.0.0.0/0");
        assert_eq!(route_of("ip -6 route add default via fe80::1 dev eth0").unwrap().0, "::/0");
        assert_eq!(route_of("route add -host 10.1.2.3 gw 192.0.2.1").unwrap().0, "10.1.2.3/32");
        assert_eq!(route_of("ip route add 10.1.2.3 via 192.0.2.1").unwrap().0, "10.1.2.3/32");
    }

    #[test]
    fn several_commands_on_a_line() {
        let effects = read("ip link set $IFACE up; ip route add 10.0.0.0/8 via 192.0.2.1 && sleep 1", "eth0");
        assert!(matches!(effects[..], [Effect::Nothing, Effect::Route { .. }, Effect::Nothing]));
        let mtu = Effect::Mtu { device: "eth0".into(), mtu: "9000".parse().unwrap() };
        assert_eq!(read("ip link set dev \"$IFACE\" mtu 9000", "eth0"), [mtu]);
        let net = "192.0.2.5/24".parse().unwrap();
        assert_eq!(
            read("ip addr add 192.0.2.5/24 dev ${IFACE}", "eth0"),
            [Effect::Address { device: "eth0".into(), net }]
        );
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        for line in [
            "iptables -t nat -A POSTROUTING -j MASQUERADE",
            "echo 1 > /proc/sys/net/ipv4/ip_forward",
            "ip route add 10.0.0.0/8 dev eth0",
            "ip route add 10.0.0.0/8 via 192.0.2.1 table 100",
            "ip route add 10.0.0.0/8 via 2001:db8::1",
            "ip rule add from 192.0.2.0/24 table 100",
            "route add -net 10.0.0.0 netmask 255.0.255.0 gw 192.0.2.1",
            "ip addr add 192.0.2.5 dev eth0",
            "ip",
            "route del default",
            "ip link set eth0 mtu 1",
            "$(route add default gw 192.0.2.1)",
        ] {
            assert!(matches!(read(line, "eth0")[..], [Effect::Unknown(_)]), "{line}");
        }
        assert!(read("", "eth0").is_empty());
    }
}
