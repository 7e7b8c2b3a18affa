//! Parts of an answer → [`Facts`].

use super::record::Record;
use super::script::{Answer, Part};
use super::sections as s;
use super::{Facts, FactsError, teaming};
use crate::diag::{Diagnostic, codes};
use crate::guard::Run;
use crate::model::read::{self, Reading};
use crate::reach::Session;
use crate::state::{
    Dns, Fact, HostState, Ipv4Config, Ipv6Config, Lease, NetworkStorage, NfsDatastore, Nic, PortGroup, Route,
    VSwitch, VmkAdapter,
};
use crate::value::{NetstackName, PortGroupName, SwitchName, VmkName, VmnicName};
use crate::version::EsxiVersion;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) fn facts(answer: &Answer<'_>) -> Result<Facts, FactsError> {
    let mut reader = Reader { answer, warnings: Vec::new() };
    let (version, build) = reader.version()?;
    let port_groups_seen = reader.list(s::PORT_GROUPS, "");
    let routes = reader.routes();
    let vmkernel = reader.adapters(&routes);
    let vswitches = reader.vswitches();
    let state = HostState {
        version,
        build,
        nics: reader.nics(),
        port_groups: reader.port_groups(&port_groups_seen, &vmkernel, &vswitches),
        vswitches,
        vmkernel,
        routes: routes.into_iter().filter(|route| route.manual).map(|route| route.route).collect(),
        dns: reader.dns(),
        storage: reader.storage(version),
    };
    let date = answer.one(s::DATE, "").map(|part| part.body.as_str()).unwrap_or_default();
    let mut date = date.lines().map(str::trim);
    let epoch: Option<u64> = date.next().and_then(|line| line.parse().ok());
    let runs = answer.one(s::RUNS, "").map(|part| part.body.lines().filter_map(Run::parse).collect());
    let runs: Vec<Run> = runs.unwrap_or_default();
    reader.warnings.extend(runs.iter().filter_map(|run| run.finding(epoch)));
    let lockdown = answer.one(s::LOCKDOWN, "").is_some_and(|part| part.body.trim() == "true");
    if lockdown {
        reader.warn(
            codes::LOCKED_DOWN,
            "the host is in lockdown mode: only keys and exception users log in".to_owned(),
            "log in with a key, or the new connection that confirms a change is refused; leaving the mode is vCenter's, or \
             the console's",
        );
    }
    Ok(Facts {
        state,
        hostname: reader.hostname(),
        session: session(answer),
        vcenter: answer
            .one(s::VCENTER, "")
            .map(|part| part.body.trim())
            .filter(|server| !server.is_empty())
            .map(str::to_owned),
        epoch,
        minute: date.next().and_then(|line| line.parse().ok()).filter(|minute| *minute < 60),
        lockdown,
        runs,
        warnings: reader.warnings,
    })
}

/// `client port server port`.
fn session(answer: &Answer<'_>) -> Option<Session> {
    let line = answer.one(s::SESSION, "")?.body.trim().to_owned();
    let mut words = line.split_whitespace();
    Some(Session { client: words.next()?.parse().ok()?, server: words.nth(1)?.parse().ok()? })
}

/// A route as a host lists it.
struct Listed {
    route: Route,
    interface: String,
    /// Set by hand; otherwise learnt by DHCP or from a router.
    manual: bool,
}

