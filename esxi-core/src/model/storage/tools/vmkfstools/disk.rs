//! Virtual disks: a descriptor and a file of its length with holes.

use super::{Asked, Done, size};
use crate::model::family::Console;
use crate::model::storage::{Volume, hash};
use crate::model::surroundings::{FileError, Surroundings};
use std::fmt::Write;

/// How space is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Thin,
    ZeroedThick,
    EagerZeroedThick,
}

fn format(asked: &Asked<'_>) -> Result<Format, String> {
    match asked.format {
        None | Some("zeroedthick") => Ok(Format::ZeroedThick),
        Some("thin") => Ok(Format::Thin),
        Some("eagerzeroedthick") => Ok(Format::EagerZeroedThick),
        Some(other) => Err(format!("Invalid disk format: {other}")),
    }
}

/// What VMware calls a failure, with its number.
fn cause(error: &FileError) -> String {
    match error {
        FileError::NotFound => "The system cannot find the file specified (25)".to_owned(),
        FileError::Exists => "The file already exists (39)".to_owned(),
        FileError::Denied => "Insufficient permission to access the file (3)".to_owned(),
        FileError::Full => NO_SPACE.to_owned(),
        FileError::Other(text) => text.clone(),
    }
}

const NO_SPACE: &str = "There is not enough space on the file system for the selected operation (13)";

/// What a descriptor says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Descriptor {
    sectors: u64,
    flat: String,
    thin: bool,
    adapter: String,
}

impl Descriptor {
    fn read(text: &str) -> Option<Self> {
        let mut found: Option<(u64, String)> = None;
        let (mut thin, mut adapter) = (false, "lsilogic".to_owned());
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("RW ") {
                let mut words = rest.splitn(3, ' ');
                let sectors = words.next()?.parse().ok()?;
                found = Some((sectors, words.nth(1)?.split('"').nth(1)?.to_owned()));
            } else if let Some((key, value)) = line.split_once('=') {
                let value = value.trim().trim_matches('"');
                match key.trim() {
                    "ddb.thinProvisioned" => thin = value == "1",
                    "ddb.adapterType" => value.clone_into(&mut adapter),
                    _ => {}
                }
            }
        }
        let (sectors, flat) = found?;
        Some(Descriptor { sectors, flat, thin, adapter })
    }
    /// The form is VMware's published one for virtual disks.
    fn write(&self, seed: &str) -> String {
        let id = hash(seed, self.sectors);
        let mut text = String::from("# Disk DescriptorFile\nversion=1\nencoding=\"UTF-8\"\n");
        let _ = writeln!(text, "CID={:08x}\nparentCID=ffffffff\ncreateType=\"vmfs\"\n", id & 0xffff_ffff);
        let _ = writeln!(text, "# Extent description\nRW {} VMFS \"{}\"\n", self.sectors, self.flat);
        let _ = writeln!(text, "# The Disk Data Base\n#DDB\n\nddb.adapterType = \"{}\"", self.adapter);
        let cylinders = (self.sectors / (255 * 63)).min(65_535);
        let _ = writeln!(text, "ddb.geometry.cylinders = \"{cylinders}\"\nddb.geometry.heads = \"255\"");
        text.push_str("ddb.geometry.sectors = \"63\"\n");
        if self.thin {
            text.push_str("ddb.thinProvisioned = \"1\"\n");
        }
        text.push_str("ddb.virtualHWVersion = \"8\"\n");
        text
    }
    fn bytes(&self) -> u64 {
        self.sectors * 512
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `disk-flat.vmdk` of `disk.vmdk`.
fn flat_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    format!("{}-flat.vmdk", name.trim_end_matches(".vmdk"))
}

fn open(around: &dyn Surroundings, path: &str, to: &str) -> Result<Descriptor, String> {
    let lost = |error: FileError| format!("{to}: {}.", cause(&error));
    let none = || format!("{to}: The file specified is not a virtual disk (15).");
    // A descriptor is short; the file it names is not, and need not be read to be told from one.
    if around.length(path).map_err(lost)? > 1 << 16 {
        return Err(none());
    }
    let content = around.read(path).map_err(lost)?;
    Descriptor::read(&String::from_utf8_lossy(&content)).ok_or_else(none)
}

