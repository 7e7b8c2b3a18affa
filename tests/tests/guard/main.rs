//! The dead-man on simulated hosts, with the script run by busybox: whatever goes wrong, and whenever, the host comes
//! back to its former state.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod faults;
mod matrix;
mod sampled;
mod script;
mod shell;

use esxi_tests::lab::{self, Lab};

/// The command, which also stands as `esxcli` on the simulated hosts.
const ESXI: &str = env!("CARGO_BIN_EXE_esxi-under-test");

/// Ten steps: a card, a vSwitch, port groups, teaming, management's address, name resolution.
const LAB: &str = include_str!("../../../examples/lab.yaml");

/// The lab's host, with a change to its configuration.
fn lab(change: impl FnOnce(&mut esxi_ssh::sim::SimConfig)) -> Lab {
    let mut config = lab::config("8.0.2");
    change(&mut config);
    let lab = Lab::start(ESXI, config);
    lab.write("lab.yaml", LAB);
    lab
}

/// The commands of the plan for [`LAB`], in order.
fn steps() -> Vec<Vec<String>> {
    let lab = lab(|_| {});
    let plan = lab.on_host(&["plan", "lab.yaml", "--format", "json"]).ended(0).json();
    let words = |step: &serde_json::Value| serde_json::from_value(step["argv"][0].clone()).unwrap();
    let steps: Vec<_> = plan["steps"].as_array().unwrap().iter().map(words).collect();
    assert_eq!(steps.len(), 10, "{plan}");
    steps
}
