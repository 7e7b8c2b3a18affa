//! `SIM`: the simulated host.

super::codes! {
    /// The jail for the simulated host's shell cannot be made: neither user namespaces nor root.
    SIM_NO_JAIL = "SIM001", exit 2, python "SimError";
}
