use super::member::{self, Packer};
use super::{Options, PIECE, zeros};
use crate::sparse::is_zero;
use std::io::{self, Write};

/// Zeros are looked for in stretches of this size; a shorter run goes through deflate, which is good at it, because
/// a member of its own costs 41 bytes and breaks the piece in two.
const GRAIN: usize = 64 * 1024;

/// What went through a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Bytes of the raw image.
    pub raw: u64,
    /// Bytes of the packed stream.
    pub packed: u64,
    /// Bytes of the raw image that were packed as runs of zeros.
    pub zeros: u64,
}

/// A piece of the image on its way into a member.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Data(Vec<u8>),
    /// Length of a run, at most [`zeros::LONGEST`].
    Zeros(u64),
}

impl Piece {
    pub fn raw(&self) -> u64 {
        match self {
            Piece::Data(bytes) => bytes.len() as u64,
            Piece::Zeros(count) => *count,
        }
    }
    pub fn pack(&self, packer: &mut Packer) -> io::Result<Vec<u8>> {
        match self {
            Piece::Data(bytes) => packer.member(bytes),
            Piece::Zeros(count) => Ok(zeros::member(*count)),
        }
    }
}

/// Cuts a stream of bytes and runs into pieces. Where the cuts fall depends on the image alone, so the same image
/// packs to the same bytes whatever the sizes of the writes, the holes of the source and the number of threads.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    /// The stretch that is being filled, shorter than [`GRAIN`].
    grain: Vec<u8>,
    piece: Vec<u8>,
    run: u64,
    ready: std::collections::VecDeque<Piece>,
}

impl Cutter {
    pub fn data(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let take = bytes.len().min(GRAIN - self.grain.len());
            self.grain.extend_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
            if self.grain.len() == GRAIN {
                self.close_grain();
            }
        }
    }

    pub fn zeros(&mut self, mut count: u64) {
        // Fill up to the next cut, skip whole stretches, keep the rest.
        if !self.grain.is_empty() {
            let fill = count.min((GRAIN - self.grain.len()) as u64);
            self.grain.resize(self.grain.len() + fill as usize, 0);
            count -= fill;
            if self.grain.len() == GRAIN {
                self.close_grain();
            }
        }
        let whole = count - count % GRAIN as u64;
        if whole > 0 {
            self.add_run(whole);
        }
        self.grain.resize(self.grain.len() + (count - whole) as usize, 0);
    }

    /// Everything that is left.
    pub fn end(&mut self) {
        if !self.grain.is_empty() {
            self.close_grain();
        }
        self.close_piece();
        self.close_run();
    }

    pub fn next(&mut self) -> Option<Piece> {
        self.ready.pop_front()
    }

    fn close_grain(&mut self) {
        if is_zero(&self.grain) {
            self.add_run(self.grain.len() as u64);
        } else {
            self.close_run();
            if self.piece.capacity() == 0 {
                self.piece.reserve_exact(PIECE);
            }
            self.piece.extend_from_slice(&self.grain);
            if self.piece.len() >= PIECE {
                self.close_piece();
            }
        }
        self.grain.clear();
    }

    fn add_run(&mut self, count: u64) {
        self.close_piece();
        self.run += count;
        while self.run > zeros::LONGEST {
            self.run -= zeros::LONGEST;
            self.ready.push_back(Piece::Zeros(zeros::LONGEST));
        }
    }

    fn close_piece(&mut self) {
        if !self.piece.is_empty() {
            self.ready.push_back(Piece::Data(std::mem::take(&mut self.piece)));
        }
    }

    fn close_run(&mut self) {
        if self.run > 0 {
            self.ready.push_back(Piece::Zeros(std::mem::take(&mut self.run)));
        }
    }
}

/// Packs what is written to it into a `dd.gz` stream.
///
/// [`finish`](Self::finish) writes the end; without it the stream is truncated, and readers say so. `flush` hands
/// what is packed to the stream below; it does not cut a piece short.
pub struct GzWriter<W: Write> {
    inner: W,
    cutter: Cutter,
    packer: Packer,
    summary: Summary,
}

