//! The referee: a second network model, independent of `esxi_core::reach`, that judges its claims.
//!
//! It knows nothing of paths or proofs. It builds the network, throws a SYN in and watches the frames: tags are
//! pushed and popped, MAC addresses learnt, ARP questions asked, channels and teams hash, routers forward. It
//! answers **yes** only if the SYN-ACK comes back whatever the hashes are.
//!
//! Its rules come from VMware's networking guide and knowledge base as gathered in the project's documents:
//!
//! * a virtual port under `portid`, `mac` and `explicit` sends by one uplink and takes frames only from it; under
//!   `iphash` each pair of addresses has its uplink, and every uplink in use is listened to;
//! * a switch sends a frame for a static channel to any live member, and takes the channel for one port;
//! * a source address that shows up on two ports flaps, and the exchange fails;
//! * of an LACP group, one member alone on a vSwitch works, several do not (the Packet guide);
//! * a switch port that is bound to MAC addresses drops frames from others;
//! * a switch port sends its native VLAN without a tag, whatever else it carries;
//! * the stack answers by the longest matching route, with the address the client asked for; a router on another
//!   segment drops that reply (the static-routes article);
//! * small packets only: MTU does not decide whether management answers.
//!
//! ```
//! use esxi_tests::referee::{Verdict, World};
//! use esxi_core::reach::{Evidence, Fabric, Lag, Network, SwitchPort, TaggedVlans};
//! use esxi_core::state::{factory, Fact, FactoryNic, Ipv4Config};
//! let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
//! let mut host = factory("7.0".parse()?, &[nic]);
//! host.vmkernel.get_mut("vmk0").unwrap().ipv4 =
//!     Fact::Known(Ipv4Config::Static { address: "192.0.2.10/24".parse()?, gateway: None });
//! let mut fabric = Fabric::default();
//! let (client, server) = ("192.0.2.7".parse()?, "192.0.2.10".parse()?);
//! assert_eq!(World::new(&host, &fabric).answers(client, server), Verdict::Unknown);
//! let evidence = Evidence::Asserted;
//! let port = SwitchPort { untagged: Some(5), tagged: TaggedVlans::None, lag: Lag::None, evidence };
//! fabric.ports.insert("vmnic0".parse()?, port);
//! let subnet = "192.0.2.0/24".parse()?;
//! fabric.networks.push(Network { subnet, gateway: None, segment: 5, dhcp: None, evidence });
//! assert_eq!(World::new(&host, &fabric).answers(client, server), Verdict::Yes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dice;
mod exchange;
mod host;
mod reality;

use dice::{Outcome, explore};
use esxi_core::reach::{Fabric, Session};
use esxi_core::state::HostState;
use esxi_core::value::VmkName;
use host::VirtualPort;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The referee's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The answer comes back, whatever chance decides.
    Yes,
    /// It never does.
    No,
    /// It depends on chance (a hash, the uplink a port is bound to): for safety the same as no.
    Dark,
    /// It depends on what nobody stated.
    Unknown,
}

/// A host in its surroundings.
#[derive(Debug)]
pub struct World<'a> {
    host: &'a HostState,
    fabric: &'a Fabric,
    ports: BTreeMap<VmkName, VirtualPort>,
}

impl<'a> World<'a> {
    /// A host in this state, in a fabric of which only this is known.
    pub fn new(host: &'a HostState, fabric: &'a Fabric) -> Self {
        World { host, fabric, ports: host::ports(host, &BTreeSet::new()) }
    }

    /// The same, after these adapters were removed and made anew: they have new virtual ports, which may be bound
    /// to other uplinks.
    pub fn with_new_ports(host: &'a HostState, fabric: &'a Fabric, reborn: &BTreeSet<VmkName>) -> Self {
        World { host, fabric, ports: host::ports(host, reborn) }
    }

    /// Whether `client` gets an answer from `server`, in every world that the statements allow. A session that
    /// is recorded in the fabric proves nothing here.
    pub fn answers(&self, client: IpAddr, server: IpAddr) -> Verdict {
        let (mut always, mut never, mut sometimes) = (false, false, false);
        for reality in reality::possible(self.host, self.fabric, &self.ports, client, server) {
            match self.outcome(&reality, client, server) {
                Outcome::Always => always = true,
                Outcome::Never => never = true,
                Outcome::Sometimes => sometimes = true,
            }
            if always && (never || sometimes) {
                return Verdict::Unknown;
            }
        }
        // An adapter whose address was not understood may hold this one, or capture the reply.
        let open = reality::addresses_open(&self.ports, server);
        match (always, sometimes) {
            _ if open && (always || self.holder(server).is_none()) => Verdict::Unknown,
            (true, _) => Verdict::Yes,
            (false, true) => Verdict::Dark,
            (false, false) => Verdict::No,
        }
    }

    /// The same in the one world in which nothing exists that was not stated: for a fabric known to be the
    /// whole truth. Never [`Verdict::Unknown`] unless the host's own state holds an unknown.
    pub fn answers_in_truth(&self, client: IpAddr, server: IpAddr) -> Verdict {
        if reality::addresses_open(&self.ports, server) {
            return Verdict::Unknown;
        }
        match self.outcome(&reality::stated(self.fabric), client, server) {
            Outcome::Always => Verdict::Yes,
            Outcome::Never => Verdict::No,
            Outcome::Sometimes => Verdict::Dark,
        }
    }

    /// The same for whoever saw the exchange of `session` succeed when the host was in the state of `before`:
    /// runs of chance in which it could not have are left out. A port that is still the same and has the same
    /// uplinks in use is bound as it was; a hash of the same over the same falls as it did.
    pub fn answers_given(
        &self,
        before: &World<'_>,
        session: &Session,
        client: IpAddr,
        server: IpAddr,
    ) -> Verdict {
        if reality::addresses_open(&self.ports, server) {
            return Verdict::Unknown;
        }
        let reality = reality::stated(self.fabric);
        let (mut always, mut never) = (true, true);
        explore(|dice| {
            let play = exchange::Exchange::play;
            if play(before.host, &reality, &before.ports, dice, session.client, session.server) {
                let answered = play(self.host, &reality, &self.ports, dice, client, server);
                (always, never) = (always && answered, never && !answered);
            }
            // The same for every run while it is open, so that the others are played, too.
            always || never
        });
        match (always, never) {
            (true, _) => Verdict::Yes,
            (false, true) => Verdict::No,
            (false, false) => Verdict::Dark,
        }
    }

    /// The adapter that holds an address.
    fn holder(&self, address: IpAddr) -> Option<&VmkName> {
        let holds = |port: &VirtualPort| port.addresses.iter().any(|net| net.addr() == address);
        self.ports.iter().find(|(_, port)| holds(port)).map(|(vmk, _)| vmk)
    }

    fn outcome(&self, reality: &reality::Reality, client: IpAddr, server: IpAddr) -> Outcome {
        explore(|dice| exchange::Exchange::play(self.host, reality, &self.ports, dice, client, server))
    }
}

#[cfg(test)]
mod tests;
