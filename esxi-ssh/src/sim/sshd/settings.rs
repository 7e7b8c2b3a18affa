//! How the simulated `sshd` is set up, beyond what the version of the host decides.

use esxi_core::EsxiVersion;
use std::time::Duration;

/// Settings of the SSH server. The defaults are those of ESXi 8.0.2's `sshd_config`, or OpenSSH's own where that
/// file is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SshSettings {
    /// Turns SSH on before the host boots first, as whoever installed it did: without it nobody gets in. A fresh
    /// host has it off (verified: 6.5 to 9.0).
    pub enable: bool,
    /// Which algorithms and keys the server takes.
    pub algorithms: SshAlgorithms,
    /// Whether a host that also has an ECDSA key gets an RSA key of 2048 bits, as a real host has. Making one
    /// takes a moment, so a simulated host has none unless asked for. Hosts before 6.0 always have one, and
    /// nothing else.
    pub rsa_host_key: bool,
    /// Keyboard-interactive: asks nothing at all before it asks for the password, as some hosts do.
    pub empty_prompts_before: bool,
    /// Keyboard-interactive: asks nothing at all after the right password. `None` = where the version uses PAM,
    /// whose end `sshd` tells in this way.
    pub empty_prompts_after: Option<bool>,
    /// Whether the `sftp` subsystem is there. It is configured on 5.x and 8.0.2 (verified); whether the program
    /// itself came with every release before 8.0 is not known.
    pub sftp: bool,
    /// `MaxAuthTries`: failures after which a connection is closed.
    pub max_auth_tries: usize,
    /// `LoginGraceTime`: how long a client may take to log in.
    pub login_grace_time: Duration,
    /// `MaxStartups`: how many connections may be waiting for their log-in at once.
    pub max_startups: MaxStartups,
    /// `ClientAliveInterval`: after this long without a word from the client it is asked for one. Zero = never.
    pub client_alive_interval: Duration,
    /// `ClientAliveCountMax`: questions without an answer after which the connection is closed.
    pub client_alive_count_max: usize,
    /// `RekeyLimit`: bytes one way (at most 1 GiB) and time after which keys are exchanged anew.
    pub rekey_limit: (usize, Duration),
}

impl Default for SshSettings {
    fn default() -> Self {
        SshSettings {
            enable: true,
            algorithms: SshAlgorithms::default(),
            rsa_host_key: false,
            empty_prompts_before: false,
            empty_prompts_after: None,
            sftp: true,
            max_auth_tries: 6,
            login_grace_time: Duration::from_secs(120),
            max_startups: MaxStartups::default(),
            client_alive_interval: Duration::from_secs(200),
            client_alive_count_max: 3,
            rekey_limit: (1 << 30, Duration::from_secs(3600)),
        }
    }
}

/// Which algorithms and keys a simulated `sshd` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SshAlgorithms {
    /// Those of the host's own version. Today's clients need extra options for hosts before 6.0, as in reality:
    /// `ssh -o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa`.
    #[default]
    OfTheVersion,
    /// Those of another version, for tests that are not about SSH.
    Of(EsxiVersion),
}

/// `MaxStartups start:rate:full`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxStartups {
    /// So many connections may wait for their log-in at once; of more, some are closed.
    pub start: usize,
    /// How many of a hundred are closed then; the share grows to all of them at `full`.
    pub rate: usize,
    /// No more than so many may wait.
    pub full: usize,
}

impl Default for MaxStartups {
    /// `10:30:100` (verified on 8.0.2, OpenSSH's own default).
    fn default() -> Self {
        MaxStartups { start: 10, rate: 30, full: 100 }
    }
}

impl MaxStartups {
    /// Of a hundred new connections, how many are closed while so many wait.
    pub(super) fn refused_of_hundred(self, waiting: usize) -> usize {
        if waiting < self.start {
            return 0;
        }
        if waiting >= self.full || self.rate >= 100 {
            return 100;
        }
        self.rate + (100 - self.rate) * (waiting - self.start) / (self.full - self.start).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_refused_connections_grows() {
        let startups = MaxStartups::default();
        let shares = [0, 9, 10, 55, 99, 100, 200].map(|waiting| startups.refused_of_hundred(waiting));
        assert_eq!(shares, [0, 0, 30, 65, 99, 100, 100]);
        let hard = MaxStartups { start: 3, rate: 100, full: 3 };
        assert_eq!([2, 3].map(|waiting| hard.refused_of_hundred(waiting)), [0, 100]);
    }
}
