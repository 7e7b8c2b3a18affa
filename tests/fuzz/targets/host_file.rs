//! Host files: what is read is written as something that reads the same, and mistakes are errors with a code.
#![no_main]

use esxi_core::diag::has_errors;
use esxi_core::spec::{ResolveOptions, check, resolve};
use esxi_core::state::{FactoryNic, factory};
use esxi_core::yaml::{host_file, to_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = match host_file("host.yaml", text) {
        Ok(file) => file,
        Err(found) => return assert!(has_errors(&found)),
    };
    let written = to_text(&file.spec);
    let again = host_file("again.yaml", &written);
    assert_eq!(again.map(|again| again.spec).as_ref().ok(), Some(&file.spec), "{written}");

    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"];
    let nics = nics.map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    let host = factory("8.0".parse().unwrap(), &nics);
    let resolved = resolve(&file.spec, &host, ResolveOptions { prune: text.len() % 2 == 0 });
    assert!(!has_errors(&check(&file.spec)) || !resolved.is_ok());
    let _ = file.spec.fabric(&host);
});
