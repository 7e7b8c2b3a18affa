//! A simulated host and OpenSSH's own client to talk to it.

#![allow(dead_code, reason = "every test binary uses its part")]

use esxi_core::EsxiVersion;
use esxi_core::model::Machine;
use esxi_core::reach::{Evidence, Fabric, Lag, Network, SwitchPort, TaggedVlans};
use esxi_core::state::{Fact, FactoryNic, HostState, Ipv4Config, factory};
use esxi_ssh::sim::{Event, SimConfig, SimHost, SshAlgorithms};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::sync::broadcast;

pub const CLIENT: &str = "203.0.113.7";
pub const ADDRESS: &str = "192.0.2.10";

pub fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// One card on an access port, management at 192.0.2.10, the client behind the gateway.
pub fn state(version: &str) -> HostState {
    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
    let mut state = factory(version.parse().unwrap(), &[nic]);
    let address = Ipv4Config::Static { address: "192.0.2.10/24".parse().unwrap(), gateway: None };
    state.vmkernel.get_mut("vmk0").unwrap().ipv4 = Fact::Known(address);
    state.routes.insert(esxi_core::state::Route {
        netstack: Default::default(),
        network: "0.0.0.0/0".parse().unwrap(),
        gateway: ip("192.0.2.1"),
    });
    state
}

pub fn fabric() -> Fabric {
    let port = SwitchPort {
        untagged: Some(0),
        tagged: TaggedVlans::None,
        lag: Lag::None,
        evidence: Evidence::Asserted,
    };
    let network = Network {
        subnet: "192.0.2.0/24".parse().unwrap(),
        gateway: Some(ip("192.0.2.1")),
        segment: 0,
        dhcp: Some(ip("192.0.2.77")),
        evidence: Evidence::Asserted,
    };
    Fabric {
        ports: [("vmnic0".parse().unwrap(), port)].into(),
        networks: vec![network],
        client: Some(ip(CLIENT)),
        ..Fabric::default()
    }
}

/// A host that the key of [`Client`] opens.
pub fn config(name: &str, version: &str) -> SimConfig {
    let mut machine = Machine::new(state(version));
    machine.hostname = name.to_owned();
    machine.domain = String::new();
    let mut config = SimConfig::new(name, machine, fabric());
    config.applet = Some(env!("CARGO_BIN_EXE_esxi-sim-applet").into());
    if config.machine.state.version < EsxiVersion::new(6, 0) {
        // RSA keys of 5.x take time to make, and today's clients need to be asked for their signatures.
        config.ssh.algorithms = SshAlgorithms::Of(EsxiVersion::new(6, 7));
    }
    config
}

/// OpenSSH with a key of its own.
pub struct Client {
    folder: tempfile::TempDir,
}

impl Client {
    pub fn new() -> Client {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        let made = std::process::Command::new("ssh-keygen")
            .args(["-q", "-t", "ecdsa", "-b", "256", "-N", "", "-C", "test", "-f"])
            .arg(&key)
            .status()
            .unwrap();
        assert!(made.success());
        Client { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn public_key(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("key.pub")).unwrap()
    }

    /// A host that this client may log in to, by the key in its own ready file.
    pub async fn start(&self, mut config: SimConfig) -> SimHost {
        config.authorized_keys.push(self.public_key());
        let name = config.name.clone();
        let host = SimHost::start(config).await.unwrap();
        host.write_ready_file(self.ready_file(&name)).unwrap();
        host
    }

    pub fn ready_file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(format!("{name}.json"))
    }

    pub fn ready(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.ready_file(name)).unwrap()).unwrap()
    }

    /// `ssh` with everything but the command set.
    pub fn ssh(&self, name: &str, at: SocketAddr) -> Command {
        let mut command = self.tool("ssh", name, at);
        command.args(["-o", "LogLevel=ERROR", "-p", &at.port().to_string(), &format!("root@{}", at.ip())]);
        command
    }

    /// A program of OpenSSH that knows the host and its own key; the address is to be added.
    pub fn tool(&self, program: &str, name: &str, at: SocketAddr) -> Command {
        let known = self.folder.path().join(format!("known-{name}"));
        let ready = self.ready(name);
        let keys = ready["host_keys"].as_array().unwrap().iter();
        let lines: Vec<String> =
            keys.map(|key| format!("[{}]:{} {}\n", at.ip(), at.port(), key.as_str().unwrap())).collect();
        std::fs::write(&known, lines.concat()).unwrap();
        let mut command = Command::new(program);
        command.args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o"]);
        command.arg(format!("UserKnownHostsFile={}", known.display()));
        command.args(["-o", "GlobalKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes"]);
        command.arg("-i").arg(self.folder.path().join("key"));
        command.kill_on_drop(true);
        command
    }

    /// Runs a command line on the host's management address.
    pub async fn run(&self, host: &SimHost, name: &str, line: &str) -> Ran {
        self.run_with(host, name, &[line], b"").await
    }

    pub async fn run_with(&self, host: &SimHost, name: &str, words: &[&str], stdin: &[u8]) -> Ran {
        let at = host.connect_address("client", ip(ADDRESS)).unwrap();
        let mut command = self.ssh(name, at);
        command.args(words);
        ran(&mut command, stdin).await
    }
}

/// What came of a command.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
    pub bytes: Vec<u8>,
}

/// Runs a program to its end, feeding it and reading from it at once.
pub async fn ran(command: &mut Command, stdin: &[u8]) -> Ran {
    let mut child = spawn(command);
    let mut input = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    let feeding = tokio::spawn(async move {
        let _ = input.write_all(&stdin).await;
    });
    let output = soon(child.wait_with_output()).await.unwrap();
    feeding.await.unwrap();
    Ran {
        status: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        bytes: output.stdout,
    }
}

pub fn spawn(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for an event that fits.
pub async fn event(events: &mut broadcast::Receiver<Event>, fits: impl Fn(&Event) -> bool) -> Event {
    let search = async {
        loop {
            let event = events.recv().await.unwrap();
            if fits(&event) {
                return event;
            }
        }
    };
    soon(search).await
}

/// Nothing here takes long; a test that hangs shall say where.
pub async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("it takes too long")
}
