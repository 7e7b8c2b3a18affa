//! The words of a call: texts for the shell, or cards that it finds at boot.

use crate::command::quote;
use crate::state::{Route, Shaping};
use ipnet::IpNet;
use std::ops::Deref;

/// A value that stays as it is.
pub(super) const LEAVE: &str = "-";
/// A port group has its vSwitch's value.
pub(super) const INHERIT: &str = "inherit";

/// A word of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// Itself.
    Text(String),
    /// Cards by the number of their variables, which the shell replaces by a comma list of names.
    Cards(Vec<usize>),
}

impl From<&str> for Word {
    fn from(text: &str) -> Word {
        Word::Text(text.to_owned())
    }
}

/// Names and texts.
impl<T: Deref<Target = str>> From<&T> for Word {
    fn from(text: &T) -> Word {
        Word::Text(text.to_string())
    }
}

/// A call with its words: texts, or whatever is a [`Word`] already.
macro_rules! words {
    ($($word:expr),* $(,)?) => { vec![$($crate::firstboot::words::Word::from($word)),*] };
}
pub(super) use words;

/// A line of words, each quoted for the shell.
pub(super) fn line(words: Vec<Word>) -> String {
    let quoted = words.into_iter().map(|word| match word {
        Word::Text(text) => quote(&text),
        Word::Cards(cards) if cards.is_empty() => quote(""),
        Word::Cards(cards) => {
            let names: Vec<String> = cards.iter().map(|at| format!("$n{at}")).collect();
            format!("\"{}\"", names.join(","))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// `wanted` as text where it is stated or differs from `base`.
pub(super) fn set<T: PartialEq + ToString>(stated: bool, base: &T, wanted: &T) -> Word {
    if stated || base != wanted { Word::Text(wanted.to_string()) } else { LEAVE.into() }
}

/// The same of a value that may be inherited.
pub(super) fn own<T: PartialEq>(
    stated: bool,
    base: &Option<T>,
    wanted: &Option<T>,
    text: impl Fn(&T) -> String,
) -> Word {
    match wanted {
        _ if !stated && base == wanted => LEAVE.into(),
        Some(value) => Word::Text(text(value)),
        None => INHERIT.into(),
    }
}

pub(super) fn rates(shaping: &Shaping) -> [Word; 4] {
    let Shaping { enabled, average_kbps, peak_kbps, burst_kib } = shaping;
    [enabled.to_string(), average_kbps.to_string(), peak_kbps.to_string(), burst_kib.to_string()]
        .map(Word::Text)
}

/// `NAME FAMILY STACK NETWORK NETMASK GATEWAY`; the netmask of an IPv6 network is its prefix length.
pub(super) fn route_words(name: &str, route: &Route) -> Vec<Word> {
    let (family, mask) = match route.network {
        IpNet::V4(net) => ("ipv4", net.netmask().to_string()),
        IpNet::V6(net) => ("ipv6", net.prefix_len().to_string()),
    };
    let network = if route.is_default() { "default".to_owned() } else { route.network.to_string() };
    words![name, family, &route.netstack, &network, &mask, &route.gateway.to_string()]
}
