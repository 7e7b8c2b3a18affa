//! The one locked state of a simulated host: machine, saved configuration, listeners, power.

use super::around::Around;
use super::clock::Clock;
use super::config::{Fault, SimConfig, Vantage};
use super::dhcp;
use super::event::{Event, redacted};
use super::faults::{Faults, Met};
use super::full::Full;
use super::jail::shipped::Files;
use super::jail::{Inside, Live, logs};
use super::record::{Record, RecordLine, Recorded, timestamp};
use super::sshd::Gate;
use esxi_core::command::assigned_mac;
use esxi_core::model::{self, Call, Machine, Output, Surroundings, Then};
use esxi_core::reach::{Answer, Fabric, answer};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// What comes back after a reboot.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    pub(crate) machine: Machine,
    /// Files that ESXi keeps.
    pub(crate) files: Files,
    /// The archive of them that the boot bank has; empty before the first save.
    pub(crate) bank: Vec<u8>,
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
    pub(crate) clock: Clock,
    /// The files of the present boot, and what they say about the machine; none without a jail.
    pub(crate) files: Option<(Arc<Inside>, Live)>,
    pub(crate) faults: Faults,
    commands: u64,
    /// Words that ESXi would have understood and the model did not, and how often.
    pub(crate) not_modelled: BTreeMap<String, u64>,
    record: Option<(String, Record)>,
    events: broadcast::Sender<Event>,
}

/// What the caller of a command has to do.
pub(crate) enum Reply {
    /// Hand this to whoever typed it.
    Output(Output),
    /// The host saves its configuration, then goes on with the output.
    Save(Output),
    /// The host goes down in good order: saves, then boots, unless it is to stay off.
    Shutdown,
    /// Power is lost at once.
    PowerCycle,
    /// There is no host to execute anything.
    Off,
}

impl World {
    pub(crate) fn new(config: &SimConfig, events: broadcast::Sender<Event>, faults: Faults) -> World {
        let saved = Saved { machine: config.machine.clone(), files: Files::new(), bank: Vec::new() };
        let mut world = World {
            machine: config.machine.clone(),
            saved,
            fabric: config.fabric.clone(),
            listeners: Vec::new(),
            frozen: false,
            powered: false,
            boots: 0,
            clock: Clock::new(config.clock_offset),
            files: None,
            faults,
            commands: 0,
            not_modelled: BTreeMap::new(),
            record: config.record.clone().map(|record| (config.name.clone(), record)),
            events,
        };
        // The installer gives every host an identity of its own.
        if world.machine.uuid.chars().all(|c| matches!(c, '0' | '-')) {
            world.machine.uuid = world.new_uuid();
            world.saved.machine.uuid.clone_from(&world.machine.uuid);
        }
        world
    }

    pub(crate) fn tell(&self, event: Event) {
        match &event {
            Event::Saved => self.write_down(Recorded::Saved),
            Event::Booted { boot } => self.write_down(Recorded::Boot { boot: *boot }),
            Event::FaultBegan { fault, what } => {
                self.write_down(Recorded::FaultBegan { fault: *fault, what: what.clone() });
            }
            Event::FaultEnded { fault, what } => {
                self.write_down(Recorded::FaultEnded { fault: *fault, what: what.clone() });
            }
            _ => {}
        }
        // Nobody watching is no error.
        let _ = self.events.send(event);
    }

    /// Writes a line of the record, where there is one.
    fn write_down(&self, what: Recorded) {
        let Some((host, record)) = &self.record else { return };
        let line = RecordLine { time: timestamp(), host: host.clone(), what };
        if let Err(error) = record.write(&line) {
            let _ = self.events.send(Event::Problem { text: format!("cannot write the record: {error}") });
        }
    }

    /// Writes down the host as it is now: a replay goes on from here.
    pub(crate) fn write_down_host(&self) {
        if self.record.is_some() {
            self.write_down(Recorded::host(&self.machine, &self.saved.machine, &self.fabric));
        }
    }

