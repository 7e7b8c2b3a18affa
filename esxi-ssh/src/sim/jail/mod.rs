//! The jail: namespaces in which the shell of a simulated host runs, with nothing of the outside in reach.
//!
//! One first process per host holds the namespaces open, so that what a session leaves running lives on; every
//! session enters them. When the first process ends, the kernel ends everything inside: that is the power
//! switch, and because that process ends with its standard input, nothing outlives the simulator either.

mod bank;
mod busybox;
mod elf;
mod esxconf;
mod inside;
mod layout;
mod live;
pub(crate) mod logs;
mod python;
pub(crate) mod shipped;
mod system;
mod tree;

pub(crate) use inside::Inside;
pub(crate) use live::Live;

use super::applet::{BUSYBOX, READY};
use super::config::{JailMode, Limits, PythonMode, SimConfig};
use super::{SimError, applet};
use esxi_core::EsxiVersion;
use esxi_core::model::{Machine, Setting};
use shipped::Files;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use system::System;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

const SCRIPT: &str = include_str!("enter.sh");

/// Becomes the program that its further words name, within limits; older shells know the first by another letter.
const LIMITED: &str =
    r#"{ ulimit -u "$0" || ulimit -p "$0"; } 2>/dev/null; ulimit -f "$1"; shift; exec "$@""#;

/// What survives every reboot, between two boots, below the host's own directory.
const VOLUMES: &str = "volumes";

/// Where programs are looked for inside.
pub(crate) const PATH: &str = "/bin:/sbin:/usr/bin:/usr/sbin:/usr/lib/vmware/bin";

/// The user that everything inside runs as when the simulator is root: `nobody` everywhere.
const NOBODY: u32 = 65_534;

/// What all boots of one host have in common.
#[derive(Debug)]
pub(crate) struct Jail {
    base: PathBuf,
    applet: PathBuf,
    system: Arc<System>,
    /// Kind (`ro`, `rw`, `dev`), source and target of every bind mount.
    binds: Vec<(&'static str, PathBuf, PathBuf)>,
    mode: JailMode,
    root: bool,
    /// What is inside may use the network of outside.
    network: bool,
    limits: Limits,
}

/// The files of a boot.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) files: Arc<Inside>,
    pub(crate) live: Live,
    /// From 8.0 nothing may be executed but what a VIB brought; a shell may still read any script.
    installed_only: bool,
    /// What the host does without, because something lies in the way on its volumes.
    pub(crate) problem: Option<io::Error>,
}

/// A jail with its first process.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) child: Child,
    /// Closing it ends the first process.
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) entrance: Entrance,
}

/// How to start something inside.
#[derive(Debug, Clone)]
pub(crate) struct Entrance {
    pid: u32,
    user_namespace: bool,
    root: bool,
    network: bool,
    limits: Limits,
    busybox: PathBuf,
    nsenter: PathBuf,
}

/// A program to start outside, which enters the jail and becomes what was asked for.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// User and group to become first.
    pub(crate) user: Option<u32>,
}

