//! Local accounts, their roles, and who may log in.

use super::System;
use super::password::Hashed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Role {
    /// Everything; the only one that gets a shell.
    Admin,
    /// Look.
    ReadOnly,
    /// Nothing.
    NoAccess,
}

impl Role {
    /// As commands name it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Admin => "Admin",
            Role::ReadOnly => "ReadOnly",
            Role::NoAccess => "NoAccess",
        }
    }
    /// Verified for `Admin`, believed for the others.
    pub(super) fn description(self) -> &'static str {
        match self {
            Role::Admin => "Full access rights",
            Role::ReadOnly => "See details of objects, but not make changes",
            Role::NoAccess => "Used for restricting granted access",
        }
    }
    /// By its name.
    pub(super) fn read(name: &str) -> Option<Role> {
        [Role::Admin, Role::ReadOnly, Role::NoAccess].into_iter().find(|role| role.name() == name)
    }
}

/// A local account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// Free text.
    pub description: String,
    /// `None` = no password logs in.
    pub password: Option<Hashed>,
    /// From 8.0: whether it gets a shell although its role would give it one.
    pub shell: bool,
}

/// What somebody shows to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A password, also over keyboard-interactive.
    Password,
    /// A key from the account's file of authorized keys.
    Key,
}

/// Lockdown mode: the host is left to its vCenter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Lockdown {
    /// Off.
    #[default]
    Disabled,
    /// Nobody logs in but exception users; the console stays.
    Normal,
    /// The console is closed, too.
    Strict,
}

/// The accounts of a fresh host (verified: these three up to 6.7; descriptions believed).
pub(super) fn factory() -> BTreeMap<String, Account> {
    [
        ("dcui", "DCUI User"),
        ("root", "Administrator"),
        ("vpxuser", "VMware VirtualCenter administration account"),
    ]
    .into_iter()
    .map(|(name, description)| {
        let account = Account { description: description.to_owned(), password: None, shell: true };
        (name.to_owned(), account)
    })
    .collect()
}

/// The roles of a fresh host (verified on 6.7).
pub(super) fn roles() -> BTreeMap<String, Role> {
    ["dcui", "root", "vpxuser"].into_iter().map(|name| (name.to_owned(), Role::Admin)).collect()
}

/// Where a user's keys lie (verified: 5.x to 8.x).
pub fn authorized_keys(user: &str) -> String {
    format!("/etc/ssh/keys-{user}/authorized_keys")
}

impl System {
    /// Gives an account a password, as the installer does: no quality is asked. `now` makes the salt. False when
    /// there is no such account.
    ///
    /// ```
    /// use esxi_core::model::{Machine, Proof};
    /// let mut host = Machine::new(esxi_core::state::factory("8.0".parse()?, &[]));
    /// assert!(!host.system.check_password("root", ""), "without a password none fits");
    /// assert!(host.system.set_password("root", "VMware1!", 0));
    /// assert!(host.system.check_password("root", "VMware1!"));
    /// assert!(host.system.may_log_in("root", Proof::Password));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_password(&mut self, user: &str, password: &str, now: u64) -> bool {
        let Some(account) = self.accounts.get_mut(user) else { return false };
        account.password = Hashed::of(password, format!("{user} {now}").as_bytes());
        account.password.is_some()
    }

    /// Whether a password is the account's. An account without one, and one that does not exist, has none.
    /// Neither the lock-out nor the role is asked here.
    pub fn check_password(&self, user: &str, given: &str) -> bool {
        let hash = self.accounts.get(user).and_then(|account| account.password.as_ref());
        hash.is_some_and(|hash| hash.fits(given))
    }

    /// Whether a host lets an account in once it has proved who it is: only administrators get a shell (verified:
    /// others are cut off after the login), from 8.0 only with shell access, and in lockdown mode only exception
    /// users. A key of the account goes round the lockdown (VMware's manual).
    pub fn may_log_in(&self, user: &str, proof: Proof) -> bool {
        let Some(account) = self.accounts.get(user) else { return false };
        let admin = self.roles.get(user) == Some(&Role::Admin);
        let locked_down = self.lockdown != Lockdown::Disabled && proof == Proof::Password;
        account.shell && admin && (!locked_down || self.lockdown_exceptions.contains(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::system::testing::host;

    #[test]
    fn only_administrators_get_a_shell() {
        let mut system = host("8.0").system;
        assert!(system.may_log_in("root", Proof::Key));
        assert!(!system.may_log_in("jane", Proof::Key));
        let jane = Account { description: String::new(), password: None, shell: true };
        system.accounts.insert("jane".to_owned(), jane);
        assert!(!system.may_log_in("jane", Proof::Password), "no role yet");
        system.roles.insert("jane".to_owned(), Role::ReadOnly);
        assert!(!system.may_log_in("jane", Proof::Password));
        system.roles.insert("jane".to_owned(), Role::Admin);
        assert!(system.may_log_in("jane", Proof::Password));
        system.lockdown = Lockdown::Normal;
        assert!(!system.may_log_in("jane", Proof::Password) && system.may_log_in("jane", Proof::Key));
        system.lockdown_exceptions.insert("jane".to_owned());
        assert!(system.may_log_in("jane", Proof::Password));
    }

    #[test]
    fn no_password_is_told() {
        let mut host = host("8.0");
        host.system.set_password("root", "VMware1!", 7);
        assert!(!format!("{host:?}").contains("$6$"));
        assert!(!host.system.set_password("nobody", "VMware1!", 7));
    }
}
