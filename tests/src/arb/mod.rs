//! Random hosts, fabrics and wishes.
//!
//! Everything is built from a tape of numbers, so that a failing case shrinks to a small one and a tape written
//! down in a test stays a regression test.

mod edit;
mod host;
mod show;
mod tape;
mod world;

pub use show::host as show_host;

use crate::referee::{Verdict, World};
use crate::scenario::read;
use esxi_core::reach::{Fabric, Session};
use esxi_core::state::HostState;
use proptest::prelude::*;
use std::net::IpAddr;
use tape::Tape;

/// A host, what somebody wants of it, its surroundings and a client.
#[derive(Clone)]
pub struct Case {
    /// The host as it is.
    pub current: HostState,
    /// The host as it shall be.
    pub desired: HostState,
    /// The whole truth about the fabric; holds no client and no session.
    pub truth: Fabric,
    /// What is known of it, with the client and perhaps a live session.
    pub known: Fabric,
    /// The client.
    pub client: IpAddr,
    /// An address of the host, or one it does not have.
    pub server: IpAddr,
}

impl Case {
    /// The case a tape stands for.
    pub fn of(numbers: &[u16]) -> Case {
        let tape = &mut Tape::new(numbers);
        // Up to three: the referee plays every hash of every frame, and that grows fast with the cards.
        let cards = tape.weighted(&[3, 30, 50, 17]);
        let truth = world::fabric(tape, cards);
        let current = host::host(tape, &truth, cards);
        let server = server(tape, &current);
        let client = client(tape, &truth, server);
        let mut known = world::partly_known(tape, &truth);
        known.client = Some(client);
        let session = tape.chance(40);
        // A session is there only where one can be.
        if session && World::new(&current, &truth).answers_in_truth(client, server) != Verdict::No {
            known.observe(&current, Session { client, server });
        }
        let desired = edit::desired(tape, &current, &truth);
        Case { current, desired, truth, known, client, server }
    }
}

/// Any case.
pub fn case() -> impl Strategy<Value = Case> {
    proptest::collection::vec(any::<u16>(), 240..400).prop_map(|tape| Case::of(&tape))
}

fn server(tape: &mut Tape<'_>, host: &HostState) -> IpAddr {
    let all: Vec<IpAddr> =
        host.vmkernel.values().flat_map(|vmk| vmk.addresses().map(|net| net.addr())).collect();
    let at = if tape.chance(35) { tape.below(all.len() + 1) } else { 0 };
    all.get(at).copied().unwrap_or_else(|| read("192.0.2.99"))
}

fn client(tape: &mut Tape<'_>, fabric: &Fabric, server: IpAddr) -> IpAddr {
    let afar: IpAddr = if server.is_ipv6() { read("2001:db8:99::7") } else { read("198.51.100.9") };
    let same_family = |address: &IpAddr| address.is_ipv6() == server.is_ipv6();
    // The last addresses but one of each subnet, where no adapter is put.
    let beside: Vec<IpAddr> = fabric
        .networks
        .iter()
        .map(|network| match network.subnet {
            ipnet::IpNet::V4(net) => IpAddr::V4((u32::from(net.broadcast()) - 1).into()),
            ipnet::IpNet::V6(net) => IpAddr::V6((u128::from(net.addr()) + 0x99).into()),
        })
        .filter(same_family)
        .collect();
    match tape.weighted(&[50, 50]) {
        0 => afar,
        _ => tape.pick(&beside).copied().unwrap_or(afar),
    }
}
