//! Plans without a host: their text, their JSON, and goldens.
//!
//! `data/plan/<case>/` has a `host.yaml`, `arguments` that say what to plan from (a host as its installer leaves it,
//! or the case's `current.json`, made by `esxi facts --format json`), and `expected.txt`, which `ESXI_BLESS=1` writes
//! anew.

use crate::{NICS, esxi, esxi_in, root};
use esxi_core::state::HostState;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// A state as `esxi facts --format json` prints it.
fn facts(state: &HostState) -> String {
    json!({ "schema": 1, "hostname": "lab", "state": state }).to_string()
}

fn case(folder: &Path) -> Result<(), String> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let more = read("arguments").unwrap_or_default();
    let mut args = vec!["plan", "host.yaml"];
    args.extend(more.split_whitespace());
    let ran = esxi_in(folder, &args, "");
    let mut now = String::new();
    writeln!(now, "exit status {}", ran.status.unwrap()).unwrap();
    write!(now, "{}{}", ran.out, ran.err).unwrap();
    let expected = folder.join("expected.txt");
    if std::env::var_os("ESXI_BLESS").is_some() {
        std::fs::write(&expected, &now).unwrap();
    }
    let wanted = std::fs::read_to_string(&expected).unwrap_or_default();
    if wanted == now { Ok(()) } else { Err(format!("{}: differs; now:\n{now}", folder.display())) }
}

#[test]
fn every_case_is_planned_as_written() {
    let data = root().join("tests/data/plan");
    let mut cases: Vec<_> = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 6, "{cases:?}");
    let failures: Vec<String> = cases.iter().filter_map(|folder| case(folder).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn factory(format: &[&str]) -> esxi_tests::lab::Ran {
    esxi(&[&["plan", "examples/packet.yaml", "--factory", "--esxi", "6.5", "--nics", NICS], format].concat())
}

#[test]
fn the_document_of_a_plan_has_the_promised_form() {
    let plan = factory(&["--format", "json"]).ended(0);
    assert!(plan.out.starts_with("{\n  \"schema\": 1,"), "schema is the first key");
    let plan = plan.json();
    let keys = |value: &Value| {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&plan), ["diagnostics", "left_alone", "schema", "steps", "verdict", "why"]);
    assert!(["safe", "guarded", "refused"].contains(&plan["verdict"].as_str().unwrap()));
    assert!(plan["why"].is_string() && plan["left_alone"].is_array() && plan["diagnostics"].is_array());
    let steps = plan["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10);
    for (at, step) in steps.iter().enumerate() {
        assert_eq!(keys(step), ["argv", "id", "impact", "reach", "reason", "undo"], "{step}");
        assert_eq!(step["id"], at + 1);
        let argv = |value: &Value| {
            let commands = value.as_array().unwrap();
            assert!(commands.iter().all(|words| words[0] == "esxcli" && words.as_array().unwrap().len() > 3));
            commands.len()
        };
        assert_eq!(argv(&step["argv"]), 1, "{step}");
        assert!(argv(&step["undo"]["argv"]) >= 1, "{step}");
        assert_eq!(step["undo"]["kind"], "exact", "{step}");
        assert!(!step["reason"].as_str().unwrap().is_empty());
        assert!(step["impact"].is_array());
        assert!(["yes", "no", "unknown"].contains(&step["reach"]["answer"].as_str().unwrap()), "{step}");
    }
}

#[test]
fn text_shell_and_document_say_the_same() {
    let document = factory(&["--format", "json"]).ended(0).json();
    let text = factory(&[]).ended(0).out;
    let shell = factory(&["--sh"]).ended(0).out;
    let steps = document["steps"].as_array().unwrap();
    assert_eq!(shell.lines().count(), steps.len());
    for (line, step) in shell.lines().zip(steps) {
        assert!(text.contains(line), "{line}");
        assert!(text.contains(step["reason"].as_str().unwrap()), "{step}");
        // A shell takes the line apart into the very words.
        let echo = std::process::Command::new("sh")
            .args(["-c", &format!("printf '%s\\n' {line}")])
            .output()
            .unwrap();
        let words: Vec<String> = String::from_utf8(echo.stdout).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(json!(words), step["argv"][0]);
    }
    assert!(text.contains(document["why"].as_str().unwrap()));
}

#[test]
fn a_state_from_a_file_is_planned_from() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("now.json"), facts(&esxi_tests::lab::state("7.0"))).unwrap();
    let lab = root().join("examples/lab.yaml");
    let args = ["plan", lab.to_str().unwrap(), "--state", "now.json"];
    esxi_in(folder.path(), &args, "").ended(0).says("10 steps, safe: management answers after every step");
    // What is planned, applied to the state, leaves nothing to plan.
    let mut state = esxi_tests::lab::state("7.0");
    let plan = esxi_in(folder.path(), &[&args[..], &["--format", "json"]].concat(), "").ended(0).json();
    let mut machine = esxi_core::model::Machine::new(state.clone());
    for step in plan["steps"].as_array().unwrap() {
        let argv: Vec<String> = serde_json::from_value(step["argv"][0].clone()).unwrap();
        let output = esxi_core::model::run(&mut machine, &argv, b"");
        assert_eq!(output.status, 0, "{argv:?} {}", String::from_utf8_lossy(&output.stdout));
    }
    state.clone_from(&machine.state);
    std::fs::write(folder.path().join("now.json"), facts(&state)).unwrap();
    let done = esxi_in(folder.path(), &[&args[..], &["--format", "json"]].concat(), "").ended(0).json();
    assert_eq!(done["steps"], json!([]), "{done}");
}

