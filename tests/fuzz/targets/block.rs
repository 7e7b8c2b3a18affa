//! Address blocks: what is read prints as something that reads the same, and every layout covers it once.
#![no_main]

use esxi_core::block::{Block, PROVIDERS, Request, plan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(block) = text.parse::<Block>() else { return };
    assert_eq!(block.to_string().parse::<Block>().as_ref(), Ok(&block));
    assert!(block.contains(block.first()) && block.contains(block.last()));
    for provider in PROVIDERS {
        for layout in provider.layouts {
            let request = Request::new(block).provider(provider.name).layout(layout.name);
            let Ok(plan) = plan(&request) else { continue };
            let ranges = plan.ranges();
            assert_eq!(ranges[0].first, block.first());
            assert_eq!(ranges[ranges.len() - 1].last, block.last());
            assert_eq!(ranges.iter().map(|range| range.count).sum::<u128>(), block.count());
        }
    }
});
