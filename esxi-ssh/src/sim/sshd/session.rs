//! One session: a command of the model, or a program in the jail with its bytes carried to and fro.

use crate::sim::applet;
use crate::sim::host::Shared;
use crate::sim::jail::Entry;
use crate::sim::programs;
use crate::sim::words::simple_command;
use esxi_core::model::{Call, Output};
use russh::server::{Handle, Msg};
use russh::{ChannelWriteHalf, Sig};
use rustix::process::{Pid, Signal};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How long output that is still under way may delay the exit status; what comes later follows it. A child
/// left in the background may hold the pipes for ever.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// What the client sends to a running session.
#[derive(Debug)]
pub(crate) enum Input {
    Data(Vec<u8>),
    Eof,
    Resize { columns: u32, rows: u32 },
    Signal(Sig),
}

/// What the client asked for.
#[derive(Debug)]
pub(crate) enum Start {
    /// A command line.
    Exec(Vec<u8>),
    /// A login shell.
    Shell,
    /// The subsystem for files.
    Sftp,
}

/// The client's terminal.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    pub(crate) term: String,
    pub(crate) columns: u32,
    pub(crate) rows: u32,
}

/// A session that is about to run.
pub(crate) struct SessionOf {
    pub(crate) host: Arc<Shared>,
    /// Whose it is.
    pub(crate) user: String,
    /// The command of the key's line, which runs whatever was asked for.
    pub(crate) forced: Option<String>,
    pub(crate) start: Start,
    pub(crate) terminal: Option<Terminal>,
    pub(crate) ssh_client: String,
    pub(crate) ssh_connection: String,
    pub(crate) out: ChannelWriteHalf<Msg>,
    pub(crate) handle: Handle,
    pub(crate) input: mpsc::UnboundedReceiver<Input>,
}