    /// Executes one command of the model, which a client sent or one of the host's own scripts. `instead` stands in for
    /// what lies around the host.
    pub(crate) fn execute(
        &mut self,
        config: &SimConfig,
        call: &Call<'_>,
        client: Option<IpAddr>,
        instead: Option<&mut dyn Surroundings>,
    ) -> Reply {
        let argv = call.argv;
        if !self.powered {
            return Reply::Off;
        }
        self.commands += 1;
        let number = self.commands;
        let Met { fails, power_loss } = self.meet(number, argv);
        let fault = match fails {
            _ if power_loss => Fault::PowerCycle,
            Some((text, status)) => Fault::Refusal { text, status },
            None => config.on_command.as_ref().map_or(Fault::None, |decide| decide(number, argv)),
        };
        let refused = |text: String, status| {
            Reply::Output(Output { stdout: format!("{text}\n").into_bytes(), status, ..Output::default() })
        };
        let struck = fault != Fault::None;
        let reply = match fault {
            Fault::PowerCycle => return Reply::PowerCycle,
            Fault::Error(text) => refused(text, 1),
            Fault::Refusal { text, status } => refused(text, status),
            Fault::None => {
                let full = self.faults.full_folders(&self.machine);
                self.renew_identity(argv);
                let pings = |word: &String| word.contains("ping") || word == "neighbor";
                let pings = argv.iter().any(pings) || call.name() == "esxcfg-route";
                let network = pings.then(|| (self.machine.state.clone(), &self.fabric));
                let machine = &mut self.machine;
                let mut run = |around: &mut dyn Surroundings| match full.is_empty() {
                    true => model::run_in(machine, around, call),
                    false => model::run_in(machine, &mut Full::new(around, full.clone()), call),
                };
                let mut output = match instead {
                    Some(around) => run(around),
                    None => {
                        let files = self.files.as_ref().map(|(files, _)| &**files);
                        run(&mut Around { files, clock: self.clock, network })
                    }
                };
                if output.status == model::NOT_MODELLED {
                    self.count_not_modelled(&output.stderr);
                }
                match output.then.take() {
                    None => Reply::Output(output),
                    Some(Then::Save) => Reply::Save(output),
                    Some(Then::Shutdown { .. }) => Reply::Shutdown,
                    Some(_) => Reply::PowerCycle,
                }
            }
        };
        let nothing = Output::default();
        let output = match &reply {
            Reply::Output(output) | Reply::Save(output) => output,
            _ => &nothing,
        };
        if self.record.is_some() {
            let uptime = self.clock.uptime();
            self.write_down(Recorded::command(number, client, argv, output, uptime, struck));
        }
        let status = output.status;
        let told = redacted(argv);
        self.log(logs::Log::Shell, "shell[2097152]", &format!("[root]: {}", told.join(" ")));
        self.tell(Event::Command { number, argv: told, status });
        self.settle();
        reply
    }

    fn count_not_modelled(&mut self, said: &[u8]) {
        let said = String::from_utf8_lossy(said);
        let words = said.lines().next().unwrap_or_default();
        let words = words.strip_prefix("esxi-sim: not modelled: ").unwrap_or(words);
        *self.not_modelled.entry(words.to_owned()).or_default() += 1;
    }

