use std::fmt;
use std::str::FromStr;

/// A run of prefix lengths, written `29` or `28-29`.
///
/// ```
/// use esxi_core::block::Prefixes;
/// let prefixes: Prefixes = "28-29".parse().unwrap();
/// assert!(prefixes.contains(28) && !prefixes.contains(30));
/// assert_eq!(prefixes.to_string(), "28-29");
/// assert!("29-28".parse::<Prefixes>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefixes {
    shortest: u8,
    longest: u8,
}

/// The text is no run of prefix lengths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no prefix length such as 29 and no run of them such as 28-29, shortest first, up to 128")]
pub struct PrefixesError(String);

impl Prefixes {
    /// The largest blocks' prefix length.
    pub fn shortest(self) -> u8 {
        self.shortest
    }
    /// The smallest blocks' prefix length.
    pub fn longest(self) -> u8 {
        self.longest
    }
    /// True if blocks of this size are among them.
    pub fn contains(self, prefix: u8) -> bool {
        (self.shortest..=self.longest).contains(&prefix)
    }
    /// Every prefix length, the largest block's first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u8> {
        self.shortest..=self.longest
    }
}

impl FromStr for Prefixes {
    type Err = PrefixesError;
    fn from_str(text: &str) -> Result<Self, PrefixesError> {
        let bad = || PrefixesError(text.to_owned());
        let (shortest, longest) = text.split_once('-').unwrap_or((text, text));
        let number = |part: &str| {
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|&length: &u8| digits && length <= 128).ok_or_else(bad)
        };
        let (shortest, longest) = (number(shortest)?, number(longest)?);
        if shortest <= longest { Ok(Prefixes { shortest, longest }) } else { Err(bad()) }
    }
}

impl fmt::Display for Prefixes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shortest)?;
        if self.longest != self.shortest {
            write!(f, "-{}", self.longest)?;
        }
        Ok(())
    }
}

crate::value::serde_as_text!(Prefixes, "a prefix length such as \"29\" or a run of them such as \"28-29\"");
