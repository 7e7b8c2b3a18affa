//! `data/guest/<case>/<format>.txt` and `data/guest/router-<case>/<format>.txt`. `ESXI_BLESS=1` writes them anew.

use crate::cases::{guests, routers};
use esxi_core::block::guest::{GuestFormat, RouterFormat};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn snippets() -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    for (case, guest) in guests() {
        for format in GuestFormat::ALL {
            all.insert(Path::new(case).join(format!("{format}.txt")), guest.snippet(*format));
        }
    }
    for (case, router) in routers() {
        for format in RouterFormat::ALL {
            let folder = format!("router-{case}");
            all.insert(Path::new(&folder).join(format!("{format}.txt")), router.snippet(*format));
        }
    }
    all
}

#[test]
fn every_snippet_comes_out_as_written() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/guest");
    let mut failures = Vec::new();
    let wanted = snippets();
    for (name, text) in &wanted {
        let path = data.join(name);
        if std::env::var_os("ESXI_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != *text {
            failures.push(format!("{} differs; now:\n{text}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));

    // No file is left over from a case that is no more.
    for folder in std::fs::read_dir(&data).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            assert!(wanted.contains_key(path.strip_prefix(&data).unwrap()), "{}", path.display());
        }
    }
}
