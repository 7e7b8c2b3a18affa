//! From a host file to packets: the machines of a plan, configured by what is written for them, at a provider that
//! does with the addresses what its profile says.

use crate::routed::play;
use esxi_core::block::guest::{Guest, Router};
use esxi_core::block::{AddressPlan, Catalogue};
use esxi_core::yaml;
use std::path::Path;

fn plan(text: &str) -> AddressPlan {
    let file = yaml::host_file("host.yaml", text).unwrap();
    Catalogue::builtin().plan(&file.spec.addresses.unwrap()).unwrap()
}

fn machines(plan: &AddressPlan, name: &str) -> (Guest, Router) {
    let guest = plan.guests().into_iter().find(|guest| guest.name == name).unwrap();
    (guest, plan.router().unwrap())
}

/// The shipped example: Packet's block on the wire, and elastic addresses routed to the router's.
#[test]
fn the_example_works_at_packet() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/addresses.yaml");
    let plan = plan(&std::fs::read_to_string(example).unwrap());
    let (mail, _) = machines(&plan, "mail");
    play(
        &mail,
        None,
        "
        wire_direct
        provider_has 147.75.1.9/29
        configure guest guest
        pings guest 198.18.0.1
        tcp_arrives world 147.75.1.12 25
        ",
    );
    let (web, router) = machines(&plan, "web");
    play(
        &web,
        Some(&router),
        "
        wire_routed
        provider_has 147.75.1.9/29
        on provider ip route add 147.75.200.16/29 via 147.75.1.10
        start_router
        configure guest guest
        pings guest 198.18.0.1
        is_silent world 147.75.200.16
        ",
    );
}

/// A single address with a MAC address of its own for the router, an IPv4 subnet routed to it in either layout, and
/// the IPv6 subnet routed to the link-local address of that MAC address.
#[test]
fn a_router_works_at_hetzner() {
    for (layout, address) in [("router-vm", "198.51.100.16"), ("router-subnet", "198.51.100.18")] {
        let plan = plan(&format!(
            "
version: 1
addresses:
  provider: hetzner-robot
  router_mac: '00:50:56:0a:0b:0c'
  blocks:
    - {{ block: 203.0.113.64/26, management: 203.0.113.70, gateway: 203.0.113.65 }}
    - {{ block: 203.0.113.99/32, allocation: single, layout: router-vm }}
    - {{ block: 198.51.100.16/29, allocation: subnet, layout: {layout}, assign: [{{ name: web }}] }}
    - {{ block: '2001:db8:77::/64', allocation: ipv6, assign: [{{ name: web }}] }}
"
        ));
        let (web, router) = machines(&plan, "web");
        let script = format!(
            "
        wire_routed
        provider_has 203.0.113.65/26 fe80::1/64
        on provider ip route add 198.51.100.16/29 via 203.0.113.99
        on provider ip route add 2001:db8:77::/64 via fe80::250:56ff:fe0a:b0c dev wire
        start_router
        configure guest guest
        pings guest 198.18.0.1
        pings guest 2001:db8:18::1
        is_silent world {address}
        is_silent world 2001:db8:77::2
        open_router
        tcp_arrives world 2001:db8:77::2 443
        "
        );
        play(&web, Some(&router), &script);
    }
}

/// A single address whose gateway is none of its subnet, bound to a MAC address.
#[test]
fn a_single_address_works_at_ovh() {
    let plan = plan(
        "
version: 1
addresses:
  provider: ovh
  blocks:
    - { block: 192.0.2.0/24, management: 192.0.2.77 }
    - { block: 203.0.113.5/32, allocation: single, assign: [{ name: mail, mac: '00:50:56:0a:0b:0c' }] }
",
    );
    let guest = plan.guests().remove(0);
    play(
        &guest,
        None,
        "
        wire_direct
        provider_has 192.0.2.254/24
        on provider ip route add 203.0.113.5 dev wire
        configure guest guest
        pings guest 198.18.0.1
        pings world 203.0.113.5
        ",
    );
}
