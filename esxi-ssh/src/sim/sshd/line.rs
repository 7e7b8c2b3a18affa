//! A bad line: delay, and the cut after so many bytes.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};

/// Chunks of input that are under way at most; more wait in the socket.
const UNDER_WAY: usize = 256;
const CHUNK: usize = 16 << 10;

/// Something happens once a connection has carried so many bytes to its client.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    /// Which fault it belongs to.
    pub(crate) fault: u64,
    /// Bytes of one connection.
    pub(crate) bytes: u64,
    /// Whether the connection ends there, to the byte.
    pub(crate) cuts: bool,
    /// Who is told, with the number of the fault.
    pub(crate) tell: mpsc::UnboundedSender<u64>,
}

/// What one connection's line knows.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// What is under way from the client: each chunk with the moment it arrives; an empty one is the end.
    chunks: VecDeque<(Instant, Vec<u8>)>,
    /// Bytes of the first chunk that were read.
    taken: usize,
    ended: bool,
    alarm: Option<Pin<Box<Sleep>>>,
    /// Bytes carried to the client.
    sent: u64,
}

impl Line {
    /// Reads what has arrived.
    pub(super) fn poll_read(
        &mut self,
        mut stream: impl AsyncRead + Unpin,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        delay: Duration,
    ) -> Poll<io::Result<()>> {
        // What is under way arrives in its time, even if the delay has ended meanwhile.
        if delay.is_zero() && self.chunks.is_empty() {
            return Pin::new(&mut stream).poll_read(cx, buf);
        }
        while !self.ended && self.chunks.len() < UNDER_WAY {
            let mut bytes = vec![0; CHUNK];
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut stream).poll_read(cx, &mut buffer) {
                Poll::Pending => break,
                Poll::Ready(read) => read?,
            }
            let length = buffer.filled().len();
            bytes.truncate(length);
            self.ended = length == 0;
            self.chunks.push_back((Instant::now() + delay, bytes));
        }
        self.poll_arrived(cx, buf)
    }

    fn poll_arrived(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Some((at, bytes)) = self.chunks.front() else { return Poll::Pending };
        if *at > Instant::now() {
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(*at)));
            if alarm.deadline() != *at {
                alarm.as_mut().reset(*at);
            }
            std::task::ready!(alarm.as_mut().poll(cx));
        }
        if bytes.is_empty() {
            // The end stays the end.
            return Poll::Ready(Ok(()));
        }
        let rest = &bytes[self.taken..];
        let length = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..length]);
        self.taken += length;
        if self.taken == bytes.len() {
            self.chunks.pop_front();
            self.taken = 0;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes as far as the limits allow. The second value is true when the connection ends here.
    pub(super) fn poll_write(
        &mut self,
        mut stream: impl AsyncWrite + Unpin,
        cx: &mut Context<'_>,
        buf: &[u8],
        limits: &[Limit],
    ) -> Poll<io::Result<(usize, bool)>> {
        let before = self.sent;
        let ahead = || limits.iter().filter(|limit| limit.bytes > before || limit.bytes == 0 && before == 0);
        let left = |limit: &Limit| usize::try_from(limit.bytes - before).unwrap_or(usize::MAX);
        let allowed = ahead().filter(|limit| limit.cuts).map(left).min().unwrap_or(buf.len()).min(buf.len());
        let mut written = 0;
        if allowed > 0 {
            written = std::task::ready!(Pin::new(&mut stream).poll_write(cx, &buf[..allowed]))?;
        }
        self.sent += written as u64;
        let mut cut = false;
        for limit in ahead().filter(|limit| limit.bytes <= self.sent) {
            // Whoever waits for it may be gone with the host.
            let _ = limit.tell.send(limit.fault);
            cut |= limit.cuts;
        }
        Poll::Ready(Ok((written, cut)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_delay_holds_every_byte_and_loses_none() {
        let mut line = Line::default();
        let due = |at: u8| Instant::now() + Duration::from_millis(20 * u64::from(at));
        let moments: Vec<Instant> = (0..=3).map(due).collect();
        for at in 0..3 {
            line.chunks.push_back((moments[usize::from(at)], vec![at; 4]));
        }
        line.chunks.push_back((moments[3], Vec::new()));
        let mut got = Vec::new();
        loop {
            let mut bytes = [0; 3];
            let mut buffer = ReadBuf::new(&mut bytes);
            std::future::poll_fn(|cx| line.poll_arrived(cx, &mut buffer)).await.unwrap();
            let Some(chunk) = buffer.filled().first() else { break };
            assert!(Instant::now() >= moments[usize::from(*chunk)], "{chunk} came early");
            got.extend_from_slice(buffer.filled());
        }
        assert!(Instant::now() >= moments[3]);
        assert_eq!(got, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    }
}
