//! `esxcli system account` and `permission`.

use super::accounts::{Account, Role};
use super::password::{Hashed, weakness};
use super::settings;
use crate::model::family::{Answer, Console, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

/// Accounts that cannot be removed, nor lose their role (believed).
const OWN: [&str; 3] = ["dcui", "root", "vpxuser"];

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let now = console.machine.now(console.around);
    let machine = &mut *console.machine;
    let done = |result: Result<(), String>| result.map(|()| Answer::Done);
    Some(match call.row.path {
        "system account list" => Ok(Answer::Value(list(machine))),
        "system account add" => done(add(machine, call, now)),
        "system account set" => done(set(machine, call, now)),
        "system account remove" => done(remove(machine, call)),
        "system permission list" => Ok(Answer::Value(permissions(machine))),
        "system permission set" => done(set_permission(machine, call)),
        "system permission unset" => done(unset_permission(machine, call)),
        _ => return None,
    })
}

/// Two columns up to 7.0 (verified); the third from 8.0 on is believed.
fn list(machine: &Machine) -> Value {
    let shell = machine.state.version >= EsxiVersion::new(8, 0);
    // root stands first, as in the file of accounts (believed).
    let mut accounts: Vec<_> = machine.system.accounts.iter().collect();
    accounts.sort_by_key(|(name, _)| *name != "root");
    let row = |(name, account): (&String, &Account)| {
        Structure::new("Account")
            .with("User ID", name.as_str())
            .with("Description", account.description.as_str())
            .with_if(shell, "Shell Access", account.shell)
    };
    Value::List(accounts.into_iter().map(row).collect())
}

/// The password of a call, checked; esxcli would ask for it at a terminal, which is not here.
fn password(machine: &Machine, call: &Invocation, user: &str, now: u64) -> Result<Option<Hashed>, String> {
    let (given, again) = (call.get("password"), call.get("password-confirmation"));
    let given = match (given, again) {
        (None, None) => return Ok(None),
        (Some(given), Some(again)) if given == again => given,
        // Believed.
        (Some(_), Some(_)) => return Err("The passwords do not match".to_owned()),
        _ => return Err("Both password and password confirmation must be specified".to_owned()),
    };
    let rule = settings::text(machine, "/Security/PasswordQualityControl").unwrap_or_default();
    if let Some(why) = weakness(given, &rule, user) {
        return Err(why);
    }
    Ok(Hashed::of(given, format!("{user} {now}").as_bytes()))
}

/// Verified.
fn exists(id: &str) -> String {
    format!("The specified key, name, or identifier '{id}' already exists.")
}

/// Believed.
fn unknown(id: &str) -> String {
    format!("The user or group named '{id}' does not exist.")
}

fn good_name(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || "._-$".contains(c))
}

/// A new account has no role and so no shell (verified: its login is cut off).
fn add(machine: &mut Machine, call: &Invocation, now: u64) -> Result<(), String> {
    let id = call.get("id").unwrap_or_default();
    if machine.system.accounts.contains_key(id) {
        return Err(exists(id));
    }
    if !good_name(id) {
        return Err(format!("A specified parameter was not correct: id '{id}'"));
    }
    let account = Account {
        description: call.get("description").unwrap_or_default().to_owned(),
        password: password(machine, call, id, now)?,
        shell: call.bool("shell-access").unwrap_or(true),
    };
    machine.system.accounts.insert(id.to_owned(), account);
    Ok(())
}

fn set(machine: &mut Machine, call: &Invocation, now: u64) -> Result<(), String> {
    let id = call.get("id").unwrap_or_default();
    if !machine.system.accounts.contains_key(id) {
        return Err(unknown(id));
    }
    let password = password(machine, call, id, now)?;
    // Whoever removes root's shell has no way back (believed to be refused).
    if id == "root" && call.bool("shell-access") == Some(false) {
        return Err("Shell access of root cannot be removed".to_owned());
    }
    if let Some(account) = machine.system.accounts.get_mut(id) {
        if let Some(description) = call.get("description") {
            account.description = description.to_owned();
        }
        if password.is_some() {
            account.password = password;
        }
        if let Some(shell) = call.bool("shell-access") {
            account.shell = shell;
        }
    }
    Ok(())
}

fn remove(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let id = call.get("id").unwrap_or_default();
    if OWN.contains(&id) {
        return Err(format!("The user '{id}' cannot be removed."));
    }
    machine.system.accounts.remove(id).map(drop).ok_or_else(|| unknown(id))?;
    machine.system.roles.remove(id);
    machine.system.tallies.remove(id);
    Ok(())
}

