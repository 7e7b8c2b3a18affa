//! `system`, the services of the host, and the programs about the host as a whole.

mod account_commands;
mod accounts;
mod clock;
mod forms;
mod info;
mod init;
mod kernel;
mod lockout;
mod misc;
mod modules;
mod password;
mod power;
mod release;
mod rows;
#[cfg(test)]
mod scripts;
mod services;
mod settings;
mod show;
mod ssh;
mod storage_facts;
mod syslog;
mod tally;
mod vimcmd;

pub use accounts::{Account, Lockdown, Proof, Role, authorized_keys};
pub use clock::Ntp;
pub use lockout::{Tallies, Tally};
pub use misc::Dumps;
pub use modules::ModuleChange;
pub use password::Hashed;
pub use services::Service;
pub use settings::{Added, Setting, Settings};
pub(super) use show::number;
pub use syslog::Rotation;
pub use vimcmd::{Autostart, CustomRole};

use super::family::{Answer, Console, Family, Reply, Tool};
use super::parse::Invocation;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub(super) static FAMILY: Family = Family { rows: rows::ROWS, parse_only: &[], run, tools: TOOLS };
/// The scripts of the services, as a family of programs without commands.
pub(super) static SCRIPTS: Family =
    Family { rows: &[], parse_only: &[], run: |_, _| None, tools: init::SCRIPTS };

static TOOLS: &[Tool] = &[
    Tool { name: "/sbin/auto-backup.sh", run: power::backup },
    Tool { name: "/sbin/backup.sh", run: power::backup },
    Tool { name: "/sbin/services.sh", run: init::services_sh },
    Tool { name: "chkconfig", run: init::chkconfig },
    Tool { name: "esxcfg-advcfg", run: settings::advcfg },
    Tool { name: "esxcfg-info", run: info::info },
    Tool { name: "faillock", run: tally::faillock },
    Tool { name: "halt", run: power::down },
    Tool { name: "hostname", run: power::hostname },
    Tool { name: "pam_tally2", run: tally::pam_tally2 },
    Tool { name: "poweroff", run: power::down },
    Tool { name: "reboot", run: power::down },
    Tool { name: "uname", run: release::uname },
    Tool { name: "vim-cmd", run: vimcmd::vim_cmd },
    Tool { name: "vmware", run: release::vmware },
    Tool { name: "vmware-vim-cmd", run: vimcmd::vim_cmd },
];

/// The part of a machine that this family is about: only what differs from the tables of its release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct System {
    /// Whether the management agent runs: without it esxcli refuses, localcli works.
    pub hostd: bool,
    /// By how many seconds the host's clock is ahead of the true time.
    pub clock_error: i64,
    /// Whether the host is in maintenance mode.
    pub maintenance: bool,
    /// Local accounts by name.
    pub accounts: BTreeMap<String, Account>,
    /// What accounts may do; one without a role gets no shell.
    pub roles: BTreeMap<String, Role>,
    /// Lockdown mode.
    pub lockdown: Lockdown,
    /// The vCenter server that manages the host.
    #[serde(default)]
    pub vcenter: Option<String>,
    /// Users that lockdown mode leaves alone.
    pub lockdown_exceptions: BTreeSet<String>,
    /// Failed logins by account.
    pub tallies: Tallies,
    /// Advanced options.
    pub settings: Settings,
    /// Kernel options of the next boot that are not as they came.
    pub kernel: BTreeMap<String, String>,
    /// Those that count now.
    pub kernel_running: BTreeMap<String, String>,
    /// Kernel modules that are not as they came.
    pub modules: BTreeMap<String, ModuleChange>,
    /// Services that are not as on a fresh host, by the name of their script.
    pub services: BTreeMap<String, Service>,
    /// How the clock is kept, from 7.0 on.
    pub ntp: Ntp,
    /// Logs that rotate on their own.
    pub loggers: BTreeMap<String, Rotation>,
    /// Settings of the SSH server that are not as they came, by name in lower case.
    pub ssh: BTreeMap<String, String>,
    /// Fields of the forms of small services, by command and label.
    pub forms: BTreeMap<String, String>,
    /// Where core dumps go.
    pub dumps: Dumps,
    /// Security domains that are not enforced, and what happens there instead.
    pub domains: BTreeMap<String, String>,
    /// Roles of one's own, by name.
    pub custom_roles: BTreeMap<String, CustomRole>,
    /// Which guests start with the host.
    pub autostart: Autostart,
    /// Serial number of the licence; none is the evaluation.
    pub license: Option<String>,
    /// Keyboard of the console where it is not the usual one.
    pub keyboard: Option<String>,
}

