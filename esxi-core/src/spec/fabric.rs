//! The `fabric` part of a host file: what the user knows of the network around the host.

use super::{NicRef, text};
use crate::value::{MacAddr, VlanId};
use ipnet::IpNet;
use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;

/// What lies outside the host. It may stand in the host file or in a file of its own (`version: 1` and `fabric:`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FabricSpec {
    /// Address from which management is used, as the host sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub client: Option<IpAddr>,
    /// The switch port behind each card. A card that is not listed has an unknown port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<FabricPort>>,
    /// Subnets on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub networks: Option<Vec<FabricNetwork>>,
}

/// A switch port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FabricPort {
    /// The card that is plugged into it.
    pub nic: NicRef,
    /// VLAN that untagged frames belong to (access VLAN, native VLAN), or `none` where they are dropped. 0, also
    /// when absent: whatever untagged frames are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untagged: Option<UntaggedSpec>,
    /// VLANs carried with a tag: `none` (also when absent), `all`, or a list of ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tagged: Option<TaggedSpec>,
    /// Link aggregation that the switch expects; absent means that nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<LagSide>,
    /// Number of the aggregation, to tell several apart; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_group: Option<u16>,
    /// Hardware addresses that the port takes frames from; it drops those of others, as providers' ports do that are
    /// bound to the addresses they have issued. Absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macs: Option<Vec<MacAddr>>,
}

impl FabricPort {
    /// A port of which only the card is stated.
    pub fn new(nic: NicRef) -> Self {
        FabricPort { nic, untagged: None, tagged: None, lag: None, lag_group: None, macs: None }
    }
}

/// Link aggregation as the physical switch is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LagSide {
    /// An independent port.
    None,
    /// A channel without a protocol (`mode on`).
    Static,
    /// A channel that negotiates; a standard vSwitch does not speak LACP.
    Lacp,
}

/// What a switch port does with untagged frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UntaggedSpec {
    /// The word `none`: it drops them.
    Dropped,
    /// They belong to this VLAN; 0 = whatever untagged frames are there.
    Vlan(u16),
}

impl Serialize for UntaggedSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            UntaggedSpec::Dropped => serializer.serialize_str("none"),
            UntaggedSpec::Vlan(id) => serializer.serialize_u16(*id),
        }
    }
}

impl<'de> Deserialize<'de> for UntaggedSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = UntaggedSpec;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a VLAN id from 0 to 4094 or none")
            }
            fn visit_u64<E: Error>(self, id: u64) -> Result<UntaggedSpec, E> {
                match u16::try_from(id) {
                    Ok(id) if id <= 4094 => Ok(UntaggedSpec::Vlan(id)),
                    _ => Err(E::invalid_value(Unexpected::Unsigned(id), &self)),
                }
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<UntaggedSpec, E> {
                match word {
                    "none" => Ok(UntaggedSpec::Dropped),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for UntaggedSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UntaggedSpec".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "VLAN that untagged frames belong to, or none where the port drops them.",
            "anyOf": [{ "const": "none" }, { "type": "integer", "minimum": 0, "maximum": 4094 }],
        })
    }
}

/// VLANs that a port carries with a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaggedSpec {
    /// The word `none`: an access port.
    None,
    /// The word `all`.
    All,
    /// These.
    Only(Vec<VlanId>),
}

impl Serialize for TaggedSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            TaggedSpec::None => serializer.serialize_str("none"),
            TaggedSpec::All => serializer.serialize_str("all"),
            TaggedSpec::Only(list) => list.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for TaggedSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = TaggedSpec;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("none, all or a list of VLAN ids")
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<TaggedSpec, E> {
                match word {
                    "none" => Ok(TaggedSpec::None),
                    "all" => Ok(TaggedSpec::All),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<TaggedSpec, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(TaggedSpec::Only)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TaggedSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TaggedSpec".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let list = generator.subschema_for::<Vec<VlanId>>();
        schemars::json_schema!({
            "description": "VLANs that a port carries with a tag.",
            "anyOf": [{ "enum": ["none", "all"] }, list],
        })
    }
}

