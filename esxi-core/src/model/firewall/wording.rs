//! Sentences of the firewall alone.

/// Verified (9.0.0, and scripts for 6.5 and later).
pub(super) const REQUIRED: &str =
    "Invalid operation requested: This ruleset is required and cannot be disabled";

/// Verified (8.0 U2).
pub(super) const ADDRESSES_OWNED: &str = "Invalid operation requested: Can not change allowed ip list this ruleset, it is owned by system service.";

/// Believed, after [`ADDRESSES_OWNED`].
pub(super) const SWITCH_OWNED: &str =
    "Invalid operation requested: Can not enable or disable this ruleset, it is owned by system service.";

/// Verified as a part of the output (apache/vcl); that it is all of it is believed.
pub(super) const ALLOWED_ALL: &str = "Couldn't update allowed ip list when allowed-all flag is true.";

/// Verified: `already exist` stands in it (apache/vcl); the rest is believed.
pub(super) fn address_exists(address: &str) -> String {
    format!("The IP address {address} already exists in the allowed ip list of the ruleset.")
}

/// Believed.
pub(super) fn no_address(address: &str) -> String {
    format!("The IP address {address} does not exist in the allowed ip list of the ruleset.")
}

/// Believed.
pub(super) fn no_rule_set(name: &str) -> String {
    format!("Invalid ruleset id: {name}")
}

/// Believed.
pub(super) fn bad_address(address: &str) -> String {
    format!("Invalid IP address: {address}")
}

/// Believed.
pub(super) const NOT_LOADED: &str = "The firewall module is not loaded.";
