//! What lies around a simulated host's machine: the clock, and the files of its jail.

use super::jail::tree::read_inside;
use esxi_core::model::{FileError, Surroundings};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The surroundings of one command.
pub(crate) struct Around<'a> {
    /// Where the host's files lie; `None` for a host without a jail, which has none.
    root: Option<&'a Path>,
    booted: Instant,
}

impl<'a> Around<'a> {
    pub(crate) fn new(root: Option<&'a Path>, booted: Instant) -> Self {
        Around { root, booted }
    }
}

impl Surroundings for Around<'_> {
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
    fn uptime(&self) -> Duration {
        self.booted.elapsed()
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let root = self.root.ok_or(FileError::NotFound)?;
        read_inside(root, Path::new(path.trim_start_matches('/'))).map_err(named)
    }
}

fn named(error: io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::NotFound => FileError::NotFound,
        io::ErrorKind::AlreadyExists => FileError::Exists,
        io::ErrorKind::PermissionDenied => FileError::Denied,
        io::ErrorKind::StorageFull => FileError::Full,
        _ => FileError::Other(error.to_string()),
    }
}
