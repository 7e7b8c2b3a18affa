//! Settings of small services as forms: one table says which fields a `get` shows and which options of the `set`
//! fill them.

use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

/// What a field begins with.
#[derive(Debug, Clone, Copy)]
enum Begin {
    Text(&'static str),
    Int(i64),
    Truth(bool),
    /// A truth value that is the second from a release on.
    Turned(bool, EsxiVersion, bool),
}

struct Field {
    /// As the text form shows it.
    label: &'static str,
    /// The option that fills it; none for what only the host knows.
    option: &'static str,
    begin: Begin,
}

struct Form {
    /// The command without its last word.
    path: &'static str,
    type_name: &'static str,
    fields: &'static [Field],
}

const fn field(label: &'static str, option: &'static str, begin: Begin) -> Field {
    Field { label, option, begin }
}

use Begin::{Int, Text, Truth, Turned};

const V8_0: EsxiVersion = EsxiVersion::new(8, 0);
const V9_0: EsxiVersion = EsxiVersion::new(9, 0);

/// Labels: SNMP, FIPS, encryption and core dumps verified (captures, guides, index of 5.0); CIM and TLS believed.
static FORMS: &[Form] = &[
    Form {
        path: "system snmp",
        type_name: "AgentConfig",
        fields: &[
            field("Authentication", "authentication", Text("")),
            field("Communities", "communities", Text("")),
            field("Enable", "enable", Truth(false)),
            field("Engineid", "engineid", Text("00000063000000a100000000")),
            field("Hwsrc", "hwsrc", Text("indications")),
            field("Largestorage", "largestorage", Truth(true)),
            field("Loglevel", "loglevel", Text("info")),
            field("Notraps", "notraps", Text("")),
            field("Port", "port", Int(161)),
            field("Privacy", "privacy", Text("")),
            field("Remoteusers", "remote-users", Text("")),
            field("Syscontact", "syscontact", Text("")),
            field("Syslocation", "syslocation", Text("")),
            field("Targets", "targets", Text("")),
            field("Users", "users", Text("")),
            field("V3targets", "v3targets", Text("")),
        ],
    },
    Form {
        path: "system wbem",
        type_name: "WBEMAgentConfig",
        fields: &[
            field("Authorization Model", "auth", Text("password")),
            field("Enabled", "enable", Truth(false)),
            field("Loglevel", "loglevel", Text("warning")),
            field("Port", "port", Int(5989)),
            field("WSManagement Service", "ws-man", Truth(true)),
        ],
    },
    Form {
        path: "system security fips140 ssh",
        type_name: "Fips140Ssh",
        fields: &[field("Enabled", "enable", Truth(true))],
    },
    Form {
        path: "system security fips140 rhttpproxy",
        type_name: "Fips140Rhttpproxy",
        fields: &[field("Enabled", "enable", Truth(true))],
    },
    Form {
        path: "system security keypersistence",
        type_name: "KeyPersistence",
        fields: &[field("Enabled", "", Truth(false))],
    },
    Form {
        path: "system settings encryption",
        type_name: "Encryption",
        fields: &[
            field("Mode", "mode", Text("NONE")),
            field(
                "Require Executables Only From Installed VIBs",
                "require-exec-installed-only",
                Turned(false, V9_0, true),
            ),
            field("Require Secure Boot", "require-secure-boot", Turned(false, V9_0, true)),
        ],
    },
    Form {
        path: "system tls server",
        type_name: "TlsServer",
        fields: &[field("Profile", "profile", Text("COMPATIBLE"))],
    },
    Form {
        path: "system coredump network",
        type_name: "NetworkCoredump",
        fields: &[
            field("Enabled", "enable", Truth(false)),
            field("Host VNic", "interface-name", Text("")),
            field("Network Server IP", "server-ip", Text("")),
            field("Network Server Port", "server-port", Int(0)),
        ],
    },
    Form {
        path: "system syslog config logfilter",
        type_name: "LogFilterGet",
        fields: &[field("Log Filtering Enabled", "log-filtering-enabled", Turned(false, V8_0, false))],
    },
];

/// The key under which a machine stores a field that was filled.
fn key(form: &Form, field: &Field) -> String {
    format!("{}/{}", form.path, field.label)
}

fn value(machine: &Machine, form: &Form, field: &Field) -> Value {
    let stored = machine.system.forms.get(&key(form, field)).map(String::as_str);
    let truth = |begin: bool| Value::Bool(stored.map_or(begin, |text| text == "true"));
    match field.begin {
        Text(begin) => Value::Str(stored.unwrap_or(begin).to_owned()),
        Int(begin) => Value::Int(stored.and_then(|text| text.parse().ok()).unwrap_or(begin)),
        Truth(begin) => truth(begin),
        Turned(before, since, then) => truth(if machine.state.version >= since { then } else { before }),
    }
}

/// One field of a form, as text.
pub(super) fn read(machine: &Machine, path: &str, label: &str) -> Option<String> {
    let form = FORMS.iter().find(|form| form.path == path)?;
    let field = form.fields.iter().find(|field| field.label == label)?;
    Some(match value(machine, form, field) {
        Value::Str(text) => text,
        Value::Int(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    })
}

/// Executes the `get` or `set` of a form.
pub(super) fn run(machine: &mut Machine, call: &Invocation) -> Option<Reply> {
    let (path, verb) = call.row.path.rsplit_once(' ')?;
    let form = FORMS.iter().find(|form| form.path == path)?;
    Some(match verb {
        "get" => Ok(Answer::Value(Value::Struct(
            form.fields.iter().fold(Structure::new(form.type_name), |structure, field| {
                structure.with(field.label, value(machine, form, field))
            }),
        ))),
        "set" => set(machine, form, call).map(|()| Answer::Done),
        // Keys that are not kept need not be forgotten.
        "disable" => Ok(Answer::Done),
        _ => return None,
    })
}

fn set(machine: &mut Machine, form: &Form, call: &Invocation) -> Result<(), String> {
    let mut filled = Vec::new();
    for field in form.fields.iter().filter(|field| !field.option.is_empty()) {
        // Up to 5.5 the address of the core dump server is that of IPv4 only.
        let old = if field.option == "server-ip" { call.get("server-ipv4") } else { None };
        let Some(given) = call.get(field.option).or(old) else { continue };
        let text = match field.begin {
            Truth(_) | Turned(..) => call.bool(field.option).unwrap_or_default().to_string(),
            Int(_) => {
                let number: i64 = given.parse().unwrap_or_default();
                if !(0..=65_535).contains(&number) {
                    return Err(format!("Invalid value {number} for {}", field.label));
                }
                number.to_string()
            }
            Text(_) => given.to_owned(),
        };
        filled.push((key(form, field), text));
    }
    if form.path == "system coredump network" {
        enable_dumps(machine, form, call)?;
    }
    if call.flag("reset") {
        machine.system.forms.retain(|name, _| !name.starts_with(&format!("{}/", form.path)));
    }
    machine.system.forms.extend(filled);
    Ok(())
}

/// A server of core dumps is used once it has an adapter and an address (believed).
fn enable_dumps(machine: &Machine, form: &Form, call: &Invocation) -> Result<(), String> {
    let has = |option: &str, label: &str| {
        call.get(option).is_some() || read(machine, form.path, label).is_some_and(|text| !text.is_empty())
    };
    let address = has("server-ip", "Network Server IP") || call.get("server-ipv4").is_some();
    if call.bool("enable") == Some(true) && !(address && has("interface-name", "Host VNic")) {
        return Err("Unable to enable the network coredump: set its interface and server first".to_owned());
    }
    if let Some(adapter) = call.get("interface-name")
        && !machine.state.vmkernel.keys().any(|name| name.as_str() == adapter)
    {
        return Err(format!("Unable to find vmkernel interface {adapter}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::model::system::testing::{host, refused, same, text};

    #[test]
    fn snmp_looks_like_the_sample() {
        let mut host = host("8.0");
        text(&mut host, "esxcli system snmp set -c public -l warning -E 80001ADC0516409360261726011136");
        same("esxcli-system-snmp-get--8.0--1.txt", &text(&mut host, "esxcli system snmp get"));
        text(&mut host, "esxcli system snmp set -r");
        assert!(text(&mut host, "esxcli system snmp get").contains("Communities: \n"));
        assert!(refused(&mut host, "esxcli system snmp set -p 70000").contains("70000"));
    }

    #[test]
    fn fips_looks_like_the_sample() {
        let mut host = host("8.0");
        let get = "esxcli system security fips140 ssh get";
        same("esxcli-system-security-fips140-ssh-get--8.0--1.txt", &text(&mut host, get));
        text(&mut host, "esxcli system security fips140 ssh set -e 0");
        assert_eq!(text(&mut host, get), "   Enabled: false\n");
    }

    #[test]
    fn core_dumps_over_the_network() {
        let mut host = host("6.7");
        assert!(refused(&mut host, "esxcli system coredump network set --enable true").contains("first"));
        text(
            &mut host,
            "esxcli system coredump network set --interface-name vmk0 --server-ipv4 192.0.2.7 --server-port 6500",
        );
        text(&mut host, "esxcli system coredump network set --enable true");
        let shown = text(&mut host, "esxcli system coredump network get");
        assert!(shown.contains("   Network Server IP: 192.0.2.7\n   Network Server Port: 6500\n"), "{shown}");
        refused(&mut host, "esxcli system coredump network set --interface-name vmk9");
    }
}
