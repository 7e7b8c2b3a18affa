//! The ready file: which port on loopback stands for which address of which host, seen from where, and the host keys.

use super::world::Listener;
use russh::keys::{HashAlg, PrivateKey, PublicKey};
use serde::Serialize;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// A host key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostKeyInfo {
    /// Such as `ecdsa-sha2-nistp256`.
    pub algorithm: String,
    /// The key as a line of `known_hosts` has it after the host name.
    pub key: String,
    /// As `ssh-keygen -l` prints it.
    pub fingerprint: String,
}

impl From<&PublicKey> for HostKeyInfo {
    fn from(key: &PublicKey) -> Self {
        HostKeyInfo {
            algorithm: key.algorithm().to_string(),
            key: openssh_line(key),
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        }
    }
}

/// A host in the ready file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostInfo {
    /// Its name.
    pub name: String,
    /// Release of ESXi.
    pub version: String,
    /// Its first address, and where to connect to instead, for those who need no more.
    pub address: Option<IpAddr>,
    /// Port on 127.0.0.1 that stands for port 22 of that address.
    pub port: Option<u16>,
    /// Every host key.
    pub host_keys: Vec<HostKeyInfo>,
    /// Lines for a `known_hosts` file, under the host's own addresses and under the sockets that stand for them.
    pub known_hosts: Vec<String>,
    /// Every address, seen from everywhere.
    pub listeners: Vec<ListenerInfo>,
}

impl HostInfo {
    pub(crate) fn new(name: &str, version: String, keys: &[PrivateKey], listeners: &[Listener]) -> Self {
        let host_keys: Vec<HostKeyInfo> =
            keys.iter().map(|key| HostKeyInfo::from(key.public_key())).collect();
        let listeners: Vec<ListenerInfo> = listeners.iter().map(ListenerInfo::from).collect();
        let line = |one: &ListenerInfo, key: &HostKeyInfo| {
            let ListenerInfo { address, connect, .. } = one;
            [format!("{address} {}", key.key), format!("[{}]:{} {}", connect.ip(), connect.port(), key.key)]
        };
        let known_hosts =
            listeners.iter().flat_map(|one| host_keys.iter().flat_map(move |key| line(one, key))).collect();
        HostInfo {
            name: name.to_owned(),
            version,
            address: listeners.first().map(|one| one.address),
            port: listeners.first().map(|one| one.connect.port()),
            host_keys,
            known_hosts,
            listeners,
        }
    }
}

/// The whole document. What stands beside `hosts` is about the first host, but `listeners`, which are those of all:
/// the file is an address map as it is.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    name: &'a str,
    version: &'a str,
    host_key: &'a str,
    fingerprint: &'a str,
    host_keys: Vec<&'a str>,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<&'a Path>,
    listeners: Vec<&'a ListenerInfo>,
    hosts: Vec<&'a HostInfo>,
}

/// A ready file that several hosts share.
#[derive(Debug)]
pub(crate) struct ReadyBook {
    path: PathBuf,
    control: Option<PathBuf>,
    pages: Mutex<Vec<Option<HostInfo>>>,
}

impl ReadyBook {
    /// A file about so many hosts. It is written once every host has entered itself.
    pub(crate) fn new(path: PathBuf, hosts: usize, control: Option<PathBuf>) -> Self {
        ReadyBook { path, control, pages: Mutex::new(vec![None; hosts]) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn pages(&self) -> MutexGuard<'_, Vec<Option<HostInfo>>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a host, and writes the file if it was the last that was missing.
    pub(crate) fn enter(&self, at: usize, host: HostInfo) -> io::Result<()> {
        let mut pages = self.pages();
        if let Some(page) = pages.get_mut(at) {
            *page = Some(host);
        }
        let hosts: Vec<&HostInfo> = pages.iter().flatten().collect();
        if hosts.len() == pages.len() { self.write(hosts) } else { Ok(()) }
    }

    /// Strikes a host out. A ready file of hosts that are gone would mislead: the first that goes takes it away.
    pub(crate) fn leave(&self, at: usize) {
        let mut pages = self.pages();
        let whole = pages.iter().all(Option::is_some);
        if let Some(page) = pages.get_mut(at) {
            *page = None;
        }
        if whole {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Writes it in one step: a reader sees the old one or the new one, never half of it.
    fn write(&self, hosts: Vec<&HostInfo>) -> io::Result<()> {
        let Some(first) = hosts.first() else { return Ok(()) };
        let key = first.host_keys.first();
        let document = Document {
            schema: 1,
            name: &first.name,
            version: &first.version,
            host_key: key.map_or("", |key| &key.key),
            fingerprint: key.map_or("", |key| &key.fingerprint),
            host_keys: first.host_keys.iter().map(|key| key.key.as_str()).collect(),
            pid: std::process::id(),
            control: self.control.as_deref(),
            listeners: hosts.iter().flat_map(|host| &host.listeners).collect(),
            hosts,
        };
        let folder = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        serde_json::to_writer_pretty(&mut file, &document)?;
        file.write_all(b"\n")?;
        file.persist(&self.path)?;
        Ok(())
    }
}

/// The key as a line of `known_hosts` has it after the host name.
pub(crate) fn openssh_line(key: &PublicKey) -> String {
    // Encoding a key that was decoded or generated does not fail.
    key.to_openssh().unwrap_or_default()
}
