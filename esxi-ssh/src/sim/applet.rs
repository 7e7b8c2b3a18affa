//! The other side of the simulator: what stands in the jail as `esxcli`, and as the jail's first process.

use super::programs;
use esxi_core::model;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// Where the simulator listens, inside the jail. Nothing else has this file.
pub(crate) const SOCKET: &str = "/var/run/esxi-sim.socket";

/// What the jail's first process says once it runs.
pub(crate) const READY: &str = "ready";

/// Every name an applet is linked under; paths where they are not in `/bin`.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    model::applets()
}

/// True for the last part of an applet's name.
pub(crate) fn is_applet(name: &str) -> bool {
    names().any(|one| one.rsplit('/').next() == Some(name))
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
/// itself read from standard input must not eat the rest of it.
pub fn applet_main() -> Option<ExitCode> {
    let mut words = std::env::args_os();
    let first = words.next()?;
    let name = Path::new(&first).file_name()?.to_str()?;
    let init = name == "init" && std::process::id() == 1;
    let program = programs::find(name);
    if !(init || program.is_some() || is_applet(name)) || !Path::new(SOCKET).exists() {
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
        return self::init(words.next());
    }
    let argv: Vec<OsString> = std::iter::once(first).chain(words).collect();
    match ask(&argv) {
        Ok(status) => ExitCode::from(status),
        // Nobody reads our output any more, or the host is going down.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Sends the words to the simulator and prints its answer.
fn ask(argv: &[OsString]) -> std::io::Result<u8> {
    let mut socket = UnixStream::connect(SOCKET)?;
    let mut request = Vec::new();
    put_number(&mut request, argv.len());
    for word in argv {
        put_number(&mut request, word.len());
        request.extend_from_slice(word.as_bytes());
    }
    socket.write_all(&request)?;
    let mut header = [[0; 4]; 3];
    for number in &mut header {
        socket.read_exact(number)?;
    }
    let [status, out, err] = header.map(u32::from_be_bytes);
    let mut take = |length: u32, mut to: Box<dyn Write>| {
        std::io::copy(&mut (&mut socket).take(length.into()), &mut to)?;
        to.flush()
    };
    take(out, Box::new(std::io::stdout()))?;
    take(err, Box::new(std::io::stderr()))?;
    Ok(u8::try_from(status).unwrap_or(u8::MAX))
}

fn put_number(to: &mut Vec<u8>, number: usize) {
    to.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
}

#[allow(clippy::exit, reason = "the end of this process is the host's power switch")]
/// The first process of the jail: lives as long as its standard input, and buries what its orphans leave.
fn init(pid: Option<OsString>) -> ExitCode {
    let mut out = std::io::stdout();
    let greeting = format!("{READY} {}\n", pid.unwrap_or_default().to_string_lossy());
    if out.write_all(greeting.as_bytes()).and_then(|()| out.flush()).is_err() {
        return ExitCode::FAILURE;
    }
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    loop {
        // A child that never ends makes the wait below block until an orphan ends.
        let mut sleep = Command::new("/bin/busybox");
        sleep.args(["sleep", "2147483647"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(sleeper) = sleep.spawn() else { return ExitCode::FAILURE };
        loop {
            match rustix::process::wait(rustix::process::WaitOptions::empty()) {
                Ok(Some((pid, _))) if i64::from(pid.as_raw_nonzero().get()) == i64::from(sleeper.id()) => {
                    break;
                }
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => break,
            }
        }
    }
}
