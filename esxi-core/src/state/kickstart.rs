//! The `network` command of a kickstart: what the installer makes of the network.
//!
//! How the installer reads the command is verified for 6.7 and believed for the other releases: options are
//! `--name=value` in one word, the first of two wins, what it does not know is passed over with a warning, and what
//! contradicts itself stops it.

use crate::diag::{Diagnostic, Position, codes};
use crate::value::{MacAddr, VlanId, VmnicName};
use ipnet::Ipv4Net;
use std::net::{IpAddr, Ipv4Addr};

/// The card that the installer is told to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KickstartDevice {
    /// By its number.
    Vmnic(VmnicName),
    /// By its hardware address.
    Mac(MacAddr),
}

/// What the installer does to the network. The default is what it does without a `network` command: DHCP, untagged, on
/// the first card with a link.
///
/// ```
/// use esxi_core::state::KickstartNetwork;
/// let line = "network --bootproto=static --ip=192.0.2.10 --netmask=255.255.255.0 --gateway=192.0.2.1 \
///             --nameserver=192.0.2.53 --hostname=esx1 --vlanid=20 --device=vmnic1 --addvmportgroup=0";
/// let (network, found) = KickstartNetwork::parse(line);
/// assert_eq!(found, []);
/// assert_eq!(network.address.unwrap().to_string(), "192.0.2.10/24");
/// assert_eq!((network.vlan.get(), network.vm_network), (20, false));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KickstartNetwork {
    /// Static address; `None` is DHCP.
    pub address: Option<Ipv4Net>,
    /// Default gateway of a static address. Where the file has none the installer guesses one, which nobody knows.
    pub gateway: Option<Ipv4Addr>,
    /// Name servers of a static address; at most two are taken.
    pub servers: Vec<IpAddr>,
    /// Host name of a static address.
    pub hostname: Option<String>,
    /// VLAN of the port group of the management adapter.
    pub vlan: VlanId,
    /// The card; `None` is the one the installer was booted by, else the first with a link.
    pub device: Option<KickstartDevice>,
    /// Whether the port group `VM Network` is made.
    pub vm_network: bool,
}

impl Default for KickstartNetwork {
    fn default() -> Self {
        KickstartNetwork {
            address: None,
            gateway: None,
            servers: Vec::new(),
            hostname: None,
            vlan: VlanId::UNTAGGED,
            device: None,
            vm_network: true,
        }
    }
}

impl KickstartNetwork {
    /// Reads one `network` command, with or without its name. The findings are those of the installer: what it stops
    /// at is an error, what it passes over a warning.
    pub fn parse(command: &str) -> (KickstartNetwork, Vec<Diagnostic>) {
        let mut found = Vec::new();
        let words = split(command).unwrap_or_else(|message| {
            found.push(Diagnostic::error(codes::KICKSTART_NETWORK, message).help("close the quotation"));
            Vec::new()
        });
        let words = words.strip_prefix(&["network".to_owned()][..]).unwrap_or(&words);
        let options = Options::read(words, &mut found);
        let network = options.network(&mut found);
        (network, found)
    }

    /// Finds the `network` command of a kickstart and reads it; of several the last one counts. Bodies of scripts and
    /// included files are not looked into. `name` is how findings call the file.
    pub fn of_kickstart(name: &str, text: &str) -> (KickstartNetwork, Vec<Diagnostic>) {
        let commands = commands(text);
        let mut lines = commands.iter().filter(|(_, line)| line.split_whitespace().next() == Some("network"));
        let Some((number, line)) = lines.next_back() else {
            let finding = Diagnostic::warning(
                codes::KICKSTART_IGNORED,
                format!("{name} has no network command: the installer takes DHCP"),
            );
            let included = commands
                .iter()
                .any(|(_, line)| matches!(line.split_whitespace().next(), Some("%include" | "include")));
            let help = match included {
                true => "it may stand in an included file: give the command itself",
                false => "add one, or leave the file out",
            };
            return (KickstartNetwork::default(), vec![finding.help(help)]);
        };
        let (network, mut found) = Self::parse(line);
        if lines.next_back().is_some() {
            let message =
                "more than one network command: the last one counts, but each other card is set up, too";
            found.push(Diagnostic::warning(codes::KICKSTART_IGNORED, message).help("leave one"));
        }
        for finding in &mut found {
            let column = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
            let indent = line.chars().take_while(|c| c.is_whitespace()).count();
            finding.file = Some(name.to_owned());
            finding.start = Some(Position { line: *number, column: column(indent) });
            finding.end = Some(Position { line: *number, column: column(line.trim_end().chars().count()) });
        }
        (network, found)
    }
}

