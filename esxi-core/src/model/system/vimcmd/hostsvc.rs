//! `vim-cmd hostsvc`: services, maintenance, autostart, and what changes the host by other commands' means.

use super::print::{Fault, Node, print};
use super::{Said, advopt, datastore, describe};
use crate::model::family::{Answer, Console, FAMILIES, Then};
use crate::model::machine::{Machine, Output};
use crate::model::parse::parse;
use crate::model::system::{Service, power, services};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which guests start with the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Autostart {
    /// Any at all.
    pub enabled: bool,
    /// Seconds until the next one starts.
    pub start_delay: u32,
    /// Seconds until the next one stops.
    pub stop_delay: u32,
    /// What becomes of them when the host goes down.
    pub stop_action: String,
    /// Whether the tools of one are waited for.
    pub wait_for_heartbeat: bool,
    /// Place in the order, by id.
    pub order: BTreeMap<u32, i32>,
}

impl Default for Autostart {
    /// Believed.
    fn default() -> Self {
        Autostart {
            enabled: false,
            start_delay: 120,
            stop_delay: 120,
            stop_action: "PowerOff".to_owned(),
            wait_for_heartbeat: false,
            order: BTreeMap::new(),
        }
    }
}

const SILENT: Said = Said::Text(String::new());

pub(super) fn run(console: &mut Console<'_>, command: &str, words: &[&str]) -> Said {
    let machine = &mut *console.machine;
    if let Some(said) = service(machine, command) {
        return said;
    }
    match (command, words) {
        ("maintenance_mode_enter", _) => maintain(machine, true),
        ("maintenance_mode_exit", _) => maintain(machine, false),
        // A simulated host is always fresh.
        ("refresh_services" | "net/refresh" | "storage/refresh" | "datastore/refresh", _)
        | ("firewall_refresh" | "refresh_firewall" | "updateproduct_refresh", _) => SILENT,
        ("firmware/sync_config", _) => Said::Output(Output { then: Some(Then::Save), ..Output::default() }),
        ("firmware/backup_config", _) => {
            // Believed.
            let text = format!(
                "Bundle can be downloaded at : http://*/downloads/{}/configBundle-{}.tgz\n",
                machine.uuid,
                machine.fqdn()
            );
            Said::Output(Output { then: Some(Then::Save), ..Output::ok(text) })
        }
        ("vmotion/vnic_set", [vmk]) => tag(console, "add", vmk),
        ("vmotion/vnic_unset", [vmk]) => tag(console, "remove", vmk),
        ("firewall_enable_ruleset", [name]) => rule_set(console, name, "true"),
        ("firewall_disable_ruleset", [name]) => rule_set(console, name, "false"),
        _ => {
            if let Some(command) = command.strip_prefix("advopt/") {
                return advopt::run(machine, command, words);
            }
            if let Some(command) = command.strip_prefix("datastore/") {
                return datastore::run(machine, command, words);
            }
            if let Some(command) = command.strip_prefix("autostartmanager/") {
                return autostart(machine, command, words);
            }
            describe::run(console, command)
        }
    }
}

/// Services by the names that the tool has for them (verified: silent).
fn service(machine: &mut Machine, command: &str) -> Option<Said> {
    let (verb, name) = command.split_once('_')?;
    let script = match name {
        "ssh" => "SSH",
        "esx_shell" => "ESXShell",
        _ => return None,
    };
    let change: fn(&mut Service) = match verb {
        "enable" => |service| service.on = true,
        "disable" => |service| service.on = false,
        "start" => |service| service.running = true,
        "stop" => |service| service.running = false,
        _ => return None,
    };
    let one = services::find(machine.state.version, script)?;
    services::alter(machine, one, change);
    Some(SILENT)
}

/// The task's name (verified on 4.1); its number is made up. Guests that run are waited for in vain (the sentence
/// is verified).
fn maintain(machine: &mut Machine, enter: bool) -> Said {
    if machine.system.maintenance == enter {
        let message = "The operation is not allowed in the current state.";
        return Said::Fault(Fault::new("vim.fault.InvalidState", message));
    }
    let verb = if enter { "enter" } else { "exit" };
    let task = format!("'vim.Task:haTask-ha-host-vim.HostSystem.{verb}MaintenanceMode-20'");
    match power::maintain(machine, enter) {
        Ok(()) => Said::Text(format!("{task}\n")),
        Err(sentence) => Said::Refused(format!("{task}\n{sentence}")),
    }
}

