//! `storage core adapter`.

use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::Storage;
use crate::model::storage::disk::Disk;
use crate::model::storage::wording;
use crate::model::value::Structure;
use crate::version::EsxiVersion;

/// A storage adapter as lists show it.
pub(in crate::model::storage) struct Adapter {
    pub name: String,
    pub driver: &'static str,
    pub uid: String,
    pub state: &'static str,
    pub description: String,
    /// Bus word of its paths.
    pub transport: &'static str,
}

/// What a bus offers: `(transport, driver from 6.5, driver before, PCI address, its spelling before 6.5, maker and
/// model)`. Of the drivers, `vmw_ahci`, `ahci`, `nvme_pcie` and `vmkusb` are verified by VIB lists.
type Bus = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);
const SATA: Bus = (
    "sata",
    "vmw_ahci",
    "ahci",
    "0000:00:17.0",
    "0:0:23.0",
    "Intel Corporation Lewisburg SATA AHCI Controller",
);
const NVME: Bus = ("pcie", "nvme_pcie", "nvme", "0000:d8:00.0", "0:216:0.0", "NVMe Storage Controller");
const USB: Bus = ("usb", "vmkusb", "usb-storage", "", "", "USB Storage Controller");
const SCSI: Bus =
    ("sas", "lsi_mr3", "megaraid_sas", "0000:18:00.0", "0:24:0.0", "Avago MegaRAID SAS Invader Controller");
const VIRTUAL: Bus =
    ("pscsi", "pvscsi", "pvscsi", "0000:02:00.0", "0:2:0.0", "VMware Inc. PVSCSI SCSI Controller");

fn bus(disk: &Disk) -> Bus {
    match disk.vendor.trim() {
        _ if disk.usb => USB,
        "ATA" => SATA,
        "NVMe" => NVME,
        "VMware" => VIRTUAL,
        _ => SCSI,
    }
}

/// An adapter that is a PCI device.
pub(in crate::model) struct Controller {
    pub name: String,
    pub driver: &'static str,
    pub transport: &'static str,
    pub address: &'static str,
    pub model: &'static str,
}

/// Adapters of the disks as far as they are PCI devices.
pub(in crate::model) fn controllers(storage: &Storage, version: EsxiVersion) -> Vec<Controller> {
    let mut found: Vec<Controller> = Vec::new();
    for disk in &storage.disks {
        let (transport, driver, old_driver, address, _, model) = bus(disk);
        if address.is_empty() || found.iter().any(|other| other.name == disk.adapter) {
            continue;
        }
        let driver = if version >= EsxiVersion::new(6, 5) { driver } else { old_driver };
        found.push(Controller { name: disk.adapter.clone(), driver, transport, address, model });
    }
    found
}

/// Every adapter: those of the disks, and that of software iSCSI.
pub(in crate::model::storage) fn adapters(storage: &Storage, version: EsxiVersion) -> Vec<Adapter> {
    let mut found: Vec<Adapter> = Vec::new();
    for disk in &storage.disks {
        if found.iter().any(|adapter| adapter.name == disk.adapter) {
            continue;
        }
        let (transport, driver, old_driver, address, old_address, model) = bus(disk);
        let new = version >= EsxiVersion::new(6, 5);
        let place = if new { address } else { old_address };
        let uid = if transport == "pcie" {
            format!("pcie.{}", address.get(5..7).unwrap_or_default())
        } else {
            format!("{transport}.{}", disk.adapter)
        };
        found.push(Adapter {
            name: disk.adapter.clone(),
            driver: if new { driver } else { old_driver },
            uid,
            state: "link-n/a",
            description: if place.is_empty() { format!("() {model}") } else { format!("({place}) {model}") },
            transport,
        });
    }
    if let Some(iscsi) = &storage.iscsi {
        found.push(Adapter {
            name: iscsi.adapter.clone(),
            driver: "iscsi_vmk",
            uid: iscsi.name.clone(),
            state: "online",
            description: "iSCSI Software Adapter".to_owned(),
            transport: "iscsi",
        });
    }
    found
}

/// Verified (9.0); that 5.0 lacks a column is in its index.
pub(super) fn list(machine: &Machine) -> Vec<Structure> {
    let version = machine.state.version;
    let row = |adapter: Adapter| {
        Structure::new("ScsiAdapter")
            .with("HBA Name", adapter.name)
            .with("Driver", adapter.driver)
            .with("Link State", adapter.state)
            .with("UID", adapter.uid)
            .with_if(version >= EsxiVersion::new(5, 1), "Capabilities", "")
            .with("Description", adapter.description)
    };
    adapters(&machine.storage, version).into_iter().map(row).collect()
}

/// The adapters that a command is about.
pub(super) fn chosen(machine: &Machine, call: &Invocation) -> Result<Vec<Adapter>, String> {
    let all = adapters(&machine.storage, machine.state.version);
    let Some(name) = call.get("adapter") else { return Ok(all) };
    let found: Vec<Adapter> = all.into_iter().filter(|adapter| adapter.name == name).collect();
    if found.is_empty() { Err(wording::no_adapter(name)) } else { Ok(found) }
}

/// Columns are believed.
pub(super) fn devices(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let names = chosen(machine, call)?;
    let disks = machine.storage.disks.iter();
    let on = disks.filter(|disk| names.iter().any(|adapter| adapter.name == disk.adapter));
    let row = |disk: &Disk| {
        Structure::new("ScsiAdapterDevice")
            .with("HBA", disk.adapter.as_str())
            .with("Device UID", disk.name.as_str())
    };
    Ok(on.map(row).collect())
}

/// Columns are believed; no adapter of the model has any.
pub(super) fn capabilities(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let row = |adapter: Adapter| {
        Structure::new("ScsiAdapterCapabilities").with("HBA", adapter.name).with("Capabilities", "")
    };
    Ok(chosen(machine, call)?.into_iter().map(row).collect())
}

/// Silent (verified: 9.0). A rescan mounts what lies on the disks and is not mounted by hand.
pub(super) fn rescan(machine: &mut Machine, call: &Invocation) -> Reply {
    let ways = [call.get("adapter").is_some(), call.flag("all")];
    match ways {
        [true, true] => return Err("Only one of --adapter and --all can be given".to_owned()),
        [false, false] => return Err(wording::one_of("-A|--adapter, -a|--all")),
        _ => {}
    }
    chosen(machine, call)?;
    machine.storage.rescan();
    Ok(Answer::Done)
}
