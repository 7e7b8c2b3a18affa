//! What a command may see and touch outside of the machine: clocks, files, the network.
//!
//! The model itself does no I/O. Whoever runs it (the simulated host, a test, a page in a browser) says what lies
//! around the machine.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// What lies around a machine. Paths are absolute, as seen on the host.
///
/// Every method has a default: a host without files, at the beginning of time, whose network is silent.
pub trait Surroundings {
    /// The true time in seconds since 1970. The host's own clock may differ by what its machine says.
    fn now(&self) -> u64 {
        0
    }
    /// Time since the host booted.
    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
    /// A whole file.
    ///
    /// # Errors
    /// [`FileError::NotFound`] and the like.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let _ = path;
        Err(FileError::NotFound)
    }
    /// Writes a whole file, replacing what is there.
    ///
    /// # Errors
    /// [`FileError`].
    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), FileError> {
        let _ = (path, content);
        Err(FileError::Denied)
    }
    /// Makes a file of this length that takes no space.
    ///
    /// # Errors
    /// [`FileError::Exists`] where there is one.
    fn create_sparse(&mut self, path: &str, length: u64) -> Result<(), FileError> {
        let _ = (path, length);
        Err(FileError::Denied)
    }
    /// Makes a file longer; what is new takes no space.
    ///
    /// # Errors
    /// [`FileError`].
    fn lengthen(&mut self, path: &str, length: u64) -> Result<(), FileError> {
        let _ = (path, length);
        Err(FileError::NotFound)
    }
    /// Copies a file with its holes.
    ///
    /// # Errors
    /// [`FileError`].
    fn copy(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let _ = (from, to);
        Err(FileError::NotFound)
    }
    /// Gives a file another name.
    ///
    /// # Errors
    /// [`FileError`].
    fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let _ = (from, to);
        Err(FileError::NotFound)
    }
    /// Removes a file.
    ///
    /// # Errors
    /// [`FileError`].
    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        let _ = path;
        Err(FileError::NotFound)
    }
    /// Makes a folder and those above it; one that is there is fine.
    ///
    /// # Errors
    /// [`FileError`].
    fn make_folder(&mut self, path: &str) -> Result<(), FileError> {
        let _ = path;
        Err(FileError::Denied)
    }
    /// Length of a file in bytes.
    ///
    /// # Errors
    /// [`FileError`].
    fn length(&self, path: &str) -> Result<u64, FileError> {
        self.read(path).map(|content| content.len() as u64)
    }
    /// Names in a folder, sorted.
    ///
    /// # Errors
    /// [`FileError`].
    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let _ = folder;
        Err(FileError::NotFound)
    }
    /// How long an answer to an ICMP echo takes; `None` when none comes.
    fn ping(&self, from: Option<IpAddr>, to: IpAddr, size: u32) -> Option<Duration> {
        let _ = (from, to, size);
        None
    }
}

/// Why a file could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// There is none.
    #[error("No such file or directory")]
    NotFound,
    /// There is one already.
    #[error("File exists")]
    Exists,
    /// It must not be touched.
    #[error("Permission denied")]
    Denied,
    /// The volume is full.
    #[error("No space left on device")]
    Full,
    /// Anything else, in the system's words.
    #[error("{0}")]
    Other(String),
}

/// No files, no time, no network.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Surroundings for Nothing {}

/// Files in memory and a clock that stands still.
///
/// ```
/// use esxi_core::model::{Memory, Surroundings};
/// let mut around = Memory::default();
/// around.write("/etc/ntp.conf", b"server pool.ntp.org\n")?;
/// assert_eq!(around.list("/etc")?, ["ntp.conf"]);
/// # Ok::<(), esxi_core::model::FileError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Seconds since 1970.
    pub now: u64,
    /// Time since boot.
    pub uptime: Duration,
    /// Content by path; sparse files are kept as their length.
    pub files: BTreeMap<String, Stored>,
    /// Addresses that answer a ping.
    pub answering: Vec<IpAddr>,
}

/// A file in [`Memory`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// Its bytes.
    Content(Vec<u8>),
    /// Nothing but holes.
    Sparse(u64),
}

impl Memory {
    fn get(&self, path: &str) -> Result<&Stored, FileError> {
        self.files.get(path).ok_or(FileError::NotFound)
    }
}

impl Surroundings for Memory {
    fn now(&self) -> u64 {
        self.now
    }
    fn uptime(&self) -> Duration {
        self.uptime
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match self.get(path)? {
            Stored::Content(content) => Ok(content.clone()),
            Stored::Sparse(length) => Err(FileError::Other(format!("{length} bytes of nothing"))),
        }
    }
    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), FileError> {
        self.files.insert(path.to_owned(), Stored::Content(content.to_vec()));
        Ok(())
    }
    fn create_sparse(&mut self, path: &str, length: u64) -> Result<(), FileError> {
        if self.files.contains_key(path) {
            return Err(FileError::Exists);
        }
        self.files.insert(path.to_owned(), Stored::Sparse(length));
        Ok(())
    }
    fn lengthen(&mut self, path: &str, length: u64) -> Result<(), FileError> {
        match self.files.get_mut(path).ok_or(FileError::NotFound)? {
            Stored::Content(content) => {
                content.resize(usize::try_from(length).map_err(|_| FileError::Full)?, 0)
            }
            Stored::Sparse(old) => *old = length,
        }
        Ok(())
    }
    fn copy(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let file = self.get(from)?.clone();
        self.files.insert(to.to_owned(), file);
        Ok(())
    }
    fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let file = self.files.remove(from).ok_or(FileError::NotFound)?;
        self.files.insert(to.to_owned(), file);
        Ok(())
    }
    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        self.files.remove(path).map(drop).ok_or(FileError::NotFound)
    }
    fn make_folder(&mut self, _path: &str) -> Result<(), FileError> {
        Ok(())
    }
    fn length(&self, path: &str) -> Result<u64, FileError> {
        Ok(match self.get(path)? {
            Stored::Content(content) => content.len() as u64,
            Stored::Sparse(length) => *length,
        })
    }
    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let inside = format!("{}/", folder.trim_end_matches('/'));
        let mut names: Vec<String> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(&inside)?.split('/').next().map(str::to_owned))
            .collect();
        names.dedup();
        if names.is_empty() { Err(FileError::NotFound) } else { Ok(names) }
    }
    fn ping(&self, _from: Option<IpAddr>, to: IpAddr, _size: u32) -> Option<Duration> {
        self.answering.contains(&to).then_some(Duration::from_micros(300))
    }
}
