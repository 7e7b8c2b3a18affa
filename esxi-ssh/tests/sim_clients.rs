//! Programs that others wrote, unchanged, on simulated hosts of every age: asyncssh, paramiko, ansible-core and
//! OpenSSH with a shared connection. `tests/run tools` unpacks the first three below the target directory.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic, and says when it skips"
)]

mod sim_support;

use esxi_ssh::sim::{SimConfig, SimHost, SshSettings};
use sim_support::{ADDRESS, Client, Ran, config, ip, ran};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::process::Command;

const VERSIONS: [&str; 5] = ["5.5", "6.5", "7.0", "8.0.2", "9.0"];
const PASSWORD: &str = "Zaubernuss-4711";
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");

/// The Python that has the clients; `None`, said aloud, when they were not unpacked.
fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let python = target.join("clients/bin/python3");
    if !python.exists() {
        eprintln!("SKIPPED: {} is missing. Cure: tests/run tools", python.display());
        return None;
    }
    Some(python)
}

/// A host as its version is, and what a client needs to get in.
struct Place {
    client: Client,
    host: SimHost,
    at: SocketAddr,
    key: PathBuf,
    known: PathBuf,
}

async fn start(version: &str, change: impl FnOnce(&mut SimConfig)) -> Place {
    let client = Client::new();
    let key = client.folder().join("rsa");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-C", "test", "-f"])
        .arg(&key)
        .status()
        .await;
    assert!(made.unwrap().success());
    let mut config = config("esx01", version);
    config.ssh = SshSettings::default();
    config.root_password = Some(PASSWORD.to_owned().into());
    config.authorized_keys.push(std::fs::read_to_string(key.with_extension("pub")).unwrap());
    change(&mut config);
    let host = client.start(config).await;
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    // Writes the file of known hosts.
    client.tool("true", "esx01", at);
    let known = client.folder().join("known-esx01");
    Place { client, host, at, key, known }
}

impl Place {
    async fn script(&self, version: &str, python: &Path, name: &str, words: &[&str]) -> Ran {
        let mut command = Command::new(python);
        if version == "5.5" {
            // Releases of their time: those of today have forgotten how SHA-1 goes.
            command.env("PYTHONPATH", python.parent().unwrap().with_file_name("old"));
        }
        command.arg(Path::new(SCRIPTS).join(name));
        command.args([self.at.ip().to_string(), self.at.port().to_string()]);
        command.arg(&self.known).arg(&self.key).arg(PASSWORD).arg(self.client.folder()).args(words);
        command.kill_on_drop(true);
        ran(&mut command, b"").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asyncssh_works() {
    let Some(python) = python() else { return };
    for version in VERSIONS {
        let place = start(version, |_| ()).await;
        let words: &[&str] = if version == "5.5" { &["old"] } else { &["signals"] };
        let done = place.script(version, &python, "with_asyncssh.py", words).await;
        assert_eq!(done.status, Some(0), "{version}: {}{}", done.out, done.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paramiko_works() {
    let Some(python) = python() else { return };
    for version in VERSIONS {
        let place = start(version, |_| ()).await;
        let done = place.script(version, &python, "with_paramiko.py", &[]).await;
        assert_eq!(done.status, Some(0), "{version}: {}{}", done.out, done.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ansible_works() {
    let Some(python) = python() else { return };
    for version in VERSIONS {
        let place = start(version, |_| ()).await;
        let mut options =
            format!("-F none -o UserKnownHostsFile={} -o IdentitiesOnly=yes", place.known.display());
        if version == "5.5" {
            options += " -o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa";
        }
        let inventory = place.client.folder().join("inventory");
        let line = format!(
            "{} ansible_port={} ansible_user=root ansible_ssh_private_key_file={} ansible_ssh_common_args='{options}'\n",
            place.at.ip(),
            place.at.port(),
            place.key.display(),
        );
        std::fs::write(&inventory, line).unwrap();
        let mut command = Command::new(python.with_file_name("ansible-playbook"));
        command.arg("-i").arg(&inventory).arg("-e").arg(format!("installed_only={}", version >= "8"));
        command.arg(Path::new(SCRIPTS).join("play.yaml"));
        // Nothing of whoever runs the test.
        let own = place.client.folder().join("ansible");
        command.env("HOME", &own).env("ANSIBLE_HOME", &own).env("ANSIBLE_LOCAL_TEMP", own.join("tmp"));
        let settings = place.client.folder().join("ansible.cfg");
        std::fs::write(&settings, "").unwrap();
        command.env("ANSIBLE_CONFIG", &settings).env("ANSIBLE_SSH_CONTROL_PATH_DIR", place.client.folder());
        command.env("ANSIBLE_NOCOLOR", "1").env("LC_ALL", "C.UTF-8").kill_on_drop(true);
        let done = ran(&mut command, b"").await;
        assert_eq!(done.status, Some(0), "{version}: {}{}", done.out, done.err);
        assert!(done.out.contains("ok=5"), "{}", done.out);
        // A master that was left behind ends with its host.
        place.host.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_shares_a_connection() {
    for version in VERSIONS {
        let place = start(version, |_| ()).await;
        let socket = place.client.folder().join("mux");
        let ssh = |master: &str, line: &str| {
            let mut command = place.client.tool("ssh", "esx01", place.at);
            command.arg("-i").arg(&place.key).arg("-S").arg(&socket);
            if version == "5.5" {
                command.args(["-o", "HostKeyAlgorithms=+ssh-rsa", "-o", "PubkeyAcceptedAlgorithms=+ssh-rsa"]);
            }
            command.args(["-o", "LogLevel=ERROR", "-p", &place.at.port().to_string()]);
            command.arg("-o").arg(format!("ControlMaster={master}"));
            command.arg(format!("root@{}", place.at.ip())).arg(line);
            command
        };
        let mut master = sim_support::spawn(&mut ssh("yes", "echo up; cat"));
        let input = master.stdin.take();
        let mut output = tokio::io::BufReader::new(master.stdout.take().unwrap());
        let mut line = String::new();
        tokio::io::AsyncBufReadExt::read_line(&mut output, &mut line).await.unwrap();
        assert_eq!(line, "up\n", "{version}");
        let mut events = place.host.events();
        for number in 0..3 {
            let line = format!("esxcli network nic list | grep -c vmnic0; exit {number}");
            let shared = ran(&mut ssh("no", &line), b"").await;
            assert_eq!((shared.status, shared.out.as_str()), (Some(number), "1\n"), "{version}: {shared:?}");
        }
        let opened = |event: &_| matches!(event, esxi_ssh::sim::Event::ConnectionOpened { .. });
        while let Ok(event) = events.try_recv() {
            assert!(!opened(&event), "{version}: a connection of its own: {event:?}");
        }
        drop(input);
        assert_eq!(sim_support::soon(master.wait()).await.unwrap().code(), Some(0));
    }
}
