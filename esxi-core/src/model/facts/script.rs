//! The script, its answer on a modelled machine, and the marks of an answer.

use super::FactsError;
use super::sections::{DATE, LOCKDOWN, Over, RUNS, SECTIONS, SESSION, VCENTER, VERSION};
use crate::model::machine::Machine;
use crate::model::run::run;
use crate::model::system::Lockdown;
use std::fmt::Write;

/// First line of every answer, before its nonce.
const FIRST: &str = "@@esxi-facts 1 ";

/// The script: one argument of one SSH exec, for the busybox shell of 6.5 to 9.0 (no arrays, no temporary file).
///
/// `esxcli` is asked for XML first; where that fails, for text. Where `esxcli` fails altogether (`hostd` down),
/// `localcli` is asked instead. Each answer stands between marks that carry a nonce of the run.
pub fn script() -> String {
    let mut out = String::from(PROLOGUE);
    for section in SECTIONS {
        let ask = |key: &str, option: &str| format!("q {} {key} {}{option}", section.name, section.words);
        let each = |list: &str, option: &str| {
            let ask = ask("\"$k\"", &format!(" {option} \"$k\""));
            format!(
                "while IFS= read -r k; do\n[ -n \"$k\" ] || continue\n{ask}\n{}done <<END\n${list}\nEND\n",
                keep(section.name)
            )
        };
        let _ = match section.over {
            Over::Once => write!(out, "{}\n{}", ask("''", ""), keep(section.name)),
            Over::Stacks => write!(out, "{}\n{}{}", ask("''", ""), keep(section.name), each("S", "-N")),
            Over::VSwitches => write!(out, "{}", each("V", "-v")),
            Over::PortGroups => write!(out, "{}", each("P", "-p")),
            Over::Adapters => write!(out, "{}", each("K", "-i")),
        };
    }
    out.push_str(EPILOGUE);
    out
}

/// What is done with the answer just read in `$o`: names for later questions are taken from it.
fn keep(section: &str) -> &'static str {
    match section {
        super::sections::VERSION => LOCAL,
        super::sections::VSWITCHES => "V=$(names Name '   Name: ')\n",
        super::sections::PORT_GROUPS => "P=$(names Name '')\n",
        super::sections::STACKS => "S=$(names Key '   Key: ' | sed '/^defaultTcpipStack$/d')\n",
        // Answers for several stacks may name an adapter twice.
        super::sections::ADAPTERS => {
            "K=$(printf '%s\\n' \"$K\"; names Name '   Name: ')\nK=$(printf '%s\\n' \"$K\" | sort -u)\n"
        }
        _ => "",
    }
}

/// `q SECTION KEY WORDS..` asks; `names FIELD PREFIX` lists a field of the answer: of its XML, or of the text
/// lines with the prefix, or of the first column of a table where the prefix is empty.
const PROLOGUE: &str = r#"PATH=/bin:/sbin:/usr/bin:/usr/sbin:/usr/lib/vmware/bin:$PATH
export PATH
n="$$-$(date +%s 2>/dev/null)"
printf '@@esxi-facts 1 %s\n' "$n"
E=esxcli
K=
q() {
s=$1
k0=$2
shift 2
f=xml
o=$($E --formatter=xml "$@" </dev/null 2>/dev/null)
r=$?
case "$r $o" in
'0 '*'<output'*) ;;
*)
f=text
o=$($E "$@" </dev/null 2>&1)
r=$?
;;
esac
printf '@%s begin %s %s %s %s\n' "$n" "$s" "$f" "$r" "$k0"
printf '%s\n' "$o"
printf '@%s end\n' "$n"
}
names() {
[ "$r" -eq 0 ] || return 0
if [ "$f" = xml ]; then
printf '%s\n' "$o" | tr -d '\r\n' | sed 's/<field /\
<field /g' | sed -n 's/^<field name="'"$1"'">[[:space:]]*<string>\(.*\)<\/string>[[:space:]]*<\/field>.*/\1/p' |
sed "s/&lt;/</g;s/&gt;/>/g;s/&quot;/\"/g;s/&apos;/'/g;s/&#39;/'/g;s/&#34;/\"/g;s/&amp;/\\&/g"
elif [ -n "$2" ]; then
printf '%s\n' "$o" | sed -n "s/^$2//p"
else
printf '%s\n' "$o" | awk 'NR==2{w=index($0" "," ")-1}
NR>2{t=substr($0,1,w);if(substr($0,w+1,2)!="  "){t=$0;sub(/  .*/,"",t)}sub(/ +$/,"",t);if(t!="")print t}'
fi
}
"#;

