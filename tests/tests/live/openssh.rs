//! A host served by the command, used with the OpenSSH client.

use crate::ESXI;
use esxi_core::state::HostState;
use esxi_ssh::sim::KeyPair;
use esxi_tests::lab::{Child, command, openssh, run};
use std::path::Path;

#[test]
fn openssh_finds_the_served_host_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let key = KeyPair::generate().unwrap();
    key.write_private(&at("key")).unwrap();
    std::fs::write(at("key.pub"), key.public_line()).unwrap();
    let esxi = |args: &[&str]| {
        let mut command = command(Path::new(ESXI), folder.path());
        command.args(args);
        command
    };
    let args = ["--authorized-key", "key.pub", "--ready", "sim.json", "--known-hosts", "known_hosts"];
    let served = Child::spawn(esxi(&[&["sim", "serve", "--esxi", "7.0"][..], &args].concat()), b"");
    run(esxi(&["sim", "wait", "sim.json"]), b"").ended(0);

    let ready: serde_json::Value = serde_json::from_slice(&std::fs::read(at("sim.json")).unwrap()).unwrap();
    assert_eq!(ready["schema"], 1);
    assert_eq!(ready["listeners"][0]["address"], "192.0.2.10");
    let socket = ready["listeners"][0]["connect"].as_str().unwrap().parse().unwrap();
    let shell = |line: &str| {
        let mut command = openssh(folder.path(), socket);
        command.arg(line);
        run(command, b"")
    };
    let cards =
        "esxcli network vswitch standard list | grep Name; for i in 1 2; do esxcli network nic list; done";
    let told = shell(cards).ended(0);
    assert_eq!(told.out.lines().filter(|line| line.trim() == "Name: vSwitch0").count(), 1, "{}", told.out);
    assert_eq!(told.out.matches("0c:c4:7a:b5:80:03").count(), 2, "{}", told.out);
    shell("esxcli network vswitch standard add -v vSwitch7 && exit 7").ended(7);
    shell("esxcli network vswitch standard list | grep -c vSwitch7").ended(0);
    shell("esxcli network vswitch standrad list").ended(1);

    // The command sees what OpenSSH did.
    let access =
        ["-i", "key", "--known-hosts", "known_hosts", "--address-map", "sim.json", "--format", "json"];
    let facts = esxi(&[&["facts", "--host", "ssh://root@192.0.2.10"][..], &access].concat());
    let facts = run(facts, b"").ended(0).json();
    let state: HostState = serde_json::from_value(facts["state"].clone()).unwrap();
    assert!(state.vswitches.contains_key("vSwitch7"));

    served.interrupt();
    served.wait().ended(0).says("192.0.2.10 as 198.51.100.7 sees it");
}

#[test]
fn waiting_and_serving_say_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = command(Path::new(ESXI), folder.path());
    serve.args(["sim", "serve"]);
    // Nobody could log in to it.
    run(serve, b"").ended(2).says("error[SIM").says("ssh-keygen");
}
