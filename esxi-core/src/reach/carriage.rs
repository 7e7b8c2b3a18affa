//! Layer 2: do an adapter's frames reach a segment of the fabric, and that segment's frames the adapter?

use super::{Answer, Evidence, Fabric, Finding, Lag, Reach, Segment, SwitchPort};
use crate::state::{HostState, LoadBalancing, Teaming, VSwitch};
use crate::value::{MacAddr, SwitchName, VlanId, VmkName, VmnicName};
use std::collections::BTreeSet;

/// Whether `vmk` and `segment` exchange frames, over every uplink the adapter's port may be bound to. Notes the
/// facts used.
pub(super) fn carriage(
    host: &HostState,
    fabric: &Fabric,
    vmk: &VmkName,
    segment: Segment,
    reach: &mut Reach,
) -> Answer {
    let group_name = &host.vmkernel[vmk].port_group;
    let group = host.port_groups.get(group_name);
    let switch = group.and_then(|group| host.vswitches.get_key_value(&group.vswitch));
    let (Some(group), Some((vswitch, switch))) = (group, switch) else {
        reach.note(Finding::NoPortGroup { vmk: vmk.clone() });
        return Answer::No;
    };
    let Some(teaming) = host.effective_teaming(group_name) else {
        reach.note(Finding::TeamingUnknown { vmk: vmk.clone() });
        return Answer::Unknown;
    };
    let team = Team { host, fabric, vswitch, switch, uplinks: candidates(host, switch, &teaming) };
    if team.uplinks.is_empty() {
        reach.note(Finding::NoLiveUplink { vswitch: vswitch.clone() });
        return Answer::No;
    }
    if group.vlan == VlanId::GUEST {
        // It is only believed that the adapter then sees untagged frames.
        reach.note(Finding::GuestTagging { vmk: vmk.clone() });
        return Answer::Unknown;
    }
    let aggregated = team.aggregation(teaming.load_balancing, reach);
    if aggregated == Answer::No {
        return Answer::No;
    }
    aggregated.min(team.frames(group.vlan, segment, host.vmkernel[vmk].mac, reach))
}

/// `No` when the adapter's port certainly has no uplink to use, else `Unknown`.
pub(super) fn has_live_uplink(host: &HostState, vmk: &str) -> Answer {
    let group_name = &host.vmkernel[vmk].port_group;
    let group = host.port_groups.get(group_name);
    let Some(switch) = group.and_then(|group| host.vswitches.get(&group.vswitch)) else { return Answer::No };
    match host.effective_teaming(group_name) {
        Some(teaming) if candidates(host, switch, &teaming).is_empty() => Answer::No,
        _ => Answer::Unknown,
    }
}

/// The uplinks a port may be bound to. Explicit order: the first live one. Otherwise any live active one and,
/// for each dead active one, the next live standby.
fn candidates<'a>(host: &HostState, switch: &VSwitch, teaming: &'a Teaming) -> Vec<&'a VmnicName> {
    let live = |nic: &&VmnicName| {
        switch.uplinks.contains(*nic) && host.nics.get(*nic).is_some_and(|nic| nic.link_up)
    };
    let active: Vec<_> = teaming.order.active.iter().filter(live).collect();
    let standby = teaming.order.standby.iter().filter(live);
    if teaming.load_balancing == LoadBalancing::Explicit {
        return active.into_iter().chain(standby).take(1).collect();
    }
    let dead = teaming.order.active.len() - active.len();
    let replacements = standby.take(dead.max(usize::from(active.is_empty())));
    active.into_iter().chain(replacements).collect()
}

/// The uplinks in question and where they lead.
struct Team<'a> {
    host: &'a HostState,
    fabric: &'a Fabric,
    vswitch: &'a SwitchName,
    switch: &'a VSwitch,
    uplinks: Vec<&'a VmnicName>,
}

