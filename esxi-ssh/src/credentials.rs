//! What a client can prove itself with, and the memory of passwords that were refused.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use crate::Target;

/// Gives the passphrase of an encrypted key file, or none to leave the key out.
pub(crate) type Passphrases = Arc<dyn Fn(&Path) -> Option<SecretString> + Send + Sync>;

/// Keys and passwords, tried in this order: keys in the agent, key files, the password.
///
/// ```
/// use esxi_ssh::{Agent, Credentials};
/// let credentials = Credentials::none().agent(Agent::Environment).key("/home/me/.ssh/id_ecdsa").password("s3cr3t");
/// assert!(!format!("{credentials:?}").contains("s3cr3t"));
/// ```
#[derive(Clone, Default)]
pub struct Credentials {
    pub(crate) password: Option<SecretString>,
    pub(crate) keys: Vec<PathBuf>,
    pub(crate) passphrases: Option<Passphrases>,
    pub(crate) agent: Agent,
}

/// Which SSH agent is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Agent {
    /// None.
    #[default]
    Off,
    /// The one named by `SSH_AUTH_SOCK`; on Windows the OpenSSH agent's pipe. Not having one is no error.
    Environment,
    /// The one that listens here.
    Socket(PathBuf),
}

impl Credentials {
    /// Nothing to prove oneself with, yet.
    pub fn none() -> Self {
        Credentials::default()
    }
    /// With this password, the last thing that is tried.
    #[must_use]
    pub fn password(mut self, password: impl Into<SecretString>) -> Self {
        self.password = Some(password.into());
        self
    }
    /// With one more private key file.
    #[must_use]
    pub fn key(mut self, file: impl Into<PathBuf>) -> Self {
        self.keys.push(file.into());
        self
    }
    /// With a way to get the passphrase of an encrypted key file. It is called when that key's turn comes, on a
    /// thread where it may wait for a person.
    #[must_use]
    pub fn passphrases(
        mut self,
        ask: impl Fn(&Path) -> Option<SecretString> + Send + Sync + 'static,
    ) -> Self {
        self.passphrases = Some(Arc::new(ask));
        self
    }
    /// With the keys of an agent.
    #[must_use]
    pub fn agent(mut self, agent: Agent) -> Self {
        self.agent = agent;
        self
    }
    /// True when there is a password in it.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }
    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.password.is_none() && self.keys.is_empty() && self.agent == Agent::Off
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("keys", &self.keys)
            .field("passphrases", &self.passphrases.as_ref().map(|_| "…"))
            .field("agent", &self.agent)
            .finish()
    }
}

/// How often a password may be sent without the host saying yes or no, before that counts as a no.
const UNANSWERED_LIMIT: u32 = 2;

/// Passwords that a host refused: none is sent to the same account again.
///
/// ESXi locks an account after a few failures and then refuses the right password too, so a retry loop locks
/// out its own owner. The default, [`PasswordMemory::process`], is shared by all sessions of the process. Only
/// keyed hashes are kept.
#[derive(Clone, Default)]
pub struct PasswordMemory(Arc<Shared>);

#[derive(Default)]
struct Shared {
    hasher: RandomState,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    refused: HashSet<(String, u64)>,
    unanswered: HashMap<(String, u64), u32>,
    turns: HashMap<String, Arc<tokio::sync::Mutex<()>>>,
}

static PROCESS: LazyLock<PasswordMemory> = LazyLock::new(PasswordMemory::default);

impl PasswordMemory {
    /// The memory that all of this process shares.
    pub fn process() -> Self {
        PROCESS.clone()
    }
    /// A memory of its own, for tests and for programs that know what they do.
    pub fn new() -> Self {
        PasswordMemory::default()
    }
    /// Forgets what was refused for an account: its password on the host has just been set, or the lock lifted.
    pub fn forget(&self, target: &Target) {
        let account = account(target);
        let mut state = self.state();
        state.refused.retain(|(known, _)| *known != account);
        state.unanswered.retain(|(known, _), _| *known != account);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change below is one call on a collection: what a panic elsewhere left is whole.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn entry(&self, target: &Target, password: &SecretString) -> (String, u64) {
        (account(target), self.0.hasher.hash_one(password.expose_secret()))
    }

    /// Waits until no other connection of this process is trying a password on the account: two that try the
    /// same wrong one at once would be two failures on the host.
    pub(crate) async fn turn(&self, target: &Target) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = self.state().turns.entry(account(target)).or_default().clone();
        turn.lock_owned().await
    }
    pub(crate) fn is_refused(&self, target: &Target, password: &SecretString) -> bool {
        self.state().refused.contains(&self.entry(target, password))
    }
    pub(crate) fn refused(&self, target: &Target, password: &SecretString) {
        let entry = self.entry(target, password);
        self.state().refused.insert(entry);
    }
    pub(crate) fn accepted(&self, target: &Target, password: &SecretString) {
        let entry = self.entry(target, password);
        self.state().unanswered.remove(&entry);
    }
    /// The connection went while the password was being judged. A flapping link is no refusal, but a host that
    /// hangs up on wrong passwords must not be asked for ever.
    pub(crate) fn unanswered(&self, target: &Target, password: &SecretString) {
        let entry = self.entry(target, password);
        let mut state = self.state();
        let count = state.unanswered.entry(entry.clone()).or_default();
        *count += 1;
        if *count >= UNANSWERED_LIMIT {
            state.refused.insert(entry);
        }
    }
}

fn account(target: &Target) -> String {
    target.to_string()
}

impl fmt::Debug for PasswordMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordMemory").field("refused", &self.state().refused.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().unwrap()
    }

    #[test]
    fn a_refusal_is_for_one_account_and_one_password() {
        let memory = PasswordMemory::new();
        let (host, wrong) = (target("203.0.113.10"), SecretString::from("wrong"));
        memory.refused(&host, &wrong);
        assert!(memory.is_refused(&host, &wrong));
        assert!(memory.clone().is_refused(&host, &wrong), "a clone is the same memory");
        assert!(!memory.is_refused(&host, &"right".into()));
        assert!(!memory.is_refused(&target("admin@203.0.113.10"), &wrong));
        assert!(!memory.is_refused(&target("203.0.113.11"), &wrong));
        memory.forget(&target("203.0.113.11"));
        assert!(memory.is_refused(&host, &wrong));
        memory.forget(&host);
        assert!(!memory.is_refused(&host, &wrong));
    }

    #[test]
    fn silence_counts_as_refusal_in_the_end_but_not_across_a_success() {
        let memory = PasswordMemory::new();
        let (host, password) = (target("203.0.113.10"), SecretString::from("pw"));
        memory.unanswered(&host, &password);
        assert!(!memory.is_refused(&host, &password));
        memory.accepted(&host, &password);
        memory.unanswered(&host, &password);
        assert!(!memory.is_refused(&host, &password));
        memory.unanswered(&host, &password);
        assert!(memory.is_refused(&host, &password));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let memory = PasswordMemory::new();
        memory.refused(&target("203.0.113.10"), &"hunter2".into());
        let credentials = Credentials::none().password("hunter2").passphrases(|_| Some("hunter2".into()));
        assert!(!format!("{memory:?} {credentials:?}").contains("hunter2"));
    }
}
