//! `storage core claimrule` and `claiming`: which plug-in takes which path.

use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::wording;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};

/// A rule that someone added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClaimRule {
    /// `MP`, `Filter` or `VAAI`.
    pub class: String,
    /// Its number: rules are tried in this order.
    pub number: u32,
    /// Whether it was loaded into the kernel: an added rule counts only then.
    pub loaded: bool,
    /// What it goes by: `vendor`, `location`, `transport` …
    pub kind: String,
    /// The plug-in that takes the path.
    pub plugin: String,
    /// What a path must be like, as the list writes it.
    pub matches: String,
}

/// Rules that come with the host: number, type, plug-in, matches. Those of 5.0 to 6.x stand in VMware's manuals;
/// later releases have more of them.
const SHIPPED: &[(u32, &str, &str, &str)] = &[
    (0, "transport", "NMP", "transport=usb"),
    (1, "transport", "NMP", "transport=sata"),
    (2, "transport", "NMP", "transport=ide"),
    (3, "transport", "NMP", "transport=block"),
    (4, "transport", "NMP", "transport=unknown"),
    (101, "vendor", "MASK_PATH", "vendor=DELL model=Universal Xport"),
    (65535, "vendor", "NMP", "vendor=* model=*"),
];

pub(super) fn list(machine: &Machine, call: &Invocation) -> Vec<Structure> {
    let class = call.get("claimrule-class").unwrap_or("MP");
    let hpp = machine.state.version >= EsxiVersion::new(7, 0);
    let row = |class: &str, number: u32, state: &str, kind: &str, plugin: &str, matches: &str| {
        Structure::new("PSAClaimRule")
            .with("Rule Class", class)
            .with("Rule", Value::Int(i64::from(number)))
            .with("Class", state)
            .with("Type", kind)
            .with("Plugin", plugin)
            .with("Matches", matches)
    };
    let mut rows: Vec<(u32, Structure)> = Vec::new();
    if class == "MP" || class == "all" {
        for (number, kind, plugin, matches) in SHIPPED {
            rows.push((*number, row("MP", *number, "runtime", kind, plugin, matches)));
            // What is only built in has no line of the file.
            if *number > 100 {
                rows.push((*number, row("MP", *number, "file", kind, plugin, matches)));
            }
        }
        if hpp {
            let (kind, matches) = ("transport", "transport=pcie");
            rows.push((65_534, row("MP", 65_534, "runtime", kind, "HPP", matches)));
        }
    }
    let added = machine.storage.claim_rules.iter().filter(|rule| class == "all" || rule.class == class);
    for rule in added {
        if rule.loaded {
            let shown = row(&rule.class, rule.number, "runtime", &rule.kind, &rule.plugin, &rule.matches);
            rows.push((rule.number, shown));
        }
        rows.push((
            rule.number,
            row(&rule.class, rule.number, "file", &rule.kind, &rule.plugin, &rule.matches),
        ));
    }
    rows.sort_by_key(|(number, _)| *number);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Options whose values say which paths a rule takes, in the order of the list.
const MATCHES: [&str; 12] = [
    "vendor",
    "model",
    "driver",
    "transport",
    "adapter",
    "channel",
    "target",
    "lun",
    "device",
    "iqn",
    "wwnn",
    "wwpn",
];

pub(super) fn add(machine: &mut Machine, call: &Invocation) -> Reply {
    let class = call.get("claimrule-class").unwrap_or("MP").to_owned();
    let rules = &mut machine.storage.claim_rules;
    let taken = |rules: &[ClaimRule], number: u32| {
        rules.iter().any(|rule| rule.class == class && rule.number == number)
            || SHIPPED.iter().any(|(shipped, ..)| *shipped == number)
    };
    let number = match call.get("rule").map(str::parse) {
        Some(Ok(number)) => number,
        Some(Err(_)) => return Err("The rule number must be between 0 and 65534".to_owned()),
        None if call.bool("autoassign") == Some(true) || call.flag("autoassign") => {
            (5001..65_534).find(|number| !taken(rules, *number)).unwrap_or(65_534)
        }
        None => return Err(wording::one_of("-r|--rule, -u|--autoassign")),
    };
    let forced = call.flag("force");
    if number < 101 && !forced || number > 65_534 {
        return Err(format!("Rule number {number} is reserved; use 101 to 65534"));
    }
    if taken(rules, number) {
        return Err(format!("Rule {number} of class {class} exists already"));
    }
    let matches: Vec<String> = MATCHES
        .iter()
        .filter_map(|option| call.get(option).map(|value| format!("{option}={value}")))
        .collect();
    let kind = call.get("type").unwrap_or_default().to_owned();
    if matches.is_empty() && kind != "all" {
        return Err(format!("A rule of type {kind} needs what it shall match"));
    }
    let plugin = call.get("plugin").unwrap_or_default().to_owned();
    rules.push(ClaimRule { class, number, loaded: false, kind, plugin, matches: matches.join(" ") });
    Ok(Answer::Done)
}

pub(super) fn load(machine: &mut Machine) -> Reply {
    for rule in &mut machine.storage.claim_rules {
        rule.loaded = true;
    }
    Ok(Answer::Done)
}

fn rule_number(call: &Invocation, option: &str) -> Result<u32, String> {
    call.get(option).and_then(|value| value.parse().ok()).ok_or_else(|| wording::one_of("-r|--rule"))
}

pub(super) fn shift(machine: &mut Machine, call: &Invocation) -> Reply {
    let (from, to) = (rule_number(call, "rule")?, rule_number(call, "new-rule")?);
    let rules = &mut machine.storage.claim_rules;
    if rules.iter().any(|rule| rule.number == to) {
        return Err(format!("Rule {to} exists already"));
    }
    let rule = rules.iter_mut().find(|rule| rule.number == from);
    rule.ok_or_else(|| format!("There is no rule {from}"))?.number = to;
    Ok(Answer::Done)
}

pub(super) fn remove(machine: &mut Machine, call: &Invocation) -> Reply {
    let number = rule_number(call, "rule")?;
    let rules = &mut machine.storage.claim_rules;
    let before = rules.len();
    rules.retain(|rule| rule.number != number);
    if rules.len() == before { Err(format!("There is no rule {number}")) } else { Ok(Answer::Done) }
}

/// Claiming again finds what it found before: every disk of the model has one path and one plug-in.
pub(super) fn run(machine: &mut Machine, call: &Invocation) -> Reply {
    known_device(machine, call)
}

/// The same for `autoclaim`, `reclaim` and `unclaim`; a disk in use stays claimed.
pub(super) fn claiming(machine: &mut Machine, call: &Invocation) -> Reply {
    known_device(machine, call)?;
    let storage = &machine.storage;
    let named = call.get("device").and_then(|name| storage.disk(name));
    if let Some(disk) =
        named.filter(|_| call.row.path.ends_with("claim") && !call.row.path.ends_with("autoclaim"))
    {
        let mounted = storage.volumes.iter().filter(|volume| volume.mounted);
        if mounted.flat_map(|volume| &volume.extents).any(|extent| extent.device == disk.name) {
            return Err(wording::sysinfo("Unable to unclaim path", "Busy"));
        }
    }
    Ok(Answer::Done)
}

fn known_device(machine: &Machine, call: &Invocation) -> Reply {
    match call.get("device") {
        Some(name) if machine.storage.disk(name).is_none() => Err(wording::no_device(name)),
        _ => Ok(Answer::Done),
    }
}
