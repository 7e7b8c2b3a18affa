//! `esxi route`.

use super::{HostArgs, OfflineArgs};
use clap::{Args, Subcommand};
use esxi_core::route::Client;
use esxi_core::value::VmkName;
use std::net::IpAddr;
use std::path::PathBuf;

/// Routes of a host: which adapter receives, which answers
#[derive(Debug, Subcommand)]
pub enum Route {
    /// Follow clients to each adapter and back, and propose the route that is missing; exit status 1 when an answer
    /// does not arrive
    Explain(RouteExplain),
}

/// `esxi route explain`.
#[derive(Debug, Args)]
pub struct RouteExplain {
    /// Look at the host as this host file wants it, instead of as it is; `-` is standard input
    pub host_file: Option<PathBuf>,
    /// A file with the `fabric:` part, to follow the way beyond the host
    #[arg(long)]
    pub fabric: Option<PathBuf>,
    /// Who comes: an address or a network; may be repeated. Without one it is the client of this session
    #[arg(long = "from", value_name = "CLIENT,..", value_delimiter = ',')]
    pub clients: Vec<Client>,
    /// TCP ports they come for
    #[arg(long, value_name = "PORT,..", value_delimiter = ',', default_values_t = esxi_core::route::USUAL_SERVICES)]
    pub service: Vec<u16>,
    /// Only this adapter: the one that shall be used
    #[arg(long, value_name = "vmkN")]
    pub to: Option<VmkName>,
    /// A router in an adapter's subnet that leads to the clients; may be repeated
    #[arg(long = "via", value_name = "ADDRESS")]
    pub routers: Vec<IpAddr>,
    /// Say in firewall rule sets what it means that this adapter shall not be used
    #[arg(long, value_name = "vmkN")]
    pub lock_down: Option<VmkName>,
    /// From where, without a live host.
    #[command(flatten)]
    pub offline: OfflineArgs,
    /// Which live host.
    #[command(flatten)]
    pub host: HostArgs,
}
