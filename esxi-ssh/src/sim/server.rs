//! The SSH server: who may log in, and what a session may ask for.

use super::config::Vantage;
use super::event::Event;
use super::gate::Gate;
use super::host::Shared;
use super::session::{self, Input, Start, Terminal};
use esxi_core::EsxiVersion;
use russh::keys::{Algorithm, HashAlg, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
    run_stream,
};
use russh::{
    Channel, ChannelId, ChannelOpenFailure, ChannelWriteHalf, MethodKind, MethodSet, Preferred, Pty, Sig,
    SshId,
};
use secrecy::ExposeSecret;
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

/// The only user. Others need a role that only the API gives.
const USER: &str = "root";

/// What a listener stands for.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) vantage: Vantage,
    pub(crate) address: IpAddr,
    pub(crate) gate: Arc<Gate>,
}

/// Accepts connections until the host is shut down.
pub(crate) async fn accept(
    listener: TcpListener,
    place: Place,
    host: Weak<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let stream = tokio::select! {
            () = told(&mut stop) => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file handles, or the client went away again: neither ends the listener.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let Some(host) = host.upgrade() else { return };
        let _ = stream.set_nodelay(true);
        let client_port = stream.peer_addr().map_or(0, |peer| peer.port());
        let stream = place.gate.guard(stream);
        let connection = host.next_connection();
        let config = Arc::new(server_config(&host));
        let (vantage, address) = (place.vantage.clone(), place.address);
        host.tell(Event::ConnectionOpened { connection, vantage: vantage.name.clone(), address });
        let handler = Connection {
            number: connection,
            client: vantage.address,
            client_port,
            address,
            sessions: HashMap::new(),
            host: Arc::clone(&host),
        };
        let mut stop = stop.clone();
        tokio::spawn(async move {
            let session = async {
                if let Ok(session) = run_stream(config, stream, handler).await {
                    // How a connection ends is the client's business.
                    let _ = session.await;
                }
            };
            tokio::select! {
                () = session => {}
                () = told(&mut stop) => {}
            }
            host.tell(Event::ConnectionClosed { connection });
        });
    }
}

/// Resolves when the host is shut down, or gone.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Methods and algorithms by version. The lists of 8.0 are those of its `sshd_config` (verified on 8.0.2);
/// earlier versions are believed to add Curve25519, group 14 with SHA-1 and russh's other defaults.
fn server_config(host: &Shared) -> Config {
    let strict = strict(host);
    let mut methods = vec![MethodKind::PublicKey, MethodKind::KeyboardInteractive];
    if !strict {
        methods.push(MethodKind::Password);
    }
    let mut preferred = Preferred::default();
    use russh::{cipher, kex, mac};
    let mut exchanges = vec![
        kex::ECDH_SHA2_NISTP256,
        kex::ECDH_SHA2_NISTP384,
        kex::ECDH_SHA2_NISTP521,
        kex::DH_GEX_SHA256,
        kex::DH_G16_SHA512,
        kex::DH_G18_SHA512,
        kex::DH_G14_SHA256,
        kex::EXTENSION_SUPPORT_AS_SERVER,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
    ];
    if !strict {
        exchanges.splice(0..0, [kex::CURVE25519, kex::CURVE25519_PRE_RFC_8731]);
        exchanges.push(kex::DH_G14_SHA1);
    }
    preferred.kex = Cow::Owned(exchanges);
    if strict {
        preferred.cipher = Cow::Borrowed(&[
            cipher::AES_256_GCM,
            cipher::AES_128_GCM,
            cipher::AES_256_CTR,
            cipher::AES_192_CTR,
            cipher::AES_128_CTR,
        ]);
        preferred.mac = Cow::Borrowed(&[mac::HMAC_SHA256, mac::HMAC_SHA512]);
        let usable: Vec<Algorithm> = preferred.key.iter().filter(|key| fips(key)).cloned().collect();
        preferred.key = Cow::Owned(usable);
    }
    Config {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-esxi-sim")),
        methods: MethodSet::from(methods.as_slice()),
        auth_rejection_time: Duration::ZERO,
        keys: vec![host.key.clone()],
        preferred,
        max_auth_attempts: 6,
        // A mute connection stays: the gate decides, not a timer.
        inactivity_timeout: None,
        ..Config::default()
    }
}

/// From 8.0 the server is set up more strictly.
fn strict(host: &Shared) -> bool {
    host.world().machine.state.version >= EsxiVersion::new(8, 0)
}

/// From 8.0 the server runs in FIPS mode: RSA without SHA-1, and ECDSA. Ed25519 is refused without a word
/// (verified).
fn fips(algorithm: &Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::Ecdsa { .. } | Algorithm::Rsa { hash: Some(HashAlg::Sha256 | HashAlg::Sha512) }
    )
}