struct Reader<'a> {
    answer: &'a Answer<'a>,
    warnings: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn warn(&mut self, code: codes::Code, message: String, help: &str) {
        self.warnings.push(Diagnostic::warning(code, message).help(help));
    }
    fn missing(&mut self, what: &str) {
        self.warn(
            codes::FACT_NOT_REPORTED,
            format!("not reported: {what}"),
            "run the command by hand and compare",
        );
    }
    fn left_out(&mut self, what: String) {
        self.warn(codes::FACT_LEFT_OUT, what, "plans neither see nor touch it");
    }
    /// Structures of an answer, or why there are none.
    fn read(&self, section: &str, key: &str) -> Result<Vec<Record>, String> {
        let part = self.answer.one(section, key).ok_or_else(|| format!("not reported: {section} {key}"))?;
        reading(part).map(|reading| records(&reading))
    }
    /// As [`Self::read`], with a warning instead of the reason, and one for each line that is not understood.
    fn list(&mut self, section: &str, key: &str) -> Vec<Record> {
        let reading = self
            .answer
            .one(section, key)
            .map_or_else(|| Err(format!("not reported: {section} {key}")), reading);
        match reading {
            Ok(reading) => {
                for unknown in &reading.unknown {
                    self.left_out(format!(
                        "{section} {key}: line {} of its answer: {}",
                        unknown.line, unknown.text
                    ));
                }
                records(&reading)
            }
            Err(reason) => {
                self.missing(&format!("{section} {key}: {reason}"));
                Vec::new()
            }
        }
    }
    /// Structures of a section asked for several stacks; those of an adapter seen before are passed over.
    fn merged(&mut self, section: &str, name: &str) -> Vec<Record> {
        let keys: Vec<String> = self.answer.all(section).map(|part| part.key.to_owned()).collect();
        if keys.is_empty() {
            self.missing(section);
        }
        let mut seen = BTreeSet::new();
        let mut merged = Vec::new();
        for key in keys {
            let fresh: Vec<Record> = self.list(section, &key);
            let names: Vec<Option<String>> = fresh.iter().map(|record| record.text(name)).collect();
            merged.extend(
                fresh.into_iter().zip(&names).filter(|(_, name)| !seen.contains(*name)).map(|(r, _)| r),
            );
            seen.extend(names);
        }
        merged
    }
    /// One structure, as a fact.
    fn policy<T>(&self, section: &str, key: &str, read: fn(&Record) -> Fact<T>) -> Fact<T> {
        match self.read(section, key) {
            Ok(list) => list.first().map_or_else(|| Fact::Unknown(format!("not reported: {section}")), read),
            Err(reason) => Fact::Unknown(reason),
        }
    }

    /// Up to 6.7 the version ends in 0 and the update stands apart; from 7.0 both carry it.
    fn version(&mut self) -> Result<(EsxiVersion, u32), FactsError> {
        let records = self.read(s::VERSION, "").map_err(FactsError::NoVersion)?;
        let record = records.first().ok_or_else(|| FactsError::NoVersion("no value".to_owned()))?;
        let text = record.text("Version").unwrap_or_default();
        let mut version: EsxiVersion = text.parse().map_err(|_| FactsError::NoVersion(text))?;
        version.update = version.update.max(record.parse("Update").unwrap_or(0));
        version.patch = record.parse("Patch").unwrap_or(0);
        let build = record.text("Build").unwrap_or_default();
        let build = build.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let newest = EsxiVersion::NEWEST_KNOWN;
        if (version.major, version.minor) > (newest.major, newest.minor) {
            self.warn(
                codes::ESXI_NEWER_THAN_KNOWN,
                format!("the host runs ESXi {version}; the newest release known is {newest}"),
                "it is treated as that one: read every plan with care",
            );
        }
        Ok((version, build))
    }

    fn hostname(&mut self) -> String {
        let list = self.list(s::HOSTNAME, "");
        let Some(record) = list.first() else { return String::new() };
        let full = record.text("FullyQualifiedDomainName").filter(|name| !name.is_empty());
        full.or_else(|| record.text("HostName")).unwrap_or_default()
    }

    fn nics(&mut self) -> BTreeMap<VmnicName, Nic> {
        let mut nics = BTreeMap::new();
        for record in self.list(s::NICS, "") {
            let name = record.text("Name").unwrap_or_default();
            let (Ok(parsed), Some(mac)) = (name.parse(), record.parse("MACAddress")) else {
                self.left_out(format!("network card {name}: its name or address is not understood"));
                continue;
            };
            // 5.x has one link column.
            let link = record.text("LinkStatus").or_else(|| record.text("Link")).unwrap_or_default();
            let nic = Nic {
                mac,
                link_up: link.eq_ignore_ascii_case("up"),
                speed_mbps: record.parse("Speed").unwrap_or(0),
                driver: record.text("Driver").unwrap_or_default(),
                pci: pci_address(&record.text("PCIDevice").unwrap_or_default()),
                description: record.text("Description").unwrap_or_default(),
            };
            nics.insert(parsed, nic);
        }
        nics
    }

    fn vswitches(&mut self) -> BTreeMap<SwitchName, VSwitch> {
        let mut switches = BTreeMap::new();
        for record in self.list(s::VSWITCHES, "") {
            let name = record.text("Name").unwrap_or_default();
            let (Ok(parsed), Some(mtu)) = (name.parse::<SwitchName>(), record.parse("MTU")) else {
                self.left_out(format!("vSwitch {name}: its name or MTU is not understood"));
                continue;
            };
            let mut uplinks = BTreeSet::new();
            for uplink in record.list("Uplinks").unwrap_or_default() {
                match uplink.parse() {
                    Ok(uplink) => {
                        uplinks.insert(uplink);
                    }
                    Err(_) => self.left_out(format!("uplink {uplink} of vSwitch {name}")),
                }
            }
            let switch = VSwitch {
                ports: record.parse("ConfiguredPorts").unwrap_or(128),
                mtu,
                cdp: cdp(&record),
                uplinks,
                teaming: self.policy(s::VSWITCH_FAILOVER, &name, teaming::teaming),
                security: self.policy(s::VSWITCH_SECURITY, &name, teaming::security),
                shaping: self.policy(s::VSWITCH_SHAPING, &name, teaming::shaping),
            };
            switches.insert(parsed, switch);
        }
        switches
    }

    fn port_groups(
        &mut self,
        records: &[Record],
        vmkernel: &BTreeMap<VmkName, VmkAdapter>,
        vswitches: &BTreeMap<SwitchName, VSwitch>,
    ) -> BTreeMap<PortGroupName, PortGroup> {
        let mut groups = BTreeMap::new();
        for record in records {
            let name = record.text("Name").unwrap_or_default();
            let switch = record.text("VirtualSwitch").unwrap_or_default();
            let (Ok(parsed), Ok(vswitch), Some(vlan)) =
                (name.parse::<PortGroupName>(), switch.parse::<SwitchName>(), record.parse("VLANID"))
            else {
                self.left_out(format!("port group {name} of vSwitch {switch}: not understood"));
                continue;
            };
            if !vswitches.contains_key(&vswitch) {
                self.left_out(format!("port group {name}: its vSwitch {switch} is not known"));
                continue;
            }
            // An adapter is a client like any virtual machine.
            let clients: u32 = record.parse("ActiveClients").unwrap_or_else(|| {
                self.missing(&format!("active clients of port group {name}"));
                0
            });
            let adapter = vmkernel.values().any(|vmk| vmk.port_group == parsed);
            let group = PortGroup {
                vswitch,
                vlan,
                vm_ports: clients.saturating_sub(u32::from(adapter)),
                teaming: self.policy(s::GROUP_FAILOVER, &name, teaming::teaming_override),
                security: self.policy(s::GROUP_SECURITY, &name, teaming::security_override),
                shaping: self.policy(s::GROUP_SHAPING, &name, teaming::shaping_override),
            };
            groups.insert(parsed, group);
        }
        groups
    }

    fn adapters(&mut self, routes: &[Listed]) -> BTreeMap<VmkName, VmkAdapter> {
        let ipv4 = self.merged(s::IPV4, "Name");
        let ipv6 = self.merged(s::IPV6, "Name");
        let addresses = self.ipv6_addresses();
        let mut adapters = BTreeMap::new();
        for record in self.merged(s::ADAPTERS, "Name") {
            let name = record.text("Name").unwrap_or_default();
            let group = record.text("Portgroup").unwrap_or_default();
            let (Ok(parsed), Ok(port_group), Some(mtu)) = (name.parse(), group.parse(), record.parse("MTU"))
            else {
                self.left_out(format!(
                    "adapter {name} on \"{group}\": not on a port group of a standard vSwitch, or not understood"
                ));
                continue;
            };
            // Releases before 5.5 have one stack.
            let netstack = record.parse("NetstackInstance").unwrap_or_default();
            let named =
                |list: &[Record]| list.iter().find(|row| row.text("Name").as_deref() == Some(&name)).cloned();
            let ipv4 = match named(&ipv4) {
                Some(row) => ipv4_config(&row, &name, &netstack, routes),
                None => Fact::Unknown(format!("not reported: {} {name}", s::IPV4)),
            };
            let mut config = Ipv6Config { addresses: BTreeSet::new(), router_adv: false, dhcp: false };
            match named(&ipv6) {
                Some(row) => {
                    let mut truth = |field: &str| {
                        row.bool(field).unwrap_or_else(|| {
                            self.missing(&format!("{field} of {name}"));
                            false
                        })
                    };
                    config.router_adv = truth("RouterAdvEnabled");
                    config.dhcp = truth("DHCPv6Enabled");
                }
                None => self.missing(&format!("{} {name}", s::IPV6)),
            }
            config.addresses =
                addresses.iter().filter(|(vmk, _)| *vmk == name).map(|(_, net)| *net).collect();
            let tags = match self.read(s::TAGS, &name) {
                Ok(list) => list.first().and_then(|record| record.list("Tags")).unwrap_or_default(),
                Err(reason) => {
                    self.missing(&format!("{} {name}: {reason}", s::TAGS));
                    Vec::new()
                }
            };
            let adapter = VmkAdapter {
                port_group,
                mac: record.parse("MACAddress"),
                mtu,
                enabled: record.bool("Enabled").unwrap_or(true),
                netstack,
                ipv4,
                ipv6: config,
                tags: tags.into_iter().collect(),
            };
            adapters.insert(parsed, adapter);
        }
        adapters
    }

    /// Addresses set by hand: link-local ones and those of routers or DHCP are ESXi's own business.
    fn ipv6_addresses(&mut self) -> Vec<(String, Ipv6Net)> {
        let keys: Vec<String> = self.answer.all(s::IPV6_ADDRESSES).map(|part| part.key.to_owned()).collect();
        let mut found = Vec::new();
        for key in keys {
            for record in self.list(s::IPV6_ADDRESSES, &key) {
                let (Some(name), Some(address)) = (record.text("Interface"), record.text("Address")) else {
                    continue;
                };
                let (address, in_address) = match address.split_once('/') {
                    Some((address, prefix)) => (address.to_owned(), prefix.parse().ok()),
                    None => (address, None),
                };
                let prefix = record.parse("Netmask").or(in_address);
                let net = address.parse::<Ipv6Addr>().ok().zip(prefix);
                let Some(net) = net.and_then(|(address, prefix)| Ipv6Net::new(address, prefix).ok()) else {
                    self.left_out(format!("IPv6 address {address} of {name}"));
                    continue;
                };
                let by_hand = record.text("Type").is_none_or(|kind| kind.eq_ignore_ascii_case("STATIC"));
                if by_hand && !net.addr().is_unicast_link_local() {
                    found.push((name, net));
                }
            }
        }
        found
    }

    /// Routes with a gateway; connected networks have `0.0.0.0` or `::`.
    fn routes(&mut self) -> Vec<Listed> {
        let mut found = Vec::new();
        for section in [s::ROUTES_IPV4, s::ROUTES_IPV6] {
            let v4 = section == s::ROUTES_IPV4;
            let keys: Vec<String> = self.answer.all(section).map(|part| part.key.to_owned()).collect();
            if keys.is_empty() {
                self.missing(section);
            }
            for key in keys {
                let netstack = key.parse().unwrap_or_default();
                for record in self.list(section, &key) {
                    let gateway = record.text("Gateway").unwrap_or_default();
                    let Some(gateway) = gateway_of(&gateway) else { continue };
                    let Some(network) = network(&record, v4) else {
                        let network = record.text("Network").unwrap_or_default();
                        self.left_out(format!("route to {network} by {gateway}"));
                        continue;
                    };
                    let source = record.text("Source");
                    found.push(Listed {
                        route: Route { netstack: NetstackName::clone(&netstack), network, gateway },
                        interface: record.text("Interface").unwrap_or_default(),
                        manual: source.is_none_or(|source| source.eq_ignore_ascii_case("MANUAL")),
                    });
                }
            }
        }
        found
    }

    /// What is stored over the network. NFS 4.1 is asked for from 6.0 on, where it begins; a host without an iSCSI
    /// initiator has nothing to say of it.
    fn storage(&mut self, version: EsxiVersion) -> NetworkStorage {
        let mut storage = NetworkStorage::default();
        let mut shares = self.list(s::NFS, "");
        if version >= EsxiVersion::new(6, 0) {
            shares.extend(self.list(s::NFS41, ""));
        }
        for share in shares {
            // NFS 3 has one `Host`, 4.1 has `Host(s)`.
            let servers = share.list("Host").or_else(|| share.list("Hosts")).unwrap_or_default();
            let name = share.text("VolumeName").unwrap_or_default();
            storage.nfs.push(NfsDatastore { name, servers });
        }
        storage.nfs.sort();
        let told = |section: &str| self.read(section, "").unwrap_or_default();
        let ports = told(s::ISCSI_PORTS);
        storage.iscsi_ports = ports.iter().filter_map(|port| port.parse("Vmknic")).collect();
        let servers = told(s::ISCSI_SERVERS).into_iter().filter_map(|row| row.text("Sendtarget"));
        let targets = told(s::ISCSI_TARGETS).into_iter().filter_map(|row| row.text("TargetAddress"));
        storage.iscsi_targets = servers.chain(targets).map(|address| without_port(&address)).collect();
        storage
    }

    fn dns(&mut self) -> Dns {
        let mut values = |section: &str, field: &str| {
            self.list(section, "").first().and_then(|record| record.list(field)).unwrap_or_default()
        };
        let (servers, search) =
            (values(s::DNS_SERVERS, "DNSServers"), values(s::DNS_SEARCH, "DNSSearchDomains"));
        let mut dns = Dns { servers: Vec::new(), search };
        for server in servers {
            match server.parse() {
                Ok(address) => dns.servers.push(address),
                Err(_) => self.left_out(format!("DNS server {server}")),
            }
        }
        dns
    }
}

