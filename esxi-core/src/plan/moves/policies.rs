//! NIC teaming, security and shaping.

use super::differing;
use crate::command::{Command, FailoverSet, SecuritySet};
use crate::state::{
    Fact, FailoverOrder, HostState, Security, SecurityOverride, Teaming, TeamingOverride, VSwitch,
};
use crate::value::VmnicName;

pub(super) fn of_vswitches(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for (name, wanted) in &goal.vswitches {
        let Some(switch) = now.vswitches.get(name) else { continue };
        if let Some(set) = failover(switch, wanted) {
            list.push(Command::VswitchFailover { vswitch: name.clone(), set });
        }
        if let Some(wanted) = differing(&switch.security, &wanted.security) {
            let set = security(switch.security.known(), wanted);
            list.push(Command::VswitchSecurity { vswitch: name.clone(), set });
        }
        if let Some(shaping) = differing(&switch.shaping, &wanted.shaping) {
            list.push(Command::VswitchShaping { vswitch: name.clone(), shaping: *shaping });
        }
    }
}

fn failover(switch: &VSwitch, wanted: &VSwitch) -> Option<FailoverSet> {
    let teaming = differing(&switch.teaming, &wanted.teaming)?;
    let left = switch
        .teaming
        .known()
        .map(|now| Teaming { order: without_leaving(&now.order, switch, Some(wanted)), ..now.clone() });
    if left.as_ref() == Some(teaming) {
        return None;
    }
    let attached = teaming.order.members().all(|nic| switch.uplinks.contains(nic));
    let set = match &switch.teaming {
        Fact::Known(now) => changed(now, teaming, attached),
        Fact::Unknown(_) if attached => whole(teaming),
        Fact::Unknown(_) => FailoverSet::default(),
    };
    (set != FailoverSet::default()).then_some(set)
}

/// An order as it is once the cards have left that shall leave: taking them off does that by itself.
fn without_leaving(order: &FailoverOrder, switch: &VSwitch, wanted: Option<&VSwitch>) -> FailoverOrder {
    let mut order = order.clone();
    let leaving = |card: &&VmnicName| wanted.is_some_and(|wanted| !wanted.uplinks.contains(*card));
    switch.uplinks.iter().filter(leaving).for_each(|card| order.remove(card));
    order
}

fn changed(now: &Teaming, wanted: &Teaming, attached: bool) -> FailoverSet {
    fn new<T: PartialEq + Clone>(now: &T, wanted: &T) -> Option<T> {
        (now != wanted).then(|| wanted.clone())
    }
    FailoverSet {
        load_balancing: new(&now.load_balancing, &wanted.load_balancing),
        failure_detection: new(&now.failure_detection, &wanted.failure_detection),
        notify_switches: new(&now.notify_switches, &wanted.notify_switches),
        failback: new(&now.failback, &wanted.failback),
        order: new(&now.order, &wanted.order).filter(|_| attached),
    }
}

fn whole(teaming: &Teaming) -> FailoverSet {
    FailoverSet {
        load_balancing: Some(teaming.load_balancing),
        failure_detection: Some(teaming.failure_detection),
        notify_switches: Some(teaming.notify_switches),
        failback: Some(teaming.failback),
        order: Some(teaming.order.clone()),
    }
}

fn security(now: Option<&Security>, wanted: &Security) -> SecuritySet {
    let new = |field: fn(&Security) -> bool| (now.map(field) != Some(field(wanted))).then_some(field(wanted));
    SecuritySet {
        promiscuous: new(|policy| policy.promiscuous),
        mac_changes: new(|policy| policy.mac_changes),
        forged_transmits: new(|policy| policy.forged_transmits),
    }
}

pub(super) fn of_port_groups(now: &HostState, goal: &HostState, list: &mut Vec<Command>) {
    for (name, wanted) in &goal.port_groups {
        let Some(group) = now.port_groups.get(name).filter(|group| group.vswitch == wanted.vswitch) else {
            continue;
        };
        if let Some(teaming) = differing(&group.teaming, &wanted.teaming)
            && let Some((reset, set)) =
                failover_override([now, goal], &group.vswitch, &group.teaming, teaming)
        {
            list.push(Command::PortGroupFailover { port_group: name.clone(), reset, set });
        }
        if let Some(security) = differing(&group.security, &wanted.security) {
            let (reset, set) = security_override(group.security.known(), security);
            list.push(Command::PortGroupSecurity { port_group: name.clone(), reset, set });
        }
        if let Some(shaping) = differing(&group.shaping, &wanted.shaping) {
            list.push(Command::PortGroupShaping { port_group: name.clone(), shaping: *shaping });
        }
    }
}

/// The override to set, and whether all must first be inherited again because one that is there has to go.
/// Waits (`None`) until every card it names is attached.
fn failover_override(
    [now, goal]: [&HostState; 2],
    vswitch: &str,
    before: &Fact<TeamingOverride>,
    wanted: &TeamingOverride,
) -> Option<(bool, FailoverSet)> {
    let switch = now.vswitches.get(vswitch)?;
    let attached = |nic| switch.uplinks.contains(nic);
    if !wanted.order.iter().flat_map(|order| order.members()).all(attached) {
        return None;
    }
    let before = before.known();
    let left = before.map(|before| TeamingOverride {
        order: before.order.as_ref().map(|own| without_leaving(own, switch, goal.vswitches.get(vswitch))),
        ..before.clone()
    });
    if left.as_ref() == Some(wanted) {
        return None;
    }
    let goes = |had: bool, has: bool| had && !has;
    let reset = before.is_none_or(|before| {
        goes(before.load_balancing.is_some(), wanted.load_balancing.is_some())
            || goes(before.failure_detection.is_some(), wanted.failure_detection.is_some())
            || goes(before.notify_switches.is_some(), wanted.notify_switches.is_some())
            || goes(before.failback.is_some(), wanted.failback.is_some())
            || goes(before.order.is_some(), wanted.order.is_some())
    });
    let base = before.filter(|_| !reset).cloned().unwrap_or_default();
    fn new<T: PartialEq + Clone>(now: &Option<T>, wanted: &Option<T>) -> Option<T> {
        wanted.clone().filter(|_| now != wanted)
    }
    let set = FailoverSet {
        load_balancing: new(&base.load_balancing, &wanted.load_balancing),
        failure_detection: new(&base.failure_detection, &wanted.failure_detection),
        notify_switches: new(&base.notify_switches, &wanted.notify_switches),
        failback: new(&base.failback, &wanted.failback),
        order: new(&base.order, &wanted.order),
    };
    Some((reset, set))
}

fn security_override(before: Option<&SecurityOverride>, wanted: &SecurityOverride) -> (bool, SecuritySet) {
    let goes = |had: Option<bool>, has: Option<bool>| had.is_some() && has.is_none();
    let reset = before.is_none_or(|before| {
        goes(before.promiscuous, wanted.promiscuous)
            || goes(before.mac_changes, wanted.mac_changes)
            || goes(before.forged_transmits, wanted.forged_transmits)
    });
    let base = before.filter(|_| !reset).copied().unwrap_or_default();
    let new = |now: Option<bool>, wanted: Option<bool>| wanted.filter(|_| now != wanted);
    let set = SecuritySet {
        promiscuous: new(base.promiscuous, wanted.promiscuous),
        mac_changes: new(base.mac_changes, wanted.mac_changes),
        forged_transmits: new(base.forged_transmits, wanted.forged_transmits),
    };
    (reset, set)
}
