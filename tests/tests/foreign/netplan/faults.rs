//! Which documents the known faults of `netplan-esxi` are in, read off the document alone.

use super::normal::Aspect;
use esxi_core::state::HostState;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// A fault by its number in the list of fourteen, or one that was found here, by a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    number: &'static str,
    what: &'static str,
    shows: &'static [Aspect],
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>2} {}", self.number, self.what)
    }
}

impl Fault {
    /// Whether it does such a thing.
    pub fn explains(&self, aspect: Aspect) -> bool {
        self.shows.contains(&aspect)
    }
}

use Aspect::{Active, Address, Dns, Mtu, Policy, Refused, Route, SharedMac, Stopped, Uplinks};

const ALL: [Fault; 23] = [
    Fault { number: "1", what: "vmnic10 beside vmnic1: one is dropped from the order", shows: &[Active] },
    Fault {
        number: "2",
        what: "a bond with an address of its own: nothing is made",
        shows: &[Address, Route, Stopped, Uplinks, Policy, Active, Mtu],
    },
    Fault { number: "3", what: "static IPv6 without its prefix length", shows: &[Address, Route, Stopped] },
    Fault { number: "4", what: "a name server as a text: one letter a server", shows: &[Dns, Stopped] },
    Fault { number: "5", what: "no mtu: `-m None`", shows: &[Stopped] },
    Fault { number: "6", what: "a bond mode without an entry: no adapter", shows: &[Refused] },
    Fault { number: "7", what: "two addresses: two adapters with one hardware address", shows: &[SharedMac] },
    Fault { number: "8", what: "a route at the top level is passed over", shows: &[Route] },
    Fault { number: "9", what: "dhcp, another word for dhcp4: no address", shows: &[Address] },
    Fault {
        number: "10",
        what: "a hardware address in capitals: the card is not found",
        shows: &[Address, Uplinks, Active, Policy, Stopped],
    },
    Fault {
        number: "11",
        what: "a member of a bond that is not there: it stops after the wipe",
        shows: &[Refused],
    },
    Fault { number: "12", what: "a VLAN with a larger MTU than its vSwitch", shows: &[Mtu] },
    Fault { number: "13", what: "a route as network and netmask: it stops half-way", shows: &[Stopped] },
    Fault { number: "14", what: "the primary is not looked at", shows: &[Active] },
    Fault { number: "a", what: "name servers of a subnet are not looked at", shows: &[Dns] },
    Fault {
        number: "b",
        what: "a netmask beside the address is not looked at",
        shows: &[Address, Route, Stopped],
    },
    Fault {
        number: "c",
        what: "what ESXi has no counterpart for is refused here and passed over there",
        shows: &[Refused],
    },
    Fault {
        number: "d",
        what: "a card that is not in the host: a vSwitch without uplink",
        shows: &[Refused],
    },
    Fault { number: "f", what: "a bridge is passed over there", shows: &[Address, Route, Refused] },
    Fault {
        number: "e",
        what: "a bond whose address is another member's: that one is first",
        shows: &[Active],
    },
    Fault {
        number: "g",
        what: "no device has an address: the installer's adapter stays here and goes there",
        shows: &[Address],
    },
    Fault {
        number: "h",
        what: "two default gateways: the last one stays there, the first here, with a warning",
        shows: &[Route],
    },
    // Ours, not theirs: to be mended where documents are imported.
    Fault {
        number: "i",
        what: "here the installer's vmk0 keeps its card's address, which the document gives to the bond's adapter, too",
        shows: &[SharedMac],
    },
];

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The faults that a document has in it, for a host with these cards.
pub fn of(document: &Value, host: &HostState) -> Vec<Fault> {
    let entries = list(document, "config");
    let has = |number: &str| found(number, entries, host);
    ALL.into_iter().filter(|fault| has(fault.number)).collect()
}

