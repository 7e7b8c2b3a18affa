//! A keyfile of NetworkManager. Facts from its manual (nm-settings-keyfile): `addressN=ADDRESS/PREFIX`,
//! `routeN=NETWORK/PREFIX,GATEWAY`, lists end in semicolons; a file that others can read is refused.

use super::text::{ConfigFile, Lines};
use super::{Guest, GuestMac};

pub(super) fn files(guest: &Guest, card: &str) -> Vec<ConfigFile> {
    let name = guest.plain_name();
    let path = format!("/etc/NetworkManager/system-connections/{name}.nmconnection");
    let mut out = Lines::default();
    out.add(format!("# {path}, owner root, mode 600"));
    out.add(format!("# Then: nmcli connection reload; nmcli connection up {name}"));
    out.comments("#", guest.about(guest.unless_by_mac(card, "ip link")));
    out.add("[connection]").add(format!("id={name}")).add("type=ethernet");
    if !matches!(guest.mac, GuestMac::Fixed(_)) {
        out.add(format!("interface-name={card}"));
    }
    out.add("autoconnect=true").add("").add("[ethernet]");
    if let GuestMac::Fixed(mac) = guest.mac {
        out.add(format!("mac-address={mac}"));
    }
    if let Some(mtu) = guest.mtu {
        out.add(format!("mtu={}", mtu.get()));
    }
    for ipv6 in [false, true] {
        out.add("").add(if ipv6 { "[ipv6]" } else { "[ipv4]" });
        let mut addresses = guest.of_family(ipv6).peekable();
        if addresses.peek().is_none() {
            out.add("method=disabled");
            continue;
        }
        out.add("method=manual");
        for (number, address) in addresses.enumerate() {
            out.add(format!("address{}={}", number + 1, address.address));
        }
        for route in guest.default_routes().iter().filter(|route| route.is_ipv6() == ipv6) {
            if route.on_link {
                out.add(format!("route1={}", route.host()));
            }
            out.add(format!("gateway={}", route.gateway));
        }
        let servers: String = guest
            .reachable_dns()
            .iter()
            .filter(|server| server.is_ipv6() == ipv6)
            .map(|server| format!("{server};"))
            .collect();
        if !servers.is_empty() {
            out.add(format!("dns={servers}"));
        }
    }
    vec![ConfigFile::new(path, out.take())]
}
