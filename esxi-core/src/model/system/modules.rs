//! Kernel modules: a modest list by release, whether they are loaded and enabled, and their parameters.
//!
//! The names are those of VMware's image profiles; which of them a fresh host has loaded, versions and licences are
//! believed. The driver of every card of the host counts as loaded.

use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a host has changed of a module.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModuleChange {
    /// Whether it is loaded with the host.
    pub enabled: Option<bool>,
    /// Whether it is loaded now.
    pub loaded: Option<bool>,
    /// Parameters from the next boot on.
    pub parameters: BTreeMap<String, String>,
}

struct Module {
    name: &'static str,
    loaded: bool,
    since: (u8, u8),
    /// First release without it.
    until: (u8, u8),
    parameters: &'static [(&'static str, &'static str, &'static str)],
}

const ALWAYS: (u8, u8) = (255, 0);

const fn module(name: &'static str, loaded: bool, since: (u8, u8), until: (u8, u8)) -> Module {
    Module { name, loaded, since, until, parameters: &[] }
}

const fn with(
    name: &'static str,
    since: (u8, u8),
    until: (u8, u8),
    parameters: &'static [(&'static str, &'static str, &'static str)],
) -> Module {
    Module { name, loaded: false, since, until, parameters }
}

const MAX_VFS: (&str, &str, &str) = ("max_vfs", "array of int", "Virtual functions per port.");
const RSS: (&str, &str, &str) = ("RSS", "array of int", "Queues that receiving is spread over.");
const LRO: (&str, &str, &str) = ("LRO", "array of int", "Put received segments together: 1 is yes.");

