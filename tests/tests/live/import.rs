//! A live host as a host file.

use crate::{ESXI, RELEASES};
use esxi_core::state::{Fact, TeamingOverride};
use esxi_tests::lab::{Lab, config};

/// What is written of a host needs nothing done to it, and says what changes later.
fn taken_over(version: &str) {
    let lab = Lab::start(ESXI, config(version));
    lab.host.change(|machine, _| {
        let group = machine.state.port_groups.get_mut("Management Network").unwrap();
        group.teaming = Fact::Known(TeamingOverride { failback: Some(false), ..TeamingOverride::default() });
    });
    let before = lab.host.state();
    lab.on_host(&["import", "esxi", "--output", "host.yaml"]).ended(0);
    lab.on_host(&["verify", "host.yaml"]).ended(0).says("as declared");
    lab.esxi(&["check", "host.yaml"]).ended(0).says("no findings");
    assert_eq!(lab.host.state(), before, "{version}: reading changes nothing");

    // The same from a state that was saved.
    let facts = lab.on_host(&["facts", "--format", "json"]).ended(0).out;
    lab.write("state.json", &facts);
    let printed = lab.esxi(&["import", "esxi", "--state", "state.json"]).ended(0).out;
    assert_eq!(printed, std::fs::read_to_string(lab.path("host.yaml")).unwrap());
    assert!(printed.contains("inherit_rest: true"), "{printed}");
    let json = lab.esxi(&["import", "esxi", "--state", "state.json", "--format", "json"]).ended(0).json();
    assert_eq!(json["host_file"]["network"]["vmkernel"][0]["name"], "vmk0");

    // A fresh host becomes the same.
    let fresh = Lab::start(ESXI, config(version));
    fresh.write("host.yaml", &printed);
    fresh.on_host(&["verify", "host.yaml"]).ended(1).says("drift");
    fresh.on_host(&["apply", "host.yaml", "--yes", "--window", "60"]).ended(0).says("applied");
    assert_eq!(fresh.host.state().port_groups, before.port_groups, "{version}");

    // Somebody changes it by hand.
    lab.host.change(|machine, _| {
        machine.state.port_groups.get_mut("Management Network").unwrap().teaming = Fact::default();
    });
    lab.on_host(&["verify", "host.yaml"]).ended(1).says("drift");
}

#[test]
fn a_host_is_taken_over_as_it_is() {
    RELEASES.iter().for_each(|version| taken_over(version));
}

#[test]
fn a_host_that_breaks_a_rule_has_its_file_and_the_finding() {
    let lab = Lab::start(ESXI, config("7.0"));
    lab.host.change(|machine, _| {
        machine.state.vmkernel.get_mut("vmk0").unwrap().mtu = "9000".parse().unwrap();
    });
    lab.on_host(&["import", "esxi", "--output", "host.yaml"]).ended(1).says("error[NET004]");
    assert!(std::fs::read_to_string(lab.path("host.yaml")).unwrap().contains("mtu: 9000"));
}
