//! `/etc/vmware/esx.conf`: the machine in the host's own words, and what an edit of them does at the next boot.
//!
//! Keys of vSwitches and port groups are verified (a 5.0 host, published in full), those of vmkernel adapters and
//! physical cards by the scripts that edit them; where a value is only believed the line says so. From 7.0 Update 2
//! on part of this lives in the configuration store; which part is not known, so the file is the same for every
//! release (believed).

use super::shipped;
use esxi_core::model::{self, Machine, Setting};
use esxi_core::state::{
    Fact, FailureDetection, Ipv4Config, LoadBalancing, PortGroup, Security, Shaping, Teaming, VSwitch,
};
use std::collections::BTreeMap;

/// Keys and values, in the order of the file.
pub(super) type Keys = BTreeMap<String, String>;

/// Reads the file; lines that are none of its syntax are dropped, as a host does when it next writes it (believed).
pub(super) fn parse(text: &str) -> Keys {
    let pair = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
        let key = key.trim();
        key.starts_with('/').then(|| (key.to_owned(), value.to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

/// Writes the file.
pub(super) fn write(keys: &Keys) -> String {
    keys.iter().map(|(key, value)| format!("{key} = \"{value}\"\n")).collect()
}

/// The file after the machine changed: what changed is written, what somebody edited meanwhile stays.
pub(super) fn carry(file: &str, before: &Keys, after: &Keys) -> String {
    let mut keys = parse(file);
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        keys.remove(key);
    }
    for (key, value) in after.iter().filter(|(key, value)| before.get(*key) != Some(value)) {
        keys.insert(key.clone(), value.clone());
    }
    write(&keys)
}

/// The file as a host writes it when it boots: what it misses is added, what it does not know stays.
pub(super) fn renew(file: &str, machine: &Machine) -> String {
    let mut keys = of(machine);
    keys.append(&mut parse(file).into_iter().filter(|(key, _)| !keys.contains_key(key)).collect());
    write(&keys)
}

struct Writer<'a> {
    keys: Keys,
    machine: &'a Machine,
}

impl Writer<'_> {
    fn put(&mut self, key: impl Into<String>, value: impl ToString) {
        self.keys.insert(key.into(), value.to_string());
    }

    fn switch(&mut self, at: &str, name: &str, switch: &VSwitch) {
        for capability in ["ChecksumOffload", "VlanTag", "VlanUntag"] {
            self.put(format!("{at}/capabilities/{capability}"), true);
        }
        let cdp = switch.cdp.known().copied().unwrap_or_default();
        self.put(format!("{at}/cdp/status"), format!("{cdp:?}").to_lowercase());
        self.put(format!("{at}/name"), name);
        self.put(format!("{at}/numPorts"), switch.ports);
        // Written where it is not the default (believed).
        if switch.mtu.get() != 1500 {
            self.put(format!("{at}/mtu"), switch.mtu.get());
        }
        for (index, uplink) in switch.uplinks.iter().enumerate() {
            self.put(format!("{at}/uplinks/child[{index:04}]/pnic"), uplink);
        }
        if let Fact::Known(security) = &switch.security {
            self.security(at, security);
        }
        if let Fact::Known(shaping) = &switch.shaping {
            self.shaping(at, shaping);
        }
        if let Fact::Known(teaming) = &switch.teaming {
            self.teaming(at, teaming);
        }
        let groups = self.machine.state.port_groups.iter().filter(|(_, group)| *group.vswitch == *name);
        for (index, (group_name, group)) in groups.enumerate() {
            let at = format!("{at}/portgroup/child[{index:04}]");
            self.put(format!("{at}/name"), group_name);
            self.port_group(&at, group, switch);
        }
    }

    fn port_group(&mut self, at: &str, group: &PortGroup, switch: &VSwitch) {
        if group.vlan.get() != 0 {
            self.put(format!("{at}/vlanId"), group.vlan.get());
        }
        if let (Some(own), Some(inherited)) = (group.teaming.known(), switch.teaming.known())
            && *own != Default::default()
        {
            self.teaming(at, &inherited.overridden(own));
        }
        if let Some(own) = group.security.known() {
            let fields = [
                ("promiscuous", own.promiscuous),
                ("macChange", own.mac_changes),
                ("forgedTx", own.forged_transmits),
            ];
            for (key, value) in fields {
                if let Some(value) = value {
                    self.put(format!("{at}/securityPolicy/{key}"), value);
                }
            }
        }
        if let Some(Some(shaping)) = group.shaping.known() {
            self.shaping(at, shaping);
        }
    }

    fn security(&mut self, at: &str, security: &Security) {
        self.put(format!("{at}/securityPolicy/forgedTx"), security.forged_transmits);
        self.put(format!("{at}/securityPolicy/interPgTx"), true);
        self.put(format!("{at}/securityPolicy/localPackets"), true);
        self.put(format!("{at}/securityPolicy/macChange"), security.mac_changes);
        self.put(format!("{at}/securityPolicy/promiscuous"), security.promiscuous);
    }

    /// Names of the three numbers: believed.
    fn shaping(&mut self, at: &str, shaping: &Shaping) {
        self.put(format!("{at}/shapingPolicy/enabled"), shaping.enabled);
        if shaping.enabled {
            let numbers = [
                ("averageBandwidth", shaping.average_kbps),
                ("peakBandwidth", shaping.peak_kbps),
                ("burstSize", shaping.burst_kib),
            ];
            for (key, value) in numbers {
                self.put(format!("{at}/shapingPolicy/{key}"), value);
            }
        }
    }

    /// Standby uplinks and the words for `iphash` and `mac` are believed.
    fn teaming(&mut self, at: &str, teaming: &Teaming) {
        let at = format!("{at}/teamPolicy");
        let beacon = match teaming.failure_detection {
            FailureDetection::Link => "ignore",
            FailureDetection::Beacon => "require",
        };
        self.put(format!("{at}/linkCriteria/beacon"), beacon);
        for (key, value) in [("fullDuplex", "ignore"), ("minSpeed", "10"), ("pctError", "ignore")] {
            self.put(format!("{at}/linkCriteria/{key}"), value);
        }
        let order = &teaming.order;
        self.put(format!("{at}/hasUplinkOrder"), order.members().next().is_some());
        self.put(format!("{at}/maxActive"), order.active.len());
        self.put(format!("{at}/notifySwitch"), teaming.notify_switches);
        self.put(format!("{at}/reversePolicy"), true);
        self.put(format!("{at}/rollingRestoration"), !teaming.failback);
        let team = match teaming.load_balancing {
            LoadBalancing::PortId => "lb_srcid",
            LoadBalancing::Mac => "lb_srcmac",
            LoadBalancing::IpHash => "lb_ip",
            LoadBalancing::Explicit => "explicit",
        };
        self.put(format!("{at}/team"), team);
        for (index, uplink) in order.members().enumerate() {
            self.put(format!("{at}/uplinks[{index:04}]/pnic"), uplink);
        }
    }
}

