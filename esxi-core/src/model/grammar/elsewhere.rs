//! Namespaces of esxcli that exist but are not modelled.
//!
//! Source: the command tree of a 6.7 host (fcenobi/esxcli-ahk), cut to the words needed to tell a real command
//! from a typing mistake; `daemon` is a namespace of 8.x (dixonly/esxcliext).

/// Words below which everything counts as real, or whole commands inside a modelled namespace.
const PATHS: &[&str] = &[
    "daemon",
    "device",
    "esxcli command",
    "fcoe",
    "graphics",
    "hardware",
    "iscsi",
    "network diag",
    "network ens",
    "network ip connection",
    "network ip ipsec",
    "network ip neighbor",
    "network ip netstack add",
    "network ip netstack remove",
    "network ip netstack set",
    "network ip set",
    "network multicast",
    "network nic attachment",
    "network nic coalesce",
    "network nic cso",
    "network nic dcb",
    "network nic eeprom",
    "network nic negotiate",
    "network nic pauseParams",
    "network nic queue",
    "network nic register",
    "network nic ring",
    "network nic selftest",
    "network nic set",
    "network nic sg",
    "network nic software",
    "network nic stats",
    "network nic tso",
    "network nic vlan",
    "network port",
    "network sriovnic",
    "network vm",
    "network vswitch dvs",
    "nvme",
    "rdma",
    "sched",
    "software",
    "storage",
    "system account",
    "system auditrecords",
    "system boot",
    "system clock",
    "system coredump",
    "system maintenanceMode",
    "system module",
    "system ntp",
    "system permission",
    "system process",
    "system secpolicy",
    "system security",
    "system settings",
    "system shutdown",
    "system slp",
    "system snmp",
    "system ssh",
    "system stats",
    "system syslog",
    "system time",
    "system tls",
    "system visorfs",
    "system wbem",
    "system welcomemsg",
    "vsan",
];

pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    PATHS.iter().copied()
}

/// Last words of [`PATHS`] that are commands, not namespaces.
pub(super) fn is_verb(word: &str) -> bool {
    matches!(word, "add" | "remove" | "set")
}

/// Whether these words start a real command, or namespace, that the table does not hold.
pub fn known_elsewhere(words: &[&str]) -> bool {
    PATHS.iter().any(|path| {
        let mut given = words.iter();
        path.split(' ').all(|word| given.next().is_some_and(|given| *given == word))
    })
}
