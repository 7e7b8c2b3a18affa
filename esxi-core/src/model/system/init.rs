//! `/etc/init.d/*`, `chkconfig` and `services.sh`.

use super::clock;
use super::services::{self, Known};
use crate::model::family::{Call, Console, Tool, not_modelled};
use crate::model::machine::{Machine, Output};
use crate::model::system::Service;
use crate::version::EsxiVersion;
use std::fmt::Write;

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        /// The scripts of every release; a release that lacks one does not find it.
        pub(super) static SCRIPTS: &[Tool] = &[
            $(Tool { name: concat!("/etc/init.d/", $name), run: script }),*
        ];
    };
}

scripts!(
    "DCUI",
    "ESXShell",
    "SSH",
    "attestd",
    "cdp",
    "clomd",
    "dpd",
    "hostd",
    "iofilterd-vmwarevmcrypt",
    "iofiltervpd",
    "kmxd",
    "lacp",
    "lbtd",
    "lwsmd",
    "memscrubd",
    "nfcd",
    "nscd",
    "ntpd",
    "pcscd",
    "ptpd",
    "rhttpproxy",
    "sensord",
    "sfcbd-watchdog",
    "slpd",
    "smartd",
    "snmpd",
    "storageRM",
    "usbarbitrator",
    "vaai-nasd",
    "vdfsd",
    "vit",
    "vmsyslogd",
    "vmtoolsd",
    "vobd",
    "vpxa",
    "vsanmgmtd",
    "vvold",
    "wsman",
    "xorg",
);

/// What a script is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Start,
    Stop,
}

fn script(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    let Some(one) = services::find(machine.state.version, call.name()) else {
        let stderr = format!("-sh: /etc/init.d/{}: not found\n", call.name()).into_bytes();
        return Output { stderr, status: 127, ..Output::default() };
    };
    match call.texts()[..] {
        ["start"] => Output::ok(act(machine, one, Verb::Start)),
        ["stop"] => Output::ok(act(machine, one, Verb::Stop)),
        ["restart"] => Output::ok(act(machine, one, Verb::Stop) + &act(machine, one, Verb::Start)),
        ["status"] => {
            let running = services::state(machine, one).running;
            let text = format!("{}\n", status(one.script, running));
            // Believed, as for init scripts elsewhere.
            Output { status: if running { 0 } else { 3 }, ..Output::ok(text) }
        }
        _ => Output {
            stdout: format!("Usage: {} {{start|stop|restart|status}}\n", call.name()).into_bytes(),
            status: 1,
            ..Output::default()
        },
    }
}

/// Verified: `SSH` stopped, `hostd` and `usbarbitrator` running, `ntpd` stopped. The rest follows them.
fn status(script: &str, running: bool) -> String {
    let state = if running { "is running" } else { "is stopped" };
    match script {
        "SSH" => format!("SSH login {state}"),
        "ESXShell" => format!("ESXi shell login {state}"),
        "hostd" | "vpxa" => format!("{script} {}.", if running { "is running" } else { "is not running" }),
        _ => format!("{script} {}", if running { "is running" } else { "is not running" }),
    }
}

/// Starts or stops a service and gives what its script says. Verified: `SSH`, `hostd`, `ntpd`, and `X stopped.` and
/// `X started.` of others; the shell's words are believed.
fn act(machine: &mut Machine, one: &Known, verb: Verb) -> String {
    let version = machine.state.version;
    let was = services::state(machine, one).running;
    let start = verb == Verb::Start;
    services::alter(machine, one, |service| service.running = start);
    let name = one.script;
    match (name, start) {
        ("SSH", true) if version >= EsxiVersion::new(9, 0) => {
            "SSH login enabled\nSSH sandbox is not enabled, SSH will run in superdom\n".to_owned()
        }
        ("SSH", true) => "SSH login enabled\n".to_owned(),
        ("SSH", false) => "SSH login disabled\n".to_owned(),
        ("ESXShell", true) => "ESXi shell login enabled\n".to_owned(),
        ("ESXShell", false) => "ESXi shell login disabled\n".to_owned(),
        ("ntpd", true) if was => "ntpd is already running\n".to_owned(),
        ("ntpd", true) => "Starting ntpd\n".to_owned(),
        ("ntpd", false) if was => "Stopping ntpd\n".to_owned(),
        ("hostd", _) if version < EsxiVersion::new(5, 5) => hostd_of_old(start),
        (_, false) if !was => format!("{name} is not running\n"),
        (_, true) if was => format!("{name} is already running\n"),
        (_, true) => format!("{name} started.\n"),
        (_, false) => format!("{name} stopped.\n"),
    }
}

/// Verified on 5.x; the numbers of processes are made up.
fn hostd_of_old(start: bool) -> String {
    if start {
        "[178454] Begin 'hostd ++min=0,swap,group=hostd /etc/vmware/hostd/config.xml', min-uptime = 60, \
         max-quick-failures = 1, max-total-failures = 1000000, bg_pid_file = ''\nhostd started.\n"
            .to_owned()
    } else {
        "watchdog-hostd: Terminating watchdog process with PID 5515\nhostd stopped.\n".to_owned()
    }
}

