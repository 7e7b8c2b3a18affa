//! What a profile must be beyond its types: rules that do not contradict each other.

use super::{
    Allocation, Delivery, Fact, Family, GatewayRule, Layout, NextHop, Place, Places, Prefixes, Profile,
};
use crate::block::Role;
use crate::block::nearest::nearest;
use crate::diag::{Code, Diagnostic, codes};
use crate::value::{PortGroupName, VmkName};
use std::collections::BTreeSet;

impl Profile {
    /// What is wrong with the rules. [`Profile::from_toml`] has done this already; a profile that was made in
    /// another way can be asked.
    ///
    /// ```
    /// use esxi_core::block::profile::{Catalogue, Profile};
    /// let mut profile = Profile::clone(&*Catalogue::builtin().find("packet")?);
    /// assert!(profile.check().is_empty());
    /// profile.allocations[0].reserve = Default::default();
    /// let found = profile.check();
    /// assert_eq!(found[0].code.as_str(), "IP013");
    /// assert_eq!(found[0].path.as_deref(), Some("/allocation/0/gateway"));
    /// # Ok::<(), Box<esxi_core::diag::Diagnostic>>(())
    /// ```
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut check = Check { found: Vec::new() };
        check.profile(self);
        self.check_facts(&mut check.found);
        check.found
    }
}

struct Check {
    found: Vec<Diagnostic>,
}

impl Check {
    fn report(
        &mut self,
        code: Code,
        path: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.found.push(Diagnostic::error(code, message).at(path).help(help));
    }
    fn value(&mut self, path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) {
        self.report(codes::PROFILE_VALUE, path, message, help);
    }
    fn rule(&mut self, path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) {
        self.report(codes::PROFILE_RULES, path, message, help);
    }

    fn profile(&mut self, profile: &Profile) {
        self.name("/name", &profile.name);
        self.text("/title", &profile.title);
        self.date("/verified", &profile.verified);
        for (at, warning) in profile.warnings.iter().enumerate() {
            self.text(format!("/warnings/{at}"), warning);
        }
        if profile.allocations.is_empty() {
            self.rule(
                "/allocation",
                "a profile without an allocation has no rules",
                "add a table [[allocation]]",
            );
        }
        let names = profile.allocations.iter().map(|allocation| allocation.name.as_str());
        self.unique("/allocation", "allocations", names.clone());
        for (at, allocation) in profile.allocations.iter().enumerate() {
            self.allocation(&format!("/allocation/{at}"), allocation);
        }
        self.rest_of(profile, &names.collect::<Vec<_>>());
        for (at, fact) in profile.facts.iter().enumerate() {
            self.fact(&format!("/fact/{at}"), fact);
        }
    }

    fn rest_of(&mut self, profile: &Profile, allocations: &[&str]) {
        if let Some(private) = &profile.private {
            if let Some(adapter) = &private.adapter
                && adapter.parse::<VmkName>().is_err()
            {
                let message = format!("\"{adapter}\" is no vmkernel adapter");
                self.value("/private/adapter", message, "write its name, such as \"vmk1\"");
            }
            if let Some(group) = &private.port_group
                && let Err(error) = group.parse::<PortGroupName>()
            {
                self.value(
                    "/private/port-group",
                    error.to_string(),
                    "write its name, such as \"Private Network\"",
                );
            }
        }
        if let Some(l2) = &profile.l2 {
            if let Some((first, last)) = l2.vlan_range {
                let ids = 1..=4094;
                if !ids.contains(&first) || !ids.contains(&last) {
                    let message = format!("[{first}, {last}] is no range of VLANs: they go from 1 to 4094");
                    self.value(
                        "/l2/vlan-range",
                        message,
                        "write the first and the last VLAN, such as [4000, 4091]",
                    );
                } else if first > last {
                    let message = format!("the first VLAN, {first}, is behind the last, {last}");
                    self.value("/l2/vlan-range", message, format!("write [{last}, {first}]"));
                }
            }
            self.some("/l2/max-macs", l2.max_macs.map(u64::from));
            self.some("/l2/max-vlans", l2.max_vlans.map(u64::from));
        }
        if let Some(uplinks) = &profile.uplinks {
            self.some("/uplinks/per-vswitch", uplinks.per_vswitch.map(u64::from));
        }
        if let Some(price) = &profile.price {
            if price.currency.len() != 3 || !price.currency.bytes().all(|b| b.is_ascii_uppercase()) {
                let message = format!("\"{}\" is no code of a currency", price.currency);
                self.value("/price/currency", message, "write its ISO 4217 code, such as \"USD\"");
            }
            if !allocations.contains(&price.allocation.as_str()) {
                let message = format!("there is no allocation \"{}\" to have a price", price.allocation);
                let found = Diagnostic::error(codes::PROFILE_RULES, message).at("/price/allocation");
                self.found.push(in_quotes(nearest(found, &price.allocation, allocations)));
            }
        }
    }

