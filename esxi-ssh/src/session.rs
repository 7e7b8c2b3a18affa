//! One connection to one host.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{self, DisconnectReason, Handle, Msg};
use russh::keys::PublicKeyOrCertificate;
use russh::{AlgorithmKind, Channel, ChannelMsg, ChannelOpenFailure, Disconnect};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::auth::{AuthMethod, Login};
use crate::error::{ConnectError, Stage};
use crate::hostkey::{Fingerprint, HostKey, HostKeyError, Verifier};
use crate::transport::first_line;
use crate::{ConnectOptions, ExecOutput, Target, Transport, TransportError, algorithms};

/// Unanswered signs of life after which a host counts as mute.
const KEEPALIVES: usize = 2;
/// Wait before a refused channel is asked for once more: sshd counts a session until its process is reaped.
const CHANNEL_RETRY: Duration = Duration::from_millis(300);
/// Longest wait for the goodbye to be sent.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// A session on a host, logged in.
///
/// Dropping it closes the connection; [`Session::close`] says goodbye first.
pub struct Session {
    handle: Handle<Events>,
    events: Events,
    _hangup: Hangup,
    target: Target,
    peer: SocketAddr,
    host_key: HostKey,
    method: AuthMethod,
    exec_timeout: Duration,
    max_output: usize,
}

impl Session {
    /// Connects, checks the host key, and logs in.
    ///
    /// # Errors
    /// See [`ConnectError`]. Before the host key is trusted nothing is sent that is not public.
    pub async fn connect(target: &Target, options: &ConnectOptions) -> Result<Session, ConnectError> {
        let host = target.host().to_owned();
        let port = target.port();
        let verifier = Verifier::load(&options.host_keys, target.known_hosts_name())?;
        let (stream, peer) = open_socket(target, options).await?;
        let unreachable = |source| ConnectError::Unreachable { host: host.clone(), port, source };
        // Small packets go back and forth.
        stream.set_nodelay(true).map_err(unreachable)?;
        let stream = stream.into_std().map_err(unreachable)?;
        let hangup = Hangup(stream.try_clone().map_err(unreachable)?);
        let stream = TcpStream::from_std(stream).map_err(unreachable)?;

        let config = Arc::new(client::Config {
            preferred: algorithms::preferred(options.legacy, &verifier.recorded_types()),
            keepalive_interval: options.keepalive,
            keepalive_max: KEEPALIVES,
            nodelay: true,
            ..client::Config::default()
        });
        let events = Events::new(verifier, target.known_hosts_name(), options.keepalive);
        let shaking = client::connect_stream(config, stream, events.clone());
        let mut handle = match timeout(options.connect_timeout, shaking).await {
            Err(_) => {
                return Err(ConnectError::Mute {
                    host,
                    port,
                    stage: Stage::Handshake,
                    after: options.connect_timeout,
                });
            }
            Ok(Err(error)) => return Err(handshake_error(error, target, options, &events)),
            Ok(Ok(handle)) => handle,
        };
        let method = match timeout(options.auth_timeout, login(&mut handle, target, options, &events)).await {
            Err(_) => {
                return Err(ConnectError::Mute {
                    host,
                    port,
                    stage: Stage::Auth,
                    after: options.auth_timeout,
                });
            }
            Ok(result) => result?,
        };
        let Some(host_key) = events.host_key() else {
            // The handshake does not end well without one.
            let source = io::Error::other("no host key was shown").into();
            return Err(ConnectError::Protocol { host, port, source });
        };
        Ok(Session {
            handle,
            events,
            _hangup: hangup,
            target: target.clone(),
            peer,
            host_key,
            method,
            exec_timeout: options.exec_timeout,
            max_output: options.max_output,
        })
    }

