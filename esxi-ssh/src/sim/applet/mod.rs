//! The other side of the simulator: what stands in the jail as `esxcli`, `date` and `crond`, and as the jail's first
//! process.

mod crond;
mod date;
mod init;
pub(crate) mod wire;

use super::programs;
use esxi_core::model;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Where the simulator listens, inside the jail. Nothing else has this file.
pub(crate) const SOCKET: &str = "/var/run/esxi-sim.socket";

/// Where the applet executable lies inside.
pub(crate) const APPLET: &str = "/lib/esxi-sim/applet";

/// Where the real busybox lies inside.
pub(crate) const BUSYBOX: &str = "/lib/esxi-sim/busybox";

/// What the jail's first process says once it runs.
pub(crate) const READY: &str = "ready";

/// Programs of ESXi's shell that are not the model's but need the simulator: by name where they lie in `/bin`.
const OWN: [&str; 4] = ["crond", "date", "busybox", "/usr/lib/vmware/busybox/bin/busybox"];

/// Every name an applet is linked under; paths where they are neither in `/bin` nor in `/sbin`.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    model::applets().chain(OWN)
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// True for the last part of the name of a command that the model executes.
pub(crate) fn is_applet(name: &str) -> bool {
    model::applets().any(|one| last(one) == name)
}

/// Acts as a command of the simulated host, if that is what the process was started as; otherwise returns
/// `None` at once.
///
/// Call it first in `main` of an executable that is named in [`SimConfig::applet`](super::SimConfig::applet):
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     if let Some(code) = esxi_ssh::sim::applet_main() {
///         return code;
///     }
///     // … the program itself …
///     std::process::ExitCode::SUCCESS
/// }
/// ```
///
/// It is one when the last part of `argv[0]` is an applet's name and the simulator's socket lies where only a
/// jail has it. Standard input is left alone, as `esxcli` does: a command in the middle of a script that is
/// itself read from standard input must not eat the rest of it. Only the few that ask a question read it.
pub fn applet_main() -> Option<ExitCode> {
    let mut words = std::env::args_os();
    let first = words.next()?;
    let name = Path::new(&first).file_name()?.to_str()?;
    let init = name == "init" && std::process::id() == 1;
    let program = programs::find(name);
    let ours = init || program.is_some() || names().any(|one| last(one) == name);
    if !ours || !Path::new(SOCKET).exists() {
        return None;
    }
    if let Some(program) = program {
        return Some(ExitCode::from(program(words.collect())));
    }
    Some(in_jail(init, first, words))
}

/// Apart, so that every other start of the program does without this one's buffers.
#[inline(never)]
fn in_jail(init: bool, first: OsString, mut words: std::env::ArgsOs) -> ExitCode {
    if init {
        return init::init(words.next());
    }
    let name = Path::new(&first).file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
    let words: Vec<OsString> = words.collect();
    match name.as_str() {
        "crond" => crond::main(&words),
        "date" => date::main(&words),
        "busybox" => busybox(&words),
        _ => {
            let argv: Vec<OsString> = std::iter::once(first).chain(words).collect();
            match ask(&argv) {
                Ok(status) => ExitCode::from(status),
                // Nobody reads our output any more, or the host is going down.
                Err(_) => ExitCode::FAILURE,
            }
        }
    }
}

/// The multi-call program under its own name: some of its applets are ours.
fn busybox(words: &[OsString]) -> ExitCode {
    match words.first().and_then(|word| word.to_str()) {
        Some("crond") => return crond::main(&words[1..]),
        Some("date") => return date::main(&words[1..]),
        _ => {}
    }
    let error = Command::new(BUSYBOX).arg0("busybox").args(words).exec();
    let _ = writeln!(io::stderr(), "busybox: {error}");
    ExitCode::from(126)
}

/// Sends the words to the simulator and prints its answer.
fn ask(argv: &[OsString]) -> io::Result<u8> {
    let mut socket = UnixStream::connect(SOCKET)?;
    let mut request = vec![wire::Request::Run as u8];
    wire::put_number(&mut request, argv.len());
    for word in argv {
        wire::put(&mut request, word.as_bytes());
    }
    let folder = std::env::current_dir().unwrap_or_else(|_| "/".into());
    wire::put(&mut request, folder.as_os_str().as_bytes());
    let answer = if asks(argv) { answer()? } else { Vec::new() };
    wire::put(&mut request, &answer);
    socket.write_all(&request)?;
    let mut header = [[0; 4]; 3];
    for number in &mut header {
        socket.read_exact(number)?;
    }
    let [status, out, err] = header.map(u32::from_be_bytes);
    let mut take = |length: u32, mut to: Box<dyn Write>| {
        io::copy(&mut (&mut socket).take(length.into()), &mut to)?;
        to.flush()
    };
    take(out, Box::new(io::stdout()))?;
    take(err, Box::new(io::stderr()))?;
    Ok(u8::try_from(status).unwrap_or(u8::MAX))
}

/// True for the few commands that ask a question and read its answer.
fn asks(argv: &[OsString]) -> bool {
    let name = argv.first().and_then(|first| Path::new(first).file_name()).and_then(OsStr::to_str);
    let has = |words: &[&str]| argv.iter().skip(1).any(|word| words.iter().any(|one| word == one));
    match name {
        // "Yes" and "No" as 0 and 1.
        Some("vmkfstools") => has(&["-Z", "--spanfs", "-W", "-x", "--fix"]),
        // Fix, ignore or cancel a partition table that does not reach to the disk's end.
        Some("partedUtil") => has(&["fixGpt", "fix"]),
        _ => false,
    }
}

/// What stands on standard input: all of it, or what is typed up to the end of the line.
fn answer() -> io::Result<Vec<u8>> {
    let input = io::stdin();
    if rustix::termios::isatty(&input) {
        let mut line = String::new();
        input.read_line(&mut line)?;
        return Ok(line.into_bytes());
    }
    let mut all = Vec::new();
    input.take(64 << 10).read_to_end(&mut all)?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_commands_read_their_input() {
        let asks = |line: &str| asks(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asks("/sbin/vmkfstools -Z naa.1:1 naa.2:1") && asks("partedUtil fixGpt /dev/disks/naa.1"));
        for line in ["esxcli network nic list", "vmkfstools -P /vmfs", "partedUtil getptbl x"] {
            assert!(!asks(line), "{line}");
        }
    }
}
