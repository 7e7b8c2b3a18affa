//! Images: what is packed unpacks the same, and cut anywhere it is an error.
//!
//! The input is a list of writes: a byte n below 128 writes the next n bytes; others write a run of zeros.
#![no_main]

use esxi_image::ddgz::{GzReader, GzWriter, Options};
use libfuzzer_sys::fuzz_target;
use std::io::{Read, Write};

fuzz_target!(|bytes: &[u8]| {
    let mut raw = Vec::new();
    let mut writer = GzWriter::new(Vec::new(), Options::default().level(1));
    let mut left = bytes;
    while let [what, rest @ ..] = left {
        left = rest;
        if *what < 128 {
            let (data, rest) = left.split_at(usize::from(*what).min(left.len()));
            writer.write_all(data).unwrap();
            raw.extend_from_slice(data);
            left = rest;
        } else if raw.len() < 4 << 20 {
            let count = 1_usize << (what % 21);
            writer.zeros(count as u64).unwrap();
            raw.resize(raw.len() + count, 0);
        }
    }
    let (packed, summary) = writer.finish().unwrap();
    assert_eq!(summary.raw, raw.len() as u64);
    assert_eq!(summary.packed, packed.len() as u64);
    let mut again = Vec::new();
    GzReader::new(&packed[..]).read_to_end(&mut again).unwrap();
    assert!(again == raw);

    let cut = bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>() % packed.len();
    assert!(GzReader::new(&packed[..cut]).read_to_end(&mut Vec::new()).is_err());
});
