//! `scp` as the other end of somebody's `scp`: the protocol of rcp, `-f` to send and `-t` to receive.

use super::attributes::Wanted;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Longest line of the protocol.
const LINE: usize = 16 << 10;

/// Status of what this program does not do; the same as for words of `esxcli` that are not modelled.
const NOT_MODELLED: u8 = 70;

pub(super) fn main(words: Vec<OsString>) -> u8 {
    let options = Options::read(words);
    let streams = || {
        let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let line = Line { input: BufReader::new(input), output: BufWriter::new(output), errors: 0 };
        options.run(line)
    };
    match (options.from, options.to) {
        (false, false) => {
            // Nobody may be there to read it.
            let text = "esxi-sim: not modelled: scp from this host to another\n";
            let _ = io::stderr().write_all(text.as_bytes());
            NOT_MODELLED
        }
        // The other side has gone, or talks nonsense.
        _ => streams().unwrap_or(1),
    }
}

#[derive(Debug, Default)]
struct Options {
    from: bool,
    to: bool,
    recursive: bool,
    preserve: bool,
    /// The target has to be a folder.
    folder: bool,
    paths: Vec<PathBuf>,
}

impl Options {
    fn read(words: Vec<OsString>) -> Options {
        let mut options = Options::default();
        let mut only_paths = false;
        for word in words {
            match word.as_bytes() {
                b"--" if !only_paths => only_paths = true,
                [b'-', letters @ ..] if !only_paths && !letters.is_empty() => {
                    options.from |= letters.contains(&b'f');
                    options.to |= letters.contains(&b't');
                    options.recursive |= letters.contains(&b'r');
                    options.preserve |= letters.contains(&b'p');
                    options.folder |= letters.contains(&b'd');
                }
                _ => {
                    only_paths = true;
                    options.paths.push(word.into());
                }
            }
        }
        options
    }

    fn run(&self, mut line: Line<impl Read, impl Write>) -> io::Result<u8> {
        if self.from {
            // The other side says that it is ready.
            line.heard()?;
            for path in &self.paths {
                self.send(&mut line, path)?;
            }
        } else {
            let [target] = self.paths.as_slice() else {
                line.complain("ambiguous target")?;
                return Ok(1);
            };
            if self.folder && !target.is_dir() {
                line.complain(&format!("{}: Not a directory", target.display()))?;
                return Ok(1);
            }
            self.receive(&mut line, target)?;
        }
        Ok(u8::from(line.errors > 0))
    }

    /// Sends a file, or a folder with all that is in it.
    fn send(&self, line: &mut Line<impl Read, impl Write>, path: &Path) -> io::Result<()> {
        let name = path.file_name().unwrap_or(OsStr::new(".")).to_owned();
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = match opened {
            Ok(opened) => opened,
            Err(error) => return line.complain(&format!("{}: {}", path.display(), cause(&error))),
        };
        if !(metadata.is_file() || metadata.is_dir() && self.recursive) {
            return line.complain(&format!("{}: not a regular file", path.display()));
        }
        if self.preserve {
            line.say(format!("T{} 0 {} 0\n", metadata.mtime().max(0), metadata.atime().max(0)).as_bytes())?;
            if !line.heard()? {
                return Ok(());
            }
        }
        let mode = metadata.mode() & 0o7777;
        let (kind, size) = if metadata.is_dir() { ('D', 0) } else { ('C', metadata.size()) };
        let mut head = format!("{kind}{mode:04o} {size} ").into_bytes();
        head.extend_from_slice(name.as_bytes());
        head.push(b'\n');
        line.say(&head)?;
        if !line.heard()? {
            return Ok(());
        }
        if metadata.is_dir() {
            let mut entries: Vec<PathBuf> = std::fs::read_dir(path)?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()?;
            entries.sort();
            for entry in entries {
                self.send(line, &entry)?;
            }
            line.say(b"E\n")?;
        } else {
            let sent = io::copy(&mut file.take(size), &mut line.output)?;
            // The size was promised: a file that became shorter is filled up, and complained about.
            if sent < size {
                io::copy(&mut io::repeat(0).take(size - sent), &mut line.output)?;
                line.complain(&format!("{}: file changed size", path.display()))?;
            } else {
                line.say(b"\0")?;
            }
        }
        line.heard().map(drop)
    }

