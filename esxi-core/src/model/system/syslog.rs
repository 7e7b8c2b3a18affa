//! `esxcli system syslog` and `auditrecords`: what they set are advanced options, too.

use super::settings::{self, Setting};
use crate::model::family::{Answer, Console, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};

/// How one log is rotated, where it is not as all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rotation {
    /// Old files that are kept.
    pub rotate: Option<u32>,
    /// KiB of a file.
    pub size: Option<u32>,
}

const V6_5: EsxiVersion = EsxiVersion::new(6, 5);
const V7_0: EsxiVersion = EsxiVersion::new(7, 0);

/// Options of `config set`, the advanced option that each sets, and whether its value is a truth value.
const OPTIONS: &[(&str, &str, bool)] = &[
    ("crl-check", "certificate/checkCRL", true),
    ("default-rotate", "defaultRotate", false),
    ("default-size", "defaultSize", false),
    ("default-timeout", "defaultTimeout", false),
    ("drop-log-rotate", "droppedMsgs/fileRotate", false),
    ("drop-log-size", "droppedMsgs/fileSize", false),
    ("log-level", "logLevel", false),
    ("logdir", "logDir", false),
    ("logdir-unique", "logDirUnique", true),
    ("loghost", "logHost", false),
    ("queue-drop-mark", "msgQueueDropMark", false),
    ("remote-host-max-msg-len", "remoteHost/maxMsgLen", false),
    ("vsan-backing", "vsanBacking", true),
    ("x509-strict", "certificate/strictX509Compliance", true),
];

fn path(name: &str) -> String {
    format!("/Syslog/global/{name}")
}

/// The option that `--check-ssl-certs` sets.
fn certificates(machine: &Machine) -> &'static str {
    if machine.state.version >= V7_0 { "certificate/checkSSLCerts" } else { "logCheckSSLCerts" }
}

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let machine = &mut *console.machine;
    let done = |result: Result<(), String>| result.map(|()| Answer::Done);
    Some(match call.row.path {
        "system syslog config get" => Ok(Answer::Value(get(machine))),
        "system syslog config set" => done(set(machine, call)),
        "system syslog config logger list" => Ok(Answer::Value(loggers(machine))),
        "system syslog config logger set" => done(set_logger(machine, call)),
        // The daemon reads at once what it is told here, and a mark is seen by nobody but a reader of the logs.
        "system syslog reload" | "system syslog mark" => Ok(Answer::Done),
        "system auditrecords get" => Ok(Answer::Value(audit(machine))),
        "system auditrecords local enable" => {
            done(put(machine, "auditRecord/storageEnable", Setting::Int(1)))
        }
        "system auditrecords local disable" => {
            done(put(machine, "auditRecord/storageEnable", Setting::Int(0)))
        }
        "system auditrecords remote enable" => {
            done(put(machine, "auditRecord/remoteEnable", Setting::Int(1)))
        }
        "system auditrecords remote disable" => {
            done(put(machine, "auditRecord/remoteEnable", Setting::Int(0)))
        }
        "system auditrecords local set" => done(set_audit(machine, call)),
        _ => return None,
    })
}

fn put(machine: &mut Machine, name: &str, value: Setting) -> Result<(), String> {
    settings::set(machine, &path(name), Some(value))
}

fn number(machine: &Machine, name: &str) -> i64 {
    settings::number(machine, &path(name)).unwrap_or_default()
}

fn text(machine: &Machine, name: &str) -> String {
    settings::text(machine, &path(name)).unwrap_or_default()
}

/// Where `[] /scratch/log` and `[datastore1] logs` lie.
fn folder(text: &str) -> String {
    if let Some(below) = text.strip_prefix("[]") {
        return below.trim().to_owned();
    }
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((volume, below)) => format!("/vmfs/volumes/{volume}/{}", below.trim().trim_start_matches('/')),
        None => text.to_owned(),
    }
}