static MODULES: &[Module] = &[
    module("ahci", false, (5, 0), (7, 0)),
    module("ata_piix", false, (5, 0), (7, 0)),
    module("atlantic", false, (7, 0), ALWAYS),
    with("bnx2", (5, 0), (7, 0), &[("disable_msi", "int", "Use no message-signalled interrupts.")]),
    with("bnx2x", (5, 0), (7, 0), &[("num_queues", "int", "Queues.")]),
    with("bnxtnet", (6, 5), ALWAYS, &[MAX_VFS, RSS]),
    module("bnxtroce", false, (6, 7), ALWAYS),
    module("brcmfcoe", false, (6, 0), ALWAYS),
    module("cdp", true, (5, 0), ALWAYS),
    module("chardevs", true, (5, 0), ALWAYS),
    module("cnic", false, (5, 0), (7, 0)),
    module("cswitch", true, (6, 7), ALWAYS),
    module("dell_ptemp", false, (8, 0), ALWAYS),
    module("deltadisk", true, (5, 0), ALWAYS),
    module("dvfilter", true, (5, 0), ALWAYS),
    with("e1000", (5, 0), (7, 0), &[("RxDescriptors", "array of int", "Receive descriptors.")]),
    with("e1000e", (5, 0), (7, 0), &[("IntMode", "array of int", "Kind of interrupts.")]),
    with("elxnet", (5, 5), ALWAYS, &[MAX_VFS]),
    module("esxfw", true, (5, 0), ALWAYS),
    module("etherswitch", true, (5, 0), ALWAYS),
    module("fdm", false, (5, 0), ALWAYS),
    module("filedriver", true, (5, 0), ALWAYS),
    module("hid", true, (5, 0), (7, 0)),
    module("hpsa", false, (5, 0), (7, 0)),
    with("i40en", (6, 5), ALWAYS, &[MAX_VFS, RSS]),
    with("icen", (7, 0), ALWAYS, &[MAX_VFS, RSS]),
    with("igb", (5, 0), (7, 0), &[("max_vfs", "array of int", "Virtual functions per port.")]),
    with("igbn", (5, 5), ALWAYS, &[("NumQPs", "int", "Pairs of queues.")]),
    module("iodm", false, (5, 1), ALWAYS),
    module("ipmi_devintf", true, (5, 0), (6, 5)),
    module("ipmi_msghandler", true, (5, 0), (6, 5)),
    module("ipmi_si_drv", true, (5, 0), (6, 5)),
    module("ipmi", true, (6, 5), ALWAYS),
    module("irdman", false, (7, 0), ALWAYS),
    with("iscsi_vmk", (5, 0), ALWAYS, &[("iscsivmk_LunQDepth", "int", "Requests at a LUN.")]),
    module("iscsi_trans", false, (5, 0), ALWAYS),
    with("iser", (6, 7), ALWAYS, &[("debug", "int", "How much it logs.")]),
    with("ixgbe", (5, 0), (7, 0), &[LRO, RSS, MAX_VFS]),
    with("ixgben", (6, 5), ALWAYS, &[MAX_VFS, RSS]),
    module("lacp", false, (5, 1), ALWAYS),
    module("lfHelper", true, (5, 0), ALWAYS),
    with("lpfc", (5, 5), ALWAYS, &[("lpfc_lun_queue_depth", "int", "Requests at a LUN.")]),
    module("lsi_mr3", false, (5, 5), ALWAYS),
    module("lsi_msgpt2", false, (6, 0), ALWAYS),
    module("lsi_msgpt3", false, (5, 5), ALWAYS),
    module("lsi_msgpt35", false, (6, 5), ALWAYS),
    module("lvmdriver", true, (5, 0), ALWAYS),
    module("megaraid_sas", false, (5, 0), (7, 0)),
    module("migrate", true, (5, 0), ALWAYS),
    module("mpt2sas", false, (5, 0), (7, 0)),
    module("mptsas", false, (5, 0), (7, 0)),
    module("mptspi", false, (5, 0), (7, 0)),
    module("ne1000", false, (6, 5), ALWAYS),
    module("nenic", false, (6, 5), ALWAYS),
    module("netioc", true, (5, 5), ALWAYS),
    module("netdma", true, (5, 0), (6, 5)),
    module("nfnic", false, (6, 5), ALWAYS),
    module("nfsclient", true, (5, 0), ALWAYS),
    module("nfs41client", true, (6, 0), ALWAYS),
    module("nhpsa", false, (6, 0), ALWAYS),
    with("nmlx4_core", (5, 5), (8, 0), &[MAX_VFS]),
    module("nmlx4_en", false, (5, 5), (8, 0)),
    with("nmlx5_core", (6, 0), ALWAYS, &[MAX_VFS, RSS]),
    module("nmlx5_rdma", false, (6, 5), ALWAYS),
    module("ntg3", false, (6, 0), ALWAYS),
    module("nvme", false, (5, 5), (7, 0)),
    module("nvme_pcie", false, (7, 0), ALWAYS),
    module("nvmerdma", false, (7, 0), ALWAYS),
    module("nvmetcp", false, (7, 0), ALWAYS),
    module("nvmxnet3", false, (6, 5), ALWAYS),
    module("ping", true, (5, 0), ALWAYS),
    module("procfs", true, (5, 0), ALWAYS),
    module("pvscsi", false, (6, 5), ALWAYS),
    module("qcnic", false, (6, 5), ALWAYS),
    with("qedentv", (6, 5), ALWAYS, &[MAX_VFS]),
    module("qfle3", false, (6, 5), ALWAYS),
    with("qlnativefc", (5, 5), ALWAYS, &[("ql2xmaxqdepth", "int", "Requests at a LUN.")]),
    module("random", true, (5, 0), ALWAYS),
    module("rste", false, (5, 5), (7, 0)),
    module("sfcn", false, (6, 7), ALWAYS),
    module("smartpqi", false, (6, 5), ALWAYS),
    module("sunrpc", true, (5, 0), ALWAYS),
    module("tcpip3", true, (5, 0), (5, 5)),
    Module { loaded: true, ..with("tcpip4", (5, 5), ALWAYS, &[("ipv6", "int", "IPv6: 1 is on.")]) },
    module("tg3", false, (5, 0), (7, 0)),
    module("tpm", false, (5, 0), ALWAYS),
    module("tracing", true, (5, 0), ALWAYS),
    module("umem", true, (5, 0), ALWAYS),
    module("usb", true, (5, 0), (7, 0)),
    module("usb-storage", false, (5, 0), (7, 0)),
    module("vfat", true, (5, 0), ALWAYS),
    module("vflash", true, (5, 5), (8, 0)),
    module("vmci", true, (5, 0), ALWAYS),
    module("vmfs3", true, (5, 0), ALWAYS),
    module("vmfs5", true, (5, 0), (5, 1)),
    module("vmkapei", true, (5, 0), ALWAYS),
    module("vmkapi_v2_1_0_0_vmkernel_shim", true, (5, 1), (7, 0)),
    module("vmkata", false, (6, 0), ALWAYS),
    module("vmkernel", true, (5, 0), ALWAYS),
    with("vmkfbft", (7, 0), ALWAYS, &[]),
    module("vmklinux_9", true, (5, 0), (7, 0)),
    module("vmkplexer", true, (5, 0), ALWAYS),
    with("vmkusb", (6, 5), ALWAYS, &[("usbCdromPassthroughEnabled", "bool", "Hand drives on to guests.")]),
    with(
        "vmkusb_nic_fling",
        (6, 7),
        ALWAYS,
        &[("usbBusFullScanOnBootEnabled", "bool", "Look at the whole bus while booting.")],
    ),
    with("vmw_ahci", (6, 5), ALWAYS, &[("dword_enable", "uint", "Read configuration by words.")]),
    module("vmw_psp_fixed", true, (5, 0), ALWAYS),
    module("vmw_psp_lib", true, (5, 0), ALWAYS),
    module("vmw_psp_mru", true, (5, 0), ALWAYS),
    module("vmw_psp_rr", true, (5, 0), ALWAYS),
    module("vmw_satp_alua", true, (5, 0), ALWAYS),
    module("vmw_satp_default_aa", true, (5, 0), ALWAYS),
    module("vmw_satp_local", true, (5, 0), ALWAYS),
    module("vmxnet3", false, (5, 0), (6, 5)),
    module("vprobe", true, (5, 0), ALWAYS),
    module("vrdma", false, (6, 5), ALWAYS),
    module("vsanutil", true, (5, 5), ALWAYS),
    module("xhci", false, (5, 5), (6, 5)),
];

