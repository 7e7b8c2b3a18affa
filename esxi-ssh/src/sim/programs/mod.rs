//! Programs of the simulated host that work on its files: started inside of the jail like any other, they see
//! what is there and nothing else.

mod attributes;
mod scp;
mod sftp;
mod wire;

use std::ffi::OsString;
use std::path::Path;

/// Where `sshd_config` looks for it (verified on 5.x and 8.0.2).
pub(crate) const SFTP_SERVER: &str = "/usr/lib/vmware/openssh/bin/sftp-server";

/// Gets the words after its name; the result is its exit status.
type Main = fn(Vec<OsString>) -> u8;

static PROGRAMS: &[(&str, Main)] = &[(SFTP_SERVER, sftp::main), ("/bin/scp", scp::main)];

/// Where they lie, as paths inside of the jail.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(path, _)| *path)
}

/// The program that goes by this name.
pub(crate) fn find(name: &str) -> Option<Main> {
    let named = |path: &str| Path::new(path).file_name().is_some_and(|last| last == name);
    PROGRAMS.iter().find(|(path, _)| named(path)).map(|(_, main)| *main)
}
