//! `system`.

use crate::model::machine::Machine;
use crate::model::parse::Invocation;
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
        // The index of 5.0 names it, too (verified); a patch level it does not.
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

/// `--host` takes no dots and excludes `--fqdn` (verified); the sentences are believed.
pub(super) fn set_hostname(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let (host, fqdn, domain) = (call.get("host"), call.get("fqdn"), call.get("domain"));
    if fqdn.is_some() && (host.is_some() || domain.is_some()) {
        return Err("Cannot specify fqdn together with host or domain".to_owned());
    }
    if let Some(fqdn) = fqdn {
        let (host, domain) = fqdn.split_once('.').unwrap_or((fqdn, ""));
        (machine.hostname, machine.domain) = (host.to_owned(), domain.to_owned());
    }
    if let Some(host) = host {
        if host.contains('.') {
            return Err(format!("Host name {host} must not contain a dot"));
        }
        machine.hostname = host.to_owned();
    }
    if let Some(domain) = domain {
        machine.domain = domain.to_owned();
    }
    Ok(())
}
