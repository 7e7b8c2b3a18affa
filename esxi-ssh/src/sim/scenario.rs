//! From a scenario to hosts that can be started.

use super::config::SimConfig;
use super::dump::{HostDump, StateDump};
use super::{Record, SimError, SimServer};
use esxi_core::model::{Machine, PowerChange, Vmx};
use esxi_core::reach::{Evidence, Fabric, Lag, Network, SwitchPort, TaggedVlans};
use esxi_core::scenario::{DEFAULT_VERSION, HostAddress, Scenario, ScenarioHost, SecretSource};
use esxi_core::spec::{FabricSpec, HostSpec, ResolveOptions, resolve};
use esxi_core::state::{Fact, FactoryNic, HostState, Ipv4Config, Route, factory};
use esxi_core::value::MacAddr;
use esxi_core::yaml;
use ipnet::{IpNet, Ipv4Net};
use secrecy::SecretString;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

/// Where management is used from when nobody says otherwise.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

/// Where the first host that names no address has it.
const FIRST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);

/// The hosts of a scenario before they are started.
///
/// ```no_run
/// use esxi_core::yaml;
/// use esxi_ssh::sim::{Cast, Record};
/// use std::path::Path;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let text = std::fs::read_to_string("scenario.yaml")?;
/// let file = yaml::scenario("scenario.yaml", &text).map_err(|mistakes| mistakes[0].message.clone())?;
/// let cast = Cast::of(&file.scenario, Path::new("."))?;
/// let server = cast.start(Record::in_memory()).await?;
/// for host in server.hosts() {
///     println!("{:?}", host.listeners());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Cast {
    /// The hosts, in the scenario's order. Change here what a scenario does not say.
    pub configs: Vec<SimConfig>,
    /// What becomes of each once it has booted.
    restore: Vec<Option<HostDump>>,
}

impl Cast {
    /// Reads what the scenario refers to (states, host files, keys, passwords), paths relative to `folder`.
    ///
    /// # Errors
    /// [`SimError::Config`] names the host and what is wrong with it.
    pub fn of(scenario: &Scenario, folder: &Path) -> Result<Cast, SimError> {
        let mut cast = Cast { configs: Vec::new(), restore: Vec::new() };
        let mut casting = Casting { scenario, folder, last: None, cards: 0 };
        for host in &scenario.hosts {
            let wrong = |why: String| SimError::Config(format!("host {}: {why}", host.name));
            let (config, restore) = casting.host(host).map_err(wrong)?;
            cast.configs.push(config);
            cast.restore.push(restore);
        }
        Ok(cast)
    }

    /// Starts them.
    ///
    /// # Errors
    /// Those of [`SimServer::start`].
    pub async fn start(self, record: Record) -> Result<SimServer, SimError> {
        let server = SimServer::start(self.configs, record).await?;
        for (host, dump) in server.hosts().iter().zip(self.restore) {
            if let Some(dump) = dump {
                host.restore(dump).await?;
            }
        }
        Ok(server)
    }
}

/// What hosts so far have taken.
struct Casting<'a> {
    scenario: &'a Scenario,
    folder: &'a Path,
    last: Option<Ipv4Net>,
    cards: u64,
}

