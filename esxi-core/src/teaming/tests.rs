use super::*;
use crate::diag::Severity;

fn short(advice: &Advice) -> String {
    let kind = match advice.fit {
        Fit::Exact => "exact",
        Fit::Approximated { .. } => "approximated",
        Fit::Refused { .. } => "refused",
    };
    let balancing = advice.load_balancing.map_or("-", LoadBalancing::set_word);
    format!("{kind} {balancing}")
}

fn row(mode: BondMode, uplinks: usize, options: &BondOptions) -> [String; 4] {
    [Some(SwitchSide::Independent), Some(SwitchSide::StaticLag), Some(SwitchSide::Lacp), None]
        .map(|switch| short(&advise(mode, switch, uplinks, options)))
}

#[test]
fn two_uplinks() {
    let no = "refused -";
    for (mode, independent, fixed) in [
        (BondMode::BalanceRr, "approximated portid", "approximated iphash"),
        (BondMode::ActiveBackup, "exact explicit", no),
        (BondMode::BalanceXor, "approximated portid", "approximated iphash"),
        (BondMode::Broadcast, no, no),
        (BondMode::Ieee8023ad, "approximated portid", "approximated iphash"),
        (BondMode::BalanceTlb, "approximated portid", no),
        (BondMode::BalanceAlb, "approximated portid", no),
    ] {
        assert_eq!(row(mode, 2, &BondOptions::default()), [independent, fixed, no, no], "{mode}");
    }
}

#[test]
fn nothing_but_iphash_meets_a_channel_and_iphash_meets_nothing_else() {
    for mode in BondMode::ALL {
        for switch in SwitchSide::ALL {
            for uplinks in 2..6 {
                for compat in [None, Some(Compat::PackerMaas)] {
                    let options = BondOptions { compat, ..BondOptions::default() };
                    let advice = advise(mode, Some(switch), uplinks, &options);
                    if let Some(balancing) = advice.load_balancing {
                        assert_eq!(balancing == LoadBalancing::IpHash, switch == SwitchSide::StaticLag);
                        assert_ne!(switch, SwitchSide::Lacp);
                    }
                    assert_eq!(advice.is_usable(), advice.load_balancing.is_some());
                    assert_eq!(advice.is_usable(), !crate::diag::has_errors(&advice.findings));
                }
            }
        }
    }
}

#[test]
fn one_uplink_needs_no_answer() {
    for mode in BondMode::ALL {
        assert_eq!(
            row(mode, 1, &BondOptions::default()),
            ["exact portid", "exact portid", "approximated portid", "exact portid"],
            "{mode}"
        );
        assert_eq!(row(mode, 0, &BondOptions::default()), ["refused -"; 4]);
    }
}

#[test]
fn an_unknown_switch_is_asked_for_unless_it_makes_no_difference() {
    let ask = advise(BondMode::Ieee8023ad, None, 2, &BondOptions::default());
    assert_eq!(ask.findings[0].code, codes::SWITCH_SIDE_UNKNOWN);
    assert!(ask.findings[0].help.as_deref().unwrap().contains("--switch independent|static-lag|lacp"));
    let no_use = advise(BondMode::Broadcast, None, 2, &BondOptions::default());
    assert_eq!(no_use.findings[0].code, codes::TEAMING_REFUSED);
}

#[test]
fn the_packer_maas_mapping() {
    let options = BondOptions { compat: Some(Compat::PackerMaas), ..BondOptions::default() };
    let unknown = |mode| short(&advise(mode, None, 2, &options));
    assert_eq!(unknown(BondMode::BalanceRr), "approximated portid");
    assert_eq!(unknown(BondMode::ActiveBackup), "exact explicit");
    assert_eq!(unknown(BondMode::Ieee8023ad), "approximated iphash");
    for mode in [BondMode::BalanceXor, BondMode::Broadcast, BondMode::BalanceTlb, BondMode::BalanceAlb] {
        assert_eq!(unknown(mode), "refused -");
    }
    let advice = advise(BondMode::Ieee8023ad, None, 2, &options);
    assert_eq!(
        advice.fit,
        Fit::Approximated { lost: vec!["the LACP rate".into(), "the transmit hash policy".into()] }
    );
    assert!(
        advice
            .findings
            .iter()
            .any(|d| d.code == codes::SWITCH_SIDE_UNKNOWN && d.severity == Severity::Warning)
    );
    assert_eq!(short(&advise(BondMode::Ieee8023ad, Some(SwitchSide::Lacp), 2, &options)), "refused -");
    // It puts every member of an active-backup bond in the active list; explicit uses the first healthy one.
    assert_eq!(advise(BondMode::ActiveBackup, None, 2, &options).order, Some(OrderRule::AllActive));
}

#[test]
fn modes_by_name_and_number() {
    for (number, mode) in BondMode::ALL.into_iter().enumerate() {
        assert_eq!(number.to_string().parse(), Ok(mode));
        assert_eq!(mode.to_string().to_uppercase().parse(), Ok(mode));
    }
    for bad in ["7", "-1", "", "lacp", "bond"] {
        assert!(bad.parse::<BondMode>().is_err(), "{bad}");
    }
}

fn with(mode: BondMode, uplinks: usize, params: &[(&str, &str)]) -> Advice {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    advise(mode, Some(SwitchSide::Independent), uplinks, &BondOptions { compat: None, params })
}

