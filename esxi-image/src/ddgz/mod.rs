//! `dd.gz`: a raw disk image packed by gzip, the form in which MAAS deploys it.
//!
//! ```
//! use esxi_image::ddgz::{GzReader, GzWriter, Options};
//! use std::io::{Read, Write};
//!
//! let mut writer = GzWriter::new(Vec::new(), Options::default());
//! writer.write_all(b"boot sector")?;
//! writer.zeros(1 << 30)?;                      // a GiB of zeros costs no GiB of work
//! let (packed, summary) = writer.finish()?;
//! assert_eq!(summary.raw, (1 << 30) + 11);
//!
//! let mut start = [0; 11];
//! GzReader::new(&packed[..]).read_exact(&mut start)?;
//! assert_eq!(&start, b"boot sector");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # The stream
//! Any gzip is read. What is written is ordinary gzip, too, of several members (RFC 1952, 2.2), each of them one
//! piece of the image or one run of zeros. A member says so in an extra field `EX` of 17 bytes: a kind, the size of
//! the whole member and the length of the raw piece, both as 64-bit little-endian numbers:
//!
//! | kind | member |
//! |---|---|
//! | 0 | data: at most [`PIECE`] bytes of the image |
//! | 1 | zeros, at most 1 GiB |
//! | 2 | end: an empty member whose raw length is that of the whole image |
//!
//! `gunzip` and curtin do not see the field. Our own reader needs it for two things: zeros are not inflated, and a
//! file that was cut off *between* two members, which is a whole gzip to everybody else, is found out.

mod member;
mod pack;
mod reader;
mod writer;
mod zeros;

pub use pack::{pack, unpack};
pub use reader::{Chunk, GzReader};
pub use writer::{GzWriter, Summary};

/// Bytes of the image in one member, at most.
pub const PIECE: usize = 1 << 20;

/// How to pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Deflate's level: 1 fast to 9 small; 6 unless set. Higher values are taken as 9, 0 as 1.
    pub level: u32,
    /// Threads that compress in [`pack`]: as many as the machine has processors unless set.
    pub threads: Option<std::num::NonZeroUsize>,
}

impl Default for Options {
    fn default() -> Self {
        Options { level: 6, threads: None }
    }
}

impl Options {
    /// The same options with another level.
    #[must_use]
    pub fn level(mut self, level: u32) -> Self {
        self.level = level;
        self
    }
    /// The same options with a number of threads.
    #[must_use]
    pub fn threads(mut self, threads: std::num::NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }
}
