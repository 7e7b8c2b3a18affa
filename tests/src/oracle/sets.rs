//! Failover orders with a card that is lent, and values to set.

use esxi_core::command::{FailoverSet, SecuritySet};
use esxi_core::state::{FailoverOrder, Security, SecurityOverride, Teaming, TeamingOverride};
use esxi_core::value::VmnicName;

pub(super) fn behind(order: &FailoverOrder, card: &VmnicName) -> FailoverOrder {
    let mut order = order.clone();
    order.remove(card);
    order.active.push(card.clone());
    order
}

pub(super) fn alone(card: &VmnicName) -> FailoverOrder {
    FailoverOrder { active: vec![card.clone()], standby: Vec::new() }
}

pub(super) fn teaming_set(have: &Teaming, want: &Teaming) -> FailoverSet {
    FailoverSet {
        load_balancing: (have.load_balancing != want.load_balancing).then_some(want.load_balancing),
        failure_detection: (have.failure_detection != want.failure_detection)
            .then_some(want.failure_detection),
        notify_switches: (have.notify_switches != want.notify_switches).then_some(want.notify_switches),
        failback: (have.failback != want.failback).then_some(want.failback),
        order: (have.order != want.order).then(|| want.order.clone()),
    }
}

pub(super) fn whole(want: &TeamingOverride) -> FailoverSet {
    FailoverSet {
        load_balancing: want.load_balancing,
        failure_detection: want.failure_detection,
        notify_switches: want.notify_switches,
        failback: want.failback,
        order: want.order.clone(),
    }
}

pub(super) fn security_set(want: &Security) -> SecuritySet {
    SecuritySet {
        promiscuous: Some(want.promiscuous),
        mac_changes: Some(want.mac_changes),
        forged_transmits: Some(want.forged_transmits),
    }
}

pub(super) fn override_set(want: &SecurityOverride) -> SecuritySet {
    SecuritySet {
        promiscuous: want.promiscuous,
        mac_changes: want.mac_changes,
        forged_transmits: want.forged_transmits,
    }
}
