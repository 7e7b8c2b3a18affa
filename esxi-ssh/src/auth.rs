//! Logging in.

use std::time::Duration;

use esxi_core::diag::{Code, codes};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse, Prompt};
use russh::keys::{Algorithm, HashAlg, PrivateKeyWithHashAlg, PublicKey};
use russh::{MethodKind, MethodSet};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{BoxError, ConnectError, Stage};
use crate::keyfile::{self, KeyFile};
use crate::session::{End, Events};
use crate::transport::first_line;
use crate::{Agent, ConnectOptions, PasswordMemory, Target};

/// OpenSSH hangs up at the sixth failure (`MaxAuthTries 6`), and a key that it does not want is one. One is
/// left for the password.
const KEY_OFFERS: usize = 5;
/// No login takes more rounds of questions than this.
const MAX_ROUNDS: usize = 16;

/// How a session logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthMethod {
    /// The host asked for nothing.
    None,
    /// A key in the agent.
    AgentKey,
    /// A key file.
    KeyFile,
    /// The password, asked for by a prompt: the way of ESXi.
    KeyboardInteractive,
    /// The password, as such.
    Password,
}

/// Why the host did not let us in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Everything there was has been tried.
    #[error(
        "{target} accepted none of what was tried: {}; it offers {}",
        list(tried, "nothing"),
        list(offered, "nothing")
    )]
    Refused {
        /// The account.
        target: Target,
        /// What was tried, in order.
        tried: Vec<String>,
        /// The methods that the host still offers.
        offered: Vec<String>,
        /// Whether an ed25519 key was among it.
        ed25519: bool,
    },
    /// The password was refused, now or before.
    #[error("{target} refused the password{}", if *earlier { " earlier, so it was not sent again" } else { "" })]
    PasswordRefused {
        /// The account.
        target: Target,
        /// True when this happened in an earlier attempt of this process.
        earlier: bool,
    },
    /// The host asks for something other than a password.
    #[error("{target} asks `{prompt}`, which cannot be answered here")]
    Question {
        /// The account.
        target: Target,
        /// What it asks.
        prompt: String,
        /// True when the host had accepted the password before.
        after_password: bool,
    },
    /// A key file cannot be used.
    #[error("the key file {} cannot be used: {reason}", file.display())]
    KeyFile {
        /// The file.
        file: std::path::PathBuf,
        /// Why.
        reason: String,
        /// The library's error, where there is one.
        source: Option<BoxError>,
    },
}

fn list(items: &[String], none: &str) -> String {
    if items.is_empty() { none.to_owned() } else { items.join(", ") }
}

impl AuthError {
    /// Stable code.
    pub fn code(&self) -> Code {
        match self {
            AuthError::Refused { .. } | AuthError::Question { .. } => codes::SSH_AUTH_REFUSED,
            AuthError::PasswordRefused { .. } => codes::SSH_PASSWORD_REFUSED,
            AuthError::KeyFile { .. } => codes::SSH_KEY_FILE,
        }
    }
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            AuthError::Refused { ed25519: true, .. } => {
                "ESXi 8 and later run in FIPS mode and refuse ed25519 keys without saying so: use an RSA or ECDSA key; \
                 otherwise check /etc/ssh/keys-root/authorized_keys on the host"
                    .into()
            }
            AuthError::Refused { tried, .. } if tried.is_empty() => {
                "give a key file, an agent or a password".into()
            }
            AuthError::Refused { .. } => {
                "check that the public key is in /etc/ssh/keys-root/authorized_keys on the host, or give the password".into()
            }
            AuthError::PasswordRefused { .. } => {
                "give the right password or a key; ESXi locks the account after a few failures and then refuses the right \
                 password too, so it is not tried again"
                    .into()
            }
            AuthError::Question { after_password: true, .. } => {
                "the password was accepted, but log in by hand once: it may have expired".into()
            }
            AuthError::Question { .. } => "use a key: further factors are not supported".into(),
            AuthError::KeyFile { .. } => {
                "give a private key in OpenSSH, PKCS#8 or PEM form, and its passphrase if it has one".into()
            }
        }
    }
}

/// One login on one connection.
pub(crate) struct Login<'a> {
    handle: &'a mut Handle<Events>,
    target: &'a Target,
    options: &'a ConnectOptions,
    /// What the host says it would take next.
    offered: MethodSet,
    tried: Vec<String>,
    /// Keys that were offered, so that none is offered twice.
    keys_tried: Vec<PublicKey>,
    password_sent: bool,
    /// How often the host said yes and wanted more.
    partial: usize,
    /// The hash for RSA signatures, once asked for.
    rsa_hash: Option<RsaHash>,
}

