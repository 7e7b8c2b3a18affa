use super::*;
use crate::block::profile::Rest;
use crate::diag::Severity;

/// A profile without a fault, of which every rule rests on a fact.
const GOOD: &str = r#"name = "my-rack"
title = "My rack"
status = "live"
verified = "2026-11-21"
warnings = ["mind the step"]

[[allocation]]
name = "block"
summary = "a block on the wire"
prefixes = "28-29"
smallest-for-esxi = 29
delivery = "bridged"
gateway = "in-block"
reserve = { network = 0, gateway = 1, reserved = [5, 6], broadcast = -1 }

[[allocation.layout]]
name = "direct"
summary = "ESXi itself"
roles = { management = 2 }

[[allocation.layout]]
name = "router-vm"
summary = "a router"
prefixes = "29"
gateway = { fixed = "192.0.2.1" }
roles = { router = 2, management = "given" }

[[allocation]]
name = "subnet"
summary = "a routed subnet"
family = "ipv6"
prefixes = "48-64"
delivery = "routed"
next-hop = "eui64"
gateway = { fixed = "fe80::1" }

[[allocation.layout]]
name = "subnet"
summary = "all of it"

[[allocation]]
name = "single"
summary = "one more"
prefixes = "32"
delivery = "routed"
next-hop = { main-offset = 2 }
gateway = { main-octet = 254 }

[[allocation.layout]]
name = "direct"
summary = "a machine's"

[private]
subnet = "10.0.0.0/8"
adapter = "vmk1"
port-group = "Private Network"

[l2]
tagged = "always"
vlan-range = [4000, 4091]
max-macs = 32

[uplinks]
per-vswitch = 1

[price]
currency = "EUR"
micros-per-address-hour = 5000
included = 8
allocation = "block"

[[fact]]
about = ["allocation.block", "allocation.subnet", "allocation.single.layout.direct", "private", "price", "l2"]
text = "so it is"
source = "the manual"
url = "https://example.net/manual"
date = "2026-11-20"
evidence = "verified"

[[fact]]
about = ["allocation.single.prefixes", "allocation.single.delivery", "allocation.single.next-hop", "uplinks"]
text = "so it is"
source = "the manual"
date = "2024-02-29"
evidence = "assumed"

[[fact]]
about = ["allocation.single.gateway.main-octet", "allocation.single.gateway"]
text = "so it is"
source = "the manual"
date = "2000-02-29"
evidence = "derived"
"#;

fn changed(from: &str, to: &str) -> String {
    let (before, after) = GOOD.split_once(from).expect("stands in the profile");
    format!("{before}{to}{after}")
}

/// The one error after a change: code, path, line and column.
#[track_caller]
fn wrong(from: &str, to: &str, code: &str, path: &str, line: u32, column: u32) -> Diagnostic {
    let text = changed(from, to);
    let found = Profile::from_toml("mine.toml", &text).expect_err(to);
    let errors: Vec<_> = found.into_iter().filter(Diagnostic::is_error).collect();
    let place = |d: &Diagnostic| {
        let start = d.start.unwrap();
        (d.code.to_string(), d.path.clone().unwrap(), start.line, start.column)
    };
    let places: Vec<_> = errors.iter().map(place).collect();
    assert_eq!(places, [(code.to_owned(), path.to_owned(), line, column)], "{errors:#?}");
    let error = errors.into_iter().next().unwrap();
    assert_eq!(error.file.as_deref(), Some("mine.toml"));
    assert!(error.help.is_some(), "{error} has no cure");
    error
}

#[track_caller]
fn help(error: &Diagnostic, help: &str) {
    assert_eq!(error.help.as_deref(), Some(help), "{error}");
}

#[track_caller]
fn says(error: &Diagnostic, message: &str) {
    assert_eq!(error.message, message);
}

