use super::member::{Extra, Kind, TRAILER};
use super::zeros;
use crate::ImageError;
use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufRead, BufReader, Read};

const BUFFER: usize = 256 * 1024;

/// A stretch of the raw image.
#[derive(Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// These bytes, which may well be zeros.
    Data(&'a [u8]),
    /// A run of zeros that was packed as one.
    Zeros(u64),
}

/// Unpacks a gzip stream: any, with one member or many; ours without inflating runs of zeros.
///
/// As `Read` it gives the raw image; [`next_chunk`](Self::next_chunk) gives it with its runs still whole.
///
/// Errors of the `Read` side hold an [`ImageError`]; after one, every further read fails too.
pub struct GzReader<R: Read> {
    inner: BufReader<R>,
    inflate: Decompress,
    out: Box<[u8]>,
    state: State,
    compressed: u64,
    raw: u64,
    /// Where the image began, if another one stands before it in the stream.
    before: u64,
    /// The stream says of itself that it ends with an end member.
    ours: bool,
    /// Run or part of `out` that `Read` has not handed out yet.
    left: Left,
    /// The last run's member, for the next of the same length.
    run: Option<(u64, Vec<u8>)>,
}

#[derive(Debug, Clone, Copy)]
enum Left {
    Zeros(u64),
    Out(usize, usize),
}

enum State {
    /// Before a member's header; true before the first.
    Between(bool),
    Inside(Hasher, u64),
    Done,
    Failed,
}

impl<R: Read> GzReader<R> {
    /// A reader of a packed stream.
    pub fn new(inner: R) -> Self {
        GzReader {
            inner: BufReader::with_capacity(BUFFER, inner),
            inflate: Decompress::new(false),
            out: vec![0; BUFFER].into_boxed_slice(),
            state: State::Between(true),
            compressed: 0,
            raw: 0,
            before: 0,
            ours: false,
            left: Left::Zeros(0),
            run: None,
        }
    }

    /// Compressed bytes consumed so far.
    pub fn compressed(&self) -> u64 {
        self.compressed
    }

    /// Bytes of the raw image unpacked so far, runs included.
    pub fn raw(&self) -> u64 {
        self.raw
    }