/// Layout verified (6.7).
fn permissions(machine: &Machine) -> Value {
    let row = |(name, role): (&String, &Role)| {
        Structure::new("Permission")
            .with("Principal", name.as_str())
            .with("Is Group", false)
            .with("Role", role.name())
            .with("Role Description", role.description())
    };
    Value::List(machine.system.roles.iter().map(row).collect())
}

fn set_permission(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let id = call.get("id").unwrap_or_default();
    // No directory is joined: only local accounts are known.
    if call.flag("group") || !machine.system.accounts.contains_key(id) {
        return Err(unknown(id));
    }
    if OWN.contains(&id) && call.get("role") != Some("Admin") {
        return Err(format!("The permission of '{id}' cannot be changed."));
    }
    let role = call.get("role").and_then(Role::read).unwrap_or(Role::NoAccess);
    machine.system.roles.insert(id.to_owned(), role);
    Ok(())
}

fn unset_permission(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let id = call.get("id").unwrap_or_default();
    if OWN.contains(&id) {
        return Err(format!("The permission of '{id}' cannot be changed."));
    }
    machine.system.roles.remove(id).map(drop).ok_or_else(|| unknown(id))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::Proof;
    use crate::model::system::testing::{exec, host, refused, same, text};

    const GOOD: &str = "1;Qwerty!";

    #[test]
    fn an_account_is_made_and_gets_its_role() {
        let mut host = host("7.0");
        let add = format!("esxcli system account add -d=LABadmin -i=admin -p={GOOD} -c={GOOD}");
        text(&mut host, &add);
        assert_eq!(
            refused(&mut host, &add),
            "The specified key, name, or identifier 'admin' already exists.\n"
        );
        assert!(host.system.check_password("admin", GOOD));
        assert!(!host.system.may_log_in("admin", Proof::Password));
        text(&mut host, "esxcli system permission set -i=admin -r Admin");
        assert!(host.system.may_log_in("admin", Proof::Password));
        let listed = text(&mut host, "esxcli system account list");
        assert!(listed.starts_with("User ID  Description"), "{listed}");
        assert!(listed.lines().any(|line| line.trim_end() == "admin    LABadmin"), "{listed}");
        text(&mut host, "esxcli system permission unset -i admin");
        text(&mut host, "esxcli system account remove -i admin");
        assert_eq!(host, super::super::testing::host("7.0"));
    }

    #[test]
    fn permissions_look_like_the_sample() {
        same(
            "esxcli-system-permission-list--6.7--1.txt",
            &text(&mut host("6.7"), "esxcli system permission list"),
        );
    }

    #[test]
    fn what_is_refused_and_what_is_never_told() {
        let mut host = host("8.0");
        for line in [
            "esxcli system account add -i a -p weak -c weak",
            "esxcli system account add -i a -p VMware1!x -c VMware1!y",
            "esxcli system account add -i a -p VMware1!x",
            "esxcli system account add -i a/b",
            "esxcli system account set -i nobody -d x",
            "esxcli system account set -i root -s false",
            "esxcli system account remove -i root",
            "esxcli system account remove -i nobody",
            "esxcli system permission set -i nobody -r Admin",
            "esxcli system permission set -i root -r NoAccess",
            "esxcli system permission unset -i root",
        ] {
            let said = refused(&mut host, line);
            assert!(!said.contains("VMware1!") && !said.contains("weak"), "{said}");
        }
        // Without a value esxcli asks at a terminal.
        let output = exec(&mut host, "esxcli system account add -i a -p");
        assert_eq!(output.status, 1);
        text(&mut host, "esxcli system account set -i root -p VMware1!x -c VMware1!x");
        assert!(host.system.check_password("root", "VMware1!x"));
        text(&mut host, "esxcli system account set -i dcui -s false");
        assert!(!host.system.may_log_in("dcui", Proof::Key));
    }

    #[test]
    fn the_quality_follows_the_setting() {
        let mut host = host("7.0");
        host.system.settings.changed.insert(
            "/Security/PasswordQualityControl".into(),
            crate::model::Setting::Text("retry=3 min=disabled,15,15,15,15".into()),
        );
        assert!(
            refused(&mut host, &format!("esxcli system account add -i a -p {GOOD} -c {GOOD}"))
                .contains("short")
        );
    }
}
