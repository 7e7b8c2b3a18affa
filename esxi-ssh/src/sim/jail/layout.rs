//! What a machine's disks and volumes look like as folders, links and device files.

use super::Inside;
use esxi_core::model::{DeviceFile, Machine};
use std::io;

/// Where the content of volumes lies that are not mounted; nothing else has this folder.
const UNMOUNTED: &str = "/vmfs/volumes/.unmounted";

const DEVICES: &str = "/vmfs/devices/disks";

/// Folders, links and device files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// Folders of mounted volumes.
    volumes: Vec<String>,
    /// Link and target.
    links: Vec<(String, String)>,
    /// Name and length in bytes.
    devices: Vec<(String, u64)>,
}

impl Layout {
    pub(super) fn of(machine: &Machine) -> Layout {
        let storage = &machine.storage;
        let mut layout = Layout::default();
        let shares = storage.nfs.iter().map(|share| share.mount_path());
        let disks = storage.volumes().filter(|volume| volume.mounted).map(|volume| volume.mount_path());
        layout.volumes = disks.chain(shares).collect();
        layout.links = storage.links();
        for file in storage.device_files() {
            match file {
                DeviceFile::Device { name, bytes } => layout.devices.push((name, bytes)),
                DeviceFile::Link { name, target } => {
                    layout.links.push((format!("{DEVICES}/{name}"), target));
                }
                _ => {}
            }
        }
        // A host without a disk of its own for it writes to memory.
        if !layout.links.iter().any(|(link, _)| link == "/scratch") {
            layout.links.push(("/scratch".to_owned(), "/tmp/scratch".to_owned()));
        }
        layout
    }

    /// Where a link leads to.
    pub(super) fn target(&self, link: &str) -> Option<&str> {
        self.links.iter().find(|(one, _)| one == link).map(|(_, target)| target.as_str())
    }

    /// Makes the files follow: what is new appears, what is gone disappears, content stays. Where somebody put
    /// something in the way the rest goes on; the first such place is the error.
    pub(super) fn follow(&self, before: &Layout, files: &Inside) -> io::Result<()> {
        let mut first = Ok(());
        let mut note = |result: io::Result<()>| {
            if first.is_ok() {
                first = result;
            }
        };
        for gone in before.volumes.iter().filter(|volume| !self.volumes.contains(volume)) {
            // Removed by hand: nothing is left to keep.
            let _ = files.make_folder(UNMOUNTED).and_then(|()| files.rename(gone, &set_aside(gone)));
        }
        for new in self.volumes.iter().filter(|volume| !before.volumes.contains(volume)) {
            if files.rename(&set_aside(new), new).is_err() {
                note(files.make_folder(new));
            }
        }
        for (gone, _) in
            before.links.iter().filter(|(link, _)| !self.links.iter().any(|(new, _)| new == link))
        {
            let _ = files.remove(gone);
        }
        for (gone, _) in before.devices.iter().filter(|device| !self.devices.contains(device)) {
            let _ = files.remove(&format!("{DEVICES}/{gone}"));
        }
        for (name, bytes) in self.devices.iter().filter(|device| !before.devices.contains(device)) {
            note(files.create_sparse(&format!("{DEVICES}/{name}"), *bytes));
        }
        for (link, target) in self.links.iter().filter(|link| !before.links.contains(link)) {
            // Locker and scratch are folders on a volume.
            if target.starts_with('/') {
                note(files.make_folder(target));
            }
            note(files.link(target, link));
        }
        first
    }
}

fn set_aside(volume: &str) -> String {
    format!("{UNMOUNTED}/{}", volume.rsplit('/').next().unwrap_or_default())
}
