//! `IP`: address blocks.

super::codes! {
    /// The text is not an IPv4 or IPv6 block in CIDR notation. Write the network address, a slash and the
    /// prefix length, such as `147.75.1.8/29`.
    BLOCK_SYNTAX = "IP001", exit 2, python "BlockError";
    /// Bits to the right of the prefix are set: this is an address with a prefix, not a block. The block that
    /// contains it is offered.
    BLOCK_HOST_BITS = "IP002", exit 2, python "BlockError";
    /// The provider hands out no blocks of this size, or the block leaves ESXi no address of its own beside those
    /// that the provider keeps. Guessing which addresses these are would cut a host off. Packet gives an ESXi host
    /// a /29, or a /28 when asked for at installation; generic-onlink knows any size from /16 to /30.
    BLOCK_SIZE = "IP003", exit 2, python "BlockError";
    /// The provider's rules are about IPv4 and the block is IPv6, or the other way round.
    BLOCK_FAMILY = "IP004", exit 2, python "BlockError";
    /// No rules are known for this provider. `esxi ip providers` lists those that are.
    PROVIDER_UNKNOWN = "IP005", exit 2, python "BlockError";
    /// The provider is known, but not a layout of this name. `esxi ip providers` lists the layouts of each.
    LAYOUT_UNKNOWN = "IP006", exit 2, python "BlockError";
    /// More names are to be given addresses than the block has available.
    ADDRESSES_EXHAUSTED = "IP007", exit 2, python "BlockError";
    /// The name for an address is no host name (letters, digits, hyphens and dots) or stands twice. Names go into hosts
    /// files, zones and inventories, so they are host names from the start.
    ADDRESS_NAME = "IP008", exit 2, python "BlockError";
    /// The block lies in space from which no host has an address: loopback, multicast, 0.0.0.0/8, 240.0.0.0/4 or
    /// IPv4 addresses written as IPv6. Private and documentation space is fine.
    BLOCK_NOT_UNICAST = "IP009", exit 2, python "BlockError";
    /// The text of a provider profile is not TOML.
    PROFILE_SYNTAX = "IP010", exit 2, python "BlockError";
    /// A provider profile has a key that profiles do not have here. The nearest one that they have is offered.
    PROFILE_KEY = "IP011", exit 2, python "BlockError";
    /// A value of a provider profile is not of the kind that its key wants, or a key is missing.
    PROFILE_VALUE = "IP012", exit 2, python "BlockError";
    /// Two rules of a provider profile contradict each other, or one lacks another that it needs: two roles at one
    /// address, a gateway in the block that has no place, a routed block without a next hop.
    PROFILE_RULES = "IP013", exit 2, python "BlockError";
    /// A fact of a provider profile is about something that the profile does not say.
    PROFILE_FACT = "IP014", exit 2, python "BlockError";
    /// A rule of a provider profile rests on no fact: nobody can look up why addresses are planned by it. Plans are
    /// made all the same.
    PROFILE_UNSUPPORTED = "IP015", exit 1, python "BlockError";
    /// The provider is known, but hands out nothing of this name. `esxi ip providers NAME` lists what it does.
    ALLOCATION_UNKNOWN = "IP020", exit 2, python "BlockError";
    /// Only the provider knows which address is the gateway or this host's, as in a subnet that several customers share:
    /// read it in the portal and state it.
    ADDRESS_NOT_STATED = "IP021", exit 2, python "BlockError";
    /// An address that was stated for something in a block is not in that block.
    ADDRESS_OUTSIDE = "IP022", exit 2, python "BlockError";
    /// An address was stated for somebody, but the provider, the layout or another name has it. Names take their
    /// addresses in the order of the list: one without an address takes the first available.
    ADDRESS_TAKEN = "IP023", exit 2, python "BlockError";
    /// Two blocks of one host overlap, or a block overlaps a network of the user's own: an address would be in both.
    BLOCKS_OVERLAP = "IP024", exit 2, python "BlockError";
    /// ESXi's gateway is in no subnet of its own. Linux reaches such a gateway by a route on the link; the vmkernel
    /// refuses it (VMware KB 343820). Give the vmkernel adapter the provider's real mask.
    GATEWAY_OFF_SUBNET = "IP025", exit 2, python "BlockError";
    /// The installed host routes the provider's private network (10.0.0.0/8 at Packet) over its second vmkernel adapter:
    /// own networks in the same space are answered over the wrong adapter. Remove that adapter and its port group
    /// first, and say so, or take other addresses.
    PRIVATE_SIDE_CONFLICT = "IP026", exit 2, python "BlockError";
    /// Routed addresses (Elastic IPs) would be sent to ESXi's own address. The vmkernel does not forward packets, so
    /// they would be lost: a router virtual machine must have that address, and ESXi another.
    NEXT_HOP_IS_ESXI = "IP027", exit 2, python "BlockError";
    /// Nobody said where the provider routes a block to, the address is not the router virtual machine's, or the block is
    /// not routed at all.
    NEXT_HOP_UNKNOWN = "IP028", exit 2, python "BlockError";
    /// The block lies in private, documentation or other special space where the provider hands out public addresses, or
    /// is public where it hands out private ones.
    UNEXPECTED_SPACE = "IP029", exit 1, python "BlockError";
    /// What everybody must be told who plans with this provider's rules, such as that a frame with a foreign MAC address
    /// cuts the server off.
    PROVIDER_WARNING = "IP030", exit 1, python "BlockError";
    /// No provider was named, so those of a common pattern were taken.
    PROVIDER_ASSUMED = "IP031", exit 1, python "BlockError";
    /// The provider's switch port learns fewer MAC addresses than the host and its virtual machines would show; the
    /// others are cut off.
    TOO_MANY_MACS = "IP032", exit 1, python "BlockError";
    /// The provider binds the address to a MAC address that it assigns. Order it there, set it by hand on the virtual
    /// machine's card, and note it with the name.
    MAC_NOT_ORDERED = "IP033", exit 1, python "BlockError";
    /// A host file names an address, an uplink count, a VLAN or an MTU that the provider's rules do not allow.
    PROVIDER_RULE = "IP034", exit 2, python "BlockError";
    /// There is nothing to hand over: ESXi keeps the address that the provider's installation gave it.
    NO_HANDOVER = "IP035", exit 2, python "BlockError";
    /// No virtual machine of this name, or none at all, has an address in the plan, or the plan has no router.
    NO_MACHINE = "IP036", exit 2, python "BlockError";
    /// A description of blocks has a key that it does not have here. The nearest one that it has is offered.
    ADDRESSES_KEY = "IP037", exit 2, python "BlockError";
    /// A value in a description of blocks is not of the kind that its key wants, or a key is missing.
    ADDRESSES_VALUE = "IP038", exit 2, python "BlockError";
    /// A MAC address is stated for two machines, or is one that no card has: a group's (odd first octet) or all zeros.
    /// Two cards with one address on one wire take each other's packets.
    MAC_WRONG = "IP039", exit 2, python "BlockError";
    /// No network configuration is written in a format of this name. The nearest is offered.
    GUEST_FORMAT = "IP040", exit 2, python "BlockError";
    /// The system that reads the format gives no network card such a name, or a router's two cards got the same.
    /// Look the name up in the virtual machine: `ip link` on Linux, `ifconfig` on a BSD, `Get-NetAdapter` on Windows.
    CARD_NAME = "IP041", exit 2, python "BlockError";
    /// A plan cannot be written in a format of this name. `esxi ip plan --help` lists those that there are.
    EXPORT_FORMAT = "IP042", exit 2, python "BlockError";
}