impl Jail {
    /// Finds the tools and the files to bring in. `base` is this host's own directory.
    pub(crate) fn prepare(config: &SimConfig, base: &Path) -> Result<Jail, SimError> {
        if !cfg!(target_os = "linux") {
            let why = "namespaces are a feature of Linux".to_owned();
            let cure = "set the jail mode to off: simple commands work without a shell".to_owned();
            return Err(SimError::Jail { why, cure });
        }
        let root = rustix::process::geteuid().is_root();
        let applet = match &config.applet {
            Some(path) => path.clone(),
            None => std::env::current_exe().map_err(SimError::io("find the running executable"))?,
        };
        // The interpreter that releases before 6.5 ship is a Python 2 (believed), and nobody has that any more.
        let python = match config.python {
            PythonMode::Auto => config.machine.state.version >= EsxiVersion::new(6, 5),
            PythonMode::On => true,
            PythonMode::Off => false,
        };
        let system = System::get(&applet, python, root)?;
        if config.python == PythonMode::On && !system.has_python() {
            return Err(SimError::Jail {
                why: "there is no Python 3 that the simulated host's user may read".to_owned(),
                cure: "install it: apt-get install python3, dnf install python3 or apk add python3"
                    .to_owned(),
            });
        }
        let mut binds = vec![("ro", system.path().to_owned(), PathBuf::from("/lib/esxi-sim/"))];
        binds.extend(system.folders.iter().map(|path| ("ro", path.clone(), path.join(""))));
        let devices = ["null", "zero", "full", "random", "urandom", "tty"];
        let devices = devices.iter().map(|name| Path::new("/dev").join(name)).filter(|path| path.exists());
        binds.extend(devices.map(|path| ("dev", path.clone(), path)));
        if root {
            // Nobody needs to pass through, not to list.
            let passable = std::fs::Permissions::from_mode(0o711);
            std::fs::set_permissions(base, passable).map_err(SimError::io("open the host's directory"))?;
        }
        Ok(Jail {
            base: base.to_owned(),
            applet,
            system,
            binds,
            mode: config.jail,
            root,
            network: config.outside_network,
            limits: config.limits,
        })
    }

    /// Makes the files of boot number `boot`. What was edited in `esx.conf` since it was saved takes effect on the
    /// machine; volumes are as the last boot left them.
    pub(crate) fn make_tree(
        &self,
        boot: u64,
        machine: &mut Machine,
        kept: &Files,
        new_uuid: impl FnOnce() -> String,
    ) -> Result<Tree, SimError> {
        let failed = || SimError::io("make the files of the simulated host");
        let root = self.folder(boot);
        let targets: Vec<PathBuf> = self.binds.iter().map(|(.., to)| to.clone()).collect();
        let mut files = shipped::renewed(machine.state.version);
        for (path, text) in live::texts(machine) {
            files.insert(path.to_owned(), text.into_bytes());
        }
        files.extend(kept.iter().map(|(path, content)| (path.clone(), content.clone())));
        let saved = kept.get(esxconf::PATH).map(|file| String::from_utf8_lossy(file).into_owned());
        let mut conf = saved.unwrap_or_else(|| esxconf::write(&esxconf::of(machine)));
        let before = machine.clone();
        if !esxconf::apply_edits(machine, &conf, new_uuid).is_empty() {
            conf = esxconf::carry(&conf, &esxconf::of(&before), &esxconf::of(machine));
        }
        files.insert(esxconf::PATH.to_owned(), esxconf::renew(&conf, machine).into_bytes());
        tree::build(&root, &files, &self.system, &targets)
            .and_then(|()| if self.root { tree::hand_over(&root, NOBODY) } else { Ok(()) })
            .map_err(failed())?;
        let inside = Inside::open(&root, self.root.then_some(NOBODY)).map_err(failed())?;
        let volumes = self.base.join(VOLUMES);
        if volumes.exists() {
            inside.take_in(&volumes, "/vmfs/volumes").map_err(failed())?;
        }
        let mut live = Live::begun(&before);
        let mut problem = live.follow(&inside, machine);
        problem = problem.and(bank::prepare(&inside, machine));
        problem = problem.and(inside.make_folder("/scratch/log"));
        for log in shipped::LOGS {
            problem = problem.and(inside.append(&format!("/scratch/log/{log}"), b""));
        }
        let installed_only = installed_only(machine, &bank::options(&inside));
        Ok(Tree { root, files: Arc::new(inside), live, installed_only, problem: problem.err() })
    }

    fn folder(&self, boot: u64) -> PathBuf {
        self.base.join(format!("boot-{boot}"))
    }

    /// Removes the files of an earlier boot but for its volumes. What cannot be removed goes with the directory of
    /// the host.
    pub(crate) fn drop_tree(&self, boot: u64) {
        let root = self.folder(boot);
        if let Ok(inside) = Inside::open(&root, None) {
            // What runs inside may have put anything in their place: then the volumes are empty.
            let _ = inside.give_out("/vmfs/volumes", &self.base.join(VOLUMES));
        }
        let _ = std::fs::remove_dir_all(root);
    }

