//! `NET`: host network: teaming, VLAN, vmkernel adapters, routes, reachability.

super::codes! {
    /// A network card that the document names is not in the host. Compare the MAC addresses with `esxi facts`.
    NIC_NOT_FOUND = "NET001", exit 2, python "SpecError";
}
