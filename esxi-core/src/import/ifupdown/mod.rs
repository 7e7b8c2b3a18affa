//! ifupdown's `/etc/network/interfaces`, with the options of ifenslave, vlan, bridge-utils and resolvconf.
//!
//! Sources: interfaces(5) of ifupdown 0.8, which the tests ask for a second opinion on what stands in a file; the
//! interfaces files that Proxmox writes for ifupdown2.

mod commands;
mod options;
mod select;
mod syntax;

use super::linux::{Bond, Bridge, Device, DeviceKind, Linux, LinuxRoute, Param};
use super::read::{At, left_out};
use super::{ImportOptions, Imported, import};
use crate::diag::{Diagnostic, codes};
use crate::value::{MacAddr, VlanId};
use select::Selection;
use std::collections::BTreeSet;

/// Reads interfaces files, in the order in which they are given; names are only used in diagnostics, and to tell
/// whether what `source` lines ask for is among them.
///
/// Such files name cards as Linux does. Where they do not state a card's address (`hwaddress`), it has to come with
/// [`ImportOptions::nics`].
///
/// ```
/// use esxi_core::import::{ifupdown, ImportOptions};
/// let text = "
/// auto eno1
/// iface eno1 inet static
///     address 192.0.2.10/24
///     gateway 192.0.2.1
///     post-up ip route add 10.0.0.0/8 via 192.0.2.254
/// ";
/// let mut options = ImportOptions::default();
/// options.nics.insert("eno1".into(), "0c:c4:7a:b5:80:02".parse()?);
/// let network = ifupdown(&[("interfaces", text)], &options).spec.unwrap().network.unwrap();
/// assert_eq!(network.gateway.unwrap().to_string(), "192.0.2.1");
/// assert_eq!(network.routes.unwrap()[0].to.to_string(), "10.0.0.0/8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ifupdown(files: &[(&str, &str)], options: &ImportOptions) -> Imported {
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    import(syntax::read(files), options, |root| Some(read(root, &names)))
}

/// An `iface` stanza.
struct Stanza<'a> {
    at: At<'a>,
    /// Its name with its place.
    name: (String, &'a str),
    family: Option<&'a str>,
    method: Option<&'a str>,
    inherits: Option<&'a str>,
    /// The stanzas it inherits from, the nearest first.
    above: Vec<At<'a>>,
}

impl<'a> Stanza<'a> {
    /// Family and method, its own or inherited. Neither is what ifupdown2 takes, too.
    fn kind(&self) -> (Option<&'a str>, Option<&'a str>) {
        let above = |key: &str| self.above.iter().find_map(|at| at.get(key).and_then(|at| at.raw()));
        (self.family.or_else(|| above("family")), self.method.or_else(|| above("method")))
    }
    /// An option, of its own or inherited.
    fn get(&self, option: &str) -> Option<At<'a>> {
        let inherited = || self.above.iter().find_map(|at| at.get(option));
        self.at.get(option).or_else(inherited)
    }
    /// The words of an option, each with the option's place.
    fn words(&self, option: &str) -> Vec<(String, &'a str)> {
        let items = self.get(option).map(|at| at.items()).unwrap_or_default();
        let words = items.iter().flat_map(|at| {
            let text = at.raw().unwrap_or_default();
            text.split_whitespace().map(|word| (at.path.clone(), word)).collect::<Vec<_>>()
        });
        words.collect()
    }
}

fn read(root: &At<'_>, files: &[&str]) -> Linux {
    let mut selection = Selection::default();
    let mut stanzas = Vec::new();
    for item in root.items() {
        if item.get("iface").is_some() {
            stanzas.extend(stanza(item));
        } else if item.is_map() {
            selection.read(&item, files);
        } else {
            // A line that belongs nowhere, which is told already.
            item.use_up();
        }
    }
    let templates = inherit(&mut stanzas, &selection);
    let mut reader = Reader {
        linux: Linux { card_key: "`hwaddress` with the card's address", ..Linux::default() },
        stanzas: stanzas.into_iter().filter(|stanza| !templates.contains(stanza.name.1)).collect(),
        selection,
        root: root.clone(),
    };
    reader.devices();
    reader.linux
}

