//! Addresses that are reached through another socket: port forwards and simulated hosts.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use esxi_core::diag::{Code, codes};
use serde::Deserialize;

use crate::target::{DEFAULT_PORT, Target};

/// A JSON file that says to which socket a connection to an address really goes.
///
/// ```json
/// {"schema": 1, "listeners": [
///   {"address": "203.0.113.10", "connect": "127.0.0.1:40123"},
///   {"address": "[2001:db8::1]:2222", "connect": "127.0.0.1:40124", "vantage": "client"}
/// ]}
/// ```
/// The host key stays that of the *address*: known_hosts is asked for it, not for the socket. The file is read
/// again at every connection, because a host's addresses change while it is worked on. An address that it
/// does not name is not reached at all, lest a password meant for a simulated host goes to a stranger, unless
/// the file says `"others": "direct"`. `client`, where it stands, is the address from which the listener is used. Unknown
/// fields are left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressMap {
    file: PathBuf,
    vantage: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    schema: u32,
    listeners: Vec<Listener>,
    #[serde(default)]
    others: Others,
}

#[derive(Deserialize)]
struct Listener {
    address: String,
    connect: SocketAddr,
    vantage: Option<String>,
    client: Option<IpAddr>,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Others {
    #[default]
    Refuse,
    Direct,
}

impl AddressMap {
    /// The map in this file. It is read when a connection is made, not now.
    pub fn file(file: impl Into<PathBuf>) -> Self {
        AddressMap { file: file.into(), vantage: None }
    }
    /// Uses only listeners of this vantage (a place from which the host is looked at) and those of none.
    #[must_use]
    pub fn vantage(mut self, name: impl Into<String>) -> Self {
        self.vantage = Some(name.into());
        self
    }
    /// The file.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// The socket for a target; none when the target is to be connected to directly. Reads the file.
    ///
    /// # Errors
    /// When the file cannot be read, is not understood, or does not name the target.
    pub fn resolve(&self, target: &Target) -> Result<Option<SocketAddr>, AddressMapError> {
        self.resolve_from(target, None)
    }

    /// As [`AddressMap::resolve`], for connections from an address of the client: only listeners whose `client` is
    /// that address, or that name none, stand for it.
    ///
    /// # Errors
    /// As [`AddressMap::resolve`].
    pub fn resolve_from(
        &self,
        target: &Target,
        from: Option<IpAddr>,
    ) -> Result<Option<SocketAddr>, AddressMapError> {
        let text = std::fs::read_to_string(&self.file)
            .map_err(|source| AddressMapError::Read { file: self.file.clone(), source })?;
        self.resolve_in(&text, target, from)
    }

    fn resolve_in(
        &self,
        text: &str,
        target: &Target,
        from: Option<IpAddr>,
    ) -> Result<Option<SocketAddr>, AddressMapError> {
        let syntax = |reason: String| AddressMapError::Syntax { file: self.file.clone(), reason };
        let document: Document = serde_json::from_str(text).map_err(|e| syntax(e.to_string()))?;
        if document.schema != 1 {
            return Err(syntax(format!("schema {} is not known, 1 is", document.schema)));
        }
        let mut by_host = None;
        for listener in &document.listeners {
            let seen_from_here = match (&self.vantage, &listener.vantage) {
                (Some(wanted), Some(given)) => wanted == given,
                _ => true,
            } && from
                .is_none_or(|from| listener.client.is_none_or(|client| client == from));
            let (host, port) = listener_address(&listener.address)
                .map_err(|e| syntax(format!("`{}`: {e}", listener.address)))?;
            if !seen_from_here || host != target.host() {
                continue;
            }
            match port {
                Some(port) if port == target.port() => return Ok(Some(listener.connect)),
                Some(_) => {}
                None => by_host = by_host.or(Some(listener.connect)),
            }
        }
        match by_host {
            None if document.others == Others::Refuse => Err(AddressMapError::NotNamed {
                file: self.file.clone(),
                host: target.host().to_owned(),
                port: target.port(),
            }),
            found => Ok(found),
        }
    }
}

/// `address`, `address:port` or `[address]:port`: the port counts only where it is written, even when it is 22.
fn listener_address(text: &str) -> Result<(String, Option<u16>), crate::TargetError> {
    if let Ok(address) = text.parse::<std::net::IpAddr>() {
        return Ok((address.to_string(), None));
    }
    let target: Target = text.parse()?;
    let written = target.port() != DEFAULT_PORT || text.ends_with(":22");
    Ok((target.host().to_owned(), written.then_some(target.port())))
}

/// Why an [`AddressMap`] gives no socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressMapError {
    /// The file cannot be read.
    #[error("the address map {} cannot be read", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not an address map.
    #[error("the address map {} is not understood: {reason}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// The file does not name the target.
    #[error("{host} port {port} is not in the address map {}", file.display())]
    NotNamed {
        /// The file.
        file: PathBuf,
        /// The target's host.
        host: String,
        /// The target's port.
        port: u16,
    },
}

