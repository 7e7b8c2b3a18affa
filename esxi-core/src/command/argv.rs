//! Commands as words of `esxcli`.

use super::{Command, FailoverSet, SecuritySet};
use crate::state::{Cdp, FailoverOrder, Ipv4Config, Shaping};
use crate::value::{NetstackName, VmnicName};
use ipnet::IpNet;

impl Command {
    /// The words of the command line, `esxcli` first. The syntax is the same from 5.1 to 9.0.
    ///
    /// ```
    /// use esxi_core::command::Command;
    /// let add = Command::UplinkAdd { vswitch: "vSwitch0".parse()?, uplink: "vmnic1".parse()? };
    /// assert_eq!(add.argv().join(" "), "esxcli network vswitch standard uplink add -u vmnic1 -v vSwitch0");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn argv(&self) -> Vec<String> {
        let words = |path: &str| Words::new(path);
        match self {
            Command::VswitchAdd { vswitch, ports } => {
                words("network vswitch standard add").opt("-P", *ports).arg("-v", vswitch)
            }
            Command::VswitchRemove { vswitch } => words("network vswitch standard remove").arg("-v", vswitch),
            Command::VswitchSet { vswitch, mtu, cdp } => words("network vswitch standard set")
                .opt("-m", *mtu)
                .opt("-c", cdp.map(Cdp::word))
                .arg("-v", vswitch),
            Command::UplinkAdd { vswitch, uplink } => {
                words("network vswitch standard uplink add").arg("-u", uplink).arg("-v", vswitch)
            }
            Command::UplinkRemove { vswitch, uplink } => {
                words("network vswitch standard uplink remove").arg("-u", uplink).arg("-v", vswitch)
            }
            Command::VswitchFailover { vswitch, set } => {
                words("network vswitch standard policy failover set").failover(set).arg("-v", vswitch)
            }
            Command::VswitchSecurity { vswitch, set } => {
                words("network vswitch standard policy security set").security("-p", set).arg("-v", vswitch)
            }
            Command::VswitchShaping { vswitch, shaping } => {
                words("network vswitch standard policy shaping set").shaping(shaping).arg("-v", vswitch)
            }
            Command::PortGroupAdd { vswitch, port_group } => {
                words("network vswitch standard portgroup add").arg("-p", port_group).arg("-v", vswitch)
            }
            Command::PortGroupRemove { vswitch, port_group } => {
                words("network vswitch standard portgroup remove").arg("-p", port_group).arg("-v", vswitch)
            }
            Command::PortGroupVlan { port_group, vlan } => {
                words("network vswitch standard portgroup set").arg("-p", port_group).arg("-v", vlan)
            }
            Command::PortGroupFailover { port_group, reset, set } => {
                words("network vswitch standard portgroup policy failover set")
                    .arg("-p", port_group)
                    .flag("-u", *reset)
                    .failover(set)
            }
            Command::PortGroupSecurity { port_group, reset, set } => {
                words("network vswitch standard portgroup policy security set")
                    .arg("-p", port_group)
                    .flag("-u", *reset)
                    .security("-o", set)
            }
            Command::PortGroupShaping { port_group, shaping } => {
                let words =
                    words("network vswitch standard portgroup policy shaping set").arg("-p", port_group);
                match shaping {
                    Some(shaping) => words.shaping(shaping),
                    None => words.flag("-u", true),
                }
            }
            Command::VmkAdd { vmk, port_group, mac, mtu, netstack } => words("network ip interface add")
                .arg("-i", vmk)
                .arg("-p", port_group)
                .opt("-M", *mac)
                .opt("-m", *mtu)
                .opt("-N", netstack.as_ref()),
            Command::VmkRemove { vmk } => words("network ip interface remove").arg("-i", vmk),
            Command::VmkSet { vmk, mtu, enabled } => {
                words("network ip interface set").arg("-i", vmk).opt("-e", *enabled).opt("-m", *mtu)
            }
            Command::VmkIpv4 { vmk, ipv4 } => {
                let words = words("network ip interface ipv4 set").arg("-i", vmk);
                match ipv4 {
                    Ipv4Config::None => words.arg("-t", "none"),
                    Ipv4Config::Dhcp { .. } => words.arg("-t", "dhcp"),
                    Ipv4Config::Static { address, gateway } => words
                        .arg("-t", "static")
                        .arg("-I", address.addr())
                        .arg("-N", address.netmask())
                        .opt("-g", *gateway),
                }
            }
            Command::VmkIpv6 { vmk, router_adv, dhcp } => {
                words("network ip interface ipv6 set").arg("-i", vmk).opt("-d", *dhcp).opt("-r", *router_adv)
            }
            Command::VmkIpv6Add { vmk, address } => {
                words("network ip interface ipv6 address add").arg("-i", vmk).arg("-I", address)
            }
            Command::VmkIpv6Remove { vmk, address } => {
                words("network ip interface ipv6 address remove").arg("-i", vmk).arg("-I", address)
            }
            Command::VmkTagAdd { vmk, tag } => {
                words("network ip interface tag add").arg("-i", vmk).arg("-t", tag)
            }
            Command::VmkTagRemove { vmk, tag } => {
                words("network ip interface tag remove").arg("-i", vmk).arg("-t", tag)
            }
            Command::RouteAdd { route } => route_words("add", &route.network)
                .arg("-g", route.gateway)
                .arg("-n", network_word(&route.network))
                .opt("-N", named(&route.netstack)),
            Command::RouteRemove { route } => route_words("remove", &route.network)
                .arg("-g", route.gateway)
                .arg("-n", network_word(&route.network))
                .opt("-N", named(&route.netstack)),
            Command::DnsServerAdd { server } => words("network ip dns server add").arg("-s", server),
            Command::DnsServerRemove { server } => words("network ip dns server remove").arg("-s", server),
            Command::DnsSearchAdd { domain } => words("network ip dns search add").arg("-d", domain),
            Command::DnsSearchRemove { domain } => words("network ip dns search remove").arg("-d", domain),
        }
        .0
    }
}