fn found(number: &str, entries: &[Value], host: &HostState) -> bool {
    let kind = |entry: &Value, wanted: &str| entry["type"] == wanted;
    let bonds = || entries.iter().filter(|entry| kind(entry, "bond"));
    let subnets = || entries.iter().flat_map(|entry| list(entry, "subnets"));
    let macs: BTreeMap<&str, &str> = entries
        .iter()
        .filter(|entry| kind(entry, "physical"))
        .map(|entry| (text(entry, "name"), text(entry, "mac_address")))
        .collect();
    let card = |mac: &str| {
        let mac = mac.parse().ok()?;
        host.nic_by_mac(mac).map(|name| name.as_str())
    };
    let members = |bond: &Value| -> Vec<String> {
        list(bond, "bond_interfaces").iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let member_macs = |bond: &Value| -> Vec<&str> {
        members(bond).iter().filter_map(|name| macs.get(name.as_str()).copied()).collect()
    };
    let active = |subnet: &Value| text(subnet, "type") != "manual";
    match number {
        // One card's name begins with another's.
        "1" => bonds().any(|bond| {
            let cards: Vec<&str> = member_macs(bond).into_iter().filter_map(card).collect();
            cards.iter().any(|one| cards.iter().any(|other| one != other && one.starts_with(other)))
        }),
        "2" => bonds().any(|bond| {
            let own = text(bond, "mac_address");
            !own.is_empty() && !member_macs(bond).iter().any(|mac| mac.eq_ignore_ascii_case(own))
        }),
        "3" => subnets().any(|subnet| text(subnet, "address").contains(':')),
        "4" => entries.iter().any(|entry| kind(entry, "nameserver") && entry["address"].is_string()),
        // Of whatever gets an adapter there: also a bond without an address, and a VLAN.
        "5" => entries.iter().any(|entry| entry.get("mtu").is_none() && !list(entry, "subnets").is_empty()),
        "6" => bonds().any(|bond| {
            let mode = text(&bond["params"], "bond-mode");
            !["balance-rr", "active-backup", "802.3ad"].contains(&mode)
        }),
        "7" => entries.iter().any(|entry| {
            list(entry, "subnets").iter().filter(|subnet| active(subnet)).count() > 1
                && !text(entry, "mac_address").is_empty()
        }),
        "8" => entries.iter().any(|entry| kind(entry, "route")),
        "9" => subnets().any(|subnet| text(subnet, "type") == "dhcp"),
        "10" => entries
            .iter()
            .any(|entry| text(entry, "mac_address").bytes().any(|byte| byte.is_ascii_uppercase())),
        "11" => bonds().any(|bond| member_macs(bond).into_iter().any(|mac| card(mac).is_none())),
        "12" => entries.iter().any(|entry| {
            kind(entry, "vlan") && {
                let mtu = |entry: &Value| entry["mtu"].as_u64().unwrap_or(1500);
                let link = text(entry, "vlan_link");
                let parent = entries.iter().find(|parent| text(parent, "name") == link);
                // Without a vSwitch of the parent the first VLAN's is taken.
                let first =
                    entries.iter().find(|other| kind(other, "vlan") && text(other, "vlan_link") == link);
                let over = |other: Option<&Value>| other.is_some_and(|other| mtu(entry) > mtu(other));
                over(parent) || over(first)
            }
        }),
        "13" => subnets()
            .any(|subnet| list(subnet, "routes").iter().any(|route| route.get("destination").is_none())),
        "14" => bonds().any(|bond| bond["params"].get("bond-primary").is_some()),
        "a" => subnets()
            .any(|subnet| subnet.get("dns_nameservers").is_some() || subnet.get("dns_search").is_some()),
        "b" => subnets().any(|subnet| subnet.get("netmask").is_some()),
        "c" => entries.iter().any(|entry| {
            !["physical", "bond", "vlan", "nameserver", "route", "bridge"].contains(&text(entry, "type"))
        }),
        "d" => macs.values().any(|mac| card(mac).is_none()),
        "i" => bonds().any(|bond| {
            let first = host.nics.values().next().map(|nic| nic.mac);
            list(bond, "subnets").iter().any(active) && text(bond, "mac_address").parse().ok() == first
        }),
        "h" => subnets().filter(|subnet| subnet.get("gateway").is_some()).count() > 1,
        "g" => !subnets().any(active),
        "f" => entries.iter().any(|entry| kind(entry, "bridge")),
        "e" => bonds().any(|bond| {
            let own = text(bond, "mac_address");
            member_macs(bond).iter().skip(1).any(|mac| mac.eq_ignore_ascii_case(own))
        }),
        _ => false,
    }
}
