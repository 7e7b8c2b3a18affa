//! Who may log in: passwords, keys, the lock after failures.

use super::algorithms::Release;
use super::authorized::{Authorized, Limits};
use crate::sim::host::Shared;
use esxi_core::model::{Machine, Proof, authorized_keys};
use russh::keys::{Algorithm, PublicKey};
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// Whether a password opens an account. The machine counts what does not fit, and refuses everything while the
/// account is locked. Passwords that are given in either way count; keys do not, and go round the lock (believed:
/// `pam_tally2` and `faillock` are asked where PAM checks passwords, which it does not do for keys).
pub(super) fn password(host: &Shared, user: &str, given: &str, client: IpAddr) -> bool {
    let mut world = host.world();
    let machine = &mut world.machine;
    let now = now(machine);
    let fits = !machine.locked(user, now) && machine.system.check_password(user, given);
    if fits {
        machine.note_success(user);
    } else if machine.system.accounts.contains_key(user) {
        machine.note_failure(user, &client.to_string(), now);
    }
    fits
}

/// Seconds since 1970 by the host's own clock.
fn now(machine: &Machine) -> u64 {
    let true_time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    true_time.saturating_add_signed(machine.system.clock_error)
}

/// What a new connection goes by: the settings of the start, and what `esxcli system ssh server config set` has
/// changed since. Other settings than these are shown as changed and have no effect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Whether the `password` method is there.
    pub(super) password: bool,
    pub(super) max_sessions: usize,
    pub(super) max_tries: usize,
}

impl Rules {
    pub(super) fn of(host: &Shared) -> Rules {
        let world = host.world();
        let changed = |name: &str| world.machine.system.ssh.get(name);
        let number = |name: &str| changed(name).and_then(|value| value.parse().ok());
        Rules {
            password: changed("passwordauthentication")
                .map_or(host.ssh.release.password, |value| value == "yes"),
            max_sessions: number("maxsessions").unwrap_or(host.config.max_sessions),
            max_tries: number("maxauthtries").unwrap_or(host.config.ssh.max_auth_tries),
        }
    }
}

/// Whether the service answers. A connection that is there stays when it is stopped.
pub(super) fn server_runs(host: &Shared) -> bool {
    host.world().machine.system.ssh_running()
}

/// Whether a user who has proved who they are may use the shell.
pub(super) fn has_shell(host: &Shared, user: &str, proof: Proof) -> bool {
    host.world().machine.system.may_log_in(user, proof)
}

/// What a log-in by this key may do; `None` when it opens nothing.
pub(super) fn key(
    host: &Shared,
    release: &Release,
    user: &str,
    key: &PublicKey,
    algorithm: &Algorithm,
    client: IpAddr,
) -> Option<Limits> {
    if !release.takes(key, algorithm) || !plain_name(user) {
        return None;
    }
    let text = host.file(&authorized_keys(user))?;
    let text = String::from_utf8_lossy(&text);
    let mut lines = Authorized::lines(&text);
    lines.find(|line| line.key.key_data() == key.key_data() && line.admits(client)).map(|line| line.limits)
}

/// A name that leads nowhere else as part of a path.
fn plain_name(user: &str) -> bool {
    !user.is_empty() && user.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
