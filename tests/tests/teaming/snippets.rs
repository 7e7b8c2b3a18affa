//! `data/teaming/<dialect>.txt`: what is written for the ports of each kind, in each dialect. `ESXI_BLESS=1` writes
//! them anew.

use esxi_core::teaming::switch::{BothSides, Dialect, Wiring, both_sides};
use esxi_core::teaming::{BondMode, BondOptions, SwitchSide, advise};
use esxi_core::value::VlanId;
use std::fmt::Write;
use std::path::Path;

/// What it shows, mode, ports as they are, uplinks, tagged VLANs, VLAN of untagged frames.
pub type Case = (&'static str, &'static str, SwitchSide, usize, &'static [u16], Option<u16>);

pub const CASES: &[Case] = &[
    ("access ports", "active-backup", SwitchSide::Independent, 2, &[], Some(10)),
    ("trunks", "802.3ad", SwitchSide::Independent, 2, &[10, 20], None),
    ("trunks with a native VLAN", "active-backup", SwitchSide::Independent, 3, &[10, 20], Some(99)),
    ("trunks for guest tagging", "balance-alb", SwitchSide::Independent, 2, &[4095], Some(1)),
    ("a static channel", "802.3ad", SwitchSide::StaticLag, 2, &[10, 20], Some(1)),
    ("a static channel of access ports", "balance-xor", SwitchSide::StaticLag, 2, &[], None),
    ("from LACP to a static channel", "802.3ad", SwitchSide::Lacp, 2, &[10, 20], None),
    ("from LACP to independent ports", "active-backup", SwitchSide::Lacp, 2, &[10], Some(1)),
    ("from a static channel to independent ports", "balance-tlb", SwitchSide::StaticLag, 2, &[10], None),
    ("one uplink in an LACP channel", "802.3ad", SwitchSide::Lacp, 1, &[10], None),
];

pub fn write(case: &Case, dialect: Dialect) -> BothSides {
    let (_, mode, side, uplinks, tagged, native) = case;
    let options = BondOptions::default();
    let advice = advise(mode.parse::<BondMode>().unwrap(), Some(*side), *uplinks, &options);
    let wiring = Wiring {
        tagged: tagged.iter().map(|id| VlanId::new(*id).unwrap()).collect(),
        native: native.map(|id| VlanId::new(id).unwrap()),
        ..Wiring::default()
    };
    both_sides(&advice, &options, dialect, &wiring).unwrap()
}

#[test]
fn every_dialect_writes_every_case_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/teaming");
    let mut failures = Vec::new();
    for dialect in Dialect::ALL {
        let mut now = String::new();
        for case in CASES {
            let both = write(case, dialect);
            writeln!(now, "# {}: {}, {} ports, {} uplinks", case.0, case.1, case.2, case.3).unwrap();
            both.host.iter().for_each(|argv| writeln!(now, "host: {}", argv.join(" ")).unwrap());
            both.switch.iter().for_each(|line| writeln!(now, "{line}").unwrap());
            both.notes.iter().for_each(|note| writeln!(now, "note: {note}").unwrap());
            now.push('\n');
        }
        let path = folder.join(format!("{dialect}.txt"));
        if std::env::var_os("ESXI_BLESS").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != now {
            failures.push(format!("{} differs; now:\n{now}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What every dialect must have for a kind of port, in its own words: written down from the vendors' manuals.
#[test]
fn channels_are_static_edges_are_edges_and_lacp_is_gone() {
    let has =
        |both: &BothSides, word: &str| both.switch.iter().any(|line| line.trim_start().starts_with(word));
    for (dialect, fixed, edge, leave) in [
        (Dialect::Ios, "channel-group 1 mode on", "spanning-tree portfast", "no channel-group"),
        (Dialect::NxOs, "channel-group 1 mode on", "spanning-tree port type edge", "no channel-group"),
        (Dialect::Eos, "channel-group 1 mode on", "spanning-tree portfast", "no channel-group"),
        (
            Dialect::Junos,
            "set interfaces ge-0/0/0 ether-options 802.3ad ae1",
            "set protocols rstp interface",
            "delete interfaces ge-0/0/0 ether-options 802.3ad",
        ),
        (Dialect::Linux, "ip link add name bond1 type bond mode balance-xor", "", "ip link del dev bond1"),
    ] {
        for case in CASES {
            let both = write(case, dialect);
            let changes = both.was != Some(both.becomes);
            let channel = both.becomes == SwitchSide::StaticLag;
            assert_eq!(has(&both, fixed), channel, "{dialect}, {}", case.0);
            assert_eq!(has(&both, leave), changes, "{dialect}, {}", case.0);
            if both.becomes != SwitchSide::Lacp {
                assert!(has(&both, edge), "{dialect}, {}", case.0);
            }
            // Nothing that negotiates is ever configured.
            for word in ["mode active", "mode passive", "lacp active", "802.3ad miimon", "lacp_rate"] {
                assert!(!both.switch.iter().any(|line| line.contains(word)), "{dialect}, {}: {word}", case.0);
            }
            let policy = both.host[0].join(" ");
            assert_eq!(policy.contains("-l iphash"), channel, "{policy}");
        }
    }
}

/// No mode, side and number of members is left without an answer, and the answer is always one that works.
#[test]
fn the_ports_written_are_ports_on_which_the_policy_works() {
    for mode in BondMode::ALL {
        for side in SwitchSide::ALL {
            for uplinks in 1..=4 {
                let options = BondOptions::default();
                let advice = advise(mode, Some(side), uplinks, &options);
                for dialect in Dialect::ALL {
                    match both_sides(&advice, &options, dialect, &Wiring::default()) {
                        Ok(both) => {
                            let again = advise(mode, Some(both.becomes), uplinks, &options);
                            assert!(again.is_usable(), "{mode} {side} {uplinks}");
                            assert_eq!(again.load_balancing, Some(both.load_balancing));
                            assert_eq!(advice.is_usable(), both.was == Some(both.becomes));
                        }
                        Err(refusal) => {
                            assert_eq!((mode, refusal.is_error()), (BondMode::Broadcast, true));
                            assert!(uplinks > 1);
                        }
                    }
                }
            }
        }
    }
}
