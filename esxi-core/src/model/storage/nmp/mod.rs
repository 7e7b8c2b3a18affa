//! `storage nmp` and `hpp`: which path to a device is taken.

mod rows;
mod satp;

use super::core::{maximum_io, plugin};
use super::disk::Disk;
use super::wording;
use crate::model::family::{Answer, Console, Reply};
use crate::model::grammar::Row;
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(super) static ROWS: &[Row] = rows::ROWS;

/// What was set of multipathing; what is not here is as the tables say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Multipathing {
    /// Path selection policies of devices, by the device's name.
    pub policies: BTreeMap<String, Policy>,
    /// Default policies of array types, by their names.
    pub defaults: BTreeMap<String, String>,
    /// Rules for array types that someone added.
    pub rules: Vec<SatpRule>,
}

/// Path selection policy of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// `VMW_PSP_FIXED`, `VMW_PSP_MRU` or `VMW_PSP_RR`.
    pub name: String,
    /// When round robin changes the path: `default`, `iops` or `bytes`.
    pub limit: String,
    /// Commands on one path.
    pub iops: u64,
    /// Bytes on one path.
    pub bytes: u64,
    /// Whether paths that are not optimised are taken too.
    pub use_unoptimised: bool,
    /// Path preferred by the fixed policy.
    pub preferred: Option<String>,
}

impl Policy {
    fn named(name: &str) -> Self {
        // Verified: 10485760 bytes and 1000 commands.
        let (limit, preferred) = ("default".to_owned(), None);
        Policy {
            name: name.to_owned(),
            limit,
            iops: 1000,
            bytes: 10_485_760,
            use_unoptimised: false,
            preferred,
        }
    }
}

/// A rule that gives devices an array type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SatpRule {
    /// The array type plug-in.
    pub satp: String,
    /// Device it is for.
    pub device: String,
    /// Vendor it is for.
    pub vendor: String,
    /// Model it is for.
    pub model: String,
    /// Driver it is for.
    pub driver: String,
    /// Transport it is for.
    pub transport: String,
    /// Options of the rule, such as `enable_ssd`.
    pub options: String,
    /// What the array must support.
    pub claim_options: String,
    /// Policy for what it takes.
    pub psp: String,
    /// Options of that policy.
    pub psp_options: String,
    /// Note.
    pub description: String,
}

/// The three policies (captured; the order of 5.0).
const POLICIES: [(&str, &str); 3] = [
    ("VMW_PSP_MRU", "Most Recently Used Path Selection"),
    ("VMW_PSP_RR", "Round Robin Path Selection"),
    ("VMW_PSP_FIXED", "Fixed Path Selection"),
];

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let path = call.row.path.strip_prefix("storage ")?;
    let machine = &mut *console.machine;
    Some(match path {
        "nmp device list" => devices(machine, call),
        "nmp device set" => set(machine, call),
        "nmp path list" => paths(machine, call),
        "nmp psp list" => {
            let row = |(name, description): (&'static str, &'static str)| {
                Structure::new("PathSelectionPolicy").with("Name", name).with("Description", description)
            };
            Ok(Answer::Value(Value::List(POLICIES.into_iter().map(row).collect())))
        }
        "nmp psp fixed deviceconfig get" => fixed(machine, call),
        "nmp psp fixed deviceconfig set" => set_fixed(machine, call),
        "nmp psp roundrobin deviceconfig get" => round_robin(machine, call),
        "nmp psp roundrobin deviceconfig set" => set_round_robin(machine, call),
        path if path.starts_with("nmp satp ") => return satp::run(machine, call),
        "hpp device list" => Ok(hpp_devices(machine, call)),
        "hpp path list" => Ok(hpp_paths(machine, call)),
        _ => return None,
    })
}

/// Disks that a plug-in has, as far as `--device` leaves them.
fn claimed<'a>(machine: &'a Machine, call: &Invocation, by: &str) -> Vec<&'a Disk> {
    let wanted = call.get("device");
    let disks = machine.storage.disks.iter().filter(|disk| plugin(disk, machine.state.version) == by);
    disks.filter(|disk| wanted.is_none_or(|name| disk.name == name || disk.vml() == name)).collect()
}

fn one<'a>(machine: &'a Machine, call: &Invocation) -> Result<&'a Disk, String> {
    let name = call.get("device").unwrap_or_default();
    // Verified of no release; a device of HPP is unknown to NMP.
    claimed(machine, call, "NMP").first().copied().ok_or_else(|| wording::no_device(name))
}

