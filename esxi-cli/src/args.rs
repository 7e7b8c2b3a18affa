//! The command line, as data. Nothing is executed here.

mod import;
mod ip;
mod route;
mod sim;

pub use import::{Import, ImportEsxi, ImportFile, ImportFiles, ImportLinux, ImportOutput};
pub use ip::{Ip, IpGuest, IpPlan, IpProviders, IpRouter, IpSource};
pub use route::{Route, RouteExplain};
pub use sim::{Sim, SimCoverage, SimFault, SimLog, SimReplay, SimServe, SimState};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::IpAddr;
use std::path::PathBuf;

/// Plan, prove and apply the configuration of stand-alone VMware ESXi hosts.
#[derive(Debug, Parser)]
#[command(name = "esxi", version, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 fine, 1 findings or drift, 2 could not run, 3 rolled back, 4 host left in another state"
)]
pub struct Cli {
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A picture: of `esxi plan` and `esxi ip plan`
    Svg,
}

/// What to do.
// The arguments of a command are made when it is named: a short run spent a sixth of its time on those of the others.
// What a type says of itself then takes the place of what its variant says, so both say the same.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// The whole job on simulated hosts, on this machine's loopback only
    Demo(Demo),
    /// Address blocks: what each address of a rented block is for
    Ip(Blocks),
    /// Which NIC teaming fits a Linux bond mode and the switch side
    Teaming(Teaming),
    /// Linux network config, or a live host, to host file
    Import {
        /// From what.
        #[command(subcommand)]
        command: Import,
    },
    /// Check host files, scenarios and Linux documents
    Check(Check),
    /// What a diagnostic code means
    Explain {
        /// Such as NET001; without one, the list of all
        code: Option<String>,
    },
    /// Show what would be done to a host, and prove that it does not lock anyone out
    Plan(Plan),
    /// Do it, guarded by an undo on the host itself
    Apply(Apply),
    /// Compare a host with its host file; exit status 1 when they differ
    Verify(Verify),
    /// Read the state of a host
    Facts(FactsArgs),
    /// Compare a real host with what is believed of its release; changes nothing
    Doctor(Doctor),
    /// Routes of a host: which adapter receives, which answers
    Route {
        /// What about them.
        #[command(subcommand)]
        command: Route,
    },
    /// Simulated ESXi hosts that speak SSH
    Sim {
        /// What about them.
        #[command(subcommand)]
        command: Sim,
    },
    /// Print the JSON Schema of the host file, or of scenarios of simulated hosts
    Schema {
        /// Of what
        #[arg(value_enum, default_value_t = SchemaOf::Host)]
        of: SchemaOf,
    },
}

impl Command {
    /// Whether its result can be drawn.
    pub fn has_picture(&self) -> bool {
        matches!(self, Command::Plan(_) | Command::Ip(Blocks { command: Ip::Plan(_) }))
    }
}

/// What a schema is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Host files.
    Host,
    /// Scenarios of simulated hosts.
    Scenario,
}

/// Address blocks: what each address of a rented block is for
#[derive(Debug, Args)]
pub struct Blocks {
    /// What about them.
    #[command(subcommand)]
    pub command: Ip,
}

/// Which NIC teaming fits a Linux bond mode and the switch side
#[derive(Debug, Args)]
pub struct Teaming {
    /// balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb, or 0 to 6
    pub mode: String,
    /// How the switch ports are configured
    #[arg(long, value_name = "independent|static-lag|lacp")]
    pub switch: Option<String>,
    /// How many cards the bond has; 2 unless --members names them
    #[arg(long)]
    pub uplinks: Option<usize>,
    /// The bond's cards, in order: eno1,eno2 or vmnic0,vmnic1
    #[arg(long, value_name = "CARD,..", value_delimiter = ',')]
    pub members: Vec<String>,
    /// A parameter of the bond, such as primary=eno1 or arp_interval=100; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Reproduce another tool's mapping
    #[arg(long, value_name = "packer-maas")]
    pub compat: Option<String>,
    /// Also print the commands for the host and the configuration of the switch that makes it right
    #[arg(long, value_name = "ios|nx-os|eos|junos|linux")]
    pub snippet: Option<String>,
    /// The switch's ports, one a card, in the same order
    #[arg(long, value_name = "PORT,..", value_delimiter = ',', requires = "snippet")]
    pub ports: Vec<String>,
    /// VLANs of the port groups: 10,20, or 4095 for all
    #[arg(long, value_name = "ID,..", value_delimiter = ',')]
    pub vlans: Vec<String>,
    /// VLAN of untagged frames on these ports
    #[arg(long, value_name = "ID", requires = "snippet")]
    pub native: Option<String>,
    /// Number of the channel on the switch
    #[arg(long, value_name = "NUMBER", requires = "snippet")]
    pub channel: Option<u16>,
    /// The vSwitch that has the cards
    #[arg(long, value_name = "NAME", requires = "snippet")]
    pub vswitch: Option<String>,
}

