//! Whom we talk to: host keys and the rule by which one is trusted.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use esxi_core::diag::{Code, codes};
use russh::keys::{Algorithm, HashAlg, PublicKey};

use crate::known_hosts::{KnownHosts, Verdict};
use crate::transport::shell_quote;

/// The public key of a host.
#[derive(Clone, PartialEq, Eq)]
pub struct HostKey(Arc<PublicKey>);

impl HostKey {
    pub(crate) fn new(mut key: PublicKey) -> Self {
        // A comment is no part of who the host is.
        key.set_comment("");
        HostKey(Arc::new(key))
    }
    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.0
    }
    /// Its SHA-256 fingerprint, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.0.fingerprint(HashAlg::Sha256).to_string())
    }
    /// Its type: `ssh-rsa`, `ecdsa-sha2-nistp256`, `ssh-ed25519`.
    pub fn algorithm(&self) -> String {
        plain(self.0.algorithm()).to_string()
    }
}

/// The algorithm without the hash that RSA signs with: the type of the key itself.
pub(crate) fn plain(algorithm: Algorithm) -> Algorithm {
    match algorithm {
        Algorithm::Rsa { .. } => Algorithm::Rsa { hash: None },
        other => other,
    }
}

/// Type and key as one line of a known_hosts file has them.
impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_openssh().map_err(|_| fmt::Error)?.trim_end())
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostKey({} {})", self.algorithm(), self.fingerprint())
    }
}

impl FromStr for HostKey {
    type Err = HostKeyError;

    /// Reads `ssh-rsa AAAA…`, with or without a comment.
    fn from_str(text: &str) -> Result<Self, HostKeyError> {
        PublicKey::from_openssh(text.trim())
            .map(HostKey::new)
            .map_err(|_| HostKeyError::Syntax { what: "host key `type base64`" })
    }
}

/// The SHA-256 fingerprint of a key: `SHA256:` and 43 characters of base64.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = HostKeyError;

    fn from_str(text: &str) -> Result<Self, HostKeyError> {
        let digest = text.trim().strip_prefix("SHA256:").map(|rest| rest.trim_end_matches('='));
        match digest.map(|digest| (digest, data_encoding::BASE64_NOPAD.decode(digest.as_bytes()))) {
            Some((digest, Ok(bytes))) if bytes.len() == 32 => Ok(Fingerprint(format!("SHA256:{digest}"))),
            _ => Err(HostKeyError::Syntax { what: "fingerprint `SHA256:` and 43 characters" }),
        }
    }
}

/// When a host key is trusted. There is no way to trust any key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HostKeyPolicy {
    /// Only keys that these known_hosts files have for the host. A file that is not there counts as empty.
    Strict {
        /// The files, all of which are read.
        files: Vec<PathBuf>,
    },
    /// Only this key: the one that an earlier session saw. No file is read.
    Pinned(HostKey),
    /// Only a key with this fingerprint. No file is read.
    PinnedFingerprint(Fingerprint),
    /// As `Strict`, but a host of which `file` knows no key at all is believed once and written there. Choose
    /// this knowingly: whoever answers first is taken for the host.
    AcceptNew {
        /// The file that is read and added to.
        file: PathBuf,
    },
}

impl HostKeyPolicy {
    /// `Strict` with the files that OpenSSH reads: `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts`.
    pub fn strict() -> Self {
        let mut files = Vec::new();
        if let Some(home) = std::env::home_dir() {
            files.push(home.join(".ssh").join("known_hosts"));
        }
        if cfg!(unix) {
            files.push(PathBuf::from("/etc/ssh/ssh_known_hosts"));
        }
        HostKeyPolicy::Strict { files }
    }
}

impl Default for HostKeyPolicy {
    fn default() -> Self {
        HostKeyPolicy::strict()
    }
}

/// The policy with its files read: ready to judge one host's key.
#[derive(Debug)]
pub(crate) struct Verifier {
    policy: HostKeyPolicy,
    known: KnownHosts,
    /// `host` or `[host]:port`.
    name: String,
}