#[test]
fn parameters_in_every_spelling() {
    for name in ["primary", "bond-primary", "bond_primary"] {
        let advice = with(BondMode::ActiveBackup, 2, &[(name, "eth1")]);
        assert_eq!(advice.primary.as_deref(), Some("eth1"));
        assert!(advice.findings.is_empty());
    }
    for (name, value, failback) in [
        ("bond-primary-reselect", "always", true),
        ("primary_reselect", "failure", false),
        ("primary-reselect-policy", "2", false),
        ("primary_reselect", "better", true),
    ] {
        assert_eq!(with(BondMode::ActiveBackup, 2, &[(name, value)]).failback, failback, "{name} {value}");
    }
    assert!(!with(BondMode::ActiveBackup, 2, &[("bond-num-grat-arp", "0")]).notify_switches);
}

#[test]
fn arp_monitoring_becomes_beacon_probing_only_where_that_works() {
    let arp = [("arp_interval", "100"), ("arp_ip_target", "192.0.2.1")];
    assert_eq!(with(BondMode::ActiveBackup, 3, &arp).failure_detection, FailureDetection::Beacon);
    assert_eq!(with(BondMode::ActiveBackup, 2, &arp).failure_detection, FailureDetection::Link);
    let options = BondOptions { compat: None, params: vec![("arp_interval".into(), "100".into())] };
    let hash = advise(BondMode::BalanceXor, Some(SwitchSide::StaticLag), 4, &options);
    assert_eq!(hash.failure_detection, FailureDetection::Link);
    assert!(
        hash.findings
            .iter()
            .any(|d| d.message.contains("iphash") && d.path.as_deref() == Some("/arp_interval"))
    );
    // Targets without an interval probe nothing, in Linux as here.
    for off in [&[("arp_interval", "0"), arp[1]][..], &[("arp-interval", "0ms"), arp[1]], &arp[1..]] {
        let advice = with(BondMode::ActiveBackup, 3, off);
        assert_eq!(advice.failure_detection, FailureDetection::Link, "{off:?}");
        assert!(advice.findings.iter().all(|finding| finding.severity == Severity::Note), "{off:?}");
    }
    assert_eq!(
        with(BondMode::ActiveBackup, 3, &[("arp-interval", "100ms")]).failure_detection,
        FailureDetection::Beacon
    );
}

#[test]
fn guest_tagging_and_beacon_probing_exclude_each_other() {
    let probing = with(BondMode::ActiveBackup, 3, &[("arp_interval", "100")]);
    assert!(probing.remarks.iter().any(|remark| remark.contains("different physical switches")));
    let tagged = probing.with_guest_tagging();
    assert_eq!(tagged.failure_detection, FailureDetection::Link);
    assert!(tagged.findings.iter().any(|finding| finding.message.contains("4095")));
    assert!(!tagged.remarks.iter().any(|remark| remark.contains("different physical switches")));
    let silent = with(BondMode::ActiveBackup, 3, &[]);
    assert_eq!(silent.clone().with_guest_tagging(), silent);
}

#[test]
fn a_primary_that_comes_to_nothing_is_told() {
    let advice = with(BondMode::BalanceTlb, 2, &[("primary", "eth1")]);
    assert_eq!(advice.order, Some(OrderRule::AllActive));
    assert!(advice.findings.iter().any(|finding| finding.path.as_deref() == Some("/primary")));
    assert!(with(BondMode::ActiveBackup, 2, &[("primary", "eth1")]).findings.is_empty());
}

#[test]
fn remarks_say_what_the_advice_rests_on() {
    let has = |advice: &Advice, word: &str| advice.remarks.iter().any(|remark| remark.contains(word));
    let backup = with(BondMode::ActiveBackup, 2, &[]);
    for word in ["NLB", "PortFast", "cable"] {
        assert!(has(&backup, word), "{word}: {:?}", backup.remarks);
    }
    let quiet = with(BondMode::ActiveBackup, 2, &[("num_grat_arp", "0"), ("primary_reselect", "failure")]);
    assert!(!has(&quiet, "NLB") && !has(&quiet, "PortFast"));
    let hash = advise(BondMode::BalanceXor, Some(SwitchSide::StaticLag), 2, &BondOptions::default());
    assert!(has(&hash, "one stack") && has(&hash, "standby") && has(&hash, "vSwitch first"));
    assert!(with(BondMode::ActiveBackup, 1, &[]).remarks.is_empty());
    assert!(advise(BondMode::Broadcast, None, 2, &BondOptions::default()).remarks.is_empty());
}

#[test]
fn every_parameter_that_is_not_carried_over_is_told() {
    let lost = [
        "lacp_rate",
        "ad_select",
        "xmit_hash_policy",
        "min_links",
        "updelay",
        "fail_over_mac",
        "resend_igmp",
        "nonsense",
    ];
    for name in lost {
        let advice = with(BondMode::ActiveBackup, 2, &[(name, "1")]);
        assert_eq!(advice.findings.len(), 1, "{name}");
        assert_eq!(advice.findings[0].code, codes::IMPORT_LEFT_OUT);
        assert_eq!(advice.findings[0].path, Some(format!("/{name}")));
    }
}

#[test]
fn serializes_for_the_command_line() {
    let advice = advise(BondMode::Ieee8023ad, Some(SwitchSide::StaticLag), 2, &BondOptions::default());
    let json = serde_json::to_value(&advice).unwrap();
    assert_eq!(json["mode"], "802.3ad");
    assert_eq!(json["switch"], "static-lag");
    assert_eq!(json["fit"]["kind"], "approximated");
    assert_eq!(json["load_balancing"], "iphash");
    assert_eq!(json["order"], "all-active");
}
