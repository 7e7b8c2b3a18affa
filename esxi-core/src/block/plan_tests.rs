use super::*;
use crate::block::{AddressPlan, AddressSpec, Assignment, Catalogue};
use crate::value::MacAddr;
use proptest::prelude::*;
use serde_json::json;

fn block(text: &str) -> BlockSpec {
    BlockSpec::new(text.parse().unwrap())
}

fn packet(spec: &BlockSpec) -> Result<BlockPlan, Vec<Diagnostic>> {
    Catalogue::builtin().find("packet").unwrap().plan(spec)
}

fn laid_out(text: &str, layout: &str) -> BlockPlan {
    packet(&block(text).layout(layout)).unwrap()
}

fn host(provider: &str, blocks: impl IntoIterator<Item = BlockSpec>) -> Result<AddressPlan, Vec<Diagnostic>> {
    Catalogue::builtin().plan(&AddressSpec::new(blocks).provider(provider))
}

/// Codes and places, without what everybody is told about the provider.
fn codes_of(found: &[Diagnostic]) -> Vec<(&str, &str)> {
    let found = found.iter().filter(|d| d.code != crate::diag::codes::PROVIDER_WARNING);
    found.map(|d| (d.code.as_str(), d.path.as_deref().unwrap_or(""))).collect()
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
    let plan = packet(&block("147.75.1.0/28").assign("web").assign("db")).unwrap();
    let document = serde_json::to_value(plan).unwrap();
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
            "schema": 1, "block": "147.75.1.0/28", "provider": "packet", "allocation": "block", "layout": "direct",
            "usable": 12,
            "price": {"currency": "USD", "addresses": 8, "per_address_hour": 0.005, "per_hour": 0.04},
            "diagnostics": [],
        })
    );
    let small = serde_json::to_value(laid_out("147.75.1.8/29", "direct")).unwrap();
    assert!(small.get("price").is_none());
}

#[test]
fn what_cannot_be_laid_out_says_why_and_what_would_do() {
    for (text, layout, code, cure) in [
        ("147.75.0.0/27", "direct", "IP003", "147.75.0.0/28"),
        ("147.75.0.0/31", "direct", "IP003", "order a /29 or larger"),
        ("2604:1380::/64", "direct", "IP004", "IPv4"),
    ] {
        let found = packet(&block(text).layout(layout)).unwrap_err();
        assert_eq!(codes_of(&found), [(code, "/block")], "{text}");
        assert!(found[0].help.as_ref().unwrap().contains(cure), "{text}: {}", found[0]);
    }
}

#[test]
fn an_address_stated_for_a_role_must_not_have_another_by_the_rules() {
    for (role, address, owner) in [
        ("gateway", "147.75.1.8", "network"),
        ("gateway", "147.75.1.10", "management"),
        ("management", "147.75.1.9", "gateway"),
        ("management", "147.75.1.15", "broadcast"),
    ] {
        let mut spec = block("147.75.1.8/29");
        let place = if role == "gateway" { &mut spec.gateway } else { &mut spec.management };
        *place = address.parse().ok();
        let found = packet(&spec).unwrap_err();
        assert_eq!(codes_of(&found), [("IP023", &*format!("/{role}"))], "{role} {address}");
        assert!(found[0].message.contains(owner), "{}", found[0]);
    }
    // Of two stated for one another the second is at fault.
    let mut spec = block("147.75.1.8/29");
    (spec.gateway, spec.management) = ("147.75.1.12".parse().ok(), "147.75.1.12".parse().ok());
    assert_eq!(codes_of(&packet(&spec).unwrap_err()), [("IP023", "/management")]);
}

#[test]
fn too_many_names_are_told_what_would_help_at_this_provider() {
    for (provider, spec, cure) in [
        (
            "packet",
            block("147.75.1.8/29").assign("a").assign("b").assign("c").assign("d").assign("e"),
            "larger block",
        ),
        ("ionos", block("82.165.1.2/32").assign("a"), "address translation"),
        (
            "hetzner-robot",
            BlockSpec {
                management: "88.99.1.77".parse().ok(),
                gateway: "88.99.1.65".parse().ok(),
                ..block("88.99.1.64/26").assign("a")
            },
            "further addresses",
        ),
    ] {
        let found = host(provider, [spec]).unwrap_err();
        assert_eq!(codes_of(&found), [("IP007", "/blocks/0/assign")], "{provider}");
        assert!(found[0].help.as_ref().unwrap().contains(cure), "{provider}: {}", found[0]);
    }
}

