//! Who may log in: passwords, keys, the lock after failures.

use super::algorithms::Release;
use super::authorized::{Authorized, Limits};
use crate::sim::host::Shared;
use russh::keys::{Algorithm, PublicKey};
use secrecy::ExposeSecret;
use std::net::IpAddr;

/// What came of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Password {
    Fits,
    Refused,
}

/// Compares a password, and counts it when it does not fit.
pub(super) fn password(host: &Shared, user: &str, given: &str, _client: IpAddr) -> Password {
    let Some(password) = &host.config.root_password else { return Password::Refused };
    let fits = user == "root" && password.expose_secret() == given;
    if fits { Password::Fits } else { Password::Refused }
}

/// Whether the service answers. A connection that is there stays when it is stopped.
pub(super) fn server_runs(_host: &Shared) -> bool {
    true
}

/// Whether a user who has proved who they are may use the shell.
pub(super) fn has_shell(_host: &Shared, user: &str) -> bool {
    user == "root"
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
    let text = host.file(&format!("etc/ssh/keys-{user}/authorized_keys"))?;
    let text = String::from_utf8_lossy(&text);
    let mut lines = Authorized::lines(&text);
    lines.find(|line| line.key.key_data() == key.key_data() && line.admits(client)).map(|line| line.limits)
}

/// A name that leads nowhere else as part of a path.
fn plain_name(user: &str) -> bool {
    !user.is_empty() && user.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
