//! `crond`: stands in the jail for the scheduler, which the simulator runs by the host's own clock.
//!
//! Its process is what scripts know: its number is in `/var/run/crond.pid`, the end of it ends the scheduler, a
//! hang-up signal makes it read its tables anew, and starting it anew does, too.

use super::{APPLET, SOCKET, wire::Request};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};

const PID_FILE: &str = "/var/run/crond.pid";

/// The word that makes a crond stay where it is; no crond has it.
const STAY: &str = "--scheduler";

/// `crond`, with whatever options: goes into the background.
pub(super) fn main(words: &[std::ffi::OsString]) -> ExitCode {
    let ended = if words.iter().any(|word| word == STAY) { stay() } else { spawn() };
    if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Starts one in the background; returns when its tables are in force.
pub(super) fn spawn() -> io::Result<()> {
    let mut crond = Command::new(APPLET);
    crond.arg0("crond").arg(STAY).current_dir("/");
    let mut child = crond.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut ready = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut ready)?;
    }
    if ready.is_empty() { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(()) }
}

/// Is one, until a signal or the simulator ends it.
fn stay() -> io::Result<()> {
    // Where it cannot have a session of its own it already leads one.
    let _ = rustix::process::setsid();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    let mut hang_up = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    let mut socket = UnixStream::connect(SOCKET)?;
    let mut ask = move || {
        socket.write_all(&[Request::Cron as u8])?;
        socket.read_exact(&mut [0])
    };
    ask()?;
    std::fs::write(PID_FILE, format!("{}\n", std::process::id()))?;
    // Whoever started it waits for this line, and for nothing else.
    let mut out = io::stdout();
    out.write_all(b"ready\n").and_then(|()| out.flush())?;
    rustix::stdio::dup2_stdout(std::fs::File::open("/dev/null")?)?;
    while runtime.block_on(hang_up.recv()).is_some() {
        ask()?;
    }
    Ok(())
}
