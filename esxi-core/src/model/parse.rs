//! Words of a command line → [`Invocation`], by the grammar table.

use super::grammar::{self, Kind, Opt, Row};
use super::{usage, wording};
use crate::version::EsxiVersion;

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formatter {
    /// For people: the layout of the command's row.
    #[default]
    Text,
    /// `--formatter=xml`.
    Xml,
    /// `--formatter=csv`.
    Csv,
    /// `--formatter=keyvalue`.
    KeyValue,
    /// `--debug --formatter=json`; undocumented.
    Json,
}

/// A command line that the grammar accepts.
#[derive(Clone)]
pub struct Invocation {
    /// The command.
    pub row: &'static Row,
    /// Layout asked for.
    pub formatter: Formatter,
    /// Options given, in order.
    pub values: Vec<(&'static Opt, String)>,
}

impl std::fmt::Debug for Invocation {
    /// Without the values of secret options.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = |(option, value): &(&'static Opt, String)| {
            (option.long, if option.secret { "***".to_owned() } else { value.clone() })
        };
        f.debug_struct("Invocation")
            .field("command", &self.row.path)
            .field("formatter", &self.formatter)
            .field("values", &self.values.iter().map(value).collect::<Vec<_>>())
            .finish()
    }
}

impl Invocation {
    /// The last value of an option, by its long name.
    pub fn get(&self, long: &str) -> Option<&str> {
        self.values.iter().rev().find(|(option, _)| option.long == long).map(|(_, value)| value.as_str())
    }
    /// Whether a flag was given.
    pub fn flag(&self, long: &str) -> bool {
        self.get(long).is_some()
    }
    /// A boolean option.
    pub fn bool(&self, long: &str) -> Option<bool> {
        self.get(long).and_then(read_bool)
    }
    /// A list option: names without blanks around them, empty ones dropped.
    pub fn list(&self, long: &str) -> Option<Vec<&str>> {
        let names = self.get(long)?.split(',').map(str::trim).filter(|name| !name.is_empty());
        Some(names.collect())
    }
}

/// What esxcli answers instead of running a command: a usage text, or a refusal with one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", if stderr.is_empty() { stdout.lines().next().unwrap_or_default() } else { stderr.as_str() })]
pub struct UsageError {
    /// On standard output, errors too.
    pub stdout: String,
    /// On standard error: only for commands that are real but not modelled.
    pub stderr: String,
    /// Exit status: 0 for `--help`, 1 for what ESXi refuses, [`NOT_MODELLED`] for what only the model lacks.
    pub status: u8,
}

/// Exit status of a command that exists on ESXi but not in the model.
pub const NOT_MODELLED: u8 = 70;

impl UsageError {
    /// `Error: <line>` (further lines indented by seven blanks), a blank line, then the usage.
    fn refusal(lines: &[String], usage: &str) -> Self {
        let stdout = format!("Error: {}\n\n{usage}", lines.join("\n       "));
        UsageError { stdout, stderr: String::new(), status: 1 }
    }
    fn help(usage: String) -> Self {
        UsageError { stdout: usage, stderr: String::new(), status: 0 }
    }
    pub(super) fn not_modelled(words: &str) -> Self {
        let stderr = format!("esxi-sim: not modelled: {words}\n");
        UsageError { stdout: String::new(), stderr, status: NOT_MODELLED }
    }
}

/// Reads `0 1 n no y yes f false t true off on`, any case.
pub(super) fn read_bool(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "1" | "y" | "yes" | "t" | "true" | "on" => Some(true),
        "0" | "n" | "no" | "f" | "false" | "off" => Some(false),
        _ => None,
    }
}

