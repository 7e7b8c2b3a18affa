//! Address specs: whatever a host file's `addresses` says, planning it either names what is wrong or gives a plan that
//! covers each block once, hands each name one address, can be pinned without a name moving, and is
//! written in every format.
#![no_main]

use esxi_core::block::{AddressSpec, Catalogue, ExportFormat, ExportOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let spec = match AddressSpec::from_json(text) {
        Ok(spec) => spec,
        Err(found) => return assert!(found.iter().any(|finding| finding.is_error() && finding.path.is_some())),
    };
    let printed = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<AddressSpec>(&printed).unwrap(), spec);
    let catalogue = Catalogue::builtin();
    let plan = match catalogue.plan(&spec) {
        Ok(plan) => plan,
        Err(found) => return assert!(found.iter().any(|finding| finding.is_error())),
    };
    for block in plan.blocks() {
        assert_eq!(block.ranges().iter().map(|range| range.count).sum::<u128>(), block.block().count());
    }
    let _ = (plan.router(), plan.handover(), serde_json::to_string(&plan).unwrap());
    for format in ExportFormat::ALL {
        assert!(plan.export(format, &ExportOptions::default()).ends_with('\n'));
    }
    let pinned = catalogue.plan(&plan.pinned()).unwrap();
    let addresses = |plan: &esxi_core::block::AddressPlan| {
        plan.guests().into_iter().map(|guest| (guest.name, guest.addresses)).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&pinned), addresses(&plan));
});
