//! The simulated host: an SSH server on loopback behind which the model of a host runs.
//!
//! A host that foreign tools can use unchanged. Its shell is busybox in a jail (Linux namespaces), where
//! `esxcli` and the other tools are this program's applets: they execute their words on one locked
//! [`HostState`] per host. When the state says that management does not answer a
//! client, that client's connections fall silent: bytes stop both ways without FIN or RST, new connections are
//! accepted and stay mute, processes on the host run on; all flows again if reach returns.
//!
//! What it proves is that a plan works on the *model*: wording, defaults and limits are the model's, with the
//! evidence given there.
//!
//! * One listener on loopback stands for each address of the host, seen from each [`Vantage`]; the ready file
//!   says which. Ports stay the same over reboots.
//! * Files are where ESXi has them. `/etc/vmware/esx.conf` says what the machine is, and what is edited in it takes
//!   effect at the next boot; new files under `/etc` and all of `/tmp` do not survive one, volumes do.
//! * `crond` runs root's crontab by the host's own clock, the hourly backup with it; [`SimHost::advance`] moves time.
//! * `/sbin/auto-backup.sh` saves to `/bootbank/state.tgz`; a reboot or power cycle comes back with what was saved. `reboot` saves first,
//!   `reboot -f` and a power cycle do not.
//! * Forwarding of any kind is refused, environment variables of the client ignored, as on ESXi. `sftp` and
//!   `scp` are there, inside of the jail as everything else.
//! * From 8.0 nothing may be executed but what was installed (`sh FILE` still works) and Ed25519 keys are
//!   refused; from 8.0.2 the `password` method is, too. [`SshSettings`] has the rest.

mod applet;
mod around;
mod clock;
mod config;
mod console;
mod control;
mod cron;
mod dhcp;
mod dump;
mod error;
mod event;
mod faults;
mod full;
mod host;
mod jail;
mod keypair;
mod programs;
mod ready;
mod record;
mod replay;
mod scenario;
mod served;
mod sshd;
mod words;
mod world;

pub use applet::applet_main;
pub use config::{Fault, JailMode, Limits, OnCommand, PythonMode, SimConfig, Vantage};
pub use dump::{FileDump, HostDump, SavedDump, StateDump};
pub use error::SimError;
pub use event::Event;
pub use faults::FaultInfo;
pub use keypair::KeyPair;
pub use ready::{HostInfo, HostKeyInfo, ListenerInfo};
pub use record::{Record, RecordLine, Recorded};
pub use replay::{Difference, Replayed, replay};
pub use scenario::{Cast, StateFile, read_state};
pub use served::{Request, SimServer, ask};
pub use sshd::settings::{MaxStartups, SshAlgorithms, SshSettings};

use esxi_core::model::{Call, Machine, Output};
use esxi_core::reach::Fabric;
use esxi_core::scenario::FaultRule;
use esxi_core::state::HostState;
use host::Shared;
use ready::ReadyBook;
use russh::keys::PublicKey;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// A running simulated host. Dropping it ends it, and everything that runs on it.
///
/// ```
/// use esxi_core::model::Machine;
/// use esxi_core::reach::Fabric;
/// use esxi_core::state::{factory, FactoryNic};
/// use esxi_ssh::sim::{JailMode, SimConfig, SimHost};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
/// let machine = Machine::new(factory("7.0".parse()?, &[nic]));
/// let mut config = SimConfig::new("esxi-1", machine, Fabric::default());
/// config.jail = JailMode::Off; // simple commands only, on every system
/// config.faults.push("fail \"Unable to Set: Busy\" at command 2".parse()?);
/// let host = SimHost::start(config).await?;
///
/// let add = |name| ["esxcli", "network", "vswitch", "standard", "add", "-v", name];
/// assert_eq!(host.run(&add("vSwitch1")).await.unwrap().status, 0);
/// assert_eq!(host.run(&add("vSwitch2")).await.unwrap().stdout, b"Unable to Set: Busy\n");
/// assert!(host.state().vswitches.contains_key("vSwitch1"));
/// host.shutdown().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SimHost {
    shared: Arc<Shared>,
}

impl SimHost {
    /// Boots a host. Needs a Tokio runtime with its time and I/O drivers.
    ///
    /// # Errors
    ///
    /// [`SimError::Jail`] with the exact cure when the shell's jail cannot be made.
    pub async fn start(config: SimConfig) -> Result<SimHost, SimError> {
        Ok(SimHost { shared: Shared::start(config).await? })
    }

    /// Which port stands for which address, seen from where.
    pub fn listeners(&self) -> Vec<ListenerInfo> {
        self.shared.world().listeners.iter().map(ListenerInfo::from).collect()
    }

    /// Where to connect to, seen from a vantage, in place of an address of the host.
    pub fn connect_address(&self, vantage: &str, address: IpAddr) -> Option<SocketAddr> {
        let fits = |one: &ListenerInfo| one.vantage == vantage && one.address == address;
        self.listeners().into_iter().find(fits).map(|one| one.connect)
    }

    /// The state of this moment.
    pub fn state(&self) -> HostState {
        self.shared.world().machine.state.clone()
    }

    /// The state that a power cycle would come back to.
    pub fn saved_state(&self) -> HostState {
        self.shared.world().saved.machine.state.clone()
    }

    /// The machine of this moment.
    pub fn machine(&self) -> Machine {
        self.shared.world().machine.clone()
    }

    /// Commands and options that ESXi knows and the model does not (status 70), and how often each was tried.
    pub fn not_modelled(&self) -> BTreeMap<String, u64> {
        self.shared.world().not_modelled.clone()
    }

