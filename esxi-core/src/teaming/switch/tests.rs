use super::*;

fn both(switch: SwitchSide, wiring: &Wiring) -> Result<BothSides, Box<Diagnostic>> {
    let options = BondOptions::default();
    both_sides(&advise(BondMode::ActiveBackup, Some(switch), 2, &options), &options, Dialect::Ios, wiring)
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[track_caller]
fn refused(wiring: Wiring, word: &str) {
    let refusal = both(SwitchSide::Independent, &wiring).unwrap_err();
    assert_eq!(refusal.code, codes::WIRING_CONTRADICTS);
    assert!(refusal.message.contains(word), "{refusal}");
    assert!(refusal.help.is_some());
}

#[test]
fn wiring_that_contradicts_itself_is_refused() {
    let wiring = Wiring::default;
    refused(Wiring { ports: texts(&["Gi1/0/1"]), ..wiring() }, "1 ports for 2 uplinks");
    refused(Wiring { ports: texts(&["Gi1/0/1", "Gi1/0/1"]), ..wiring() }, "stands twice");
    refused(Wiring { ports: texts(&["Gi1/0/1", "x; reload"]), ..wiring() }, "x; reload");
    refused(Wiring { ports: texts(&["Gi1/0/1", "-f"]), ..wiring() }, "-f");
    refused(Wiring { members: texts(&["eno1"]), ..wiring() }, "1 members");
    refused(Wiring { members: texts(&["eno1", "a b"]), ..wiring() }, "a b");
    refused(Wiring { channel: Some(0), ..wiring() }, "0");
    refused(Wiring { native: Some(VlanId::GUEST), ..wiring() }, "4095");
    refused(Wiring { tagged: vec![VlanId::UNTAGGED], ..wiring() }, "untagged");
}

#[test]
fn the_members_keep_their_order_and_the_primary_comes_first() {
    let options = BondOptions { params: vec![("primary".into(), "eno2".into())], ..BondOptions::default() };
    let advice = advise(BondMode::ActiveBackup, Some(SwitchSide::Independent), 2, &options);
    let wiring = Wiring {
        members: texts(&["eno1", "eno2"]),
        ports: texts(&["Gi1/0/7", "Gi1/0/8"]),
        vswitch: Some("vSwitch 1".parse().unwrap()),
        ..Wiring::default()
    };
    let both = both_sides(&advice, &options, Dialect::Ios, &wiring).unwrap();
    let host = both.host[0].join(" ");
    assert!(host.contains("-v vSwitch 1 -l explicit") && host.ends_with("-a vmnic1 -s vmnic0"), "{host}");
    let at = |line: &str| both.switch.iter().position(|other| other == line).unwrap();
    assert_eq!(at("interface Gi1/0/8") + 1, at(" description ESXi eno2"));
    assert!(both.notes.iter().any(|note| note.contains("eno2 for vmnic1")));
    let stranger = Wiring { members: texts(&["eno1", "eno3"]), ..wiring };
    let refusal = both_sides(&advice, &options, Dialect::Ios, &stranger).unwrap_err();
    assert!(refusal.message.contains("primary eno2"), "{refusal}");
}

#[test]
fn a_native_vlan_that_is_also_tagged_is_told() {
    let wiring = |native: u16| Wiring {
        tagged: vec![VlanId::new(10).unwrap()],
        native: VlanId::new(native).ok(),
        ..Wiring::default()
    };
    let trap = both(SwitchSide::Independent, &wiring(10)).unwrap();
    assert_eq!(trap.findings[0].code, codes::VLAN_IS_NATIVE);
    assert!(both(SwitchSide::Independent, &wiring(1)).unwrap().findings.is_empty());
}

#[test]
fn nothing_is_written_before_somebody_says_what_the_ports_are() {
    let options = BondOptions::default();
    let ask = |mode| {
        both_sides(&advise(mode, None, 2, &options), &options, Dialect::Eos, &Wiring::default()).unwrap_err()
    };
    assert_eq!(ask(BondMode::Ieee8023ad).code, codes::SWITCH_SIDE_UNKNOWN);
    assert_eq!(ask(BondMode::Broadcast).code, codes::TEAMING_REFUSED);
    // Of one uplink nothing needs to be known.
    let one = advise(BondMode::Ieee8023ad, None, 1, &options);
    let both = both_sides(&one, &options, Dialect::Eos, &Wiring::default()).unwrap();
    assert_eq!(both.becomes, SwitchSide::Independent);
}

#[test]
fn guest_tagging_opens_the_trunk_and_forbids_beacon_probing() {
    let options =
        BondOptions { params: vec![("arp_interval".into(), "100".into())], ..BondOptions::default() };
    let advice = advise(BondMode::ActiveBackup, Some(SwitchSide::Independent), 3, &options);
    let wiring = |id: u16| Wiring { tagged: vec![VlanId::new(id).unwrap()], ..Wiring::default() };
    let host = |id| both_sides(&advice, &options, Dialect::NxOs, &wiring(id)).unwrap().host[0].join(" ");
    assert!(host(10).contains("-f beacon") && host(4095).contains("-f link"));
    let all = both_sides(&advice, &options, Dialect::NxOs, &wiring(4095)).unwrap().switch;
    assert!(all.contains(&" switchport trunk allowed vlan all".to_owned()));
}

#[test]
fn dialects_by_their_word() {
    for dialect in Dialect::ALL {
        assert_eq!(dialect.word().parse(), Ok(dialect));
        assert!(!dialect.title().is_empty());
    }
    assert!("cisco".parse::<Dialect>().unwrap_err().to_string().contains("nx-os"));
}
