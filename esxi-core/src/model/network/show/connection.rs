//! `network ip connection list`.
//!
//! Columns verified: 5.x, and 8.0.1 with `CC Algo`, which is believed to have come with 6.0. Who listens where is
//! known of a few ports in captures of 5.x (22, 80, 443, 902); the rest, the worlds' numbers and their names are
//! believed. The connections are those between the host's own agents; who is logged in is not the model's to know.

use crate::model::grammar::{V6_0, V7_0, V8_0};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

/// A socket: protocol, own end, other end, state, number of the world above the first, its name before 7.0 and
/// since, first release and first that lacks it, rule set without which it is not there.
struct Socket(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    u32,
    [&'static str; 2],
    (EsxiVersion, Option<EsxiVersion>),
    Option<&'static str>,
);

const ALWAYS: (EsxiVersion, Option<EsxiVersion>) = (EsxiVersion::new(5, 0), None);
const ANYONE: &str = "0.0.0.0:0";
const LISTEN: &str = "LISTEN";
const UP: &str = "ESTABLISHED";

static SOCKETS: &[Socket] = &[
    Socket("tcp", "127.0.0.1:8307", "127.0.0.1:53938", UP, 120, ["hostd-worker", "hostd-IO"], ALWAYS, None),
    Socket(
        "tcp",
        "127.0.0.1:53938",
        "127.0.0.1:8307",
        UP,
        121,
        ["rhttpproxy-work", "rhttpproxy-IO"],
        ALWAYS,
        None,
    ),
    Socket("tcp", "127.0.0.1:8307", ANYONE, LISTEN, 120, ["hostd-worker", "hostd-IO"], ALWAYS, None),
    Socket(
        "tcp",
        "127.0.0.1:5988",
        ANYONE,
        LISTEN,
        240,
        ["sfcb-HTTP-Daemo"; 2],
        (ALWAYS.0, Some(V8_0)),
        Some("CIMHttpServer"),
    ),
    Socket("tcp", "0.0.0.0:22", ANYONE, LISTEN, 60, ["busybox", "sshd"], ALWAYS, None),
    Socket("tcp", "0.0.0.0:80", ANYONE, LISTEN, 121, ["hostd-worker", "rhttpproxy-IO"], ALWAYS, None),
    Socket("tcp", "0.0.0.0:427", ANYONE, LISTEN, 210, ["slpd"; 2], (ALWAYS.0, Some(V7_0)), Some("CIMSLP")),
    Socket("tcp", "0.0.0.0:443", ANYONE, LISTEN, 121, ["hostd-worker", "rhttpproxy-IO"], ALWAYS, None),
    Socket("tcp", "0.0.0.0:902", ANYONE, LISTEN, 60, ["busybox"; 2], ALWAYS, None),
    Socket("tcp", "0.0.0.0:8000", ANYONE, LISTEN, 0, [""; 2], ALWAYS, None),
    Socket("udp", "0.0.0.0:68", ANYONE, "", 40, ["dhclient-uw"; 2], ALWAYS, None),
    Socket("udp", "0.0.0.0:123", ANYONE, "", 230, ["ntpd"; 2], ALWAYS, Some("ntpClient")),
    Socket("udp", "0.0.0.0:427", ANYONE, "", 210, ["slpd"; 2], (ALWAYS.0, Some(V7_0)), Some("CIMSLP")),
];

pub(super) fn list(machine: &Machine, call: &Invocation) -> Value {
    let version = machine.state.version;
    let protocol = call.get("type").filter(|word| *word != "all");
    // Every socket belongs to the default stack: its agents are on no other.
    let here = call.get("netstack").is_none_or(|stack| stack == "defaultTcpipStack");
    let first = if version >= EsxiVersion::new(6, 5) { 2_098_000 } else { 34_000 };
    let rows = SOCKETS.iter().filter(|Socket(kind, .., (since, until), set)| {
        here && protocol.is_none_or(|protocol| protocol == *kind)
            && version >= *since
            && until.is_none_or(|until| version < until)
            && set.is_none_or(|set| machine.firewall.opens(version, set))
    });
    let row = |Socket(kind, own, other, state, world, names, ..): &Socket| {
        let name = names[usize::from(version >= V7_0)];
        Structure::new("IpConnection")
            .with("Proto", *kind)
            .with("Recv Q", 0_u32)
            .with("Send Q", 0_u32)
            .with("Local Address", *own)
            .with("Foreign Address", *other)
            .with("State", *state)
            .with("World ID", if *world == 0 { 0 } else { first + *world })
            .with_if(version >= V6_0, "CC Algo", if *kind == "tcp" && *world > 0 { "newreno" } else { "" })
            .with("World Name", name)
    };
    Value::List(rows.map(row).collect())
}
