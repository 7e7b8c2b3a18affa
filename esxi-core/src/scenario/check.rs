//! Judges a scenario by itself.

use super::{HostAddress, Scenario, ScenarioHost};
use crate::diag::{Diagnostic, codes};
use crate::scenario::FaultKind;
use std::collections::BTreeMap;

/// What is wrong with a scenario although every value of it can be read. Paths are JSON pointers into it.
pub fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut say = |path: String, message: String, help: &str| {
        found.push(Diagnostic::error(codes::SIM_SCENARIO, message).at(path).help(help));
    };
    if scenario.hosts.is_empty() {
        say(
            "/hosts".into(),
            "a scenario without hosts".into(),
            "write at least one: `hosts: [{ name: esxi-1 }]`",
        );
    }
    for (at, rule) in scenario.faults.iter().flatten().enumerate() {
        if let Err(error) = rule.check() {
            say(format!("/faults/{at}"), error.to_string(), HOW);
        }
    }
    let mut names = BTreeMap::new();
    let mut addresses = BTreeMap::new();
    let mut cards = BTreeMap::new();
    for (at, host) in scenario.hosts.iter().enumerate() {
        let path = format!("/hosts/{at}");
        if !is_host_name(&host.name) {
            let message = format!("\"{}\" is not a host name", host.name);
            say(format!("{path}/name"), message, "write up to 64 letters, digits, hyphens and dots");
        }
        if let Some(other) = names.insert(&host.name, at) {
            let message = format!("two hosts are called {}: numbers {} and {}", host.name, other + 1, at + 1);
            say(format!("{path}/name"), message, "give each a name of its own");
        }
        if let Some(HostAddress::Static(net)) = host.address
            && let Some(other) = addresses.insert(net.addr(), &host.name)
        {
            let message = format!("{} is the address of {other}, too", net.addr());
            say(format!("{path}/address"), message, "give each host an address of its own");
        }
        if let (Some(HostAddress::Static(net)), Some(gateway)) = (host.address, host.gateway)
            && !net.contains(&gateway)
        {
            let message = format!("{gateway} is not on the link of {net}");
            say(format!("{path}/gateway"), message, "name a router of the host's own subnet");
        }
        for (index, mac) in host.nics.iter().flatten().enumerate() {
            if let Some(other) = cards.insert(*mac, &host.name) {
                let message = format!("{mac} is a card of {other}, too");
                say(format!("{path}/nics/{index}"), message, "give each card a MAC address of its own");
            }
        }
        if let Some(field) = beside_state(host) {
            let message = format!("`{field}` stands beside `state`, which says it already");
            say(format!("{path}/{field}"), message, "keep one of the two");
        }
        for (index, rule) in host.faults.iter().flatten().enumerate() {
            let path = format!("{path}/faults/{index}");
            if let Err(error) = rule.check() {
                say(path.clone(), error.to_string(), HOW);
            }
            let nic = match &rule.what {
                FaultKind::LinkDown(nic) | FaultKind::Busy(nic) => nic,
                _ => continue,
            };
            let count = host.nics.as_ref().map_or(2, Vec::len);
            let known = (0..count).any(|number| format!("vmnic{number}") == nic.as_str());
            if host.state.is_none() && !known {
                say(
                    format!("{path}/what"),
                    format!("{} has no card {nic}", host.name),
                    "cards count from vmnic0",
                );
            }
        }
    }
    found
}

const HOW: &str = "`for` goes with what lasts, `times` with what is over in a moment: cut, fail, power-loss";

fn beside_state(host: &ScenarioHost) -> Option<&'static str> {
    host.state.as_ref()?;
    let fields = [
        ("esxi", host.esxi.is_some()),
        ("nics", host.nics.is_some()),
        ("address", host.address.is_some()),
        ("gateway", host.gateway.is_some()),
    ];
    fields.into_iter().find_map(|(field, there)| there.then_some(field))
}

/// What the simulator takes as a host name.
fn is_host_name(name: &str) -> bool {
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    !name.is_empty() && name.len() <= 64 && name.chars().all(label)
}
