//! VLAN ids of port groups against the switch ports behind their uplinks, and subnets against segments.

use super::picture::{Carried, Group, Picture, carried};
use crate::diag::{Diagnostic, codes};
use crate::value::VlanId;
use std::collections::BTreeSet;

pub(super) fn judge(picture: &Picture<'_>, found: &mut Vec<Diagnostic>) {
    for at in 0..picture.groups.len() {
        group(picture, at, found);
    }
}

fn group(picture: &Picture<'_>, at: usize, found: &mut Vec<Diagnostic>) {
    let group = &picture.groups[at];
    let Some(vlan) = group.vlan else { return };
    let cards = picture.cards_of(group);
    // One port that nobody described may be the one that works.
    let ports: Option<Vec<_>> = cards.iter().map(|card| Some((card, card.port?))).collect();
    let Some(ports) = ports.filter(|ports| !ports.is_empty()) else { return };
    let Some(place) = picture.place(at).map(|path| vlan_place(group, path)) else { return };
    if vlan == VlanId::GUEST {
        if ports.iter().all(|(_, port)| carries_no_tag(port)) {
            let message = format!(
                "the machines of \"{}\" tag their frames, and no uplink's port takes a tag",
                group.name
            );
            let help = "make the ports trunks, or give the port group one VLAN id";
            found.push(Diagnostic::warning(codes::VLAN_NOT_CARRIED, message).at(place).help(help));
        }
        return;
    }
    let led: Vec<_> = ports.iter().map(|(card, port)| (card.id.as_str(), carried(port, vlan))).collect();
    if let Some((nic, Carried::NativeTagged(id))) =
        led.iter().find(|(_, carried)| matches!(carried, Carried::NativeTagged(_)))
    {
        let message = format!(
            "VLAN {id} of \"{}\" is the native VLAN of the port behind {nic}: it comes without a tag from there, and \
             tagged frames may be dropped",
            group.name
        );
        let finding = Diagnostic::warning(codes::VLAN_IS_NATIVE, message)
            .at(place)
            .help("write `vlan: 0`, or make another VLAN the port's native one");
        found.push(if group.vlan_stated { finding.fix("0") } else { finding });
        return;
    }
    let dropped: Vec<&str> =
        led.iter().filter(|(_, carried)| *carried == Carried::Dropped).map(|(nic, _)| *nic).collect();
    if !dropped.is_empty() {
        // A port group that nothing uses yet is no trouble yet, and untagged is what it is until somebody says.
        let used = picture.adapters_on(at).next().is_some() || group.vm_ports > 0;
        if used || (group.path.is_some() && !vlan.is_untagged()) {
            found.push(not_carried(group, used, &dropped, dropped.len() == led.len()).at(place));
        }
        return;
    }
    elsewhere(picture, at, led.iter().map(|(_, carried)| carried), found);
}

fn carries_no_tag(port: &crate::spec::FabricPort) -> bool {
    matches!(port.tagged, None | Some(crate::spec::TaggedSpec::None))
}

fn vlan_place(group: &Group, path: String) -> String {
    match group.vlan_stated {
        true => format!("{path}/vlan"),
        false => path,
    }
}

fn not_carried(group: &Group, used: bool, dropped: &[&str], all: bool) -> Diagnostic {
    let frames = match group.vlan.map_or(0, VlanId::get) {
        0 => "untagged frames".to_owned(),
        id => format!("frames of VLAN {id}"),
    };
    let ports = match dropped {
        [one] => format!("the port behind {one} drops"),
        several => format!("the ports behind {} drop", several.join(" and ")),
    };
    let then = if all { "nothing reaches the fabric" } else { "it works until the host uses that uplink" };
    let message = format!("\"{}\" sends {frames}, which {ports}: {then}", group.name);
    let finding = match used {
        true => Diagnostic::warning(codes::VLAN_NOT_CARRIED, message),
        false => Diagnostic::note(codes::VLAN_NOT_CARRIED, message),
    };
    finding.help("take a VLAN that the ports carry, or have this one added on the switch and to `fabric`")
}

/// An adapter whose subnet is on another segment than its port group leads to.
fn elsewhere<'b>(
    picture: &Picture<'_>,
    at: usize,
    led: impl Iterator<Item = &'b Carried>,
    found: &mut Vec<Diagnostic>,
) {
    let segments: BTreeSet<u16> = led
        .filter_map(|carried| match carried {
            Carried::On(segment) => Some(*segment),
            _ => None,
        })
        .collect();
    let networks = || picture.spec.fabric.iter().flat_map(|fabric| fabric.networks.iter().flatten());
    for adapter in picture.adapters_on(at) {
        let Some(path) = &adapter.path else { continue };
        for net in &adapter.nets {
            let holds = |network: &&crate::spec::FabricNetwork| network.subnet.contains(&net.addr());
            let home = networks().filter(holds).max_by_key(|network| network.subnet.prefix_len());
            let Some(home) = home.filter(|home| !segments.contains(&home.vlan.unwrap_or(0))) else {
                continue;
            };
            let name = |segment: u16| match segment {
                0 => "the untagged network".to_owned(),
                id => format!("VLAN {id}"),
            };
            let list: Vec<String> = segments.iter().map(|segment| name(*segment)).collect();
            let message = format!(
                "{} has {net}, and {} is on {}; its port group \"{}\" leads to {}",
                adapter.label,
                home.subnet,
                name(home.vlan.unwrap_or(0)),
                picture.groups[at].name,
                list.join(" or ")
            );
            let help = "give the port group the VLAN of the adapter's network, or correct `fabric`";
            found.push(Diagnostic::warning(codes::SUBNET_ELSEWHERE, message).at(path).help(help));
        }
    }
}