#[test]
fn a_next_hop_is_for_routed_blocks_and_lies_before_them() {
    let onto = |text: &str, allocation: &str, next_hop: &str| {
        let next_hop = next_hop.parse().ok();
        let spec = BlockSpec { next_hop, ..block(text).allocation(allocation) };
        host("packet", [block("147.75.1.8/29").layout("router-vm"), spec])
    };
    assert!(onto("147.75.2.0/29", "elastic", "147.75.1.10").is_ok());
    let wrong = [("IP028", "/blocks/1/next_hop")];
    assert_eq!(codes_of(&onto("147.75.2.0/29", "elastic", "147.75.2.3").unwrap_err()), wrong);
    assert_eq!(codes_of(&onto("147.75.2.0/29", "block", "147.75.1.10").unwrap_err()), wrong);
}

#[test]
fn a_mac_address_is_one_machines() {
    let mac = |text: &str| -> MacAddr { text.parse().unwrap() };
    let named = |name: &str, text: &str| Assignment::new(name).mac(mac(text));
    let plan = |a: Assignment, b: Assignment| {
        host(
            "ovh",
            [
                block("51.68.1.1/32").allocation("single").assign(a),
                block("51.68.1.2/32").allocation("single").assign(b),
            ],
        )
    };
    let one = "02:00:00:00:00:01";
    assert!(plan(named("a", one), named("b", "02:00:00:00:00:02")).is_ok());
    let found = plan(named("a", one), named("b", one)).unwrap_err();
    assert_eq!(found.iter().filter(|d| d.is_error()).count(), 1);
    assert_eq!((found[0].code.as_str(), found[0].path.as_deref()), ("IP039", Some("/blocks/1/assign/0/mac")));
    for bad in ["01:00:5e:00:00:01", "00:00:00:00:00:00"] {
        let found = plan(named("a", bad), named("b", one)).unwrap_err();
        assert_eq!(
            (found[0].code.as_str(), found[0].path.as_deref()),
            ("IP039", Some("/blocks/0/assign/0/mac"))
        );
        let spec = AddressSpec { router_mac: Some(mac(bad)), ..AddressSpec::new([block("147.75.1.8/29")]) };
        let found = Catalogue::builtin().plan(&spec).unwrap_err();
        assert_eq!(codes_of(&found), [("IP039", "/router_mac")]);
    }
}

#[test]
fn unknown_names_get_the_nearest_known_one_or_the_list() {
    for (provider, layout, code, fix) in [
        ("Packet", "direct", "IP005", Some("packet")),
        ("packte", "direct", "IP005", Some("packet")),
        ("", "direct", "IP005", None),
        ("packet", "router", "IP006", Some("router-vm")),
        ("packet", "routervm", "IP006", Some("router-vm")),
        ("packet", "bridge", "IP006", None),
    ] {
        let found = host(provider, [block("147.75.0.0/29").layout(layout)]).unwrap_err();
        assert_eq!(found[0].code.as_str(), code, "{provider} {layout}");
        assert_eq!(found[0].fix.as_deref(), fix, "{provider} {layout}");
        assert!(found[0].help.as_ref().unwrap().contains("nown: "), "{}", found[0]);
    }
    let found = host("packet", [block("147.75.0.0/29").allocation("elastik")]).unwrap_err();
    assert_eq!(
        (codes_of(&found), found[0].fix.as_deref()),
        (vec![("IP020", "/blocks/0/allocation")], Some("elastic"))
    );
}

#[test]
fn names_are_checked_together() {
    let mut spec = block("147.75.0.0/29");
    for name in ["web", "", "WEB", "a\tb", "two words", "-x", "d", "e", "f", "g"] {
        spec = spec.assign(name);
    }
    let found = packet(&spec).unwrap_err();
    let wrong = (1..=5).map(|at| ("IP008", format!("/assign/{at}/name")));
    let wrong: Vec<_> = wrong.chain([("IP007", "/assign".to_owned())]).collect();
    assert_eq!(codes_of(&found), wrong.iter().map(|(code, path)| (*code, path.as_str())).collect::<Vec<_>>());
    assert_eq!(found[3].fix.as_deref(), Some("two-words"));
    assert_eq!(found[4].fix.as_deref(), Some("x"));
}

