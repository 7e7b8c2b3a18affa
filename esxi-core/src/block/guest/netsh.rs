//! A batch file of netsh commands. Facts from Microsoft's reference of `netsh interface`: a route without `nexthop`
//! is on the link; `store=persistent` survives a restart.

use super::Guest;
use super::text::{ConfigFile, Lines};

pub(super) fn files(guest: &Guest, card: &str) -> Vec<ConfigFile> {
    let path = format!("{}.cmd", guest.plain_name());
    let mut out = Lines::default();
    out.add("@echo off");
    out.add(format!("rem {path}, run as administrator"));
    out.comments("rem", guest.about(Some((card, "netsh interface show interface"))));
    for ipv6 in [false, true] {
        let addresses: Vec<_> = guest.of_family(ipv6).map(|a| a.address).collect();
        if addresses.is_empty() {
            continue;
        }
        let family = if ipv6 { "ipv6" } else { "ipv4" };
        let mut netsh = |words: String| {
            out.add(format!("netsh interface {family} {words}"));
        };
        if ipv6 && guest.static_ipv6() {
            netsh(format!("set interface interface=\"{card}\" routerdiscovery=disabled store=persistent"));
        }
        if let Some(mtu) = guest.mtu {
            netsh(format!("set subinterface interface=\"{card}\" mtu={} store=persistent", mtu.get()));
        }
        for (index, address) in addresses.iter().enumerate() {
            match (ipv6, index) {
                (true, _) => {
                    netsh(format!("add address interface=\"{card}\" address={address} store=persistent"))
                }
                // The first one also switches DHCP off.
                (false, 0) => netsh(format!(
                    "set address name=\"{card}\" source=static address={} mask={} gateway=none store=persistent",
                    address.addr(),
                    address.netmask()
                )),
                (false, _) => netsh(format!(
                    "add address name=\"{card}\" address={} mask={} store=persistent",
                    address.addr(),
                    address.netmask()
                )),
            }
        }
        for route in guest.default_routes().iter().filter(|route| route.is_ipv6() == ipv6) {
            if route.on_link {
                netsh(format!("add route prefix={} interface=\"{card}\" store=persistent", route.host()));
            }
            netsh(format!(
                "add route prefix={} interface=\"{card}\" nexthop={} store=persistent",
                route.to(),
                route.gateway
            ));
        }
        let dns = guest.reachable_dns();
        for (index, server) in dns.iter().filter(|server| server.is_ipv6() == ipv6).enumerate() {
            netsh(match index {
                0 => {
                    format!("set dnsservers name=\"{card}\" source=static address={server} validate=no")
                }
                _ => {
                    format!("add dnsservers name=\"{card}\" address={server} index={} validate=no", index + 1)
                }
            });
        }
    }
    vec![ConfigFile::new(path, out.take())]
}