impl<W: Write> GzWriter<W> {
    /// A writer that compresses on the calling thread; [`Options::threads`] is for [`pack`](super::pack).
    pub fn new(inner: W, options: Options) -> Self {
        GzWriter {
            inner,
            cutter: Cutter::default(),
            packer: Packer::new(options.level),
            summary: Summary::default(),
        }
    }

    /// Adds a run of zeros, at the cost of its packed size.
    ///
    /// # Errors
    /// The stream below cannot be written.
    pub fn zeros(&mut self, count: u64) -> io::Result<()> {
        // A GiB at a time, so that a long run is not held in memory.
        let mut rest = count;
        while rest > 0 {
            let part = rest.min(zeros::LONGEST);
            self.cutter.zeros(part);
            self.drain()?;
            rest -= part;
        }
        Ok(())
    }

    /// Writes what is left and the end; returns the stream below and what went through.
    ///
    /// # Errors
    /// The stream below cannot be written.
    pub fn finish(mut self) -> io::Result<(W, Summary)> {
        self.cutter.end();
        self.drain()?;
        let end = member::end(self.summary.raw);
        self.inner.write_all(&end)?;
        self.inner.flush()?;
        self.summary.packed += end.len() as u64;
        Ok((self.inner, self.summary))
    }

    fn drain(&mut self) -> io::Result<()> {
        while let Some(piece) = self.cutter.next() {
            let packed = piece.pack(&mut self.packer)?;
            self.inner.write_all(&packed)?;
            self.summary.add(&piece, &packed);
        }
        Ok(())
    }
}

impl Summary {
    pub(super) fn add(&mut self, piece: &Piece, packed: &[u8]) {
        self.raw += piece.raw();
        self.packed += packed.len() as u64;
        if let Piece::Zeros(count) = piece {
            self.zeros += count;
        }
    }
}

impl<W: Write> Write for GzWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = &bytes[..bytes.len().min(PIECE)];
        self.cutter.data(part);
        self.drain()?;
        Ok(part.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write + std::fmt::Debug> std::fmt::Debug for GzWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GzWriter").field("inner", &self.inner).field("summary", &self.summary).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(parts: &[(bool, usize)]) -> Vec<Piece> {
        let mut cutter = Cutter::default();
        for (zero, length) in parts {
            if *zero { cutter.zeros(*length as u64) } else { cutter.data(&vec![1; *length]) }
        }
        cutter.end();
        std::iter::from_fn(|| cutter.next()).collect()
    }

    proptest! {
        #[test]
        fn cuts_do_not_depend_on_how_the_bytes_came(
            parts in proptest::collection::vec((any::<bool>(), 0_usize..200_000), 0..8),
        ) {
            let mut whole = Cutter::default();
            let mut image = Vec::new();
            for (zero, length) in &parts {
                image.resize(image.len() + length, u8::from(!zero));
            }
            whole.data(&image);
            whole.end();
            let whole: Vec<_> = std::iter::from_fn(|| whole.next()).collect();
            prop_assert!(cut(&parts) == whole);
        }
    }

    #[test]
    fn a_long_run_is_cut_and_a_short_one_is_data() {
        let run = 2 * zeros::LONGEST + 5 * GRAIN as u64;
        // As a hole, and with its last stretches as bytes.
        for as_bytes in [0, 5 * GRAIN, 6 * GRAIN] {
            let mut cutter = Cutter::default();
            cutter.zeros(run - as_bytes as u64);
            cutter.data(&vec![0; as_bytes]);
            cutter.end();
            let lengths: Vec<_> = std::iter::from_fn(|| cutter.next()).map(|p| p.raw()).collect();
            assert_eq!(lengths, [zeros::LONGEST, zeros::LONGEST, 5 * GRAIN as u64]);
        }
        assert_eq!(cut(&[(false, 10), (true, 100), (false, 10)]).len(), 1);
    }
}
