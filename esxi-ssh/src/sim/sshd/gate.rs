//! Muteness: a connection whose bytes stop both ways without FIN or RST.

use super::line::{Limit, Line};
use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Lets the bytes of one listener's connections pass, holds them back, or cuts the connections.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    open: bool,
    /// Counts power losses: a connection of an earlier epoch is dead.
    epoch: u64,
    streams: u64,
    wakers: BTreeMap<(u64, Direction), Waker>,
    /// Connections, and whether they are to end although their task does not know it yet.
    alive: BTreeMap<u64, bool>,
    /// Connections that the server has ended while nothing came through: their end does not, either.
    unheard: Vec<TcpStream>,
    /// How long every byte from a client is under way.
    delay: Duration,
    limits: Vec<Limit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Read,
    Write,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Opens or closes it.
    pub(crate) fn set(&self, open: bool) {
        let mut inner = self.lock();
        if inner.open != open {
            inner.open = open;
            inner.unheard.clear();
            inner.wake();
        }
    }
    /// Cuts every connection made so far.
    pub(crate) fn cut(&self) {
        let mut inner = self.lock();
        inner.epoch += 1;
        for stream in std::mem::take(&mut inner.unheard) {
            // A host without power does not say good-bye: RST instead of FIN.
            let _ = stream.set_zero_linger();
        }
        inner.wake();
    }
    /// Sets how long every byte from a client is under way.
    pub(crate) fn delay(&self, delay: Duration) {
        self.lock().delay = delay;
    }
    /// Replaces what happens once a connection has carried so many bytes.
    pub(crate) fn limit(&self, limits: Vec<Limit>) {
        self.lock().limits = limits;
    }
    /// Ends one connection from the server's side.
    pub(crate) fn close(&self, id: u64) {
        let mut inner = self.lock();
        if let Some(closed) = inner.alive.get_mut(&id) {
            *closed = true;
        }
        for way in [Direction::Read, Direction::Write] {
            inner.wakers.remove(&(id, way)).into_iter().for_each(Waker::wake);
        }
    }
    /// Puts a new connection behind the gate.
    pub(crate) fn guard(self: &Arc<Self>, stream: TcpStream) -> GatedStream {
        let mut inner = self.lock();
        inner.streams += 1;
        let (gate, id, epoch) = (Arc::clone(self), inner.streams, inner.epoch);
        inner.alive.insert(id, false);
        GatedStream {
            stream: Some(stream),
            gate,
            id,
            epoch,
            greeting: Greeting::default(),
            line: Line::default(),
        }
    }
}

impl Inner {
    fn wake(&mut self) {
        std::mem::take(&mut self.wakers).into_values().for_each(Waker::wake);
    }
}

/// A TCP connection behind a [`Gate`].
#[derive(Debug)]
pub(crate) struct GatedStream {
    /// There until it is dropped.
    stream: Option<TcpStream>,
    gate: Arc<Gate>,
    id: u64,
    epoch: u64,
    greeting: Greeting,
    line: Line,
}

/// What a client says first: its identification, as far as it has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Greeting(Arc<Mutex<Vec<u8>>>);

impl Greeting {
    /// Longest that it may be (RFC 4253).
    const LONGEST: usize = 255;

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn hear(&self, bytes: &[u8]) {
        let mut heard = self.lock();
        if heard.len() < Greeting::LONGEST && !heard.contains(&b'\n') {
            let rest = Greeting::LONGEST - heard.len();
            heard.extend_from_slice(&bytes[..bytes.len().min(rest)]);
        }
    }
    /// Whether this is what it says after `SSH-2.0-`.
    pub(crate) fn names(&self, software: &str) -> bool {
        let heard = self.lock();
        heard.strip_prefix(b"SSH-2.0-").is_some_and(|name| name.starts_with(software.as_bytes()))
    }
}

/// The epoch of a connection that its own limit has cut.
const CUT: u64 = u64::MAX;