const LOCAL: &str = "if [ \"$r\" -ne 0 ]; then\nE=localcli\nq version '' system version get\nfi\n";

const EPILOGUE: &str = r#"printf '@%s begin session raw 0 \n%s\n@%s end\n' "$n" "$SSH_CONNECTION" "$n"
printf '@%s begin vcenter raw 0 \n%s\n@%s end\n' "$n" "$(vim-cmd hostsvc/hostsummary 2>/dev/null | sed -n 's/.*managementServerIp = "\(.*\)".*/\1/p')" "$n"
printf '@%s begin lockdown raw 0 \n%s\n@%s end\n' "$n" "$(vim-cmd vimsvc/auth/lockdown_is_enabled 2>/dev/null)" "$n"
printf '@%s begin runs raw 0 \n' "$n"
for g in /tmp/esxi-guard-*; do
[ -d "$g" ] || continue
l=
for k in decided kept saved; do
[ ! -e "$g/$k" ] || l="$l$k "
done
printf '%s|%s|%s|%s|%s\n' "${g#/tmp/esxi-guard-}" "$(head -n 1 "$g/armed" 2>/dev/null)" "$(head -n 1 "$g/rc" 2>/dev/null)" "$l" "$(head -n 1 "$g/state" 2>/dev/null)"
done
printf '@%s end\n' "$n"
printf '@%s begin date raw 0 \n%s\n@%s end\n' "$n" "$(date +%s; date +%M)" "$n"
printf '@%s done\n' "$n"
"#;

/// The form a machine answers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As hosts do.
    Xml,
    /// As a host would whose XML formatter fails.
    Text,
}

/// What the script sees of the session that runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// `$SSH_CONNECTION`: client, its port, server, its port.
    pub ssh_connection: String,
    /// The host's clock, seconds since 1970.
    pub epoch: u64,
    /// A line for each guarded change that the host's files tell of.
    pub runs: Vec<String>,
}

/// What [`script`] would print on this machine. The machine is not changed; `&mut` is [`run`]'s.
pub fn collect(machine: &mut Machine, form: Form, session: Option<&Session>) -> String {
    const NONCE: &str = "1-0";
    let mut out = format!("{FIRST}{NONCE}\n");
    for section in SECTIONS {
        let keys = |names: Vec<String>| names.into_iter().map(Some).collect::<Vec<_>>();
        let state = &machine.state;
        let (option, keys) = match section.over {
            Over::Once => ("", vec![None]),
            Over::Stacks => {
                let mut stacks: Vec<Option<String>> = vec![None];
                let mut others: Vec<String> =
                    state.vmkernel.values().map(|vmk| vmk.netstack.to_string()).collect();
                others.extend(state.routes.iter().map(|route| route.netstack.to_string()));
                others.sort();
                others.dedup();
                stacks.extend(others.into_iter().filter(|name| name != "defaultTcpipStack").map(Some));
                ("-N", stacks)
            }
            Over::VSwitches => ("-v", keys(state.vswitches.keys().map(|name| name.to_string()).collect())),
            Over::PortGroups => ("-p", keys(state.port_groups.keys().map(|name| name.to_string()).collect())),
            Over::Adapters => ("-i", keys(state.vmkernel.keys().map(|name| name.to_string()).collect())),
        };
        for key in keys {
            let mut argv = vec!["esxcli".to_owned()];
            if form == Form::Xml {
                argv.push("--formatter=xml".to_owned());
            }
            argv.extend(section.words.split(' ').map(str::to_owned));
            if let Some(key) = &key {
                argv.extend([option.to_owned(), key.clone()]);
            }
            let output = run(machine, &argv, b"");
            let form = if form == Form::Xml { "xml" } else { "text" };
            let _ = writeln!(
                out,
                "@{NONCE} begin {} {form} {} {}\n{}\n@{NONCE} end",
                section.name,
                output.status,
                key.unwrap_or_default(),
                String::from_utf8_lossy(&output.stdout).trim_end_matches('\n')
            );
        }
    }
    let (connection, runs, clock) = session.map_or_else(Default::default, |session| {
        let clock = format!("{}\n{:02}", session.epoch, session.epoch / 60 % 60);
        (session.ssh_connection.clone(), session.runs.join("\n"), clock)
    });
    let _ = writeln!(out, "@{NONCE} begin {SESSION} raw 0 \n{connection}\n@{NONCE} end");
    let server = machine.system.vcenter.as_deref().unwrap_or_default();
    let _ = writeln!(out, "@{NONCE} begin {VCENTER} raw 0 \n{server}\n@{NONCE} end");
    let locked = machine.system.lockdown != Lockdown::Disabled;
    let _ = writeln!(out, "@{NONCE} begin {LOCKDOWN} raw 0 \n{locked}\n@{NONCE} end");
    let _ = writeln!(out, "@{NONCE} begin {RUNS} raw 0 \n{runs}\n@{NONCE} end");
    let _ = writeln!(out, "@{NONCE} begin {DATE} raw 0 \n{clock}\n@{NONCE} end\n@{NONCE} done");
    out
}