#[test]
fn a_refused_plan_says_why_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("now.json"), facts(&esxi_tests::lab::state("7.0"))).unwrap();
    let text = std::fs::read_to_string(root().join("examples/lab-fabric.yaml")).unwrap()
        + "network:\n  vswitches:\n    - name: vSwitch0\n      port_groups:\n        - { name: Management Network, vlan: 99 }\n";
    let args = ["plan", "-", "--state", "now.json"];
    let told = esxi_in(folder.path(), &args, &text).ended(2).says("REFUSED");
    told.says("management answers: no");
    let json = esxi_in(folder.path(), &[&args[..], &["--format", "json"]].concat(), &text).ended(2).json();
    assert_eq!(json["verdict"], "refused");
    assert_eq!(json["steps"].as_array().unwrap().last().unwrap()["reach"]["answer"], "no");
}

/// A plan judges the addresses of the file as `esxi check` does: by the rules of their provider, one's own included.
#[test]
fn a_plan_holds_addresses_against_the_network() {
    let file = |address: &str, provider: &str| {
        format!(
            "version: 1\naddresses: {{ provider: {provider}, blocks: [{{ block: 147.75.1.8/29, layout: router-vm }}] }}\n\
             network:\n  vmkernel:\n    - port_group: Management Network\n      ipv4: {{ address: {address} }}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let plan = |text: &str, more: &[&str]| {
        std::fs::write(folder.path().join("host.yaml"), text).unwrap();
        let words = ["plan", "host.yaml", "--factory", "--esxi", "6.5", "--nics", NICS];
        esxi_in(folder.path(), &[&words[..], more].concat(), "")
    };
    plan(&file("147.75.1.10/29", "packet"), &[]).ended(2).says("IP034").says("host.yaml:6:13").says("router");
    plan(&file("147.75.1.11/29", "packet"), &[]).ended(0);
    plan(&file("147.75.1.11/29", "no-such"), &[]).ended(2).says("no-such");
    let own = root().join("examples/provider.toml");
    let text = "version: 1\naddresses: { provider: corner-rack, blocks: [{ block: 81.2.3.16/28 }] }\n";
    plan(text, &[]).ended(2).says("corner-rack");
    plan(text, &["--profile", own.to_str().unwrap()]).ended(0);
}

#[test]
fn a_plan_is_drawn_and_told() {
    let picture = factory(&["--format", "svg"]).ended(0).out;
    let document = roxmltree::Document::parse(&picture).unwrap();
    let root = document.root_element();
    let size = |name: &str| root.attribute(name).unwrap().parse::<f64>().unwrap();
    let steps = document.descendants().filter(|node| node.attribute("class") == Some("step")).count();
    assert_eq!(steps, 10);
    // Everything is inside the picture, by the widest monospaced font in use.
    for text in
        document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
    {
        let number = |name: &str| text.attribute(name).unwrap().parse::<f64>().unwrap();
        let width = text.text().unwrap().chars().count() as f64 * number("font-size") * 0.602;
        let left = match text.attribute("text-anchor") {
            Some("end") => number("x") - width,
            Some("middle") => number("x") - width / 2.0,
            _ => number("x"),
        };
        assert!(left >= 0.0 && left + width <= size("width"), "{text:?}");
        assert!(number("y") <= size("height"), "{text:?}");
    }
    let story = factory(&["--explain"]).ended(0);
    for step in 1..=10 {
        assert!(story.out.contains(&format!("Step {step}. ")), "{}", story.out);
    }
    story.says("Undone by: esxcli").says("In the end: answers at").says("under a timer");
    esxi(&["explain", "NET001", "--format", "svg"]).ended(2).says("there is no picture of this");
    esxi(&["ip", "plan", "192.0.2.0/29", "--format", "svg"]).ended(0).says("<svg ");
}
