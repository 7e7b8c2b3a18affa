//! Cases in few lines, for whoever reads a failure.

use super::Case;
use esxi_core::reach::{Fabric, Lag, TaggedVlans};
use esxi_core::state::{Fact, FailoverOrder, HostState, Ipv4Config};
use std::fmt::{self, Write};

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{} asks {}; session {:?}", self.client, self.server, self.known.session)?;
        writeln!(f, "-- current\n{}", host(&self.current))?;
        if self.desired != self.current {
            writeln!(f, "-- desired\n{}", host(&self.desired))?;
        }
        writeln!(f, "-- fabric\n{}", fabric(&self.truth))?;
        let told = Fabric { client: None, session: None, observed: None, ..self.known.clone() };
        if told != self.truth {
            writeln!(f, "-- known of it\n{}", fabric(&told))?;
        }
        Ok(())
    }
}

fn order(order: &FailoverOrder) -> String {
    format!("active {:?} standby {:?}", order.active, order.standby)
}

/// The parts of a host that frames depend on.
pub fn host(host: &HostState) -> String {
    let mut out = String::new();
    let links: Vec<_> = host
        .nics
        .iter()
        .map(|(name, nic)| format!("{name} {}", if nic.link_up { "up" } else { "down" }))
        .collect();
    let _ = writeln!(out, "cards: {}", links.join(", "));
    for (name, switch) in &host.vswitches {
        let _ = match &switch.teaming {
            Fact::Known(teaming) => writeln!(
                out,
                "{name}: uplinks {:?} {:?} {}",
                switch.uplinks,
                teaming.load_balancing,
                order(&teaming.order)
            ),
            Fact::Unknown(text) => {
                writeln!(out, "{name}: uplinks {:?} policy unknown: {text}", switch.uplinks)
            }
        };
    }
    for (name, group) in &host.port_groups {
        let own = group.teaming.known().map(|own| {
            let order = own.order.as_ref().map(order).unwrap_or_default();
            format!("{:?} {order}", own.load_balancing)
        });
        let vms = group.vm_ports;
        let _ = writeln!(out, "  {name:?} on {} vlan {} vms {vms} own {own:?}", group.vswitch, group.vlan);
    }
    for (name, vmk) in &host.vmkernel {
        let addresses: Vec<_> = vmk.addresses().map(|net| net.to_string()).collect();
        let dhcp = match &vmk.ipv4 {
            Fact::Known(Ipv4Config::Dhcp { lease }) => format!(" dhcp {lease:?}"),
            Fact::Unknown(text) => format!(" unknown {text}"),
            Fact::Known(_) => String::new(),
        };
        let _ = writeln!(
            out,
            "  {name} on {:?} {addresses:?}{dhcp} stack {} tags {:?}{}",
            vmk.port_group,
            vmk.netstack,
            vmk.tags,
            if vmk.enabled { "" } else { " disabled" }
        );
    }
    for route in &host.routes {
        let _ = writeln!(out, "  route {} via {} in {}", route.network, route.gateway, route.netstack);
    }
    out
}

fn fabric(fabric: &Fabric) -> String {
    let mut out = String::new();
    for (nic, port) in &fabric.ports {
        let tagged = match &port.tagged {
            TaggedVlans::None => "none".to_owned(),
            TaggedVlans::All => "all".to_owned(),
            TaggedVlans::Only(list) => format!("{list:?}"),
        };
        let lag = match &port.lag {
            Lag::None => "independent".to_owned(),
            other => format!("{other:?}"),
        };
        let _ =
            writeln!(out, "{nic}: untagged {:?} tagged {tagged} {lag} {:?}", port.untagged, port.evidence);
    }
    for network in &fabric.networks {
        let _ = writeln!(out, "{} gateway {:?} segment {}", network.subnet, network.gateway, network.segment);
    }
    out
}
