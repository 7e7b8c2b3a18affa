//! The client without an async runtime of one's own.
//!
//! The futures run on one background thread per process, started by the first connection; a program that has
//! a runtime already passes its handle to [`Session::connect_on`] and no thread is started.
//!
//! ```no_run
//! use esxi_ssh::{Agent, ConnectOptions, Credentials, blocking};
//!
//! let options = ConnectOptions::new(Credentials::none().agent(Agent::Environment));
//! let mut host = blocking::Session::connect(&"ssh://root@203.0.113.10".parse()?, &options)?;
//! println!("{}", String::from_utf8_lossy(&host.exec("vmware -v", b"")?.stdout));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::{ConnectError, ConnectOptions, ExecOutput, Target, Transport, TransportError};

/// The runtime of this module. One worker: keep-alives go out also while no call waits.
static RUNTIME: Mutex<Option<Runtime>> = Mutex::new(None);

fn runtime() -> Result<Handle, ConnectError> {
    let mut slot = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = &*slot {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("esxi-ssh")
        .enable_all()
        .build()
        .map_err(|source| ConnectError::Runtime { source })?;
    Ok(slot.insert(runtime).handle().clone())
}

/// A session whose calls return when they are done.
///
/// # Panics
/// Its functions panic when they are called from async code, where they would hold up other tasks: use
/// [`esxi_ssh::Session`](crate::Session) there.
#[derive(Debug)]
pub struct Session {
    inner: crate::Session,
    runtime: Handle,
}

impl Session {
    /// As [`Session::connect`](crate::Session::connect), on the thread of this module.
    pub fn connect(target: &Target, options: &ConnectOptions) -> Result<Self, ConnectError> {
        Self::connect_on(&runtime()?, target, options)
    }
    /// As [`Session::connect`](crate::Session::connect), on a runtime of the caller's, which has to have a
    /// worker thread and outlive the session.
    pub fn connect_on(
        runtime: &Handle,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<Self, ConnectError> {
        let inner = runtime.block_on(crate::Session::connect(target, options))?;
        Ok(Session { inner, runtime: runtime.clone() })
    }
    /// As [`Transport::exec`].
    pub fn exec(&mut self, command: &str, stdin: &[u8]) -> Result<ExecOutput, TransportError> {
        self.runtime.block_on(self.inner.exec(command, stdin))
    }
    /// As [`Transport::upload`].
    pub fn upload(&mut self, path: &str, bytes: &[u8], mode: u32) -> Result<(), TransportError> {
        self.runtime.block_on(self.inner.upload(path, bytes, mode))
    }
    /// Runs anything that takes a [`Transport`] and waits for it.
    pub fn run<T>(&mut self, work: impl AsyncFnOnce(&mut crate::Session) -> T) -> T {
        self.runtime.block_on(work(&mut self.inner))
    }
    /// The session itself, for what it can tell: host key, target, peer.
    pub fn session(&self) -> &crate::Session {
        &self.inner
    }
    /// Says goodbye and closes the connection.
    pub fn close(self) {
        self.runtime.block_on(self.inner.close());
    }
}
