use super::*;
use crate::spec::{ResolveOptions, resolve};
use crate::state::{FactoryNic, factory};

fn host() -> HostState {
    let nic = |last| FactoryNic { mac: crate::value::MacAddr([12, 196, 122, 0, 0, last]), link_up: true };
    factory("7.0".parse().unwrap(), &[nic(0), nic(1)])
}

fn compiled(file: serde_json::Value) -> String {
    let spec: HostSpec = serde_json::from_value(file).unwrap();
    let resolved = resolve(&spec, &host(), ResolveOptions::default());
    assert!(resolved.is_ok(), "{:?}", resolved.diagnostics);
    script(&host(), &resolved.desired, &spec, &FirstBootOptions::default()).unwrap()
}

/// The calls of `wanted`.
fn calls(text: &str) -> Vec<&str> {
    let lines = text.lines().skip_while(|line| *line != "wanted() {").skip(1);
    let lines = lines.take_while(|line| *line != "}").map(str::trim);
    lines.filter(|line| !line.starts_with('#') && *line != "return 0").collect()
}

#[test]
fn what_is_not_named_is_not_in_the_script() {
    let text = compiled(serde_json::json!({ "version": 1 }));
    assert_eq!(calls(&text), Vec::<&str>::new());
    let file = serde_json::json!({ "version": 1, "network": { "vswitches": [{ "name": "vSwitch0", "mtu": 1500 }] } });
    let wanted = ["vswitch vSwitch0", "vswitch_mtu vSwitch0 1500 first", "vswitch_mtu vSwitch0 1500 last"];
    assert_eq!(calls(&compiled(file)), wanted);
}

/// A body in a kickstart ends at a line that begins with one of these words.
#[test]
fn no_line_ends_a_section_of_a_kickstart() {
    let odd =
        ["%post", "include this", "%include"].map(|name| serde_json::json!({ "name": name, "vlan": 5 }));
    let file = serde_json::json!({ "version": 1, "network": {
        "vswitches": [{ "name": "%pre", "uplinks": ["vmnic1"], "port_groups": odd }] } });
    let text = compiled(file);
    let ends = |line: &&str| line.starts_with('%') || line.starts_with("include");
    assert_eq!(text.lines().find(ends), None);
}

#[test]
fn names_are_data() {
    let name = "it's $(reboot) `x` \"y\" *";
    let file = serde_json::json!({ "version": 1, "network": {
        "vswitches": [{ "name": "vSwitch0", "port_groups": [{ "name": name, "vlan": 5 }] }] } });
    let text = compiled(file);
    assert!(calls(&text).contains(&r#"portgroup 'it'\''s $(reboot) `x` "y" *' vSwitch0"#), "{text}");
}

#[test]
fn a_state_that_no_commands_lead_to_is_refused() {
    let mut desired = host();
    desired.vswitches.get_mut("vSwitch0").unwrap().uplinks.insert("vmnic7".parse().unwrap());
    let refused = script(&host(), &desired, &HostSpec::default(), &FirstBootOptions::default());
    assert!(matches!(refused, Err(FirstBootError::OutOfReach(_))), "{refused:?}");
}
