//! What a plan may use beyond the change itself.

use crate::spec::HostSpec;
use crate::value::VlanId;
use ipnet::IpNet;
use std::net::IpAddr;

/// What [`plan_with`](super::plan_with) may use beyond the change itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanOptions {
    /// A free address for a temporary vmkernel adapter; without one a plan never makes such an adapter.
    pub spare: Option<Spare>,
}

/// A free way to the host: the `management` part of a host file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spare {
    /// Address with prefix length, in a subnet that no vmkernel adapter is in.
    pub address: IpNet,
    /// VLAN of the temporary port group.
    pub vlan: VlanId,
    /// Router in that subnet, for a client outside of it.
    pub gateway: Option<IpAddr>,
}

impl PlanOptions {
    /// What a host file allows.
    ///
    /// ```
    /// use esxi_core::plan::PlanOptions;
    /// use esxi_core::spec::HostSpec;
    /// let spec: HostSpec = serde_json::from_str(
    ///     r#"{ "version": 1, "management": { "spare_address": "10.9.9.5/24", "spare_vlan": 9 } }"#,
    /// )?;
    /// let spare = PlanOptions::of(&spec).spare.unwrap();
    /// assert_eq!((spare.address.to_string().as_str(), spare.vlan.get()), ("10.9.9.5/24", 9));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn of(spec: &HostSpec) -> PlanOptions {
        let management = spec.management.as_ref();
        let spare = management.and_then(|management| {
            Some(Spare {
                address: management.spare_address?,
                vlan: management.spare_vlan.unwrap_or_default(),
                gateway: management.spare_gateway,
            })
        });
        PlanOptions { spare }
    }

    /// The same with a spare address.
    #[must_use]
    pub fn spare(self, spare: Spare) -> PlanOptions {
        PlanOptions { spare: Some(spare) }
    }
}
