//! Executes the rows.

use super::state::{Changed, Firewall};
use super::table::{OWNED, Rule, RuleSet, rule_set, rule_sets};
use super::wording;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use ipnet::IpNet;
use std::net::IpAddr;

/// The value of a command that shows something; `None` for one that does not.
pub(super) fn show(
    firewall: &Firewall,
    version: EsxiVersion,
    path: &str,
    call: &Invocation,
) -> Option<Result<Value, String>> {
    Some(match path {
        "get" => Ok(Value::Struct(
            Structure::new("Firewall")
                .with("Default Action", if firewall.default_pass { "PASS" } else { "DROP" })
                .with("Enabled", firewall.enabled)
                .with("Loaded", firewall.loaded),
        )),
        "ruleset list" => chosen(version, call)
            .map(|sets| sets.iter().map(|set| row(firewall, version, set)).collect())
            .map(Value::List),
        "ruleset allowedip list" => chosen(version, call)
            .map(|sets| sets.iter().map(|set| addresses(firewall, set)).collect())
            .map(Value::List),
        "ruleset rule list" => chosen(version, call)
            .map(|sets| sets.iter().flat_map(|set| set.rules.iter().map(|one| rule(set, one))).collect())
            .map(Value::List),
        "ruleset client get" => named(version, call).map(|set| {
            let clients = firewall.changed.get(set.name).map_or(0, |change| change.clients);
            Value::Struct(Structure::new("FirewallRulesetClientGet").with("Ruleset Client Count", clients))
        }),
        _ => return None,
    })
}

/// The rule set that must be named.
fn named(version: EsxiVersion, call: &Invocation) -> Result<&'static RuleSet, String> {
    let name = call.get("ruleset-id").unwrap_or_default();
    rule_set(name, version).ok_or_else(|| wording::no_rule_set(name))
}

/// The rule set that may be named, or all.
fn chosen(version: EsxiVersion, call: &Invocation) -> Result<Vec<&'static RuleSet>, String> {
    if call.get("ruleset-id").is_some() {
        return named(version, call).map(|set| vec![set]);
    }
    Ok(rule_sets(version).collect())
}

/// Two columns up to 8.0 U1, four from 8.0 U2 (verified).
fn row(firewall: &Firewall, version: EsxiVersion, set: &RuleSet) -> Structure {
    let owned = version >= OWNED;
    Structure::new("Ruleset")
        .with("Name", set.name)
        .with("Enabled", firewall.is_open(set, version))
        .with_if(owned, "Enable/Disable configurable", set.switchable(version))
        .with_if(owned, "Allowed IP configurable", set.addressable(version))
}

fn addresses(firewall: &Firewall, set: &RuleSet) -> Structure {
    let listed = firewall.changed.get(set.name).filter(|change| change.listed_only);
    Structure::new("FirewallRulesetAllowedip")
        .with("Ruleset", set.name)
        .with("Allowed IP Addresses", listed.map_or_else(|| vec!["All".to_owned()], Changed::shown))
}

fn rule(set: &RuleSet, rule: &Rule) -> Structure {
    Structure::new("FirewallPortRule")
        .with("Ruleset", set.name)
        .with("Direction", if rule.inbound { "Inbound" } else { "Outbound" })
        .with("Protocol", if rule.tcp { "TCP" } else { "UDP" })
        .with("Port Type", if rule.destination { "Dst" } else { "Src" })
        .with("Port Begin", rule.ports.0)
        .with("Port End", rule.ports.1)
}

