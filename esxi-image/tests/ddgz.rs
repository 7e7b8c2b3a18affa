//! The stream against the real `gzip`, against every cut and against damage.

// Helpers of tests may fail as loudly as tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use esxi_image::ddgz::{Chunk, GzReader, GzWriter, Options, pack, unpack};
use esxi_image::{ImageError, Progress};
use proptest::prelude::*;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn packed(parts: &[(Option<u8>, usize)]) -> Vec<u8> {
    let mut writer = GzWriter::new(Vec::new(), Options::default());
    for (byte, length) in parts {
        match byte {
            None => writer.zeros(*length as u64).unwrap(),
            Some(byte) => writer.write_all(&vec![*byte; *length]).unwrap(),
        }
    }
    let (bytes, summary) = writer.finish().unwrap();
    assert_eq!(summary.packed, bytes.len() as u64);
    assert_eq!(summary.raw, parts.iter().map(|p| p.1 as u64).sum::<u64>());
    bytes
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, ImageError> {
    let mut out = Vec::new();
    let mut reader = GzReader::new(bytes);
    while let Some(chunk) = reader.next_chunk()? {
        match chunk {
            Chunk::Data(data) => out.extend_from_slice(data),
            Chunk::Zeros(count) => out.resize(out.len() + count as usize, 0),
        }
    }
    assert_eq!((reader.raw(), reader.compressed()), (out.len() as u64, bytes.len() as u64));
    Ok(out)
}

/// Runs `gzip` with its input from memory. No gzip on the machine is a failure: it is the second opinion.
fn gzip(option: &str, input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .arg(option)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip is installed");
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).unwrap());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        output.stdout
    })
}

/// A disk of 40 MiB with text, noise, short and long runs of zeros, as a file with holes.
fn disk(folder: &Path) -> PathBuf {
    use std::io::{Seek, SeekFrom};
    let path = folder.join("disk.raw");
    let mut file = std::fs::File::create(&path).unwrap();
    let mut state = 7_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(3 << 20)
    .collect();
    file.write_all(b"MBR").unwrap();
    file.seek(SeekFrom::Start(5 << 20)).unwrap();
    file.write_all(&noise).unwrap();
    file.seek(SeekFrom::Start((20 << 20) + 123)).unwrap();
    file.write_all("esxi ".repeat(200_000).as_bytes()).unwrap();
    file.write_all(&vec![0; 300_000]).unwrap();
    file.write_all(&noise[..5000]).unwrap();
    file.set_len(40 << 20).unwrap();
    path
}

#[test]
fn the_real_gzip_reads_what_we_write() {
    for parts in [
        &[][..],
        &[(Some(1), 1)],
        &[(None, 1)],
        &[(None, 65_536)],
        &[(Some(0), 200_000), (Some(9), 100_000), (None, 3_000_000), (Some(9), 1)],
        &[(Some(5), 3 << 20), (None, 258 * 4 + 1), (Some(5), 5)],
    ] {
        let image: Vec<u8> =
            parts.iter().flat_map(|(b, n)| std::iter::repeat_n(b.unwrap_or(0), *n)).collect();
        let bytes = packed(parts);
        assert!(gzip("-dc", &bytes) == image, "{parts:?}");
        assert!(unpacked(&bytes).unwrap() == image, "{parts:?}");
    }
}

#[test]
fn we_read_what_the_real_gzip_writes() {
    let image: Vec<u8> =
        (0..3_000_000_u32).map(|n| if n / 100_000 % 2 == 0 { 0 } else { n.wrapping_mul(n) as u8 }).collect();
    let bytes = gzip("-6c", &image);
    assert!(unpacked(&bytes).unwrap() == image);
    // Two of them in a row are one stream; zeros at the end are a device's padding.
    let mut two = bytes.repeat(2);
    two.resize(two.len() + 10_000, 0);
    assert!(unpacked(&two).unwrap() == image.repeat(2));
    two.push(1);
    assert_eq!(unpacked(&two).unwrap_err().code().as_str(), "IMG002");
}

#[test]
fn a_name_in_the_header_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vmware-esxi.dd");
    std::fs::write(&path, "image").unwrap();
    assert!(Command::new("gzip").arg("-N").arg(&path).status().unwrap().success());
    let bytes = std::fs::read(folder.path().join("vmware-esxi.dd.gz")).unwrap();
    assert!(bytes.windows(14).any(|w| w == b"vmware-esxi.dd"));
    assert_eq!(unpacked(&bytes).unwrap(), b"image");
}