/// The policy in force: the one set, else the default of local disks.
fn policy(machine: &Machine, disk: &Disk) -> Policy {
    let paths = &machine.storage.multipathing;
    paths
        .policies
        .get(&disk.name)
        .cloned()
        .unwrap_or_else(|| Policy::named(&satp::default_policy(paths, satp::LOCAL)))
}

/// Verified (5.0, 6.0): labels, order, and the forms of round robin and of a plug-in without settings; that of
/// the fixed policy is believed.
fn devices(machine: &Machine, call: &Invocation) -> Reply {
    let usb = machine.state.version >= EsxiVersion::new(5, 1);
    let disks = claimed(machine, call, "NMP");
    if let (Some(name), true) = (call.get("device"), disks.is_empty()) {
        return Err(wording::no_device(name));
    }
    let row = |disk: &Disk| {
        let (policy, path) = (policy(machine, disk), disk.runtime_name());
        let config = match policy.name.as_str() {
            "VMW_PSP_RR" => format!(
                "{{policy={},iops={},bytes={},useANO={};lastPathIndex=0: NumIOsPending=0,numBytesPending=0}}",
                if policy.limit == "default" { "rr" } else { &policy.limit },
                policy.iops,
                policy.bytes,
                u8::from(policy.use_unoptimised)
            ),
            "VMW_PSP_FIXED" => {
                let preferred = policy.preferred.as_deref().unwrap_or(&path);
                format!("{{preferred={preferred};current={path}}}")
            }
            _ => format!("Current Path={path}"),
        };
        Structure::new("NmpDevice")
            .under(disk.name.clone())
            .hidden("Device", disk.name.as_str())
            .with("Device Display Name", disk.shown_name())
            .with("Storage Array Type", satp::LOCAL)
            .with(
                "Storage Array Type Device Config",
                format!("SATP {} does not support device configuration.", satp::LOCAL),
            )
            .with("Path Selection Policy", policy.name)
            .with("Path Selection Policy Device Config", config)
            .with("Path Selection Policy Device Custom Config", "")
            .with("Working Paths", path)
            .with_if(usb, "Is USB", disk.usb)
    };
    Ok(Answer::Value(Value::List(disks.into_iter().map(row).collect())))
}

/// Verified labels and order (4.x, 6.0).
fn paths(machine: &Machine, call: &Invocation) -> Reply {
    let found = super::core::chosen_paths(machine, call)?;
    let row = |(disk, _, uid): (&Disk, _, String)| {
        Structure::new("ScsiPath")
            .under(uid.clone())
            .hidden("Path", uid)
            .with("Runtime Name", disk.runtime_name())
            .with("Device", disk.name.as_str())
            .with("Device Display Name", disk.shown_name())
            .with("Group State", if disk.off { "unavailable" } else { "active" })
            .with("Array Priority", Value::Int(0))
            .with(
                "Storage Array Type Path Config",
                format!("SATP {} does not support path configuration.", satp::LOCAL),
            )
            .with("Path Selection Policy Path Config", "{current: yes; preferred: yes}")
    };
    let version = machine.state.version;
    let mine = found.into_iter().filter(|(disk, ..)| plugin(disk, version) == "NMP");
    Ok(Answer::Value(Value::List(mine.map(row).collect())))
}

fn set(machine: &mut Machine, call: &Invocation) -> Reply {
    let name = one(machine, call)?.name.clone();
    let policies = &mut machine.storage.multipathing.policies;
    if call.flag("default") {
        policies.remove(&name);
        return Ok(Answer::Done);
    }
    let psp = call.get("psp").ok_or_else(|| wording::one_of("-P|--psp, -E|--default"))?;
    if !POLICIES.iter().any(|(known, _)| *known == psp) {
        return Err(format!("Unknown path selection policy {psp}"));
    }
    policies.insert(name, Policy::named(psp));
    Ok(Answer::Done)
}

fn with_policy(
    machine: &Machine,
    call: &Invocation,
    wanted: &str,
) -> Result<(String, String, Policy), String> {
    let disk = one(machine, call)?;
    let policy = policy(machine, disk);
    if policy.name != wanted {
        return Err(format!("Device {} does not use the path selection policy {wanted}", disk.name));
    }
    Ok((disk.name.clone(), disk.runtime_name(), policy))
}

