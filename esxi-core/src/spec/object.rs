//! Names of a host's objects, for lists such as "left alone".

use crate::state::Route;
use crate::value::NetstackName;
use serde::Serialize;
use std::fmt;

/// What kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectKind {
    /// A standard vSwitch.
    #[serde(rename = "vswitch")]
    VSwitch,
    /// A port group.
    PortGroup,
    /// A vmkernel adapter.
    VmkernelAdapter,
    /// A static route.
    Route,
}

/// One object of a host.
///
/// ```
/// use esxi_core::spec::{ObjectKind, ObjectRef};
/// let object = ObjectRef::new(ObjectKind::PortGroup, "VM Network");
/// assert_eq!(object.to_string(), "port group \"VM Network\"");
/// assert_eq!(serde_json::to_string(&object)?, r#"{"kind":"port_group","name":"VM Network"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ObjectRef {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name; of a route `10.0.0.0/8 via 10.99.1.1`, with the stack in front unless it is the default one.
    pub name: String,
}

impl ObjectRef {
    /// An object by kind and name.
    pub fn new(kind: ObjectKind, name: impl Into<String>) -> Self {
        ObjectRef { kind, name: name.into() }
    }
    /// A route.
    pub fn route(route: &Route) -> Self {
        let default = route.netstack == NetstackName::default();
        let stack = if default { String::new() } else { format!("{}: ", route.netstack) };
        ObjectRef::new(ObjectKind::Route, format!("{stack}{} via {}", route.network, route.gateway))
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ObjectKind::VSwitch => write!(f, "vSwitch \"{}\"", self.name),
            ObjectKind::PortGroup => write!(f, "port group \"{}\"", self.name),
            ObjectKind::VmkernelAdapter => write!(f, "vmkernel adapter {}", self.name),
            ObjectKind::Route => write!(f, "route {}", self.name),
        }
    }
}
