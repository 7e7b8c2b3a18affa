//! Kernel options: what the next boot is to know. A change counts from then on.

use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::{Invocation, read_bool};
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

/// The type of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Str,
}

struct KernelOption {
    name: &'static str,
    kind: Kind,
    default: &'static str,
    since: EsxiVersion,
    help: &'static str,
}

const fn option(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    since: (u8, u8),
    help: &'static str,
) -> KernelOption {
    KernelOption { name, kind, default, since: EsxiVersion::new(since.0, since.1), help }
}

/// Names and `iovDisableIR`, `execInstalledOnly`, `disableHwrng`, `entropySources`, `hyperthreadingMitigation`
/// verified (captures, guides, scripts); the other defaults are believed.
static OPTIONS: &[KernelOption] = &[
    option("allowCoreDumpOnUSB", Kind::Bool, "FALSE", (7, 0), "Allow core dumps on USB disks."),
    option("allowNonNX", Kind::Bool, "FALSE", (5, 0), "Boot where memory cannot be marked as data."),
    option(
        "autoCreateDumpFile",
        Kind::Bool,
        "TRUE",
        (5, 5),
        "Make a file for core dumps where there is no partition.",
    ),
    option("autoPartition", Kind::Bool, "FALSE", (5, 0), "Partition empty disks at the first boot."),
    option(
        "autoPartitionCreateUSBCoreDumpPartition",
        Kind::Bool,
        "FALSE",
        (6, 5),
        "Also for core dumps on USB disks.",
    ),
    option(
        "autoPartitionDiskDumpPartitionSize",
        Kind::Int,
        "2560",
        (5, 5),
        "MiB of a partition for core dumps.",
    ),
    option("com1_baud", Kind::Int, "115200", (5, 0), "Speed of the first serial port."),
    option("com2_baud", Kind::Int, "115200", (5, 0), "Speed of the second serial port."),
    option("debugBreak", Kind::Bool, "FALSE", (5, 0), "Stop for the debugger early."),
    option("debugLogToSerial", Kind::Int, "0", (5, 0), "Log to the serial port: 0 by default, 1 yes, 2 no."),
    option(
        "disableACSCheck",
        Kind::Bool,
        "FALSE",
        (5, 0),
        "Pass devices through without isolation by the bus.",
    ),
    option("disableHwrng", Kind::Bool, "FALSE", (6, 5), "Do not use the hardware's randomness."),
    option("diskDumpSlotSize", Kind::Int, "0", (5, 5), "MiB of a slot for core dumps."),
    option("dumpSize", Kind::Int, "0", (5, 5), "MiB of a core dump."),
    option("entropySources", Kind::Int, "0", (8, 0), "Where randomness comes from: 0 is the default."),
    option("execInstalledOnly", Kind::Bool, "FALSE", (6, 5), "Run only what VIBs brought."),
    option("fsCheck", Kind::Bool, "FALSE", (6, 5), "Check system volumes while booting."),
    option("gdbPort", Kind::Str, "default", (5, 0), "Port of the debugger: com1, com2, default or none."),
    option("generalCritMemory", Kind::Int, "0", (5, 0), "MiB that critical programs may take."),
    option("hyperthreading", Kind::Bool, "TRUE", (5, 0), "Use hyper-threads."),
    option("hyperthreadingMitigation", Kind::Bool, "FALSE", (5, 5), "Do not share a core between guests."),
    option("hyperthreadingMitigationIntraVM", Kind::Bool, "TRUE", (5, 5), "Nor inside one guest."),
    option(
        "ignoreHeadless",
        Kind::Bool,
        "FALSE",
        (5, 0),
        "Use the screen although the firmware says there is none.",
    ),
    option("ignoreMsrLoad", Kind::Bool, "FALSE", (6, 0), "Boot although a register cannot be set."),
    option("installerDiskDumpSlotSize", Kind::Int, "2560", (5, 5), "MiB of a slot that the installer makes."),
    option("iovDisableIR", Kind::Bool, "FALSE", (5, 0), "Do not remap interrupts."),
    option("isPerFileSchedModelActive", Kind::Bool, "TRUE", (6, 0), "Schedule requests by file."),
    option("leaveWakeGPEsDisabled", Kind::Bool, "TRUE", (5, 0), "Let nothing wake the host."),
    option("logPort", Kind::Str, "default", (5, 0), "Port of the log: com1, com2, default or none."),
    option("maxPCPUS", Kind::Int, "1024", (5, 0), "Most processors to use."),
    option("maxVMs", Kind::Int, "0", (6, 0), "Most guests; 0 is the default."),
    option("memoryFastBoot", Kind::Bool, "FALSE", (5, 0), "Look at memory in the background."),
    option("netNetqueueEnabled", Kind::Bool, "TRUE", (5, 0), "Use several queues of network cards."),
    option("netPagePoolLimitCap", Kind::Int, "98304", (5, 0), "Pages for packets at most."),
    option("nocheckCPUIDLimit", Kind::Bool, "FALSE", (5, 0), "Boot although the firmware limits CPUID."),
    option(
        "overrideDuplicateImageDetection",
        Kind::Bool,
        "FALSE",
        (6, 7),
        "Boot although another disk holds the same.",
    ),
    option("pciBarAllocPolicy", Kind::Int, "0", (6, 0), "How addresses are given to cards."),
    option("preventFreePageTableAccess", Kind::Bool, "FALSE", (6, 5), "Watch freed page tables."),
    option("rtcEnableLegacy", Kind::Bool, "FALSE", (5, 0), "Use the old clock."),
    option("scrubIgnoredPages", Kind::Bool, "FALSE", (5, 0), "Wipe pages that are left out."),
    option("skipPartitioningSsds", Kind::Bool, "FALSE", (6, 0), "Do not partition empty flash disks."),
    option("terminateVMOnPDL", Kind::Bool, "FALSE", (5, 5), "End guests whose disk is gone for good."),
    option("tty1Port", Kind::Str, "default", (5, 0), "Port of the first terminal."),
    option("tty2Port", Kind::Str, "default", (5, 0), "Port of the second terminal."),
    option("updateBusIRQ", Kind::Bool, "FALSE", (5, 0), "Set the interrupts of buses."),
    option("useNUMAInfo", Kind::Bool, "TRUE", (5, 0), "Heed memory nodes."),
    option("useReliableMem", Kind::Bool, "TRUE", (5, 5), "Prefer memory that mirrors itself."),
    option("vga", Kind::Bool, "TRUE", (5, 0), "Use the screen."),
];