/// Executes what an esxcli command does.
fn esxcli(console: &mut Console<'_>, words: &[&str], version: EsxiVersion) -> Said {
    let argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let call = match parse(&argv, version) {
        Ok(call) => call,
        Err(_) => return Said::Lacking,
    };
    match FAMILIES.iter().find_map(|family| (family.run)(console, &call)) {
        Some(Ok(Answer::Done)) => SILENT,
        Some(Err(sentence)) => Said::from(Err(sentence)),
        _ => Said::Lacking,
    }
}

/// The tags of adapters have been commands of esxcli since 5.1; the agent knew vMotion before.
fn tag(console: &mut Console<'_>, verb: &str, vmk: &str) -> Said {
    let version = console.machine.state.version.max(EsxiVersion::new(5, 1));
    if !console.machine.state.vmkernel.keys().any(|name| name.as_str() == vmk) {
        return Said::Fault(Fault::new(
            "vim.fault.NotFound",
            "The object or item referred to could not be found.",
        ));
    }
    esxcli(console, &["network", "ip", "interface", "tag", verb, "-i", vmk, "-t", "VMotion"], version)
}

fn rule_set(console: &mut Console<'_>, name: &str, on: &str) -> Said {
    let version = console.machine.state.version;
    esxcli(console, &["network", "firewall", "ruleset", "set", "-r", name, "-e", on], version)
}

/// `Enabled AutoStart` and `Disabled AutoStart` verified (a reader of it); the other sentences are believed.
fn autostart(machine: &mut Machine, command: &str, words: &[&str]) -> Said {
    let version = machine.state.version;
    let Machine { system, guests, .. } = machine;
    let auto = &mut system.autostart;
    match (command, words) {
        ("enable_autostart", [word]) => {
            let Some(on) = crate::model::parse::read_bool(word) else {
                return Said::Refused(format!("Invalid argument {word}"));
            };
            auto.enabled = on;
            Said::Text(format!("{} AutoStart\n", if on { "Enabled" } else { "Disabled" }))
        }
        ("get_defaults", []) => Said::Text(print(&defaults(auto), version)),
        ("get_autostartseq", []) => {
            let entry = |(id, order): (&u32, &i32)| {
                Node::Object(
                    "vim.host.AutoStartManager.AutoPowerInfo",
                    vec![
                        ("key", Node::Text(format!("vim.VirtualMachine:{id}"))),
                        ("startOrder", Node::Number(i64::from(*order))),
                        ("startDelay", Node::Number(-1)),
                        ("waitForHeartbeat", "systemDefault".into()),
                        ("startAction", "PowerOn".into()),
                        ("stopDelay", Node::Number(-1)),
                        ("stopAction", "systemDefault".into()),
                    ],
                )
            };
            let entries = auto.order.iter().map(entry).collect();
            Said::Text(print(&Node::List("vim.host.AutoStartManager.AutoPowerInfo", entries), version))
        }
        ("update_defaults", [start, stop, action, heartbeat]) => {
            let (Ok(start), Ok(stop), Some(heartbeat)) =
                (start.parse(), stop.parse(), crate::model::parse::read_bool(heartbeat))
            else {
                return Said::Refused("Invalid arguments.".to_owned());
            };
            (auto.start_delay, auto.stop_delay) = (start, stop);
            auto.stop_action = (*action).to_owned();
            auto.wait_for_heartbeat = heartbeat;
            Said::Text("Updated AutoStart defaults.\n".to_owned())
        }
        ("update_autostartentry", [id, action, _, order, ..]) => {
            let (Ok(id), Ok(order)) = (id.parse::<u32>(), order.parse::<i32>()) else {
                return Said::Refused("Invalid arguments.".to_owned());
            };
            if guests.get(id).is_err() {
                return super::vmsvc::unknown(&id.to_string());
            }
            if action.eq_ignore_ascii_case("none") {
                auto.order.remove(&id);
            } else {
                auto.order.insert(id, order);
            }
            Said::Text("Updated AutoStart order.\n".to_owned())
        }
        _ => Said::Lacking,
    }
}

fn defaults(auto: &Autostart) -> Node {
    Node::Object(
        "vim.host.AutoStartManager.SystemDefaults",
        vec![
            ("enabled", auto.enabled.into()),
            ("startDelay", Node::Number(i64::from(auto.start_delay))),
            ("stopDelay", Node::Number(i64::from(auto.stop_delay))),
            ("waitForHeartbeat", auto.wait_for_heartbeat.into()),
            ("stopAction", auto.stop_action.as_str().into()),
        ],
    )
}

