//! What holds for every provider, allocation, layout and size, wherever the block lies.

use crate::{block_at, distance, profiles, spec};
use esxi_core::block::profile::{Allocation, Family, Layout, Profile, Rest};
use esxi_core::block::{Assignment, BlockPlan, BlockSpec, Role};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};

/// A profile, an allocation of it, a layout of that, and a size.
type Row = (Arc<Profile>, usize, usize, u8);

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows = Vec::new();
    for profile in profiles() {
        for (at, allocation) in profile.allocations.iter().enumerate() {
            for (layout_at, layout) in allocation.layouts.iter().enumerate() {
                for prefix in layout.prefixes.unwrap_or(allocation.prefixes).iter() {
                    rows.push((Arc::clone(&profile), at, layout_at, prefix));
                }
            }
        }
    }
    rows
});

/// The same cases every time, unless the environment asks for others.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(29);
    }
    config
}

/// Where the block lies: any address that a host may have.
fn base() -> impl Strategy<Value = (u32, u128)> {
    (0x0100_0000..0x7f00_0000_u32, (2_u128 << 124)..(4_u128 << 124))
}

fn rules(row: &Row) -> (&Allocation, &Layout) {
    let allocation = &row.0.allocations[row.1];
    (allocation, &allocation.layouts[row.2])
}

fn block_spec(row: &Row, base: (u32, u128)) -> BlockSpec {
    let (allocation, layout) = rules(row);
    let address: IpAddr = match allocation.family {
        Family::Ipv4 => Ipv4Addr::from_bits(base.0).into(),
        Family::Ipv6 => Ipv6Addr::from_bits(base.1).into(),
    };
    spec(allocation, layout, block_at(address, row.3))
}

/// Who has which address.
fn assigned(plan: &BlockPlan) -> BTreeMap<String, IpAddr> {
    let named = plan.ranges().iter().filter(|range| range.role == Role::Assigned);
    named.map(|range| (range.name.clone().unwrap(), range.first)).collect()
}

