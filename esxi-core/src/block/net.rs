use crate::diag::{Code, Diagnostic, codes};
use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// An address block in CIDR notation, IPv4 or IPv6, whose host bits are all zero.
///
/// # Examples
///
/// ```
/// use esxi_core::block::Block;
///
/// let block: Block = "147.75.1.8/29".parse()?;
/// assert_eq!(block.count(), 8);
/// assert_eq!(block.last().to_string(), "147.75.1.15");
/// assert_eq!(block.netmask().to_string(), "255.255.255.248");
/// assert_eq!(block.to_string(), "147.75.1.8/29");
///
/// let error = "147.75.1.9/29".parse::<Block>().unwrap_err();
/// assert_eq!(error.code().as_str(), "IP002");
/// assert_eq!(error.diagnostic().fix.as_deref(), Some("147.75.1.8/29"));
/// # Ok::<(), esxi_core::block::BlockError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block(IpNet);

/// Why a text is not a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// Not CIDR notation.
    #[error("\"{text}\" is not an address block: {why}")]
    Syntax {
        /// The text as given.
        text: String,
        /// Which part of it is wrong.
        why: &'static str,
        /// The block that was meant, where that is certain.
        meant: Option<Block>,
    },
    /// An address with a prefix rather than a block.
    #[error("{text} has host bits set: the /{} that contains this address starts at {}", .block.prefix(), .block.first())]
    HostBits {
        /// The text as given.
        text: String,
        /// The block that contains the address.
        block: Block,
    },
    /// Loopback, multicast, "this network" or the reserved class E.
    #[error("{text} holds no addresses that a host can have: {what}")]
    NotUnicast {
        /// The text as given.
        text: String,
        /// What the space is for.
        what: &'static str,
    },
}

impl BlockError {
    /// The stable code of this error.
    pub fn code(&self) -> Code {
        match self {
            BlockError::Syntax { .. } => codes::BLOCK_SYNTAX,
            BlockError::HostBits { .. } => codes::BLOCK_HOST_BITS,
            BlockError::NotUnicast { .. } => codes::BLOCK_NOT_UNICAST,
        }
    }

    /// The error as a finding about the value `/block`.
    pub fn diagnostic(&self) -> Diagnostic {
        let found = Diagnostic::error(self.code(), self.to_string()).at("/block");
        match self {
            BlockError::Syntax { meant: Some(block), .. } | BlockError::HostBits { block, .. } => {
                found.help(format!("write {block}")).fix(block.to_string())
            }
            BlockError::Syntax { meant: None, .. } => {
                found.help("write the first address, a slash and the prefix length, such as 147.75.1.8/29")
            }
            BlockError::NotUnicast { .. } => found.help("write the block that the provider assigned"),
        }
    }
}

impl From<BlockError> for Diagnostic {
    fn from(error: BlockError) -> Self {
        error.diagnostic()
    }
}