#[cfg(test)]
mod tests {
    use crate::model::system::testing::{exec, host, refused, same, text};
    use crate::model::{PowerChange, Then, Vmx};

    #[test]
    fn ssh_and_shell() {
        let mut host = host("7.0");
        let fresh = host.clone();
        for line in ["enable_ssh", "start_ssh", "enable_esx_shell", "start_esx_shell", "refresh_services"] {
            assert_eq!(text(&mut host, &format!("vim-cmd hostsvc/{line}")), "");
        }
        assert!(host.system.ssh_running() && host.system.services["ESXShell"].on);
        assert_eq!(text(&mut host, "chkconfig --list SSH"), "SSH                     on\n");
        for line in ["stop_ssh", "disable_ssh", "stop_esx_shell", "disable_esx_shell"] {
            text(&mut host, &format!("vim-cmd hostsvc/{line}"));
        }
        assert_eq!(host, fresh);
    }

    #[test]
    fn maintenance() {
        let mut host = host("6.7");
        same(
            "vim-cmd-hostsvc.maintenance_mode_enter--4.1.0--1.txt",
            &text(&mut host, "vim-cmd hostsvc/maintenance_mode_enter"),
        );
        assert!(
            refused(&mut host, "vim-cmd hostsvc/maintenance_mode_enter")
                .starts_with("(vim.fault.InvalidState) {\n")
        );
        assert_eq!(text(&mut host, "esxcli system maintenanceMode get"), "Enabled\n");
        text(&mut host, "vim-cmd hostsvc/maintenance_mode_exit");
        let id = host.guests.register("/vmfs/volumes/u/a/a.vmx", Vmx::default()).unwrap();
        host.guests.power(id, PowerChange::On).unwrap();
        assert!(
            refused(&mut host, "vim-cmd hostsvc/maintenance_mode_enter")
                .ends_with("\nOperation timed out.\n")
        );
    }

    #[test]
    fn vmotion_and_rule_sets() {
        for version in ["5.0", "8.0"] {
            let mut host = host(version);
            text(&mut host, "vim-cmd hostsvc/vmotion/vnic_set vmk0");
            let tags = format!("{:?}", host.state.vmkernel["vmk0"].tags);
            assert!(tags.contains("otion"), "{version} {tags}");
            assert!(
                refused(&mut host, "vim-cmd hostsvc/vmotion/vnic_set vmk7").contains("vim.fault.NotFound")
            );
        }
        let mut host = host("6.7");
        text(&mut host, "vim-cmd hostsvc/firewall_enable_ruleset httpClient");
        assert!(text(&mut host, "esxcli network firewall ruleset list -r httpClient").contains("true"));
        text(&mut host, "vim-cmd hostsvc/firewall_disable_ruleset httpClient");
        refused(&mut host, "vim-cmd hostsvc/firewall_enable_ruleset nothing");
    }

    #[test]
    fn the_configuration_is_saved() {
        let output = exec(&mut host("7.0"), "vim-cmd hostsvc/firmware/sync_config");
        assert_eq!(output.then, Some(Then::Save));
    }

    #[test]
    fn autostart_is_kept() {
        let mut host = host("6.5");
        let id = host.guests.register("/vmfs/volumes/u/a/a.vmx", Vmx::default()).unwrap();
        let auto = "vim-cmd hostsvc/autostartmanager";
        assert_eq!(text(&mut host, &format!("{auto}/enable_autostart true")), "Enabled AutoStart\n");
        text(
            &mut host,
            &format!(
                "{auto}/update_autostartentry {id} PowerOn 10 1 guestShutdown systemDefault systemDefault"
            ),
        );
        assert!(text(&mut host, &format!("{auto}/get_autostartseq")).contains("      startOrder = 1,\n"));
        text(&mut host, &format!("{auto}/update_defaults 5 6 GuestShutdown true"));
        let shown = text(&mut host, &format!("{auto}/get_defaults"));
        assert!(shown.contains("   enabled = true,\n   startDelay = 5,\n"), "{shown}");
        assert_eq!(text(&mut host, &format!("{auto}/enable_autostart 0")), "Disabled AutoStart\n");
        refused(&mut host, &format!("{auto}/update_autostartentry 99 PowerOn 10 1"));
    }
}
