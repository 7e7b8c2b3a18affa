//! An SSH server that asks what a script tells it to, and counts the passwords that it sees.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use esxi_ssh::{ConnectOptions, Credentials, HostKey, HostKeyPolicy, Target};
use russh::keys::{Algorithm, PrivateKey};
use russh::server::{self, Auth, Response};
use russh::{MethodKind, MethodSet};
use tokio::net::TcpListener;

/// What the server does in answer to one step of a keyboard-interactive login.
#[derive(Debug, Clone)]
pub enum Step {
    /// Asks this: prompts, and whether what is typed is shown.
    Ask(&'static [(&'static str, bool)]),
    /// Lets the client in.
    Accept,
    /// Lets it in if the last answers were all the right password, or else refuses.
    Judge,
    /// Says no.
    Refuse,
    /// Says yes, but wants this method as well.
    Then(MethodKind),
    /// Never answers.
    Silence,
    /// Ends the TCP connection without a word.
    Drop,
    /// Says goodbye: what sshd does after the last failure it permits.
    Goodbye,
}

/// What the server saw.
#[derive(Debug, Default)]
pub struct Log {
    /// Every password, by whichever method.
    pub passwords: Vec<String>,
    /// The answers to each set of questions.
    pub answers: Vec<Vec<String>>,
    /// Connections.
    pub connections: usize,
}

pub const PASSWORD: &str = "Right-Passw0rd";

/// The server.
pub struct Prompter {
    pub address: SocketAddr,
    pub host_key: HostKey,
    pub log: Arc<Mutex<Log>>,
}

impl Prompter {
    /// A server that offers these methods and goes through the script on each connection.
    pub async fn start(methods: &[MethodKind], script: &[Step]) -> Prompter {
        Prompter::with(methods, script, russh::Preferred::default()).await
    }
    /// The same with these algorithms.
    pub async fn with(methods: &[MethodKind], script: &[Step], preferred: russh::Preferred) -> Prompter {
        let algorithm = Algorithm::Ecdsa { curve: russh::keys::EcdsaCurve::NistP256 };
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), algorithm).unwrap();
        let host_key = key.public_key().to_openssh().unwrap().parse().unwrap();
        let config = Arc::new(server::Config {
            methods: MethodSet::from(methods),
            auth_rejection_time: Duration::ZERO,
            keys: vec![key],
            preferred,
            ..server::Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Log::default()));
        let (seen, script) = (log.clone(), script.to_vec());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.lock().unwrap().connections += 1;
                let control = Arc::new(OnceLock::new());
                let visit = Visit {
                    log: seen.clone(),
                    script: script.clone().into(),
                    good: false,
                    control: control.clone(),
                };
                let config = config.clone();
                tokio::spawn(async move {
                    if let Ok(session) = server::run_stream(config, stream, visit).await {
                        let _ = control.set(session.handle());
                        let _ = session.await;
                    }
                });
            }
        });
        Prompter { address, host_key, log }
    }
    pub fn target(&self) -> Target {
        Target::new("root", "127.0.0.1", self.address.port()).unwrap()
    }
    /// Trusts this server.
    pub fn options(&self, credentials: Credentials) -> ConnectOptions {
        super::options(credentials, HostKeyPolicy::Pinned(self.host_key.clone()))
    }
    pub fn passwords(&self) -> Vec<String> {
        self.log.lock().unwrap().passwords.clone()
    }
}

struct Visit {
    log: Arc<Mutex<Log>>,
    script: VecDeque<Step>,
    /// The last answers were the right password.
    good: bool,
    /// A way to say something outside of an answer.
    control: Arc<OnceLock<server::Handle>>,
}

impl Visit {
    async fn next(&mut self) -> Result<Auth, russh::Error> {
        Ok(match self.script.pop_front().unwrap_or(Step::Refuse) {
            Step::Ask(prompts) => Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: prompts.iter().map(|(text, echo)| (Cow::Borrowed(*text), *echo)).collect(),
            },
            Step::Accept => Auth::Accept,
            Step::Judge if self.good => Auth::Accept,
            Step::Judge | Step::Refuse => Auth::reject(),
            Step::Then(method) => Auth::Reject {
                proceed_with_methods: Some(MethodSet::from([method].as_slice())),
                partial_success: true,
            },
            Step::Silence => std::future::pending().await,
            Step::Drop => return Err(russh::Error::HUP),
            Step::Goodbye => {
                let control = self.control.get().unwrap();
                let reason = russh::Disconnect::NoMoreAuthMethodsAvailable;
                control.disconnect(reason, "Too many failures".into(), "".into()).await.unwrap();
                // Sent before the goodbye; there is nothing in it to answer.
                Auth::Partial { name: "".into(), instructions: "".into(), prompts: Cow::Borrowed(&[]) }
            }
        })
    }
}

impl server::Handler for Visit {
    type Error = russh::Error;

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        if let Some(response) = response {
            let answers: Vec<String> =
                response.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect();
            self.good = !answers.is_empty() && answers.iter().all(|answer| answer == PASSWORD);
            let mut log = self.log.lock().unwrap();
            log.passwords.extend(answers.iter().cloned());
            log.answers.push(answers);
        }
        self.next().await
    }

    async fn auth_password(&mut self, _: &str, password: &str) -> Result<Auth, russh::Error> {
        self.log.lock().unwrap().passwords.push(password.to_owned());
        if password == PASSWORD { Ok(Auth::Accept) } else { Ok(Auth::reject()) }
    }

    async fn auth_publickey(
        &mut self,
        _: &str,
        _: server::VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        self.next().await
    }
}
