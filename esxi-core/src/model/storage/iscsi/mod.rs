//! `iscsi`: the software initiator, whom it asks, and which vmkernel adapters it uses.
//!
//! The simulated network has no iSCSI target: what is configured stays, and nothing is found.

mod portal;
mod rows;

use super::{Storage, wording};
use crate::model::family::{Answer, Console, Reply};
use crate::model::grammar::Row;
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(super) static ROWS: &[Row] = rows::ROWS;

/// The software initiator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Iscsi {
    /// Name of its adapter.
    pub adapter: String,
    /// Its own name: `iqn.1998-01.com.vmware:…`.
    pub name: String,
    /// Alias.
    pub alias: String,
    /// vmkernel adapters bound to it.
    pub portals: Vec<String>,
    /// Servers asked for targets: `192.0.2.1:3260`.
    pub send_targets: Vec<String>,
    /// Targets named by hand: address and name.
    pub static_targets: Vec<(String, String)>,
    /// CHAP by direction, `uni` or `mutual`.
    pub chap: BTreeMap<String, Chap>,
}

/// CHAP in one direction. The secret itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chap {
    /// Name to prove.
    pub name: String,
    /// `prohibited`, `discouraged`, `preferred` or `required`.
    pub level: String,
    /// Whether a secret was set.
    pub has_secret: bool,
}

/// Name of the software adapter: the first free number of its range (64 from 6.5 on, verified: 7.0 and 8.0; 33
/// before, verified: 5.x with one adapter of USB).
fn adapter_name(version: EsxiVersion) -> &'static str {
    if version >= EsxiVersion::new(6, 5) { "vmhba64" } else { "vmhba33" }
}

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let path = call.row.path.strip_prefix("iscsi ")?;
    let machine = &mut *console.machine;
    Some(match path {
        "software get" => Ok(Answer::Value(Value::Bool(machine.storage.iscsi.is_some()))),
        "software set" => Ok(said(switch(machine, call))),
        "adapter list" => rows(machine, call, |iscsi| vec![row(iscsi)]),
        "adapter get" => one(machine, call).map(|iscsi| Answer::Value(Value::List(vec![details(iscsi)]))),
        "adapter set" => set(machine, call),
        "adapter auth chap get" => chap(machine, call),
        "adapter auth chap set" => set_chap(machine, call),
        // Verified (5.x).
        "adapter discovery rediscover" => one(machine, call).map(|_| said("Rediscovery started")),
        // Believed.
        "adapter discovery status get" => one(machine, call).map(|_| said("Discovery is not in progress")),
        "adapter discovery sendtarget list" => rows(machine, call, servers),
        "adapter discovery sendtarget add" => add_server(machine, call),
        "adapter discovery sendtarget remove" => remove_server(machine, call),
        "adapter discovery statictarget list" => rows(machine, call, targets),
        "adapter discovery statictarget add" => add_target(machine, call),
        "adapter discovery statictarget remove" => remove_target(machine, call),
        // There is no target to be found.
        "adapter target list" | "adapter target portal list" | "session list" => {
            rows(machine, call, |_| Vec::new())
        }
        "session add" | "session remove" => one(machine, call).and_then(|_| no_session(call)),
        path => return portal::run(machine, path, call),
    })
}

fn said(text: &str) -> Answer {
    Answer::Value(Value::Str(text.to_owned()))
}

/// Believed.
fn no_session(call: &Invocation) -> Reply {
    match call.get("name") {
        Some(target) => Err(format!("Unable to find target {target}")),
        None => Err("No targets were found".to_owned()),
    }
}

/// Says what it did (verified: 7.0 for switching on). Switching off forgets what was configured (believed).
fn switch(machine: &mut Machine, call: &Invocation) -> &'static str {
    if call.bool("enabled") != Some(true) {
        enable(machine, false);
        return "Software iSCSI Disabled";
    }
    enable(machine, true);
    if let (Some(name), Some(iscsi)) = (call.get("name"), &mut machine.storage.iscsi) {
        name.clone_into(&mut iscsi.name);
    }
    "Software iSCSI Enabled"
}

/// The adapter that `--adapter` names.
fn one<'a>(machine: &'a Machine, call: &Invocation) -> Result<&'a Iscsi, String> {
    let name = call.get("adapter").unwrap_or_default();
    let found = machine.storage.iscsi.as_ref().filter(|iscsi| iscsi.adapter == name);
    found.ok_or_else(|| wording::no_adapter(name))
}

