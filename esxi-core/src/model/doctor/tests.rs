use super::*;
use crate::model::grammar::RELEASES;
use crate::state::Fact;
use crate::version::EsxiVersion;

fn answer(version: EsxiVersion) -> String {
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"]
        .map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    let mut machine = Machine::new(factory(version, &nics));
    bundle::collect(&mut machine, &mut Memory::default())
}

fn report(answer: &str) -> Vec<Diagnostic> {
    doctor(&Bundle::from_answer(answer, false).unwrap()).findings
}

#[test]
fn the_simulated_host_of_every_release_is_as_expected() {
    for version in RELEASES {
        assert_eq!(report(&answer(version)), [], "{version}");
    }
}

/// Other names, more of everything, other addresses: no difference in what the doctor looks at.
#[test]
fn a_configured_host_is_as_expected() {
    let mut machine = Machine::new(factory(
        "8.0.2".parse().unwrap(),
        &[FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: false }],
    ));
    for line in [
        "esxcli network vswitch standard add -v fast",
        "esxcli network vswitch standard portgroup add -v fast -p storage",
        "esxcli network ip interface add -p storage -i vmk7",
        "esxcli network ip interface ipv4 set -i vmk7 -t static -I 203.0.113.9 -N 255.255.255.0",
        "esxcli system hostname set --host esx77 --domain example.org",
        "esxcli network vswitch standard policy failover set -v fast -l iphash",
    ] {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        assert_eq!(crate::model::run(&mut machine, &argv, b"").status, 0, "{line}");
    }
    assert!(matches!(machine.state.vmkernel["vmk7"].ipv4, Fact::Known(_)));
    let answer = bundle::collect(&mut machine, &mut Memory::default());
    let bundle = Bundle::from_answer(&answer, false).unwrap();
    assert!(!bundle.to_file().contains("203.0.113.9") && !bundle.to_file().contains("esx77"));
    assert_eq!(doctor(&bundle).findings, []);
}

#[test]
fn whatever_differs_is_named() {
    let whole = answer(EsxiVersion::new(7, 0));
    let tampered = |from: &str, to: &str| {
        let text = whole.replace(from, to);
        assert_ne!(text, whole, "{from}");
        report(&text)
    };
    for (from, to, code, says) in [
        // An extra column, in text alone.
        (
            "Name                Virtual Switch  Active Clients  VLAN ID\n\
             ------------------  --------------  --------------  -------\n\
             Management Network  vSwitch0                     1        0\n\
             VM Network          vSwitch0                     0        0",
            "Name                Virtual Switch  Active Clients  VLAN ID  Colour\n\
             ------------------  --------------  --------------  -------  ------\n\
             Management Network  vSwitch0                     1        0  blue\n\
             VM Network          vSwitch0                     0        0  green",
            codes::REAL_LABELS_DIFFER,
            "esxcli network vswitch standard portgroup list: the simulated host has no \"Colour\"",
        ),
        (
            "   Default Action: DROP",
            "   Default Verdict: DROP",
            codes::REAL_LABELS_DIFFER,
            "the host has no \"Default Action\"",
        ),
        (
            "<field name=\"DefaultAction\">",
            "<field name=\"DefaultVerdict\">",
            codes::REAL_LABELS_DIFFER,
            "esxcli --formatter=xml network firewall get: the simulated host has no \"DefaultVerdict\"",
        ),
        ("   Loaded: true", "  Loaded: true", codes::REAL_LAYOUT_DIFFERS, "line 3 is \"  Loaded: true\""),
        (
            "   Loaded: true",
            "nonsense",
            codes::REAL_OUTPUT_NOT_UNDERSTOOD,
            "line 3 was not understood: nonsense",
        ),
        (
            "esxcli network firewall get\n",
            "esxcli network firewall get\nx\n",
            codes::REAL_LABELS_DIFFER,
            "its heading is \"x\", of the simulated host \"\"",
        ),
        (
            "@1-0 begin text 0 - esxcli network firewall get",
            "@1-0 begin text 1 - esxcli network firewall get",
            codes::REAL_REFUSAL_DIFFERS,
            "the host refuses it, the simulated one does not: Default Action: DROP",
        ),
        (
            "  -u|--uplink-name=<str>",
            "  -U|--uplink-name=<long>",
            codes::REAL_OPTIONS_DIFFER,
            "--uplink-name has -U, the grammar -u; --uplink-name takes <long>, by the grammar <str>",
        ),
        (
            "  -u|--use-vswitch",
            "  -w|--swift",
            codes::REAL_OPTIONS_DIFFER,
            "--swift is not in the grammar; there is no --use-vswitch",
        ),
    ] {
        let findings = tampered(from, to);
        assert!(
            findings.iter().any(|one| one.code == code && one.message.contains(says)),
            "{from}: {:#?}",
            findings.iter().map(|one| one.to_string()).collect::<Vec<_>>()
        );
    }
}

#[test]
fn unknown_and_missing_commands_are_named() {
    let whole = answer(EsxiVersion::new(7, 0));
    let start = whole.find("vsan.trace").unwrap();
    let line = whole[start..].lines().next().unwrap();
    let text = whole.replacen(line, &line.replace("vsan.trace", "vsan.troll"), 1);
    let findings = report(&text);
    let messages: Vec<&str> = findings.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "esxcli esxcli command list: the index of commands lacks: vsan troll get",
            "esxcli esxcli command list: the host does not have: vsan trace get",
        ]
    );
    assert!(findings.iter().all(|one| one.code == codes::REAL_COMMANDS_DIFFER));
}