/// A subnet of the fabric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FabricNetwork {
    /// The subnet in CIDR notation.
    #[serde(with = "text::network")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub subnet: IpNet,
    /// Its router, which knows the way to everywhere else; absent = isolated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub gateway: Option<IpAddr>,
    /// VLAN that carries it, in the fabric's own numbers; 0, also when absent: that of untagged frames on ports
    /// whose VLAN nobody stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 4094)))]
    pub vlan: Option<u16>,
    /// Address that a DHCP server on it hands to the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub dhcp: Option<IpAddr>,
}

#[cfg(feature = "plan")]
mod lower {
    use super::*;
    use crate::diag::{Diagnostic, codes};
    use crate::reach::{Evidence, Fabric, Lag, Network, SwitchPort, TaggedVlans};
    use crate::spec::{HostSpec, nic::NicResolver};
    use crate::state::HostState;

    impl HostSpec {
        /// The fabric as reachability uses it, its cards resolved on this host. A port whose card the host does
        /// not have is a warning and left out: that port stays unknown.
        ///
        /// ```
        /// # use esxi_core::spec::HostSpec;
        /// # use esxi_core::state::{factory, FactoryNic};
        /// let spec: HostSpec = serde_json::from_str(r#"{ "version": 1, "fabric": {
        ///     "ports": [{ "nic": "0c:c4:7a:b5:80:02", "lag": "lacp" }] } }"#)?;
        /// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
        /// let (fabric, findings) = spec.fabric(&factory("7.0".parse()?, &[nic]));
        /// assert!(findings.is_empty());
        /// assert_eq!(fabric.ports["vmnic0"].untagged, Some(0));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn fabric(&self, host: &HostState) -> (Fabric, Vec<Diagnostic>) {
            let Some(spec) = &self.fabric else { return (Fabric::default(), Vec::new()) };
            let resolver = NicResolver::new(self, host);
            let mut fabric = Fabric { client: spec.client, ..Fabric::default() };
            let mut diagnostics = Vec::new();
            for (at, port) in spec.ports.iter().flatten().enumerate() {
                let path = format!("/fabric/ports/{at}/nic");
                let Some(nic) = resolver.find(&port.nic) else {
                    let missing = resolver.missing(&port.nic, &path);
                    let warning = Diagnostic::warning(codes::FABRIC_NIC_NOT_FOUND, missing.message).at(path);
                    diagnostics.push(Diagnostic { help: missing.help, fix: missing.fix, ..warning });
                    continue;
                };
                if let Some(macs) = &port.macs {
                    fabric.macs.insert(nic.clone(), macs.iter().copied().collect());
                }
                if fabric.ports.insert(nic.clone(), port.lower()).is_some() {
                    let message = format!("{nic} is described by two ports");
                    diagnostics.push(Diagnostic::error(codes::NIC_TWICE, message).at(path));
                }
            }
            fabric.networks = spec.networks.iter().flatten().map(FabricNetwork::lower).collect();
            (fabric, diagnostics)
        }
    }

    impl FabricPort {
        fn lower(&self) -> SwitchPort {
            let group = self.lag_group.unwrap_or(1);
            SwitchPort {
                untagged: match self.untagged {
                    None => Some(0),
                    Some(UntaggedSpec::Vlan(id)) => Some(id),
                    Some(UntaggedSpec::Dropped) => None,
                },
                tagged: match &self.tagged {
                    None | Some(TaggedSpec::None) => TaggedVlans::None,
                    Some(TaggedSpec::All) => TaggedVlans::All,
                    Some(TaggedSpec::Only(list)) => TaggedVlans::Only(list.clone()),
                },
                lag: match self.lag {
                    None => Lag::Unknown,
                    Some(LagSide::None) => Lag::None,
                    Some(LagSide::Static) => Lag::Static { group },
                    Some(LagSide::Lacp) => Lag::Lacp { group },
                },
                evidence: Evidence::Asserted,
            }
        }
    }

    impl FabricNetwork {
        fn lower(&self) -> Network {
            Network {
                subnet: self.subnet,
                gateway: self.gateway,
                segment: self.vlan.unwrap_or(0),
                dhcp: self.dhcp,
                evidence: Evidence::Asserted,
            }
        }
    }
}
