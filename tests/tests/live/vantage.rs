//! The client moves, too; a process that was killed left its change behind; no guard.

use crate::ESXI;
use esxi_core::guard::{Run, RunState};
use esxi_core::reach::{Fabric, Lag};
use esxi_core::state::HostState;
use esxi_ssh::sim::{Event, Fault, Vantage};
use esxi_tests::lab::{self, ADDRESS, Child, Lab};
use esxi_tests::scenario::{fabric, port, read};
use std::sync::Arc;

/// Management leaves for a network that only the VPN leads to.
const PRIVATE: &str = "
version: 1
network:
  vswitches:
    - name: vSwitch0
      port_groups:
        - { name: Management Network, vlan: 20 }
  vmkernel:
    - port_group: Management Network
      ipv4: { address: 10.20.0.10/24 }
fabric:
  client: 198.51.100.7
  ports:
    - { nic: vmnic0, untagged: 0, tagged: [20], lag: none }
    - { nic: vmnic1, untagged: 0, tagged: [20], lag: none }
  networks:
    - { subnet: 192.0.2.0/24, gateway: 192.0.2.1 }
    - { subnet: 10.20.0.0/24, vlan: 20 }
";
const VPN: &str = "10.20.0.7";
const PRIVATE_ADDRESS: &str = "10.20.0.10";

/// A host that is seen from outside and from the VPN.
fn private_lab() -> Lab {
    let mut config = lab::config("7.0");
    let trunk = || port(Some(0), &[20], Lag::None);
    let networks = [("192.0.2.0/24", Some("192.0.2.1"), 0), ("10.20.0.0/24", None, 20)];
    config.fabric = Fabric { client: config.fabric.client, ..fabric(&[trunk(), trunk()], &networks) };
    config.vantages.push(Vantage { name: "vpn".into(), address: read(VPN) });
    let lab = Lab::start(ESXI, config);
    lab.write("private.yaml", PRIVATE);
    lab
}

/// The change that waits on the host.
fn waiting_run(lab: &Lab, address: &str, more: &[&str]) -> Run {
    let facts = lab.on_host_at(address, &[&["facts", "--format", "json"], more].concat()).ended(0).json();
    serde_json::from_value(facts["runs"][0].clone()).unwrap_or_else(|error| panic!("{error}: {facts}"))
}

#[test]
fn a_change_that_moves_the_client_is_judged_and_confirmed_from_there() {
    let lab = private_lab();
    lab.on_host(&["plan", "private.yaml"]).ended(2).says("management would not answer in the end");
    lab.on_host(&["plan", "private.yaml", "--confirm-from", "0.0.0.0"]).ended(2).says("APPLY017");
    lab.on_host(&["plan", "private.yaml", "--confirm-from", VPN]).ended(0).says("asked from 10.20.0.7");
    // In the short run nobody moves: the host heals.
    let before = lab.host.state();
    let args = ["apply", "private.yaml", "--yes", "--window", "5", "--confirm-from"];
    lab.on_host(&[&args[..], &["10.20.0.99"]].concat())
        .ended(3)
        .says("only if a client at 10.20.0.99 confirms it")
        .says("--confirm ")
        .says("nobody confirmed");
    lab.assert_as(&before, "nobody moved");
    // This machine has the address: it confirms by itself.
    let args = ["apply", "private.yaml", "--yes", "--window", "60", "--confirm-from", VPN];
    lab.on_host(&args).ended(0).says("applied, confirmed and saved");
    assert_eq!(lab.host.state().vmkernel["vmk0"].ipv4_address().unwrap().to_string(), "10.20.0.10/24");
    assert!(lab.host.saved_state().same_configuration(&lab.host.state()));
}

