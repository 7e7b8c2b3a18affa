//! `esxi sim`.

use clap::{Args, Subcommand};
use std::net::IpAddr;
use std::path::PathBuf;

/// Simulated ESXi hosts that speak SSH
#[derive(Debug, Subcommand)]
pub enum Sim {
    /// Serve simulated hosts on loopback until interrupted
    Serve(Box<SimServe>),
    /// Wait until simulated hosts answer
    Wait {
        /// Their ready file.
        ready: PathBuf,
    },
    /// Look at, save or replace the state of simulated hosts
    State {
        /// What to do with it.
        #[command(subcommand)]
        command: SimState,
    },
    /// Have something go wrong on simulated hosts that run, or list what does
    Fault(SimFault),
    /// Show which commands simulated hosts have executed
    Log(SimLog),
    /// Run a record again on fresh hosts; exit status 1 when they answer otherwise
    Replay(SimReplay),
    /// Which commands of each release a simulated host executes, which it only parses, which it lacks
    Coverage(SimCoverage),
}

/// `esxi sim serve`.
#[derive(Debug, Args)]
pub struct SimServe {
    /// Hosts, faults and the world around them, from a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["hosts", "esxi", "nics", "address", "gateway", "state", "fabric", "name"])]
    pub scenario: Option<PathBuf>,
    /// How many hosts: they get consecutive addresses
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub hosts: u16,
    /// Version of ESXi; may be repeated: hosts take them in turn
    #[arg(long, value_name = "VERSION", default_value = "8.0.2")]
    pub esxi: Vec<String>,
    /// MAC addresses of the first host's cards, vmnic0 first; other hosts have two of their own
    #[arg(
        long,
        value_name = "MAC,..",
        value_delimiter = ',',
        default_value = "0c:c4:7a:b5:80:02,0c:c4:7a:b5:80:03"
    )]
    pub nics: Vec<String>,
    /// Address of the first vmk0 with its prefix, or dhcp: then the fabric file says which
    #[arg(long, value_name = "ADDRESS/PREFIX", default_value = "192.0.2.10/24")]
    pub address: String,
    /// Default gateway; the first address of the subnet when absent
    #[arg(long)]
    pub gateway: Option<IpAddr>,
    /// Start from a state that `esxi facts --format json` or `esxi sim state dump` printed instead
    #[arg(long, conflicts_with_all = ["hosts", "esxi", "nics", "address"])]
    pub state: Option<PathBuf>,
    /// The world around them: a file with `fabric:`; without one, every card's port is an independent access port
    #[arg(long)]
    pub fabric: Option<PathBuf>,
    /// Address of the client whose view is served, where the fabric does not say; 198.51.100.7 when absent
    #[arg(long)]
    pub client: Option<IpAddr>,
    /// Host name; of several hosts with -1, -2 and so on behind it
    #[arg(long, default_value = "esxi-sim")]
    pub name: String,
    /// A public key that may log in; may be repeated. Without one, and without a password, ~/.ssh/id_*.pub
    #[arg(long, value_name = "FILE")]
    pub authorized_key: Vec<PathBuf>,
    /// File whose first line is the password of root
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Environment variable that holds the password of root
    #[arg(long, value_name = "NAME", conflicts_with = "password_file")]
    pub password_env: Option<String>,
    /// Something that goes wrong on every host, such as "hostd-down at 20s for 10s"; may be repeated
    #[arg(long = "fault", value_name = "WORDS")]
    pub faults: Vec<String>,
    /// Where to write what is served, as JSON
    #[arg(long, visible_alias = "ready", value_name = "FILE", default_value = "esxi-sim.json")]
    pub ready_file: PathBuf,
    /// Where to write a known_hosts file for them
    #[arg(long, value_name = "FILE")]
    pub known_hosts: Option<PathBuf>,
    /// Where to write down every command, as lines of JSON: a file, or a folder for a file of each host
    #[arg(long, value_name = "FILE|DIR")]
    pub record: Option<PathBuf>,
    /// Milliseconds that every esxcli command takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
}

/// What to do with the state of simulated hosts
#[derive(Debug, Subcommand)]
pub enum SimState {
    /// Print the whole state as JSON: machine, saved configuration and files, fabric, faults
    Dump {
        /// Ready file of hosts that run, or an earlier dump
        from: PathBuf,
        /// Only this host
        #[arg(long, value_name = "NAME")]
        host: Option<String>,
        /// Write it here instead of to standard output
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Make running hosts what a dump says, each by its name
    Load {
        /// Ready file of hosts that run
        ready: PathBuf,
        /// The dump
        dump: PathBuf,
    },
    /// Show it to a person
    Show {
        /// Ready file of hosts that run, or a dump
        from: PathBuf,
        /// Only this host
        #[arg(long, value_name = "NAME")]
        host: Option<String>,
    },
}

/// `esxi sim fault`.
#[derive(Debug, Args)]
#[command(after_help = "\
Faults: link-down NIC, latency command MS round-trip MS, cut, mute, busy NIC, fail TEXT [status N], hostd-down,
datastore-full NAME, clock SECONDS, power-loss, drop-foreign-macs, lacp-only, vcenter ADDRESS, lockdown [except USER].
Then, in any order: at 20s | at command N | at words TEXT | at bytes N; for 30s (what lasts); times N (cut, fail,
power-loss).")]
pub struct SimFault {
    /// Ready file of hosts that run
    pub ready: PathBuf,
    /// What goes wrong, when, and how long; without it, what goes wrong just now is listed
    #[arg(value_name = "WORDS", allow_negative_numbers = true)]
    pub words: Vec<String>,
    /// Only on this host
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// End the fault of this number, or all
    #[arg(long, value_name = "NUMBER|all", conflicts_with = "words")]
    pub lift: Option<String>,
}

/// `esxi sim log`.
#[derive(Debug, Args)]
pub struct SimLog {
    /// Ready file of hosts that run, or a record
    pub from: PathBuf,
    /// Only of this host
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
}

/// `esxi sim replay`.
#[derive(Debug, Args)]
pub struct SimReplay {
    /// The record
    pub record: PathBuf,
    /// On this version of ESXi instead of the recorded one
    #[arg(long, value_name = "VERSION")]
    pub esxi: Option<String>,
}

/// `esxi sim coverage`.
#[derive(Debug, Args)]
pub struct SimCoverage {
    /// Only this version of ESXi
    #[arg(long, value_name = "VERSION")]
    pub esxi: Option<String>,
    /// List the commands that are not executed
    #[arg(long)]
    pub lacking: bool,
}
