use super::*;
use crate::diag::Diagnostic;
use crate::yaml;

const GOOD: &str = "\
version: 1
password: { env: SIM_PASSWORD }
authorized_keys: [key.pub]
fabric:
  client: 198.51.100.7
  ports: [{ nic: vmnic0, lag: none }]
  networks: [{ subnet: 192.0.2.0/24, gateway: 192.0.2.1 }]
faults:
  - what: { latency: { command: 100 } }
hosts:
  - name: a
    esxi: \"7.0\"
    nics: [0c:c4:7a:b5:80:02, 0c:c4:7a:b5:80:03]
    address: 192.0.2.10/24
    faults:
      - what: { link-down: vmnic1 }
        when: { command: 3 }
        for: 30
      - what: hostd-down
        when: { seconds: 5 }
      - what: { fail: { text: Busy } }
        when: { words: portgroup add }
        times: 2
  - name: b
    state: b.json
";

fn mistakes(text: &str) -> Vec<(u32, u32, String)> {
    let line = |d: Diagnostic| {
        let start = d.start.unwrap_or_else(|| panic!("{d:?} has no place"));
        (start.line, start.column, format!("{}; {}", d.message, d.help.unwrap_or_default()))
    };
    yaml::scenario("s.yaml", text).unwrap_err().into_iter().map(line).collect()
}

#[test]
fn a_scenario_is_read_and_written() {
    let scenario = yaml::scenario("s.yaml", GOOD).unwrap().scenario;
    assert_eq!(scenario.hosts.len(), 2);
    let first = &scenario.hosts[0];
    assert_eq!(first.esxi, Some("7.0".parse().unwrap()));
    let faults: Vec<String> = first.faults.iter().flatten().map(FaultRule::to_string).collect();
    assert_eq!(
        faults,
        [
            "link-down vmnic1 at command 3 for 30s",
            "hostd-down at 5s",
            "fail Busy at words \"portgroup add\" times 2"
        ]
    );
    let json = serde_json::to_string(&scenario).unwrap();
    assert_eq!(serde_json::from_str::<Scenario>(&json).unwrap(), scenario);
}

#[test]
fn mistakes_are_told_with_place_and_cure() {
    let told = mistakes(&GOOD.replace("hostd-down", "hostd-dwon"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, told[0].1), (19, 15));
    assert!(told[0].2.starts_with("unknown word \"hostd-dwon\"; did you mean `hostd-down`?"), "{told:?}");

    let told = mistakes(&GOOD.replace("link-down: vmnic1", "link-down: eth1"));
    assert_eq!((told[0].0, told[0].1), (16, 28), "{told:?}");

    let told = mistakes(&GOOD.replace("      - what: hostd-down", "      - waht: hostd-down"));
    assert!(told[0].2.starts_with("unknown key `waht`; did you mean `what`?"), "{told:?}");

    let told = mistakes(&GOOD.replace("text: Busy", "txt: Busy"));
    assert!(told[0].2.starts_with("unknown key `txt`; did you mean `text`?"), "{told:?}");
    assert_eq!(mistakes("version: 1\n")[0].2, "`hosts` is missing here; add `hosts: …`");
}

#[test]
fn contradictions_are_told() {
    let told = mistakes(&GOOD.replace("    state: b.json", "    state: b.json\n    address: dhcp"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].2, "`address` stands beside `state`, which says it already; keep one of the two");
    let host = |rest: &str| format!("version: 1\nhosts:\n  - name: a\n    {rest}\n");
    for (text, message) in [
        ("version: 1\nhosts: []\n".to_owned(), "a scenario without hosts"),
        (
            host("address: 192.0.2.9/24\n  - name: b\n    address: 192.0.2.9/24"),
            "192.0.2.9 is the address of a, too",
        ),
        (host("\n  - name: a"), "two hosts are called a: numbers 1 and 2"),
        (host("nics: [0:0:0:0:0:1, 0:0:0:0:0:1]"), "00:00:00:00:00:01 is a card of a, too"),
        (host("address: 192.0.2.9/24\n    gateway: 10.0.0.1"), "10.0.0.1 is not on the link of 192.0.2.9/24"),
        (host("faults: [{ what: cut, for: 3 }]"), "cut is over in a moment: it cannot last"),
        (host("faults: [{ what: { busy: vmnic2 } }]"), "a has no card vmnic2"),
        ("version: 1\nhosts: [{ name: a_b }]\n".to_owned(), "\"a_b\" is not a host name"),
        ("version: 1\nhosts: [{ name: a }]\nfaults: [{ what: mute, times: 2 }]\n".to_owned(), "mute lasts"),
    ] {
        let told = mistakes(&text);
        assert!(told.len() == 1 && told[0].2.starts_with(message), "{text}\n{told:?}");
    }
}

#[cfg(feature = "schema")]
#[test]
fn every_field_and_word_is_described() {
    let schema = json_schema();
    let mut bare = Vec::new();
    let mut walk = vec![("Scenario".to_owned(), &schema)];
    let defs = schema["$defs"].as_object().unwrap();
    walk.extend(defs.iter().map(|(name, value)| (name.clone(), value)));
    let mut fields = 0;
    for (name, value) in walk {
        for (field, value) in value["properties"].as_object().into_iter().flatten() {
            fields += 1;
            if value["description"].as_str().is_none_or(str::is_empty) {
                bare.push(format!("{name}.{field}"));
            }
        }
        for one in value["oneOf"].as_array().into_iter().flatten() {
            fields += 1;
            if one["description"].as_str().is_none_or(str::is_empty) {
                bare.push(format!("{name}: {one}"));
            }
        }
    }
    assert!(fields > 30, "{fields}");
    assert!(bare.is_empty(), "{bare:?}");
}
