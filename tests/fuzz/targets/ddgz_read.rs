//! gzip streams: none breaks the reader, and both ways to read give the same.
#![no_main]

use esxi_image::ddgz::{Chunk, GzReader};
use libfuzzer_sys::fuzz_target;
use std::io::Read;

/// So much of an image is looked at: a few bytes of deflate may stand for a GiB.
const LIMIT: usize = 4 << 20;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = GzReader::new(bytes);
    let (mut raw, mut whole) = (Vec::new(), false);
    while raw.len() < LIMIT {
        match reader.next_chunk() {
            Ok(Some(Chunk::Data(data))) => raw.extend_from_slice(data),
            Ok(Some(Chunk::Zeros(count))) => {
                let room = LIMIT - raw.len();
                raw.resize(raw.len() + room.min(usize::try_from(count).unwrap_or(usize::MAX)), 0);
            }
            Ok(None) => {
                whole = true;
                break;
            }
            Err(_) => break,
        }
    }
    raw.truncate(LIMIT);
    let mut streamed = Vec::new();
    let ended = GzReader::new(bytes).take(LIMIT as u64).read_to_end(&mut streamed);
    assert_eq!(streamed.len(), raw.len());
    assert!(streamed == raw);
    assert!(!whole || ended.is_ok());
});
