//! The lab's host and the network around it: that of `examples/lab-fabric.yaml`.

use crate::scenario::{fabric as fabric_of, port, read};
use esxi_core::model::Machine;
use esxi_core::reach::{Fabric, Lag};
use esxi_core::state::{Fact, FactoryNic, HostState, Ipv4Config, Route, factory};
use esxi_ssh::sim::SimConfig;

/// A host as its installer leaves it, with two cards and management at 192.0.2.10.
pub fn state(version: &str) -> HostState {
    let nic = |mac: &str| FactoryNic { mac: read(mac), link_up: true };
    let mut state = factory(read(version), &[nic("0c:c4:7a:b5:80:02"), nic("0c:c4:7a:b5:80:03")]);
    let address = Ipv4Config::Static { address: read("192.0.2.10/24"), gateway: None };
    state.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(address);
    state.routes.insert(Route {
        netstack: Default::default(),
        network: read("0.0.0.0/0"),
        gateway: read("192.0.2.1"),
    });
    state
}

/// Independent trunk ports, management untagged, a second network on VLAN 20, the client behind a router.
pub fn fabric() -> Fabric {
    let trunk = || port(Some(0), &[20], Lag::None);
    let networks = [("192.0.2.0/24", Some("192.0.2.1"), 0), ("10.20.0.0/24", Some("10.20.0.1"), 20)];
    Fabric { client: Some(read("198.51.100.7")), ..fabric_of(&[trunk(), trunk()], &networks) }
}

/// That host in that network.
pub fn config(version: &str) -> SimConfig {
    let mut machine = Machine::new(state(version));
    "lab".clone_into(&mut machine.hostname);
    SimConfig::new("lab", machine, fabric())
}
