//! Reading and writing files.

use crate::failure::Failure;
use esxi_core::diag::{Diagnostic, codes};
use std::io::{Read, Write};
use std::path::Path;

/// A text and the name by which findings call it.
pub struct Text {
    /// `<stdin>` or the path.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Larger than any configuration a person writes; a wrong file is refused before it fills the memory.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a text file; `-` is standard input.
pub fn read(path: &Path) -> Result<Text, Failure> {
    let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let result = match path == Path::new("-") {
        true => std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    let unreadable =
        |why: String, help: &str| Failure::error(codes::FILE_UNREADABLE, format!("{name}: {why}"), help);
    match result {
        Err(error) => Err(unreadable(error.to_string(), "check the path and its permissions")),
        Ok(_) if bytes.len() as u64 > LARGEST => {
            Err(unreadable("is larger than 16 MiB".into(), "this is no configuration file"))
        }
        Ok(_) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Text { name: name.clone(), text }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                Err(unreadable(format!("is not UTF-8 text (byte {at})"), "save it as UTF-8"))
            }
        },
    }
}

/// Writes a file whole or not at all.
pub fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let attempt = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        readable(file.path())?;
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|error| {
        let finding = Diagnostic::error(codes::FILE_UNWRITABLE, format!("{}: {error}", path.display()));
        finding.help("check that the folder exists and may be written; nothing was left behind").into()
    })
}

/// A temporary file is its owner's alone; a result is as readable as any other file.
#[cfg(unix)]
fn readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> std::io::Result<()> {
    Ok(())
}
