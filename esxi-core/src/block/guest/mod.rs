//! What a virtual machine has to be told so that its address works: its network configuration as text, for the
//! systems that run in virtual machines, and that of the router virtual machine.
//!
//! A gateway outside a machine's own subnet is usual where providers hand out single addresses, and every system
//! wants it told differently: a route to the gateway itself first, then the default route through it.
//!
//! ```
//! use esxi_core::block::guest::{Guest, GuestAddress, GuestFormat};
//!
//! // A single address whose gateway lies elsewhere.
//! let address = GuestAddress::new("203.0.113.5/32".parse()?).gateway("192.0.2.254".parse()?);
//! assert!(address.on_link);
//! let guest = Guest::new("mail", [address]);
//! let netplan = guest.snippet(GuestFormat::Netplan);
//! assert!(netplan.contains(r#"via: "192.0.2.254""#) && netplan.contains("on-link: true"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Texts that a format could take for more than a value never reach it: names lose what is no letter, digit,
//! hyphen or dot, comments lose what is no plain text, and names of cards are checked ([`CardError`]).
//!
//! # What was proved
//! netplan, ifupdown, cloud-init, NetworkManager and nftables files are read by those programs themselves in the
//! project's tests, and routed through on Linux. Of the texts for Windows, OpenBSD, VyOS and OPNsense only the
//! values are read back: none of these systems was at hand.

mod cloud_init;
mod format;
mod ifupdown;
mod linux;
mod netplan;
mod netsh;
mod network_manager;
mod openbsd;
mod opnsense;
mod powershell;
mod router;
mod text;
mod vmx;
mod vyos;

pub use format::{CardError, FormatError, GuestFormat, RouterFormat};
pub use text::ConfigFile;
pub(super) use text::{is_link_local, with_prefix};

use super::Block;
use crate::value::{MacAddr, Mtu};
use ipnet::IpNet;
use serde::Serialize;
use std::net::IpAddr;

/// A virtual machine and its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Guest {
    /// Its name, a host name.
    pub name: String,
    /// Port group of its card, where the plan says which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_group: Option<String>,
    /// Which MAC address its card must have.
    pub mac: GuestMac,
    /// Its addresses. Of each family the first one that has a gateway gives the default route: what the guest sends
    /// from its others goes there too.
    pub addresses: Vec<GuestAddress>,
    /// Name servers; empty for those of the user's choice. Those of a family that the guest has no address of are
    /// left out of its configuration.
    pub dns: Vec<IpAddr>,
    /// Largest packet, where the provider's network is narrower than 1500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,
}

/// An address as a guest configures it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GuestAddress {
    /// The address with the prefix length that the guest configures: the block's, or that of a single address.
    pub address: IpNet,
    /// Default gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<IpAddr>,
    /// The gateway lies outside the guest's subnet (and is not a link-local address, which never needs it), so
    /// that a route to the gateway itself must be made first.
    pub on_link: bool,
}

/// Which MAC address a guest's card must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestMac {
    /// Whichever ESXi gives it.
    Any,
    /// One that the provider assigns to the address: still to be ordered there and typed in by hand.
    Ordered,
    /// This one, set by hand.
    Fixed(MacAddr),
}

/// The router virtual machine: one side towards the provider, one towards the other virtual machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Router {
    /// Which MAC address its outer card must have.
    pub mac: GuestMac,
    /// Its address towards the provider. A router that has none of the IPv6 family but a gateway there names the
    /// link-local address of its outer card; that one is not configured, it exists on its own.
    pub outside: Vec<GuestAddress>,
    /// Port group of the outer card.
    pub outside_port_group: String,
    /// Port group of the inner card, on a vSwitch without uplinks.
    pub inside_port_group: String,
    /// What lies behind it.
    pub behind: Vec<Behind>,
    /// Name servers; empty for those of the user's choice.
    pub dns: Vec<IpAddr>,
}

/// A block behind a router virtual machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Behind {
    /// The block that the provider routes to the router.
    pub block: Block,
    /// The address of the router's inner card with its prefix length: one of the block's where the block is an
    /// ordinary subnet; a single address of another where every address of the block is a host route on the inner
    /// card.
    pub inner: IpNet,
    /// The block is an ordinary subnet on the inner card; otherwise a route on the link.
    pub subnet: bool,
}

impl Guest {
    /// A guest with these addresses on a card with any MAC address.
    pub fn new(name: impl Into<String>, addresses: impl IntoIterator<Item = GuestAddress>) -> Self {
        Guest {
            name: name.into(),
            port_group: None,
            mac: GuestMac::Any,
            addresses: addresses.into_iter().collect(),
            dns: Vec::new(),
            mtu: None,
        }
    }
    /// The same guest, its card on this port group.
    #[must_use]
    pub fn port_group(mut self, name: impl Into<String>) -> Self {
        self.port_group = Some(name.into());
        self
    }
    /// The same guest, its card's MAC address being that one.
    #[must_use]
    pub fn mac(mut self, mac: GuestMac) -> Self {
        self.mac = mac;
        self
    }
    /// The same guest with these name servers.
    #[must_use]
    pub fn dns(mut self, servers: impl IntoIterator<Item = IpAddr>) -> Self {
        self.dns = servers.into_iter().collect();
        self
    }
    /// The same guest on a network with this MTU.
    #[must_use]
    pub fn mtu(mut self, mtu: Mtu) -> Self {
        self.mtu = Some(mtu);
        self
    }

