//! Answers the applets over the jail's socket.

use super::host::Shared;
use esxi_core::model::{Call, Output};
use std::io;
use std::sync::{Arc, Weak};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// Longest request that is read; a line of a shell is shorter.
const LONGEST: usize = 4 << 20;

/// Accepts applets until the host loses power, which drops this task.
pub(crate) async fn serve(listener: UnixListener, host: Weak<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let Some(host) = host.upgrade() else { return };
        // An applet that was killed half way is no concern of ours.
        tokio::spawn(async move { answer(stream, host).await.ok() });
    }
}

async fn answer(mut stream: UnixStream, host: Arc<Shared>) -> io::Result<()> {
    let too_long = || io::Error::from(io::ErrorKind::InvalidData);
    let mut left = LONGEST;
    let count = stream.read_u32().await? as usize;
    let mut argv = Vec::new();
    for _ in 0..count {
        let length = stream.read_u32().await? as usize;
        left = left.checked_sub(length + 4).ok_or_else(too_long)?;
        let mut word = vec![0; length];
        stream.read_exact(&mut word).await?;
        argv.push(String::from_utf8_lossy(&word).into_owned());
    }
    let Some(Output { stdout, stderr, status, .. }) = host.carry_out(&Call::new(&argv)).await else {
        // The host is going down: the applet waits for its end like everything else.
        let _ = stream.read_u8().await;
        return Ok(());
    };
    let mut answer = Vec::with_capacity(12 + stdout.len() + stderr.len());
    for number in [usize::from(status), stdout.len(), stderr.len()] {
        answer.extend_from_slice(&u32::try_from(number).map_err(|_| too_long())?.to_be_bytes());
    }
    answer.extend_from_slice(&stdout);
    answer.extend_from_slice(&stderr);
    stream.write_all(&answer).await
}
