//! Answers the applets over the jail's socket.

use super::applet::wire::{LONGEST, Request};
use super::host::Shared;
use esxi_core::model::{Call, Output};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// Accepts applets until the host loses power, which drops this task.
pub(crate) async fn serve(listener: UnixListener, host: Weak<Shared>) {
    let mut tasks = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let Some(host) = host.upgrade() else { return };
        while tasks.try_join_next().is_some() {}
        // An applet that was killed half way is no concern of ours.
        tasks.spawn(async move { answer(stream, host).await.ok() });
    }
}

/// The client of the session that an applet belongs to, by the environment it was given. None for the host's own
/// scripts, and where the system does not say.
fn client_of(stream: &UnixStream) -> Option<IpAddr> {
    let pid = stream.peer_cred().ok()?.pid()?;
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut words = environment.split(|byte| *byte == 0);
    let client = words.find_map(|word| word.strip_prefix(b"SSH_CLIENT="))?;
    std::str::from_utf8(client).ok()?.split(' ').next()?.parse().ok()
}

async fn answer(mut stream: UnixStream, host: Arc<Shared>) -> io::Result<()> {
    match Request::from_byte(stream.read_u8().await?) {
        Some(Request::Run) => run(stream, host).await,
        Some(Request::Clock) => {
            let now = host.world().host_time();
            stream.write_u64(now).await
        }
        Some(Request::SetClock) => {
            let now = stream.read_u64().await?;
            host.change(|world| world.set_host_time(now));
            stream.write_u8(0).await
        }
        Some(Request::Cron) => {
            let _running = super::cron::Running::new(&host);
            loop {
                host.read_crontabs();
                stream.write_u8(0).await?;
                stream.read_u8().await?;
            }
        }
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

async fn run(mut stream: UnixStream, host: Arc<Shared>) -> io::Result<()> {
    let mut left = LONGEST;
    let count = stream.read_u32().await?;
    let mut argv = Vec::new();
    for _ in 0..count {
        argv.push(String::from_utf8_lossy(&text(&mut stream, &mut left).await?).into_owned());
    }
    let folder = String::from_utf8_lossy(&text(&mut stream, &mut left).await?).into_owned();
    let stdin = text(&mut stream, &mut left).await?;
    let call = Call { argv: &argv, stdin: &stdin, folder: &folder };
    let Some(Output { stdout, stderr, status, .. }) = host.carry_out(&call, client_of(&stream)).await else {
        // The host is going down: the applet waits for its end like everything else.
        let _ = stream.read_u8().await;
        return Ok(());
    };
    let mut answer = Vec::with_capacity(12 + stdout.len() + stderr.len());
    for number in [usize::from(status), stdout.len(), stderr.len()] {
        let number = u32::try_from(number).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        answer.extend_from_slice(&number.to_be_bytes());
    }
    answer.extend_from_slice(&stdout);
    answer.extend_from_slice(&stderr);
    stream.write_all(&answer).await
}

/// A text with its length before it.
async fn text(stream: &mut UnixStream, left: &mut usize) -> io::Result<Vec<u8>> {
    let length = stream.read_u32().await? as usize;
    let longest = left.checked_sub(length + 4);
    *left = longest.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut text = vec![0; length];
    stream.read_exact(&mut text).await?;
    Ok(text)
}