    /// Lets the world react to a change: cables held, MAC addresses chosen, leases handed out, gates set. Does not make
    /// listeners; [`World::missing_listeners`] says which are needed.
    pub(crate) fn settle(&mut self) {
        self.hold();
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
            let dropped = self.faults.drops(&self.machine.state, server) || self.faults.mute();
            let reachable = answers && admitted && self.powered && !self.frozen && !dropped;
            listener.gate.set(reachable);
            if listener.reachable != reachable {
                listener.reachable = reachable;
                let vantage = listener.vantage.name.clone();
                changes.push(Event::ReachChanged { vantage, address: server, reachable });
            }
        }
        changes.into_iter().for_each(|event| self.tell(event));
        self.follow();
    }

    /// Lets the host's files say what the machine is now.
    fn follow(&mut self) {
        let Some((files, live)) = &mut self.files else { return };
        if let Err(error) = live.follow(files, &self.machine) {
            self.tell(Event::Problem { text: format!("the host's files cannot follow: {error}") });
        }
    }

    /// Seconds since 1970 by the host's own clock.
    pub(crate) fn host_time(&self) -> u64 {
        self.host_time_exactly().as_secs()
    }

    /// Time since 1970 by the host's own clock.
    pub(crate) fn host_time_exactly(&self) -> Duration {
        let (time, error) = (self.clock.since_epoch(), self.machine.system.clock_error);
        let by = Duration::from_secs(error.unsigned_abs());
        if error < 0 { time.saturating_sub(by) } else { time.saturating_add(by) }
    }

    /// Sets the host's own clock.
    pub(crate) fn set_host_time(&mut self, now: u64) {
        let difference = i128::from(now) - i128::from(self.clock.now());
        self.machine.system.clock_error = i64::try_from(difference).unwrap_or(i64::MAX);
    }

    /// Adds a line to a log of the host.
    pub(crate) fn log(&self, log: logs::Log, ident: &str, text: &str) {
        if let Some((files, _)) = &self.files {
            let version = self.machine.state.version;
            logs::write(files, version, self.host_time_exactly(), log, (ident, text));
        }
    }

    /// A host whose identity was taken out of its configuration makes a new one when it is asked for it, as the
    /// cures for cloned hosts expect.
    fn renew_identity(&mut self, argv: &[String]) {
        let asks = argv.iter().any(|word| word == "uuid" || word == "-u");
        let Some((files, _)) = self.files.as_ref().filter(|_| asks) else { return };
        if super::jail::lacks_identity(files) {
            self.machine.uuid = self.new_uuid();
        }
    }

    /// An identity that no other host has: the time, chance, and the address of the first card (believed).
    pub(crate) fn new_uuid(&self) -> String {
        let mac = self.machine.state.nics.values().next().map_or([0; 6], |nic| nic.mac.0);
        let tail: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        let chance: u64 = rand::random();
        let (a, b, c) = (chance >> 32 & 0xffff, chance >> 16 & 0xffff, chance & 0xffff);
        format!("{:08x}-{a:04x}-{b:04x}-{c:04x}-{tail}", self.host_time() & 0xffff_ffff)
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
        self.mind_faults();
        gate
    }

    /// Takes the power away: connections are cut, new ones stay mute.
    pub(crate) fn power_off(&mut self) {
        self.powered = false;
        self.files = None;
        for listener in &self.listeners {
            listener.gate.cut();
        }
        self.tell(Event::PowerLost);
        self.settle();
    }

    /// The host is up again, with what was saved.
    pub(crate) fn power_on(&mut self) {
        // The clock is no part of what is saved, and the agent starts with the host.
        let clock_error = self.machine.system.clock_error;
        self.machine = self.saved.machine.clone();
        self.machine.system.clock_error = clock_error;
        self.machine.system.hostd = true;
        // As it was given, the machine is one that runs already.
        if self.boots > 0 {
            self.machine.booted();
        }
        dhcp::forget(&mut self.machine.state);
        self.powered = true;
        self.clock.boot();
        self.boots += 1;
        self.tell(Event::Booted { boot: self.boots });
        let (version, build) = (self.machine.state.version, self.machine.state.build);
        let booting = format!("cpu0:1)BootConfig: VMware ESXi {version} build-{build}");
        self.log(logs::Log::Vmkernel, "vmkernel", &booting);
        self.log(logs::Log::Syslog, "init", "starting services");
        self.log(logs::Log::Hostd, "Hostd[2097160]", "[Originator@6876 sub=Default] hostd is running");
        self.settle();
    }
}