#[test]
fn every_cut_is_found_out_even_between_members() {
    let bytes = packed(&[(Some(7), 70_000), (None, 65_536 * 2), (Some(8), 70_000)]);
    unpacked(&bytes).unwrap();
    for cut in 0..bytes.len() {
        let error = unpacked(&bytes[..cut]).unwrap_err();
        assert_eq!(error.code().as_str(), "IMG001", "cut at {cut}: {error}");
    }
    let text = gzip("-c", &[7; 1000]);
    for cut in 0..text.len() {
        assert_eq!(unpacked(&text[..cut]).unwrap_err().code().as_str(), "IMG001");
    }
}

#[test]
fn every_damaged_bit_of_the_content_is_found_out() {
    let bytes = packed(&[(Some(7), 70_000), (None, 65_536 * 2), (Some(8), 70_000)]);
    let image = unpacked(&bytes).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut broken = bytes.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        // Bits of time, hint and system do not matter. All others must not pass as another image.
        match unpacked(&broken) {
            Ok(read) => assert!(read == image, "bit {bit}"),
            Err(error) => assert!(error.code().as_str() <= "IMG003", "bit {bit}: {error}"),
        }
    }
}

#[test]
fn a_missing_piece_in_the_middle_is_found_out() {
    let first = packed(&[(Some(1), 1 << 20)]);
    let both = packed(&[(Some(1), 1 << 20), (Some(2), 1 << 20)]);
    let end = both[both.len() - 43..].to_vec();
    // The first member without the second, then the end of both.
    let cut = [&first[..first.len() - 43], &end].concat();
    let error = unpacked(&cut).unwrap_err();
    assert!(matches!(error, ImageError::Damaged { why, .. } if why.contains("missing")), "{error}");
    // Two whole images in a row are fine.
    assert_eq!(unpacked(&first.repeat(2)).unwrap().len(), 2 << 20);
}

