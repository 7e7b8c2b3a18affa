//! Small checked values: MAC addresses, VLAN ids, MTUs and object names.

mod mac;
mod mtu;
mod name;
mod vlan;

pub use mac::MacAddr;
pub use mtu::Mtu;
#[cfg(feature = "spec")]
pub(crate) use name::is_word;
pub(crate) use name::serde_as_text;
pub use name::{NameError, NetstackName, PortGroupName, SwitchName, VmkName, VmnicName};
pub use vlan::VlanId;

/// Why a text is not a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Not six octets.
    #[error("\"{0}\" is not a MAC address: write six octets such as 0c:c4:7a:b5:80:02")]
    Mac(String),
    /// Outside 0–4095.
    #[error("{0} is not a VLAN id: 0 is untagged, 1-4094 a VLAN, 4095 guest tagging")]
    Vlan(String),
    /// Outside 1280–9190.
    #[error("{0} is not an MTU of a standard vSwitch: 1280-9190")]
    Mtu(String),
}
