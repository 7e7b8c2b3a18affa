//! Provider profiles: what is read survives being written as JSON, and passes its check; every mistake has a place.
#![no_main]

use esxi_core::block::profile::Profile;
use esxi_core::diag::has_errors;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = match Profile::from_toml("profile.toml", text) {
        Ok(file) => file,
        Err(found) => {
            assert!(has_errors(&found));
            return assert!(found.iter().all(|finding| finding.start.is_some()), "{found:?}");
        }
    };
    let profile = &file.profile;
    let json = serde_json::to_string(profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&json).as_ref().ok(), Some(profile), "{json}");
    assert_eq!(profile.check(), []);
    let noted = file.diagnostics.iter().filter(|finding| !finding.is_error()).count();
    assert_eq!(noted, profile.unsupported().len());
});
