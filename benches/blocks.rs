//! Laying out address blocks.
#![allow(clippy::unwrap_used, reason = "a benchmark whose answer is wrong shall stop")]

use criterion::Criterion;
use esxi_core::block::{Block, Request, plan};
use std::hint::black_box;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, block, provider, available) in [
        ("block/packet/29", "147.75.1.8/29", "packet", 4),
        ("block/generic-onlink/24", "203.0.113.0/24", "generic-onlink", 252),
        ("block/generic-onlink/16", "198.18.0.0/16", "generic-onlink", 65_532),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let request = Request::new(black_box(block).parse().unwrap()).provider(provider);
                let plan = plan(&request).unwrap();
                assert_eq!(
                    plan.ranges().iter().map(|range| range.count).sum::<u128>(),
                    request.block.count()
                );
                assert_eq!(usable(&plan), available);
                plan
            });
        });
    }
    criterion.bench_function("block/read-and-print", |bencher| {
        bencher.iter(|| {
            let block: Block = black_box("147.75.1.8/29").parse().unwrap();
            let text = block.to_string();
            assert_eq!(text, "147.75.1.8/29");
            text
        });
    });
    criterion.final_summary();
}

fn usable(plan: &esxi_core::block::BlockPlan) -> u128 {
    use esxi_core::block::Role;
    plan.ranges().iter().filter(|range| range.role == Role::Available).map(|range| range.count).sum()
}
