//! `vim-cmd vimsvc/auth`: permissions, roles, lockdown mode.

use super::Said;
use super::print::{Fault, Node, print};
use crate::model::machine::Machine;
use crate::model::system::{Lockdown, Role};
use serde::{Deserialize, Serialize};

/// A role of one's own and who has it. It gives no shell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CustomRole {
    /// What it allows.
    pub privileges: Vec<String>,
    /// Accounts that have it.
    pub holders: std::collections::BTreeSet<String>,
}

/// Numbers of the agent's own roles (believed).
const ROLES: [(Role, i64); 3] = [(Role::NoAccess, -5), (Role::ReadOnly, -2), (Role::Admin, -1)];

pub(super) fn run(machine: &mut Machine, command: &str, words: &[&str]) -> Said {
    let version = machine.state.version;
    match (command, words) {
        ("permissions" | "entity_permissions", _) => Said::Text(print(&permissions(machine), version)),
        ("roles" | "role_list", _) => Said::Text(print(&roles(machine), version)),
        ("entity_permission_add", [_, user, group, role, ..]) => grant(machine, user, group, role),
        ("entity_permission_remove", [_, user, ..]) => take(machine, user),
        ("role_add", [name, privileges @ ..]) => {
            if role_exists(machine, name) {
                let message = format!("The name '{name}' already exists.");
                return Said::Fault(Fault::new("vim.fault.AlreadyExists", message));
            }
            let privileges = privileges.iter().map(|one| (*one).to_owned()).collect();
            let role = CustomRole { privileges, ..CustomRole::default() };
            machine.system.custom_roles.insert((*name).to_owned(), role);
            Said::Text(String::new())
        }
        ("role_remove", [name, ..]) => match machine.system.custom_roles.remove(*name) {
            Some(_) => Said::Text(String::new()),
            None => not_found(),
        },
        ("lockdown_is_enabled", _) => {
            Said::Text(format!("{}\n", machine.system.lockdown != Lockdown::Disabled))
        }
        ("lockdown_mode_enter", _) => {
            machine.system.lockdown = Lockdown::Normal;
            Said::Text(String::new())
        }
        ("lockdown_mode_exit", _) => {
            machine.system.lockdown = Lockdown::Disabled;
            Said::Text(String::new())
        }
        ("entity_permission_add" | "entity_permission_remove" | "role_add" | "role_remove", _) => {
            Said::Refused("Insufficient arguments.".to_owned())
        }
        _ => Said::Lacking,
    }
}

fn not_found() -> Said {
    Said::Fault(Fault::new("vim.fault.NotFound", "The object or item referred to could not be found."))
}

fn role_exists(machine: &Machine, name: &str) -> bool {
    Role::read(name).is_some() || machine.system.custom_roles.contains_key(name)
}

/// Local accounts only: no directory is joined.
fn grant(machine: &mut Machine, user: &str, group: &str, role: &str) -> Said {
    if group == "true" || !machine.system.accounts.contains_key(user) {
        let message = format!("The user or group named '{user}' does not exist.");
        return Said::Fault(Fault::new("vim.fault.UserNotFound", message));
    }
    if !role_exists(machine, role) {
        return not_found();
    }
    for custom in machine.system.custom_roles.values_mut() {
        custom.holders.remove(user);
    }
    machine.system.roles.remove(user);
    if let Some(role) = Role::read(role) {
        machine.system.roles.insert(user.to_owned(), role);
    } else if let Some(custom) = machine.system.custom_roles.get_mut(role) {
        custom.holders.insert(user.to_owned());
    }
    Said::Text(String::new())
}

fn take(machine: &mut Machine, user: &str) -> Said {
    let system = &mut machine.system;
    let mut had = system.roles.remove(user).is_some();
    for custom in system.custom_roles.values_mut() {
        had |= custom.holders.remove(user);
    }
    if had { Said::Text(String::new()) } else { not_found() }
}

fn number(machine: &Machine, name: &str) -> i64 {
    let own = ROLES.iter().find(|(role, _)| role.name() == name).map(|(_, id)| *id);
    let custom = || machine.system.custom_roles.keys().position(|known| known == name);
    own.unwrap_or_else(|| 10 + custom().and_then(|at| i64::try_from(at).ok()).unwrap_or(0))
}

