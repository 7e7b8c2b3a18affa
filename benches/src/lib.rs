//! What the benchmarks measure: the shipped examples, read and checked.
//!
//! The helpers panic when an example does not work: then there is nothing to measure.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark whose input is wrong shall stop")]

use esxi_core::import::{ImportOptions, curtin};
use esxi_core::plan::{Plan, Verdict, plan};
use esxi_core::reach::Fabric;
use esxi_core::spec::{HostSpec, ResolveOptions, resolve};
use esxi_core::state::{FactoryNic, HostState, factory};
use esxi_core::teaming::SwitchSide;
use esxi_core::yaml;

/// Cards of the examples' machines.
pub const NICS: [&str; 2] = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"];

/// A Linux configuration and the world around its machine.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// curtin's document.
    pub curtin: &'static str,
    /// The fabric file.
    pub fabric: &'static str,
}

/// A rented server: an LACP bond, a public /29.
pub const PACKET: Example = Example {
    curtin: include_str!("../../examples/packet-curtin.yaml"),
    fabric: include_str!("../../examples/packet-fabric.yaml"),
};

/// A MAAS machine: an active-backup bond, three VLANs, management that moves.
pub const MAAS: Example = Example {
    curtin: include_str!("../../examples/maas-curtin.yaml"),
    fabric: include_str!("../../examples/maas-fabric.yaml"),
};

impl Example {
    /// The host file that the Linux configuration becomes.
    pub fn import(&self) -> HostSpec {
        // Packet's bond is LACP and needs no answer about the switch.
        let switch = (self.curtin == MAAS.curtin).then_some(SwitchSide::Independent);
        let options = ImportOptions { switch, ..ImportOptions::default() };
        curtin("curtin.yaml", self.curtin, &options).spec.expect("the example imports")
    }

    /// The world around a host.
    pub fn fabric(&self, host: &HostState) -> Fabric {
        fabric_file(self.fabric, host)
    }
}

/// A machine with so many cards in so many bonds, and VLANs spread over them; management is on the first.
#[derive(Debug, Clone)]
pub struct Wide {
    /// curtin's document.
    pub curtin: String,
    /// The host as its installer leaves it.
    pub host: HostState,
    /// Trunk ports that carry all of it.
    pub fabric: Fabric,
}

impl Wide {
    /// Builds the document and what surrounds the machine.
    pub fn new(bonds: usize, cards: usize, vlans: usize) -> Wide {
        let mac = |card: usize| format!("0c:c4:7a:b5:90:{card:02x}");
        let mut curtin = String::from("network:\n  version: 1\n  config:\n");
        let mut line = |text: String| curtin.extend(["    ", text.as_str(), "\n"]);
        for card in 0..cards {
            line(format!(
                "- {{ type: physical, id: e{card}, name: e{card}, mac_address: \"{}\" }}",
                mac(card)
            ));
        }
        for bond in 0..bonds {
            let members: Vec<String> =
                (0..cards).filter(|card| card % bonds == bond).map(|card| format!("e{card}")).collect();
            line(format!(
                "- {{ type: bond, id: b{bond}, name: b{bond}, bond_interfaces: [{}], params: {{ bond-mode: \
                 active-backup }}, subnets: [{{ type: manual }}] }}",
                members.join(", ")
            ));
        }
        for vlan in 0..vlans {
            let (bond, id) = (vlan % bonds, 100 + vlan);
            let subnet = match vlan {
                0 => "{ type: static, address: 192.0.2.10/24, gateway: 192.0.2.1 }",
                _ => "{ type: manual }",
            };
            line(format!(
                "- {{ type: vlan, id: b{bond}.{id}, name: b{bond}.{id}, vlan_link: b{bond}, vlan_id: {id}, \
                 subnets: [{subnet}] }}"
            ));
        }
        let nics: Vec<FactoryNic> = (0..cards)
            .map(|card| FactoryNic { mac: mac(card).parse().expect("a MAC address"), link_up: true })
            .collect();
        let host = factory("8.0.2".parse().expect("a version"), &nics);
        let ports: Vec<String> = (0..cards)
            .map(|card| format!("    - {{ nic: \"{}\", untagged: 0, tagged: all, lag: none }}\n", mac(card)))
            .collect();
        let fabric = format!(
            "version: 1\nfabric:\n  client: 203.0.113.7\n  ports:\n{}  networks:\n    - {{ subnet: 192.0.2.0/24, \
             gateway: 192.0.2.1, vlan: 100 }}\n",
            ports.concat()
        );
        let fabric = fabric_file(&fabric, &host);
        Wide { curtin, host, fabric }
    }

    /// The host file that the Linux configuration becomes.
    pub fn import(&self) -> HostSpec {
        let options = ImportOptions { switch: Some(SwitchSide::Independent), ..ImportOptions::default() };
        curtin("curtin.yaml", &self.curtin, &options).spec.expect("the document imports")
    }
}

fn fabric_file(text: &str, host: &HostState) -> Fabric {
    let file = yaml::host_file("fabric.yaml", text).expect("the fabric reads");
    let (fabric, findings) = file.spec.fabric(host);
    assert_eq!(findings, []);
    fabric
}

/// A host as an installer leaves it.
pub fn factory_host() -> HostState {
    let nics = NICS.map(|mac| FactoryNic { mac: mac.parse().expect("a MAC address"), link_up: true });
    factory("8.0.2".parse().expect("a version"), &nics)
}

/// What a host is to become.
pub fn desired(spec: &HostSpec, host: &HostState) -> HostState {
    let resolved = resolve(spec, host, ResolveOptions::default());
    assert!(resolved.is_ok(), "{:?}", resolved.diagnostics);
    resolved.desired
}

/// Resolves and plans; the plan has steps, may be carried out and leads to what the host file says.
pub fn planned(spec: &HostSpec, host: &HostState, fabric: &Fabric) -> Plan {
    let desired = desired(spec, host);
    let plan = plan(host, &desired, fabric);
    assert!(!plan.steps.is_empty());
    assert_ne!(plan.verdict, Verdict::Refused, "{}", plan.why);
    assert!(plan.end().same_configuration(&desired));
    plan
}
