//! Packing and unpacking a sparse disk image, beside gzip and pigz where they are installed.
#![allow(clippy::unwrap_used, reason = "a benchmark whose answer is wrong shall stop")]

use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};
use esxi_image::ddgz::{Options, pack, unpack};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow::Continue;
use std::path::Path;
use std::process::{Command, Stdio};

const MIB: u64 = 1 << 20;

/// Peers and their words for packing standard input and for unpacking it.
const PEERS: [(&str, &[&str], &[&str]); 2] =
    [("gzip", &["-6", "-c"], &["-dc"]), ("pigz", &["-6", "-c"], &["-dc"])];

fn main() {
    // As Criterion decides it: without `--bench` every benchmark runs once, to see that it works.
    let measure = std::env::args().any(|word| word == "--bench");
    let size = if measure { 512 * MIB } else { 16 * MIB };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let data = image(&at("raw"), size);

    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("image");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Bytes(size));
    group.bench_function("pack/esxi", |bencher| {
        bencher.iter(|| {
            let summary =
                pack(&at("raw"), &at("esxi.gz"), Options::default(), &mut |_| Continue(())).unwrap();
            assert_eq!(summary.raw, size);
            assert!(summary.zeros >= size - data - 4 * 2 * MIB);
            assert!(summary.packed < data);
        });
    });
    for (peer, words, _) in PEERS {
        filter(&mut group, &format!("pack/{peer}"), peer, words, &at("raw"), &at(&format!("{peer}.gz")));
    }
    for name in ["esxi", "gzip", "pigz"] {
        let packed = at(&format!("{name}.gz"));
        // What packed is not installed, or was filtered out.
        if !packed.exists() {
            continue;
        }
        group.bench_function(format!("unpack/{name}-file/esxi"), |bencher| {
            bencher.iter(|| {
                let summary = unpack(&packed, &at("again"), &mut |_| Continue(())).unwrap();
                assert_eq!(summary.raw, size);
            });
            assert!(same(&at("raw"), &at("again")));
        });
        for (peer, _, words) in PEERS {
            filter(&mut group, &format!("unpack/{name}-file/{peer}"), peer, words, &packed, &at("again"));
        }
    }
    group.finish();
    criterion.final_summary();
}

/// Writes an image: a twentieth of it is data in four places, half of that noise and half text; the rest is
/// holes. Gives the number of bytes of data.
fn image(path: &Path, size: u64) -> u64 {
    let part = size / 80;
    let mut file = File::create(path).unwrap();
    file.set_len(size).unwrap();
    for place in 0..4 {
        file.seek(SeekFrom::Start(size / 4 * place)).unwrap();
        let bytes = if place % 2 == 0 { noise(part) } else { text(part) };
        file.write_all(&bytes).unwrap();
    }
    part * 4
}

/// Bytes that do not compress (xorshift64*, always the same).
fn noise(count: u64) -> Vec<u8> {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        seed.wrapping_mul(0x2545_f491_4f6c_dd1d)
    };
    (0..count / 8).flat_map(|_| next().to_le_bytes()).collect()
}

/// Bytes that compress as a log does.
fn text(count: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut numbers = noise(count).into_iter();
    while (out.len() as u64) < count {
        let [a, b] = [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)];
        writeln!(
            out,
            "2026-11-21T08:{:02}:{:02}Z cpu{}: vmnic{}: link state is up",
            a % 60,
            b % 60,
            a % 4,
            b % 2
        )
        .unwrap();
    }
    out.truncate(count as usize);
    out
}

/// Measures another program that filters a file, if it is installed.
fn filter(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    program: &str,
    words: &[&str],
    from: &Path,
    to: &Path,
) {
    let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        return;
    }
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let (input, output) = (File::open(from).unwrap(), File::create(to).unwrap());
            let status = Command::new(program).args(words).stdin(input).stdout(output).status();
            assert!(status.unwrap().success());
        });
    });
}

/// Whether two files hold the same bytes.
fn same(one: &Path, other: &Path) -> bool {
    let (mut one, mut other) = (File::open(one).unwrap(), File::open(other).unwrap());
    if one.metadata().unwrap().len() != other.metadata().unwrap().len() {
        return false;
    }
    let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let count = one.read(&mut a).unwrap();
        if count == 0 {
            return true;
        }
        other.read_exact(&mut b[..count]).unwrap();
        if a[..count] != b[..count] {
            return false;
        }
    }
}
