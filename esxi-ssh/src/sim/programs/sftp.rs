//! `sftp-server`: version 3 of the protocol, with OpenSSH's extensions and the order of its `SYMLINK`.

use super::attributes::{self, Wanted, long_line};
use super::wire::{Reader, Writer};
use rustix::fs::{Mode, OFlags};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Longest packet either way, as in OpenSSH.
const LONGEST: usize = 256 << 10;
/// What of it may be contents of a file.
const CONTENTS: usize = LONGEST - 1024;
/// Files and folders open at once.
const HANDLES: usize = 1000;
/// Entries of a folder in one answer.
const ENTRIES: usize = 100;

const VERSION: u8 = 2;
const STATUS: u8 = 101;
const HANDLE: u8 = 102;
const DATA: u8 = 103;
const NAME: u8 = 104;
const ATTRS: u8 = 105;
const EXTENDED_REPLY: u8 = 201;

static EXTENSIONS: &[(&str, &str)] = &[
    ("posix-rename@openssh.com", "1"),
    ("statvfs@openssh.com", "2"),
    ("fstatvfs@openssh.com", "2"),
    ("hardlink@openssh.com", "1"),
    ("fsync@openssh.com", "1"),
    ("lsetstat@openssh.com", "1"),
    ("limits@openssh.com", "1"),
    ("expand-path@openssh.com", "1"),
];

/// Answers until the client closes its side.
pub(super) fn main(_words: Vec<OsString>) -> u8 {
    // Without the buffers of the standard streams: a packet is written in one piece and waits for nothing.
    let streams = || {
        let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        serve(input, output)
    };
    u8::from(streams().is_err())
}

fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut server = Server::default();
    loop {
        let mut length = [0; 4];
        match input.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        }
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length == 0 || length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut packet = vec![0; length];
        input.read_exact(&mut packet)?;
        let answer = server.answer(&packet).ok_or(io::ErrorKind::InvalidData)?;
        let mut framed = Writer::default();
        framed.string(&answer.0);
        output.write_all(&framed.0)?;
    }
}

/// What is open, by the number that the client knows.
#[derive(Default)]
struct Server {
    open: BTreeMap<u32, Open>,
    last: u32,
}

enum Open {
    File { file: File, path: PathBuf, append: bool },
    Folder { path: PathBuf, names: std::vec::IntoIter<OsString> },
}

/// Why something was not done.
enum Refusal {
    End,
    BadMessage,
    Unsupported,
    Failure,
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::Io(error)
    }
}
impl From<rustix::io::Errno> for Refusal {
    fn from(error: rustix::io::Errno) -> Self {
        Refusal::Io(error.into())
    }
}

impl Refusal {
    /// Number and text, as OpenSSH chooses them.
    fn status(&self) -> (u32, &'static str) {
        use rustix::io::Errno;
        match self {
            Refusal::End => (1, "End of file"),
            Refusal::BadMessage => (5, "Bad message"),
            Refusal::Unsupported => (8, "Operation unsupported"),
            Refusal::Failure => (4, "Failure"),
            Refusal::Io(error) => match Errno::from_io_error(error) {
                Some(Errno::NOENT | Errno::NOTDIR | Errno::BADF | Errno::LOOP) => (2, "No such file"),
                Some(Errno::PERM | Errno::ACCESS | Errno::FAULT) => (3, "Permission denied"),
                Some(Errno::NAMETOOLONG | Errno::INVAL) => (5, "Bad message"),
                Some(Errno::NOSYS) => (8, "Operation unsupported"),
                _ => (4, "Failure"),
            },
        }
    }
}

type Answer = Result<Writer, Refusal>;

impl Server {
    /// The answer to a packet; `None` when it has no number to answer to.
    fn answer(&mut self, packet: &[u8]) -> Option<Writer> {
        let mut reader = Reader(packet);
        let kind = reader.byte()?;
        let mut answer = Writer::default();
        if kind == 1 {
            answer.byte(VERSION).u32(3);
            for (name, version) in EXTENSIONS {
                answer.string(name).string(version);
            }
            return Some(answer);
        }
        let id = reader.u32()?;
        let result = self.carry_out(kind, id, &mut reader);
        Some(result.unwrap_or_else(|refusal| {
            let (number, text) = refusal.status();
            status(id, number, text)
        }))
    }

