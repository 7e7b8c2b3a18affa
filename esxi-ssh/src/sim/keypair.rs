//! Keys made for the occasion.

use super::SimError;
use super::ready::openssh_line;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::RsaKeypair;
use russh::keys::{Algorithm, EcdsaCurve, PrivateKey};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// A fresh key.
pub struct KeyPair(PrivateKey);

impl KeyPair {
    /// Makes an ECDSA P-256 key, the kind that every ESXi since 6.5 takes, FIPS mode or not.
    ///
    /// # Errors
    /// [`SimError::Config`] when the system has no randomness to give.
    pub fn generate() -> Result<KeyPair, SimError> {
        PrivateKey::random(&mut rand::rng(), Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 })
            .map(KeyPair)
            .map_err(|error| SimError::Config(format!("no key can be generated: {error}")))
    }

    /// Makes an RSA key of 2048 bits, which takes a moment: the only kind that hosts before 6.0 take.
    ///
    /// # Errors
    /// [`SimError::Config`] when the system has no randomness to give.
    pub fn generate_rsa() -> Result<KeyPair, SimError> {
        RsaKeypair::random(&mut rand::rng(), 2048)
            .map(|pair| KeyPair(PrivateKey::from(pair)))
            .map_err(|error| SimError::Config(format!("no key can be generated: {error}")))
    }

    /// The private half itself.
    pub(super) fn into_private(self) -> PrivateKey {
        self.0
    }

    /// The public half, as a line of `authorized_keys`.
    pub fn public_line(&self) -> String {
        openssh_line(self.0.public_key())
    }

    /// Writes the private half in OpenSSH's format, readable by its owner alone, to a file that is not there yet.
    ///
    /// # Errors
    /// [`SimError::Io`].
    pub fn write_private(&self, path: &Path) -> Result<(), SimError> {
        let what = format!("write {}", path.display());
        let text = self.0.to_openssh(LineEnding::LF);
        let text = text.map_err(|error| SimError::Config(format!("the key cannot be encoded: {error}")))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(SimError::io(what.clone()))?;
        file.write_all(text.as_bytes()).map_err(SimError::io(what))
    }
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeyPair").field(&self.public_line()).finish()
    }
}