/// Executes a command that changes something.
pub(super) fn change(
    firewall: &mut Firewall,
    version: EsxiVersion,
    path: &str,
    call: &Invocation,
) -> Result<(), String> {
    match path {
        "set" => {
            firewall.default_pass = call.bool("default-action").unwrap_or(firewall.default_pass);
            firewall.enabled = call.bool("enabled").unwrap_or(firewall.enabled);
        }
        "load" => firewall.loaded = true,
        "unload" => firewall.loaded = false,
        // There are no files to read again in the model: refreshing only asks whether there is a firewall.
        "refresh" if !firewall.loaded => return Err(wording::NOT_LOADED.to_owned()),
        "ruleset set" => set(firewall, version, named(version, call)?, call)?,
        "ruleset allowedip add" => add(firewall, version, named(version, call)?, call)?,
        "ruleset allowedip remove" => remove(firewall, version, named(version, call)?, call)?,
        // Believed: services open their rule set with the first client and close it with the last.
        "ruleset client add" => firewall.alter(named(version, call)?, version, |change| {
            change.clients = change.clients.saturating_add(1);
            change.enabled = Some(true);
        }),
        "ruleset client remove" => firewall.alter(named(version, call)?, version, |change| {
            if change.clients == 1 {
                change.enabled = Some(false);
            }
            change.clients = change.clients.saturating_sub(1);
        }),
        _ => {}
    }
    Ok(())
}

/// Both options are checked before either takes effect. A list outlives `--allowed-all true` and holds again
/// afterwards (believed).
fn set(
    firewall: &mut Firewall,
    version: EsxiVersion,
    set: &'static RuleSet,
    call: &Invocation,
) -> Result<(), String> {
    let (enabled, all) = (call.bool("enabled"), call.bool("allowed-all"));
    if enabled == Some(false) && set.required(version) {
        return Err(wording::REQUIRED.to_owned());
    }
    if enabled.is_some_and(|on| on != firewall.is_open(set, version)) && !set.switchable(version) {
        return Err(wording::SWITCH_OWNED.to_owned());
    }
    if all.is_some() && !set.addressable(version) {
        return Err(wording::ADDRESSES_OWNED.to_owned());
    }
    firewall.alter(set, version, |change| {
        change.enabled = enabled.or(change.enabled);
        change.listed_only = all.map_or(change.listed_only, |all| !all);
    });
    Ok(())
}

/// An address or a network.
enum Allowed {
    One(IpAddr),
    Net(IpNet),
}

/// Reads it, once the list may be changed at all.
fn allowed(
    firewall: &Firewall,
    version: EsxiVersion,
    set: &RuleSet,
    call: &Invocation,
) -> Result<Allowed, String> {
    if !set.addressable(version) {
        return Err(wording::ADDRESSES_OWNED.to_owned());
    }
    let text = call.get("ip-address").unwrap_or_default();
    let value = match text.parse() {
        Ok(address) => Allowed::One(address),
        Err(_) => Allowed::Net(text.parse().map_err(|_| wording::bad_address(text))?),
    };
    if !firewall.changed.get(set.name).is_some_and(|change| change.listed_only) {
        return Err(wording::ALLOWED_ALL.to_owned());
    }
    Ok(value)
}

fn add(
    firewall: &mut Firewall,
    version: EsxiVersion,
    set: &'static RuleSet,
    call: &Invocation,
) -> Result<(), String> {
    let value = allowed(firewall, version, set, call)?;
    let known = firewall.changed.get(set.name).is_some_and(|change| match &value {
        Allowed::One(address) => change.addresses.contains(address),
        Allowed::Net(net) => change.networks.contains(net),
    });
    if known {
        return Err(wording::address_exists(call.get("ip-address").unwrap_or_default()));
    }
    firewall.alter(set, version, |change| match value {
        Allowed::One(address) => change.addresses.push(address),
        Allowed::Net(net) => change.networks.push(net),
    });
    Ok(())
}

fn remove(
    firewall: &mut Firewall,
    version: EsxiVersion,
    set: &'static RuleSet,
    call: &Invocation,
) -> Result<(), String> {
    let value = allowed(firewall, version, set, call)?;
    let mut found = false;
    firewall.alter(set, version, |change| match value {
        Allowed::One(address) => found = take(&mut change.addresses, &address),
        Allowed::Net(net) => found = take(&mut change.networks, &net),
    });
    if found { Ok(()) } else { Err(wording::no_address(call.get("ip-address").unwrap_or_default())) }
}

fn take<T: PartialEq>(list: &mut Vec<T>, value: &T) -> bool {
    let before = list.len();
    list.retain(|one| one != value);
    list.len() < before
}
