//! What an answer rests on.

use super::{Evidence, Segment};
use crate::value::{MacAddr, SwitchName, VlanId, VmkName, VmnicName};
use ipnet::IpNet;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use std::fmt;
use std::net::IpAddr;

/// Whether management answers. Ordered from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It is known not to.
    No,
    /// Something on the path is unknown.
    Unknown,
    /// It is known to.
    Yes,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Answer::No => "no",
            Answer::Unknown => "unknown",
            Answer::Yes => "yes",
        })
    }
}

/// An answer with the facts used, in the order they were met; the last one decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// Yes, no or unknown.
    pub answer: Answer,
    /// The address asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The facts used.
    pub facts: Vec<Finding>,
}

impl Reach {
    pub(super) fn new(address: Option<IpAddr>) -> Self {
        Reach { answer: Answer::Unknown, address, facts: Vec::new() }
    }
    /// An answer of a caller's own, resting on one fact.
    pub fn because(answer: Answer, finding: Finding) -> Self {
        Reach { answer, address: None, facts: vec![finding] }
    }
    pub(super) fn note(&mut self, finding: Finding) {
        self.facts.push(finding);
    }
    pub(super) fn no(mut self, finding: Finding) -> Self {
        self.note(finding);
        self.settle(Answer::No)
    }
    pub(super) fn yes(mut self, finding: Finding) -> Self {
        self.note(finding);
        self.settle(Answer::Yes)
    }
    pub(super) fn settle(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }
    /// The same answer with one more fact.
    #[must_use]
    pub(crate) fn with(mut self, finding: Finding) -> Self {
        self.note(finding);
        self
    }
    /// The deciding fact as a sentence.
    pub fn why(&self) -> String {
        self.facts.last().map(ToString::to_string).unwrap_or_default()
    }
}

/// One fact of a path, as data; `Display` is its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the words of the sentence that Display prints")]
pub enum Finding {
    ClientNotStated,
    NoManagementAddress,
    AwaitsLease { vmk: VmkName },
    NoAdapterHolds { address: IpAddr },
    AdapterDisabled { vmk: VmkName },
    NoRoute { vmk: VmkName, to: IpAddr },
    Asymmetric { receives: VmkName, answers: VmkName, client: IpAddr },
    AmbiguousReply { vmk: VmkName, to: IpAddr },
    Replies { vmk: VmkName, to: IpAddr, next_hop: Option<IpAddr> },
    SamePathAsSession { vmk: VmkName },
    SubnetNotStated { address: IpAddr },
    SubnetOnSegment { subnet: IpNet, segment: Segment, evidence: Evidence },
    Isolated { subnet: IpNet, client: IpAddr, server: IpAddr },
    NextHopNotStated { next_hop: IpAddr },
    NextHopElsewhere { next_hop: IpAddr, segment: Segment, needed: Segment },
    NextHopOnSegment { next_hop: IpAddr, segment: Segment },
    NoPortGroup { vmk: VmkName },
    TeamingUnknown { vmk: VmkName },
    NoLiveUplink { vswitch: SwitchName },
    GuestTagging { vmk: VmkName },
    PortNotStated { nic: VmnicName },
    Blocked { nic: VmnicName, vlan: VlanId },
    OtherSegment { nic: VmnicName, segment: Segment, needed: Segment },
    NativeVlanTagged { nic: VmnicName, vlan: VlanId },
    ForeignMac { nic: VmnicName, mac: MacAddr },
    MacNotChosen { nic: VmnicName },
    Carried { nic: VmnicName, vlan: VlanId, segment: Segment, evidence: Evidence },
    LagNotStated { nic: VmnicName },
    LacpSeveral { vswitch: SwitchName, group: u16 },
    LacpDownMember { vswitch: SwitchName, group: u16 },
    LagNeedsIpHash { nic: VmnicName, group: u16 },
    LagMemberElsewhere { nic: VmnicName, group: u16 },
    IpHashWithoutLag { vswitch: SwitchName },
    DependsOnUplink { good: VmnicName, bad: VmnicName },
    UplinksMayBounce { vswitch: SwitchName },
    SeveralReadings,
}

impl Finding {
    /// Where the fact comes from, where that differs from plain reading of the host's state.
    pub fn evidence(&self) -> Option<Evidence> {
        match self {
            Finding::SamePathAsSession { .. } => Some(Evidence::Observed),
            Finding::SubnetOnSegment { evidence, .. } | Finding::Carried { evidence, .. } => Some(*evidence),
            _ => None,
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let evidence = self.evidence();
        let mut fact = serializer.serialize_struct("Finding", 1 + usize::from(evidence.is_some()))?;
        fact.serialize_field("fact", &self.to_string())?;
        if let Some(evidence) = evidence {
            fact.serialize_field("evidence", &evidence)?;
        }
        fact.end()
    }
}

/// How a segment is spoken of.
struct OnSegment(Segment);

impl fmt::Display for OnSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("the untagged segment"),
            vlan => write!(f, "VLAN {vlan}"),
        }
    }
}

/// How a port group's frames are spoken of.
struct Frames(VlanId);