    fn allocation(&mut self, path: &str, allocation: &Allocation) {
        self.name(format!("{path}/name"), &allocation.name);
        self.text(format!("{path}/summary"), &allocation.summary);
        let sizes = allocation.prefixes;
        let (family, known) = match allocation.family {
            Family::Ipv4 => ("IPv4", 16..=32),
            Family::Ipv6 => ("IPv6", 32..=128),
        };
        if !known.contains(&sizes.shortest()) || !known.contains(&sizes.longest()) {
            let message = format!("{sizes} reaches beyond the sizes of {family} blocks");
            let help = format!("write prefix lengths from {} to {}", known.start(), known.end());
            // Sums over such sizes mean nothing: there is no word on the layouts.
            return self.value(format!("{path}/prefixes"), message, help);
        }
        if let Some(smallest) = allocation.smallest_for_esxi
            && !sizes.contains(smallest)
        {
            let message = format!("/{smallest} is none of the sizes {sizes}");
            self.rule(format!("{path}/smallest-for-esxi"), message, "name one of the sizes of `prefixes`");
        }
        match (allocation.delivery, allocation.next_hop) {
            (Delivery::Routed, None) => {
                let help = "add `next-hop = …`: main, single, eui64, given or { main-offset = … }";
                self.rule(path, "addresses are routed, but it is not said where to", help);
            }
            (Delivery::Routed, Some(hop)) => {
                self.next_hop(&format!("{path}/next-hop"), hop, allocation.family)
            }
            (_, Some(_)) => {
                let message = "only routed addresses have a next hop";
                self.rule(format!("{path}/next-hop"), message, "take it out, or write delivery = \"routed\"");
            }
            (_, None) => {}
        }
        self.gateway(&format!("{path}/gateway"), allocation.gateway, allocation.family);
        self.roles(&format!("{path}/reserve"), &allocation.reserve);
        if allocation.layouts.is_empty() {
            let help = "add a table [[allocation.layout]]";
            self.rule(format!("{path}/layout"), "an allocation needs a layout at least", help);
        }
        self.unique(&format!("{path}/layout"), "layouts", allocation.layouts.iter().map(|l| l.name.as_str()));
        // What is wrong with the reserved places alone is wrong in each layout, and said once.
        let mut said = BTreeSet::new();
        for (at, layout) in allocation.layouts.iter().enumerate() {
            self.layout(path, &format!("{path}/layout/{at}"), allocation, layout, &mut said);
        }
    }

    fn layout(
        &mut self,
        above: &str,
        path: &str,
        allocation: &Allocation,
        layout: &Layout,
        said: &mut BTreeSet<String>,
    ) {
        self.name(format!("{path}/name"), &layout.name);
        self.text(format!("{path}/summary"), &layout.summary);
        self.roles(&format!("{path}/roles"), &layout.roles);
        if let Some(rule) = layout.gateway {
            self.gateway(&format!("{path}/gateway"), rule, allocation.family);
        }
        let whole = allocation.prefixes;
        let sizes = layout.prefixes.unwrap_or(whole);
        if !whole.contains(sizes.shortest()) || !whole.contains(sizes.longest()) {
            let message = format!("{sizes} reaches beyond the allocation's sizes, {whole}");
            return self.rule(
                format!("{path}/prefixes"),
                message,
                format!("name sizes of {whole}, or none for all"),
            );
        }
        let reserve = places(&format!("{above}/reserve"), &allocation.reserve);
        let both: Vec<_> =
            reserve.into_iter().chain(places(&format!("{path}/roles"), &layout.roles)).collect();
        let rule = layout.gateway.unwrap_or(allocation.gateway);
        if rule == GatewayRule::InBlock && !both.iter().any(|placed| placed.role == Role::Gateway) {
            let at = if layout.gateway.is_some() { path } else { above };
            if said.insert(format!("{at}/gateway")) {
                let message =
                    format!("the gateway is in the block, but layout {} has no place for it", layout.name);
                let help =
                    "place it: gateway = 1 in `reserve`, or \"given\" where it differs from block to block";
                self.rule(format!("{at}/gateway"), message, help);
            }
        }
        self.places(&both, sizes, allocation.family, said);
    }