type Environment = Vec<(&'static str, OsString)>;

/// How it ended.
enum End {
    Status(u32),
    Signal(Sig),
    /// The client closed the channel, or the host went down: nothing is left to say.
    Gone,
}

/// The outer program of an entry.
pub(crate) fn command(entry: &Entry) -> Command {
    let mut command = Command::new(&entry.program);
    command
        .args(&entry.args)
        .env_clear()
        .env("PATH", crate::sim::jail::PATH)
        .env("HOME", "/")
        .current_dir("/");
    if let Some(user) = entry.user {
        command.uid(user).gid(user);
    }
    command
}

impl SessionOf {
    /// Runs it to its end and closes the channel.
    pub(crate) async fn run(mut self) {
        let end = self.work().await;
        let id = self.out.id();
        // From now on it counts no more as a session of its connection.
        self.input.close();
        if matches!(end, End::Gone) {
            return;
        }
        self.tell(&end).await;
        // Every call fails only when the connection is gone.
        let _ = self.handle.eof(id).await;
        let _ = self.handle.close(id).await;
    }

    /// Tells the client how the program has ended.
    async fn tell(&self, end: &End) {
        let id = self.out.id();
        // Every call fails only when the connection is gone.
        match end {
            End::Gone => {}
            End::Status(status) => {
                let _ = self.handle.exit_status_request(id, *status).await;
            }
            End::Signal(signal) => {
                let none = String::new;
                let _ = self.handle.exit_signal_request(id, signal.clone(), false, none(), none()).await;
            }
        }
    }

    async fn work(&mut self) -> End {
        // What the client asked for is at hand for the command that runs in its place.
        let original = self.forced.is_some().then(|| match &self.start {
            Start::Exec(line) => Some(OsString::from_vec(line.clone())),
            Start::Shell => None,
            Start::Sftp => Some(programs::SFTP_SERVER.into()),
        });
        let line = match (&self.forced, &self.start) {
            (Some(forced), _) => Some(forced.clone().into_bytes()),
            (None, Start::Exec(line)) => Some(line.clone()),
            (None, Start::Sftp) => Some(format!("{} -f LOCAL5 -l INFO", programs::SFTP_SERVER).into_bytes()),
            (None, Start::Shell) => None,
        };
        if let Some(argv) = line.as_deref().and_then(|line| simple_command(std::str::from_utf8(line).ok()?))
            && is_applet_path(&argv[0])
        {
            return match self.host.carry_out(&Call::new(&argv), self.client()).await {
                Some(output) => self.say(output).await,
                None => self.wait_for_the_end().await,
            };
        }
        let Some(entrance) = self.host.entrance() else {
            let text = "esxi-sim: this host was started without a shell and executes simple commands only\n";
            return self
                .say(Output { stderr: text.as_bytes().to_vec(), status: 127, ..Output::default() })
                .await;
        };
        let shell = "/bin/sh".into();
        let words = match line {
            Some(line) => [shell, "-c".into(), OsString::from_vec(line)].to_vec(),
            None => [shell, OsString::from("-l")].to_vec(),
        };
        let mut environment = self.environment();
        environment.extend(original.flatten().map(|line| ("SSH_ORIGINAL_COMMAND", line)));
        let started = match self.terminal.clone() {
            Some(terminal) => self.on_terminal(&entrance.enter(&words, true), environment, &terminal).await,
            None => self.on_pipes(&entrance.enter(&words, false), environment).await,
        };
        match started {
            Ok(end) => end,
            Err(error) => {
                let text = format!("esxi-sim: the shell cannot be started: {error}\n");
                self.say(Output { stderr: text.into_bytes(), status: 126, ..Output::default() }).await
            }
        }
    }

    /// Hands out the output of a command of the model.
    async fn say(&mut self, output: Output) -> End {
        let said = async {
            self.out.data(output.stdout.as_slice()).await?;
            self.out.extended_data(1, output.stderr.as_slice()).await
        };
        let closed = async { while self.input.recv().await.is_some() {} };
        tokio::select! {
            said = said => if said.is_ok() { End::Status(output.status.into()) } else { End::Gone },
            () = closed => End::Gone,
        }
    }

    /// The client's address, as the host sees it.
    fn client(&self) -> Option<std::net::IpAddr> {
        self.ssh_client.split(' ').next()?.parse().ok()
    }

    async fn wait_for_the_end(&mut self) -> End {
        while self.input.recv().await.is_some() {}
        End::Gone
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("USER", self.user.clone().into()),
            ("LOGNAME", self.user.clone().into()),
            ("SHELL", "/bin/sh".into()),
            ("SSH_CLIENT", self.ssh_client.clone().into()),
            ("SSH_CONNECTION", self.ssh_connection.clone().into()),
        ]
    }

    async fn on_pipes(&mut self, entry: &Entry, environment: Environment) -> std::io::Result<End> {
        let mut command = command(entry);
        command.envs(environment);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        };
        let out = self.out.make_writer();
        let err = self.out.make_writer_ext(Some(1));
        let mut pumps = vec![tokio::spawn(pump(stdout, out)), tokio::spawn(pump(stderr, err))];
        Ok(self.attend(&mut child, stdin, &mut pumps, |_, _| ()).await)
    }

    /// Shows the message of the day to whoever gets a login shell on a terminal (`PrintMotd`).
    async fn greet(&mut self) {
        if !matches!(self.start, Start::Shell) || self.forced.is_some() {
            return;
        }
        let text = self.host.file("etc/motd").unwrap_or_default();
        let text = String::from_utf8_lossy(&text).replace('\n', "\r\n");
        if !text.is_empty() {
            // Fails only when the connection is gone, which shows soon enough.
            let _ = self.out.data(text.as_bytes()).await;
        }
    }

    async fn on_terminal(
        &mut self,
        entry: &Entry,
        environment: Environment,
        terminal: &Terminal,
    ) -> std::io::Result<End> {
        self.greet().await;
        let (pty, pts) = pty_process::open().map_err(std::io::Error::other)?;
        pty.resize(size(terminal.columns, terminal.rows)).map_err(std::io::Error::other)?;
        let mut command = pty_process::Command::new(&entry.program)
            .args(&entry.args)
            .env_clear()
            .env("PATH", crate::sim::jail::PATH)
            .env("HOME", "/")
            .env("TERM", &terminal.term)
            .envs(environment)
            .current_dir("/");
        if let Some(user) = entry.user {
            command = command.uid(user).gid(user);
        }
        let mut child = command.spawn(pts).map_err(std::io::Error::other)?;
        // The size is set through a handle of its own, because the halves below are busy reading and writing.
        let control = std::os::fd::AsFd::as_fd(&pty).try_clone_to_owned()?;
        let (reader, writer) = pty.into_split();
        let mut pumps = vec![tokio::spawn(pump(reader, self.out.make_writer()))];
        let resize = move |columns: u32, rows: u32| {
            let [ws_col, ws_row] = [columns, rows].map(|cells| u16::try_from(cells).unwrap_or(u16::MAX));
            let size = rustix::termios::Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
            // A terminal that is gone has no size.
            let _ = rustix::termios::tcsetwinsize(&control, size);
        };
        Ok(self.attend(&mut child, writer, &mut pumps, resize).await)
    }

    /// Feeds a running program until it has ended and its output is through, or the client goes away. Then the
    /// program is left alone, as sshd does: it notices when it next writes, or by its terminal's hang-up.
    async fn attend(
        &mut self,
        child: &mut Child,
        stdin: impl AsyncWrite + Unpin + Send + 'static,
        pumps: &mut Vec<JoinHandle<()>>,
        resize: impl Fn(u32, u32),
    ) -> End {
        let leader = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let (feed, food) = mpsc::unbounded_channel();
        let feeder = tokio::spawn(feed_program(food, stdin));
        let mut feed = Some(feed);
        let mut ended: Option<ExitStatus> = None;
        let mut patience = Box::pin(tokio::time::sleep(LAST_WORDS));
        let end = loop {
            let drained = pumps.iter().all(JoinHandle::is_finished);
            if let Some(status) = ended
                && (drained || patience.is_elapsed())
            {
                break end_of(status);
            }
            tokio::select! {
                status = child.wait(), if ended.is_none() => match status {
                    Ok(status) => {
                        ended = Some(status);
                        patience.as_mut().reset(tokio::time::Instant::now() + LAST_WORDS);
                    }
                    Err(_) => break End::Gone,
                },
                () = finish(pumps), if ended.is_some() && !drained => {}
                () = &mut patience, if ended.is_some() => {}
                input = self.input.recv() => match input {
                    None => break End::Gone,
                    Some(Input::Data(data)) => drop(feed.as_ref().map(|feed| feed.send(data))),
                    Some(Input::Eof) => drop(feed.take()),
                    Some(Input::Resize { columns, rows }) => resize(columns, rows),
                    Some(Input::Signal(signal)) => {
                        if let (Some(leader), Some(signal), None) = (leader, number_of(&signal), ended) {
                            send_signal(leader, signal);
                        }
                    }
                },
            }
        };
        feeder.abort();
        if matches!(end, End::Gone) {
            pumps.iter().for_each(JoinHandle::abort);
            return end;
        }
        if !pumps.iter().all(JoinHandle::is_finished) && self.terminal.is_none() {
            return self.linger(end, pumps).await;
        }
        pumps.iter().for_each(JoinHandle::abort);
        end
    }

    /// The program has ended but a child of it still holds the pipes: the status is told now, the channel is
    /// closed when the child lets go, as sshd does.
    async fn linger(&mut self, end: End, pumps: &mut Vec<JoinHandle<()>>) -> End {
        let id = self.out.id();
        self.tell(&end).await;
        loop {
            tokio::select! {
                () = finish(pumps) => {
                    self.input.close();
                    let _ = self.handle.eof(id).await;
                    let _ = self.handle.close(id).await;
                    return End::Gone;
                }
                input = self.input.recv() => if input.is_none() {
                    pumps.iter().for_each(JoinHandle::abort);
                    return End::Gone;
                },
            }
        }
    }
}

