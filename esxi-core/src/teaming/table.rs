//! Mode × switch side → policy, as data.
//!
//! Sources: Red Hat's table of bonding modes and the switch settings they need; VMware KB 1001938 (`iphash` needs a
//! static EtherChannel, and a mismatch either way cuts traffic) and KB 389732 (LACP needs a distributed switch).
//! Sources differ on what `broadcast` expects; it has no counterpart in any case.

use super::{BondMode, OrderRule, SwitchSide};
use crate::diag::{Code, Diagnostic, codes};
use crate::state::LoadBalancing::{self, Explicit, IpHash, PortId};

/// One cell: a policy with what it lacks, or a refusal.
enum Cell {
    Use(LoadBalancing, &'static [&'static str]),
    Refuse { why: &'static str, cure: &'static str },
}
use Cell::{Refuse, Use};

const SPLIT: &str = "configure the ports as independent, or use a single uplink";
const NO_LACP: Cell = Refuse {
    why: "a standard vSwitch does not speak LACP, and a channel that waits for LACP never comes up",
    cure: "make the channel static (`mode on`), or make the ports independent, or use a single uplink on a port that \
           the switch keeps up without LACP (LACP fallback)",
};
const WANTS_SPLIT: Cell = Refuse {
    why: "the mode keeps its members apart, but the switch treats the ports as one channel: answers arrive on the \
          wrong member",
    cure: SPLIT,
};
/// The same mode on a channel that negotiates: here nothing arrives at all.
const WANTS_SPLIT_NOT_LACP: Cell = Refuse {
    why: "the mode keeps its members apart, but the switch waits for LACP, which a standard vSwitch does not speak",
    cure: SPLIT,
};

/// `[independent, static-lag, lacp]` of each mode, in the order of [`BondMode::ALL`].
static TABLE: [(BondMode, [Cell; 3]); 7] = [
    (
        BondMode::BalanceRr,
        [
            Use(PortId, &["striping of single connections over all members"]),
            Use(IpHash, &["striping of single connections over all members"]),
            NO_LACP,
        ],
    ),
    (BondMode::ActiveBackup, [Use(Explicit, &[]), WANTS_SPLIT, WANTS_SPLIT_NOT_LACP]),
    (
        BondMode::BalanceXor,
        [
            Use(
                PortId,
                &["balancing of one machine's traffic over several members", "the transmit hash policy"],
            ),
            Use(IpHash, &["the transmit hash policy"]),
            NO_LACP,
        ],
    ),
    (BondMode::Broadcast, [NO_COUNTERPART, NO_COUNTERPART, NO_COUNTERPART]),
    (
        BondMode::Ieee8023ad,
        [
            Use(PortId, &["link aggregation: one machine's traffic stays on one member", "LACP"]),
            Use(IpHash, &["LACP and what it notices of the other side", "the transmit hash policy"]),
            NO_LACP,
        ],
    ),
    (BondMode::BalanceTlb, [Use(PortId, &["balancing by load"]), WANTS_SPLIT, WANTS_SPLIT_NOT_LACP]),
    (
        BondMode::BalanceAlb,
        [
            Use(PortId, &["balancing by load", "balancing of received traffic"]),
            WANTS_SPLIT,
            WANTS_SPLIT_NOT_LACP,
        ],
    ),
];

const NO_COUNTERPART: Cell = Refuse {
    why: "no policy of a vSwitch sends every frame on all uplinks",
    cure: "use active-backup for failover",
};

/// What the tables say of one request.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) balancing: Option<LoadBalancing>,
    pub(super) order: Option<OrderRule>,
    pub(super) lost: Vec<String>,
    pub(super) refused: Option<(Code, String, String)>,
    pub(super) findings: Vec<Diagnostic>,
}

impl Verdict {
    fn refuse(code: Code, why: impl Into<String>, cure: impl Into<String>) -> Self {
        Verdict { refused: Some((code, why.into(), cure.into())), ..Verdict::default() }
    }
}

fn cell(mode: BondMode, switch: SwitchSide) -> &'static Cell {
    let (_, row) = &TABLE[mode as usize];
    &row[switch as usize]
}