/// One SSH connection.
struct Connection {
    number: u64,
    client: IpAddr,
    client_port: u16,
    address: IpAddr,
    sessions: HashMap<ChannelId, SessionChannel>,
    host: Arc<Shared>,
}

#[derive(Default)]
struct SessionChannel {
    /// Taken when the session starts.
    out: Option<ChannelWriteHalf<Msg>>,
    terminal: Option<Terminal>,
    input: Option<mpsc::UnboundedSender<Input>>,
}

impl Connection {
    fn strict(&self) -> bool {
        strict(&self.host)
    }

    fn may_use(&self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> bool {
        let strict = self.strict();
        let known = || self.host.authorized_keys().iter().any(|one| one.key_data() == key.key_data());
        user == USER && (!strict || fips(algorithm)) && known()
    }

    fn password_fits(&self, user: &str, given: &[u8]) -> bool {
        let Some(password) = &self.host.config.root_password else { return false };
        user == USER && password.expose_secret().as_bytes() == given
    }

    fn logged_in(&self, method: &'static str) -> Auth {
        self.host.tell(Event::LoggedIn { connection: self.number, method });
        Auth::Accept
    }

    fn refused(&self, method: &'static str) -> Auth {
        self.host.tell(Event::PasswordRefused { connection: self.number, method });
        Auth::reject()
    }

    fn send(&self, channel: ChannelId, input: Input) {
        let to = self.sessions.get(&channel).and_then(|session| session.input.as_ref());
        // A session that has ended needs no input.
        let _ = to.map(|to| to.send(input));
    }

    fn start(&mut self, channel: ChannelId, start: Start, session: &mut Session) -> Result<(), russh::Error> {
        let Some(slot) = self.sessions.get_mut(&channel) else { return session.channel_failure(channel) };
        let Some(out) = slot.out.take() else { return session.channel_failure(channel) };
        let (sender, input) = mpsc::unbounded_channel();
        slot.input = Some(sender);
        let client = format!("{} {} ", self.client, self.client_port);
        let session_of = session::SessionOf {
            host: Arc::clone(&self.host),
            start,
            terminal: slot.terminal.take(),
            ssh_client: format!("{client}22"),
            ssh_connection: format!("{client}{} 22", self.address),
            out,
            handle: session.handle(),
            input,
        };
        session.channel_success(channel)?;
        tokio::spawn(session_of.run());
        Ok(())
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        Ok(self.host.config.banner.clone().filter(|banner| !banner.is_empty()))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        // Off from 8.0 (verified on 8.0.2): only keyboard-interactive takes a password there. A method that is
        // not offered may be tried all the same.
        let fits = !self.strict() && self.password_fits(user, password.as_bytes());
        Ok(if fits { self.logged_in("password") } else { self.refused("password") })
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        let fits = self.may_use(user, offer.public_key, offer.algorithm);
        Ok(if fits { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let fits = self.may_use(user, key.public_key, key.algorithm);
        Ok(if fits { self.logged_in("publickey") } else { Auth::reject() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(mut answers) = response else {
            return Ok(Auth::Partial {
                name: Cow::Borrowed(""),
                instructions: Cow::Borrowed(""),
                prompts: Cow::Borrowed(&[(Cow::Borrowed("Password: "), false)]),
            });
        };
        let fits = answers.next().is_some_and(|answer| self.password_fits(user, &answer));
        Ok(if fits { self.logged_in("keyboard-interactive") } else { self.refused("keyboard-interactive") })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.sessions.len() >= self.host.config.max_sessions {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        }
        let id = channel.id();
        // Input comes through the handler's own methods: they never wait for a session, so that one whose
        // program reads nothing does not hold up the others.
        let (_, out) = channel.split();
        self.sessions.insert(id, SessionChannel { out: Some(out), ..SessionChannel::default() });
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _pixel_width: u32,
        _pixel_height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(slot) = self.sessions.get_mut(&channel) else { return session.channel_failure(channel) };
        slot.terminal = Some(Terminal { term: term.to_owned(), columns, rows });
        session.channel_success(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let line = String::from_utf8_lossy(data).into_owned();
        self.start(channel, Start::Exec(line), session)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.start(channel, Start::Shell, session)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        columns: u32,
        rows: u32,
        _pixel_width: u32,
        _pixel_height: u32,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.send(channel, Input::Resize { columns, rows });
        Ok(())
    }

    async fn signal(
        &mut self,
        channel: ChannelId,
        signal: Sig,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.send(channel, Input::Signal(signal));
        Ok(())
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.send(channel, Input::Data(data.to_vec()));
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.send(channel, Input::Eof);
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        // Dropping the sender tells the session.
        self.sessions.remove(&channel);
        Ok(())
    }
}
