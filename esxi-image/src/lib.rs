//! Disk images of ESXi hosts: dd.gz streams and sparse files.
//!
//! A deployable ESXi image is a raw disk of 32 GiB or more of which a few hundred MiB are not zero. So every step
//! here treats a run of zeros as one thing: a hole in the source is not read, a run of zeros in a stream is not
//! inflated, and the target gets its holes back.
//!
//! * [`ddgz`] – packs a raw image into `dd.gz` and back; [`GzWriter`](ddgz::GzWriter) and
//!   [`GzReader`](ddgz::GzReader) are ordinary `Write` and `Read` adapters.
//! * [`sparse`] – writes files with holes, and finds them.
//! * [`AtomicFile`] – a target appears whole or not at all.
//!
//! Everything is synchronous; a caller with an async runtime puts a call on a blocking thread.

pub mod ddgz;
pub mod sparse;

mod atomic;
mod error;
mod progress;

pub use atomic::AtomicFile;
pub use error::ImageError;
pub use progress::{Progress, Watch};