/// A command that failed answers with its sentence. The script asks for XML and takes text; other forms are what
/// somebody put in its place.
fn reading(part: &Part<'_>) -> Result<Reading, String> {
    if part.status != 0 {
        return Err(part.body.lines().next().unwrap_or_default().trim().to_owned());
    }
    match part.form {
        "xml" => read::read_xml(&part.body).map_err(|error| error.to_string()),
        "text" => Ok(read::read_text(&part.body)),
        _ => Ok(read::read(&part.body)),
    }
}

/// `192.0.2.1:3260` or `[2001:db8::1]:3260` without its port.
fn without_port(address: &str) -> String {
    let is_number = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    match address.rsplit_once(':') {
        // An IPv6 address without brackets has no port.
        Some((host, port)) if is_number(port) && (host.ends_with(']') || !host.contains(':')) => {
            host.trim_matches(['[', ']']).to_owned()
        }
        _ => address.to_owned(),
    }
}

fn records(reading: &Reading) -> Vec<Record> {
    reading.structures().iter().map(Record::from).collect()
}

fn cdp(record: &Record) -> Fact<crate::state::Cdp> {
    use crate::state::Cdp;
    let text = record.text("CDPStatus").unwrap_or_default();
    Fact::Known(match text.to_ascii_lowercase().as_str() {
        "down" => Cdp::Down,
        "listen" => Cdp::Listen,
        "advertise" => Cdp::Advertise,
        "both" => Cdp::Both,
        _ => return Fact::Unknown(text),
    })
}