/// Parses the words after `esxcli`.
///
/// # Errors
/// What ESXi prints instead of running the command.
///
/// ```
/// use esxi_core::model::parse;
/// let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
/// let call = parse(&words("network vswitch standard set -v vSwitch0 --mtu=9000"), "7.0".parse()?)?;
/// assert_eq!(call.get("mtu"), Some("9000"));
/// let error = parse(&words("network vswitch standard set --mtu 9000"), "7.0".parse()?).unwrap_err();
/// assert!(error.stdout.starts_with("Error: Missing required parameter -v|--vswitch-name\n\nUsage:"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(argv: &[String], version: EsxiVersion) -> Result<Invocation, UsageError> {
    let (Globals { formatter, width }, rest) = globals(argv, version)?;
    let (row, rest) = find_row(rest, version, width)?;
    let values = options(row, rest, version, width)?;
    Ok(Invocation { row, formatter, values })
}

/// What the options before the first word say.
struct Globals {
    formatter: Formatter,
    /// Of usage texts.
    width: usize,
}

/// Reads the options before the first word; reading stops there.
fn globals(argv: &[String], version: EsxiVersion) -> Result<(Globals, &[String]), UsageError> {
    let mut width = usage::WIDTH;
    let (mut rest, mut debug, mut name) = (argv, false, None);
    while let Some((first, after)) = rest.split_first() {
        let usage = || usage::namespace(&[], version, width);
        if !first.starts_with('-') {
            break;
        }
        rest = after;
        let (option, inline) = match first.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (first.as_str(), None),
        };
        let mut value = || {
            inline.clone().or_else(|| {
                let (next, after) = rest.split_first()?;
                rest = after;
                Some(next.clone())
            })
        };
        match option {
            "--formatter" | "--screen-width" => {
                let refuse = |line: String| UsageError::refusal(&[line], &usage());
                let value = value().ok_or_else(|| refuse(wording::no_value(option)))?;
                if option == "--formatter" {
                    name = Some(value);
                } else if version < EsxiVersion::new(6, 0) {
                    return Err(refuse(wording::invalid_option(first)));
                } else {
                    width = value.parse().map_err(|_| refuse(wording::bad_integer(option, &value)))?;
                }
            }
            "--debug" => debug = true,
            "--log-verbose" if version >= EsxiVersion::new(8, 0) => {}
            "--version" if version < EsxiVersion::new(8, 0) => {
                return Err(UsageError::help(format!("Script '/sbin/esxcli' version: {version}\n")));
            }
            "-?" | "--help" => return Err(UsageError::help(usage())),
            _ => return Err(UsageError::refusal(&[wording::invalid_option(first)], &usage())),
        }
    }
    let formatter = match name.as_deref() {
        None => Formatter::Text,
        Some("xml") => Formatter::Xml,
        Some("csv") => Formatter::Csv,
        Some("keyvalue") => Formatter::KeyValue,
        Some("json") if debug => Formatter::Json,
        Some(other) => return Err(UsageError::refusal(&[wording::no_formatter(other)], "")),
    };
    Ok((Globals { formatter, width }, rest))
}

fn find_row(
    argv: &[String],
    version: EsxiVersion,
    width: usize,
) -> Result<(&'static Row, &[String]), UsageError> {
    let typed: Vec<&str> =
        argv.iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
    for length in 1..=typed.len() {
        let words = &typed[..length];
        if let Some(row) = grammar::row(&words.join(" "), version) {
            return Ok((row, &argv[length..]));
        }
        if !grammar::is_namespace(words, version) {
            return Err(UsageError::refusal(&[wording::unknown_command(&typed.join(" "))], ""));
        }
    }
    let usage = usage::namespace(&typed, version, width);
    match argv.get(typed.len()).map(String::as_str) {
        None => Err(UsageError { status: 1, ..UsageError::help(usage) }),
        Some("--help" | "-?") => Err(UsageError::help(usage)),
        Some(word) => Err(UsageError::refusal(&[wording::invalid_option(word)], &usage)),
    }
}

