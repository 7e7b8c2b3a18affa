//! `storage core path` and `plugin`.

use super::adapter::{Adapter, adapters};
use super::device::plugin;
use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::disk::Disk;
use crate::model::storage::wording;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

/// Identifier of the only path to a disk (verified: 8.0.3).
pub(in crate::model::storage) fn uid(disk: &Disk, adapter: &Adapter) -> String {
    format!("{}-{}.0:{}-{}", adapter.uid, adapter.transport, disk.target, disk.name)
}

/// Largest transfer in bytes (verified: 8.0.3).
pub(in crate::model::storage) fn maximum_io(disk: &Disk) -> i64 {
    match (disk.nvme(), disk.usb) {
        (true, _) => 131_072,
        (_, true) => 32_768,
        _ => 33_554_432,
    }
}

/// Disks with their adapters, as far as `--device` and `--path` leave them.
pub(in crate::model::storage) fn chosen<'a>(
    machine: &'a Machine,
    call: &Invocation,
) -> Result<Vec<(&'a Disk, Adapter, String)>, String> {
    let disks = super::device::chosen(machine, call)?;
    let mut found = Vec::new();
    for disk in disks {
        let all = adapters(&machine.storage, machine.state.version);
        let Some(adapter) = all.into_iter().find(|adapter| adapter.name == disk.adapter) else { continue };
        let uid = uid(disk, &adapter);
        if call.get("path").is_none_or(|path| path == uid || path == disk.runtime_name()) {
            found.push((disk, adapter, uid));
        }
    }
    match call.get("path") {
        Some(path) if found.is_empty() => Err(wording::no_path(path)),
        _ => Ok(found),
    }
}

/// Verified (8.0.3); the controller and the largest transfer are of 7.0 and later (believed).
pub(super) fn list(machine: &Machine, call: &Invocation) -> Result<Vec<Structure>, String> {
    let version = machine.state.version;
    let new = version >= EsxiVersion::new(7, 0);
    let row = |(disk, adapter, uid): (&Disk, Adapter, String)| {
        let details = "Unavailable or path is unclaimed";
        Structure::new("ScsiPath")
            .under(uid.clone())
            .with("UID", uid)
            .with("Runtime Name", disk.runtime_name())
            .with("Device", disk.name.as_str())
            .with("Device Display Name", disk.shown_name())
            .with("Adapter", disk.adapter.as_str())
            .with_if(new, "Controller", controller(disk))
            .with("Channel", Value::Int(0))
            .with("Target", Value::Int(i64::from(disk.target)))
            .with("LUN", Value::Int(0))
            .with("Plugin", plugin(disk, version))
            .with("State", if disk.off { "off" } else { "active" })
            .with("Transport", adapter.transport)
            .with("Adapter Identifier", adapter.uid)
            .with("Target Identifier", format!("{}.0:{}", adapter.transport, disk.target))
            .with("Adapter Transport Details", details)
            .with("Target Transport Details", details)
            .with_if(version >= EsxiVersion::new(5, 1), "Maximum IO Size", Value::Int(maximum_io(disk)))
    };
    Ok(chosen(machine, call)?.into_iter().map(row).collect())
}

/// The NVMe controller by its qualified name: vendor number, model and serial number in fixed widths (verified).
fn controller(disk: &Disk) -> String {
    if !disk.nvme() {
        return "Not Applicable".to_owned();
    }
    let model: String = format!("{:<40}", disk.model).replace(' ', "_");
    format!("nqn.2014-08.org.nvmexpress_8086_{model}{}", disk.serial)
}

/// The only path to a local disk cannot be turned off while a volume on it is mounted.
pub(super) fn set(machine: &mut Machine, call: &Invocation) -> Reply {
    let (name, busy) = match chosen(machine, call)?.first() {
        Some((disk, ..)) => {
            let mounted = machine.storage.volumes.iter().filter(|volume| volume.mounted);
            let busy = mounted.flat_map(|volume| &volume.extents).any(|extent| extent.device == disk.name);
            (disk.name.clone(), busy)
        }
        None => return Err(wording::no_path(call.get("path").unwrap_or_default())),
    };
    let off = call.get("state") == Some("off");
    if off && busy {
        return Err(wording::sysinfo("Unable to set path state", "Busy"));
    }
    if let Some(disk) = machine.storage.disk_mut(&name) {
        disk.off = off;
    }
    Ok(Answer::Done)
}

