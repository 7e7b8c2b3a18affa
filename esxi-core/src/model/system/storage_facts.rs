//! What commands of this family ask of the disks.

use crate::model::machine::Machine;
use crate::model::storage::VolumeKind;

/// UUID of the volume that the host booted from.
pub(super) fn boot_bank(machine: &Machine) -> String {
    let links = machine.storage.links();
    let target = links.iter().find(|(link, _)| link == "/bootbank").map(|(_, target)| target.as_str());
    target.unwrap_or_default().trim_start_matches("/vmfs/volumes/").to_owned()
}

/// Partitions for core dumps, as `DISK:PARTITION`.
pub(super) fn dump_partitions(machine: &Machine) -> Vec<String> {
    let mut found = Vec::new();
    for disk in &machine.storage.disks {
        for partition in &disk.table.partitions {
            if partition.kind == crate::model::storage::Kind::VmkDiagnostic {
                found.push(format!("{}:{}", disk.name, partition.number));
            }
        }
    }
    found
}

/// UUID of a datastore by its label or UUID; the first one when none is named.
pub(super) fn datastore(machine: &Machine, name: Option<&str>) -> Option<String> {
    let fits = |kind: VolumeKind| kind.datastore();
    let mut all = machine.storage.volumes().filter(|volume| volume.mounted && fits(volume.kind));
    let found = all.find(|volume| name.is_none_or(|name| volume.is_called(name)))?;
    Some(found.uuid.clone())
}