/// Without a fixed mapping.
pub(super) fn judge(mode: BondMode, switch: Option<SwitchSide>, uplinks: usize) -> Verdict {
    match (uplinks, switch) {
        (0, _) => Verdict::refuse(codes::TEAMING_REFUSED, "there is no uplink", "name at least one"),
        (1, switch) => single(switch),
        (_, Some(switch)) => several(mode, switch),
        (_, None) if SwitchSide::ALL.iter().all(|side| matches!(cell(mode, *side), Refuse { .. })) => {
            several(mode, SwitchSide::Independent)
        }
        (_, None) => Verdict::refuse(
            codes::SWITCH_SIDE_UNKNOWN,
            format!(
                "which teaming stands in for {mode} depends on the physical switch, and nobody said what it expects"
            ),
            "say it: --switch independent|static-lag|lacp",
        ),
    }
}

/// One uplink: nothing to balance, nothing to fail over to.
fn single(switch: Option<SwitchSide>) -> Verdict {
    let mut verdict =
        Verdict { balancing: Some(PortId), order: Some(OrderRule::AllActive), ..Verdict::default() };
    if switch == Some(SwitchSide::Lacp) {
        // Packet's guide for this very case: one uplink per vSwitch works on its LACP fabric.
        verdict
            .lost
            .push("aggregation; the switch must keep a port up that hears no LACP (LACP fallback)".into());
    }
    verdict
}

fn several(mode: BondMode, switch: SwitchSide) -> Verdict {
    match cell(mode, switch) {
        Refuse { why, cure } => Verdict::refuse(codes::TEAMING_REFUSED, format!("{mode}: {why}"), *cure),
        Use(balancing, lost) => Verdict {
            balancing: Some(*balancing),
            order: Some(if *balancing == Explicit { OrderRule::FirstActive } else { OrderRule::AllActive }),
            lost: lost.iter().map(|what| (*what).to_owned()).collect(),
            ..Verdict::default()
        },
    }
}

/// The MAAS image template's mapping. It does not know the switch; a stated side that the result would not work
/// with is refused all the same.
pub(super) fn packer_maas(mode: BondMode, switch: Option<SwitchSide>, uplinks: usize) -> Verdict {
    let (balancing, lost): (_, &[&str]) = match mode {
        BondMode::BalanceRr => (PortId, &["striping of single connections over all members"]),
        BondMode::ActiveBackup => (Explicit, &[]),
        BondMode::Ieee8023ad => (IpHash, &["the LACP rate", "the transmit hash policy"]),
        other => {
            return Verdict::refuse(
                codes::TEAMING_REFUSED,
                format!("the packer-maas mapping has no entry for {other}"),
                "leave --compat out and state the switch side",
            );
        }
    };
    if uplinks == 0 {
        return Verdict::refuse(codes::TEAMING_REFUSED, "there is no uplink", "name at least one");
    }
    let fits = match switch {
        None => true,
        Some(_) if uplinks == 1 => true,
        Some(SwitchSide::Independent) => balancing != IpHash,
        Some(SwitchSide::StaticLag) => balancing == IpHash,
        Some(SwitchSide::Lacp) => false,
    };
    if let (false, Some(switch)) = (fits, switch) {
        return Verdict::refuse(
            codes::TEAMING_REFUSED,
            format!(
                "the packer-maas mapping of {mode} is {}, which does not work on {switch} ports",
                balancing.set_word()
            ),
            "leave --compat out: the switch side is known",
        );
    }
    let mut findings = Vec::new();
    if switch.is_none() && uplinks > 1 {
        let needs = if balancing == IpHash { "a static channel, not LACP," } else { "independent ports" };
        let message = format!("{} works only if the switch has {needs} there", balancing.set_word());
        findings.push(
            Diagnostic::warning(codes::SWITCH_SIDE_UNKNOWN, message)
                .help("find out, and say --switch independent|static-lag|lacp"),
        );
    }
    Verdict {
        balancing: Some(balancing),
        order: Some(OrderRule::AllActive),
        lost: lost.iter().map(|what| (*what).to_owned()).collect(),
        refused: None,
        findings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_modes_and_sides() {
        for (number, (mode, _)) in TABLE.iter().enumerate() {
            assert_eq!((*mode as usize, BondMode::ALL[number]), (number, *mode));
        }
        for (number, side) in SwitchSide::ALL.into_iter().enumerate() {
            assert_eq!(side as usize, number);
        }
    }
}