impl Verifier {
    /// Reads the files of the policy. Blocks on the file system, shortly.
    pub(crate) fn load(policy: &HostKeyPolicy, name: String) -> Result<Self, HostKeyError> {
        let known = match policy {
            HostKeyPolicy::Strict { files } => KnownHosts::load(files)?,
            HostKeyPolicy::AcceptNew { file } => KnownHosts::load(std::slice::from_ref(file))?,
            HostKeyPolicy::Pinned(_) | HostKeyPolicy::PinnedFingerprint(_) => KnownHosts::default(),
        };
        Ok(Verifier { policy: policy.clone(), known, name })
    }

    /// The types of key that are on record for this host. The host is asked for these first, as it has several
    /// keys and one that is not on record would look like a stranger's.
    pub(crate) fn recorded_types(&self) -> Vec<Algorithm> {
        match &self.policy {
            HostKeyPolicy::Pinned(key) => vec![plain(key.0.algorithm())],
            _ => self.known.types_of(&self.name),
        }
    }

    /// Judges the key that the host showed.
    pub(crate) fn check(&self, key: &HostKey) -> Result<(), HostKeyError> {
        let host = || self.name.clone();
        match &self.policy {
            HostKeyPolicy::Pinned(pinned) if pinned == key => return Ok(()),
            HostKeyPolicy::Pinned(pinned) => {
                return Err(HostKeyError::NotPinned {
                    host: host(),
                    pinned: pinned.fingerprint(),
                    shown: key.clone(),
                });
            }
            HostKeyPolicy::PinnedFingerprint(pinned) if *pinned == key.fingerprint() => return Ok(()),
            HostKeyPolicy::PinnedFingerprint(pinned) => {
                return Err(HostKeyError::NotPinned {
                    host: host(),
                    pinned: pinned.clone(),
                    shown: key.clone(),
                });
            }
            HostKeyPolicy::Strict { .. } | HostKeyPolicy::AcceptNew { .. } => {}
        }
        match (self.known.verdict(&self.name, key), &self.policy) {
            (Verdict::Known, _) => Ok(()),
            (Verdict::Revoked { place }, _) => {
                Err(HostKeyError::Revoked { host: host(), shown: key.clone(), place })
            }
            (Verdict::Changed { places }, _) => {
                Err(HostKeyError::Changed { host: host(), shown: key.clone(), places })
            }
            (Verdict::Unknown { .. }, HostKeyPolicy::AcceptNew { file }) => {
                crate::known_hosts::append(file, &self.name, key)
            }
            (Verdict::Unknown { note }, HostKeyPolicy::Strict { files }) => Err(HostKeyError::Unknown {
                host: host(),
                shown: key.clone(),
                file: files.first().cloned(),
                note,
            }),
            (Verdict::Unknown { note }, _) => {
                Err(HostKeyError::Unknown { host: host(), shown: key.clone(), file: None, note })
            }
        }
    }
}

/// Why a host key is not trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostKeyError {
    /// No key of the host is on record.
    #[error("no host key of {host} is known; it shows {} {}{}", shown.algorithm(), shown.fingerprint(),
            note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default())]
    Unknown {
        /// The host, as known_hosts files spell it.
        host: String,
        /// The key it showed.
        shown: HostKey,
        /// The file to which its line belongs.
        file: Option<PathBuf>,
        /// What stood in the files that might have been meant for it and does not count.
        note: Option<String>,
    },
    /// Other keys of the host are on record.
    #[error("THE HOST KEY OF {host} HAS CHANGED: it shows {} {}, but on record is another key ({})",
            shown.algorithm(), shown.fingerprint(), places.join(", "))]
    Changed {
        /// The host.
        host: String,
        /// The key it showed.
        shown: HostKey,
        /// `file:line` of what is on record.
        places: Vec<String>,
    },
    /// The key is marked `@revoked`.
    #[error("the host key {} that {host} shows is revoked ({place})", shown.fingerprint())]
    Revoked {
        /// The host.
        host: String,
        /// The key it showed.
        shown: HostKey,
        /// `file:line` of the mark.
        place: String,
    },
    /// Not the key that was pinned.
    #[error("{host} shows the host key {} {}, not the pinned {pinned}", shown.algorithm(), shown.fingerprint())]
    NotPinned {
        /// The host.
        host: String,
        /// The key that was expected.
        pinned: Fingerprint,
        /// The key it showed.
        shown: HostKey,
    },
    /// The host showed a certificate, although none was asked for.
    #[error("{host} shows a host certificate, which is not supported")]
    Certificate {
        /// The host.
        host: String,
    },
    /// A known_hosts file cannot be read or written.
    #[error("{} cannot be {action}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A key or fingerprint given as text is not one.
    #[error("this is not a {what}")]
    Syntax {
        /// What was expected.
        what: &'static str,
    },
}