fn route_words(verb: &str, network: &IpNet) -> Words {
    let family = if matches!(network, IpNet::V4(_)) { "ipv4" } else { "ipv6" };
    Words::new(&format!("network ip route {family} {verb}"))
}

fn network_word(network: &IpNet) -> String {
    if network.prefix_len() == 0 { "default".to_owned() } else { network.to_string() }
}

/// The stack, unless it is the default one.
fn named(netstack: &NetstackName) -> Option<&NetstackName> {
    (*netstack != NetstackName::default()).then_some(netstack)
}

struct Words(Vec<String>);

impl Words {
    fn new(path: &str) -> Self {
        Words(std::iter::once("esxcli").chain(path.split(' ')).map(str::to_owned).collect())
    }
    fn arg(mut self, option: &str, value: impl ToString) -> Self {
        self.0.push(option.to_owned());
        self.0.push(value.to_string());
        self
    }
    fn opt(self, option: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.arg(option, value),
            None => self,
        }
    }
    fn flag(mut self, option: &str, on: bool) -> Self {
        if on {
            self.0.push(option.to_owned());
        }
        self
    }
    fn failover(self, set: &FailoverSet) -> Self {
        let words = match &set.order {
            Some(FailoverOrder { active, standby }) => self.arg("-a", list(active)).arg("-s", list(standby)),
            None => self,
        };
        words
            .opt("-l", set.load_balancing.map(|policy| policy.set_word()))
            .opt("-f", set.failure_detection.map(|detection| detection.word()))
            .opt("-n", set.notify_switches)
            .opt("-b", set.failback)
    }
    fn security(self, promiscuous: &str, set: &SecuritySet) -> Self {
        self.opt("-f", set.forged_transmits).opt("-m", set.mac_changes).opt(promiscuous, set.promiscuous)
    }
    fn shaping(self, shaping: &Shaping) -> Self {
        let words = self.arg("-e", shaping.enabled);
        if *shaping == Shaping::default() {
            return words;
        }
        words.arg("-b", shaping.average_kbps).arg("-k", shaping.peak_kbps).arg("-t", shaping.burst_kib)
    }
}

/// `a,b`; the empty text clears the list (verified for standby uplinks).
fn list(names: &[VmnicName]) -> String {
    names.iter().map(VmnicName::as_str).collect::<Vec<_>>().join(",")
}

/// Quotes one word for a POSIX shell.
///
/// ```
/// use esxi_core::command::quote;
/// assert_eq!(quote("vmnic0"), "vmnic0");
/// assert_eq!(quote("VM Network"), "'VM Network'");
/// assert_eq!(quote("it's"), r"'it'\''s'");
/// ```
pub fn quote(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:,=@%+".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Words as one shell line.
pub fn shell_line(argv: &[String]) -> String {
    argv.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}
