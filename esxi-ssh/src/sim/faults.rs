//! What goes wrong on a simulated host: rules that wait for their moment, and faults that last.

use super::SimError;
use super::event::Event;
use super::sshd::Limit;
use super::world::World;
use esxi_core::model::{Lockdown, Machine};
use esxi_core::reach::{Fabric, Lag};
use esxi_core::scenario::{FaultKind, FaultRule, When};
use esxi_core::state::{HostState, LoadBalancing};
use esxi_core::value::VmnicName;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::mpsc;

/// Something to do later, by whoever owns the clock.
#[derive(Debug)]
pub(crate) enum Alarm {
    /// A rule's moment comes.
    Strike(u64, Duration),
    /// A fault is over.
    Lift(u64, Duration),
}

/// What a command meets instead of its execution, or beside it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Met {
    /// It fails with this text and status.
    pub(crate) fails: Option<(String, u8)>,
    /// The host loses power first.
    pub(crate) power_loss: bool,
}

/// What has to be done at once by whoever owns the connections and the power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Now {
    /// Nothing more.
    Done,
    /// Take the power away.
    PowerLoss,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    rule: FaultRule,
    left: u32,
}

#[derive(Debug)]
struct Lasting {
    id: u64,
    kind: FaultKind,
    memo: Memo,
}

/// What was there before.
#[derive(Debug, Default)]
struct Memo {
    link: Option<(bool, u32)>,
    used: Option<u64>,
    lockdown: Option<(Lockdown, BTreeSet<String>)>,
    lags: BTreeMap<VmnicName, Lag>,
}

/// The faults of one host.
#[derive(Debug)]
pub(crate) struct Faults {
    next: u64,
    waiting: Vec<Waiting>,
    lasting: Vec<Lasting>,
    alarms: mpsc::UnboundedSender<Alarm>,
    strikes: mpsc::UnboundedSender<u64>,
}

/// A fault as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FaultInfo {
    /// Its number on this host, from 1.
    pub id: u64,
    /// The rule in words, or what lasts.
    pub fault: String,
    /// True for what lasts just now, false for what waits for its moment.
    pub active: bool,
}

impl Faults {
    pub(crate) fn new(alarms: mpsc::UnboundedSender<Alarm>, strikes: mpsc::UnboundedSender<u64>) -> Faults {
        Faults { next: 1, waiting: Vec::new(), lasting: Vec::new(), alarms, strikes }
    }

    pub(crate) fn list(&self) -> Vec<FaultInfo> {
        let waiting = self.waiting.iter().map(|one| (one.id, one.rule.to_string(), false));
        let lasting = self.lasting.iter().map(|one| (one.id, one.kind.to_string(), true));
        let mut all: Vec<FaultInfo> =
            waiting.chain(lasting).map(|(id, fault, active)| FaultInfo { id, fault, active }).collect();
        all.sort_by_key(|one| one.id);
        all
    }

    fn kinds(&self) -> impl Iterator<Item = &FaultKind> {
        self.lasting.iter().map(|one| &one.kind)
    }

    /// Time that commands take because of a fault.
    pub(crate) fn latency(&self) -> Duration {
        let each = self.kinds().map(|kind| match kind {
            FaultKind::Latency { command, .. } => *command,
            _ => 0,
        });
        Duration::from_millis(each.map(u64::from).sum())
    }

    /// Time that bytes from clients are under way.
    pub(crate) fn round_trip(&self) -> Duration {
        let each = self.kinds().map(|kind| match kind {
            FaultKind::Latency { round_trip, .. } => *round_trip,
            _ => 0,
        });
        Duration::from_millis(each.map(u64::from).sum())
    }

    /// Whether connections are mute whatever the state says.
    pub(crate) fn mute(&self) -> bool {
        self.kinds().any(|kind| *kind == FaultKind::Mute)
    }

    /// Folders into which nothing more fits, by every name they have.
    pub(crate) fn full_folders(&self, machine: &Machine) -> Vec<String> {
        let full = self.kinds().filter_map(|kind| match kind {
            FaultKind::DatastoreFull(name) => machine.storage.volume(name),
            _ => None,
        });
        full.flat_map(|volume| {
            [format!("{}/", volume.mount_path()), format!("/vmfs/volumes/{}/", volume.label)]
        })
        .collect()
    }

