//! The words of `esxi ip`.

use clap::{Args, Subcommand};
use std::net::IpAddr;
use std::path::PathBuf;

/// `esxi ip`.
#[derive(Debug, Subcommand)]
pub enum Ip {
    /// Say what each address of a block is for
    Plan(IpPlan),
    /// Print the network configuration of the virtual machines
    Guest(IpGuest),
    /// Print the configuration of the router virtual machine
    Router(IpRouter),
    /// Print the steps by which a router virtual machine gets ESXi's address
    Handover(IpSource),
    /// List the providers that are known, or say all about one
    Providers(IpProviders),
}

/// Which blocks, by whose rules.
#[derive(Debug, Args)]
pub struct IpSource {
    /// The block, such as 147.75.1.8/29; further ones of the same host may follow, each with =ALLOCATION or
    /// =ALLOCATION/LAYOUT
    #[arg(required_unless_present = "file", value_name = "BLOCK")]
    pub blocks: Vec<String>,
    /// Take the `addresses:` of this host file instead
    // All that such a file says itself: nothing that is stated beside it may be passed over in silence.
    #[arg(long, value_name = "HOST.yaml", conflicts_with_all = [
        "blocks", "names", "layout", "allocation", "reserve", "management", "gateway", "next_hop", "router_mac",
        "own_networks", "without_private_side", "dns",
    ])]
    pub file: Option<PathBuf>,
    /// Whose rules apply; without it Packet's for a /28 and /29, else those of a block on the wire
    #[arg(long)]
    pub provider: Option<String>,
    /// Know this provider too: a profile in TOML; may be repeated
    #[arg(long = "profile", value_name = "FILE.toml")]
    pub profiles: Vec<PathBuf>,
    /// direct, router-vm, router-subnet or private-management
    #[arg(long)]
    pub layout: Option<String>,
    /// Which of the provider's kinds of block it is, such as single or subnet
    #[arg(long)]
    pub allocation: Option<String>,
    /// Hand the next available address to this name, of the first block that has one, or the one that is stated; may be
    /// repeated
    #[arg(long = "name", value_name = "NAME[=ADDRESS][,MAC]")]
    pub names: Vec<String>,
    /// Keep addresses back; may be repeated
    #[arg(long = "reserve", value_name = "RANGE[=PURPOSE]")]
    pub reserve: Vec<String>,
    /// ESXi's own address in the first block, where the provider assigns it singly
    #[arg(long, value_name = "ADDRESS")]
    pub management: Option<IpAddr>,
    /// The provider's gateway of the first block, where only the provider knows it
    #[arg(long, value_name = "ADDRESS")]
    pub gateway: Option<IpAddr>,
    /// Where the provider routes the last block to
    #[arg(long, value_name = "ADDRESS")]
    pub next_hop: Option<IpAddr>,
    /// MAC address of the router virtual machine's outer card
    #[arg(long, value_name = "MAC")]
    pub router_mac: Option<String>,
    /// A network of your own behind the host, to be checked for conflicts; may be repeated
    #[arg(long = "own-network", value_name = "BLOCK")]
    pub own_networks: Vec<String>,
    /// The adapter on the provider's private network is removed
    #[arg(long)]
    pub without_private_side: bool,
    /// Name server of the virtual machines; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub dns: Vec<IpAddr>,
}

/// `esxi ip plan`.
#[derive(Debug, Args)]
pub struct IpPlan {
    /// Which blocks.
    #[command(flatten)]
    pub source: IpSource,
    /// Write it as table, json, csv, hosts, dnsmasq, netbox-prefixes, netbox-ranges, netbox-addresses, ansible,
    /// host-file or svg; with --format json a refusal is JSON all the same
    #[arg(long = "as", value_name = "FORM")]
    pub form: Option<String>,
    /// Domain of names without a dot, in the forms of --as in which full names are usual
    #[arg(long, requires = "form")]
    pub domain: Option<String>,
    /// ESXi's own name, in the forms of --as that name it
    #[arg(long, value_name = "NAME", requires = "form")]
    pub host_name: Option<String>,
    /// Where to write it; standard output if absent or -
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `esxi ip guest`.
#[derive(Debug, Args)]
pub struct IpGuest {
    /// Which blocks.
    #[command(flatten)]
    pub source: IpSource,
    /// Only this machine
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// netplan, ifupdown, cloud-init, networkmanager, netsh, powershell or openbsd
    #[arg(long = "as", value_name = "FORM", default_value = "netplan")]
    pub form: String,
    /// Name of the machine's network card, where it is not the usual one
    #[arg(long, value_name = "NAME")]
    pub card: Option<String>,
}

/// `esxi ip router`.
#[derive(Debug, Args)]
pub struct IpRouter {
    /// Which blocks.
    #[command(flatten)]
    pub source: IpSource,
    /// vyos, opnsense or nftables
    #[arg(long = "as", value_name = "FORM", default_value = "nftables")]
    pub form: String,
    /// Names of the outer and the inner network card, where they are not the usual ones
    #[arg(long, num_args = 2, value_names = ["OUTER", "INNER"])]
    pub cards: Vec<String>,
}

/// `esxi ip providers`.
#[derive(Debug, Args)]
pub struct IpProviders {
    /// Say all that is known of this one, and from where
    pub name: Option<String>,
    /// Know this provider too: a profile in TOML; may be repeated
    #[arg(long = "profile", value_name = "FILE.toml")]
    pub profiles: Vec<PathBuf>,
}