/// Everything that the file says about a machine.
pub(super) fn of(machine: &Machine) -> Keys {
    let mut to = Writer { keys: Keys::new(), machine };
    to.put("/system/uuid", &machine.uuid);
    for (path, value) in &machine.system.settings.changed {
        match value {
            Setting::Int(number) => to.put(format!("/adv{path}"), number),
            Setting::Text(text) => to.put(format!("/adv{path}"), text),
        }
    }
    to.put(NAME, machine.fqdn());
    for (index, (name, nic)) in machine.state.nics.iter().enumerate() {
        let at = format!("/net/pnic/child[{index:04}]");
        to.put(format!("{at}/mac"), nic.mac);
        to.put(format!("{at}/name"), name);
        // Addresses that cards lend to what needs one: 00:50:56, the rest of the card's own (believed).
        let [.., a, b, c] = nic.mac.0;
        to.put(format!("{at}/virtualMac"), format!("00:50:56:5{:x}:{b:02x}:{c:02x}", a & 0xf));
    }
    for (index, (name, switch)) in machine.state.vswitches.iter().enumerate() {
        to.switch(&format!("/net/vswitch/child[{index:04}]"), name, switch);
    }
    for (index, (name, vmk)) in machine.state.vmkernel.iter().enumerate() {
        let at = format!("/net/vmkernelnic/child[{index:04}]");
        to.put(format!("{at}/name"), name);
        to.put(format!("{at}/portgroup"), &vmk.port_group);
        to.put(format!("{at}/enable"), vmk.enabled);
        to.put(format!("{at}/mtu"), vmk.mtu.get());
        if let Some(mac) = vmk.mac {
            to.put(format!("{at}/mac"), mac);
        }
        let dhcp = matches!(vmk.ipv4.known(), Some(Ipv4Config::Dhcp { .. }));
        to.put(format!("{at}/dhcp"), dhcp);
        to.put(format!("{at}/dhcpDns"), dhcp);
        if let Some(Ipv4Config::Static { address, .. }) = vmk.ipv4.known() {
            to.put(format!("{at}/ipv4address"), address.addr());
            to.put(format!("{at}/ipv4broadcast"), address.broadcast());
            to.put(format!("{at}/ipv4netmask"), address.netmask());
        }
        for (number, tag) in vmk.tags.iter().enumerate() {
            to.put(format!("{at}/tags/{number}"), tag);
        }
    }
    let default = machine.state.routes.iter().find(|route| route.is_default() && route.gateway.is_ipv4());
    if let Some(route) = default {
        to.put("/net/routes/kernel/gateway", route.gateway);
        to.put(INTERFACE, "vmk0");
    }
    to.keys
}