impl Casting<'_> {
    fn host(&mut self, host: &ScenarioHost) -> Result<(SimConfig, Option<HostDump>), String> {
        let mut restore = None;
        let mut machine = match &host.state {
            None => Machine::new(self.installed(host)?),
            Some(file) => match self.saved(file, &host.name)? {
                Saved::State(state) => Machine::new(*state),
                Saved::Host(dump) => restore.insert(*dump).saved.machine.clone(),
            },
        };
        if restore.is_none() {
            machine.hostname.clone_from(&host.name);
        }
        let mut spec = HostSpec::default();
        if let Some(file) = &host.host_file {
            spec = self.wanted(file)?;
            let resolved = resolve(&spec, &machine.state, ResolveOptions::default());
            let mistake = resolved.diagnostics.iter().find(|finding| finding.is_error());
            if let Some(mistake) = mistake {
                return Err(format!("{file}: {}", mistake.message));
            }
            machine.state = resolved.desired;
        }
        for disk in host.disks.iter().flatten() {
            machine.storage.add_disk(u64::from(disk.gigabytes) * 1_000_000_000, disk.ssd);
        }
        furnish(&mut machine, host)?;
        let stated = host.fabric.as_ref().or(self.scenario.fabric.as_ref()).or(spec.fabric.as_ref());
        let mut fabric = match (stated, &restore) {
            (Some(stated), _) => around(stated, &machine.state)?,
            (None, Some(dump)) => dump.fabric.clone(),
            (None, None) => beside_a_router(&machine.state),
        };
        fabric.client.get_or_insert(self.scenario.client.unwrap_or(CLIENT));
        if let Some(dump) = &mut restore {
            dump.fabric = fabric.clone();
        }
        let mut config = SimConfig::new(host.name.clone(), machine, fabric);
        if let Some(source) = host.password.as_ref().or(self.scenario.password.as_ref()) {
            config.root_password = Some(self.secret(source)?);
        }
        for entry in self.scenario.authorized_keys.iter().chain(&host.authorized_keys).flatten() {
            config.authorized_keys.extend(self.keys(entry)?);
        }
        config.faults = self.scenario.faults.iter().chain(&host.faults).flatten().cloned().collect();
        Ok((config, restore))
    }

    /// As the installer leaves it, with its address.
    fn installed(&mut self, host: &ScenarioHost) -> Result<HostState, String> {
        let cards: Vec<MacAddr> = match &host.nics {
            Some(cards) => cards.clone(),
            None => vec![self.card(), self.card()],
        };
        let cards: Vec<FactoryNic> = cards.into_iter().map(|mac| FactoryNic { mac, link_up: true }).collect();
        let mut state = factory(host.esxi.unwrap_or(DEFAULT_VERSION), &cards);
        let net = match host.address {
            Some(HostAddress::Dhcp) => return Ok(state),
            Some(HostAddress::Static(net)) => net,
            None => self.next_address()?,
        };
        self.last = Some(net);
        let gateway = host.gateway.or_else(|| net.hosts().next().filter(|first| *first != net.addr()));
        if let Some(vmk) = state.vmkernel.get_mut("vmk0") {
            vmk.ipv4 = Fact::Known(Ipv4Config::Static { address: net, gateway: None });
        }
        if let Some(gateway) = gateway {
            let network = IpNet::from(Ipv4Net::default());
            state.routes.insert(Route { netstack: Default::default(), network, gateway: gateway.into() });
        }
        Ok(state)
    }

    /// A MAC address of a well-known maker that no other host of the scenario has by default.
    fn card(&mut self) -> MacAddr {
        let number = 0x0cc4_7ab5_8002_u64 + self.cards;
        self.cards += 1;
        let [_, _, octets @ ..] = number.to_be_bytes();
        MacAddr(octets)
    }

    /// One more than the host before.
    fn next_address(&self) -> Result<Ipv4Net, String> {
        let Some(last) = self.last else {
            return Ipv4Net::new(FIRST, 24).map_err(|error| error.to_string());
        };
        let next = Ipv4Addr::from(u32::from(last.addr()).wrapping_add(1));
        let full = !last.contains(&next) || next == last.broadcast();
        match Ipv4Net::new(next, last.prefix_len()) {
            Ok(net) if !full => Ok(net),
            _ => Err(format!("{} has no address left for it after {}", last.trunc(), last.addr())),
        }
    }

    fn text(&self, file: &str) -> Result<String, String> {
        let path = self.folder.join(file);
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn saved(&self, file: &str, name: &str) -> Result<Saved, String> {
        let hosts = match read_state(&self.text(file)?).map_err(|why| format!("{file}: {why}"))? {
            StateFile::Facts(state) => return Ok(Saved::State(state)),
            StateFile::Dump(dump) => dump.hosts,
        };
        let only = hosts.len() == 1;
        let mut fitting = hosts.into_iter().filter(|host| only || host.name == name);
        let found =
            fitting.next().ok_or_else(|| format!("{file} holds several hosts, and none of this name"))?;
        Ok(Saved::Host(Box::new(found)))
    }

    fn wanted(&self, file: &str) -> Result<HostSpec, String> {
        let read = yaml::host_file(file, &self.text(file)?);
        read.map(|read| read.spec).map_err(|mistakes| {
            let first = mistakes.iter().find(|one| one.is_error()).or(mistakes.first());
            let told = first.map_or("cannot be read", |first| first.message.as_str());
            let line = first.and_then(|first| first.start).map_or(1, |start| start.line);
            format!("{file}:{line}: {told}")
        })
    }

    fn secret(&self, source: &SecretSource) -> Result<SecretString, String> {
        let text = match source {
            SecretSource::Env(name) => std::env::var(name)
                .map_err(|_| format!("the environment has no variable {name} for the password"))?,
            SecretSource::File(file) => self.text(file)?,
        };
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
            _ => Err("the password is empty".to_owned()),
        }
    }

    /// A line of `authorized_keys`, or those of a file.
    fn keys(&self, entry: &str) -> Result<Vec<String>, String> {
        if entry.trim().contains(' ') && super::sshd::Authorized::parse(entry).is_some() {
            return Ok(vec![entry.trim().to_owned()]);
        }
        let text = self.text(entry)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(lines.map(str::to_owned).collect())
    }
}

