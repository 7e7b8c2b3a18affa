//! A factory-fresh simulated host to run scripts on, at its console.

use crate::ESXI;
use esxi_core::EsxiVersion;
use esxi_core::model::Machine;
use esxi_core::state::{Fact, FactoryNic, Ipv4Config, Route, factory};
use esxi_core::value::MacAddr;
use esxi_ssh::sim::{Event, SimConfig, SimHost};
use esxi_tests::lab;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

/// No script takes as long, for nothing sleeps.
const LIMIT: Duration = Duration::from_secs(20);

/// How a command line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Status(u8),
    /// The host went down under it.
    Down,
    /// It did not.
    Late,
}

/// What a command line left behind.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// What it printed.
    pub said: String,
    /// The commands of the model that it executed, each with its exit status.
    pub commands: Vec<(Vec<String>, u8)>,
}

pub struct Host {
    pub sim: SimHost,
    events: broadcast::Receiver<Event>,
    // Last, for the host lives in it.
    runtime: Runtime,
}

/// A machine as its installer leaves it, with so many cards and management at 192.0.2.10.
pub fn machine(version: EsxiVersion, cards: u8) -> Machine {
    let nic = |number| FactoryNic { mac: mac(number), link_up: true };
    let mut state = factory(version, &(0..cards).map(nic).collect::<Vec<_>>());
    let address = Ipv4Config::Static { address: "192.0.2.10/24".parse().unwrap(), gateway: None };
    state.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(address);
    state.routes.insert(Route {
        netstack: Default::default(),
        network: "0.0.0.0/0".parse().unwrap(),
        gateway: "192.0.2.1".parse().unwrap(),
    });
    Machine::new(state)
}

/// Address of the card with this number.
pub fn mac(number: u8) -> MacAddr {
    MacAddr([0x0c, 0xc4, 0x7a, 0, 0, number])
}

impl Host {
    pub fn start(machine: Machine, adjust: impl FnOnce(&mut SimConfig)) -> Host {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut config = SimConfig::new("esxi", machine, lab::fabric());
        config.applet = Some(ESXI.into());
        // A first boot has SSH off until somebody turns it on.
        config.ssh.enable = false;
        adjust(&mut config);
        let sim = runtime.block_on(SimHost::start(config)).unwrap();
        let events = sim.events();
        Host { sim, events, runtime }
    }

    /// Runs a command line at the console, and waits until the host is up again if it went down under it. One that
    /// does not end is ended by taking the power away.
    pub fn shell(&mut self, line: &str, stdin: &[u8]) -> Ran {
        self.heard();
        let run = async { tokio::time::timeout(LIMIT, self.sim.shell(line, stdin)).await };
        let output = self.runtime.block_on(run).map(Result::unwrap);
        let mut heard = self.heard();
        let Ok(output) = output else {
            self.runtime.block_on(self.sim.power_cycle()).unwrap();
            return Ran { end: End::Late, said: String::new(), commands: heard.commands };
        };
        while heard.down && !heard.booted {
            let event = self.runtime.block_on(async {
                tokio::time::timeout(LIMIT, self.events.recv()).await.expect("it does not boot")
            });
            heard.note(event.unwrap());
        }
        let end = if heard.down { End::Down } else { End::Status(output.status) };
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Ran { end, said, commands: heard.commands }
    }

    /// Writes a file of the host.
    pub fn write(&mut self, path: &str, content: &[u8]) {
        let ran = self.shell(&format!("cat > {path}"), content);
        assert_eq!(ran.end, End::Status(0), "{path}: {}", ran.said);
    }

    /// The events that nobody has heard of yet.
    fn heard(&mut self) -> Heard {
        let mut heard = Heard::default();
        loop {
            match self.events.try_recv() {
                Ok(event) => heard.note(event),
                // A loop that does not end makes more of them than anybody keeps.
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty) => return heard,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[derive(Default)]
struct Heard {
    commands: Vec<(Vec<String>, u8)>,
    down: bool,
    booted: bool,
}

impl Heard {
    fn note(&mut self, event: Event) {
        match event {
            Event::Command { argv, status, .. } => self.commands.push((argv, status)),
            Event::PowerLost => self.down = true,
            Event::Booted { .. } => self.booted = true,
            Event::Problem { text } => panic!("the simulator has a problem: {text}"),
            _ => {}
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.runtime.block_on(self.sim.shutdown());
    }
}
