//! Every importer on any text: there is a host file or an error, and a host file passes its check and survives being
//! written and read. A form feed parts files that are read together; a state as JSON is imported as a live host.
#![no_main]

use esxi_core::diag::has_errors;
use esxi_core::import::{Format, ImportOptions, esxi, links};
use esxi_core::spec::{HostSpec, ResolveOptions, check, resolve};
use esxi_core::state::HostState;
use esxi_core::teaming::SwitchSide;
use esxi_core::yaml::{host_file, to_text};
use libfuzzer_sys::fuzz_target;

/// A host file that is written reads as itself.
fn survives(spec: &HostSpec) {
    let written = to_text(spec);
    let again = host_file("host.yaml", &written);
    assert_eq!(again.map(|again| again.spec).as_ref().ok(), Some(spec), "{written}");
}

fuzz_target!(|text: &str| {
    let mut options = ImportOptions::default();
    for (number, name) in ["eth0", "eth1", "eno1", "eno2", "a", "b"].into_iter().enumerate() {
        if let Ok(mac) = format!("0c:c4:7a:b5:80:{number:02x}").parse() {
            options.nics.insert(name.to_owned(), mac);
        }
    }
    let files: Vec<(&str, &str)> = ["one", "two"].into_iter().zip(text.split('\u{c}')).collect();
    for format in Format::ALL {
        for switch in
            [None, Some(SwitchSide::Independent), Some(SwitchSide::StaticLag), Some(SwitchSide::Lacp)]
        {
            options.switch = switch;
            let imported = format.import(&files, &options);
            assert_eq!(imported.spec.is_none(), has_errors(&imported.diagnostics));
            let Some(spec) = imported.spec else { continue };
            assert!(!has_errors(&check(&spec)));
            survives(&spec);
        }
    }
    let _ = (Format::of(text), links(text));
    if let Ok(state) = serde_json::from_str::<HostState>(text) {
        let imported = esxi("host", &state);
        let Some(spec) = imported.spec else { panic!("a host always has a file") };
        let resolved = resolve(&spec, &state, ResolveOptions::default());
        assert_eq!(resolved.is_ok(), !has_errors(&imported.diagnostics));
        assert!(!resolved.is_ok() || resolved.desired == state);
        survives(&spec);
    }
});
