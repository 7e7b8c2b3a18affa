use super::ValueError;
use std::fmt;
use std::str::FromStr;

/// An Ethernet address.
///
/// Reads `aa:bb:cc:dd:ee:ff` and `AA-BB-CC-DD-EE-FF`; prints lower case with colons.
///
/// ```
/// use esxi_core::value::MacAddr;
/// let mac: MacAddr = "AA-BB-CC-DD-EE-0F".parse()?;
/// assert_eq!(mac.to_string(), "aa:bb:cc:dd:ee:0f");
/// assert!("aa:bb:cc:dd:ee".parse::<MacAddr>().is_err());
/// # Ok::<(), esxi_core::value::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr(pub [u8; 6]);

impl FromStr for MacAddr {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let bad = || ValueError::Mac(text.to_owned());
        let separator = if text.contains('-') { '-' } else { ':' };
        let mut octets = [0; 6];
        let mut parts = text.trim().split(separator);
        for octet in &mut octets {
            let part = parts.next().ok_or_else(bad)?;
            if !(1..=2).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(bad());
            }
            *octet = u8::from_str_radix(part, 16).map_err(|_| bad())?;
        }
        if parts.next().is_some() { Err(bad()) } else { Ok(MacAddr(octets)) }
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

super::name::serde_as_text!(MacAddr, "a MAC address such as 0c:c4:7a:b5:80:02");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_spelling_and_refuses_the_rest() {
        for good in ["aa:bb:cc:dd:ee:ff", "AA:BB:CC:DD:EE:FF", "aa-bb-cc-dd-ee-ff", " a:b:c:d:e:f "] {
            assert!(good.parse::<MacAddr>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "aa",
            "aa:bb:cc:dd:ee",
            "aa:bb:cc:dd:ee:ff:00",
            "aa:bb:cc:dd:ee:gg",
            "+1:2:3:4:5:6",
            "aa:bb:cc:dd:ee:fff",
        ] {
            assert!(bad.parse::<MacAddr>().is_err(), "{bad}");
        }
    }
}
