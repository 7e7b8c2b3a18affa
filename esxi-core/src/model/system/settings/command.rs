//! `esxcli system settings advanced`.

use super::{Added, Setting, Shown, all, find, not_found, set};
use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

pub(in crate::model::system) fn run(machine: &mut Machine, call: &Invocation) -> Option<Reply> {
    Some(match call.row.path.strip_prefix("system settings advanced ")? {
        "list" => list(machine, call).map(Answer::Value),
        "set" => change(machine, call).map(|()| Answer::Done),
        "add" => add(machine, call).map(|()| Answer::Done),
        "remove" => remove(machine, call).map(|()| Answer::Done),
        _ => return None,
    })
}

fn list(machine: &Machine, call: &Invocation) -> Result<Value, String> {
    let structure = |option: &Shown<'_>| structure(option, machine.state.version);
    if let Some(path) = call.get("option") {
        return find(machine, path)
            .map(|option| Value::List(vec![structure(&option)]))
            .ok_or_else(|| not_found(path));
    }
    let mut shown = all(machine);
    if let Some(tree) = call.get("tree") {
        let below = format!("{}/", tree.trim_end_matches('/'));
        shown.retain(|option| option.path.starts_with(&below));
        if shown.is_empty() {
            return Err(format!("Unable to find branch {tree}"));
        }
    }
    if call.flag("delta") {
        shown.retain(|option| option.value != option.default);
    }
    Ok(Value::List(shown.iter().map(structure).collect()))
}

/// Labels verified (captures and structures of 5.0 and 8.0.1), the last two from 8.0. No heading stands above the
/// structure of one option (verified); that none does in the whole list is believed.
fn structure(option: &Shown<'_>, version: EsxiVersion) -> Structure {
    let number = |value: &Setting| match value {
        Setting::Int(number) => *number,
        Setting::Text(_) => 0,
    };
    let text = |value: &Setting| match value {
        Setting::Int(_) => String::new(),
        Setting::Text(text) => text.clone(),
    };
    let integer = matches!(option.default, Setting::Int(_));
    let newer = version >= EsxiVersion::new(8, 0);
    Structure::new("SettingsAdvancedOption")
        .under("")
        .with("Path", option.path)
        .with("Type", if integer { "integer" } else { "string" })
        .with("Int Value", number(&option.value))
        .with("Default Int Value", number(&option.default))
        .with("Min Value", option.range.0)
        .with("Max Value", option.range.1)
        .with("String Value", text(&option.value))
        .with("Default String Value", text(&option.default))
        .with("Valid Characters", if integer { "" } else { "*" })
        .with("Description", option.description.as_ref())
        .with_if(newer, "Host Specific", option.host_specific)
        .with_if(newer, "Impact", option.impact)
}

/// Just one of an integer, a text and the default (believed).
fn change(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let path = call.get("option").unwrap_or_default();
    let number = call.get("int-value").and_then(|text| text.parse().ok()).map(Setting::Int);
    let text = call.get("string-value").map(|text| Setting::Text(text.to_owned()));
    match (number, text, call.flag("default")) {
        (Some(value), None, false) | (None, Some(value), false) => set(machine, path, Some(value)),
        (None, None, true) => set(machine, path, None),
        (None, None, false) => Err("Must specify one of --int-value, --string-value or --default".to_owned()),
        _ => Err("Only one of --int-value, --string-value and --default may be specified".to_owned()),
    }
}

/// Only below `/UserVars`, and only what is not there (believed).
fn add(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let name = call.get("option").unwrap_or_default();
    let path = if name.starts_with('/') { name.to_owned() } else { format!("/UserVars/{name}") };
    let bare = path.strip_prefix("/UserVars/").unwrap_or_default();
    if bare.is_empty() || bare.contains(|c: char| c == '/' || c.is_whitespace()) {
        return Err(format!("Unable to add option {name}: it must lie directly below /UserVars"));
    }
    if find(machine, &path).is_some() {
        return Err(format!("Unable to add option {name}: it already exists"));
    }
    let integer = |option: &str, or: i64| match call.get(option) {
        None => Ok(or),
        Some(text) => text.parse().map_err(|_| format!("Invalid integer {text} for --{option}")),
    };
    let (default, range) = if call.get("type") == Some("integer") {
        let range = (integer("min", 0)?, integer("max", i64::from(i32::MAX))?);
        let default = integer("int-default", range.0)?;
        if !(range.0..=range.1).contains(&default) {
            return Err(format!("Unable to add option {name}: its default is out of range"));
        }
        (Setting::Int(default), range)
    } else {
        (Setting::Text(call.get("string-default").unwrap_or_default().to_owned()), (0, 0))
    };
    let added = Added {
        default,
        range,
        description: call.get("description").unwrap_or_default().to_owned(),
        hidden: call.flag("hidden"),
        host_specific: call.flag("host-specific"),
        impact: call.get("impact").unwrap_or("none").to_owned(),
    };
    machine.system.settings.added.insert(path, added);
    Ok(())
}

