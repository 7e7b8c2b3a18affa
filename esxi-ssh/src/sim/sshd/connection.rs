//! One connection: its log-in, and what its channels may ask for.

use super::authorized::Limits;
use super::gate::Greeting;
use super::login::{self, Rules};
use super::session::{Input, SessionOf, Start, Terminal};
use crate::sim::event::Event;
use crate::sim::host::Shared;
use crate::sim::jail::logs::Log;
use esxi_core::model::Proof;
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, ChannelWriteHalf, MethodKind, Pty, Sig};
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What keyboard-interactive asks, on every version (PAM's own word). OpenSSH's client from 8.6 on shows it with
/// `(root@host) ` in front.
const PROMPT: &str = "Password: ";

/// What a connection has to say to the task that looks after it.
#[derive(Debug)]
pub(super) enum Word {
    LoggedIn,
    TooManyFailures,
    /// Failed, and whatever the client tries next would not be answered.
    NoSecondChance,
    /// Logged in, but by a user who may not use the shell.
    NotForYou,
}

/// How far keyboard-interactive has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Asked {
    #[default]
    Nothing,
    /// A list without a prompt, before the password.
    Greeting,
    Password,
    /// A list without a prompt, after the right password.
    GoodBye,
}

/// One SSH connection.
pub(super) struct Connection {
    number: u64,
    client: (IpAddr, u16),
    address: IpAddr,
    rules: Rules,
    greeting: Greeting,
    asked: Asked,
    failures: usize,
    tell: mpsc::UnboundedSender<Word>,
    login: Option<Login>,
    sessions: HashMap<ChannelId, SessionChannel>,
    host: Arc<Shared>,
}

/// Who it is, and what they may do, once they are logged in.
struct Login {
    user: String,
    limits: Limits,
    proof: Proof,
}

#[derive(Default)]
struct SessionChannel {
    /// Taken when the session starts.
    out: Option<ChannelWriteHalf<Msg>>,
    terminal: Option<Terminal>,
    input: Option<mpsc::UnboundedSender<Input>>,
}

impl Connection {
    pub(super) fn new(
        host: Arc<Shared>,
        rules: Rules,
        number: u64,
        client: (IpAddr, u16),
        address: IpAddr,
        greeting: Greeting,
        tell: mpsc::UnboundedSender<Word>,
    ) -> Connection {
        let (asked, sessions) = (Asked::default(), HashMap::new());
        let (failures, login) = (0, None);
        Connection { number, client, address, rules, greeting, asked, failures, tell, login, sessions, host }
    }

    /// paramiko asks for the service of log-ins anew before each attempt. OpenSSH grants it each time, russh once:
    /// only the first attempt is heard. What would have been its second, a password over keyboard-interactive
    /// where the `password` method is refused, is therefore taken as its first.
    fn has_one_attempt(&self) -> bool {
        self.greeting.names("paramiko")
    }

    /// What a log-in by this key may do.
    fn limits_of(&self, user: &str, offer: &PublicKeyOffer<'_>) -> Option<Limits> {
        let release = self.host.ssh.release;
        login::key(&self.host, release, user, offer.public_key, offer.algorithm, self.client.0)
    }

    /// A line in the host's `auth.log`.
    fn log(&self, text: &str) {
        self.host.world().log(Log::Auth, &format!("sshd[{}]", 2_097_200 + self.number), text);
    }

    fn logged_in(&mut self, user: &str, limits: Limits, method: &'static str) -> Auth {
        let (address, port) = self.client;
        self.log(&format!("Accepted {method} for {user} from {address} port {port} ssh2"));
        self.host.tell(Event::LoggedIn { connection: self.number, method });
        let proof = if method == "publickey" { Proof::Key } else { Proof::Password };
        self.login = Some(Login { user: user.to_owned(), limits, proof });
        Auth::Accept
    }

    /// Whoever failed too often is not listened to until the connection is closed.
    fn heeded(&self) -> Result<(), russh::Error> {
        let over = self.failures >= self.rules.max_tries;
        if over { Err(russh::Error::Disconnect) } else { Ok(()) }
    }

    /// Counts a failure, by OpenSSH's rules: everything but the first question for methods.
    fn failed(&mut self) -> Auth {
        self.failures += 1;
        if self.failures >= self.rules.max_tries {
            let _ = self.tell.send(Word::TooManyFailures);
        }
        // Without the list russh would offer no second password.
        let mut methods = self.host.ssh.release.methods(self.rules.password);
        if self.has_one_attempt() {
            methods.push(MethodKind::Password);
            let _ = self.tell.send(Word::NoSecondChance);
        }
        Auth::Reject { proceed_with_methods: Some(methods), partial_success: false }
    }

    fn password_refused(&mut self, method: &'static str) -> Auth {
        self.host.tell(Event::PasswordRefused { connection: self.number, method });
        self.failed()
    }

