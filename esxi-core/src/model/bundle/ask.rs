//! What is asked, the script that asks it, and its answer on a modelled machine.

use super::{BundleError, Entry, Form};
use crate::model::family::Call;
use crate::model::grammar::{self, Row, Shape};
use crate::model::machine::Machine;
use crate::model::read::read_text;
use crate::model::run::run_in;
use crate::model::surroundings::Surroundings;
use crate::model::value::{Structure, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// First line of every answer, before its nonce.
const FIRST: &str = "@@esxi-bundle 1 ";

/// Where names for a required option come from.
#[derive(Debug)]
struct Source {
    /// Long name of the option.
    option: &'static str,
    /// Shell variable.
    variable: char,
    /// Command that lists them.
    list: &'static str,
    /// Shell filter that picks them from its text.
    filter: &'static str,
    /// The same, for a modelled machine: the field, or the heading where it is empty.
    field: &'static str,
}

/// Names in the first column, which ends where the first dash run does.
const COLUMN: &str =
    r#"awk 'NR==2{w=index($0" "," ")-1}NR>2{t=substr($0,1,w);sub(/ +$/,"",t);if(t!="")print t}'"#;
/// No more than so many names of a kind are asked for: three tell as much as a hundred.
const NAMES: usize = 3;

static SOURCES: &[Source] = &[
    Source {
        option: "vswitch-name",
        variable: 'V',
        list: "network vswitch standard list",
        filter: "sed -n 's/^   Name: //p'",
        field: "Name",
    },
    Source {
        option: "portgroup-name",
        variable: 'P',
        list: "network vswitch standard portgroup list",
        filter: COLUMN,
        field: "Name",
    },
    Source {
        option: "interface-name",
        variable: 'K',
        list: "network ip interface list",
        filter: "sed -n 's/^   Name: //p'",
        field: "Name",
    },
    Source { option: "nic-name", variable: 'N', list: "network nic list", filter: COLUMN, field: "Name" },
    Source {
        option: "netstack",
        variable: 'S',
        list: "network ip netstack list",
        filter: "sed -n 's/^   Key: //p'",
        field: "Key",
    },
    Source {
        option: "device",
        variable: 'D',
        list: "storage core device list",
        filter: "sed -n '/^[^ ]/p'",
        field: "",
    },
];

/// Programs beside esxcli. None shows a secret; the licence is not asked for.
static PROGRAMS: &[&str] = &[
    "vmware -vl",
    "uname -a",
    "busybox --help",
    "chkconfig --list",
    "cat /etc/ssh/sshd_config",
    "esxcfg-nas -l",
    "esxcfg-nics -l",
    "esxcfg-route -l",
    "esxcfg-scsidevs -c",
    "esxcfg-vmknic -l",
    "esxcfg-volume -l",
    "esxcfg-vswitch -l",
    "vim-cmd vmsvc/getallvms",
];

/// Commands that only show something, and what their one required option takes. Credentials and keys are not
/// asked for.
fn questions() -> impl Iterator<Item = (&'static Row, Option<&'static Source>)> {
    let shows = |row: &&Row| {
        let mut words = row.words();
        row.shape != Shape::None
            && !words.any(|word| matches!(word, "auth" | "key" | "vasacontext"))
            && row.words().last().is_some_and(|verb| verb == "get" || verb == "list")
    };
    grammar::rows().filter(shows).filter_map(|row| {
        let mut required = row.options.iter().filter(|option| option.required);
        match (required.next(), required.next()) {
            (None, _) => Some((row, None)),
            (Some(one), None) => {
                SOURCES.iter().find(|source| source.option == one.long).map(|found| (row, Some(found)))
            }
            _ => None,
        }
    })
}

/// The script: one argument of one SSH exec, for the busybox shell of a host. It only shows things, and writes no
/// file. What needs a name is asked for the first three of a kind.
pub fn script() -> String {
    let mut out = String::from(PROLOGUE);
    let list = |out: &mut String, ask: &str, words: &mut dyn Iterator<Item = &str>| {
        let words: Vec<&str> = words.collect();
        let _ = write!(out, "while IFS= read -r w; do\n{ask}\ndone <<'END'\n{}\nEND\n", words.join("\n"));
    };
    let plain = questions().filter(|(_, source)| source.is_none()).map(|(row, _)| row.path);
    list(&mut out, "e - '' $w", &mut plain.into_iter());
    for source in SOURCES {
        let Source { option, variable, list: words, filter, .. } = source;
        let named = questions().filter(|(_, found)| found.is_some_and(|found| found.option == *option));
        let _ = write!(
            out,
            "{variable}=$(esxcli {words} </dev/null 2>/dev/null | {filter} | head -n {NAMES})\n\
             while IFS= read -r k; do\n[ -n \"$k\" ] || continue\n"
        );
        list(&mut out, &format!("e --{option} \"$k\" $w"), &mut named.map(|(row, _)| row.path));
        let _ = write!(out, "done <<NAMES\n${variable}\nNAMES\n");
    }
    list(&mut out, "a help - '' esxcli $w --help", &mut grammar::rows().map(|row| row.path));
    list(&mut out, "a shell - '' $w", &mut PROGRAMS.iter().copied());
    out.push_str("printf '@%s done\\n' \"$n\"\n");
    out
}

/// `a FORM OPTION NAME WORDS..` runs one command, `e OPTION NAME WORDS..` one of esxcli in two forms.
const PROLOGUE: &str = r#"PATH=/bin:/sbin:/usr/bin:/usr/sbin:/usr/lib/vmware/bin:$PATH
export PATH
n="$$-$(date +%s 2>/dev/null)"
printf '@@esxi-bundle 1 %s\n' "$n"
a() {
f=$1
p=$2
k=$3
shift 3
if [ "$p" = - ]; then
o=$("$@" </dev/null 2>&1)
else
o=$("$@" "$p" "$k" </dev/null 2>&1)
fi
printf '@%s begin %s %s %s %s\n@%s name %s\n%s\n@%s end\n' "$n" "$f" "$?" "$p" "$*" "$n" "$k" "$o" "$n"
}
e() {
p=$1
k=$2
shift 2
a text "$p" "$k" esxcli "$@"
a xml "$p" "$k" esxcli --formatter=xml "$@"
}
"#;

/// What a command says on a machine, as the script keeps it.
pub(in crate::model) fn said(
    machine: &mut Machine,
    around: &mut dyn Surroundings,
    words: &[String],
) -> (u8, String) {
    let output = run_in(machine, around, &Call::new(words));
    let text = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8_lossy(&text).trim_end_matches('\n').to_owned())
}