#[derive(Clone, Copy)]
enum RsaHash {
    Use(Option<HashAlg>),
    Sha1Only,
}

/// How one attempt went.
enum Attempt {
    In,
    No,
}

impl<'a> Login<'a> {
    pub(crate) fn new(
        handle: &'a mut Handle<Events>,
        target: &'a Target,
        options: &'a ConnectOptions,
    ) -> Self {
        Login {
            handle,
            target,
            options,
            offered: MethodSet::empty(),
            tried: Vec::new(),
            keys_tried: Vec::new(),
            password_sent: false,
            partial: 0,
            rsa_hash: None,
        }
    }

    /// Tries everything in order until the host lets us in.
    pub(crate) async fn run(mut self, events: &Events) -> Result<AuthMethod, ConnectError> {
        let files = keyfile::read_all(&self.options.credentials.keys).await?;
        let none = self.handle.authenticate_none(self.target.user()).await;
        if let Attempt::In = self.judge(none, events).await? {
            return Ok(AuthMethod::None);
        }
        // A host may want several methods, in its own order: each yes that is not enough opens a new round.
        loop {
            let partial = self.partial;
            if let Some(method) = self.agent_keys(&files, events).await? {
                return Ok(method);
            }
            if let Some(method) = self.key_files(&files, events).await? {
                return Ok(method);
            }
            if let Some(method) = self.password(events).await? {
                return Ok(method);
            }
            if self.partial == partial || self.partial > MAX_ROUNDS {
                return Err(self.refused());
            }
        }
    }

    /// The error when nothing is left to try.
    fn refused(&mut self) -> ConnectError {
        AuthError::Refused {
            target: self.target.clone(),
            tried: std::mem::take(&mut self.tried),
            offered: self.offered.iter().map(String::from).collect(),
            ed25519: self.keys_tried.iter().any(|key| key.algorithm() == Algorithm::Ed25519),
        }
        .into()
    }

    fn offers(&self, method: MethodKind) -> bool {
        self.offered.contains(&method)
    }

    /// Reads the host's answer to one attempt.
    async fn judge(
        &mut self,
        answer: Result<AuthResult, russh::Error>,
        events: &Events,
    ) -> Result<Attempt, ConnectError> {
        match answer {
            Ok(AuthResult::Success) => Ok(Attempt::In),
            // russh gives an empty list as well when the connection is gone.
            Ok(AuthResult::Failure { remaining_methods, partial_success })
                if !remaining_methods.is_empty() =>
            {
                self.offered = remaining_methods;
                self.partial += usize::from(partial_success);
                Ok(Attempt::No)
            }
            Ok(_) | Err(_) => Err(self.gone(events).await),
        }
    }

