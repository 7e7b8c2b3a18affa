//! Laying out address blocks.
#![allow(clippy::unwrap_used, reason = "a benchmark whose answer is wrong shall stop")]

use criterion::Criterion;
use esxi_core::block::{AddressSpec, Block, BlockPlan, BlockSpec, Catalogue, Role};
use std::hint::black_box;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, block, provider, available) in [
        ("block/packet/29", "147.75.1.8/29", "packet", 4),
        ("block/generic-onlink/24", "203.0.113.0/24", "generic-onlink", 252),
        ("block/generic-onlink/16", "198.18.0.0/16", "generic-onlink", 65_532),
    ] {
        let profile = Catalogue::builtin().find(provider).unwrap();
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let plan = profile.plan(&BlockSpec::new(black_box(block).parse().unwrap())).unwrap();
                assert_eq!(plan.ranges().iter().map(|range| range.count).sum::<u128>(), plan.block().count());
                assert_eq!(count(&plan, Role::Available), available);
                plan
            });
        });
    }
    // A whole host: the server's block, an elastic one, next hops, refusals.
    let catalogue = Catalogue::builtin();
    let server = BlockSpec::new("147.75.1.8/29".parse().unwrap()).layout("router-vm").assign("mail");
    let elastic = BlockSpec::new("147.75.200.16/30".parse().unwrap()).allocation("elastic").assign("web");
    let spec = AddressSpec::new([server, elastic]).provider("packet");
    criterion.bench_function("block/packet/host", |bencher| {
        bencher.iter(|| {
            let plan = catalogue.plan(black_box(&spec)).unwrap();
            assert_eq!(plan.blocks()[1].next_hop(), plan.blocks()[0].router());
            assert_eq!(plan.guests().len(), 2);
            plan
        });
    });
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

fn count(plan: &BlockPlan, role: Role) -> u128 {
    plan.ranges().iter().filter(|range| range.role == role).map(|range| range.count).sum()
}
