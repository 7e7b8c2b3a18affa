//! Address maps: an address that is not named is not reached, and no text breaks the reader.
#![no_main]

use esxi_ssh::{AddressMap, Target};
use libfuzzer_sys::fuzz_target;
use std::cell::LazyCell;

thread_local! {
    static FOLDER: LazyCell<tempfile::TempDir> = LazyCell::new(|| tempfile::tempdir().unwrap());
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with(|folder| {
        let file = folder.path().join("map.json");
        std::fs::write(&file, bytes).unwrap();
        let here = "203.0.113.10".parse::<Target>().unwrap();
        let map = AddressMap::file(file).vantage("client");
        let found = map.resolve(&here);
        if let Ok(None) = found {
            assert!(String::from_utf8_lossy(bytes).contains("others"));
        }
    });
});
