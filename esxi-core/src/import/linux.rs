//! The network of a Linux host, as far as the importers understand it. Every part knows its JSON pointer.

use super::read::Account;
use crate::diag::{Diagnostic, codes};
use crate::value::{MacAddr, Mtu, VlanId};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;

/// A whole configuration.
#[derive(Debug, Default)]
pub(super) struct Linux {
    pub(super) devices: Vec<Device>,
    pub(super) routes: Vec<LinuxRoute>,
    pub(super) servers: Vec<(String, IpAddr)>,
    pub(super) search: Vec<(String, String)>,
    /// How the document would say which card a device is: ESXi names cards itself.
    pub(super) card_key: &'static str,
}

impl Linux {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let named = self.devices.iter().position(|device| device.name == name);
        named.or_else(|| self.devices.iter().position(|device| device.is_called(name)))
    }

    /// The device by name, or a finding at `path`.
    pub(super) fn refer(&self, path: &str, name: &str, account: &Account) -> Option<usize> {
        let found = self.find(name);
        if found.is_none() {
            let known: Vec<&str> = self.devices.iter().map(|device| device.name.as_str()).collect();
            let finding = Diagnostic::error(codes::IMPORT_INCOMPLETE, format!("there is no device {name}"));
            let near = known.iter().min_by_key(|other| strsim::damerau_levenshtein(name, other));
            account.report(match near {
                Some(near) if strsim::damerau_levenshtein(name, near) <= 2 => finding
                    .at(path)
                    .help(format!("did you mean {near}? devices here: {}", known.join(", ")))
                    .fix(*near),
                _ => finding.at(path).help(format!("devices here: {}", known.join(", "))),
            });
        }
        found
    }

    /// True for a bridge without ports and for VLANs on it: nothing outside the host is reached over them.
    pub(super) fn is_isolated(&self, device: &Device) -> bool {
        match &device.kind {
            DeviceKind::Bridge(bridge) => bridge.members.is_empty(),
            DeviceKind::Vlan { link: (_, name), .. } => self.find(name).is_some_and(|parent| {
                matches!(&self.devices[parent].kind, DeviceKind::Bridge(bridge) if bridge.members.is_empty())
            }),
            DeviceKind::Physical | DeviceKind::Bond(_) => false,
        }
    }
}

#[derive(Debug)]
pub(super) struct Device {
    pub(super) path: String,
    pub(super) name: String,
    /// Other names that references may use.
    pub(super) aliases: Vec<String>,
    /// What its port groups are called after, where that is not its name.
    pub(super) title: Option<String>,
    pub(super) kind: DeviceKind,
    /// What identifies the card of a physical device; `None` inside when that was reported as unreadable.
    pub(super) card: Option<(String, Option<MacAddr>)>,
    /// The name or pattern of names that the card is looked for by, where that is not the device's name.
    pub(super) card_name: Option<(String, String)>,
    /// The address it is given on the wire; `None` inside when that was reported as unreadable.
    pub(super) mac: Option<(String, Option<MacAddr>)>,
    pub(super) mtu: Option<(String, Mtu)>,
    /// IPv4 configurations in order; the second and later ones are aliases.
    pub(super) ipv4: Vec<Ipv4>,
    /// IPv6 as a whole.
    pub(super) ipv6: Option<Ipv6>,
}

impl Device {
    pub(super) fn new(path: impl Into<String>, name: impl Into<String>, kind: DeviceKind) -> Self {
        Device {
            path: path.into(),
            name: name.into(),
            aliases: Vec::new(),
            title: None,
            kind,
            card: None,
            card_name: None,
            mac: None,
            mtu: None,
            ipv4: Vec::new(),
            ipv6: None,
        }
    }
    /// What its port groups are called after.
    pub(super) fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }
    /// Has an address, or asks for one.
    pub(super) fn is_configured(&self) -> bool {
        !self.ipv4.is_empty() || self.ipv6.is_some()
    }
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

#[derive(Debug)]
pub(super) enum DeviceKind {
    Physical,
    Bond(Bond),
    Vlan { link: (String, String), id: VlanId },
    Bridge(Bridge),
}

#[derive(Debug)]
pub(super) struct Bond {
    pub(super) members: Vec<(String, String)>,
    pub(super) params: Vec<Param>,
}

/// A bridge; what else it has is reported by its reader.
#[derive(Debug, Default)]
pub(super) struct Bridge {
    /// Its ports: where each is named, and the name.
    pub(super) members: Vec<(String, String)>,
    /// Where the spanning tree protocol is asked for.
    pub(super) stp: Option<String>,
}

/// A parameter of a bond, and where it stands.
#[derive(Debug)]
pub(super) struct Param {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Debug)]
pub(super) struct Ipv4 {
    pub(super) path: String,
    /// `None` = DHCP.
    pub(super) address: Option<Ipv4Net>,
    pub(super) mtu: Option<(String, Mtu)>,
    /// Has a default gateway of its own.
    pub(super) gateway: bool,
}

#[derive(Debug, Default)]
pub(super) struct Ipv6 {
    pub(super) path: String,
    pub(super) addresses: Vec<Ipv6Net>,
    pub(super) dhcp: bool,
    /// `None` = not said.
    pub(super) router_advertisements: Option<bool>,
    pub(super) mtus: Vec<(String, Mtu)>,
    pub(super) gateway: bool,
}

#[derive(Debug)]
pub(super) struct LinuxRoute {
    pub(super) path: String,
    pub(super) to: IpNet,
    pub(super) via: IpAddr,
    /// Of several routes to one network Linux takes the one with the smallest.
    pub(super) metric: u32,
}