#[test]
fn another_machine_confirms_what_this_one_cannot_reach() {
    let lab = private_lab();
    // What this machine sees: the first address only, whatever comes later.
    let here = lab.socket(ADDRESS);
    let map = format!(r#"{{"schema":1,"listeners":[{{"address":"{ADDRESS}","connect":"{here}"}}]}}"#);
    lab.write("here.json", &map);
    let mut events = lab.host.events();
    let mut command = lab.command(&["apply", "private.yaml", "--yes", "--window", "60", "--no-hold-off"]);
    command.args(["--confirm-from", VPN, "--host", "ssh://root@192.0.2.10", "-i", "key"]);
    command.args(["--known-hosts", "known_hosts", "--address-map", "here.json"]);
    let author = Child::spawn(command, b"");
    let there = |event: &Event| matches!(event, Event::ReachChanged { address, reachable: true, .. } if address.to_string() == PRIVATE_ADDRESS);
    lab.wait_for(&mut events, there);
    lab.know_host();
    let from_there = ["--bind", VPN];
    let run = waiting_run(&lab, PRIVATE_ADDRESS, &from_there);
    assert_eq!(run.confirm_from, Some(read(VPN)));
    // Another change is not started meanwhile.
    let again = ["apply", "private.yaml", "--yes", "--bind", VPN];
    lab.on_host_at(PRIVATE_ADDRESS, &again).ended(2).says("error[APPLY012]").says(&run.id);
    lab.on_host_at(PRIVATE_ADDRESS, &["apply", "private.yaml", "--confirm", "nobody", "--bind", VPN])
        .ended(2)
        .says("error[APPLY014]")
        .says(&run.id);
    let confirm = ["apply", "private.yaml", "--confirm", &run.id, "--bind", VPN];
    lab.on_host_at(PRIVATE_ADDRESS, &confirm).ended(0).says("applied, confirmed and saved");
    assert!(lab.host.saved_state().same_configuration(&lab.host.state()));
    // Whoever armed it cannot see that; it need not be waited for.
    author.kill();
    let told = lab.on_host_at(PRIVATE_ADDRESS, &["facts", "--bind", VPN]).ended(0);
    let _ = told.keeps_quiet_about("APPLY01");
}

/// A host on which a change waits whose process was killed.
fn orphaned(window: &str) -> (Lab, HostState, Run) {
    let lab = Lab::start(ESXI, lab::config("8.0.2"));
    let text = "version: 1\nnetwork:\n  dns: { servers: [192.0.2.53], search: [lab.example] }\n";
    lab.write("dns.yaml", text);
    let before = lab.host.state();
    let mut events = lab.host.events();
    let apply = lab.begin(&["apply", "dns.yaml", "--yes", "--window", window]);
    let last = |event: &Event| matches!(event, Event::Command { argv, .. } if argv.iter().any(|word| word == "lab.example"));
    lab.wait_for(&mut events, last);
    lab.host.freeze();
    apply.kill();
    lab.host.thaw();
    // It may still be noting down that the last command is done.
    let run = loop {
        let run = waiting_run(&lab, ADDRESS, &[]);
        match run.state {
            RunState::Running => {}
            RunState::Waiting => break run,
            other => panic!("{other:?}"),
        }
    };
    (lab, before, run)
}

#[test]
fn the_change_of_a_killed_process_is_told_and_called_back() {
    let (lab, before, run) = orphaned("600");
    lab.on_host(&["facts"]).ended(0).says("warning[APPLY012]").says(&run.id).says("--back");
    lab.on_host(&["plan", "dns.yaml"]).ended(0).says("warning[APPLY012]");
    lab.on_host(&["apply", "--back", &run.id]).ended(0).says("rolled back");
    lab.assert_as(&before, "called back");
    lab.on_host(&["facts"]).ended(0).keeps_quiet_about("APPLY012");
    lab.on_host(&["apply", "--back", &run.id, "--format", "json"]).ended(0);
    lab.on_host(&["apply", "dns.yaml", "--yes", "--window", "60"]).ended(0).says("applied");
}

#[test]
fn the_change_of_a_killed_process_is_confirmed_by_the_next() {
    let (lab, _, run) = orphaned("600");
    lab.write("other.yaml", "version: 1\nnetwork:\n  dns: { servers: [192.0.2.99] }\n");
    lab.on_host(&["apply", "other.yaml", "--confirm", &run.id]).ended(2).says("not as the host file says");
    let told = lab.on_host(&["apply", "dns.yaml", "--confirm", &run.id, "--format", "json"]).ended(0).json();
    assert_eq!((&told["outcome"], &told["run"]), (&"applied".into(), &run.id.as_str().into()));
    assert!(lab.host.saved_state().same_configuration(&lab.host.state()));
    assert_eq!(lab.host.state().dns.search, ["lab.example"]);
}

#[test]
fn a_window_that_cannot_work_is_refused() {
    let lab = Lab::start(ESXI, lab::config("6.7"));
    lab.write("dns.yaml", "version: 1\nnetwork:\n  dns: { servers: [192.0.2.53] }\n");
    let before = lab.host.state();
    let access = Lab::access(ADDRESS);
    for (window, why) in [("2", "too short"), ("3590", "every hour")] {
        let mut command = lab.command(&["apply", "dns.yaml", "--yes", "--window", window]);
        command.args(&access);
        lab::run(command, b"").ended(2).says("error[APPLY011]").says(why).says("help: ");
    }
    assert_eq!(lab.host.state(), before);
}

#[test]
fn without_the_guard_only_by_naming_the_host() {
    let lab = Lab::start(ESXI, lab::config("6.5"));
    lab.write("lab.yaml", include_str!("../../../examples/lab.yaml"));
    let before = lab.host.state();
    let bare = ["apply", "lab.yaml", "--yes", "--no-guard"];
    lab.on_host(&bare).ended(2).says("error[APPLY015]").says("--i-accept-to-lose-this-host=192.0.2.10");
    lab.on_host(&[&bare[..], &["--i-accept-to-lose-this-host=192.0.2.11"]].concat())
        .ended(2)
        .says("error[APPLY015]");
    assert_eq!(lab.host.state(), before);
    let named = "--i-accept-to-lose-this-host=192.0.2.10";
    let ran = lab.on_host(&[&bare[..], &[named]].concat()).ended(0);
    let _ = ran.says("10 of 10 steps were done").says("applied, confirmed and saved");
    assert!(lab.host.saved_state().same_configuration(&lab.host.state()));
}

#[test]
fn without_the_guard_it_stops_at_the_first_refusal_and_says_what_was_done() {
    let mut config = lab::config("7.0");
    config.on_command = Some(Arc::new(|_, argv| match argv.iter().any(|word| word == "192.0.2.11") {
        true => Fault::Error("Busy".into()),
        false => Fault::None,
    }));
    let lab = Lab::start(ESXI, config);
    lab.write("lab.yaml", include_str!("../../../examples/lab.yaml"));
    let args = ["apply", "lab.yaml", "--yes", "--no-guard", "--i-accept-to-lose-this-host=192.0.2.10"];
    let ran = lab.on_host(&[&args[..], &["--format", "json"]].concat()).ended(4).json();
    let done = ran["steps_done"].as_u64().unwrap();
    assert!(done > 0 && done < 10, "{ran}");
    assert_eq!(ran["outcome"], "stopped");
    let told =
        ran["diagnostics"].as_array().unwrap().iter().find(|found| found["code"] == "APPLY016").unwrap();
    assert!(told["message"].as_str().unwrap().contains("Busy"), "{told}");
}
