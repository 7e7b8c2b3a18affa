//! The files of a jail, seen from outside of it.
//!
//! What runs in the jail may turn any file into a symbolic link at any moment. So no path is ever checked first and
//! opened then: the kernel resolves it below the root in one go (`openat2` with `RESOLVE_IN_ROOT`, Linux 5.6), as it
//! would inside; what has no handle is reached through the handle of its folder and a single name.

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, fchown, ftruncate, mkdirat, renameat, symlinkat, unlinkat,
};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

/// Longest file that is read into memory.
const LONGEST: u64 = 64 << 20;

/// The root of a jail, and who its files belong to.
#[derive(Debug)]
pub(crate) struct Inside {
    root: OwnedFd,
    owner: Option<u32>,
}

impl Inside {
    /// Files that are made belong to `owner`, where that is not the caller.
    pub(crate) fn open(root: &Path, owner: Option<u32>) -> io::Result<Inside> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Inside { root: rustix::fs::open(root, flags, Mode::empty())?, owner })
    }

    /// A handle of what the path leads to, links followed inside of the root.
    #[cfg(target_os = "linux")]
    fn at(&self, path: &str, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        use rustix::fs::ResolveFlags;
        let relative = match path.trim_start_matches('/') {
            "" => ".",
            other => other,
        };
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        loop {
            match rustix::fs::openat2(&self.root, relative, flags | OFlags::CLOEXEC, mode, resolve) {
                // Something was renamed at the same time: the kernel asks to try again.
                Err(Errno::AGAIN | Errno::INTR) => {}
                other => return Ok(other?),
            }
        }
    }

    /// There is no jail elsewhere.
    #[cfg(not(target_os = "linux"))]
    fn at(&self, _: &str, _: OFlags, _: Mode) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The folder that a path is in, and its last name.
    fn parent<'p>(&self, path: &'p str) -> io::Result<(OwnedFd, &'p str)> {
        let path = path.trim_end_matches('/');
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if matches!(name, "" | "." | "..") {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok((self.at(folder, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?, name))
    }

    /// An ordinary file. Devices and pipes are refused: opening without blocking is no way to use them.
    fn file(&self, path: &str, flags: OFlags) -> io::Result<File> {
        let created = flags.contains(OFlags::CREATE);
        let mode = if created { Mode::from_raw_mode(0o644) } else { Mode::empty() };
        let file = File::from(self.at(path, flags | OFlags::NONBLOCK | OFlags::NOCTTY, mode)?);
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
        match kind {
            FileType::RegularFile if created => self.hand_over(&file).map(|()| file),
            FileType::RegularFile => Ok(file),
            FileType::Directory => Err(io::ErrorKind::IsADirectory.into()),
            _ => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }

    fn hand_over(&self, file: &File) -> io::Result<()> {
        let Some(owner) = self.owner else { return Ok(()) };
        let (user, group) = (rustix::fs::Uid::from_raw(owner), rustix::fs::Gid::from_raw(owner));
        Ok(fchown(file, Some(user), Some(group))?)
    }

    /// The whole of a file.
    pub(crate) fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        let file = self.file(path, OFlags::RDONLY)?;
        if file.take(LONGEST + 1).read_to_end(&mut content)? as u64 > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(content)
    }

    /// Replaces the content of a file, or makes it.
    pub(crate) fn write(&self, path: &str, content: &[u8]) -> io::Result<()> {
        let mut file = self.file(path, OFlags::WRONLY | OFlags::CREATE)?;
        file.set_len(0)?;
        file.write_all(content)
    }

    /// Adds to the end of a file, or makes it.
    pub(crate) fn append(&self, path: &str, content: &[u8]) -> io::Result<()> {
        self.file(path, OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND)?.write_all(content)
    }

    /// Makes a file of this length that takes no space.
    pub(crate) fn create_sparse(&self, path: &str, length: u64) -> io::Result<()> {
        let file = self.file(path, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
        Ok(ftruncate(&file, length)?)
    }

    /// Makes a file longer; what is new takes no space.
    pub(crate) fn lengthen(&self, path: &str, length: u64) -> io::Result<()> {
        let file = self.file(path, OFlags::WRONLY)?;
        let now = u64::try_from(rustix::fs::fstat(&file)?.st_size).unwrap_or_default();
        if length < now {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(ftruncate(&file, length)?)
    }

    /// Copies a file with its holes, over what is there.
    pub(crate) fn copy(&self, from: &str, to: &str) -> io::Result<()> {
        let mut source = self.file(from, OFlags::RDONLY)?;
        let mut target = self.file(to, OFlags::WRONLY | OFlags::CREATE)?;
        let (one, other) = (rustix::fs::fstat(&source)?, rustix::fs::fstat(&target)?);
        if (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        target.set_len(0)?;
        copy_data(&mut source, &mut target)?;
        target.set_len(source.metadata()?.len())
    }

    /// Gives a file another name, replacing what has it.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (old, old_name) = self.parent(from)?;
        let (new, new_name) = self.parent(to)?;
        Ok(renameat(old, old_name, new, new_name)?)
    }

    /// Removes a file or link, never what a link leads to.
    pub(crate) fn remove(&self, path: &str) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        Ok(unlinkat(folder, name, AtFlags::empty())?)
    }

    /// Makes a folder and those above it.
    pub(crate) fn make_folder(&self, path: &str) -> io::Result<()> {
        let path = path.trim_end_matches('/');
        if path.is_empty() || self.is_folder(path) {
            return Ok(());
        }
        if let Some((above, _)) = path.rsplit_once('/') {
            self.make_folder(above)?;
        }
        let (folder, name) = self.parent(path)?;
        match mkdirat(&folder, name, Mode::from_raw_mode(0o755)) {
            Err(Errno::EXIST) if self.is_folder(path) => return Ok(()),
            other => other?,
        }
        let Some(owner) = self.owner else { return Ok(()) };
        let (user, group) = (rustix::fs::Uid::from_raw(owner), rustix::fs::Gid::from_raw(owner));
        Ok(rustix::fs::chownat(&folder, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?)
    }

    fn is_folder(&self, path: &str) -> bool {
        self.at(path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).is_ok()
    }

    /// Makes a symbolic link, in place of another one but of nothing else.
    pub(crate) fn link(&self, target: &str, path: &str) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        if let Ok(old) = rustix::fs::readlinkat(&folder, name, Vec::new()) {
            if old.to_bytes() == target.as_bytes() {
                return Ok(());
            }
            unlinkat(&folder, name, AtFlags::empty())?;
        }
        symlinkat(target, &folder, name)?;
        let Some(owner) = self.owner else { return Ok(()) };
        let (user, group) = (rustix::fs::Uid::from_raw(owner), rustix::fs::Gid::from_raw(owner));
        Ok(rustix::fs::chownat(&folder, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Brings a folder of outside in, in place of an empty one.
    pub(crate) fn take_in(&self, from: &Path, to: &str) -> io::Result<()> {
        let (folder, name) = self.parent(to)?;
        unlinkat(&folder, name, AtFlags::REMOVEDIR)?;
        Ok(renameat(rustix::fs::CWD, from, &folder, name)?)
    }

    /// Takes a folder out; nothing but a folder.
    pub(crate) fn give_out(&self, from: &str, to: &Path) -> io::Result<()> {
        let (folder, name) = self.parent(from)?;
        let facts = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(facts.st_mode) != FileType::Directory {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(renameat(&folder, name, rustix::fs::CWD, to)?)
    }

    /// True when the path leads to something.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.at(path, OFlags::PATH, Mode::empty()).is_ok()
    }

    /// Length of a file in bytes.
    pub(crate) fn length(&self, path: &str) -> io::Result<u64> {
        let handle = self.at(path, OFlags::PATH, Mode::empty())?;
        Ok(u64::try_from(rustix::fs::fstat(&handle)?.st_size).unwrap_or(0))
    }

    /// Names in a folder, sorted.
    pub(crate) fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let handle = self.at(folder, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&handle)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

/// Carries over what is no hole.
#[cfg(target_os = "linux")]
fn copy_data(source: &mut File, target: &mut File) -> io::Result<()> {
    use rustix::fs::{SeekFrom, seek};
    let mut at = 0;
    loop {
        let start = match seek(&*source, SeekFrom::Data(at)) {
            Ok(start) => start,
            // Nothing but a hole follows.
            Err(Errno::NXIO) => return Ok(()),
            // A file system without holes: all of it is data.
            Err(Errno::INVAL) if at == 0 => 0,
            Err(error) => return Err(error.into()),
        };
        let end = seek(&*source, SeekFrom::Hole(start)).unwrap_or(source.metadata()?.len());
        seek(&*source, SeekFrom::Start(start))?;
        seek(&*target, SeekFrom::Start(start))?;
        let carried = io::copy(&mut (&mut *source).take(end - start), target)?;
        at = start + carried;
        if carried == 0 {
            return Ok(());
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn copy_data(source: &mut File, target: &mut File) -> io::Result<()> {
    io::copy(source, target).map(drop)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, symlink};

    fn stage() -> (tempfile::TempDir, Inside) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("root/etc")).unwrap();
        std::fs::write(folder.path().join("secret"), "outside").unwrap();
        let inside = Inside::open(&folder.path().join("root"), None).unwrap();
        (folder, inside)
    }

    #[test]
    fn links_are_followed_as_inside_and_never_out() {
        let (folder, inside) = stage();
        let root = folder.path().join("root");
        inside.write("/etc/passwd", b"inside").unwrap();
        let secret = folder.path().join("secret");
        symlink("/etc/passwd", root.join("absolute")).unwrap();
        symlink("../../../../etc/passwd", root.join("climbing")).unwrap();
        symlink(&secret, root.join("out")).unwrap();
        symlink("../secret", root.join("etc/near")).unwrap();
        symlink("/proc/self/root", root.join("magic")).unwrap();
        assert_eq!(inside.read("absolute").unwrap(), b"inside");
        assert_eq!(inside.read("/climbing").unwrap(), b"inside");
        assert_eq!(inside.read("/../../etc/../../etc/passwd").unwrap(), b"inside");
        for path in ["/out", "/etc/near", "/magic/etc/passwd", "/../secret"] {
            assert!(inside.read(path).is_err(), "{path}");
            assert!(inside.length(path).is_err(), "{path}");
        }
        // Written through, a link makes the file inside, or nothing.
        let _ = inside.write("/etc/near", b"changed");
        let _ = inside.append("/out", b"changed");
        let _ = inside.copy("/etc/passwd", "/out");
        assert_eq!(std::fs::read(&secret).unwrap(), b"outside");
        assert_eq!(inside.read("/secret").unwrap(), b"changed", "the root is the end of the way up");
        inside.rename("/etc/passwd", "/out").unwrap();
        inside.remove("/out").unwrap();
        assert_eq!(std::fs::read(&secret).unwrap(), b"outside");
        symlink(folder.path(), root.join("folder")).unwrap();
        assert!(inside.list("/folder").is_err() && inside.remove("/folder/secret").is_err());
        assert!(inside.make_folder("/folder/new").is_err() && !folder.path().join("new").exists());
    }

    #[test]
    fn pipes_and_folders_are_no_files() {
        let (folder, inside) = stage();
        let pipe = folder.path().join("root/pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(inside.read("/pipe").unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert!(inside.write("/pipe", b"x").is_err());
        assert_eq!(inside.read("/etc").unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(inside.read("/none").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(inside.write("/none/x", b"").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn holes_stay_holes() {
        let (folder, inside) = stage();
        inside.create_sparse("/disk", 8 << 30).unwrap();
        assert_eq!(inside.create_sparse("/disk", 1).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let disk = File::options().write(true).open(folder.path().join("root/disk")).unwrap();
        rustix::io::pwrite(&disk, b"in the middle", 5 << 30).unwrap();
        inside.copy("/disk", "/copy").unwrap();
        let copy = folder.path().join("root/copy");
        let facts = copy.metadata().unwrap();
        assert_eq!(inside.length("/copy").unwrap(), 8 << 30);
        assert!(facts.blocks() * 512 < 1 << 20, "{} blocks", facts.blocks());
        let mut middle = [0; 13];
        rustix::io::pread(File::open(&copy).unwrap(), &mut middle, 5 << 30).unwrap();
        assert_eq!(&middle, b"in the middle");
        assert!(inside.copy("/copy", "/copy").is_err(), "a file is not copied onto itself");
        assert_eq!(inside.length("/copy").unwrap(), 8 << 30);
        inside.lengthen("/disk", 9 << 30).unwrap();
        assert_eq!(inside.length("/disk").unwrap(), 9 << 30);
        assert_eq!(inside.lengthen("/disk", 1).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert!(inside.lengthen("/none", 1).is_err());
    }

    #[test]
    fn folders_links_and_names() {
        let (folder, inside) = stage();
        inside.make_folder("/a/b/c").unwrap();
        inside.make_folder("/a/b/c/").unwrap();
        inside.write("/a/b/c/x", b"1").unwrap();
        inside.append("/a/b/c/x", b"2").unwrap();
        inside.link("b/c", "/a/short").unwrap();
        inside.link("/a/b/c", "/a/short").unwrap();
        assert_eq!(inside.read("/a/short/x").unwrap(), b"12");
        assert_eq!(std::fs::read_link(folder.path().join("root/a/short")).unwrap().to_str(), Some("/a/b/c"));
        assert_eq!(inside.list("/a").unwrap(), ["b", "short"]);
        inside.rename("/a/short/x", "/a/y").unwrap();
        assert!(inside.exists("/a/y") && !inside.exists("/a/b/c/x"));
        inside.remove("/a/short").unwrap();
        assert!(inside.exists("/a/b/c"));
        assert!(inside.make_folder("/a/y/z").is_err() && inside.remove("/").is_err());
    }
}
