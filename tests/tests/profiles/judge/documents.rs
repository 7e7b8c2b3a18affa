//! What the providers' documents say, written by hand.
//!
//! Each row was taken from the document that its comment names, not from the profile. Where the documents are silent,
//! and the profile says so by calling it assumed, the comment says "believed".

use esxi_core::block::profile::{Delivery, Lacp, MacRule, Tagged};

/// One block of a host at a provider.
pub(super) struct Row {
    pub(super) provider: &'static str,
    /// Other blocks of the host, planned before it, each written as `block` is.
    pub(super) beside: &'static [&'static str],
    /// `BLOCK ALLOCATION LAYOUT`, and what the user states: `management=…`, `gateway=…`, `next-hop=…`.
    pub(super) block: &'static str,
    pub(super) delivery: Delivery,
    pub(super) mac: MacRule,
    /// Default gateway of the virtual machines; `-` for none, `?` where no document says which.
    pub(super) gateway: &'static str,
    /// Where the provider sends the block; `-` for nowhere.
    pub(super) next_hop: &'static str,
    /// Offset or first-last offset and role, for every address.
    pub(super) roles: &'static str,
}

#[allow(clippy::too_many_arguments, reason = "a table")]
const fn row(
    provider: &'static str,
    beside: &'static [&'static str],
    block: &'static str,
    delivery: Delivery,
    mac: MacRule,
    gateway: &'static str,
    next_hop: &'static str,
    roles: &'static str,
) -> Row {
    Row { provider, beside, block, delivery, mac, gateway, next_hop, roles }
}

pub(super) const PACKET_SERVER: &str = "147.75.1.8/29 block router-vm";
pub(super) const HETZNER_MAIN: &str = "46.4.10.64/26 main direct management=46.4.10.100 gateway=46.4.10.65";
pub(super) const OVH_MAIN: &str = "51.38.7.0/24 main direct management=51.38.7.20";
pub(super) const IBM_PORTABLE: &str = "169.61.5.8/29 portable direct";

