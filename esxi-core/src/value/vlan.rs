use super::ValueError;
use std::fmt;
use std::str::FromStr;

/// A VLAN id as a port group carries it: 0 untagged (EST), 1–4094 tagged by the vSwitch (VST), 4095 tagged by
/// the guest (VGT).
///
/// ```
/// use esxi_core::value::VlanId;
/// assert!(VlanId::new(4096).is_err());
/// assert!(VlanId::UNTAGGED.is_untagged());
/// assert_eq!("108".parse::<VlanId>()?.get(), 108);
/// # Ok::<(), esxi_core::value::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct VlanId(#[cfg_attr(feature = "schema", schemars(range(min = 0, max = 4095)))] u16);

impl VlanId {
    /// No tag.
    pub const UNTAGGED: VlanId = VlanId(0);
    /// Guest tagging: every VLAN reaches the port, tags kept.
    pub const GUEST: VlanId = VlanId(4095);

    /// # Errors
    /// [`ValueError::Vlan`] above 4095.
    pub fn new(id: u16) -> Result<Self, ValueError> {
        if id <= 4095 { Ok(VlanId(id)) } else { Err(ValueError::Vlan(id.to_string())) }
    }
    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
    /// True for 0.
    pub fn is_untagged(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for VlanId {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let id = text.trim().parse().map_err(|_| ValueError::Vlan(format!("\"{text}\"")))?;
        VlanId::new(id)
    }
}

impl fmt::Display for VlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl fmt::Debug for VlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> serde::Deserialize<'de> for VlanId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        VlanId::new(u16::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