enum Saved {
    State(Box<HostState>),
    Host(Box<HostDump>),
}

/// What a state file holds.
#[derive(Debug)]
#[non_exhaustive]
pub enum StateFile {
    /// The network of one host: `esxi facts --format json`.
    Facts(Box<HostState>),
    /// Whole hosts: `esxi sim state dump`.
    Dump(Box<StateDump>),
}

/// Reads a state file of either kind.
///
/// # Errors
/// What is wrong with it.
pub fn read_state(text: &str) -> Result<StateFile, String> {
    #[derive(Deserialize)]
    struct Facts {
        state: HostState,
    }
    #[derive(Deserialize)]
    struct Kind {
        schema: u32,
        hosts: Option<serde::de::IgnoredAny>,
    }
    let kind: Kind = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if kind.schema != 1 {
        return Err(format!("schema {} is not known, 1 is", kind.schema));
    }
    match kind.hosts {
        Some(_) => serde_json::from_str(text).map(StateFile::Dump).map_err(|error| error.to_string()),
        None => {
            let facts: Facts = serde_json::from_str(text).map_err(|error| error.to_string())?;
            Ok(StateFile::Facts(Box::new(facts.state)))
        }
    }
}

/// Registers the scenario's virtual machines.
fn furnish(machine: &mut Machine, host: &ScenarioHost) -> Result<(), String> {
    for vm in host.vms.iter().flatten() {
        let label = vm.datastore.as_deref().unwrap_or("datastore1");
        let volume = machine.storage.volume(label).ok_or_else(|| format!("there is no datastore {label}"))?;
        let path = format!("{}/{}/{}.vmx", volume.mount_path(), vm.name, vm.name);
        let mut vmx = Vmx::read(&format!("guestOS = \"{}\"\n", vm.guest.as_deref().unwrap_or("other")));
        vmx.name = Some(vm.name.clone());
        let id = machine.guests.register(&path, vmx).map_err(|error| error.to_string())?;
        if vm.running {
            machine.guests.power(id, PowerChange::On).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// A stated fabric.
fn around(stated: &FabricSpec, state: &HostState) -> Result<Fabric, String> {
    let spec = HostSpec { fabric: Some(stated.clone()), ..HostSpec::default() };
    let (fabric, findings) = spec.fabric(state);
    match findings.iter().find(|finding| finding.is_error()) {
        Some(mistake) => Err(mistake.message.clone()),
        None => Ok(fabric),
    }
}

/// Every card on an independent access port beside the host's router.
fn beside_a_router(state: &HostState) -> Fabric {
    let port = SwitchPort {
        untagged: Some(0),
        tagged: TaggedVlans::None,
        lag: Lag::None,
        evidence: Evidence::Asserted,
    };
    let gateway =
        |net: &IpNet| state.routes.iter().map(|route| route.gateway).find(|gateway| net.contains(gateway));
    let network = |net: IpNet| Network {
        subnet: net.trunc(),
        gateway: gateway(&net),
        segment: 0,
        dhcp: None,
        evidence: Evidence::Asserted,
    };
    Fabric {
        ports: state.nics.keys().map(|nic| (nic.clone(), port.clone())).collect(),
        networks: state.vmkernel.values().flat_map(|vmk| vmk.addresses()).map(network).collect(),
        ..Fabric::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast(text: &str) -> Result<Cast, SimError> {
        let file = yaml::scenario("s.yaml", text).unwrap();
        Cast::of(&file.scenario, Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    #[test]
    fn hosts_get_addresses_and_cards_of_their_own() {
        let text = "version: 1\nhosts: [{ name: a }, { name: b, esxi: '6.5' }, { name: c }]\n";
        let cast = cast(text).unwrap();
        let seen: Vec<String> = cast
            .configs
            .iter()
            .map(|one| {
                let state = &one.machine.state;
                let address = state.vmkernel["vmk0"].ipv4_address().unwrap();
                format!("{} {} {} {}", one.name, state.version, address, state.nics["vmnic1"].mac)
            })
            .collect();
        assert_eq!(
            seen,
            [
                "a 8.0.2 192.0.2.10/24 0c:c4:7a:b5:80:03",
                "b 6.5.0 192.0.2.11/24 0c:c4:7a:b5:80:05",
                "c 8.0.2 192.0.2.12/24 0c:c4:7a:b5:80:07"
            ]
        );
        let network = &cast.configs[2].fabric.networks[0];
        assert_eq!(network.gateway, Some("192.0.2.1".parse().unwrap()));
        let full = "version: 1\nhosts: [{ name: a, address: 192.0.2.2/30 }, { name: b }]\n";
        let error = super::tests::cast(full).unwrap_err().to_string();
        assert_eq!(error, "host b: 192.0.2.0/30 has no address left for it after 192.0.2.2");
    }

    #[test]
    fn a_host_is_furnished() {
        let text = "version: 1\nhosts:\n  - name: a\n    disks: [{ gigabytes: 960, ssd: true }]\n    vms: [{ name: web, \
                    running: true }, { name: db }]\n    faults: [{ what: hostd-down }]\nfaults: [{ what: lacp-only }]\n";
        let config = cast(text).unwrap().configs.remove(0);
        let disk = config.machine.storage.disks.last().unwrap();
        assert_eq!((disk.sectors, disk.ssd, config.machine.storage.disks.len()), (1_875_000_000, true, 3));
        let running: Vec<bool> = config.machine.guests.list().iter().map(|guest| guest.is_on()).collect();
        assert_eq!(running, [true, false]);
        let faults: Vec<String> = config.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["lacp-only", "hostd-down"]);
    }

    #[test]
    fn what_cannot_be_had_is_named() {
        let told = |rest: &str| {
            cast(&format!("version: 1\nhosts: [{{ name: a, {rest} }}]\n")).unwrap_err().to_string()
        };
        assert_eq!(
            told("password: { env: NO_SUCH_VARIABLE }"),
            "host a: the environment has no variable NO_SUCH_VARIABLE for the password"
        );
        assert!(told("state: nowhere.json").contains("nowhere.json: No such file"));
        assert!(told("state: Cargo.toml").starts_with("host a: Cargo.toml: "));
        assert!(told("host_file: Cargo.toml").starts_with("host a: Cargo.toml:"));
        assert!(told("authorized_keys: [nowhere.pub]").contains("nowhere.pub: No such file"));
        assert!(told("vms: [{ name: x, datastore: y }]").contains("there is no datastore y"));
    }
}