impl KernelOption {
    /// `execInstalledOnly` is on from 9.0 (verified by the guides).
    fn default_in(&self, version: EsxiVersion) -> &'static str {
        if self.name == "execInstalledOnly" && version >= EsxiVersion::new(9, 0) {
            "TRUE"
        } else {
            self.default
        }
    }
    /// As it is stored. Names of ports and truth values are checked; the sentence is believed.
    fn read(&self, value: &str) -> Result<String, String> {
        let bad = || format!("Invalid value {value} for kernel option {}", self.name);
        match self.kind {
            Kind::Bool => read_bool(value).map(|truth| truth.to_string().to_uppercase()).ok_or_else(bad),
            Kind::Int => value.parse::<i64>().map(|number| number.to_string()).map_err(|_| bad()),
            Kind::Str => Ok(value.to_owned()),
        }
    }
}

fn find(machine: &Machine, name: &str) -> Option<&'static KernelOption> {
    OPTIONS.iter().find(|option| option.name == name && machine.state.version >= option.since)
}

/// What the next boot gets.
pub(super) fn configured(machine: &Machine, name: &str) -> Option<String> {
    let option = find(machine, name)?;
    let stored = machine.system.kernel.get(name).map(String::as_str);
    Some(stored.unwrap_or(option.default_in(machine.state.version)).to_owned())
}

/// What counts now.
pub(super) fn running(machine: &Machine, name: &str) -> Option<String> {
    let option = find(machine, name)?;
    let stored = machine.system.kernel_running.get(name).map(String::as_str);
    Some(stored.unwrap_or(option.default_in(machine.state.version)).to_owned())
}

/// Names, and what the next boot gets, of every option that the release has.
pub(super) fn names(machine: &Machine) -> impl Iterator<Item = &'static str> {
    let version = machine.state.version;
    OPTIONS.iter().filter(move |option| version >= option.since).map(|option| option.name)
}