fn options(
    row: &'static Row,
    argv: &[String],
    version: EsxiVersion,
    width: usize,
) -> Result<Vec<(&'static Opt, String)>, UsageError> {
    let refuse = |line: String| UsageError::refusal(&[line], &usage::command(row, version, width));
    let lacking = |word: &str| UsageError::not_modelled(&format!("{} {word}", row.path));
    let mut values: Vec<(&'static Opt, String)> = Vec::new();
    let mut rest = argv.iter();
    while let Some(word) = rest.next() {
        if word == "--help" || word == "-?" {
            let known = || UsageError::help(usage::command(row, version, width));
            return Err(if row.whole { known() } else { lacking(word) });
        }
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let Some(option) = find_option(row, name, version) else {
            return Err(if row.whole { refuse(wording::invalid_option(word)) } else { lacking(name) });
        };
        let value = match (option.kind, inline) {
            (Kind::Flag, None) => "true".to_owned(),
            (Kind::Flag, Some(_)) => return Err(refuse(wording::flag_with_value(name))),
            (_, Some(value)) => value,
            (_, None) => rest.next().cloned().ok_or_else(|| refuse(wording::no_value(name)))?,
        };
        if !option.repeats && values.iter().any(|(given, _)| given.long == option.long) {
            return Err(refuse(wording::duplicated(name)));
        }
        check_value(option.kind, name, &value).map_err(refuse)?;
        values.push((option, value));
    }
    let missing: Vec<String> = row
        .options_in(version)
        .filter(|option| option.required && !values.iter().any(|(given, _)| given.long == option.long))
        .map(|option| wording::missing_parameter(&option.name()))
        .collect();
    if missing.is_empty() {
        Ok(values)
    } else {
        Err(UsageError::refusal(&missing, &usage::command(row, version, width)))
    }
}

fn find_option(row: &'static Row, name: &str, version: EsxiVersion) -> Option<&'static Opt> {
    if let Some(long) = name.strip_prefix("--") {
        return row.options_in(version).find(|option| option.long == long);
    }
    let mut letters = name.strip_prefix('-')?.chars();
    let letter = letters.next()?;
    if letters.next().is_some() {
        return None;
    }
    row.options_in(version).find(|option| option.short == Some(letter))
}

fn check_value(kind: Kind, option: &str, value: &str) -> Result<(), String> {
    match kind {
        Kind::Int if value.parse::<i64>().is_err() => Err(wording::bad_integer(option, value)),
        Kind::Bool if read_bool(value).is_none() => Err(wording::bad_boolean(option, value)),
        Kind::Choice(choices) if !choices.contains(&value) => {
            Err(wording::bad_choice(option, value, choices))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V: EsxiVersion = EsxiVersion::new(7, 0);

    fn call(words: &[&str]) -> Result<Invocation, UsageError> {
        parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), V)
    }
    fn refused(words: &[&str]) -> String {
        let error = call(words).unwrap_err();
        assert_eq!((error.status, error.stderr.as_str()), (1, ""));
        error.stdout
    }

    const SET: [&str; 5] = ["network", "vswitch", "standard", "set", "-v"];

    #[test]
    fn every_option_form_is_read() {
        for form in [&["-m", "9000"][..], &["-m=9000"], &["--mtu", "9000"], &["--mtu=9000"]] {
            let call = call(&[&SET[..], &["a=b"], form].concat()).unwrap();
            assert_eq!((call.get("mtu"), call.get("vswitch-name")), (Some("9000"), Some("a=b")));
        }
    }

    #[test]
    fn a_list_may_be_cleared_and_globals_stand_first() {
        let call = call(&[
            "--formatter=csv",
            "network",
            "vswitch",
            "standard",
            "policy",
            "failover",
            "set",
            "-v",
            "x",
            "-s",
            "",
            "-a",
            "vmnic1, vmnic0",
        ])
        .unwrap();
        assert_eq!(call.formatter, Formatter::Csv);
        assert_eq!(call.list("standby-uplinks"), Some(vec![]));
        assert_eq!(call.list("active-uplinks"), Some(vec!["vmnic1", "vmnic0"]));
        assert!(refused(&["network", "ip", "get", "--formatter=csv"]).starts_with("Error: Invalid option"));
    }

    #[test]
    fn the_width_of_the_screen_is_that_of_usage_texts() {
        let help = |version, width: &str| {
            let words = [width, "network", "vswitch", "standard", "policy", "failover", "set", "--help"];
            parse(&words.map(str::to_owned), version).unwrap_err()
        };
        let widest = |text: &str| text.lines().map(str::len).max();
        let narrow = help(V, "--screen-width=50");
        assert_eq!(narrow.status, 0);
        assert!(widest(&narrow.stdout) < widest(&help(V, "--debug").stdout));
        assert!(help(V, "--screen-width=x").stdout.contains("Expecting integer value. Got 'x'"));
        let old = help(EsxiVersion::new(5, 5), "--screen-width=50");
        assert!(old.stdout.starts_with("Error: Invalid option --screen-width=50\n"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let call = call(&["system", "account", "set", "-i", "root", "-p", "geheim", "-c", "geheim"]).unwrap();
        let shown = format!("{call:?}");
        assert!(shown.contains("(\"password\", \"***\")") && !shown.contains("geheim"), "{shown}");
    }

    #[test]
    fn mistakes_are_named() {
        for (words, line) in [
            (&["bogus"][..], "Error: Unknown command or namespace bogus\n\n"),
            (&["network", "ip", "gett", "x"], "Error: Unknown command or namespace network ip gett x\n\n"),
            (
                &["network", "ip", "get", "stray"],
                "Error: Invalid option stray\n\nUsage: esxcli network ip get",
            ),
            (
                &["--formatter=json", "network", "ip", "get"],
                "Error: Unable to find requested formatter: json\n\n",
            ),
            (
                &["network", "vswitch", "standard", "uplink", "add"],
                "Error: Missing required parameter -u|--uplink-name\n       Missing required parameter \
                 -v|--vswitch-name\n\nUsage: esxcli network vswitch standard uplink add [cmd options]\n",
            ),
        ] {
            let text = refused(words);
            assert!(text.starts_with(line), "{text}");
        }
        for (tail, line) in [
            (&["x", "-m", "big"][..], "Expecting integer value. Got 'big'"),
            (&["x", "-c", "loud"], "'loud' is not in ["),
            (&["x", "-v", "y"], "Duplicated option -v"),
            (&["x", "-m"], "`-m` must have value"),
            (&["x", "--bogus"], "Invalid option --bogus"),
        ] {
            assert!(refused(&[&SET[..], tail].concat()).contains(line), "{line}");
        }
        let group = ["network", "vswitch", "standard", "portgroup", "policy", "failover", "set", "-p", "x"];
        assert!(refused(&[&group[..], &["-u=true"]].concat()).contains("is a flag"));
        assert!(refused(&[&group[..], &["-n", "perhaps"]].concat()).contains("Expecting boolean"));
    }

    #[test]
    fn what_the_model_lacks_is_told_from_what_esxi_lacks() {
        // Of some commands an index tells the options, of others only the name.
        let row = call(&["network", "fence", "list"]);
        assert!(row.unwrap_err().stdout.starts_with("Error: Unknown command"), "gone since 5.5");
        let trace = call(&["vsan", "trace", "get"]).unwrap();
        assert!(!trace.row.whole);
        let error = call(&["vsan", "trace", "set", "-s", "big"]).unwrap_err();
        assert_eq!((error.status, error.stdout.as_str()), (NOT_MODELLED, ""));
        assert_eq!(error.stderr, "esxi-sim: not modelled: vsan trace set -s\n");
        let registers = ["hardware", "cpu", "cpuid", "get"];
        let error = call(&registers).unwrap_err();
        assert!(error.stdout.starts_with("Error: Missing required parameter --cpu\n"), "{error:?}");
        let error = call(&[&registers[..], &["--cpu=a"]].concat()).unwrap_err();
        assert!(error.stdout.contains("Expecting integer value. Got 'a'"), "{error:?}");
        assert!(call(&[&registers[..], &["--cpu=1"]].concat()).is_ok());
        assert_eq!(call(&["network"]).unwrap_err().status, 1);
        assert_eq!(call(&["network", "--help"]).unwrap_err().status, 0);
        let old =
            parse(&["network", "ip", "route", "ipv4", "list"].map(str::to_owned), EsxiVersion::new(5, 0));
        assert!(old.unwrap_err().stdout.starts_with("Error: Unknown command"));
    }
}
