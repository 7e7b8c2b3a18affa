//! `IP`: address blocks.

super::codes! {
    /// The text is not an IPv4 or IPv6 block in CIDR notation. Write the network address, a slash and the
    /// prefix length, such as `147.75.1.8/29`.
    BLOCK_SYNTAX = "IP001", exit 2, python "BlockError";
    /// Bits to the right of the prefix are set: this is an address with a prefix, not a block. The block that
    /// contains it is offered.
    BLOCK_HOST_BITS = "IP002", exit 2, python "BlockError";
}
