//! Every layout of every provider in every size, in every format.

use crate::options;
use esxi_core::block::profile::{Family, Profile};
use esxi_core::block::{AddressPlan, AddressSpec, Block, BlockSpec, Catalogue, ExportFormat};
use std::collections::BTreeSet;
use std::net::IpAddr;

fn block(family: Family, prefix: u8) -> Block {
    match family {
        Family::Ipv4 => format!("198.18.0.0/{prefix}"),
        Family::Ipv6 => format!("2001:db8::/{prefix}"),
    }
    .parse()
    .unwrap()
}

/// One block in each layout and size, alone. What the user must state is stated: the addresses behind the first.
fn specs(profile: &Profile) -> Vec<AddressSpec> {
    let mut specs = Vec::new();
    for allocation in &profile.allocations {
        for layout in &allocation.layouts {
            for prefix in layout.prefixes.unwrap_or(allocation.prefixes).iter() {
                let block = block(allocation.family, prefix);
                let mut spec =
                    BlockSpec::new(block).allocation(&allocation.name).layout(&layout.name).assign("web");
                specs.push(AddressSpec::new([spec.clone()]).provider(&profile.name));
                spec.management = block.nth(3);
                spec.gateway = block.nth(4);
                specs.push(AddressSpec::new([spec.clone()]).provider(&profile.name));
                // Layouts that have no room for a virtual machine.
                spec.assign.clear();
                specs.push(AddressSpec::new([spec.clone()]).provider(&profile.name));
                (spec.management, spec.gateway) = (None, None);
                specs.push(AddressSpec::new([spec]).provider(&profile.name));
            }
        }
    }
    specs
}

fn check(plan: &AddressPlan) {
    let export = |format| plan.export(format, &options());
    let names = plan.guests().len();
    let svg = export(ExportFormat::Svg);
    roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}:\n{svg}"));
    let ranges: usize = plan.blocks().iter().map(|block| block.ranges().len()).sum();
    assert_eq!(export(ExportFormat::Csv).lines().count(), ranges + 1);
    let hosts = export(ExportFormat::Hosts);
    let listed: BTreeSet<IpAddr> = hosts
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect();
    assert!(listed.len() >= names, "{hosts}");
    assert!(plan.management().is_none_or(|management| listed.contains(&management)), "{hosts}");
    assert_eq!(
        export(ExportFormat::Dnsmasq).lines().filter(|line| line.starts_with("host-record=web")).count(),
        names
    );
    let inventory: serde_json::Value = serde_saphyr::from_str(&export(ExportFormat::Ansible)).unwrap();
    assert_eq!(
        inventory["all"]["children"]["esxi_guests"]["hosts"].as_object().map_or(0, |all| all.len()),
        names
    );
    let file: serde_json::Value = serde_saphyr::from_str(&export(ExportFormat::HostFile)).unwrap();
    let pinned: AddressSpec = serde_json::from_value(file["addresses"].clone()).unwrap();
    assert_eq!(pinned, plan.pinned());
}

#[test]
fn every_layout_of_every_provider_can_be_written() {
    let catalogue = Catalogue::builtin();
    let mut layouts = BTreeSet::new();
    let mut planned = BTreeSet::new();
    for profile in catalogue.iter() {
        for spec in specs(&profile) {
            let name = |spec: &BlockSpec| {
                (profile.name.clone(), spec.allocation.clone().unwrap(), spec.layout.clone().unwrap())
            };
            layouts.insert(name(&spec.blocks[0]));
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(AddressSpec::from_json(&json).unwrap(), spec, "{json}");
            if let Ok(plan) = catalogue.plan(&spec) {
                check(&plan);
                planned.insert(name(&spec.blocks[0]));
            }
        }
    }
    assert!(
        planned.len() * 10 >= layouts.len() * 8,
        "{:?}",
        layouts.difference(&planned).collect::<Vec<_>>()
    );
}
