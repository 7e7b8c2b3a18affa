use super::*;
use crate::diag::Severity;

fn mistakes(text: &str) -> Vec<(String, String, u32, u32)> {
    let found = host_file("h", text).expect_err("has mistakes");
    found
        .into_iter()
        .map(|d| {
            let start = d.start.expect("every mistake has a place");
            (d.code.to_string(), d.path.unwrap_or_default(), start.line, start.column)
        })
        .collect()
}

#[track_caller]
fn one(text: &str, code: &str, path: &str, line: u32, column: u32) -> Diagnostic {
    assert_eq!(mistakes(text), [(code.to_owned(), path.to_owned(), line, column)], "{text}");
    host_file("h", text).unwrap_err().remove(0)
}

const GOOD: &str = "\
version: 1
network:
  vswitches:
    - name: vSwitch0
      mtu: 1500
      cdp: listen
      uplinks: [\"0c:c4:7a:b5:80:02\", vmnic1, \"role:management\"]
      teaming: { load_balancing: portid, failure_detection: link, failback: true, active: [vmnic1] }
      security: { promiscuous: false }
      shaping: { enabled: false }
      port_groups:
        - name: Management Network
          vlan: 0
          teaming: inherit
          security: { mac_changes: true }
          shaping: inherit
  vmkernel:
    - port_group: Management Network
      name: vmk0
      ipv4: { address: 147.75.1.10/29 }
      ipv6: { addresses: ['2001:db8::10/64'], router_advertisements: false }
      tags: [Management]
    - { port_group: Storage, ipv4: dhcp, mac: 00:50:56:00:00:01 }
  gateway: 147.75.1.9
  routes:
    - { to: 10.0.0.0/8, via: 10.99.1.1 }
  dns: { servers: [192.0.2.53], search: [example.net] }
fabric:
  client: 203.0.113.7
  ports:
    - { nic: vmnic0, untagged: none, tagged: all, lag: lacp, lag_group: 2 }
    - { nic: vmnic1, untagged: 100, tagged: [7, 8] }
  networks:
    - { subnet: 147.75.1.8/29, gateway: 147.75.1.9, vlan: 100 }
";

#[test]
fn a_full_file_reads_prints_and_reads_again() {
    let file = host_file("h", GOOD).unwrap();
    assert!(file.diagnostics.is_empty(), "{:?}", file.diagnostics);
    let printed = to_text(&file.spec);
    assert_eq!(host_file("p", &printed).unwrap().spec, file.spec, "{printed}");
    // The same types read the same document from JSON.
    let json = serde_json::to_value(&file.spec).unwrap();
    assert_eq!(serde_json::from_value::<HostSpec>(json).unwrap(), file.spec);
    assert_eq!(file.source.position(file.source.span("/network/gateway").unwrap().start).line, 24);
}

#[test]
fn mistakes_have_a_place_and_a_cure() {
    let syntax = one("version: 1\nnetwork:\n  a: 1\n   b: 2\n", "HOST001", "", 4, 5);
    assert!(syntax.help.is_some());
    let key = one("version: 1\nnetwork: { vmkernal: [] }\n", "HOST002", "/network/vmkernal", 2, 12);
    assert_eq!(key.fix.as_deref(), Some("vmkernel"));
    let word = one(
        "version: 1\nnetwork: { vswitches: [{ name: a, teaming: { load_balancing: port_id } }] }\n",
        "HOST003",
        "/network/vswitches/0/teaming/load_balancing",
        2,
        62,
    );
    assert_eq!(word.fix.as_deref(), Some("portid"));
    one("version: 1\nversion: 1\n", "HOST004", "/version", 2, 1);
    one("version: 2\n", "HOST006", "/version", 1, 10);
    one("network: {}\n", "HOST006", "", 1, 1);
    one("version: 1\n---\nversion: 1\n", "HOST007", "", 2, 1);
    one("version: 1\nnetwork: !local {}\n", "HOST007", "", 2, 17);
    one("version: 1\nnetwork: [1]\n", "HOST003", "/network", 2, 10);
    one("just text\n", "HOST003", "", 1, 1);
    let address = one(
        "version: 1\nnetwork: { vmkernel: [{ port_group: a, ipv4: { address: 192.0.2.1 } }] }\n",
        "HOST003",
        "/network/vmkernel/0/ipv4/address",
        2,
        57,
    );
    assert!(address.message.contains("192.0.2.1/24"), "{}", address.message);
    let boolean = one(
        "version: 1\nnetwork: { vswitches: [{ name: a, teaming: { failback: off } }] }\n",
        "HOST003",
        "/network/vswitches/0/teaming/failback",
        2,
        56,
    );
    assert_eq!((boolean.help.as_deref(), boolean.fix.as_deref()), (Some("write false"), Some("false")));
    let quoted = one(
        "version: 1\nnetwork: { vswitches: [{ name: a, mtu: '9000' }] }\n",
        "HOST003",
        "/network/vswitches/0/mtu",
        2,
        40,
    );
    assert!(quoted.message.contains("in quotes"), "{}", quoted.message);
    assert_eq!(quoted.fix.as_deref(), Some("9000"));
    assert!(host_file("h", "").unwrap_err()[0].message.contains("empty"));
}

#[test]
fn all_mistakes_are_found_in_one_go() {
    let text = "\
version: 1
network:
  vswitches:
    - name: vSwitch0
      mtu: 70000
      uplinks: [eth0, vmnic0]
      colour: red
    - mtu: 1500
    - name: a,b
  vmkernel: no
  gateway: 1.2.3
";
    let found = mistakes(text);
    let short: Vec<_> =
        found.iter().map(|(code, path, line, _)| (code.as_str(), path.as_str(), *line)).collect();
    assert_eq!(
        short,
        [
            ("HOST003", "/network/vswitches/0/mtu", 5),
            ("HOST003", "/network/vswitches/0/uplinks/0", 6),
            ("HOST002", "/network/vswitches/0/colour", 7),
            ("HOST003", "/network/vswitches/1", 8),
            ("HOST003", "/network/vswitches/2/name", 9),
            ("HOST003", "/network/vmkernel", 10),
            ("HOST003", "/network/gateway", 11),
        ]
    );
}

#[test]
fn texts_are_read_by_their_field_and_differences_are_told() {
    let text = "version: 1\nnetwork:\n  vswitches: [{ name: a, uplinks: [52:54:00:12:34:00], port_groups: [{ name: 100, vlan: 010 }] }]\n";
    let file = host_file("h", text).unwrap();
    let switch = &file.spec.network.as_ref().unwrap().vswitches.as_ref().unwrap()[0];
    assert_eq!(switch.uplinks.as_ref().unwrap()[0].to_string(), "52:54:00:12:34:00");
    let group = &switch.port_groups.as_ref().unwrap()[0];
    assert_eq!((group.name.as_str(), group.vlan.unwrap().get()), ("100", 10));
    let told: Vec<_> =
        file.diagnostics.iter().map(|d| (d.code.as_str(), d.severity, d.fix.clone().unwrap())).collect();
    let warning = |fix: &str| ("HOST005", Severity::Warning, fix.to_owned());
    assert_eq!(told, [warning("\"52:54:00:12:34:00\""), warning("\"100\""), warning("10")]);
    let printed = to_text(&file.spec);
    assert!(
        host_file("p", &printed).unwrap().diagnostics.is_empty(),
        "what we print reads alike everywhere: {printed}"
    );
}

#[test]
fn aliases_are_followed_but_not_without_bound() {
    let text = "version: 1\nnetwork:\n  dns: { servers: &a [192.0.2.53] }\nfabric: { client: 192.0.2.1 }\n";
    assert!(host_file("h", text).is_ok());
    let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x,x]\n");
    for (n, c) in ('b'..='h').enumerate() {
        let before = char::from(b'a' + n as u8);
        bomb += &format!(
            "{c}: &{c} [*{before},*{before},*{before},*{before},*{before},*{before},*{before},*{before}]\n"
        );
    }
    let found = host_file("h", &bomb).unwrap_err();
    assert_eq!(found[0].code, codes::YAML_CONSTRUCT);
}

