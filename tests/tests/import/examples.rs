//! Every file of `examples/` works.

use super::root;
use esxi_core::diag::{Severity, codes};
use esxi_core::import::{ImportOptions, curtin};
use esxi_core::spec::{HostSpec, ResolveOptions, check, resolve};
use esxi_core::state::{FactoryNic, HostState, factory};
use esxi_core::teaming::SwitchSide;
use esxi_core::yaml;

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join("examples").join(name)).unwrap()
}

fn host_file(name: &str) -> HostSpec {
    let file = yaml::host_file(name, &read(name)).unwrap();
    assert!(file.diagnostics.is_empty(), "{name}: {:?}", file.diagnostics);
    file.spec
}

fn independent() -> ImportOptions {
    ImportOptions { switch: Some(SwitchSide::Independent), ..ImportOptions::default() }
}

fn factory_host() -> HostState {
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"];
    factory("7.0".parse().unwrap(), &nics.map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true }))
}

#[test]
fn host_files_read_check_resolve_and_fit_the_schema() {
    let schema = jsonschema::validator_for(&esxi_core::spec::json_schema()).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let text = read(&name);
        // Scenarios of simulated hosts have a version, too; they are run where the command line is.
        let scenario = name.starts_with("sim-");
        if scenario || !name.ends_with(".yaml") || !text.lines().any(|line| line == "version: 1") {
            continue;
        }
        seen += 1;
        let spec = host_file(&name);
        // What must not be done is found.
        let expected = if name == "packet-lockout.yaml" { vec!["NET041"] } else { Vec::new() };
        let codes: Vec<_> = check(&spec).iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, expected, "{name}");
        let resolved = resolve(&spec, &factory_host(), ResolveOptions::default());
        assert!(
            resolved
                .diagnostics
                .iter()
                .all(|d| d.severity == Severity::Note || expected.contains(&d.code.as_str())),
            "{name}: {:?}",
            resolved.diagnostics
        );
        let (fabric, findings) = spec.fabric(&factory_host());
        assert_eq!(findings, [], "{name}");
        assert_eq!(fabric.ports.len(), 2, "{name}");
        let document: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        assert!(schema.validate(&document).is_ok(), "{name}: {:?}", schema.validate(&document).err());
        assert_eq!(serde_json::from_value::<HostSpec>(document).unwrap(), spec, "{name}");
    }
    assert!(seen >= 3, "{seen}");
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = jsonschema::validator_for(&esxi_core::spec::json_schema()).unwrap();
    for bad in [
        serde_json::json!({}),
        serde_json::json!({ "version": 2 }),
        serde_json::json!({ "version": 1, "netwrk": {} }),
        serde_json::json!({ "version": 1, "network": { "vswitches": [{ "mtu": 1500 }] } }),
        serde_json::json!({ "version": 1, "network": { "vswitches": [{ "name": "a", "mtu": 100 }] } }),
        serde_json::json!({ "version": 1, "network": { "vmkernel": [{ "port_group": "a", "ipv4": "auto" }] } }),
        serde_json::json!({ "version": 1, "fabric": { "ports": [{ "nic": "vmnic0", "tagged": "some" }] } }),
    ] {
        assert!(schema.validate(&bad).is_err(), "{bad}");
        assert!(serde_json::from_value::<HostSpec>(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn the_packet_host_from_its_linux_configuration() {
    let imported = curtin("packet-curtin.yaml", &read("packet-curtin.yaml"), &ImportOptions::default());
    let network = imported.spec.expect("no errors").network.unwrap();
    let by_hand = host_file("packet.yaml").network.unwrap();
    assert_eq!(network.gateway, by_hand.gateway);
    assert_eq!(network.routes, by_hand.routes);
    assert_eq!(network.dns, by_hand.dns);
    let addresses = |network: &esxi_core::spec::NetworkSpec| {
        network.vmkernel.iter().flatten().map(|vmk| vmk.ipv4).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&network), addresses(&by_hand));
    let uplinks =
        |network: &esxi_core::spec::NetworkSpec| network.vswitches.as_ref().unwrap()[0].uplinks.clone();
    assert_eq!(uplinks(&network), uplinks(&by_hand));
}

#[test]
fn the_maas_host_is_its_import_with_a_fabric() {
    let imported = curtin("maas-curtin.yaml", &read("maas-curtin.yaml"), &independent());
    assert_eq!(imported.spec.expect("no errors").network, host_file("maas.yaml").network);
    // Without an answer about the switch there is no host file, but a question.
    let asked = curtin("maas-curtin.yaml", &read("maas-curtin.yaml"), &ImportOptions::default());
    assert!(asked.spec.is_none());
    assert!(asked.diagnostics.iter().any(|d| d.code == codes::SWITCH_SIDE_UNKNOWN && d.is_error()));
}

#[test]
fn the_lock_out_example_differs_from_the_good_one_by_an_uplink() {
    let host = factory_host();
    let good = resolve(&host_file("packet.yaml"), &host, ResolveOptions::default()).desired;
    let bad = resolve(&host_file("packet-lockout.yaml"), &good, ResolveOptions::default()).desired;
    assert_eq!(bad.vswitches["vSwitch0"].uplinks.len(), 2);
    assert_eq!(bad.vmkernel, good.vmkernel);
}