#[test]
fn an_address_is_given_once() {
    let at = |name: &str, address: &str| Assignment::new(name).at(address.parse().unwrap());
    let spec = block("147.75.1.8/29")
        .reserve("147.75.1.13".parse().unwrap(), Some("spare"))
        .assign("first")
        .assign(at("taken", "147.75.1.11"))
        .assign(at("gateway", "147.75.1.9"))
        .assign(at("kept", "147.75.1.13"))
        .assign(at("outside", "147.75.1.16"))
        .assign(at("fine", "147.75.1.14"));
    let found = packet(&spec).unwrap_err();
    let address = |n: usize| format!("/assign/{n}/address");
    let expected =
        [("IP023", address(1)), ("IP023", address(2)), ("IP023", address(3)), ("IP022", address(4))];
    assert_eq!(codes_of(&found), expected.iter().map(|(c, p)| (*c, p.as_str())).collect::<Vec<_>>());
    assert!(found[0].message.contains("assigned (first)"), "{}", found[0]);
    assert!(found[0].help.as_ref().unwrap().contains("put first behind it"), "{}", found[0]);
    assert!(found[0].help.as_ref().unwrap().contains("147.75.1.12"), "{}", found[0]);
    assert_eq!(found[1].fix.as_deref(), Some("147.75.1.12"));
    assert!(found[2].message.contains("reserved (spare)"), "{}", found[2]);
}

#[test]
fn elastic_addresses_must_not_be_sent_to_esxi() {
    let elastic = || block("147.75.200.16/30").allocation("elastic");
    let found = host("packet", [block("147.75.1.8/29"), elastic()]).unwrap_err();
    assert_eq!(codes_of(&found), [("IP027", "/blocks/1/next_hop")]);
    assert!(found[0].help.as_ref().unwrap().contains("router-vm"), "{}", found[0]);

    let plan = host("packet", [block("147.75.1.8/29").layout("router-vm"), elastic().assign("web")]).unwrap();
    assert_eq!(plan.blocks()[1].next_hop(), plan.blocks()[0].router());
    let router = plan.router().unwrap();
    assert_eq!(router.outside[0].address.to_string(), "147.75.1.10/29");
    assert_eq!(
        (router.behind[0].inner.to_string().as_str(), router.behind[0].subnet),
        ("172.31.1.1/32", false)
    );
    let web = &plan.guests()[0].addresses[0];
    assert_eq!((web.address.to_string().as_str(), web.on_link), ("147.75.200.16/32", true));

    // ESXi on the private side leaves its public address: the next hop becomes the router's.
    let private = block("10.99.1.0/29").allocation("private");
    let blocks = [block("147.75.1.8/29").layout("private-management"), elastic(), private];
    let plan = host("packet", blocks).unwrap();
    assert_eq!(plan.blocks()[0].router(), "147.75.1.10".parse().ok());
    assert_eq!(plan.blocks()[0].usable(), 4);
    assert_eq!(plan.management(), "10.99.1.2".parse().ok());
    let handover = plan.handover().unwrap();
    assert!(handover.to_string().contains("vmk1"), "{handover}");

    let alone = host("packet", [elastic()]).unwrap();
    assert_eq!(codes_of(alone.diagnostics()), [("IP028", "/blocks/0/next_hop")]);
}

#[test]
fn blocks_overlap_neither_each_other_nor_own_networks_nor_the_private_side() {
    let mut spec = AddressSpec::new([block("147.75.1.8/29"), block("147.75.1.8/30").allocation("elastic")]);
    spec.own_networks =
        ["147.75.1.0/24", "10.7.0.0/16", "10.7.1.0/24", "192.168.7.0/24"].map(|n| n.parse().unwrap()).into();
    let found = Catalogue::builtin().plan(&spec).unwrap_err();
    assert_eq!(
        codes_of(&found),
        [
            ("IP024", "/blocks/1/block"),
            ("IP024", "/own_networks/0"),
            ("IP024", "/own_networks/0"),
            ("IP024", "/own_networks/2"),
            ("IP026", "/own_networks/1"),
            ("IP026", "/own_networks/2"),
        ]
    );
    assert!(found[4].help.as_ref().unwrap().contains("vmk1"), "{}", found[4]);
    let mut spec = AddressSpec::new([block("147.75.1.8/29")]);
    spec.own_networks = vec!["10.7.0.0/16".parse().unwrap()];
    assert!(Catalogue::builtin().plan(&spec).is_err());
    spec.without_private_side = true;
    assert!(Catalogue::builtin().plan(&spec).is_ok());
}