impl Block {
    /// The block as a network of the `ipnet` crate.
    pub fn net(&self) -> IpNet {
        self.0
    }
    /// The prefix length: 29 of `147.75.1.8/29`.
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }
    /// The netmask; of an IPv6 block too.
    pub fn netmask(&self) -> IpAddr {
        self.0.netmask()
    }
    /// The first address.
    pub fn first(&self) -> IpAddr {
        self.0.network()
    }
    /// The last address.
    pub fn last(&self) -> IpAddr {
        self.0.broadcast()
    }
    /// How many addresses, [`u128::MAX`] for `::/0`, which has one more.
    pub fn count(&self) -> u128 {
        1_u128.checked_shl(u32::from(self.0.max_prefix_len() - self.prefix())).unwrap_or(u128::MAX)
    }
    /// The address at an offset from the first; `None` behind the last.
    pub fn nth(&self, offset: u128) -> Option<IpAddr> {
        if offset >= self.count() {
            return None;
        }
        match self.first() {
            IpAddr::V4(first) => first
                .to_bits()
                .checked_add(u32::try_from(offset).ok()?)
                .map(|a| Ipv4Addr::from_bits(a).into()),
            IpAddr::V6(first) => {
                first.to_bits().checked_add(offset).map(|a| std::net::Ipv6Addr::from_bits(a).into())
            }
        }
    }
    /// How far behind the first address another one is, the inverse of [`Block::nth`]; `None` outside the block.
    ///
    /// ```
    /// use esxi_core::block::Block;
    /// let block: Block = "147.75.1.8/29".parse()?;
    /// assert_eq!(block.offset_of("147.75.1.10".parse().unwrap()), Some(2));
    /// assert_eq!(block.offset_of("147.75.1.16".parse().unwrap()), None);
    /// # Ok::<(), esxi_core::block::BlockError>(())
    /// ```
    pub fn offset_of(&self, address: IpAddr) -> Option<u128> {
        let offset = match (address, self.first()) {
            (IpAddr::V4(address), IpAddr::V4(first)) => {
                address.to_bits().checked_sub(first.to_bits())?.into()
            }
            (IpAddr::V6(address), IpAddr::V6(first)) => address.to_bits().checked_sub(first.to_bits())?,
            _ => return None,
        };
        self.contains(address).then_some(offset)
    }
    /// True if the address lies in the block.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
    /// True if an address lies in both blocks: one of them contains the other then.
    pub fn overlaps(&self, other: Block) -> bool {
        self.contains(other.first()) || other.contains(self.first())
    }
}

/// The block that contains the address of a network.
impl From<IpNet> for Block {
    fn from(net: IpNet) -> Self {
        Block(net.trunc())
    }
}

impl FromStr for Block {
    type Err = BlockError;

    fn from_str(given: &str) -> Result<Self, BlockError> {
        let text = given.trim();
        let bad = |why, meant| BlockError::Syntax { text: given.to_owned(), why, meant };
        let Some((address, prefix)) = text.split_once('/') else {
            let why = match text.parse::<IpAddr>() {
                Ok(_) => "the prefix length is missing",
                Err(_) => "there is no slash in it",
            };
            return Err(bad(why, None));
        };
        let address: IpAddr =
            address.parse().map_err(|_| bad("no IP address stands before the slash", None))?;
        let net = match (address, prefix.parse::<Ipv4Addr>()) {
            // 10.0.0.0/255.255.255.0, the way ESXi's own tools write it.
            (IpAddr::V4(_), Ok(mask)) => {
                let meant = IpNet::with_netmask(address, mask.into()).ok().map(|net| Block(net.trunc()));
                return Err(bad("a netmask stands after the slash, not a prefix length", meant));
            }
            _ => {
                let digits = prefix.bytes().all(|b| b.is_ascii_digit());
                let length = prefix.parse().ok().filter(|_| digits && prefix.len() <= 3);
                let length: u8 = length.ok_or_else(|| bad("no number stands after the slash", None))?;
                let longest = if address.is_ipv4() { "32" } else { "128" };
                IpNet::new(address, length).map_err(|_| match longest {
                    "32" => bad("an IPv4 prefix length is 0 to 32", None),
                    _ => bad("an IPv6 prefix length is 0 to 128", None),
                })?
            }
        };
        if let Some(what) = not_unicast(net) {
            return Err(BlockError::NotUnicast { text: given.to_owned(), what });
        }
        let block = Block(net.trunc());
        if net.addr() == block.first() {
            Ok(block)
        } else {
            Err(BlockError::HostBits { text: text.to_owned(), block })
        }
    }
}

