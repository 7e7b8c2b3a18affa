//! What is known of providers, as data: which sizes, which offset for which role, what it costs, and from where
//! each of these facts is known.

use super::Role;
use serde::Serialize;

/// How sure a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Stands in the named source.
    Verified,
    /// Follows from the named source by a step that the fact explains.
    Derived,
    /// Believed; no source was read.
    Assumed,
}

/// One statement about a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fact {
    /// The statement.
    pub text: &'static str,
    /// Where it stands.
    pub source: &'static str,
    /// How sure it is.
    pub evidence: Evidence,
}

/// A place in a block, counted from either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Offset from the first address: 0 is the first.
    FromFirst(u32),
    /// Offset from the last address: 0 is the last.
    FromLast(u32),
}

/// Which address of a block has which role. Addresses that no row names are available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Layout {
    /// Name on the command line and in files.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub summary: &'static str,
    /// IPv4 prefix lengths the layout is known for.
    pub prefixes: &'static [u8],
    /// The addresses that are not free.
    pub roles: &'static [(Position, Role)],
    /// Where the roles are known from.
    pub facts: &'static [Fact],
}

/// What addresses cost: those beyond an included block are charged singly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PriceRule {
    /// ISO 4217 code of the currency.
    pub currency: &'static str,
    /// Price of one address for one hour, in millionths of the currency.
    pub micros_per_address_hour: u64,
    /// Addresses in the block that comes with the server and costs nothing.
    pub included: u32,
    /// Where the price is known from.
    pub facts: &'static [Fact],
}

/// Whether the service can still be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It can.
    Live,
    /// It was shut down; its rules remain a pattern that others follow.
    Retired,
    /// No provider of its own: a way of handing out blocks that several share.
    Pattern,
}

/// One provider's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Provider {
    /// Name on the command line and in files.
    pub name: &'static str,
    /// The provider's own name.
    pub title: &'static str,
    /// Whether it still sells this.
    pub status: Status,
    /// Its layouts, the default one first.
    pub layouts: &'static [Layout],
    /// What blocks cost, where known.
    pub price: Option<PriceRule>,
    /// What else a user of its blocks must know.
    pub facts: &'static [Fact],
}

impl Provider {
    /// The layout of this name.
    pub fn layout(&self, name: &str) -> Option<&Layout> {
        self.layouts.iter().find(|layout| layout.name == name)
    }
}

/// Every provider that is known, in order of name.
pub const PROVIDERS: &[Provider] = &[GENERIC_ONLINK, PACKET];

/// The provider of this name.
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

/// Sizes in which a block on the wire of its host is met: from a /29 up to a /16.
const ONLINK_SIZES: &[u8] = &[29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16];

const GENERIC_ONLINK: Provider = Provider {
    name: "generic-onlink",
    title: "Any provider that puts the block on the host's own wire",
    status: Status::Pattern,
    layouts: &[Layout {
        name: "direct",
        summary: "ESXi answers on the first address behind the gateway; virtual machines take the rest",
        prefixes: ONLINK_SIZES,
        roles: &[
            (Position::FromFirst(0), Role::Network),
            (Position::FromFirst(1), Role::Gateway),
            (Position::FromFirst(2), Role::Management),
            (Position::FromLast(0), Role::Broadcast),
        ],
        facts: &[Fact {
            text: "network first, gateway second, broadcast last is the usual order of a block on the wire; ask \
                   the provider which address is its gateway",
            source: "the /29 of Packet's guide and the portable /29 of IBM Cloud classic",
            evidence: Evidence::Derived,
        }],
    }],
    price: None,
    facts: &[],
};

const GUIDE: &str = "Packet's guide \"VMware ESXi\", section ESXi Networking";
const GUIDE_ELASTIC: &str = "Packet's guide \"VMware ESXi\", section Elastic IP Addresses";

const PACKET: Provider = Provider {
    name: "packet",
    title: "Packet / Equinix Metal",
    status: Status::Retired,
    layouts: &[
        Layout {
            name: "direct",
            summary: "ESXi answers on the first address behind the gateway; virtual machines take the rest",
            prefixes: &[29, 28],
            roles: &[
                (Position::FromFirst(0), Role::Network),
                (Position::FromFirst(1), Role::Gateway),
                (Position::FromFirst(2), Role::Management),
                (Position::FromLast(0), Role::Broadcast),
            ],
            facts: &[
                Fact {
                    text: "of a /29 the 1st is the network, the 2nd the gateway, the 3rd ESXi, the 4th to 7th \
                           available, the 8th broadcast",
                    source: GUIDE,
                    evidence: Evidence::Verified,
                },
                Fact { text: "a /28 has 12 usable addresses", source: GUIDE, evidence: Evidence::Verified },
                Fact {
                    text: "a /28 keeps the same roles at its ends: 16 less these four are the 12 it says",
                    source: GUIDE,
                    evidence: Evidence::Derived,
                },
            ],
        },
        Layout {
            name: "router-vm",
            summary: "a router virtual machine takes the address that the provider routes further addresses to; \
                      ESXi moves to the next",
            prefixes: &[29, 28],
            roles: &[
                (Position::FromFirst(0), Role::Network),
                (Position::FromFirst(1), Role::Gateway),
                (Position::FromFirst(2), Role::Router),
                (Position::FromFirst(3), Role::Management),
                (Position::FromLast(0), Role::Broadcast),
            ],
            facts: &[
                Fact {
                    text: "of a /29 the 3rd is the router virtual machine, the 4th ESXi, the 5th to 7th available",
                    source: GUIDE_ELASTIC,
                    evidence: Evidence::Verified,
                },
                Fact {
                    text: "a /28 keeps the same roles at its ends",
                    source: GUIDE_ELASTIC,
                    evidence: Evidence::Derived,
                },
            ],
        },
    ],
    price: Some(PriceRule {
        currency: "USD",
        micros_per_address_hour: 5_000,
        included: 8,
        facts: &[
            Fact {
                text: "every instance comes with a /29; additional addresses of a larger block cost 0.005 dollars \
                       an hour each",
                source: GUIDE,
                evidence: Evidence::Verified,
            },
            Fact {
                text: "read as: all addresses of the block less the 8 of the /29, usable or not",
                source: GUIDE,
                evidence: Evidence::Derived,
            },
        ],
    }),
    facts: &[
        Fact {
            text: "elastic addresses are routed to the 3rd address of the block; ESXi's own network stack cannot \
                   pass them on, a router virtual machine at that address can",
            source: GUIDE_ELASTIC,
            evidence: Evidence::Verified,
        },
        Fact {
            text: "installation of ESXi ended on 2024-07-01",
            source: "README of equinix/terraform-metal-vsphere",
            evidence: Evidence::Verified,
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(PROVIDERS.is_sorted_by_key(|p| p.name));
        for p in PROVIDERS {
            assert!(!p.layouts.is_empty(), "{}", p.name);
            for layout in p.layouts {
                assert!(!layout.prefixes.is_empty() && !layout.facts.is_empty(), "{}", layout.name);
                for &prefix in layout.prefixes {
                    let count = 1_u32 << (32 - prefix);
                    let mut taken = std::collections::BTreeSet::new();
                    for (position, role) in layout.roles {
                        let offset = match *position {
                            Position::FromFirst(n) => Some(n),
                            Position::FromLast(n) => (count - 1).checked_sub(n),
                        };
                        let offset = offset.filter(|n| *n < count).expect("inside the block");
                        assert!(taken.insert(offset), "{} /{prefix}: {role} stands on another", layout.name);
                    }
                }
            }
        }
    }
}
