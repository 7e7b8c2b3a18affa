//! `SSH`: reaching a host.

super::codes! {
    /// Nothing answers at the address: no route, port closed, or the host stays mute.
    SSH_UNREACHABLE = "SSH001", exit 2, python "ConnectError";
}
