//! Private keys: in files and in an agent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::keys::agent::client::{AgentClient, AgentStream};
use russh::keys::agent::{AgentIdentity, AgentSessionBinding};
use russh::keys::{PrivateKey, PublicKey, decode_secret_key};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::AuthError;
use crate::credentials::Passphrases;
use crate::{Agent, BoxError};

/// A key file that was read.
pub(crate) struct KeyFile {
    path: PathBuf,
    content: Content,
}

enum Content {
    Plain(Arc<PrivateKey>),
    /// In OpenSSH's own form the public half can be read without the passphrase.
    Encrypted(Arc<PrivateKey>),
    /// PKCS#8 or PEM: nothing can be read without it.
    Sealed(SecretString),
}

impl KeyFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
    /// The public key, where it is known already.
    pub(crate) fn public(&self) -> Option<&PublicKey> {
        match &self.content {
            Content::Plain(key) => Some(key.public_key()),
            Content::Encrypted(key) => Some(key.public_key()),
            Content::Sealed(_) => None,
        }
    }
    /// True when this file is known to hold the private half of a key.
    pub(crate) fn is(&self, key: &PublicKey) -> bool {
        self.public().is_some_and(|own| own.key_data() == key.key_data())
    }

    fn parse(path: &Path, text: SecretString) -> Result<Self, AuthError> {
        let fail = |reason: &str, source: Option<BoxError>| AuthError::KeyFile {
            file: path.to_owned(),
            reason: reason.to_owned(),
            source,
        };
        let shown = text.expose_secret();
        let content = if shown.contains("BEGIN OPENSSH PRIVATE KEY") {
            let key = PrivateKey::from_openssh(shown.trim_start())
                .map_err(|e| fail("it is damaged", Some(e.into())))?;
            let key = Arc::new(key);
            if key.is_encrypted() { Content::Encrypted(key) } else { Content::Plain(key) }
        } else if !shown.contains("-----BEGIN ") || !shown.contains("PRIVATE KEY-----") {
            let public = ["ssh-", "ecdsa-", "sk-"].iter().any(|start| shown.trim_start().starts_with(start));
            return Err(fail(
                if public { "it is a public key, not a private one" } else { "it is not a private key" },
                None,
            ));
        } else if shown.contains("BEGIN ENCRYPTED PRIVATE KEY") || shown.contains("Proc-Type: 4,ENCRYPTED") {
            Content::Sealed(text)
        } else {
            let key =
                decode_secret_key(shown, None).map_err(|e| fail("it is not understood", Some(e.into())))?;
            Content::Plain(Arc::new(key))
        };
        Ok(KeyFile { path: path.to_owned(), content })
    }

    /// The private key; none when it is encrypted and nobody gives the passphrase.
    pub(crate) async fn unlock(
        &self,
        ask: Option<Passphrases>,
    ) -> Result<Option<Arc<PrivateKey>>, AuthError> {
        let (encrypted, sealed) = match &self.content {
            Content::Plain(key) => return Ok(Some(key.clone())),
            Content::Encrypted(key) => (Some(key.clone()), SecretString::default()),
            Content::Sealed(text) => (None, text.clone()),
        };
        let Some(ask) = ask else { return Ok(None) };
        let path = self.path.clone();
        // A person may have to type, and deriving the key takes its time on purpose.
        blocking(move || {
            let Some(passphrase) = ask(&path) else { return Ok(None) };
            let passphrase = passphrase.expose_secret();
            let key: Result<PrivateKey, BoxError> = match &encrypted {
                Some(key) => key.decrypt(passphrase).map_err(Into::into),
                None => decode_secret_key(sealed.expose_secret(), Some(passphrase)).map_err(Into::into),
            };
            match key {
                Ok(key) => Ok(Some(Arc::new(key))),
                Err(source) => Err(AuthError::KeyFile {
                    file: path,
                    reason: "the passphrase is wrong, or it is damaged".into(),
                    source: Some(source),
                }),
            }
        })
        .await
    }
}

/// Runs something that waits away from the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        // Only a panic inside ends it otherwise: let it go on here.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Reads key files; a file that was named and cannot be used is an error, not a key less.
pub(crate) async fn read_all(paths: &[PathBuf]) -> Result<Vec<KeyFile>, AuthError> {
    let paths = paths.to_vec();
    blocking(move || {
        paths
            .iter()
            .map(|path| {
                let text = std::fs::read_to_string(path).map(SecretString::from).map_err(|source| {
                    AuthError::KeyFile {
                        file: path.clone(),
                        reason: "it cannot be read".into(),
                        source: Some(source.into()),
                    }
                })?;
                KeyFile::parse(path, text)
            })
            .collect()
    })
    .await
}

pub(crate) type DynAgent = AgentClient<Box<dyn AgentStream + Send + Unpin>>;

/// Connects to an agent and lists its keys; none when there is no agent to ask.
pub(crate) async fn open_agent(
    which: &Agent,
    binding: Option<AgentSessionBinding>,
) -> Result<Option<(DynAgent, Vec<PublicKey>)>, String> {
    let Some(mut agent) = connect_agent(which).await? else { return Ok(None) };
    if let Some(binding) = binding {
        // Lets the agent enforce keys that are for certain hosts only. Older agents do not know it.
        let _ = agent.bind_session(&binding, false).await;
    }
    let identities = agent.request_identities().await.map_err(|e| e.to_string())?;
    let keys = identities.into_iter().filter_map(|identity| match identity {
        AgentIdentity::PublicKey { mut key, comment } => {
            key.set_comment(comment);
            Some(key)
        }
        // ESXi trusts no certificate authority unless its sshd is reconfigured.
        AgentIdentity::Certificate { .. } => None,
    });
    Ok(Some((agent, keys.collect())))
}

#[cfg(unix)]
async fn connect_agent(which: &Agent) -> Result<Option<DynAgent>, String> {
    let socket = match which {
        Agent::Off => return Ok(None),
        Agent::Socket(path) => path.clone(),
        Agent::Environment => match std::env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()) {
            Some(path) => path.into(),
            None => return Ok(None),
        },
    };
    match AgentClient::connect_uds(&socket).await {
        Ok(agent) => Ok(Some(agent.dynamic())),
        Err(error) => Err(format!("none at {}: {error}", socket.display())),
    }
}

#[cfg(windows)]
async fn connect_agent(which: &Agent) -> Result<Option<DynAgent>, String> {
    let pipe = match which {
        Agent::Off => return Ok(None),
        Agent::Socket(path) => path.clone(),
        Agent::Environment => PathBuf::from(r"\\.\pipe\openssh-ssh-agent"),
    };
    match AgentClient::connect_named_pipe(&pipe).await {
        Ok(agent) => Ok(Some(agent.dynamic())),
        Err(_) if *which == Agent::Environment => Ok(None),
        Err(error) => Err(format!("none at {}: {error}", pipe.display())),
    }
}
