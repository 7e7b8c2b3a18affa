use super::ValueError;
use std::fmt;
use std::str::FromStr;

/// The MTU of a vSwitch or vmkernel adapter in bytes.
///
/// Range 1280–9190: the lower bound is IPv6's, the upper one the ceiling of recent releases (believed, not
/// verified; 9000 is the usual ceiling).
///
/// ```
/// use esxi_core::value::Mtu;
/// assert_eq!(Mtu::default().get(), 1500);
/// assert!(Mtu::new(1000).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Mtu(#[cfg_attr(feature = "schema", schemars(range(min = 1280, max = 9190)))] u16);

impl Mtu {
    /// # Errors
    /// [`ValueError::Mtu`] outside 1280–9190.
    pub fn new(bytes: u16) -> Result<Self, ValueError> {
        if (1280..=9190).contains(&bytes) { Ok(Mtu(bytes)) } else { Err(ValueError::Mtu(bytes.to_string())) }
    }
    /// Bytes.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Default for Mtu {
    fn default() -> Self {
        Mtu(1500)
    }
}

impl FromStr for Mtu {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let bytes = text.trim().parse().map_err(|_| ValueError::Mtu(format!("\"{text}\"")))?;
        Mtu::new(bytes)
    }
}

impl fmt::Display for Mtu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl fmt::Debug for Mtu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> serde::Deserialize<'de> for Mtu {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Mtu::new(u16::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