/// `None` for "no gateway": `0.0.0.0`, `::`, `N/A` or nothing.
fn gateway_of(text: &str) -> Option<IpAddr> {
    // A zone (`fe80::1%vmk0`) is the interface, which has its own column.
    let address: IpAddr = text.split('%').next()?.parse().ok()?;
    (!address.is_unspecified()).then_some(address)
}

/// `default`, or a network with its netmask or prefix length, or all in one.
fn network(record: &Record, v4: bool) -> Option<IpNet> {
    let text = record.text("Network")?;
    if text.eq_ignore_ascii_case("default") {
        let any: IpAddr = if v4 { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        return IpNet::new(any, 0).ok();
    }
    if let Ok(net) = text.parse::<IpNet>() {
        return Some(net.trunc());
    }
    let address: IpAddr = text.parse().ok()?;
    let mask = record.text("Netmask").or_else(|| record.text("Prefix"))?;
    let net = match mask.parse::<IpAddr>() {
        Ok(mask) => IpNet::with_netmask(address, mask).ok()?,
        Err(_) => IpNet::new(address, mask.parse().ok()?).ok()?,
    };
    Some(net.trunc())
}

/// 5.x writes the bus with three digits (verified), everything after it with two.
fn pci_address(text: &str) -> String {
    match text.split(':').collect::<Vec<_>>()[..] {
        [segment, bus, rest] if bus.len() == 3 && bus.starts_with('0') => {
            format!("{segment}:{}:{rest}", &bus[1..])
        }
        _ => text.to_owned(),
    }
}

fn ipv4_config(row: &Record, name: &str, netstack: &NetstackName, routes: &[Listed]) -> Fact<Ipv4Config> {
    let kind = row.text("AddressType").unwrap_or_default();
    let column = match row.text("Gateway").as_deref().and_then(gateway_of) {
        Some(IpAddr::V4(gateway)) => Some(gateway),
        _ => None,
    };
    let address = || {
        let (ip, mask) = (row.parse::<Ipv4Addr>("IPv4Address")?, row.parse::<Ipv4Addr>("IPv4Netmask")?);
        if ip.is_unspecified() { None } else { Ipv4Net::with_netmask(ip, mask).ok() }
    };
    let default = routes
        .iter()
        .filter(|route| route.route.netstack == *netstack && route.route.is_default())
        .find_map(|listed| match listed.route.gateway {
            IpAddr::V4(gateway) => Some((gateway, listed)),
            IpAddr::V6(_) => None,
        });
    Fact::Known(match kind.to_ascii_uppercase().as_str() {
        "NONE" => Ipv4Config::None,
        "DHCP" => {
            // Releases without the column show the gateway of a lease as a route only.
            let routed = default.filter(|(_, listed)| !listed.manual && listed.interface == name);
            let gateway = column.or(routed.map(|(gateway, _)| gateway));
            Ipv4Config::Dhcp { lease: address().map(|address| Lease { address, gateway }) }
        }
        "STATIC" => match address() {
            Some(address) => {
                // Without a gateway of its own an adapter shows its stack's default gateway, where that lies in
                // its subnet. So an equal one says nothing, and is taken for the stack's.
                let repeats = |gateway: &Ipv4Addr| {
                    default.is_some_and(|(default, _)| default == *gateway) && address.contains(gateway)
                };
                Ipv4Config::Static { address, gateway: column.filter(|gateway| !repeats(gateway)) }
            }
            None => return Fact::Unknown(format!("STATIC {}", row.text("IPv4Address").unwrap_or_default())),
        },
        _ => return Fact::Unknown(format!("AddressType: {kind}")),
    })
}
