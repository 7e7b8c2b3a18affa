//! What the machine is made of: processors, memory, its PCI devices, its clock.

mod clock;
mod pci;
mod rows;
mod show;
#[cfg(test)]
mod tests;
mod vsish;

use super::family::{Console, Family, Reply, Tool};
use super::parse::Invocation;
use super::storage::hash;
use crate::value::MacAddr;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub(super) static FAMILY: Family = Family { rows: &[rows::ROWS], parse_only: &[], run, tools: TOOLS };

static TOOLS: &[Tool] = &[
    Tool { name: "lspci", run: pci::lspci },
    Tool { name: "vmkchdev", run: pci::vmkchdev },
    Tool { name: "vsish", run: vsish::run },
];

/// The computer itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hardware {
    /// Maker.
    pub vendor: String,
    /// Model.
    pub product: String,
    /// Serial number.
    pub serial: String,
    /// UUID that the firmware gives.
    pub uuid: [u8; 16],
    /// Processors.
    pub packages: u32,
    /// Cores of one processor.
    pub cores: u32,
    /// Cores have two threads, and the setting lets them be used.
    pub hyperthreading: bool,
    /// The same as the next boot will have it.
    pub hyperthreading_next: bool,
    /// Memory in bytes.
    pub memory: u64,
    /// By how many seconds the hardware clock is ahead of the true time.
    pub clock_error: i64,
    /// Virtual ports that send LLDP because someone said so with vsish.
    pub lldp_ports: BTreeSet<u32>,
}

impl Hardware {
    /// A server with 16 cores and 64 GiB; the address of its first adapter makes the serial number and the UUID.
    pub fn factory(mac: MacAddr) -> Self {
        let seed = mac.to_string();
        let mut uuid = [0; 16];
        for (byte, random) in
            uuid.iter_mut().zip([1, 2].into_iter().flat_map(|n| hash(&seed, n).to_be_bytes()))
        {
            *byte = random;
        }
        Hardware {
            vendor: "Supermicro".to_owned(),
            product: "SYS-5019P-MT".to_owned(),
            serial: format!("S{:014}", hash(&seed, 3) % 100_000_000_000_000),
            uuid,
            packages: 1,
            cores: 16,
            hyperthreading: true,
            hyperthreading_next: true,
            memory: 68_618_616_832,
            clock_error: 0,
            lldp_ports: BTreeSet::new(),
        }
    }
    /// Logical processors.
    pub fn threads(&self) -> u32 {
        self.packages * self.cores * if self.hyperthreading { 2 } else { 1 }
    }
    /// The UUID in groups of capital digits, as `esxcfg-info -u` writes it.
    pub fn uuid_text(&self) -> String {
        let digits: String = self.uuid.iter().map(|byte| format!("{byte:02X}")).collect();
        let groups = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
        groups.map(|(from, to)| digits.get(from..to).unwrap_or_default()).join("-")
    }
    /// Settings that waited for a boot are in force.
    pub fn booted(&mut self) {
        self.hyperthreading = self.hyperthreading_next;
    }
}

fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    match call.row.path.strip_prefix("hardware ")? {
        "clock get" => Some(Ok(clock::get(console))),
        "clock set" => Some(clock::set(console, call)),
        path => show::run(console.machine, path, call),
    }
}
