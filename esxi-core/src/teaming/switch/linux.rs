//! A Linux machine as the switch: ports of the bridge `br0`, which filters VLANs.
//!
//! A static channel is a bond in mode `balance-xor`. No hash of Linux takes addresses alone; `layer2+3` comes nearest.
//! The two ends need not choose alike: each hashes what it sends.

use super::{Request, Shape, Vlans};

const BRIDGE: &str = "br0";

pub(super) fn write(request: &Request) -> Vec<String> {
    let channel = format!("bond{}", request.channel);
    let mut out = Vec::new();
    match request.shape {
        Shape::Fallback => {}
        Shape::Independent => {
            if request.leaves_channel {
                out.push(format!("ip link del dev {channel}"));
            }
            for port in &request.ports {
                join_bridge(port, &request.vlans, &mut out);
            }
        }
        Shape::Static => {
            if request.leaves_channel {
                out.push(format!("ip link del dev {channel}"));
            }
            out.push(format!(
                "ip link add name {channel} type bond mode balance-xor xmit_hash_policy layer2+3 miimon 100"
            ));
            for port in &request.ports {
                out.push(format!("ip link set dev {port} down"));
                out.push(format!("ip link set dev {port} master {channel}"));
            }
            join_bridge(&channel, &request.vlans, &mut out);
        }
    }
    out
}

fn join_bridge(port: &str, vlans: &Vlans, out: &mut Vec<String>) {
    out.push(format!("ip link set dev {port} master {BRIDGE}"));
    let (tagged, native) = match vlans {
        // What a bridge gives a new port.
        Vlans::Access(vlan) => (Vec::new(), vlan.or(Some(1))),
        Vlans::Trunk { allowed: None, native } => (vec!["1-4094".to_owned()], *native),
        Vlans::Trunk { allowed: Some(ids), native } => {
            let tagged = ids.iter().filter(|id| Some(**id) != *native).map(ToString::to_string);
            (tagged.collect(), *native)
        }
    };
    if native != Some(1) {
        out.push(format!("bridge vlan del dev {port} vid 1"));
    }
    out.extend(tagged.iter().map(|ids| format!("bridge vlan add dev {port} vid {ids}")));
    out.extend(native.map(|id| format!("bridge vlan add dev {port} vid {id} pvid untagged")));
    out.push(format!("ip link set dev {port} up"));
}

pub(super) fn notes(request: &Request) -> Vec<&'static str> {
    if request.shape == Shape::Fallback {
        return vec!["a Linux bond in mode 802.3ad keeps a port up that hears no LACP; nothing is to be set"];
    }
    let mut all = vec![
        "br0 stands for the bridge, which filters VLANs: `ip link set dev br0 type bridge vlan_filtering 1`; with \
         spanning tree by mstpd make the port an edge port: `mstpctl setportadminedge br0 PORT yes`",
    ];
    if request.shape == Shape::Static {
        all.push("no hash of Linux takes addresses alone: layer2+3 comes nearest, and both ends need not choose alike");
    }
    all
}
