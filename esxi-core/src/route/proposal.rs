//! The route that is missing.

use super::{Asked, Client};
use crate::command::Command;
use crate::reach::reply_path;
use crate::state::{HostState, Ipv4Config, Route};
use crate::value::VmkName;
use crate::version::EsxiVersion;
use ipnet::IpNet;
use serde::Serialize;
use std::net::IpAddr;

/// The first release whose esxcli sets routes (seed document of 2016, and the index of commands).
const ESXCLI_SETS_ROUTES: EsxiVersion = EsxiVersion::new(5, 1);

/// Where a router is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// It was named in the question.
    Asked,
    /// The stated fabric has it.
    Fabric,
    /// Another route of the host goes through it.
    Route,
    /// The adapter has it as the gateway of its own services, or got it with its lease.
    Adapter,
}

/// A route with which an adapter would answer a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// The adapter that then answers.
    pub adapter: VmkName,
    /// Destination: the client.
    pub to: Client,
    /// Next hop, in a subnet of the adapter.
    pub via: IpAddr,
    /// Where the next hop is known from. That it knows the way to the client is the user's to say.
    pub evidence: Evidence,
    /// Adapters that answer the client now and would not any more.
    pub instead_of: Vec<VmkName>,
    /// The commands of the host's release, each a list of words.
    pub commands: Vec<Vec<String>>,
}

impl Proposal {
    /// The commands as lines for a shell.
    pub fn lines(&self) -> Vec<String> {
        self.commands.iter().map(|words| crate::command::shell_line(words)).collect()
    }
}

/// A route through a router in the adapter's subnet, tried on the host's own table.
///
/// # Errors
/// What to do instead, in words.
pub(super) fn propose(
    asked: &Asked<'_>,
    vmk: &VmkName,
    client: Client,
    one: IpAddr,
) -> Result<Proposal, String> {
    let host = asked.host;
    let adapter = &host.vmkernel[vmk];
    let own: Vec<IpNet> = adapter.addresses().filter(|net| net.addr().is_ipv4() == one.is_ipv4()).collect();
    let Some((via, evidence)) = router(asked, vmk, &own) else {
        let subnets: Vec<String> = own.iter().map(|net| net.trunc().to_string()).collect();
        return Err(format!(
            "name the router in {} that leads to {client}: --via ADDRESS",
            subnets.join(" or ")
        ));
    };
    let route = Route { netstack: adapter.netstack.clone(), network: client.net(), gateway: via };
    let mut with = host.clone();
    let replaced: Vec<Route> = host
        .routes
        .iter()
        .filter(|other| other.netstack == route.netstack && other.network == client.net())
        .cloned()
        .collect();
    with.routes.retain(|other| !replaced.contains(other));
    with.routes.insert(route.clone());
    if reply_path(&with, vmk, one).ok().and_then(|path| path.gateway) != Some(via) {
        return Err(format!(
            "a route to {client} through {via} alone does not do: look at the other routes to it"
        ));
    }
    let answered = |host: &HostState, name: &VmkName| reply_path(host, name, one).is_ok();
    let instead_of =
        host.vmkernel.keys().filter(|name| answered(host, name) && !answered(&with, name)).cloned();
    // Setting another default route replaces the one there is.
    let away = replaced.iter().filter(|other| !other.is_default());
    let mut commands: Vec<Vec<String>> = away.map(|other| words(host.version, other, false)).collect();
    commands.push(words(host.version, &route, true));
    Ok(Proposal {
        adapter: vmk.clone(),
        to: client,
        via,
        evidence,
        instead_of: instead_of.collect(),
        commands,
    })
}

/// A router in one of these subnets, the best known first.
fn router(asked: &Asked<'_>, vmk: &VmkName, own: &[IpNet]) -> Option<(IpAddr, Evidence)> {
    let host = asked.host;
    let adapter = &host.vmkernel[vmk];
    let of_adapter = match adapter.ipv4.known() {
        Some(Ipv4Config::Static { gateway, .. }) => gateway.map(IpAddr::V4),
        _ => adapter.lease_gateway().map(IpAddr::V4),
    };
    let stated = asked.fabric.networks.iter().filter_map(|network| network.gateway);
    let routes =
        host.routes.iter().filter(|route| route.netstack == adapter.netstack).map(|route| route.gateway);
    let all = asked
        .question
        .routers
        .iter()
        .map(|address| (*address, Evidence::Asked))
        .chain(stated.map(|address| (address, Evidence::Fabric)))
        .chain(routes.map(|address| (address, Evidence::Route)))
        .chain(of_adapter.map(|address| (address, Evidence::Adapter)));
    let mut beside =
        all.filter(|(address, _)| own.iter().any(|net| net.contains(address) && net.addr() != *address));
    beside.next()
}

/// The words that add or remove a route on a release. Up to 5.0 `esxcfg-route` is the only way; its family option
/// is as its usage prints it.
fn words(version: EsxiVersion, route: &Route, add: bool) -> Vec<String> {
    if version >= ESXCLI_SETS_ROUTES {
        let route = route.clone();
        return match add {
            true => Command::RouteAdd { route },
            false => Command::RouteRemove { route },
        }
        .argv();
    }
    let mut words = vec!["esxcfg-route".to_owned()];
    if route.network.addr().is_ipv6() {
        words.extend(["-f", "V6"].map(str::to_owned));
    }
    let network = if route.is_default() { "default".to_owned() } else { route.network.to_string() };
    words.extend([if add { "-a" } else { "-d" }.to_owned(), network, route.gateway.to_string()]);
    words
}