    fn carry_out(&mut self, kind: u8, id: u32, from: &mut Reader<'_>) -> Answer {
        match kind {
            3 => self.open_file(id, from),
            4 => {
                let (number, _) = self.handle(from)?;
                self.open.remove(&number);
                done(id)
            }
            5 => self.read(id, from),
            6 => self.write(id, from),
            7 => attrs(id, &path(from)?.symlink_metadata()?),
            8 => match self.handle(from)?.1 {
                Open::File { file, .. } => attrs(id, &file.metadata()?),
                Open::Folder { path, .. } => attrs(id, &path.metadata()?),
            },
            9 => {
                let path = path(from)?;
                Wanted::read(from).ok_or(Refusal::BadMessage)?.apply(&path, true)?;
                done(id)
            }
            10 => {
                let (Open::File { path, .. } | Open::Folder { path, .. }) = self.handle(from)?.1;
                Wanted::read(from).ok_or(Refusal::BadMessage)?.apply(path, true)?;
                done(id)
            }
            11 => self.open_folder(id, from),
            12 => self.read_folder(id, from),
            13 => std::fs::remove_file(path(from)?).map_or_else(|error| Err(error.into()), |()| done(id)),
            14 => {
                let path = path(from)?;
                let wanted = Wanted::read(from).ok_or(Refusal::BadMessage)?;
                rustix::fs::mkdir(&path, Mode::from_bits_truncate(wanted.mode.unwrap_or(0o777) & 0o7777))?;
                done(id)
            }
            15 => std::fs::remove_dir(path(from)?).map_or_else(|error| Err(error.into()), |()| done(id)),
            16 => name(id, &real_path(&path(from)?)?),
            17 => attrs(id, &path(from)?.metadata()?),
            18 => {
                let (old, new) = (path(from)?, path(from)?);
                old.symlink_metadata()?;
                // This request never replaces anything.
                if new.symlink_metadata().is_ok() {
                    return Err(Refusal::Failure);
                }
                std::fs::rename(old, new)?;
                done(id)
            }
            19 => name(id, &std::fs::read_link(path(from)?)?),
            20 => {
                // OpenSSH has the two the other way round than the draft.
                let (target, link) = (path(from)?, path(from)?);
                std::os::unix::fs::symlink(target, link)?;
                done(id)
            }
            200 => self.extended(id, from),
            _ => Err(Refusal::Unsupported),
        }
    }

    fn extended(&mut self, id: u32, from: &mut Reader<'_>) -> Answer {
        match from.string().ok_or(Refusal::BadMessage)? {
            b"posix-rename@openssh.com" => {
                std::fs::rename(path(from)?, path(from)?)?;
                done(id)
            }
            b"hardlink@openssh.com" => {
                std::fs::hard_link(path(from)?, path(from)?)?;
                done(id)
            }
            b"fsync@openssh.com" => match self.handle(from)?.1 {
                Open::File { file, .. } => {
                    file.sync_all().map_or_else(|error| Err(error.into()), |()| done(id))
                }
                Open::Folder { .. } => Err(Refusal::Failure),
            },
            b"lsetstat@openssh.com" => {
                let path = path(from)?;
                Wanted::read(from).ok_or(Refusal::BadMessage)?.apply(&path, false)?;
                done(id)
            }
            b"statvfs@openssh.com" => volume(id, rustix::fs::statvfs(&path(from)?)?),
            b"fstatvfs@openssh.com" => {
                let (Open::File { path, .. } | Open::Folder { path, .. }) = self.handle(from)?.1;
                volume(id, rustix::fs::statvfs(&*path)?)
            }
            b"limits@openssh.com" => {
                let mut answer = start(EXTENDED_REPLY, id);
                for limit in [LONGEST, CONTENTS, CONTENTS, HANDLES] {
                    answer.u64(limit as u64);
                }
                Ok(answer)
            }
            b"expand-path@openssh.com" => {
                let path = from.string().ok_or(Refusal::BadMessage)?;
                // Everybody's home is the root of the file system.
                let path = path.strip_prefix(b"~").unwrap_or(path);
                let path = Path::new("/").join(
                    Path::new(OsStr::from_bytes(path))
                        .strip_prefix("/")
                        .unwrap_or(Path::new(OsStr::from_bytes(path))),
                );
                name(id, &real_path(&path)?)
            }
            _ => Err(Refusal::Unsupported),
        }
    }

    fn handle(&mut self, from: &mut Reader<'_>) -> Result<(u32, &mut Open), Refusal> {
        let number = from.string().ok_or(Refusal::BadMessage)?;
        let number = number.try_into().map(u32::from_be_bytes).map_err(|_| Refusal::Failure)?;
        self.open.get_mut(&number).map(|open| (number, open)).ok_or(Refusal::Failure)
    }

    fn keep(&mut self, id: u32, open: Open) -> Answer {
        if self.open.len() >= HANDLES {
            return Err(Refusal::Failure);
        }
        self.last = self.last.wrapping_add(1);
        self.open.insert(self.last, open);
        let mut answer = start(HANDLE, id);
        answer.string(self.last.to_be_bytes());
        Ok(answer)
    }

    fn open_file(&mut self, id: u32, from: &mut Reader<'_>) -> Answer {
        let path = path(from)?;
        let asked = from.u32().ok_or(Refusal::BadMessage)?;
        let wanted = Wanted::read(from).ok_or(Refusal::BadMessage)?;
        let mut flags = match asked & 3 {
            3 => OFlags::RDWR,
            2 => OFlags::WRONLY,
            _ => OFlags::RDONLY,
        };
        let append = asked & 4 != 0;
        for (bit, flag) in [(4, OFlags::APPEND), (8, OFlags::CREATE), (16, OFlags::TRUNC), (32, OFlags::EXCL)]
        {
            flags.set(flag, asked & bit != 0);
        }
        let mode = Mode::from_bits_truncate(wanted.mode.unwrap_or(0o666) & 0o7777);
        let file = File::from(rustix::fs::open(&path, flags | OFlags::CLOEXEC, mode)?);
        self.keep(id, Open::File { file, path, append })
    }

