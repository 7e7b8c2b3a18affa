//! The files of a simulated host.

use crate::sim::applet;
use crate::sim::config::SimConfig;
use crate::sim::programs;
use esxi_core::EsxiVersion;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Where the applet executable lies inside.
pub(crate) const APPLET: &str = "/lib/esxi-sim/applet";

/// Root's keys, relative to the root.
pub(crate) const AUTHORIZED_KEYS: &str = "etc/ssh/keys-root/authorized_keys";

/// Run at every boot, relative to the root.
pub(crate) const LOCAL_SH: &str = "etc/rc.local.d/local.sh";

/// What `local.sh` is when nobody changed it.
pub(crate) const LOCAL_SH_TEXT: &str = "#!/bin/sh\nexit 0\n";

const FOLDERS: &[&str] = &[
    "bin",
    "sbin",
    "dev",
    "proc",
    "tmp",
    "lib/esxi-sim",
    "var/run",
    "var/log",
    "var/tmp",
    "var/spool/cron/crontabs",
    "vmfs/volumes",
    "bootbank",
    "altbootbank",
    ".old",
];

/// Applets of busybox that are left out: what could reach outside or end the jail, what ESXi replaces by its own
/// tools, and what nobody has seen on ESXi, so that no script comes to rely on it (`setsid`, `timeout`, `at`).
const LEFT_OUT: &[&str] = &[
    "acpid",
    "adjtimex",
    "arch",
    "arp",
    "arping",
    "at",
    "blkdiscard",
    "blkid",
    "blockdev",
    "brctl",
    "busybox",
    "chroot",
    "chvt",
    "cttyhack",
    "deallocvt",
    "depmod",
    "devmem",
    "dpkg",
    "dpkg-deb",
    "dumpkmap",
    "dumpleases",
    "fdisk",
    "findfs",
    "freeramdisk",
    "fsfreeze",
    "fstrim",
    "ftpget",
    "ftpput",
    "getty",
    "httpd",
    "hwclock",
    "i2cdetect",
    "i2cdump",
    "i2cget",
    "i2cset",
    "i2ctransfer",
    "ifconfig",
    "ifdown",
    "ifup",
    "init",
    "insmod",
    "ionice",
    "ip",
    "ipcalc",
    "ipneigh",
    "klogd",
    "linux32",
    "linux64",
    "linuxrc",
    "loadfont",
    "loadkmap",
    "login",
    "losetup",
    "lsmod",
    "mdev",
    "microcom",
    "mim",
    "mkdosfs",
    "mke2fs",
    "mkswap",
    "modinfo",
    "modprobe",
    "mount",
    "nameif",
    "nsenter",
    "openvt",
    "partprobe",
    "ping",
    "ping6",
    "pivot_root",
    "rdate",
    "renice",
    "rmmod",
    "route",
    "rpm",
    "rpm2cpio",
    "run-init",
    "runsv",
    "setkeycodes",
    "setpriv",
    "setsid",
    "ssl_client",
    "start-stop-daemon",
    "su",
    "sulogin",
    "svc",
    "svok",
    "swapoff",
    "swapon",
    "switch_root",
    "sysctl",
    "syslogd",
    "telnet",
    "tftp",
    "timeout",
    "traceroute",
    "traceroute6",
    "ts",
    "ubirename",
    "udhcpc",
    "udhcpd",
    "uevent",
    "umount",
    "unshare",
    "vconfig",
    "watchdog",
];