/// Lines verified: five on 5.0 (capture), twelve on 6.5 (capture); those from 7.0 on by name, their order and the
/// lines of 5.5 and 6.0 believed.
fn get(machine: &Machine) -> Value {
    let version = machine.state.version;
    let truth = |name: &str| number(machine, name) != 0;
    let host = text(machine, "logHost");
    let folder = folder(&text(machine, "logDir"));
    let structure = Structure::new("SyslogConfiguration");
    if version < V6_5 {
        return Value::Struct(
            structure
                .with("Default Rotation Size", number(machine, "defaultSize"))
                .with("Default Rotations", number(machine, "defaultRotate"))
                .with("Log Output", folder)
                .with("Log To Unique Subdirectory", truth("logDirUnique"))
                .with("Remote Host", host),
        );
    }
    let newer = version >= V7_0;
    let configured = machine.system.settings.changed.contains_key(&path("logDir"));
    Value::Struct(
        structure
            .with_if(newer, "Allow Vsan Backing", truth("vsanBacking"))
            .with_if(newer, "Check Certificate Revocation", truth("certificate/checkCRL"))
            .with_if(!newer, "Default Network Retry Timeout", number(machine, "defaultTimeout"))
            .with("Dropped Log File Rotation Size", number(machine, "droppedMsgs/fileSize"))
            .with("Dropped Log File Rotations", number(machine, "droppedMsgs/fileRotate"))
            .with("Enforce SSLCertificates", truth(certificates(machine)))
            .with("Local Log Output", folder)
            .with("Local Log Output Is Configured", configured)
            .with("Local Log Output Is Persistent", true)
            .with("Local Logging Default Rotation Size", number(machine, "defaultSize"))
            .with("Local Logging Default Rotations", number(machine, "defaultRotate"))
            .with_if(newer, "Log Level", text(machine, "logLevel"))
            .with("Log To Unique Subdirectory", truth("logDirUnique"))
            .with("Message Queue Drop Mark", number(machine, "msgQueueDropMark"))
            .with("Remote Host", host)
            .with_if(
                newer,
                "Remote Host Connect Retry Delay",
                number(machine, "remoteHost/connectRetryDelay"),
            )
            .with_if(newer, "Remote Host Maximum Message Length", number(machine, "remoteHost/maxMsgLen"))
            .with_if(newer, "Strict X509Compliance", truth("certificate/strictX509Compliance")),
    )
}

/// `udp://`, `tcp://` or `ssl://`, a name or an address, and a port; without a protocol it is UDP. The sentence is
/// believed.
fn check_host(list: &str) -> Result<(), String> {
    for one in list.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        let bad = || format!("Invalid remote host specification: {one}");
        let rest = match one.split_once("://") {
            Some(("udp" | "tcp" | "ssl" | "x-udp" | "x-tcp", rest)) => rest,
            Some(_) => return Err(bad()),
            None => one,
        };
        let rest = rest.split('?').next().unwrap_or(rest);
        let (name, port) = match rest.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
            _ => (rest, None),
        };
        let named = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '/');
        if !named || port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
            return Err(bad());
        }
    }
    Ok(())
}

fn set(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let mut changes: Vec<(String, Option<Setting>)> = Vec::new();
    if let Some(names) = call.list("reset") {
        for name in names {
            let (_, option, _) = OPTIONS
                .iter()
                .find(|(option, _, _)| *option == name)
                .ok_or_else(|| format!("Unknown option to reset: {name}"))?;
            changes.push((path(option), None));
        }
    }
    for (option, name, truth) in OPTIONS {
        let Some(given) = call.get(option) else { continue };
        let value = if *truth {
            Setting::Int(i64::from(call.bool(option).unwrap_or_default()))
        } else if matches!(*option, "loghost" | "logdir" | "log-level") {
            Setting::Text(given.to_owned())
        } else {
            Setting::Int(given.parse().map_err(|_| format!("Invalid integer {given}"))?)
        };
        changes.push((path(name), Some(value)));
    }
    if let Some(check) = call.bool("check-ssl-certs") {
        changes.push((path(certificates(machine)), Some(Setting::Int(i64::from(check)))));
    }
    if let Some(hosts) = call.get("loghost") {
        check_host(hosts)?;
    }
    // All or nothing: the first that is refused leaves none.
    let before = machine.system.settings.clone();
    for (path, value) in changes {
        // Before 6.5 the model has no place for some; they are taken all the same.
        if settings::find(machine, &path).is_none() {
            continue;
        }
        if let Err(sentence) = settings::set(machine, &path, value) {
            machine.system.settings = before;
            return Err(sentence);
        }
    }
    Ok(())
}