    /// Whether the provider's switch keeps frames from or to this address away.
    pub(crate) fn drops(&self, state: &HostState, address: IpAddr) -> bool {
        self.kinds().any(|kind| *kind == FaultKind::DropForeignMacs) && has_foreign_mac(state, address)
    }

    /// The rules that connections have to mind.
    fn limits(&self) -> Vec<Limit> {
        let limit = |one: &Waiting| match one.rule.when {
            When::Bytes(bytes) => {
                let cuts = one.rule.what == FaultKind::Cut;
                Some(Limit { fault: one.id, bytes, cuts, tell: self.strikes.clone() })
            }
            _ => None,
        };
        self.waiting.iter().filter_map(limit).collect()
    }

    fn busy(&self, argv: &[String]) -> bool {
        let attaching = |verb: &[&str]| argv.windows(verb.len()).any(|words| words == verb);
        let esxcli = argv.first().is_some_and(|first| first.ends_with("cli"))
            && (attaching(&["standard", "uplink", "add"]) || attaching(&["standard", "uplink", "remove"]));
        let legacy = argv.first().is_some_and(|first| first.ends_with("esxcfg-vswitch"))
            && argv.iter().any(|word| ["-L", "-U", "--link", "--unlink"].contains(&word.as_str()));
        let names = |nic: &VmnicName| argv.iter().any(|word| word.rsplit('=').next() == Some(nic.as_str()));
        (esxcli || legacy) && self.kinds().any(|kind| matches!(kind, FaultKind::Busy(nic) if names(nic)))
    }
}

/// Whether an adapter's MAC address differs from that of a card that may carry it. With several live cards the
/// switch may see its frames on any of them.
fn has_foreign_mac(state: &HostState, address: IpAddr) -> bool {
    let Some(adapter) = state.vmk_with_address(address).and_then(|name| state.vmkernel.get(name)) else {
        return false;
    };
    let Some(teaming) = state.effective_teaming(&adapter.port_group) else { return false };
    let live = |nic: &&VmnicName| state.nics.get(*nic).is_some_and(|nic| nic.link_up);
    let mut cards: Vec<&VmnicName> = teaming.order.active.iter().filter(live).collect();
    if cards.is_empty() {
        cards = teaming.order.standby.iter().filter(live).collect();
    }
    if teaming.load_balancing == LoadBalancing::Explicit {
        cards.truncate(1);
    }
    cards.iter().filter_map(|nic| state.nics.get(*nic)).any(|nic| Some(nic.mac) != adapter.mac)
}

impl World {
    /// Takes a rule up; it may strike at once. Returns its number.
    pub(crate) fn inject(&mut self, rule: FaultRule) -> Result<(u64, Now), SimError> {
        let wrong = |why: String| SimError::Config(format!("the fault \"{rule}\": {why}"));
        rule.check().map_err(|error| wrong(error.to_string()))?;
        self.knows(&rule.what).map_err(wrong)?;
        let id = self.faults.next;
        self.faults.next += 1;
        let at_once = rule.when == When::Start && !matches!(rule.what, FaultKind::Fail { .. });
        let after = match rule.when {
            When::Seconds(seconds) => Some(Duration::from_secs(seconds.into())),
            _ => None,
        };
        let left = rule.times.unwrap_or(1);
        self.faults.waiting.push(Waiting { id, rule, left });
        let now = if at_once { self.strike(id) } else { Now::Done };
        if let Some(after) = after {
            self.alarm(Alarm::Strike(id, after));
        }
        self.mind_faults();
        Ok((id, now))
    }

    /// A rule's moment has come.
    pub(crate) fn strike(&mut self, id: u64) -> Now {
        let Some(at) = self.faults.waiting.iter().position(|one| one.id == id) else { return Now::Done };
        let waiting = &mut self.faults.waiting[at];
        let (kind, bytes) = (waiting.rule.what.clone(), matches!(waiting.rule.when, When::Bytes(_)));
        let lasts = waiting.rule.lasts;
        waiting.left = waiting.left.saturating_sub(1);
        if waiting.left == 0 || !kind.is_momentary() {
            self.faults.waiting.remove(at);
        }
        self.tell(Event::FaultBegan { fault: id, what: kind.to_string() });
        if kind.is_momentary() {
            match kind {
                // A connection that reached its limit has cut itself.
                FaultKind::Cut if !bytes => self.cut(),
                FaultKind::PowerLoss => return Now::PowerLoss,
                _ => {}
            }
            self.mind_faults();
            return Now::Done;
        }
        let memo = self.begin(&kind);
        self.faults.lasting.push(Lasting { id, kind, memo });
        if let Some(seconds) = lasts {
            self.alarm(Alarm::Lift(id, Duration::from_secs(seconds.into())));
        }
        self.mind_faults();
        Now::Done
    }

