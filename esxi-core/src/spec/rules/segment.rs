//! Who shares a segment with whom. Port groups of one vSwitch with one VLAN are one segment, and a vSwitch passes on to
//! its uplinks what nobody on it answers to (the Packet guide's "quirks of standard vSwitch").

use super::picture::{Group, Picture};
use crate::block::is_public;
use crate::diag::{Diagnostic, codes};
use crate::value::VlanId;

/// Words in a name that promise isolation. `internal` and `private` promise less: providers call their own networks so.
const PROMISES: &[&str] = &["isolat", "host-only", "hostonly", "host only", "air-gap", "airgap"];

fn promises(group: &Group) -> bool {
    let name = group.name.as_str().to_ascii_lowercase();
    PROMISES.iter().any(|word| name.contains(word))
}

/// A port group that is called isolated and is not.
pub(super) fn isolation(picture: &Picture<'_>, found: &mut Vec<Diagnostic>) {
    for (at, group) in picture.groups.iter().enumerate().filter(|(_, group)| promises(group)) {
        let switch = &picture.switches[group.switch];
        let Some(path) = group.path.as_ref().map(|path| format!("{path}/name")) else { continue };
        if switch.is_connected() {
            let message = format!(
                "\"{}\" is not isolated: what nobody on {} answers to goes out by its uplinks",
                group.name, switch.name
            );
            let help = "declare it under a vSwitch of its own with `uplinks: []`";
            found.push(Diagnostic::warning(codes::NOT_ISOLATED, message).at(path).help(help));
            continue;
        }
        let twin = picture.groups[..at].iter().find(|other| {
            other.switch == group.switch
                && group.vlan.is_some()
                && other.vlan == group.vlan
                && promises(other)
        });
        if let Some(twin) = twin {
            let message = format!(
                "\"{}\" and \"{}\" have one VLAN on {}: they are one segment, isolated from the rest but not from each other",
                twin.name, group.name, switch.name
            );
            let help = "give each a VLAN id of its own, or a vSwitch";
            found.push(Diagnostic::warning(codes::NOT_ISOLATED, message).at(path).help(help));
        }
    }
}

/// Port groups that the file leaves alone and that share the segment of an adapter with a public address: the
/// installer's `VM Network` first of all.
pub(super) fn left_on_the_public_side(picture: &Picture<'_>, found: &mut Vec<Diagnostic>) {
    for (at, group) in picture.groups.iter().enumerate() {
        if group.path.is_some() || picture.adapters_on(at).next().is_some() {
            continue;
        }
        let Some((host, net)) = public_neighbour(picture, group) else { continue };
        let place =
            picture.adapters[host].path.clone().or_else(|| picture.switches[group.switch].path.clone());
        let Some(place) = place else { continue };
        let message = format!(
            "port group \"{}\" is left alone on the segment of {} ({net}): a virtual machine on it is on the provider's \
             public network",
            group.name, picture.adapters[host].label
        );
        let help = "declare it if that is meant, have it removed with --prune, or give machines a vSwitch with `uplinks: []`";
        found.push(Diagnostic::warning(codes::ON_PUBLIC_SEGMENT, message).at(place).help(help));
    }
}

/// An adapter with a public address on the same vSwitch and VLAN, where the vSwitch has an uplink.
fn public_neighbour(picture: &Picture<'_>, group: &Group) -> Option<(usize, ipnet::IpNet)> {
    if !picture.switches[group.switch].is_connected() {
        return None;
    }
    picture.adapters.iter().enumerate().find_map(|(at, adapter)| {
        let other = &picture.groups[adapter.group?];
        let same = other.switch == group.switch && other.vlan == group.vlan;
        let net = adapter.nets.iter().find(|net| is_public(net.addr()))?;
        same.then_some((at, *net))
    })
}

/// A port group that carries an adapter and virtual machines: clients of the API refuse to make one, a file edited by
/// hand can. A sibling for the machines is offered.
pub(super) fn shared_with_machines(picture: &Picture<'_>, found: &mut Vec<Diagnostic>) {
    for (at, group) in picture.groups.iter().enumerate().filter(|(_, group)| group.vm_ports > 0) {
        let Some(adapter) = picture.adapters_on(at).next() else { continue };
        let Some(place) = picture.place(at) else { continue };
        let message = format!(
            "port group \"{}\" carries {} and {} port(s) of virtual machines",
            group.name, adapter.label, group.vm_ports
        );
        let help = sibling(picture, group, "VMs");
        found.push(Diagnostic::warning(codes::PORT_GROUP_TAKEN, message).at(place).help(help));
    }
}

fn sibling(picture: &Picture<'_>, group: &Group, suffix: &str) -> String {
    let switch = &picture.switches[group.switch];
    let vlan = group.vlan.unwrap_or_default();
    let free = picture.groups.iter().enumerate().find(|(at, other)| {
        other.switch == group.switch
            && other.vlan == Some(vlan)
            && other.name != group.name
            && picture.adapters_on(*at).next().is_none()
    });
    match free {
        Some((_, other)) => format!("move the machines to \"{}\", which is on the same segment", other.name),
        None => offer(group.name.as_str(), suffix, vlan, &switch.name),
    }
}

/// A port group on the same segment, as the file would declare it.
pub(in crate::spec) fn offer(name: &str, suffix: &str, vlan: VlanId, switch: &str) -> String {
    format!(
        "declare `{{ name: {name} {suffix}, vlan: {} }}` on {switch} instead: the same segment at no cost",
        vlan.get()
    )
}
