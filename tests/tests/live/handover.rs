//! The steps that give ESXi's address to a router virtual machine, done on a host as they are printed.

use crate::ESXI;
use esxi_core::reach::{Fabric, Lag};
use esxi_core::state::{Fact, Ipv4Config, Route};
use esxi_tests::lab::{self, Lab};
use esxi_tests::scenario::{fabric, port, read};

/// One wire with the provider's gateway on it, and a client behind that.
const FABRIC: &str = "
version: 1
fabric:
  client: 203.0.113.7
  ports:
    - { nic: vmnic0, untagged: 0, lag: none }
  networks:
    - { subnet: 147.75.1.8/29, gateway: 147.75.1.9 }
";

/// A host as the provider's installation leaves it: on the third address of its block.
fn installed() -> Lab {
    let mut config = lab::config("6.7");
    let state = &mut config.machine.state;
    let address = Ipv4Config::Static { address: read("147.75.1.10/29"), gateway: None };
    state.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(address);
    let gateway = read("147.75.1.9");
    state.routes =
        std::mem::take(&mut state.routes).into_iter().map(|route| Route { gateway, ..route }).collect();
    let trunk = || port(Some(0), &[], Lag::None);
    let networks = [("147.75.1.8/29", Some("147.75.1.9"), 0)];
    config.fabric = Fabric { client: Some(read("203.0.113.7")), ..fabric(&[trunk(), trunk()], &networks) };
    let lab = Lab::start(ESXI, config);
    lab.write("fabric.yaml", FABRIC);
    lab
}

#[test]
fn the_printed_steps_move_esxi_and_leave_its_address_to_the_router() {
    let lab = installed();
    let asked = ["ip", "handover", "147.75.1.8/29", "147.75.200.16/30=elastic", "--provider", "packet"];
    let told =
        lab.esxi(&[&asked[..], &["--layout", "router-vm", "--format", "json"]].concat()).ended(0).json();
    let steps = told["handover"]["steps"].as_array().unwrap();
    let mut ran = Vec::new();
    for step in steps {
        if let Some(file) = step["host_file"].as_str() {
            lab.write("move.yaml", file);
        }
        for command in step["commands"].as_array().into_iter().flatten() {
            let words: Vec<&str> = command.as_str().unwrap().split_whitespace().collect();
            let ["esxi", verb, "move.yaml", "--host", url] = words[..] else { continue };
            let address = url.strip_prefix("ssh://root@").unwrap();
            // A person answers the question and has one hourly backup to wait for.
            let more: &[&str] = if verb == "apply" { &["--yes", "--window", "60"] } else { &[] };
            let told =
                lab.on_host_at(address, &[&[verb, "move.yaml", "--fabric", "fabric.yaml"], more].concat());
            let _ = told.ended(0);
            lab.know_host();
            ran.push(format!("{verb} {address}"));
        }
        if step["place"] == "esxi" {
            lab.on_host_at("147.75.1.11", &["apply", "move.yaml", "--fabric", "fabric.yaml", "--yes"])
                .ended(0);
            ran.push("isolated".to_owned());
        }
    }
    assert_eq!(ran, ["plan 147.75.1.10", "apply 147.75.1.10", "verify 147.75.1.11", "isolated"]);
    let state = lab.host.state();
    assert_eq!(state.vmkernel["vmk0"].ipv4_address().unwrap().to_string(), "147.75.1.11/29");
    assert!(state.vswitches["vSwitch1"].uplinks.is_empty());
    assert!(state.port_groups.contains_key("Isolated"));
    let places: Vec<_> = steps.iter().map(|step| step["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["workstation", "workstation", "workstation", "esxi", "router", "provider", "router"]);
}
