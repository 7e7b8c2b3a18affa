//! Runs of zeros in closed form: a gzip member of n zeros without compressing n zeros.
//!
//! Deflate's longest match is 258 bytes, so a run costs at least one match code and one distance code for each 258
//! zeros. With one block of dynamic codes in which both are a single 0 bit, 1032 zeros are one zero byte, and the
//! member's body is memory set to zero.

use super::member::{Kind, wrap};
use crc32fast::Hasher;

/// The longest run in one member, which bounds what a reader has to hold: 1 GiB packs into 1 MiB.
pub(super) const LONGEST: u64 = 1 << 30;

/// Longest match of deflate.
const MATCH: u64 = 258;

/// The member of a run of 1 to [`LONGEST`] zeros.
pub(super) fn member(count: u64) -> Vec<u8> {
    wrap(Kind::Zeros, count, &deflate(count), crc(count), count)
}

/// The checksum of `count` zeros, by doubling.
pub(super) fn crc(count: u64) -> u32 {
    let mut all = Hasher::new();
    let mut power = Hasher::new();
    power.update(&[0]);
    let mut rest = count;
    while rest > 0 {
        if rest & 1 == 1 {
            all.combine(&power);
        }
        rest >>= 1;
        if rest > 0 {
            let half = power.clone();
            power.combine(&half);
        }
    }
    all.finalize()
}

/// Deflate puts bits into bytes from the low end.
struct Bits {
    bytes: Vec<u8>,
    free: u32,
}

impl Bits {
    fn new() -> Self {
        Bits { bytes: Vec::new(), free: 0 }
    }
    fn bit(&mut self, bit: bool) {
        if self.free == 0 {
            self.bytes.push(0);
            self.free = 8;
        }
        if bit && let Some(last) = self.bytes.last_mut() {
            *last |= 1 << (8 - self.free);
        }
        self.free -= 1;
    }
    /// A number, low bit first.
    fn number(&mut self, value: u32, bits: u32) {
        (0..bits).for_each(|n| self.bit(value >> n & 1 == 1));
    }
    /// A Huffman code, first bit first.
    fn code(&mut self, code: &str) {
        code.bytes().for_each(|b| self.bit(b == b'1'));
    }
    fn zero_bits(&mut self, mut count: u64) {
        while count > 0 && self.free > 0 {
            self.bit(false);
            count -= 1;
        }
        let whole = usize::try_from(count / 8).unwrap_or(usize::MAX);
        self.bytes.resize(self.bytes.len() + whole, 0);
        (0..count % 8).for_each(|_| self.bit(false));
    }
}

fn deflate(count: u64) -> Vec<u8> {
    let mut out = Bits::new();
    out.number(1, 1); // the last block
    out.number(2, 2); // dynamic codes
    out.number(286 - 257, 5); // literal and length codes
    out.number(2 - 1, 5); // distance codes
    out.number(18 - 4, 4); // lengths of the code length code, in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1
    for length in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2] {
        out.number(length, 3);
    }
    // So 18 is `0`, 1 is `10`, 2 is `11`. 18 repeats length zero 11 times and what 7 bits add.
    let (one, two) = ("10", "11");
    let none = |out: &mut Bits, times: u32| {
        out.code("0");
        out.number(times - 11, 7);
    };
    out.code(two); // literal 0
    none(&mut out, 138);
    none(&mut out, 117); // literals 1 to 255
    out.code(two); // 256, end of block
    none(&mut out, 28); // 257 to 284
    out.code(one); // 285, a match of 258
    out.code(one); // distance 1
    out.code(one); // distance 2, never used, so that the code is complete
    // So 285 and distance 1 are `0` each, literal 0 is `10`, the end `11`. A match needs one zero before it.
    let matches = (count - 1) / MATCH;
    out.code("10");
    out.zero_bits(2 * matches);
    (0..count - 1 - matches * MATCH).for_each(|_| out.code("10"));
    out.code("11");
    out.bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn every_length_inflates_to_its_zeros() {
        let lengths = (1..=600).chain([1031, 1032, 1033, 65_535, 65_536, 1_000_003]);
        for count in lengths {
            let mut out = Vec::new();
            flate2::read::GzDecoder::new(&member(count)[..]).read_to_end(&mut out).unwrap();
            assert_eq!(out.len() as u64, count);
            assert!(crate::sparse::is_zero(&out));
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_bytes() {
        for count in [0, 1, 2, 3, 255, 4096, 1_000_003] {
            assert_eq!(crc(count), crc32fast::hash(&vec![0; count as usize]), "{count}");
        }
    }

    #[test]
    fn a_gib_packs_into_less_than_a_mib() {
        let packed = member(LONGEST).len();
        // 2^30 / 1032, rounded up, and what frames it.
        assert!((1_040_448..1_040_600).contains(&packed), "{packed}");
    }
}