impl GatedStream {
    /// What the client has said first.
    pub(crate) fn greeting(&self) -> Greeting {
        self.greeting.clone()
    }
    /// Its number behind this gate, for [`Gate::close`].
    pub(crate) fn id(&self) -> u64 {
        self.id
    }
    /// Resolves when bytes may pass.
    ///
    /// # Errors
    /// When the connection was cut.
    pub(crate) async fn passable(&self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_gate(cx, Direction::Read)).await
    }
    /// Ends it as a port does that nobody listens on.
    pub(crate) fn reset(self) {
        if let Some(stream) = &self.stream {
            let _ = stream.set_zero_linger();
        }
    }
    fn socket(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
    /// Ready when bytes may pass. The waker is always left behind, because the gate may also change while the
    /// socket is being waited for.
    fn poll_gate(&self, cx: &Context<'_>, direction: Direction) -> Poll<io::Result<()>> {
        let mut inner = self.gate.lock();
        if inner.epoch != self.epoch {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if inner.alive.get(&self.id) == Some(&true) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        inner.wakers.insert((self.id, direction), cx.waker().clone());
        if inner.open { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl Drop for GatedStream {
    fn drop(&mut self) {
        let mut inner = self.gate.lock();
        inner.wakers.remove(&(self.id, Direction::Read));
        inner.wakers.remove(&(self.id, Direction::Write));
        inner.alive.remove(&self.id);
        let Some(stream) = self.stream.take() else { return };
        if inner.epoch != self.epoch {
            let _ = stream.set_zero_linger();
        } else if !inner.open {
            inner.unheard.push(stream);
        }
    }
}

impl AsyncRead for GatedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        std::task::ready!(self.poll_gate(cx, Direction::Read))?;
        let before = buf.filled().len();
        let delay = self.gate.lock().delay;
        let this = &mut *self;
        let stream = this.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let read = this.line.poll_read(stream, cx, buf, delay);
        this.greeting.hear(&buf.filled()[before..]);
        read
    }
}

impl AsyncWrite for GatedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        std::task::ready!(self.poll_gate(cx, Direction::Write))?;
        let limits = self.gate.lock().limits.clone();
        let this = &mut *self;
        let stream = this.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let (written, cut) = std::task::ready!(this.line.poll_write(stream, cx, buf, &limits))?;
        if cut {
            // The next use of this connection, or its end, is the reset.
            this.epoch = CUT;
            this.gate.lock().wake();
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
        }
        Poll::Ready(Ok(written))
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket()?.poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        std::task::ready!(self.poll_gate(cx, Direction::Write))?;
        self.socket()?.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    async fn pair(gate: &Arc<Gate>) -> (TcpStream, GatedStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        (client, gate.guard(server))
    }

    #[tokio::test]
    async fn bytes_wait_for_the_gate_and_none_is_lost() {
        let gate = Arc::new(Gate::default());
        let (mut client, mut server) = pair(&gate).await;
        client.write_all(b"hello").await.unwrap();
        let mut buffer = [0; 5];
        let mut read = Box::pin(server.read_exact(&mut buffer));
        // The bytes are in the socket, and yet polling yields nothing while the gate is closed.
        assert!(std::future::poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx).is_pending())).await);
        gate.set(true);
        read.await.unwrap();
        assert_eq!(&buffer, b"hello");
    }

    #[tokio::test]
    async fn an_end_is_not_heard_while_nothing_comes_through() {
        let gate = Arc::new(Gate::default());
        let (mut client, server) = pair(&gate).await;
        let id = server.id();
        drop(server);
        let mut read = Box::pin(client.read_u8());
        assert!(std::future::poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx).is_pending())).await);
        gate.set(true);
        assert_eq!(read.await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        // Closing what is gone leaves nothing behind.
        gate.close(id);
        assert!(gate.lock().alive.is_empty());
    }

    #[tokio::test]
    async fn one_connection_can_be_closed_while_others_stay() {
        let gate = Arc::new(Gate::default());
        gate.set(true);
        let (mut client, mut server) = pair(&gate).await;
        let (mut other, mut other_server) = pair(&gate).await;
        let id = server.id();
        let waiting = tokio::spawn(async move { server.read_u8().await.map_err(|error| error.kind()) });
        tokio::task::yield_now().await;
        gate.close(id);
        assert_eq!(waiting.await.unwrap(), Err(io::ErrorKind::ConnectionAborted));
        assert_eq!(client.read_u8().await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        other.write_all(b"x").await.unwrap();
        assert_eq!(other_server.read_u8().await.unwrap(), b'x');
        assert_eq!(gate.lock().alive.len(), 1);
    }

    #[tokio::test]
    async fn a_limit_lets_exactly_so_many_bytes_through() {
        for (bytes, chunk) in [(0, 3), (1, 3), (10, 3), (10, 10), (10, 64)] {
            let gate = Arc::new(Gate::default());
            gate.set(true);
            let (tell, mut told) = mpsc::unbounded_channel();
            gate.limit(vec![Limit { fault: 7, bytes, cuts: true, tell }]);
            let (mut client, mut server) = pair(&gate).await;
            let wrote = tokio::spawn(async move {
                loop {
                    if let Err(error) = server.write_all(&vec![b'x'; chunk]).await {
                        return error.kind();
                    }
                }
            });
            assert_eq!(wrote.await.unwrap(), io::ErrorKind::ConnectionReset);
            let mut all = Vec::new();
            assert!(client.read_to_end(&mut all).await.is_err(), "{bytes} {chunk}");
            assert_eq!((all.len() as u64, told.recv().await), (bytes, Some(7)), "{bytes} {chunk}");
            assert!(told.try_recv().is_err(), "told once");
        }
    }

    #[tokio::test]
    async fn a_delayed_connection_carries_everything_in_order() {
        let gate = Arc::new(Gate::default());
        gate.set(true);
        gate.delay(Duration::from_millis(5));
        let (mut client, mut server) = pair(&gate).await;
        let sent: Vec<u8> = (0..200_000u32).map(|at| at as u8).collect();
        let copy = sent.clone();
        tokio::spawn(async move { client.write_all(&copy).await });
        let mut got = Vec::new();
        server.read_to_end(&mut got).await.unwrap();
        assert!(got == sent, "{} of {}", got.len(), sent.len());
    }

    #[tokio::test]
    async fn a_cut_ends_idle_and_muted_connections_by_reset() {
        for open in [true, false] {
            let gate = Arc::new(Gate::default());
            gate.set(open);
            let (mut client, mut server) = pair(&gate).await;
            let waiting = tokio::spawn(async move { server.read_u8().await.map_err(|error| error.kind()) });
            tokio::task::yield_now().await;
            gate.cut();
            assert_eq!(waiting.await.unwrap(), Err(io::ErrorKind::ConnectionReset));
            assert_eq!(client.read_u8().await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        }
    }
}
