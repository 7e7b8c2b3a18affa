use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

/// Why a text cannot name an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {what}")]
pub struct NameError {
    text: String,
    what: &'static str,
}

/// Serde through `Display` and `FromStr`, and a plain string in the JSON Schema.
macro_rules! serde_as_text {
    ($type:ident, $what:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $what })
            }
        }
    };
}
pub(crate) use serde_as_text;

/// A name: any printable text of 1–128 characters without control characters or outer blanks that `$check` accepts.
macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        // Plans copy whole hosts a great many times, and names are most of what is in them.
        pub struct $type(Arc<str>);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> bool = $check;
                let plain = !text.is_empty()
                    && text.chars().count() <= 128
                    && text.trim() == text
                    && !text.chars().any(char::is_control);
                if plain && check(text) {
                    Ok($type(text.into()))
                } else {
                    Err(NameError { text: text.to_owned(), what: $what })
                }
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl Deref for $type {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                *self.0 == *other
            }
        }
        impl PartialEq<&str> for $type {
            fn eq(&self, other: &&str) -> bool {
                *self.0 == **other
            }
        }
        serde_as_text!($type, $what);
    };
}

/// Whether a tag or a search domain is one word of letters, digits, `-`, `.` and `_`. That a host refuses other
/// characters is believed; control characters would make its XML unreadable.
#[cfg(feature = "spec")]
pub(crate) fn is_word(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    !text.is_empty() && text.chars().all(fits)
}

fn numbered(text: &str, stem: &str) -> bool {
    text.strip_prefix(stem).is_some_and(|n| {
        !n.is_empty()
            && n.len() <= 4
            && n.bytes().all(|b| b.is_ascii_digit())
            && (n == "0" || !n.starts_with('0'))
    })
}

name!(
    /// A physical network card as ESXi numbers it: `vmnic0`, or `vusb0` for a USB card.
    VmnicName, "a physical adapter name such as vmnic0", |t| numbered(t, "vmnic") || numbered(t, "vusb")
);
name!(
    /// A vmkernel adapter: `vmk0`.
    VmkName, "a vmkernel adapter name such as vmk0", |t| numbered(t, "vmk")
);
name!(
    /// A standard vSwitch: `vSwitch0`, or any name without a comma. At most 31 characters (believed).
    SwitchName, "a vSwitch name (1-31 characters, no comma)", |t| t.len() <= 31 && !t.contains(',')
);
name!(
    /// A port group; unique on its host, may contain blanks. A comma or slash is refused: ESXi's own text output separates
    /// names with commas and stores slashes escaped.
    PortGroupName, "a port group name (no comma or slash)", |t| !t.contains([',', '/', '\\'])
);
name!(
    /// A TCP/IP stack: `defaultTcpipStack`, `vmotion`, `vSphereProvisioning` or one's own.
    NetstackName, "a TCP/IP stack name", |t| !t.contains([',', ' '])
);

impl Default for NetstackName {
    fn default() -> Self {
        static DEFAULT: LazyLock<NetstackName> = LazyLock::new(|| NetstackName("defaultTcpipStack".into()));
        DEFAULT.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["vmnic0", "vmnic10", "vusb0"] {
            assert!(good.parse::<VmnicName>().is_ok(), "{good}");
        }
        for bad in ["", "vmnic", "vmnic01", "eth0", "vmnic0 ", "vmnic-1", "vmk0"] {
            assert!(bad.parse::<VmnicName>().is_err(), "{bad}");
        }
        assert!("Management Network".parse::<PortGroupName>().is_ok());
        for bad in ["a,b", "a/b", " a", "a\nb", ""] {
            assert!(bad.parse::<PortGroupName>().is_err(), "{bad:?}");
        }
        assert!("vSwitch with far too long a name 123".parse::<SwitchName>().is_err());
    }
}
