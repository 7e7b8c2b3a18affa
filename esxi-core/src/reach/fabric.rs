//! [`Fabric`]: what lies outside the host.

use super::observed::ObservedPath;
use crate::state::HostState;
use crate::value::{MacAddr, VlanId, VmnicName};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Where a fact of the fabric comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Taken for granted because nobody said otherwise.
    Assumed,
    /// Seen on the live host: the session's own addresses, carrier.
    Observed,
    /// Stated by the user or a provider profile.
    Asserted,
}

/// What is known of the world outside the host's network cards. Everything not in it is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fabric {
    /// The switch port behind each card. A card that is not in it has an unknown port.
    pub ports: BTreeMap<VmnicName, SwitchPort>,
    /// Hardware addresses that a card's port takes frames from, where it is bound to some, as providers do: it drops
    /// those of others. The port of a card that is not in it takes any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub macs: BTreeMap<VmnicName, BTreeSet<MacAddr>>,
    /// Subnets on the wire, with the VLAN that carries each.
    pub networks: Vec<Network>,
    /// Where management is used from; `None` = unknown.
    pub client: Option<IpAddr>,
    /// Another client than the session's, from which management shall answer: where a change moves the client, too.
    #[serde(skip)]
    pub asked_from: Option<IpAddr>,
    /// The session that is open right now, if any.
    #[serde(skip)]
    pub session: Option<Session>,
    /// The path that session proves; see [`Fabric::observe`].
    #[serde(skip)]
    pub observed: Option<ObservedPath>,
}

impl Fabric {
    /// Records a live session and the path it proves, given the state the host is in while it is open.
    pub fn observe(&mut self, host: &HostState, session: Session) {
        self.observed = ObservedPath::of(host, &session);
        self.session = Some(session);
    }
    /// The client whose view of management counts: the one that was asked for, the session's, else the one that was
    /// stated.
    pub fn client(&self) -> Option<IpAddr> {
        self.asked_from.or_else(|| self.session.as_ref().map(|session| session.client)).or(self.client)
    }
}

/// A live session: proof that management answered on this path in the state the facts were read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The client's address as the host sees it (`$SSH_CONNECTION`, first field).
    pub client: IpAddr,
    /// The host's address as the client reached it (`$SSH_CONNECTION`, third field).
    pub server: IpAddr,
}

/// A physical switch port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchPort {
    /// VLAN that untagged frames belong to; `None` = untagged frames are dropped.
    pub untagged: Option<Segment>,
    /// VLANs accepted and sent with a tag.
    pub tagged: TaggedVlans,
    /// Link aggregation the switch side expects.
    pub lag: Lag,
    /// Where this was learnt.
    pub evidence: Evidence,
}

/// A broadcast domain of the fabric, by its number there. On an access port whose VLAN nobody stated it is 0:
/// "whatever untagged frames are".
pub type Segment = u16;

/// VLANs a port carries with a tag. Inside the fabric a tagged frame of id N belongs to segment N.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaggedVlans {
    /// None: an access port.
    None,
    /// Any.
    All,
    /// These.
    Only(Vec<VlanId>),
}

impl TaggedVlans {
    /// Whether frames with this tag pass.
    pub fn contains(&self, vlan: VlanId) -> bool {
        match self {
            TaggedVlans::None => false,
            TaggedVlans::All => true,
            TaggedVlans::Only(list) => list.contains(&vlan),
        }
    }
}

/// Link aggregation as the physical switch is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lag {
    /// An independent port.
    None,
    /// Static link aggregation (`mode on`); ports with the same group number form one channel.
    Static {
        /// Channel number.
        group: u16,
    },
    /// LACP, which a standard vSwitch does not speak. With one attached member the switch keeps that port up
    /// by itself; with more, the host is lost (the Packet guide's own warning).
    Lacp {
        /// Channel number.
        group: u16,
    },
    /// Nobody said.
    Unknown,
}

/// A subnet of the fabric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The subnet.
    pub subnet: IpNet,
    /// Its router, which knows the way to everywhere else; `None` = isolated.
    pub gateway: Option<IpAddr>,
    /// The segment it lives on.
    pub segment: Segment,
    /// Address a DHCP server on it hands to the host, by position: only the simulated host uses it.
    pub dhcp: Option<IpAddr>,
    /// Where this was learnt.
    pub evidence: Evidence,
}
