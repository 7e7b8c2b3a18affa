use super::table::rule_sets;
use crate::model::{Machine, Output, run, samples};
use crate::state::factory;
use crate::version::EsxiVersion;
use std::collections::BTreeMap;
use std::net::IpAddr;

const RELEASES: [&str; 9] = ["5.0", "5.1", "5.5", "6.0", "6.5", "6.7", "7.0", "8.0", "9.0"];

fn host(version: &str) -> Machine {
    Machine::new(factory(version.parse().unwrap(), &[]))
}

fn exec(machine: &mut Machine, line: &str) -> Output {
    let argv: Vec<String> = format!("esxcli {line}").split(' ').map(str::to_owned).collect();
    run(machine, &argv, b"")
}

fn text(machine: &mut Machine, line: &str) -> String {
    let output = exec(machine, line);
    assert_eq!(output.status, 0, "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(machine: &mut Machine, line: &str) -> String {
    let output = exec(machine, line);
    assert_eq!((output.status, output.changed), (1, false), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn admits(machine: &Machine, set: &str, client: &str) -> bool {
    machine.firewall.admits(machine.state.version, set, client.parse().unwrap())
}

/// The whole list of 8.0 U2: rows, columns, order.
#[test]
fn the_list_of_8_0_u2_is_the_captured_one() {
    let ours = text(&mut host("8.0.2"), "network firewall ruleset list");
    assert!(
        ours.starts_with("Name                         Enabled  Enable/Disable configurable  Allowed IP")
    );
    let Some(theirs) = samples::output("esxcli-network-firewall-ruleset-list--8.0U2b--1.txt") else { return };
    assert_eq!(ours.trim_end(), theirs.trim_end());
}

#[test]
fn older_lists_have_two_columns() {
    for version in ["5.0", "6.7", "7.0.3", "8.0.1"] {
        let ours = text(&mut host(version), "network firewall ruleset list");
        assert_eq!(ours.lines().next().unwrap().split_whitespace().collect::<Vec<_>>(), ["Name", "Enabled"]);
        assert!(ours.contains("\nsshServer "), "{version}");
    }
    let csv = text(&mut host("6.5"), "--formatter=csv network firewall ruleset list");
    assert!(csv.starts_with("Enabled,Name,\ntrue,sshServer,\nfalse,sshClient,\n"), "{csv}");
}

/// Names and order of a host of 5.x; which sets were on there is its owner's doing, and `fdm` came with vCenter.
#[test]
fn names_of_5_x() {
    let Some(sample) = samples::output("esxcli-network-firewall-ruleset-list--unknown--2.txt") else {
        return;
    };
    let theirs: Vec<&str> =
        sample.lines().skip(2).filter_map(|line| line.split_whitespace().next()).collect();
    let ours: Vec<&str> = rule_sets(EsxiVersion::new(5, 1)).map(|set| set.name).collect();
    assert_eq!(ours, theirs.into_iter().filter(|name| *name != "fdm").collect::<Vec<_>>());
}

/// Each rule set of both releases of the index, and no other, as the index has it.
#[test]
fn defaults_are_those_of_the_index() {
    let file = "command-index/firewall-rulesets-default-6.5-and-8.0U2b.csv";
    let Some(index) = samples::read(file) else { return };
    for (column, version) in [(1, "6.5"), (2, "8.0.2")] {
        let rows = index.lines().filter(|line| !line.starts_with('#')).skip(1);
        let theirs: BTreeMap<&str, &str> = rows
            .map(|row| row.split(',').collect::<Vec<_>>())
            .filter(|cells| !cells[column].is_empty())
            .map(|cells| (cells[0], cells[column]))
            .collect();
        let ours = text(&mut host(version), "--formatter=csv network firewall ruleset list");
        let (name, on) = if version == "6.5" { (1, 0) } else { (3, 2) };
        let cells: Vec<Vec<&str>> = ours.lines().skip(1).map(|row| row.split(',').collect()).collect();
        let ours: BTreeMap<&str, &str> = cells.iter().map(|row| (row[name], row[on])).collect();
        assert_eq!(ours, theirs, "{version}");
    }
}

#[test]
fn every_release_has_its_doors_and_rules_for_them() {
    for version in RELEASES {
        let mut machine = host(version);
        let rules = text(&mut machine, "network firewall ruleset rule list -r vSphereClient");
        assert_eq!(
            rules,
            "Ruleset        Direction  Protocol  Port Type  Port Begin  Port End\n\
             -------------  ---------  --------  ---------  ----------  --------\n\
             vSphereClient  Inbound    TCP       Dst               902       902\n\
             vSphereClient  Inbound    TCP       Dst               443       443\n",
            "{version}"
        );
        assert!(admits(&machine, "sshServer", "203.0.113.9"), "{version}");
        assert!(!admits(&machine, "httpClient", "203.0.113.9"), "{version}");
    }
    let rules = text(&mut host("7.0"), "network firewall ruleset rule list");
    let rules: Vec<String> =
        rules.lines().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for row in [
        "sshServer Inbound TCP Dst 22 22",
        "dhcp Outbound UDP Src 68 68",
        "nfsClient Outbound TCP Dst 0 65535",
    ] {
        assert!(rules.iter().any(|one| one == row), "{row}");
    }
}

#[test]
fn get_looks_like_the_captured_one() {
    let mut machine = host("7.0.3");
    let shown = text(&mut machine, "network firewall get");
    assert_eq!(shown, "   Default Action: DROP\n   Enabled: true\n   Loaded: true\n");
    if let Some(theirs) = samples::output("esxcli-network-firewall-get--7.0.3--1.txt") {
        assert_eq!(shown.trim_end(), theirs.trim_end());
    }
    assert!(exec(&mut machine, "network firewall set -d true").changed);
    let shown = text(&mut machine, "network firewall get");
    assert_eq!(shown, "   Default Action: PASS\n   Enabled: true\n   Loaded: true\n");
}

#[test]
fn a_list_of_addresses_closes_a_rule_set_for_the_rest() {
    let mut machine = host("7.0");
    let list = "network firewall ruleset allowedip list -r sshServer";
    let add = "network firewall ruleset allowedip add -r sshServer -i";
    assert_eq!(
        text(&mut machine, list),
        "Ruleset    Allowed IP Addresses\n---------  --------------------\nsshServer  All\n"
    );
    assert!(refused(&mut machine, &format!("{add} 192.0.2.0/24")).contains("when allowed-all flag is true."));
    text(&mut machine, "network firewall ruleset set -r sshServer -a false");
    assert!(!admits(&machine, "sshServer", "192.0.2.7"), "an empty list lets nobody in");
    for address in ["192.0.2.0/24", "198.51.100.10", "2001:db8::/64"] {
        assert!(exec(&mut machine, &format!("{add} {address}")).changed);
    }
    assert!(
        text(&mut machine, list).ends_with("\nsshServer  198.51.100.10, 192.0.2.0/24, 2001:db8::/64\n"),
        "single addresses come first"
    );
    for (client, in_) in
        [("192.0.2.7", true), ("198.51.100.10", true), ("2001:db8::5", true), ("198.51.100.11", false)]
    {
        assert_eq!(admits(&machine, "sshServer", client), in_, "{client}");
        assert!(admits(&machine, "vSphereClient", client), "its list is its own");
    }
    assert!(refused(&mut machine, &format!("{add} 192.0.2.0/24")).contains("already exist"));
    refused(&mut machine, &format!("{add} 192.0.2"));
    refused(&mut machine, "network firewall ruleset allowedip remove -r sshServer -i 192.0.2.1");
    text(&mut machine, "network firewall ruleset allowedip remove -r sshServer -i 192.0.2.0/24");
    assert!(!admits(&machine, "sshServer", "192.0.2.7"));
    text(&mut machine, "network firewall ruleset set -r sshServer --allowed-all yes");
    assert!(admits(&machine, "sshServer", "192.0.2.7"));
}

#[test]
fn closed_disabled_unloaded() {
    let mut machine = host("6.0");
    let client = "192.0.2.7";
    text(&mut machine, "network firewall ruleset set -r sshServer -e false");
    assert!(!admits(&machine, "sshServer", client));
    for (off, on) in [
        ("network firewall set -e no", "network firewall set -e yes"),
        ("network firewall set -d yes", "network firewall set -d no"),
        ("network firewall unload", "network firewall load"),
    ] {
        assert!(exec(&mut machine, off).changed, "{off}");
        assert!(admits(&machine, "sshServer", client), "{off}");
        text(&mut machine, on);
        assert!(!admits(&machine, "sshServer", client), "{on}");
    }
    text(&mut machine, "network firewall refresh");
    text(&mut machine, "network firewall ruleset set -r sshServer -e true");
    assert_eq!(machine, host("6.0"), "what is as installed again is kept nowhere");
    let unknown: IpAddr = client.parse().unwrap();
    assert!(!machine.firewall.admits(machine.state.version, "dvs", unknown));
}

#[test]
fn the_hosts_own_doors_stay_open() {
    let sentence = "Invalid operation requested: This ruleset is required and cannot be disabled\n";
    if let Some(theirs) = samples::output("ERROR-firewall-ruleset-required--6.5-9.0.0--1.txt") {
        assert!(theirs.contains(sentence));
    }
    for version in ["6.5", "7.0.3", "9.0"] {
        for set in ["sshServer", "vSphereClient"] {
            let line = format!("network firewall ruleset set -r {set} -e false");
            assert_eq!(refused(&mut host(version), &line), sentence, "{version} {set}");
            assert!(exec(&mut host("6.0"), &line).changed);
        }
    }
}

#[test]
fn what_belongs_to_a_service_is_left_to_it_from_8_0_u2() {
    let (switch, list) = (
        "network firewall ruleset set -r snmp -e true",
        "network firewall ruleset set -r nfsClient --allowed-all false",
    );
    for version in ["8.0.2", "9.0"] {
        assert!(refused(&mut host(version), switch).contains("it is owned by system service."));
        assert_eq!(
            refused(&mut host(version), list),
            "Invalid operation requested: Can not change allowed ip list this ruleset, it is owned by system \
             service.\n"
        );
        // Its addresses may be set although it may not be switched.
        assert!(exec(&mut host(version), "network firewall ruleset set -r snmp --allowed-all false").changed);
    }
    for line in [switch, list] {
        assert!(exec(&mut host("8.0.1"), line).changed, "{line}");
    }
}

#[test]
fn a_service_opens_what_is_its_own_from_8_0_u2() {
    for (version, opened) in [("8.0.2", true), ("7.0.3", false)] {
        let mut machine = host(version);
        text(&mut machine, "system ntp set -s 192.0.2.5 -e true");
        assert_eq!(admits(&machine, "ntpClient", "192.0.2.5"), opened, "{version}");
        text(&mut machine, "system ntp set -e false");
        assert!(!admits(&machine, "ntpClient", "192.0.2.5"), "{version}");
    }
}

#[test]
fn clients_are_counted() {
    let mut machine = host("7.0");
    let get = "network firewall ruleset client get -r httpClient";
    assert_eq!(text(&mut machine, get), "   Ruleset Client Count: 0\n");
    text(&mut machine, "network firewall ruleset client add -r httpClient");
    assert_eq!(text(&mut machine, get), "   Ruleset Client Count: 1\n");
    assert!(admits(&machine, "httpClient", "192.0.2.7"));
    text(&mut machine, "network firewall ruleset client remove -r httpClient");
    assert_eq!(machine, host("7.0"));
    assert!(exec(&mut host("5.0"), get).stdout.starts_with(b"Error: Unknown command"));
}

#[test]
fn a_rule_set_must_be_one_of_the_release() {
    for command in ["list", "set", "allowedip list", "rule list", "client get"] {
        let line = format!("network firewall ruleset {command} -r nfs41Client");
        assert_eq!(refused(&mut host("5.5"), &line), "Invalid ruleset id: nfs41Client\n");
        text(&mut host("6.0"), &line);
    }
}
