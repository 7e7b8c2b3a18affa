//! A PowerShell script of the cmdlets of NetTCPIP, which Windows has since 8 and Server 2012. Facts from Microsoft's
//! reference: a next hop of 0.0.0.0 or :: is the link; a route that exists cannot be made again.

use super::text::{ConfigFile, Lines};
use super::{Guest, GuestMac};

pub(super) fn files(guest: &Guest, card: &str) -> Vec<ConfigFile> {
    let path = format!("{}.ps1", guest.plain_name());
    let mut out = Lines::default();
    out.add(format!("# {path}, run as administrator"));
    out.comments("#", guest.about(guest.unless_by_mac(card, "Get-NetAdapter")));
    out.add("$ErrorActionPreference = 'Stop'");
    match guest.mac {
        GuestMac::Fixed(mac) => {
            let mac = mac.to_string().to_uppercase().replace(':', "-");
            out.add(format!("$card = Get-NetAdapter | Where-Object MacAddress -eq '{mac}'"));
            out.add(format!("if (-not $card) {{ throw 'No card has the MAC address {mac}' }}"));
        }
        GuestMac::Any | GuestMac::Ordered => {
            out.add(format!("$card = Get-NetAdapter -Name '{card}'"));
        }
    }
    out.add("$index = $card.ifIndex");
    for ipv6 in [false, true] {
        let addresses: Vec<_> = guest.of_family(ipv6).map(|a| a.address).collect();
        if addresses.is_empty() {
            continue;
        }
        let (family, link) = if ipv6 { ("IPv6", "::") } else { ("IPv4", "0.0.0.0") };
        out.add("");
        let on = format!("-InterfaceIndex $index -AddressFamily {family}");
        out.add(format!("Set-NetIPInterface {on} -Dhcp Disabled"));
        if ipv6 && guest.static_ipv6() {
            out.add(format!("Set-NetIPInterface {on} -RouterDiscovery Disabled"));
        }
        if let Some(mtu) = guest.mtu {
            out.add(format!("Set-NetIPInterface {on} -NlMtuBytes {}", mtu.get()));
        }
        out.add(format!(
            "Get-NetIPAddress {on} -PrefixOrigin Manual -ErrorAction SilentlyContinue | Remove-NetIPAddress -Confirm:$false"
        ));
        for address in addresses {
            out.add(format!(
                "New-NetIPAddress -InterfaceIndex $index -IPAddress '{}' -PrefixLength {} | Out-Null",
                address.addr(),
                address.prefix_len()
            ));
        }
        let mut route = |to: String, hop: String| {
            let on = format!("-InterfaceIndex $index -DestinationPrefix '{to}'");
            out.add(format!(
                "Get-NetRoute {on} -ErrorAction SilentlyContinue | Remove-NetRoute -Confirm:$false"
            ));
            out.add(format!("New-NetRoute {on} -NextHop '{hop}' | Out-Null"));
        };
        for default in guest.default_routes().iter().filter(|route| route.is_ipv6() == ipv6) {
            if default.on_link {
                route(default.host().to_string(), link.to_owned());
            }
            route(default.to().to_owned(), default.gateway.to_string());
        }
    }
    let servers: Vec<_> = guest.reachable_dns().iter().map(|server| format!("'{server}'")).collect();
    if !servers.is_empty() {
        out.add("");
        out.add(format!(
            "Set-DnsClientServerAddress -InterfaceIndex $index -ServerAddresses {}",
            servers.join(", ")
        ));
    }
    vec![ConfigFile::new(path, out.take())]
}