/// Names for each required option, as the script picks them.
pub(in crate::model) fn names(
    say: &mut dyn FnMut(&[String]) -> (u8, String),
) -> BTreeMap<&'static str, Vec<String>> {
    let found = SOURCES.iter().map(|source| {
        let words: Vec<String> =
            std::iter::once("esxcli").chain(source.list.split(' ')).map(str::to_owned).collect();
        let (_, text) = say(&words);
        let name = |one: &Structure| match (source.field, &one.heading, one.fields.first()) {
            ("", Some(heading), _) => Some(heading.to_string()),
            ("", None, Some(key)) => Some(key.value.text()),
            (field, ..) => one.get(field).map(Value::text),
        };
        (source.option, read_text(&text).structures().iter().filter_map(name).take(NAMES).collect())
    });
    found.collect()
}

/// What [`script`] would print on this machine. The machine is not changed; `&mut` is that of its execution.
pub fn collect(machine: &mut Machine, around: &mut dyn Surroundings) -> String {
    const NONCE: &str = "1-0";
    let mut out = format!("{FIRST}{NONCE}\n");
    let mut say = |words: &[String]| said(machine, around, words);
    let names = names(&mut say);
    let mut ask = |form: Form, line: &str, named: Option<(&str, &str)>| {
        let mut argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let shown = argv.join(" ");
        let (option, name) =
            named.map_or(("-".to_owned(), ""), |(option, name)| (format!("--{option}"), name));
        if let Some((_, name)) = named {
            argv.extend([option.clone(), name.to_owned()]);
        }
        let (status, output) = say(&argv);
        let form = form.word();
        let _ = writeln!(
            out,
            "@{NONCE} begin {form} {status} {option} {shown}\n@{NONCE} name {name}\n{output}\n@{NONCE} end"
        );
    };
    for (row, source) in questions() {
        let keys: Vec<Option<(&str, &str)>> = match source {
            None => vec![None],
            Some(source) => {
                let found = names.get(source.option).into_iter().flatten();
                found.map(|name| Some((source.option, name.as_str()))).collect()
            }
        };
        for key in keys {
            ask(Form::Text, &format!("esxcli {}", row.path), key);
            ask(Form::Xml, &format!("esxcli --formatter=xml {}", row.path), key);
        }
    }
    for row in grammar::rows() {
        ask(Form::Help, &format!("esxcli {} --help", row.path), None);
    }
    for program in PROGRAMS {
        ask(Form::Shell, program, None);
    }
    let _ = writeln!(out, "@{NONCE} done");
    out
}

/// An answer, cut into what was run. Anything before the first mark (a banner) is passed over.
pub(super) fn entries(answer: &str) -> Result<Vec<Entry>, BundleError> {
    let mut lines = answer.lines().map(|line| line.trim_end_matches('\r'));
    let nonce = lines.find_map(|line| line.strip_prefix(FIRST)).ok_or(BundleError::NoMark)?;
    let mark = format!("@{} ", nonce.trim());
    let mut entries: Vec<Entry> = Vec::new();
    let (mut open, mut option) = (false, "-");
    for line in lines {
        match (line.strip_prefix(&mark), entries.last_mut()) {
            (Some("done"), _) if !open => return Ok(entries),
            (Some("end"), Some(entry)) if open => {
                open = false;
                entry.output.truncate(entry.output.trim_end_matches('\n').len());
            }
            (Some(words), Some(entry)) if open => {
                if let Some(name) = words.strip_prefix("name ").filter(|_| option != "-") {
                    entry.argv.extend([option.to_owned(), name.to_owned()]);
                }
            }
            (Some(words), _) => {
                let Some(words) = words.strip_prefix("begin ") else { continue };
                let mut words = words.split(' ');
                let form = match words.next() {
                    Some("text") => Form::Text,
                    Some("xml") => Form::Xml,
                    Some("help") => Form::Help,
                    _ => Form::Shell,
                };
                let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(-1);
                option = words.next().unwrap_or("-");
                let argv = words.map(str::to_owned).collect();
                entries.push(Entry { form, argv, status, output: String::new() });
                open = true;
            }
            (None, Some(entry)) if open => {
                entry.output.push_str(line);
                entry.output.push('\n');
            }
            (None, _) => {}
        }
    }
    let last = entries.last().map_or_else(String::new, |entry| entry.argv.join(" "));
    Err(BundleError::Truncated { last })
}
