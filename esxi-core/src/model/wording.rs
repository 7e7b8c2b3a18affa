//! Sentences of esxcli, in one place.
//!
//! Verified ones were seen in captured output. Those marked *believed* are not: their meaning is certain, their
//! words are ours or hearsay, and nothing may depend on them but a reader's eye.

/// Verified (5.1).
pub(super) const HOSTD_DOWN: &str = "Connect to localhost failed: Connection failure";

/// Verified (9.0.0): followed by one blank line and nothing else.
pub(super) fn unknown_command(words: &str) -> String {
    format!("Unknown command or namespace {words}")
}

/// Verified (7.x, 8.x).
pub(super) fn invalid_option(word: &str) -> String {
    format!("Invalid option {word}")
}

/// Verified (7.x, 8.x); one line an option.
pub(super) fn missing_parameter(option: &str) -> String {
    format!("Missing required parameter {option}")
}

/// Shape verified for booleans; believed for integers.
pub(super) fn bad_integer(option: &str, value: &str) -> String {
    format!("While processing '{option}'. Argument type mismatch. Expecting integer value. Got '{value}'")
}

/// Believed: the tail after `Expecting`.
pub(super) fn bad_boolean(option: &str, value: &str) -> String {
    format!("While processing '{option}'. Argument type mismatch. Expecting boolean value. Got '{value}'")
}

/// Believed.
pub(super) fn bad_choice(option: &str, value: &str, choices: &[&str]) -> String {
    format!("While processing '{option}'. '{value}' is not in [{}]", choices.join(", "))
}

/// Believed.
pub(super) fn duplicated(option: &str) -> String {
    format!("Duplicated option {option}")
}

/// Believed.
pub(super) fn flag_with_value(option: &str) -> String {
    format!("`{option}` is a flag and cannot accept any values.")
}

/// Believed.
pub(super) fn no_value(option: &str) -> String {
    format!("`{option}` must have value")
}

/// Verified for `json` without `--debug`.
pub(super) fn no_formatter(name: &str) -> String {
    format!("Unable to find requested formatter: {name}")
}

/// Believed: a value that the host cannot take although its type is right.
pub(super) fn bad_value(what: &str, value: &str) -> String {
    format!("Unable to set: Invalid {what}: {value}")
}

/// Believed: an argument that only some other argument makes necessary.
pub(super) fn needs(what: &str, option: &str) -> String {
    format!("Unable to set: {what} needs {option}")
}

/// Verified tail for an unknown adapter (`Not found`); the head is believed.
pub(super) fn not_found(what: &str) -> String {
    format!(
        "Unable to {what}: Unable to complete Sysinfo operation.  Please see the VMkernel log file for more details.: \
         Sysinfo error: Not foundSee VMkernel log for details."
    )
}
