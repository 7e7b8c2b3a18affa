//! cloud-init, network configuration version 2, as the file `network-config` of a NoCloud volume.
//!
//! Verified with cloud-init 22.4.2: where netplan is there it gets the routes as they are; the renderers for
//! networkd and ifupdown drop `on-link`.

use super::text::{ConfigFile, Lines};
use super::{Guest, netplan};

pub(super) fn files(guest: &Guest, card: &str) -> Vec<ConfigFile> {
    let mut out = Lines::default();
    out.add("# network-config, beside user-data and meta-data on a volume with the label CIDATA");
    out.comments("#", guest.about(guest.unless_by_mac(card, "ip link")));
    if guest.default_routes().iter().any(|route| route.on_link) {
        out.add("# For systems with netplan (Ubuntu, Debian since 12): elsewhere cloud-init drops on-link");
    }
    out.add("version: 2");
    netplan::ethernets(guest, card, "", true, &mut out);
    vec![ConfigFile::new("network-config", out.take())]
}