impl HostKeyError {
    /// Stable code.
    pub fn code(&self) -> Code {
        match self {
            HostKeyError::Unknown { .. } | HostKeyError::Certificate { .. } => codes::SSH_HOST_KEY_UNKNOWN,
            HostKeyError::Changed { .. } | HostKeyError::NotPinned { .. } => codes::SSH_HOST_KEY_CHANGED,
            HostKeyError::Revoked { .. } => codes::SSH_HOST_KEY_REVOKED,
            HostKeyError::File { .. } => codes::SSH_KNOWN_HOSTS_FILE,
            HostKeyError::Syntax { .. } => codes::SSH_TARGET_SYNTAX,
        }
    }
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            HostKeyError::Unknown { host, shown, file, .. } => {
                let line = format!("{host} {shown}");
                let file = file.as_ref().map(|f| f.display().to_string()).unwrap_or("~/.ssh/known_hosts".into());
                format!(
                    "compare the fingerprint on the host's console, then: printf '%s\\n' {} >> {}",
                    shell_quote(&line),
                    shell_quote(&file)
                )
            }
            HostKeyError::Changed { host, places, .. } => {
                let file = places.first().and_then(|place| place.rsplit_once(':')).map_or("", |(file, _)| file);
                format!(
                    "nothing was sent; if the host was installed anew, compare the fingerprint on its console and remove \
                     the old key: ssh-keygen -R {} -f {}",
                    shell_quote(host),
                    shell_quote(file)
                )
            }
            HostKeyError::Revoked { .. } => "do not use this host until it has a new host key".into(),
            HostKeyError::NotPinned { .. } => {
                "nothing was sent: another machine answers at the address, or the pin is for another of the host's keys"
                    .into()
            }
            HostKeyError::Certificate { .. } => "add the host's plain key to known_hosts".into(),
            HostKeyError::File { .. } => "check the file's permissions".into(),
            HostKeyError::Syntax { .. } => "take it from `ssh-keygen -l` or from a known_hosts file".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    #[test]
    fn keys_and_fingerprints_as_text() {
        let key: HostKey = format!("{KEY} root@esx1\n").parse().unwrap();
        assert_eq!(key.to_string(), KEY);
        let fingerprint = key.fingerprint();
        assert_eq!(fingerprint.to_string().parse::<Fingerprint>().unwrap(), fingerprint);
        assert_eq!(format!("{fingerprint}=").parse::<Fingerprint>().unwrap(), fingerprint);
        for text in ["", "SHA256:", "SHA256:abc", "MD5:00:11", "SHA256:!!!!"] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
        assert!("ssh-rsa nonsense".parse::<HostKey>().is_err());
    }

    #[test]
    fn a_pin_is_for_one_key() {
        let key: HostKey = KEY.parse().unwrap();
        let other: HostKey =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6rWI3G1sz07DnfFlrouTcysQlj2P+jpNSOEWD9OJ3X"
                .parse()
                .unwrap();
        for policy in
            [HostKeyPolicy::Pinned(key.clone()), HostKeyPolicy::PinnedFingerprint(key.fingerprint())]
        {
            let verifier = Verifier::load(&policy, "203.0.113.10".into()).unwrap();
            assert!(verifier.check(&key).is_ok());
            let error = verifier.check(&other).unwrap_err();
            assert_eq!(error.code(), codes::SSH_HOST_KEY_CHANGED);
            assert!(error.to_string().contains(&key.fingerprint().to_string()));
        }
    }
}
