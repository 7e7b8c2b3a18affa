//! The files of one boot of a simulated host.

use super::shipped::Files;
use super::system::System;
use super::{busybox, shipped};
use crate::sim::applet::{self, APPLET, BUSYBOX};
use crate::sim::programs;
use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

const FOLDERS: &[&str] = &[
    "bin",
    "sbin",
    "dev",
    "proc",
    "tmp",
    "etc/init.d",
    "etc/vmware/firewall",
    "etc/vmware/hostd",
    "etc/ssh/keys-root",
    "lib/esxi-sim",
    "usr/lib/vmware/bin",
    "usr/lib/vmware/busybox/bin",
    "var/run",
    "var/lock",
    "var/log",
    "var/tmp",
    "var/core",
    "var/spool/cron/crontabs",
    "vmfs/volumes",
    "vmfs/devices/disks",
    ".old",
];

/// Links that are the same on every host; those that lead to volumes follow the machine.
const LINKS: &[(&str, &str)] = &[
    ("dev/disks", "/vmfs/devices/disks"),
    ("productLocker", "/locker/packages/vmtoolsRepo"),
    ("store", "/locker"),
    ("usr/bin", "../bin"),
    ("usr/sbin", "../sbin"),
];

/// Makes the tree. `targets` are files and folders that something is mounted on: folders end in a slash.
pub(super) fn build(root: &Path, files: &Files, system: &System, targets: &[PathBuf]) -> io::Result<()> {
    for folder in FOLDERS {
        std::fs::create_dir_all(root.join(folder))?;
    }
    std::fs::set_permissions(root.join("tmp"), std::fs::Permissions::from_mode(0o1777))?;
    let inside = |path: &str| root.join(path.trim_start_matches('/'));
    for (path, content) in files {
        let path = inside(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, content)?;
    }
    let local = inside(shipped::LOCAL_SH);
    if local.exists() {
        std::fs::set_permissions(local, std::fs::Permissions::from_mode(0o755))?;
    }
    for log in shipped::LOGS {
        symlink(format!("/scratch/log/{log}"), root.join("var/log").join(log))?;
    }
    let mut linked = BTreeSet::new();
    let mut link = |target: &str, at: PathBuf| {
        if linked.insert(at.clone()) { symlink(target, root.join(at)) } else { Ok(()) }
    };
    for (at, target) in LINKS {
        link(target, at.into())?;
    }
    link(APPLET, "sbin/init".into())?;
    for name in applet::names() {
        match name.strip_prefix('/') {
            Some(path) => {
                if let Some(folder) = root.join(path).parent() {
                    std::fs::create_dir_all(folder)?;
                }
                link(APPLET, path.into())?;
            }
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
    for name in busybox::linked(&system.busybox_applets) {
        link(BUSYBOX, Path::new("bin").join(name))?;
    }
    for (path, name) in &system.links {
        let path = path.strip_prefix("/").unwrap_or(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(root.join(folder))?;
        }
        link(&format!("/lib/esxi-sim/{name}"), path.to_owned())?;
    }
    for (name, target) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        symlink(format!("/proc/self/fd{target}"), root.join("dev").join(name))?;
    }
    for target in targets {
        let path = root.join(target.strip_prefix("/").unwrap_or(target));
        if target.as_os_str().as_encoded_bytes().ends_with(b"/") {
            std::fs::create_dir_all(path)?;
            continue;
        }
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
pub(super) fn hand_over(path: &Path, user: u32) -> io::Result<()> {
    std::os::unix::fs::lchown(path, Some(user), Some(user))?;
    if path.symlink_metadata()?.is_dir() {
        for entry in std::fs::read_dir(path)? {
            hand_over(&entry?.path(), user)?;
        }
    }
    Ok(())
}
