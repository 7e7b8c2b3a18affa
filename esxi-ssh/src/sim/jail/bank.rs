//! The boot bank: what a save leaves in it, and what a boot finds there.
//!
//! `state.tgz` is a compressed tar archive that holds `local.tgz`, which holds the files that ESXi keeps, with
//! their paths (verified by the published ways to edit one from a rescue system). From 8.0 on the inner archive is
//! encrypted and called `local.tgz.ve` (verified name); this one has the name and is not encrypted.

use super::Inside;
use super::shipped::Files;
use esxi_core::EsxiVersion;
use esxi_core::model::Machine;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{self, Read, Write};

/// Largest archive that is read, unpacked.
const LONGEST: u64 = 64 << 20;

const BLOCK: usize = 512;

/// The name of the archive inside of the archive.
fn inner(version: EsxiVersion) -> &'static str {
    if version < EsxiVersion::new(8, 0) { "local.tgz" } else { "local.tgz.ve" }
}

/// `state.tgz` with these files, changed at this time in seconds since 1970.
pub(super) fn pack(files: &Files, version: EsxiVersion, time: u64) -> io::Result<Vec<u8>> {
    let local =
        compressed(&tar(files.iter().map(|(path, content)| (path.as_str(), content.as_slice())), time))?;
    compressed(&tar([(inner(version), local.as_slice())], time))
}

/// The files in a `state.tgz`; an error when it is none.
pub(super) fn unpack(state: &[u8], version: EsxiVersion) -> io::Result<Files> {
    let outer = untar(&expanded(state)?)?;
    let local = outer.get(&format!("/{}", inner(version))).or_else(|| outer.values().next());
    untar(&expanded(local.ok_or(io::ErrorKind::InvalidData)?)?)
}

/// `boot.cfg` of the bank that was booted from, or of the other one, which a fresh installation leaves unused
/// (keys verified; `bootstate` 3 for the unused one is believed).
pub(super) fn boot_cfg(version: EsxiVersion, build: u32, active: bool, kernelopt: &str) -> String {
    let (major, minor, update) = (version.major, version.minor, version.update);
    let new = version >= EsxiVersion::new(7, 0);
    let kernel = if version < EsxiVersion::new(6, 5) { "tboot.b00" } else { "b.b00" };
    let first = if version < EsxiVersion::new(6, 5) { "b.b00" } else { "jumpstrt.gz" };
    let timeout = if new { "timeout=5\n" } else { "" };
    let bootstate = if active { 0 } else { 3 };
    format!(
        "bootstate={bootstate}\ntitle=Loading VMware ESXi\n{timeout}prefix=\nkernel={kernel}\nkernelopt={kernelopt}\n\
         modules={first} --- useropts.gz --- features.gz --- k.b00 --- s.v00 --- state.tgz\n\
         build={major}.{minor}.{update}-0.0.{build}\nupdated={}\n",
        u8::from(active),
    )
}

/// Where the configuration is saved.
const STATE: &str = "/bootbank/state.tgz";

/// Saves: reads what is kept from the running host's files into `kept`, and writes it to the boot bank. Returns what
/// was written.
pub(super) fn save(files: &Inside, kept: &mut Files, version: EsxiVersion, time: u64) -> io::Result<Vec<u8>> {
    for path in super::live::PATHS {
        kept.entry((*path).to_owned()).or_default();
    }
    for (path, content) in kept.iter_mut() {
        match files.read(path) {
            Ok(now) => *content = now,
            // Deleted: nothing of it comes back but the empty file.
            Err(_) => content.clear(),
        }
    }
    let state = pack(kept, version, time)?;
    files.write(STATE, &state)?;
    Ok(state)
}

/// Fills both banks, where nothing is in them yet.
pub(super) fn prepare(files: &Inside, machine: &Machine) -> io::Result<()> {
    let state = &machine.state;
    for (bank, active) in [("/bootbank", true), ("/altbootbank", false)] {
        let path = format!("{bank}/boot.cfg");
        if !files.exists(&path) {
            // A link that leads nowhere.
            let _ = files.remove(&path);
            let options = if state.version < EsxiVersion::new(7, 0) { "" } else { "autoPartition=FALSE" };
            files.write(&path, boot_cfg(state.version, state.build, active, options).as_bytes())?;
        }
    }
    Ok(())
}

/// What the boot loader gives to the kernel.
pub(super) fn options(files: &Inside) -> String {
    let text = files.read("/bootbank/boot.cfg").unwrap_or_default();
    kernelopt(&String::from_utf8_lossy(&text)).unwrap_or_default().to_owned()
}

/// What is added to the kernel's command line, as `boot.cfg` has it.
fn kernelopt(boot_cfg: &str) -> Option<&str> {
    boot_cfg.lines().find_map(|line| line.strip_prefix("kernelopt="))
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut to = GzEncoder::new(Vec::new(), Compression::fast());
    to.write_all(bytes)?;
    to.finish()
}

