use super::family::Then;
use super::firewall::Firewall;
use super::guests::Guests;
use super::hardware::Hardware;
use super::network::Network;
use super::software::Software;
use super::storage::Storage;
use super::surroundings::Surroundings;
use super::system::System;
use crate::state::HostState;
use crate::value::{MacAddr, VmnicName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A host as its command line sees it: the network state and the few things around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The network side, on which commands are executed.
    pub state: HostState,
    /// Name without domain.
    pub hostname: String,
    /// Domain; may be empty.
    pub domain: String,
    /// What `system uuid get` prints.
    pub uuid: String,
    /// Ports of the whole host, shown with every vSwitch; a real host derives it from its memory.
    pub num_ports: u32,
    /// Cards taken down by `network nic down`, with the link and speed they come up with again.
    pub nics_down: BTreeMap<VmnicName, (bool, u32)>,
    /// Of the network side what the state does not hold: settings of cards and of TCP/IP stacks.
    #[serde(default)]
    pub network: Network,
    /// Rule sets.
    pub firewall: Firewall,
    /// Settings, accounts, services, clocks.
    pub system: System,
    /// Disks and volumes.
    pub storage: Storage,
    /// VIBs.
    pub software: Software,
    /// What it is made of.
    pub hardware: Hardware,
    /// Virtual machines.
    pub guests: Guests,
}

impl Machine {
    /// A host with this state and the name the installer gives.
    ///
    /// ```
    /// use esxi_core::model::{run, Machine};
    /// use esxi_core::state::{factory, FactoryNic};
    /// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
    /// let mut host = Machine::new(factory("7.0".parse()?, &[nic]));
    /// let argv: Vec<String> =
    ///     "esxcli network vswitch standard portgroup list".split(' ').map(str::to_owned).collect();
    /// let output = run(&mut host, &argv, b"");
    /// assert_eq!(output.status, 0);
    /// assert!(String::from_utf8(output.stdout)?.contains("VM Network          vSwitch0                     0        0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(state: HostState) -> Self {
        let version = state.version;
        let first_mac = state.nics.values().next().map_or(MacAddr([0; 6]), |nic| nic.mac);
        Machine {
            state,
            hostname: "localhost".to_owned(),
            domain: "localdomain".to_owned(),
            uuid: "00000000-0000-0000-0000-000000000000".to_owned(),
            num_ports: 2560,
            nics_down: BTreeMap::new(),
            network: Network::factory(version),
            firewall: Firewall::factory(version),
            system: System::factory(version),
            storage: Storage::factory(version, first_mac),
            software: Software::factory(version),
            hardware: Hardware::factory(first_mac),
            guests: Guests::factory(version),
        }
    }
    /// Seconds since 1970 by the host's own clock.
    pub(super) fn now(&self, around: &dyn Surroundings) -> u64 {
        around.now().saturating_add_signed(self.system.clock_error)
    }
    /// Name and domain.
    pub fn fqdn(&self) -> String {
        if self.domain.is_empty() {
            self.hostname.clone()
        } else {
            format!("{}.{}", self.hostname, self.domain)
        }
    }
}

/// What a command leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// Standard output; ESXi writes its errors here too.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Exit status.
    pub status: u8,
    /// True when the machine is not as it was before.
    pub changed: bool,
    /// What the host goes on to do.
    pub then: Option<Then>,
}

impl Output {
    pub(super) fn ok(stdout: impl Into<String>) -> Self {
        Output { stdout: stdout.into().into_bytes(), ..Output::default() }
    }
    /// A refusal at run time: the bare sentence on standard output, status 1.
    pub(super) fn refused(sentence: impl std::fmt::Display) -> Self {
        Output { stdout: format!("{sentence}\n").into_bytes(), status: 1, ..Output::default() }
    }
}
