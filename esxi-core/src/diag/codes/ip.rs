//! `IP`: address blocks.

super::codes! {
    /// The text is not an IPv4 or IPv6 block in CIDR notation. Write the network address, a slash and the
    /// prefix length, such as `147.75.1.8/29`.
    BLOCK_SYNTAX = "IP001", exit 2, python "BlockError";
    /// Bits to the right of the prefix are set: this is an address with a prefix, not a block. The block that
    /// contains it is offered.
    BLOCK_HOST_BITS = "IP002", exit 2, python "BlockError";
    /// The provider's layout is not known for blocks of this size, and guessing which addresses the provider keeps
    /// would cut a host off. Packet gives an ESXi host a /29, or a /28 when asked for at installation.
    BLOCK_SIZE = "IP003", exit 2, python "BlockError";
    /// The provider's layout is about IPv4 and the block is IPv6.
    BLOCK_FAMILY = "IP004", exit 2, python "BlockError";
    /// No rules are known for this provider. `esxi ip providers` lists those that are.
    PROVIDER_UNKNOWN = "IP005", exit 2, python "BlockError";
    /// The provider is known, but not a layout of this name. `esxi ip providers` lists the layouts of each.
    LAYOUT_UNKNOWN = "IP006", exit 2, python "BlockError";
    /// More names are to be given addresses than the block has available.
    ADDRESSES_EXHAUSTED = "IP007", exit 2, python "BlockError";
    /// The name for an address is empty, stands twice or has control characters in it.
    ADDRESS_NAME = "IP008", exit 2, python "BlockError";
    /// The block lies in space from which no host has an address: loopback, multicast, 0.0.0.0/8 or 240.0.0.0/4.
    /// Private and documentation space is fine.
    BLOCK_NOT_UNICAST = "IP009", exit 2, python "BlockError";
    /// The text of a provider profile is not TOML.
    PROFILE_SYNTAX = "IP010", exit 2, python "BlockError";
    /// A provider profile has a key that profiles do not have here. The nearest one that they have is offered.
    PROFILE_KEY = "IP011", exit 2, python "BlockError";
    /// A value of a provider profile is not of the kind that its key wants, or a key is missing.
    PROFILE_VALUE = "IP012", exit 2, python "BlockError";
    /// No network configuration is written in a format of this name. The nearest is offered.
    GUEST_FORMAT = "IP040", exit 2, python "BlockError";
    /// The system that reads the format gives no network card such a name, or a router's two cards got the same.
    /// Look the name up in the virtual machine: `ip link` on Linux, `ifconfig` on a BSD, `Get-NetAdapter` on Windows.
    CARD_NAME = "IP041", exit 2, python "BlockError";
}