/// `--list` writes a line a service (believed layout); `NAME on|off|reset` sets one. A script of one's own is
/// added and deleted by name.
pub(super) fn chkconfig(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    let mut words = call.texts();
    // Run levels do not exist here; scripts of Linux name them all the same.
    if let [level, _, ..] = words[..]
        && matches!(level, "--level" | "--type")
    {
        words.drain(..2);
    }
    match words[..] {
        ["--list" | "-l"] => {
            let mut text = String::new();
            for (name, state) in every(machine) {
                line(&mut text, &name, state);
            }
            Output::ok(text)
        }
        ["--list" | "-l", name] => match one(machine, name) {
            Some(state) => {
                let mut text = String::new();
                line(&mut text, name, state);
                Output::ok(text)
            }
            None => unknown(name),
        },
        [name, on @ ("on" | "off" | "reset")] => match services::find(machine.state.version, name) {
            Some(known) => {
                services::alter(machine, known, |service| {
                    service.on = if on == "reset" { known.fresh.on } else { on == "on" };
                });
                Output::default()
            }
            None => match machine.system.services.get_mut(name) {
                Some(service) => {
                    service.on = on != "off";
                    Output::default()
                }
                None => unknown(name),
            },
        },
        ["--add" | "-a", name] => {
            let known = services::find(machine.state.version, name).is_some();
            let there = console.around.length(&format!("/etc/init.d/{name}")).is_ok();
            if !known && !there {
                return unknown(name);
            }
            if !known {
                machine.system.services.insert(name.to_owned(), Service { on: true, running: false });
            }
            Output::default()
        }
        ["--del" | "-d", name] => {
            if services::find(machine.state.version, name).is_some()
                || machine.system.services.remove(name).is_some()
            {
                Output::default()
            } else {
                unknown(name)
            }
        }
        // Status 0 where it is on, as elsewhere (believed).
        [name] if !name.starts_with('-') => match one(machine, name) {
            Some(state) => Output { status: u8::from(!state.on), ..Output::default() },
            None => unknown(name),
        },
        ref other => not_modelled("chkconfig", other),
    }
}

fn one(machine: &Machine, name: &str) -> Option<Service> {
    every(machine).into_iter().find(|(known, _)| known == name).map(|(_, state)| state)
}

/// Services of the release and those that were added, by name.
fn every(machine: &Machine) -> Vec<(String, Service)> {
    let version = machine.state.version;
    let mut list: Vec<(String, Service)> = services::of_release(version)
        .map(|known| (known.script.to_owned(), services::state(machine, known)))
        .collect();
    let own = machine.system.services.iter().filter(|(name, _)| services::find(version, name).is_none());
    list.extend(own.map(|(name, state)| (name.clone(), *state)));
    list.sort_by(|a, b| a.0.cmp(&b.0));
    list
}

fn line(text: &mut String, name: &str, state: Service) {
    let _ = writeln!(text, "{name:<24}{}", if state.on { "on" } else { "off" });
}

/// Believed.
fn unknown(name: &str) -> Output {
    Output {
        stderr: format!("error reading information on service {name}: No such file or directory\n")
            .into_bytes(),
        status: 1,
        ..Output::default()
    }
}