/// Signals what runs inside: all of the group but its leader, which only waits at the jail's door and tells how
/// what went in has ended. Before anything has gone in, the leader is all there is; then a second look finds what
/// it let in at the last moment.
fn send_signal(leader: Pid, signal: Signal) {
    let inside = || group_members(leader).into_iter().filter(move |pid| *pid != leader);
    let send = |pid| {
        // Ended in this very moment: nothing to signal.
        let _ = rustix::process::kill_process(pid, signal);
    };
    let mut any = false;
    inside().for_each(|pid| {
        any = true;
        send(pid);
    });
    if !any {
        send(leader);
        inside().for_each(send);
    }
}

/// The processes of a group, as `/proc` has them.
fn group_members(group: Pid) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let members = processes.filter_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name in parentheses may hold anything; state, parent and group follow it.
        let fields = stat.rsplit_once(") ")?.1;
        let its_group: i32 = fields.split(' ').nth(2)?.parse().ok()?;
        (its_group == group.as_raw_nonzero().get()).then(|| Pid::from_raw(pid))?
    });
    members.collect()
}

/// Waits for every pump; may be called again after being dropped half way.
async fn finish(pumps: &mut Vec<JoinHandle<()>>) {
    while let Some(pump) = pumps.last_mut() {
        // A pump that panicked is a pump that has ended.
        let _ = pump.await;
        pumps.pop();
    }
}

