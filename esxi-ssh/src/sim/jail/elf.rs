//! Which files a program needs to run: its interpreter and libraries.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter and shared libraries of a program and of modules that it may load, at the paths they are looked
/// for; empty for a static one. The dynamic linker itself is asked, so whatever it would load is what is named.
pub(super) fn libraries(program: &Path, modules: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let Some(interpreter) = interpreter(&head(program)?) else { return Ok(Vec::new()) };
    let mut linker = Command::new(&interpreter);
    linker.arg("--list").arg(program);
    if !modules.is_empty() {
        let modules: Vec<_> = modules.iter().map(|path| path.to_string_lossy()).collect();
        linker.env("LD_PRELOAD", modules.join(" "));
    }
    let listing = linker.output()?;
    if !listing.status.success() {
        let text = String::from_utf8_lossy(&listing.stderr).trim().to_owned();
        return Err(io::Error::other(text));
    }
    let mut found = paths(&String::from_utf8_lossy(&listing.stdout));
    found.retain(|path| !modules.contains(path));
    if !found.contains(&interpreter) {
        found.push(interpreter);
    }
    Ok(found)
}

/// The beginning of a file, where the headers of a program are.
fn head(program: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    std::fs::File::open(program)?.take(64 << 10).read_to_end(&mut head)?;
    Ok(head)
}

/// Absolute paths in the listing: `name => /path (0x…)` or `/path (0x…)`.
fn paths(listing: &str) -> Vec<PathBuf> {
    let path = |line: &str| {
        let target = line.split_once("=>").map_or(line, |(_, target)| target).trim();
        let path = target.rsplit_once(" (").map_or(target, |(path, _)| path);
        path.starts_with('/').then(|| PathBuf::from(path))
    };
    listing.lines().filter_map(path).collect()
}

/// The text of the `PT_INTERP` program header of a little-endian ELF file, 32 or 64 bits wide.
fn interpreter(file: &[u8]) -> Option<PathBuf> {
    const PT_INTERP: u64 = 3;
    if file.get(..4)? != b"\x7fELF" || *file.get(5)? != 1 {
        return None;
    }
    let number = |at: usize, width: usize| -> Option<u64> {
        let bytes = file.get(at..at.checked_add(width)?)?;
        Some(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    };
    let wide = *file.get(4)? == 2;
    let word = if wide { 8 } else { 4 };
    let (table, size, count) = if wide { (0x20, 0x36, 0x38) } else { (0x1c, 0x2a, 0x2c) };
    let (offset_at, size_at) = if wide { (8, 32) } else { (4, 16) };
    let table = usize::try_from(number(table, word)?).ok()?;
    let size = usize::try_from(number(size, 2)?).ok()?;
    let headers = (0..number(count, 2)?).filter_map(|index| usize::try_from(index).ok());
    let header = headers
        .filter_map(|index| table.checked_add(index.checked_mul(size)?))
        .find(|at| number(*at, 4) == Some(PT_INTERP))?;
    let start = usize::try_from(number(header + offset_at, word)?).ok()?;
    let length = usize::try_from(number(header + size_at, word)?).ok()?;
    let text = file.get(start..start.checked_add(length)?)?;
    Some(PathBuf::from(std::str::from_utf8(text).ok()?.trim_end_matches('\0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_test_can_be_described() {
        let me = std::env::current_exe().unwrap();
        let found = libraries(&me, &[]).unwrap();
        assert!(found.iter().all(|path| path.exists()), "{found:?}");
        let dynamic = interpreter(&std::fs::read(&me).unwrap()).is_some();
        assert_eq!(dynamic, !found.is_empty());
    }

    #[test]
    fn listings_of_both_libcs_are_read() {
        let glibc = "\tlinux-vdso.so.1 (0x1)\n\tlibc.so.6 => /lib/libc.so.6 (0x2)\n\t/lib64/ld.so (0x3)\n";
        assert_eq!(paths(glibc), ["/lib/libc.so.6", "/lib64/ld.so"].map(PathBuf::from));
        assert_eq!(paths("\tlibc.so => /lib/ld-musl.so.1 (0x1)\n"), [PathBuf::from("/lib/ld-musl.so.1")]);
    }

    #[test]
    fn damaged_files_have_no_interpreter() {
        let mut file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        file.truncate(0x48);
        assert_eq!(interpreter(&file), None);
        assert_eq!(interpreter(b"#!/bin/sh\n"), None);
    }
}