    /// The connection ended during the login.
    async fn gone(&mut self, events: &Events) -> ConnectError {
        // The reason is recorded when the connection's task ends, which it does by itself now.
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut *self.handle).await;
        let reason = match events.end() {
            Some(End::NoMoreMethods) => {
                self.offered = MethodSet::empty();
                return self.refused();
            }
            Some(end) => end.to_string(),
            None => "no reason given".to_owned(),
        };
        let reason = match self.tried.len() {
            0 => reason,
            _ => format!("{reason} (after {})", list(&self.tried, "")),
        };
        ConnectError::HungUp { host: self.target.host().to_owned(), stage: Stage::Auth, reason }
    }

    /// The hash to sign with, or none when the host takes no signature that may be made.
    async fn hash_for(&mut self, algorithm: &Algorithm) -> Option<Option<HashAlg>> {
        if !matches!(algorithm, Algorithm::Rsa { .. }) {
            return Some(None);
        }
        if self.rsa_hash.is_none() {
            let legacy = self.options.legacy;
            self.rsa_hash = Some(match self.handle.best_supported_rsa_hash().await {
                Ok(Some(Some(hash))) => RsaHash::Use(Some(hash)),
                Ok(Some(None)) if legacy => RsaHash::Use(None),
                Ok(Some(None)) => RsaHash::Sha1Only,
                // OpenSSH before 7.2 does not say, and knows SHA-1 only.
                Ok(None) | Err(_) if legacy => RsaHash::Use(None),
                Ok(None) | Err(_) => RsaHash::Use(Some(HashAlg::Sha512)),
            });
        }
        match self.rsa_hash {
            Some(RsaHash::Use(hash)) => Some(hash),
            _ => None,
        }
    }

    /// True when this key may be offered now.
    fn may_offer(&mut self, key: &PublicKey, limit: usize) -> bool {
        self.offers(MethodKind::PublicKey)
            && self.keys_tried.len() < limit
            && !self.keys_tried.iter().any(|tried| tried.key_data() == key.key_data())
    }

    fn key_limit(&self) -> usize {
        KEY_OFFERS - usize::from(self.options.credentials.password.is_some())
    }

    async fn agent_keys(
        &mut self,
        files: &[KeyFile],
        events: &Events,
    ) -> Result<Option<AuthMethod>, ConnectError> {
        if self.options.credentials.agent == Agent::Off || !self.offers(MethodKind::PublicKey) {
            return Ok(None);
        }
        let binding = self.handle.agent_session_binding().cloned();
        let (mut agent, mut keys) = match keyfile::open_agent(&self.options.credentials.agent, binding).await
        {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(None),
            Err(reason) => {
                self.tried.push(format!("agent ({reason})"));
                return Ok(None);
            }
        };
        // The keys that were named come first, and the named files keep their share of the offers.
        let named = |key: &PublicKey| files.iter().any(|file| file.is(key));
        keys.sort_by_key(|key| !named(key));
        let limit =
            self.key_limit().saturating_sub(files.iter().filter(|f| !keys.iter().any(|k| f.is(k))).count());
        let mut left_out = 0;
        for key in keys {
            if !self.may_offer(&key, limit.max(1)) {
                left_out += 1;
                continue;
            }
            let Some(hash) = self.hash_for(&key.algorithm()).await else {
                self.tried.push(format!("agent key {} (host takes SHA-1 only)", describe(&key)));
                continue;
            };
            self.keys_tried.push(key.clone());
            let answer = self
                .handle
                .authenticate_publickey_with(self.target.user(), key.clone(), hash, &mut agent)
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                // The agent would not sign; the connection is as it was.
                Err(error) if !self.handle.is_closed() => {
                    self.tried.push(format!("agent key {} ({error})", describe(&key)));
                    continue;
                }
                Err(_) => return Err(self.gone(events).await),
            };
            self.tried.push(format!("agent key {}", describe(&key)));
            if let Attempt::In = self.judge(Ok(answer), events).await? {
                return Ok(Some(AuthMethod::AgentKey));
            }
        }
        if left_out > 0 && self.offers(MethodKind::PublicKey) && self.partial == 0 {
            self.tried.push(format!("{left_out} more agent keys left out, as the host hangs up after a few"));
        }
        Ok(None)
    }

    async fn key_files(
        &mut self,
        files: &[KeyFile],
        events: &Events,
    ) -> Result<Option<AuthMethod>, ConnectError> {
        for file in files {
            let limit = self.key_limit();
            if !self.offers(MethodKind::PublicKey) {
                break;
            }
            if file.public().is_some_and(|key| !self.may_offer(key, limit)) {
                continue;
            }
            let Some(key) = file.unlock(self.options.credentials.passphrases.clone()).await? else {
                self.tried.push(format!("key file {} (encrypted, no passphrase)", file.path().display()));
                continue;
            };
            let public = key.public_key().clone();
            let what = format!("key file {} ({})", file.path().display(), key.algorithm());
            let Some(hash) = self.hash_for(&public.algorithm()).await else {
                self.tried.push(format!("{what}, but the host takes SHA-1 only"));
                continue;
            };
            self.tried.push(what);
            self.keys_tried.push(public);
            let key = PrivateKeyWithHashAlg::new(key, hash);
            let answer = self.handle.authenticate_publickey(self.target.user(), key).await;
            if let Attempt::In = self.judge(answer, events).await? {
                return Ok(Some(AuthMethod::KeyFile));
            }
        }
        Ok(None)
    }

    /// The password by whichever method asks for it: sent at most once on a connection, and never again to this
    /// account once it was refused.
    async fn password(&mut self, events: &Events) -> Result<Option<AuthMethod>, ConnectError> {
        let options = self.options;
        let Some(password) = &options.credentials.password else { return Ok(None) };
        if self.password_sent {
            return Ok(None);
        }
        let _turn = options.refused_passwords.turn(self.target).await;
        if options.refused_passwords.is_refused(self.target, password) {
            return Err(AuthError::PasswordRefused { target: self.target.clone(), earlier: true }.into());
        }
        let mut trial =
            Trial { memory: &options.refused_passwords, target: self.target, password, sent: false };
        let partial = self.partial;
        let mut method = AuthMethod::KeyboardInteractive;
        let mut answer = Ok(Attempt::No);
        if self.offers(MethodKind::KeyboardInteractive) {
            self.tried.push("keyboard-interactive".into());
            answer = self.keyboard_interactive(&mut trial, events).await;
        }
        // A host that asked no question has not seen the password yet.
        if matches!(answer, Ok(Attempt::No)) && !trial.sent && self.offers(MethodKind::Password) {
            self.tried.push("password".into());
            method = AuthMethod::Password;
            let text = trial.send();
            let said = self.handle.authenticate_password(self.target.user(), text).await;
            answer = self.judge(said, events).await;
        }
        self.password_sent = trial.sent;
        match answer {
            Ok(Attempt::In) => {
                trial.accepted();
                Ok(Some(method))
            }
            // It says no, or it hangs up in so many words, as sshd does at the last failure that it permits.
            Ok(Attempt::No) if trial.sent && self.partial == partial => Err(trial.refused()),
            Err(ConnectError::Auth(AuthError::PasswordRefused { .. })) => Err(trial.refused()),
            Err(_)
                if trial.sent
                    && matches!(events.end(), Some(End::Disconnect { .. } | End::NoMoreMethods)) =>
            {
                Err(trial.refused())
            }
            // Accepted, and the host wants more; or it never asked.
            Ok(Attempt::No) => {
                trial.accepted();
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Answers the host's questions, of which there may be none, as long as they ask for the password.
    async fn keyboard_interactive(
        &mut self,
        trial: &mut Trial<'_>,
        events: &Events,
    ) -> Result<Attempt, ConnectError> {
        let target = self.target;
        let question = |prompt: String, after_password| -> ConnectError {
            AuthError::Question { target: target.clone(), prompt, after_password }.into()
        };
        let user = target.user();
        let mut reply = self.handle.authenticate_keyboard_interactive_start(user, None::<String>).await;
        for _ in 0..MAX_ROUNDS {
            let prompts = match reply {
                Ok(KeyboardInteractiveAuthResponse::Success) => return Ok(Attempt::In),
                Ok(KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success }) => {
                    let answer = AuthResult::Failure { remaining_methods, partial_success };
                    return self.judge(Ok(answer), events).await;
                }
                Ok(KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. }) => prompts,
                Err(error) => return self.judge(Err(error), events).await,
            };
            if let Some(prompt) = prompts.iter().find(|prompt| !asks_for_password(prompt)) {
                return Err(question(first_line(prompt.prompt.as_bytes()), trial.sent));
            }
            if trial.sent && !prompts.is_empty() {
                // Asked again: that is a no. The exchange is left there, and the connection with it.
                return Err(AuthError::PasswordRefused { target: self.target.clone(), earlier: false }.into());
            }
            let answers = prompts.iter().map(|_| trial.send()).collect();
            reply = self.handle.authenticate_keyboard_interactive_respond(answers).await;
        }
        Err(question("endless empty questions".into(), trial.sent))
    }
}

