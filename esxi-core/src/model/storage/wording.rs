//! Sentences of `esxcli storage` and its elders.

/// Verified tail (7.x): what the kernel refuses. The blank that lacks before `See` lacks on real hosts too.
pub(super) fn sysinfo(what: &str, status: &str) -> String {
    format!(
        "{what}: Unable to complete Sysinfo operation.  Please see the VMkernel log file for more details.: Sysinfo \
         error: {status}See VMkernel log for details."
    )
}

/// Believed.
pub(super) fn no_device(name: &str) -> String {
    format!("Unknown device {name}")
}

/// Believed.
pub(super) fn no_path(name: &str) -> String {
    format!("Unknown path {name}")
}

/// Believed.
pub(super) fn no_adapter(name: &str) -> String {
    format!("Unknown adapter {name}")
}

/// Believed.
pub(super) fn no_volume(name: &str) -> String {
    format!("No volume with label or UUID '{name}' was found")
}

/// Believed.
pub(super) fn volume_busy(name: &str) -> String {
    sysinfo(&format!("Volume '{name}' cannot be unmounted. Reason"), "Busy")
}

/// Verified in its middle: readers match ` is already exported by a volume with the name `.
pub(super) fn nfs_exists(host: &str, share: &str, label: &str) -> String {
    format!("{host}:{share} is already exported by a volume with the name {label}")
}

/// Believed.
pub(super) fn label_taken(label: &str) -> String {
    format!("A volume with the name {label} already exists")
}

/// Believed.
pub(super) fn one_of(options: &str) -> String {
    format!("Must specify one of {options}")
}
