//! Every example is used as it is meant.

use crate::{ESXI, root};
use esxi_tests::lab::{Ran, command, run};
use std::path::Path;

const NICS: &str = "0c:c4:7a:b5:80:02,0c:c4:7a:b5:80:03";

fn esxi(args: &[&str]) -> Ran {
    let mut command = command(Path::new(ESXI), &root().join("examples"));
    command.args(args);
    run(command, b"")
}

#[test]
fn none_is_left_unused() {
    let factory = ["--factory", "--esxi", "7.0", "--nics", NICS];
    let plan = |args: &[&str]| esxi(&[&["plan"][..], args, &factory].concat());
    let mut names: Vec<String> = std::fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 9, "{names:?}");
    for name in &names {
        match name.as_str() {
            "demo.sh" => {
                let text = std::fs::read_to_string(root().join("examples/demo.sh")).unwrap();
                let last = text.lines().last().unwrap();
                assert!(last.ends_with("-p esxi-cli -- demo \"$@\""), "{last}");
                let mut sh = command(Path::new("sh"), &root().join("examples"));
                sh.args(["-n", "demo.sh"]);
                run(sh, b"").ended(0);
            }
            curtin if curtin.ends_with("-curtin.yaml") => {
                // A bond is no mistake, but nobody has said what the switch expects.
                let bond = std::fs::read_to_string(root().join("examples").join(curtin))
                    .unwrap()
                    .contains("bond-mode");
                let checked = esxi(&["check", curtin]).ended(i32::from(bond));
                assert_eq!(checked.err.matches("error[NET017]").count(), usize::from(bond));
                assert_eq!(checked.err.matches("error[").count(), usize::from(bond));
                esxi(&["import", "curtin", curtin, "--switch", "independent"]).ended(0).says("vSwitch0");
            }
            fabric if fabric.ends_with("-fabric.yaml") => {
                esxi(&["check", fabric]).ended(0).says("no findings");
                // Its host file says the same of the fabric, and can be planned in it.
                let host = fabric.replace("-fabric", "");
                plan(&[&host, "--fabric", fabric]).ended(0).says("guarded");
            }
            "packet-lockout.yaml" => {
                esxi(&["check", name]).ended(0);
                refused(name);
            }
            "addresses.yaml" => {
                // A host file like the others, of which the addresses are planned as its comments say.
                esxi(&["check", name]).ended(0).says("no findings");
                plan(&[name]).ended(0).says("guarded");
                let text = std::fs::read_to_string(root().join("examples").join(name)).unwrap();
                assert_eq!(run_comments(&text), 4);
            }
            "provider.toml" => {
                esxi(&["check", name]).ended(0).says("no findings");
                let text = std::fs::read_to_string(root().join("examples").join(name)).unwrap();
                assert_eq!(run_comments(&text), 2);
            }
            "packet.yaml" | "maas.yaml" | "lab.yaml" => {
                esxi(&["check", name]).ended(0).says("no findings");
                plan(&[name]).ended(0).says("guarded");
            }
            _ => panic!("no test uses examples/{name}: say here what it is for"),
        }
    }
}

/// Runs the commands that stand in comments, from the root of the workspace.
fn run_comments(text: &str) -> usize {
    let lines = text.lines().filter_map(|line| line.strip_prefix("#   esxi "));
    lines
        .inspect(|words| {
            let mut command = command(Path::new(ESXI), &root());
            command.args(words.split_whitespace());
            assert!(!run(command, b"").ended(0).out.is_empty(), "{words}");
        })
        .count()
}

/// From a host that answers, what the example warns of is refused, and says why.
fn refused(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut state = esxi_tests::lab::state("7.0");
    let address = "147.75.1.10/29".parse().unwrap();
    let ipv4 = esxi_core::state::Ipv4Config::Static { address, gateway: None };
    state.vmkernel.get_mut("vmk0").unwrap().ipv4 = esxi_core::state::Fact::Known(ipv4);
    state.routes = state
        .routes
        .into_iter()
        .map(|route| esxi_core::state::Route { gateway: "147.75.1.9".parse().unwrap(), ..route })
        .collect();
    let file = folder.path().join("now.json");
    let facts = serde_json::json!({ "schema": 1, "hostname": "packet", "state": state });
    std::fs::write(&file, facts.to_string()).unwrap();
    esxi(&["plan", name, "--state", file.to_str().unwrap()]).ended(2).says("REFUSED").says("LACP group 1");
}
