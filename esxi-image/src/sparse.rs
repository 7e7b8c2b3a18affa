//! Files with holes: finding them and making them.

use crate::ImageError;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// Zeros are looked for in blocks of this size, the smallest hole of the usual file systems.
const BLOCK: usize = 4096;

/// True if all bytes are zero.
///
/// ```
/// assert!(esxi_image::sparse::is_zero(&[0; 100]));
/// assert!(!esxi_image::sparse::is_zero(&[0, 0, 1]));
/// ```
pub fn is_zero(bytes: &[u8]) -> bool {
    // Wide words let the compiler use vector registers; the ends are what alignment leaves over.
    let (chunks, rest) = bytes.as_chunks::<64>();
    chunks.iter().all(|chunk| chunk.iter().fold(0, |all, byte| all | byte) == 0)
        && rest.iter().all(|b| *b == 0)
}

/// A stretch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Offset of its first byte.
    pub start: u64,
    /// Length in bytes, never 0.
    pub length: u64,
    /// True if the file system knows it to be zeros without reading.
    pub hole: bool,
}

/// The extents of a file from its beginning to `length`, in order.
///
/// Where the system or the file system cannot tell, the whole file is one extent of data.
///
/// # Errors
/// The file cannot be sought in.
pub fn extents(file: &File, length: u64) -> io::Result<Vec<Extent>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < length {
        let (hole, end) = stretch(file, start)?;
        // A file that grew meanwhile is read as far as it was.
        let end = end.unwrap_or(length).min(length);
        found.push(Extent { start, length: end - start, hole });
        start = end;
    }
    Ok(found)
}

/// What `start` lies in, and where that ends; no end for the rest of the file.
#[cfg(unix)]
fn stretch(file: &File, start: u64) -> io::Result<(bool, Option<u64>)> {
    use rustix::fs::{SeekFrom as At, seek};
    use rustix::io::Errno;
    match seek(file, At::Data(start)) {
        Ok(data) if data > start => Ok((true, Some(data))),
        Ok(_) => match seek(file, At::Hole(start)) {
            Ok(hole) if hole > start => Ok((false, Some(hole))),
            Ok(_) | Err(Errno::INVAL | Errno::NXIO) => Ok((false, None)),
            Err(error) => Err(error.into()),
        },
        // No data behind `start`.
        Err(Errno::NXIO) => Ok((true, None)),
        Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok((false, None)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn stretch(_: &File, _: u64) -> io::Result<(bool, Option<u64>)> {
    Ok((false, None))
}

/// Writes a new file, leaving holes where zeros would go.
///
/// The file must be empty to begin with: a hole is a stretch that was never written. [`finish`](Self::finish) sets
/// the length, which a hole at the end would otherwise not reach.
#[derive(Debug)]
pub struct SparseWriter<'a> {
    file: &'a mut File,
    path: &'a Path,
    /// Offset in the image; the file's own position may lag behind.
    offset: u64,
    /// Zeros not yet sought over.
    pending: u64,
    written: u64,
}

impl<'a> SparseWriter<'a> {
    /// Writes into an empty file; `path` is for error messages.
    pub fn new(file: &'a mut File, path: &'a Path) -> Self {
        SparseWriter { file, path, offset: 0, pending: 0, written: 0 }
    }

    /// Bytes of the image so far, holes included.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Adds a run of zeros.
    pub fn zeros(&mut self, count: u64) {
        self.pending += count;
        self.offset += count;
    }

    /// Adds bytes, of which whole blocks of zeros become holes.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn data(&mut self, bytes: &[u8]) -> Result<(), ImageError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let zeros = self.leading_zero_blocks(rest);
            self.zeros(zeros as u64);
            rest = &rest[zeros..];
            let data = self.leading_data_blocks(rest);
            if data > 0 {
                self.write(&rest[..data]).map_err(ImageError::file("write", self.path))?;
                rest = &rest[data..];
            }
        }
        Ok(())
    }

    /// Sets the file's length; returns how many bytes were really written.
    ///
    /// # Errors
    /// The file's length cannot be set.
    pub fn finish(self) -> Result<u64, ImageError> {
        self.file.set_len(self.offset).map_err(ImageError::file("set the length of", self.path))?;
        Ok(self.written)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.pending > 0 {
            self.file.seek(SeekFrom::Start(self.offset))?;
            self.pending = 0;
        }
        self.file.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Length of the block that `bytes` begins in: blocks are aligned to the file, not to the stream's pieces.
    fn block(&self, ahead: usize, bytes: &[u8]) -> usize {
        let into = ((self.offset + ahead as u64) % BLOCK as u64) as usize;
        (BLOCK - into).min(bytes.len())
    }

    fn leading_zero_blocks(&self, bytes: &[u8]) -> usize {
        let mut count = 0;
        while count < bytes.len() {
            let block = self.block(count, &bytes[count..]);
            if !is_zero(&bytes[count..count + block]) {
                break;
            }
            count += block;
        }
        count
    }

    fn leading_data_blocks(&self, bytes: &[u8]) -> usize {
        let mut count = 0;
        while count < bytes.len() {
            let block = self.block(count, &bytes[count..]);
            if is_zero(&bytes[count..count + block]) {
                break;
            }
            count += block;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    proptest! {
        /// Whatever the pieces, the file reads back as the stream, and no zero block was written.
        #[test]
        fn the_file_is_the_stream(pieces in proptest::collection::vec((any::<bool>(), 0_usize..20_000), 0..12)) {
            let mut file = tempfile::tempfile().unwrap();
            let mut writer = SparseWriter::new(&mut file, Path::new("x"));
            let mut expected = Vec::new();
            for (n, (zero, length)) in pieces.iter().enumerate() {
                if *zero && n % 2 == 0 {
                    writer.zeros(*length as u64);
                } else {
                    let byte = if *zero { 0 } else { 7 };
                    writer.data(&vec![byte; *length]).unwrap();
                }
                expected.resize(expected.len() + length, if *zero { 0 } else { 7 });
            }
            prop_assert_eq!(writer.offset(), expected.len() as u64);
            let written = writer.finish().unwrap();
            let touched = expected.chunks(BLOCK).filter(|block| !is_zero(block)).map(<[u8]>::len).sum::<usize>();
            prop_assert!(written <= touched as u64);
            let mut read = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut read).unwrap();
            prop_assert!(read == expected);
            let extents = extents(&file, expected.len() as u64).unwrap();
            prop_assert_eq!(extents.iter().map(|e| e.length).sum::<u64>(), expected.len() as u64);
            for e in extents.iter().filter(|e| e.hole) {
                prop_assert!(is_zero(&expected[e.start as usize..(e.start + e.length) as usize]));
            }
        }
    }

    #[test]
    fn a_byte_anywhere_is_seen() {
        for length in [1, 63, 64, 65, 200] {
            for at in 0..length {
                let mut bytes = vec![0; length];
                bytes[at] = 1;
                assert!(!is_zero(&bytes));
            }
        }
    }
}