/// Check host files, scenarios and Linux documents
#[derive(Debug, Args)]
pub struct Check {
    /// Host files, scenarios, provider profiles in TOML, or network configuration of curtin, netplan, cloud-init, ifupdown
    /// or nmstate; `-` is standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Know this provider too: a profile in TOML; may be repeated
    #[arg(long = "profile", value_name = "FILE.toml")]
    pub profiles: Vec<PathBuf>,
}

/// Which host file, and what is known of the world around the host.
#[derive(Debug, Args)]
pub struct SpecArgs {
    /// The host file; `-` is standard input
    pub host_file: PathBuf,
    /// A file with the `fabric:` part, if it is not in the host file
    #[arg(long)]
    pub fabric: Option<PathBuf>,
    /// Know this provider too: a profile in TOML; may be repeated
    #[arg(long = "profile", value_name = "FILE.toml")]
    pub profiles: Vec<PathBuf>,
    /// Also remove what the host file does not name and nothing uses
    #[arg(long)]
    pub prune: bool,
}

/// Where the current state comes from when no live host is asked.
#[derive(Debug, Args)]
pub struct OfflineArgs {
    /// Plan from the state an installer leaves
    #[arg(long, conflicts_with_all = ["host", "state"])]
    pub factory: bool,
    /// Version of the factory-fresh host
    #[arg(long, value_name = "VERSION", default_value = "8.0")]
    pub esxi: String,
    /// MAC addresses of its cards, vmnic0 first; without them those that the host file names
    #[arg(long, value_name = "MAC,..", value_delimiter = ',')]
    pub nics: Vec<String>,
    /// The `network` command of the kickstart that the host was installed with
    #[arg(
        long,
        value_name = "COMMAND",
        requires = "factory",
        conflicts_with = "kickstart",
        allow_hyphen_values = true
    )]
    pub kickstart_network: Option<String>,
    /// That kickstart: its `network` command is looked up
    #[arg(long, value_name = "FILE", requires = "factory")]
    pub kickstart: Option<PathBuf>,
    /// Plan from a state that `esxi facts --format json` printed
    #[arg(long, conflicts_with = "host")]
    pub state: Option<PathBuf>,
}

/// Which live host, and how to get in.
#[derive(Debug, Args)]
pub struct HostArgs {
    /// The host: ssh://root@192.0.2.10 or ssh://root@192.0.2.10:2222
    #[arg(long, value_name = "URL")]
    pub host: Option<String>,
    /// Private key; may be repeated. Without one the agent's keys and ~/.ssh/id_rsa, id_ecdsa are tried
    #[arg(short = 'i', long = "identity", value_name = "FILE")]
    pub identities: Vec<PathBuf>,
    /// File whose first line is the password; else the variable ESXI_PASSWORD, else a prompt
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Known host keys; may be repeated. Without one ~/.ssh/known_hosts
    #[arg(long, value_name = "FILE")]
    pub known_hosts: Vec<PathBuf>,
    /// Where addresses are really reached: the ready file of a simulated host, or a file of the same form for
    /// port forwards
    #[arg(long, value_name = "FILE")]
    pub address_map: Option<PathBuf>,
    /// Seconds to wait for a connection
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub connect_timeout: u64,
    /// Offer SHA-1 as well, which ESXi before 6.5 needs
    #[arg(long)]
    pub legacy: bool,
    /// The address of this machine that connections come from
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<IpAddr>,
}

/// Show what would be done to a host, and prove that it does not lock anyone out
#[derive(Debug, Args)]
pub struct Plan {
    /// What is wanted.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// From where.
    #[command(flatten)]
    pub offline: OfflineArgs,
    /// From which live host.
    #[command(flatten)]
    pub host: HostArgs,
    /// Print the commands alone, one a line, for a shell
    #[arg(long)]
    pub sh: bool,
    /// Tell the whole story: what every step rests on and what undoes it
    #[arg(long, conflicts_with = "sh")]
    pub explain: bool,
    /// Print a script that the host itself runs at its first boot
    #[arg(long, conflicts_with_all = ["host", "sh", "explain"])]
    pub first_boot: bool,
    /// Judge for a client at this address instead of this session's: management is used from there after the change
    #[arg(long, value_name = "ADDRESS")]
    pub confirm_from: Option<IpAddr>,
}

