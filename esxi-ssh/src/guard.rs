//! Drives [`esxi_core::guard::Machine`] over connections.

mod bare;

pub use bare::{Unguarded, run_unguarded};

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use esxi_core::guard::{Action, Event, Machine, Outcome, Phase};
use tokio::time::{Instant, sleep};

use crate::{ConnectError, ConnectOptions, HostKey, HostKeyPolicy, Session, Target, Transport};

/// A way to open new connections to one host, wherever it answers now.
pub trait Connector: Send {
    /// What a connection is.
    type Connection: Transport;
    /// Opens a new connection to the first of these addresses that answers.
    fn connect(
        &mut self,
        addresses: &[IpAddr],
    ) -> impl Future<Output = Result<(IpAddr, Self::Connection), NotConnected>> + Send;
}

/// Why no new connection came about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotConnected {
    /// For people.
    pub why: String,
    /// The host that answered shows another key.
    pub other_key: bool,
}

/// Opens SSH connections with the host key of an earlier session pinned.
#[derive(Debug, Clone)]
pub struct SshConnector {
    target: Target,
    options: ConnectOptions,
    from: Option<IpAddr>,
}

impl SshConnector {
    /// Connections like the one that `options` made to `target`, but only to a host that shows this key, and with
    /// little patience: a host that is being changed goes mute without hanging up.
    pub fn new(target: &Target, options: &ConnectOptions, key: HostKey, patience: Duration) -> Self {
        let mut options = options.clone();
        options.host_keys = HostKeyPolicy::Pinned(key);
        // Mute is a connection that leaves three signs of life unanswered.
        options.keepalive = Some(patience / 3);
        options.connect_timeout = options.connect_timeout.min(patience);
        // A log-in may be slow, and yet one in the middle of which the host went mute must not outlast the window.
        options.auth_timeout = options.auth_timeout.min(patience * 4);
        SshConnector { target: target.clone(), options, from: None }
    }

    /// Tries each address from this address of the machine first, as soon as the machine has it: for a change that
    /// only that client may confirm, while the person moves there.
    #[must_use]
    pub fn from(mut self, from: Option<IpAddr>) -> Self {
        self.from = from;
        self
    }
}

impl Connector for SshConnector {
    type Connection = Session;

    async fn connect(&mut self, addresses: &[IpAddr]) -> Result<(IpAddr, Session), NotConnected> {
        let mut failed =
            NotConnected { why: "the host has no address to connect to".to_owned(), other_key: false };
        let from_here = self.from.map(|from| {
            let mut options = self.options.clone();
            options.bind = Some(from);
            options
        });
        let ways: Vec<&ConnectOptions> = from_here.iter().chain([&self.options]).collect();
        for address in addresses {
            let target = self.target.with_address(*address);
            for options in &ways {
                match Session::connect(&target, options).await {
                    Ok(session) => return Ok((*address, session)),
                    Err(error) => {
                        let other_key = matches!(error, ConnectError::HostKey { .. });
                        // Another key weighs more than silence elsewhere.
                        if other_key || !failed.other_key {
                            failed = NotConnected { why: error.to_string(), other_key };
                        }
                    }
                }
            }
        }
        Err(failed)
    }
}

/// What a person is told while a guarded apply runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A phase has begun.
    Phase(Phase),
    /// A new connection is open.
    Connected(IpAddr),
    /// No connection, or it was lost; it will be tried again.
    Trouble(String),
    /// A wait, longer than a pause between attempts.
    Waiting(Duration, String),
    /// A step of a change without a guard is done.
    Step {
        /// Which, from 1.
        number: usize,
        /// Of how many.
        of: usize,
    },
}

/// Carries out a guarded apply from an open connection to the end.
///
/// `interrupt` becomes ready when the person wants out; the machine then waits for the host to heal itself.
pub async fn run_guarded<C: Connector>(
    machine: &mut Machine,
    open: (IpAddr, C::Connection),
    connector: &mut C,
    interrupt: impl Future<Output = ()> + Send,
    mut progress: impl FnMut(Progress) + Send,
) -> Outcome {
    let clock = Instant::now();
    let mut interrupt: Interrupt<'_> = Some(Box::pin(interrupt));
    let mut connection = Some(open.1);
    let mut phase = machine.phase();
    let mut action = machine.start(open.0);
    progress(Progress::Phase(phase));
    loop {
        if machine.phase() != phase {
            phase = machine.phase();
            progress(Progress::Phase(phase));
        }
        if let Action::Finish(outcome) = action {
            return outcome;
        }
        let event = or_interrupted(carry_out(&action, &mut connection, connector), &mut interrupt).await;
        match &event {
            Event::Connected { address } => progress(Progress::Connected(*address)),
            Event::NotConnected { why, .. } | Event::Lost { why } => progress(Progress::Trouble(why.clone())),
            _ => {}
        }
        action = machine.handle(clock.elapsed(), event);
        if let Action::Wait { time, why } = &action
            && *time > Duration::from_secs(5)
        {
            progress(Progress::Waiting(*time, why.clone()));
        }
    }
}

type Interrupt<'a> = Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>;

/// An action's event, unless the person interrupts first; a second time does not count.
async fn or_interrupted(event: impl Future<Output = Event>, interrupt: &mut Interrupt<'_>) -> Event {
    let Some(wish) = interrupt else { return event.await };
    tokio::select! {
        event = event => event,
        () = wish => {
            *interrupt = None;
            Event::Interrupted
        }
    }
}

async fn carry_out<C: Connector>(
    action: &Action,
    connection: &mut Option<C::Connection>,
    connector: &mut C,
) -> Event {
    match action {
        Action::Connect { addresses } => {
            *connection = None;
            match connector.connect(addresses).await {
                Ok((address, new)) => {
                    *connection = Some(new);
                    Event::Connected { address }
                }
                Err(NotConnected { why, other_key }) => Event::NotConnected { why, other_key },
            }
        }
        Action::Exec { command } => match connection {
            Some(open) => match open.exec(command, b"").await {
                Ok(output) => Event::Output {
                    stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
                    // A command that a signal ended did not do its work.
                    status: output.status.unwrap_or(255),
                },
                Err(error) => lost(connection, error.to_string()),
            },
            None => lost(connection, "there is no connection".to_owned()),
        },
        Action::Upload { path, content } => match connection {
            Some(open) => match open.upload(path, content.as_bytes(), 0o600).await {
                Ok(()) => Event::Uploaded,
                Err(error) => lost(connection, error.to_string()),
            },
            None => lost(connection, "there is no connection".to_owned()),
        },
        Action::Wait { time, .. } => {
            sleep(*time).await;
            Event::Timer
        }
        Action::Finish(_) => Event::Timer,
    }
}

fn lost<T>(connection: &mut Option<T>, why: String) -> Event {
    *connection = None;
    Event::Lost { why }
}
