//! [`Firewall`]: what differs from the table, and what it lets in.

use super::table::{RuleSet, SERVED, rule_set};
use crate::version::EsxiVersion;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The firewall of a host: only what differs from how the installer leaves its release.
///
/// Which rule sets there are and which are open is in a table; the sources stand there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Firewall {
    /// What happens to traffic that no open rule set is about: true passes, false is dropped.
    pub default_pass: bool,
    /// Filters at all.
    pub enabled: bool,
    /// The module and its rule sets are loaded.
    pub loaded: bool,
    /// Rule sets that are not as installed, by id.
    pub(super) changed: BTreeMap<String, Changed>,
}

/// How a rule set differs from the table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Changed {
    /// Open, where that is not what the table says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Open for those of the list alone.
    pub listed_only: bool,
    /// Addresses it is open for then, in the order they came.
    pub addresses: Vec<IpAddr>,
    /// Networks, likewise.
    pub networks: Vec<IpNet>,
    /// Services of the host that asked for it.
    pub clients: u32,
}

impl Default for Firewall {
    fn default() -> Self {
        Firewall { default_pass: false, enabled: true, loaded: true, changed: BTreeMap::new() }
    }
}

impl Firewall {
    /// As the installer leaves it: loaded, enabled, dropping what no rule set opens (verified: 6.5, 7.0.3).
    pub fn factory(version: EsxiVersion) -> Self {
        let _ = version;
        Firewall::default()
    }

    /// Whether traffic of a rule set's ports gets in from this client, or out to it. A rule set that the release
    /// does not have opens nothing.
    ///
    /// ```
    /// use esxi_core::model::{run, Machine};
    /// let mut host = Machine::new(esxi_core::state::factory("7.0".parse()?, &[]));
    /// let set = "esxcli network firewall ruleset";
    /// for line in [
    ///     format!("{set} set -r sshServer --allowed-all false"),
    ///     format!("{set} allowedip add -r sshServer -i 192.0.2.0/24"),
    /// ] {
    ///     let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
    ///     assert_eq!(run(&mut host, &argv, b"").status, 0);
    /// }
    /// let version = host.state.version;
    /// assert!(host.firewall.admits(version, "sshServer", "192.0.2.7".parse()?));
    /// assert!(!host.firewall.admits(version, "sshServer", "198.51.100.7".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn admits(&self, version: EsxiVersion, set: &str, client: IpAddr) -> bool {
        if !self.enabled || !self.loaded || self.default_pass {
            return true;
        }
        let Some(set) = rule_set(set, version) else { return false };
        self.is_open(set, version) && self.changed.get(set.name).is_none_or(|change| change.lists(client))
    }

    /// Whether a rule set is open, whoever it is for.
    pub fn opens(&self, version: EsxiVersion, set: &str) -> bool {
        rule_set(set, version).is_some_and(|set| self.is_open(set, version))
    }

    /// A service began to run, or ended. From 8.0 U2 on it opens and closes the rule sets that nobody else may
    /// switch; before, that is left to whoever wants them open (believed).
    pub(in crate::model) fn follow(&mut self, version: EsxiVersion, service: &str, running: bool) {
        let sets = SERVED.iter().filter(|(script, _)| *script == service);
        for set in sets.filter_map(|(_, set)| rule_set(set, version)).filter(|set| !set.switchable(version)) {
            self.alter(set, version, |change| change.enabled = Some(running));
        }
    }

    /// Whether a rule set is open.
    pub(super) fn is_open(&self, set: &RuleSet, version: EsxiVersion) -> bool {
        let own = self.changed.get(set.name).and_then(|change| change.enabled);
        own.unwrap_or_else(|| set.on(version))
    }

    /// Changes a rule set, and forgets it when it is as the table says again.
    pub(super) fn alter(&mut self, set: &RuleSet, version: EsxiVersion, change: impl FnOnce(&mut Changed)) {
        let mut now = self.changed.remove(set.name).unwrap_or_default();
        change(&mut now);
        now.enabled = now.enabled.filter(|on| *on != set.on(version));
        if now != Changed::default() {
            self.changed.insert(set.name.to_owned(), now);
        }
    }
}

impl Changed {
    fn lists(&self, client: IpAddr) -> bool {
        !self.listed_only
            || self.addresses.contains(&client)
            || self.networks.iter().any(|net| net.contains(&client))
    }
    /// As the list of allowed addresses shows them: single addresses first (verified: VMware's documentation).
    pub fn shown(&self) -> Vec<String> {
        let addresses = self.addresses.iter().map(IpAddr::to_string);
        addresses.chain(self.networks.iter().map(IpNet::to_string)).collect()
    }
}