    fn read(&mut self, id: u32, from: &mut Reader<'_>) -> Answer {
        let Open::File { file, .. } = self.handle(from)?.1 else { return Err(Refusal::Failure) };
        let (Some(offset), Some(length)) = (from.u64(), from.u32()) else { return Err(Refusal::BadMessage) };
        let length = usize::try_from(length).unwrap_or(CONTENTS).min(CONTENTS);
        let mut answer = start(DATA, id);
        let head = answer.0.len() + 4;
        answer.0.resize(head + length, 0);
        let count = file.read_at(&mut answer.0[head..], offset)?;
        if count == 0 && length > 0 {
            return Err(Refusal::End);
        }
        answer.0.truncate(head + count);
        answer.0[head - 4..head].copy_from_slice(&u32::try_from(count).unwrap_or(0).to_be_bytes());
        Ok(answer)
    }

    fn write(&mut self, id: u32, from: &mut Reader<'_>) -> Answer {
        let Open::File { file, append, .. } = self.handle(from)?.1 else { return Err(Refusal::Failure) };
        let (Some(offset), Some(data)) = (from.u64(), from.string()) else { return Err(Refusal::BadMessage) };
        if *append {
            file.write_all(data)?;
        } else {
            file.write_all_at(data, offset)?;
        }
        done(id)
    }

    fn open_folder(&mut self, id: u32, from: &mut Reader<'_>) -> Answer {
        let path = path(from)?;
        let mut names = vec![OsString::from("."), OsString::from("..")];
        for entry in std::fs::read_dir(&path)? {
            names.push(entry?.file_name());
        }
        self.keep(id, Open::Folder { path, names: names.into_iter() })
    }

    fn read_folder(&mut self, id: u32, from: &mut Reader<'_>) -> Answer {
        let Open::Folder { path, names } = self.handle(from)?.1 else { return Err(Refusal::Failure) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let (mut count, mut entries) = (0, Writer::default());
        // What was removed in the meantime is left out.
        let there = names.filter_map(|name| Some((path.join(&name).symlink_metadata().ok()?, name)));
        for (metadata, name) in there.take(ENTRIES) {
            entries.string(name.as_bytes());
            entries.string(long_line(&name.to_string_lossy(), &metadata, now));
            attributes::write(&mut entries, &metadata);
            count += 1;
        }
        if count == 0 {
            return Err(Refusal::End);
        }
        let mut answer = start(NAME, id);
        answer.u32(count).0.append(&mut entries.0);
        Ok(answer)
    }
}

fn path(from: &mut Reader<'_>) -> Result<PathBuf, Refusal> {
    let bytes = from.string().ok_or(Refusal::BadMessage)?;
    let path = if bytes.is_empty() { OsStr::new(".") } else { OsStr::from_bytes(bytes) };
    Ok(path.into())
}

/// Where a path leads; its last part need not be there.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let (Some(folder), Some(last)) = (path.parent(), path.file_name()) else { return Err(error) };
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            Ok(folder.canonicalize()?.join(last))
        }
        other => other,
    }
}

fn start(kind: u8, id: u32) -> Writer {
    let mut answer = Writer::default();
    answer.byte(kind).u32(id);
    answer
}

fn status(id: u32, number: u32, text: &str) -> Writer {
    let mut answer = start(STATUS, id);
    answer.u32(number).string(text).string("");
    answer
}

#[allow(clippy::unnecessary_wraps, reason = "the end of most requests, whose type it has")]
fn done(id: u32) -> Answer {
    Ok(status(id, 0, "Success"))
}

#[allow(clippy::unnecessary_wraps, reason = "the end of several requests, whose type it has")]
fn attrs(id: u32, of: &Metadata) -> Answer {
    let mut answer = start(ATTRS, id);
    attributes::write(&mut answer, of);
    Ok(answer)
}

#[allow(clippy::unnecessary_wraps, reason = "the end of several requests, whose type it has")]
fn name(id: u32, path: &Path) -> Answer {
    let bytes = path.as_os_str().as_bytes();
    let mut answer = start(NAME, id);
    // Without attributes.
    answer.u32(1).string(bytes).string(bytes).u32(0);
    Ok(answer)
}

#[allow(clippy::unnecessary_wraps, reason = "the end of two requests, whose type it has")]
fn volume(id: u32, of: rustix::fs::StatVfs) -> Answer {
    let mut answer = start(EXTENDED_REPLY, id);
    let read_only = of.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY);
    let no_suid = of.f_flag.contains(rustix::fs::StatVfsMountFlags::NOSUID);
    let flags = u64::from(read_only) | u64::from(no_suid) << 1;
    for number in [of.f_bsize, of.f_frsize, of.f_blocks, of.f_bfree, of.f_bavail] {
        answer.u64(number);
    }
    for number in [of.f_files, of.f_ffree, of.f_favail, of.f_fsid, flags, of.f_namemax] {
        answer.u64(number);
    }
    Ok(answer)
}
