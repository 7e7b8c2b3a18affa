//! A TCP line between client and server that a test can cut or freeze.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the line does with bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Lets them through.
    Open,
    /// Keeps them, and keeps the connections.
    Frozen,
    /// Closes all connections.
    Cut,
}

/// A forwarded port.
pub struct Line {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    upward: Arc<AtomicU64>,
}

impl Line {
    /// A line to this server.
    pub async fn to(server: SocketAddr) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, look) = watch::channel(Mode::Open);
        let upward = Arc::new(AtomicU64::new(0));
        let counter = upward.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else { return };
                let (client_read, client_write) = client.into_split();
                let (server_read, server_write) = server.into_split();
                tokio::spawn(pump(client_read, server_write, look.clone(), Some(counter.clone())));
                tokio::spawn(pump(server_read, client_write, look.clone(), None));
            }
        });
        Line { address, mode, upward }
    }
    /// Changes what it does, from now on.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
    /// Waits until this many bytes went from client to server.
    pub async fn carried(&self, bytes: u64) {
        super::eventually("the transfer", || self.upward.load(Ordering::SeqCst) >= bytes).await;
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    counter: Option<Arc<AtomicU64>>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let now = *mode.borrow_and_update();
        tokio::select! {
            changed = mode.changed() => if changed.is_err() { return },
            read = from.read(&mut buffer), if now == Mode::Open => {
                let Ok(n @ 1..) = read else { return };
                if to.write_all(&buffer[..n]).await.is_err() { return }
                if let Some(counter) = &counter {
                    counter.fetch_add(n as u64, Ordering::SeqCst);
                }
            }
            // Dropping both halves closes the sockets.
            () = std::future::ready(()), if now == Mode::Cut => return,
        }
    }
}
