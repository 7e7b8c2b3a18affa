//! Seven modes × three switch sides × one to four members, against an expectation that was written down from the
//! sources and not from the code: Red Hat's table of what each mode wants of the switch, VMware KB 1001938 (`iphash`
//! and a static channel need each other), KB 389732 (no LACP without a distributed switch), and the networking guides
//! on beacon probing.

use esxi_core::state::{FailureDetection, LoadBalancing};
use esxi_core::teaming::{Advice, BondMode, BondOptions, Fit, SwitchSide, advise};

/// `=` exact, `~` approximated, and the policy; `-` refused. Columns: independent, static-lag, lacp.
const SEVERAL: [(&str, [&str; 3]); 7] = [
    ("balance-rr", ["~portid", "~iphash", "-"]),
    ("active-backup", ["=explicit", "-", "-"]),
    ("balance-xor", ["~portid", "~iphash", "-"]),
    ("broadcast", ["-", "-", "-"]),
    ("802.3ad", ["~portid", "~iphash", "-"]),
    ("balance-tlb", ["~portid", "-", "-"]),
    ("balance-alb", ["~portid", "-", "-"]),
];
/// One uplink: nothing to balance; on an LACP port it works only where the switch lets it.
const ONE: [&str; 3] = ["=portid", "=portid", "~portid"];

/// A word that what is lost, or the reason of the refusal, must have in it.
const BECAUSE: [(&str, [&str; 3]); 7] = [
    ("balance-rr", ["striping", "striping", "LACP"]),
    ("active-backup", ["", "one channel", "waits for LACP"]),
    ("balance-xor", ["hash policy", "hash policy", "LACP"]),
    ("broadcast", ["every frame", "every frame", "every frame"]),
    ("802.3ad", ["LACP", "LACP", "never comes up"]),
    ("balance-tlb", ["by load", "one channel", "waits for LACP"]),
    ("balance-alb", ["received", "one channel", "waits for LACP"]),
];

fn short(advice: &Advice) -> String {
    let policy = advice.load_balancing.map_or("", LoadBalancing::set_word);
    let kind = match advice.fit {
        Fit::Exact => "=",
        Fit::Approximated { .. } => "~",
        Fit::Refused { .. } => "-",
        #[allow(unreachable_patterns, reason = "kinds may be added")]
        _ => "?",
    };
    format!("{kind}{policy}")
}

#[test]
fn every_cell_is_as_the_sources_say() {
    let mut cells = 0;
    for (number, (mode, row)) in SEVERAL.into_iter().enumerate() {
        let by_name: BondMode = mode.parse().unwrap();
        assert_eq!(number.to_string().parse(), Ok(by_name));
        for (side, expected) in SwitchSide::ALL.into_iter().zip(row) {
            for uplinks in 1..=4 {
                let expected = if uplinks == 1 { ONE[side as usize] } else { expected };
                let advice = advise(by_name, Some(side), uplinks, &BondOptions::default());
                assert_eq!(short(&advice), expected, "{mode}, {side}, {uplinks}");
                cells += 1;
                if uplinks == 1 {
                    continue;
                }
                let told = match &advice.fit {
                    Fit::Exact => String::new(),
                    Fit::Approximated { lost } => lost.join("; "),
                    Fit::Refused { why, cure } => {
                        assert!(!cure.is_empty());
                        why.clone()
                    }
                };
                let because = BECAUSE[number].1[side as usize];
                assert!(told.contains(because), "{mode}, {side}: {told:?} lacks {because:?}");
            }
        }
    }
    assert_eq!(cells, 84);
}

#[test]
fn orders_have_the_primary_first_and_the_others_behind_it() {
    for (mode, row) in SEVERAL {
        for (side, expected) in SwitchSide::ALL.into_iter().zip(row) {
            for uplinks in 2..=4 {
                let members: Vec<String> = (0..uplinks).map(|at| format!("eth{at}")).collect();
                let last = members.last().unwrap().clone();
                let options =
                    BondOptions { params: vec![("primary".into(), last.clone())], ..BondOptions::default() };
                let advice = advise(mode.parse().unwrap(), Some(side), uplinks, &options);
                assert_eq!(advice.primary.as_deref(), Some(last.as_str()));
                let (active, standby) = advice.members(&members, Some(&last));
                assert_eq!(active[0], last);
                match expected {
                    // One works, the others wait, in the order of the bond.
                    "=explicit" => {
                        assert_eq!((active.len(), standby.as_slice()), (1, &members[..uplinks - 1]))
                    }
                    // iphash knows no standby, and the other policies use all.
                    _ => assert_eq!((active.len(), standby.len()), (uplinks, 0), "{mode} {side}"),
                }
            }
        }
    }
}

#[test]
fn detection_failback_and_notification_follow_the_bonds_parameters() {
    let with = |mode: &str, side, uplinks, name: &str, value: &str| {
        let options = BondOptions { params: vec![(name.into(), value.into())], ..BondOptions::default() };
        advise(mode.parse().unwrap(), Some(side), uplinks, &options)
    };
    for (mode, row) in SEVERAL {
        for (side, expected) in SwitchSide::ALL.into_iter().zip(row) {
            for uplinks in 1..=4 {
                if expected == "-" && uplinks > 1 {
                    continue;
                }
                let probing = with(mode, side, uplinks, "arp_interval", "200").failure_detection;
                // Three uplinks to tell which one is at fault, and never beside iphash.
                let beacon = uplinks >= 3 && !expected.contains("iphash");
                assert_eq!(probing == FailureDetection::Beacon, beacon, "{mode}, {side}, {uplinks}");
                let quiet = with(mode, side, uplinks, "miimon", "100").failure_detection;
                assert_eq!(quiet, FailureDetection::Link);
                for (policy, failback) in [("always", true), ("better", true), ("failure", false)] {
                    let advice = with(mode, side, uplinks, "primary_reselect", policy);
                    assert_eq!(advice.failback, failback, "{mode} {policy}");
                    // `better` is neither on nor off, and is told.
                    assert_eq!(advice.findings.iter().any(|d| d.path.is_some()), policy == "better");
                }
                for (count, told) in [("0", false), ("1", true), ("5", true)] {
                    let advice = with(mode, side, uplinks, "num_grat_arp", count);
                    assert_eq!(advice.notify_switches, told, "{mode} {count}");
                }
            }
        }
    }
}
