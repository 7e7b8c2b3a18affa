//! From moves to an order.

use super::PlanOptions;
use super::moves::moves;
use crate::command::{Command, alternatives, apply};
use crate::reach::{Answer, Fabric, Finding, Reach, management};
use crate::state::{HostState, Ipv4Config, Security};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One executed move.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) command: Command,
    pub(super) after: HostState,
    pub(super) reach: Reach,
}

/// How many states the search for an order without a dark moment may look at. A plan for one host needs some
/// tens; the bound only keeps a hopeless case from taking seconds.
const BUDGET: usize = 4_000;

/// The order of moves from `now` to `goal`: one in which management answers after every step if the search
/// finds it, else one that takes a dark step only where no other is possible. The second value is false when
/// the goal cannot be reached.
pub(super) fn order(
    now: &HostState,
    goal: &HostState,
    fabric: &Fabric,
    _options: &PlanOptions,
) -> (Vec<Move>, bool) {
    let mut search = Search { goal, fabric, path: Vec::new(), dead_ends: HashSet::new(), budget: BUDGET };
    if management(now, fabric).answer == Answer::Yes && search.lit(now, 0) {
        return (search.path, true);
    }
    search.path.clear();
    search.greedy(now)
}

struct Search<'a> {
    goal: &'a HostState,
    fabric: &'a Fabric,
    path: Vec<Move>,
    /// Sets of executed commands from which no lit way leads on. The order in which they were executed does
    /// not matter for what is left.
    dead_ends: HashSet<u64>,
    budget: usize,
}

impl Search<'_> {
    /// Depth-first over moves after which management answers.
    fn lit(&mut self, now: &HostState, executed: u64) -> bool {
        let choices = moves(now, self.goal);
        if choices.is_empty() {
            return settled(now, self.goal);
        }
        for command in choices {
            let key = executed ^ hash(&command);
            if self.budget == 0 || self.dead_ends.contains(&key) {
                continue;
            }
            self.budget -= 1;
            let Some(step) = try_move(now, command, self.fabric) else { continue };
            if step.reach.answer != Answer::Yes {
                continue;
            }
            let after = step.after.clone();
            self.path.push(step);
            if self.lit(&after, key) {
                return true;
            }
            self.path.pop();
            self.dead_ends.insert(key);
        }
        false
    }

    /// Always the first move that leaves management answering or, where there is none, the first that leaves it
    /// no worse than the others would.
    fn greedy(&mut self, now: &HostState) -> (Vec<Move>, bool) {
        let mut state = now.clone();
        let mut path: Vec<Move> = Vec::new();
        // Every move removes one difference; a host has far fewer than this.
        for _ in 0..10_000 {
            let choices = moves(&state, self.goal);
            if choices.is_empty() {
                break;
            }
            let mut best: Option<Move> = None;
            for command in choices {
                let Some(step) = try_move(&state, command, self.fabric) else { continue };
                let lit = step.reach.answer == Answer::Yes;
                if best.as_ref().is_none_or(|best| step.reach.answer > best.reach.answer) {
                    best = Some(step);
                }
                if lit {
                    break;
                }
            }
            let Some(step) = best else { break };
            state = step.after.clone();
            path.push(step);
        }
        let reached = settled(&state, self.goal);
        (path, reached)
    }
}

/// Nothing is left to do and nothing was left undone.
fn settled(now: &HostState, goal: &HostState) -> bool {
    remaining(now, goal).is_empty()
}

/// What differs although no move is left: names of objects, for the refusal.
pub(super) fn remaining(now: &HostState, goal: &HostState) -> Vec<String> {
    let mut left = Vec::new();
    let mut compare = |what: &str, name: &str, same: bool| {
        if !same {
            left.push(format!("{what} {name}"));
        }
    };
    for (name, wanted) in &goal.vswitches {
        compare("vSwitch", name, now.vswitches.get(name) == Some(wanted));
    }
    for (name, wanted) in &goal.port_groups {
        compare("port group", name, now.port_groups.get(name) == Some(wanted));
    }
    for (name, wanted) in &goal.vmkernel {
        let same = now.vmkernel.get(name).is_some_and(|adapter| same_adapter(adapter, wanted));
        compare("vmkernel adapter", name, same);
    }
    for route in goal.routes.symmetric_difference(&now.routes) {
        compare("route to", &route.network.to_string(), false);
    }
    for (what, extra) in [
        (
            "vSwitch",
            now.vswitches.keys().find(|name| !goal.vswitches.contains_key(*name)).map(|name| name.as_str()),
        ),
        (
            "port group",
            now.port_groups
                .keys()
                .find(|name| !goal.port_groups.contains_key(*name))
                .map(|name| name.as_str()),
        ),
        (
            "vmkernel adapter",
            now.vmkernel.keys().find(|name| !goal.vmkernel.contains_key(*name)).map(|name| name.as_str()),
        ),
    ] {
        if let Some(name) = extra {
            compare(what, name, false);
        }
    }
    compare("name resolution", "", now.dns == goal.dns);
    left
}