use Delivery::{Bridged, BridgedVmac, Nat, Routed, Vlan};
use MacRule::{None as AnyMac, PerAddress, PerServer};

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    // Packet's guide "VMware ESXi": ESXi Networking, the /29.
    row("packet", &[], "147.75.1.8/29 block direct",
        Bridged, AnyMac, "147.75.1.9", "-",
        "0 network, 1 gateway, 2 management, 3-6 available, 7 broadcast"),
    // The same: a /28 has 12 usable addresses.
    row("packet", &[], "147.75.1.16/28 block direct",
        Bridged, AnyMac, "147.75.1.17", "-",
        "0 network, 1 gateway, 2 management, 3-14 available, 15 broadcast"),
    // The same: Elastic IP Addresses, the /29 with a router.
    row("packet", &[], "147.75.1.8/29 block router-vm",
        Bridged, AnyMac, "147.75.1.9", "-",
        "0 network, 1 gateway, 2 router, 3 management, 4-6 available, 7 broadcast"),
    // The same: Using a Private Network address: the public address is free for a virtual machine.
    row("packet", &[], "147.75.1.8/29 block private-management",
        Bridged, AnyMac, "147.75.1.9", "-",
        "0 network, 1 gateway, 2-6 available, 7 broadcast"),
    // The same: Elastic IP Addresses: routed to what was ESXi's address, the third.
    row("packet", &[PACKET_SERVER], "147.75.200.16/30 elastic router-vm",
        Routed, AnyMac, "?", "147.75.1.10",
        "0-3 available"),
    row("packet", &[PACKET_SERVER], "147.75.200.7/32 elastic router-vm",
        Routed, AnyMac, "?", "147.75.1.10",
        "0 available"),
    // An ordinary subnet behind the router: network, the router's inner address, broadcast are gone.
    row("packet", &[PACKET_SERVER], "147.75.200.16/29 elastic router-subnet",
        Routed, AnyMac, "147.75.200.17", "147.75.1.10",
        "0 network, 1 router, 2-6 available, 7 broadcast"),
    // Pure Storage's guide to Equinix Metal: a host with the private address 10.70.19.18.
    row("packet", &[], "10.70.19.16/29 private direct",
        Bridged, AnyMac, "10.70.19.17", "-",
        "0 network, 1 gateway, 2 management, 3-6 available, 7 broadcast"),
    // docs.hetzner.com, Network configuration: the main address in a /26 or /27 of others.
    row("hetzner-robot", &[], HETZNER_MAIN,
        Bridged, PerServer, "46.4.10.65", "-",
        "0 network, 1 gateway, 2-35 reserved, 36 management, 37-62 reserved, 63 broadcast"),
    // Hetzner's tutorials on vSphere and Proxmox: a single address with its own MAC, the main address's gateway where
    // both are in one subnet ...
    row("hetzner-robot", &[HETZNER_MAIN], "46.4.10.111/32 single direct",
        BridgedVmac, PerAddress, "46.4.10.65", "-",
        "0 available"),
    // ... and the additional address's own gateway where they are not.
    row("hetzner-robot", &[HETZNER_MAIN], "88.99.3.20/32 single direct gateway=88.99.3.1",
        BridgedVmac, PerAddress, "88.99.3.1", "-",
        "0 available"),
    // Hetzner's tutorial on a router VM: it has the single address, the subnet is routed there.
    row("hetzner-robot", &[HETZNER_MAIN], "46.4.10.111/32 single router-vm",
        BridgedVmac, PerAddress, "46.4.10.65", "-",
        "0 router"),
    row("hetzner-robot", &[HETZNER_MAIN, "46.4.10.111/32 single router-vm"], "136.243.50.8/29 subnet router-subnet",
        Routed, AnyMac, "136.243.50.9", "46.4.10.111",
        "0 network, 1 router, 2-6 available, 7 broadcast"),
    // docs.hetzner.com, Additional IP addresses: a routed subnet may be divided at will.
    row("hetzner-robot", &[HETZNER_MAIN, "46.4.10.111/32 single router-vm"], "136.243.50.8/29 subnet router-vm",
        Routed, AnyMac, "?", "46.4.10.111",
        "0-7 available"),
    // The same tutorial: the /64 goes to the link-local address of the router VM's MAC 00:50:56:00:00:2a (RFC 4291,
    // appendix A: the universal bit turned, ff:fe in the middle), which holds ::1 inside.
    row("hetzner-robot", &[HETZNER_MAIN], "2a01:4f8:1:2::/64 ipv6 router-vm",
        Routed, AnyMac, "2a01:4f8:1:2::1", "fe80::250:56ff:fe00:2a",
        "0 network, 1 router, 2-18446744073709551615 available"),
    // Tutorial Setting up vSwitch with Public IPs in VMware vSphere.
    row("hetzner-robot", &[HETZNER_MAIN], "136.243.50.0/29 vswitch direct",
        Vlan, AnyMac, "136.243.50.1", "-",
        "0 network, 1 gateway, 2-6 available, 7 broadcast"),
    row("hetzner-robot", &[HETZNER_MAIN], "2a01:4f8:1:3::/64 vswitch-ipv6 direct",
        Vlan, AnyMac, "fe80::1", "-",
        "0 network, 1-18446744073709551615 available"),
    // ovh/docs, Configuring IP aliasing: the mask 255.255.255.0 and the gateway ending in 254.
    row("ovh", &[], OVH_MAIN,
        Bridged, PerServer, "51.38.7.254", "-",
        "0 network, 1-19 reserved, 20 management, 21-253 reserved, 254 gateway, 255 broadcast"),
    // ovh/docs, Configuring a network bridge: first three octets of the main address and 254.
    row("ovh", &[OVH_MAIN], "91.121.4.9/32 single direct",
        BridgedVmac, PerAddress, "51.38.7.254", "-",
        "0 available"),
    row("ovh", &[OVH_MAIN], "91.121.4.9/32 single router-vm",
        BridgedVmac, PerAddress, "51.38.7.254", "-",
        "0 router"),
    // The same: every guest has its address as a /32, so that none of a block is lost.
    row("ovh", &[OVH_MAIN], "91.121.90.16/29 block direct",
        BridgedVmac, PerAddress, "51.38.7.254", "-",
        "0-7 available"),
    // ovh/docs, Configuring the network on ESXi on the High Grade & SCALE ranges: the /28 of the example.
    row("ovh-scale", &[], "46.105.135.96/28 block direct",
        Bridged, AnyMac, "46.105.135.110", "-",
        "0 network, 1-13 available, 14 gateway, 15 broadcast"),
    // The same: at least four addresses.
    row("ovh-scale", &[], "46.105.135.96/30 block direct",
        Bridged, AnyMac, "46.105.135.98", "-",
        "0 network, 1 available, 2 gateway, 3 broadcast"),
    // docs-content, How to configure the network of a virtual machine on a Dedibox host.
    row("scaleway-dedibox", &[], "212.83.20.5/32 single direct",
        BridgedVmac, PerAddress, "62.210.0.1", "-",
        "0 available"),
    // Believed: a main address as at Elastic Metal.
    row("scaleway-dedibox", &[], "163.172.9.0/24 main direct management=163.172.9.7",
        Bridged, PerServer, "163.172.9.1", "-",
        "0 network, 1 gateway, 2-6 reserved, 7 management, 8-254 reserved, 255 broadcast"),
    // docs-content, How to configure a flexible IP: 163.172.123.123/24 with the gateway 163.172.123.1.
    row("scaleway-elastic-metal", &[], "163.172.123.0/24 main direct management=163.172.123.123",
        Bridged, PerServer, "163.172.123.1", "-",
        "0 network, 1 gateway, 2-122 reserved, 123 management, 124-254 reserved, 255 broadcast"),
    // The same: in a virtual machine the gateway is 62.210.0.1.
    row("scaleway-elastic-metal", &[], "212.83.123.123/32 single direct",
        BridgedVmac, PerAddress, "62.210.0.1", "-",
        "0 available"),
    row("scaleway-elastic-metal", &[], "212.83.123.123/32 single router-vm",
        BridgedVmac, PerAddress, "62.210.0.1", "-",
        "0 router"),
    // IBM, About subnets and IPs: the portable /29 of the example.
    row("ibm-classic", &[], IBM_PORTABLE,
        Bridged, AnyMac, "169.61.5.9", "-",
        "0 network, 1 gateway, 2-6 available, 7 broadcast"),
    // Using secondary subnets on self-hosted VMs: a virtual machine's portable address as destination.
    row("ibm-classic", &[], "169.61.5.8/29 portable router-vm",
        Bridged, AnyMac, "169.61.5.9", "-",
        "0 network, 1 gateway, 2 router, 3-6 available, 7 broadcast"),
    row("ibm-classic", &["169.61.5.8/29 portable router-vm"], "169.61.80.4/30 static router-vm",
        Routed, AnyMac, "?", "169.61.5.10",
        "0-3 available"),
    // The same: all 8 of a static /29 are usable. Using secondary subnets: routed to a portable address.
    row("ibm-classic", &[IBM_PORTABLE], "169.61.80.0/29 static router-vm next-hop=169.61.5.11",
        Routed, AnyMac, "?", "169.61.5.11",
        "0-7 available"),
    row("ibm-classic", &[IBM_PORTABLE], "169.61.80.0/29 static router-subnet next-hop=169.61.5.11",
        Routed, AnyMac, "169.61.80.1", "169.61.5.11",
        "0 network, 1 router, 2-6 available, 7 broadcast"),
    // xneelo, How is my IP subnet allocated?
    row("xneelo", &[], "197.221.2.8/29 block direct",
        Bridged, AnyMac, "197.221.2.9", "-",
        "0 network, 1 gateway, 2 management, 3-5 available, 6 reserved, 7 broadcast"),
    row("xneelo", &[], "197.221.2.8/29 block router-vm",
        Bridged, AnyMac, "197.221.2.9", "-",
        "0 network, 1 gateway, 2 router, 3 management, 4-5 available, 6 reserved, 7 broadcast"),
    // Believed: Leaseweb publishes no gateway.
    row("leaseweb", &[], "85.17.31.64/26 main direct management=85.17.31.70 gateway=85.17.31.126",
        Bridged, AnyMac, "85.17.31.126", "-",
        "0 network, 1-5 reserved, 6 management, 7-61 reserved, 62 gateway, 63 broadcast"),
    // Knowledge base: dedicated servers have individual addresses. Believed: the first one's gateway serves them.
    row("leaseweb", &["85.17.31.64/26 main direct management=85.17.31.70 gateway=85.17.31.126"], "85.17.31.71/32 single direct",
        Bridged, AnyMac, "85.17.31.126", "-",
        "0 available"),
    // Knowledge base: racks have one subnet.
    row("leaseweb", &[], "85.17.40.0/28 rack direct management=85.17.40.1 gateway=85.17.40.14",
        Bridged, AnyMac, "85.17.40.14", "-",
        "0 network, 1 management, 2-13 available, 14 gateway, 15 broadcast"),
    // Believed: phoenixNAP documents a VLAN and a gateway for each block, no offsets.
    row("phoenixnap", &[], "131.153.4.8/29 block direct",
        Vlan, AnyMac, "131.153.4.9", "-",
        "0 network, 1 gateway, 2 management, 3-6 available, 7 broadcast"),
    // Generic /29 A: on the wire.
    row("generic-onlink", &[], "198.18.7.8/29 block direct",
        Bridged, AnyMac, "198.18.7.9", "-",
        "0 network, 1 gateway, 2 management, 3-6 available, 7 broadcast"),
    row("generic-onlink", &[], "198.18.7.8/29 block router-vm",
        Bridged, AnyMac, "198.18.7.9", "-",
        "0 network, 1 gateway, 2 router, 3 management, 4-6 available, 7 broadcast"),
    // The smallest that has room for ESXi.
    row("generic-onlink", &[], "198.18.7.8/30 block direct",
        Bridged, AnyMac, "198.18.7.9", "-",
        "0 network, 1 gateway, 2 management, 3 broadcast"),
    // IPv6 has an anycast address at its beginning and no broadcast at its end (RFC 4291).
    row("generic-onlink", &[], "2001:db8:9::/125 ipv6 direct",
        Bridged, AnyMac, "2001:db8:9::1", "-",
        "0 network, 1 gateway, 2 management, 3-7 available"),
    // Generic /29 C: routed, all usable behind a router.
    row("generic-routed", &[], "198.18.7.8/29 block router-vm next-hop=198.18.1.1",
        Routed, AnyMac, "?", "198.18.1.1",
        "0-7 available"),
    row("generic-routed", &[], "198.18.7.8/30 block router-subnet next-hop=198.18.1.1",
        Routed, AnyMac, "198.18.7.9", "198.18.1.1",
        "0 network, 1 router, 2 available, 3 broadcast"),
    row("generic-routed", &[], "2001:db8:9::/126 ipv6 router-subnet next-hop=2001:db8::1",
        Routed, AnyMac, "2001:db8:9::1", "2001:db8::1",
        "0 network, 1 router, 2-3 available"),
    // Generic A and C together: the router on the wire is the next hop.
    row("generic-routed", &[], "198.18.1.0/29 onlink router-vm",
        Bridged, AnyMac, "198.18.1.1", "-",
        "0 network, 1 gateway, 2 router, 3 management, 4-6 available, 7 broadcast"),
    row("generic-routed", &["198.18.1.0/29 onlink router-vm"], "198.18.7.8/29 block router-vm",
        Routed, AnyMac, "?", "198.18.1.2",
        "0-7 available"),
    // IONOS, Hinweise zum Hosten virtueller Maschinen: nothing but address translation.
    row("ionos", &[], "217.160.3.4/32 main direct",
        Nat, PerServer, "-", "-",
        "0 management"),
    // Exoscale, Network Setup: route instead of bridging. Believed: the router has the first address.
    row("exoscale", &[], "10.0.0.0/29 private-connect router-vm",
        Bridged, AnyMac, "-", "-",
        "0 network, 1 router, 2-6 available, 7 broadcast"),
];

