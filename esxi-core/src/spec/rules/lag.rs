//! Link aggregation of the switch against the teaming of the host. Sources: VMware KB 1001938 (`iphash` and a static
//! channel need each other) and KB 389732 (no LACP without a distributed switch).

use super::picture::{Card, Picture, channel};
use crate::diag::{Diagnostic, codes};
use crate::spec::LagSide;
use crate::state::LoadBalancing;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn judge(picture: &Picture<'_>, found: &mut Vec<Diagnostic>) {
    for (at, switch) in picture.switches.iter().enumerate() {
        let Some(path) = &switch.path else { continue };
        let cards: Vec<_> = switch.uplinks.iter().flatten().collect();
        if lacp(&switch.name, path, &cards, found) {
            continue;
        }
        let place = switch.balancing_at.clone();
        let fixable = place.is_some();
        let place = place.unwrap_or_else(|| uplinks_place(path, &cards));
        if let Some(policy) = switch.balancing {
            found.extend(unfit(policy, &cards, fixable).map(|finding| finding.at(place)));
        }
        for group in picture.groups.iter().filter(|group| group.switch == at) {
            let Some(own) = group.balancing.filter(|own| Some(*own) != switch.balancing) else { continue };
            let Some(path) = &group.path else { continue };
            let cards = picture.cards_of(group);
            let finding = unfit(own, &cards, true);
            found.extend(finding.map(|finding| finding.at(format!("{path}/teaming/load_balancing"))));
        }
    }
}

fn uplinks_place(path: &str, cards: &[&Card<'_>]) -> String {
    match cards.iter().any(|card| card.path.is_some()) {
        true => format!("{path}/uplinks"),
        false => path.to_owned(),
    }
}

/// Several uplinks in one LACP channel. True when that is found.
fn lacp(name: &str, path: &str, cards: &[&Card<'_>], found: &mut Vec<Diagnostic>) -> bool {
    let mut first: BTreeMap<u16, &str> = BTreeMap::new();
    let mut any = false;
    for card in cards {
        let Some((LagSide::Lacp, group)) = card.port.and_then(channel) else { continue };
        let Some(other) = first.insert(group, &card.id) else { continue };
        let message = format!(
            "{other} and {} of {name} are in one LACP channel: a standard vSwitch does not speak LACP, and neither the \
             host nor its machines answer over it",
            card.id
        );
        let help = "leave one of them and put the other under a vSwitch of its own, or make the channel static and \
                    use `load_balancing: iphash`";
        let place = card.path.clone().unwrap_or_else(|| path.to_owned());
        found.push(Diagnostic::warning(codes::TEAMING_UNFIT, message).at(place).help(help));
        any = true;
    }
    any
}

/// A policy that does not go with the channels of its cards. Only what is known of every card counts.
fn unfit(policy: LoadBalancing, cards: &[&Card<'_>], fixable: bool) -> Option<Diagnostic> {
    let sides: Vec<_> = cards.iter().filter_map(|card| card.port.and_then(channel)).collect();
    if sides.len() < cards.len() || cards.len() < 2 {
        return None;
    }
    let groups: BTreeSet<_> = sides.iter().filter(|(lag, _)| *lag == LagSide::Static).collect();
    let fixed = sides.iter().filter(|(lag, _)| *lag == LagSide::Static).count();
    let (message, right) = match policy {
        LoadBalancing::IpHash if groups.len() == 1 && fixed == sides.len() => return None,
        LoadBalancing::IpHash => (
            "iphash, and the uplinks are not the ports of one static channel: the switch sees one address on several \
             ports, and traffic is cut"
                .to_owned(),
            "portid",
        ),
        _ if fixed > groups.len() => (
            format!(
                "{} over the ports of a static channel: the switch answers on any of them, and the vSwitch drops what \
                 comes in on another uplink than it sent from",
                policy.set_word()
            ),
            "iphash",
        ),
        _ => return None,
    };
    let finding = Diagnostic::warning(codes::TEAMING_UNFIT, message).help(format!(
        "use `load_balancing: {right}`, or change the ports: `esxi teaming` writes both sides"
    ));
    Some(if fixable { finding.fix(right) } else { finding })
}
