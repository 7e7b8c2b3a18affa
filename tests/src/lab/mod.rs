//! A simulated host and the `esxi` command to run against it, as a person would.
//!
//! The host runs in the test's process, so that a test can look into it, break it and wait for what happens; the
//! command is a child process. Everything here panics when it cannot go on: it serves tests alone.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod child;
mod world;

pub use child::{Child, Ran, command, run};
pub use world::{config, fabric, state};

use esxi_core::state::HostState;
use esxi_ssh::sim::{Event, KeyPair, SimConfig, SimHost};
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::broadcast;

/// Where management of the lab's host answers at first.
pub const ADDRESS: &str = "192.0.2.10";

/// Longer than anything here takes: an apply with the default window that finds the host's hourly backup near waits
/// for almost five minutes.
pub const LONG: Duration = Duration::from_secs(400);

/// A served host, a folder with a key, known host keys and the ready file, and the program to run.
#[derive(Debug)]
pub struct Lab {
    /// The host.
    pub host: SimHost,
    program: PathBuf,
    folder: TempDir,
    // Last, for the host lives in it.
    runtime: Runtime,
}

impl Lab {
    /// Boots a host. `program` is the `esxi` under test; it also stands as `esxcli` in the host's shell.
    pub fn start(program: &str, mut config: SimConfig) -> Lab {
        let folder = tempfile::tempdir().unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let key = KeyPair::generate().unwrap();
        key.write_private(&folder.path().join("key")).unwrap();
        config.authorized_keys.push(key.public_line());
        config.applet = Some(program.into());
        let host = runtime.block_on(SimHost::start(config)).unwrap();
        let lab = Lab { host, program: program.into(), folder, runtime };
        lab.host.write_ready_file(lab.path("ready.json")).unwrap();
        lab.know_host();
        lab
    }

    /// A path in the lab's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file into the folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Writes `known_hosts` with the host's key under every address it has by now.
    pub fn know_host(&self) {
        let key = self.host.host_key_line();
        let mut text = String::new();
        for listener in self.host.listeners() {
            let at = listener.connect;
            writeln!(text, "{} {key}\n[{}]:{} {key}", listener.address, at.ip(), at.port()).unwrap();
        }
        self.write("known_hosts", &text);
    }

    /// Arguments that lead to the host at one of its addresses.
    pub fn access(address: &str) -> Vec<String> {
        let url = format!("ssh://root@{address}");
        ["--host", &url, "-i", "key", "--known-hosts", "known_hosts", "--address-map", "ready.json"]
            .map(str::to_owned)
            .into()
    }

    /// The command with these arguments, in the lab's folder, without the environment's keys and passwords.
    pub fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = command(&self.program, self.folder.path());
        command.args(args);
        command
    }

    /// Runs the command to its end.
    pub fn esxi(&self, args: &[&str]) -> Ran {
        run(self.command(args), b"")
    }

    /// Runs the command against the host at its first address.
    pub fn on_host(&self, args: &[&str]) -> Ran {
        self.on_host_at(ADDRESS, args)
    }

    /// Runs the command against the host at an address.
    pub fn on_host_at(&self, address: &str, args: &[&str]) -> Ran {
        run(self.at(address, args), b"")
    }

    /// The command against the host at an address. The simulated host has no hourly backup to wait for.
    fn at(&self, address: &str, args: &[&str]) -> std::process::Command {
        let mut command = self.command(args);
        command.args(Lab::access(address));
        if args.first() == Some(&"apply") {
            command.arg("--no-hold-off");
        }
        command
    }

    /// Starts the command against the host and leaves it running.
    pub fn begin(&self, args: &[&str]) -> Child {
        Child::spawn(self.at(ADDRESS, args), b"")
    }

    /// Where the client really connects to for an address of the host.
    pub fn socket(&self, address: &str) -> SocketAddr {
        let address: IpAddr = address.parse().unwrap();
        self.host.connect_address("client", address).expect("the host has the address")
    }

    /// Runs a command line in the host's shell with the OpenSSH client.
    pub fn shell(&self, address: &str, line: &str, stdin: &[u8]) -> Ran {
        self.know_host();
        let mut command = openssh(self.folder.path(), self.socket(address));
        command.arg(line);
        run(command, stdin)
    }

    /// Pulls the host's plug and waits until it is up again.
    pub fn power_cycle(&self) {
        self.runtime.block_on(self.host.power_cycle()).unwrap();
    }

    /// Waits for an event that fits.
    pub fn wait_for(&self, events: &mut broadcast::Receiver<Event>, fits: impl Fn(&Event) -> bool) -> Event {
        let search = async {
            loop {
                match events.recv().await {
                    Ok(event) if fits(&event) => return event,
                    Ok(_) => {}
                    Err(error) => panic!("the event never came: {error}"),
                }
            }
        };
        self.runtime
            .block_on(async { tokio::time::timeout(LONG, search).await })
            .expect("the event never came")
    }

    /// Asserts that the host is configured as it was.
    pub fn assert_as(&self, former: &HostState, about: &str) {
        let now = self.host.state();
        assert!(now.same_configuration(former), "{about}: the host differs\nwas {former:#?}\nis {now:#?}");
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.runtime.block_on(self.host.shutdown());
    }
}

/// True for the event of a command that changes the host, refused or not.
pub fn changes(event: &Event) -> bool {
    let Event::Command { argv, .. } = event else { return false };
    argv.iter().any(|word| ["add", "remove", "set"].contains(&word.as_str()))
}

/// The OpenSSH client with `key` and `known_hosts` of a folder, strict, without a configuration.
pub fn openssh(folder: &Path, at: SocketAddr) -> std::process::Command {
    let mut command = command(Path::new("ssh"), folder);
    command.args(["-F", "none", "-i", "key", "-p", &at.port().to_string()]);
    for option in [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=known_hosts",
        "GlobalKnownHostsFile=/dev/null",
        "IdentitiesOnly=yes",
        "LogLevel=ERROR",
    ] {
        command.args(["-o", option]);
    }
    command.arg(format!("root@{}", at.ip()));
    command
}