    /// Ends a fault, or takes a rule back that waits. False when there is none of this number.
    pub(crate) fn lift(&mut self, id: u64) -> bool {
        let faults = &mut self.faults;
        if let Some(at) = faults.waiting.iter().position(|one| one.id == id) {
            faults.waiting.remove(at);
        } else if let Some(at) = faults.lasting.iter().position(|one| one.id == id) {
            let over = faults.lasting.remove(at);
            self.end(&over);
            self.tell(Event::FaultEnded { fault: id, what: over.kind.to_string() });
        } else {
            return false;
        }
        self.mind_faults();
        true
    }

    /// What a command that is about to be executed meets.
    pub(crate) fn meet(&mut self, number: u64, argv: &[String]) -> Met {
        let line = argv.join(" ");
        let fits = |one: &Waiting| match &one.rule.when {
            When::Start => matches!(one.rule.what, FaultKind::Fail { .. }),
            When::Command(first) => number >= *first,
            When::Words(words) => line.contains(words.as_str()),
            _ => false,
        };
        let due: Vec<(u64, FaultKind)> = self
            .faults
            .waiting
            .iter()
            .filter(|one| fits(one))
            .map(|one| (one.id, one.rule.what.clone()))
            .collect();
        let mut met = Met::default();
        for (id, kind) in due {
            // One command fails once; what else is due waits for the next.
            if matches!(kind, FaultKind::Fail { .. }) && met.fails.is_some() {
                continue;
            }
            met.power_loss |= self.strike(id) == Now::PowerLoss;
            if let FaultKind::Fail { text, status } = kind {
                met.fails = Some((text, status));
            }
        }
        if met.fails.is_none() && self.faults.busy(argv) {
            // Seen on 7.0.2 for a card that another vSwitch holds.
            met.fails = Some(("Unable to Set: Busy".to_owned(), 1));
        }
        met
    }

    fn alarm(&self, alarm: Alarm) {
        // A host that is gone has no later.
        let _ = self.faults.alarms.send(alarm);
    }

    fn cut(&self) {
        self.listeners.iter().for_each(|listener| listener.gate.cut());
    }

    /// Has gates mind delays and limits.
    pub(crate) fn mind_faults(&mut self) {
        let (delay, limits) = (self.faults.round_trip(), self.faults.limits());
        for listener in &self.listeners {
            listener.gate.delay(delay);
            listener.gate.limit(limits.clone());
        }
        self.settle();
    }

    fn begin(&mut self, kind: &FaultKind) -> Memo {
        let mut memo = Memo::default();
        let machine = &mut self.machine;
        match kind {
            FaultKind::LinkDown(nic) => {
                let there = machine.nics_down.get(nic).copied();
                let card = machine.state.nics.get_mut(nic);
                memo.link = there.or(card.as_ref().map(|card| (card.link_up, card.speed_mbps)));
                if let Some(card) = card {
                    (card.link_up, card.speed_mbps) = (false, 0);
                }
            }
            FaultKind::HostdDown => machine.system.hostd = false,
            FaultKind::Clock(seconds) => machine.system.clock_error += i64::from(*seconds),
            FaultKind::DatastoreFull(name) => memo.used = fill(machine, name),
            FaultKind::Lockdown { .. } => {
                let system = &machine.system;
                memo.lockdown = Some((system.lockdown, system.lockdown_exceptions.clone()));
            }
            FaultKind::LacpOnly => memo.lags = lacp_everywhere(&machine.state, &mut self.fabric),
            _ => {}
        }
        memo
    }

