//! `system`.

use crate::model::machine::Machine;
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

pub(super) fn show(machine: &Machine, path: &str) -> Option<Result<Value, String>> {
    Some(Ok(match path {
        "system version get" => Value::Struct(version(machine)),
        "system uuid get" => Value::Str(machine.uuid.clone()),
        "system hostname get" => Value::Struct(
            Structure::new("FullyQualifiedHostName")
                .with("Domain Name", machine.domain.as_str())
                .with("Fully Qualified Domain Name", machine.fqdn())
                .with("Host Name", machine.hostname.as_str()),
        ),
        _ => return None,
    }))
}

/// Update and patch are texts although they look like numbers (verified: JSON of 8.0.3). Up to 6.7 the version
/// ends in 0 whatever the update; from 7.0 it carries the update (verified: captures of 6.5, 6.7, 8.0).
fn version(machine: &Machine) -> Structure {
    let version = machine.state.version;
    Structure::new("VersionGet")
        .with("Product", "VMware ESXi")
        .with("Version", number(version))
        .with("Build", format!("Releasebuild-{}", machine.state.build))
        .with("Update", version.update.to_string())
        .with_if(version >= EsxiVersion::new(9, 0), "Maintenance", "0")
        .with_if(version >= EsxiVersion::new(5, 5), "Patch", version.patch.to_string())
}

/// The version as hosts write it.
pub(in crate::model) fn number(version: EsxiVersion) -> String {
    if version >= EsxiVersion::new(7, 0) {
        version.to_string()
    } else {
        format!("{}.{}.0", version.major, version.minor)
    }
}
