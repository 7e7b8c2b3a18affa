//! Files to files: the whole way with threads, holes and a target that appears at the end.

use super::member::{self, Packer};
use super::writer::{Cutter, Piece};
use super::{Chunk, GzReader, Options, Summary};
use crate::progress::report;
use crate::sparse::{SparseWriter, extents};
use crate::{AtomicFile, ImageError, Watch};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes read at a time.
const READ: usize = 1 << 20;

/// Pieces that may wait before and behind each thread: bounds memory whatever the image.
const WINDOW: usize = 4;

/// What a thread gives back: a piece and its member.
type Packed = std::io::Result<(Piece, Vec<u8>)>;

/// Packs a raw disk image into a `dd.gz` file.
///
/// Holes of the source are not read. The result does not depend on the number of threads.
///
/// ```
/// use esxi_image::ddgz::{pack, unpack, Options};
/// use std::ops::ControlFlow::Continue;
///
/// let folder = tempfile::tempdir()?;
/// let (raw, packed, again) = (folder.path().join("a"), folder.path().join("a.gz"), folder.path().join("b"));
/// std::fs::write(&raw, vec![7; 3_000_000])?;
/// let summary = pack(&raw, &packed, Options::default(), &mut |_| Continue(()))?;
/// assert_eq!(summary.raw, 3_000_000);
/// unpack(&packed, &again, &mut |_| Continue(()))?;
/// assert!(std::fs::read(&raw)? == std::fs::read(&again)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A file cannot be read or written, the target is not a regular file, or `watch` said to stop. The target is
/// untouched then.
pub fn pack(
    source: &Path,
    target: &Path,
    options: Options,
    watch: &mut Watch<'_>,
) -> Result<Summary, ImageError> {
    let mut input = File::open(source).map_err(ImageError::file("open", source))?;
    // A device's metadata says 0; its end says its size.
    let total = input.seek(SeekFrom::End(0)).map_err(ImageError::file("seek in", source))?;
    let mut output = other_file(source, target)?;
    let threads =
        options.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);

    let summary = thread::scope(|scope| {
        let mut to_workers: Vec<SyncSender<Piece>> = Vec::new();
        let mut from_workers: Vec<Receiver<Packed>> = Vec::new();
        for _ in 0..threads {
            let (to_worker, pieces) = sync_channel::<Piece>(WINDOW);
            let (done, from_worker) = sync_channel(WINDOW);
            scope.spawn(move || {
                let mut packer = Packer::new(options.level);
                for piece in pieces {
                    let packed = piece.pack(&mut packer).map(|packed| (piece, packed));
                    // The other end is gone when writing failed: nobody wants the rest.
                    if done.send(packed).is_err() {
                        return;
                    }
                }
            });
            to_workers.push(to_worker);
            from_workers.push(from_worker);
        }
        let reader = scope.spawn(move || read_pieces(&mut input, source, total, &to_workers));

        // Pieces go to the threads in turn, so results come back in order by asking them in turn.
        let mut summary = Summary::default();
        for worker in from_workers.iter().cycle() {
            let Ok(packed) = worker.recv() else { break };
            let (piece, packed) = packed.map_err(ImageError::file("pack", source))?;
            output.file().write_all(&packed).map_err(ImageError::file("write", target))?;
            summary.add(&piece, &packed);
            report(watch, summary.raw, Some(total))?;
        }
        drop(from_workers);
        reader.join().unwrap_or(Err(ImageError::Stopped))?;
        Ok(summary)
    })?;

    let end = member::end(summary.raw);
    output.file().write_all(&end).map_err(ImageError::file("write", target))?;
    output.commit()?;
    Ok(Summary { packed: summary.packed + end.len() as u64, ..summary })
}

/// Opens the target, unless it is the source: that would be lost, and with it what only it held.
fn other_file(source: &Path, target: &Path) -> Result<AtomicFile, ImageError> {
    let output = AtomicFile::create(target)?;
    match source.canonicalize() {
        Ok(same) if same == output.target() => Err(ImageError::SameFile { path: same }),
        _ => Ok(output),
    }
}

/// Reads the source extent by extent and deals its pieces out.
fn read_pieces(
    input: &mut File,
    source: &Path,
    total: u64,
    workers: &[SyncSender<Piece>],
) -> Result<(), ImageError> {
    let failed = || ImageError::file("read", source);
    let mut cutter = Cutter::default();
    let mut turn = workers.iter().cycle();
    // False when nobody listens any more: the writing side failed and reports it.
    let mut deal = |cutter: &mut Cutter| {
        std::iter::from_fn(|| cutter.next())
            .all(|piece| turn.next().is_some_and(|worker| worker.send(piece).is_ok()))
    };
    let mut buffer = vec![0; READ];
    for extent in extents(input, total).map_err(failed())? {
        if extent.hole {
            cutter.zeros(extent.length);
            if !deal(&mut cutter) {
                return Ok(());
            }
            continue;
        }
        input.seek(SeekFrom::Start(extent.start)).map_err(failed())?;
        let mut left = extent.length;
        while left > 0 {
            let part = usize::try_from(left).unwrap_or(READ).min(READ);
            input.read_exact(&mut buffer[..part]).map_err(failed())?;
            cutter.data(&buffer[..part]);
            left -= part as u64;
            if !deal(&mut cutter) {
                return Ok(());
            }
        }
    }
    cutter.end();
    deal(&mut cutter);
    Ok(())
}

/// Unpacks a gzip file, ours or any other, into a raw disk image with holes where it is zero.
///
/// # Errors
/// The source is truncated, damaged or no gzip; a file cannot be read or written; the target is not a regular file;
/// or `watch` said to stop. The target is untouched then.
pub fn unpack(source: &Path, target: &Path, watch: &mut Watch<'_>) -> Result<Summary, ImageError> {
    let input = File::open(source).map_err(ImageError::file("open", source))?;
    let mut output = other_file(source, target)?;
    let name = output.target().to_owned();
    let mut reader = GzReader::new(input);
    let mut writer = SparseWriter::new(output.file(), &name);
    let mut zeros = 0;
    while let Some(chunk) = reader.next_chunk().map_err(|error| match error {
        // A stream error of this reader is one of a file that has a name.
        ImageError::Stream { action, source: why } => ImageError::file(action, source)(why),
        other => other,
    })? {
        match chunk {
            Chunk::Data(bytes) => writer.data(bytes)?,
            Chunk::Zeros(count) => {
                zeros += count;
                writer.zeros(count);
            }
        }
        report(watch, writer.offset(), None)?;
    }
    writer.finish()?;
    let summary = Summary { raw: reader.raw(), packed: reader.compressed(), zeros };
    output.commit()?;
    Ok(summary)
}