/// What is known of a module on this host.
struct Known {
    name: String,
    loaded: bool,
    enabled: bool,
    table: Option<&'static Module>,
}

/// Fling drivers are only there once their VIB is; the table knows them for their parameters.
fn known(machine: &Machine) -> Vec<Known> {
    let version = machine.state.version;
    let release = |(major, minor): (u8, u8)| EsxiVersion::new(major, minor);
    let drivers: Vec<&str> = machine.state.nics.values().map(|nic| nic.driver.as_str()).collect();
    let mut list: Vec<Known> = MODULES
        .iter()
        .filter(|module| version >= release(module.since) && version < release(module.until))
        .map(|module| Known {
            name: module.name.to_owned(),
            loaded: module.loaded || drivers.contains(&module.name),
            enabled: true,
            table: Some(module),
        })
        .collect();
    for driver in drivers {
        if !driver.is_empty() && !list.iter().any(|module| module.name == driver) {
            list.push(Known { name: driver.to_owned(), loaded: true, enabled: true, table: None });
        }
    }
    for module in &mut list {
        if let Some(change) = machine.system.modules.get(&module.name) {
            module.enabled = change.enabled.unwrap_or(module.enabled);
            module.loaded = change.loaded.unwrap_or(module.loaded);
        }
    }
    // A capture shows them in the order in which they were loaded; here it is the name.
    list.sort_by(|a, b| a.name.cmp(&b.name));
    list
}