#[test]
fn a_good_profile_has_no_findings_and_survives_json() {
    let file = Profile::from_toml("mine.toml", GOOD).unwrap();
    assert_eq!(file.diagnostics, []);
    let profile = file.profile;
    let block = profile.allocation("block").unwrap();
    assert_eq!(block.reserve.iter().count(), 5);
    assert_eq!(block.layout("router-vm").unwrap().roles.get(Role::Management), Some(Place::Given));
    assert_eq!(profile.allocations[2].next_hop, Some(NextHop::MainOffset(2)));
    assert_eq!(profile.allocations[1].gateway, GatewayRule::Fixed("fe80::1".parse().unwrap()));
    let json = serde_json::to_string(&profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
}

#[test]
fn names_dates_and_texts() {
    let name = wrong("\"my-rack\"", "\"My Rack\"", "IP012", "/name", 1, 8);
    assert_eq!(name.fix.as_deref(), Some("\"my-rack\""));
    wrong("\"my-rack\"", "\"-\"", "IP012", "/name", 1, 8);
    wrong("name = \"router-vm\"", "name = \"router.vm\"", "IP012", "/allocation/0/layout/1/name", 22, 8);
    for day in [
        "2026-02-29",
        "2100-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-04-31",
        "26-11-21",
        "2026-1-21",
        "+026-11-21",
    ] {
        let date = wrong("\"2026-11-21\"", &format!("{day:?}"), "IP012", "/verified", 4, 12);
        help(&date, "write year, month and day, such as \"2026-11-21\"");
    }
    wrong("\"2026-11-20\"", "2026-11-20T10:00:00Z", "IP012", "/fact/0/date", 77, 8);
    assert!(Profile::from_toml("", &changed("\"2026-11-20\"", "2026-11-20")).is_ok(), "a day without quotes");
    wrong("\"My rack\"", "\" \"", "IP012", "/title", 2, 9);
    wrong("\"mind the step\"", "\"a\\nb\"", "IP012", "/warnings/0", 5, 13);
    wrong("\"ESXi itself\"", "\"\"", "IP012", "/allocation/0/layout/0/summary", 18, 11);
}

#[test]
fn sizes() {
    let v4 = wrong("prefixes = \"28-29\"", "prefixes = \"15-29\"", "IP012", "/allocation/0/prefixes", 10, 12);
    help(&v4, "write prefix lengths from 16 to 32");
    let v6 = wrong("\"48-64\"", "\"28-64\"", "IP012", "/allocation/1/prefixes", 32, 12);
    help(&v6, "write prefix lengths from 32 to 128");
    wrong("\"28-29\"", "\"28-33\"", "IP012", "/allocation/0/prefixes", 10, 12);
    let layout = wrong(
        "prefixes = \"29\"",
        "prefixes = \"29-30\"",
        "IP013",
        "/allocation/0/layout/1/prefixes",
        24,
        12,
    );
    says(&layout, "29-30 reaches beyond the allocation's sizes, 28-29");
    wrong(
        "smallest-for-esxi = 29",
        "smallest-for-esxi = 30",
        "IP013",
        "/allocation/0/smallest-for-esxi",
        11,
        21,
    );
}

#[test]
fn roles_have_one_address_each_inside_the_block() {
    let same =
        wrong("management = 2", "management = 1", "IP013", "/allocation/0/layout/0/roles/management", 19, 24);
    says(&same, "gateway and management are both at offset 1 of a /28");
    // Only in the smaller block does the seventh address meet the last but one.
    let small = wrong("[5, 6]", "[-2, 6]", "IP013", "/allocation/0/reserve/reserved/1", 14, 55);
    says(&small, "reserved and reserved are both at offset 6 of a /29");
    // What is reserved wrongly is wrong in every layout, and said once.
    let outside = wrong("[5, 6]", "8", "IP013", "/allocation/0/reserve/reserved", 14, 50);
    says(&outside, "the reserved lies outside a /29, which has 8 addresses");
    help(&outside, "write an offset from 0 to 7, or name fewer `prefixes`");
    wrong("[5, 6]", "-9", "IP013", "/allocation/0/reserve/reserved", 14, 50);
    let twice =
        wrong("management = 2", "gateway = 3", "IP013", "/allocation/0/layout/0/roles/gateway", 19, 21);
    says(&twice, "a block has one gateway only, and it has a place already");
    let given =
        wrong("router = 2", "router = \"given\"", "IP013", "/allocation/0/layout/1/roles/router", 26, 20);
    help(&given, "write its offset");
    wrong("reserved = [5, 6]", "available = 5", "IP013", "/allocation/0/reserve/available", 14, 51);
}

#[test]
fn gateways_and_next_hops() {
    let none = wrong("gateway = 1, ", "", "IP013", "/allocation/0/gateway", 13, 11);
    says(&none, "the gateway is in the block, but layout direct has no place for it");
    assert!(Profile::from_toml("", &changed("gateway = 1", "gateway = \"given\"")).is_ok());
    let layout = changed("gateway = 1, ", "").replace("gateway = \"in-block\"", "gateway = \"none\"");
    let layout = layout.replace("{ fixed = \"192.0.2.1\" }", "\"in-block\"");
    let found = Profile::from_toml("", &layout).unwrap_err();
    assert_eq!(found[0].path.as_deref(), Some("/allocation/0/layout/1/gateway"), "{found:?}");

    let family = wrong(
        "fixed = \"192.0.2.1\"",
        "fixed = \"fe80::1\"",
        "IP013",
        "/allocation/0/layout/1/gateway/fixed",
        25,
        21,
    );
    help(&family, "write an IPv4 address, or family = \"ipv6\"");
    wrong("fixed = \"fe80::1\"", "fixed = \"::1\"", "IP012", "/allocation/1/gateway/fixed", 35, 21);
    wrong("main-octet = 254", "main-octet = 255", "IP012", "/allocation/2/gateway/main-octet", 47, 26);
    wrong("\"eui64\"", "{ main-offset = 2 }", "IP013", "/allocation/1/next-hop", 34, 12);
    wrong("{ fixed = \"fe80::1\" }", "{ main-octet = 1 }", "IP013", "/allocation/1/gateway", 35, 11);
    wrong("main-offset = 2", "main-offset = 0", "IP012", "/allocation/2/next-hop/main-offset", 46, 28);
    wrong(
        "next-hop = { main-offset = 2 }",
        "next-hop = \"eui64\"",
        "IP013",
        "/allocation/2/next-hop",
        46,
        12,
    );
    let without = wrong("next-hop = \"eui64\"\n", "", "IP013", "/allocation/1", 28, 1);
    says(&without, "addresses are routed, but it is not said where to");
    wrong(
        "delivery = \"bridged\"",
        "delivery = \"vlan\"\nnext-hop = \"main\"",
        "IP013",
        "/allocation/0/next-hop",
        13,
        12,
    );
}

#[test]
fn names_are_given_once_and_meant_ones_exist() {
    let twice =
        wrong("name = \"router-vm\"", "name = \"direct\"", "IP013", "/allocation/0/layout/1/name", 22, 8);
    says(&twice, "two layouts are named \"direct\"");
    let price =
        wrong("allocation = \"block\"", "allocation = \"blocks\"", "IP013", "/price/allocation", 70, 14);
    assert_eq!(price.fix.as_deref(), Some("\"block\""));
    let facts = GOOD.find("[[fact]]").unwrap();
    let two = GOOD[..facts].replace("name = \"single\"", "name = \"subnet\"");
    let found = Profile::from_toml(
        "",
        &format!(
            "{two}[[fact]]\nabout = [\"l2\"]\ntext = \"x\"\nsource = \"y\"\ndate = \"2026-11-21\"\nevidence = \"assumed\"\n"
        ),
    );
    assert_eq!(
        found.unwrap_err().iter().find(|d| d.is_error()).unwrap().path.as_deref(),
        Some("/allocation/2/name")
    );

    let empty = "name = \"a\"\ntitle = \"A\"\nstatus = \"live\"\nverified = \"2026-11-21\"\nallocation = []\nfact = []\n";
    let found = Profile::from_toml("", empty).unwrap_err();
    assert_eq!((found[0].code, found[0].start.unwrap().line), (codes::PROFILE_RULES, 5));
    let layouts =
        changed("\n[[allocation.layout]]\nname = \"subnet\"\nsummary = \"all of it\"\n", "layout = []\n");
    let found = Profile::from_toml("", &layouts).unwrap_err();
    assert_eq!((found[0].path.as_deref(), found[0].start.unwrap().line), (Some("/allocation/1/layout"), 36));
}

#[test]
fn the_rest_of_the_provider() {
    wrong("[4000, 4091]", "[0, 4091]", "IP012", "/l2/vlan-range", 60, 14);
    wrong("[4000, 4091]", "[4000, 4095]", "IP012", "/l2/vlan-range", 60, 14);
    help(&wrong("[4000, 4091]", "[9, 8]", "IP012", "/l2/vlan-range", 60, 14), "write [8, 9]");
    wrong("max-macs = 32", "max-macs = 0", "IP012", "/l2/max-macs", 61, 12);
    wrong("per-vswitch = 1", "per-vswitch = 0", "IP012", "/uplinks/per-vswitch", 64, 15);
    wrong("\"vmk1\"", "\"eth1\"", "IP012", "/private/adapter", 55, 11);
    wrong("\"Private Network\"", "\" \"", "IP012", "/private/port-group", 56, 14);
    wrong("\"EUR\"", "\"euro\"", "IP012", "/price/currency", 67, 12);
    wrong("\"https://example.net/manual\"", "\"example.net\"", "IP012", "/fact/0/url", 76, 7);
}

#[test]
fn facts_are_about_something() {
    let near = wrong("\"private\"", "\"privat\"", "IP014", "/fact/0/about/3", 73, 86);
    assert_eq!(near.fix.as_deref(), Some("\"private\""));
    let layout = wrong("layout.direct", "layout.dircet", "IP014", "/fact/0/about/2", 73, 51);
    assert_eq!(layout.fix.as_deref(), Some("\"allocation.single.layout.direct\""));
    let below = wrong("\"uplinks\"", "\"uplinks.per-vswitch.x\"", "IP014", "/fact/1/about/3", 81, 100);
    assert_eq!(below.fix.as_deref(), Some("\"uplinks.per-vswitch\""));
    wrong("\"uplinks\"", "\"fact\"", "IP014", "/fact/1/about/3", 81, 100);
    wrong(
        "[\"allocation.single.gateway.main-octet\", \"allocation.single.gateway\"]",
        "[]",
        "IP014",
        "/fact/2/about",
        88,
        9,
    );
}

#[test]
fn rules_without_a_fact_are_noted() {
    let notes = |from: &str, to: &str| {
        let file = Profile::from_toml("mine.toml", &changed(from, to)).unwrap();
        assert!(
            file.diagnostics
                .iter()
                .all(|d| d.severity == Severity::Note && d.code == codes::PROFILE_UNSUPPORTED)
        );
        let lines = file.diagnostics.iter().map(|d| d.start.unwrap().line).collect::<Vec<_>>();
        (file.profile.unsupported(), lines)
    };
    // Nothing of it rests on a fact: it is named as a whole.
    assert_eq!(notes("\"allocation.block\", ", ""), (vec!["allocation.block".to_owned()], vec![7]));
    // Only some of it does.
    let some =
        notes("\"allocation.block\"", "\"allocation.block.layout\", \"allocation.block.reserve.network\"");
    let expected = [
        "delivery",
        "gateway",
        "prefixes",
        "reserve.broadcast",
        "reserve.gateway",
        "reserve.reserved",
        "smallest-for-esxi",
    ];
    assert_eq!(some.0, expected.map(|key| format!("allocation.block.{key}")));
    assert_eq!(some.1, [10, 11, 12, 13, 14, 14, 14]);
    assert_eq!(notes("\"allocation.single.layout.direct\", ", "").0, ["allocation.single.layout.direct"]);
    // What a layout says is said on purpose, even if it is what allocations have unless they say otherwise.
    let mut profile = Profile::from_toml("", GOOD).unwrap().profile;
    profile.allocations[2].layouts[0].rest = Some(Rest::Available);
    profile.facts[0].about[2] += ".roles";
    assert_eq!(profile.unsupported(), ["allocation.single.layout.direct"]);
    assert_eq!(profile.check().len(), 1, "there are no roles");
    profile.facts[0].about[2] = "allocation.single.layout.direct.rest".to_owned();
    assert_eq!((profile.unsupported(), profile.check()), (vec![], vec![]));
    // A rule that is one although it is a table.
    assert_eq!(notes(", \"allocation.single.gateway\"]", "]").0, ["allocation.single.gateway"]);
    assert_eq!(notes("\"price\", \"l2\"", "\"l2.max-macs\"").0, ["l2.tagged", "l2.vlan-range", "price"]);
}

#[test]
fn every_mistake_is_told_in_one_go_with_its_cure() {
    let text = changed("family = \"ipv6\"", "famly = \"ipv6\"")
        .replace("prefixes = \"28-29\"", "prefixes = 29")
        .replace("status = \"live\"", "status = \"alive\"")
        .replace("gateway = \"in-block\"", "gateway = \"fixed\"")
        .replace("{ main-octet = 254 }", "{ main-octat = 254 }")
        .replace("network = 0", "netwrok = 0")
        .replace("[4000, 4091]", "[4000]")
        .replace("\"10.0.0.0/8\"", "\"10.0.0.1/8\"")
        .replace("per-vswitch = 1", "per-vswitch = 300");
    let found = Profile::from_toml("mine.toml", &text).unwrap_err();
    let found: Vec<_> = found
        .iter()
        .map(|d| {
            (
                d.start.unwrap().line,
                d.code.as_str(),
                d.path.as_deref().unwrap(),
                d.fix.as_deref().unwrap_or("-"),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (3, "IP012", "/status", "\"live\""),
            (10, "IP012", "/allocation/0/prefixes", "\"29\""),
            (13, "IP012", "/allocation/0/gateway", "-"),
            (14, "IP011", "/allocation/0/reserve/netwrok", "network"),
            (31, "IP011", "/allocation/1/famly", "family"),
            (47, "IP012", "/allocation/2/gateway", "main-octet"),
            (54, "IP012", "/private/subnet", "-"),
            (60, "IP012", "/l2/vlan-range", "-"),
            (64, "IP012", "/uplinks/per-vswitch", "-"),
        ]
    );
}