    fn ask(&mut self, asked: Asked) -> Auth {
        self.asked = asked;
        let prompts: &[(Cow<'static, str>, bool)] = match asked {
            Asked::Password => &[(Cow::Borrowed(PROMPT), false)],
            _ => &[],
        };
        let (name, instructions) = (Cow::Borrowed(""), Cow::Borrowed(""));
        Auth::Partial { name, instructions, prompts: Cow::Borrowed(prompts) }
    }

    fn send(&self, channel: ChannelId, input: Input) {
        let to = self.sessions.get(&channel).and_then(|session| session.input.as_ref());
        // A session that has ended needs no input.
        let _ = to.map(|to| to.send(input));
    }

    fn start(&mut self, channel: ChannelId, start: Start, session: &mut Session) -> Result<(), russh::Error> {
        let Some(slot) = self.sessions.get_mut(&channel) else { return session.channel_failure(channel) };
        let (Some(out), Some(Login { user, limits, .. })) = (slot.out.take(), &self.login) else {
            return session.channel_failure(channel);
        };
        let (sender, input) = mpsc::unbounded_channel();
        slot.input = Some(sender);
        let (client, port) = self.client;
        let session_of = SessionOf {
            host: Arc::clone(&self.host),
            user: user.clone(),
            forced: limits.command.clone(),
            start,
            terminal: slot.terminal.take(),
            ssh_client: format!("{client} {port} 22"),
            ssh_connection: format!("{client} {port} {} 22", self.address),
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
        let issue = self.host.file("/etc/issue").unwrap_or_default();
        Ok(Some(String::from_utf8_lossy(&issue).into_owned()).filter(|text| !text.is_empty()))
    }

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, Self::Error> {
        Ok(Auth::reject())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        self.heeded()?;
        // A method that is not offered may be tried all the same.
        let method = match self.rules.password {
            true => "password",
            false if self.has_one_attempt() => "keyboard-interactive",
            false => return Ok(self.failed()),
        };
        Ok(match login::password(&self.host, user, password, self.client.0) {
            true => self.logged_in(user, Limits::default(), method),
            false => self.password_refused(method),
        })
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        self.heeded()?;
        let known = self.limits_of(user, &offer).is_some();
        Ok(if known { Auth::Accept } else { self.failed() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        self.heeded()?;
        let release = self.host.ssh.release;
        let limits = login::key(&self.host, release, user, key.public_key, key.algorithm, self.client.0);
        Ok(match limits {
            Some(limits) => self.logged_in(user, limits, "publickey"),
            None => self.failed(),
        })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        self.heeded()?;
        let settings = &self.host.config.ssh;
        let Some(mut answers) = response else {
            let greets = settings.empty_prompts_before;
            return Ok(self.ask(if greets { Asked::Greeting } else { Asked::Password }));
        };
        let good_bye = settings.empty_prompts_after.unwrap_or(self.host.ssh.release.pam);
        match std::mem::take(&mut self.asked) {
            Asked::Greeting => Ok(self.ask(Asked::Password)),
            Asked::GoodBye => Ok(self.logged_in(user, Limits::default(), "keyboard-interactive")),
            Asked::Password => {
                let answer = answers.next().unwrap_or_default();
                let given = String::from_utf8_lossy(&answer);
                Ok(match login::password(&self.host, user, &given, self.client.0) {
                    true if good_bye => self.ask(Asked::GoodBye),
                    true => self.logged_in(user, Limits::default(), "keyboard-interactive"),
                    false => self.password_refused("keyboard-interactive"),
                })
            }
            Asked::Nothing => Ok(self.failed()),
        }
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Self::Error> {
        let login = self.login.as_ref();
        let allowed = login.is_some_and(|login| login::has_shell(&self.host, &login.user, login.proof));
        // The task that looks after this connection lives as long.
        let _ = self.tell.send(if allowed { Word::LoggedIn } else { Word::NotForYou });
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        // A session that has ended by itself counts no more, whether or not the client has taken leave of it.
        let ended = |one: &SessionChannel| one.input.as_ref().is_some_and(mpsc::UnboundedSender::is_closed);
        self.sessions.retain(|_, one| !ended(one));
        if self.sessions.len() >= self.rules.max_sessions {
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
        let allowed = self.login.as_ref().is_some_and(|login| !login.limits.no_pty);
        match self.sessions.get_mut(&channel) {
            Some(slot) if allowed => slot.terminal = Some(Terminal { term: term.to_owned(), columns, rows }),
            _ => return session.channel_failure(channel),
        }
        session.channel_success(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.start(channel, Start::Exec(data.to_vec()), session)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.start(channel, Start::Shell, session)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        // Without a shell there are no files to serve, either.
        if name != "sftp" || !self.host.config.ssh.sftp || self.host.entrance().is_none() {
            return session.channel_failure(channel);
        }
        self.start(channel, Start::Sftp, session)
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

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single_connection: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
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
        if self.host.ssh.release.signals {
            self.send(channel, Input::Signal(signal));
        }
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