impl Team<'_> {
    /// The switch port behind a card, if somebody stated or saw it.
    fn port(&self, nic: &str) -> Option<&SwitchPort> {
        self.fabric.ports.get(nic).filter(|port| port.evidence > Evidence::Assumed)
    }

    fn lag(&self, nic: &str) -> &Lag {
        self.port(nic).map_or(&Lag::Unknown, |port| &port.lag)
    }

    fn is_up(&self, nic: &str) -> bool {
        self.host.nics.get(nic).is_some_and(|nic| nic.link_up)
    }

    /// Whether the physical switch's link aggregation and the load balancing fit each other. `Yes` notes nothing.
    fn aggregation(&self, load_balancing: LoadBalancing, reach: &mut Reach) -> Answer {
        let mut answer = self.lacp(reach);
        if answer == Answer::No {
            return answer;
        }
        for nic in &self.uplinks {
            let one = match self.lag(nic) {
                Lag::Unknown => Some(Finding::LagNotStated { nic: (*nic).clone() }),
                Lag::Static { group } => self.static_lag(nic, *group, load_balancing),
                Lag::None | Lag::Lacp { .. } => None,
            };
            if let Some(finding) = one {
                reach.note(finding);
                answer = Answer::Unknown;
            }
        }
        if load_balancing == LoadBalancing::IpHash && self.channels() > 1 {
            reach.note(Finding::IpHashWithoutLag { vswitch: self.vswitch.clone() });
            return if answer == Answer::Yes { Answer::No } else { answer };
        }
        answer
    }

    /// LACP: one attached member is kept up by the switch alone; with several the host is lost.
    fn lacp(&self, reach: &mut Reach) -> Answer {
        let mut answer = Answer::Yes;
        for nic in &self.uplinks {
            let Lag::Lacp { group } = self.lag(nic) else { continue };
            let others = || {
                let same =
                    |other: &&VmnicName| *other != *nic && self.lag(other) == &Lag::Lacp { group: *group };
                self.switch.uplinks.iter().filter(same)
            };
            if others().any(|other| self.is_up(other)) {
                reach.note(Finding::LacpSeveral { vswitch: self.vswitch.clone(), group: *group });
                return Answer::No;
            }
            if others().next().is_some() {
                reach.note(Finding::LacpDownMember { vswitch: self.vswitch.clone(), group: *group });
                answer = Answer::Unknown;
            }
            // An attached card whose port nobody described may be a member, too.
            let stranger = |other: &&VmnicName| *other != *nic && *self.lag(other) == Lag::Unknown;
            if let Some(stranger) = self.switch.uplinks.iter().find(stranger) {
                reach.note(Finding::LagNotStated { nic: stranger.clone() });
                answer = Answer::Unknown;
            }
        }
        answer
    }

    /// A static aggregation: the switch sends frames down any live member, so each must lead here, and the
    /// vSwitch must take them from each (KB 1001938).
    fn static_lag(&self, nic: &VmnicName, group: u16, load_balancing: LoadBalancing) -> Option<Finding> {
        let member = |name: &&VmnicName| *self.lag(name) == Lag::Static { group } && self.is_up(name);
        let live: Vec<VmnicName> = self.fabric.ports.keys().filter(member).cloned().collect();
        // A card whose port nobody described may be a member, too.
        let strangers = self.host.nics.keys().filter(|name| !self.uplinks.contains(name) && self.is_up(name));
        if let Some(stranger) = strangers.into_iter().find(|name| *self.lag(name) == Lag::Unknown) {
            return Some(Finding::LagNotStated { nic: stranger.clone() });
        }
        if let Some(elsewhere) = live.iter().find(|name| !self.uplinks.contains(name)) {
            return Some(Finding::LagMemberElsewhere { nic: elsewhere.clone(), group });
        }
        (live.len() > 1 && load_balancing != LoadBalancing::IpHash)
            .then(|| Finding::LagNeedsIpHash { nic: nic.clone(), group })
    }

    /// Logical links the uplinks form: a static aggregation counts once.
    fn channels(&self) -> usize {
        let channel = |nic: &&VmnicName| match self.lag(nic) {
            Lag::Static { group } => (Some(*group), None),
            _ => (None, Some((*nic).clone())),
        };
        self.uplinks.iter().map(channel).collect::<BTreeSet<_>>().len()
    }

    /// Whether every candidate takes the frames of this source address to the segment.
    fn frames(&self, vlan: VlanId, segment: Segment, mac: Option<MacAddr>, reach: &mut Reach) -> Answer {
        let mut good = None;
        let mut bad = None;
        let mut unknown = false;
        for &nic in &self.uplinks {
            let bound = self.foreign(nic, mac);
            let (answer, finding) = bound.unwrap_or_else(|| self.one_port(nic, vlan, segment));
            reach.note(finding);
            match answer {
                Answer::Yes => good = Some(nic),
                Answer::No => bad = Some(nic),
                Answer::Unknown => unknown = true,
            }
        }
        match (good, bad) {
            (None, Some(_)) if !unknown => Answer::No,
            (Some(_), None) if !unknown => Answer::Yes,
            (Some(good), Some(bad)) => {
                reach.note(Finding::DependsOnUplink { good: good.clone(), bad: bad.clone() });
                Answer::Unknown
            }
            _ => Answer::Unknown,
        }
    }

    /// A port that is bound to other addresses, or may be.
    fn foreign(&self, nic: &VmnicName, mac: Option<MacAddr>) -> Option<(Answer, Finding)> {
        let bound = self.fabric.macs.get(nic)?;
        let nic = nic.clone();
        match mac {
            Some(mac) if bound.contains(&mac) => None,
            Some(mac) => Some((Answer::No, Finding::ForeignMac { nic, mac })),
            None => Some((Answer::Unknown, Finding::MacNotChosen { nic })),
        }
    }

    fn one_port(&self, nic: &VmnicName, vlan: VlanId, needed: Segment) -> (Answer, Finding) {
        let nic = nic.clone();
        let Some(port) = self.port(&nic) else {
            return (Answer::Unknown, Finding::PortNotStated { nic });
        };
        let led = match vlan.get() {
            0 => port.untagged,
            id if port.tagged.contains(vlan) => Some(id),
            _ => None,
        };
        match led {
            None => (Answer::No, Finding::Blocked { nic, vlan }),
            Some(segment) if segment != needed => {
                (Answer::No, Finding::OtherSegment { nic, segment, needed })
            }
            Some(segment) if !vlan.is_untagged() && port.untagged == Some(segment) => {
                (Answer::Unknown, Finding::NativeVlanTagged { nic, vlan })
            }
            Some(segment) => (Answer::Yes, Finding::Carried { nic, vlan, segment, evidence: port.evidence }),
        }
    }
}