/// Module, plug-in, class and what it needs (captured of 5.0; the order is the capture's). HPP is of 6.7 and later.
const PLUGINS: &[(&str, &str, &str, &str)] = &[
    ("mask_path_plugin", "MASK_PATH", "MP", ""),
    ("nmp", "NMP", "MP", ""),
    ("hpp", "HPP", "MP", ""),
    ("vmw_satp_symm", "VMW_SATP_SYMM", "SATP", ""),
    ("vmw_satp_svc", "VMW_SATP_SVC", "SATP", ""),
    ("vmw_satp_msa", "VMW_SATP_MSA", "SATP", ""),
    ("vmw_satp_lsi", "VMW_SATP_LSI", "SATP", ""),
    ("vmw_satp_inv", "VMW_SATP_INV", "SATP", "vmw_satp_lib_cx"),
    ("vmw_satp_eva", "VMW_SATP_EVA", "SATP", ""),
    ("vmw_satp_eql", "VMW_SATP_EQL", "SATP", ""),
    ("vmw_satp_cx", "VMW_SATP_CX", "SATP", "vmw_satp_lib_cx"),
    ("vmw_satp_alua_cx", "VMW_SATP_ALUA_CX", "SATP", "vmw_satp_alua,vmw_satp_lib_cx"),
    ("vmw_satp_lib_cx", "None", "SATP", ""),
    ("vmw_satp_alua", "VMW_SATP_ALUA", "SATP", ""),
    ("vmw_satp_default_ap", "VMW_SATP_DEFAULT_AP", "SATP", ""),
    ("vmw_satp_default_aa", "VMW_SATP_DEFAULT_AA", "SATP", ""),
    ("vmw_satp_local", "VMW_SATP_LOCAL", "SATP", ""),
    ("vmw_psp_lib", "None", "PSP", ""),
    ("vmw_psp_mru", "VMW_PSP_MRU", "PSP", "vmw_psp_lib"),
    ("vmw_psp_rr", "VMW_PSP_RR", "PSP", "vmw_psp_lib"),
    ("vmw_psp_fixed", "VMW_PSP_FIXED", "PSP", "vmw_psp_lib"),
    ("vmw_vaaip_emc", "None", "VAAI", ""),
    ("vmw_vaaip_mask", "VMW_VAAIP_MASK", "VAAI", ""),
    ("vmw_vaaip_symm", "VMW_VAAIP_SYMM", "VAAI", "vmw_vaaip_emc"),
    ("vmw_vaaip_netapp", "VMW_VAAIP_NETAPP", "VAAI", ""),
    ("vmw_vaaip_lhn", "VMW_VAAIP_LHN", "VAAI", ""),
    ("vmw_vaaip_hds", "VMW_VAAIP_HDS", "VAAI", ""),
    ("vmw_vaaip_eql", "VMW_VAAIP_EQL", "VAAI", ""),
    ("vmw_vaaip_cx", "VMW_VAAIP_CX", "VAAI", "vmw_vaaip_emc,vmw_satp_lib_cx"),
    ("vaai_filter", "VAAI_FILTER", "Filter", ""),
];

pub(super) fn registrations(machine: &Machine, call: &Invocation) -> Vec<Structure> {
    let hpp = machine.state.version >= EsxiVersion::new(6, 7);
    let wanted = |plugin: &&(&str, &str, &str, &str)| {
        (hpp || plugin.0 != "hpp")
            && call.get("plugin-class").is_none_or(|class| class == plugin.2)
            && call.get("module-name").is_none_or(|module| module == plugin.0)
    };
    let row = |(module, name, class, needs): &(&'static str, &'static str, &'static str, &'static str)| {
        Structure::new("RegisteredModuleList")
            .with("Module Name", *module)
            .with("Plugin Name", *name)
            .with("Plugin Class", *class)
            .with("Dependencies", *needs)
            .with("Full Path", "")
    };
    PLUGINS.iter().filter(wanted).map(row).collect()
}

/// Loaded plug-ins: those that a host with local disks only has (believed).
pub(super) fn plugins(call: &Invocation) -> Vec<Structure> {
    let loaded =
        [("NMP", "MP"), ("VMW_SATP_LOCAL", "SATP"), ("VMW_PSP_FIXED", "PSP"), ("VAAI_FILTER", "Filter")];
    let wanted = |plugin: &&(&str, &str)| call.get("plugin-class").is_none_or(|class| class == plugin.1);
    let row = |(name, class): &(&'static str, &'static str)| {
        Structure::new("PsaPlugin").with("Plugin name", *name).with("Plugin class", *class)
    };
    loaded.iter().filter(wanted).map(row).collect()
}
