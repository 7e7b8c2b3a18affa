//! The programs that read what was written, where `tests/run tools` unpacked them: `debian` below the target
//! directory. On Linux they have to be there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

static UNPACKED: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = std::env::current_exe().unwrap();
    let found =
        program.ancestors().map(|folder| folder.join("debian")).find(|at| at.join("packages").exists());
    found.expect("the programs to test against are missing. Cure: tests/run tools")
});

/// A file of an unpacked package or, where the package is installed, of the system; below `/usr` where newer packages
/// have moved it there.
pub fn file(path: &str) -> PathBuf {
    let moved = format!("/usr{path}");
    let unpacked = |path: &str| UNPACKED.join(path.trim_start_matches('/'));
    let places = [unpacked(path), unpacked(&moved), PathBuf::from(path), PathBuf::from(&moved)];
    let found = places.into_iter().find(|at| at.exists());
    found.unwrap_or_else(|| panic!("{path} is missing. Cure: rm -r {}; tests/run tools", UNPACKED.display()))
}

/// A program by its path in the system, its libraries and modules being those that were unpacked.
pub fn program(path: &str) -> Command {
    let mut command = Command::new(file(path));
    with_libraries(&mut command);
    command
}

/// Lets a program and whatever it starts find what was unpacked.
pub fn with_libraries(command: &mut Command) {
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    let library = |folder: &str| UNPACKED.join(folder).join(&triplet).display().to_string();
    let libraries = [library("usr/lib"), library("lib"), UNPACKED.join("usr/lib").display().to_string()];
    command
        .env("LD_LIBRARY_PATH", libraries.join(":"))
        .env("PYTHONPATH", UNPACKED.join("usr/lib/python3/dist-packages"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("GI_TYPELIB_PATH", Path::new(&library("usr/lib")).join("girepository-1.0"));
}

/// Runs it to its good end and gives what it printed.
pub fn run(command: &mut Command) -> String {
    let output = output(command);
    let text = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{text}", output.status);
    text
}

pub fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
