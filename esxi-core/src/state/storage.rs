//! What is stored over the network: no plan changes it, but a plan may cut it off.

use crate::value::VmkName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Storage that a host reaches over its vmkernel adapters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkStorage {
    /// Mounted NFS shares.
    pub nfs: Vec<NfsDatastore>,
    /// Addresses or names of the servers that the iSCSI software initiator uses, without port.
    pub iscsi_targets: BTreeSet<String>,
    /// vmkernel adapters bound to it; where there are none, the routes decide.
    pub iscsi_ports: BTreeSet<VmkName>,
}

/// An NFS share that is mounted as a datastore.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NfsDatastore {
    /// Name of the datastore.
    pub name: String,
    /// Addresses or names of its servers: one with NFS 3, perhaps several with NFS 4.1.
    pub servers: Vec<String>,
}

impl NetworkStorage {
    /// True when nothing is stored over the network.
    pub fn is_empty(&self) -> bool {
        *self == NetworkStorage::default()
    }
}