/// Files that ESXi keeps over a reboot, as the installer leaves them. Other new files under `/etc` vanish
/// (seen on 5.5 and 7.0).
pub(crate) fn kept_files(config: &SimConfig) -> BTreeMap<PathBuf, Vec<u8>> {
    let version = config.machine.state.version;
    let mut keys = String::new();
    for key in &config.authorized_keys {
        keys.push_str(key.trim());
        keys.push('\n');
    }
    // `~ #` up to 5.5, `[root@host:~]` from 6.0 (verified). The user is written out, because a jail without a
    // user namespace calls it `nobody`.
    let prompt = if version < EsxiVersion::new(6, 0) { r"\w # " } else { r"[root@\h:\w] " };
    let name = &config.name;
    let files = [
        (AUTHORIZED_KEYS, keys),
        (LOCAL_SH, LOCAL_SH_TEXT.to_owned()),
        ("etc/profile", format!("export PATH=/bin:/sbin\nexport PS1='{prompt}'\n")),
        ("etc/hosts", format!("127.0.0.1\tlocalhost.localdomain localhost\n::1\t\tlocalhost\n# {name}\n")),
        (
            "etc/passwd",
            "root:x:0:0:Administrator:/:/bin/sh\nnobody:x:65534:65534:Nobody:/:/bin/sh\n".to_owned(),
        ),
        ("etc/group", "root:x:0:root\nnobody:x:65534:\n".to_owned()),
        ("etc/issue", config.banner.clone().unwrap_or_default()),
        ("etc/motd", String::new()),
        ("etc/ntp.conf", "restrict default nomodify notrap nopeer noquery\n".to_owned()),
        ("etc/ssh/sshd_config", sshd_config(version, config.max_sessions)),
        ("etc/vmware/esx.conf", format!("/adv/Misc/HostName = \"{name}\"\n")),
    ];
    files.into_iter().map(|(path, text)| (PathBuf::from(path), text.into_bytes())).collect()
}

/// What the simulated server does, in the server's own words. Changing the file changes nothing.
fn sshd_config(version: EsxiVersion, sessions: usize) -> String {
    let password = if version < EsxiVersion::new(8, 0) { "yes" } else { "no" };
    format!(
        "Port 22\nPermitRootLogin yes\nPasswordAuthentication {password}\nAllowTcpForwarding no\n\
         MaxSessions {sessions}\nAuthorizedKeysFile /etc/ssh/keys-%u/authorized_keys\n"
    )
}

/// Makes the tree. `disks` holds what survives every reboot and becomes `/vmfs/volumes` and `/bootbank`.
pub(crate) fn build(
    root: &Path,
    hostname: &str,
    files: &BTreeMap<PathBuf, Vec<u8>>,
    busybox: &[String],
    targets: &[PathBuf],
) -> io::Result<()> {
    for folder in FOLDERS {
        std::fs::create_dir_all(root.join(folder))?;
    }
    std::fs::set_permissions(root.join("tmp"), std::fs::Permissions::from_mode(0o1777))?;
    for (path, content) in files {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, content)?;
    }
    std::fs::write(root.join("etc/hostname"), format!("{hostname}\n"))?;
    let mut linked = BTreeSet::new();
    let mut link = |target: &str, at: PathBuf| {
        if linked.insert(at.clone()) { symlink(target, root.join(at)) } else { Ok(()) }
    };
    link(APPLET, "sbin/init".into())?;
    for name in applet::names() {
        match name.strip_prefix('/') {
            Some(path) => link(APPLET, path.into())?,
            None => {
                link(APPLET, Path::new("bin").join(name))?;
                link(APPLET, Path::new("sbin").join(name))?;
            }
        }
    }
    for path in programs::paths() {
        let path = Path::new(path.trim_start_matches('/'));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(root.join(folder))?;
        }
        link(APPLET, path.into())?;
    }
    for name in busybox.iter().filter(|name| !LEFT_OUT.contains(&name.as_str())) {
        link("/bin/busybox", Path::new("bin").join(name))?;
    }
    for (name, target) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        symlink(format!("/proc/self/fd{target}"), root.join("dev").join(name))?;
    }
    for target in targets {
        let path = root.join(target.strip_prefix("/").unwrap_or(target));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        if !path.exists() {
            std::fs::write(path, b"")?;
        }
    }
    Ok(())
}

/// Hands the tree to a user, links themselves and not what they point to.
pub(crate) fn hand_over(path: &Path, user: u32) -> io::Result<()> {
    std::os::unix::fs::lchown(path, Some(user), Some(user))?;
    if path.symlink_metadata()?.is_dir() {
        for entry in std::fs::read_dir(path)? {
            hand_over(&entry?.path(), user)?;
        }
    }
    Ok(())
}

/// Reads a file that what runs in the jail may have replaced: nothing outside of the root is ever read.
pub(crate) fn read_inside(root: &Path, path: &Path) -> io::Result<Vec<u8>> {
    let root = root.canonicalize()?;
    let real = root.join(path).canonicalize()?;
    if !real.starts_with(&root) || !real.is_file() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    std::fs::read(real)
}
