//! Every example is used as it is meant.

use crate::{ESXI, root};
use esxi_ssh::sim::KeyPair;
use esxi_tests::lab::{Child, Ran, command, openssh, run};
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
            "pve-interfaces" | "rack-nmstate.yaml" => {
                // What the switch expects nobody has said yet, nor of the first which cards it means.
                let format = if name.ends_with(".yaml") { "nmstate" } else { "ifupdown" };
                esxi(&["check", name]).ended(1).says(&format!("{name}, taken for {format}: "));
                let text = std::fs::read_to_string(root().join("examples").join(name)).unwrap();
                assert_eq!(run_comments(&text), 1);
            }
            fabric if fabric.ends_with("-fabric.yaml") => {
                esxi(&["check", fabric]).ended(0).says("no findings");
                // Its host file says the same of the fabric, and can be planned in it.
                let host = fabric.replace("-fabric", "");
                plan(&[&host, "--fabric", fabric]).ended(0).says("guarded");
            }
            scenario if scenario.starts_with("sim-") => {
                esxi(&["check", scenario]).ended(0).says("no findings");
                served(scenario);
            }
            "packet-lockout.yaml" => {
                esxi(&["check", name]).ended(0).says("warning[NET041]").says("LACP");
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
            "two-sides.yaml" => {
                esxi(&["check", name]).ended(0).says("no findings");
                plan(&[name]).ended(0).says("guarded");
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

/// A scenario is served as its comment says, and its faults show.
fn served(scenario: &str) {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    key.write_private(&folder.path().join("key")).unwrap();
    std::fs::write(folder.path().join("key.pub"), key.public_line()).unwrap();
    let path = root().join("examples").join(scenario);
    let in_folder = |args: &[&str]| {
        let mut command = command(Path::new(ESXI), folder.path());
        command.args(args);
        command
    };
    let mut serve =
        in_folder(&["sim", "serve", "--authorized-key", "key.pub", "--known-hosts", "known_hosts"]);
    serve.arg("--scenario").arg(&path).args(["--ready-file", "ready.json"]);
    let hosts = Child::spawn(serve, b"");
    run(in_folder(&["sim", "wait", "ready.json"]), b"").ended(0);
    let ready = std::fs::read(folder.path().join("ready.json")).unwrap();
    let ready: serde_json::Value = serde_json::from_slice(&ready).unwrap();
    let shell = |host: usize, line: &str| {
        let port = ready["hosts"][host]["port"].as_u64().unwrap();
        let mut ssh = openssh(folder.path(), format!("127.0.0.1:{port}").parse().unwrap());
        ssh.arg(line);
        run(ssh, b"")
    };
    let uplink = "esxcli network vswitch standard uplink add -v vSwitch0 -u vmnic1";
    shell(0, uplink).ended(1).says("Unable to Set: Busy");
    match scenario {
        "sim-maintenance.yaml" => {
            shell(0, "esxcli vm process list").ended(0).says("Display Name: web").keeps_quiet_about("backup");
            shell(0, "esxcli system maintenanceMode set -e true").says("Connect to localhost failed");
            let five = "for i in 1 2 3 4 5; do esxcli system uuid get; done; sleep 100";
            shell(1, five).ended(255);
        }
        "sim-lacp.yaml" => {
            // It fails once; the second card then costs the host, which falls silent.
            run(in_folder(&["sim", "fault", "ready.json", "--lift", "all"]), b"").ended(0);
            let mut ssh =
                openssh(folder.path(), format!("127.0.0.1:{}", ready["hosts"][0]["port"]).parse().unwrap());
            let lost = Child::spawn(
                {
                    ssh.args(["-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=2", uplink]);
                    ssh
                },
                b"",
            );
            lost.wait().ended(255);
        }
        other => panic!("say here what {other} shows"),
    }
    hosts.signal("TERM");
    hosts.wait().ended(0);
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