    /// No two roles at one address and none outside, for every size.
    fn places(&mut self, placed: &[Placed], sizes: Prefixes, family: Family, said: &mut BTreeSet<String>) {
        for (at, this) in placed.iter().enumerate() {
            let single = !matches!(this.role, Role::Reserved);
            if single && placed[..at].iter().any(|other| other.role == this.role) {
                if said.insert(this.path.clone()) {
                    let message = format!("a block has one {} only, and it has a place already", this.role);
                    self.rule(&this.path, message, "keep one of the two places");
                }
                continue;
            }
            for prefix in sizes.iter() {
                let count = count(family, prefix);
                let Some(offset) = this.place.offset(count) else {
                    if this.place != Place::Given && said.insert(this.path.clone()) {
                        let message = format!(
                            "the {} lies outside a /{prefix}, which has {count} addresses",
                            this.role
                        );
                        let help =
                            format!("write an offset from 0 to {}, or name fewer `prefixes`", count - 1);
                        self.rule(&this.path, message, help);
                    }
                    continue;
                };
                let same = |other: &&Placed| other.place.offset(count) == Some(offset);
                if let Some(other) = placed[..at].iter().find(same)
                    && said.insert(this.path.clone())
                {
                    let message = format!(
                        "{} and {} are both at offset {offset} of a /{prefix}",
                        other.role, this.role
                    );
                    self.rule(&this.path, message, "move one of them, or name fewer `prefixes`");
                }
            }
        }
    }

    /// Which roles may have a place, and which of them the user may name.
    fn roles(&mut self, path: &str, roles: &Places) {
        for Placed { path, role, place } in places(path, roles) {
            match (role, place) {
                (Role::Available | Role::Assigned, _) => {
                    let message = format!("the addresses that are {role} are those without a place");
                    self.rule(path, message, "take it out, or write `reserved`");
                }
                (Role::Gateway | Role::Management, Place::Given)
                | (_, Place::FromFirst(_) | Place::FromLast(_)) => {}
                (_, Place::Given) => {
                    let message = format!(
                        "a user can be asked for the gateway and the management address only, not for the {role}"
                    );
                    self.rule(path, message, "write its offset");
                }
            }
        }
    }

    fn next_hop(&mut self, path: &str, hop: NextHop, family: Family) {
        match hop {
            NextHop::MainOffset(offset) => {
                self.ipv4_only(path, "main-offset", family);
                if !(1..=254).contains(&offset) {
                    let message =
                        format!("the server's block has no address for a router at offset {offset}");
                    self.value(format!("{path}/main-offset"), message, "write an offset from 1 to 254");
                }
            }
            NextHop::Eui64 if family == Family::Ipv4 => {
                let message = "only IPv6 has link-local addresses that follow from a MAC address";
                self.rule(path, message, "write another next hop, or family = \"ipv6\"");
            }
            NextHop::Main | NextHop::Single | NextHop::Eui64 | NextHop::Given => {}
        }
    }

    fn gateway(&mut self, path: &str, rule: GatewayRule, family: Family) {
        match rule {
            GatewayRule::MainOctet(octet) => {
                self.ipv4_only(path, "main-octet", family);
                if !(1..=254).contains(&octet) {
                    let message = format!("no gateway has {octet} as its last octet");
                    self.value(format!("{path}/main-octet"), message, "write a number from 1 to 254");
                }
            }
            GatewayRule::Fixed(address) => {
                let path = format!("{path}/fixed");
                let unfit = address.is_unspecified() || address.is_loopback() || address.is_multicast();
                if address.is_ipv4() != (family == Family::Ipv4) {
                    let name = if family == Family::Ipv4 { "IPv4" } else { "IPv6" };
                    let message = format!("{address} cannot be the gateway of {name} addresses");
                    let other = if family == Family::Ipv4 { "ipv6" } else { "ipv4" };
                    self.rule(path, message, format!("write an {name} address, or family = \"{other}\""));
                } else if unfit {
                    let message = format!("{address} cannot be a gateway");
                    self.value(path, message, "write the address of the provider's router");
                }
            }
            GatewayRule::InBlock
            | GatewayRule::SameAsManagement
            | GatewayRule::RouterVm
            | GatewayRule::None => {}
        }
    }

