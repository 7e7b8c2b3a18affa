//! Python for scripts that are written for the one ESXi ships: the interpreter of this machine with its standard
//! library, and PyYAML where it has it, as ESXi's does (believed).

use super::elf;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An interpreter and what it needs.
#[derive(Debug, Clone)]
pub(super) struct Python {
    pub(super) interpreter: PathBuf,
    /// The standard library and other packages, to be seen at the same places.
    pub(super) folders: Vec<PathBuf>,
    /// Of the interpreter and of every extension.
    pub(super) libraries: Vec<PathBuf>,
}

/// What an interpreter is asked: kinds and paths, one a line.
const QUESTION: &str = r"
import glob, os, sys, sysconfig
assert sys.version_info[0] == 3
say = lambda kind, path: print(kind, os.path.abspath(path))
say('program', os.path.realpath(sys.executable))
for name in ('stdlib', 'platstdlib'):
    folder = sysconfig.get_path(name)
    say('folder', folder)
    for extension in glob.glob(folder + '/lib-dynload/*.so'):
        say('extension', extension)
try:
    import yaml
    say('folder', os.path.dirname(yaml.__file__))
except ImportError:
    pass
";

/// The first interpreter that whoever runs inside may read: everybody, when `everybody` is set.
pub(super) fn find(everybody: bool) -> Option<Python> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/bin", "/usr/local/bin"].map(PathBuf::from);
    let all = usual.into_iter().chain(std::env::split_paths(&search)).map(|folder| folder.join("python3"));
    all.filter(|path| path.is_file()).find_map(|path| {
        let found = ask(&path).ok()?;
        let mut needed = std::iter::once(&found.interpreter).chain(&found.folders).chain(&found.libraries);
        needed.all(|path| !everybody || open_to_all(path)).then_some(found)
    })
}

fn ask(interpreter: &Path) -> io::Result<Python> {
    let answer = Command::new(interpreter).args(["-I", "-c", QUESTION]).output()?;
    if !answer.status.success() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    let of = |kind: &str| -> Vec<PathBuf> {
        let fits = text.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' '));
        fits.map(PathBuf::from).collect()
    };
    let interpreter = of("program").pop().ok_or(io::ErrorKind::Unsupported)?;
    let mut folders = of("folder");
    folders.sort();
    folders.dedup();
    let mut libraries = elf::libraries(&interpreter, &of("extension"))?;
    libraries.retain(|path| !folders.iter().any(|folder| path.starts_with(folder)));
    Ok(Python { interpreter, folders, libraries })
}

/// True when any user can come there and read it.
fn open_to_all(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let may = |path: &Path, bits: u32| path.metadata().is_ok_and(|facts| facts.mode() & bits == bits);
    may(&path, 0o004) && path.ancestors().skip(1).all(|folder| may(folder, 0o001))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machines_python_is_described() {
        let Some(python) = find(false) else { return };
        assert!(python.interpreter.is_file());
        assert!(python.folders.iter().any(|folder| folder.join("subprocess.py").exists()), "{python:?}");
        assert!(python.libraries.iter().all(|path| path.exists()), "{python:?}");
        if let Some(python) = find(true) {
            assert!(open_to_all(&python.interpreter));
        }
    }
}