/// Names verified for those that scripts set; the list is believed.
const LOGGERS: &[(&str, &str)] = &[
    ("Xorg", "X server"),
    ("auth", "Logins"),
    ("clomd", "vSAN's objects"),
    ("dhclient", "DHCP"),
    ("esxupdate", "Installations"),
    ("fdm", "High availability"),
    ("hostd", "Management agent"),
    ("hostd-probe", "Watch over the agent"),
    ("hostprofiletrace", "Host profiles"),
    ("lacp", "Link aggregation"),
    ("rhttpproxy", "HTTP proxy"),
    ("sdrsInjector", "Storage DRS"),
    ("shell", "Commands in the shell"),
    ("storageRM", "Storage I/O control"),
    ("swapobjd", "Swap objects"),
    ("syslog", "Everything else"),
    ("usb", "USB arbitrator"),
    ("vmauthd", "Console access"),
    ("vmkdevmgr", "Devices"),
    ("vmkernel", "Kernel"),
    ("vmkeventd", "Kernel events"),
    ("vmkwarning", "Kernel warnings"),
    ("vobd", "Observations"),
    ("vprobed", "Probes"),
    ("vpxa", "vCenter agent"),
    ("vsanmgmt", "vSAN's management"),
    ("vvold", "Virtual volumes"),
];

/// Field names verified (index of 5.0); their order is believed.
fn loggers(machine: &Machine) -> Value {
    let row = |(id, description): &(&str, &str)| {
        let own = machine.system.loggers.get(*id).copied().unwrap_or_default();
        Structure::new("LoggerConfiguration")
            .under((*id).to_owned())
            .with("Description", *description)
            .with("Destination", format!("{id}.log"))
            .with("ID", *id)
            .with("Rotation Size", own.size.map_or_else(|| number(machine, "defaultSize"), i64::from))
            .with("Rotations", own.rotate.map_or_else(|| number(machine, "defaultRotate"), i64::from))
    };
    Value::List(LOGGERS.iter().map(row).collect())
}

fn set_logger(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let id = call.get("id").unwrap_or_default();
    if !LOGGERS.iter().any(|(name, _)| *name == id) {
        return Err(format!("Unknown logger id: {id}"));
    }
    let mut own = machine.system.loggers.get(id).copied().unwrap_or_default();
    for name in call.list("reset").unwrap_or_default() {
        match name {
            "rotate" => own.rotate = None,
            "size" => own.size = None,
            other => return Err(format!("Unknown option to reset: {other}")),
        }
    }
    let positive = |option: &str| match call.get(option).map(|text| (text, text.parse::<u32>())) {
        None => Ok(None),
        Some((_, Ok(number))) if number > 0 => Ok(Some(number)),
        Some((text, _)) => Err(format!("Invalid value {text} for {option}")),
    };
    own.rotate = positive("rotate")?.or(own.rotate);
    own.size = positive("size")?.or(own.size);
    if own == Rotation::default() {
        machine.system.loggers.remove(id);
    } else {
        machine.system.loggers.insert(id.to_owned(), own);
    }
    Ok(())
}

/// Labels believed, after VMware's guide for 7.0.
fn audit(machine: &Machine) -> Value {
    Value::Struct(
        Structure::new("AuditRecordsConfiguration")
            .with("Audit Record Storage Active", number(machine, "auditRecord/storageEnable") != 0)
            .with("Audit Record Storage Capacity", number(machine, "auditRecord/storageCapacity"))
            .with("Audit Record Storage Directory", folder(&text(machine, "auditRecord/storageDirectory")))
            .with("Audit Remote Host Enabled", number(machine, "auditRecord/remoteEnable") != 0),
    )
}

