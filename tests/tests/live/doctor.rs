//! A host's raw output as a bundle, and the doctor's look at it.

use crate::{ESXI, FABRIC};
use esxi_tests::lab::{self, Lab};

#[test]
fn a_simulated_host_is_as_believed_and_a_tampered_one_is_not() {
    for version in ["6.5", "8.0.2"] {
        let lab = Lab::start(ESXI, lab::config(version));
        lab.write("fabric.yaml", FABRIC);
        let before = lab.host.machine();
        lab.on_host(&["facts", "--bundle", "host.bundle"]).ended(0).says("redacted");
        assert_eq!(lab.host.machine(), before, "{version}: asking changes nothing");
        let file = std::fs::read_to_string(lab.path("host.bundle")).unwrap();
        assert!(file.starts_with("{\"schema\":1,\"bundle\":\"esxi\",\"esxi\":"), "{version}");
        assert!(!file.contains("192.0.2.10") && !file.contains("lab.localdomain"), "{version}");

        let report = lab.esxi(&["doctor", "--bundle", "host.bundle", "--format", "json"]);
        let document = report.json();
        assert_eq!(document["diagnostics"], serde_json::json!([]), "{version}");
        assert!(document["checked"].as_u64().unwrap() > 300, "{version}: {}", document["checked"]);
        report.ended(0);

        let tampered = file.replace("Default Action: DROP", "Default Verdict: DROP");
        assert_ne!(tampered, file, "{version}");
        lab.write("tampered.bundle", &tampered);
        lab.esxi(&["doctor", "--bundle", "tampered.bundle"])
            .ended(1)
            .says("HOST035")
            .says("esxcli network firewall get")
            .says("Default Verdict");
        lab.write("cut.bundle", "nothing\n");
        lab.esxi(&["doctor", "--bundle", "cut.bundle"]).ended(2).says("HOST030").says("cut.bundle");
    }
}

#[test]
fn the_doctor_asks_a_live_host_and_writes_nothing() {
    let lab = Lab::start(ESXI, lab::config("7.0"));
    lab.write("fabric.yaml", FABRIC);
    let before = lab.host.state();
    lab.on_host(&["doctor"]).ended(0).says("none differs");
    assert_eq!(lab.host.state(), before);
    lab.esxi(&["doctor"]).ended(2).says("HOST028");
}
