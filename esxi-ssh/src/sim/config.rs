//! What a simulated host is made from.

use super::SimError;
use super::record::Record;
use super::sshd::Authorized;
use super::sshd::settings::SshSettings;
use esxi_core::model::Machine;
use esxi_core::reach::Fabric;
use esxi_core::scenario::FaultRule;
use russh::keys::PrivateKey;
use secrecy::SecretString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A place that management is used from: one listener each for every address of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vantage {
    /// How the ready file calls it.
    pub name: String,
    /// Its address as the host sees it: the first field of `$SSH_CONNECTION`.
    pub address: IpAddr,
}

/// Where the shell of a simulated host runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum JailMode {
    /// An unprivileged user namespace or, where there is none and the caller is root, [`Self::Root`].
    #[default]
    Auto,
    /// User, mount, process, network, host name and IPC namespaces. A caller that is root first becomes
    /// `nobody`, so that what runs inside never has a right outside. Inside it looks like root.
    UserNamespace,
    /// The same without a user namespace, made by root; what runs inside is `nobody` there, too.
    Root,
    /// No shell: only simple commands, executed in this process. The only mode outside Linux.
    Off,
}

/// Whether scripts on a simulated host find a Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PythonMode {
    /// This machine's Python 3 with its standard library, where it has one, on releases from 6.5, which ship a
    /// Python 3, too.
    #[default]
    Auto,
    /// On every release; a host is refused where there is none.
    On,
    /// None.
    Off,
}

/// What all that runs on one simulated host together may use of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Processes and threads. In the jail mode [`JailMode::Root`] those of every host count together.
    pub processes: u32,
    /// Length of a file in bytes, as it is written; sparse files that the model makes may be longer.
    pub file_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { processes: 1024, file_size: 64 << 30 }
    }
}

/// What happens to a command instead of its execution.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing: it is executed.
    None,
    /// The host loses power before the command takes effect.
    PowerCycle,
    /// The host refuses with this text, as a runtime error of `esxcli`: on standard output, status 1.
    Error(String),
    /// The same with another status.
    Refusal {
        /// Standard output.
        text: String,
        /// Exit status.
        status: u8,
    },
}

/// Decides the fate of every command: its number on this host, from 1, and its words.
pub type OnCommand = Arc<dyn Fn(u64, &[String]) -> Fault + Send + Sync>;

/// A simulated host before it is started. Make one with [`SimConfig::new`] and set what differs.
#[derive(Clone)]
#[non_exhaustive]
pub struct SimConfig {
    /// Host name, also in the prompt and the ready file.
    pub name: String,
    /// The host itself, as it is when it boots first.
    pub machine: Machine,
    /// What lies outside of it.
    pub fabric: Fabric,
    /// Where management is used from.
    pub vantages: Vec<Vantage>,
    /// The executable that stands in the jail as `esxcli` and the like: any whose `main` calls
    /// [`applet_main`](super::applet_main) first. `None` = the running one.
    pub applet: Option<PathBuf>,
    /// Where the shell runs.
    pub jail: JailMode,
    /// Password of root; `None` = no password logs in.
    pub root_password: Option<SecretString>,
    /// Lines of root's `authorized_keys`.
    pub authorized_keys: Vec<String>,
    /// Host key; `None` = one is generated: ECDSA P-256, before 6.0 RSA.
    pub host_key: Option<PrivateKey>,
    /// Time that every command takes before it takes effect.
    pub latency: Duration,
    /// Session channels a connection may have open at once (`MaxSessions`); OpenSSH's default is 10.
    pub max_sessions: usize,
    /// How the SSH server is set up.
    pub ssh: SshSettings,
    /// What `/etc/issue` is at first: shown before authentication.
    pub banner: Option<String>,
    /// What goes wrong, and when. More can be [injected](super::SimHost::inject) later.
    pub faults: Vec<FaultRule>,
    /// Decides the fate of each command that no rule of [`SimConfig::faults`] is about.
    pub on_command: Option<OnCommand>,
    /// Seconds by which time at the host is ahead of the time here.
    pub clock_offset: i64,
    /// Whether scheduled jobs, the hourly backup among them, are started as time passes. Off, they are only started
    /// by [`SimHost::advance`](super::SimHost::advance), so that a test is the same at every minute of the hour.
    pub scheduler: bool,
    /// Whether scripts on the host find a Python.
    pub python: PythonMode,
    /// What runs on the host may use this machine's network. Off, it has none: `wget` on the host reaches nobody.
    pub outside_network: bool,
    /// What runs on the host may use no more than this.
    pub limits: Limits,
    /// UEFI Secure Boot: `/etc/rc.local.d/local.sh` is not run.
    pub secure_boot: bool,
    /// Where every command is written down.
    pub record: Option<Record>,
}

impl SimConfig {
    /// A host of this name in this fabric, with everything else at its default and one vantage, `client`, at
    /// the fabric's client address if it names one.
    pub fn new(name: impl Into<String>, machine: Machine, fabric: Fabric) -> SimConfig {
        let client = fabric.client.map(|address| Vantage { name: "client".into(), address });
        SimConfig {
            name: name.into(),
            machine,
            fabric,
            vantages: client.into_iter().collect(),
            applet: None,
            jail: JailMode::default(),
            root_password: None,
            authorized_keys: Vec::new(),
            host_key: None,
            latency: Duration::ZERO,
            max_sessions: 10,
            ssh: SshSettings::default(),
            banner: None,
            faults: Vec::new(),
            on_command: None,
            clock_offset: 0,
            scheduler: false,
            python: PythonMode::default(),
            outside_network: false,
            limits: Limits::default(),
            secure_boot: false,
            record: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), SimError> {
        let label = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(label) {
            let name = &self.name;
            return Err(SimError::Config(format!("\"{name}\" is not a host name of at most 64 characters")));
        }
        for (index, vantage) in self.vantages.iter().enumerate() {
            if self.vantages[..index].iter().any(|other| other.name == vantage.name) {
                return Err(SimError::Config(format!("two vantages are called \"{}\"", vantage.name)));
            }
        }
        for (index, line) in self.authorized_keys.iter().enumerate() {
            if Authorized::parse(line).is_none() {
                let number = index + 1;
                return Err(SimError::Config(format!(
                    "authorized key {number} is not an OpenSSH public key"
                )));
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for SimConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimConfig")
            .field("name", &self.name)
            .field("fabric", &self.fabric)
            .field("vantages", &self.vantages)
            .field("applet", &self.applet)
            .field("jail", &self.jail)
            .finish_non_exhaustive()
    }
}
