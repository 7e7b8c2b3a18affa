use crate::ImageError;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file that appears under its name only when it is complete.
///
/// Written beside its target under another name, flushed to the disk and renamed by [`commit`](Self::commit).
/// Dropped without that, it is removed and a file that was there before is untouched.
///
/// ```
/// use std::io::Write;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("esxi.img");
/// let mut file = esxi_image::AtomicFile::create(&path)?;
/// file.file().write_all(b"half")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"half");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    temporary: NamedTempFile,
    target: PathBuf,
}

impl AtomicFile {
    /// Opens the temporary file. A symbolic link as target is followed, as it would be by an ordinary open.
    ///
    /// # Errors
    /// The folder is missing or not writable, or the target exists and is a folder, a device or a pipe.
    pub fn create(target: &Path) -> Result<Self, ImageError> {
        let real = match fs::canonicalize(target) {
            Ok(real) if real.is_file() => real,
            Ok(real) => return Err(ImageError::NotAFile { path: real }),
            Err(_) => target.to_owned(),
        };
        let folder = folder(&real);
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(real.file_name().unwrap_or_default());
        prefix.push(".");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What a newly created file gets: the process's umask is taken off.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let temporary =
            builder.tempfile_in(folder).map_err(ImageError::file("create a file beside", &real))?;
        Ok(AtomicFile { temporary, target: real })
    }

    /// The open file.
    pub fn file(&mut self) -> &mut File {
        self.temporary.as_file_mut()
    }

    /// Where it will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// Flushing or renaming failed; the target is as it was before.
    pub fn commit(self) -> Result<(), ImageError> {
        let AtomicFile { temporary, target } = self;
        temporary.as_file().sync_all().map_err(ImageError::file("flush", &target))?;
        temporary.persist(&target).map_err(|e| ImageError::file("rename to", &target)(e.error))?;
        // Only Unix lets a folder be opened to flush its entries; elsewhere the rename is durable by itself.
        #[cfg(unix)]
        File::open(folder(&target))
            .and_then(|folder| folder.sync_all())
            .map_err(ImageError::file("flush the folder of", &target))?;
        Ok(())
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn given_up_it_leaves_nothing_and_the_old_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.raw");
        fs::write(&path, "old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.file().write_all(b"new").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_regular_files_are_targets() {
        let folder = tempfile::tempdir().unwrap();
        let error = AtomicFile::create(folder.path()).unwrap_err();
        assert_eq!(error.code().as_str(), "IMG005");
        let error = AtomicFile::create(&folder.path().join("missing/x")).unwrap_err();
        assert_eq!(error.code().as_str(), "IMG004");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_the_mode_is_a_new_files() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link, plain) =
            (folder.path().join("real"), folder.path().join("link"), folder.path().join("plain"));
        fs::write(&path, "old").unwrap();
        fs::write(&plain, "").unwrap();
        symlink("real", &link).unwrap();
        let mut file = AtomicFile::create(&link).unwrap();
        file.file().write_all(b"new").unwrap();
        file.commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }
}
