//! One simulated host and the commands that are run against it.

use crate::cmd::sim::{failed, known_hosts};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::job::host_file;
use crate::offline::factory_state;
use crate::out::Out;
use esxi_core::diag::codes;
use esxi_core::model::Machine;
use esxi_ssh::sim::{Event, KeyPair, SimConfig, SimHost};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Command;
use tokio::task::JoinHandle;

/// What a stage is made from.
pub struct Play<'a> {
    pub name: &'a str,
    pub version: &'a str,
    pub nics: &'a [&'a str],
    /// Files in the stage's folder; `fabric.yaml` is the world around the host.
    pub files: &'a [(&'a str, &'a str)],
    /// Where the host answers first.
    pub address: &'a str,
}

/// A served host, a folder with files, and a key to log in with.
pub struct Stage<'a> {
    out: &'a Out,
    host: SimHost,
    folder: tempfile::TempDir,
    program: PathBuf,
    address: IpAddr,
    watcher: Option<JoinHandle<()>>,
}

impl<'a> Stage<'a> {
    /// Boots the host as an installer leaves it.
    pub async fn open(out: &'a Out, play: Play<'_>) -> Result<Stage<'a>, Failure> {
        let io = |error: std::io::Error| {
            Failure::error(
                codes::SIM_IO,
                format!("the demo's folder: {error}"),
                "check the space in the temporary folder",
            )
        };
        let folder = tempfile::tempdir().map_err(io)?;
        for (name, text) in play.files {
            input::write(&folder.path().join(name), text.as_bytes())?;
        }
        let nics: Vec<String> = play.nics.iter().map(|mac| (*mac).to_owned()).collect();
        let state = factory_state(play.version, &nics)?;
        let world = host_file(&input::read(&folder.path().join("fabric.yaml"))?)?;
        let (fabric, findings) = world.spec.fabric(&state);
        if !findings.is_empty() {
            return Err(Failure::located(findings, &world.source));
        }
        let key = KeyPair::generate().map_err(failed)?;
        key.write_private(&folder.path().join("key")).map_err(failed)?;
        let mut machine = Machine::new(state);
        play.name.clone_into(&mut machine.hostname);
        let mut config = SimConfig::new(play.name, machine, fabric);
        config.authorized_keys = vec![key.public_line()];
        let host = SimHost::start(config).await.map_err(failed)?;
        host.write_ready_file(folder.path().join("ready.json")).map_err(failed)?;
        input::write(&folder.path().join("known_hosts"), known_hosts(&host).as_bytes())?;
        let program = std::env::current_exe().map_err(io)?;
        let address = play.address.parse().map_err(|error| {
            Failure::error(
                codes::DEMO_FAILED,
                format!("{}: {error}", play.address),
                "this is a mistake in the demo",
            )
        })?;
        Ok(Stage { out, host, folder, program, address, watcher: None })
    }

    /// Says what comes.
    pub fn tell(&self, text: &str) {
        self.out.say(format_args!("\n{}", self.out.bold(text)));
    }

    /// Prints one of the stage's files.
    pub fn show(&self, name: &str) -> Result<(), Failure> {
        let text = input::read(&self.folder.path().join(name))?.text;
        text.lines().for_each(|line| self.out.line(format_args!("  {line}")));
        Ok(())
    }

    /// Runs a command of this program, which has to end as expected.
    pub async fn esxi(&self, args: &[&str], expected: Exit) -> Result<(), Failure> {
        self.run(args, &[], expected).await
    }

    /// The same against the host.
    pub async fn on_host(&mut self, args: &[&str], expected: Exit) -> Result<(), Failure> {
        let url = format!("ssh://root@{}", self.address);
        let access =
            ["--host", &url, "-i", "key", "--known-hosts", "known_hosts", "--address-map", "ready.json"];
        let result = self.run(args, &access, expected).await;
        if let Some(watcher) = self.watcher.take() {
            watcher.abort();
        }
        result
    }

    async fn run(&self, args: &[&str], access: &[&str], expected: Exit) -> Result<(), Failure> {
        let host = access.get(1).map(|url| format!(" --host {url}")).unwrap_or_default();
        self.out.say(format_args!("\n$ esxi {}{host}", args.join(" ")));
        let mut child = Command::new(&self.program);
        child.args(args).args(access).current_dir(self.folder.path()).stdin(Stdio::null()).kill_on_drop(true);
        // The demo has its own key and asks nobody else's agent.
        child.env_remove("SSH_AUTH_SOCK").env_remove("ESXI_PASSWORD");
        let status = child.status().await;
        let wrong = |what: String| {
            Failure::error(codes::DEMO_FAILED, what, "please report this with what stands above")
        };
        match status.map(|status| status.code()) {
            Ok(Some(code)) if code == expected as i32 => Ok(()),
            Ok(code) => Err(wrong(format!(
                "`esxi {}` ended with {}, not {}",
                args.join(" "),
                code.map_or("a signal".to_owned(), |code| code.to_string()),
                expected as i32
            ))),
            Err(error) => Err(wrong(format!("`esxi {}` could not be run: {error}", args.join(" ")))),
        }
    }

    /// From now on the host answers on the address that its management adapter has got.
    pub fn follow(&mut self) -> Result<(), Failure> {
        let state = self.host.state();
        let address = state.management_vmks().into_iter().find_map(|vmk| state.vmkernel[vmk].ipv4_address());
        let Some(address) = address else {
            return Err(Failure::error(
                codes::DEMO_FAILED,
                "the host has no management address",
                "please report this",
            ));
        };
        if self.address != IpAddr::V4(address.addr()) {
            self.address = IpAddr::V4(address.addr());
            self.tell(&format!("Management answers on {} now.", self.address));
        }
        // Its key is the same there.
        input::write(&self.folder.path().join("known_hosts"), known_hosts(&self.host).as_bytes())
    }

    /// Shows what happens on the host while the next command runs.
    pub fn watch(&mut self) {
        let mut events = self.host.events();
        let out = *self.out;
        self.watcher = Some(tokio::spawn(async move {
            while let Ok(event) = events.recv().await {
                if let Some(text) = seen(&event) {
                    out.say(format_args!("        [on the host] {text}"));
                }
            }
        }));
    }

    /// Ends the host.
    pub async fn close(self) {
        self.host.shutdown().await;
    }
}

/// An event in words, if a watcher cares.
fn seen(event: &Event) -> Option<String> {
    match event {
        Event::ReachChanged { address, reachable: false, .. } => {
            Some(format!("{address} does not answer any more"))
        }
        Event::ReachChanged { address, reachable: true, .. } => Some(format!("{address} answers again")),
        Event::Command { argv, status, .. } => {
            let changes = ["add", "remove", "set"].iter().any(|verb| argv.iter().any(|word| word == verb));
            changes.then(|| format!("{} (status {status})", argv.join(" ")))
        }
        Event::Saved => Some("configuration saved".to_owned()),
        _ => None,
    }
}
