use serde::{Deserialize, Serialize};
use std::fmt;

/// What an address of a block is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// The block's first address: names the block, belongs to nobody.
    Network,
    /// The provider's router, default gateway of everything in the block.
    Gateway,
    /// ESXi's own management address (vmk0).
    Management,
    /// The router virtual machine: the next hop of addresses that the provider routes to the host.
    Router,
    /// Free for a virtual machine.
    Available,
    /// Given to a named virtual machine.
    Assigned,
    /// Kept by the provider for something else.
    Reserved,
    /// The block's last address: reaches everybody in it.
    Broadcast,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 8] = [
        Role::Network,
        Role::Gateway,
        Role::Management,
        Role::Router,
        Role::Available,
        Role::Assigned,
        Role::Reserved,
        Role::Broadcast,
    ];

    /// The role as it stands in JSON and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Network => "network",
            Role::Gateway => "gateway",
            Role::Management => "management",
            Role::Router => "router",
            Role::Available => "available",
            Role::Assigned => "assigned",
            Role::Reserved => "reserved",
            Role::Broadcast => "broadcast",
        }
    }

    /// True for addresses that virtual machines of the user have or may have: available and assigned ones. The
    /// router virtual machine's address is not counted.
    pub const fn is_usable(self) -> bool {
        matches!(self, Role::Available | Role::Assigned)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_in_json_is_the_word_in_tables() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
    }
}
