//! A real OpenSSH server, an agent, and a line between that can be cut or frozen.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says when it skips"
)]

pub mod line;
pub mod prompter;

use std::io::BufRead;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use esxi_ssh::{ConnectOptions, Credentials, HostKeyPolicy, PasswordMemory, Target};

const SSHD: &str = "/usr/sbin/sshd";

/// True when there is an sshd to test against. On Linux there has to be one, as in CI.
pub fn sshd_is_there() -> bool {
    let there = Path::new(SSHD).exists();
    assert!(there || !cfg!(target_os = "linux"), "{SSHD} is missing: install openssh-server");
    if !there {
        eprintln!("SKIPPED: {SSHD} is missing, nothing was tested against a real server");
    }
    there
}

/// Host and user keys of each kind, made once for a test program.
static KEYS: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    for kind in ["rsa", "ecdsa", "ed25519"] {
        keygen(&dir.path().join(format!("host_{kind}")), kind, "");
        keygen(&dir.path().join(format!("user_{kind}")), kind, "");
    }
    dir
});

/// An sshd that is started for each connection (`sshd -i`), so that no port has to be free in advance.
pub struct Sshd {
    pub dir: tempfile::TempDir,
    pub address: SocketAddr,
    pub user: String,
    children: Arc<Mutex<Vec<Child>>>,
}

impl Sshd {
    /// With these lines in its configuration, before the usual ones.
    pub fn start(config: &str) -> Sshd {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for entry in std::fs::read_dir(KEYS.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), at(entry.file_name().to_str().unwrap())).unwrap();
        }
        let mut authorized = String::new();
        for kind in ["rsa", "ecdsa", "ed25519"] {
            authorized += &std::fs::read_to_string(at(&format!("user_{kind}.pub"))).unwrap();
        }
        std::fs::write(at("authorized_keys"), authorized).unwrap();
        let user = output("id", &["-un"]);
        if user == "root" {
            // Where sshd locks its unprivileged half in; made by its service unit elsewhere.
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        let host_keys = match config.contains("HostKey ") {
            true => String::new(),
            false => ["rsa", "ecdsa", "ed25519"]
                .map(|kind| format!("HostKey {}\n", at(&format!("host_{kind}")).display()))
                .concat(),
        };
        let config = config.replace("{dir}", dir.path().to_str().unwrap());
        let rest = format!(
            "AuthorizedKeysFile {}\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitUserRC no\nPrintMotd no\n",
            at("authorized_keys").display()
        );
        std::fs::write(at("sshd_config"), format!("{config}\n{host_keys}{rest}")).unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let children = Arc::new(Mutex::new(Vec::new()));
        let (config, log, started) = (at("sshd_config"), at("log"), children.clone());
        // Ends with the test process: accept() has no other end.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let socket = OwnedFd::from(stream);
                let log = std::fs::File::options().create(true).append(true).open(&log);
                let (Ok(log), Ok(copy)) = (log, socket.try_clone()) else { return };
                let child = Command::new(SSHD)
                    .args(["-i", "-e", "-f"])
                    .arg(&config)
                    .stdin(Stdio::from(socket))
                    .stdout(Stdio::from(copy))
                    .stderr(log)
                    .spawn();
                started.lock().unwrap().push(child.unwrap());
            }
        });
        Sshd { dir, address, user, children }
    }

    /// A file of this server's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    /// The account on this server, by its real address.
    pub fn target(&self) -> Target {
        Target::new(&self.user, "127.0.0.1", self.address.port()).unwrap()
    }
    /// The public host key of a kind, as `type base64`.
    pub fn host_key(&self, kind: &str) -> String {
        let line = std::fs::read_to_string(self.path(&format!("host_{kind}.pub"))).unwrap();
        line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }
    /// A known_hosts file with the given lines, `{name}` being this server.
    pub fn known_hosts(&self, lines: &str) -> PathBuf {
        let file = self.path("known_hosts");
        std::fs::write(&file, lines.replace("{name}", &self.target().known_hosts_name())).unwrap();
        file
    }
    /// Trusts this server, logs in by these credentials, and waits no longer than a test should.
    pub fn options(&self, credentials: Credentials) -> ConnectOptions {
        let lines: Vec<_> =
            ["rsa", "ecdsa", "ed25519"].iter().map(|k| format!("{{name}} {}\n", self.host_key(k))).collect();
        let file = self.known_hosts(&lines.concat());
        options(credentials, HostKeyPolicy::Strict { files: vec![file] })
    }
    /// Options with the key of a kind.
    pub fn with_key(&self, kind: &str) -> ConnectOptions {
        self.options(Credentials::none().key(self.path(&format!("user_{kind}"))))
    }
    /// What sshd has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        for child in self.children.lock().unwrap().iter_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Options with a password memory of their own and short waits.
pub fn options(credentials: Credentials, host_keys: HostKeyPolicy) -> ConnectOptions {
    let mut options = ConnectOptions::new(credentials);
    options.host_keys = host_keys;
    options.refused_passwords = PasswordMemory::new();
    options.connect_timeout = Duration::from_secs(20);
    options.auth_timeout = Duration::from_secs(20);
    options.exec_timeout = Duration::from_secs(60);
    options
}

/// Makes a key pair with ssh-keygen.
pub fn keygen(file: &Path, kind: &str, passphrase: &str) {
    let file = file.to_str().unwrap();
    let bits = if kind == "rsa" { "2048" } else { "256" };
    output("ssh-keygen", &["-q", "-t", kind, "-b", bits, "-N", passphrase, "-C", "test", "-f", file]);
}

/// Runs a program that has to succeed, and gives what it printed.
pub fn output(program: &str, args: &[&str]) -> String {
    let out = Command::new(program).args(args).stdin(Stdio::null()).output().unwrap();
    assert!(out.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// A real ssh-agent.
pub struct SshAgent {
    pub socket: PathBuf,
    child: Child,
}

impl SshAgent {
    /// Starts one whose socket lies in this directory.
    pub fn start(dir: &Path) -> SshAgent {
        let socket = dir.join("agent.sock");
        let mut child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It prints the name of its socket when that listens.
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("SSH_AUTH_SOCK"), "{line}");
        SshAgent { socket, child }
    }
    /// Gives it a key.
    pub fn add(&self, key: &Path) {
        let out =
            Command::new("ssh-add").arg("-q").arg(key).env("SSH_AUTH_SOCK", &self.socket).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
}

impl Drop for SshAgent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something that another process does has happened.
pub async fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