/// The datastore that a path lies on.
fn volume<'a>(console: &'a mut Console<'_>, path: &str) -> Option<&'a mut Volume> {
    let path = console.machine.storage.resolve(path);
    let name = path.strip_prefix("/vmfs/volumes/")?.split('/').next()?.to_owned();
    console.machine.storage.volumes.iter_mut().find(|volume| volume.mounted && volume.is_called(&name))
}

/// Takes space for a thick disk, or says that there is none.
fn take(console: &mut Console<'_>, path: &str, bytes: u64) -> Result<(), String> {
    match volume(console, path) {
        Some(volume) if volume.free() < bytes => Err(NO_SPACE.to_owned()),
        Some(volume) => {
            volume.used += bytes;
            Ok(())
        }
        None => Ok(()),
    }
}

fn give_back(console: &mut Console<'_>, path: &str, bytes: u64) {
    if let Some(volume) = volume(console, path) {
        volume.used = volume.used.saturating_sub(bytes);
    }
}

pub(super) fn create(
    console: &mut Console<'_>,
    asked: &Asked<'_>,
    length: &str,
    given: &str,
    path: &str,
) -> Done {
    let format = format(asked)?;
    let bytes = size(length)?.div_ceil(1 << 20) << 20;
    let refused = |why: &str| format!("Failed to create virtual disk: {why}.");
    if !path.ends_with(".vmdk") {
        return Err(refused("The destination file does not end in .vmdk"));
    }
    if console.around.length(path).is_ok() {
        return Err(refused(&cause(&FileError::Exists)));
    }
    let thin = format == Format::Thin;
    let space = if thin { 0 } else { bytes };
    let adapter = asked.adapter.unwrap_or("lsilogic").to_owned();
    let descriptor = Descriptor { sectors: bytes / 512, flat: flat_name(path), thin, adapter };
    if volume(console, path).is_some_and(|volume| volume.free() < space) {
        return Err(refused(NO_SPACE));
    }
    let flat = format!("{}/{}", folder(path), descriptor.flat);
    let around = &mut *console.around;
    around.create_sparse(&flat, bytes).map_err(|error| refused(&cause(&error)))?;
    around.write(path, descriptor.write(path).as_bytes()).map_err(|error| refused(&cause(&error)))?;
    take(console, path, space)?;
    let zeroing = if format == Format::EagerZeroedThick {
        format!("Creating disk '{given}' and zeroing it out...\n")
    } else {
        String::new()
    };
    Ok(zeroing + "Create: 100% done.\n")
}

pub(super) fn clone(
    console: &mut Console<'_>,
    asked: &Asked<'_>,
    (given, from): (&str, &str),
    to: &str,
) -> Done {
    let format = format(asked)?;
    let refused = |why: &str| format!("Failed to clone disk: {why}.");
    let source = open(console.around, from, &format!("Failed to open '{given}'"))?;
    if console.around.length(to).is_ok() {
        return Err(refused(&cause(&FileError::Exists)));
    }
    let thin = format == Format::Thin;
    let copy = Descriptor { flat: flat_name(to), thin, ..source.clone() };
    let space = if thin { 0 } else { copy.bytes() };
    if volume(console, to).is_some_and(|volume| volume.free() < space) {
        return Err(refused(NO_SPACE));
    }
    let old = format!("{}/{}", folder(from), source.flat);
    let new = format!("{}/{}", folder(to), copy.flat);
    let around = &mut *console.around;
    around.copy(&old, &new).map_err(|error| refused(&cause(&error)))?;
    around.write(to, copy.write(to).as_bytes()).map_err(|error| refused(&cause(&error)))?;
    take(console, to, space)?;
    let kind = match format {
        Format::Thin => "thin-provisioned",
        Format::ZeroedThick => "zeroedthick",
        Format::EagerZeroedThick => "eagerzeroedthick",
    };
    Ok(format!("Destination disk format: VMFS {kind}\nCloning disk '{given}'...\nClone: 100% done.\n"))
}

pub(super) fn delete(console: &mut Console<'_>, path: &str) -> Done {
    let what = "Failed to delete virtual disk";
    let disk = open(console.around, path, what)?;
    let flat = format!("{}/{}", folder(path), disk.flat);
    let lost = |error: FileError| format!("{what}: {}.", cause(&error));
    match console.around.remove(&flat) {
        Ok(()) | Err(FileError::NotFound) => {}
        Err(error) => return Err(lost(error)),
    }
    console.around.remove(path).map_err(lost)?;
    if !disk.thin {
        give_back(console, path, disk.bytes());
    }
    Ok(String::new())
}

