//! Packets of guests and routers that are configured by what was written, with ifupdown, sysctl and nftables
//! themselves: out to the world and back, and from the world no further than allowed.

use crate::lab::{alone, is_refused};
use crate::tools::{self, run};
use esxi_core::block::guest::{Behind, Guest, GuestAddress, GuestFormat, Router, RouterFormat};
use std::path::Path;

const STAGE: &str = include_str!("lab.sh");

fn via(text: &str, gateway: &str) -> GuestAddress {
    GuestAddress::new(text.parse().unwrap()).gateway(gateway.parse().unwrap())
}

/// Plays the script in a folder that holds the files of the guest and the router.
pub fn play(guest: &Guest, router: Option<&Router>, script: &str) {
    if is_refused() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("guest", &guest.snippet(GuestFormat::Ifupdown));
    for file in router.iter().flat_map(|r| r.files(RouterFormat::Nftables, "ens192", "ens224").unwrap()) {
        write(Path::new(&file.path).file_name().unwrap().to_str().unwrap(), &file.text);
    }
    write("script", &format!("{STAGE}\n{script}\necho played\n"));
    let mut command = alone();
    command.args(["bash", "script"]).current_dir(folder.path());
    command.env("IFUP", tools::file("/sbin/ifup")).env("NFT", tools::file("/usr/sbin/nft"));
    let said = run(&mut command);
    assert!(said.contains("played\n"), "{said}");
}

#[test]
fn a_guest_with_its_gateway_in_the_block_reaches_the_world_and_back() {
    let guest = Guest::new("web", [via("192.0.2.11/29", "192.0.2.9"), via("2001:db8:2::5/64", "fe80::1")]);
    play(
        &guest,
        None,
        "
        wire_direct
        provider_has 192.0.2.9/29 fe80::1/64
        on provider ip route add 2001:db8:2::/64 dev wire
        configure guest guest
        pings guest 198.18.0.1
        pings world 192.0.2.11
        pings guest 2001:db8:18::1
        pings world 2001:db8:2::5
        ",
    );
}

/// Neither family's gateway is in the guest's subnet; the provider knows the guest as a neighbour.
#[test]
fn a_single_address_reaches_the_world_through_a_gateway_elsewhere() {
    let guest = Guest::new(
        "mail",
        [via("203.0.113.5/32", "192.0.2.254"), via("2001:db8:1::5/128", "2001:db8:ffff::1")],
    );
    play(
        &guest,
        None,
        "
        wire_direct
        provider_has 192.0.2.254/24 2001:db8:ffff::1/64
        on provider ip route add 203.0.113.5 dev wire
        on provider ip route add 2001:db8:1::5 dev wire
        configure guest guest
        pings guest 198.18.0.1
        pings world 203.0.113.5
        pings guest 2001:db8:18::1
        pings world 2001:db8:1::5
        tcp_arrives world 203.0.113.5 80
        ",
    );
}

/// The same without the route to the gateway: the stage would notice.
#[test]
fn without_the_route_to_the_gateway_it_reaches_nothing() {
    let mut address = via("203.0.113.5/32", "192.0.2.254");
    address.gateway = None;
    play(
        &Guest::new("mail", [address]),
        None,
        "
        wire_direct
        provider_has 192.0.2.254/24
        on provider ip route add 203.0.113.5 dev wire
        configure guest guest
        is_silent guest 198.18.0.1
        on guest ip route add default dev ens192
        is_silent guest 198.18.0.1
        ",
    );
}

