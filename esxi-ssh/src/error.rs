//! Why there is no session.

use std::time::Duration;

use esxi_core::diag::{Code, Diagnostic, codes};

use crate::address_map::AddressMapError;
use crate::auth::AuthError;
use crate::hostkey::HostKeyError;

/// The error of a library below, kept as the source of ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why no session came about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name has no address.
    #[error("{host} has no address")]
    Resolve {
        /// The host, as the caller named it.
        host: String,
        /// What the resolver said.
        source: std::io::Error,
    },
    /// No TCP connection.
    #[error("{host} port {port} does not answer")]
    Unreachable {
        /// The host, as the caller named it.
        host: String,
        /// TCP port.
        port: u16,
        /// What the operating system said of the last address tried.
        source: std::io::Error,
    },
    /// Nothing came in time.
    #[error("{host} port {port} stayed mute for {} s while {stage}", after.as_secs())]
    Mute {
        /// The host, as the caller named it.
        host: String,
        /// TCP port.
        port: u16,
        /// What was being done.
        stage: Stage,
        /// How long was waited.
        after: Duration,
    },
    /// The other side hung up before it let us in.
    #[error("{host} hung up while {stage}: {reason}")]
    HungUp {
        /// The host, as the caller named it.
        host: String,
        /// What was being done.
        stage: Stage,
        /// What it said, if anything.
        reason: String,
    },
    /// The file that maps addresses gives no socket.
    #[error(transparent)]
    AddressMap(#[from] AddressMapError),
    /// The host key is not trusted. Nothing was sent.
    #[error(transparent)]
    HostKey(#[from] HostKeyError),
    /// No algorithm in common.
    #[error("no {kind} algorithm in common with {host}, which offers {theirs}")]
    NoCommonAlgorithm {
        /// The host, as the caller named it.
        host: String,
        /// Key exchange, host key, cipher, MAC or compression.
        kind: &'static str,
        /// What the host offers.
        theirs: String,
        /// Whether the legacy set was offered.
        legacy: bool,
    },
    /// What answers does not speak SSH as expected.
    #[error("what answers at {host} port {port} does not speak SSH as expected")]
    Protocol {
        /// The host, as the caller named it.
        host: String,
        /// TCP port.
        port: u16,
        /// The SSH library's error.
        source: BoxError,
    },
    /// The host did not let us in.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The thread of [`blocking`](crate::blocking) cannot be started.
    #[error("the network thread cannot be started")]
    Runtime {
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// What was being done when a connection attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Opening the TCP connection.
    Tcp,
    /// Greeting and key exchange.
    Handshake,
    /// Logging in.
    Auth,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Stage::Tcp => "connecting",
            Stage::Handshake => "exchanging keys",
            Stage::Auth => "logging in",
        })
    }
}

impl ConnectError {
    /// Stable code.
    pub fn code(&self) -> Code {
        match self {
            ConnectError::Resolve { .. }
            | ConnectError::Unreachable { .. }
            | ConnectError::Runtime { .. } => codes::SSH_UNREACHABLE,
            ConnectError::Mute { .. } => codes::SSH_MUTE,
            ConnectError::HungUp { .. } => codes::SSH_LOST,
            ConnectError::AddressMap(e) => e.code(),
            ConnectError::HostKey(e) => e.code(),
            ConnectError::NoCommonAlgorithm { .. } => codes::SSH_NO_COMMON_ALGORITHM,
            ConnectError::Protocol { .. } => codes::SSH_PROTOCOL,
            ConnectError::Auth(e) => e.code(),
        }
    }
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            ConnectError::Resolve { .. } => "check the name, or give the address".into(),
            ConnectError::Unreachable { .. } => {
                "check the address, that SSH is enabled on the host and that its firewall lets this client in".into()
            }
            ConnectError::Mute { stage: Stage::Tcp, .. } => {
                "packets go unanswered: check the address, the route back from the host, VLAN and firewall".into()
            }
            ConnectError::Mute { .. } => {
                "the port is open but nothing comes back: check the route back, the MTU, and whether the host is overloaded"
                    .into()
            }
            ConnectError::HungUp { .. } => {
                "the host may have too many connections that have not logged in (`MaxStartups`), or refuse this client; \
                 wait a minute and try once"
                    .into()
            }
            ConnectError::AddressMap(e) => e.help().into(),
            ConnectError::HostKey(e) => e.help(),
            ConnectError::NoCommonAlgorithm { legacy: false, .. } => {
                "allow the legacy algorithms, which ESXi before 6.5 needs".into()
            }
            ConnectError::NoCommonAlgorithm { .. } => "change the host's sshd configuration".into(),
            ConnectError::Protocol { .. } => "check the port: another service may listen there".into(),
            ConnectError::Auth(e) => e.help(),
            ConnectError::Runtime { .. } => "close other programs or raise the limit of threads".into(),
        }
    }
    /// True when the same attempt may succeed later without anybody changing anything: nothing answered. Never
    /// for host keys and logins.
    pub fn is_transient(&self) -> bool {
        match self {
            ConnectError::Unreachable { .. } | ConnectError::Mute { .. } | ConnectError::HungUp { .. } => {
                true
            }
            ConnectError::AddressMap(e) => matches!(e, AddressMapError::NotNamed { .. }),
            _ => false,
        }
    }
    /// The error as a diagnostic; what lies below it is in the message.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let mut message = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(below) = source {
            message.push_str(&format!(": {below}"));
            source = below.source();
        }
        Diagnostic::error(self.code(), message).help(self.help())
    }
}
