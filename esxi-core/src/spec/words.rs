//! Values of the host file that are a word or a mapping.

use super::text;
use ipnet::Ipv4Net;
use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::net::Ipv4Addr;

/// The version of the host file's format: 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FormatVersion;

impl Serialize for FormatVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(1)
    }
}

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            1 => Ok(FormatVersion),
            other => Err(Error::custom(format!("version {other} of the format is not known here: write 1"))),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for FormatVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FormatVersion".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": 1 })
    }
}

/// What a port group sets for itself, or that it sets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Override<T> {
    /// Nothing of its own: the word `inherit`.
    Inherit,
    /// These values; the absent ones stay as they are.
    Set(T),
}

impl<T> Override<T> {
    /// The mapping, if there is one.
    pub fn set(&self) -> Option<&T> {
        match self {
            Override::Inherit => None,
            Override::Set(value) => Some(value),
        }
    }
}

impl<T: Serialize> Serialize for Override<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Override::Inherit => serializer.serialize_str("inherit"),
            Override::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Override<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Override<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the word inherit or a mapping")
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
                match word {
                    "inherit" => Ok(Override::Inherit),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Override::Set)
            }
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Override<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}OrInherit", T::schema_name()).into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let own = generator.subschema_for::<T>();
        schemars::json_schema!({ "anyOf": [{ "const": "inherit" }, own] })
    }
}

/// How an adapter gets its IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ipv4Spec {
    /// The word `none`: no IPv4.
    None,
    /// The word `dhcp`.
    Dhcp,
    /// `address`, and a `gateway` of its own where needed.
    Static {
        /// Address and prefix length.
        address: Ipv4Net,
        /// Gateway override of this adapter (6.5+), used only by services bound to it. It does not help to
        /// answer management on it: use a static route for that.
        gateway: Option<Ipv4Addr>,
    },
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Ipv4Static"))]
#[serde(deny_unknown_fields)]
struct StaticRow {
    /// Address with prefix length, such as 147.75.1.10/29.
    #[serde(with = "text::ipv4_net")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    address: Ipv4Net,
    /// Gateway override of this adapter (6.5+), used only by services bound to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    gateway: Option<Ipv4Addr>,
}

impl Serialize for Ipv4Spec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Ipv4Spec::None => serializer.serialize_str("none"),
            Ipv4Spec::Dhcp => serializer.serialize_str("dhcp"),
            Ipv4Spec::Static { address, gateway } => StaticRow { address, gateway }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Ipv4Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Ipv4Spec;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("dhcp, none or a mapping such as { address: 192.0.2.10/24 }")
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<Ipv4Spec, E> {
                match word {
                    "none" => Ok(Ipv4Spec::None),
                    "dhcp" => Ok(Ipv4Spec::Dhcp),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Ipv4Spec, A::Error> {
                let StaticRow { address, gateway } = StaticRow::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Ipv4Spec::Static { address, gateway })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Ipv4Spec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ipv4Spec".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let by_hand = generator.subschema_for::<StaticRow>();
        schemars::json_schema!({
            "description": "How an adapter gets its IPv4 address: dhcp, none, or an address by hand.",
            "anyOf": [{ "enum": ["dhcp", "none"] }, by_hand],
        })
    }
}
