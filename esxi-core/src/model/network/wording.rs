//! Sentences of the network side alone.

/// Verified: scripts for 7.x and 8.x match it.
pub(super) fn stack_exists(key: &str) -> String {
    format!("Netstack instance '{key}' is already found in kernel")
}

/// Verified shape of what the kernel refuses; the head is believed.
pub(super) fn sysinfo(what: &str, status: &str) -> String {
    format!(
        "Unable to {what}: Unable to complete Sysinfo operation.  Please see the VMkernel log file for more details.: \
         Sysinfo error: {status}See VMkernel log for details."
    )
}

/// Believed.
pub(super) const SPEED_AND_DUPLEX: &str = "Must specify both speed and duplex";

/// Believed.
pub(super) fn bad_speed(speed: &str) -> String {
    format!("Invalid speed: {speed}")
}
