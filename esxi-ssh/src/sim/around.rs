//! What lies around a simulated host's machine: the clock, the files of its jail, and who answers a ping.

use super::clock::Clock;
use super::jail::Inside;
use esxi_core::model::{FileError, Surroundings};
use esxi_core::reach::{Answer, Fabric, answer};
use esxi_core::state::HostState;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

/// How long an answer to a ping takes on a simulated network.
const ROUND_TRIP: Duration = Duration::from_micros(300);

/// The surroundings of one command.
pub(crate) struct Around<'a> {
    /// The host's files; `None` for a host without a jail, which has none.
    pub(crate) files: Option<&'a Inside>,
    pub(crate) clock: Clock,
    /// The network as it was when the command began; only commands that ping need it.
    pub(crate) network: Option<(HostState, &'a Fabric)>,
}

impl Around<'_> {
    fn files(&self) -> Result<&Inside, FileError> {
        self.files.ok_or(FileError::NotFound)
    }
}

impl Surroundings for Around<'_> {
    fn now(&self) -> u64 {
        self.clock.now()
    }
    fn uptime(&self) -> Duration {
        self.clock.uptime()
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.files()?.read(path).map_err(named)
    }
    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), FileError> {
        self.files()?.write(path, content).map_err(named)
    }
    fn create_sparse(&mut self, path: &str, length: u64) -> Result<(), FileError> {
        self.files()?.create_sparse(path, length).map_err(named)
    }
    fn lengthen(&mut self, path: &str, length: u64) -> Result<(), FileError> {
        self.files()?.lengthen(path, length).map_err(named)
    }
    fn copy(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        self.files()?.copy(from, to).map_err(named)
    }
    fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        self.files()?.rename(from, to).map_err(named)
    }
    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        self.files()?.remove(path).map_err(named)
    }
    fn make_folder(&mut self, path: &str) -> Result<(), FileError> {
        self.files()?.make_folder(path).map_err(named)
    }
    fn length(&self, path: &str) -> Result<u64, FileError> {
        self.files()?.length(path).map_err(named)
    }
    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        self.files()?.list(folder).map_err(named)
    }
    /// The host's own addresses answer, and what the fabric names: gateways and the client. Whether anybody else
    /// is there nobody said.
    fn ping(&self, from: Option<IpAddr>, to: IpAddr, _size: u32) -> Option<Duration> {
        let (state, fabric) = self.network.as_ref()?;
        if state.vmk_with_address(to).is_some() {
            return Some(ROUND_TRIP / 10);
        }
        let there = fabric.client == Some(to) || fabric.networks.iter().any(|net| net.gateway == Some(to));
        let own = state.vmkernel.values().flat_map(|vmk| vmk.addresses().map(|net| net.addr()));
        let mut own = own.filter(|one| from.is_none_or(|from| from == *one));
        (there && own.any(|one| answer(state, fabric, to, one).answer == Answer::Yes)).then_some(ROUND_TRIP)
    }
}

fn named(error: io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::NotFound => FileError::NotFound,
        io::ErrorKind::AlreadyExists => FileError::Exists,
        io::ErrorKind::PermissionDenied => FileError::Denied,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FileError::Full,
        _ => FileError::Other(words(&error)),
    }
}

/// The system's words without its number.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
