//! Applying, verifying, drifting.

use crate::{ESXI, FABRIC, RELEASES};
use esxi_core::value::VlanId;
use esxi_ssh::sim::Event;
use esxi_tests::lab::{self, Lab, changes};

/// Both cards, a port group on a VLAN, and management moved to .11.
const LAB: &str = include_str!("../../../examples/lab.yaml");

/// A card that management cannot do without is taken away.
const LOCKOUT: &str = "
version: 1
network:
  vswitches:
    - name: vSwitch0
      port_groups:
        - { name: Management Network, vlan: 20 }
";

fn lab(version: &str) -> Lab {
    let lab = Lab::start(ESXI, lab::config(version));
    lab.write("lab.yaml", LAB);
    lab.write("lockout.yaml", LOCKOUT);
    lab.write("fabric.yaml", FABRIC);
    lab
}

/// The whole job on one release.
fn whole_job(version: &str) {
    let lab = lab(version);
    let facts = lab.on_host(&["facts", "--format", "json"]).ended(0);
    assert_eq!(facts.json()["hostname"], "lab.localdomain", "{version}");
    let seen: esxi_core::state::HostState = serde_json::from_value(facts.json()["state"].clone()).unwrap();
    lab.assert_as(&seen, "facts say what is");

    let before = lab.host.state();
    lab.on_host(&["verify", "lab.yaml"]).ended(1).says("drift").says("vmnic1 shall be an uplink");
    lab.on_host(&["plan", "lab.yaml"]).ended(0).says("10 steps, safe");
    assert_eq!(lab.host.state(), before, "planning changes nothing");

    lab.on_host(&["apply", "lab.yaml", "--yes", "--window", "60"])
        .ended(0)
        .says("applied, confirmed and saved");
    assert_eq!(lab.host.state().vmkernel["vmk0"].ipv4_address().unwrap().to_string(), "192.0.2.11/24");
    assert!(lab.host.saved_state().same_configuration(&lab.host.state()), "{version}: it is saved");

    lab.shell("192.0.2.11", "ls /tmp", b"").ended(0).keeps_quiet_about("esxi-guard");

    // Management is at its new address now, under the same key.
    lab.know_host();
    lab.on_host_at("192.0.2.11", &["verify", "lab.yaml"]).ended(0).says("as declared");
    let mut events = lab.host.events();
    let again = lab.on_host_at("192.0.2.11", &["apply", "lab.yaml", "--yes", "--format", "json"]).ended(0);
    assert_eq!(again.json()["outcome"], "nothing_to_do", "{version}");
    assert_eq!(again.json()["steps"], serde_json::json!([]), "{version}");
    while let Ok(event) = events.try_recv() {
        assert!(!changes(&event), "{version}: nothing to do, but {event:?}");
        assert_ne!(event, Event::Saved, "{version}");
    }

    // Somebody changes a VLAN by hand.
    lab.host.change(|machine, _| {
        machine.state.port_groups.get_mut("VM Network 20").unwrap().vlan = VlanId::new(21).unwrap();
    });
    lab.on_host_at("192.0.2.11", &["verify", "lab.yaml"])
        .ended(1)
        .says("VLAN of \"VM Network 20\" 21 becomes 20");

    // What was applied outlasts a reboot, what was changed by hand does not.
    lab.power_cycle();
    lab.on_host_at("192.0.2.11", &["verify", "lab.yaml"]).ended(0).says("as declared");
}

#[test]
fn the_whole_job_on_6_5_and_6_7() {
    RELEASES[..2].iter().for_each(|version| whole_job(version));
}

#[test]
fn the_whole_job_on_7_0_and_8_0() {
    RELEASES[2..].iter().for_each(|version| whole_job(version));
}

