//! Addresses with prefix length as text, with messages that say what to write instead.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;

/// Reads an address with prefix length; the message names the likely mistake.
fn net(text: &str) -> Result<IpNet, String> {
    match (text.trim().parse::<IpNet>(), text.trim().parse::<IpAddr>()) {
        (Ok(net), _) => Ok(net),
        (_, Ok(address)) => {
            let example = if address.is_ipv4() { 24 } else { 64 };
            Err(format!("\"{text}\" has no prefix length: write it as {address}/{example}"))
        }
        _ => Err(format!("\"{text}\" is not an address with prefix length such as 192.0.2.10/24")),
    }
}

fn v4(text: &str) -> Result<Ipv4Net, String> {
    match net(text)? {
        IpNet::V4(net) => Ok(net),
        IpNet::V6(_) => Err(format!("\"{text}\" is an IPv6 address: IPv6 addresses stand under ipv6")),
    }
}

fn v6(text: &str) -> Result<Ipv6Net, String> {
    match net(text)? {
        IpNet::V6(net) => Ok(net),
        IpNet::V4(_) => Err(format!("\"{text}\" is an IPv4 address: it stands under ipv4")),
    }
}

/// A network: no bits to the right of the prefix.
fn whole_network(text: &str) -> Result<IpNet, String> {
    let net = net(text)?;
    if net.trunc() == net {
        Ok(net)
    } else {
        Err(format!("\"{text}\" is an address, not a network: write {}", net.trunc()))
    }
}

macro_rules! by_text {
    ($module:ident, $type:ty, $read:path) => {
        pub(super) mod $module {
            use super::*;
            use serde::{Deserialize, Deserializer, Serializer, de::Error};

            pub(crate) fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(value)
            }
            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let text = String::deserialize(deserializer)?;
                $read(&text).map_err(D::Error::custom)
            }
        }
    };
}
by_text!(ipv4_net, Ipv4Net, v4);
by_text!(network, IpNet, whole_network);

/// An address with prefix length of either family, or none.
pub(super) mod maybe_net {
    use super::*;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(value: &Option<IpNet>, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpNet>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| net(&text).map_err(D::Error::custom)).transpose()
    }
}

/// A list of IPv6 addresses, each checked where it stands.
pub(super) mod ipv6_nets {
    use super::*;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    struct Item(Ipv6Net);
    impl<'de> Deserialize<'de> for Item {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            v6(&text).map(Item).map_err(D::Error::custom)
        }
    }

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Vec<Ipv6Net>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<Ipv6Net>>, D::Error> {
        let items = Option::<Vec<Item>>::deserialize(deserializer)?;
        Ok(items.map(|items| items.into_iter().map(|item| item.0).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_to_write() {
        assert!(v6("2001:db8::1").unwrap_err().contains("2001:db8::1/64"));
        assert!(v4("192.0.2.1").unwrap_err().contains("192.0.2.1/24"));
        assert!(v4("2001:db8::1/64").unwrap_err().contains("under ipv6"));
        assert!(whole_network("10.1.2.3/8").unwrap_err().contains("10.0.0.0/8"));
        assert!(net("ten").unwrap_err().contains("not an address"));
        assert_eq!(whole_network("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
    }
}