/// A single routed address behind a router whose inner card has the outer card's address: Packet's Elastic IP.
#[test]
fn a_host_route_behind_the_router_works_and_is_closed_from_outside() {
    let block = "198.51.100.5/32".parse().unwrap();
    let router = Router::new([via("192.0.2.10/29", "192.0.2.9")], "VM Network", "Routed")
        .behind(Behind::on_link(block, "192.0.2.10/32".parse().unwrap()));
    let guest = Guest::new("web", [via("198.51.100.5/32", "192.0.2.10")]);
    play(
        &guest,
        Some(&router),
        "
        wire_routed
        provider_has 192.0.2.9/29
        on provider ip route add 198.51.100.5 via 192.0.2.10
        start_router
        configure guest guest
        pings guest 198.18.0.1
        pings guest 192.0.2.10
        is_silent world 198.51.100.5
        tcp_is_dropped world 198.51.100.5 80
        open_router
        tcp_arrives world 198.51.100.5 80
        tcp_is_dropped world 198.51.100.5 22
        pings guest 198.18.0.1

        # Addresses that are not the blocks' own go nowhere, although the way back exists.
        on guest ip address add 198.51.100.77/32 dev ens192
        on provider ip route add 198.51.100.77 via 192.0.2.10
        on router ip route add 198.51.100.77 dev ens224
        is_silent guest 198.18.0.1 -I 198.51.100.77
        on router $NFT insert rule inet router forward ip saddr 198.51.100.77 accept
        pings guest 198.18.0.1 -I 198.51.100.77
        ",
    );
}

/// Ordinary subnets behind a router that has a single address itself, in both families.
#[test]
fn a_subnet_behind_the_router_works_and_is_closed_from_outside() {
    let router = Router::new(
        [via("203.0.113.5/32", "192.0.2.254"), via("2001:db8:1::5/128", "2001:db8:ffff::1")],
        "VM Network",
        "Routed",
    )
    .behind(Behind::subnet("198.51.100.8/29".parse().unwrap(), "198.51.100.9".parse().unwrap()))
    .behind(Behind::subnet("2001:db8:5::/64".parse().unwrap(), "2001:db8:5::1".parse().unwrap()));
    let guest = Guest::new(
        "web",
        [via("198.51.100.10/29", "198.51.100.9"), via("2001:db8:5::2/64", "2001:db8:5::1")],
    );
    play(
        &guest,
        Some(&router),
        "
        wire_routed
        provider_has 192.0.2.254/24 2001:db8:ffff::1/64
        on provider ip route add 203.0.113.5 dev wire
        on provider ip route add 198.51.100.8/29 via 203.0.113.5
        on provider ip route add 2001:db8:1::5 dev wire
        on provider ip route add 2001:db8:5::/64 via 2001:db8:1::5
        start_router
        configure guest guest
        pings guest 198.18.0.1
        pings guest 2001:db8:18::1
        is_silent world 198.51.100.10
        is_silent world 2001:db8:5::2
        open_router
        tcp_arrives world 198.51.100.10 443
        tcp_arrives world 2001:db8:5::2 443
        tcp_is_dropped world 2001:db8:5::2 22
        ",
    );
}

/// The provider routes to the link-local address that follows from the outer card's MAC address, and is fe80::1
/// itself; inside, the router has addresses from nowhere else, to machines whose addresses are routes on the link.
#[test]
fn next_hops_that_no_block_has_work_on_both_sides() {
    let router = Router::new(
        [via("192.0.2.10/29", "192.0.2.9"), via("fe80::250:56ff:fe0a:b0c/64", "fe80::1")],
        "VM Network",
        "Routed",
    )
    .behind(Behind::on_link("198.51.100.64/26".parse().unwrap(), "172.31.1.1/32".parse().unwrap()))
    .behind(Behind::on_link("2001:db8:6::/64".parse().unwrap(), "fe80::1/128".parse().unwrap()));
    let guest =
        Guest::new("web", [via("198.51.100.66/32", "172.31.1.1"), via("2001:db8:6::7/128", "fe80::1")]);
    play(
        &guest,
        Some(&router),
        "
        wire_routed
        provider_has 192.0.2.9/29 fe80::1/64
        on provider ip route add 198.51.100.64/26 via 192.0.2.10
        on provider ip route add 2001:db8:6::/64 via fe80::250:56ff:fe0a:b0c dev wire
        start_router
        configure guest guest
        pings guest 198.18.0.1
        pings guest 2001:db8:18::1
        is_silent world 198.51.100.66
        is_silent world 2001:db8:6::7
        open_router
        is_silent world 2001:db8:6::7
        pings router 198.18.0.1
        ",
    );
}
