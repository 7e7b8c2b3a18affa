//! Lines of a virtual machine's .vmx file: a MAC address that is set by hand.
//!
//! Verified: `addressType` and `address`, and that a static address lies in 00:50:56:00:00:00 to
//! 00:50:56:3f:ff:ff (VMware's manual on MAC addresses of virtual machines); that `checkMACAddress = "false"` makes
//! ESX take others, the way libvirt's ESX driver writes it (its manual, "MAC addresses"). Believed: that the value
//! of a .vmx line writes a character as a bar and its two hexadecimal digits.

use super::{Guest, GuestMac, Router};
use crate::value::MacAddr;

/// True of addresses that ESXi takes as static ones without being asked to.
fn is_for_static_use(mac: MacAddr) -> bool {
    matches!(mac.0, [0x00, 0x50, 0x56, 0x00..=0x3f, _, _])
}

/// What gives card number `card` this address.
pub(super) fn mac_lines(mac: MacAddr, card: u8) -> Vec<String> {
    let mut lines = vec![
        format!("ethernet{card}.addressType = \"static\""),
        format!("ethernet{card}.address = \"{mac}\""),
    ];
    if !is_for_static_use(mac) {
        lines.push(format!("ethernet{card}.checkMACAddress = \"false\""));
    }
    lines
}

fn quoted(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            '"' | '|' | '\0'..=' ' | '\x7f' if c != ' ' => out.push_str(&format!("|{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    format!("\"{out}\"")
}

impl Guest {
    /// The lines of the machine's .vmx file that put its first card on its port group, where that is known, and give
    /// it the MAC address it must have, unless any is right or it is still to be ordered.
    pub fn vmx(&self) -> Vec<String> {
        let port_group =
            self.port_group.iter().map(|name| format!("ethernet0.networkName = {}", quoted(name)));
        let mut lines: Vec<String> = port_group.collect();
        if let GuestMac::Fixed(mac) = self.mac {
            lines.extend(mac_lines(mac, 0));
        }
        lines
    }
}

impl Router {
    /// The lines of the machine's .vmx file that put its two cards on their port groups, the first one outside, and
    /// give that one the MAC address it must have.
    pub fn vmx(&self) -> Vec<String> {
        let mut lines = vec![
            format!("ethernet0.networkName = {}", quoted(&self.outside_port_group)),
            format!("ethernet1.networkName = {}", quoted(&self.inside_port_group)),
        ];
        if let GuestMac::Fixed(mac) = self.mac {
            lines.extend(mac_lines(mac, 0));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::guest::GuestAddress;

    #[test]
    fn only_addresses_outside_the_static_range_need_the_check_switched_off() {
        for (mac, off) in [
            ("00:50:56:00:00:00", false),
            ("00:50:56:3f:ff:ff", false),
            ("00:50:56:40:00:00", true),
            ("02:00:00:12:34:56", true),
        ] {
            let guest = Guest::new("a", [GuestAddress::new("192.0.2.1/32".parse().unwrap())])
                .mac(GuestMac::Fixed(mac.parse().unwrap()));
            let lines = guest.vmx();
            assert!(lines.contains(&format!("ethernet0.address = \"{mac}\"")), "{lines:?}");
            assert_eq!(lines.iter().any(|line| line.ends_with("checkMACAddress = \"false\"")), off, "{mac}");
        }
    }

    #[test]
    fn a_port_group_ends_where_it_ends() {
        let router = Router::new([], "a\"b\nc|d", "e f");
        assert_eq!(
            router.vmx(),
            ["ethernet0.networkName = \"a|22b|0Ac|7Cd\"", "ethernet1.networkName = \"e f\""]
        );
        assert_eq!(Guest::new("a", []).port_group("b\"c").vmx(), ["ethernet0.networkName = \"b|22c\""]);
    }
}