fn find(machine: &Machine, call: &Invocation) -> Result<Known, String> {
    let name = call.get("module").unwrap_or_default();
    let found = known(machine).into_iter().find(|module| module.name == name);
    // Believed.
    found.ok_or_else(|| format!("Unable to find module {name}"))
}

pub(super) fn run(machine: &mut Machine, call: &Invocation) -> Option<Reply> {
    let done = |result: Result<(), String>| result.map(|()| Answer::Done);
    Some(match call.row.path.strip_prefix("system module ")? {
        "list" => Ok(Answer::Value(list(machine, call))),
        "get" => find(machine, call).map(|module| Answer::Value(details(machine, &module))),
        "load" => done(load(machine, call)),
        "set" => done(enable(machine, call)),
        "parameters list" => find(machine, call).map(|module| Answer::Value(parameters(machine, &module))),
        "parameters set" => done(set_parameters(machine, call)),
        _ => return None,
    })
}

/// Field names verified (index of 5.0); the labels with their blanks are believed.
fn list(machine: &Machine, call: &Invocation) -> Value {
    let fits = |option: &str, has: bool| call.bool(option).is_none_or(|wanted| wanted == has);
    let rows = known(machine)
        .into_iter()
        .filter(|module| fits("enabled", module.enabled) && fits("loaded", module.loaded))
        .map(|module| {
            Structure::new("Module")
                .with("Name", module.name)
                .with("Is Loaded", module.loaded)
                .with("Is Enabled", module.enabled)
        })
        .collect();
    Value::List(rows)
}

/// Field names verified (index of 5.0); the values but the module's name are believed.
fn details(machine: &Machine, module: &Known) -> Value {
    let version = super::number(machine.state.version);
    let file = format!("/usr/lib/vmware/vmkmod/{}", module.name);
    Value::Struct(
        Structure::new("ModuleDetails")
            .with("Module", module.name.as_str())
            .with("Module File", file)
            .with("License", "ThirdParty:Proprietary")
            .with("Version", format!("Version {version}, Build: {}", machine.state.build))
            .with("Build Type", "release")
            .with("Provided Namespaces", "")
            .with("Required Namespaces", "com.vmware.vmkapi")
            .with("Containing VIB", module.name.replace('_', "-"))
            .with("VIB Acceptance Level", "certified"),
    )
}

fn change<'a>(machine: &'a mut Machine, name: &str) -> &'a mut ModuleChange {
    machine.system.modules.entry(name.to_owned()).or_default()
}

/// Only an enabled module is loaded unless forced (believed).
fn load(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let module = find(machine, call)?;
    if module.loaded {
        return Err(format!("Unable to load module {}: Busy", module.name));
    }
    if !module.enabled && !call.flag("force") {
        return Err(format!("Unable to load module {}: it is disabled", module.name));
    }
    change(machine, &module.name).loaded = Some(true);
    Ok(())
}

fn enable(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let module = find(machine, call)?;
    let enabled = call.bool("enabled").unwrap_or_default();
    change(machine, &module.name).enabled = (!enabled).then_some(false);
    tidy(machine, &module.name);
    Ok(())
}

/// Columns verified (capture).
fn parameters(machine: &Machine, module: &Known) -> Value {
    let set = machine.system.modules.get(&module.name).map(|change| &change.parameters);
    let value = |name: &str| set.and_then(|set| set.get(name)).cloned().unwrap_or_default();
    let row = |name: &str, kind: &str, help: &str| {
        Structure::new("ModuleParameter")
            .with("Name", name)
            .with("Type", kind)
            .with("Value", value(name))
            .with("Description", help)
    };
    let table = module.table.map_or(&[][..], |module| module.parameters);
    let mut rows: Vec<Structure> = table.iter().map(|(name, kind, help)| row(name, kind, help)).collect();
    for name in set.into_iter().flat_map(BTreeMap::keys) {
        if !table.iter().any(|(known, _, _)| known == name) {
            rows.push(row(name, "string", ""));
        }
    }
    Value::List(rows)
}