#[test]
fn other_formats_are_named() {
    for (bytes, name) in [(&b"\xfd7zXZ"[..], "xz"), (b"QFI\xfb", "qcow2"), (b"KDMV", "VMDK")] {
        let error = unpacked(bytes).unwrap_err();
        assert_eq!(error.code().as_str(), "IMG003");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn files_go_there_and_back_and_keep_their_holes() {
    let folder = tempfile::tempdir().unwrap();
    let raw = disk(folder.path());
    let image = std::fs::read(&raw).unwrap();
    let (gz, again) = (folder.path().join("disk.dd.gz"), folder.path().join("again.raw"));
    let mut seen = Vec::new();
    let summary = pack(&raw, &gz, Options::default(), &mut |p| {
        seen.push(p);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(summary.raw, image.len() as u64);
    assert_eq!(summary.packed, std::fs::metadata(&gz).unwrap().len());
    assert!(seen.is_sorted_by_key(|p| p.done));
    assert!(seen.iter().all(|p| p.total == Some(summary.raw)));
    assert_eq!(seen.last().unwrap().done, summary.raw);

    assert!(gzip("-dc", &std::fs::read(&gz).unwrap()) == image);
    let back = unpack(&gz, &again, &mut go_on).unwrap();
    assert_eq!((back.raw, back.packed, back.zeros), (summary.raw, summary.packed, summary.zeros));
    assert!(std::fs::read(&again).unwrap() == image);
    let folder_list: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(folder_list.len(), 3, "{folder_list:?}");

    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        // 40 MiB of which 4.15 MB are data, and holes are made of an ordinary gzip's zeros too.
        let plain = folder.path().join("plain.gz");
        std::fs::write(&plain, gzip("-1c", &image)).unwrap();
        unpack(&plain, &folder.path().join("plain.raw"), &mut go_on).unwrap();
        for name in ["again.raw", "plain.raw"] {
            let used = std::fs::metadata(folder.path().join(name)).unwrap().blocks() * 512;
            assert!((4_150_000..5_000_000).contains(&used), "{name} uses {used} bytes");
        }
    }
}

#[test]
fn the_packed_bytes_depend_on_the_image_alone() {
    let folder = tempfile::tempdir().unwrap();
    let raw = disk(folder.path());
    let image = std::fs::read(&raw).unwrap();
    let full = folder.path().join("full.raw");
    std::fs::write(&full, &image).unwrap();
    let mut writer = GzWriter::new(Vec::new(), Options::default());
    for part in image.chunks(77_777) {
        writer.write_all(part).unwrap();
    }
    let (expected, _) = writer.finish().unwrap();
    for (source, threads) in [(&raw, 1), (&raw, 2), (&raw, 5), (&full, 3)] {
        let target = folder.path().join("out.gz");
        let options = Options::default().threads(threads.try_into().unwrap());
        pack(source, &target, options, &mut go_on).unwrap();
        assert!(std::fs::read(&target).unwrap() == expected, "{} with {threads}", source.display());
    }
}

#[test]
fn stopped_or_broken_off_nothing_is_left_and_the_old_target_stays() {
    let folder = tempfile::tempdir().unwrap();
    let raw = disk(folder.path());
    let target = folder.path().join("target");
    std::fs::write(&target, "old").unwrap();
    let mut calls = 0;
    let stopped = pack(&raw, &target, Options::default(), &mut |_| {
        calls += 1;
        if calls == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(ImageError::Stopped)));

    let gz = folder.path().join("cut.gz");
    pack(&raw, &gz, Options::default(), &mut go_on).unwrap();
    let bytes = std::fs::read(&gz).unwrap();
    std::fs::write(&gz, &bytes[..bytes.len() / 2]).unwrap();
    let error = unpack(&gz, &target, &mut go_on).unwrap_err();
    assert_eq!(error.code().as_str(), "IMG001");
    assert!(error.diagnostic().help.is_some());

    let error = unpack(&folder.path().join("none.gz"), &target, &mut go_on).unwrap_err();
    assert!(error.diagnostic().message.contains("none.gz: No such file"), "{}", error.diagnostic());
    assert_eq!(std::fs::read(&target).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_file_is_not_packed_over_itself() {
    let folder = tempfile::tempdir().unwrap();
    let raw = disk(folder.path());
    let image = std::fs::read(&raw).unwrap();
    let roundabout = folder.path().join("./disk.raw");
    let error = pack(&raw, &roundabout, Options::default(), &mut go_on).unwrap_err();
    assert!(matches!(error, ImageError::SameFile { .. }), "{error}");
    assert!(matches!(unpack(&roundabout, &raw, &mut go_on), Err(ImageError::SameFile { .. })));
    assert!(std::fs::read(&raw).unwrap() == image);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_read_adapter_hands_errors_on_whole() {
    let bytes = packed(&[(Some(7), 70_000)]);
    let mut reader = GzReader::new(&bytes[..bytes.len() - 50]);
    let error = std::io::copy(&mut reader, &mut std::io::sink()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    assert!(matches!(error.downcast::<ImageError>(), Ok(ImageError::Truncated { .. })));
    assert!(reader.read(&mut [0]).is_err(), "after an error there is nothing to read");
}

/// Each case packs a MiB or two: fewer of them than usual, unless somebody asks for a number.
fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    if asked { default } else { ProptestConfig { cases: 24, ..default } }
}

proptest! {
    #![proptest_config(cases())]
    #[test]
    fn reading_gives_what_was_written(
        parts in proptest::collection::vec((proptest::option::of(0_u8..3), 0_usize..400_000), 0..6),
        sizes in proptest::collection::vec(1_usize..100_000, 1..4),
    ) {
        let image: Vec<u8> = parts.iter().flat_map(|(b, n)| std::iter::repeat_n(b.unwrap_or(0), *n)).collect();
        let bytes = packed(&parts);
        let mut reader = GzReader::new(&bytes[..]);
        let mut read = Vec::new();
        for size in sizes.iter().cycle() {
            let mut part = vec![0; *size];
            let count = reader.read(&mut part).unwrap();
            if count == 0 { break; }
            read.extend_from_slice(&part[..count]);
        }
        prop_assert!(read == image);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), magic: bool) {
        let mut all = if magic { vec![0x1f, 0x8b, 8, 4] } else { Vec::new() };
        all.extend(bytes);
        let _ = unpacked(&all);
    }
}
