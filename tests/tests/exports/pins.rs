//! The host file's part: it reads back as what was planned, and nothing in it moves.

use crate::{cases, catalogue, options};
use esxi_core::block::{AddressPlan, AddressSpec, Assignment, ExportFormat, Role};
use esxi_core::yaml;
use std::collections::BTreeMap;
use std::net::IpAddr;

fn read_back(plan: &AddressPlan) -> AddressSpec {
    let text = plan.export(ExportFormat::HostFile, &options());
    let file = yaml::host_file("host.yaml", &format!("version: 1\n{text}")).unwrap();
    file.spec.addresses.unwrap()
}

fn named(plan: &AddressPlan) -> BTreeMap<(usize, String), IpAddr> {
    let blocks = plan.blocks().iter().enumerate();
    let assigned = blocks.flat_map(|(index, block)| {
        let ranges = block.ranges().iter().filter(|range| range.role == Role::Assigned);
        ranges.map(move |range| ((index, range.name.clone().unwrap()), range.first))
    });
    assigned.collect()
}

#[test]
fn every_name_is_pinned_and_everything_else_is_as_it_was() {
    for (case, plan) in cases() {
        let mut pinned = read_back(&plan);
        let addresses = named(&plan);
        assert!(!addresses.is_empty() || case.ends_with("none"));
        for (index, (block, before)) in pinned.blocks.iter_mut().zip(&plan.spec().blocks).enumerate() {
            assert_eq!(block.allocation.as_ref(), Some(&plan.blocks()[index].allocation().name));
            assert_eq!(block.layout.as_ref(), Some(&plan.blocks()[index].layout().name));
            (block.allocation, block.layout) = (before.allocation.clone(), before.layout.clone());
            for (entry, before) in block.assign.iter_mut().zip(&before.assign) {
                assert_eq!(entry.address.as_ref(), addresses.get(&(index, entry.name.clone())));
                entry.address = before.address;
            }
        }
        assert_eq!(pinned.provider.as_deref(), Some("example"));
        pinned.provider.clone_from(&plan.spec().provider);
        assert_eq!(&pinned, plan.spec(), "{}", case.display());
    }
}

#[test]
fn planned_again_it_is_the_same_plan_and_the_same_text() {
    for (case, plan) in cases() {
        let again = catalogue().plan(&read_back(&plan)).unwrap();
        for (a, b) in again.blocks().iter().zip(plan.blocks()) {
            assert_eq!(a.ranges(), b.ranges(), "{}", case.display());
        }
        let text = |plan: &AddressPlan| plan.export(ExportFormat::HostFile, &options());
        assert_eq!(text(&again), text(&plan));
    }
}

/// Without pins a name put first or taken out would move all behind it.
#[test]
fn a_name_that_comes_or_goes_moves_no_other() {
    for (case, plan) in cases() {
        let mut spec = read_back(&plan);
        let mut gone = Vec::new();
        for (index, block) in spec.blocks.iter_mut().enumerate() {
            if block.assign.len() > 1 {
                gone.push((index, block.assign.remove(0).name));
            }
            if block.block.count() > 8 {
                block.assign.insert(0, Assignment::new("new-comer"));
                break;
            }
        }
        let after = named(&catalogue().plan(&spec).unwrap());
        for (key, address) in named(&plan).into_iter().filter(|(key, _)| !gone.contains(key)) {
            assert_eq!(after.get(&key), Some(&address), "{}: {key:?}", case.display());
        }
        assert!(after.keys().any(|(_, name)| name == "new-comer"), "{}", case.display());
    }
}
