//! Services of the host: whether they run and whether they start with it.

use super::System;
use crate::model::machine::Machine;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};

/// Whether a service runs, and whether it starts with the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Starts with the host.
    pub on: bool,
    /// Runs now.
    pub running: bool,
}

/// A service of some releases.
#[derive(Debug)]
pub(super) struct Known {
    /// Its script in `/etc/init.d`, by which `chkconfig` knows it, too.
    pub script: &'static str,
    /// The agent's name for it.
    pub key: &'static str,
    /// The agent's description.
    pub label: &'static str,
    /// On a fresh host.
    pub fresh: Service,
    since: EsxiVersion,
    until: Option<EsxiVersion>,
}

const fn known(
    script: &'static str,
    key: &'static str,
    label: &'static str,
    (on, running): (bool, bool),
    since: (u8, u8),
) -> Known {
    Known {
        script,
        key,
        label,
        fresh: Service { on, running },
        since: EsxiVersion::new(since.0, since.1),
        until: None,
    }
}

impl Known {
    const fn until(mut self, major: u8, minor: u8) -> Self {
        self.until = Some(EsxiVersion::new(major, minor));
        self
    }
}

const ON: (bool, bool) = (true, true);
const IDLE: (bool, bool) = (true, false);
const OFF: (bool, bool) = (false, false);

/// States of those with a key: verified for 6.5 (a host's own list), SSH, shell, NTP, SLP, CIM and SNMP also for
/// 7.0 to 9.0 (guides); the other scripts and states are believed.
static SERVICES: &[Known] = &[
    known("DCUI", "DCUI", "Direct Console UI", ON, (5, 0)),
    known("ESXShell", "TSM", "ESXi Shell", OFF, (5, 0)),
    known("SSH", "TSM-SSH", "SSH", OFF, (5, 0)),
    known("attestd", "attestd", "attestd", OFF, (7, 0)),
    known("cdp", "", "", ON, (5, 0)),
    known("clomd", "", "", IDLE, (5, 5)),
    known("dpd", "dpd", "dpd", OFF, (7, 0)),
    known("hostd", "", "", ON, (5, 0)),
    known("iofilterd-vmwarevmcrypt", "", "", IDLE, (6, 5)),
    known("iofiltervpd", "", "", ON, (6, 0)),
    known("kmxd", "kmxd", "kmxd", OFF, (7, 0)),
    known("lacp", "", "", ON, (5, 1)),
    known("lbtd", "lbtd", "Load-Based Teaming Daemon", ON, (5, 0)),
    known("lwsmd", "lwsmd", "Active Directory Service", OFF, (5, 0)),
    known("memscrubd", "", "", IDLE, (5, 1)),
    known("nfcd", "", "", ON, (6, 5)),
    known("nscd", "", "", ON, (5, 0)),
    known("ntpd", "ntpd", "NTP Daemon", OFF, (5, 0)),
    known("pcscd", "pcscd", "PC/SC Smart Card Daemon", OFF, (6, 0)),
    known("ptpd", "ptpd", "PTP Daemon", OFF, (7, 0)),
    known("rhttpproxy", "", "", ON, (5, 1)),
    known("sensord", "", "", ON, (5, 0)),
    known("sfcbd-watchdog", "sfcbd-watchdog", "CIM Server", IDLE, (5, 0)),
    known("slpd", "slpd", "slpd", ON, (5, 0)).until(7, 0),
    known("slpd", "slpd", "slpd", OFF, (7, 0)).until(9, 0),
    known("smartd", "", "", ON, (5, 1)),
    known("snmpd", "snmpd", "SNMP Server", IDLE, (5, 0)),
    known("storageRM", "", "", ON, (5, 0)),
    known("usbarbitrator", "", "", ON, (5, 0)),
    known("vaai-nasd", "", "", ON, (5, 0)),
    known("vdfsd", "", "", IDLE, (7, 0)),
    known("vit", "", "", IDLE, (6, 7)),
    known("vmsyslogd", "vmsyslogd", "Syslog Server", ON, (5, 0)),
    known("vmtoolsd", "vmtoolsd", "vmtoolsd", IDLE, (6, 5)),
    known("vobd", "", "", ON, (5, 0)),
    known("vpxa", "vpxa", "VMware vCenter Agent", IDLE, (5, 0)),
    known("vsanmgmtd", "", "", IDLE, (6, 5)),
    known("vvold", "", "", IDLE, (6, 0)),
    known("wsman", "", "", IDLE, (5, 0)),
    known("xorg", "xorg", "X.Org Server", IDLE, (6, 0)),
];

