//! Running a command and writing a file on a host, whatever carries it.

use std::future::Future;

pub use esxi_core::command::quote as shell_quote;
use esxi_core::diag::{Code, Diagnostic, codes};

/// What a command left behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExecOutput {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Exit status; none when a signal ended it or the host did not say.
    pub status: Option<u32>,
}

impl ExecOutput {
    /// True for exit status 0.
    pub fn success(&self) -> bool {
        self.status == Some(0)
    }
}

/// A way to run commands on one host: SSH, or memory in a test.
///
/// Commands are text for the host's shell (`/bin/sh`, busybox on ESXi). One runs at a time.
///
/// ```
/// use esxi_ssh::{ExecOutput, Transport, TransportError};
///
/// /// A host on which every command prints its own text.
/// struct Echo;
/// impl Transport for Echo {
///     async fn exec(&mut self, command: &str, _stdin: &[u8]) -> Result<ExecOutput, TransportError> {
///         Ok(ExecOutput { stdout: command.into(), stderr: vec![], status: Some(0) })
///     }
/// }
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let output = runtime.block_on(Echo.exec("vmware -v", b""))?;
/// assert!(output.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Transport: Send {
    /// Runs one shell command with these bytes on its standard input, and waits for its end.
    ///
    /// A command that fails is not an error here: look at [`ExecOutput::status`].
    fn exec(
        &mut self,
        command: &str,
        stdin: &[u8],
    ) -> impl Future<Output = Result<ExecOutput, TransportError>> + Send;

    /// Writes a file whole or not at all: the bytes go to a second name beside it, are counted there, and are
    /// renamed into place with permissions `mode` (such as `0o644`).
    ///
    /// Needs only what busybox has, as the SFTP server of ESXi is not there in every release.
    ///
    /// # Errors
    /// [`TransportError::Upload`] when the host says that it could not, and whatever [`Transport::exec`]
    /// returns. The file of that name, if there was one, is then as it was.
    fn upload(
        &mut self,
        path: &str,
        bytes: &[u8],
        mode: u32,
    ) -> impl Future<Output = Result<(), TransportError>> + Send {
        async move {
            let command = upload_command(path, bytes.len(), mode);
            let output = self.exec(&command, bytes).await?;
            upload_result(path, bytes.len(), &output)
        }
    }
}

/// Exit statuses by which the upload command says what went wrong; away from those of `cat` and the shell.
const WRITE_FAILED: u32 = 71;
const WRONG_SIZE: u32 = 72;
const RENAME_FAILED: u32 = 73;

/// The shell text of an upload. `$$` makes the second name this shell's own; the trap removes it when the
/// connection goes and the shell is hung up. Permissions are set before the name appears.
fn upload_command(path: &str, size: usize, mode: u32) -> String {
    let path = shell_quote(path);
    format!(
        "f={path}; t=\"$f.$$.part\"; umask 077; \
         [ ! -d \"$f\" ] || {{ echo 'it is a directory' >&2; exit {RENAME_FAILED}; }}; trap 'rm -f \"$t\"' EXIT; trap 'exit {WRITE_FAILED}' HUP INT TERM PIPE; \
         cat >\"$t\" || exit {WRITE_FAILED}; \
         n=$(wc -c <\"$t\") || exit {WRITE_FAILED}; \
         [ \"$n\" -eq {size} ] || {{ echo $n; exit {WRONG_SIZE}; }}; \
         chmod {mode:o} \"$t\" && mv -f \"$t\" \"$f\" || exit {RENAME_FAILED}",
        mode = mode & 0o7777,
    )
}

fn upload_result(path: &str, size: usize, output: &ExecOutput) -> Result<(), TransportError> {
    let reason = match output.status {
        Some(0) => return Ok(()),
        Some(WRONG_SIZE) => {
            let found = String::from_utf8_lossy(&output.stdout);
            format!("{} of {size} bytes arrived", found.trim())
        }
        Some(WRITE_FAILED) => format!("writing failed: {}", first_line(&output.stderr)),
        Some(RENAME_FAILED) => format!("putting it in place failed: {}", first_line(&output.stderr)),
        Some(status) => {
            format!("the host's shell ended with status {status}: {}", first_line(&output.stderr))
        }
        None => "the host's shell was ended by a signal".to_owned(),
    };
    Err(TransportError::Upload { path: path.to_owned(), reason })
}

/// The first line of what a host said, short and without control characters: fit for a message.
pub(crate) fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given");
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Why a command or an upload has no result. What the host then does or has done is not known, except where a
/// variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The connection ended before the command did. The command may have run, in part or whole.
    #[error("the connection to {host} was lost: {reason}")]
    Lost {
        /// The host, as the caller named it.
        host: String,
        /// How it ended.
        reason: String,
    },
    /// The connection stands and nothing came in time. The command may still be running.
    #[error("{host} did not answer within {} s", after.as_secs())]
    Mute {
        /// The host, as the caller named it.
        host: String,
        /// How long was waited.
        after: std::time::Duration,
    },
    /// The host opens no session channel, or runs no command on it. Nothing was run.
    #[error("{host} opened no session for the command: {reason}")]
    SessionRefused {
        /// The host, as the caller named it.
        host: String,
        /// What it said.
        reason: String,
    },
    /// The command printed more than [`ConnectOptions::max_output`](crate::ConnectOptions::max_output).
    #[error("the command printed more than {limit} bytes")]
    OutputLimit {
        /// The limit in bytes, standard output and error together.
        limit: usize,
    },
    /// The file was not written.
    #[error("{path} was not written: {reason}")]
    Upload {
        /// The file on the host.
        path: String,
        /// What went wrong there.
        reason: String,
    },
}