    /// The files in a boot bank that somebody wrote to since the host did, while the host is off: `written` is what
    /// the host wrote.
    pub(crate) fn edited_bank(&self, machine: &Machine, written: &[u8]) -> Option<Files> {
        let base = Inside::open(&self.base, None).ok()?;
        let bank = layout::Layout::of(machine).target("/bootbank")?.replacen("/vmfs/volumes", VOLUMES, 1);
        let state = base.read(&format!("{bank}/state.tgz")).ok()?;
        if state == written {
            return None;
        }
        // What is no archive is none to the boot loader either: the host comes up with what it has.
        bank::unpack(&state, machine.state.version).ok()
    }

    /// Starts the first process.
    pub(crate) async fn boot(&self, tree: &Tree, machine: &Machine) -> Result<Holder, SimError> {
        match self.mode {
            JailMode::Root if !self.root => Err(SimError::Jail {
                why: "this jail mode is for root".to_owned(),
                cure: "run as root, or set the jail mode to auto".to_owned(),
            }),
            JailMode::Root => self.boot_in(tree, machine, false).await,
            JailMode::Auto if self.root => match self.boot_in(tree, machine, true).await {
                Err(SimError::Jail { .. }) => self.boot_in(tree, machine, false).await,
                other => other,
            },
            _ => self.boot_in(tree, machine, true).await,
        }
    }

    async fn boot_in(
        &self,
        tree: &Tree,
        machine: &Machine,
        user_namespace: bool,
    ) -> Result<Holder, SimError> {
        let mut command = Command::new(&self.system.busybox);
        command.arg("setsid").arg(&self.system.unshare);
        if user_namespace {
            command.args(["--user", "--map-root-user"]);
            if self.root {
                command.uid(NOBODY).gid(NOBODY);
            }
        }
        command.args(["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]);
        command.args((!self.network).then_some("--net"));
        command.arg(&self.system.busybox).args(["sh", "-c", SCRIPT, "esxi-sim"]);
        command.arg(&tree.root).arg(&self.system.busybox).arg(&machine.hostname);
        command.arg(if tree.installed_only { ",noexec" } else { "" });
        // Mounted on itself, so that it stays where it is whatever runs inside.
        let volumes = "/vmfs/volumes";
        command.arg("rw").arg(tree.root.join(&volumes[1..])).arg(volumes);
        for (kind, from, to) in &self.binds {
            command.arg(kind).arg(from).arg(to);
        }
        command.env_clear().env("PATH", "/bin:/sbin").current_dir("/").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(SimError::io("start the jail"))?;
        let stdin = child.stdin.take();
        let mut said = String::new();
        let mut jailed = false;
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                jailed |= line == "jailed";
                if let Some(pid) = line.strip_prefix(READY).and_then(|pid| pid.trim().parse().ok()) {
                    let (busybox, nsenter) = (self.system.busybox.clone(), self.system.nsenter.clone());
                    let (root, network, limits) = (self.root, self.network, self.limits);
                    let entrance = Entrance { pid, user_namespace, root, network, limits, busybox, nsenter };
                    return Ok(Holder { child, stdin, entrance });
                }
            }
        }
        if let Some(stderr) = child.stderr.take() {
            let _ = stderr.take(4096).read_to_string(&mut said).await;
        }
        let _ = child.kill().await;
        let said = said.trim().replace('\n', "; ");
        if jailed {
            let why = format!("it did not answer as the jail's first process: {said}");
            return Err(SimError::Applet { path: self.applet.clone(), why });
        }
        let way = if user_namespace { "user namespace" } else { "namespaces made by root" };
        Err(SimError::Jail { why: format!("{way}: {said}"), cure: cure() })
    }
}

