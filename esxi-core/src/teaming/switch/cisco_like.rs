//! The writer that IOS, NX-OS and EOS share: interface stanzas. What they call things differs, and is data.

use super::{Request, Shape, Vlans, list};

/// The words in which one dialect differs from its kin.
pub(super) struct Words {
    /// Interface of a channel, without its number.
    pub(super) channel: &'static str,
    /// Makes a routed port a switched one, where ports may be routed.
    pub(super) switched: Option<&'static str>,
    /// Spanning tree does not hold back an edge port: of a trunk, of an access port.
    pub(super) edge: [&'static str; 2],
    /// Further lines of a trunk.
    pub(super) trunk_more: &'static [&'static str],
    /// Global line that makes the channel's hash that of source and destination address.
    pub(super) hash: Option<&'static str>,
    /// Lines in the channel's interface by which its port works without LACP.
    pub(super) fallback: &'static [&'static str],
}

pub(super) fn write(request: &Request, words: &Words) -> Vec<String> {
    let channel = format!("interface {}{}", words.channel, request.channel);
    let mut out = Vec::new();
    if request.shape == Shape::Fallback {
        out.push(channel);
        out.extend(words.fallback.iter().map(|line| format!(" {line}")));
        return out;
    }
    if request.leaves_channel {
        for port in &request.ports {
            out.extend([format!("interface {port}"), " no channel-group".to_owned()]);
        }
        out.push(format!("no {channel}"));
    }
    let carried = carried(&request.vlans, words);
    if request.shape == Shape::Static {
        out.extend([channel, " description ESXi".to_owned()]);
        out.extend(carried.iter().cloned());
    }
    for (port, card) in request.ports.iter().zip(&request.cards) {
        out.extend([format!("interface {port}"), format!(" description ESXi {card}")]);
        out.extend(carried.iter().cloned());
        if request.shape == Shape::Static {
            out.push(format!(" channel-group {} mode on", request.channel));
        }
        out.push(" no shutdown".to_owned());
    }
    if request.shape == Shape::Static {
        out.extend(words.hash.map(str::to_owned));
    }
    out
}

fn carried(vlans: &Vlans, words: &Words) -> Vec<String> {
    let mut lines: Vec<String> = words.switched.into_iter().map(str::to_owned).collect();
    match vlans {
        Vlans::Access(vlan) => {
            lines.push("switchport mode access".to_owned());
            lines.extend(vlan.map(|id| format!("switchport access vlan {id}")));
            lines.push(words.edge[1].to_owned());
        }
        Vlans::Trunk { allowed, native } => {
            lines.push("switchport mode trunk".to_owned());
            let allowed = allowed.as_ref().map_or("all".to_owned(), |ids| list(ids, ","));
            lines.push(format!("switchport trunk allowed vlan {allowed}"));
            lines.extend(native.map(|id| format!("switchport trunk native vlan {id}")));
            lines.extend(words.trunk_more.iter().map(|line| (*line).to_owned()));
            lines.push(words.edge[0].to_owned());
        }
    }
    lines.into_iter().map(|line| format!(" {line}")).collect()
}