impl TransportError {
    /// Stable code.
    pub fn code(&self) -> Code {
        match self {
            TransportError::Lost { .. } => codes::SSH_LOST,
            TransportError::Mute { .. } => codes::SSH_MUTE,
            TransportError::SessionRefused { .. } => codes::SSH_SESSION_REFUSED,
            TransportError::OutputLimit { .. } => codes::SSH_OUTPUT_LIMIT,
            TransportError::Upload { .. } => codes::SSH_UPLOAD,
        }
    }
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            TransportError::Lost { .. } => {
                "connect again and read the host's state before repeating a change"
            }
            TransportError::Mute { .. } => {
                "the command may still run: connect again and read the host's state before repeating a change"
            }
            TransportError::SessionRefused { .. } => {
                "close other sessions to the host; its sshd may be set to `MaxSessions 1`"
            }
            TransportError::OutputLimit { .. } => {
                "write the output to a file on the host and fetch it in parts"
            }
            TransportError::Upload { .. } => {
                "check free space and permissions there with `df -h` and `ls -ld`; on ESXi only /tmp, /etc, /vmfs/volumes \
                 and /store take files"
            }
        }
    }
    /// The error as a diagnostic.
    pub fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.code(), self.to_string()).help(self.help())
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::io::Write;
    #[cfg(unix)]
    use std::process::{Command, Stdio};

    use super::*;

    /// A shell of this machine.
    #[cfg(unix)]
    struct Local(&'static [&'static str]);

    #[cfg(unix)]
    impl Transport for Local {
        async fn exec(&mut self, command: &str, stdin: &[u8]) -> Result<ExecOutput, TransportError> {
            let mut child = Command::new(self.0[0])
                .args(&self.0[1..])
                .args(["-c", command])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // What a command does not read is of no interest.
            let _ = child.stdin.take().unwrap().write_all(stdin);
            let out = child.wait_with_output().unwrap();
            let status = out.status.code().map(|code| code as u32);
            Ok(ExecOutput { stdout: out.stdout, stderr: out.stderr, status })
        }
    }

    /// busybox is the shell of ESXi; not every machine has it.
    #[cfg(unix)]
    fn shells() -> Vec<Local> {
        let mut shells = vec![Local(&["sh"])];
        if Command::new("busybox").arg("true").status().is_ok_and(|status| status.success()) {
            shells.push(Local(&["busybox", "sh"]));
        }
        shells
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn uploads_through_a_shell() {
        for mut shell in shells() {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("it's a \"file\"");
            let path = file.to_str().unwrap();
            shell.upload(path, b"\0\xff\n", 0o640).await.unwrap();
            assert_eq!(std::fs::read(&file).unwrap(), b"\0\xff\n");
            // Bytes that go missing on the way are noticed, and the file stays as it was.
            let command = upload_command(path, 4, 0o640);
            let output = shell.exec(&command, b"abc").await.unwrap();
            let error = upload_result(path, 4, &output).unwrap_err();
            assert!(error.to_string().ends_with("3 of 4 bytes arrived"), "{error}");
            assert_eq!(std::fs::read(&file).unwrap(), b"\0\xff\n");
            let absent = dir.path().join("absent/file");
            let error = shell.upload(absent.to_str().unwrap(), b"", 0o640).await.unwrap_err();
            assert!(matches!(error, TransportError::Upload { .. }), "{error:?}");
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no part is left");
        }
    }

    #[test]
    fn words_for_the_shell() {
        assert_eq!(shell_quote("a b"), "'a b'");
        assert_eq!(shell_quote("a'b"), r"'a'\''b'");
        assert_eq!(shell_quote("$(x) `y` \\ \n"), "'$(x) `y` \\ \n'");
        assert_eq!(shell_quote(""), "''");
    }

    #[test]
    fn what_an_upload_says() {
        let ended = |status, stdout: &str, stderr: &str| ExecOutput {
            stdout: stdout.into(),
            stderr: stderr.into(),
            status,
        };
        assert!(upload_result("/tmp/x", 3, &ended(Some(0), "", "")).is_ok());
        let said = |output: ExecOutput| upload_result("/tmp/x", 3, &output).unwrap_err().to_string();
        assert_eq!(said(ended(Some(72), "2\n", "")), "/tmp/x was not written: 2 of 3 bytes arrived");
        assert_eq!(
            said(ended(Some(71), "", "\ncat: write error: No space left on device\n")),
            "/tmp/x was not written: writing failed: cat: write error: No space left on device"
        );
        assert!(said(ended(None, "", "")).contains("signal"));
        assert!(
            said(ended(Some(127), "", "sh: \u{1b}[31mcat: not found")).ends_with("sh: [31mcat: not found")
        );
    }
}
