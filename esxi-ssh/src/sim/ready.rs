//! The ready file: which port on loopback stands for which address, seen from where.

use super::world::Listener;
use russh::keys::{HashAlg, PrivateKey, PublicKey};
use serde::Serialize;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// One row of the ready file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListenerInfo {
    /// Name of the vantage.
    pub vantage: String,
    /// Its address, as the host sees it.
    pub client: IpAddr,
    /// Address of the host.
    pub address: IpAddr,
    /// Where to connect to instead.
    pub connect: SocketAddr,
}

impl From<&Listener> for ListenerInfo {
    fn from(listener: &Listener) -> Self {
        ListenerInfo {
            vantage: listener.vantage.name.clone(),
            client: listener.vantage.address,
            address: listener.address,
            connect: listener.connect,
        }
    }
}

/// The whole document.
#[derive(Serialize)]
pub(crate) struct ReadyFile<'a> {
    schema: u32,
    name: &'a str,
    version: String,
    host_key: String,
    fingerprint: String,
    host_keys: Vec<String>,
    listeners: Vec<ListenerInfo>,
}

impl<'a> ReadyFile<'a> {
    pub(crate) fn new(name: &'a str, version: String, keys: &[PrivateKey], listeners: &[Listener]) -> Self {
        // The first is the one that clients take by preference.
        let key = keys[0].public_key();
        ReadyFile {
            schema: 1,
            name,
            version,
            host_key: openssh_line(key),
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            host_keys: keys.iter().map(|key| openssh_line(key.public_key())).collect(),
            listeners: listeners.iter().map(ListenerInfo::from).collect(),
        }
    }

    /// Writes it in one step: a reader sees the old one or the new one, never half of it.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.persist(path)?;
        Ok(())
    }
}

/// The key as a line of `known_hosts` has it after the host name.
pub(crate) fn openssh_line(key: &PublicKey) -> String {
    // Encoding a key that was decoded or generated does not fail.
    key.to_openssh().unwrap_or_default()
}
