//! Where VIBs come from: files of the host. The simulated network has no depot.

use super::archive::{by_file_name, members, vib};
use super::{Level, Vib, wording};
use crate::model::surroundings::Surroundings;

/// Larger files are known by their names only: reading one whole for a few lines costs more than they tell.
const READ_WHOLE: u64 = 64 << 20;

/// What a depot has.
#[derive(Debug, Default)]
pub(super) struct Depot {
    pub vibs: Vec<Vib>,
    pub profiles: Vec<String>,
}

fn is_url(text: &str) -> bool {
    ["http:", "https:", "ftp:"].iter().any(|scheme| text.starts_with(scheme))
}

/// A path as esximage resolves it: relative ones begin in its own folder (verified: 6.7).
fn path_of(text: &str) -> String {
    let text = text.strip_prefix("file://").or(text.strip_prefix("file:")).unwrap_or(text);
    if text.starts_with('/') { text.to_owned() } else { format!("/var/log/vmware/{text}") }
}

fn content(around: &dyn Surroundings, path: &str) -> Result<Option<Vec<u8>>, ()> {
    match around.length(path) {
        Ok(length) if length <= READ_WHOLE => Ok(around.read(path).ok()),
        Ok(_) => Ok(None),
        Err(_) => Err(()),
    }
}

/// A VIB by the path or URL of its file. Of a file that is no VIB the name says what it is; its level is then the
/// host's.
pub(super) fn single(around: &dyn Surroundings, url: &str, host: Level) -> Result<Vib, String> {
    if is_url(url) {
        return Err(wording::no_vib(url, "<urlopen error [Errno -3] Temporary failure in name resolution>"));
    }
    let path = path_of(url);
    let missing = |()| {
        wording::no_vib(&format!("file:{path}"), &format!("[Errno 2] No such file or directory: '{path}'"))
    };
    let bytes = content(around, &path).map_err(missing)?;
    Ok(bytes.as_deref().and_then(vib).unwrap_or_else(|| by_file_name(&path, host)))
}

/// An offline bundle, or the address of a depot.
pub(super) fn open(around: &dyn Surroundings, url: &str, host: Level) -> Result<Depot, String> {
    if is_url(url) {
        return Err(wording::no_depot(
            url,
            "'<urlopen error [Errno -3] Temporary failure in name resolution>'",
        ));
    }
    let path = path_of(url);
    let index = format!("zip:{path}?index.xml");
    let missing = |()| {
        let cause = format!(
            "\"Error extracting index.xml from {path}: [Errno 2] No such file or directory: '{path}'\""
        );
        wording::no_depot(&index, &cause)
    };
    let bytes = content(around, &path).map_err(missing)?;
    let names = bytes.as_deref().and_then(members);
    if names.as_ref().is_some_and(|names| !names.iter().any(|name| name == "index.xml")) {
        let cause = format!(
            "'Error extracting index.xml from {path}: \"There is no item named \\'index.xml\\' in the archive\"'"
        );
        return Err(wording::no_depot(&index, &cause));
    }
    let inside = names.unwrap_or_default();
    let mut vibs: Vec<Vib> =
        inside.iter().filter(|name| name.ends_with(".vib")).map(|name| by_file_name(name, host)).collect();
    let profiles = profiles(&path);
    // A bundle that tells nothing holds one VIB of its own name, unless it is an image of the host.
    if vibs.is_empty() && profiles.is_empty() {
        vibs.push(by_file_name(&path, host));
    }
    Ok(Depot { vibs, profiles })
}

/// Image profiles by the name of VMware's depots: `VMware-ESXi-8.0U2-22380479-depot.zip` holds
/// `ESXi-8.0U2-22380479-standard` and `-no-tools` (verified: 5.1, 8.0).
fn profiles(path: &str) -> Vec<String> {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.trim_end_matches(".zip");
    let name = stem.strip_prefix("VMware-").and_then(|rest| rest.strip_suffix("-depot"));
    match name {
        Some(name) if name.starts_with("ESXi-") => {
            vec![format!("{name}-no-tools"), format!("{name}-standard")]
        }
        _ => Vec::new(),
    }
}
