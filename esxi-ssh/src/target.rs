//! Which host, which account: `ssh://root@203.0.113.10`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use esxi_core::diag::{Code, codes};

/// The port of SSH.
pub const DEFAULT_PORT: u16 = 22;
/// The account that every ESXi host has.
pub const DEFAULT_USER: &str = "root";

/// A host and an account on it, written as `ssh://user@host:port`.
///
/// User and port may be left out (`root`, 22), and so may the scheme. An IPv6 address stands in brackets. The
/// host is the *logical* one: the name under which its key is known, which is not always the socket connected
/// to (see [`AddressMap`](crate::AddressMap)).
///
/// ```
/// use esxi_ssh::Target;
/// let target: Target = "ssh://203.0.113.10".parse()?;
/// assert_eq!((target.user(), target.host(), target.port()), ("root", "203.0.113.10", 22));
/// let target: Target = "ssh://admin@[2001:DB8::1]:2222".parse()?;
/// assert_eq!(target.host(), "2001:db8::1");
/// assert_eq!(target.to_string(), "ssh://admin@[2001:db8::1]:2222");
/// let refused = "ssh://root:hunter2@203.0.113.10".parse::<Target>().unwrap_err();
/// assert!(!refused.to_string().contains("hunter2"));
/// # Ok::<(), esxi_ssh::TargetError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    user: String,
    host: String,
    port: u16,
}

impl Target {
    /// An account on a host. The host is a name or an address, without brackets.
    ///
    /// # Errors
    /// When one of them is empty or has characters that cannot stand there, or the port is 0.
    pub fn new(user: &str, host: &str, port: u16) -> Result<Self, TargetError> {
        if user.is_empty() || user.chars().any(|c| c.is_control() || c.is_whitespace() || "/@:%".contains(c))
        {
            return Err(TargetError::User);
        }
        if port == 0 {
            return Err(TargetError::Port { text: "0".into() });
        }
        Ok(Target { user: user.to_owned(), host: host_text(host)?, port })
    }
    /// The same account and port on another address: where the same host answers after a change.
    #[must_use]
    pub fn with_address(&self, address: IpAddr) -> Self {
        Target { host: address.to_string(), ..self.clone() }
    }
    /// The account.
    pub fn user(&self) -> &str {
        &self.user
    }
    /// Name or address, lower case, an IPv6 address in its shortest form without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }
    /// TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// The address, when the host is given as one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
    /// `host` or, with another port than 22, `[host]:port`: the spelling of known_hosts files.
    pub fn known_hosts_name(&self) -> String {
        if self.port == DEFAULT_PORT { self.host.clone() } else { format!("[{}]:{}", self.host, self.port) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ssh://{}@", self.user)?;
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        if self.port != DEFAULT_PORT {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ssh") => rest,
            // What stands before `://` is not repeated unless it looks like a scheme: it may be a password.
            Some((scheme, _)) if !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
                return Err(TargetError::Scheme { scheme: scheme.to_owned() });
            }
            Some(_) => return Err(TargetError::Host { text: String::new() }),
            None => text,
        };
        // The password question comes first, so that no later message can repeat a part of one.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, _)) if user.contains(':') => return Err(TargetError::Password),
            Some((user, rest)) => (user, rest),
            None => (DEFAULT_USER, rest),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = if let Some(inner) = rest.strip_prefix('[') {
            let Some((host, after)) = inner.split_once(']') else {
                return Err(TargetError::Host { text: rest.to_owned() });
            };
            match after.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if after.is_empty() => (host, None),
                None => return Err(TargetError::Host { text: rest.to_owned() }),
            }
        } else if rest.parse::<Ipv6Addr>().is_ok() {
            // `2001:db8::1:22` has two readings.
            return Err(TargetError::Brackets { text: rest.to_owned() });
        } else {
            match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            }
        };
        let port = match port {
            None => DEFAULT_PORT,
            Some(text) => match text.parse() {
                Ok(port) if port != 0 && text.chars().all(|c| c.is_ascii_digit()) => port,
                _ => return Err(TargetError::Port { text: text.to_owned() }),
            },
        };
        Target::new(user, host, port)
    }
}