/// The services of a release.
pub(super) fn of_release(version: EsxiVersion) -> impl Iterator<Item = &'static Known> {
    let there = move |one: &&Known| version >= one.since && one.until.is_none_or(|until| version < until);
    SERVICES.iter().filter(there)
}

/// A service by the name of its script, or by the agent's name.
pub(super) fn find(version: EsxiVersion, name: &str) -> Option<&'static Known> {
    of_release(version).find(|one| one.script == name || (!one.key.is_empty() && one.key == name))
}

/// Every script there ever was, for the table of programs.
pub(super) fn state(machine: &Machine, one: &Known) -> Service {
    let mut state = machine.system.services.get(one.script).copied().unwrap_or(one.fresh);
    if one.script == "hostd" {
        state.running = machine.system.hostd;
    }
    state
}

/// Changes a service. The management agent is [`System::hostd`].
pub(super) fn alter(machine: &mut Machine, one: &Known, change: impl FnOnce(&mut Service)) {
    let mut state = state(machine, one);
    let ran = state.running;
    change(&mut state);
    if state.running != ran {
        machine.firewall.follow(machine.state.version, one.script, state.running);
    }
    let system = &mut machine.system;
    if one.script == "hostd" {
        system.hostd = state.running;
        state.running = true;
    }
    if state == one.fresh {
        system.services.remove(one.script);
    } else {
        system.services.insert(one.script.to_owned(), state);
    }
}

impl System {
    /// Whether the SSH server takes connections. On a fresh host it does not (verified: 6.5 to 9.0).
    pub fn ssh_running(&self) -> bool {
        self.services.get("SSH").is_some_and(|service| service.running)
    }

    /// Has the SSH server run, and start with the host.
    pub fn enable_ssh(&mut self) {
        self.services.insert("SSH".to_owned(), Service { on: true, running: true });
    }
}

impl Machine {
    /// What a boot does to the machine: services start or do not, kernel options, modules and what else waited for
    /// it count, guests are off, failed logins are forgotten, maintenance mode stays.
    ///
    /// ```
    /// use esxi_core::model::{Machine, run};
    /// let mut host = Machine::new(esxi_core::state::factory("7.0".parse()?, &[]));
    /// let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    /// run(&mut host, &words("vim-cmd hostsvc/start_ssh"), b"");
    /// assert!(host.system.ssh_running());
    /// host.booted();
    /// assert!(!host.system.ssh_running(), "it was started, not enabled");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn booted(&mut self) {
        let version = self.state.version;
        self.system.hostd = true;
        for one in of_release(version) {
            // Of those that start with the host some find nothing to do and end.
            let state = state(self, one);
            let running = state.on && (one.fresh.running || !one.fresh.on || state.running);
            alter(self, one, |service| service.running = running);
        }
        self.system.kernel_running = self.system.kernel.clone();
        super::modules::booted(self);
        // They lie in memory (believed: a restart is known to open a locked account).
        self.system.tallies.clear();
        self.network.boot();
        self.guests.all_off();
        self.hardware.booted();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;
    use crate::model::system::testing::host;

    #[test]
    fn a_fresh_6_5_is_that_of_the_sample() {
        let Some(csv) = samples::read("command-index/services-default-6.5.csv") else { return };
        let host = host("6.5");
        for line in csv.lines().skip(2) {
            let cells: Vec<&str> = line.split(',').collect();
            let one = find(host.state.version, cells[0]).unwrap_or_else(|| panic!("{line}"));
            let state = state(&host, one);
            assert_eq!((state.on, state.running), (cells[1] == "on", cells[2] == "true"), "{line}");
        }
    }

    #[test]
    fn scripts_stand_once_in_a_release() {
        for version in ["5.0", "6.7", "7.0", "8.0", "9.0"] {
            let mut seen = std::collections::BTreeSet::new();
            assert!(of_release(version.parse().unwrap()).all(|one| seen.insert(one.script)), "{version}");
        }
    }

    #[test]
    fn a_boot_starts_what_is_on() {
        let mut host = host("8.0");
        let fresh = host.clone();
        host.booted();
        assert_eq!(host, fresh);
        let ntpd = find(host.state.version, "ntpd").unwrap();
        alter(&mut host, ntpd, |service| service.on = true);
        assert!(!state(&host, ntpd).running);
        host.booted();
        assert!(state(&host, ntpd).running);
        host.system.hostd = false;
        host.system.enable_ssh();
        host.note_failure("root", "192.0.2.1", 0);
        host.booted();
        assert!(host.system.hostd && host.system.ssh_running());
        assert_eq!(host.failures("root"), 0);
    }
}