/// The parameters of a module are many more than the table has: any name is taken (a real host refuses unknown
/// ones).
fn set_parameters(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let module = find(machine, call)?;
    let mut given = BTreeMap::new();
    for word in call.get("parameter-string").unwrap_or_default().split_whitespace() {
        let Some((name, value)) = word.split_once('=') else {
            return Err(format!("Invalid parameter string: {word} is not name=value"));
        };
        given.insert(name.to_owned(), value.to_owned());
    }
    let parameters = &mut change(machine, &module.name).parameters;
    if !call.flag("append") {
        parameters.clear();
    }
    parameters.extend(given);
    tidy(machine, &module.name);
    Ok(())
}

/// Forgets what is as it was.
fn tidy(machine: &mut Machine, name: &str) {
    if machine.system.modules.get(name).is_some_and(|change| *change == ModuleChange::default()) {
        machine.system.modules.remove(name);
    }
}

/// A boot loads what is enabled, and nothing that is not.
pub(super) fn booted(machine: &mut Machine) {
    for change in machine.system.modules.values_mut() {
        change.loaded = (change.enabled == Some(false)).then_some(false);
    }
    machine.system.modules.retain(|_, change| *change != ModuleChange::default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;
    use crate::model::system::testing::{host, refused, text};

    #[test]
    fn releases_have_their_own_drivers() {
        let names = |version| {
            let host = host(version);
            known(&host).into_iter().map(|module| module.name).collect::<Vec<_>>()
        };
        let (old, new) = (names("5.5"), names("8.0"));
        assert!(old.contains(&"tg3".to_owned()) && !old.contains(&"icen".to_owned()));
        assert!(!new.contains(&"tg3".to_owned()) && new.contains(&"icen".to_owned()));
        let all: std::collections::BTreeSet<&str> = MODULES.iter().map(|module| module.name).collect();
        assert_eq!(all.len(), MODULES.len());
    }

    #[test]
    fn a_disabled_module_is_gone_after_the_next_boot() {
        let mut host = host("7.0");
        text(&mut host, "esxcli system module set --enabled=false --module=vmkusb");
        let list = "esxcli system module list -e false";
        assert!(
            text(&mut host, list)
                .starts_with("Name    Is Loaded  Is Enabled\n------  ---------  ----------\n")
        );
        text(&mut host, "esxcli system module load -m ne1000");
        assert!(refused(&mut host, "esxcli system module load -m ne1000").ends_with("Busy\n"));
        host.booted();
        assert!(refused(&mut host, "esxcli system module load -m vmkusb").contains("disabled"));
        text(&mut host, "esxcli system module load -m vmkusb -f");
        text(&mut host, "esxcli system module set -m=vmkusb -e=TRUE");
        host.booted();
        assert!(host.system.modules.is_empty());
        refused(&mut host, "esxcli system module set -m nothing -e 1");
    }

    #[test]
    fn parameters_look_like_the_sample() {
        let mut host = host("6.0");
        text(&mut host, "esxcli system module parameters set -m ixgbe -p LRO=0_RSS=4");
        let shown = text(&mut host, "esxcli system module parameters list --module ixgbe");
        let cells = |text: &str, start: &str| -> Vec<String> {
            let line = text.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
            line.split("  ").filter(|cell| !cell.is_empty()).map(|cell| cell.trim().to_owned()).collect()
        };
        assert_eq!(cells(&shown, "LRO")[..3], ["LRO", "array of int", "0"]);
        if let Some(sample) = samples::output("esxcli-system-module-parameters-list--unknown--1.txt") {
            assert_eq!(cells(&shown, "LRO")[..3], cells(&sample, "LRO")[..3]);
            assert_eq!(cells(&shown, "Name"), cells(&sample, "Name"));
        }
        text(&mut host, "esxcli system module parameters set -a -m ixgbe -p RSS=8");
        assert_eq!(host.system.modules["ixgbe"].parameters.len(), 2);
        refused(&mut host, "esxcli system module parameters set -m ixgbe -p LRO");
    }
}