/// What was edited since the machine was saved, and is understood, takes effect: the cures for cloned hosts
/// (identity, addresses of adapters) and the few settings that are edited in the field. The host writes anew what
/// it misses. Returns what was understood.
pub(super) fn apply_edits(
    machine: &mut Machine,
    file: &str,
    new_uuid: impl FnOnce() -> String,
) -> Vec<String> {
    let (was, is) = (of(machine), parse(file));
    let mut done = Vec::new();
    let edited = |key: &str| was.get(key) != is.get(key);
    if edited("/system/uuid") {
        machine.uuid =
            is.get("/system/uuid").cloned().filter(|uuid| !uuid.is_empty()).unwrap_or_else(new_uuid);
        done.push("/system/uuid".to_owned());
    }
    if let Some(name) =
        is.get("/adv/Misc/HostName").filter(|name| edited("/adv/Misc/HostName") && !name.is_empty())
    {
        let (host, domain) = name.split_once('.').unwrap_or((name, ""));
        (machine.hostname, machine.domain) = (host.to_owned(), domain.to_owned());
        done.push(NAME.to_owned());
    }
    let options = was.keys().chain(is.keys()).filter(|key| key.starts_with("/adv/") && edited(key));
    for key in options.filter(|key| *key != NAME && *key != INTERFACE) {
        if set_option(machine, &key["/adv".len()..], is.get(key)) && !done.contains(key) {
            done.push(key.clone());
        }
    }
    let names: Vec<_> = machine.state.vmkernel.keys().cloned().collect();
    for (index, name) in names.iter().enumerate() {
        let at = format!("/net/vmkernelnic/child[{index:04}]");
        let Some(vmk) = machine.state.vmkernel.get_mut(name) else { continue };
        let key = |field: &str| format!("{at}/{field}");
        let value = |field: &str| is.get(&key(field)).map(String::as_str);
        if edited(&key("mac")) {
            // Gone: the host chooses one.
            vmk.mac = value("mac").and_then(|mac| mac.parse().ok());
            done.push(key("mac"));
        }
        if edited(&key("mtu"))
            && let Some(mtu) = value("mtu").and_then(|mtu| mtu.parse().ok())
        {
            vmk.mtu = mtu;
            done.push(key("mtu"));
        }
        if ["dhcp", "ipv4address", "ipv4netmask"].iter().any(|field| edited(&key(field))) {
            let fixed = || {
                let address = value("ipv4address")?.parse().ok()?;
                let netmask = value("ipv4netmask")?.parse().ok()?;
                let address = ipnet::Ipv4Net::with_netmask(address, netmask).ok()?;
                Some(Ipv4Config::Static { address, gateway: None })
            };
            let config = match value("dhcp") {
                Some("true") => Ipv4Config::Dhcp { lease: None },
                _ => fixed().unwrap_or_default(),
            };
            vmk.ipv4 = Fact::Known(config);
            done.push(key("ipv4address"));
        }
    }
    let switches: Vec<_> = machine.state.vswitches.keys().cloned().collect();
    for (index, switch) in switches.iter().enumerate() {
        let of_switch = |group: &&mut PortGroup| group.vswitch == *switch;
        for (number, group) in machine.state.port_groups.values_mut().filter(of_switch).enumerate() {
            let key = format!("/net/vswitch/child[{index:04}]/portgroup/child[{number:04}]/vlanId");
            if edited(&key) {
                let vlan = is.get(&key).map_or("0", String::as_str);
                if let Ok(vlan) = vlan.parse() {
                    group.vlan = vlan;
                    done.push(key);
                }
            }
        }
    }
    done
}

