//! The whole of a host as a document, to look at or to start from again.

use super::faults::FaultInfo;
use data_encoding::BASE64;
use esxi_core::model::Machine;
use esxi_core::reach::Fabric;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Simulated hosts as a document: `esxi sim state dump`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateDump {
    /// Version of this format: 1.
    pub schema: u32,
    /// The hosts.
    pub hosts: Vec<HostDump>,
}

/// One host. Of passwords only what the model keeps of them is in it: their hashes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostDump {
    /// Its name.
    pub name: String,
    /// The machine of this moment.
    pub machine: Machine,
    /// What a power cycle comes back to.
    pub saved: SavedDump,
    /// The world around it.
    pub fabric: Fabric,
    /// What goes wrong just now or is about to; not taken up again by a load.
    #[serde(default, skip_deserializing)]
    pub faults: Vec<FaultInfo>,
}

/// What a power cycle comes back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedDump {
    /// The machine.
    pub machine: Machine,
    /// Files that the host keeps, by path. Datastores are not in it.
    pub files: BTreeMap<String, FileDump>,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FileDump {
    /// As it is.
    Text(String),
    /// What is no UTF-8.
    Binary {
        /// In base 64.
        base64: String,
    },
}

impl From<Vec<u8>> for FileDump {
    fn from(content: Vec<u8>) -> Self {
        match String::from_utf8(content) {
            Ok(text) => FileDump::Text(text),
            Err(error) => FileDump::Binary { base64: BASE64.encode(error.as_bytes()) },
        }
    }
}

impl FileDump {
    /// The bytes; what is no base 64 is empty.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self {
            FileDump::Text(text) => text.into_bytes(),
            FileDump::Binary { base64 } => BASE64.decode(base64.as_bytes()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_any_content_come_back() {
        for content in [b"text\n".to_vec(), vec![0xff, 0, 1], Vec::new()] {
            let json = serde_json::to_string(&FileDump::from(content.clone())).unwrap();
            assert_eq!(serde_json::from_str::<FileDump>(&json).unwrap().into_bytes(), content, "{json}");
        }
    }
}
