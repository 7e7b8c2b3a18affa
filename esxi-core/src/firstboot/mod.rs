//! The first-boot program: a desired state as one busybox `sh` script that makes a freshly installed host so.
//!
//! A host file is resolved against the state that the installer leaves ([`factory`](crate::state::factory()) and its
//! relatives); [`script`] compiles the result. On the host the script
//!
//! * waits until every network card that it is about is there, found by its hardware address, and touches nothing if
//!   one stays away: which number ESXi gave a card does not matter;
//! * goes through the objects in the order of a plan (what adds first, what takes away last), asks the host for each,
//!   and changes what differs, round after round until a round finds everything as wanted. So running it twice
//!   changes nothing, and running it again after it was cut off finishes the work;
//! * needs no Python, no network and no file but itself, runs with `sh FILE` where foreign programs may not be
//!   executed, and does without hostd when that does not come up;
//! * saves the configuration and writes what became of it to [`STATUS`], with a log in [`LOG`], and copies of both in
//!   [`KEPT`]: one line that begins with `running`, `done` or `failed`.
//!
//! What the host file does not name and what need not change for it is left alone.
//!
//! ```
//! use esxi_core::firstboot::{FirstBootOptions, script};
//! use esxi_core::spec::{HostSpec, ResolveOptions, resolve};
//! use esxi_core::state::{FactoryNic, factory};
//!
//! let spec: HostSpec = serde_json::from_value(serde_json::json!({
//!     "version": 1,
//!     "network": {
//!         "vswitches": [{ "name": "vSwitch0", "uplinks": ["0c:c4:7a:b5:80:03"] }],
//!         "vmkernel": [{ "port_group": "Management Network", "ipv4": { "address": "192.0.2.10/24" } }],
//!         "gateway": "192.0.2.1",
//!     },
//! }))?;
//! let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"].map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
//! let host = factory("8.0".parse()?, &nics);
//! let resolved = resolve(&spec, &host, ResolveOptions::default());
//! let text = script(&host, &resolved.desired, &spec, &FirstBootOptions::default())?;
//! assert!(text.contains("n0=$(look \"$NICS\" 0c:c4:7a:b5:80:03 2)"));
//! assert!(text.contains("vmk_ipv4 vmk0 defaultTcpipStack static 192.0.2.10 255.255.255.0"));
//! assert!(!text.contains("VM Network"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compile;
mod words;

use crate::diag::codes;
use crate::plan::plan;
use crate::reach::Fabric;
use crate::spec::HostSpec;
use crate::state::HostState;
use crate::value::VmnicName;
use std::time::Duration;

/// Where the script writes its status on the host: one line.
pub const STATUS: &str = "/var/log/esxi-first-boot.status";
/// Where it writes its log.
pub const LOG: &str = "/var/log/esxi-first-boot.log";
/// The folder that keeps a copy of both: the boot bank that is not booted from, which the next boot finds as it is.
/// That it is there in every release is verified by others' use of it (6.7 to 9.0), before that believed.
pub const KEPT: &str = "/altbootbank";

const ENGINE: &str = include_str!("engine.sh");

/// How long the script waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FirstBootOptions {
    /// For network cards that are not there yet. Drivers may take a while.
    pub cards: Duration,
    /// For hostd to answer; then the script goes on without it.
    pub host: Duration,
}

impl Default for FirstBootOptions {
    fn default() -> Self {
        FirstBootOptions { cards: Duration::from_secs(60), host: Duration::from_secs(180) }
    }
}

/// A desired state that no script reaches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FirstBootError {
    /// A vSwitch shall have a card whose hardware address is not known.
    #[error("the hardware address of {0} is not known")]
    UnknownCard(VmnicName),
    /// No commands lead there.
    #[error("{0}")]
    OutOfReach(String),
}

/// The script that makes a host with the state `base` one with the state `desired`.
///
/// `stated` is the host file that `desired` was resolved from: what it names is ensured even where `base` has it already,
/// for a real host may differ from what the installer is believed to leave. [`HostSpec::default`] ensures the
/// difference between the two states alone.
///
/// # Errors
/// See [`FirstBootError`].
pub fn script(
    base: &HostState,
    desired: &HostState,
    stated: &HostSpec,
    options: &FirstBootOptions,
) -> Result<String, FirstBootError> {
    let way = plan(base, desired, &Fabric::default());
    if let Some(finding) = way.diagnostics.iter().find(|finding| finding.code == codes::GOAL_OUT_OF_REACH) {
        return Err(FirstBootError::OutOfReach(finding.message.clone()));
    }
    let program = compile::compile(base, desired, stated)?;
    Ok(format!(
        "#!/bin/sh\n\
         # First boot of an ESXi host: makes its network as a host file says. Written by esxi for ESXi {version}.\n\
         #   sh THIS     may be run again at any time: it changes only what is not as wanted\n\
         #   {STATUS}  how it stands: running, done or failed\n\
         #   {LOG}     what it did; copies of both are in {KEPT}\n\
         \n\
         # --- what\n\
         \n\
         # Seconds to wait for network cards and for hostd.\n\
         card_limit={cards}\n\
         host_limit={host}\n\
         \n\
         {program}\n\
         {ENGINE}",
        version = desired.version,
        cards = options.cards.as_secs(),
        host = options.host.as_secs(),
    ))
}

#[cfg(test)]
mod tests;
