//! Linux network configuration: what is imported is a host file that passes its own check.
#![no_main]

use esxi_core::diag::has_errors;
use esxi_core::import::{ImportOptions, curtin};
use esxi_core::spec::check;
use esxi_core::teaming::SwitchSide;
use esxi_core::yaml::{host_file, to_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for switch in [None, Some(SwitchSide::Independent), Some(SwitchSide::StaticLag), Some(SwitchSide::Lacp)] {
        let options = ImportOptions { switch, ..ImportOptions::default() };
        let imported = curtin("curtin.yaml", text, &options);
        assert_eq!(imported.spec.is_none(), has_errors(&imported.diagnostics));
        let Some(spec) = imported.spec else { continue };
        assert!(!has_errors(&check(&spec)));
        let written = to_text(&spec);
        let again = host_file("host.yaml", &written);
        assert_eq!(again.map(|again| again.spec).as_ref().ok(), Some(&spec), "{written}");
    }
});
