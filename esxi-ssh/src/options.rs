//! How a connection is made.

use std::net::IpAddr;
use std::time::Duration;

use crate::{AddressMap, Credentials, HostKeyPolicy, PasswordMemory};

/// How a connection is made: what to prove oneself with, whom to trust, how long to wait.
///
/// ```
/// use std::time::Duration;
/// use esxi_ssh::{ConnectOptions, Credentials};
/// let mut options = ConnectOptions::new(Credentials::none().key("/home/me/.ssh/id_ecdsa"));
/// options.connect_timeout = Duration::from_secs(3);
/// assert_eq!(options.max_output, 32 * 1024 * 1024);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// Keys and passwords.
    pub credentials: Credentials,
    /// When a host key is trusted; [`HostKeyPolicy::strict`] by default.
    pub host_keys: HostKeyPolicy,
    /// Addresses that are reached through another socket.
    pub address_map: Option<AddressMap>,
    /// The address of this machine that connections come from; none = as the system chooses. With an address map it
    /// names the client whose listeners are used.
    pub bind: Option<IpAddr>,
    /// Offers SHA-1 as well, which ESXi before 6.5 needs. Off by default.
    pub legacy: bool,
    /// Longest wait for the TCP connection, and again for greeting and key exchange; 15 s.
    pub connect_timeout: Duration,
    /// Longest wait for the login; 60 s, as a host that waits for a DNS answer is slow and an agent may ask a
    /// person.
    pub auth_timeout: Duration,
    /// Longest wait for a command; 10 minutes.
    pub exec_timeout: Duration,
    /// After this long without a byte from the host it is asked for a sign of life; after three such questions
    /// without an answer it counts as mute. 15 s; none asks never.
    pub keepalive: Option<Duration>,
    /// Largest output of a command in bytes, standard output and error together; 32 MiB.
    pub max_output: usize,
    /// Passwords that were refused; the process-wide memory by default.
    pub refused_passwords: PasswordMemory,
}

impl ConnectOptions {
    /// These credentials, and defaults for the rest.
    pub fn new(credentials: Credentials) -> Self {
        ConnectOptions {
            credentials,
            host_keys: HostKeyPolicy::default(),
            address_map: None,
            bind: None,
            legacy: false,
            connect_timeout: Duration::from_secs(15),
            auth_timeout: Duration::from_secs(60),
            exec_timeout: Duration::from_secs(600),
            keepalive: Some(Duration::from_secs(15)),
            max_output: 32 * 1024 * 1024,
            refused_passwords: PasswordMemory::process(),
        }
    }
}
