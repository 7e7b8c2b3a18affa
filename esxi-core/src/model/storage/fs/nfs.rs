//! `storage nfs` and `nfs41`.
//!
//! The simulated network has no NFS server unless a scenario names one in [`Storage::nfs_servers`]: mounting
//! another is refused as a server that does not answer is.
//!
//! [`Storage::nfs_servers`]: crate::model::Storage::nfs_servers

use super::list;
use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::{NfsMount, Storage, wording};
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

pub(super) fn run(machine: &mut Machine, call: &Invocation) -> Option<Reply> {
    let path = call.row.path.strip_prefix("storage ")?;
    let label = call.get("volume-name").unwrap_or_default();
    Some(match path {
        "nfs list" => Ok(list(mounts(machine, false))),
        "nfs41 list" => Ok(list(mounts(machine, true))),
        "nfs add" | "nfs41 add" => {
            let version_4 = path == "nfs41 add";
            let hosts = call.list(if version_4 { "hosts" } else { "host" }).unwrap_or_default();
            let share = NfsMount {
                label: label.to_owned(),
                hosts: hosts.into_iter().map(str::to_owned).collect(),
                share: call.get("share").unwrap_or_default().to_owned(),
                read_only: call.flag("readonly"),
                version_4,
                security: call.get("sec").unwrap_or("AUTH_SYS").to_owned(),
                accessible: true,
            };
            add(&mut machine.storage, share).map(|()| Answer::Done)
        }
        "nfs remove" | "nfs41 remove" => {
            remove(&mut machine.storage, label, Some(path == "nfs41 remove")).map(|()| Answer::Done)
        }
        _ => return None,
    })
}

/// Columns: NFS 4.1 verified (7.0); NFS 3 by the index of 5.0 and VMware's notes for later ones.
fn mounts(machine: &Machine, version_4: bool) -> Vec<Structure> {
    let version = machine.state.version;
    let (v6, v8) = (version >= EsxiVersion::new(6, 0), version >= EsxiVersion::new(8, 0));
    let row = |share: &NfsMount| {
        let structure = Structure::new("NasMount").with("Volume Name", share.label.as_str());
        let structure = if version_4 {
            structure.with("Host(s)", share.hosts.join(","))
        } else {
            structure.with("Host", share.hosts.join(","))
        };
        let structure = structure
            .with("Share", share.share.as_str())
            .with_if(!version_4 && v8, "Vmknic", "None")
            .with("Accessible", share.accessible)
            .with("Mounted", share.accessible)
            .with_if(version >= EsxiVersion::new(5, 1), "Read-Only", share.read_only);
        let structure =
            if version_4 { structure.with("Security", share.security.as_str()) } else { structure };
        let acceleration = if version_4 { "Unknown" } else { "Not Supported" };
        structure.with_if(v6, "isPE", Value::Bool(false)).with("Hardware Acceleration", acceleration)
    };
    machine.storage.nfs.iter().filter(|share| share.version_4 == version_4).map(row).collect()
}

/// Mounts a share.
pub(in crate::model::storage) fn add(storage: &mut Storage, share: NfsMount) -> Result<(), String> {
    let host = share.hosts.join(",");
    if let Some(there) =
        storage.nfs.iter().find(|other| other.hosts == share.hosts && other.share == share.share)
    {
        return Err(wording::nfs_exists(&host, &share.share, &there.label));
    }
    let taken = storage.volumes.iter().any(|volume| volume.label == share.label)
        || storage.nfs.iter().any(|other| other.label == share.label);
    if taken {
        return Err(wording::label_taken(&share.label));
    }
    if !share.hosts.iter().any(|host| storage.nfs_servers.contains(host)) {
        // Verified shape: `Sysinfo error: The NFS server denied the mount request` of a server that answers.
        let what = format!("Unable to connect to NAS volume {}", share.label);
        return Err(wording::sysinfo(&what, "Unable to connect to NFS server"));
    }
    storage.nfs.push(share);
    Ok(())
}

/// Unmounts a share.
pub(in crate::model::storage) fn remove(
    storage: &mut Storage,
    label: &str,
    version_4: Option<bool>,
) -> Result<(), String> {
    let fits =
        |share: &NfsMount| share.label == label && version_4.is_none_or(|wanted| wanted == share.version_4);
    let before = storage.nfs.len();
    storage.nfs.retain(|share| !fits(share));
    if storage.nfs.len() == before { Err(wording::no_volume(label)) } else { Ok(()) }
}