#[test]
fn a_file_that_names_every_machine_of_a_16_is_read() {
    let mut text =
        String::from("version: 1\naddresses:\n  blocks:\n    - block: 10.0.0.0/16\n      assign:\n");
    for n in 0..60_000 {
        text += &format!("        - {{ name: vm{n} }}\n");
    }
    let read = host_file("h", &text).unwrap();
    assert_eq!(read.spec.addresses.unwrap().blocks[0].assign.len(), 60_000);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_over(text in "\\PC{0,80}") {
        let _ = host_file("h", &text);
    }
    #[test]
    fn no_change_of_a_good_file_makes_it_fall_over(at in 0..GOOD.len(), with in "[-:{}\\[\\],&*!|>'\"%@`# \n\ta0]{0,3}") {
        let mut text = GOOD.to_owned();
        text.replace_range(at..(at + 1).min(GOOD.len()), &with);
        if let Err(found) = host_file("h", &text) {
            proptest::prop_assert!(crate::diag::has_errors(&found));
        }
    }
}

mod round_trip {
    use super::*;
    use crate::spec::*;
    use proptest::collection::vec;
    use proptest::option::of;
    use proptest::prelude::*;

    fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
        serde_json::from_value(value).unwrap()
    }

    fn nic() -> impl Strategy<Value = NicRef> {
        prop_oneof![
            any::<[u8; 6]>().prop_map(|mac| NicRef::Mac(crate::value::MacAddr(mac))),
            (0u8..20).prop_map(|n| format!("vmnic{n}").parse().unwrap()),
            Just("role:spare".parse().unwrap()),
        ]
    }

    fn name() -> impl Strategy<Value = String> {
        // Names that look like other kinds of value are the interesting ones.
        prop_oneof![
            "[a-zA-Z#&*!|>%@0-9:-][a-zA-Z0-9 ._:#'\"-]{0,10}[a-z0-9:]",
            proptest::sample::select(vec![
                "on", "No", "~", "null", "1e3", "0x10", "12:30:45", "100", "inherit", "- a", "é ü"
            ])
            .prop_map(str::to_owned),
        ]
    }

    fn teaming() -> impl Strategy<Value = TeamingSpec> {
        (of(any::<bool>()), of(vec(nic(), 0..3)), of(vec(nic(), 0..2))).prop_map(
            |(failback, active, standby)| TeamingSpec { failback, active, standby, ..TeamingSpec::default() },
        )
    }

    fn vswitch() -> impl Strategy<Value = VSwitchSpec> {
        let group = (
            name(),
            of(0u16..4096),
            of(prop_oneof![Just(Override::Inherit), teaming().prop_map(Override::Set)]),
        )
            .prop_map(|(name, vlan, teaming)| PortGroupSpec {
                vlan: vlan.map(|id| crate::value::VlanId::new(id).unwrap()),
                teaming,
                ..PortGroupSpec::new(name.parse().unwrap())
            });
        (name(), of(1280u16..=9000), of(vec(nic(), 0..4)), of(teaming()), of(vec(group, 0..3))).prop_map(
            |(name, mtu, uplinks, teaming, port_groups)| VSwitchSpec {
                mtu: mtu.map(|mtu| crate::value::Mtu::new(mtu).unwrap()),
                uplinks,
                teaming,
                port_groups,
                ..VSwitchSpec::new(name.parse().unwrap())
            },
        )
    }

    fn vmk() -> impl Strategy<Value = VmkSpec> {
        let ipv4 = prop_oneof![
            Just(Ipv4Spec::None),
            Just(Ipv4Spec::Dhcp),
            (any::<u32>(), 0u8..=32).prop_map(|(address, len)| Ipv4Spec::Static {
                address: ipnet::Ipv4Net::new(address.into(), len).unwrap(),
                gateway: None,
            }),
        ];
        let ipv6 = (any::<u128>(), 0u8..=128).prop_map(|(address, len)| Ipv6Spec {
            addresses: Some(vec![ipnet::Ipv6Net::new(address.into(), len).unwrap()]),
            router_advertisements: Some(false),
            dhcp: None,
        });
        (name(), of(ipv4), of(ipv6), of(vec(name(), 0..2)), of(any::<[u8; 6]>())).prop_map(
            |(group, ipv4, ipv6, tags, mac)| VmkSpec {
                ipv4,
                ipv6,
                tags,
                mac: mac.map(crate::value::MacAddr),
                ..VmkSpec::new(group.parse().unwrap())
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_equal(
            vswitches in of(vec(vswitch(), 0..3)),
            vmkernel in of(vec(vmk(), 0..3)),
            gateway in of(any::<u32>().prop_map(Into::into)),
            search in of(vec(name(), 0..3)),
            ports in of(vec((nic(), 0u16..4095).prop_map(|(nic, id)| FabricPort {
                untagged: Some(UntaggedSpec::Vlan(id)),
                tagged: Some(TaggedSpec::All),
                ..FabricPort::new(nic)
            }), 0..3)),
        ) {
            let dns = search.map(|search| DnsSpec { servers: None, search: Some(search) });
            let network = NetworkSpec { vswitches, vmkernel, gateway, dns, ..NetworkSpec::default() };
            let fabric = Some(FabricSpec { ports, ..FabricSpec::default() });
            let spec = HostSpec { network: Some(network), fabric, ..HostSpec::default() };
            let printed = to_text(&spec);
            match host_file("h", &printed) {
                Ok(file) => prop_assert_eq!(&file.spec, &spec, "{}", printed),
                Err(found) => prop_assert!(false, "{found:?}\n{printed}"),
            }
            prop_assert_eq!(read::<HostSpec>(serde_json::to_value(&spec).unwrap()), spec);
        }
    }
}