    /// The host's public key; of several, the one that clients take by preference.
    pub fn host_key(&self) -> &PublicKey {
        self.shared.host_key()
    }

    /// All its public keys.
    pub fn host_keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.shared.ssh.keys().iter().map(russh::keys::PrivateKey::public_key)
    }

    /// Its fingerprint, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.host_key().fingerprint(russh::keys::HashAlg::Sha256).to_string()
    }

    /// The key as a line of `known_hosts` has it after the host name.
    pub fn host_key_line(&self) -> String {
        ready::openssh_line(self.host_key())
    }

    /// Writes the ready file, and again whenever an address appears, until the host is shut down.
    ///
    /// # Errors
    ///
    /// [`SimError::Io`] when it cannot be written now. Later failures are [`Event::Problem`]s.
    pub fn write_ready_file(&self, path: impl Into<PathBuf>) -> Result<(), SimError> {
        self.shared.set_ready_file(Arc::new(ReadyBook::new(path.into(), 1, None)), 0)
    }

    /// Executes a command of the model as if typed on the host; `None` when the host goes down with it.
    pub async fn run(&self, argv: &[&str]) -> Option<Output> {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        self.shared.carry_out(&Call::new(&argv), None).await
    }

    /// Has something go wrong, now or later. Returns its number, by which it can be [lifted](SimHost::lift).
    ///
    /// # Errors
    /// [`SimError::Config`] when the parts of the rule do not fit each other, or the host lacks what it is about.
    pub fn inject(&self, rule: FaultRule) -> Result<u64, SimError> {
        self.shared.inject(rule)
    }

    /// Ends a fault that lasts, or takes one back that waits for its moment. False when there is none of this
    /// number.
    pub fn lift(&self, fault: u64) -> bool {
        self.shared.lift(fault)
    }

    /// What goes wrong just now or is about to.
    pub fn faults(&self) -> Vec<FaultInfo> {
        self.shared.world().faults.list()
    }

    /// Name, release, keys and addresses, as the ready file has them.
    pub fn info(&self) -> HostInfo {
        self.shared.info(&self.shared.world())
    }

    /// The whole of the host but its datastores.
    pub fn dump(&self) -> HostDump {
        let world = self.shared.world();
        let files = world.saved.files.iter();
        HostDump {
            name: self.shared.config.name.clone(),
            machine: world.machine.clone(),
            saved: SavedDump {
                machine: world.saved.machine.clone(),
                files: files.map(|(path, content)| (path.clone(), content.clone().into())).collect(),
            },
            fabric: world.fabric.clone(),
            faults: world.faults.list(),
        }
    }

    /// Makes the host what a dump says: it boots with what was saved then, and goes on as the machine was. The name
    /// and the keys that may log in stay this host's own, as far as the dump's files do not say otherwise.
    ///
    /// # Errors
    /// When the host does not boot again.
    pub async fn restore(&self, dump: HostDump) -> Result<(), SimError> {
        {
            let mut world = self.shared.world();
            world.saved.machine = dump.saved.machine;
            for (path, content) in dump.saved.files {
                world.saved.files.insert(path, content.into_bytes());
            }
            world.fabric = dump.fabric;
        }
        self.shared.power_cycle().await?;
        self.shared.change(|world| world.machine = dump.machine);
        self.shared.world().write_down_host();
        Ok(())
    }

    /// Changes the machine or what lies outside of it by hand (a cable pulled, a switch port moved) and lets
    /// both react.
    pub fn change<R>(&self, change: impl FnOnce(&mut Machine, &mut Fabric) -> R) -> R {
        self.shared.change(|world| change(&mut world.machine, &mut world.fabric))
    }

    /// Makes every connection mute, whatever the state of the host is.
    pub fn freeze(&self) {
        self.shared.change(|world| world.frozen = true);
    }

    /// Ends [`SimHost::freeze`].
    pub fn thaw(&self) {
        self.shared.change(|world| world.frozen = false);
    }

    /// Saves the configuration, as `/sbin/auto-backup.sh` and ESXi's hourly job do.
    pub fn save(&self) {
        let shared = &self.shared;
        shared.change(|world| shared.save(world));
    }

    /// Pulls the plug and plugs it in again; returns when the host is up. Connections and processes are gone,
    /// and everything that was not saved.
    ///
    /// # Errors
    ///
    /// When the host does not boot again.
    pub async fn power_cycle(&self) -> Result<(), SimError> {
        self.shared.power_cycle().await
    }

    /// Time at the host in seconds since 1970; its own clock may be wrong.
    pub fn now(&self) -> u64 {
        self.shared.world().clock.now()
    }

    /// Moves time at the host forward and runs what root's crontab has for the minutes on the way, as long as a
    /// `crond` runs: the hourly backup, and what scripts added.
    pub async fn advance(&self, by: Duration) {
        self.shared.advance(by).await;
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// Ends the host; returns when all that ran on it has ended.
    pub async fn shutdown(&self) {
        self.shared.shutdown().await;
    }

    /// Waits until somebody shuts the host down.
    pub async fn wait(&self) {
        // The sender lives as long as `self`.
        let _ = self.shared.stopping().wait_for(|stop| *stop).await;
    }
}

impl Drop for SimHost {
    fn drop(&mut self) {
        self.shared.switch_off();
    }
}

impl std::fmt::Debug for SimHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimHost").field("config", &self.shared.config).finish_non_exhaustive()
    }
}
