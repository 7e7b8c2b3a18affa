//! `vim-cmd hostsvc/advopt`: advanced options under their names with dots, kernel options below
//! `VMkernel.Boot.`.

use super::Said;
use super::print::{Fault, Node, print};
use crate::model::machine::Machine;
use crate::model::parse::read_bool;
use crate::model::system::kernel;
use crate::model::system::settings::{self, Setting, Shown};

const KERNEL: &str = "VMkernel.Boot.";

pub(super) fn run(machine: &mut Machine, command: &str, words: &[&str]) -> Said {
    let version = machine.state.version;
    match (command, words) {
        ("view", [name]) => match value(machine, name) {
            Some(node) => {
                let list = Node::List("vim.option.OptionValue", vec![option(name, node)]);
                Said::Text(print(&list, version))
            }
            None => unknown(name),
        },
        ("view" | "settings", []) => {
            let mut all: Vec<(String, Node)> = settings::all(machine)
                .iter()
                .map(|option| (option.path.trim_start_matches('/').replace('/', "."), shown(option)))
                .collect();
            for name in kernel::names(machine) {
                let name = format!("{KERNEL}{name}");
                if let Some(node) = value(machine, &name) {
                    all.push((name, node));
                }
            }
            all.sort_by(|a, b| a.0.cmp(&b.0));
            let list = all.into_iter().map(|(name, node)| option(&name, node)).collect();
            Said::Text(print(&Node::List("vim.option.OptionValue", list), version))
        }
        ("update", [name, kind, value]) => update(machine, name, kind, value),
        ("update", _) => Said::Refused("Insufficient arguments.".to_owned()),
        _ => Said::Lacking,
    }
}

fn option(name: &str, value: Node) -> Node {
    Node::Object("vim.option.OptionValue", vec![("key", name.into()), ("value", value)])
}

fn path(name: &str) -> String {
    format!("/{}", name.replace('.', "/"))
}

/// The agent's own options that are 0 or 1 in the tables are truth values here.
fn is_truth(option: &Shown<'_>) -> bool {
    option.range == (0, 1) && ["/Config/", "/Syslog/"].iter().any(|tree| option.path.starts_with(tree))
}

fn shown(option: &Shown<'_>) -> Node {
    match &option.value {
        Setting::Int(number) if is_truth(option) => Node::Truth(*number != 0),
        Setting::Int(number) => Node::Number(*number),
        Setting::Text(text) => Node::Text(text.clone()),
    }
}

fn value(machine: &Machine, name: &str) -> Option<Node> {
    if let Some(name) = name.strip_prefix(KERNEL) {
        let text = kernel::configured(machine, name)?;
        return Some(match text.as_str() {
            "TRUE" => Node::Truth(true),
            "FALSE" => Node::Truth(false),
            text => text.parse().map_or_else(|_| Node::Text(text.to_owned()), Node::Number),
        });
    }
    settings::find(machine, &path(name)).map(|option| shown(&option))
}

/// Believed.
fn unknown(name: &str) -> Said {
    Said::Fault(Fault::new("vim.fault.InvalidName", format!("A specified parameter was not correct: {name}")))
}

/// Types as scripts write them: `string`, `int`, `long`, `bool`.
fn update(machine: &mut Machine, name: &str, kind: &str, text: &str) -> Said {
    if let Some(name) = name.strip_prefix(KERNEL) {
        return Said::from(kernel::set(machine, name, text));
    }
    let path = path(name);
    let Some(option) = settings::find(machine, &path) else { return unknown(name) };
    let integer = matches!(option.default, Setting::Int(_));
    let value = match kind {
        "string" if !integer => Some(Setting::Text(text.to_owned())),
        "int" | "long" if integer => text.parse().ok().map(Setting::Int),
        "bool" if integer => read_bool(text).map(|truth| Setting::Int(i64::from(truth))),
        _ => None,
    };
    match value {
        Some(value) => Said::from(settings::set(machine, &path, Some(value))),
        None => Said::Fault(Fault::new(
            "vmodl.fault.InvalidArgument",
            format!("A specified parameter was not correct: {name}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::system::testing::{host, refused, text};

    #[test]
    fn options_are_seen_and_set() {
        let mut host = host("6.7");
        let view = "vim-cmd hostsvc/advopt/view";
        assert_eq!(
            text(&mut host, &format!("{view} DCUI.Access")),
            "(vim.option.OptionValue) [\n   (vim.option.OptionValue) {\n      key = \"DCUI.Access\",\n      \
             value = \"root\"\n   }\n]\n"
        );
        let update = "vim-cmd hostsvc/advopt/update";
        text(
            &mut host,
            &format!("{update} ScratchConfig.ConfiguredScratchLocation string /vmfs/volumes/datastore1/s"),
        );
        text(&mut host, &format!("{update} Config.HostAgent.plugins.solo.enableMob bool true"));
        assert!(
            text(&mut host, &format!("{view} Config.HostAgent.plugins.solo.enableMob"))
                .contains("value = true\n")
        );
        text(&mut host, &format!("{update} UserVars.SuppressShellWarning long 1"));
        assert_eq!(
            text(&mut host, "esxcfg-advcfg -g /UserVars/SuppressShellWarning"),
            "Value of SuppressShellWarning is 1\n"
        );
        text(&mut host, &format!("{update} VMkernel.Boot.hyperthreading bool false"));
        assert_eq!(host.system.kernel["hyperthreading"], "FALSE");
        assert!(
            text(&mut host, view).contains("key = \"VMkernel.Boot.hyperthreading\",\n      value = false\n")
        );
        refused(&mut host, &format!("{update} No.Such string x"));
        refused(&mut host, &format!("{update} UserVars.SuppressShellWarning string x"));
        refused(&mut host, &format!("{update} UserVars.SuppressShellWarning"));
        refused(&mut host, &format!("{view} No.Such"));
    }

    #[test]
    fn old_releases_write_a_line_more() {
        assert!(
            text(&mut host("5.5"), "vim-cmd hostsvc/advopt/view DCUI.Access")
                .contains("      dynamicType = <unset>,\n")
        );
    }
}