/// Carries a program's output to the client until either ends. A terminal whose last user is gone answers with
/// an error: that is its end.
async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let mut buffer = vec![0; 32 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// Writes what comes in to the program, and closes its input at the end.
async fn feed_program(mut food: mpsc::UnboundedReceiver<Vec<u8>>, mut to: impl AsyncWrite + Unpin) {
    while let Some(data) = food.recv().await {
        // A program that reads no more is no error: the rest is dropped.
        if to.write_all(&data).await.is_err() {
            return;
        }
    }
}

/// True for the bare name of an applet or its path.
fn is_applet_path(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or_default();
    let folder = &word[..word.len() - name.len()];
    matches!(folder, "" | "/bin/" | "/sbin/" | "/usr/bin/" | "/usr/sbin/") && applet::is_applet(name)
}

fn size(columns: u32, rows: u32) -> pty_process::Size {
    let [columns, rows] = [columns, rows].map(|cells| u16::try_from(cells).unwrap_or(u16::MAX));
    pty_process::Size::new(rows, columns)
}

fn end_of(status: ExitStatus) -> End {
    if let Some(code) = status.code() {
        return End::Status(u32::try_from(code).unwrap_or(255));
    }
    let named =
        status.signal().and_then(|number| SIGNALS.iter().find(|(_, signal)| signal.as_raw() == number));
    named.map_or(End::Status(255), |(name, _)| End::Signal(name.clone()))
}

fn number_of(wanted: &Sig) -> Option<Signal> {
    let same = |(name, _): &&(Sig, Signal)| std::mem::discriminant(name) == std::mem::discriminant(wanted);
    SIGNALS.iter().find(same).map(|(_, signal)| *signal)
}

/// The signals that SSH has names for.
const SIGNALS: &[(Sig, Signal)] = &[
    (Sig::ABRT, Signal::ABORT),
    (Sig::ALRM, Signal::ALARM),
    (Sig::FPE, Signal::FPE),
    (Sig::HUP, Signal::HUP),
    (Sig::ILL, Signal::ILL),
    (Sig::INT, Signal::INT),
    (Sig::KILL, Signal::KILL),
    (Sig::PIPE, Signal::PIPE),
    (Sig::QUIT, Signal::QUIT),
    (Sig::SEGV, Signal::SEGV),
    (Sig::TERM, Signal::TERM),
    (Sig::USR1, Signal::USR1),
];
