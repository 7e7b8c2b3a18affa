//! Juniper Junos with Enhanced Layer 2 Software, as `set` lines.
//!
//! A channel without `aggregated-ether-options lacp` is a static one; its hash takes the addresses of IP packets by
//! default. `force-up` is of EX and QFX (Juniper's manual).

use super::{Request, Shape, Vlans};

pub(super) fn write(request: &Request) -> Vec<String> {
    let channel = format!("ae{}", request.channel);
    let mut out = Vec::new();
    if request.shape == Shape::Fallback {
        let line = |port| format!("set interfaces {port} ether-options 802.3ad lacp force-up");
        out.extend(request.ports.iter().map(line));
        return out;
    }
    if request.leaves_channel {
        for port in &request.ports {
            out.push(format!("delete interfaces {port} ether-options 802.3ad"));
        }
        out.push(format!("delete interfaces {channel}"));
        out.push(format!("delete protocols rstp interface {channel}"));
    }
    for (port, card) in request.ports.iter().zip(&request.cards) {
        // `set` would add to the VLANs that the port has.
        out.push(format!("delete interfaces {port} unit 0"));
        out.push(format!("set interfaces {port} description \"ESXi {card}\""));
        if request.shape == Shape::Static {
            out.push(format!("delete protocols rstp interface {port}"));
            out.push(format!("set interfaces {port} ether-options 802.3ad {channel}"));
        } else {
            carried(port, &request.vlans, &mut out);
        }
    }
    if request.shape == Shape::Static {
        out.push(format!("set interfaces {channel} description ESXi"));
        carried(&channel, &request.vlans, &mut out);
    }
    out
}

fn carried(port: &str, vlans: &Vlans, out: &mut Vec<String>) {
    let family = format!("set interfaces {port} unit 0 family ethernet-switching");
    match vlans {
        Vlans::Access(vlan) => {
            out.push(format!("{family} interface-mode access"));
            out.extend(vlan.map(|id| format!("{family} vlan members {id}")));
        }
        Vlans::Trunk { allowed, native } => {
            out.extend(native.map(|id| format!("set interfaces {port} native-vlan-id {id}")));
            out.push(format!("{family} interface-mode trunk"));
            match allowed {
                None => out.push(format!("{family} vlan members all")),
                Some(ids) => out.extend(ids.iter().map(|id| format!("{family} vlan members {id}"))),
            }
        }
    }
    out.push(format!("set protocols rstp interface {port} edge"));
}

pub(super) fn notes(request: &Request) -> Vec<&'static str> {
    let mut all = vec!["a switch without Enhanced Layer 2 Software writes `port-mode` for `interface-mode`"];
    if request.shape == Shape::Static {
        all.push(
            "`set chassis aggregated-devices ethernet device-count` must be larger than the channel's number; the hash \
             takes source and destination address by default",
        );
    }
    all
}