/// Sets what the next boot gets.
///
/// # Errors
/// `Invalid Key Name: NAME` (verified), or a value of another type.
pub(super) fn set(machine: &mut Machine, name: &str, value: &str) -> Result<(), String> {
    let option = find(machine, name).ok_or_else(|| format!("Invalid Key Name: {name}"))?;
    let value = option.read(value)?;
    if value == option.default_in(machine.state.version) {
        machine.system.kernel.remove(name);
    } else {
        machine.system.kernel.insert(name.to_owned(), value);
    }
    Ok(())
}

pub(super) fn run(machine: &mut Machine, call: &Invocation) -> Option<Reply> {
    Some(match call.row.path {
        "system settings kernel list" => list(machine, call).map(Answer::Value),
        "system settings kernel set" => {
            let (name, value) =
                (call.get("setting").unwrap_or_default(), call.get("value").unwrap_or_default());
            set(machine, name, value).map(|()| Answer::Done)
        }
        _ => return None,
    })
}

/// What was configured is written in lower case once it was set, the others in upper case (verified by a capture
/// of an option that had been set).
fn list(machine: &Machine, call: &Invocation) -> Result<Value, String> {
    let version = machine.state.version;
    let only = call.get("option");
    if let Some(name) = only
        && find(machine, name).is_none()
    {
        return Err(format!("Invalid Key Name: {name}"));
    }
    let rows = OPTIONS
        .iter()
        .filter(|option| version >= option.since && only.is_none_or(|name| name == option.name))
        .filter(|option| !call.flag("delta") || machine.system.kernel.contains_key(option.name))
        .map(|option| {
            let set = configured(machine, option.name).unwrap_or_default();
            let set = if machine.system.kernel.contains_key(option.name) && option.kind == Kind::Bool {
                set.to_lowercase()
            } else {
                set
            };
            let kind = match option.kind {
                Kind::Bool => "Bool",
                Kind::Int => "uint32",
                Kind::Str => "String",
            };
            Structure::new("SettingsKernel")
                .with("Name", option.name)
                .with("Type", kind)
                .with("Description", option.help)
                .with("Configured", set)
                .with("Runtime", running(machine, option.name).unwrap_or_default())
                .with("Default", option.default_in(version))
        })
        .collect();
    Ok(Value::List(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::system::testing::{host, refused, text};

    #[test]
    fn the_table_is_sorted_and_sane() {
        assert!(OPTIONS.windows(2).all(|pair| pair[0].name.to_lowercase() < pair[1].name.to_lowercase()));
        for option in OPTIONS {
            assert_eq!(option.read(option.default).as_deref(), Ok(option.default), "{}", option.name);
        }
    }

    #[test]
    fn a_change_counts_from_the_next_boot() {
        let mut host = host("5.5");
        assert!(
            refused(&mut host, "esxcli system settings kernel set -s nothing -v 1")
                .starts_with("Invalid Key Name: nothing\n")
        );
        refused(&mut host, "esxcli system settings kernel set -s iovDisableIR -v maybe");
        text(&mut host, "esxcli system settings kernel set -s iovDisableIR -v TRUE");
        let list = "esxcli system settings kernel list -o iovDisableIR";
        assert!(text(&mut host, list).contains("true        FALSE    FALSE"));
        host.booted();
        // What an option means is said in words of our own.
        let rest = |text: &str| -> Vec<String> {
            let cells = text.lines().nth(2).unwrap_or_default().split("  ").filter(|cell| !cell.is_empty());
            cells
                .enumerate()
                .filter(|(column, _)| *column != 2)
                .map(|(_, cell)| cell.trim().to_owned())
                .collect()
        };
        let ours = text(&mut host, list);
        assert_eq!(rest(&ours), ["iovDisableIR", "Bool", "true", "TRUE", "FALSE"]);
        if let Some(sample) =
            crate::model::samples::output("esxcli-system-settings-kernel-list--unknown--1.txt")
        {
            assert_eq!(rest(&ours), rest(&sample));
        }
        assert_eq!(text(&mut host, "esxcli system settings kernel list -d").lines().count(), 3);
        text(&mut host, "esxcli system settings kernel set -s iovDisableIR -v false");
        assert!(host.system.kernel.is_empty());
    }

    #[test]
    fn only_installed_programs_run_on_9() {
        assert_eq!(running(&host("8.0"), "execInstalledOnly").as_deref(), Some("FALSE"));
        assert_eq!(running(&host("9.0"), "execInstalledOnly").as_deref(), Some("TRUE"));
        assert_eq!(running(&host("6.0"), "execInstalledOnly"), None);
    }
}
