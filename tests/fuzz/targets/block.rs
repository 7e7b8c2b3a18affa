//! Address blocks: what is read prints as something that reads the same, and every layout of every shipped profile
//! covers it once.
#![no_main]

use esxi_core::block::{Block, BlockSpec, Catalogue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(block) = text.parse::<Block>() else { return };
    assert_eq!(block.to_string().parse::<Block>().as_ref(), Ok(&block));
    assert!(block.contains(block.first()) && block.contains(block.last()));
    for profile in Catalogue::builtin().iter() {
        for allocation in &profile.allocations {
            for layout in &allocation.layouts {
                let spec = BlockSpec::new(block).allocation(&*allocation.name).layout(&*layout.name);
                let Ok(plan) = profile.plan(&spec.assign("one").assign("two")) else { continue };
                let ranges = plan.ranges();
                assert_eq!(ranges[0].first, block.first());
                assert_eq!(ranges[ranges.len() - 1].last, block.last());
                assert_eq!(ranges.iter().map(|range| range.count).sum::<u128>(), block.count());
            }
        }
    }
});
