//! Rules of the provider. What a provider does stands in its profile, with its source; here is what follows from it.

use super::picture::Picture;
use crate::block::profile::{Delivery, Profile, Tagged};
use crate::block::{AddressPlan, Catalogue, is_public};
use crate::diag::{Diagnostic, codes};
use crate::spec::{HostSpec, Ipv4Spec};
use crate::state::HostState;
use crate::value::VlanId;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Rules that the file shows by itself, given its address plan.
pub(in crate::spec) fn of_file(spec: &HostSpec, plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    let picture = Picture::of_file(spec);
    untagged_beside_tagged(&picture, plan, found);
    declared_on_the_public_side(&picture, plan, found);
}

/// Rules that need the host.
pub(super) fn on_host(
    spec: &HostSpec,
    desired: &HostState,
    picture: &Picture<'_>,
    catalogue: &Catalogue,
    found: &mut Vec<Diagnostic>,
) {
    let Some(profile) = profile(spec, catalogue) else { return };
    private_side(spec, desired, &profile, found);
    mtu(spec, desired, picture, &profile, found);
}

fn profile(spec: &HostSpec, catalogue: &Catalogue) -> Option<std::sync::Arc<Profile>> {
    let addresses = spec.addresses.as_ref()?;
    addresses.provider.as_ref()?;
    // A plan that is refused is reported where it is made.
    let plan = catalogue.plan(addresses).ok()?;
    Some(plan.profile().clone())
}

/// The provider puts this address on the host's own wire, untagged.
fn is_bridged(plan: &AddressPlan, address: IpAddr) -> bool {
    let block = plan.blocks().iter().find(|block| block.block().contains(address));
    let bridged = |delivery| matches!(delivery, Delivery::Bridged | Delivery::BridgedVmac);
    let private = plan.profile().private.as_ref().is_some_and(|private| private.subnet.contains(&address));
    block.is_some_and(|block| bridged(block.allocation().delivery)) || private
}

/// With a second VLAN the provider tags the first one too: an untagged port group beside tagged ones hears nothing.
fn untagged_beside_tagged(picture: &Picture<'_>, plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    let when = plan.profile().l2.as_ref().and_then(|l2| l2.tagged);
    if when != Some(Tagged::WhenMoreThanOne) {
        return;
    }
    let id = |vlan: Option<VlanId>| vlan.map(VlanId::get).filter(|id| (1..=4094).contains(id));
    for (at, switch) in picture.switches.iter().enumerate().filter(|(_, switch)| switch.is_connected()) {
        let here = || picture.groups.iter().enumerate().filter(move |(_, group)| group.switch == at);
        let ids: BTreeSet<u16> = here().filter_map(|(_, group)| id(group.vlan)).collect();
        // The provider's own blocks stay as they are in hybrid mode.
        let blocks = here().filter(|(_, group)| group.vlan.is_none_or(VlanId::is_untagged)).any(|(at, _)| {
            let mut nets = picture.adapters_on(at).flat_map(|adapter| &adapter.nets);
            nets.any(|net| is_bridged(plan, net.addr()))
        });
        if ids.is_empty() || blocks {
            continue;
        }
        for (_, group) in here().filter(|(_, group)| group.vlan == Some(VlanId::UNTAGGED)) {
            let Some(path) = &group.path else { continue };
            let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let message = format!(
                "\"{}\" on {} is untagged beside VLAN {}: with a second VLAN {} tags the first one too, and nothing comes \
                 untagged any more",
                group.name,
                switch.name,
                list.join(", "),
                plan.profile().title
            );
            let help = "give it the id of its VLAN, at the moment at which the second one is added";
            found.push(
                Diagnostic::warning(codes::VLAN_BECOMES_TAGGED, message)
                    .at(format!("{path}/vlan"))
                    .help(help),
            );
        }
    }
}

