//! The cards of a Linux host, from what its `ip` says.

use crate::value::MacAddr;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A text that is not what `ip -j link` prints.
#[derive(Debug, thiserror::Error)]
#[error("this is not what `ip -j link` prints")]
pub struct LinksError(#[source] serde_json::Error);

/// One link, as far as it matters here.
#[derive(Deserialize)]
struct Link {
    ifname: String,
    #[serde(default)]
    link_type: Option<String>,
    /// In use now: members of a bond have the bond's.
    #[serde(default)]
    address: Option<String>,
    /// The card's own, printed where it differs.
    #[serde(default)]
    permaddr: Option<String>,
    #[serde(default)]
    altnames: Vec<String>,
}

/// Reads what `ip -j link` (or `ip -j addr`) prints: each Ethernet link's own MAC address, by each of its names, for
/// [`ImportOptions::nics`](super::ImportOptions::nics).
///
/// # Errors
/// The text is not such a list.
///
/// ```
/// let nics = esxi_core::import::links(r#"[
///   { "ifname": "lo", "link_type": "loopback", "address": "00:00:00:00:00:00" },
///   { "ifname": "eno1", "link_type": "ether", "address": "02:00:00:00:00:01",
///     "permaddr": "0c:c4:7a:b5:80:02", "altnames": ["enp1s0"] }]"#)?;
/// assert_eq!(nics["eno1"].to_string(), "0c:c4:7a:b5:80:02");
/// assert_eq!(nics["enp1s0"], nics["eno1"]);
/// assert_eq!(nics.len(), 2);
/// # Ok::<(), esxi_core::import::LinksError>(())
/// ```
pub fn links(text: &str) -> Result<BTreeMap<String, MacAddr>, LinksError> {
    let links: Vec<Link> = serde_json::from_str(text).map_err(LinksError)?;
    let mut nics = BTreeMap::new();
    for link in links {
        let ethernet = link.link_type.as_deref().is_none_or(|kind| kind == "ether");
        let mac = link.permaddr.or(link.address).and_then(|text| text.parse::<MacAddr>().ok());
        if let (true, Some(mac)) = (ethernet, mac) {
            nics.extend(link.altnames.into_iter().chain([link.ifname]).map(|name| (name, mac)));
        }
    }
    Ok(nics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_links_is_refused() {
        for text in ["", "{}", "[1]", "[{}]", "1: lo: <LOOPBACK>"] {
            assert!(links(text).is_err(), "{text}");
        }
        assert!(links("[]").unwrap().is_empty());
        // A tunnel has no such address.
        assert!(links(r#"[{"ifname":"sit0","link_type":"sit","address":"0.0.0.0"}]"#).unwrap().is_empty());
    }
}