fn remove(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let name = call.get("option").unwrap_or_default();
    let path = if name.starts_with('/') { name.to_owned() } else { format!("/UserVars/{name}") };
    let settings = &mut machine.system.settings;
    if settings.added.remove(&path).is_none() {
        return Err(not_found(name));
    }
    settings.changed.remove(&path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::system::testing::{host, refused, same_but, text};

    #[test]
    fn an_option_looks_like_the_sample() {
        let mut host = host("6.0");
        text(&mut host, "esxcli system settings advanced set -o /Net/TcpipDefLROEnabled -i 0");
        let shown = text(&mut host, "esxcli system settings advanced list -o /Net/TcpipDefLROEnabled");
        // What an option means is said in words of our own.
        same_but("esxcli-system-settings-advanced-list--unknown--1.txt", &shown, &["Description"]);
    }

    #[test]
    fn lists_are_cut() {
        let mut host = host("8.0");
        let list = "esxcli system settings advanced list";
        assert_eq!(text(&mut host, &format!("{list} -d")), "");
        text(&mut host, "esxcli system settings advanced set -o /UserVars/SuppressShellWarning -i 1");
        let delta = text(&mut host, &format!("{list} -d"));
        assert!(delta.contains("   Path: /UserVars/SuppressShellWarning\n"), "{delta}");
        assert!(delta.ends_with("   Host Specific: false\n   Impact: none\n"));
        assert_eq!(delta.matches("Path: ").count(), 1);
        assert!(!text(&mut host, &format!("{list} -t /Net")).contains("/UserVars/"));
        text(&mut host, "esxcli system settings advanced set -o /UserVars/SuppressShellWarning -d");
        assert_eq!(text(&mut host, &format!("{list} -d")), "");
    }

    #[test]
    fn what_is_refused() {
        let mut host = host("7.0");
        let set = "esxcli system settings advanced set -o";
        assert_eq!(refused(&mut host, &format!("{set} /UserVars/X -i 1")), "Unable to find option X\n");
        for rest in [
            "/UserVars/SuppressShellWarning",
            "/UserVars/SuppressShellWarning -i 2",
            "/UserVars/SuppressShellWarning -s 1",
            "/Power/CpuPolicy -i 1",
            "/UserVars/SuppressShellWarning -i 1 -d",
        ] {
            refused(&mut host, &format!("{set} {rest}"));
        }
        refused(&mut host, "esxcli system settings advanced list -o /UserVars/X");
        refused(&mut host, "esxcli system settings advanced list -t /Nothing");
    }

    #[test]
    fn options_may_be_added_from_8_0() {
        let mut host = host("8.0");
        let add = "esxcli system settings advanced add -d Mine -t integer -m 0 -M 9 -i 4 -o";
        text(&mut host, &format!("{add} mine"));
        assert!(refused(&mut host, &format!("{add} mine")).contains("already exists"));
        refused(&mut host, &format!("{add} /Net/mine"));
        text(&mut host, "esxcli system settings advanced set -o /UserVars/mine -i 9");
        refused(&mut host, "esxcli system settings advanced set -o /UserVars/mine -i 10");
        let shown = text(&mut host, "esxcli system settings advanced list -o /UserVars/mine");
        assert!(
            shown.contains("   Int Value: 9\n   Default Int Value: 4\n   Min Value: 0\n   Max Value: 9\n")
        );
        text(&mut host, "esxcli system settings advanced remove -o /UserVars/mine");
        refused(&mut host, "esxcli system settings advanced list -o /UserVars/mine");
        refused(&mut host, "esxcli system settings advanced remove -o /UserVars/SuppressShellWarning");
    }
}
