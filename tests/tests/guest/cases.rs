//! The guests and routers of all tests here: every kind of gateway, family and MAC address.

use esxi_core::block::guest::{Behind, Guest, GuestAddress, GuestMac, Router};
use esxi_core::value::Mtu;

fn address(text: &str) -> GuestAddress {
    GuestAddress::new(text.parse().unwrap())
}

fn via(text: &str, gateway: &str) -> GuestAddress {
    address(text).gateway(gateway.parse().unwrap())
}

fn fixed(mac: &str) -> GuestMac {
    GuestMac::Fixed(mac.parse().unwrap())
}

/// Guests by the name of their folder.
pub fn guests() -> Vec<(&'static str, Guest)> {
    let dns = ["192.0.2.53", "2001:db8:53::53"].map(|server| server.parse().unwrap());
    vec![
        ("in-block", Guest::new("web", [via("192.0.2.11/29", "192.0.2.9")]).dns(dns)),
        (
            "single",
            Guest::new("mail", [via("203.0.113.5/32", "192.0.2.254")])
                .mac(fixed("00:50:56:0a:0b:0c"))
                .dns(["198.51.100.53".parse().unwrap(), "198.51.100.54".parse().unwrap()]),
        ),
        ("single-ipv6", Guest::new("v6", [via("2001:db8:1::5/128", "2001:db8:ffff::1")]).dns(dns)),
        (
            "dual-stack",
            Guest::new(
                "db.example.org",
                [via("203.0.113.7/32", "192.0.2.254"), via("2001:db8:2::5/64", "fe80::1")],
            )
            .mac(GuestMac::Ordered)
            .mtu(Mtu::new(1400).unwrap())
            .dns(dns),
        ),
        (
            "several",
            Guest::new(
                "many",
                [
                    address("203.0.113.9/32"),
                    via("192.0.2.12/29", "192.0.2.9"),
                    address("2001:db8:3::7/128"),
                    via("2001:db8:3::6/64", "2001:db8:3::1"),
                ],
            )
            .mac(fixed("02:00:00:8d:11:22")),
        ),
        ("no-gateway", Guest::new("inner", [address("10.0.0.5/24")])),
        (
            "hostile",
            Guest::new("x'\"\n$(reboot)&%PATH%; `id` ../\u{2028}é\0", [via("203.0.113.6/32", "192.0.2.254")]),
        ),
    ]
}

/// Routers by the name of their folder.
pub fn routers() -> Vec<(&'static str, Router)> {
    let block = |text: &str| text.parse().unwrap();
    let inner: ipnet::IpNet = "192.0.2.10/32".parse().unwrap();
    let dns = ["192.0.2.53".parse().unwrap()];
    vec![
        (
            "host-routes",
            Router::new([via("192.0.2.10/29", "192.0.2.9")], "VM Network", "Routed")
                .behind(Behind::on_link(block("198.51.100.5/32"), inner))
                .behind(Behind::on_link(block("198.51.100.16/30"), inner))
                .dns(dns),
        ),
        (
            "subnet",
            Router::new([via("203.0.113.5/32", "192.0.2.254")], "VM Network", "Behind the router")
                .mac(fixed("00:50:56:0a:0b:0c"))
                .behind(Behind::subnet(block("198.51.100.8/29"), "198.51.100.9".parse().unwrap()))
                .behind(Behind::subnet(block("198.51.100.32/28"), "198.51.100.33".parse().unwrap())),
        ),
        (
            "dual-stack",
            Router::new(
                [via("192.0.2.10/29", "192.0.2.9"), via("fe80::250:56ff:fe0a:b0c/64", "fe80::1")],
                "VM Network",
                "Routed",
            )
            .mac(fixed("00:50:56:0a:0b:0c"))
            .behind(Behind::subnet(block("198.51.100.8/29"), "198.51.100.9".parse().unwrap()))
            .behind(Behind::subnet(block("2001:db8:5::/64"), "2001:db8:5::1".parse().unwrap()))
            .behind(Behind::on_link(block("2001:db8:6::/64"), "fe80::1/64".parse().unwrap()))
            .dns(dns),
        ),
        (
            "single-ipv6",
            Router::new([via("2001:db8:1::5/128", "2001:db8:ffff::1")], "VM Network", "Routed")
                .behind(Behind::subnet(block("2001:db8:5::/64"), "2001:db8:5::1".parse().unwrap())),
        ),
        (
            "gateway-of-its-own",
            Router::new([via("192.0.2.10/29", "192.0.2.9")], "VM Network", "Isolated")
                .behind(Behind::on_link(block("198.51.100.5/32"), "172.31.1.1/32".parse().unwrap()))
                .behind(Behind::on_link(block("198.51.100.64/26"), "172.31.1.1/32".parse().unwrap()))
                .behind(Behind::on_link(block("2001:db8:6::/64"), "fe80::1/128".parse().unwrap())),
        ),
        ("nothing-behind", Router::new([via("192.0.2.10/29", "192.0.2.9")], "VM Network", "Routed")),
        (
            "hostile",
            Router::new(
                [via("192.0.2.10/29", "192.0.2.9")],
                "a\nflush ruleset\r\u{85}'\"`$(reboot)`",
                "b\u{2028}commit; # \0|",
            )
            .mac(GuestMac::Ordered)
            .behind(Behind::on_link(block("198.51.100.5/32"), inner)),
        ),
    ]
}