/// Output of a command that was got in another way.
pub(in crate::model) struct Got {
    /// The name it was asked for, or empty.
    pub(in crate::model) key: String,
    pub(in crate::model) status: i32,
    /// Its XML, or its text.
    pub(in crate::model) body: String,
}

/// An answer put together from outputs by the words of their command.
pub(super) fn put_together(find: &dyn Fn(&str) -> Vec<Got>) -> String {
    const NONCE: &str = "1-0";
    let mut out = format!("{FIRST}{NONCE}\n");
    for section in SECTIONS {
        for Got { key, status, body } in find(section.words) {
            let form = if body.contains("<output") { "xml" } else { "text" };
            let _ =
                writeln!(out, "@{NONCE} begin {} {form} {status} {key}\n{body}\n@{NONCE} end", section.name);
        }
    }
    out + &format!("@{NONCE} done\n")
}

/// One marked part of an answer.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    pub(super) section: &'a str,
    /// Name it was asked for, or empty.
    pub(super) key: &'a str,
    /// `xml`, `text` or `raw`.
    pub(super) form: &'a str,
    pub(super) status: i32,
    pub(super) body: String,
}

/// An answer, cut into its parts.
#[derive(Debug, Clone)]
pub(super) struct Answer<'a>(Vec<Part<'a>>);

impl<'a> Answer<'a> {
    /// Anything before the first mark (a banner) is passed over.
    pub(super) fn read(output: &'a str) -> Result<Self, FactsError> {
        let mut lines = output.lines().map(|line| line.trim_end_matches('\r'));
        let nonce = lines.find_map(|line| line.strip_prefix(FIRST)).ok_or(FactsError::NoMark)?;
        let mark = format!("@{} ", nonce.trim());
        let mut parts: Vec<Part<'a>> = Vec::new();
        let mut open = false;
        for line in lines {
            match line.strip_prefix(&mark) {
                Some("done") if !open => return Ok(Answer(parts)),
                Some("end") => open = false,
                Some(words) => {
                    let Some(words) = words.strip_prefix("begin ") else { continue };
                    let mut words = words.splitn(4, ' ');
                    let mut next = || words.next().unwrap_or_default();
                    let (section, form, status, key) = (next(), next(), next(), next());
                    let status = status.parse().unwrap_or(-1);
                    parts.push(Part { section, key, form, status, body: String::new() });
                    open = true;
                }
                None => {
                    if let (true, Some(part)) = (open, parts.last_mut()) {
                        part.body.push_str(line);
                        part.body.push('\n');
                    }
                }
            }
        }
        let last = parts.last().map_or(VERSION, |part| part.section).to_owned();
        Err(FactsError::Truncated { last })
    }
    /// Parts of a section, in order.
    pub(super) fn all(&self, section: &str) -> impl Iterator<Item = &Part<'a>> {
        self.0.iter().filter(move |part| part.section == section)
    }
    /// The part for a key; the last one where it was asked again.
    pub(super) fn one(&self, section: &str, key: &str) -> Option<&Part<'a>> {
        self.all(section).filter(|part| part.key == key).last()
    }
}
