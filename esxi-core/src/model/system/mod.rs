//! `system`.

#![allow(dead_code, reason = "the commands that use the rest come with the next change")]

mod accounts;
mod lockout;
mod password;
mod power;
mod release;
mod rows;
mod services;
mod settings;
mod show;

pub use accounts::{Account, Lockdown, Proof, Role, authorized_keys};
pub use lockout::{Tallies, Tally};
pub use password::Hashed;
pub(super) use power::civil;
pub use services::Service;
pub use settings::{Added, Setting, Settings};
pub(super) use show::number;

use super::family::{Answer, Console, Family, Reply, Tool};
use super::machine::Machine;
use super::parse::Invocation;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub(super) static FAMILY: Family = Family { rows: &[rows::ROWS], parse_only: &[], run, tools: TOOLS };

static TOOLS: &[Tool] = &[
    Tool { name: "/sbin/auto-backup.sh", run: power::backup },
    Tool { name: "/sbin/backup.sh", run: power::backup },
    Tool { name: "halt", run: power::down },
    Tool { name: "hostname", run: power::hostname },
    Tool { name: "poweroff", run: power::down },
    Tool { name: "reboot", run: power::down },
    Tool { name: "uname", run: release::uname },
    Tool { name: "vmware", run: release::vmware },
];

/// The part of a machine that this family is about: only what differs from the tables of its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct System {
    /// Whether the management agent runs: without it esxcli refuses, localcli works.
    pub hostd: bool,
    /// By how many seconds the host's clock is ahead of the true time.
    pub clock_error: i64,
    /// Local accounts by name.
    pub accounts: BTreeMap<String, Account>,
    /// What accounts may do; one without a role gets no shell.
    pub roles: BTreeMap<String, Role>,
    /// Lockdown mode.
    pub lockdown: Lockdown,
    /// Users that lockdown mode leaves alone.
    pub lockdown_exceptions: BTreeSet<String>,
    /// Failed logins by account.
    pub tallies: Tallies,
    /// Advanced options.
    pub settings: Settings,
    /// Services that are not as on a fresh host, by the name of their script.
    pub services: BTreeMap<String, Service>,
}

impl System {
    /// As the installer leaves it.
    pub fn factory(version: EsxiVersion) -> Self {
        let _ = version;
        System {
            hostd: true,
            clock_error: 0,
            accounts: accounts::factory(),
            roles: accounts::roles(),
            lockdown: Lockdown::default(),
            lockdown_exceptions: BTreeSet::new(),
            tallies: Tallies::new(),
            settings: Settings::default(),
            services: BTreeMap::new(),
        }
    }
}

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let machine = &mut *console.machine;
    if let Some(shown) = show::show(machine, call.row.path) {
        return Some(shown.map(Answer::Value));
    }
    match call.row.path {
        "system hostname set" => Some(set_hostname(machine, call).map(|()| Answer::Done)),
        _ => None,
    }
}

/// `--host` takes no dots and excludes `--fqdn` (verified); the sentences are believed.
fn set_hostname(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let (host, fqdn, domain) = (call.get("host"), call.get("fqdn"), call.get("domain"));
    if fqdn.is_some() && (host.is_some() || domain.is_some()) {
        return Err("Cannot specify fqdn together with host or domain".to_owned());
    }
    if let Some(fqdn) = fqdn {
        let (host, domain) = fqdn.split_once('.').unwrap_or((fqdn, ""));
        (machine.hostname, machine.domain) = (host.to_owned(), domain.to_owned());
    }
    if let Some(host) = host {
        if host.contains('.') {
            return Err(format!("Host name {host} must not contain a dot"));
        }
        machine.hostname = host.to_owned();
    }
    if let Some(domain) = domain {
        machine.domain = domain.to_owned();
    }
    Ok(())
}

#[cfg(test)]
pub(in crate::model) mod testing {
    use crate::model::Machine;

    /// A fresh host without cards.
    pub(in crate::model) fn host(version: &str) -> Machine {
        Machine::new(crate::state::factory(version.parse().unwrap(), &[]))
    }
}
