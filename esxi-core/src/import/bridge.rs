//! Bridges. A vSwitch is one: a bridge over a single device is that device's vSwitch, a bridge without a device is a
//! vSwitch without uplinks, and what the bridge was configured with belongs to an adapter on it.

use super::linux::{Bridge, Device, DeviceKind, Linux};
use super::read::{Account, left_out};
use crate::diag::{Diagnostic, Severity, codes};

/// Puts each bridge's configuration on the one device below it. Bridges without members stay; of others what does not
/// go is reported.
pub(super) fn fold(linux: &mut Linux, account: &Account) {
    let bridges: Vec<usize> = (0..linux.devices.len())
        .filter(|at| matches!(linux.devices[*at].kind, DeviceKind::Bridge(_)))
        .collect();
    let mut taken = vec![false; linux.devices.len()];
    let mut folded = Vec::new();
    for at in bridges {
        let DeviceKind::Bridge(bridge) = &linux.devices[at].kind else { continue };
        let members: Vec<usize> =
            bridge.members.iter().filter_map(|(path, name)| linux.refer(path, name, account)).collect();
        if bridge.members.is_empty() {
            isolated(&linux.devices[at], bridge, account);
            continue;
        }
        folded.push(at);
        let [(path, _), ..] = bridge.members.as_slice() else { continue };
        let [member] = members.as_slice() else {
            if members.len() > 1 {
                account.report(several(linux, at, &members));
            }
            continue;
        };
        let member = *member;
        let (over, below) = (&linux.devices[at], &linux.devices[member]);
        if let Some(finding) = unfit(linux, over, below, path, taken[member]) {
            account.report(finding);
            continue;
        }
        taken[member] = true;
        spanning_tree(bridge, account);
        let message = format!(
            "the bridge {} becomes the vSwitch of {}: a vSwitch is a bridge, and its addresses go to adapters on it",
            over.name, below.name
        );
        let help = "frames that machines tagged themselves passed the bridge: give such machines a port group with VLAN 4095";
        account.report(Diagnostic::note(codes::IMPORT_CHANGED, message).at(&over.path).help(help));
        put(linux, at, member, account);
    }
    let mut at = 0;
    linux.devices.retain(|_| {
        at += 1;
        !folded.contains(&(at - 1))
    });
}

/// A bridge without ports.
fn isolated(device: &Device, bridge: &Bridge, account: &Account) {
    spanning_tree(bridge, account);
    let message = format!(
        "the bridge {} has no port: it becomes a vSwitch without uplinks, for this host alone",
        device.name
    );
    account.report(Diagnostic::note(codes::IMPORT_CHANGED, message).at(&device.path));
}

/// With one uplink there is no loop to break, so that nothing works differently without it.
fn spanning_tree(bridge: &Bridge, account: &Account) {
    if let Some(path) = &bridge.stp {
        account.report(left_out(
            path,
            "a vSwitch does not speak the spanning tree protocol; it needs none, for it forwards nothing from one uplink to another",
        ));
    }
}

fn several(linux: &Linux, at: usize, members: &[usize]) -> Diagnostic {
    let name = &linux.devices[at].name;
    let message = format!(
        "the bridge {name} connects {} devices with each other, and a vSwitch forwards nothing from one uplink to another",
        members.len()
    );
    let physical = members.iter().all(|at| matches!(linux.devices[*at].kind, DeviceKind::Physical));
    let help = if physical {
        "if they lead to one network, make a bond of them and put the bridge over it; else give each a bridge of its own"
    } else {
        "give each of them a bridge of its own; a virtual machine with an adapter in each can connect them"
    };
    Diagnostic::error(codes::IMPORT_IMPOSSIBLE, message).at(&linux.devices[at].path).help(help)
}

/// Why the member cannot stand for the bridge.
fn unfit(linux: &Linux, over: &Device, below: &Device, path: &str, taken: bool) -> Option<Diagnostic> {
    let impossible = |message: String, help: &str| {
        Some(Diagnostic::error(codes::IMPORT_IMPOSSIBLE, message).at(path).help(help))
    };
    let bonded = linux.devices.iter().any(|device| match &device.kind {
        DeviceKind::Bond(bond) => bond.members.iter().any(|(_, name)| below.is_called(name)),
        _ => false,
    });
    if bonded {
        let message = format!("{} is a member of a bond and of the bridge {}", below.name, over.name);
        return impossible(message, "put the bridge over the bond");
    }
    if taken {
        let message = format!("{} is under two bridges", below.name);
        return impossible(message, "leave it under one of them");
    }
    if matches!(below.kind, DeviceKind::Bridge(_)) {
        let message =
            format!("{} is a bridge itself, and vSwitches are not connected with each other", below.name);
        return impossible(message, "put both bridges' machines and addresses on one bridge");
    }
    if below.is_configured() {
        let message =
            format!("{} is under the bridge {} and has an address of its own", below.name, over.name);
        return impossible(message, "on Linux only the bridge's address works then: put it there");
    }
    None
}

/// Hands everything of the bridge down.
fn put(linux: &mut Linux, bridge: usize, member: usize, account: &Account) {
    let over = &mut linux.devices[bridge];
    let (ipv4, ipv6) = (std::mem::take(&mut over.ipv4), over.ipv6.take());
    let (mac, mtu) = (over.mac.take(), over.mtu.take());
    let mut names = std::mem::take(&mut over.aliases);
    let over_name = over.name.clone();
    names.push(over_name.clone());
    let title = over.title().to_owned();
    let below = &mut linux.devices[member];
    below.aliases.extend(names);
    below.title = Some(title);
    (below.ipv4, below.ipv6) = (ipv4, ipv6);
    below.mac = mac.or(below.mac.take());
    if let (Some((_, carried)), Some((path, other))) = (&mtu, &below.mtu)
        && carried != other
    {
        let why = format!("what passes the bridge {} has {carried} bytes at most", over_name);
        account.report(Diagnostic { severity: Severity::Note, ..left_out(path, &why) });
    }
    below.mtu = mtu.or(below.mtu.take());
}
