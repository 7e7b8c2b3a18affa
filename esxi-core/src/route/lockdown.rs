//! "Lock down vmk0", as rule sets of the firewall.
//!
//! The firewall of ESXi knows no adapters: a rule set is open for sources, whichever adapter they dial. That an adapter
//! shall not be used therefore means: every rule set that lets somebody in is closed to sources that would not be
//! answered by an adapter that shall.

use super::client::{Client, distinct, representative, within};
use super::rule_sets::{Allowed, Ports, RuleSets};
use crate::command::shell_line;
use crate::diag::{Diagnostic, codes};
use crate::reach::reply_path;
use crate::state::HostState;
use crate::value::VmkName;
use ipnet::IpNet;
use serde::Serialize;
use std::net::IpAddr;

/// Rule sets whose inbound side is the answer of servers that the host asks: their sources are no clients (believed
/// from their names and ports).
const OF_SERVERS: [&str; 4] = ["dns", "dhcp", "DHCPv6", "ftpClient"];

/// What it means that an adapter shall not be used.
#[derive(Debug, Clone, Serialize)]
pub struct LockDown {
    /// The adapter.
    pub adapter: VmkName,
    /// Adapters that shall be used.
    pub answered_by: Vec<VmkName>,
    /// Sources that these answer: the only ones that are let in.
    pub sources: Vec<IpNet>,
    /// Rule sets to close.
    pub close: Vec<Closed>,
    /// What stays open, what would be lost.
    pub diagnostics: Vec<Diagnostic>,
}

/// A rule set to close to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// Its id.
    pub rule_set: String,
    /// Ports that it opens.
    pub ports: Vec<Ports>,
    /// The commands, each a list of words. Between the first and the last of them it admits nobody new.
    pub commands: Vec<Vec<String>>,
}

impl LockDown {
    /// The commands as lines for a shell, those of each rule set on one line, so that none stays closed half way.
    pub fn lines(&self) -> Vec<String> {
        let line = |closed: &Closed| {
            let commands: Vec<String> = closed.commands.iter().map(|words| shell_line(words)).collect();
            commands.join("; ")
        };
        self.close.iter().map(line).collect()
    }
}

/// Closes the rule sets to sources that only `adapter` would answer. `by` is the adapter that shall be used; without
/// one it is every other adapter with its TCP/IP stack. `client` is who asks, and shall not lock itself out.
pub fn lock_down(
    host: &HostState,
    rule_sets: &RuleSets,
    adapter: &VmkName,
    by: Option<&VmkName>,
    client: Option<IpAddr>,
) -> LockDown {
    let stack = host.vmkernel.get(adapter).map(|adapter| &adapter.netstack);
    let others =
        host.vmkernel.iter().filter(|(name, other)| *name != adapter && Some(&other.netstack) == stack);
    let answered_by: Vec<VmkName> = match by {
        Some(by) => vec![by.clone()],
        None => others.map(|(name, _)| name.clone()).collect(),
    };
    let mut all = LockDown {
        adapter: adapter.clone(),
        sources: Vec::new(),
        answered_by,
        close: Vec::new(),
        diagnostics: Vec::new(),
    };
    sources(host, &mut all);
    if all.sources.is_empty() {
        if !all.diagnostics.iter().any(Diagnostic::is_error) {
            let message = format!("no source is answered by an adapter other than {adapter}");
            all.diagnostics.push(
                Diagnostic::error(codes::NO_LOCK_DOWN, message)
                    .help("give another adapter an address, and routes to the clients it shall answer"),
            );
        }
        return all;
    }
    if let Some(client) = client.filter(|client| !all.sources.iter().any(|net| net.contains(client))) {
        let message = format!("the client that asks, {client}, would be locked out: {adapter} answers it");
        all.diagnostics.push(
            Diagnostic::warning(codes::LOCKS_OUT, message)
                .help("come from a source that is let in before running this, or add a route for it"),
        );
    }
    if rule_sets.filters_nothing() {
        let message =
            "the firewall filters nothing: it is off, not loaded, or passes what no rule set is about";
        all.diagnostics.push(
            Diagnostic::warning(codes::LEFT_OPEN, message)
                .help("esxcli network firewall set -e true; esxcli network firewall set -d false"),
        );
    }
    let inbound = rule_sets.list.iter().filter(|set| set.enabled && !set.inbound.is_empty());
    for set in inbound.filter(|set| !OF_SERVERS.contains(&set.name.as_str())) {
        if !set.addressable {
            let message = format!("rule set {} belongs to its service, which sets its sources", set.name);
            all.diagnostics.push(
                Diagnostic::note(codes::LEFT_OPEN, message).help("stop the service where it is not needed"),
            );
            continue;
        }
        let commands = close(&set.name, &set.allowed, &all.sources);
        if !commands.is_empty() {
            all.close.push(Closed { rule_set: set.name.clone(), ports: set.inbound.clone(), commands });
        }
    }
    all
}

/// The networks that the adapters to be used answer.
fn sources(host: &HostState, all: &mut LockDown) {
    let apart = distinct(host, &all.adapter);
    for net in &apart {
        // One that others fill has no address of its own.
        let Some(one) = representative(*net, &apart) else { continue };
        let by = all.answered_by.iter().find(|name| reply_path(host, name, one).is_ok());
        let Some(by) = by.cloned() else { continue };
        if net.prefix_len() == 0 {
            let message = format!("the default route answers by {by}: there is no list of its sources");
            all.diagnostics.push(Diagnostic::error(codes::NO_LOCK_DOWN, message).help(
                "let the default route go through the adapter to be locked, and add routes to the clients",
            ));
            all.sources.clear();
            return;
        }
        let covered = all.sources.iter().any(|outer| outer.contains(net));
        if !covered {
            all.sources.push(*net);
        }
    }
    let elsewhere = |net: &&IpNet| {
        let one = representative(**net, &apart);
        let answered =
            one.is_some_and(|one| all.answered_by.iter().any(|name| reply_path(host, name, one).is_ok()));
        !answered && all.sources.iter().any(|outer| within(net, outer))
    };
    let admitted: Vec<String> = apart.iter().filter(elsewhere).map(ToString::to_string).collect();
    if !admitted.is_empty() {
        let message =
            format!("{} lies in a source that is let in, and is let in with it", admitted.join(", "));
        all.diagnostics.push(
            Diagnostic::note(codes::LEFT_OPEN, message)
                .help("rule sets list whom they admit, not whom they do not"),
        );
    }
}

/// A list is refused while everybody is allowed (verified), so the rule set is closed first and opened for each
/// source right after.
fn close(name: &str, now: &Allowed, sources: &[IpNet]) -> Vec<Vec<String>> {
    let words = |text: String| text.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let set = "esxcli network firewall ruleset";
    let mut commands = Vec::new();
    let listed: &[IpNet] = match now {
        Allowed::All => {
            commands.push(words(format!("{set} set -r {name} -a false")));
            &[]
        }
        Allowed::Only(list) => list,
    };
    let missing = sources.iter().filter(|source| !listed.iter().any(|net| net.contains(*source)));
    commands
        .extend(missing.map(|net| words(format!("{set} allowedip add -r {name} -i {}", Client::from(*net)))));
    let extra = listed.iter().filter(|net| !sources.iter().any(|source| source.contains(*net)));
    commands.extend(
        extra.map(|net| words(format!("{set} allowedip remove -r {name} -i {}", Client::from(*net)))),
    );
    commands
}
