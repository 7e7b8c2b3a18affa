//! cloud-init, network configuration version 2, as the file `network-config` of a NoCloud volume.
//!
//! Verified by cloud-init 22.4.2's own renderers: those for netplan, networkd and NetworkManager keep `on-link`, the
//! one for ifupdown drops it.

use super::text::{ConfigFile, Lines};
use super::{Guest, netplan};

pub(super) fn files(guest: &Guest, card: &str) -> Vec<ConfigFile> {
    let mut out = Lines::default();
    out.add("# network-config, beside user-data and meta-data on a volume with the label CIDATA");
    out.comments("#", guest.about());
    out.add("version: 2");
    netplan::ethernets(guest, card, "", true, &mut out);
    vec![ConfigFile::new("network-config", out.take())]
}