    /// The account and host asked for.
    pub fn target(&self) -> &Target {
        &self.target
    }
    /// The socket really connected to.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }
    /// The key that the host proved to have.
    pub fn host_key(&self) -> &HostKey {
        &self.host_key
    }
    /// Its fingerprint.
    pub fn host_key_fingerprint(&self) -> Fingerprint {
        self.host_key.fingerprint()
    }
    /// How the login went.
    pub fn authenticated_by(&self) -> AuthMethod {
        self.method
    }
    /// What the host said before the login (`/etc/issue` on ESXi), without control characters; empty when
    /// nothing.
    pub fn banner(&self) -> String {
        self.events.with(|seen| seen.banner.clone())
    }
    /// True when the connection is known to be gone.
    pub fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }
    /// Changes the longest wait for the commands that follow.
    pub fn set_exec_timeout(&mut self, wait: Duration) {
        self.exec_timeout = wait;
    }

    /// Says goodbye and closes the connection.
    pub async fn close(mut self) {
        if self.handle.disconnect(Disconnect::ByApplication, "", "").await.is_ok() {
            let _ = timeout(CLOSE_WAIT, &mut self.handle).await;
        }
    }

    /// Opens a channel, and asks once more when the host has too many.
    async fn open_channel(&self) -> Result<Channel<Msg>, TransportError> {
        let mut retried = false;
        loop {
            match self.handle.channel_open_session().await {
                Ok(channel) => return Ok(channel),
                Err(russh::Error::ChannelOpenFailure(reason)) => {
                    if retried || reason == ChannelOpenFailure::UnknownChannelType {
                        return Err(self.refused(describe(&reason)));
                    }
                    retried = true;
                    tokio::time::sleep(CHANNEL_RETRY).await;
                }
                Err(_) => return Err(self.lost().await),
            }
        }
    }

    fn refused(&self, reason: String) -> TransportError {
        TransportError::SessionRefused { host: self.target.host().to_owned(), reason }
    }

    /// The error for a connection that ended.
    async fn lost(&self) -> TransportError {
        let host = self.target.host().to_owned();
        match self.events.ended().await {
            End::Mute => {
                let silence = self.keepalive_silence();
                TransportError::Mute { host, after: silence }
            }
            end => TransportError::Lost { host, reason: end.to_string() },
        }
    }

    fn keepalive_silence(&self) -> Duration {
        self.events.keepalive.unwrap_or_default() * (KEEPALIVES as u32 + 1)
    }

    /// Runs a command on its own channel. `open` is left for the caller to close when it gives up waiting.
    async fn run(
        &self,
        command: &str,
        stdin: &[u8],
        open: &mut Option<Closer>,
    ) -> Result<ExecOutput, TransportError> {
        let channel = self.open_channel().await?;
        let (mut from_host, to_host) = channel.split();
        let to_host = Arc::new(to_host);
        *open = Some(Closer(to_host.clone()));
        if to_host.exec(true, command).await.is_err() {
            return Err(self.lost().await);
        }
        let feeding = async {
            // A command that does not read its input closes the channel; that is its affair.
            let _ = to_host.data(stdin).await;
            let _ = to_host.eof().await;
        };
        tokio::pin!(feeding);
        let mut fed = false;
        let mut output = ExecOutput::default();
        let mut ended = false;
        loop {
            let message = tokio::select! {
                message = from_host.wait() => message,
                () = &mut feeding, if !fed => {
                    fed = true;
                    continue;
                }
            };
            match message {
                Some(ChannelMsg::Data { data }) => output.stdout.extend_from_slice(&data),
                Some(ChannelMsg::ExtendedData { data, .. }) => output.stderr.extend_from_slice(&data),
                Some(ChannelMsg::ExitStatus { exit_status }) => output.status = Some(exit_status),
                Some(ChannelMsg::Failure) => return Err(self.refused("it runs no commands".into())),
                Some(ChannelMsg::Eof) => ended = true,
                Some(ChannelMsg::Close) => {
                    *open = None;
                    return Ok(output);
                }
                Some(_) => {}
                // The connection went; if the command was through by then, its result stands.
                None if ended && output.status.is_some() => return Ok(output),
                None => return Err(self.lost().await),
            }
            if output.stdout.len() + output.stderr.len() > self.max_output {
                return Err(TransportError::OutputLimit { limit: self.max_output });
            }
        }
    }
}

/// A second handle on the socket that shuts it down when dropped. That ends the connection's task even while it
/// waits to write to a host that does not read.
struct Hangup(std::net::TcpStream);

impl Drop for Hangup {
    fn drop(&mut self) {
        let _ = self.0.shutdown(std::net::Shutdown::Both);
    }
}

/// A channel that is to be closed.
struct Closer(Arc<russh::ChannelWriteHalf<Msg>>);

