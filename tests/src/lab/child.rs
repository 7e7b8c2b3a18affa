//! Child processes: fed, read to their end, interrupted.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

/// A program in a folder, with nothing of the environment that could let it in somewhere.
pub fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("HOME", folder);
    command.env_remove("SSH_AUTH_SOCK").env_remove("ESXI_PASSWORD");
    command
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Asserts the exit status, showing everything that was printed.
    pub fn ended(self, status: i32) -> Ran {
        assert_eq!(
            self.status,
            Some(status),
            "wrong exit status\n--- stdout\n{}\n--- stderr\n{}",
            self.out,
            self.err
        );
        self
    }

    /// Asserts that a text was printed somewhere.
    pub fn says(self, text: &str) -> Ran {
        let told = self.out.contains(text) || self.err.contains(text);
        assert!(told, "\"{text}\" is not said\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        self
    }

    /// Asserts that a text was printed nowhere.
    pub fn keeps_quiet_about(self, text: &str) -> Ran {
        let told = self.out.contains(text) || self.err.contains(text);
        assert!(!told, "\"{text}\" is said\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        self
    }

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("no JSON: {error}\n{}\n{}", self.out, self.err))
    }
}

/// Runs a command to its end.
pub fn run(command: Command, stdin: &[u8]) -> Ran {
    Child::spawn(command, stdin).wait()
}

/// A running command. Dropping it kills it.
#[derive(Debug)]
pub struct Child {
    child: std::process::Child,
    readers: Option<[JoinHandle<Vec<u8>>; 2]>,
}

impl Child {
    /// Starts a command and feeds it.
    pub fn spawn(mut command: Command, stdin: &[u8]) -> Child {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut input = child.stdin.take().unwrap();
        let stdin = stdin.to_vec();
        std::thread::spawn(move || {
            // A program that does not read its input is no error.
            let _ = input.write_all(&stdin);
        });
        let out = gather(child.stdout.take().unwrap());
        let err = gather(child.stderr.take().unwrap());
        Child { child, readers: Some([out, err]) }
    }

    /// Waits for its end; one that does not end is killed and fails the test.
    pub fn wait(mut self) -> Ran {
        let [out, err] = self.readers.take().unwrap();
        let id = self.child.id();
        let (ended, end) = mpsc::channel::<()>();
        let watchdog = std::thread::spawn(move || {
            let late = end.recv_timeout(super::LONG) == Err(mpsc::RecvTimeoutError::Timeout);
            if late {
                signal(id, "KILL");
            }
            late
        });
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let (out, err) = (text(out.join().unwrap()), text(err.join().unwrap()));
        // Its output has ended, so it is ending; only now may its number be given to another process.
        drop(ended);
        let late = watchdog.join().unwrap();
        let status = self.child.wait().unwrap();
        assert!(!late, "it did not end\n--- stdout\n{out}\n--- stderr\n{err}");
        Ran { status: status.code(), out, err }
    }

    /// Ctrl-C.
    pub fn interrupt(&self) {
        self.signal("INT");
    }

    /// A signal by its name without `SIG`.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// The end without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Gone already, most of the time.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gather(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

fn signal(id: u32, name: &str) {
    let line = format!("kill -{name} {id}");
    let status = Command::new("sh").args(["-c", &line]).status().unwrap();
    assert!(status.success(), "{line}");
}
