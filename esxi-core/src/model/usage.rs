//! Usage texts: of the whole tool, of a namespace, of a command.

use super::grammar::{self, Row};
use crate::version::EsxiVersion;
use std::fmt::Write;

/// Column where help starts (verified in three captures).
const COLUMN: usize = 24;
/// Widest line (captures wrap near 110) where `--screen-width` says nothing else. That it counts for usage texts,
/// and for nothing else, is believed.
pub(super) const WIDTH: usize = 106;

/// Usage of the deepest namespace; the whole tool when `words` is empty.
pub(super) fn namespace(words: &[&str], version: EsxiVersion, width: usize) -> String {
    let mut text = String::new();
    if words.is_empty() {
        text.push_str("Usage: esxcli [options] {namespace}+ {cmd} [cmd options]\n\nOptions:\n");
        for (option, help) in globals(version) {
            entry(&mut text, option, help, width);
        }
    } else {
        let _ = writeln!(text, "Usage: esxcli {} {{cmd}} [cmd options]", words.join(" "));
    }
    let below = grammar::below(words, version);
    for (title, commands) in [("Available Namespaces", false), ("Available Commands", true)] {
        let mut listed = below.iter().filter(|(_, command, _)| *command == commands).peekable();
        if listed.peek().is_none() {
            continue;
        }
        let _ = writeln!(text, "\n{title}:");
        for (word, _, help) in listed {
            entry(&mut text, word, help, width);
        }
    }
    text
}

/// Global options of a release (verified: 5.x and 8.x help texts).
fn globals(version: EsxiVersion) -> Vec<(&'static str, &'static str)> {
    let mut list = vec![("--formatter=FORMATTER", "Write the result as one of: xml, csv, keyvalue.")];
    if version >= EsxiVersion::new(6, 0) {
        list.push(("--screen-width=SCREENWIDTH", "Width of the screen for text."));
    }
    list.push(("--debug", "Internal options."));
    list.push(if version >= EsxiVersion::new(8, 0) {
        ("--log-verbose", "Log more.")
    } else {
        ("--version", "Show the version of this tool.")
    });
    list.push(("-?, --help", "Show this text."));
    list
}

/// Usage of one command.
pub(super) fn command(row: &Row, version: EsxiVersion, width: usize) -> String {
    // A blank stands behind the colon in captures of 6.5 and none in those of 7.x and 8.x.
    let blank = if version < EsxiVersion::new(7, 0) { " " } else { "" };
    let mut text = format!("Usage: esxcli {} [cmd options]\n\nDescription:{blank}\n", row.path);
    entry(&mut text, row.words().last().unwrap_or_default(), row.help, width);
    if row.options.is_empty() {
        return text;
    }
    text.push_str("\nCmd options:\n");
    for option in row.options_in(version) {
        let head = match option.kind.placeholder() {
            Some(placeholder) => format!("{}={placeholder}", option.name()),
            None => option.name(),
        };
        let mut help = option.help.to_owned();
        if option.required {
            help.push_str(" (required)");
        }
        if option.secret {
            help.push_str(" (secret)");
        }
        entry(&mut text, &head, &help, width);
    }
    text
}

/// `  head` padded to the help column, or help on the next line when the head is too wide.
fn entry(text: &mut String, head: &str, help: &str, width: usize) {
    let mut line = format!("  {head}");
    if line.len() + 2 > COLUMN && !help.is_empty() {
        let _ = writeln!(text, "{line}");
        line = String::new();
    }
    let mut empty = true;
    for word in help.split(' ').filter(|word| !word.is_empty()) {
        if !empty && line.len() + 1 + word.len() > width {
            let _ = writeln!(text, "{line}");
            line = String::new();
            empty = true;
        }
        if empty {
            line = format!("{line:COLUMN$}{word}");
        } else {
            line.push(' ');
            line.push_str(word);
        }
        empty = false;
    }
    if !line.is_empty() {
        let _ = writeln!(text, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_shows_its_options() {
        let version = EsxiVersion::new(7, 0);
        let row = grammar::row("network vswitch standard uplink add", version).unwrap();
        assert_eq!(
            command(row, version, WIDTH),
            "Usage: esxcli network vswitch standard uplink add [cmd options]\n\nDescription:\n  \
             add                   Attach a physical adapter.\n\nCmd options:\n  \
             -u|--uplink-name=<str>\n                        \
             Physical adapter to attach or detach. (required)\n  \
             -v|--vswitch-name=<str>\n                        Name of the virtual switch. (required)\n"
        );
    }

    #[test]
    fn a_namespace_shows_namespaces_then_commands() {
        let text = namespace(&["network", "vswitch", "standard"], EsxiVersion::new(7, 0), WIDTH);
        assert!(text.starts_with(
            "Usage: esxcli network vswitch standard {cmd} [cmd options]\n\nAvailable Namespaces:\n"
        ));
        let (namespaces, commands) = text.split_once("Available Commands:").unwrap();
        assert!(namespaces.contains("\n  portgroup"));
        assert!(commands.contains("\n  set                   "));
        assert!(!namespace(&[], EsxiVersion::new(8, 0), WIDTH).contains("--version"));
        assert!(namespace(&[], EsxiVersion::new(6, 7), WIDTH).contains("--version"));
    }
}
