//! Runs a record again on fresh hosts in memory.

use super::SimError;
use super::config::SimConfig;
use super::event::Event;
use super::faults::Faults;
use super::jail::shipped;
use super::record::{RecordLine, Recorded, digest, seconds_of};
use super::world::{Reply, World};
use esxi_core::EsxiVersion;
use esxi_core::model::{Call, Machine, Memory, Output, Stored};
use esxi_core::reach::Fabric;
use esxi_core::state::{FactoryNic, factory};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Replayed {
    /// Commands that were run again.
    pub commands: usize,
    /// Commands that a fault had answered, or whose secrets are not in the record: they were left out.
    pub skipped: usize,
    /// Those that answered otherwise than before.
    pub differences: Vec<Difference>,
}

/// A command that answered otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Host.
    pub host: String,
    /// Number of the command on it.
    pub number: u64,
    /// Its words.
    pub argv: Vec<String>,
    /// Exit statuses: then, now.
    pub status: (u8, u8),
    /// What it prints now.
    pub output: String,
}

/// Runs every command of a record again, on hosts as they were when the record began, or as the installer of another
/// release leaves them with the same cards and addresses. The clock is that of the record, and there is no shell:
/// files that only the shell wrote are missing.
///
/// # Errors
/// [`SimError::Config`] names the line that is none of a record.
///
/// ```
/// # fn main() -> Result<(), esxi_ssh::sim::SimError> {
/// let found = esxi_ssh::sim::replay("", None)?;
/// assert_eq!((found.commands, found.differences.len()), (0, 0));
/// # Ok(())
/// # }
/// ```
pub fn replay(record: &str, version: Option<EsxiVersion>) -> Result<Replayed, SimError> {
    let mut hosts: BTreeMap<String, Stage> = BTreeMap::new();
    let mut found = Replayed::default();
    for (at, text) in record.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let wrong = |why: String| SimError::Config(format!("line {} of the record: {why}", at + 1));
        let line: RecordLine = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if let Recorded::Host { schema, machine, saved, fabric } = line.what {
            if schema != 1 {
                return Err(wrong(format!("schema {schema} is not known, 1 is")));
            }
            let read =
                |part| serde_json::from_value::<Machine>(part).map_err(|error| wrong(error.to_string()));
            let (mut machine, mut saved) = (read(machine)?, read(saved)?);
            let fabric = serde_json::from_value(fabric).map_err(|error| wrong(error.to_string()))?;
            if let Some(version) = version {
                machine = of_release(&machine, version);
                saved = machine.clone();
            }
            hosts.insert(line.host.clone(), Stage::new(&line.host, machine, saved, fabric));
            continue;
        }
        match hosts.get_mut(&line.host) {
            Some(stage) => stage.go_on(line, &mut found),
            // A host is written down once it has booted.
            None if matches!(line.what, Recorded::Boot { .. }) => {}
            None => return Err(wrong(format!("no host {} yet", line.host))),
        }
    }
    Ok(found)
}

/// A fresh host of another release with the cards, names and vmk0 of this one.
fn of_release(machine: &Machine, version: EsxiVersion) -> Machine {
    let cards = machine.state.nics.values();
    let cards: Vec<FactoryNic> = cards.map(|nic| FactoryNic { mac: nic.mac, link_up: nic.link_up }).collect();
    let mut state = factory(version, &cards);
    if let (Some(new), Some(old)) = (state.vmkernel.get_mut("vmk0"), machine.state.vmkernel.get("vmk0")) {
        (new.ipv4, new.mac) = (old.ipv4.clone(), old.mac);
    }
    state.routes = machine.state.routes.clone();
    state.dns = machine.state.dns.clone();
    let mut fresh = Machine::new(state);
    fresh.hostname.clone_from(&machine.hostname);
    fresh.domain.clone_from(&machine.domain);
    fresh.uuid.clone_from(&machine.uuid);
    fresh
}

/// A host that runs again.
struct Stage {
    config: SimConfig,
    world: World,
    around: Memory,
    /// Numbers of lasting faults: then and now.
    faults: BTreeMap<u64, u64>,
    _events: broadcast::Receiver<Event>,
}

impl Stage {
    fn new(name: &str, machine: Machine, saved: Machine, fabric: Fabric) -> Stage {
        let config = SimConfig::new(name, saved.clone(), fabric);
        let (events, receiver) = broadcast::channel(16);
        let (alarms, strikes) = (mpsc::unbounded_channel().0, mpsc::unbounded_channel().0);
        let mut world = World::new(&config, events, Faults::new(alarms, strikes));
        let mut around = Memory::default();
        for (path, content) in shipped::kept(&config) {
            around.files.insert(path, Stored::Content(content));
        }
        world.power_on();
        world.machine = machine;
        world.settle();
        Stage { config, world, around, faults: BTreeMap::new(), _events: receiver }
    }

    fn go_on(&mut self, line: RecordLine, found: &mut Replayed) {
        match line.what {
            Recorded::Command { number, argv, status, output, uptime, fault, .. } => {
                if fault || argv.iter().any(|word| word == "***" || word.ends_with("=***")) {
                    found.skipped += 1;
                    return;
                }
                found.commands += 1;
                self.around.now = seconds_of(&line.time).unwrap_or_default();
                self.around.uptime = Duration::from_millis(uptime);
                let call = Call::new(&argv);
                let reply = self.world.execute(&self.config, &call, None, Some(&mut self.around));
                let now = match reply {
                    Reply::Output(output) | Reply::Save(output) => output,
                    _ => Output::default(),
                };
                if now.status != status || digest(&now) != output {
                    let text = [now.stdout.as_slice(), now.stderr.as_slice()].concat();
                    found.differences.push(Difference {
                        host: line.host,
                        number,
                        argv,
                        status: (status, now.status),
                        output: String::from_utf8_lossy(&text).into_owned(),
                    });
                }
            }
            Recorded::Saved => self.world.saved.machine = self.world.machine.clone(),
            Recorded::Boot { .. } => {
                self.world.power_off();
                self.world.power_on();
            }
            Recorded::FaultBegan { fault, what } => {
                let rule = what.parse::<esxi_core::scenario::FaultRule>();
                // What is over in a moment shows in the commands' own lines.
                if let Ok(rule) = rule
                    && !rule.what.is_momentary()
                    && let Ok((id, _)) = self.world.inject(rule)
                {
                    self.faults.insert(fault, id);
                }
            }
            Recorded::FaultEnded { fault, .. } => {
                if let Some(id) = self.faults.remove(&fault) {
                    self.world.lift(id);
                }
            }
            Recorded::Host { .. } => {}
        }
    }
}
