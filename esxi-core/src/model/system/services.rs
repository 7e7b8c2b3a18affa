//! Services of the host: whether they run and whether they start with it.

use super::System;
use serde::{Deserialize, Serialize};

/// Whether a service runs, and whether it starts with the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Starts with the host.
    pub on: bool,
    /// Runs now.
    pub running: bool,
}

impl System {
    /// Whether the SSH server takes connections. On a fresh host it does not (verified: 6.5 to 9.0).
    pub fn ssh_running(&self) -> bool {
        self.services.get("SSH").is_some_and(|service| service.running)
    }

    /// Has the SSH server run, and start with the host.
    pub fn enable_ssh(&mut self) {
        self.services.insert("SSH".to_owned(), Service { on: true, running: true });
    }
}