impl Transport for Session {
    async fn exec(&mut self, command: &str, stdin: &[u8]) -> Result<ExecOutput, TransportError> {
        let mut open = None;
        let wait = self.exec_timeout;
        let result = match timeout(wait, self.run(command, stdin, &mut open)).await {
            Ok(result) => result,
            Err(_) => Err(TransportError::Mute { host: self.target.host().to_owned(), after: wait }),
        };
        if let Some(Closer(channel)) = open {
            // The one channel there may be is to be free again; a host that is gone cannot be told.
            let _ = timeout(CHANNEL_RETRY, channel.close()).await;
        }
        result
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("target", &self.target)
            .field("peer", &self.peer)
            .field("host_key", &self.host_key)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

fn login<'a>(
    handle: &'a mut Handle<Events>,
    target: &'a Target,
    options: &'a ConnectOptions,
    events: &'a Events,
) -> impl Future<Output = Result<AuthMethod, ConnectError>> + Send + 'a {
    Login::new(handle, target, options).run(events)
}

fn describe(reason: &ChannelOpenFailure) -> String {
    match reason {
        ChannelOpenFailure::AdministrativelyProhibited => "administratively prohibited".into(),
        ChannelOpenFailure::ConnectFailed => "open failed".into(),
        ChannelOpenFailure::UnknownChannelType => "unknown channel type".into(),
        ChannelOpenFailure::ResourceShortage => "resource shortage".into(),
        ChannelOpenFailure::Other { code, reason } => format!("{} ({code})", first_line(reason.as_bytes())),
    }
}

/// Opens the TCP connection, to the mapped socket or to the addresses of the host in turn.
async fn open_socket(
    target: &Target,
    options: &ConnectOptions,
) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let (host, port) = (target.host(), target.port());
    let map = options.address_map.as_ref();
    let mapped = map.map(|map| map.resolve_from(target, options.bind)).transpose()?.flatten();
    // A listener stands for the client's address, too.
    let bind = options.bind.filter(|_| mapped.is_none());
    let addresses: Vec<SocketAddr> = match (mapped, target.address()) {
        (Some(socket), _) => vec![socket],
        (None, Some(address)) => vec![SocketAddr::new(address, port)],
        (None, None) => {
            let resolve = |source| ConnectError::Resolve { host: host.to_owned(), source };
            let found = timeout(options.connect_timeout, tokio::net::lookup_host((host, port)))
                .await
                .map_err(|elapsed| resolve(elapsed.into()))?;
            found.map_err(resolve)?.collect()
        }
    };
    let mut last = ConnectError::Resolve {
        host: host.to_owned(),
        source: io::Error::new(io::ErrorKind::NotFound, "the name has no address"),
    };
    for address in addresses {
        last = match timeout(options.connect_timeout, connect_from(bind, address)).await {
            Ok(Ok(stream)) => return Ok((stream, address)),
            Ok(Err(source)) => ConnectError::Unreachable { host: host.to_owned(), port, source },
            Err(_) => ConnectError::Mute {
                host: host.to_owned(),
                port,
                stage: Stage::Tcp,
                after: options.connect_timeout,
            },
        };
    }
    Err(last)
}

/// A TCP connection, from this address of the machine where one is named.
async fn connect_from(bind: Option<IpAddr>, to: SocketAddr) -> io::Result<TcpStream> {
    let Some(bind) = bind else { return TcpStream::connect(to).await };
    let socket = if bind.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(bind, 0)).map_err(|error| {
        io::Error::new(error.kind(), format!("connections cannot come from {bind} here: {error}"))
    })?;
    socket.connect(to).await
}

fn handshake_error(
    error: HandlerError,
    target: &Target,
    options: &ConnectOptions,
    events: &Events,
) -> ConnectError {
    let (host, port) = (target.host().to_owned(), target.port());
    match error {
        HandlerError::HostKey(error) => ConnectError::HostKey(*error),
        HandlerError::Russh(russh::Error::NoCommonAlgo { kind, theirs, .. }) => {
            let kind = match kind {
                AlgorithmKind::Kex => "key exchange",
                AlgorithmKind::Key => "host key",
                AlgorithmKind::Cipher => "cipher",
                AlgorithmKind::Compression => "compression",
                AlgorithmKind::Mac => "MAC",
            };
            let theirs = first_line(theirs.join(", ").as_bytes());
            ConnectError::NoCommonAlgorithm { host, kind, theirs, legacy: options.legacy }
        }
        HandlerError::Russh(error @ (russh::Error::Disconnect | russh::Error::HUP | russh::Error::IO(_))) => {
            ConnectError::HungUp {
                host,
                stage: Stage::Handshake,
                reason: events.end().unwrap_or_else(|| End::of(&error)).to_string(),
            }
        }
        HandlerError::Russh(error) => ConnectError::Protocol { host, port, source: error.into() },
    }
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The host said goodbye.
    Disconnect {
        /// With these words.
        message: String,
    },
    /// No sign of life.
    Mute,
    /// The host offers no way to log in any more.
    NoMoreMethods,
    /// Anything else.
    Broken(String),
}