fn one_mut<'a>(storage: &'a mut Storage, call: &Invocation) -> Result<&'a mut Iscsi, String> {
    let name = call.get("adapter").unwrap_or_default();
    let found = storage.iscsi.as_mut().filter(|iscsi| iscsi.adapter == name);
    found.ok_or_else(|| wording::no_adapter(name))
}

/// A list of what the adapters have that `--adapter` leaves.
fn rows(machine: &Machine, call: &Invocation, of: impl Fn(&Iscsi) -> Vec<Structure>) -> Reply {
    let iscsi = match call.get("adapter") {
        Some(_) => Some(one(machine, call)?),
        None => machine.storage.iscsi.as_ref(),
    };
    Ok(Answer::Value(Value::List(iscsi.map(of).unwrap_or_default())))
}

/// Verified (5.x).
fn row(iscsi: &Iscsi) -> Structure {
    Structure::new("iScsiAdapter")
        .with("Adapter", iscsi.adapter.as_str())
        .with("Driver", "iscsi_vmk")
        .with("State", "online")
        .with("UID", format!("iscsi.{}", iscsi.adapter))
        .with("Description", "iSCSI Software Adapter")
}

/// Labels and order by VMware's manual; readers of `Name:` are known.
fn details(iscsi: &Iscsi) -> Structure {
    let mut structure = Structure::new("AdapterInfo")
        .under(iscsi.adapter.clone())
        .hidden("ID", iscsi.adapter.as_str())
        .with("Name", iscsi.name.as_str())
        .with("Alias", iscsi.alias.as_str())
        .with("Vendor", "VMware")
        .with("Model", "iSCSI Software Adapter")
        .with("Description", "VMware iSCSI Software Initiator");
    for label in
        ["Serial Number", "Hardware Version", "Asic Version", "Firmware Version", "Option Rom Version"]
    {
        structure = structure.with(label, "");
    }
    structure
        .with("Driver Name", format!("iscsi_vmk-{}", iscsi.adapter))
        .with("Driver Version", "")
        .with("TCP Protocol Supported", false)
        .with("Bidirectional Transfers Supported", false)
        .with("Maximum Cdb Length", Value::Int(64))
        .with("Can Be NIC", false)
        .with("Is NIC", false)
        .with("Is Initiator", true)
        .with("Is Target", false)
        .with("Using TCP Offload Engine", false)
        .with("Using ISCSI Offload Engine", false)
}

fn set(machine: &mut Machine, call: &Invocation) -> Reply {
    let iscsi = one_mut(&mut machine.storage, call)?;
    if let Some(name) = call.get("name") {
        // Names are `iqn.`, `eui.` or `naa.` (RFC 3720 and 3980); the sentence is believed.
        if !["iqn.", "eui.", "naa."].iter().any(|prefix| name.starts_with(prefix)) || name.len() > 223 {
            return Err(format!("Invalid iSCSI name: {name}"));
        }
        name.clone_into(&mut iscsi.name);
    }
    if let Some(alias) = call.get("alias") {
        alias.clone_into(&mut iscsi.alias);
    }
    Ok(Answer::Done)
}

/// Columns by the index of 5.0.
fn chap(machine: &Machine, call: &Invocation) -> Reply {
    let iscsi = one(machine, call)?;
    let wanted = call.get("direction");
    let row = |direction: &str| {
        let chap = iscsi.chap.get(direction).cloned().unwrap_or_default();
        Structure::new("AdapterChapAuth")
            .with("Adapter", iscsi.adapter.as_str())
            .with("Direction", direction)
            .with("Name", chap.name)
            .with("Level", if chap.level.is_empty() { "prohibited".to_owned() } else { chap.level })
    };
    let directions = ["mutual", "uni"].into_iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name));
    Ok(Answer::Value(Value::List(directions.map(row).collect())))
}

