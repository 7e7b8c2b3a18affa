//! Usage texts of esxcli.

/// An option, as a usage text names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageOption {
    /// The letter after one dash.
    pub short: Option<char>,
    /// The word after two dashes.
    pub long: String,
    /// `<str>`, `<long>`, `<bool>` and so on; `None` for a flag.
    pub placeholder: Option<String>,
    /// Its help ends in `(required)`.
    pub required: bool,
    /// Its help says that the value is a secret.
    pub secret: bool,
    /// What it says of it.
    pub help: String,
}

/// A usage text, of a command or of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageText {
    /// Words after `esxcli`.
    pub path: String,
    /// It ends in `{cmd}`.
    pub is_namespace: bool,
    /// What the command does.
    pub description: String,
    /// Its options.
    pub options: Vec<UsageOption>,
    /// Namespaces below it.
    pub namespaces: Vec<String>,
    /// Commands below it.
    pub commands: Vec<String>,
}

/// Reads a usage text. Lines above it, such as those of an error, are passed over; `None` where there is none.
///
/// ```
/// use esxi_core::model::read::read_usage;
/// let text = "Usage: esxcli network nic down [cmd options]\n\nDescription:\n  down                  Down it.\n\n\
///             Cmd options:\n  -n|--nic-name=<str>   The name. (required)\n";
/// let usage = read_usage(text).unwrap();
/// assert_eq!(usage.path, "network nic down");
/// assert_eq!((usage.options[0].short, usage.options[0].required), (Some('n'), true));
/// ```
pub fn read_usage(text: &str) -> Option<UsageText> {
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
    let first = lines.find_map(|line| line.trim_start().strip_prefix("Usage: esxcli "))?;
    let words: Vec<&str> = first.split_whitespace().collect();
    let path = words.iter().take_while(|word| !word.starts_with(['[', '{']));
    let mut usage = UsageText {
        path: path.copied().collect::<Vec<_>>().join(" "),
        is_namespace: words.contains(&"{cmd}"),
        ..UsageText::default()
    };
    let mut section = "";
    let mut entries: Vec<(&str, String, String)> = Vec::new();
    for line in lines {
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            section = text.split(':').next().unwrap_or_default();
            continue;
        }
        let starts = line.starts_with("  ") && !line.starts_with("   ");
        match entries.last_mut() {
            Some((_, _, help)) if !starts => {
                if !help.is_empty() {
                    help.push(' ');
                }
                help.push_str(text);
            }
            _ => {
                let (head, help) = text.split_once("  ").unwrap_or((text, ""));
                entries.push((section, head.to_owned(), help.trim().to_owned()));
            }
        }
    }
    for (section, head, help) in entries {
        // A head as wide as its column stands one blank before its help.
        let (head, help) = match head.split_once(' ') {
            Some((name, tail)) => (name.to_owned(), format!("{tail} {help}").trim().to_owned()),
            None => (head, help),
        };
        match section {
            "Description" => usage.description = help,
            "Available Namespaces" => usage.namespaces.push(head),
            "Available Commands" => usage.commands.push(head),
            "Cmd options" => usage.options.extend(option(&head, help)),
            _ => {}
        }
    }
    Some(usage)
}

fn option(head: &str, help: String) -> Option<UsageOption> {
    let (names, placeholder) = match head.split_once('=') {
        Some((names, placeholder)) => (names, Some(placeholder.to_owned())),
        None => (head, None),
    };
    let long = names.split('|').find_map(|name| name.strip_prefix("--"))?.to_owned();
    let short =
        names.split('|').find_map(|name| name.strip_prefix('-').filter(|name| name.chars().count() == 1));
    Some(UsageOption {
        short: short.and_then(|name| name.chars().next()),
        long,
        placeholder,
        required: help.contains("(required)"),
        secret: help.contains("(secret)"),
        help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;

    #[test]
    fn captured_usages_are_read() {
        if let Some(text) = samples::output("esxcli-system-account-add-help--6.5.0--1.txt") {
            let usage = read_usage(&text).unwrap();
            assert_eq!((usage.path.as_str(), usage.is_namespace), ("system account add", false));
            assert_eq!(usage.description, "Create a new local user account.");
            let options: Vec<_> = usage.options.iter().map(|one| (one.short, one.long.as_str())).collect();
            let expected = [
                (Some('d'), "description"),
                (Some('i'), "id"),
                (Some('p'), "password"),
                (Some('c'), "password-confirmation"),
            ];
            assert_eq!(options, expected);
            let flags: Vec<_> = usage.options.iter().map(|one| (one.required, one.secret)).collect();
            assert_eq!(flags, [(false, false), (true, false), (false, true), (false, true)]);
            assert!(usage.options[2].help.ends_with("on the supplied prompt."));
        }
        if let Some(text) = samples::output("ERROR-missing-required-parameters--7x-8x--1.txt") {
            let usage = read_usage(&text).unwrap();
            assert_eq!(usage.options.len(), 5);
            assert_eq!(usage.options[3].placeholder.as_deref(), Some("<long>"));
        }
        if let Some(text) = samples::output("esxcli-help--8.x--1.txt") {
            let usage = read_usage(&text).unwrap();
            assert!(usage.is_namespace && usage.path.is_empty());
            assert_eq!(usage.namespaces[..2], ["daemon", "device"]);
        }
        assert_eq!(read_usage("Error: Unknown command or namespace x\n"), None);
    }
}