fn expanded(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    GzDecoder::new(bytes).take(LONGEST).read_to_end(&mut content)?;
    Ok(content)
}

/// A tar archive of ordinary files that belong to root, with the folders they are in.
fn tar<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>, time: u64) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut folders = std::collections::BTreeSet::new();
    for (path, content) in files {
        let path = path.trim_start_matches('/');
        for (at, _) in path.match_indices('/') {
            if folders.insert(&path[..=at]) {
                archive.extend(header(&path[..=at], 0, b'5', time));
            }
        }
        archive.extend(header(path, content.len(), b'0', time));
        archive.extend(content);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    archive
}

/// The head of an entry, in the format of POSIX.
fn header(path: &str, length: usize, kind: u8, time: u64) -> [u8; BLOCK] {
    let mut head = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| head[at..at + text.len()].copy_from_slice(text);
    // A path that is longer than the field is in no list of kept files.
    put(0, &path.as_bytes()[..path.len().min(100)]);
    put(100, if kind == b'5' { b"0000755\0" } else { b"0000644\0" });
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{length:011o}\0").as_bytes());
    put(136, format!("{time:011o}\0").as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000root");
    put(297, b"root");
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    head
}

/// The ordinary files of an archive, by absolute path.
fn untar(archive: &[u8]) -> io::Result<Files> {
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    let mut files = Files::new();
    let mut at = 0;
    while let Some(head) = archive.get(at..at + BLOCK) {
        if head.iter().all(|byte| *byte == 0) {
            return Ok(files);
        }
        let text = |range: std::ops::Range<usize>| {
            let field = head[range].split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(field).trim().to_owned()
        };
        let length = usize::from_str_radix(&text(124..136), 8).map_err(|_| damaged())?;
        at += BLOCK;
        let content = at.checked_add(length).and_then(|end| archive.get(at..end)).ok_or_else(damaged)?;
        if matches!(head[156], b'0' | 0) {
            let (name, prefix) = (text(0..100), text(345..500));
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let path = path.trim_start_matches("./").trim_start_matches('/');
            files.insert(format!("/{path}"), content.to_vec());
        }
        at += length.next_multiple_of(BLOCK);
    }
    // GNU tar, too, reads an archive without the empty blocks at its end.
    if files.is_empty() { Err(damaged()) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        [("/etc/vmware/esx.conf", "/system/uuid = \"x\"\n"), ("/etc/hosts", ""), ("/etc/issue", "hello\n")]
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
            .into()
    }

    #[test]
    fn what_is_packed_is_unpacked_by_us_and_by_tar() {
        for (version, name) in [("7.0", "local.tgz"), ("8.0", "local.tgz.ve")] {
            let version = version.parse().unwrap();
            let state = pack(&files(), version, 1_772_366_459).unwrap();
            assert_eq!(unpack(&state, version).unwrap(), files());
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("state.tgz"), &state).unwrap();
            let run = |line: &str| {
                let done =
                    std::process::Command::new("sh").arg("-c").arg(line).current_dir(folder.path()).output();
                let done = done.unwrap();
                assert!(done.status.success() && done.stderr.is_empty(), "{line}: {done:?}");
                String::from_utf8(done.stdout).unwrap()
            };
            assert_eq!(run("tar -tzf state.tgz"), format!("{name}\n"));
            run(&format!("tar -xzf state.tgz && tar -xzf {name}"));
            assert_eq!(run("cat etc/vmware/esx.conf etc/issue"), "/system/uuid = \"x\"\nhello\n");
            // The published way to edit it on a rescue system.
            run(&format!("echo edited >etc/issue; tar -czf {name} etc; tar -czf state.tgz {name}"));
            let edited = std::fs::read(folder.path().join("state.tgz")).unwrap();
            assert_eq!(unpack(&edited, version).unwrap()["/etc/issue"], b"edited\n");
        }
    }

    #[test]
    fn damaged_archives_are_none() {
        let version = "7.0".parse().unwrap();
        let state = pack(&files(), version, 0).unwrap();
        for length in [0, 1, 10, state.len() / 2] {
            assert!(unpack(&state[..length], version).is_err(), "{length}");
        }
        assert!(unpack(b"nonsense", version).is_err());
        assert!(untar(&[b'x'; 3 * BLOCK]).is_err());
    }

    #[test]
    fn the_kernel_options_are_found() {
        let text = boot_cfg("7.0.3".parse().unwrap(), 22_348_816, true, "autoPartition=TRUE");
        assert_eq!(kernelopt(&text), Some("autoPartition=TRUE"));
        assert!(text.contains("bootstate=0\n") && text.ends_with("updated=1\n"), "{text}");
    }
}