fn fixed(machine: &Machine, call: &Invocation) -> Reply {
    let (name, path, policy) = with_policy(machine, call, "VMW_PSP_FIXED")?;
    let configured = policy.preferred.unwrap_or_default();
    let preferred = if configured.is_empty() { path } else { configured.clone() };
    Ok(Answer::Value(Value::Struct(
        Structure::new("FixedDeviceConfiguration")
            .with("Device", name)
            .with("Preferred Path", preferred)
            .with("Configured Preferred Path", configured),
    )))
}

fn set_fixed(machine: &mut Machine, call: &Invocation) -> Reply {
    let (name, path, mut policy) = with_policy(machine, call, "VMW_PSP_FIXED")?;
    policy.preferred = match call.get("path") {
        _ if call.flag("default") => None,
        Some(wanted) if wanted == path => Some(path),
        Some(wanted) => return Err(wording::no_path(wanted)),
        None => return Err(wording::one_of("-p|--path, -d|--default")),
    };
    machine.storage.multipathing.policies.insert(name, policy);
    Ok(Answer::Done)
}

/// Verified (6.0): two captures.
fn round_robin(machine: &Machine, call: &Invocation) -> Reply {
    let (name, _, policy) = with_policy(machine, call, "VMW_PSP_RR")?;
    let int = |value: u64| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
    let limit = match policy.limit.as_str() {
        "iops" => "Iops",
        "bytes" => "Bytes",
        _ => "Default",
    };
    Ok(Answer::Value(Value::Struct(
        Structure::new("RoundRobinDeviceConfiguration")
            .with("Byte Limit", int(policy.bytes))
            .with("Device", name)
            .with("IOOperation Limit", int(policy.iops))
            .with("Limit Type", limit)
            .with("Use Active Unoptimized Paths", policy.use_unoptimised),
    )))
}

fn set_round_robin(machine: &mut Machine, call: &Invocation) -> Reply {
    let (name, _, mut policy) = with_policy(machine, call, "VMW_PSP_RR")?;
    let number = |option: &str| match call.get(option).map(str::parse::<u64>) {
        Some(Ok(value)) if value > 0 => Ok(Some(value)),
        None => Ok(None),
        _ => Err(format!("Invalid value of --{option}: it must be greater than 0")),
    };
    let (iops, bytes) = (number("iops")?, number("bytes")?);
    match call.get("type") {
        Some("iops") if iops.is_none() => return Err("Type iops needs --iops".to_owned()),
        Some("bytes") if bytes.is_none() => return Err("Type bytes needs --bytes".to_owned()),
        Some(limit) => policy.limit = limit.to_owned(),
        None if iops.is_some() || bytes.is_some() => {
            return Err("Both --iops and --bytes need --type".to_owned());
        }
        None => {}
    }
    policy.iops = iops.unwrap_or(policy.iops);
    policy.bytes = bytes.unwrap_or(policy.bytes);
    policy.use_unoptimised = call.bool("useano").unwrap_or(policy.use_unoptimised);
    machine.storage.multipathing.policies.insert(name, policy);
    Ok(Answer::Done)
}

/// Labels by VMware's manual for 7.0.
fn hpp_devices(machine: &Machine, call: &Invocation) -> Answer {
    let row = |disk: &&Disk| {
        let path = disk.runtime_name();
        Structure::new("HppDevice")
            .under(disk.name.clone())
            .hidden("Device", disk.name.as_str())
            .with("Device Display Name", disk.shown_name())
            .with("Path Selection Scheme", "FIXED")
            .with("Path Selection Scheme Config", "{preferred=none;}")
            .with("Current Path", path.as_str())
            .with("Working Path Set", path.as_str())
            .with("Is SSD", disk.ssd)
            .with("Is Local", true)
            .with("Paths", path.as_str())
            .with("Use ANO", false)
    };
    Answer::Value(Value::List(claimed(machine, call, "HPP").iter().map(row).collect()))
}

/// Labels by VMware's manual for 7.0.
fn hpp_paths(machine: &Machine, call: &Invocation) -> Answer {
    let row = |disk: &&Disk| {
        Structure::new("HppPath")
            .under(disk.runtime_name())
            .with("Runtime Name", disk.runtime_name())
            .with("Device", disk.name.as_str())
            .with("Device Display Name", disk.shown_name())
            .with("Path State", if disk.off { "off" } else { "active" })
            .with("Maximum IO Size", Value::Int(maximum_io(disk)))
    };
    Answer::Value(Value::List(claimed(machine, call, "HPP").iter().map(row).collect()))
}
