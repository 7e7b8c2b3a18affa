//! The one locked state of a simulated host: machine, saved configuration, listeners, power.

use super::around::Around;
use super::config::{Fault, SimConfig, Vantage};
use super::dhcp;
use super::event::{Event, redacted};
use super::sshd::Gate;
use esxi_core::command::assigned_mac;
use esxi_core::model::{self, Call, Machine, Output, Then};
use esxi_core::reach::{Answer, Fabric, answer};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::broadcast;

/// What comes back after a reboot.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    pub(crate) machine: Machine,
    /// Files under the root that ESXi keeps, by path without the leading slash.
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
}

/// A port on loopback that stands for one address of the host, seen from one vantage.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    pub(crate) vantage: Vantage,
    pub(crate) address: IpAddr,
    pub(crate) connect: SocketAddr,
    pub(crate) gate: Arc<Gate>,
    reachable: bool,
}

/// Everything behind the lock.
pub(crate) struct World {
    pub(crate) machine: Machine,
    pub(crate) saved: Saved,
    pub(crate) fabric: Fabric,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) frozen: bool,
    pub(crate) powered: bool,
    pub(crate) boots: u64,
    /// When the present boot began.
    pub(crate) booted: Instant,
    commands: u64,
    /// Words that ESXi would have understood and the model did not, and how often.
    pub(crate) not_modelled: BTreeMap<String, u64>,
    events: broadcast::Sender<Event>,
}

/// What the caller of a command has to do.
pub(crate) enum Reply {
    /// Hand this to whoever typed it.
    Output(Output),
    /// The host saves its configuration, then goes on with the output.
    Save(Output),
    /// The host goes down in good order: saves, then boots, unless it is to stay off.
    Shutdown { restart: bool },
    /// Power is lost at once.
    PowerCycle,
    /// There is no host to execute anything.
    Off,
}

impl World {
    pub(crate) fn new(config: &SimConfig, events: broadcast::Sender<Event>) -> World {
        let saved = Saved { machine: config.machine.clone(), files: BTreeMap::new() };
        World {
            machine: config.machine.clone(),
            saved,
            fabric: config.fabric.clone(),
            listeners: Vec::new(),
            frozen: false,
            powered: false,
            boots: 0,
            booted: Instant::now(),
            commands: 0,
            not_modelled: BTreeMap::new(),
            events,
        }
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody watching is no error.
        let _ = self.events.send(event);
    }

    /// Executes one command of the model.
    pub(crate) fn execute(&mut self, config: &SimConfig, root: Option<&Path>, call: &Call<'_>) -> Reply {
        let argv = call.argv;
        if !self.powered {
            return Reply::Off;
        }
        self.commands += 1;
        let number = self.commands;
        let fault = config.on_command.as_ref().map_or(Fault::None, |decide| decide(number, argv));
        let reply = match fault {
            Fault::PowerCycle => return Reply::PowerCycle,
            Fault::Error(text) => Reply::Output(Output {
                stdout: format!("{text}\n").into_bytes(),
                status: 1,
                ..Output::default()
            }),
            Fault::None => {
                let mut around = Around::new(root, self.booted);
                let mut output = model::run_in(&mut self.machine, &mut around, call);
                if output.status == model::NOT_MODELLED {
                    self.count_not_modelled(&output.stderr);
                }
                match output.then.take() {
                    None => Reply::Output(output),
                    Some(Then::Save) => Reply::Save(output),
                    Some(Then::Shutdown { restart, .. }) => Reply::Shutdown { restart },
                    Some(_) => Reply::PowerCycle,
                }
            }
        };
        let status = match &reply {
            Reply::Output(output) | Reply::Save(output) => output.status,
            _ => 0,
        };
        self.tell(Event::Command { number, argv: redacted(argv), status });
        self.settle();
        reply
    }

    fn count_not_modelled(&mut self, said: &[u8]) {
        let said = String::from_utf8_lossy(said);
        let words = said.lines().next().unwrap_or_default();
        let words = words.strip_prefix("esxi-sim: not modelled: ").unwrap_or(words);
        *self.not_modelled.entry(words.to_owned()).or_default() += 1;
    }

    /// Lets the world react to a change: MAC addresses chosen, leases handed out, gates set. Does not make
    /// listeners; [`World::missing_listeners`] says which are needed.
    pub(crate) fn settle(&mut self) {
        let bare = |vmk: &&esxi_core::value::VmkName| self.machine.state.vmkernel[*vmk].mac.is_none();
        let bare: Vec<_> = self.machine.state.vmkernel.keys().filter(bare).cloned().collect();
        for vmk in bare {
            let mac = assigned_mac(&self.machine.state, &vmk);
            if let Some(adapter) = self.machine.state.vmkernel.get_mut(&vmk) {
                adapter.mac = Some(mac);
            }
        }
        dhcp::hand_out(&mut self.machine.state, &self.fabric);
        let mut changes = Vec::new();
        for listener in &mut self.listeners {
            let (client, server) = (listener.vantage.address, listener.address);
            let answers = answer(&self.machine.state, &self.fabric, client, server).answer == Answer::Yes;
            // What the firewall drops is as mute as what has no way there.
            let version = self.machine.state.version;
            let admitted = self.machine.firewall.admits(version, "sshServer", client);
            let reachable = answers && admitted && self.powered && !self.frozen;
            listener.gate.set(reachable);
            if listener.reachable != reachable {
                listener.reachable = reachable;
                let vantage = listener.vantage.name.clone();
                changes.push(Event::ReachChanged { vantage, address: server, reachable });
            }
        }
        changes.into_iter().for_each(|event| self.tell(event));
    }

    /// Pairs of vantage and address that have no listener yet.
    pub(crate) fn missing_listeners(&self, vantages: &[Vantage]) -> Vec<(Vantage, IpAddr)> {
        let adapters = self.machine.state.vmkernel.values();
        let addresses: Vec<IpAddr> = adapters.flat_map(|vmk| vmk.addresses().map(|net| net.addr())).collect();
        let pairs = vantages.iter().flat_map(|vantage| addresses.iter().map(move |at| (vantage, *at)));
        let known = |vantage: &Vantage, address| {
            self.listeners.iter().any(|one| one.vantage.name == vantage.name && one.address == address)
        };
        pairs
            .filter(|(vantage, at)| !known(vantage, *at))
            .map(|(vantage, at)| (vantage.clone(), at))
            .collect()
    }

    /// Takes a listener into service.
    pub(crate) fn add_listener(
        &mut self,
        vantage: Vantage,
        address: IpAddr,
        connect: SocketAddr,
    ) -> Arc<Gate> {
        let gate = Arc::new(Gate::default());
        let listener = Listener { vantage, address, connect, gate: Arc::clone(&gate), reachable: false };
        self.listeners.push(listener);
        gate
    }

    /// Takes the power away: connections are cut, new ones stay mute.
    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        for listener in &self.listeners {
            listener.gate.cut();
        }
        self.tell(Event::PowerLost);
        self.settle();
    }

    /// The host is up again, with what was saved.
    pub(crate) fn power_on(&mut self) {
        self.machine = self.saved.machine.clone();
        dhcp::forget(&mut self.machine.state);
        self.powered = true;
        self.booted = Instant::now();
        self.boots += 1;
        self.tell(Event::Booted { boot: self.boots });
        self.settle();
    }
}