    /// The next stretch of the image; `None` after the last, when all checksums were right.
    ///
    /// # Errors
    /// The stream is truncated, damaged or no gzip, or the stream below cannot be read.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk<'_>>, ImageError> {
        match std::mem::replace(&mut self.left, Left::Zeros(0)) {
            Left::Zeros(0) => {}
            Left::Zeros(count) => return Ok(Some(Chunk::Zeros(count))),
            Left::Out(from, to) => return Ok(Some(Chunk::Data(&self.out[from..to]))),
        }
        Ok(match self.step()? {
            Some(Left::Zeros(count)) => Some(Chunk::Zeros(count)),
            Some(Left::Out(from, to)) => Some(Chunk::Data(&self.out[from..to])),
            None => None,
        })
    }

    /// The next stretch, counted; after an error there is none.
    fn step(&mut self) -> Result<Option<Left>, ImageError> {
        let next = self.advance();
        match &next {
            Ok(Some(Left::Zeros(count))) => self.raw += count,
            Ok(Some(Left::Out(from, to))) => self.raw += (to - from) as u64,
            Ok(None) => {}
            Err(_) => self.state = State::Failed,
        }
        next
    }

    fn advance(&mut self) -> Result<Option<Left>, ImageError> {
        loop {
            match &mut self.state {
                State::Done => return Ok(None),
                State::Failed => return Err(self.damaged("an error was reported before")),
                State::Between(first) => {
                    let first = *first;
                    if self.at_end()? {
                        if first || self.ours {
                            return Err(self.truncated());
                        }
                        self.state = State::Done;
                        continue;
                    }
                    if let Some(run) = self.member(first)? {
                        return Ok(Some(Left::Zeros(run)));
                    }
                }
                State::Inside(..) => {
                    let count = self.inflate_some()?;
                    if count > 0 {
                        return Ok(Some(Left::Out(0, count)));
                    }
                }
            }
        }
    }

    /// Reads a header. A run of zeros is read to its end and returned; anything else is left to be inflated.
    fn member(&mut self, first: bool) -> Result<Option<u64>, ImageError> {
        let magic: [u8; 2] = self.take()?;
        if magic != [0x1f, 0x8b] {
            if first {
                return Err(self.not_gzip(magic));
            }
            // Tapes and block devices pad with zeros; gzip ignores that, and so do we.
            if magic[0] == 0 {
                self.only_padding(magic[1])?;
                self.state = if self.ours { return Err(self.truncated()) } else { State::Done };
                return Ok(None);
            }
            return Err(self.damaged("something follows that is no gzip member"));
        }
        let [method, flags, ..]: [u8; 8] = self.take()?;
        if method != 8 || flags & 0b1110_0000 != 0 {
            return Err(self.damaged("a member uses a method or flags that gzip does not define"));
        }
        let mut extra = None;
        if flags & 4 != 0 {
            let length: [u8; 2] = self.take()?;
            let mut field = vec![0; usize::from(u16::from_le_bytes(length))];
            self.fill(&mut field)?;
            extra = Extra::find(&field);
        }
        for flag in [8, 16] {
            // File name and comment end with a zero.
            while flags & flag != 0 && self.take::<1>()? != [0] {}
        }
        if flags & 2 != 0 {
            let _header_checksum: [u8; 2] = self.take()?;
        }
        self.inflate.reset(false);
        self.state = State::Inside(Hasher::new(), 0);
        match extra {
            Some(Extra { kind: Kind::Zeros, size, raw }) if (1..=zeros::LONGEST).contains(&raw) => {
                self.run(size, raw).map(Some)
            }
            Some(Extra { kind: Kind::End, raw, .. }) => {
                self.ours = false;
                let image = self.raw - self.before;
                self.before = self.raw;
                if raw == image { Ok(None) } else { Err(self.damaged("pieces of the image are missing")) }
            }
            Some(_) => {
                self.ours = true;
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// Compares the rest of a run's member with what it must be.
    fn run(&mut self, size: u64, count: u64) -> Result<u64, ImageError> {
        self.ours = true;
        let (_, member) = match self.run.take() {
            Some(run) if run.0 == count => self.run.insert(run),
            _ => self.run.insert((count, zeros::member(count))),
        };
        let body = super::member::HEADER..member.len();
        let (expected, length) = (std::mem::take(member), body.len());
        let mut found = vec![0; length];
        let read = self.fill(&mut found);
        let fits = size == expected.len() as u64 && found == expected[body];
        self.run = Some((count, expected));
        read?;
        if !fits {
            return Err(self.damaged("a run of zeros is not what its header says"));
        }
        self.state = State::Between(false);
        Ok(count)
    }

    /// Inflates into `out`; 0 when the member ended without another byte.
    fn inflate_some(&mut self) -> Result<usize, ImageError> {
        loop {
            let input = fill_buf(&mut self.inner)?;
            let empty = input.is_empty();
            let (read, wrote) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(input, &mut self.out, FlushDecompress::None);
            let used = (self.inflate.total_in() - read) as usize;
            let count = (self.inflate.total_out() - wrote) as usize;
            self.inner.consume(used);
            self.compressed += used as u64;
            let status = status.map_err(|_| self.damaged("deflate does not understand it"))?;
            if let State::Inside(crc, length) = &mut self.state {
                crc.update(&self.out[..count]);
                *length += count as u64;
            }
            match status {
                Status::StreamEnd => {
                    self.trailer()?;
                    return Ok(count);
                }
                _ if count > 0 => return Ok(count),
                _ if empty => return Err(self.truncated()),
                _ => {}
            }
        }
    }

    fn trailer(&mut self) -> Result<(), ImageError> {
        let trailer: [u8; TRAILER] = self.take()?;
        let State::Inside(crc, length) = std::mem::replace(&mut self.state, State::Between(false)) else {
            return Ok(());
        };
        let [a, b, c, d, e, f, g, h] = trailer;
        if u32::from_le_bytes([a, b, c, d]) != crc.finalize() {
            return Err(self.damaged("the checksum is another"));
        }
        if u32::from_le_bytes([e, f, g, h]) != length as u32 {
            return Err(self.damaged("the length is another"));
        }
        Ok(())
    }

    fn only_padding(&mut self, second: u8) -> Result<(), ImageError> {
        let mut zero = second == 0;
        loop {
            let rest = fill_buf(&mut self.inner)?;
            if !zero {
                return Err(self.damaged("something follows that is no gzip member"));
            }
            if rest.is_empty() {
                return Ok(());
            }
            zero = crate::sparse::is_zero(rest);
            let count = rest.len();
            self.inner.consume(count);
            self.compressed += count as u64;
        }
    }

    fn at_end(&mut self) -> Result<bool, ImageError> {
        Ok(fill_buf(&mut self.inner)?.is_empty())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ImageError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ImageError> {
        match self.inner.read_exact(bytes) {
            Ok(()) => {
                self.compressed += bytes.len() as u64;
                Ok(())
            }
            Err(error)
                if error.kind() == io::ErrorKind::UnexpectedEof && error.get_ref().is_none_or(is_plain) =>
            {
                Err(self.truncated())
            }
            Err(error) => Err(ImageError::stream("read", error)),
        }
    }

    fn truncated(&self) -> ImageError {
        ImageError::Truncated { compressed: self.compressed, raw: self.raw }
    }
    fn damaged(&self, why: &'static str) -> ImageError {
        ImageError::Damaged { compressed: self.compressed, why }
    }

    fn not_gzip(&self, magic: [u8; 2]) -> ImageError {
        let known = match magic {
            [0xfd, 0x37] => " (xz)",
            [0x28, 0xb5] => " (zstd)",
            [b'B', b'Z'] => " (bzip2)",
            [b'P', b'K'] => " (zip)",
            [b'Q', b'F'] => " (qcow2)",
            [b'K', b'D'] => " (a VMDK)",
            _ => "",
        };
        ImageError::NotGzip { found: format!("{:02x} {:02x}{known}", magic[0], magic[1]) }
    }
}

/// True for an error that the standard library made up, not one that came from the stream below.
fn is_plain(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    !error.is::<ImageError>()
}

fn fill_buf<R: Read>(inner: &mut BufReader<R>) -> Result<&[u8], ImageError> {
    loop {
        match inner.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ImageError::stream("read", error)),
            Ok(_) => break,
        }
    }
    // A second borrow of the same, already filled buffer: the first one's lifetime would reach across the loop.
    Ok(inner.buffer())
}

impl<R: Read> Read for GzReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if matches!(self.left, Left::Zeros(0)) {
            match self.step()? {
                Some(next) => self.left = next,
                None => return Ok(0),
            }
        }
        match self.left {
            Left::Zeros(count) => {
                let part = usize::try_from(count).unwrap_or(usize::MAX).min(into.len());
                into[..part].fill(0);
                self.left = Left::Zeros(count - part as u64);
                Ok(part)
            }
            Left::Out(from, to) => {
                let part = (to - from).min(into.len());
                into[..part].copy_from_slice(&self.out[from..from + part]);
                self.left = if from + part < to { Left::Out(from + part, to) } else { Left::Zeros(0) };
                Ok(part)
            }
        }
    }
}

impl<R: Read + std::fmt::Debug> std::fmt::Debug for GzReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GzReader")
            .field("inner", &self.inner)
            .field("compressed", &self.compressed)
            .field("raw", &self.raw)
            .finish()
    }
}
