use super::*;
use crate::block::Layout;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn laid_out(block: &str, layout: &str) -> BlockPlan {
    plan(&Request::parse(block, "packet", layout).unwrap()).unwrap()
}

/// The table of Packet's guide, 1st to 8th address.
#[test]
fn a_29_direct_is_the_guides_first_table() {
    assert_eq!(
        laid_out("147.75.1.8/29", "direct").to_string(),
        "\
147.75.1.8/29  packet direct
  147.75.1.8   network
  147.75.1.9   gateway
  147.75.1.10  management
  147.75.1.11  available
  147.75.1.12  available
  147.75.1.13  available
  147.75.1.14  available
  147.75.1.15  broadcast
netmask 255.255.255.248, usable 4
"
    );
}

#[test]
fn a_29_with_a_router_is_the_guides_second_table() {
    let plan = laid_out("147.75.1.8/29", "router-vm");
    assert_eq!(
        plan.to_string(),
        "\
147.75.1.8/29  packet router-vm
  147.75.1.8   network
  147.75.1.9   gateway
  147.75.1.10  router
  147.75.1.11  management
  147.75.1.12  available
  147.75.1.13  available
  147.75.1.14  available
  147.75.1.15  broadcast
netmask 255.255.255.248, usable 3
"
    );
    assert_eq!(plan.gateway(), "147.75.1.9".parse().ok());
    assert_eq!(plan.router(), "147.75.1.10".parse().ok());
    assert_eq!(plan.management(), "147.75.1.11".parse().ok());
}

#[test]
fn a_28_has_the_guides_twelve_usable_addresses_and_costs_eight_further_ones() {
    let direct = laid_out("192.0.2.16/28", "direct");
    assert_eq!(direct.usable(), 12);
    assert_eq!(direct.available().last(), "192.0.2.30".parse().ok());
    assert!(direct.to_string().ends_with("price USD 0.04 an hour: 8 further addresses at 0.005\n"));
    assert_eq!(laid_out("192.0.2.16/28", "router-vm").usable(), 11);
}

#[test]
fn the_json_document_is_the_promised_one() {
    let request = Request::parse("147.75.1.0/28", "packet", "direct").unwrap().names(["web", "db"]);
    let document = serde_json::to_value(plan(&request).unwrap()).unwrap();
    assert_eq!(
        document["ranges"],
        json!([
            {"first": "147.75.1.0", "last": "147.75.1.0", "count": 1, "role": "network"},
            {"first": "147.75.1.1", "last": "147.75.1.1", "count": 1, "role": "gateway"},
            {"first": "147.75.1.2", "last": "147.75.1.2", "count": 1, "role": "management"},
            {"first": "147.75.1.3", "last": "147.75.1.3", "count": 1, "role": "assigned", "name": "web"},
            {"first": "147.75.1.4", "last": "147.75.1.4", "count": 1, "role": "assigned", "name": "db"},
            {"first": "147.75.1.5", "last": "147.75.1.14", "count": 10, "role": "available"},
            {"first": "147.75.1.15", "last": "147.75.1.15", "count": 1, "role": "broadcast"},
        ])
    );
    assert_eq!(document["addresses"].as_array().unwrap().len(), 16);
    assert_eq!(document["addresses"][4], json!({"address": "147.75.1.4", "role": "assigned", "name": "db"}));
    assert_eq!(document["addresses"][5], json!({"address": "147.75.1.5", "role": "available"}));
    let mut rest = document.as_object().unwrap().clone();
    rest.remove("ranges");
    rest.remove("addresses");
    assert_eq!(
        serde_json::Value::from(rest),
        json!({
            "schema": 1, "block": "147.75.1.0/28", "provider": "packet", "layout": "direct", "usable": 12,
            "price": {"currency": "USD", "addresses": 8, "per_address_hour": 0.005, "per_hour": 0.04},
            "diagnostics": [],
        })
    );
    let small = serde_json::to_value(laid_out("147.75.1.8/29", "direct")).unwrap();
    assert!(small.get("price").is_none());
}

#[test]
fn what_cannot_be_laid_out_says_why_and_what_would_do() {
    for (block, layout, code, cure) in [
        ("10.0.0.0/27", "direct", "IP003", "10.0.0.0/28"),
        ("10.0.0.0/31", "direct", "IP003", "order a /29 or /28"),
        ("2001:db8::/64", "direct", "IP004", "IPv4"),
    ] {
        let found = plan(&Request::new(block.parse().unwrap()).layout(layout)).unwrap_err();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code.as_str(), code, "{block}");
        assert_eq!(found[0].path.as_deref(), Some("/block"));
        assert!(found[0].help.as_ref().unwrap().contains(cure), "{block}: {}", found[0]);
    }
}

