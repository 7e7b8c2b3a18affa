//! `vim-cmd hostsvc/datastore`.

use super::Said;
use super::print::{Fault, Node, print};
use crate::model::machine::Machine;
use crate::model::storage::Volume;

pub(super) fn run(machine: &mut Machine, command: &str, words: &[&str]) -> Said {
    let version = machine.state.version;
    match (command, words) {
        ("listsummary", []) => {
            let list = machine.storage.volumes().filter(|one| one.kind.datastore()).map(summary).collect();
            Said::Text(print(&Node::List("vim.Datastore.Summary", list), version))
        }
        ("summary" | "info", [name]) => match find(machine, name) {
            Some(volume) => Said::Text(print(&summary(volume), version)),
            None => not_found(),
        },
        ("refresh", [name]) => match find(machine, name) {
            Some(_) => Said::Text(String::new()),
            None => not_found(),
        },
        ("rename", [from, to]) => rename(machine, from, to),
        ("rename" | "summary" | "info" | "refresh", _) => Said::Refused("Insufficient arguments.".to_owned()),
        _ => Said::Lacking,
    }
}

fn find<'a>(machine: &'a Machine, name: &str) -> Option<&'a Volume> {
    machine.storage.volumes().find(|volume| volume.kind.datastore() && volume.is_called(name))
}

fn not_found() -> Said {
    Said::Fault(Fault::new("vim.fault.NotFound", "The object or item referred to could not be found."))
}

fn number(bytes: u64) -> Node {
    Node::Number(i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn summary(volume: &Volume) -> Node {
    Node::Object(
        "vim.Datastore.Summary",
        vec![
            ("datastore", Node::Text(format!("vim.Datastore:{}", volume.uuid))),
            ("name", volume.label.as_str().into()),
            ("url", volume.mount_path().into()),
            ("capacity", number(volume.size)),
            ("freeSpace", number(volume.free())),
            ("uncommitted", Node::Number(0)),
            ("accessible", volume.mounted.into()),
            ("multipleHostAccess", Node::Unset),
            ("type", "VMFS".into()),
            ("maintenanceMode", "normal".into()),
        ],
    )
}

/// Silent on success, and refused for a name that is taken (believed).
fn rename(machine: &mut Machine, from: &str, to: &str) -> Said {
    let Some(uuid) = find(machine, from).map(|volume| volume.uuid.clone()) else { return not_found() };
    if to.is_empty() || to.contains('/') || to.chars().count() > 80 {
        let message = format!("The name '{to}' is invalid.");
        return Said::Fault(Fault::new("vim.fault.InvalidName", message));
    }
    let shares = machine.storage.nfs.iter().any(|share| share.label == to);
    if shares || machine.storage.volumes().any(|volume| volume.uuid != uuid && volume.label == to) {
        let message = format!("The name '{to}' already exists.");
        return Said::Fault(Fault::new("vim.fault.DuplicateName", message));
    }
    if let Some(volume) = machine.storage.volumes.iter_mut().find(|volume| volume.uuid == uuid) {
        volume.label = to.to_owned();
    }
    Said::Text(String::new())
}

#[cfg(test)]
mod tests {
    use crate::model::system::testing::{host, refused, text};

    #[test]
    fn a_datastore_gets_another_name() {
        let mut host = host("7.0");
        text(&mut host, "vim-cmd hostsvc/datastore/rename datastore1 local");
        assert!(host.storage.links().iter().any(|(link, _)| link == "/vmfs/volumes/local"));
        assert!(
            text(&mut host, "vim-cmd hostsvc/datastore/listsummary").contains("      name = \"local\",\n")
        );
        text(&mut host, "vim-cmd hostsvc/datastore/refresh local");
        assert!(
            refused(&mut host, "vim-cmd hostsvc/datastore/rename datastore1 x")
                .starts_with("(vim.fault.NotFound) {\n")
        );
        refused(&mut host, "vim-cmd hostsvc/datastore/rename BOOTBANK1 x");
        refused(&mut host, "vim-cmd hostsvc/datastore/rename local BOOTBANK1");
        refused(&mut host, "vim-cmd hostsvc/datastore/rename local");
    }
}