fn set_audit(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    if let Some(size) = call.get("size").and_then(|text| text.parse().ok()) {
        put(machine, "auditRecord/storageCapacity", Setting::Int(size))?;
    }
    if let Some(directory) = call.get("directory") {
        put(machine, "auditRecord/storageDirectory", Setting::Text(directory.to_owned()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::samples;
    use crate::model::system::testing::{host, refused, text};

    /// Captures that lost their indent.
    fn looks_like(sample: &str, ours: &str) {
        let Some(theirs) = samples::output(sample) else { return };
        let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!(lines(ours), lines(&theirs), "{sample}");
    }

    #[test]
    fn config_looks_like_the_samples() {
        let get = "esxcli system syslog config get";
        let set = "esxcli system syslog config set --loghost=";
        let mut old = host("5.0");
        looks_like("esxcli-system-syslog-config-get--unknown--1.txt", &text(&mut old, get));
        text(&mut old, &format!("{set}tcp://192.168.0.21:514"));
        looks_like("esxcli-system-syslog-config-get--unknown--2.txt", &text(&mut old, get));
        let mut host = host("6.5");
        text(&mut host, &format!("{set}udp://192.168.1.106:514"));
        looks_like("esxcli-system-syslog-config-get--6.5.0--1.txt", &text(&mut host, get));
        text(&mut host, &format!("{set}tcp://10.0.0.6:5004,udp://192.168.1.106:514"));
        looks_like("esxcli-system-syslog-config-get--6.5.0--2.txt", &text(&mut host, get));
    }

    /// Only some lines of 8.0 are known, in their order.
    #[test]
    fn the_lines_of_8_0_stand_in_their_order() {
        let shown = text(&mut host("8.0"), "esxcli system syslog config get");
        let Some(sample) = samples::output("esxcli-system-syslog-config-get-partial--8.0--1.txt") else {
            return;
        };
        let mut rest = shown.lines();
        for line in sample.lines() {
            assert!(rest.any(|ours| ours == line), "{line}: {shown}");
        }
    }

    #[test]
    fn settings_are_the_advanced_options() {
        let mut host = host("8.0");
        text(
            &mut host,
            "esxcli system syslog config set --default-rotate 20 --loghost ssl://log.example:1514",
        );
        text(&mut host, "esxcli system syslog config set --logdir=[datastore1]_logs --logdir-unique=true");
        let shown = text(&mut host, "esxcli system settings advanced list -d");
        assert!(shown.contains("   String Value: ssl://log.example:1514\n"));
        let shown = text(&mut host, "esxcli system syslog config get");
        assert!(shown.contains("   Local Log Output: /vmfs/volumes/datastore1/logs\n"), "{shown}");
        text(
            &mut host,
            "esxcli system syslog config set --reset=logdir,logdir-unique,loghost,default-rotate",
        );
        assert!(host.system.settings.changed.is_empty());
        let before = host.clone();
        refused(&mut host, "esxcli system syslog config set --default-rotate 20 --default-size 99999");
        refused(&mut host, "esxcli system syslog config set --reset=nothing");
        for bad in ["ftp://a", "udp://", "udp://a:0", "udp://a:x", "a b"] {
            refused(
                &mut host,
                &format!("esxcli system syslog config set --loghost={}", bad.replace(' ', "_")),
            );
        }
        text(&mut host, "esxcli system syslog config set --loghost=[2001:db8::1]:514");
        host.system.settings = before.system.settings.clone();
        assert_eq!(host, before);
    }

    #[test]
    fn logs_rotate_on_their_own() {
        let mut host = host("6.0");
        text(&mut host, "esxcli system syslog config logger set --id=vmkernel --rotate=20 --size=2048");
        let listed = text(&mut host, "esxcli system syslog config logger list");
        let start = listed.find("\nvmkernel\n").unwrap();
        assert!(listed[start..].contains("   Rotation Size: 2048\n   Rotations: 20\n"));
        text(&mut host, "esxcli system syslog config logger set --id=vmkernel --reset=rotate,size");
        assert!(host.system.loggers.is_empty());
        refused(&mut host, "esxcli system syslog config logger set --id=nothing --rotate=2");
        refused(&mut host, "esxcli system syslog config logger set --id=hostd --rotate=0");
    }

    #[test]
    fn audit_records() {
        let mut host = host("7.0");
        text(&mut host, "esxcli system auditrecords local set --size=100");
        text(&mut host, "esxcli system auditrecords local enable");
        text(&mut host, "esxcli system auditrecords remote enable");
        assert_eq!(
            text(&mut host, "esxcli system auditrecords get"),
            "   Audit Record Storage Active: true\n   Audit Record Storage Capacity: 100\n   \
             Audit Record Storage Directory: /scratch/auditLog\n   Audit Remote Host Enabled: true\n"
        );
        refused(&mut host, "esxcli system auditrecords local set --size=1000");
    }
}
