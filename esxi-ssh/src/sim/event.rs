//! What happens on a simulated host, for whoever watches.

use serde::Serialize;
use std::net::IpAddr;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A client connected; nothing has been exchanged yet.
    ConnectionOpened {
        /// Number of the connection.
        connection: u64,
        /// Where from.
        vantage: String,
        /// Address of the host it was made to.
        address: IpAddr,
    },
    /// Somebody logged in.
    LoggedIn {
        /// Number of the connection.
        connection: u64,
        /// `publickey`, `password` or `keyboard-interactive`.
        method: &'static str,
    },
    /// A password was given and does not fit. ESXi counts these, and locks the account after a few.
    PasswordRefused {
        /// Number of the connection.
        connection: u64,
        /// `password` or `keyboard-interactive`.
        method: &'static str,
    },
    /// A connection ended.
    ConnectionClosed {
        /// Its number.
        connection: u64,
    },
    /// A command of the model was executed, or refused by a fault.
    Command {
        /// Number on this host, from 1.
        number: u64,
        /// Words; passwords are replaced by `***`.
        argv: Vec<String>,
        /// Exit status.
        status: u8,
    },
    /// The host began or ceased to answer.
    ReachChanged {
        /// Seen from here.
        vantage: String,
        /// At this address.
        address: IpAddr,
        /// Whether it answers now.
        reachable: bool,
    },
    /// An address got a listener.
    ListenerAdded {
        /// For clients from here.
        vantage: String,
        /// For this address.
        address: IpAddr,
        /// Port on loopback.
        port: u16,
    },
    /// A fault began, or struck.
    FaultBegan {
        /// Its number on this host, from 1.
        fault: u64,
        /// What it is, in words.
        what: String,
    },
    /// A fault that lasted is over.
    FaultEnded {
        /// Its number.
        fault: u64,
        /// What it was, in words.
        what: String,
    },
    /// The configuration was saved: what a reboot comes back to.
    Saved,
    /// Power went; every process and connection is gone.
    PowerLost,
    /// The host is up.
    Booted {
        /// How often it booted, from 1.
        boot: u64,
    },
    /// Something that the simulator itself could not do.
    Problem {
        /// What.
        text: String,
    },
}

/// The words of a command without its passwords.
pub(crate) fn redacted(argv: &[String]) -> Vec<String> {
    let account = argv.windows(2).any(|pair| pair[0] == "system" && pair[1] == "account");
    let mut hide_next = false;
    let word = |word: &String| {
        if std::mem::take(&mut hide_next) {
            return "***".to_owned();
        }
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(n, v)| (n, Some(v)));
        let long = name.starts_with("--") && (name.contains("password") || name.contains("secret"));
        let secret = long || (account && matches!(name, "-p" | "-c"));
        match (secret, value) {
            (true, Some(_)) => format!("{name}=***"),
            (true, None) => {
                hide_next = true;
                word.clone()
            }
            (false, _) => word.clone(),
        }
    };
    argv.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_told() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let told = |text| redacted(&words(text)).join(" ");
        assert_eq!(
            told("esxcli system account set -i root -p geheim -c=geheim"),
            "esxcli system account set -i root -p *** -c=***"
        );
        assert_eq!(
            told("esxcli x --password=a --chap-secret b c"),
            "esxcli x --password=*** --chap-secret *** c"
        );
        let plain = "esxcli network vswitch standard portgroup add -p LAN -v vSwitch0";
        assert_eq!(told(plain), plain);
    }
}
