//! The words of `esxi import`.

use super::HostArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Linux network config, or a live host, to host file
#[derive(Debug, Subcommand)]
pub enum Import {
    /// From curtin or MAAS, version 1: a whole document or its `network:` part
    Curtin(ImportFile),
    /// From netplan, version 2: files are merged in netplan's order
    Netplan(ImportFiles),
    /// From cloud-init's network configuration, version 1 or 2
    CloudInit(ImportFile),
    /// From Debian's /etc/network/interfaces, Proxmox's too
    Ifupdown(ImportFiles),
    /// From nmstate's desired state, or what `nmstatectl show` prints
    Nmstate(ImportFile),
    /// From an ESXi host: whatever a host file can state of it
    Esxi(ImportEsxi),
}

/// From one document.
#[derive(Debug, Args)]
pub struct ImportFile {
    /// The document; `-` is standard input
    pub file: PathBuf,
    /// What it does not say.
    #[command(flatten)]
    pub linux: ImportLinux,
    /// Where to.
    #[command(flatten)]
    pub to: ImportOutput,
}

/// From files that are read together.
#[derive(Debug, Args)]
pub struct ImportFiles {
    /// The files, in the order in which they are read; `-` is standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What they do not say.
    #[command(flatten)]
    pub linux: ImportLinux,
    /// Where to.
    #[command(flatten)]
    pub to: ImportOutput,
}

/// What a Linux configuration does not say.
#[derive(Debug, Args)]
pub struct ImportLinux {
    /// How the switch ports of bonds are configured: independent, static-lag or lacp; for a single bond with its name.
    /// May be repeated
    #[arg(long, value_name = "[BOND=]SIDE")]
    pub switch: Vec<String>,
    /// Reproduce another tool's teaming mapping
    #[arg(long, value_name = "packer-maas")]
    pub compat: Option<String>,
    /// The MAC address of a card that the document only calls by its Linux name; may be repeated
    #[arg(long = "nic", value_name = "NAME=MAC")]
    pub nics: Vec<String>,
    /// What `ip -j link` printed on the Linux host: the MAC addresses of its cards
    #[arg(long, value_name = "FILE")]
    pub links: Option<PathBuf>,
}

/// Where a host file goes.
#[derive(Debug, Args)]
pub struct ImportOutput {
    /// Write it here instead of to standard output
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Instead of the host file, a script that a freshly installed host with these cards runs at its first boot
    #[arg(long)]
    pub first_boot: bool,
    /// Version of ESXi on that host
    #[arg(long, value_name = "VERSION", default_value = "8.0", requires = "first_boot")]
    pub esxi: String,
}

/// `esxi import esxi`.
#[derive(Debug, Args)]
pub struct ImportEsxi {
    /// Which host.
    #[command(flatten)]
    pub host: HostArgs,
    /// A state that `esxi facts --format json` printed, instead of a host
    #[arg(long, value_name = "FILE", conflicts_with = "host")]
    pub state: Option<PathBuf>,
    /// Where to.
    #[command(flatten)]
    pub to: ImportOutput,
}