fn permissions(machine: &Machine) -> Node {
    let own = machine.system.roles.iter().map(|(user, role)| (user.as_str(), role.name()));
    let custom = machine
        .system
        .custom_roles
        .iter()
        .flat_map(|(name, role)| role.holders.iter().map(move |user| (user.as_str(), name.as_str())));
    let permission = |(user, role): (&str, &str)| {
        Node::Object(
            "vim.AuthorizationManager.Permission",
            vec![
                ("entity", "vim.Folder:ha-folder-root".into()),
                ("principal", user.into()),
                ("group", false.into()),
                ("roleId", number(machine, role).into()),
                ("propagate", true.into()),
            ],
        )
    };
    Node::List("vim.AuthorizationManager.Permission", own.chain(custom).map(permission).collect())
}

fn roles(machine: &Machine) -> Node {
    let role = |name: &str, system: bool, privileges: &[String]| {
        let privileges = privileges.iter().map(|one| one.as_str().into()).collect();
        Node::Object(
            "vim.AuthorizationManager.Role",
            vec![
                ("roleId", number(machine, name).into()),
                ("system", system.into()),
                ("name", name.into()),
                ("privilege", Node::List("string", privileges)),
            ],
        )
    };
    let mut list: Vec<Node> = ROLES.iter().map(|(one, _)| role(one.name(), true, &[])).collect();
    list.extend(machine.system.custom_roles.iter().map(|(name, one)| role(name, false, &one.privileges)));
    Node::List("vim.AuthorizationManager.Role", list)
}

#[cfg(test)]
mod tests {
    use crate::model::Proof;
    use crate::model::system::testing::{host, refused, text};

    #[test]
    fn roles_of_ones_own() {
        let mut host = host("6.5");
        let auth = "vim-cmd vimsvc/auth";
        text(&mut host, "esxcli system account add -i zabbix");
        text(&mut host, &format!("{auth}/role_add CIM_ReadOnly Host.Cim.CimInteraction System.Anonymous"));
        text(
            &mut host,
            &format!("{auth}/entity_permission_add vim.Folder:ha-folder-root zabbix false CIM_ReadOnly true"),
        );
        assert!(!host.system.may_log_in("zabbix", Proof::Password));
        assert!(text(&mut host, &format!("{auth}/roles")).contains("name = \"CIM ReadOnly\",\n"));
        assert!(text(&mut host, &format!("{auth}/permissions")).contains("principal = \"zabbix\",\n"));
        text(
            &mut host,
            &format!("{auth}/entity_permission_add vim.Folder:ha-folder-root zabbix false Admin true"),
        );
        assert!(host.system.may_log_in("zabbix", Proof::Password));
        text(&mut host, &format!("{auth}/entity_permission_remove vim.Folder:ha-folder-root zabbix false"));
        refused(
            &mut host,
            &format!("{auth}/entity_permission_remove vim.Folder:ha-folder-root zabbix false"),
        );
        refused(
            &mut host,
            &format!("{auth}/entity_permission_add vim.Folder:ha-folder-root nobody false Admin true"),
        );
        refused(
            &mut host,
            &format!("{auth}/entity_permission_add vim.Folder:ha-folder-root root false Nothing true"),
        );
        refused(&mut host, &format!("{auth}/role_add Admin"));
    }

    #[test]
    fn lockdown() {
        let mut host = host("7.0");
        assert_eq!(text(&mut host, "vim-cmd vimsvc/auth/lockdown_is_enabled"), "false\n");
        text(&mut host, "vim-cmd vimsvc/auth/lockdown_mode_enter");
        assert_eq!(text(&mut host, "vim-cmd vimsvc/auth/lockdown_is_enabled"), "true\n");
        assert!(
            !host.system.may_log_in("root", Proof::Password) && host.system.may_log_in("root", Proof::Key)
        );
        text(&mut host, "vim-cmd vimsvc/auth/lockdown_mode_exit");
        assert!(host.system.may_log_in("root", Proof::Password));
    }
}
