//! The three policies of a standard vSwitch and of its port groups.

use crate::value::VmnicName;
use serde::{Deserialize, Serialize};

/// How a port picks its uplink.
///
/// `esxcli` takes the words in parentheses for `set` and may print others for `get` (`srcport`, `srcmac`);
/// readers accept both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LoadBalancing {
    /// By virtual port (`portid`): the default. Needs independent switch ports.
    #[default]
    PortId,
    /// By source MAC address (`mac`). Needs independent switch ports.
    Mac,
    /// By hash of source and destination address (`iphash`). Needs a static link aggregation on the switch.
    IpHash,
    /// First healthy uplink of the active list (`explicit`). Needs independent switch ports.
    Explicit,
}

impl LoadBalancing {
    /// The word `esxcli … policy failover set -l` takes.
    pub fn set_word(self) -> &'static str {
        match self {
            LoadBalancing::PortId => "portid",
            LoadBalancing::Mac => "mac",
            LoadBalancing::IpHash => "iphash",
            LoadBalancing::Explicit => "explicit",
        }
    }
    /// The word `esxcli … policy failover get` prints (weakly verified for the first two).
    pub fn get_word(self) -> &'static str {
        match self {
            LoadBalancing::PortId => "srcport",
            LoadBalancing::Mac => "srcmac",
            LoadBalancing::IpHash => "iphash",
            LoadBalancing::Explicit => "explicit",
        }
    }
    /// Reads any spelling seen on hosts.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word.trim().to_ascii_lowercase().as_str() {
            "portid" | "srcport" | "srcid" | "loadbalance_srcid" => LoadBalancing::PortId,
            "mac" | "srcmac" | "loadbalance_srcmac" => LoadBalancing::Mac,
            "iphash" | "ip" | "loadbalance_ip" => LoadBalancing::IpHash,
            "explicit" | "failover_explicit" => LoadBalancing::Explicit,
            _ => return None,
        })
    }
}

/// How a dead uplink is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FailureDetection {
    /// Loss of carrier.
    #[default]
    Link,
    /// Beacon probing; needs three uplinks to name the bad one, never with `iphash`.
    Beacon,
}

impl FailureDetection {
    /// The word of esxcli, the same for `get` and `set`.
    pub fn word(self) -> &'static str {
        match self {
            FailureDetection::Link => "link",
            FailureDetection::Beacon => "beacon",
        }
    }
    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "link" => Some(FailureDetection::Link),
            "beacon" => Some(FailureDetection::Beacon),
            _ => None,
        }
    }
}

/// Failover order: active and standby uplinks; an attached uplink in neither list is unused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct FailoverOrder {
    /// In use, in order.
    pub active: Vec<VmnicName>,
    /// Taken when no active uplink is healthy, in order.
    pub standby: Vec<VmnicName>,
}

impl FailoverOrder {
    /// Removes a card from both lists.
    pub fn remove(&mut self, nic: &str) {
        self.active.retain(|name| *name != *nic);
        self.standby.retain(|name| *name != *nic);
    }
    /// Every card of either list.
    pub fn members(&self) -> impl Iterator<Item = &VmnicName> {
        self.active.iter().chain(&self.standby)
    }
}

/// NIC teaming of a vSwitch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Teaming {
    /// How a port picks its uplink.
    pub load_balancing: LoadBalancing,
    /// How a dead uplink is noticed.
    pub failure_detection: FailureDetection,
    /// Announce moved MAC addresses to the physical switch (RARP).
    pub notify_switches: bool,
    /// Return to a recovered uplink of higher rank.
    pub failback: bool,
    /// Active and standby uplinks.
    pub order: FailoverOrder,
}

impl Default for Teaming {
    fn default() -> Self {
        Teaming {
            load_balancing: LoadBalancing::PortId,
            failure_detection: FailureDetection::Link,
            notify_switches: true,
            failback: true,
            order: FailoverOrder::default(),
        }
    }
}

impl Teaming {
    /// This policy with a port group's overrides laid over it.
    #[must_use]
    pub fn overridden(&self, by: &TeamingOverride) -> Teaming {
        Teaming {
            load_balancing: by.load_balancing.unwrap_or(self.load_balancing),
            failure_detection: by.failure_detection.unwrap_or(self.failure_detection),
            notify_switches: by.notify_switches.unwrap_or(self.notify_switches),
            failback: by.failback.unwrap_or(self.failback),
            order: by.order.clone().unwrap_or_else(|| self.order.clone()),
        }
    }
}

/// What a port group sets for itself; `None` inherits from the vSwitch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct TeamingOverride {
    /// How a port picks its uplink.
    pub load_balancing: Option<LoadBalancing>,
    /// How a dead uplink is noticed.
    pub failure_detection: Option<FailureDetection>,
    /// Announce moved MAC addresses.
    pub notify_switches: Option<bool>,
    /// Return to a recovered uplink.
    pub failback: Option<bool>,
    /// Its own failover order.
    pub order: Option<FailoverOrder>,
}

/// Layer-2 security of a vSwitch.
///
/// Defaults differ between releases and VMware's own documents disagree; `false, true, true` is what an
/// installer's vSwitch0 is believed to have on every release. Facts always read the real values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Security {
    /// A VM may see every frame.
    pub promiscuous: bool,
    /// A VM may change its receiving address.
    pub mac_changes: bool,
    /// A VM may send from another address.
    pub forged_transmits: bool,
}

impl Default for Security {
    fn default() -> Self {
        Security { promiscuous: false, mac_changes: true, forged_transmits: true }
    }
}

/// What a port group sets for itself; `None` inherits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct SecurityOverride {
    /// A VM may see every frame.
    pub promiscuous: Option<bool>,
    /// A VM may change its receiving address.
    pub mac_changes: Option<bool>,
    /// A VM may send from another address.
    pub forged_transmits: Option<bool>,
}

/// Outbound traffic shaping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Shaping {
    /// On.
    pub enabled: bool,
    /// Average bandwidth in kbit/s.
    #[serde(default)]
    pub average_kbps: u64,
    /// Peak bandwidth in kbit/s.
    #[serde(default)]
    pub peak_kbps: u64,
    /// Burst size in KiB.
    #[serde(default)]
    pub burst_kib: u64,
}
