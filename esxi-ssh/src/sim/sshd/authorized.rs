//! A user's `authorized_keys`: lines of options and a key.

use russh::keys::PublicKey;
use std::net::IpAddr;

/// One line: a key, and what a log-in by it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorized {
    pub(crate) key: PublicKey,
    from: Option<String>,
    pub(crate) limits: Limits,
}

/// What a log-in may do. Forwarding of any kind is off anyway.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    /// Runs in place of whatever the client asks for.
    pub(crate) command: Option<String>,
    /// No terminal is given.
    pub(crate) no_pty: bool,
}

impl Authorized {
    /// The keys of a file, in its order. A line that is not understood counts for nothing, as with `sshd`: a
    /// restriction that is not known must not be taken for none.
    pub(crate) fn lines(text: &str) -> impl Iterator<Item = Authorized> {
        text.lines().filter_map(Authorized::parse)
    }

    /// One line; `None` for comments and for what is no key.
    pub(crate) fn parse(line: &str) -> Option<Authorized> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (from, limits) = (None, Limits::default());
        if let Ok(key) = PublicKey::from_openssh(line) {
            return Some(Authorized { key, from, limits });
        }
        let end = end_of_options(line)?;
        let key = PublicKey::from_openssh(line.get(end..)?.trim_start()).ok()?;
        let mut entry = Authorized { key, from, limits };
        for option in split_options(&line[..end]) {
            entry.apply(option)?;
        }
        Some(entry)
    }

    /// Takes one option over; `None` when there is no such option.
    fn apply(&mut self, option: &str) -> Option<()> {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => {
                let quoted = value.strip_prefix('"')?.strip_suffix('"')?;
                (name, Some(quoted.replace("\\\"", "\"")))
            }
            None => (option, None),
        };
        match (name.to_ascii_lowercase().as_str(), value) {
            ("command", Some(command)) => self.limits.command = Some(command),
            ("from", Some(patterns)) => self.from = Some(patterns),
            ("no-pty" | "restrict", None) => self.limits.no_pty = true,
            ("pty", None) => self.limits.no_pty = false,
            // Variables of the environment are set for nobody (`PermitUserEnvironment no`), and what is about
            // forwarding or a user's start file changes nothing here.
            ("environment" | "permitopen" | "permitlisten", Some(_))
            | (
                "agent-forwarding"
                | "no-agent-forwarding"
                | "port-forwarding"
                | "no-port-forwarding"
                | "x11-forwarding"
                | "no-x11-forwarding"
                | "user-rc"
                | "no-user-rc",
                None,
            ) => {}
            _ => return None,
        }
        Some(())
    }

    /// Whether a client at this address may use the line.
    pub(crate) fn admits(&self, client: IpAddr) -> bool {
        let Some(patterns) = &self.from else { return true };
        let mut admitted = false;
        for pattern in patterns.split(',') {
            match pattern.strip_prefix('!') {
                Some(pattern) if matches(pattern, client) => return false,
                Some(_) => {}
                None => admitted |= matches(pattern, client),
            }
        }
        admitted
    }
}

/// Where the options end: at the first blank outside of quotes.
fn end_of_options(line: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    line.char_indices().find_map(|(at, c)| {
        match c {
            '"' if !escaped => quoted = !quoted,
            ' ' | '\t' if !quoted => return Some(at),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        None
    })
}

/// The options, at commas outside of quotes.
fn split_options(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|c| {
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && !escaped;
        c == ',' && !quoted
    });
    parts.collect()
}

/// A network, or a name with `*` and `?`.
fn matches(pattern: &str, client: IpAddr) -> bool {
    if pattern.contains('/') {
        return pattern.parse().is_ok_and(|net: ipnet::IpNet| net.contains(&client));
    }
    wildcard(pattern.as_bytes(), client.to_string().as_bytes())
}

fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|from| wildcard(rest, &text[from..])),
        (Some((b'?', rest)), Some((_, text))) => wildcard(rest, text),
        (Some((one, rest)), Some((other, text))) => one == other && wildcard(rest, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ me";

    fn parsed(options: &str) -> Option<Authorized> {
        Authorized::parse(&format!("{options} {KEY}"))
    }

    #[test]
    fn options_are_understood_or_the_line_counts_for_nothing() {
        assert_eq!(parsed("").unwrap().limits, Limits::default());
        let limits = parsed(r#"no-pty,command="echo \"a, b\" $SSH_ORIGINAL_COMMAND",no-port-forwarding"#);
        let command = Some(r#"echo "a, b" $SSH_ORIGINAL_COMMAND"#.to_owned());
        assert_eq!(limits.unwrap().limits, Limits { command, no_pty: true });
        assert!(parsed("restrict").unwrap().limits.no_pty);
        assert!(!parsed("restrict,pty").unwrap().limits.no_pty);
        for unknown in ["no-such-option", "command=unquoted", "command", "command=\"open", "no-pty=\"yes\""] {
            assert_eq!(parsed(unknown), None, "{unknown}");
        }
        for nothing in ["", "# comment", "ssh-ed25519 nonsense"] {
            assert_eq!(Authorized::parse(nothing), None);
        }
        assert_eq!(Authorized::lines(&format!("# mine\n{KEY}\nnonsense\n  {KEY}\r\n")).count(), 2);
    }

    #[test]
    fn a_line_may_be_for_some_clients_only() {
        let admits = |from: &str, client: &str| {
            parsed(&format!("from=\"{from}\"")).unwrap().admits(client.parse().unwrap())
        };
        assert!(admits("10.0.0.0/8", "10.1.2.3") && !admits("10.0.0.0/8", "11.1.2.3"));
        assert!(
            admits("192.0.2.*,2001:db8::/32", "192.0.2.7")
                && admits("192.0.2.*,2001:db8::/32", "2001:db8::7")
        );
        assert!(admits("192.0.2.?", "192.0.2.7") && !admits("192.0.2.?", "192.0.2.77"));
        assert!(!admits("!192.0.2.7,192.0.2.*", "192.0.2.7") && admits("!192.0.2.7,192.0.2.*", "192.0.2.8"));
        assert!(!admits("!192.0.2.7", "192.0.2.8"), "nothing is admitted by what excludes");
    }
}