/// What the profile's numbers say about one offset, reckoned address by address.
fn expected(row: &Row, spec: &BlockSpec, offset: u128) -> Role {
    let (allocation, layout) = rules(row);
    let block = spec.block;
    for (role, place) in allocation.reserve.iter().chain(layout.roles.iter()) {
        let at = match place.offset(block.count()) {
            Some(at) => Some(at),
            None if role == Role::Gateway => spec.gateway.map(|a| distance(block.first(), a)),
            None => spec.management.map(|a| distance(block.first(), a)),
        };
        if at == Some(offset) {
            return role;
        }
    }
    match layout.rest.unwrap_or(allocation.rest) {
        Rest::Available => Role::Available,
        Rest::Reserved => Role::Reserved,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_address_is_in_exactly_one_range(
        row in 0..ROWS.len(), base in base(), names in 0_usize..4, more in any::<u128>(),
    ) {
        let row = &ROWS[row];
        let mut spec = block_spec(row, base);
        let (block, empty) = (spec.block, row.0.plan(&spec).unwrap());
        let names = u128::try_from(names).unwrap().min(empty.usable());
        for name in 0..names {
            spec = spec.assign(format!("vm{name}"));
        }
        let plan = row.0.plan(&spec).unwrap();
        let ranges = plan.ranges();
        prop_assert_eq!(ranges[0].first, block.first());
        prop_assert_eq!(ranges[ranges.len() - 1].last, block.last());
        prop_assert_eq!(ranges.iter().map(|range| range.count).sum::<u128>(), block.count());
        for range in ranges {
            prop_assert!(range.count > 0);
            prop_assert_eq!(distance(range.first, range.last), range.count - 1);
        }
        for pair in ranges.windows(2) {
            prop_assert_eq!(distance(pair[0].last, pair[1].first), 1);
            prop_assert!(pair[0].role != pair[1].role || pair[0].name != pair[1].name, "{:?}", pair);
        }
        prop_assert_eq!(plan.usable(), empty.usable(), "names take available addresses only");
        prop_assert_eq!(assigned(&plan).len() as u128, names);
        // Both ends, everything near them, and one address anywhere.
        let near = (0..block.count().min(40)).flat_map(|n| [n, block.count() - 1 - n]);
        for offset in near.chain([more % block.count()]) {
            let (address, role) = (block.nth(offset).unwrap(), expected(row, &spec, offset));
            prop_assert_eq!(empty.role(address), Some(role), "{}", address);
            let now = plan.role(address).unwrap();
            prop_assert!(now == role || (role == Role::Available && now == Role::Assigned), "{}", address);
        }
        prop_assert_eq!(plan.role(block.last()).is_some(), true);
    }

    #[test]
    fn nobody_shares_an_address_with_the_gateway_esxi_or_the_router(row in 0..ROWS.len(), base in base()) {
        let row = &ROWS[row];
        let spec = block_spec(row, base);
        let plan = row.0.plan(&spec).unwrap();
        let mut own: Vec<IpAddr> =
            [plan.gateway(), plan.management(), plan.router()].into_iter().flatten().collect();
        let all = own.len();
        own.sort_unstable();
        own.dedup();
        prop_assert_eq!(own.len(), all);
        for address in own {
            prop_assert!(spec.block.contains(address));
            prop_assert!(!plan.role(address).unwrap().is_usable());
        }
        if let Some(smallest) = rules(row).0.smallest_for_esxi {
            prop_assert!(row.3 <= smallest || plan.management().is_none());
        }
    }

    #[test]
    fn a_name_at_the_end_or_a_reservation_elsewhere_moves_nobody(
        row in 0..ROWS.len(), base in base(), names in 0_usize..5, pin in any::<u128>(), keep in any::<u128>(),
    ) {
        let row = &ROWS[row];
        let mut spec = block_spec(row, base);
        let empty = row.0.plan(&spec).unwrap();
        // One name has a fixed address, any available one; the others take what comes.
        let free: Vec<_> = empty.ranges().iter().filter(|range| range.role == Role::Available).collect();
        let count: u128 = free.iter().map(|range| range.count).sum();
        prop_assume!(count > 0);
        let nth_free = |mut n: u128| {
            for range in &free {
                if n < range.count {
                    return spec.block.nth(distance(spec.block.first(), range.first) + n);
                }
                n -= range.count;
            }
            None
        };
        let (pinned, kept) = (nth_free(pin % count).unwrap(), nth_free(keep % count).unwrap());
        spec.assign.push(Assignment::new("pinned").at(pinned));
        for name in 0..names {
            let name = format!("vm{name}");
            let more = spec.clone().assign(&*name);
            if more.assign.len() as u128 > count {
                break;
            }
            let (before, after) = (row.0.plan(&spec).unwrap(), row.0.plan(&more).unwrap());
            let (before, mut after) = (assigned(&before), assigned(&after));
            prop_assert!(after.remove(&name).is_some());
            prop_assert_eq!(&before, &after);
            prop_assert_eq!(before["pinned"], pinned);
            spec = more;
        }
        let before = row.0.plan(&spec).unwrap();
        let last = assigned(&before).into_iter().filter(|(name, _)| name != "pinned").map(|(_, a)| a).max();
        // Behind everybody who takes what comes, and nobody's.
        if before.role(kept) == Some(Role::Available) && last.is_none_or(|last| last < kept) {
            let after = row.0.plan(&spec.clone().reserve(kept.into(), Some("kept"))).unwrap();
            prop_assert_eq!(after.role(kept), Some(Role::Reserved));
            prop_assert_eq!(assigned(&before), assigned(&after));
            prop_assert_eq!(before.usable(), after.usable() + 1);
        }
    }
}

#[test]
fn a_profile_is_the_same_after_a_journey_through_json() {
    for profile in profiles() {
        let text = serde_json::to_string(&*profile).unwrap();
        let again: Profile = serde_json::from_str(&text).unwrap();
        assert_eq!(again, *profile, "{}", profile.name);
    }
}

#[test]
fn names_are_words_and_stand_once() {
    let word = |name: &str| {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !name.is_empty() && name.bytes().all(letter)
    };
    for profile in profiles() {
        let names: Vec<&str> = profile.allocations.iter().map(|a| a.name.as_str()).collect();
        for (at, allocation) in profile.allocations.iter().enumerate() {
            assert!(word(&allocation.name) && !names[..at].contains(&names[at]), "{}", profile.name);
            assert!(allocation.prefixes.longest() <= crate::bits(allocation.family), "{}", profile.name);
            let layouts: Vec<&str> = allocation.layouts.iter().map(|l| l.name.as_str()).collect();
            assert!(!layouts.is_empty());
            for (at, layout) in allocation.layouts.iter().enumerate() {
                assert!(word(&layout.name) && !layouts[..at].contains(&layouts[at]), "{}", profile.name);
                if let Some(prefixes) = layout.prefixes {
                    let all = allocation.prefixes;
                    assert!(all.contains(prefixes.shortest()) && all.contains(prefixes.longest()));
                }
            }
        }
        if let Some(rule) = &profile.price {
            assert!(profile.allocation(&rule.allocation).is_some(), "{}", profile.name);
        }
    }
}