/// Gives an advanced option the value that the file has, or back its default; the release decides what there is and
/// what fits.
fn set_option(machine: &mut Machine, path: &str, value: Option<&String>) -> bool {
    let set = |machine: &mut Machine, more: &[&str]| {
        let words = ["localcli", "system", "settings", "advanced", "set", "-o", path];
        let argv: Vec<String> = words.iter().chain(more).map(|word| (*word).to_owned()).collect();
        model::run(machine, &argv, b"").status == 0
    };
    match value {
        None => set(machine, &["-d"]),
        Some(value) => set(machine, &["-i", value]) || set(machine, &["-s", value]),
    }
}

/// Name and domain.
const NAME: &str = "/adv/Misc/HostName";

/// The adapter that management began with; says what the host found, and is not read.
const INTERFACE: &str = "/adv/Net/ManagementIface";

/// Where it lies.
pub(super) const PATH: &str = shipped::ESX_CONF;

#[cfg(test)]
mod tests {
    use super::*;
    use esxi_core::state::{FactoryNic, factory};

    fn machine(version: &str) -> Machine {
        let nic = |last: u8| FactoryNic {
            mac: format!("0c:c4:7a:b5:80:{last:02x}").parse().unwrap(),
            link_up: true,
        };
        Machine::new(factory(version.parse().unwrap(), &[nic(2), nic(3)]))
    }

    #[test]
    fn a_factory_vswitch_reads_as_published() {
        let keys = of(&machine("5.0"));
        let value = |key: &str| keys.get(key).map(String::as_str);
        let at = "/net/vswitch/child[0000]";
        for (key, expected) in [
            ("name", "vSwitch0"),
            ("numPorts", "128"),
            ("cdp/status", "listen"),
            ("capabilities/VlanTag", "true"),
            ("portgroup/child[0000]/name", "Management Network"),
            ("portgroup/child[0000]/teamPolicy/team", "lb_srcid"),
            ("portgroup/child[0000]/teamPolicy/uplinks[0000]/pnic", "vmnic0"),
            ("securityPolicy/promiscuous", "false"),
            ("shapingPolicy/enabled", "false"),
            ("teamPolicy/hasUplinkOrder", "true"),
            ("teamPolicy/linkCriteria/beacon", "ignore"),
            ("teamPolicy/maxActive", "1"),
            ("teamPolicy/rollingRestoration", "false"),
            ("uplinks/child[0000]/pnic", "vmnic0"),
        ] {
            assert_eq!(value(&format!("{at}/{key}")), Some(expected), "{key}");
        }
        assert_eq!(value("/net/pnic/child[0001]/mac"), Some("0c:c4:7a:b5:80:03"));
        assert_eq!(value("/net/vmkernelnic/child[0000]/dhcp"), Some("true"));
    }

    #[test]
    fn what_is_written_is_read() {
        let keys = of(&machine("7.0"));
        assert_eq!(parse(&write(&keys)), keys);
        assert_eq!(parse("# x\n/a = \"b = c\"\n/none\nx = \"y\"\n /b=\"\"\n").len(), 2);
    }

    #[test]
    fn what_nobody_edited_changes_nothing() {
        for version in ["5.5", "6.7", "8.0"] {
            let mut host = machine(version);
            let before = host.clone();
            assert_eq!(apply_edits(&mut host, &write(&of(&before)), String::new), Vec::<String>::new());
            assert_eq!(host, before);
        }
    }

    #[test]
    fn edits_that_are_understood_and_those_that_are_not() {
        let mut host = machine("7.0");
        let text = write(&of(&host));
        let vlan = "/net/vswitch/child[0000]/portgroup/child[0001]/vlanId";
        let edited =
            format!("{text}{vlan} = \"42\"\n/adv/Net/TcpipHeapMax = \"nonsense\"\n/who/knows = \"1\"\n")
                .replace("/mtu = \"1500\"", "/mtu = \"70000\"");
        assert_eq!(apply_edits(&mut host, &edited, String::new), [vlan]);
        assert_eq!(host.state.port_groups["VM Network"].vlan.get(), 42);
        assert_eq!(host.state.vmkernel["vmk0"].mtu.get(), 1500);
        // What was not understood stays in the file, and the host writes what it misses.
        let file = renew("/who/knows = \"1\"\n", &host);
        assert!(file.contains("/who/knows = \"1\"\n") && file.contains("/system/uuid = "));
    }
}