/// Lines of a kickstart that are commands, with their numbers: not those in the body of a script, which ends at the
/// next line that begins with one of the words of sections.
fn commands(text: &str) -> Vec<(u32, &str)> {
    const BODIES: [&str; 5] = ["%pre", "%post", "%firstboot", "%packages", "%vmlicense_text"];
    let mut list = Vec::new();
    let mut body = false;
    for (number, line) in (1..).zip(text.lines()) {
        // A body ends at such a word in the first column; outside of one a heading may be indented.
        let heading = if body { line } else { line.trim_start() };
        if BODIES.iter().any(|word| heading.starts_with(word)) {
            body = true;
        } else if !body || heading.starts_with("%include") || heading.starts_with("include") {
            body = false;
            list.push((number, line));
        }
    }
    list
}

/// Words of a line as a POSIX shell splits them, comments left out.
fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            '#' => break,
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err("a quotation is not closed"),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('"') => break,
                        Some('\\') => match rest.next() {
                            Some(c @ ('"' | '\\')) => word.push(c),
                            Some(c) => word.extend(['\\', c]),
                            None => return Err("a quotation is not closed"),
                        },
                        Some(c) => word.push(c),
                        None => return Err("a quotation is not closed"),
                    }
                }
            }
            '\\' => match rest.next() {
                Some(c) => word.get_or_insert_default().push(c),
                None => return Err("nothing follows the last backslash"),
            },
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn ignored(message: String, help: &str) -> Diagnostic {
    Diagnostic::warning(codes::KICKSTART_IGNORED, message).help(help)
}

fn refused(message: String, help: &str) -> Diagnostic {
    Diagnostic::error(codes::KICKSTART_NETWORK, message).help(help)
}

/// Options as they are written, each at most once.
#[derive(Default)]
struct Options<'a>(Vec<(&'static str, &'a str)>);

const KNOWN: [&str; 10] = [
    "bootproto",
    "device",
    "ip",
    "netmask",
    "gateway",
    "nameserver",
    "hostname",
    "vlanid",
    "addvmportgroup",
    "nodns",
];

