//! Reach stand-alone VMware ESXi hosts over SSH.
//!
//! The client works with what ESXi 6.5 to 9 offers, and with 5.5 and 6.0 when the
//! [legacy algorithms](ConnectOptions::legacy) are allowed. Host keys are checked against known_hosts and never
//! accepted in silence; a refused password is never sent twice; one channel is open at a time, because hosts
//! may be set to one session.
//!
//! ```no_run
//! use esxi_ssh::{Agent, ConnectOptions, Credentials, Session, Target, Transport};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let target: Target = "ssh://root@203.0.113.10".parse()?;
//! let options = ConnectOptions::new(Credentials::none().agent(Agent::Environment));
//! let mut host = Session::connect(&target, &options).await?;
//! let version = host.exec("vmware -vl", b"").await?;
//! assert!(version.success());
//! host.upload("/tmp/plan.sh", b"#!/bin/sh\nesxcli network ip interface list\n", 0o700).await?;
//! host.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Everything that works on a host takes a [`Transport`], so that a test needs no SSH. Code without an async
//! runtime uses [`blocking`].

mod address_map;
mod algorithms;
mod auth;
pub mod blocking;
mod credentials;
mod error;
mod facts;
pub mod guard;
mod hostkey;
mod keyfile;
mod known_hosts;
mod options;
mod session;
#[cfg(all(feature = "sim", unix))]
pub mod sim;
mod target;
mod transport;

pub use address_map::{AddressMap, AddressMapError};
pub use auth::{AuthError, AuthMethod};
pub use credentials::{Agent, Credentials, PasswordMemory};
pub use error::{BoxError, ConnectError, Stage};
pub use facts::{ReadFactsError, read_facts};
pub use hostkey::{Fingerprint, HostKey, HostKeyError, HostKeyPolicy};
pub use options::ConnectOptions;
pub use secrecy::SecretString;
pub use session::Session;
pub use target::{DEFAULT_PORT, DEFAULT_USER, Target, TargetError};
pub use transport::{ExecOutput, Transport, TransportError, shell_quote};