/// Restarts what runs. From 7.0 (seen on 9.0) each line has a time before it.
pub(super) fn services_sh(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let now = clock::iso(console.machine.now(console.around));
    let stamp = format!("{}.000Z", now.trim_end_matches('Z'));
    let machine = &mut *console.machine;
    let (stop, start) = match call.texts()[..] {
        ["restart"] => (true, true),
        ["stop"] => (true, false),
        ["start"] => (false, true),
        ref other => return not_modelled("services.sh", other),
    };
    let running: Vec<&'static Known> = services::of_release(machine.state.version)
        .filter(|one| {
            let state = services::state(machine, one);
            if stop { state.running } else { state.on && !state.running && one.fresh.running }
        })
        .collect();
    let stamped = machine.state.version >= EsxiVersion::new(7, 0);
    let ssh = running.iter().any(|one| one.script == "SSH");
    let mut text = String::new();
    for (wanted, verb, word) in [(stop, Verb::Stop, "stop"), (start, Verb::Start, "start")] {
        if !wanted {
            continue;
        }
        if stamped {
            let _ = writeln!(text, "{stamp} Using VMware ESXi syslog APIs");
        }
        for one in &running {
            let name = one.script;
            let said = act(machine, one, verb);
            if !stamped {
                let _ = write!(text, "Running {name} {word}\n{said}");
            } else if verb == Verb::Stop {
                let _ = writeln!(text, "{stamp} executing stop for daemon {name}.\n{stamp} {name} stopped.");
            } else {
                let _ = writeln!(text, "{stamp} executing start plugin: {name}\n{stamp} {name} started.");
            }
        }
        // Its rule set is required while it runs (verified on 9.0).
        if verb == Verb::Stop && ssh && machine.state.version >= EsxiVersion::new(9, 0) {
            text.push_str(
                "Errors:\nInvalid operation requested: This ruleset is required and cannot be disabled\n",
            );
        }
    }
    Output::ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;
    use crate::model::system::testing::{exec, host, same, text};
    use crate::model::{Call, Memory, run_in};

    #[test]
    fn every_service_has_its_script() {
        for version in ["5.0", "6.7", "9.0"] {
            for one in services::of_release(version.parse().unwrap()) {
                let path = format!("/etc/init.d/{}", one.script);
                assert!(SCRIPTS.iter().any(|tool| tool.name == path), "{path}");
            }
        }
    }

    #[test]
    fn ssh_looks_like_the_samples() {
        let mut host = host("9.0");
        let mut ours = String::new();
        for word in ["start", "stop", "status", "restart"] {
            let output = exec(&mut host, &format!("/etc/init.d/SSH {word}"));
            ours += &format!("# $ /etc/init.d/SSH {word}\n{}", String::from_utf8(output.stdout).unwrap());
        }
        assert!(host.system.ssh_running());
        if let Some(theirs) = samples::read("esxcli/init.d-SSH--9.0.0--1.txt") {
            assert!(theirs.ends_with(&ours), "{ours}");
        }
        let mut host = super::super::testing::host("6.7");
        same("init.d-SSH-restart--6.7--1.txt", &text(&mut host, "/etc/init.d/SSH restart"));
    }

    #[test]
    fn other_scripts_look_like_the_samples() {
        let said = |version: &str, line: &str| text(&mut host(version), line);
        same("etc.init.d.hostd-restart--unknown--1.txt", &said("5.1", "/etc/init.d/hostd restart"));
        same("init.d-hostd-restart--8.x--1.txt", &said("8.0", "/etc/init.d/hostd restart"));
        same("etc.init.d.hostd-status--unknown--1.txt", &said("5.0", "/etc/init.d/hostd status"));
        same("init.d-ntpd-restart--9.0.0--1.txt", &said("9.0", "/etc/init.d/ntpd restart"));
        same("init.d-usbarbitrator-status--7.0.3--1.txt", &said("7.0.3", "/etc/init.d/usbarbitrator status"));
        assert_eq!(exec(&mut host("6.7"), "/etc/init.d/ptpd status").status, 127);
    }

    #[test]
    fn without_the_agent_only_localcli_answers() {
        let mut host = host("7.0");
        text(&mut host, "/etc/init.d/hostd stop");
        assert_eq!(exec(&mut host, "/etc/init.d/hostd status").status, 3);
        let output = exec(&mut host, "esxcli system uuid get");
        assert_eq!(output.status, 1);
        assert!(String::from_utf8(output.stdout).unwrap().starts_with("Connect to localhost failed"));
        text(&mut host, "localcli system uuid get");
        text(&mut host, "/etc/init.d/hostd start");
        text(&mut host, "esxcli system uuid get");
    }

    #[test]
    fn services_are_switched_on_and_off() {
        let mut host = host("7.0");
        let list = |host: &mut crate::model::Machine| text(host, "chkconfig --list ntpd");
        assert_eq!(list(&mut host), "ntpd                    off\n");
        text(&mut host, "chkconfig ntpd on");
        assert_eq!(list(&mut host), "ntpd                    on\n");
        text(&mut host, "chkconfig --level 345 ntpd off");
        assert!(host.system.services.is_empty());
        assert!(text(&mut host, "chkconfig --list").lines().any(|line| line.starts_with("sfcbd-watchdog ")));
        assert_eq!(exec(&mut host, "chkconfig nothing on").status, 1);
    }

    #[test]
    fn a_script_of_ones_own() {
        let mut host = host("7.0");
        let mut around = Memory::default();
        let words = ["chkconfig", "--add", "mine"].map(str::to_owned);
        assert_eq!(run_in(&mut host, &mut around, &Call::new(&words)).status, 1);
        crate::model::Surroundings::write(&mut around, "/etc/init.d/mine", b"#!/bin/sh\n").unwrap();
        assert_eq!(run_in(&mut host, &mut around, &Call::new(&words)).status, 0);
        assert!(text(&mut host, "chkconfig --list").contains("\nmine                    on\n"));
        text(&mut host, "chkconfig --del mine");
        assert!(host.system.services.is_empty());
    }

    #[test]
    fn all_services_restart() {
        let mut host = host("9.0");
        text(&mut host, "/etc/init.d/SSH start");
        let before = host.clone();
        let said = text(&mut host, "services.sh restart");
        assert_eq!(host, before);
        let Some(sample) = samples::output("services.sh-restart--9.0.0--1.txt") else { return };
        let bare = |line: &str| line.split_once("Z ").map_or(line, |(_, rest)| rest).to_owned();
        for line in sample.lines().map(bare) {
            // Programs that a fresh host does not run.
            if !["nsxcli", "xorg", "ESXShell"].iter().any(|name| line.contains(name)) {
                assert!(said.lines().map(bare).any(|ours| ours == line), "{line}");
            }
        }
    }
}
