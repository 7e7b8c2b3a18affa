//! The SSH server: listeners, and what becomes of each connection before and after its log-in.
//!
//! Built like ESXi's: OpenSSH's rules, the lists of the host's version ([`algorithms`]), keys from
//! `/etc/ssh/keys-<user>/authorized_keys` as the file is at that moment, passwords as the machine knows them, no
//! forwarding of any kind, no variables from the client. `sftp` and `scp` are programs inside of the jail
//! ([`programs`](super::programs)), started through the user's shell, as `sshd` does.

mod algorithms;
mod authorized;
mod connection;
mod gate;
mod line;
mod login;
pub(crate) mod session;
pub(crate) mod settings;

pub(crate) use authorized::Authorized;
pub(crate) use gate::Gate;
pub(crate) use line::Limit;

use super::config::{SimConfig, Vantage};
use super::event::Event;
use super::host::Shared;
use super::{KeyPair, SimError};
use algorithms::{Release, release};
use connection::{Connection, Word};
use gate::GatedStream;
use login::Rules;
use russh::keys::PrivateKey;
use russh::server::{Config, run_stream};
use russh::{Disconnect, Limits};
use secrecy::ExposeSecret;
use settings::{MaxStartups, SshSettings};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// What a listener stands for.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) vantage: Vantage,
    pub(crate) address: IpAddr,
    pub(crate) gate: Arc<Gate>,
}

/// The server of one host: what outlives connections.
#[derive(Debug)]
pub(crate) struct Server {
    /// Host keys, the one that clients take by preference first.
    keys: Vec<PrivateKey>,
    release: &'static Release,
    startups: Arc<Mutex<Startups>>,
}

/// Connections that wait for their log-in.
#[derive(Debug, Default)]
struct Startups {
    waiting: usize,
    /// Hundredths of a refusal that are due: shares are kept exactly and without chance.
    due: usize,
}

/// A connection that counts as waiting for its log-in until this is dropped.
struct Waiting(Arc<Mutex<Startups>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting -= 1;
    }
}

impl Server {
    /// With the keys that the configuration gives, or new ones of the kinds that the version has. The machine
    /// learns whether SSH is on, and root's password.
    pub(crate) fn new(config: &mut SimConfig) -> Result<Server, SimError> {
        if config.ssh.enable {
            config.machine.system.enable_ssh();
        }
        if let Some(password) = &config.root_password {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            config.machine.system.set_password("root", password.expose_secret(), now);
        }
        let release = release(algorithms::version(&config.ssh, config.machine.state.version));
        let mut keys: Vec<PrivateKey> = config.host_key.iter().cloned().collect();
        if keys.is_empty() && release.ecdsa() {
            keys.push(KeyPair::generate()?.into_private());
        }
        if keys.is_empty() || config.ssh.rsa_host_key {
            keys.push(KeyPair::generate_rsa()?.into_private());
        }
        Ok(Server { keys, release, startups: Arc::default() })
    }

    pub(crate) fn keys(&self) -> &[PrivateKey] {
        &self.keys
    }

    fn admit(&self, limits: MaxStartups) -> Option<Waiting> {
        let mut startups = self.startups.lock().unwrap_or_else(PoisonError::into_inner);
        match limits.refused_of_hundred(startups.waiting) {
            0 => startups.due = 0,
            share => startups.due += share,
        }
        if startups.due >= 100 {
            startups.due -= 100;
            return None;
        }
        startups.waiting += 1;
        Some(Waiting(Arc::clone(&self.startups)))
    }

    fn config(&self, settings: &SshSettings, rules: Rules) -> Config {
        let (bytes, time) = settings.rekey_limit;
        let bytes = bytes.min(1 << 30);
        Config {
            server_id: self.release.id(),
            methods: self.release.methods(rules.password),
            auth_rejection_time: Duration::ZERO,
            keys: self.keys.clone(),
            preferred: self.release.preferred(),
            // The connection counts by OpenSSH's rules and ends itself; this is for what it never sees.
            max_auth_attempts: rules.max_tries.saturating_mul(2).saturating_add(8),
            limits: Limits::new(bytes, bytes, time),
            // A mute connection stays: the gate decides, not a timer.
            inactivity_timeout: None,
            keepalive_interval: Some(settings.client_alive_interval).filter(|every| !every.is_zero()),
            keepalive_max: settings.client_alive_count_max,
            ..Config::default()
        }
    }
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
        let connection = host.next_connection();
        let (vantage, address) = (place.vantage.name.clone(), place.address);
        host.tell(Event::ConnectionOpened { connection, vantage, address });
        let (place, mut stop) = (place.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = attend(&host, connection, &place, stream) => {}
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

/// One connection, from its first byte to its last.
async fn attend(host: &Arc<Shared>, number: u64, place: &Place, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let client_port = stream.peer_addr().map_or(0, |peer| peer.port());
    let stream = place.gate.guard(stream);
    let id = stream.id();
    // A host that does not answer does not say that nobody listens, either.
    if stream.passable().await.is_err() {
        return;
    }
    if !login::server_runs(host) {
        return stream.reset();
    }
    let settings = &host.config.ssh;
    let Some(waiting) = host.ssh.admit(settings.max_startups) else { return };
    let (tell, mut words) = mpsc::unbounded_channel();
    let client = place.vantage.address;
    let client = (client, client_port);
    let rules = Rules::of(host);
    let connection =
        Connection::new(Arc::clone(host), rules, number, client, place.address, stream.greeting(), tell);
    let grace = tokio::time::sleep(settings.login_grace_time);
    let served =
        serve(Arc::new(host.ssh.config(settings, rules)), stream, connection, &mut words, waiting, grace);
    served.await;
    place.gate.close(id);
}

/// Runs the protocol until either side ends it.
async fn serve(
    config: Arc<Config>,
    stream: GatedStream,
    connection: Connection,
    words: &mut mpsc::UnboundedReceiver<Word>,
    waiting: Waiting,
    grace: tokio::time::Sleep,
) {
    let mut waiting = Some(waiting);
    tokio::pin!(grace);
    let session = tokio::select! {
        session = run_stream(config, stream, connection) => session,
        () = &mut grace => return,
    };
    // How a connection ends is the client's business.
    let Ok(mut session) = session else { return };
    let handle = session.handle();
    loop {
        tokio::select! {
            _ = &mut session => return,
            () = &mut grace, if waiting.is_some() => return,
            word = words.recv() => match word {
                Some(Word::LoggedIn) => drop(waiting.take()),
                Some(Word::TooManyFailures) => {
                    let text = "Too many authentication failures".to_owned();
                    let _ = handle.disconnect(Disconnect::ProtocolError, text, String::new()).await;
                }
                Some(Word::NoSecondChance) => {
                    let text = "esxi-sim: paramiko's second attempt to log in is not answered; see look_for_keys \
                                and allow_agent";
                    let _ = handle.disconnect(Disconnect::ByApplication, text.to_owned(), String::new()).await;
                }
                Some(Word::NotForYou) => return,
                // The connection is gone, and the session ends in a moment.
                None => {
                    let _ = session.await;
                    return;
                }
            },
        }
    }
}