/// Do it, guarded by an undo on the host itself
#[derive(Debug, Args)]
#[command(after_long_help = APPLY_HELP)]
pub struct Apply {
    /// The host file; `-` is standard input
    #[arg(required_unless_present = "back")]
    pub host_file: Option<PathBuf>,
    /// A file with the `fabric:` part, if it is not in the host file
    #[arg(long)]
    pub fabric: Option<PathBuf>,
    /// Know this provider too: a profile in TOML; may be repeated
    #[arg(long = "profile", value_name = "FILE.toml")]
    pub profiles: Vec<PathBuf>,
    /// Also remove what the host file does not name and nothing uses
    #[arg(long)]
    pub prune: bool,
    /// Where.
    #[command(flatten)]
    pub host: HostArgs,
    /// Do not ask before changing the host
    #[arg(short, long)]
    pub yes: bool,
    /// Consent to what the plan interrupts besides management: virtual machines, storage paths, other services
    #[arg(long)]
    pub accept_impact: bool,
    /// Run a plan although it is refused, and let the undo on the host heal it
    #[arg(long)]
    pub force: bool,
    /// Start at once, even if the host's hourly backup may then save the change before it is confirmed
    #[arg(long)]
    pub no_hold_off: bool,
    /// Seconds the host waits for the confirmation before it undoes the change
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    pub window: u64,
    /// Only a client at this address may confirm: management is used from there after the change
    #[arg(long, value_name = "ADDRESS")]
    pub confirm_from: Option<IpAddr>,
    /// Confirm the change of this name, which another process armed, if the host is as the host file says
    #[arg(long, value_name = "RUN", conflicts_with_all = ["back", "confirm_from", "no_guard"])]
    pub confirm: Option<String>,
    /// Undo the change of this name now, which another process armed; takes no host file
    #[arg(long, value_name = "RUN", conflicts_with_all = ["host_file", "confirm_from", "no_guard"])]
    pub back: Option<String>,
    /// Run the steps without the undo on the host: what locks you out stays
    #[arg(long, conflicts_with = "confirm_from")]
    pub no_guard: bool,
    /// Consent to --no-guard: the host's name or address, as --host has it
    #[arg(long, value_name = "HOST", requires = "no_guard")]
    pub i_accept_to_lose_this_host: Option<String>,
}

impl Apply {
    /// What is wanted; none where a change is undone.
    pub fn spec(&self) -> Option<SpecArgs> {
        let host_file = self.host_file.clone()?;
        let (fabric, profiles) = (self.fabric.clone(), self.profiles.clone());
        Some(SpecArgs { host_file, fabric, profiles, prune: self.prune })
    }
}

const APPLY_HELP: &str = "\
How it works: the host's configuration is saved; then the whole change runs on the host as one script, with its undo
armed first. The change is kept only when it is confirmed over a new connection to a management address of the new
state, from a host with the same key, that finds the host as the host file says. Otherwise (nobody confirms within the
window, a step is refused, this process dies, the connection breaks) the host undoes it by itself; a power cut brings
back what was saved.

When the client moves, too (private management, full layer 2): --confirm-from ADDRESS judges the plan for a client
there, and only that client may confirm. While the window runs, either give this machine that address (switch the VPN
on): it keeps trying; or confirm on a machine that has it, with the command that is printed.

A process that died leaves its change to the host's timer. `esxi facts` tells of it; --confirm RUN keeps it, --back RUN
undoes it at once. No second change is started on top of it.

--no-guard --i-accept-to-lose-this-host=HOST runs the steps over the session, stops at the first that is refused, and
says which were done. Nothing is undone.";

/// Compare a host with its host file; exit status 1 when they differ
#[derive(Debug, Args)]
pub struct Verify {
    /// What is wanted.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Where.
    #[command(flatten)]
    pub host: HostArgs,
}

/// Read the state of a host
#[derive(Debug, Args)]
pub struct FactsArgs {
    /// Which host.
    #[command(flatten)]
    pub host: HostArgs,
    /// Write the raw output of every command that only shows something to this file instead, redacted
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// Leave names of hosts and domains in the bundle
    #[arg(long, requires = "bundle")]
    pub keep_names: bool,
}

/// Compare a real host with what is believed of its release; changes nothing
#[derive(Debug, Args)]
pub struct Doctor {
    /// Which host.
    #[command(flatten)]
    pub host: HostArgs,
    /// A file that `esxi facts --bundle` wrote, instead of a host
    #[arg(long, value_name = "FILE", conflicts_with = "host")]
    pub bundle: Option<PathBuf>,
}

/// The whole job on simulated hosts, on this machine's loopback only
#[derive(Debug, Args)]
pub struct Demo {
    /// Only one of the hosts
    #[arg(long, value_name = "packet|maas")]
    pub only: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_help_of_a_command_opens_with_what_the_first_page_says_of_it() {
        let first_page = Cli::command();
        let mut built = first_page.clone();
        built.build();
        assert!(first_page.get_subcommands().count() > 10);
        for command in first_page.get_subcommands() {
            let itself = built.find_subcommand(command.get_name()).map(|itself| itself.get_about());
            assert_eq!(itself, Some(command.get_about()), "{}", command.get_name());
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }

    #[test]
    fn every_argument_is_well_formed() {
        let mut all = Cli::command();
        all.build();
        all.debug_assert();
    }
}