/// One sending of a password, of which the outcome is remembered however it ends: also when the login is given
/// up in the middle because its time is over.
struct Trial<'a> {
    memory: &'a PasswordMemory,
    target: &'a Target,
    password: &'a SecretString,
    sent: bool,
}

impl Trial<'_> {
    /// The password, for the wire and nothing else.
    fn send(&mut self) -> String {
        self.sent = true;
        self.password.expose_secret().to_owned()
    }
    fn accepted(mut self) {
        if std::mem::take(&mut self.sent) {
            self.memory.accepted(self.target, self.password);
        }
    }
    fn refused(mut self) -> ConnectError {
        self.sent = false;
        self.memory.refused(self.target, self.password);
        AuthError::PasswordRefused { target: self.target.clone(), earlier: false }.into()
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if self.sent {
            self.memory.unanswered(self.target, self.password);
        }
    }
}

/// A prompt that hides what is typed and asks for the present password: `Password: `, with whatever stands
/// before it. One for a *new* password, a code or anything shown on the screen is not.
fn asks_for_password(prompt: &Prompt) -> bool {
    let text = prompt.prompt.to_lowercase();
    let other = ["new ", "retype", "again", "change", "one-time", "token", "code"];
    !prompt.echo && text.contains("password") && !other.iter().any(|word| text.contains(word))
}

fn describe(key: &PublicKey) -> String {
    let comment = first_line(key.comment().as_str_lossy().as_bytes());
    format!("{} {} ({comment})", key.algorithm(), key.fingerprint(HashAlg::Sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_that_ask_for_the_password() {
        let asks = |text: &str, echo| asks_for_password(&Prompt { prompt: text.into(), echo });
        for text in ["Password: ", "(root@esx1) Password: ", "root@esx1's password:", "PASSWORD"] {
            assert!(asks(text, false), "{text}");
            assert!(!asks(text, true), "{text} shown on the screen");
        }
        for text in
            ["", "New password: ", "Retype password:", "Verification code: ", "One-time password (OATH): "]
        {
            assert!(!asks(text, false), "{text}");
        }
    }
}