    /// Receives until the other side ends the folder, or all.
    fn receive(&self, line: &mut Line<impl Read, impl Write>, target: &Path) -> io::Result<()> {
        let into_folder = target.is_dir();
        let mut times = None;
        line.say(b"\0")?;
        while let Some(text) = line.next()? {
            match text.split_first() {
                Some((b'\x01' | b'\x02', _)) => line.errors += 1,
                Some((b'E', _)) => return line.say(b"\0"),
                Some((b'T', rest)) => {
                    times = Some(times_of(rest).ok_or_else(nonsense)?);
                    line.say(b"\0")?;
                }
                Some((kind @ (b'C' | b'D'), rest)) => {
                    let (mode, size, name) = head_of(rest).ok_or_else(nonsense)?;
                    if name.is_empty() || name == "." || name == ".." || name.as_bytes().contains(&b'/') {
                        line.complain(&format!("error: unexpected filename: {}", name.display()))?;
                        return Err(nonsense());
                    }
                    let at = if into_folder { target.join(&name) } else { target.to_owned() };
                    let wanted = Wanted { mode: Some(mode), times: times.take(), ..Wanted::default() };
                    if *kind == b'D' {
                        self.receive_folder(line, &at, wanted)?;
                    } else {
                        self.receive_file(line, &at, size, wanted)?;
                    }
                }
                _ => return Err(nonsense()),
            }
        }
        Ok(())
    }

    fn receive_folder(
        &self,
        line: &mut Line<impl Read, impl Write>,
        at: &Path,
        wanted: Wanted,
    ) -> io::Result<()> {
        if !self.recursive {
            line.complain("error: received directory without -r")?;
            return Err(nonsense());
        }
        let there = at.is_dir();
        if !there && let Err(error) = std::fs::create_dir(at) {
            return line.complain(&format!("{}: {}", at.display(), cause(&error)));
        }
        self.receive(line, at)?;
        let mode = wanted.mode.filter(|_| self.preserve || !there);
        if let Err(error) = (Wanted { mode, ..wanted }).apply(at, true) {
            line.complain(&format!("{}: {}", at.display(), cause(&error)))?;
        }
        Ok(())
    }

    fn receive_file(
        &self,
        line: &mut Line<impl Read, impl Write>,
        at: &Path,
        size: u64,
        wanted: Wanted,
    ) -> io::Result<()> {
        let mode = wanted.mode.unwrap_or(0o644);
        let opened = File::options().write(true).create(true).truncate(false).mode(mode & 0o777).open(at);
        let mut file = match opened {
            Ok(file) => file,
            Err(error) => return line.complain(&format!("{}: {}", at.display(), cause(&error))),
        };
        line.say(b"\0")?;
        let mut contents = (&mut line.input).take(size);
        let mut written = io::copy(&mut contents, &mut file).map(drop);
        // What cannot be written has to be read all the same.
        io::copy(&mut contents, &mut io::sink())?;
        if contents.limit() > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if written.is_ok() && file.metadata()?.is_file() {
            written = file.set_len(size);
            if self.preserve {
                written = written.and_then(|()| file.set_permissions(PermissionsExt::from_mode(mode)));
            }
        }
        drop(file);
        // The other side says whether it was able to read it all.
        line.heard()?;
        let written = written.and_then(|()| Wanted { mode: None, ..wanted }.apply(at, true));
        match written {
            Ok(()) => line.say(b"\0"),
            Err(error) => line.complain(&format!("{}: {}", at.display(), cause(&error))),
        }
    }
}

/// The other side.
struct Line<R, W: Write> {
    input: BufReader<R>,
    output: BufWriter<W>,
    errors: usize,
}

impl<R: Read, W: Write> Line<R, W> {
    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.output.flush()
    }

    /// Says what went wrong; the transfer goes on with what comes next.
    fn complain(&mut self, what: &str) -> io::Result<()> {
        self.errors += 1;
        self.say(format!("\x01scp: {what}\n").as_bytes())
    }

    /// Waits for the other side's word on what was said. False when it complains.
    fn heard(&mut self) -> io::Result<bool> {
        self.output.flush()?;
        let mut answer = [0];
        self.input.read_exact(&mut answer)?;
        match answer {
            [0] => Ok(true),
            [1] => {
                self.errors += 1;
                self.next()?;
                Ok(false)
            }
            _ => Err(nonsense()),
        }
    }

    /// One line without its end; `None` when there is nothing more.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            match self.input.read(&mut byte)? {
                0 if line.is_empty() => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ if byte == *b"\n" => return Ok(Some(line)),
                _ if line.len() >= LINE => return Err(nonsense()),
                _ => line.push(byte[0]),
            }
        }
    }
}

fn nonsense() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// The system's word for an error, without its number.
fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Read and written, of `1700000000 0 1700000000 0`, where written comes first.
fn times_of(text: &[u8]) -> Option<(u32, u32)> {
    let mut numbers = std::str::from_utf8(text).ok()?.split(' ');
    let written = numbers.next()?.parse().ok()?;
    let _micro = numbers.next()?;
    Some((numbers.next()?.parse().ok()?, written))
}

/// Mode, size and name, of `0644 12 name`.
fn head_of(text: &[u8]) -> Option<(u32, u64, OsString)> {
    let mut parts = text.splitn(3, |byte| *byte == b' ');
    let number = |part: &[u8]| std::str::from_utf8(part).ok().map(str::to_owned);
    let mode = u32::from_str_radix(&number(parts.next()?)?, 8).ok()? & 0o7777;
    let size = number(parts.next()?)?.parse().ok()?;
    Some((mode, size, OsString::from_vec(parts.next()?.to_owned())))
}
