//! What all simulated hosts of a process share: the programs inside, their libraries, and the tools outside.

use super::elf;
use super::python::{self, Python};
use crate::sim::SimError;
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A folder that every jail sees, read-only, and what leads into it.
#[derive(Debug)]
pub(super) struct System {
    folder: tempfile::TempDir,
    /// Paths inside, and the name in the folder that each leads to.
    pub(super) links: BTreeMap<PathBuf, String>,
    /// What is mounted beside the folder, at the same place.
    pub(super) folders: Vec<PathBuf>,
    pub(super) busybox: PathBuf,
    pub(super) busybox_applets: Vec<String>,
    pub(super) unshare: PathBuf,
    pub(super) nsenter: PathBuf,
}

/// What makes two of them different.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    applet: PathBuf,
    python: bool,
}

/// Those in use.
static SYSTEMS: Mutex<Vec<(Key, Weak<System>)>> = Mutex::new(Vec::new());

impl System {
    /// The one for this applet, made when no host has it yet. Where the simulator is root, everybody can read it.
    pub(super) fn get(applet: &Path, want_python: bool, root: bool) -> Result<Arc<System>, SimError> {
        let key = Key { applet: applet.to_owned(), python: want_python };
        let mut systems = SYSTEMS.lock().unwrap_or_else(PoisonError::into_inner);
        systems.retain(|(_, system)| system.strong_count() > 0);
        let known = systems.iter().find(|(known, _)| *known == key).and_then(|(_, system)| system.upgrade());
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(System::make(applet, want_python, root)?);
        systems.push((key, Arc::downgrade(&made)));
        Ok(made)
    }

    fn make(given: &Path, want_python: bool, root: bool) -> Result<System, SimError> {
        let busybox = tool("busybox", "busybox")?;
        let unshare = tool("unshare", "util-linux")?;
        let nsenter = tool("nsenter", "util-linux")?;
        let listing = Command::new(&busybox).arg("--list").output();
        let listing = listing.map_err(SimError::io(format!("run {}", busybox.display())))?;
        let busybox_applets: Vec<String> =
            String::from_utf8_lossy(&listing.stdout).lines().map(str::to_owned).collect();
        for needed in ["sh", "mount", "umount", "pivot_root", "setsid", "sleep", "hostname", "date"] {
            if !busybox_applets.iter().any(|applet| applet == needed) {
                let why = format!("{} lacks the applet {needed}", busybox.display());
                return Err(SimError::Jail { why, cure: install("busybox") });
            }
        }
        let unfit = |error: io::Error| SimError::Applet { path: given.to_owned(), why: error.to_string() };
        let applet = given.canonicalize().map_err(unfit)?;
        let mut libraries = elf::libraries(&applet, &[]).map_err(unfit)?;
        let of_busybox = elf::libraries(&busybox, &[]);
        libraries.extend(of_busybox.map_err(SimError::io("list the libraries of busybox"))?);
        libraries.push("/etc/ld.so.cache".into());
        let python = if want_python { python::find(root) } else { None };
        libraries.extend(python.iter().flat_map(|python| python.libraries.clone()));
        libraries.retain(|path| path.exists());
        libraries.sort();
        libraries.dedup();

        let failed = || SimError::io("make a directory for the programs of simulated hosts");
        let folder = tempfile::Builder::new().prefix("esxi-sim-system-").tempdir().map_err(failed())?;
        let mut system = System {
            folder,
            links: BTreeMap::new(),
            folders: Vec::new(),
            busybox,
            busybox_applets,
            unshare,
            nsenter,
        };
        system.bring(&applet, "applet").map_err(unfit)?;
        system.bring(&system.busybox.clone(), "busybox").map_err(failed())?;
        for (number, path) in libraries.into_iter().enumerate() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{number}-{name}");
            system.bring(&path, &name).map_err(failed())?;
            system.links.insert(path, name);
        }
        if let Some(Python { interpreter, folders, .. }) = python {
            system.bring(&interpreter, "python3").map_err(failed())?;
            for link in ["/bin/python", "/bin/python3"] {
                system.links.insert(link.into(), "python3".to_owned());
            }
            system.folders = folders;
        }
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(system.folder.path(), open).map_err(failed())?;
        Ok(system)
    }

    pub(super) fn has_python(&self) -> bool {
        self.links.contains_key(Path::new("/bin/python3"))
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of outside under a name of its own, which everybody can read and execute.
    fn bring(&mut self, from: &Path, name: &str) -> io::Result<()> {
        let to = self.folder.path().join(name);
        let facts = from.metadata()?;
        let open = facts.permissions().mode() & 0o055 == 0o055;
        // A link costs nothing, but only works within a file system and for one's own files.
        if !open || std::fs::hard_link(from.canonicalize()?, &to).is_err() {
            std::fs::copy(from, &to)?;
            std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }
}

/// A program in the usual places or the search path.
fn tool(name: &str, package: &str) -> Result<PathBuf, SimError> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let mut all = usual.into_iter().chain(std::env::split_paths(&search)).map(|folder| folder.join(name));
    let found = all.find(|path| path.is_file()).and_then(|path| {
        // On Alpine every tool is a link to busybox, which goes by the name it is called.
        let real = path.canonicalize().ok()?;
        if name == "busybox" { Some(real) } else { Some(path) }
    });
    found.ok_or_else(|| SimError::Jail { why: format!("{name} is not installed"), cure: install(package) })
}

fn install(package: &str) -> String {
    format!(
        "install it: apt-get install {package}, dnf install {package} or apk add {package}; or set the jail mode \
         to off, where simple commands work without a shell"
    )
}