/// Equal but for a lease and a MAC address that ESXi chooses.
fn same_adapter(now: &crate::state::VmkAdapter, wanted: &crate::state::VmkAdapter) -> bool {
    let mut now = now.clone();
    if now.mac.is_none() || wanted.mac.is_none() {
        now.mac = wanted.mac;
    }
    if !super::moves::changes_address(&now, wanted) {
        now.ipv4 = wanted.ipv4.clone();
    }
    now == *wanted
}

fn try_move(now: &HostState, command: Command, fabric: &Fabric) -> Option<Move> {
    let mut after = now.clone();
    apply(&mut after, &command).ok()?;
    let reach = reach_after(now, &after, &command, fabric);
    Some(Move { command, after, reach })
}

/// The answer after a command, in the worst of the readings that ESXi's behaviour allows.
fn reach_after(before: &HostState, after: &HostState, command: &Command, fabric: &Fabric) -> Reach {
    let reach = management(after, fabric);
    if reach.answer == Answer::No {
        return reach;
    }
    for other in alternatives(after, command) {
        let worse = management(&other, fabric);
        if worse.answer < reach.answer {
            let mut worse = worse;
            worse.answer = Answer::Unknown;
            worse.facts.push(Finding::SeveralReadings);
            return worse;
        }
    }
    bounce(before, command, reach)
}

/// Changing the MTU of a vSwitch may reset its uplinks (documented for distributed switches, believed for
/// standard ones), so management is not known to answer at that moment if it uses that vSwitch.
fn bounce(before: &HostState, command: &Command, reach: Reach) -> Reach {
    let Command::VswitchSet { vswitch, mtu: Some(_), .. } = command else { return reach };
    let carries = before.management_vmks().into_iter().any(|vmk| {
        let group = before.port_groups.get(&before.vmkernel[vmk].port_group);
        group.is_some_and(|group| group.vswitch == *vswitch)
    });
    if !carries || reach.answer != Answer::Yes {
        return reach;
    }
    Reach { answer: Answer::Unknown, ..reach }.with(Finding::UplinksMayBounce { vswitch: vswitch.clone() })
}

fn hash(command: &Command) -> u64 {
    let mut hasher = DefaultHasher::new();
    command.hash(&mut hasher);
    hasher.finish()
}

/// The commands that lead from one state back to another, without regard to reach: for undo, where every moment
/// counts as dark already. `None` when no commands do.
pub(super) fn restore(from: &HostState, to: &HostState) -> Option<Vec<Command>> {
    let mut state = from.clone();
    let mut commands = Vec::new();
    for _ in 0..10_000 {
        let choices = moves(&state, to).into_iter().map(|command| with_former_lease(command, to));
        let next = choices.into_iter().find(|command| apply(&mut state, command).is_ok());
        let Some(command) = next else { break };
        let follow = explicit_defaults(&command, to);
        commands.push(command);
        if let Some(command) = follow {
            apply(&mut state, &command).ok()?;
            commands.push(command);
        }
    }
    settled(&state, to).then_some(commands)
}

/// An adapter that goes back to DHCP is expected to get its former lease again; the step says that it may not.
fn with_former_lease(command: Command, to: &HostState) -> Command {
    match command {
        Command::VmkIpv4 { vmk, ipv4: Ipv4Config::Dhcp { lease: None } } => {
            let former = to.vmkernel.get(&vmk).and_then(|adapter| adapter.ipv4.known()).cloned();
            Command::VmkIpv4 { vmk, ipv4: former.unwrap_or(Ipv4Config::Dhcp { lease: None }) }
        }
        other => other,
    }
}

/// The security defaults of a new vSwitch differ between releases; one that is made again gets its own back
/// explicitly.
fn explicit_defaults(command: &Command, to: &HostState) -> Option<Command> {
    let Command::VswitchAdd { vswitch, .. } = command else { return None };
    let Security { promiscuous, mac_changes, forged_transmits } =
        *to.vswitches.get(vswitch)?.security.known()?;
    let set = crate::command::SecuritySet {
        promiscuous: Some(promiscuous),
        mac_changes: Some(mac_changes),
        forged_transmits: Some(forged_transmits),
    };
    Some(Command::VswitchSecurity { vswitch: vswitch.clone(), set })
}