fn stanza(at: At<'_>) -> Option<Stanza<'_>> {
    let name = at.get("iface")?;
    let word = |key: &str| at.get(key).and_then(|at| at.raw());
    Some(Stanza {
        name: (name.path.clone(), name.raw()?),
        family: word("family"),
        method: word("method"),
        inherits: word("inherits"),
        above: Vec::new(),
        at,
    })
}

/// Finds what each stanza inherits; the names that only serve as templates.
fn inherit<'a>(stanzas: &mut [Stanza<'a>], selection: &Selection<'_>) -> BTreeSet<&'a str> {
    let known: Vec<(&str, Option<&str>, At<'a>)> =
        stanzas.iter().map(|stanza| (stanza.name.1, stanza.inherits, stanza.at.clone())).collect();
    let mut templates = BTreeSet::new();
    for stanza in stanzas {
        let mut wanted = stanza.inherits;
        while let Some(name) = wanted {
            let Some((template, next, at)) = known.iter().find(|(other, ..)| *other == name) else {
                let message = format!("there is no stanza {name} to inherit from");
                let finding = Diagnostic::error(codes::IMPORT_INCOMPLETE, message);
                stanza.at.account.report(finding.at(format!("{}/inherits", stanza.at.path)));
                break;
            };
            let again = at.path == stanza.at.path || stanza.above.iter().any(|other| other.path == at.path);
            if again {
                let finding =
                    Diagnostic::error(codes::IFUPDOWN_SYNTAX, format!("{name} inherits from itself"));
                stanza.at.account.report(finding.at(format!("{}/inherits", stanza.at.path)));
                break;
            }
            if !selection.starts(name) {
                templates.insert(*template);
            }
            stanza.above.push(at.clone());
            wanted = *next;
        }
    }
    templates
}

struct Reader<'a> {
    linux: Linux,
    stanzas: Vec<Stanza<'a>>,
    selection: Selection<'a>,
    root: At<'a>,
}

impl<'a> Reader<'a> {
    fn report(&self, finding: Diagnostic) {
        self.root.account.report(finding);
    }

    fn devices(&mut self) {
        let stanzas = std::mem::take(&mut self.stanzas);
        let mut names: Vec<&str> = Vec::new();
        for stanza in &stanzas {
            if !names.contains(&stanza.name.1) {
                names.push(stanza.name.1);
            }
        }
        let masters: Vec<&str> =
            stanzas.iter().flat_map(|stanza| stanza.words("bond-master")).map(|(_, master)| master).collect();
        for name in names {
            let own = stanzas.iter().filter(|stanza| stanza.name.1 == name && self.is_known(stanza));
            let own: Vec<&Stanza<'a>> = own.collect();
            let loopback = own.iter().all(|stanza| stanza.method == Some("loopback"));
            if loopback {
                // Every file has it, and ESXi has its own: nothing to say unless something is configured on it.
                continue;
            }
            let at = match name.split_once(':') {
                Some((base, _)) => self.ensure(base, &own[0].name.0),
                None => {
                    let Some(device) = self.device(name, &own, masters.contains(&name)) else {
                        own.iter().for_each(|stanza| stanza.at.use_up());
                        continue;
                    };
                    self.linux.devices.push(device);
                    self.linux.devices.len() - 1
                }
            };
            for stanza in own {
                self.configure(at, stanza);
            }
        }
        self.slaves(&stanzas);
        self.implied();
        self.unselected(&stanzas);
    }