impl<'a> Options<'a> {
    fn read(words: &'a [String], found: &mut Vec<Diagnostic>) -> Options<'a> {
        let mut options = Options::default();
        for word in words {
            let Some(option) = word.strip_prefix("--") else {
                let message = format!("\"{word}\" is no option: the installer passes it over");
                found.push(ignored(message, "write --name=value in one word, without blanks"));
                continue;
            };
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let Some(known) = KNOWN.into_iter().find(|known| *known == name) else {
                let near = KNOWN.into_iter().min_by_key(|known| strsim::damerau_levenshtein(known, name));
                let message = format!("network has no option --{name}: the installer passes it over");
                found.push(match near.filter(|near| strsim::damerau_levenshtein(near, name) <= 2) {
                    Some(near) => ignored(message, &format!("did you mean --{near}?")).fix(near),
                    None => ignored(message, &format!("its options: --{}", KNOWN.join(", --"))),
                });
                continue;
            };
            if known == "nodns" {
                continue;
            }
            if value.is_empty() {
                found.push(ignored(format!("--{name} has no value and is passed over"), "give it one"));
            } else if options.get(known).is_some() {
                found.push(ignored(format!("--{name} stands twice: the first one counts"), "leave one"));
            } else {
                options.0.push((known, value));
            }
        }
        options
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn network(&self, found: &mut Vec<Diagnostic>) -> KickstartNetwork {
        let mut network = KickstartNetwork::default();
        let by_hand = self.by_hand(found);
        if let Some(vlan) = self.get("vlanid") {
            match vlan.parse() {
                Ok(vlan) => network.vlan = vlan,
                Err(_) => found.push(refused(format!("--vlanid={vlan} is no VLAN"), "take 1 to 4094")),
            }
        }
        if let Some(device) = self.get("device") {
            network.device = match (device.parse(), device.parse()) {
                (Ok(vmnic), _) => Some(KickstartDevice::Vmnic(vmnic)),
                (_, Ok(mac)) => Some(KickstartDevice::Mac(mac)),
                _ => {
                    found.push(refused(
                        format!("--device={device} is no network card"),
                        "write vmnic0 or a MAC address with colons",
                    ));
                    None
                }
            };
        }
        if let Some(word) = self.get("addvmportgroup") {
            match word.to_ascii_lowercase().as_str() {
                "0" | "false" => network.vm_network = false,
                "1" | "true" => {}
                _ => found.push(ignored(format!("--addvmportgroup={word} is passed over"), "write 0 or 1")),
            }
        }
        if by_hand {
            self.addresses(&mut network, found);
        } else {
            self.leased(found);
        }
        network
    }

    fn by_hand(&self, found: &mut Vec<Diagnostic>) -> bool {
        match self.get("bootproto") {
            Some("static") => true,
            Some("dhcp") => false,
            Some(other) => {
                found.push(ignored(
                    format!("--bootproto={other} is passed over: the installer takes DHCP"),
                    "write static or dhcp, in small letters",
                ));
                false
            }
            None => {
                found.push(ignored(
                    "network has no --bootproto: the installer takes DHCP".into(),
                    "write --bootproto=dhcp, or --bootproto=static with the addresses",
                ));
                false
            }
        }
    }

    /// What DHCP leaves no room for.
    fn leased(&self, found: &mut Vec<Diagnostic>) {
        for name in ["ip", "netmask", "gateway"].into_iter().filter(|name| self.get(name).is_some()) {
            let message = format!("--{name} with DHCP: the installer stops");
            found.push(refused(message, "write --bootproto=static, or leave it out"));
        }
        for name in ["nameserver", "hostname"].into_iter().filter(|name| self.get(name).is_some()) {
            found.push(ignored(
                format!("--{name} with DHCP is passed over"),
                "leave it out, or write --bootproto=static",
            ));
        }
    }

    fn ipv4(&self, name: &str, found: &mut Vec<Diagnostic>) -> Option<Ipv4Addr> {
        let text = self.get(name)?;
        let read = text.parse().ok();
        if read.is_none() {
            let message = format!("--{name}={text} is no IPv4 address");
            found.push(refused(message, "write four numbers with full stops between"));
        }
        read
    }

    fn addresses(&self, network: &mut KickstartNetwork, found: &mut Vec<Diagnostic>) {
        if self.get("ip").is_none() {
            found.push(refused("--bootproto=static without --ip: the installer stops".into(), "add --ip"));
            return;
        }
        let (ip, mask) = (self.ipv4("ip", found), self.ipv4("netmask", found));
        let gateway = self.ipv4("gateway", found);
        let Some(ip) = ip else { return };
        let mask = match mask {
            Some(mask) => mask,
            None if self.get("netmask").is_some() => return,
            None => {
                let mask = classful(ip);
                let message =
                    format!("no --netmask: the installer takes {mask}, by the class of the address");
                found.push(ignored(message, "state it"));
                mask
            }
        };
        let Ok(net) = Ipv4Net::with_netmask(ip, mask) else {
            found.push(refused(format!("{mask} is no netmask"), "write one such as 255.255.255.0"));
            return;
        };
        let outer = |address: Ipv4Addr| {
            address == net.network() || address == net.broadcast() || address.is_unspecified()
        };
        if ip.is_loopback() || ip.is_multicast() || outer(ip) && net.prefix_len() < 32 {
            let message = format!("{ip} is no address that a host of {} can have", net.trunc());
            found.push(refused(message, "take another one"));
            return;
        }
        network.address = Some(net);
        match gateway {
            Some(gateway) if !net.contains(&gateway) || outer(gateway) && net.prefix_len() < 32 => {
                let message = format!("gateway {gateway} is no host of {}: the installer stops", net.trunc());
                found.push(refused(message, "take one of the adapter's own subnet; a /31 has none"));
            }
            Some(gateway) => network.gateway = Some(gateway),
            None if self.get("gateway").is_some() => {}
            None => found.push(ignored(
                "no --gateway: the installer guesses one, which is not planned with".into(),
                "state it",
            )),
        }
        self.names(network, found);
    }

    fn names(&self, network: &mut KickstartNetwork, found: &mut Vec<Diagnostic>) {
        let servers: Vec<&str> = self.get("nameserver").unwrap_or_default().split(',').collect();
        for server in servers.iter().filter(|server| !server.is_empty()) {
            match server.trim().parse() {
                Ok(address) => network.servers.push(address),
                Err(_) => found.push(refused(format!("--nameserver: {server} is no address"), "correct it")),
            }
        }
        if network.servers.len() > 2 {
            network.servers.truncate(2);
            found.push(ignored("the installer takes two name servers of these".into(), "leave two"));
        }
        network.hostname = self.get("hostname").map(str::to_owned);
    }
}

/// The netmask that an address had before there were prefix lengths.
fn classful(ip: Ipv4Addr) -> Ipv4Addr {
    match ip.octets()[0] {
        0..=127 => Ipv4Addr::new(255, 0, 0, 0),
        128..=191 => Ipv4Addr::new(255, 255, 0, 0),
        _ => Ipv4Addr::new(255, 255, 255, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::has_errors;

    fn codes_of(command: &str) -> Vec<String> {
        KickstartNetwork::parse(command).1.iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn what_stops_the_installer_is_an_error() {
        let fixed = "network --bootproto=static --ip=192.0.2.10 --netmask=255.255.255.0 --gateway=";
        for bad in [
            "network --bootproto=static",
            "network --bootproto=dhcp --ip=192.0.2.10",
            "network --bootproto=Static --ip=192.0.2.10",
            "network --bootproto=static --ip=192.0.2.0 --netmask=255.255.255.0",
            "network --bootproto=static --ip=192.0.2.10 --netmask=255.0.255.0",
            "network --bootproto=static --ip=192.0.2.10 --netmask=24",
            "network --bootproto=static --ip=192.0.2.10 --netmask=255.255.255.254 --gateway=192.0.2.11",
            &format!("{fixed}198.51.100.1"),
            &format!("{fixed}192.0.2.255"),
            "network --bootproto=dhcp --vlanid=4097",
            "network --bootproto=dhcp --device=eth0",
            "network --hostname='esx",
        ] {
            assert!(has_errors(&KickstartNetwork::parse(bad).1), "{bad}: {:?}", codes_of(bad));
        }
    }

    #[test]
    fn what_it_passes_over_is_a_warning() {
        for (odd, says) in [
            ("network", "no --bootproto"),
            ("network --bootproto=dhcp --vlandid=5", "did you mean --vlanid?"),
            ("network --bootproto=dhcp --device vmnic0", "is no option"),
            ("network --bootproto=dhcp --device=vmnic0 --device=vmnic1", "the first one counts"),
            ("network --bootproto=dhcp --nameserver=192.0.2.53", "with DHCP is passed over"),
            ("network --bootproto=dhcp --addvmportgroup=no", "write 0 or 1"),
            ("network --bootproto=static --ip=10.1.2.3 --gateway=10.0.0.1", "255.0.0.0"),
            ("network --bootproto=static --ip=192.0.2.10 --netmask=255.255.255.0", "guesses"),
        ] {
            let (_, found) = KickstartNetwork::parse(odd);
            assert!(!has_errors(&found), "{odd}: {found:?}");
            assert!(found.iter().any(|finding| finding.to_string().contains(says)), "{odd}: {found:?}");
        }
        let clean =
            "network --bootproto=dhcp --device=0c:c4:7a:b5:80:02 --addvmportgroup=FALSE --nodns # all";
        let (network, found) = KickstartNetwork::parse(clean);
        assert_eq!((found, network.vm_network), (vec![], false));
    }

    #[test]
    fn the_command_of_a_kickstart_is_found() {
        let text = "vmaccepteula\ninstall --firstdisk\n  %pre --interpreter=busybox\nnetwork --bootproto=static\n\
                    %include /tmp/net\n  network --bootproto=dhcp --vlanid=7\n%firstboot\nnetwork --vlanid=9\n";
        let (network, found) = KickstartNetwork::of_kickstart("ks.cfg", text);
        assert_eq!((network.vlan.get(), found), (7, vec![]));
        let (_, found) = KickstartNetwork::of_kickstart("ks.cfg", "install\n%include /tmp/net\n");
        assert!(found[0].help.as_deref().is_some_and(|help| help.contains("included")));
        let (_, found) = KickstartNetwork::of_kickstart("ks.cfg", "a\n network --bootproto=static \n");
        let start = found[0].start.map(|at| (at.line, at.column));
        assert_eq!((start, found[0].end.map(|at| at.column)), (Some((2, 2)), Some(28)));
    }
}