#[test]
fn a_refused_plan_leaves_the_host_alone() {
    let lab = lab("7.0");
    let before = lab.host.machine();
    let mut events = lab.host.events();
    let access = ["--fabric", "fabric.yaml"];
    lab.on_host(&[&["plan", "lockout.yaml"][..], &access].concat()).ended(2).says("REFUSED");
    lab.on_host(&[&["apply", "lockout.yaml", "--yes", "--window", "5"][..], &access].concat())
        .ended(2)
        .says("error[APPLY001]")
        .says("help: ");
    let json = lab
        .on_host(&[&["apply", "lockout.yaml", "--yes", "--format", "json"][..], &access].concat())
        .ended(2)
        .json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["diagnostics"][0]["code"], "APPLY001");
    assert_eq!(lab.host.machine().state, before.state);
    while let Ok(event) = events.try_recv() {
        assert!(!changes(&event) && event != Event::Saved, "{event:?}");
    }
}

#[test]
fn a_forced_lock_out_heals() {
    let lab = lab("8.0.2");
    let before = lab.host.state();
    let mut events = lab.host.events();
    let args = ["apply", "lockout.yaml", "--fabric", "fabric.yaml", "--yes", "--force", "--window", "5"];
    lab.on_host(&args).ended(3).says("error[APPLY007]").says("rolled back to the former state");
    lab.assert_as(&before, "healed");
    // It was locked out indeed, and came back.
    let mut reach = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::ReachChanged { reachable, .. } = event {
            reach.push(reachable);
        }
    }
    assert_eq!(reach, [false, true]);
}

#[test]
fn virtual_machines_are_interrupted_only_with_consent() {
    let lab = lab("7.0");
    lab.host.change(|machine, _| {
        machine.state.port_groups.get_mut("VM Network").unwrap().vm_ports = 3;
    });
    let before = lab.host.state();
    lab.write(
        "vms.yaml",
        "version: 1\nnetwork:\n  vswitches:\n    - name: vSwitch0\n      port_groups:\n        - { name: VM Network, vlan: 20 }\n",
    );
    let plan = lab.on_host(&["plan", "vms.yaml", "--fabric", "fabric.yaml"]).ended(0);
    plan.says("impact: ");
    let args = ["apply", "vms.yaml", "--fabric", "fabric.yaml", "--yes", "--window", "60"];
    lab.on_host(&args).ended(2).says("error[APPLY003]").says("--accept-impact");
    assert_eq!(lab.host.state(), before);
    lab.on_host(&[&args[..], &["--accept-impact"]].concat()).ended(0).says("applied");
    assert_eq!(lab.host.state().port_groups["VM Network"].vlan, VlanId::new(20).unwrap());
}

#[test]
fn nobody_to_ask_is_no_consent() {
    let lab = lab("6.7");
    let before = lab.host.state();
    lab.on_host(&["apply", "lab.yaml"]).ended(2).says("error[APPLY004]").says("--yes");
    assert_eq!(lab.host.state(), before);
}

#[test]
fn ctrl_c_during_the_window_goes_back() {
    let lab = lab("8.0.2");
    let before = lab.host.state();
    let mut events = lab.host.events();
    let apply = lab.begin(&["apply", "lab.yaml", "--yes", "--window", "20"]);
    // The last step of the plan: from here on the host waits for a confirmation. It is made mute before one comes.
    lab.wait_for(
        &mut events,
        |event| matches!(event, Event::Command { argv, .. } if argv.iter().any(|word| word == "lab.example")),
    );
    lab.host.freeze();
    let mut events = lab.host.events();
    apply.interrupt();
    lab.wait_for(&mut events, |event| matches!(event, Event::ConnectionOpened { .. }));
    lab.host.thaw();
    apply.wait().ended(3).says("error[APPLY007]").says("interrupted");
    lab.assert_as(&before, "rolled back");
    lab.on_host(&["verify", "lab.yaml"]).ended(1);
}

#[test]
fn a_saved_state_plans_like_the_host() {
    let lab = lab("6.5");
    let facts = lab.on_host(&["facts", "--format", "json"]).ended(0);
    lab.write("facts.json", &facts.out);
    let offline = lab.esxi(&["plan", "lab.yaml", "--state", "facts.json", "--sh"]).ended(0);
    let live = lab.on_host(&["plan", "lab.yaml", "--sh"]).ended(0);
    assert_eq!(offline.out, live.out);
    assert_eq!(offline.out.lines().count(), 10);
}