/// A declared port group on the wire of the host's public or private block, in a file that gives machines no address
/// there.
fn declared_on_the_public_side(picture: &Picture<'_>, plan: &AddressPlan, found: &mut Vec<Diagnostic>) {
    if plan.blocks().iter().any(|block| !block.spec().assign.is_empty()) {
        return;
    }
    for (at, group) in picture.groups.iter().enumerate() {
        let switch = &picture.switches[group.switch];
        let Some(path) = group.path.as_ref().filter(|_| switch.is_connected()) else { continue };
        if picture.adapters_on(at).next().is_some() || !group.vlan.is_none_or(VlanId::is_untagged) {
            continue;
        }
        let neighbours = picture.adapters.iter().filter(|adapter| {
            adapter.group.is_some_and(|other| {
                let other = &picture.groups[other];
                other.switch == group.switch && other.vlan.is_none_or(VlanId::is_untagged)
            })
        });
        let nets: Vec<_> = neighbours
            .flat_map(|adapter| adapter.nets.iter().map(move |net| (adapter, net)))
            .filter(|(_, net)| is_bridged(plan, net.addr()))
            .collect();
        let Some((adapter, net)) = nets.first() else { continue };
        let side = if is_public(net.addr()) { "public" } else { "private" };
        let message = format!(
            "port group \"{}\" is on the segment of \"{}\" ({net}): virtual machines on it are on the {side} network of {}",
            group.name,
            adapter.label,
            plan.profile().title
        );
        let help = "say which machines are meant to be there (`assign` of the block), or put them on a vSwitch with \
                    `uplinks: []`";
        found.push(Diagnostic::note(codes::ON_PUBLIC_SEGMENT, message).at(format!("{path}/name")).help(help));
    }
}

/// The private side is said to be gone, or its space is used otherwise, and the host still has it.
fn private_side(spec: &HostSpec, desired: &HostState, profile: &Profile, found: &mut Vec<Diagnostic>) {
    let (Some(private), Some(addresses)) = (&profile.private, &spec.addresses) else { return };
    if !addresses.without_private_side {
        return;
    }
    let adapter = desired.vmkernel.iter().find(|(_, vmk)| {
        let at_home = private.port_group.as_ref().is_some_and(|group| *group == vmk.port_group.as_str());
        at_home
            || vmk
                .addresses()
                .any(|net| private.subnet.contains(&net.addr()) && !management(spec, net.addr()))
    });
    let route = desired.routes.iter().find(|route| route.network == private.subnet);
    let what = match (adapter, route) {
        (Some((name, vmk)), Some(_)) => {
            format!("{name} in \"{}\" and the route to {}", vmk.port_group, private.subnet)
        }
        (Some((name, vmk)), None) => format!("{name} in \"{}\"", vmk.port_group),
        (None, Some(_)) => format!("the route to {}", private.subnet),
        (None, None) => return,
    };
    let message = format!(
        "the host still has {what}: addresses of own networks in {} would be answered to the provider's private network",
        private.subnet
    );
    let help = "have them removed first: --prune removes what the file does not name";
    let place = "/addresses/without_private_side";
    found.push(Diagnostic::warning(codes::PRIVATE_SIDE_STAYS, message).at(place).help(help));
}

/// An address that the file itself gives to an adapter: management on the private side, say.
fn management(spec: &HostSpec, address: IpAddr) -> bool {
    let stated = |vmk: &crate::spec::VmkSpec| match vmk.ipv4 {
        Some(Ipv4Spec::Static { address: net, .. }) => IpAddr::from(net.addr()) == address,
        _ => false,
    };
    spec.vmkernel().any(|(_, vmk)| stated(vmk))
}

/// An adapter on a provider's VLAN whose MTU nobody stated and that is too large for it.
fn mtu(
    spec: &HostSpec,
    desired: &HostState,
    picture: &Picture<'_>,
    profile: &Profile,
    found: &mut Vec<Diagnostic>,
) {
    let Some(most) = profile.l2.as_ref().and_then(|l2| l2.mtu) else { return };
    for (path, declared) in spec.vmkernel().filter(|(_, vmk)| vmk.mtu.is_none()) {
        let group = picture.groups.iter().find(|group| group.name == declared.port_group);
        let Some(group) = group.filter(|group| picture.switches[group.switch].is_connected()) else {
            continue;
        };
        let tagged = group.vlan.is_some_and(|vlan| (1..=4094).contains(&vlan.get()));
        let now = desired.vmk_on(&declared.port_group).map(|name| desired.vmkernel[name].mtu);
        let Some(now) = now.filter(|now| tagged && *now > most) else { continue };
        let message = format!(
            "packets of {} bytes, as the adapter has by default, on a VLAN; the networks of {} carry {}",
            now.get(),
            profile.title,
            most.get()
        );
        let help = format!("write `mtu: {}`", most.get());
        found.push(Diagnostic::warning(codes::PROVIDER_RULE, message).at(path).help(help));
    }
}