/// The secret is looked at and forgotten.
fn set_chap(machine: &mut Machine, call: &Invocation) -> Reply {
    let direction = call.get("direction").unwrap_or("uni").to_owned();
    let iscsi = one_mut(&mut machine.storage, call)?;
    if call.flag("default") {
        iscsi.chap.remove(&direction);
        return Ok(Answer::Done);
    }
    let mut chap = iscsi.chap.get(&direction).cloned().unwrap_or_default();
    if let Some(name) = call.get("authname") {
        name.clone_into(&mut chap.name);
    }
    if let Some(level) = call.get("level") {
        level.clone_into(&mut chap.level);
    }
    if let Some(secret) = call.get("secret") {
        if secret.is_empty() {
            return Err("The secret must not be empty".to_owned());
        }
        chap.has_secret = true;
    }
    let strict = !matches!(chap.level.as_str(), "" | "prohibited");
    if strict && (chap.name.is_empty() || !chap.has_secret) {
        return Err(format!("Level {} needs --authname and --secret", chap.level));
    }
    iscsi.chap.insert(direction, chap);
    Ok(Answer::Done)
}

/// Verified (5.0, 7.0).
fn servers(iscsi: &Iscsi) -> Vec<Structure> {
    let row = |server: &String| {
        Structure::new("Sendtarget")
            .with("Adapter", iscsi.adapter.as_str())
            .with("Sendtarget", server.as_str())
    };
    iscsi.send_targets.iter().map(row).collect()
}

/// Columns by the index of 5.0.
fn targets(iscsi: &Iscsi) -> Vec<Structure> {
    let row = |(address, name): &(String, String)| {
        Structure::new("Statictarget")
            .with("Adapter", iscsi.adapter.as_str())
            .with("Target Address", address.as_str())
            .with("Target Name", name.as_str())
            .with("Boot", false)
            .hidden("TPGT", Value::Int(-1))
    };
    iscsi.static_targets.iter().map(row).collect()
}

/// An address gets port 3260 where it has none (verified: lists show one always).
fn with_port(address: &str) -> String {
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']')) => {
            (host, port)
        }
        _ => (address, "3260"),
    };
    format!("{host}:{port}")
}

fn address(call: &Invocation) -> Result<String, String> {
    let given = call.get("address").unwrap_or_default();
    if given.is_empty() || given.starts_with(':') || given.contains(char::is_whitespace) {
        return Err(format!("Invalid address: {given}"));
    }
    Ok(with_port(given))
}

fn add_server(machine: &mut Machine, call: &Invocation) -> Reply {
    let address = address(call)?;
    let iscsi = one_mut(&mut machine.storage, call)?;
    if iscsi.send_targets.contains(&address) {
        return Err(format!("Send target {address} already exists"));
    }
    iscsi.send_targets.push(address);
    Ok(Answer::Done)
}

fn remove_server(machine: &mut Machine, call: &Invocation) -> Reply {
    let address = address(call)?;
    let iscsi = one_mut(&mut machine.storage, call)?;
    let before = iscsi.send_targets.len();
    iscsi.send_targets.retain(|server| *server != address);
    if iscsi.send_targets.len() == before {
        Err(format!("Send target {address} not found"))
    } else {
        Ok(Answer::Done)
    }
}

fn add_target(machine: &mut Machine, call: &Invocation) -> Reply {
    let target = (address(call)?, call.get("name").unwrap_or_default().to_owned());
    let iscsi = one_mut(&mut machine.storage, call)?;
    if iscsi.static_targets.contains(&target) {
        return Err(format!("Static target {} already exists", target.1));
    }
    iscsi.static_targets.push(target);
    Ok(Answer::Done)
}

fn remove_target(machine: &mut Machine, call: &Invocation) -> Reply {
    let target = (address(call)?, call.get("name").unwrap_or_default().to_owned());
    let iscsi = one_mut(&mut machine.storage, call)?;
    let before = iscsi.static_targets.len();
    iscsi.static_targets.retain(|other| *other != target);
    if iscsi.static_targets.len() == before {
        Err(format!("Static target {} not found", target.1))
    } else {
        Ok(Answer::Done)
    }
}

/// Switches the software initiator on or off, as the older tool does.
pub(super) fn enable(machine: &mut Machine, on: bool) {
    if !on {
        machine.storage.iscsi = None;
    } else if machine.storage.iscsi.is_none() {
        machine.storage.iscsi = Some(fresh(machine));
    }
}

fn fresh(machine: &Machine) -> Iscsi {
    let tail = super::hash(&machine.fqdn(), 0) & 0xffff_ffff;
    Iscsi {
        adapter: adapter_name(machine.state.version).to_owned(),
        name: format!("iqn.1998-01.com.vmware:{}-{tail:08x}", machine.hostname),
        alias: String::new(),
        portals: Vec::new(),
        send_targets: Vec::new(),
        static_targets: Vec::new(),
        chap: BTreeMap::new(),
    }
}