/// Address space (RFC 6890) from which no host has an address. Private and documentation space is fine.
pub(super) fn not_unicast(net: IpNet) -> Option<&'static str> {
    match net.addr() {
        IpAddr::V4(a) if a.octets()[0] == 0 => Some("0.0.0.0/8 means \"this network\""),
        IpAddr::V4(a) if a.is_loopback() => Some("127.0.0.0/8 is loopback"),
        IpAddr::V4(a) if a.is_multicast() => Some("224.0.0.0/4 is multicast"),
        IpAddr::V4(a) if a.octets()[0] >= 240 => Some("240.0.0.0/4 is reserved"),
        IpAddr::V6(a) if a.is_multicast() => Some("ff00::/8 is multicast"),
        IpAddr::V6(a) if a.is_loopback() || a.is_unspecified() => Some("it is loopback or unspecified"),
        IpAddr::V6(a) if a.to_ipv4_mapped().is_some() => {
            Some("::ffff:0:0/96 writes IPv4 addresses inside programs and is on no wire")
        }
        _ => None,
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

crate::value::serde_as_text!(Block, "an address block such as 147.75.1.8/29");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_has_its_code_and_its_words() {
        for (text, code, part) in [
            ("", "IP001", "no slash"),
            ("147.75.1.8", "IP001", "prefix length is missing"),
            ("147.75.1/29", "IP001", "before the slash"),
            ("147.075.1.8/29", "IP001", "before the slash"),
            ("147.75.1.8/33", "IP001", "0 to 32"),
            ("147.75.1.8/", "IP001", "after the slash"),
            ("147.75.1.8/+9", "IP001", "after the slash"),
            ("147.75.1.8/29/1", "IP001", "after the slash"),
            ("2001:db8::/129", "IP001", "0 to 128"),
            ("147.75.1.9/29", "IP002", "starts at 147.75.1.8"),
            ("2001:db8::1/64", "IP002", "starts at 2001:db8::"),
            ("127.0.0.0/29", "IP009", "loopback"),
            ("224.0.0.0/29", "IP009", "multicast"),
            ("0.0.0.0/0", "IP009", "this network"),
            ("::ffff:1.2.3.4/128", "IP009", "IPv4 addresses inside programs"),
        ] {
            let error = text.parse::<Block>().unwrap_err();
            assert_eq!(error.code().as_str(), code, "{text}");
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(error.diagnostic().help.is_some(), "{text}");
        }
    }

    #[test]
    fn a_netmask_is_understood_and_corrected() {
        let error = "10.0.0.16/255.255.255.240".parse::<Block>().unwrap_err();
        assert_eq!(error.diagnostic().fix.as_deref(), Some("10.0.0.16/28"));
        let error = "10.0.0.16/255.0.255.0".parse::<Block>().unwrap_err();
        assert_eq!(error.diagnostic().fix, None);
    }

    #[test]
    fn counting_and_indexing_reach_the_last_address_and_no_further() {
        for text in ["10.0.0.0/8", "192.0.2.8/29", "192.0.2.1/32", "2001:db8::/64", "2001:db8::7/128"] {
            let block: Block = text.parse().unwrap();
            assert_eq!(block.nth(0), Some(block.first()), "{text}");
            assert_eq!(block.nth(block.count() - 1), Some(block.last()), "{text}");
            assert_eq!(block.nth(block.count()), None, "{text}");
            assert_eq!(block.offset_of(block.last()), Some(block.count() - 1), "{text}");
            assert_eq!(block.offset_of("192.0.2.0".parse().unwrap()), None, "{text}");
            assert_eq!(block.offset_of("2001:db9::".parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn blocks_overlap_where_one_contains_the_other() {
        let overlap = |a: &str, b: &str| {
            let (a, b): (Block, Block) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(a.overlaps(b), b.overlaps(a), "{a} {b}");
            a.overlaps(b)
        };
        assert!(overlap("192.0.2.0/24", "192.0.2.8/29") && overlap("192.0.2.8/29", "192.0.2.8/29"));
        assert!(!overlap("192.0.2.0/29", "192.0.2.8/29") && !overlap("192.0.2.0/24", "2001:db8::/32"));
    }
}