    fn end(&mut self, over: &Lasting) {
        match &over.kind {
            FaultKind::LinkDown(nic) => {
                let Some(link) = over.memo.link else { return };
                plug_in(&mut self.machine, nic, link);
                plug_in(&mut self.saved.machine, nic, link);
            }
            FaultKind::HostdDown => self.machine.system.hostd = true,
            FaultKind::Clock(seconds) => self.machine.system.clock_error -= i64::from(*seconds),
            FaultKind::DatastoreFull(name) => {
                for machine in [&mut self.machine, &mut self.saved.machine] {
                    let mut volumes = machine.storage.volumes.iter_mut();
                    if let (Some(volume), Some(used)) =
                        (volumes.find(|volume| volume.is_called(name)), over.memo.used)
                    {
                        volume.used = used;
                    }
                }
            }
            FaultKind::Vcenter(_) => {
                self.machine.system.vcenter = None;
                self.saved.machine.system.vcenter = None;
            }
            FaultKind::Lockdown { .. } => {
                if let Some((mode, exceptions)) = &over.memo.lockdown {
                    for machine in [&mut self.machine, &mut self.saved.machine] {
                        machine.system.lockdown = *mode;
                        machine.system.lockdown_exceptions.clone_from(exceptions);
                    }
                }
            }
            FaultKind::LacpOnly => {
                for (nic, lag) in &over.memo.lags {
                    if let Some(port) = self.fabric.ports.get_mut(nic) {
                        port.lag = lag.clone();
                    }
                }
            }
            _ => {}
        }
    }

    /// Pulled cables stay pulled, full disks full and locked doors locked whatever a command says, and over a boot.
    pub(crate) fn hold(&mut self) {
        for fault in &self.faults.lasting {
            match &fault.kind {
                FaultKind::LinkDown(nic) => {
                    if let Some(card) = self.machine.state.nics.get_mut(nic) {
                        (card.link_up, card.speed_mbps) = (false, 0);
                    }
                }
                FaultKind::DatastoreFull(name) => {
                    fill(&mut self.machine, name);
                }
                FaultKind::Vcenter(server) => self.machine.system.vcenter = Some(server.clone()),
                FaultKind::Lockdown { except } => {
                    self.machine.system.lockdown = Lockdown::Normal;
                    self.machine.system.lockdown_exceptions = except.iter().cloned().collect();
                }
                _ => {}
            }
        }
    }

    /// Says whether the host has what a rule is about.
    fn knows(&self, kind: &FaultKind) -> Result<(), String> {
        match kind {
            FaultKind::LinkDown(nic) | FaultKind::Busy(nic) if !self.machine.state.nics.contains_key(nic) => {
                let all: Vec<&str> = self.machine.state.nics.keys().map(VmnicName::as_str).collect();
                Err(format!("the host has no card {nic}, but {}", all.join(", ")))
            }
            FaultKind::DatastoreFull(name) if self.machine.storage.volume(name).is_none() => {
                let volumes = self.machine.storage.volumes().filter(|volume| volume.kind.datastore());
                let all: Vec<&str> = volumes.map(|volume| volume.label.as_str()).collect();
                Err(format!("the host has no datastore {name}, but {}", all.join(", ")))
            }
            _ => Ok(()),
        }
    }
}

/// Takes every byte of a datastore; returns how many were taken before.
fn fill(machine: &mut Machine, name: &str) -> Option<u64> {
    let volume = machine.storage.volumes.iter_mut().find(|volume| volume.is_called(name))?;
    Some(std::mem::replace(&mut volume.used, volume.size))
}

/// The cable is back; a card that was taken down comes up with it when it is taken up.
fn plug_in(machine: &mut Machine, nic: &VmnicName, link: (bool, u32)) {
    if let Some(down) = machine.nics_down.get_mut(nic) {
        *down = link;
    } else if let Some(card) = machine.state.nics.get_mut(nic) {
        (card.link_up, card.speed_mbps) = link;
    }
}

/// Puts every port into one LACP group and returns what they were in.
fn lacp_everywhere(state: &HostState, fabric: &mut Fabric) -> BTreeMap<VmnicName, Lag> {
    let mut before = BTreeMap::new();
    for nic in state.nics.keys() {
        if let Some(port) = fabric.ports.get_mut(nic) {
            before.insert(nic.clone(), std::mem::replace(&mut port.lag, Lag::Lacp { group: 1 }));
        }
    }
    before
}