    /// The guest's configuration as text to paste, its files one after the other, its card under the format's
    /// default name ([`GuestFormat::default_card`]).
    pub fn snippet(&self, format: GuestFormat) -> String {
        text::join(&self.written(format, format.default_card()))
    }

    /// As [`Guest::snippet`], for a card of another name.
    ///
    /// # Errors
    /// The system of that format gives no card such a name.
    pub fn snippet_for(&self, format: GuestFormat, card: &str) -> Result<String, CardError> {
        Ok(text::join(&self.files(format, card)?))
    }

    /// The guest's configuration as files. Where the MAC address is known and the format can look for it, the
    /// card's name is a label only.
    ///
    /// # Errors
    /// The system of that format gives no card such a name.
    ///
    /// ```
    /// use esxi_core::block::guest::{Guest, GuestAddress, GuestFormat};
    /// let guest = Guest::new("web", [GuestAddress::new("192.0.2.3/29".parse()?)]);
    /// let files = guest.files(GuestFormat::OpenBsd, "vmx1")?;
    /// assert_eq!(files[0].path, "/etc/hostname.vmx1");
    /// assert!(guest.files(GuestFormat::OpenBsd, "vmx1; reboot").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn files(&self, format: GuestFormat, card: &str) -> Result<Vec<ConfigFile>, CardError> {
        format.check_card(card)?;
        Ok(self.written(format, card))
    }

    fn written(&self, format: GuestFormat, card: &str) -> Vec<ConfigFile> {
        match format {
            GuestFormat::Netplan => netplan::files(self, card),
            GuestFormat::Ifupdown => ifupdown::files(self, card),
            GuestFormat::CloudInit => cloud_init::files(self, card),
            GuestFormat::NetworkManager => network_manager::files(self, card),
            GuestFormat::Netsh => netsh::files(self, card),
            GuestFormat::PowerShell => powershell::files(self, card),
            GuestFormat::OpenBsd => openbsd::files(self, card),
        }
    }
}

impl GuestAddress {
    /// An address without a gateway.
    pub fn new(address: IpNet) -> Self {
        GuestAddress { address, gateway: None, on_link: false }
    }
    /// The same address with a default gateway, which is on the link where the subnet does not hold it.
    #[must_use]
    pub fn gateway(mut self, gateway: IpAddr) -> Self {
        self.gateway = Some(gateway);
        self.on_link = !self.address.contains(&gateway) && !text::is_link_local(gateway);
        self
    }
}

impl Router {
    /// A router with these addresses towards the provider and nothing behind it, its cards on these port groups.
    pub fn new(
        outside: impl IntoIterator<Item = GuestAddress>,
        outside_port_group: impl Into<String>,
        inside_port_group: impl Into<String>,
    ) -> Self {
        Router {
            mac: GuestMac::Any,
            outside: outside.into_iter().collect(),
            outside_port_group: outside_port_group.into(),
            inside_port_group: inside_port_group.into(),
            behind: Vec::new(),
            dns: Vec::new(),
        }
    }
    /// The same router, the MAC address of its outer card being that one.
    #[must_use]
    pub fn mac(mut self, mac: GuestMac) -> Self {
        self.mac = mac;
        self
    }
    /// The same router with one block more behind it.
    #[must_use]
    pub fn behind(mut self, behind: Behind) -> Self {
        self.behind.push(behind);
        self
    }
    /// The same router with these name servers.
    #[must_use]
    pub fn dns(mut self, servers: impl IntoIterator<Item = IpAddr>) -> Self {
        self.dns = servers.into_iter().collect();
        self
    }

    /// The router's configuration as text to paste, its files one after the other, its cards under the format's
    /// default names ([`RouterFormat::default_cards`]).
    ///
    /// Packets of the blocks behind it are forwarded with their addresses as they are. What comes from outside is
    /// dropped unless it answers something from inside, with a commented rule for each block to start from.
    pub fn snippet(&self, format: RouterFormat) -> String {
        let [outer, inner] = format.default_cards();
        text::join(&self.written(format, outer, inner))
    }

    /// As [`Router::snippet`], for cards of other names.
    ///
    /// # Errors
    /// The system of that format gives no card such a name, or both names are the same.
    pub fn snippet_for(&self, format: RouterFormat, outer: &str, inner: &str) -> Result<String, CardError> {
        Ok(text::join(&self.files(format, outer, inner)?))
    }

    /// The router's configuration as files.
    ///
    /// # Errors
    /// The system of that format gives no card such a name, or both names are the same.
    pub fn files(
        &self,
        format: RouterFormat,
        outer: &str,
        inner: &str,
    ) -> Result<Vec<ConfigFile>, CardError> {
        format.check_card(outer)?;
        format.check_card(inner)?;
        if outer == inner {
            return Err(CardError::Same { card: outer.to_owned() });
        }
        Ok(self.written(format, outer, inner))
    }

    fn written(&self, format: RouterFormat, outer: &str, inner: &str) -> Vec<ConfigFile> {
        match format {
            RouterFormat::Vyos => vyos::files(self, outer, inner),
            RouterFormat::Opnsense => opnsense::files(self, outer, inner),
            RouterFormat::Nftables => linux::files(self, outer, inner),
        }
    }
}

impl Behind {
    /// A block that is an ordinary subnet on the inner card, the router at this address of it.
    pub fn subnet(block: Block, inner: IpAddr) -> Self {
        Behind { block, inner: text::with_prefix(inner, block.prefix()), subnet: true }
    }
    /// A block of which every address is a route on the inner card, the router at an address from elsewhere.
    pub fn on_link(block: Block, inner: IpNet) -> Self {
        Behind { block, inner, subnet: false }
    }
}