impl Entrance {
    /// The program that runs `argv` inside. Without a terminal it gets a session of its own, so that nothing
    /// inside reaches the terminal of whoever runs the simulator.
    pub(crate) fn enter<S: AsRef<OsStr>>(&self, argv: &[S], terminal: bool) -> Entry {
        let mut args: Vec<OsString> = Vec::new();
        if !terminal {
            args.push("setsid".into());
            args.push(self.nsenter.clone().into());
        }
        args.push("--target".into());
        args.push(self.pid.to_string().into());
        args.extend(["--mount", "--pid", "--ipc", "--uts"].map(OsString::from));
        args.extend((!self.network).then_some("--net").map(OsString::from));
        if self.user_namespace {
            args.extend(["--user", "--preserve-credentials"].map(OsString::from));
        } else {
            let nobody = NOBODY.to_string();
            args.extend(["--setuid", &nobody, "--setgid", &nobody].map(OsString::from));
        }
        // Set inside, where only what is inside counts. A shell counts files in blocks of 512 bytes.
        args.extend(["--", BUSYBOX, "sh", "-c", LIMITED].map(OsString::from));
        args.push(self.limits.processes.to_string().into());
        args.push((self.limits.file_size / 512).to_string().into());
        args.extend(argv.iter().map(|word| word.as_ref().to_owned()));
        Entry {
            program: if terminal { self.nsenter.clone() } else { self.busybox.clone() },
            args,
            user: (self.root && self.user_namespace).then_some(NOBODY),
        }
    }
}

/// Whether nothing may be executed but what a VIB brought: from 8.0 on, unless the advanced option or the kernel's
/// says otherwise (both verified); from 9.0 on only the kernel's does (believed). Either takes effect at the next
/// boot here.
fn installed_only(machine: &Machine, options: &str) -> bool {
    let word = |value: &str| {
        let word = format!("execInstalledOnly={value}");
        options.split_whitespace().any(|option| option.eq_ignore_ascii_case(&word))
    };
    let kernel = machine.system.kernel.get("execInstalledOnly");
    let kernel = kernel.map(|value| value.eq_ignore_ascii_case("TRUE"));
    match machine.system.settings.changed.get("/User/execInstalledOnly") {
        _ if word("TRUE") || kernel == Some(true) => true,
        _ if word("FALSE") || kernel == Some(false) => false,
        _ if machine.state.version >= EsxiVersion::new(9, 0) => true,
        Some(Setting::Int(number)) => *number != 0,
        _ => machine.state.version >= EsxiVersion::new(8, 0),
    }
}

/// What to type so that an unprivileged user namespace can be made, by what forbids it here.
fn cure() -> String {
    let switches = [
        ("/proc/sys/user/max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000"),
        (
            "/proc/sys/kernel/unprivileged_userns_clone",
            "0",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ];
    let set = |(file, bad, _): &(&str, &str, &str)| {
        std::fs::read_to_string(file).is_ok_and(|content| content.trim() == *bad)
    };
    match switches.iter().find(|switch| set(switch)) {
        Some((.., command)) => format!("run `{command}`, or run as root"),
        None => "run as root; in a container, start it with --privileged or with \
                 --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
            .to_owned(),
    }
}

/// Saves the files that ESXi keeps to the boot bank, and into `kept`; returns what is in the bank now.
pub(crate) fn save(files: &Inside, kept: &mut Files, version: EsxiVersion, time: u64) -> io::Result<Vec<u8>> {
    bank::save(files, kept, version, time)
}

/// True when somebody took the host's identity out of its configuration.
pub(crate) fn lacks_identity(files: &Inside) -> bool {
    let conf = files.read(esxconf::PATH).unwrap_or_default();
    !esxconf::parse(&String::from_utf8_lossy(&conf)).contains_key("/system/uuid")
}

/// Where the applets find the simulator, seen from outside.
pub(crate) fn socket_path(root: &Path) -> PathBuf {
    root.join(applet::SOCKET.trim_start_matches('/'))
}