impl System {
    /// As the installer leaves it.
    pub fn factory(version: EsxiVersion) -> Self {
        let _ = version;
        System {
            hostd: true,
            clock_error: 0,
            maintenance: false,
            accounts: accounts::factory(),
            roles: accounts::roles(),
            lockdown: Lockdown::default(),
            vcenter: None,
            lockdown_exceptions: BTreeSet::new(),
            tallies: Tallies::new(),
            settings: Settings::default(),
            kernel: BTreeMap::new(),
            kernel_running: BTreeMap::new(),
            modules: BTreeMap::new(),
            services: BTreeMap::new(),
            ntp: Ntp::default(),
            loggers: BTreeMap::new(),
            ssh: BTreeMap::new(),
            forms: BTreeMap::new(),
            dumps: Dumps::default(),
            domains: BTreeMap::new(),
            custom_roles: BTreeMap::new(),
            autostart: Autostart::default(),
            license: None,
            keyboard: None,
        }
    }
}

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    if !call.row.path.starts_with("system ") {
        return None;
    }
    let machine = &mut *console.machine;
    if let Some(shown) = show::show(machine, call.row.path) {
        return Some(shown.map(Answer::Value));
    }
    if call.row.path == "system hostname set" {
        return Some(show::set_hostname(machine, call).map(|()| Answer::Done));
    }
    settings::run(machine, call)
        .or_else(|| kernel::run(machine, call))
        .or_else(|| modules::run(machine, call))
        .or_else(|| forms::run(machine, call))
        .or_else(|| power::run(console, call))
        .or_else(|| clock::run(console, call))
        .or_else(|| account_commands::run(console, call))
        .or_else(|| syslog::run(console, call))
        .or_else(|| ssh::run(console, call))
        .or_else(|| misc::run(console, call))
}

#[cfg(test)]
pub(in crate::model) mod testing {
    use crate::model::{Machine, Output, run, samples};

    /// A fresh host with one card.
    pub(in crate::model) fn host(version: &str) -> Machine {
        let card = crate::state::FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
        Machine::new(crate::state::factory(version.parse().unwrap(), &[card]))
    }

    /// Executes a line; `_` inside a word stands for a blank where the tool's own names have none.
    pub(in crate::model) fn exec(host: &mut Machine, line: &str) -> Output {
        let keep = |word: &str| word.starts_with("pam_") || word.contains("vim") || word.contains("svc/");
        let mut first = String::new();
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                if first.is_empty() {
                    first = word.to_owned();
                }
                let name = keep(word) || word.starts_with("vmkusb_") || word.starts_with("com");
                if name { word.to_owned() } else { word.replace('_', " ") }
            })
            .collect();
        run(host, &words, b"")
    }

    /// What a line says on success.
    pub(in crate::model) fn text(host: &mut Machine, line: &str) -> String {
        let output = exec(host, line);
        assert_eq!(output.status, 0, "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a line says that is refused and leaves no trace.
    pub(in crate::model) fn refused(host: &mut Machine, line: &str) -> String {
        let before = host.clone();
        let output = exec(host, line);
        assert_eq!((output.status, output.changed), (1, false), "{line}: {output:?}");
        assert_eq!(*host, before, "{line} left a trace");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Compares with a capture, but for trailing blanks, which copies lose.
    pub(in crate::model) fn same(sample: &str, ours: &str) {
        same_but(sample, ours, &[]);
    }

    /// The same; lines that begin with one of these words are compared up to there.
    pub(in crate::model) fn same_but(sample: &str, ours: &str, varying: &[&str]) {
        let Some(theirs) = samples::output(sample) else { return };
        let cut = |line: &str| {
            let known = varying.iter().find(|word| line.trim_start().starts_with(**word));
            known.map_or_else(|| line.trim_end().to_owned(), |word| (*word).to_owned())
        };
        let lines = |text: &str| text.trim_end().lines().map(cut).collect::<Vec<_>>();
        assert_eq!(lines(ours), lines(&theirs), "{sample}");
    }
}
