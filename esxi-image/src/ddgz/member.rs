//! One gzip member: header with our extra field, deflate, trailer (RFC 1952).

use flate2::{Compress, Compression, FlushCompress, Status};

/// What a member holds, as its extra field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Data,
    Zeros,
    End,
}

/// The content of our extra field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extra {
    pub kind: Kind,
    /// Size of the whole member, header and trailer included.
    pub size: u64,
    /// Length of the piece; of the whole image in the end member.
    pub raw: u64,
}

/// Fixed header, XLEN, subfield head, 17 bytes.
pub(super) const HEADER: usize = 10 + 2 + 4 + 17;
pub(super) const TRAILER: usize = 8;

impl Extra {
    /// Reads the subfield out of a header's extra field.
    pub fn find(mut field: &[u8]) -> Option<Extra> {
        loop {
            let (head, rest) = field.split_first_chunk::<4>()?;
            let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
            let content = rest.get(..length)?;
            if let (b"EX", Ok(content)) = (&head[..2], <&[u8; 17]>::try_from(content)) {
                let (kind, numbers) = content.split_first()?;
                let kind = match kind {
                    0 => Kind::Data,
                    1 => Kind::Zeros,
                    2 => Kind::End,
                    _ => return None,
                };
                let (size, raw) = numbers.split_first_chunk::<8>()?;
                let raw = raw.first_chunk::<8>()?;
                return Some(Extra { kind, size: u64::from_le_bytes(*size), raw: u64::from_le_bytes(*raw) });
            }
            field = &rest[length..];
        }
    }

    /// The whole header of a member with this field.
    pub fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        // Magic, deflate, flag FEXTRA; no time, no hint, system unknown: the same image gives the same bytes.
        header[..10].copy_from_slice(&[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255]);
        header[10..12].copy_from_slice(&21_u16.to_le_bytes());
        header[12..14].copy_from_slice(b"EX");
        header[14..16].copy_from_slice(&17_u16.to_le_bytes());
        header[16] = match self.kind {
            Kind::Data => 0,
            Kind::Zeros => 1,
            Kind::End => 2,
        };
        header[17..25].copy_from_slice(&self.size.to_le_bytes());
        header[25..33].copy_from_slice(&self.raw.to_le_bytes());
        header
    }
}

/// A member of `kind` around a deflate stream. `length` is that of the piece, `raw` what the field says.
pub(super) fn wrap(kind: Kind, raw: u64, deflate: &[u8], crc: u32, length: u64) -> Vec<u8> {
    let size = (HEADER + deflate.len() + TRAILER) as u64;
    let mut member = Vec::with_capacity(HEADER + deflate.len() + TRAILER);
    member.extend_from_slice(&Extra { kind, size, raw }.header());
    member.extend_from_slice(deflate);
    member.extend_from_slice(&crc.to_le_bytes());
    // ISIZE is the length modulo 2^32.
    member.extend_from_slice(&(length as u32).to_le_bytes());
    member
}

/// The last member: says how long the image is.
pub(super) fn end(raw: u64) -> Vec<u8> {
    // An empty last block with fixed codes.
    wrap(Kind::End, raw, &[3, 0], 0, 0)
}

/// Compresses pieces, one after the other, each into a member of its own.
pub(super) struct Packer {
    deflate: Compress,
    store: Compress,
    probe: Compress,
    buffer: Vec<u8>,
}

impl Packer {
    pub fn new(level: u32) -> Self {
        Packer {
            deflate: Compress::new(Compression::new(level.clamp(1, 9)), false),
            store: Compress::new(Compression::none(), false),
            probe: Compress::new(Compression::fast(), false),
            buffer: Vec::new(),
        }
    }

    /// The member of a piece.
    pub fn member(&mut self, piece: &[u8]) -> std::io::Result<Vec<u8>> {
        let stored = looks_incompressible(&mut self.probe, piece, &mut self.buffer)?;
        let engine = if stored { &mut self.store } else { &mut self.deflate };
        squeeze(engine, piece, &mut self.buffer)?;
        let raw = piece.len() as u64;
        Ok(wrap(Kind::Data, raw, &self.buffer, crc32fast::hash(piece), raw))
    }
}

fn squeeze(engine: &mut Compress, piece: &[u8], out: &mut Vec<u8>) -> std::io::Result<()> {
    engine.reset();
    out.clear();
    let mut read = 0;
    loop {
        // Nearly always enough at once; how far stored blocks exceed the piece is the engine's affair.
        out.reserve(piece.len() - read + 1024);
        let status = engine.compress_vec(&piece[read..], out, FlushCompress::Finish)?;
        read = engine.total_in() as usize;
        if status == Status::StreamEnd {
            return Ok(());
        }
    }
}

/// Installer modules are compressed already; trying again costs most of the time and gains nothing. Four samples
/// tell: where a fast deflate saves less than a fiftieth, the piece is stored.
fn looks_incompressible(probe: &mut Compress, piece: &[u8], out: &mut Vec<u8>) -> std::io::Result<bool> {
    const SAMPLE: usize = 8192;
    if piece.len() < 16 * SAMPLE {
        return Ok(false);
    }
    let (mut raw, mut packed) = (0, 0);
    for n in 0..4 {
        let start = n * (piece.len() - SAMPLE) / 3;
        squeeze(probe, &piece[start..start + SAMPLE], out)?;
        raw += SAMPLE;
        packed += out.len();
    }
    Ok(packed * 50 >= raw * 49)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extra_field_reads_back_between_others() {
        let extra = Extra { kind: Kind::Zeros, size: 77, raw: 1 << 40 };
        let header = extra.header();
        assert_eq!(Extra::find(&header[12..]), Some(extra));
        let mut field = b"AB\x02\x00xy".to_vec();
        field.extend_from_slice(&header[12..]);
        assert_eq!(Extra::find(&field), Some(extra));
        for cut in 0..field.len() {
            assert_eq!(Extra::find(&field[..cut]), None);
        }
    }

    #[test]
    fn incompressible_pieces_are_stored_and_others_are_not() {
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(super::super::PIECE)
        .collect();
        let mut packer = Packer::new(6);
        let stored = packer.member(&noise).unwrap();
        assert!(stored.len() < noise.len() + noise.len() / 1000);
        // The first block's type, bits 1 and 2, is 0: stored.
        assert_eq!(stored[HEADER] & 0b110, 0);
        let text: Vec<u8> = noise.iter().map(|b| b % 4).collect();
        assert!(packer.member(&text).unwrap().len() < noise.len() / 2);
    }
}
