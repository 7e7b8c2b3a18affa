//! What the formats share: files, plain names and comments, and which routes a gateway takes.

use super::{Guest, GuestAddress, GuestMac};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Serialize;
use std::net::IpAddr;

/// A file of a guest's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConfigFile {
    /// Where it belongs in the guest. A bare name belongs wherever is convenient.
    pub path: String,
    /// What belongs into it; its first line says so too.
    pub text: String,
}

impl ConfigFile {
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        ConfigFile { path: path.into(), text: text.into() }
    }
}

/// The files one after the other, a blank line between them.
pub(super) fn join(files: &[ConfigFile]) -> String {
    files.iter().map(|file| file.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Writes lines, each with its end.
#[derive(Default)]
pub(super) struct Lines(String);

impl Lines {
    pub(super) fn add(&mut self, line: impl AsRef<str>) -> &mut Self {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
        self
    }
    pub(super) fn comments(&mut self, mark: &str, lines: impl IntoIterator<Item = String>) -> &mut Self {
        for line in lines {
            self.add(format!("{mark} {line}"));
        }
        self
    }
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

/// A name that no format takes for anything else: letters, digits, hyphens and dots.
pub(super) fn plain_name(name: &str) -> String {
    let mapped: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    // No option, no hidden file, no folder above.
    let trimmed = mapped.trim_matches(['-', '.']);
    if trimmed.is_empty() { "guest".to_owned() } else { trimmed.to_owned() }
}

/// A text that stays within its comment and does nothing there, whatever the format takes for the end of a line, for a
/// quote or for a command.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || " -_.,:/()[]+@=#".contains(c) { c } else { '?' }).collect()
}

pub(in crate::block) fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(a) if a.is_unicast_link_local())
}

/// The address in a subnet of this prefix length, or as a single one where the family has no such length.
pub(in crate::block) fn with_prefix(address: IpAddr, prefix: u8) -> IpNet {
    match address {
        IpAddr::V4(a) => Ipv4Net::new(a, prefix).unwrap_or(Ipv4Net::from(a)).into(),
        IpAddr::V6(a) => Ipv6Net::new(a, prefix).unwrap_or(Ipv6Net::from(a)).into(),
    }
}

/// The single address as a network: what a host route leads to.
pub(super) fn host(address: IpAddr) -> IpNet {
    IpNet::from(address)
}

/// A default route and what it takes.
#[derive(Clone, Copy)]
pub(super) struct DefaultRoute {
    pub gateway: IpAddr,
    /// A route to the gateway itself comes first.
    pub on_link: bool,
}

impl DefaultRoute {
    pub fn is_ipv6(self) -> bool {
        self.gateway.is_ipv6()
    }
    /// Everything, in the gateway's family.
    pub fn to(self) -> &'static str {
        if self.is_ipv6() { "::/0" } else { "0.0.0.0/0" }
    }
    /// The gateway as a network of one.
    pub fn host(self) -> IpNet {
        host(self.gateway)
    }
    pub fn is_link_local(self) -> bool {
        is_link_local(self.gateway)
    }
}

/// The default route of each family. An address that says less than its subnet does is believed the subnet.
pub(super) fn default_routes(addresses: &[GuestAddress]) -> Vec<DefaultRoute> {
    [false, true]
        .into_iter()
        .filter_map(|ipv6| {
            let (address, gateway) = addresses
                .iter()
                .filter_map(|a| Some((a, a.gateway?)))
                .find(|(_, gateway)| gateway.is_ipv6() == ipv6)?;
            let outside = address.on_link || !address.address.contains(&gateway);
            Some(DefaultRoute { gateway, on_link: outside && !is_link_local(gateway) })
        })
        .collect()
}

/// The name servers of families that one of the addresses belongs to.
pub(super) fn reachable(dns: &[IpAddr], addresses: &[GuestAddress]) -> Vec<IpAddr> {
    let has = |ipv6: bool| addresses.iter().any(|a| a.address.addr().is_ipv6() == ipv6);
    dns.iter().copied().filter(|server| has(server.is_ipv6())).collect()
}

impl Guest {
    pub(super) fn plain_name(&self) -> String {
        plain_name(&self.name)
    }
    pub(super) fn default_routes(&self) -> Vec<DefaultRoute> {
        default_routes(&self.addresses)
    }
    pub(super) fn reachable_dns(&self) -> Vec<IpAddr> {
        reachable(&self.dns, &self.addresses)
    }
    pub(super) fn of_family(&self, ipv6: bool) -> impl Iterator<Item = &GuestAddress> {
        self.addresses.iter().filter(move |a| a.address.addr().is_ipv6() == ipv6)
    }
    /// The card's name and what shows such names, for formats that look for the MAC address where it is known.
    pub(super) fn unless_by_mac<'a>(&self, card: &'a str, command: &'a str) -> Option<(&'a str, &'a str)> {
        (!matches!(self.mac, GuestMac::Fixed(_))).then_some((card, command))
    }
    /// Whether router advertisements have nothing to add to IPv6.
    pub(super) fn static_ipv6(&self) -> bool {
        self.default_routes().iter().any(|route| route.is_ipv6())
    }
    /// What the head of the first file says of the machine itself, and of the card where that is found by its name.
    pub(super) fn about(&self, by_name: Option<(&str, &str)>) -> Vec<String> {
        let mut lines = vec![format!("Virtual machine {}", self.plain_name())];
        if let Some(port_group) = &self.port_group {
            lines.push(format!("Its card is on port group \"{}\"", comment(port_group)));
        }
        let list: Vec<_> = self.addresses.iter().map(|a| a.address.addr().to_string()).collect();
        lines.extend(about_mac(self.mac, "Its card", &list.join(", ")));
        if let Some((card, command)) = by_name {
            lines.push(format!(
                "The card is found by its name, {card}; the machine's own are shown by: {command}"
            ));
        }
        lines
    }
}

/// What has to be done about the MAC address of a machine's first card.
pub(super) fn about_mac(mac: GuestMac, card: &str, addresses: &str) -> Vec<String> {
    match mac {
        GuestMac::Any => Vec::new(),
        GuestMac::Ordered => vec![
            format!(
                "{card} needs a MAC address from the provider: order one for {addresses} first and set it"
            ),
            "by hand. From any other MAC address nothing works".to_owned(),
        ],
        GuestMac::Fixed(mac) => {
            let mut lines =
                vec![format!("{card} must have the MAC address {mac}; in the machine's .vmx file:")];
            lines.extend(super::vmx::mac_lines(mac, 0).into_iter().map(|line| format!("  {line}")));
            lines
        }
    }
}
