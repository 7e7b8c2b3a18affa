//! A full datastore, for the commands of the model.

use esxi_core::model::{FileError, Surroundings};
use std::net::IpAddr;
use std::time::Duration;

/// Surroundings in which nothing more fits into some folders.
pub(crate) struct Full<'a> {
    around: &'a mut dyn Surroundings,
    folders: Vec<String>,
}

impl<'a> Full<'a> {
    /// `folders` end in a slash.
    pub(crate) fn new(around: &'a mut dyn Surroundings, folders: Vec<String>) -> Self {
        Full { around, folders }
    }

    fn room(&self, path: &str) -> Result<(), FileError> {
        let full = self.folders.iter().any(|folder| path.starts_with(folder.as_str()));
        if full { Err(FileError::Full) } else { Ok(()) }
    }
}

impl Surroundings for Full<'_> {
    fn now(&self) -> u64 {
        self.around.now()
    }
    fn uptime(&self) -> Duration {
        self.around.uptime()
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.around.read(path)
    }
    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), FileError> {
        self.room(path)?;
        self.around.write(path, content)
    }
    fn create_sparse(&mut self, path: &str, length: u64) -> Result<(), FileError> {
        self.room(path)?;
        self.around.create_sparse(path, length)
    }
    fn copy(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        self.room(to)?;
        self.around.copy(from, to)
    }
    fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        self.around.rename(from, to)
    }
    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        self.around.remove(path)
    }
    fn make_folder(&mut self, path: &str) -> Result<(), FileError> {
        self.room(path)?;
        self.around.make_folder(path)
    }
    fn length(&self, path: &str) -> Result<u64, FileError> {
        self.around.length(path)
    }
    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        self.around.list(folder)
    }
    fn ping(&self, from: Option<IpAddr>, to: IpAddr, size: u32) -> Option<Duration> {
        self.around.ping(from, to, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use esxi_core::model::Memory;

    #[test]
    fn nothing_fits_into_a_full_folder_and_all_else_works() {
        let mut memory = Memory::default();
        memory.write("/vmfs/volumes/full/a", b"x").unwrap();
        let mut around = Full::new(&mut memory, vec!["/vmfs/volumes/full/".into()]);
        assert_eq!(around.write("/vmfs/volumes/full/b", b""), Err(FileError::Full));
        assert_eq!(around.create_sparse("/vmfs/volumes/full/b", 1), Err(FileError::Full));
        assert_eq!(around.copy("/vmfs/volumes/full/a", "/vmfs/volumes/full/b"), Err(FileError::Full));
        assert_eq!(around.make_folder("/vmfs/volumes/full/f"), Err(FileError::Full));
        around.copy("/vmfs/volumes/full/a", "/vmfs/volumes/other/a").unwrap();
        around.rename("/vmfs/volumes/full/a", "/vmfs/volumes/full/c").unwrap();
        assert_eq!(around.read("/vmfs/volumes/full/c").unwrap(), b"x");
        around.remove("/vmfs/volumes/full/c").unwrap();
        assert_eq!(around.list("/vmfs/volumes/full"), Err(FileError::NotFound));
        around.create_sparse("/vmfs/volumes/fuller", 3).unwrap();
        assert_eq!(around.length("/vmfs/volumes/fuller"), Ok(3));
    }
}