/// Checks a host and brings it to its one spelling.
fn host_text(host: &str) -> Result<String, TargetError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    // A link-local address with its zone: `fe80::1%vmk0`, in a URL `fe80::1%25vmk0` (RFC 6874).
    if let Some((address, zone)) = host.split_once('%') {
        let zone = zone.strip_prefix("25").unwrap_or(zone);
        if let (Ok(address), true) = (address.parse::<Ipv6Addr>(), is_name(zone)) {
            return Ok(format!("{address}%{zone}"));
        }
    }
    // A name of digits and dots alone is an address with a slip in it.
    let numeric = host.chars().all(|c| c.is_ascii_digit() || c == '.');
    if !is_name(host) || numeric {
        return Err(TargetError::Host { text: host.to_owned() });
    }
    Ok(host.to_ascii_lowercase())
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(['-', '.'])
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
}

/// Why a text is not a [`Target`]. No variant carries what could be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// `user:password@host`.
    #[error("the target holds a password; it is not repeated here and was not used")]
    Password,
    /// Another scheme than `ssh`.
    #[error("`{scheme}://` is not a way to reach a host")]
    Scheme {
        /// What stands before `://`.
        scheme: String,
    },
    /// The user is empty or has a character that cannot stand there.
    #[error("the user name in the target is empty or has a character that cannot stand there")]
    User,
    /// Not a host name or address.
    #[error("`{text}` is not a host name or an address")]
    Host {
        /// The part that was read as a host.
        text: String,
    },
    /// An IPv6 address without brackets.
    #[error("the IPv6 address `{text}` needs brackets")]
    Brackets {
        /// The address.
        text: String,
    },
    /// Not a TCP port.
    #[error("`{text}` is not a TCP port (1 to 65535)")]
    Port {
        /// The part that was read as a port.
        text: String,
    },
}

impl TargetError {
    /// Stable code.
    pub fn code(&self) -> Code {
        codes::SSH_TARGET_SYNTAX
    }
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            TargetError::Password => {
                "write ssh://user@host and give the password by prompt, file or environment".into()
            }
            TargetError::Brackets { text } => format!("write ssh://root@[{text}]"),
            _ => "write ssh://root@203.0.113.10 or ssh://root@host.example:2222".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_target() {
        for (text, shown) in [
            ("ssh://root@203.0.113.10", "ssh://root@203.0.113.10"),
            ("ssh://203.0.113.10:22", "ssh://root@203.0.113.10"),
            ("SSH://Esx1.Example/", "ssh://root@esx1.example"),
            ("admin@esx_1:2222", "ssh://admin@esx_1:2222"),
            ("ssh://[2001:0db8::0001]", "ssh://root@[2001:db8::1]"),
            ("ssh://[fe80::1%25vmk0]:22", "ssh://root@[fe80::1%vmk0]"),
        ] {
            let target: Target = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(target.to_string(), shown);
            assert_eq!(shown.parse::<Target>().as_ref(), Ok(&target), "{shown} read back");
        }
    }

    #[test]
    fn what_is_not_a_target() {
        for text in [
            "",
            "ssh://",
            "ssh://@host",
            "ssh://root@",
            "ssh://root@host:0",
            "ssh://root@host:65536",
            "ssh://root@host:+22",
            "ssh://root@host:22/path",
            "ssh://root@203.0.113.300",
            "ssh://root@2001:db8::1",
            "ssh://root@[2001:db8::1",
            "ssh://root@[2001:db8::1]22",
            "ssh://ro ot@host",
            "ssh://root@-oProxyCommand",
            "https://root@host",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "ssh://root:s3cr3t@host",
            "root:s3cr3t@host:22",
            "ssh://root:s3cr3t/x@y@host:99999",
            "ssh://root:s3cr3t@@@",
            "root:s3cr3t://@x",
        ] {
            let error = text.parse::<Target>().unwrap_err();
            let all = format!("{error} {error:?} {}", error.help());
            assert!(!all.contains("s3cr3t"), "{all}");
        }
        assert_eq!("ssh://root:s3cr3t@host".parse::<Target>(), Err(TargetError::Password));
    }

    #[test]
    fn the_known_hosts_spelling() {
        let at = |text: &str| text.parse::<Target>().unwrap().known_hosts_name();
        assert_eq!(at("ssh://203.0.113.10"), "203.0.113.10");
        assert_eq!(at("ssh://203.0.113.10:2222"), "[203.0.113.10]:2222");
        assert_eq!(at("ssh://[2001:db8::1]"), "2001:db8::1");
        assert_eq!(at("ssh://[2001:db8::1]:2222"), "[2001:db8::1]:2222");
    }
}