    /// The device of these stanzas, without addresses; `None` where a finding says why there is none.
    fn device(&mut self, name: &'a str, own: &[&Stanza<'a>], is_master: bool) -> Option<Device> {
        let first = own[0];
        let get = |option: &str| own.iter().find_map(|stanza| stanza.get(option));
        let any = |test: &dyn Fn(&str) -> bool| {
            own.iter().any(|stanza| {
                let mut all = std::iter::once(&stanza.at).chain(&stanza.above);
                all.any(|at| at.entries().iter().any(|(key, _)| test(key)))
            })
        };
        if let Some(kind) = get("ovs-type") {
            let finding = kind.error(
                codes::IMPORT_IMPOSSIBLE,
                format!("{name} belongs to Open vSwitch, whose files are not read here"),
            );
            self.report(finding.help("write it as a Linux bridge, bond or VLAN first"));
            return None;
        }
        let is_slave = get("bond-master").is_some();
        let bonds = |key: &str| matches!(key, "bond-slaves" | "bond-mode" | "bond-miimon");
        let kind = if let Some(ports) = get("bridge-ports") {
            DeviceKind::Bridge(self.bridge(&ports, own))
        } else if any(&|key| key.starts_with("bridge-")) && !is_slave {
            DeviceKind::Bridge(self.bridge(&first.at, own))
        } else if is_master || any(&bonds) && !is_slave {
            DeviceKind::Bond(self.bond(own))
        } else {
            self.vlan(name, &first.name.0, own)?
        };
        let mut device = Device::new(first.name.0.clone(), name, kind);
        let mac = get("hwaddress").and_then(|at| Some((at.path.clone(), hwaddress(&at)?)));
        match device.kind {
            DeviceKind::Physical => {
                if let Some((path, Some(mac))) = &mac {
                    let message =
                        format!("{mac}, which {name} is given here, is taken for its card's own address");
                    let finding = Diagnostic::note(codes::IMPORT_CHANGED, message).at(path);
                    self.report(finding.help(format!("if it is another: --nic {name}=MAC, or --links FILE")));
                }
                device.card = self.selection.card(name).or(mac);
            }
            _ => device.mac = mac,
        }
        device.aliases.extend(self.selection.former_names(name));
        device.mtu = get("mtu").and_then(|at| at.mtu());
        // The same again in the other family's stanza.
        for stanza in own {
            for key in ["mtu", "hwaddress"] {
                stanza.at.get(key).iter().for_each(At::use_up);
            }
        }
        Some(device)
    }

    fn bond(&self, own: &[&Stanza<'a>]) -> Bond {
        let mut members: Vec<(String, String)> = Vec::new();
        let mut params: Vec<Param> = Vec::new();
        for stanza in own {
            for (path, word) in stanza.words("bond-slaves") {
                match word {
                    "none" => {}
                    "all" => {
                        let message = "which cards are all cards is not in the file";
                        let finding = Diagnostic::error(codes::IMPORT_INCOMPLETE, message).at(path);
                        self.report(finding.help("write the names of the bond's members"));
                    }
                    name if members.iter().any(|(_, other)| other == name) => {}
                    name => members.push((path, name.to_owned())),
                }
            }
            for at in std::iter::once(&stanza.at).chain(&stanza.above) {
                for (key, value) in at.entries().into_iter().filter(|(key, _)| is_bond_param(key)) {
                    let known = params.iter().any(|param| param.name == key);
                    let texts: Vec<String> =
                        stanza.words(key).into_iter().map(|(_, w)| w.to_owned()).collect();
                    value.use_up();
                    if !known {
                        let (name, value) = (key.to_owned(), texts.join(","));
                        params.push(Param { path: format!("{}/{key}", at.path), name, value });
                    }
                }
            }
        }
        Bond { members, params }
    }

    /// Members that name their bond, instead of being named by it.
    fn slaves(&mut self, stanzas: &[Stanza<'a>]) {
        for stanza in stanzas {
            let Some((path, master)) = stanza.words("bond-master").into_iter().next() else { continue };
            if master == "none" {
                continue;
            }
            let Some(at) = self.linux.refer(&path, master, self.root.account) else { continue };
            let DeviceKind::Bond(bond) = &mut self.linux.devices[at].kind else {
                let finding = Diagnostic::error(codes::IMPORT_IMPOSSIBLE, format!("{master} is not a bond"));
                self.report(finding.at(path));
                continue;
            };
            if !bond.members.iter().any(|(_, other)| other == stanza.name.1) {
                bond.members.push((path, stanza.name.1.to_owned()));
            }
            // ifenslave takes the bond's parameters from whichever comes up first.
            for (key, value) in stanza.at.entries().into_iter().filter(|(key, _)| is_bond_param(key)) {
                let text = value.raw().unwrap_or_default().to_owned();
                if !bond.params.iter().any(|param| param.name == key) {
                    bond.params.push(Param { path: value.path.clone(), name: key.to_owned(), value: text });
                }
            }
        }
    }

    fn bridge(&self, ports: &At<'a>, own: &[&Stanza<'a>]) -> Bridge {
        let mut bridge = Bridge::default();
        for stanza in own {
            for (path, word) in stanza.words("bridge-ports") {
                match word {
                    "none" => {}
                    "regex" | "all" | "glob" => {
                        let message = "which cards fit is not in the file";
                        let finding = Diagnostic::error(codes::IMPORT_INCOMPLETE, message).at(&ports.path);
                        self.report(finding.help("write the names of the bridge's ports"));
                        break;
                    }
                    name if bridge.members.iter().any(|(_, other)| other == name) => {}
                    name => bridge.members.push((path, name.to_owned())),
                }
            }
            options::bridge(stanza, &mut bridge);
        }
        bridge
    }

    /// A VLAN by its name (`eth0.5`, `vlan5`) or by what it says, else a card; `None` where a finding says why it is
    /// neither.
    fn vlan(&self, name: &str, at: &str, own: &[&Stanza<'a>]) -> Option<DeviceKind> {
        let raw = own.iter().flat_map(|stanza| stanza.words("vlan-raw-device")).next();
        let stated = own.iter().find_map(|stanza| stanza.get("vlan-id"));
        let dotted = name.rsplit_once('.').filter(|(stem, id)| {
            !stem.is_empty() && !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())
        });
        let (raw, id) = match (raw, dotted) {
            (None, None) => return Some(DeviceKind::Physical),
            (None, Some((stem, id))) => ((at.to_owned(), stem), Some(id)),
            (Some(raw), Some((_, id))) => (raw, Some(id)),
            (Some(raw), None) => {
                let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
                (raw, (digits > 0).then(|| &name[name.len() - digits..]))
            }
        };
        let number = match (&stated, id) {
            (Some(stated), _) => stated.raw().unwrap_or_default(),
            (None, Some(id)) => id,
            (None, None) => {
                let message = format!("nothing says the VLAN's id of {name}");
                let finding = Diagnostic::error(codes::IMPORT_INCOMPLETE, message).at(at);
                self.report(finding.help(format!("call it {}.ID, or add `vlan-id`", raw.1)));
                return None;
            }
        };
        // vlan0005 is 5.
        let id = number.parse::<u16>().ok().and_then(|id| VlanId::new(id).ok());
        let Some(id) = id.filter(|id| !id.is_untagged() && *id != VlanId::GUEST) else {
            let message = format!("{number} is not the id of a VLAN: 1-4094");
            self.report(Diagnostic::error(codes::WRONG_VALUE, message).at(at));
            return None;
        };
        Some(DeviceKind::Vlan { link: (raw.0, raw.1.to_owned()), id })
    }

    /// The device of this name, made where no stanza makes it: cards need none.
    fn ensure(&mut self, name: &str, path: &str) -> usize {
        if let Some(at) = self.linux.find(name) {
            return at;
        }
        // Of a wrong VLAN there is a finding.
        let kind = self.vlan(name, path, &[]).unwrap_or(DeviceKind::Physical);
        let mut device = Device::new(path, name, kind);
        device.card = self.selection.card(name);
        device.aliases.extend(self.selection.former_names(name));
        self.linux.devices.push(device);
        self.linux.devices.len() - 1
    }

    /// Makes what is only named: members, ports, and what VLANs are on.
    fn implied(&mut self) {
        let mut at = 0;
        while let Some(device) = self.linux.devices.get(at) {
            let named: Vec<(String, String)> = match &device.kind {
                DeviceKind::Physical => Vec::new(),
                DeviceKind::Bond(Bond { members, .. }) | DeviceKind::Bridge(Bridge { members, .. }) => {
                    members.clone()
                }
                DeviceKind::Vlan { link, .. } => vec![link.clone()],
            };
            for (path, name) in named {
                self.ensure(&name, &path);
            }
            at += 1;
        }
    }

    /// Interfaces that Linux does not bring up by itself.
    fn unselected(&self, stanzas: &[Stanza<'a>]) {
        let mut seen = BTreeSet::new();
        for stanza in stanzas {
            let name = stanza.name.1;
            let below = self.linux.devices.iter().any(|device| match &device.kind {
                DeviceKind::Physical => false,
                DeviceKind::Bond(Bond { members, .. }) | DeviceKind::Bridge(Bridge { members, .. }) => {
                    members.iter().any(|(_, member)| member == name)
                }
                DeviceKind::Vlan { link, .. } => link.1 == name,
            });
            if self.linux.find(name).is_some() && !below && !self.selection.starts(name) && seen.insert(name)
            {
                let message =
                    format!("{name} is not brought up when Linux starts (no `auto` line); on ESXi it is up");
                self.report(Diagnostic::note(codes::IMPORT_CHANGED, message).at(&stanza.name.0));
            }
        }
        let stated = |name: &str| stanzas.iter().any(|stanza| stanza.name.1 == name);
        self.selection.unknown(&|name| stated(name) || self.linux.find(name).is_some() || name == "lo");
    }

    /// Adds a route, unless it is there already.
    fn route(&mut self, route: LinuxRoute) {
        let known = |other: &LinuxRoute| (other.to, other.via) == (route.to, route.via);
        if !self.linux.routes.iter().any(known) {
            self.linux.routes.push(route);
        }
    }
}

/// Parameters of a bond, without its members.
fn is_bond_param(key: &str) -> bool {
    key.strip_prefix("bond-").is_some_and(|rest| !matches!(rest, "slaves" | "master"))
}

/// `ether 0c:c4:7a:b5:80:02`, with or without the first word. `None` where it says nothing.
fn hwaddress(at: &At<'_>) -> Option<Option<MacAddr>> {
    let text = at.raw()?;
    let text = text.strip_prefix("ether").map_or(text, str::trim_start);
    if text == "random" {
        at.account.report(left_out(&at.path, "adapters of ESXi keep their addresses"));
        return None;
    }
    match text.parse() {
        Ok(mac) => Some(Some(mac)),
        Err(error) => {
            at.account.report(at.error(codes::WRONG_VALUE, format!("{error}")));
            Some(None)
        }
    }
}