impl AddressMapError {
    /// Stable code.
    pub fn code(&self) -> Code {
        codes::SSH_ADDRESS_MAP
    }
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            AddressMapError::NotNamed { .. } => {
                "add a listener for it, or `\"others\": \"direct\"` to connect to the address itself"
            }
            _ => r#"write {"schema":1,"listeners":[{"address":"203.0.113.10","connect":"127.0.0.1:40123"}]}"#,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = r#"{"schema":1,"host":"esx1","listeners":[
        {"address":"203.0.113.10","connect":"127.0.0.1:4001","vantage":"client"},
        {"address":"203.0.113.10","connect":"127.0.0.1:4002","vantage":"vpn"},
        {"address":"203.0.113.10:2222","connect":"127.0.0.1:4003"},
        {"address":"2001:DB8::1","connect":"[::1]:4004"},
        {"address":"[2001:db8::2]:22","connect":"127.0.0.1:4005"},
        {"address":"Esx1.example","connect":"127.0.0.1:4006"}]}"#;

    fn port(map: &AddressMap, target: &str) -> Option<u16> {
        map.resolve_in(MAP, &target.parse().unwrap(), None).ok().map(|found| found.unwrap().port())
    }

    #[test]
    fn listeners_by_address_port_and_vantage() {
        let map = AddressMap::file("map.json");
        assert_eq!(port(&map, "203.0.113.10"), Some(4001));
        assert_eq!(port(&map.clone().vantage("vpn"), "203.0.113.10"), Some(4002));
        assert_eq!(port(&map.clone().vantage("moon"), "203.0.113.10"), None);
        assert_eq!(port(&map.clone().vantage("moon"), "203.0.113.10:2222"), Some(4003));
        assert_eq!(port(&map, "[2001:db8::1]:99"), Some(4004));
        assert_eq!(port(&map, "[2001:db8::2]"), Some(4005));
        assert_eq!(port(&map, "[2001:db8::2]:23"), None);
        assert_eq!(port(&map, "esx1.EXAMPLE"), Some(4006));
        assert_eq!(port(&map, "203.0.113.11"), None);
    }

    #[test]
    fn a_client_is_given_its_own_listeners() {
        let text = r#"{"schema":1,"listeners":[
            {"address":"203.0.113.10","connect":"127.0.0.1:1","client":"198.51.100.7"},
            {"address":"203.0.113.10","connect":"127.0.0.1:2","client":"10.0.0.5"}]}"#;
        let map = AddressMap::file("map.json");
        let target = "203.0.113.10".parse().unwrap();
        let port = |from: Option<&str>| {
            let from = from.map(|from| from.parse().unwrap());
            map.resolve_in(text, &target, from).ok().map(|found| found.unwrap().port())
        };
        assert_eq!(port(None), Some(1));
        assert_eq!(port(Some("10.0.0.5")), Some(2));
        assert_eq!(port(Some("10.0.0.6")), None);
    }

    #[test]
    fn others_are_refused_unless_the_file_says_direct() {
        let map = AddressMap::file("map.json");
        let target = "203.0.113.9".parse().unwrap();
        let refused = map.resolve_in(r#"{"schema":1,"listeners":[]}"#, &target, None).unwrap_err();
        assert_eq!(refused.to_string(), "203.0.113.9 port 22 is not in the address map map.json");
        let direct = map.resolve_in(r#"{"schema":1,"listeners":[],"others":"direct"}"#, &target, None);
        assert_eq!(direct.unwrap(), None);
    }

    #[test]
    fn what_is_not_a_map() {
        let map = AddressMap::file("map.json");
        let target = "203.0.113.9".parse().unwrap();
        for text in [
            "",
            r#"{"schema":2,"listeners":[]}"#,
            r#"{"schema":1}"#,
            r#"{"schema":1,"listeners":[{"address":"203.0.113.300","connect":"127.0.0.1:1"}]}"#,
            r#"{"schema":1,"listeners":[{"address":"203.0.113.9","connect":"localhost:1"}]}"#,
            r#"{"schema":1,"listeners":[],"others":"maybe"}"#,
        ] {
            let error = map.resolve_in(text, &target, None).unwrap_err();
            assert!(matches!(error, AddressMapError::Syntax { .. }), "{text}: {error}");
        }
    }

    #[test]
    fn the_file_is_read_each_time() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("map.json");
        let map = AddressMap::file(&file);
        let target: Target = "203.0.113.10".parse().unwrap();
        assert!(matches!(map.resolve(&target), Err(AddressMapError::Read { .. })));
        for socket in ["127.0.0.1:1", "127.0.0.1:2"] {
            let text =
                format!(r#"{{"schema":1,"listeners":[{{"address":"203.0.113.10","connect":"{socket}"}}]}}"#);
            std::fs::write(&file, text).unwrap();
            assert_eq!(map.resolve(&target).unwrap(), Some(socket.parse().unwrap()));
        }
    }
}
