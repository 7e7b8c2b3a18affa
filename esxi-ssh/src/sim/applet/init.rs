//! The first process of a jail.

use super::{BUSYBOX, READY};
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};

/// Lives as long as its standard input, and buries what its orphans leave.
#[allow(clippy::exit, reason = "the end of this process is the host's power switch")]
pub(super) fn init(pid: Option<OsString>) -> ExitCode {
    // The scheduler runs from the start, as on ESXi. A jail that cannot have one is found out below.
    let crond = super::crond::spawn();
    let mut out = std::io::stdout();
    let greeting = format!("{READY} {}\n", pid.unwrap_or_default().to_string_lossy());
    if crond.is_err() || out.write_all(greeting.as_bytes()).and_then(|()| out.flush()).is_err() {
        return ExitCode::FAILURE;
    }
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    loop {
        // A child that never ends makes the wait below block until an orphan ends.
        let Ok(sleeper) = sleeper() else { return ExitCode::FAILURE };
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

fn sleeper() -> std::io::Result<Child> {
    let mut sleep = Command::new(BUSYBOX);
    sleep.arg0("sleep").arg("2147483647");
    sleep.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}