impl fmt::Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get() {
            0 => f.write_str("untagged frames"),
            vlan => write!(f, "frames tagged {vlan}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Finding::*;
        match self {
            ClientNotStated => {
                f.write_str("nobody said where management is used from (fabric.client, or a live session)")
            }
            NoManagementAddress => f.write_str("no adapter that carries management has an address"),
            AwaitsLease { vmk } => write!(f, "{vmk} waits for an address that cannot be foretold"),
            NoAdapterHolds { address } => write!(f, "no vmkernel adapter holds {address}"),
            AdapterDisabled { vmk } => write!(f, "{vmk} is disabled"),
            NoRoute { vmk, to } => write!(f, "the TCP/IP stack of {vmk} has no route to {to}"),
            Asymmetric { receives, answers, client } => {
                write!(f, "{receives} receives, but the reply to {client} would leave by {answers}")
            }
            AmbiguousReply { vmk, to } => {
                write!(f, "several equal routes lead from the stack of {vmk} to {to}")
            }
            Replies { vmk, to, next_hop: None } => write!(f, "{vmk} reaches {to} in its own subnet"),
            Replies { vmk, to, next_hop: Some(hop) } => write!(f, "{vmk} replies to {to} through {hop}"),
            SamePathAsSession { vmk } => {
                write!(
                    f,
                    "{vmk} uses the same uplinks, VLAN, subnet and next hop as the session that is open"
                )
            }
            SubnetNotStated { address } => write!(f, "nobody said which network {address} is delivered on"),
            SubnetOnSegment { subnet, segment, .. } => write!(f, "{subnet} is on {}", OnSegment(*segment)),
            Isolated { subnet, client, server } => {
                write!(f, "{subnet} has no gateway, so {client} and {server} cannot reach each other")
            }
            NextHopNotStated { next_hop } => write!(f, "nobody said on which network {next_hop} is"),
            NextHopElsewhere { next_hop, segment, needed } => {
                write!(f, "{next_hop} is on {}, not on {}", OnSegment(*segment), OnSegment(*needed))
            }
            NextHopOnSegment { next_hop, segment } => write!(f, "{next_hop} is on {}", OnSegment(*segment)),
            NoPortGroup { vmk } => write!(f, "{vmk} is connected to no port group of a standard vSwitch"),
            TeamingUnknown { vmk } => write!(f, "the NIC teaming in force on {vmk} was not understood"),
            NoLiveUplink { vswitch } => write!(f, "{vswitch} has no live uplink in its failover order"),
            GuestTagging { vmk } => {
                write!(
                    f,
                    "{vmk} is on a guest-tagging port group (VLAN 4095), and a vmkernel adapter does not tag"
                )
            }
            PortNotStated { nic } => write!(f, "nobody said what the switch port of {nic} accepts"),
            Blocked { nic, vlan } => write!(f, "the switch port of {nic} drops {}", Frames(*vlan)),
            OtherSegment { nic, segment, needed } => {
                write!(
                    f,
                    "the switch port of {nic} leads to {}, not to {}",
                    OnSegment(*segment),
                    OnSegment(*needed)
                )
            }
            NativeVlanTagged { nic, vlan } => {
                write!(
                    f,
                    "VLAN {vlan} is the native VLAN of the port of {nic}: a switch may drop it when tagged"
                )
            }
            ForeignMac { nic, mac } => {
                write!(f, "the switch port of {nic} drops frames from {mac}, which is not bound to it")
            }
            MacNotChosen { nic } => write!(
                f,
                "the switch port of {nic} is bound to certain MAC addresses, and which one ESXi will choose cannot be \
                 foretold"
            ),
            Carried { nic, vlan, segment, .. } => {
                write!(f, "the switch port of {nic} takes {} to {}", Frames(*vlan), OnSegment(*segment))
            }
            LagNotStated { nic } => {
                write!(f, "nobody said whether the switch port of {nic} belongs to a link aggregation")
            }
            LacpSeveral { vswitch, group } => write!(
                f,
                "several uplinks of {vswitch} are members of LACP group {group}, which a standard vSwitch cannot join: \
                 the host would be lost"
            ),
            LacpDownMember { vswitch, group } => write!(
                f,
                "a second uplink of {vswitch} in LACP group {group} is down: the host would be lost when it comes up"
            ),
            LagNeedsIpHash { nic, group } => {
                write!(
                    f,
                    "{nic} is in static link aggregation {group}, which needs load balancing by IP hash"
                )
            }
            LagMemberElsewhere { nic, group } => write!(
                f,
                "{nic} is a live member of static link aggregation {group} but not active here: frames the switch \
                 sends down it are lost"
            ),
            IpHashWithoutLag { vswitch } => write!(
                f,
                "{vswitch} balances by IP hash over ports that are not one static link aggregation: its addresses \
                 would flap between them"
            ),
            DependsOnUplink { good, bad } => {
                write!(f, "works over {good} but not over {bad}, and the port may be bound to either")
            }
            UplinksMayBounce { vswitch } => write!(f, "a change of MTU may bounce the uplinks of {vswitch}"),
            SeveralReadings => {
                f.write_str("releases may differ in what this leaves behind, and in one reading it is dark")
            }
        }
    }
}