#[test]
fn unknown_names_get_the_nearest_known_one_or_the_list() {
    for (provider, layout, code, fix) in [
        ("Packet", "direct", "IP005", Some("packet")),
        ("packte", "direct", "IP005", Some("packet")),
        ("", "direct", "IP005", None),
        ("ovh", "direct", "IP005", None),
        ("packet", "router", "IP006", Some("router-vm")),
        ("packet", "routervm", "IP006", Some("router-vm")),
        ("packet", "bridge", "IP006", None),
    ] {
        let request = Request::new("10.0.0.0/29".parse().unwrap()).provider(provider).layout(layout);
        let found = plan(&request).unwrap_err();
        assert_eq!(found[0].code.as_str(), code, "{provider} {layout}");
        assert_eq!(found[0].fix.as_deref(), fix, "{provider} {layout}");
        assert!(found[0].help.as_ref().unwrap().contains("nown: "), "{}", found[0]);
    }
}

#[test]
fn names_are_checked_together() {
    let names = ["web", "", "web", "a\tb", "c", "d"];
    let found = plan(&Request::new("10.0.0.0/29".parse().unwrap()).names(names)).unwrap_err();
    let found: Vec<_> = found.iter().map(|d| (d.code.as_str(), d.path.as_deref().unwrap())).collect();
    assert_eq!(
        found,
        [("IP008", "/names/1"), ("IP008", "/names/2"), ("IP008", "/names/3"), ("IP007", "/names")]
    );
}

/// Any layout of any provider with up to three names, which every one of them has room for.
fn any_request() -> impl Strategy<Value = Request> {
    let layouts: Vec<(&'static str, Layout)> =
        PROVIDERS.iter().flat_map(|p| p.layouts.iter().map(|l| (p.name, *l))).collect();
    let rules = layouts.into_iter().flat_map(|(p, l)| l.prefixes.iter().map(move |n| (p, l.name, *n)));
    let rules = proptest::sample::select(rules.collect::<Vec<_>>());
    (rules, 0x0100_0000_u32..0x7f00_0000, 0_usize..4).prop_map(|((provider, layout, prefix), bits, names)| {
        let first = std::net::Ipv4Addr::from_bits(bits >> (32 - prefix) << (32 - prefix));
        Request::parse(&format!("{first}/{prefix}"), provider, layout)
            .unwrap()
            .names((0..names).map(|n| format!("vm{n}")))
    })
}

proptest! {
    #[test]
    fn every_address_lies_in_exactly_one_range(request in any_request()) {
        let plan = plan(&request).unwrap();
        let block = plan.block();
        let mut next = Some(block.first());
        for range in plan.ranges() {
            // Ranges touch: each begins where the one before ended.
            prop_assert_eq!(Some(range.first), next);
            prop_assert!(range.count > 0);
            let IpAddr::V4(first) = range.first else { panic!("IPv4") };
            let IpAddr::V4(last) = range.last else { panic!("IPv4") };
            prop_assert_eq!(u128::from(last.to_bits() - first.to_bits()) + 1, range.count);
            next = last.to_bits().checked_add(1).map(|n| std::net::Ipv4Addr::from_bits(n).into());
        }
        prop_assert_eq!(plan.ranges().last().unwrap().last, block.last());

        let listed: Vec<_> = plan.addresses().collect();
        prop_assert_eq!(listed.len() as u128, block.count());
        let mut roles: BTreeMap<Role, usize> = BTreeMap::new();
        for (address, range) in &listed {
            prop_assert_eq!(plan.role(*address), Some(range.role));
            *roles.entry(range.role).or_default() += 1;
        }
        for one in [Role::Network, Role::Gateway, Role::Management, Role::Broadcast] {
            prop_assert_eq!(roles.get(&one), Some(&1));
        }
        prop_assert_eq!(roles.get(&Role::Assigned).copied().unwrap_or(0), request.names.len());
        prop_assert_eq!(plan.role(block.first()), Some(Role::Network));
        prop_assert_eq!(plan.role(block.last()), Some(Role::Broadcast));
    }

    #[test]
    fn a_name_added_at_the_end_moves_no_other(request in any_request()) {
        let named = |r: &Request| -> Vec<_> {
            let plan = plan(r).unwrap();
            plan.addresses().filter_map(|(a, range)| Some((range.name.clone()?, a))).collect()
        };
        let all = named(&request);
        let mut fewer = request.clone();
        fewer.names.pop();
        let kept = named(&fewer);
        prop_assert_eq!(&all[..kept.len()], &kept[..]);
    }

    #[test]
    fn printing_a_block_and_reading_it_gives_the_same(bits: u32, prefix in 0_u8..=32) {
        let net = ipnet::Ipv4Net::new(std::net::Ipv4Addr::from_bits(bits), prefix).unwrap().trunc();
        if let Ok(block) = net.to_string().parse::<Block>() {
            prop_assert_eq!(block.to_string(), net.to_string());
            prop_assert_eq!(block.to_string().parse::<Block>().unwrap(), block);
        } else {
            let first = net.network().octets()[0];
            prop_assert!(first == 0 || first == 127 || first >= 224);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,40}", digits in "[0-9./:]{0,24}") {
        let _ = text.parse::<Block>();
        let _ = digits.parse::<Block>();
    }
}
