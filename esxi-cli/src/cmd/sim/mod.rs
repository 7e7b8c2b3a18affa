//! `esxi sim`.

mod control;
mod replay;
mod serve;
mod state;

pub use serve::{failed, known_hosts};

use crate::args::Sim;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::diag::codes;
use std::path::Path;
use std::time::{Duration, Instant};

pub fn run(out: &Out, command: &Sim) -> Result<Exit, Failure> {
    match command {
        Sim::Serve(args) => serve::run(out, args),
        Sim::Wait { ready } => wait(ready),
        Sim::State { command } => state::run(out, command),
        Sim::Fault(args) => control::fault(out, args),
        Sim::Log(args) => control::log(out, args),
        Sim::Replay(args) => replay::run(out, args),
        Sim::Coverage(args) => crate::cmd::coverage::run(out, args),
    }
}

/// Waits until the ready file is there and everything that it names accepts connections.
fn wait(ready: &Path) -> Result<Exit, Failure> {
    #[derive(serde::Deserialize)]
    struct Ready {
        listeners: Vec<Listener>,
    }
    #[derive(serde::Deserialize)]
    struct Listener {
        connect: std::net::SocketAddr,
    }
    let listening = || {
        let text = std::fs::read_to_string(ready).ok()?;
        let file: Ready = serde_json::from_str(&text).ok()?;
        let accepts = |one: &Listener| {
            std::net::TcpStream::connect_timeout(&one.connect, Duration::from_secs(1)).is_ok()
        };
        (!file.listeners.is_empty() && file.listeners.iter().all(accepts)).then_some(())
    };
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        if listening().is_some() {
            return Ok(Exit::Fine);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(Failure::error(
        codes::SIM_NOT_READY,
        format!("{}: no simulated host answered within 30 s", ready.display()),
        "start it with `esxi sim serve`, and see what it says",
    ))
}