pub(super) fn rename(console: &mut Console<'_>, from: &str, to: &str) -> Done {
    let what = "Failed to rename virtual disk";
    let disk = open(console.around, from, what)?;
    let refused = |error: FileError| format!("{what}: {}.", cause(&error));
    if console.around.length(to).is_ok() {
        return Err(refused(FileError::Exists));
    }
    let new = Descriptor { flat: flat_name(to), ..disk.clone() };
    let around = &mut *console.around;
    around
        .rename(&format!("{}/{}", folder(from), disk.flat), &format!("{}/{}", folder(to), new.flat))
        .map_err(refused)?;
    around.write(to, new.write(to).as_bytes()).map_err(refused)?;
    around.remove(from).map_err(refused)?;
    if !disk.thin {
        give_back(console, from, disk.bytes());
        take(console, to, disk.bytes())?;
    }
    Ok(String::new())
}

/// A disk only grows.
pub(super) fn extend(console: &mut Console<'_>, length: &str, path: &str) -> Done {
    let what = "Failed to extend the disk";
    let disk = open(console.around, path, what)?;
    let bytes = size(length)?;
    if bytes <= disk.bytes() {
        return Err(format!("{what}: The new size must be larger than the {} bytes it has.", disk.bytes()));
    }
    let more = bytes - disk.bytes();
    let refused = |error: FileError| format!("{what}: {}.", cause(&error));
    if !disk.thin && volume(console, path).is_some_and(|volume| volume.free() < more) {
        return Err(refused(FileError::Full));
    }
    let flat = format!("{}/{}", folder(path), disk.flat);
    let around = &mut *console.around;
    around.lengthen(&flat, bytes).map_err(refused)?;
    let new = Descriptor { sectors: bytes / 512, ..disk.clone() };
    around.write(path, new.write(path).as_bytes()).map_err(refused)?;
    if !disk.thin {
        take(console, path, more)?;
    }
    Ok("Grow: 100% done.\n".to_owned())
}

pub(super) fn chain(console: &mut Console<'_>, path: &str) -> Done {
    open(console.around, path, "Failed to open the disk chain")?;
    Ok("Disk chain is consistent.\n".to_owned())
}

/// Who holds a file: nobody, as no machine of the model writes (the form is that of VMware's articles).
pub(super) fn lock(console: &mut Console<'_>, path: &str) -> Done {
    let length = console
        .around
        .length(path)
        .map_err(|error| format!("Could not get the lock info for {path}: {error}"))?;
    let place = hash(path, 0) & 0xfff_ffff;
    Ok(format!(
        "Lock [type 10c00001 offset {place} v 1, hb offset 0\ngen 0, mode 0, owner \
         00000000-00000000-0000-000000000000 mtime 0\nnum 0 gblnum 0 gblgen 0 gblbrk 0]\nAddr <4, 0, 0>, gen 1, links 1, \
         type reg, flags 0, uid 0, gid 0, mode 600\nlen {length}, nb 1 tbz 0, cow 0, newSinceEpoch 1, zla 1, bs 1048576\n"
    ))
}

/// Makes a thin disk thick, or a thick one thin.
pub(super) fn reformat(console: &mut Console<'_>, path: &str, thin: bool) -> Done {
    let what = if thin { "Failed to punch holes into the disk" } else { "Failed to inflate the disk" };
    let disk = open(console.around, path, what)?;
    let refused = |error: FileError| format!("{what}: {}.", cause(&error));
    if disk.thin != thin {
        if thin {
            give_back(console, path, disk.bytes());
        } else if volume(console, path).is_some_and(|volume| volume.free() < disk.bytes()) {
            return Err(refused(FileError::Full));
        }
        let new = Descriptor { thin, ..disk.clone() };
        console.around.write(path, new.write(path).as_bytes()).map_err(refused)?;
        if !thin {
            take(console, path, disk.bytes())?;
        }
    }
    Ok(format!("{}: 100% done.\n", if thin { "Hole Punching" } else { "Inflate" }))
}