#[test]
fn esxi_needs_its_gateway_in_its_own_subnet() {
    let mut spec = block("147.75.1.8/29");
    spec.gateway = "147.75.1.1".parse().ok();
    let found = host("packet", [spec.clone()]).unwrap_err();
    assert_eq!(codes_of(&found), [("IP025", "/blocks/0/gateway")]);
    spec.gateway = "147.75.1.14".parse().ok();
    let plan = host("packet", [spec]).unwrap();
    assert_eq!(plan.management_gateway(), "147.75.1.14".parse().ok());
    assert_eq!(plan.blocks()[0].role("147.75.1.9".parse().unwrap()), Some(Role::Available));
}

#[test]
fn space_that_is_not_the_providers_is_a_warning() {
    for (text, allocation, part) in [
        ("10.0.0.0/29", "block", Some("RFC 1918")),
        ("203.0.113.8/29", "block", Some("documentation")),
        ("100.64.0.0/29", "block", Some("RFC 6598")),
        ("147.75.1.8/29", "block", None),
        ("147.75.1.8/29", "private", Some("not private")),
        ("10.0.0.0/29", "private", None),
    ] {
        let plan = packet(&block(text).allocation(allocation)).unwrap();
        let found: Vec<_> = plan.diagnostics().iter().map(|d| (d.code.as_str(), d.is_error())).collect();
        assert_eq!(found, part.map(|_| ("IP029", false)).into_iter().collect::<Vec<_>>(), "{text}");
        assert!(part.is_none_or(|part| plan.diagnostics()[0].message.contains(part)), "{text}");
    }
}

#[test]
fn without_a_provider_the_common_patterns_are_taken() {
    let plan = |text: &str| Catalogue::builtin().plan(&AddressSpec::new([block(text)])).unwrap();
    let packet = plan("147.75.1.8/29");
    assert_eq!((packet.profile().name.as_str(), packet.diagnostics().len()), ("packet", 0));
    let other = plan("10.0.0.0/16");
    assert_eq!((other.profile().name.as_str(), other.blocks()[0].usable()), ("generic-onlink", 65_532));
    assert_eq!(codes_of(other.diagnostics()), [("IP031", "/provider")]);
    assert_eq!(plan("2604:1380::/64").profile().name, "generic-onlink");
}

#[test]
fn a_thousand_names_cost_no_more_each_than_ten() {
    let names = |n: usize| (0..n).map(|n| Assignment::new(format!("vm{n}")));
    let mut spec = block("147.75.0.0/28").allocation("elastic");
    spec.block = "147.75.0.0/24".parse().unwrap();
    spec.assign = names(256).collect();
    let plan = packet(&spec).unwrap();
    assert_eq!(plan.ranges().len(), 256);
    assert_eq!(plan.ranges()[255].name.as_deref(), Some("vm255"));
}

#[test]
fn a_mac_address_is_carried_to_its_machine() {
    let mac: MacAddr = "00:50:56:00:00:2a".parse().unwrap();
    let spec = block("147.75.1.8/29").assign(Assignment::new("web").mac(mac));
    let plan = host("packet", [spec]).unwrap();
    assert_eq!(plan.guests()[0].mac, crate::block::guest::GuestMac::Fixed(mac));
}

proptest! {
    #[test]
    fn a_name_added_at_the_end_moves_no_other(
        prefix in 24_u8..=30,
        pins in proptest::collection::vec(proptest::option::weighted(0.3, 0_u128..64), 0..12),
        late in proptest::option::of(0_u128..64),
    ) {
        let mut spec = block(&format!("147.75.0.0/{prefix}")).allocation("elastic").layout("router-subnet");
        for (index, pin) in pins.iter().enumerate() {
            let mut entry = Assignment::new(format!("vm{index}"));
            entry.address = pin.and_then(|n| spec.block.nth(n));
            spec = spec.assign(entry);
        }
        let named = |spec: &BlockSpec| -> Option<Vec<(String, IpAddr)>> {
            let plan = packet(spec).ok()?;
            Some(plan.addresses().filter_map(|(a, range)| Some((range.name.clone()?, a))).collect())
        };
        let mut more = spec.clone();
        let mut entry = Assignment::new("late");
        entry.address = late.and_then(|n| spec.block.nth(n));
        more = more.assign(entry);
        if let (Some(before), Some(after)) = (named(&spec), named(&more)) {
            prop_assert_eq!(after.len(), before.len() + 1);
            prop_assert!(before.iter().all(|one| after.contains(one)));
        }
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