/// Provider, other blocks, block; the guest's address with its prefix length, gateway, whether that needs a route of its
/// own, MTU where it is not 1500.
#[rustfmt::skip]
type GuestRow = (&'static str, &'static [&'static str], &'static str, &'static str, &'static str, bool, Option<u16>);

/// What the documents' own examples configure in a guest.
#[rustfmt::skip]
pub(super) const GUESTS: &[GuestRow] = &[
    // Packet's guide: the block's own mask and gateway.
    ("packet", &[], "147.75.1.8/29 block direct", "147.75.1.11/29", "147.75.1.9", false, None),
    // ovh/docs network_bridging: netmask 255.255.255.255, a route to the gateway.
    ("ovh", &[OVH_MAIN], "91.121.4.9/32 single direct", "91.121.4.9/32", "51.38.7.254", true, None),
    ("ovh", &[OVH_MAIN], "91.121.90.16/29 block direct", "91.121.90.16/32", "51.38.7.254", true, None),
    // ovh/docs esxi-network-HG-Scale: address 46.105.135.97, netmask 255.255.255.240, gateway 46.105.135.110.
    ("ovh-scale", &[], "46.105.135.96/28 block direct", "46.105.135.97/28", "46.105.135.110", false, None),
    // docs-content: netmask 255.255.255.255, gateway 62.210.0.1, a route to it.
    ("scaleway-dedibox", &[], "212.83.20.5/32 single direct", "212.83.20.5/32", "62.210.0.1", true, None),
    ("scaleway-elastic-metal", &[], "212.83.20.5/32 single direct", "212.83.20.5/32", "62.210.0.1", true, None),
    // Hetzner's tutorial on Proxmox: a single address is a /32; on a vSwitch the subnet's mask and an MTU of 1400.
    ("hetzner-robot", &[HETZNER_MAIN], "46.4.10.111/32 single direct", "46.4.10.111/32", "46.4.10.65", true, None),
    ("hetzner-robot", &[HETZNER_MAIN], "136.243.50.0/29 vswitch direct", "136.243.50.2/29", "136.243.50.1", false, Some(1400)),
    // Hetzner's tutorial on a router VM: its clients have the subnet's mask and the router's inner address.
    ("hetzner-robot", &[HETZNER_MAIN], "136.243.50.8/29 subnet router-subnet", "136.243.50.10/29", "136.243.50.9", false, None),
    ("hetzner-robot", &[HETZNER_MAIN], "2a01:4f8:1:2::/64 ipv6 router-vm", "2a01:4f8:1:2::2/64", "2a01:4f8:1:2::1", false, None),
    // Tutorial Setting up vSwitch with Public IPs: a /64 whose gateway is fe80::1.
    ("hetzner-robot", &[HETZNER_MAIN], "2a01:4f8:1:3::/64 vswitch-ipv6 direct", "2a01:4f8:1:3::1/64", "fe80::1", false, Some(1400)),
    // IBM, About subnets: the subnet's own gateway.
    ("ibm-classic", &[], IBM_PORTABLE, "169.61.5.10/29", "169.61.5.9", false, None),
    // xneelo: the netmask of the /29.
    ("xneelo", &[], "197.221.2.8/29 block direct", "197.221.2.11/29", "197.221.2.9", false, None),
];

/// Provider and block, and what they mean when nothing else is said.
pub(super) const DEFAULTS: &[(&str, &str, &str, &str)] = &[
    ("packet", "147.75.1.8/29", "block", "direct"),
    ("packet", "147.75.1.16/28", "block", "direct"),
    ("hetzner-robot", "46.4.10.111/32", "single", "direct"),
    ("hetzner-robot", "136.243.50.8/29", "subnet", "router-vm"),
    ("hetzner-robot", "2a01:4f8:1:2::/64", "ipv6", "router-vm"),
    ("ovh", "91.121.4.9/32", "single", "direct"),
    ("ovh", "91.121.90.16/29", "block", "direct"),
    ("ovh-scale", "46.105.135.96/28", "block", "direct"),
    ("scaleway-dedibox", "212.83.20.5/32", "single", "direct"),
    ("scaleway-elastic-metal", "212.83.123.123/32", "single", "direct"),
    ("ibm-classic", "169.61.5.8/29", "portable", "direct"),
    ("ibm-classic", "169.61.80.1/32", "static", "router-vm"),
    ("xneelo", "197.221.2.8/29", "block", "direct"),
    ("leaseweb", "85.17.31.71/32", "single", "direct"),
    ("phoenixnap", "131.153.4.8/29", "block", "direct"),
    ("generic-onlink", "198.18.7.8/29", "block", "direct"),
    ("generic-onlink", "2001:db8:9::/64", "ipv6", "direct"),
    ("generic-routed", "198.18.7.8/29", "block", "router-vm"),
    ("generic-routed", "2001:db8:9::/64", "ipv6", "router-vm"),
    ("ionos", "217.160.3.4/32", "main", "direct"),
    ("exoscale", "10.0.0.0/24", "private-connect", "router-vm"),
];

/// What a provider's switches do: `-` where the documents say nothing.
pub(super) struct Wire {
    pub(super) provider: &'static str,
    pub(super) tagged: Option<Tagged>,
    pub(super) vlans: Option<(u16, u16)>,
    pub(super) max_vlans: Option<u16>,
    pub(super) max_macs: Option<u32>,
    pub(super) mtu: Option<u16>,
    pub(super) per_vswitch: Option<u8>,
    pub(super) lacp: Option<Lacp>,
}

const NOTHING: Wire = Wire {
    provider: "",
    tagged: None,
    vlans: None,
    max_vlans: None,
    max_macs: None,
    mtu: None,
    per_vswitch: None,
    lacp: None,
};

pub(super) const WIRES: &[Wire] = &[
    // Packet's guide: one VLAN untagged, two or more tagged; one uplink for each vSwitch; LACP only.
    Wire {
        provider: "packet",
        tagged: Some(Tagged::WhenMoreThanOne),
        per_vswitch: Some(1),
        lacp: Some(Lacp::Required),
        ..NOTHING
    },
    // docs.hetzner.com, vSwitch; the MTU from Hetzner's tutorial on Proxmox.
    Wire {
        provider: "hetzner-robot",
        tagged: Some(Tagged::Always),
        vlans: Some((4000, 4091)),
        max_vlans: Some(5),
        max_macs: Some(32),
        mtu: Some(1400),
        ..NOTHING
    },
    Wire { provider: "ovh", ..NOTHING },
    // ovh/docs: four cards in pairs for LACP.
    Wire { provider: "ovh-scale", lacp: Some(Lacp::Required), ..NOTHING },
    Wire { provider: "scaleway-dedibox", ..NOTHING },
    // docs-content: one card, up to eight private networks as VLANs on it.
    Wire {
        provider: "scaleway-elastic-metal",
        tagged: Some(Tagged::Always),
        max_vlans: Some(8),
        per_vswitch: Some(1),
        lacp: Some(Lacp::Unavailable),
        ..NOTHING
    },
    Wire { provider: "ibm-classic", ..NOTHING },
    Wire { provider: "xneelo", ..NOTHING },
    Wire { provider: "leaseweb", ..NOTHING },
    // Believed.
    Wire { provider: "phoenixnap", tagged: Some(Tagged::Always), ..NOTHING },
    Wire { provider: "generic-onlink", ..NOTHING },
    Wire { provider: "generic-routed", ..NOTHING },
    Wire { provider: "ionos", ..NOTHING },
    // Exoscale, Network Setup: three MAC addresses, LACP or VRRP.
    Wire { provider: "exoscale", max_macs: Some(3), lacp: Some(Lacp::Optional), ..NOTHING },
];
