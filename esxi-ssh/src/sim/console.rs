//! Command lines typed at the host's own console.

use super::sshd::session::command;
use super::{SimError, SimHost};
use esxi_core::model::Output;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

/// Status of what was killed, as a shell shows it.
const KILLED: u8 = 128 + 9;

impl SimHost {
    /// Runs a command line in the host's shell as if typed at its console: no network lies between, so it runs on
    /// whatever becomes of the network. Returns when it has ended and nobody it left behind holds its output any
    /// more. When the host goes down under it, the answer is what it had said until then, with the status of a
    /// killed command, 137.
    ///
    /// ```no_run
    /// # async fn example(host: &esxi_ssh::sim::SimHost) -> Result<(), esxi_ssh::sim::SimError> {
    /// let seen = host.shell("cat > /tmp/a; esxcli network nic list | wc -l", b"text").await?;
    /// assert_eq!(seen.status, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SimError::Jail`] when the host was started without a shell, [`SimError::Io`] when it cannot be entered.
    pub async fn shell(&self, line: &str, stdin: &[u8]) -> Result<Output, SimError> {
        let Some(entrance) = self.shared.entrance() else {
            return Err(SimError::Jail {
                why: "this host was started without a shell".to_owned(),
                cure: "start it with another jail mode than off".to_owned(),
            });
        };
        let mut command = command(&entrance.enter(&["/bin/sh", "-c", line], false));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(SimError::io("enter the host's shell"))?;
        let input = child.stdin.take();
        let feed = async {
            if let Some(mut input) = input {
                // A command that does not read its input is no error.
                let _ = input.write_all(stdin).await;
            }
        };
        let (output, ()) = tokio::join!(child.wait_with_output(), feed);
        let output = output.map_err(SimError::io("read what the host's shell says"))?;
        let status = output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(KILLED);
        Ok(Output { stdout: output.stdout, stderr: output.stderr, status, ..Output::default() })
    }
}
