//! ESXi versions and what each can do.

use std::fmt;
use std::str::FromStr;

/// A release of ESXi: `8.0.2` is `{ major: 8, minor: 0, update: 2, patch: 0 }`.
///
/// The version text of a host (`esxcli system version get`) carries major, minor and update; the patch level
/// stands in a line of its own.
///
/// ```
/// use esxi_core::EsxiVersion;
/// let v: EsxiVersion = "8.0.2".parse()?;
/// assert!(v >= EsxiVersion::new(7, 0));
/// assert_eq!(v.to_string(), "8.0.2");
/// assert_eq!("6.5".parse::<EsxiVersion>()?.to_string(), "6.5.0");
/// # Ok::<(), esxi_core::version::VersionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EsxiVersion {
    /// 5 to 9.
    pub major: u8,
    /// 0, 1, 5 or 7.
    pub minor: u8,
    /// Update, 0 for the first release.
    pub update: u8,
    /// Patch level as `esxcli system version get` prints it, 0 when unknown.
    pub patch: u16,
}

/// A text that is no ESXi version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an ESXi version: write 6.5, 6.7, 7.0, 8.0 or a full one such as 8.0.2")]
pub struct VersionError(pub String);

impl EsxiVersion {
    /// The first release of a major and minor version.
    pub const fn new(major: u8, minor: u8) -> Self {
        EsxiVersion { major, minor, update: 0, patch: 0 }
    }
    /// Newest release whose command syntax was checked against public sources. A newer host is treated as this
    /// one, with a warning.
    pub const NEWEST_KNOWN: EsxiVersion = EsxiVersion::new(9, 0);
}

impl FromStr for EsxiVersion {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let bad = || VersionError(text.to_owned());
        let mut parts = text.trim().split('.').map(|part| part.parse::<u8>().map_err(|_| bad()));
        let major = parts.next().ok_or_else(bad)??;
        let minor = parts.next().ok_or_else(bad)??;
        let update = parts.next().unwrap_or(Ok(0))?;
        // A fourth part (9.0.2.0) is a maintenance level that changes no syntax.
        let _maintenance = parts.next().unwrap_or(Ok(0))?;
        if parts.next().is_some() || !(5..=20).contains(&major) {
            return Err(bad());
        }
        Ok(EsxiVersion { major, minor, update, patch: 0 })
    }
}

impl fmt::Display for EsxiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.update)
    }
}
impl fmt::Debug for EsxiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

crate::value::serde_as_text!(EsxiVersion, "an ESXi version such as 8.0.2");
