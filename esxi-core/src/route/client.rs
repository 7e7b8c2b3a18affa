//! Who comes: an address, or a network of clients.

use crate::block::Block;
use crate::state::HostState;
use ipnet::IpNet;
use serde::{Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// One client, or a network of them.
///
/// ```
/// use esxi_core::route::Client;
/// assert_eq!("192.168.40.7".parse::<Client>()?.to_string(), "192.168.40.7");
/// assert_eq!("192.168.40.7/24".parse::<Client>()?.to_string(), "192.168.40.0/24");
/// # Ok::<(), esxi_core::route::ClientError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client(IpNet);

/// A text that is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is neither an address nor a network such as 192.168.40.0/24")]
pub struct ClientError(String);

impl FromStr for Client {
    type Err = ClientError;
    fn from_str(text: &str) -> Result<Self, ClientError> {
        let text = text.trim();
        let one = text.parse::<IpAddr>().map(IpNet::from);
        let net = one.or_else(|_| text.parse::<IpNet>().map(|net| net.trunc()));
        net.map(Client).map_err(|_| ClientError(text.to_owned()))
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.prefix_len() == self.0.max_prefix_len() {
            true => write!(f, "{}", self.0.addr()),
            false => write!(f, "{}", self.0),
        }
    }
}

impl Serialize for Client {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<IpNet> for Client {
    fn from(net: IpNet) -> Client {
        Client(net.trunc())
    }
}

impl Client {
    /// As a network; a single address is one of its own.
    pub fn net(&self) -> IpNet {
        self.0
    }

    /// Whether the other is this one or a part of it.
    pub(super) fn contains(&self, other: &Client) -> bool {
        self.0.contains(&other.0)
    }

    pub(super) fn is_of_family(&self, address: &IpAddr) -> bool {
        self.0.addr().is_ipv4() == address.is_ipv4()
    }

    /// The parts of the network that a host may tell apart when it answers by an adapter, each with an address that
    /// stands for it: the network itself, and what lies in it and has a route or subnet of its own that leads
    /// elsewhere.
    pub(super) fn parts(&self, host: &HostState, vmk: &str) -> Vec<(Client, IpAddr)> {
        let told_apart = distinct(host, vmk);
        let mut parts: Vec<(Client, IpAddr)> =
            representative(self.0, &told_apart).map(|address| (*self, address)).into_iter().collect();
        let whole = parts.first().map(|(_, address)| crate::reach::reply_path(host, vmk, *address));
        for inner in told_apart.iter().filter(|inner| within(inner, &self.0)) {
            let Some(address) = representative(*inner, &told_apart) else { continue };
            if Some(crate::reach::reply_path(host, vmk, address)) != whole {
                parts.push((Client(*inner), address));
            }
        }
        parts
    }
}

/// Networks that the TCP/IP stack of an adapter tells apart: subnets of its adapters and destinations of its routes,
/// each once, the smaller prefix lengths first.
pub(super) fn distinct(host: &HostState, vmk: &str) -> Vec<IpNet> {
    let Some(stack) = host.vmkernel.get(vmk).map(|adapter| &adapter.netstack) else { return Vec::new() };
    let adapters = host.vmkernel.values().filter(|adapter| adapter.netstack == *stack);
    let mut all: Vec<IpNet> =
        adapters.flat_map(|adapter| adapter.addresses()).map(|net| net.trunc()).collect();
    all.extend(
        host.routes.iter().filter(|route| route.netstack == *stack).map(|route| route.network.trunc()),
    );
    all.sort_by_key(|net| (net.prefix_len(), *net));
    all.dedup();
    all
}

/// Strictly inside.
pub(super) fn within(inner: &IpNet, outer: &IpNet) -> bool {
    inner != outer && outer.contains(inner)
}

/// An address of the network that is in none of the others inside it; `None` when they fill it.
pub(super) fn representative(net: IpNet, others: &[IpNet]) -> Option<IpAddr> {
    let block = Block::from(net);
    // The first address of a subnet is nobody's, except where there is no other.
    let mut at = u128::from(net.max_prefix_len() - net.prefix_len() > 1);
    while let Some(address) = block.nth(at) {
        match others.iter().find(|other| within(other, &net) && other.contains(&address)) {
            Some(other) => at = block.offset_of(other.broadcast())?.checked_add(1)?,
            None => return Some(address),
        }
    }
    None
}
