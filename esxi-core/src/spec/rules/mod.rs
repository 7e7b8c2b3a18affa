//! Design rules: what can be built, and should not be.
//!
//! One file a theme. The rules look at a [`Picture`](picture::Picture): of the file by itself, in which much may be
//! open, or of the state that the file leads to on a host, in which all is known. What is open breaks no rule.

mod gateway;
mod lag;
mod mac;
mod management;
mod picture;
pub(super) mod provider;
mod segment;
mod vlan;

use super::{HostSpec, check};
use crate::block::Catalogue;
use crate::diag::Diagnostic;
use crate::state::HostState;
use picture::Picture;
pub(super) use segment::offer;

/// The rules that the file shows by itself.
pub(super) fn of_file(spec: &HostSpec) -> Vec<Diagnostic> {
    let mut found = of_picture(&Picture::of_file(spec));
    gateway::twice(spec, &mut found);
    management::overrides(spec, &mut found);
    management::by_dhcp(spec, &mut found);
    found
}

fn of_picture(picture: &Picture<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    lag::judge(picture, &mut found);
    vlan::judge(picture, &mut found);
    segment::isolation(picture, &mut found);
    mac::judge(picture, &mut found);
    found
}

/// Design rules that need the host: what the file leads to there, `desired` being what
/// [`resolve`](super::resolve()) made of it and `current`. Findings that [`check`] has already are left out.
///
/// No finding is an error: what cannot be carried out is [`resolve`](super::resolve())'s to say, and whether management
/// answers is the plan's.
///
/// ```
/// use esxi_core::block::Catalogue;
/// use esxi_core::spec::{HostSpec, ResolveOptions, check_host, resolve};
/// use esxi_core::state::{FactoryNic, factory};
///
/// let spec: HostSpec = serde_json::from_value(serde_json::json!({ "version": 1, "network": { "vmkernel": [
///     { "port_group": "Management Network", "ipv4": { "address": "147.75.1.10/29" } }] } }))?;
/// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
/// let host = factory("7.0".parse()?, &[nic]);
/// let desired = resolve(&spec, &host, ResolveOptions::default()).desired;
/// let found = check_host(&spec, &host, &desired, &Catalogue::builtin());
/// assert_eq!(found[0].code.as_str(), "NET040");
/// assert!(found[0].message.contains("VM Network"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_host(
    spec: &HostSpec,
    current: &HostState,
    desired: &HostState,
    catalogue: &Catalogue,
) -> Vec<Diagnostic> {
    let picture = Picture::of_host(spec, current, desired);
    let mut found = of_picture(&picture);
    segment::left_on_the_public_side(&picture, &mut found);
    segment::shared_with_machines(&picture, &mut found);
    provider::on_host(spec, desired, &picture, catalogue, &mut found);
    let known = check(spec);
    found.retain(|finding| {
        !known.iter().any(|other| other.code == finding.code && other.path == finding.path)
    });
    found
}
