//! cloud-init's network configuration, in either of its versions.
//!
//! Source of the format: cloud-init's "Networking config version 1" and "version 2". Version 1 is what curtin reads,
//! too, version 2 is netplan's without files that amend each other.

use super::linux::Linux;
use super::read::At;
use super::{Document, ImportOptions, Imported, curtin, import, netplan};
use crate::diag::{Diagnostic, codes};

/// Reads cloud-init's network configuration: `network-config` of a data source, with or without `network:` at its top,
/// the part under `network:` of user data or of a file in `cloud.cfg.d`. Its `version` says which format it is in.
///
/// ```
/// use esxi_core::import::{ImportOptions, cloud_init};
/// let one = r#"
/// version: 1
/// config: [{ type: physical, name: eth0, mac_address: "0c:c4:7a:b5:80:02", subnets: [{ type: dhcp4 }] }]
/// "#;
/// let two = r#"
/// version: 2
/// ethernets: { eth0: { match: { macaddress: "0c:c4:7a:b5:80:02" }, dhcp4: true } }
/// "#;
/// let spec = |text| cloud_init("network-config", text, &ImportOptions::default()).spec.unwrap();
/// assert_eq!(spec(one).network.unwrap().vmkernel, spec(two).network.unwrap().vmkernel);
/// ```
pub fn cloud_init(name: &str, text: &str, options: &ImportOptions) -> Imported {
    import(Document::yaml(name, text), options, document)
}

fn document(root: &At<'_>) -> Option<Linux> {
    let network = root.get("network").unwrap_or_else(|| root.clone());
    if let Some(config) = network.get("config")
        && config.is("disabled")
    {
        let finding =
            Diagnostic::error(codes::IMPORT_INCOMPLETE, "network configuration is switched off here");
        root.account.report(
            finding
                .at(&config.path)
                .help("import the configuration that is in force instead, such as netplan's"),
        );
        return None;
    }
    match network.get("version") {
        Some(version) if version.is("1") => curtin::document(root),
        Some(version) if version.is("2") => netplan::document(root),
        Some(version) => {
            let message = "the network configuration of cloud-init has version 1 or 2";
            root.account.report(version.error(codes::FORMAT_VERSION, message));
            None
        }
        None => {
            let message = "the network configuration does not say its `version`";
            let help = if network.get("config").is_some() {
                "a list under `config` is version 1"
            } else {
                "`ethernets`, `bonds`, `bridges` and `vlans` are version 2"
            };
            root.account.report(network.error(codes::FORMAT_VERSION, message).help(help));
            None
        }
    }
}
