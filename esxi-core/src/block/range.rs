use super::{Block, BlockError};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Neighbouring addresses as a person writes them: `192.0.2.9`, `192.0.2.9-192.0.2.12` or `192.0.2.8/30`.
///
/// ```
/// use esxi_core::block::AddressRange;
/// let range: AddressRange = "192.0.2.8/30".parse()?;
/// assert_eq!(range.to_string(), "192.0.2.8-192.0.2.11");
/// assert!("192.0.2.9-192.0.2.8".parse::<AddressRange>().is_err());
/// # Ok::<(), esxi_core::block::AddressRangeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

/// Why a text is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressRangeError {
    /// An address is none, or the last one does not follow the first.
    #[error("\"{text}\" is no address, no first-last and no block: {why}")]
    Syntax {
        /// The text as given.
        text: String,
        /// Which part of it is wrong.
        why: &'static str,
    },
    /// It has a slash and is no block.
    #[error(transparent)]
    Block(#[from] BlockError),
}

impl AddressRange {
    /// From the first to the last address; `None` if they are of two families or the wrong way round.
    pub fn new(first: IpAddr, last: IpAddr) -> Option<Self> {
        (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(AddressRange { first, last })
    }
    /// The first address.
    pub fn first(self) -> IpAddr {
        self.first
    }
    /// The last address, equal to the first in a range of one.
    pub fn last(self) -> IpAddr {
        self.last
    }
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        AddressRange { first: address, last: address }
    }
}

impl From<Block> for AddressRange {
    fn from(block: Block) -> Self {
        AddressRange { first: block.first(), last: block.last() }
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;
    fn from_str(text: &str) -> Result<Self, AddressRangeError> {
        let bad = |why| AddressRangeError::Syntax { text: text.to_owned(), why };
        let text = text.trim();
        if text.contains('/') {
            return Ok(text.parse::<Block>()?.into());
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let address = |part: &str| part.trim().parse::<IpAddr>().map_err(|_| bad("an address is not one"));
        let (first, last) = (address(first)?, address(last)?);
        AddressRange::new(first, last).ok_or_else(|| bad("the last address does not follow the first"))
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

crate::value::serde_as_text!(AddressRange, "an address, first-last, or a block");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_range_is_said() {
        for (text, part) in [
            ("", "an address is not one"),
            ("192.0.2.9-", "an address is not one"),
            ("192.0.2.9-2001:db8::1", "does not follow"),
            ("192.0.2.9-192.0.2.8", "does not follow"),
            ("192.0.2.9/30", "starts at 192.0.2.8"),
            ("192.0.2.9/33", "0 to 32"),
        ] {
            let error = text.parse::<AddressRange>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
