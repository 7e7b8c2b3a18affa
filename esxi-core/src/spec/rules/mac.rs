//! Hardware addresses: each on the wire once.

use super::picture::Picture;
use crate::diag::{Diagnostic, codes};
use crate::value::MacAddr;

pub(super) fn judge(picture: &Picture<'_>, found: &mut Vec<Diagnostic>) {
    let machines = machines(picture);
    for (at, adapter) in picture.adapters.iter().enumerate() {
        let Some(mac) = adapter.mac else { continue };
        let Some(path) = &adapter.path else { continue };
        let stated = picture.spec.vmkernel().any(|(other, vmk)| other == *path && vmk.mac.is_some());
        let place = if stated { format!("{path}/mac") } else { path.clone() };
        let earlier = picture.adapters[..at].iter().find(|other| other.mac == Some(mac));
        let machine = machines.iter().find(|(other, _)| *other == mac);
        let message = if let Some(earlier) = earlier {
            format!("{} and {} have one MAC address, {mac}", earlier.label, adapter.label)
        } else if let Some((_, machine)) = machine {
            format!("{} has {mac}, the MAC address of {machine}", adapter.label)
        } else if let Some(other) = foreign_card(picture, adapter.group, mac) {
            format!(
                "{} has {mac}, the MAC address of the card {other}, which is under another vSwitch: a switch that learns it \
                 there sends the adapter's frames the wrong way",
                adapter.label
            )
        } else {
            continue;
        };
        let help = "give each an address of its own; leave `mac` out, and ESXi takes one from 00:50:56";
        found.push(Diagnostic::warning(codes::MAC_TWICE, message).at(place).help(help));
    }
    bound(picture, found);
    for switch in &picture.switches {
        for card in switch.uplinks.iter().flatten() {
            let machine = machines.iter().find(|(mac, _)| Some(*mac) == card.mac);
            let (Some((mac, machine)), Some(path)) = (machine, &card.path) else { continue };
            let message = format!("{machine} has {mac}, the MAC address of this card");
            let help = "give the machine an address of its own: ESXi answers on the card's";
            found.push(Diagnostic::warning(codes::MAC_TWICE, message).at(path).help(help));
        }
    }
}

/// An adapter behind ports that are bound to other addresses than its own.
fn bound(picture: &Picture<'_>, found: &mut Vec<Diagnostic>) {
    for adapter in &picture.adapters {
        let (Some(path), Some(group)) = (&adapter.path, adapter.group) else { continue };
        let declared = picture.spec.vmkernel().find(|(other, _)| other == path);
        let stated = declared.is_some_and(|(_, vmk)| vmk.mac.is_some());
        let cards = picture.cards_of(&picture.groups[group]);
        let foreign = cards.iter().find_map(|card| {
            let bound = card.port?.macs.as_ref()?;
            let known = adapter.mac.or(adapter.chosen.then_some(MacAddr([0; 6])))?;
            (!bound.contains(&known)).then_some((card, bound))
        });
        let Some((card, bound)) = foreign else { continue };
        let list: Vec<String> = bound.iter().map(ToString::to_string).collect();
        let has = match adapter.mac {
            Some(mac) => format!("{} has {mac}", adapter.label),
            None => format!("{} gets an address of ESXi's choice", adapter.label),
        };
        let message = format!(
            "{has}, and the port behind {} takes frames from {} only: nothing that it sends arrives",
            card.id,
            if list.is_empty() { "nobody".to_owned() } else { list.join(", ") }
        );
        let help = "give it a MAC address that the provider has bound to the port, or have its own added";
        let place = if stated { format!("{path}/mac") } else { path.clone() };
        found.push(Diagnostic::warning(codes::MAC_NOT_BOUND, message).at(place).help(help));
    }
}

/// The card of that address, where it is an uplink of another vSwitch than the adapter's. On its own vSwitch it is what
/// the installer gives `vmk0`.
fn foreign_card<'p>(picture: &'p Picture<'_>, group: Option<usize>, mac: MacAddr) -> Option<&'p str> {
    let own = picture.groups[group?].switch;
    let others = picture.switches.iter().enumerate().filter(|(at, _)| *at != own);
    others
        .flat_map(|(_, switch)| switch.uplinks.iter().flatten())
        .find(|card| card.mac == Some(mac))
        .map(|card| card.id.as_str())
}

/// Virtual machines whose address the file states.
fn machines(picture: &Picture<'_>) -> Vec<(MacAddr, String)> {
    let Some(addresses) = &picture.spec.addresses else { return Vec::new() };
    let router = addresses.router_mac.map(|mac| (mac, "the router virtual machine".to_owned()));
    let assigned = addresses.blocks.iter().flat_map(|block| &block.assign);
    let assigned =
        assigned.filter_map(|machine| Some((machine.mac?, format!("the machine {:?}", machine.name))));
    router.into_iter().chain(assigned).collect()
}
