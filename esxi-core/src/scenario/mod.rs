//! Scenario files: simulated hosts, the world around them, and what goes wrong with them.
//!
//! A [`Scenario`] is data; `esxi-ssh` serves it. Read from YAML by [`yaml::scenario`](crate::yaml::scenario()), with
//! the same care for mistakes as a host file.
//!
//! ```
//! use esxi_core::scenario::{FaultKind, FaultRule, When};
//!
//! // The same rule as words, for a command line:
//! let rule: FaultRule = "link-down vmnic1 at command 3 for 30s".parse()?;
//! assert_eq!(rule.what, FaultKind::LinkDown("vmnic1".parse()?));
//! assert_eq!(rule.when, When::Command(3));
//! assert_eq!(rule.to_string(), "link-down vmnic1 at command 3 for 30s");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod fault;
mod words;

pub use check::check;
pub use fault::{FaultKind, FaultRule, FaultRuleError, When};
pub use words::FaultWordsError;

use crate::spec::{FabricSpec, FormatVersion};
use crate::value::MacAddr;
use crate::version::EsxiVersion;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// The version of a host whose scenario names none.
pub const DEFAULT_VERSION: EsxiVersion = EsxiVersion { major: 8, minor: 0, update: 2, patch: 0 };

/// Simulated hosts and what happens to them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of this format: 1.
    pub version: FormatVersion,
    /// The hosts, in the order in which they are served.
    pub hosts: Vec<ScenarioHost>,
    /// Password of root on every host that names none itself. Without one no password logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretSource>,
    /// Public keys that may log in as root on every host: lines of `authorized_keys`, or paths of files with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized_keys: Option<Vec<String>>,
    /// Address from which the hosts are managed, as they see it, where their fabric does not say; 198.51.100.7 when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub client: Option<IpAddr>,
    /// The network around the hosts. Cards are best named `vmnic0`, which every host has. Without it every card is
    /// on an independent access port, and each host's subnet on that segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fabric: Option<FabricSpec>,
    /// What goes wrong on every host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<FaultRule>>,
}

/// A simulated host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScenarioHost {
    /// Host name without domain: what the ready file calls it.
    pub name: String,
    /// Release of ESXi; 8.0.2 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub esxi: Option<EsxiVersion>,
    /// MAC addresses of its cards, vmnic0 first; two cards of its own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nics: Option<Vec<MacAddr>>,
    /// Address of vmk0 with its prefix length, or `dhcp` (the fabric hands a lease out). Absent: one more than the
    /// host before, the first 192.0.2.10/24.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<HostAddress>,
    /// IPv4 default gateway; the first address of the subnet when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub gateway: Option<Ipv4Addr>,
    /// Boot from this state instead: a file of `esxi facts --format json` or of `esxi sim state dump`. Relative to
    /// the scenario file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Bring the host into the state that this host file wants before it is served. Relative to the scenario file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_file: Option<String>,
    /// Disks besides the one it boots from and the empty one that every simulated host has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disks: Option<Vec<ScenarioDisk>>,
    /// Registered virtual machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vms: Option<Vec<ScenarioVm>>,
    /// Password of root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretSource>,
    /// More public keys that may log in as root here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized_keys: Option<Vec<String>>,
    /// The network around this host, instead of the common one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fabric: Option<FabricSpec>,
    /// What goes wrong here, besides what goes wrong everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<FaultRule>>,
}

impl ScenarioHost {
    /// A host of which only the name is stated.
    pub fn new(name: impl Into<String>) -> Self {
        ScenarioHost {
            name: name.into(),
            esxi: None,
            nics: None,
            address: None,
            gateway: None,
            state: None,
            host_file: None,
            disks: None,
            vms: None,
            password: None,
            authorized_keys: None,
            fabric: None,
            faults: None,
        }
    }
}

/// An empty disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScenarioDisk {
    /// Size in gigabytes (10⁹ bytes).
    pub gigabytes: u32,
    /// Solid state.
    #[serde(default)]
    pub ssd: bool,
}

/// A virtual machine, registered on a datastore. It has no files; what runs in it is not simulated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScenarioVm {
    /// Its name.
    pub name: String,
    /// Label of its datastore; `datastore1` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datastore: Option<String>,
    /// Guest system as in a `.vmx` file; `other` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
    /// Whether it runs.
    #[serde(default)]
    pub running: bool,
}

/// Where a secret is to be found. The secret itself never stands in a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// In this environment variable.
    Env(String),
    /// In the first line of this file. Relative to the scenario file.
    File(String),
}

/// How vmk0 gets its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostAddress {
    /// From a DHCP server of the fabric.
    Dhcp,
    /// This one.
    Static(Ipv4Net),
}

/// A text that is no address of a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no address with its prefix length such as 192.0.2.10/24, and not the word dhcp")]
pub struct HostAddressError(String);

impl FromStr for HostAddress {
    type Err = HostAddressError;
    fn from_str(text: &str) -> Result<Self, HostAddressError> {
        match text.trim() {
            "dhcp" => Ok(HostAddress::Dhcp),
            other => other.parse().map(HostAddress::Static).map_err(|_| HostAddressError(text.to_owned())),
        }
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostAddress::Dhcp => f.write_str("dhcp"),
            HostAddress::Static(net) => net.fmt(f),
        }
    }
}

crate::value::serde_as_text!(
    HostAddress,
    "an address with its prefix length such as 192.0.2.10/24, or the word dhcp"
);

/// JSON Schema (draft 2020-12) of [`Scenario`], descriptions included.
///
/// ```
/// let schema = esxi_core::scenario::json_schema();
/// assert_eq!(schema["title"], "Scenario");
/// assert_eq!(schema["additionalProperties"], false);
/// ```
#[cfg(feature = "schema")]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Scenario).to_value()
}

#[cfg(test)]
#[cfg(feature = "yaml")]
mod tests;