    fn ipv4_only(&mut self, path: &str, word: &str, family: Family) {
        if family == Family::Ipv6 {
            let message = format!("{word} counts in IPv4 addresses, and these are IPv6");
            self.rule(path, message, "write another rule, or family = \"ipv4\"");
        }
    }

    fn fact(&mut self, path: &str, fact: &Fact) {
        self.text(format!("{path}/text"), &fact.text);
        self.text(format!("{path}/source"), &fact.source);
        self.date(format!("{path}/date"), &fact.date);
        if let Some(url) = &fact.url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            let message = format!("\"{url}\" is no address of a web page");
            self.value(format!("{path}/url"), message, "write it from https:// on, or take it out");
        }
    }

    fn name(&mut self, path: impl Into<String>, name: &str) {
        if is_name(name) {
            return;
        }
        let wanted = "write lower-case letters, digits and hyphens, such as \"router-vm\"";
        let found = Diagnostic::error(codes::PROFILE_VALUE, format!("\"{name}\" is no name here"));
        let found = found.at(path).help(wanted);
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let near = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
        self.found.push(if is_name(&near) { in_quotes(found.fix(near)) } else { found });
    }

    fn text(&mut self, path: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            self.value(path, "nothing is said here", "write a sentence");
        } else if text.chars().any(char::is_control) {
            self.value(
                path,
                "there is a line break or another control character in this text",
                "write it in one line",
            );
        }
    }

    fn date(&mut self, path: impl Into<String>, text: &str) {
        if !is_day(text) {
            self.value(
                path,
                format!("\"{text}\" is no day"),
                "write year, month and day, such as \"2026-11-21\"",
            );
        }
    }

    fn some(&mut self, path: &str, number: Option<u64>) {
        if number == Some(0) {
            self.value(path, "0 leaves nothing", "write a number from 1 on, or take it out");
        }
    }

    fn unique<'a>(&mut self, path: &str, what: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for (at, name) in names.enumerate() {
            if !seen.insert(name) {
                let message = format!("two {what} are named \"{name}\"");
                self.rule(format!("{path}/{at}/name"), message, "give each a name of its own");
            }
        }
    }
}

/// A role with its place and where it is said.
struct Placed {
    path: String,
    role: Role,
    place: Place,
}

fn places(path: &str, places: &Places) -> Vec<Placed> {
    let all = |role: Role| places.iter().filter(move |(other, _)| *other == role).count();
    let mut seen = Vec::new();
    places
        .iter()
        .map(|(role, place)| {
            let number = seen.iter().filter(|other| **other == role).count();
            seen.push(role);
            let list = if all(role) > 1 { format!("/{number}") } else { String::new() };
            Placed { path: format!("{path}/{role}{list}"), role, place }
        })
        .collect()
}

/// Addresses in a block of this size.
fn count(family: Family, prefix: u8) -> u128 {
    let bits = match family {
        Family::Ipv4 => 32,
        Family::Ipv6 => 128,
    };
    1_u128.checked_shl(bits - u32::from(prefix)).unwrap_or(u128::MAX)
}

/// TOML wants its texts in quotes.
fn in_quotes(mut found: Diagnostic) -> Diagnostic {
    found.fix = found.fix.map(|fix| format!("\"{fix}\""));
    found
}

/// Names stand between dots in the `about` of facts, on command lines and in files of other formats.
fn is_name(text: &str) -> bool {
    let inner = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (1..=63).contains(&text.len()) && inner && !text.starts_with('-') && !text.ends_with('-')
}

fn is_day(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten()
    };
    let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    dashes && (1..=days).contains(&day)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