impl End {
    fn of(error: &russh::Error) -> Self {
        match error {
            russh::Error::KeepaliveTimeout | russh::Error::InactivityTimeout => End::Mute,
            russh::Error::NoAuthMethod => End::NoMoreMethods,
            russh::Error::Disconnect | russh::Error::HUP => End::Broken("the host closed it".into()),
            russh::Error::IO(error) => End::Broken(match error.kind() {
                io::ErrorKind::UnexpectedEof => "the host closed it".into(),
                _ => error.to_string(),
            }),
            error => End::Broken(error.to_string()),
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Disconnect { message } => write!(f, "the host said: {message}"),
            End::Mute => f.write_str("no sign of life"),
            End::NoMoreMethods => f.write_str("no way to log in is left"),
            End::Broken(reason) => f.write_str(reason),
        }
    }
}

/// What russh tells about a connection, shared between its task and us.
#[derive(Clone)]
pub(crate) struct Events {
    seen: Arc<Mutex<Seen>>,
    over: Arc<tokio::sync::Notify>,
    verifier: Arc<Verifier>,
    host: String,
    keepalive: Option<Duration>,
}

#[derive(Default)]
struct Seen {
    host_key: Option<HostKey>,
    banner: String,
    end: Option<End>,
}

impl Events {
    fn new(verifier: Verifier, host: String, keepalive: Option<Duration>) -> Self {
        Events { seen: Arc::default(), over: Arc::default(), verifier: Arc::new(verifier), host, keepalive }
    }
    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        // Single assignments only: what a panic elsewhere left is whole.
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
    fn host_key(&self) -> Option<HostKey> {
        self.with(|seen| seen.host_key.clone())
    }
    /// How the connection ended, once it has.
    pub(crate) fn end(&self) -> Option<End> {
        self.with(|seen| seen.end.clone())
    }
    /// Waits, shortly, for the connection's task to say how it ended.
    async fn ended(&self) -> End {
        let over = self.over.notified();
        if let Some(end) = self.end() {
            return end;
        }
        let _ = timeout(CLOSE_WAIT, over).await;
        self.end().unwrap_or_else(|| End::Broken("the connection is gone".into()))
    }
}

/// The error type that russh carries for us.
#[derive(Debug)]
pub(crate) enum HandlerError {
    Russh(russh::Error),
    HostKey(Box<HostKeyError>),
}

impl From<russh::Error> for HandlerError {
    fn from(error: russh::Error) -> Self {
        HandlerError::Russh(error)
    }
}

impl client::Handler for Events {
    type Error = HandlerError;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, HandlerError> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else {
            let host = self.host.clone();
            return Err(HandlerError::HostKey(Box::new(HostKeyError::Certificate { host })));
        };
        let key = HostKey::new(key.clone());
        self.verifier.check(&key).map_err(|error| HandlerError::HostKey(Box::new(error)))?;
        self.with(|seen| seen.host_key = Some(key));
        Ok(true)
    }

    async fn auth_banner(&mut self, text: &str, _: &mut client::Session) -> Result<(), HandlerError> {
        let clean = text.chars().filter(|c| !c.is_control() || *c == '\n').take(4096).collect();
        self.with(|seen| seen.banner = clean);
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<HandlerError>) -> Result<(), HandlerError> {
        let end = match &reason {
            DisconnectReason::ReceivedDisconnect(said) => {
                End::Disconnect { message: first_line(said.message.as_bytes()) }
            }
            DisconnectReason::Error(HandlerError::Russh(error)) => End::of(error),
            DisconnectReason::Error(HandlerError::HostKey(error)) => End::Broken(error.to_string()),
        };
        self.with(|seen| seen.end = Some(end));
        self.over.notify_waiters();
        Ok(())
    }
}
